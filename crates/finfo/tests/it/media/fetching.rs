//! What is fetched, when, and how often.

use super::*;

#[tokio::test]
async fn files_are_fetched_verified_and_not_fetched_again() {
    let mut bench = Bench::new();
    let (one, two) = (picture(1, 5000), picture(2, 100));
    bench
        .host
        .put(&format!("{HOST}/1.jpg"), Given::File(one.clone()));
    bench
        .host
        .put(&format!("{HOST}/2.jpg"), Given::File(two.clone()));
    bench
        .say(&[
            element(
                1,
                &[("heroImage", format!("{HOST}/1.jpg"), Some(md5_of(&one)))],
            ),
            element(
                2,
                &[(
                    "heroImage",
                    format!("{HOST}/2.jpg"),
                    Some(md5_of(&two).to_uppercase()),
                )],
            ),
        ])
        .await;
    let report = bench.download(&bench.options()).await;
    assert_eq!(
        (
            report.fetched,
            report.bytes,
            report.unverified,
            report.missed.len()
        ),
        (2, 5108, 0, 0)
    );
    for asset in bench.assets() {
        let file = asset.file.as_ref().expect("fetched");
        assert!(
            asset.is_current() && file.verified && file.name.ends_with(".jpg"),
            "{file:?}"
        );
        let content = fs::read(bench.place.path().join("media").join(&file.name)).expect("there");
        assert_eq!(content.len() as u64, file.bytes);
    }
    assert_eq!(bench.files().len(), 2);
    let before = bench.host.requests().len();
    let report = bench.download(&bench.options()).await;
    assert_eq!(
        (report.fetched, report.linked, bench.host.requests().len()),
        (0, 0, before)
    );
    assert!(
        bench
            .host
            .0
            .lock()
            .expect("alone")
            .requests
            .iter()
            .all(|(_, headers)| headers.get("authorization").is_none())
    );
}

#[tokio::test]
async fn only_what_changed_is_fetched_and_the_file_of_before_stays() {
    let mut bench = Bench::new();
    let (old, new) = (picture(1, 500), picture(2, 600));
    let url = format!("{HOST}/1.jpg");
    bench.host.put(&url, Given::File(old.clone()));
    bench
        .say(&[element(
            1,
            &[("heroImage", url.clone(), Some(md5_of(&old)))],
        )])
        .await;
    bench.download(&bench.options()).await;
    // The same picture at another address.
    let moved = format!("{HOST}/moved.jpg");
    bench
        .say(&[element(1, &[("heroImage", moved, Some(md5_of(&old)))])])
        .await;
    assert_eq!(
        bench.download(&bench.options()).await.fetched,
        0,
        "the address is not the picture"
    );
    // Another picture at the same address.
    bench.host.put(&url, Given::File(new.clone()));
    bench
        .say(&[element(1, &[("heroImage", url, Some(md5_of(&new)))])])
        .await;
    assert_eq!(bench.download(&bench.options()).await.fetched, 1);
    assert!(bench.assets()[0].is_current());
    assert_eq!(bench.files().len(), 2);
}

#[tokio::test]
async fn one_picture_of_many_articles_is_fetched_once() {
    let mut bench = Bench::new();
    let content = picture(7, 3000);
    let elements: Vec<String> = (1..=50)
        .map(|id| {
            let url = format!("{HOST}/{id}.jpg");
            bench.host.put(&url, Given::File(content.clone()));
            element(id, &[("heroImage", url, Some(md5_of(&content)))])
        })
        .collect();
    bench.say(&elements).await;
    let report = bench.download(&bench.options()).await;
    assert_eq!(
        (report.fetched, report.linked, bench.host.requests().len()),
        (1, 49, 1)
    );
    assert!(bench.assets().iter().all(StoredAsset::is_current));
    assert_eq!(
        (
            bench.files().len(),
            bench.catalogue.file_bytes().expect("readable")
        ),
        (1, 3004)
    );
}

