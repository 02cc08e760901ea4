//! What holds for all commands: nothing steers the terminal, no secret is told, and the README's commands run.

use finkit_tests::Ran;
use serde_json::Value;

use super::{FASTE, Finfo};

#[test]
fn what_the_service_says_steers_no_terminal() {
    let service = Finfo::with(|builder| {
        builder
            .supplier("1", "\u{1b}]0;title\u{7}\u{202e}AB", 1)
            .supplier("2", "=cmd|'/C calc'!A0", 1)
    });
    let finkit = service.finkit();
    let article = service.edit(|stock| stock.articles("1")[0]);
    service.earlier(|stock| {
        stock.set(
            article,
            "supplierArticleName1",
            Some("\"skruv \\u001b[2J\u{9b}31m\u{202e}x\""),
        );
        stock.set(article, "brand", Some("\"=1+1\""));
    });
    let number = article.to_string();
    let media = "finfoSupplierId=1";
    for format in ["human", "json", "csv"] {
        for arguments in [
            &["suppliers"][..],
            &["sync", "--full"],
            &["find", "skruv"],
            &["changes"],
            &["show", &number],
            &["article", &number],
            &["status"],
            &["verify", "--rows"],
            &["call", "/v2.2/article", media, "offset=0", "limit=5"],
        ] {
            let ran = finkit.run(&[&["finfo"], arguments, &["--format", format]].concat());
            let steers = |text: &str| {
                text.chars()
                    .any(|char| char != '\n' && char != '\r' && steers_a_terminal(char))
            };
            assert!(
                !steers(&ran.out) && !steers(&ran.err),
                "{arguments:?} {format}\n{:?}\n{:?}",
                ran.out,
                ran.err
            );
            if format == "csv" && ran.code == 0 {
                assert!(
                    !ran.out.lines().any(|line| line
                        .split(',')
                        .any(|cell| cell.trim_start_matches('"').starts_with('='))),
                    "{}",
                    ran.out
                );
            }
        }
    }
}

