//! The checks of what a catalogue answers: reading, finding, numbers of articles, media.

use super::*;

pub(super) fn moves(catalogue: &mut dyn Catalogue) {
    load(catalogue, "1", &[(key(1, ""), r#"{"a":1}"#)], 0);
    assert_eq!(
        load(catalogue, "2", &[(key(1, ""), r#"{"a":1}"#)], 1),
        tally(0, 0, 1)
    );
    assert_eq!(keys(catalogue, "1"), []);
    assert_eq!(keys(catalogue, "2"), [key(1, "")]);
    assert_eq!(
        load(catalogue, "1", &[(key(1, ""), r#"{"a":2}"#)], 2),
        tally(0, 1, 0)
    );
    let row = catalogue
        .row(Dataset::Article, &key(1, ""))
        .expect("readable")
        .expect("there");
    assert_eq!(row.supplier, supplier("1"));
}

pub(super) fn reading(catalogue: &mut dyn Catalogue) {
    let rows: Vec<_> = (1..=5).map(|id| (key(id, ""), "{}")).collect();
    load(catalogue, "1", &rows, 0);
    load(
        catalogue,
        "2",
        &[(key(6, ""), "{}"), (key(6, "A"), "{}")],
        1,
    );
    load(catalogue, "1", &[(key(3, ""), r#"{"a":1}"#)], 2);
    let read = |catalogue: &mut dyn Catalogue, filter: RowFilter, piece: usize| {
        let mut keys: Vec<String> = Vec::new();
        let mut after = None;
        loop {
            let rows = catalogue
                .rows(&filter, after.as_ref(), piece)
                .expect("readable");
            assert!(rows.len() <= piece);
            let Some(last) = rows.last() else { break };
            after = Some(last.key.clone());
            keys.extend(rows.iter().map(|row| row.key.to_string()));
        }
        keys.sort();
        keys
    };
    let all = RowFilter::new(Dataset::Article);
    for piece in [1, 2, 100] {
        assert_eq!(
            read(catalogue, all, piece),
            ["1", "2", "3", "4", "5", "6", "6 (A)"]
        );
        assert_eq!(
            read(catalogue, all.of_supplier(supplier("2")), piece),
            ["6", "6 (A)"]
        );
        assert_eq!(
            read(catalogue, all.changed_since(at(1)), piece),
            ["3", "6", "6 (A)"]
        );
        assert_eq!(
            read(
                catalogue,
                all.of_supplier(supplier("1")).changed_since(at(1)),
                piece
            ),
            ["3"]
        );
    }
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        7
    );
    assert_eq!(
        catalogue
            .count(Dataset::Article, Some(&supplier("2")))
            .expect("readable"),
        2
    );
    let mut found = keys(catalogue, "2");
    found.sort();
    assert_eq!(found, [key(6, ""), key(6, "A")]);
}

pub(super) fn datasets(catalogue: &mut dyn Catalogue) {
    for (dataset, json) in [
        (Dataset::Article, r#"{"a":1}"#),
        (Dataset::Etim, r#"{"etimClass":"EC002385"}"#),
    ] {
        assert_eq!(
            load_as(catalogue, dataset, "1", &[(key(1, ""), json)], 0),
            tally(1, 0, 0)
        );
    }
    let row = catalogue
        .row(Dataset::Etim, &key(1, ""))
        .expect("readable")
        .expect("there");
    assert_eq!(
        (row.dataset, row.json.as_str()),
        (Dataset::Etim, r#"{"etimClass":"EC002385"}"#)
    );
    assert_eq!(json(catalogue, &key(1, "")).as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(
        catalogue
            .rows(&RowFilter::new(Dataset::Etim), None, 10)
            .expect("readable")
            .len(),
        1
    );
    assert_eq!(
        catalogue.count(Dataset::Climate, None).expect("readable"),
        0
    );
    assert_eq!(
        catalogue.find("EC002385", 10).expect("readable"),
        [],
        "articles only"
    );
}

pub(super) fn finding(catalogue: &mut dyn Catalogue) {
    let rows = [
        (
            key(1_377_271, ""),
            r#"{"supplierArticleName1":"Träskruv 4,2x55","supplierArticleName2":"försänkt","brand":"Fäste & Co",
                "supplierArticleNumber":"TS-4255","gtin":"7317761101987","commodityCode":"73181200"}"#,
        ),
        (
            key(2, ""),
            r#"{"supplierArticleName1":"SKRUV 4,2","brand":"Ögla","supplierPreviousArticleNumber":"OLD77"}"#,
        ),
        (
            key(3, ""),
            r#"{"finfoArticleName1":"Mutter \u00e5tta","brand":null,"gtin":"12345"}"#,
        ),
    ];
    load(catalogue, "1", &rows, 0);
    let mut found = |text: &str| {
        let rows = catalogue.find(text, 10).expect("readable");
        let mut keys: Vec<_> = rows.iter().map(|row| row.key.to_string()).collect();
        keys.sort();
        keys
    };
    for (text, keys) in [
        ("skruv 4,2", vec!["2"]),
        ("skruv", vec!["2"]),
        ("SKR", vec!["2"]),
        ("träskruv", vec!["1377271"]),
        ("TRÄ", vec!["1377271"]),
        ("tra", vec![]),
        ("ögl", vec!["2"]),
        ("ogl", vec![]),
        ("åtta mutt", vec!["3"]),
        ("4", vec!["1377271", "2"]),
        ("7317761101987", vec!["1377271"]),
        ("731776", vec!["1377271"]),
        ("12345", vec!["3"]),
        ("ts-4255", vec!["1377271"]),
        ("old77", vec!["2"]),
        ("fäste co försänkt", vec!["1377271"]),
        ("73181200", vec![]),
        ("skruv mutter", vec![]),
        ("", vec![]),
        (" \" ' * ( ) : - ^ AND", vec![]),
        ("\"skruv\" *", vec!["2"]),
        ("NEAR(skruv", vec![]),
    ] {
        assert_eq!(found(text), keys, "{text}");
    }
    assert_eq!(catalogue.find("4", 1).expect("readable").len(), 1);
    load(
        catalogue,
        "1",
        &[(key(2, ""), r#"{"supplierArticleName1":"Bult"}"#)],
        1,
    );
    assert_eq!(
        catalogue.find("skruv", 10).expect("readable"),
        [],
        "what is searched in follows the row"
    );
    assert_eq!(catalogue.find("bult", 10).expect("readable").len(), 1);
}

pub(super) fn numbers(catalogue: &mut dyn Catalogue) {
    let old = r#"{"supplierArticleNumber":"A1","supplierReplacementArticleNumber":"B1"}"#;
    let new = r#"{"supplierArticleNumber":"A2","supplierPreviousArticleNumber":"A1"}"#;
    load(catalogue, "1", &[(key(1, ""), old), (key(2, ""), new)], 0);
    load(
        catalogue,
        "2",
        &[(key(3, ""), r#"{"supplierArticleNumber":"A1"}"#)],
        0,
    );
    let mut found = |of: Option<&str>, role, number: &str| {
        let of = of.map(supplier);
        let rows = catalogue
            .by_number(of.as_ref(), role, number)
            .expect("readable");
        let mut keys: Vec<_> = rows.iter().map(|row| row.key.to_string()).collect();
        keys.sort();
        keys
    };
    assert_eq!(found(None, NumberRole::Own, "A1"), ["1", "3"]);
    assert_eq!(found(Some("1"), NumberRole::Own, "A1"), ["1"]);
    assert_eq!(found(Some("1"), NumberRole::Previous, "A1"), ["2"]);
    assert_eq!(found(Some("1"), NumberRole::Replacement, "B1"), ["1"]);
    assert_eq!(
        found(Some("1"), NumberRole::Own, "a1"),
        [""; 0],
        "numbers are compared as they are"
    );
}

/// An element of media with these pictures: slot and checksum.
fn element(images: &[(&str, &str)]) -> String {
    let image = |(slot, sum): &(&str, &str)| {
        format!(
            r#""{slot}":{{"url":"https://media.example.test/{sum}.jpg","contentType":"{slot}Type","checksum":"{sum}"}}"#
        )
    };
    format!(
        "{{{}}}",
        images.iter().map(image).collect::<Vec<_>>().join(",")
    )
}

fn file(name: &str, checksum: &str, bytes: u64) -> StoredFile {
    StoredFile {
        name: name.to_owned(),
        bytes,
        checksum: Some(checksum.to_owned()),
        verified: true,
        last_modified: None,
        url: format!("https://media.example.test/{checksum}.jpg"),
        fetched_at: at(0),
    }
}

pub(super) fn assets(catalogue: &mut dyn Catalogue) {
    let first = element(&[("heroImage", "aa"), ("drawing", "bb")]);
    load_as(catalogue, Dataset::Media, "1", &[(key(1, ""), &first)], 0);
    let other = element(&[("heroImage", "cc")]);
    load_as(catalogue, Dataset::Media, "2", &[(key(2, ""), &other)], 0);
    let all = catalogue
        .assets(&AssetFilter::new(), None, 10)
        .expect("readable");
    assert_eq!(all.len(), 3);
    assert!(all.is_sorted_by_key(|asset| asset.id));
    assert_eq!(
        catalogue
            .assets(&AssetFilter::new(), Some(all[0].id), 1)
            .expect("readable"),
        all[1..2]
    );
    let hero = all
        .iter()
        .find(|asset| asset.asset.slot == "heroImage" && asset.supplier == supplier("1"))
        .expect("there")
        .clone();
    assert_eq!(
        (hero.key.clone(), hero.asset.checksum.as_deref()),
        (key(1, ""), Some("aa"))
    );
    assert_eq!(hero.asset.content_type.as_deref(), Some("heroImageType"));

    let mut filter = AssetFilter::new();
    filter.to_fetch = true;
    catalogue
        .note_miss(hero.id, at(1), "status 404", false)
        .expect("written");
    catalogue
        .note_miss(hero.id, at(2), "status 500", true)
        .expect("written");
    let missed = catalogue
        .assets(&filter, None, 1)
        .expect("readable")
        .remove(0);
    let miss = missed.miss.expect("noted");
    assert_eq!(
        (miss.at, miss.message.as_str(), miss.passing, miss.times),
        (at(2), "status 500", true, 2)
    );
    catalogue
        .note_file(hero.id, &file("aa/aa", "aa", 10))
        .expect("written");
    let wanted = catalogue.assets(&filter, None, 10).expect("readable");
    assert_eq!(wanted.len(), 2);
    filter.supplier = Some(supplier("2"));
    assert_eq!(
        catalogue.assets(&filter, None, 10).expect("readable").len(),
        1
    );

    let second = element(&[("heroImage", "a2"), ("extra", "dd")]);
    load_as(catalogue, Dataset::Media, "1", &[(key(1, ""), &second)], 3);
    let mut of_first = AssetFilter::new();
    of_first.supplier = Some(supplier("1"));
    let now = catalogue.assets(&of_first, None, 10).expect("readable");
    let slot = |name: &str| {
        now.iter()
            .find(|asset| asset.asset.slot == name)
            .expect("there")
    };
    assert_eq!(
        slot("heroImage").id,
        hero.id,
        "the same asset with another picture"
    );
    assert_eq!(
        slot("heroImage").file,
        Some(file("aa/aa", "aa", 10)),
        "the file of before stays"
    );
    assert_eq!(slot("heroImage").miss, None);
    assert!(!slot("heroImage").is_current());
    assert_eq!(slot("drawing").gone_since, Some(at(3)));
    assert_eq!(slot("extra").gone_since, None);
    load_as(catalogue, Dataset::Media, "1", &[(key(1, ""), &first)], 4);
    let again = catalogue.assets(&of_first, None, 10).expect("readable");
    let slot = |name: &str| {
        again
            .iter()
            .find(|asset| asset.asset.slot == name)
            .expect("there")
    };
    assert_eq!(
        (slot("drawing").gone_since, slot("extra").gone_since),
        (None, Some(at(4)))
    );
    assert!(slot("heroImage").is_current());
}

pub(super) fn misses(catalogue: &mut dyn Catalogue) {
    let load = |catalogue: &mut dyn Catalogue, sums: [&str; 2], hour| {
        let json = element(&[("heroImage", sums[0]), ("drawing", sums[1])]);
        load_as(catalogue, Dataset::Media, "1", &[(key(1, ""), &json)], hour);
    };
    let missed = |catalogue: &mut dyn Catalogue| -> Vec<String> {
        let all = catalogue
            .assets(&AssetFilter::new(), None, 10)
            .expect("readable");
        let missed = all.into_iter().filter(|asset| asset.miss.is_some());
        missed.map(|asset| asset.asset.slot).collect()
    };
    load(catalogue, ["aa", "bb"], 0);
    for asset in catalogue
        .assets(&AssetFilter::new(), None, 10)
        .expect("readable")
    {
        catalogue
            .note_miss(asset.id, at(1), "status 404", false)
            .expect("written");
    }
    load(catalogue, ["aa", "bb"], 2);
    assert_eq!(missed(catalogue).len(), 2, "nothing new is said");
    load(catalogue, ["a2", "bb"], 3);
    assert_eq!(missed(catalogue), ["drawing"]);
}

pub(super) fn files(catalogue: &mut dyn Catalogue) {
    let three = element(&[("a", "aa"), ("b", "aa"), ("c", "cc")]);
    load_as(catalogue, Dataset::Media, "1", &[(key(1, ""), &three)], 0);
    let ids: Vec<AssetId> = catalogue
        .assets(&AssetFilter::new(), None, 10)
        .expect("readable")
        .iter()
        .map(|asset| asset.id)
        .collect();
    assert_eq!(catalogue.file_bytes().expect("readable"), 0);
    assert_eq!(catalogue.file_with_checksum("aa").expect("readable"), None);
    catalogue
        .note_file(ids[0], &file("aa/aa", "aa", 10))
        .expect("written");
    let found = catalogue
        .file_with_checksum("AA")
        .expect("readable")
        .expect("there");
    assert_eq!(found, file("aa/aa", "aa", 10));
    catalogue.note_file(ids[1], &found).expect("written");
    assert_eq!(
        catalogue.file_bytes().expect("readable"),
        10,
        "one file for two assets"
    );
    let mut unverified = file("cc/cc", "cc", 5);
    unverified.verified = false;
    catalogue.note_file(ids[2], &unverified).expect("written");
    assert_eq!(catalogue.file_with_checksum("cc").expect("readable"), None);
    assert_eq!(catalogue.file_bytes().expect("readable"), 15);
}
