//! What comes out of the catalogue and of the service: one article, tables, any path, pictures.

use super::{FASTE, Finfo, OGLA, line, lines};

#[test]
fn numbers_of_before_and_replacements_are_followed() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let articles = service.edit(|stock| stock.articles(FASTE));
    let (renumbered, old, middle, new) = (articles[0], articles[1], articles[2], articles[3]);
    service.earlier(|stock| {
        for (article, number) in [
            (renumbered, "FORMER-1"),
            (old, "OLD-1"),
            (middle, "MID-1"),
            (new, "NEW-1"),
        ] {
            stock.set(
                article,
                "supplierArticleNumber",
                Some(&format!("{number:?}")),
            );
        }
        stock.renumber(renumbered, "PRESENT-1");
        stock.discontinue(old, Some("MID-1"));
        stock.discontinue(middle, Some("NEW-1"));
    });
    finkit.run(&["finfo", "sync"]).expect(0);
    // By the number that it had before.
    let ran = finkit
        .run(&[
            "finfo",
            "show",
            &format!("{FASTE}/FORMER-1"),
            "--format",
            "json",
        ])
        .expect(0);
    assert_eq!(
        line(&ran, "finfo-article")["article"],
        renumbered.to_string()
    );
    assert_eq!(line(&ran, "finfo-relation")["relation"], "former-number");

    let ran = finkit
        .run(&["finfo", "show", &old.to_string(), "--format", "json"])
        .expect(0);
    let chain: Vec<_> = lines(&ran, "finfo-relation")
        .iter()
        .map(|line| line["article"].clone())
        .collect();
    assert_eq!(chain, [middle.to_string(), new.to_string()]);
    let ran = finkit.run(&["finfo", "show", &new.to_string()]).expect(0);
    assert!(
        ran.out.contains(&format!("Replaces: MID-1  {middle}")),
        "{}",
        ran.out
    );
    let ran = finkit
        .run(&["finfo", "show", &new.to_string(), "--lang", "de"])
        .expect(0);
    assert!(ran.out.contains("Ersetzt: MID-1"), "{}", ran.out);

    // Two that replace each other are shown once each.
    service.earlier(|stock| {
        stock.discontinue(new, Some("OLD-1"));
    });
    finkit.run(&["finfo", "sync"]).expect(0);
    let ran = finkit
        .run(&["finfo", "show", &old.to_string(), "--format", "json"])
        .expect(0);
    assert_eq!(
        lines(&ran, "finfo-relation")
            .iter()
            .filter(|line| line["relation"] == "replaced-by")
            .count(),
        3
    );
    finkit.run(&["finfo", "show", "999999999"]).expect(1);
    finkit.run(&["finfo", "show", "screw"]).expect_failure(2);
}

#[test]
fn an_article_of_two_agreements_is_shown_in_both() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let article = service.edit(|stock| stock.articles(OGLA)[0]);
    service.earlier(|stock| {
        stock.add_agreement(article, "agreementNumber", Some("A-17"));
    });
    let ran = finkit.run(&["finfo", "sync", "--format", "json"]).expect(0);
    assert_eq!(line(&ran, "finfo-sync")["new"], 33);
    let ran = finkit
        .run(&["finfo", "show", &article.to_string(), "--format", "json"])
        .expect(0);
    assert_eq!(lines(&ran, "finfo-article").len(), 2);
    let ran = finkit
        .run(&["finfo", "article", &article.to_string(), "--format", "json"])
        .expect(0);
    assert_eq!(lines(&ran, "finfo-row").len(), 2);
}