/// Control characters and those that turn the direction of the text.
fn steers_a_terminal(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn no_command_of_finfo_tells_a_secret() {
    const PASSWORD: &str = "Zwölf/Kühe+1 & 3%=Finfo~";
    const CLIENT_SECRET: &str = "Geheim/Klient+2 & 4%=Finfo~";
    let service = Finfo::with(|builder| {
        let mut account = finkit_sandbox::finfo::FinfoAccount::default();
        PASSWORD.clone_into(&mut account.password);
        CLIENT_SECRET.clone_into(&mut account.client_secret);
        builder.account(account).supplier(FASTE, "Fäste AB", 3)
    });
    let mut finkit = service.stranger();
    finkit.set("RUST_LOG", "trace").set("RUST_BACKTRACE", "1");
    let mut secrets = crate::secrets::Secrets::new();
    secrets.add("password", PASSWORD);
    secrets.add("client secret", CLIENT_SECRET);
    let username = service.account().username;
    let typed = format!("{CLIENT_SECRET}\n{PASSWORD}\n");
    let login = ["finfo", "login", "--username", &username, "--stdin", "-vvv"];
    let ran = finkit.run_with(&login, &typed).expect(0);
    secrets.not_in("login", &format!("{}{}", ran.out, ran.err));
    let mut tokens = 0;
    for entry in std::fs::read_dir(finkit.home().join("tokens")).expect("the vault") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        let Ok(entry) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        for kind in ["access", "refresh"] {
            if let Some(token) = entry[kind]["token"].as_str() {
                secrets.add(kind, token);
                tokens += 1;
            }
        }
    }
    assert_eq!(tokens, 2, "both tokens are known");
    let out = finkit.home().join("out.csv");
    let out = out.to_str().expect("UTF-8").to_owned();
    let article = service.edit(|stock| stock.articles(FASTE)[0]).to_string();
    let supplier = format!("finfoSupplierId={FASTE}");
    let commands: [&[&str]; 14] = [
        &["suppliers"],
        &["sync", "--dry-run"],
        &["sync"],
        &["sync", "--full"],
        &["verify", "--rows"],
        &["find", "a"],
        &["show", &article],
        &["changes"],
        &["export", &out],
        &["article", &article],
        &["media", &article],
        &["media", "sync", "--download"],
        &["call", "/v2.2/article", &supplier, "--all"],
        &["status"],
    ];
    let mut answered = 0;
    for fault in [
        "",
        "status=401",
        "status=403,body=json",
        "status=404",
        "status=429,retry-after=9999",
        "html",
        "garbage",
        "cut-body",
        "redirect=http://127.0.0.1:9/",
    ] {
        let plan: finkit_sandbox::fault::FaultPlan = fault.parse().expect("a fault");
        service.set_faults(plan);
        for arguments in &commands {
            for format in ["human", "json"] {
                let ran =
                    finkit.run(&[&["finfo"], *arguments, &["-vvv", "--format", format]].concat());
                assert!(
                    (0..=7).contains(&ran.code),
                    "{fault} {arguments:?}: {}",
                    ran.code
                );
                answered += usize::from(ran.code == 0);
                secrets.not_in(
                    &format!("{fault} {}", arguments.join(" ")),
                    &format!("{}{}", ran.out, ran.err),
                );
            }
        }
        if !fault.is_empty() {
            service.suspend(false);
        }
    }
    assert!(
        answered > 20,
        "most commands answer without a fault: {answered}"
    );
    service.set_faults(
        "".parse::<finkit_sandbox::fault::FaultPlan>()
            .expect("no fault"),
    );
    let ran = finkit.run(&["finfo", "logout", "-vvv"]).expect(0);
    secrets.not_in("logout", &format!("{}{}", ran.out, ran.err));
    // Nothing of them is left anywhere.
    let mut folders = vec![finkit.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let text = std::fs::read(&path).expect("a file");
                    secrets.not_in(&path.display().to_string(), &String::from_utf8_lossy(&text));
                }
            }
        }
    }
}

#[test]
fn every_command_of_the_readme_section_runs() {
    let readme =
        std::fs::read_to_string(finkit_tests::repository().join("README.md")).expect("the README");
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with("Finfo:"))
        .expect("the section");
    let blocks: Vec<&str> = section
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap_or(""))
        .collect();
    assert_eq!(blocks.len(), 2);
    let service = Finfo::start();
    let article = service.edit(|stock| stock.articles(FASTE)[0]);
    service.earlier(|stock| {
        stock.set(article, "supplierArticleName1", Some("\"Skruv 4,2x55\""));
    });
    let mut finkit = service.finkit();
    finkit
        .unset("FINKIT_FINFO_URL")
        .unset("FINKIT_FINFO_USERNAME")
        .set("FINFO_URL", &service.url())
        .set("FINFO_USER", &service.account().username);
    // `finkit` by its name, as somebody types it.
    let programs = finkit_tests::program().parent().expect("a folder");
    let path = format!(
        "{}:{}",
        programs.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut commands = 0;
    for line in blocks.concat().lines() {
        let ran: Ran = std::process::Command::new("sh")
            .args(["-euc", line])
            .envs(finkit.environment())
            .env("PATH", &path)
            .current_dir(finkit.home())
            .output()
            .expect("a shell")
            .into();
        assert_eq!(ran.code, 0, "{line}\n{}\n{}", ran.out, ran.err);
        commands += 1;
    }
    assert_eq!(commands, 10);
    let text = |name: &str| std::fs::read_to_string(finkit.home().join(name)).expect("a file");
    assert!(text("sync.jsonl").contains("\"complete\":2"));
    assert!(text("changes.csv").lines().count() > 32);
    assert!(text("changed.csv").lines().count() > 32);
    assert!(text("status.txt").contains("complete"));
    assert_eq!(service.grants().password, 1);
}
