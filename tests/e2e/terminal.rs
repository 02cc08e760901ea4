//! What differs on a terminal: the question before anything is billed, colours, the progress bar.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use finkit_tests::Finkit;
use nix::pty::openpty;

use crate::finfo::Finfo;
use crate::support::{Service, list};

/// Runs the program with all three channels on a terminal, with answers typed ahead.
fn on_terminal(finkit: &Finkit, arguments: &[&str], typed: &str) -> (i32, String) {
    let terminal = openpty(None, None).expect("a terminal");
    let mut ours = File::from(terminal.master);
    let end = |fd: &OwnedFd| Stdio::from(fd.try_clone().expect("another end"));
    let mut child = finkit
        .command(arguments)
        .env("TERM", "xterm-256color")
        .stdin(end(&terminal.slave))
        .stdout(end(&terminal.slave))
        .stderr(end(&terminal.slave))
        .spawn()
        .expect("the program starts");
    drop(terminal.slave);
    ours.write_all(typed.as_bytes()).expect("typed");
    let mut shown = Vec::new();
    // A terminal whose other end has gone is an error on Linux and an end elsewhere.
    let mut piece = [0; 4096];
    while let Ok(read) = ours.read(&mut piece) {
        if read == 0 {
            break;
        }
        shown.extend_from_slice(&piece[..read]);
    }
    let code = child.wait().expect("the program ends").code().unwrap_or(-1);
    (code, String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn nothing_is_billed_until_the_question_is_answered_with_yes() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 3));
    for command in ["submit", "search"] {
        for no in ["n\n", "\n", "maybe\n"] {
            let (code, shown) = on_terminal(&finkit, &["fincheck", command, &path], no);
            assert_eq!(code, 0, "{shown}");
            assert!(shown.contains("[y/N]"), "{shown}");
            assert!(shown.contains("Nothing was sent"), "{shown}");
        }
    }
    assert_eq!(service.connections(), 0);
    let (code, shown) = on_terminal(&finkit, &["fincheck", "submit", &path], "y\n");
    assert_eq!(code, 0, "{shown}");
    assert_eq!(service.own_entries(), 3);
    let (code, shown) = on_terminal(
        &finkit,
        &["fincheck", "delete", &path, "--lang", "de"],
        "ja\n",
    );
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("[j/N]"), "{shown}");
    assert_eq!(service.own_entries(), 0);
}

#[test]
fn colours_are_shown_unless_refused() {
    let mut finkit = Finkit::new();
    let sample = finkit_tests::data("fleet.csv");
    let check = ["fincheck", "check", sample.to_str().expect("UTF-8")];
    let (code, shown) = on_terminal(&finkit, &check, "");
    assert_eq!(code, 1);
    assert!(shown.contains("\x1b["), "colours");
    finkit.set("NO_COLOR", "1");
    for arguments in [&check[..], &["--help"], &["nonsense"]] {
        let (_, shown) = on_terminal(&finkit, arguments, "");
        assert!(!shown.contains("\x1b["), "{arguments:?}: {shown:?}");
    }
}

#[test]
fn a_progress_bar_is_drawn_and_quiet_draws_none() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 30));
    let submit = ["fincheck", "submit", &path, "--yes", "--batch-records", "1"];
    let (code, shown) = on_terminal(&finkit, &[&submit[..], &["--quiet"]].concat(), "");
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains('█') && !shown.contains("\x1b["), "{shown}");
    let again = ["--again", "--allow-overlap"];
    let (code, shown) = on_terminal(&finkit, &[&submit[..], &again].concat(), "");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("/30"), "{shown:?}");
}

#[test]
fn a_sync_draws_its_progress_and_quiet_draws_none() {
    let service = Finfo::with(|builder| builder.supplier("1", "Fäste AB", 60));
    let finkit = service.finkit();
    finkit.settings("[profile.default.finfo]\npage_size = 2\npages_ahead = 1\n");
    let sync = ["finfo", "sync", "--full"];
    let (code, shown) = on_terminal(&finkit, &[&sync[..], &["--quiet"]].concat(), "");
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains('█') && !shown.contains("\x1b["), "{shown}");
    let (code, shown) = on_terminal(&finkit, &sync, "");
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("/60"), "{shown:?}");
    assert!(shown.contains("complete"), "{shown:?}");
}
