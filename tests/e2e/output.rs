//! Channels, help, completions and manual pages.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use finkit_tests::{Finkit, data};

use crate::support::{Service, list};

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Help of a command and of all below it.
fn visit(finkit: &Finkit, path: &[&str], found: &mut Vec<String>) {
    for flag in ["--help", "-h"] {
        let ran = finkit.run(&[path, &[flag]].concat()).expect(0);
        assert!(ran.out.contains("Usage: finkit"), "{path:?}\n{}", ran.out);
        assert!(ran.out.lines().count() > 5, "{path:?}\n{}", ran.out);
        assert_eq!(ran.err, "", "{path:?}");
    }
    let help = finkit.run(&[path, &["--help"]].concat()).out;
    for command in commands(&help) {
        let path = [path, &[command.as_str()]].concat();
        found.push(path.join(" "));
        visit(finkit, &path, found);
    }
}

#[test]
fn every_command_has_help() {
    let mut found = Vec::new();
    visit(&Finkit::new(), &[], &mut found);
    for command in [
        "demo",
        "doctor",
        "sandbox",
        "completions",
        "man",
        "fincheck register",
        "fincheck login",
        "fincheck logout",
        "fincheck status",
        "fincheck check",
        "fincheck search",
        "fincheck submit",
        "fincheck resume",
        "fincheck jobs",
        "fincheck show",
        "fincheck report",
        "fincheck delete",
        "fincheck usage",
    ] {
        assert!(
            found.iter().any(|path| path == command),
            "{command}: {found:?}"
        );
    }
}

#[test]
fn the_help_names_the_exit_codes_and_no_secret_argument() {
    let finkit = Finkit::new();
    let help = finkit.run(&["--help"]).expect(0).out;
    for code in ["0 done", "3 authentication", "130 interrupted"] {
        assert!(help.contains(code), "{code}\n{help}");
    }
    for command in ["register", "login"] {
        let help = finkit.run(&["fincheck", command, "--help"]).expect(0).out;
        for secret in [
            "--password",
            "--security-code ",
            "--registration-code",
            "--token ",
        ] {
            assert!(!help.contains(secret), "{command} {secret}");
        }
    }
}