#[tokio::test]
async fn a_file_without_a_checksum_is_kept_and_counted_as_unverified() {
    let mut bench = Bench::new();
    let url = format!("{HOST}/1.pdf");
    bench.host.put(&url, Given::File(b"%PDF-1.7 text".to_vec()));
    bench.say(&[element(1, &[("documents", url, None)])]).await;
    let report = bench.download(&bench.options()).await;
    assert_eq!((report.fetched, report.unverified), (1, 1));
    let asset = bench.assets().remove(0);
    assert!(asset.is_current() && asset.file.is_some_and(|file| file.name.ends_with(".pdf")));
    assert_eq!(bench.download(&bench.options()).await.fetched, 0);
}

#[tokio::test]
async fn a_download_that_broke_off_is_gone_on_with() {
    let bench = Bench::new();
    let content = picture(3, 20_000);
    let url = format!("{HOST}/1.jpg");
    bench.host.put(&url, Given::File(content.clone()));
    bench
        .say(&[element(1, &[("heroImage", url, Some(md5_of(&content)))])])
        .await;
    for _ in 0..3 {
        bench.host.breaks_after(5000);
    }
    let report = bench.download(&bench.options()).await;
    assert_eq!((report.fetched, report.missed.len()), (0, 1));
    assert!(report.missed[0].passing, "{report:?}");
    let report = bench.download(&bench.options()).await;
    assert_eq!((report.fetched, report.bytes), (1, 20_004));
    let ranges: Vec<_> = bench
        .host
        .0
        .lock()
        .expect("alone")
        .requests
        .iter()
        .map(|(_, headers)| {
            headers
                .get("range")
                .map(|range| range.to_str().expect("text").to_owned())
        })
        .collect();
    let range = |from: &str| Some(format!("bytes={from}-"));
    assert_eq!(
        ranges,
        [None, range("5000"), range("10000"), range("15000")]
    );
}

#[tokio::test]
async fn a_host_that_knows_no_ranges_is_no_harm() {
    let bench = Bench::new();
    let content = picture(3, 20_000);
    let url = format!("{HOST}/1.jpg");
    bench.host.put(&url, Given::File(content.clone()));
    bench.host.0.lock().expect("alone").ignores_range = true;
    bench
        .say(&[element(1, &[("heroImage", url, Some(md5_of(&content)))])])
        .await;
    bench.host.breaks_after(5000);
    let report = bench.download(&bench.options()).await;
    assert_eq!((report.fetched, report.bytes), (1, 20_004));
}

#[tokio::test]
async fn a_part_of_another_file_does_not_end_in_a_wrong_one() {
    let mut bench = Bench::new();
    let (old, new) = (picture(1, 20_000), picture(2, 20_000));
    let url = format!("{HOST}/1.jpg");
    bench.host.put(&url, Given::File(old));
    bench
        .say(&[element(
            1,
            &[("heroImage", url.clone(), Some(md5_of(&new)))],
        )])
        .await;
    for _ in 0..3 {
        bench.host.breaks_after(5000);
    }
    bench.download(&bench.options()).await;
    // The part is of a file that is no longer there.
    bench.host.put(&url, Given::File(new.clone()));
    let before = bench.host.requests().len();
    let report = bench.download(&bench.options()).await;
    assert_eq!((report.fetched, report.missed.len()), (1, 0));
    assert_eq!(
        bench.host.requests().len() - before,
        2,
        "the rest, and then the whole"
    );
    assert!(bench.assets()[0].is_current());
    assert_eq!(bench.files().len(), 1);
}

#[tokio::test]
async fn a_file_that_had_come_whole_when_the_run_was_killed_is_not_asked_for_again() {
    let mut bench = Bench::new();
    let content = picture(1, 500);
    let url = format!("{HOST}/2.jpg");
    bench.host.put(&url, Given::File(content.clone()));
    bench
        .say(&[element(
            1,
            &[("heroImage", url.clone(), Some(md5_of(&content)))],
        )])
        .await;
    for _ in 0..3 {
        bench.host.breaks_after(100);
    }
    bench.download(&bench.options()).await;
    let part = bench.files().pop_first().expect("a part");
    fs::write(bench.place.path().join(part), &content).expect("written");
    let before = bench.host.requests().len();
    let report = bench.download(&bench.options()).await;
    assert_eq!(
        (report.fetched, bench.host.requests().len()),
        (1, before),
        "{report:?}"
    );
    assert!(bench.assets()[0].is_current());
}