#[test]
fn the_catalogue_is_exported_whole_by_supplier_and_by_what_changed() {
    let service = Finfo::start();
    let finkit = service.finkit();
    finkit.run(&["finfo", "sync"]).expect(0);
    let file = |name: &str| finkit.home().join(name).to_str().expect("UTF-8").to_owned();
    let export = |name: &str, more: &[&str]| {
        let path = file(name);
        let ran = finkit
            .run(&[&["finfo", "export", &path, "--format", "json"], more].concat())
            .expect(0);
        (
            path,
            line(&ran, "finfo-export")["rows"].as_u64().expect("rows"),
        )
    };
    let (csv, rows) = export("all.csv", &[]);
    assert_eq!(rows, 32);
    let text = std::fs::read_to_string(&csv).expect("a file");
    assert!(
        text.starts_with("supplier,article,agreement,finfoArticleId,"),
        "{}",
        &text[..80]
    );
    let (jsonl, _) = export("all.jsonl", &[]);
    let text = std::fs::read_to_string(&jsonl).expect("a file");
    assert_eq!(text.lines().count(), 32);
    // Prices keep their digits.
    let price = service.edit(|stock| stock.rows(FASTE)[0].clone());
    let price = price.split("\"basePrice\":").nth(1).expect("a price");
    let price = price.split([',', '}']).next().expect("a price");
    assert!(
        text.lines()
            .next()
            .expect("a line")
            .contains(&format!("\"basePrice\":\"{price}\",")),
        "{price}\n{text}"
    );
    assert_eq!(export("one.csv", &["--supplier", OGLA]).1, 7);
    assert_eq!(
        export("two.csv", &["--supplier", OGLA, "--supplier", FASTE]).1,
        32
    );
    let (few, _) = export("few.csv", &["--columns", "article,basePrice", "--json"]);
    assert!(
        std::fs::read_to_string(few)
            .expect("a file")
            .starts_with("article,basePrice,json\n")
    );
    finkit
        .run(&[
            "finfo",
            "export",
            &file("none.csv"),
            "--columns",
            "article,colour",
        ])
        .expect(2);
    assert_eq!(export("new.csv", &["--since", "2999-01-01"]).1, 0);
    for (name, magic) in [("all.xlsx", &b"PK\x03\x04"[..]), ("all.parquet", b"PAR1")] {
        let (path, rows) = export(name, &[]);
        assert_eq!(rows, 32);
        assert!(
            std::fs::read(&path).expect("a file").starts_with(magic),
            "{name}"
        );
    }
    // What is there stays unless it may be replaced.
    finkit.run(&["finfo", "export", &csv]).expect_failure(2);
    finkit
        .run(&["finfo", "export", &csv, "--overwrite", "--supplier", OGLA])
        .expect(0);
    finkit
        .run(&["finfo", "export", &file("articles")])
        .expect_failure(2);
    let ran = finkit
        .run(&["finfo", "export", "-", "--to", "jsonl"])
        .expect(0);
    assert_eq!(ran.out.lines().count(), 32);
}

#[test]
fn any_path_is_called_with_the_token_and_all_pages_are_followed() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let supplier = format!("finfoSupplierId={FASTE}");
    let ran = finkit
        .run(&[
            "finfo",
            "call",
            "v2.2/article",
            &supplier,
            "offset=0",
            "limit=10",
        ])
        .expect(0);
    assert_eq!(ran.out.lines().count(), 10);
    let ran = finkit
        .run(&[
            "finfo",
            "call",
            "/v2.2/article",
            &supplier,
            "--all",
            "--page-size",
            "4",
        ])
        .expect(0);
    let expected = service.edit(|stock| stock.rows(FASTE));
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), expected);
    for path in [
        "https://evil.example.test/",
        "/../secret",
        "//evil.example.test/",
    ] {
        finkit.run(&["finfo", "call", path]).expect_failure(2);
    }
    finkit
        .run(&["finfo", "call", "/v9.9/nothing"])
        .expect_failure(4);
    finkit
        .run(&["finfo", "call", "/v2.2/article", "noequals"])
        .expect(2);
}

#[test]
fn pictures_are_fetched_once_without_the_token() {
    let service = Finfo::start();
    let finkit = service.finkit();
    // The sandbox is no public address, so nothing is fetched from it unless the settings say so.
    let ran = finkit
        .run(&["finfo", "media", "sync", "--download", "--format", "json"])
        .expect(1);
    let first = line(&ran, "finfo-media");
    assert_eq!(first["fetched"], 0);
    assert!(
        first["missed"].as_u64().is_some_and(|missed| missed > 0),
        "{first}"
    );
    let address = service.url();
    finkit.settings(&format!(
        "[profile.default.finfo]\nmedia_also = [\"{address}\"]\n"
    ));
    let download = [
        "finfo",
        "media",
        "sync",
        "--download",
        "--retry",
        "--format",
        "json",
    ];
    let ran = finkit.run(&download).expect(0);
    let fetched = line(&ran, "finfo-media");
    assert_eq!(fetched["missed"], 0);
    assert!(
        fetched["fetched"]
            .as_u64()
            .is_some_and(|fetched| fetched > 0),
        "{fetched}"
    );
    let sent: Vec<_> = service
        .requests()
        .into_iter()
        .filter(|request| !request.path.starts_with("/v") && !request.path.contains("/protocol/"))
        .collect();
    assert!(!sent.is_empty());
    for request in sent {
        assert!(
            !request.headers.iter().any(|name| name == "authorization"),
            "{}",
            request.path
        );
    }
    let before = service.received();
    let ran = finkit
        .run(&[
            "finfo",
            "media",
            "sync",
            "--download",
            "--files-only",
            "--format",
            "json",
        ])
        .expect(0);
    assert_eq!(line(&ran, "finfo-media")["fetched"], 0);
    assert_eq!(service.received(), before, "nothing is fetched twice");
    // Not every article has pictures; that one has none is a finding.
    let articles = service.edit(|stock| stock.articles(FASTE));
    let runs: Vec<_> = articles
        .iter()
        .map(|article| finkit.run(&["finfo", "media", &article.to_string()]))
        .collect();
    assert!(runs.iter().all(|ran| ran.code <= 1));
    assert!(
        runs.iter()
            .any(|ran| ran.code == 0 && ran.out.contains("heroImage"))
    );
}
