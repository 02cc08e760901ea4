//! What is not fetched or not kept, and why.

use super::*;

#[tokio::test]
async fn a_wrong_checksum_is_reported_and_the_file_not_kept() {
    let mut bench = Bench::new();
    let url = format!("{HOST}/1.jpg");
    bench.host.put(&url, Given::File(picture(1, 500)));
    bench
        .say(&[element(
            1,
            &[("heroImage", url.clone(), Some("0".repeat(32)))],
        )])
        .await;
    let report = bench.download(&bench.options()).await;
    let missed = &report.missed[0];
    assert!(
        missed.message.starts_with("its checksum is ") && missed.message.ends_with(&"0".repeat(32)),
        "{missed:?}"
    );
    assert!(!missed.passing);
    assert_eq!(
        (missed.slot.as_str(), missed.key.to_string()),
        ("heroImage", "1".to_owned())
    );
    assert_eq!(bench.files().len(), 0);
    assert_eq!(bench.assets()[0].file, None);
    let before = bench.host.requests().len();
    let report = bench.download(&bench.options()).await;
    assert_eq!(
        (report.left_out, bench.host.requests().len()),
        (1, before),
        "not again for nothing"
    );
    let report = bench.download(&bench.options().retry(true)).await;
    assert_eq!(report.missed.len(), 1);
    let report = bench
        .download(&bench.options().retry(true).verify(false))
        .await;
    assert_eq!(
        (report.fetched, report.unverified),
        (1, 1),
        "whoever says so gets it"
    );
}