#[tokio::test]
async fn what_has_begun_to_come_goes_when_it_is_no_longer_wanted() {
    let bench = Bench::new();
    let content = picture(1, 5000);
    let url = format!("{HOST}/1.jpg");
    let old = picture(2, 5000);
    bench.host.put(&url, Given::File(old.clone()));
    bench
        .say(&[element(
            1,
            &[("heroImage", url.clone(), Some(md5_of(&old)))],
        )])
        .await;
    for _ in 0..3 {
        bench.host.breaks_after(1000);
    }
    bench.download(&bench.options()).await;
    assert_eq!(bench.files().len(), 1, "a part");
    bench.host.put(&url, Given::File(content.clone()));
    bench
        .say(&[element(1, &[("heroImage", url, Some(md5_of(&content)))])])
        .await;
    let other = "2".parse().expect("a supplier");
    bench.download(&bench.options().suppliers([other])).await;
    assert_eq!(bench.files().len(), 1, "others may still want it");
    assert_eq!(bench.download(&bench.options()).await.fetched, 1);
    let files = bench.files();
    assert!(
        files.len() == 1 && !files.iter().any(|name| name.contains("part")),
        "{files:?}"
    );
}

#[tokio::test]
async fn files_come_in_parallel_within_the_cap() {
    for cap in [1, 3] {
        let bench = Bench::new();
        bench.host.0.lock().expect("alone").awaits_open = cap;
        let elements: Vec<String> = (1..=20)
            .map(|id| {
                let content = picture(id as u8, 5000);
                let url = format!("{HOST}/{id}");
                bench.host.put(&url, Given::File(content.clone()));
                element(id, &[("heroImage", url, Some(md5_of(&content)))])
            })
            .collect();
        bench.say(&elements).await;
        assert_eq!(
            bench.download(&bench.options().parallel(cap)).await.fetched,
            20
        );
        assert_eq!(bench.host.0.lock().expect("alone").most_open, cap);
    }
}

#[tokio::test]
async fn types_and_suppliers_can_be_chosen() {
    let mut bench = Bench::new();
    let url = |name: &str| format!("{HOST}/{name}");
    for name in ["a", "b"] {
        bench
            .host
            .put(&url(name), Given::File(picture(name.as_bytes()[0], 9)));
    }
    bench
        .say(&[element(
            1,
            &[("heroImage", url("a"), None), ("documents", url("b"), None)],
        )])
        .await;
    let mut filter = AssetFilter::new();
    filter.slots = vec!["documents".to_owned()];
    assert_eq!(
        bench
            .download(&bench.options().filter(filter))
            .await
            .fetched,
        1
    );
    assert_eq!(bench.host.requests(), [url("b")]);
    let mut filter = AssetFilter::new();
    filter.supplier = Some("2".parse().expect("a supplier"));
    assert_eq!(
        bench
            .download(&bench.options().filter(filter))
            .await
            .fetched,
        0
    );
    assert_eq!(bench.assets().len(), 2);
}

#[tokio::test]
async fn files_that_were_removed_from_the_folder_are_fetched_again_when_looked_for() {
    let mut bench = Bench::new();
    let content = picture(1, 500);
    bench
        .host
        .put(&format!("{HOST}/1"), Given::File(content.clone()));
    bench
        .say(&[element(
            1,
            &[("heroImage", format!("{HOST}/1"), Some(md5_of(&content)))],
        )])
        .await;
    bench.download(&bench.options()).await;
    let name = bench.assets()[0].file.clone().expect("fetched").name;
    fs::remove_file(bench.place.path().join("media").join(name)).expect("removed");
    assert_eq!(bench.download(&bench.options()).await.fetched, 0);
    assert_eq!(
        bench.download(&bench.options().check(true)).await.fetched,
        1
    );
}