#[test]
fn what_cannot_be_understood_ends_in_two_on_standard_error() {
    let finkit = Finkit::new();
    for arguments in [
        &["nonsense"][..],
        &[],
        &["fincheck"],
        &["fincheck", "check"],
        &["fincheck", "check", "list.csv", "--format", "yaml"],
        &["fincheck", "submit", "list.csv", "--batch-records", "0"],
        &["fincheck", "delete", "list.csv", "2026-01-01"],
        &["fincheck", "search", "no-such-list.csv", "--year", "2026"],
        &["fincheck", "check", "list.csv", "--lang", "fr"],
    ] {
        let ran = finkit.run(arguments).expect(2);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(!ran.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn completions_are_printed_for_the_common_shells() {
    let finkit = Finkit::new();
    for (shell, mark) in [
        ("bash", "complete -F _finkit"),
        ("zsh", "#compdef finkit"),
        ("fish", "complete -c finkit"),
    ] {
        let ran = finkit.run(&["completions", shell]).expect(0);
        assert!(ran.out.contains(mark), "{shell}");
        for command in ["fincheck", "submit", "resume", "--allow-overlap"] {
            let command = command.trim_start_matches('-');
            assert!(ran.out.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn manual_pages_are_written_one_per_command() {
    let finkit = Finkit::new();
    let ran = finkit.run(&["man"]).expect(0);
    assert!(ran.out.contains(".TH finkit 1"), "{}", ran.out);
    let folder = finkit.home().join("man");
    finkit
        .run(&["man", "--out", folder.to_str().expect("UTF-8")])
        .expect(0);
    for page in ["finkit.1", "finkit-fincheck-submit.1", "finkit-doctor.1"] {
        let text = std::fs::read_to_string(folder.join(page)).expect(page);
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn a_broken_settings_file_keeps_nobody_from_the_help() {
    let finkit = Finkit::new();
    finkit.settings("[profile.default.fincheck]\nurl = 5\n");
    finkit.run(&["--help"]).expect(0);
    finkit.run(&["man"]).expect(0);
    finkit.run(&["completions", "bash"]).expect(0);
    let ran = finkit.run(&["fincheck", "jobs"]).expect_failure(2);
    assert!(ran.err.contains("config.toml, line 2"), "{}", ran.err);
    finkit.settings("[profile.default.fincheck]\nno_such_setting = 5\n");
    let ran = finkit.run(&["fincheck", "jobs"]).expect_failure(2);
    assert!(ran.err.contains("no_such_setting"), "{}", ran.err);
}

/// Reads the first line of a run and closes the pipe, as `head -1` does.
fn head(finkit: &Finkit, arguments: &[&str]) -> (String, String) {
    let mut child = finkit
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    {
        let mut out = BufReader::with_capacity(64, child.stdout.take().expect("a pipe"));
        out.read_line(&mut first).expect("a line");
    }
    let output = child.wait_with_output().expect("the program ends");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some(), "no signal: {error}");
    (first, error)
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let service = Service::start();
    let finkit = service.standard();
    let sample = data("fleet.csv");
    let sample = sample.to_str().expect("UTF-8");
    // More than a pipe holds, so that the program writes when nobody reads any more.
    let long = finkit.file("long.csv", list(1, 3000));
    finkit
        .run(&["fincheck", "submit", &long, "--yes"])
        .expect(0);
    for arguments in [
        &["demo"][..],
        &["fincheck", "check", sample],
        &["fincheck", "check", sample, "--format", "json"],
        &["fincheck", "check", &long, "--format", "csv"],
        &["fincheck", "report", "1"],
        &["fincheck", "report", "1", "--format", "json"],
        &["fincheck", "report", "1", "--format", "csv"],
        &["fincheck", "search", &long, "--yes"],
        &["fincheck", "search", &long, "--yes", "--format", "csv"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let (first, error) = head(&finkit, arguments);
        assert!(!first.is_empty(), "{arguments:?}");
        assert_eq!(error, "", "{arguments:?}");
    }
}

#[test]
fn quiet_leaves_the_data_and_the_errors() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    let stopped = ["fincheck", "submit", &path, "--yes", "--batch-records", "2"];
    finkit
        .run(&[&stopped[..], &["--max-writes", "2"]].concat())
        .expect(6);
    let ran = finkit.run(&[&stopped[..], &["--quiet"]].concat()).expect(0);
    assert_eq!(ran.err, "");
    assert!(ran.out.contains("created"), "{}", ran.out);
    let ran = finkit
        .run(&["--quiet", "fincheck", "check", "nowhere.csv"])
        .expect_failure(2);
    assert!(ran.err.contains("nowhere.csv"));
}

#[test]
fn without_a_terminal_there_are_no_colours_and_no_bars() {
    let service = Service::start();
    let mut finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    for no_color in [false, true] {
        if no_color {
            finkit.set("NO_COLOR", "1");
        }
        for arguments in [
            &["--help"][..],
            &["nonsense"],
            &["demo"],
            &["doctor"],
            &["fincheck", "check", &path],
            &[
                "fincheck",
                "submit",
                &path,
                "--yes",
                "--again",
                "--allow-overlap",
            ],
        ] {
            let ran = finkit.run(arguments);
            let told = format!("{}{}", ran.out, ran.err);
            assert!(!told.contains('\x1b') && !told.contains('\r'), "{told:?}");
        }
    }
}

#[test]
fn a_form_that_a_command_does_not_have_is_never_silence() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 2));
    for arguments in [
        &["fincheck", "submit", &path, "--yes"][..],
        &["fincheck", "jobs"],
        &["fincheck", "show", "1"],
        &["fincheck", "usage"],
        &["fincheck", "status"],
        &["doctor"],
    ] {
        let ran = finkit.run(&[arguments, &["--format", "csv"]].concat());
        assert!(
            !ran.out.is_empty() || !ran.err.is_empty(),
            "{arguments:?} says nothing, exit code {}",
            ran.code
        );
    }
}

#[test]
fn the_language_comes_from_flag_variable_and_locale() {
    let mut finkit = Finkit::new();
    let sample = data("fleet.csv");
    let check = ["fincheck", "check", sample.to_str().expect("UTF-8")];
    let german = "Buchstabe";
    assert!(!finkit.run(&check).expect(1).out.contains(german));
    assert!(
        finkit
            .run(&[&check[..], &["--lang", "de"]].concat())
            .expect(1)
            .out
            .contains(german)
    );
    finkit.set("FINKIT_LANG", "de");
    assert!(finkit.run(&check).expect(1).out.contains(german));
    finkit.unset("FINKIT_LANG").set("LANG", "de_AT.UTF-8");
    assert!(finkit.run(&check).expect(1).out.contains(german));
    finkit.settings("lang = \"en\"\n");
    assert!(!finkit.run(&check).expect(1).out.contains(german));
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let service = Service::start();
    let mut finkit = service.standard();
    for name in ["FINKIT_LANG", "FINKIT_PROFILE", "NO_COLOR"] {
        finkit.set(name, "");
        finkit
            .run(&[
                "fincheck",
                "search",
                &crate::support::fin(1),
                "--year",
                "2026",
            ])
            .expect(0);
    }
}

#[test]
fn the_doctor_looks_without_sending_anything() {
    let service = Service::start();
    let finkit = service.standard();
    let ran = finkit.run(&["doctor", "--format", "json"]).expect(0);
    let findings: Vec<crate::lines::Finding> = crate::lines::all(&ran);
    assert!(findings.iter().all(|finding| finding.health != "bad"));
    assert!(findings.iter().any(|finding| finding.what == "service"));
    assert_eq!(service.connections(), 0);
    finkit.run(&["doctor", "--connect"]).expect(0);
    assert_eq!(service.connections(), 1);
    assert_eq!(service.token_requests(), 0);

    // A ledger that is none is told.
    finkit.file("ledger.sqlite", "this is no database");
    let ran = finkit.run(&["doctor"]).expect(7);
    assert!(ran.out.contains("!!"), "{}", ran.out);
    let path = finkit.file("list.csv", list(1, 2));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect_failure(7);
    assert_eq!(service.entry_count().expect("entries"), 0);
}

#[test]
fn tables_for_other_programs_have_a_head_and_a_line_for_each_row() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 7));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    for (arguments, code) in [
        (&["fincheck", "check", &path][..], 0),
        (&["fincheck", "search", &path, "--yes"], 1),
        (&["fincheck", "report", "1"], 0),
    ] {
        for (lang, head) in [("en", "Row,FIN,"), ("de", "Zeile;FIN;")] {
            let csv = [arguments, &["--format", "csv", "--lang", lang]].concat();
            let ran = finkit.run(&csv).expect(code);
            assert!(ran.out.starts_with(head), "{csv:?}\n{}", ran.out);
            let lines: Vec<_> = ran.out.lines().collect();
            assert_eq!(lines.len(), 8, "{csv:?}");
            for (line, row) in lines[1..].iter().zip(2..) {
                let fields: Vec<_> = line.split([',', ';']).take(2).collect();
                let fin = format!("WVW…{:04}", row - 1);
                assert_eq!(fields, [row.to_string(), fin], "{csv:?}: {line}");
            }
            assert_eq!(ran.err, "");
        }
    }
}

#[test]
fn a_month_that_is_none_is_refused() {
    let finkit = Finkit::new();
    for month in ["garbage", "2026-13", "11-2026"] {
        finkit
            .run(&["fincheck", "usage", "--month", month])
            .expect(2);
    }
}

#[test]
fn a_home_that_cannot_be_used_is_told_with_a_remedy() {
    let service = Service::start();
    let mut finkit = service.standard();
    let plain = finkit.file("plain", "a file");
    let path = finkit.file("list.csv", list(1, 2));
    finkit.set("FINKIT_HOME", &format!("{plain}/below"));
    for arguments in [
        &["fincheck", "jobs"][..],
        &["fincheck", "submit", &path, "--yes"],
    ] {
        let ran = finkit.run(arguments);
        let code = ran.code;
        assert!(code == 2 || code == 7, "{arguments:?}: {code}");
        ran.expect_failure(code);
    }
    assert_eq!(service.entry_count().expect("entries"), 0);
}