#[tokio::test]
async fn statuses_say_whether_the_next_run_tries_again() {
    let bench = Bench::new();
    let table = [
        (404, false, 1),
        (403, false, 1),
        (500, true, 3),
        (429, true, 3),
        (204, false, 1),
    ];
    let elements: Vec<String> = table
        .iter()
        .enumerate()
        .map(|(place, (code, _, _))| {
            let url = format!("{HOST}/{code}");
            bench.host.put(&url, Given::Status(*code));
            element(
                place as u32 + 1,
                &[(
                    "heroImage",
                    url,
                    Some("0".repeat(32)).map(|sum| sum + &place.to_string()),
                )],
            )
        })
        .collect();
    bench.say(&elements).await;
    let report = bench.download(&bench.options()).await;
    assert_eq!(report.missed.len(), 5);
    for (code, passing, tries) in table {
        let url = format!("{HOST}/{code}");
        let missed = report
            .missed
            .iter()
            .find(|missed| missed.url == url)
            .expect("missed");
        assert_eq!(missed.passing, passing, "{missed:?}");
        assert_eq!(
            bench
                .host
                .requests()
                .iter()
                .filter(|asked| **asked == url)
                .count(),
            tries,
            "{code}"
        );
    }
    assert_eq!(bench.files().len(), 0, "no empty parts either");
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_each_target_is_asked_for_anew() {
    let bench = Bench::new();
    let content = picture(1, 10);
    let chain = |length: usize| {
        for hop in 0..length {
            let to = format!("{HOST}/{length}/{}", hop + 1);
            bench
                .host
                .put(&format!("{HOST}/{length}/{hop}"), Given::Redirect(to));
        }
        bench.host.put(
            &format!("{HOST}/{length}/{length}"),
            Given::File(content.clone()),
        );
    };
    chain(3);
    chain(4);
    bench.host.put(
        &format!("{HOST}/inward"),
        Given::Redirect("https://inside.example.test/".to_owned()),
    );
    bench
        .host
        .put("https://inside.example.test/", Given::Refused);
    bench.host.put(
        &format!("{HOST}/dir/relative"),
        Given::Redirect("../3/3".to_owned()),
    );
    let said = |path: &str| format!("{HOST}/{path}");
    bench
        .say(&[
            element(1, &[("heroImage", said("3/0"), Some(md5_of(&content)))]),
            element(2, &[("heroImage", said("4/0"), None)]),
            element(3, &[("heroImage", said("inward"), None)]),
            element(4, &[("heroImage", said("dir/relative"), None)]),
        ])
        .await;
    let report = bench.download(&bench.options()).await;
    assert_eq!(report.fetched, 2);
    let why: BTreeMap<_, _> = report
        .missed
        .iter()
        .map(|missed| (missed.key.to_string(), missed))
        .collect();
    assert_eq!(why["2"].message, "more than 3 redirects");
    assert!(why["3"].message.contains("refused") && !why["3"].passing);
}

#[tokio::test]
async fn the_quota_ends_the_run_and_nothing_of_the_last_file_stays() {
    let bench = Bench::new();
    let elements: Vec<String> = (1..=10)
        .map(|id| {
            let content = picture(id as u8, 996);
            let url = format!("{HOST}/{id}");
            bench.host.put(&url, Given::File(content.clone()));
            element(id, &[("heroImage", url, Some(md5_of(&content)))])
        })
        .collect();
    bench.say(&elements).await;
    let report = bench
        .download(&bench.options().quota(3500).parallel(1))
        .await;
    assert_eq!(
        (report.fetched, report.quota_reached, bench.files().len()),
        (3, true, 3)
    );
    let report = bench
        .download(&bench.options().quota(3500).parallel(1))
        .await;
    assert_eq!((report.fetched, report.quota_reached), (0, true));
    let report = bench.download(&bench.options().quota(10_000)).await;
    assert_eq!((report.fetched, report.quota_reached), (7, false));
}

#[tokio::test]
async fn the_quota_counts_what_is_on_the_disk_and_what_a_head_announces() {
    let bench = Bench::new();
    let (old, new) = (picture(1, 996), picture(2, 996));
    let url = format!("{HOST}/1");
    for (content, quota, fetched) in [(&old, 1000, 1), (&new, 1999, 0), (&new, 2000, 1)] {
        bench.host.put(&url, Given::File(content.clone()));
        bench
            .say(&[element(
                1,
                &[("heroImage", url.clone(), Some(md5_of(content)))],
            )])
            .await;
        let report = bench.download(&bench.options().quota(quota)).await;
        assert_eq!(
            (report.fetched, report.quota_reached),
            (fetched, fetched == 0),
            "{quota}"
        );
    }
    assert_eq!(bench.files().len(), 2, "the file of before counts");
    bench.host.put(&url, Given::Head(1));
    bench
        .say(&[element(1, &[("heroImage", url, Some("0".repeat(32)))])])
        .await;
    let report = bench.download(&bench.options().quota(2000)).await;
    assert!(
        report.quota_reached && report.missed.is_empty(),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_file_that_comes_compressed_is_not_taken_for_the_file() {
    let bench = Bench::new();
    let url = format!("{HOST}/1");
    bench.host.put(&url, Given::Compressed(vec![31, 139]));
    bench.say(&[element(1, &[("heroImage", url, None)])]).await;
    let report = bench.download(&bench.options()).await;
    assert!(
        report.missed[0].message.contains("compressed"),
        "{report:?}"
    );
    assert_eq!(bench.files().len(), 0);
    let headers = bench.host.0.lock().expect("alone").requests[0].1.clone();
    assert_eq!(headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_kept_whatever_its_head_says() {
    let bench = Bench::new();
    let content = picture(1, 5000);
    let url = format!("{HOST}/1");
    bench.host.put(&url, Given::File(content.clone()));
    bench
        .say(&[element(1, &[("heroImage", url, Some(md5_of(&content)))])])
        .await;
    let report = bench.download(&bench.options().largest(5003)).await;
    assert_eq!(report.missed[0].message, "it is larger than 5003 bytes");
    assert_eq!(bench.files().len(), 0);
    assert_eq!(
        bench
            .download(&bench.options().largest(5004).retry(true))
            .await
            .fetched,
        1
    );
}

#[tokio::test]
async fn nothing_that_a_service_says_names_a_path() {
    let mut bench = Bench::new();
    let evil = [
        "../../../etc/passwd",
        "..\\..\\x",
        "/etc/passwd",
        "C:\\x",
        "CON",
        "a\0b",
        "%2e%2e/%2e%2e/x",
        "..",
        ".",
        "\u{202e}gpj.exe",
    ];
    let mut elements = Vec::new();
    for (place, name) in evil.iter().enumerate() {
        let url = format!("{HOST}/{place}/{name}");
        let parsed = Url::parse(&url).expect("an address");
        bench
            .host
            .put(parsed.as_str(), Given::File(picture(place as u8, 50)));
        let slot = serde_json::Value::from(*name).to_string();
        let long = "x".repeat(4096);
        elements.push(format!(
            r#"{{"finfoArticleId":"{}",{slot}:{{"url":{},"contentType":{slot},"checksum":{slot},"lastModified":{slot},"altText":"{long}"}}}}"#,
            place + 1,
            serde_json::Value::from(url),
        ));
    }
    bench.say(&elements).await;
    let report = bench.download(&bench.options()).await;
    assert_eq!((report.fetched, report.missed.len()), (10, 0), "{report:?}");
    for file in bench.files() {
        let plain = file.strip_prefix("media/").expect("inside");
        let (folder, name) = plain.split_once('/').expect("a folder of two characters");
        let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(folder.len() == 2 && hexadecimal(folder), "{file}");
        assert!(
            name.strip_suffix(".jpg")
                .is_some_and(|name| name.len() == 64 && hexadecimal(name)),
            "{file}"
        );
    }
    assert_eq!(bench.assets().len(), 10);
}

#[tokio::test]
async fn a_folder_that_cannot_be_one_is_an_error() {
    let bench = Bench::new();
    let path = bench.place.path().join("file");
    fs::write(&path, b"x").expect("written");
    let error = bench
        .mirror
        .download(&bench.host, &MediaOptions::new(&path), &|_| {})
        .await
        .expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Folder);
    let error = bench
        .mirror
        .download(&bench.host, &MediaOptions::new(path.join("below")), &|_| {})
        .await
        .expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::Folder);
}

/// Names of this machine and of private places.
#[derive(Debug)]
struct Inward;

#[async_trait]
impl NameLookup for Inward {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        Ok(vec![[127, 0, 0, 1].into()])
    }
}

#[tokio::test]
async fn no_spelling_and_no_redirect_leads_to_this_machine_or_a_private_place() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("settable");
    let port = listener.local_addr().expect("an address").port();
    // Another machine of the tests, allowed by name, that leads inward.
    let outside = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let allowed = Url::parse(&format!(
        "http://{}/",
        outside.local_addr().expect("an address")
    ))
    .expect("an address");
    let target = format!("https://127.0.0.1:{port}/stolen");
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        loop {
            let Ok((mut stream, _)) = outside.accept().await else {
                return;
            };
            let mut request = vec![0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let bench = Bench::new();
    let spellings = [
        // This machine.
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "localhost",
        "localhost.",
        "inward.example.test",
        // Private places.
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        // What clouds tell a machine of itself.
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        // Something public in front of something else.
        "media.example.test@127.0.0.1",
        "media.example.test:443@127.0.0.1",
        "media.example.test%2f@127.0.0.1",
        "127.0.0.1\\@media.example.test",
    ];
    let mut elements: Vec<String> = spellings
        .iter()
        .enumerate()
        .map(|(place, host)| {
            element(
                place as u32 + 1,
                &[("heroImage", format!("https://{host}:{port}/x"), None)],
            )
        })
        .collect();
    elements.push(element(90, &[("heroImage", allowed.to_string(), None)]));
    elements.push(element(
        91,
        &[("heroImage", format!("http://127.0.0.1:{port}/x"), None)],
    ));
    elements.push(element(
        92,
        &[("heroImage", "file:///etc/hostname".to_owned(), None)],
    ));
    bench.say(&elements).await;
    let http = PublicHttp::with_lookup(Inward).also(Origin::of(&allowed).expect("an origin"));
    let report = bench
        .mirror
        .download(&http, &bench.options(), &|_| {})
        .await
        .expect("a report");
    assert_eq!(
        (report.fetched, report.missed.len()),
        (0, spellings.len() + 3)
    );
    for missed in &report.missed {
        assert!(
            missed.message.contains("refused") && !missed.passing,
            "{missed:?}"
        );
    }
    let nobody = listener.accept().expect_err("nobody has connected");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(bench.files().len(), 0);
    // Had anybody connected, it would be seen.
    let _stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    listener.accept().expect("seen");
}