#[tokio::test]
async fn a_second_run_is_told_who_is_on_and_events_are_told() {
    let mut bench = Bench::new();
    let content = picture(1, 10);
    bench
        .host
        .put(&format!("{HOST}/1"), Given::File(content.clone()));
    let sum = Some(md5_of(&content));
    bench
        .say(&[
            element(1, &[("heroImage", format!("{HOST}/1"), sum.clone())]),
            element(2, &[("heroImage", format!("{HOST}/1"), sum)]),
            element(3, &[("heroImage", format!("{HOST}/3"), None)]),
        ])
        .await;
    let holder = Holder::new(1, "elsewhere", bench.model.clock.now(), "sync");
    bench.catalogue.take_lease(&holder).expect("free");
    let error = bench
        .mirror
        .download(&bench.host, &bench.options(), &|_| {})
        .await
        .expect_err("held");
    assert_eq!(error.kind(), ErrorKind::Held);
    assert_eq!(
        error
            .catalogue_error()
            .map(finkit_finfo::catalogue::CatalogueError::kind),
        Some(CatalogueErrorKind::Held)
    );
    bench.catalogue.release_lease();
    let told = Mutex::new(Vec::new());
    let observer = |event: &MediaEvent<'_>| {
        let line = match event {
            MediaEvent::Wanted { files } => format!("{files} wanted"),
            MediaEvent::Fetched { bytes, .. } => format!("{bytes} bytes"),
            MediaEvent::Linked { asset } => format!("linked {}", asset.key),
            MediaEvent::Missed(missed) => missed.message.clone(),
            other => format!("{other:?}"),
        };
        told.lock().expect("alone").push(line);
    };
    bench
        .mirror
        .download(&bench.host, &bench.options().parallel(1), &observer)
        .await
        .expect("a report");
    assert_eq!(
        *told.lock().expect("alone"),
        [
            "3 wanted",
            "14 bytes",
            "linked 2",
            "status 404, the file is not there"
        ]
    );
}

#[tokio::test]
async fn metadata_and_files_come_in_one_run_for_the_wanted_suppliers() {
    let mut bench = Bench::new();
    let content = picture(1, 10);
    let url = format!("{HOST}/1");
    bench.host.put(&url, Given::File(content.clone()));
    bench.model.state().media = vec![element(1, &[("heroImage", url, Some(md5_of(&content)))])];
    let told = Mutex::new(Vec::new());
    let observer = |event: &MediaSyncEvent<'_>| {
        let line = match event {
            MediaSyncEvent::Metadata(SyncEvent::Ended(supplier)) => {
                format!("supplier {}", supplier.supplier)
            }
            MediaSyncEvent::File(MediaEvent::Fetched { bytes, .. }) => format!("{bytes} bytes"),
            _ => return,
        };
        told.lock().expect("alone").push(line);
    };
    let report = bench
        .mirror
        .sync_media(&bench.host, &MediaSync::new(), &observer)
        .await
        .expect("a report");
    assert!(report.is_complete() && report.files.is_none());
    assert_eq!((bench.assets().len(), bench.host.requests().len()), (1, 0));
    let of = |supplier: &str| {
        MediaSync::new()
            .suppliers([supplier.parse().expect("a supplier")])
            .download(bench.options())
    };
    let report = bench
        .mirror
        .sync_media(&bench.host, &of("2"), &observer)
        .await
        .expect("a report");
    assert!(!report.is_complete(), "supplier 2 is not listed");
    assert_eq!(report.files.map(|files| files.fetched), Some(0));
    let report = bench
        .mirror
        .sync_media(&bench.host, &of("1"), &observer)
        .await
        .expect("a report");
    assert!(report.is_complete());
    assert_eq!(report.files.map(|files| files.fetched), Some(1));
    assert_eq!(
        *told.lock().expect("alone"),
        ["supplier 1", "supplier 2", "supplier 1", "14 bytes"]
    );
    assert_eq!(bench.catalogue.lease().expect("readable"), None);
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_known_before_anything_is_read() {
    let bench = Bench::new();
    let path = bench.place.path().join("file");
    fs::write(&path, b"x").expect("written");
    let run = MediaSync::new().download(MediaOptions::new(path));
    let error = bench
        .mirror
        .sync_media(&bench.host, &run, &|_| {})
        .await
        .expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Folder);
    assert_eq!(bench.model.requests().len(), 0);
}
