//! `register`, `login`, `logout`, `status`: the account, and where its secrets lie.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use finkit_core::Participant;
use finkit_tests::{Finkit, Ran};

use crate::lines;
use crate::support::{PASSWORD, Service, USER, fin};

/// The program with a registration code, and nothing registered yet.
fn newcomer(service: &Service) -> Finkit {
    let mut finkit = service.stranger();
    let code = service
        .issue_registration_code(Participant::Standard)
        .expect("a code");
    finkit
        .set("FINKIT_FINCHECK_USERNAME", USER)
        .set("FINKIT_FINCHECK_PASSWORD", PASSWORD)
        .set("FINKIT_FINCHECK_REGISTRATION_CODE", &code);
    finkit
}

fn status(finkit: &Finkit) -> lines::Status {
    lines::one(
        &finkit
            .run(&["fincheck", "status", "--format", "json"])
            .expect(0),
    )
}

/// The stored security code, shown on request.
fn stored_code(finkit: &Finkit) -> String {
    let ran = finkit
        .run(&["fincheck", "status", "--show-code", "--format", "json"])
        .expect(0);
    lines::one::<lines::Status>(&ran)
        .security_code
        .expect("a stored code")
}

fn secret_files(finkit: &Finkit) -> Vec<PathBuf> {
    fs::read_dir(finkit.home().join("profiles/default/secrets"))
        .expect("a folder of secrets")
        .map(|entry| entry.expect("a file").path())
        .collect()
}

fn mode(path: &std::path::Path) -> u32 {
    let metadata = fs::metadata(path).expect("a file");
    metadata.permissions().mode() & 0o777
}

#[test]
fn registering_stores_the_code_for_the_owner_alone() {
    let service = Service::start();
    let finkit = newcomer(&service);
    let ran = finkit.run(&["fincheck", "register"]).expect(0);
    let code = stored_code(&finkit);
    assert!(code.len() >= 16, "a code of the service");
    assert!(!ran.out.contains(&code) && !ran.err.contains(&code));
    assert!(
        ran.out.contains("readable by its owner only"),
        "{}",
        ran.out
    );

    let files = secret_files(&finkit);
    assert!(!files.is_empty());
    for path in &files {
        assert_eq!(mode(path), 0o600, "{}", path.display());
        assert_eq!(mode(path.parent().expect("a folder")), 0o700);
    }
    let holds_code = |path: &PathBuf| fs::read_to_string(path).expect("text").contains(&code);
    assert_eq!(files.iter().filter(|path| holds_code(path)).count(), 1);

    let status = status(&finkit);
    assert!(status.security_code_stored);
    assert!(!status.password_stored, "only a login stores it");
    assert_eq!(status.security_code, None, "shown only on request");
    assert_eq!(status.registration_pending_since, None);
}

#[test]
fn the_code_is_shown_once_on_request() {
    let service = Service::start();
    let finkit = newcomer(&service);
    let ran = finkit
        .run(&["fincheck", "register", "--show-code", "--format", "json"])
        .expect(0);
    let registered: lines::Registered = lines::one(&ran);
    assert_eq!(registered.username, USER);
    assert_eq!(registered.security_code, Some(stored_code(&finkit)));
    let ran = finkit.run(&["fincheck", "status", "--show-code"]).expect(0);
    assert!(ran.out.contains(&stored_code(&finkit)));
}

#[test]
fn a_stored_code_is_replaced_only_when_told() {
    let service = Service::start();
    let mut finkit = newcomer(&service);
    finkit.run(&["fincheck", "register"]).expect(0);
    let first = stored_code(&finkit);

    let another = service
        .issue_registration_code(Participant::Standard)
        .expect("a code");
    finkit.set("FINKIT_FINCHECK_REGISTRATION_CODE", &another);
    let before = service.received();
    let ran = finkit.run(&["fincheck", "register"]).expect_failure(2);
    assert!(ran.err.contains("--replace"), "{}", ran.err);
    assert_eq!(service.received(), before, "nothing was sent");
    assert_eq!(stored_code(&finkit), first);

    // The name is taken, so the service refuses; the code stays.
    finkit
        .run(&["fincheck", "register", "--replace"])
        .expect_failure(4);
    assert_eq!(stored_code(&finkit), first);

    // The same user name at another service belongs to another code, and is no reason to refuse.
    let elsewhere = Service::start();
    let code = elsewhere
        .issue_registration_code(Participant::Standard)
        .expect("a code");
    finkit
        .set("FINKIT_FINCHECK_URL", &elsewhere.url())
        .set("FINKIT_FINCHECK_REGISTRATION_CODE", &code);
    finkit.run(&["fincheck", "register"]).expect(0);
    assert_ne!(stored_code(&finkit), first);
    finkit.set("FINKIT_FINCHECK_URL", &service.url());
    assert_eq!(stored_code(&finkit), first);
}

#[test]
fn replacing_overwrites_the_code() {
    let mut finkit = Finkit::new();
    finkit
        .set("FINKIT_FINCHECK_USERNAME", USER)
        .set("FINKIT_FINCHECK_PASSWORD", PASSWORD);
    let service = Service::start();
    finkit.set("FINKIT_FINCHECK_URL", &service.url());
    service
        .enrol(Participant::Standard, USER, PASSWORD)
        .expect("a new account");
    let login = |code: &str, extra: &[&str]| -> Ran {
        let arguments = ["fincheck", "login", "--with-security-code", "--stdin"];
        finkit.run_with(
            &[&arguments[..], extra].concat(),
            &format!("{PASSWORD}\n{code}\n"),
        )
    };
    login("first-code", &[]).expect(0);
    assert_eq!(stored_code(&finkit), "first-code");
    login("second-code", &[]).expect_failure(2);
    assert_eq!(stored_code(&finkit), "first-code");
    login("second-code", &["--replace"]).expect(0);
    assert_eq!(stored_code(&finkit), "second-code");
}

#[test]
fn a_wrong_registration_code_is_refused_and_leaves_nothing() {
    let service = Service::start();
    let mut finkit = newcomer(&service);
    finkit.set("FINKIT_FINCHECK_REGISTRATION_CODE", "no-such-code");
    let ran = finkit.run(&["fincheck", "register"]).expect_failure(4);
    assert!(!ran.err.contains("no-such-code"), "{}", ran.err);
    let status = status(&finkit);
    assert!(!status.security_code_stored);
    assert_eq!(status.registration_pending_since, None);
}

#[test]
fn a_registration_whose_answer_is_lost_is_never_silent() {
    let service = Service::start();
    let finkit = newcomer(&service);
    service.fault("close-after:path=/register");
    let ran = finkit.run(&["fincheck", "register"]).expect_failure(5);
    assert!(ran.err.contains("answer was lost"), "{}", ran.err);
    assert!(ran.err.contains("ask the operator"), "{}", ran.err);
    assert_eq!(service.seen("/register"), 1, "never sent twice");

    assert!(status(&finkit).registration_pending_since.is_some());
    let ran = finkit.run(&["fincheck", "status"]).expect(0);
    assert!(ran.out.contains("Ask the operator"), "{}", ran.out);
}

#[test]
fn storing_the_code_settles_a_registration_whose_answer_was_lost() {
    let service = Service::start();
    let finkit = newcomer(&service);
    service.fault("close-after:path=/register");
    finkit.run(&["fincheck", "register"]).expect(5);
    assert!(status(&finkit).registration_pending_since.is_some());
    // The operator tells the code.
    service.fault("");
    finkit
        .run_with(
            &["fincheck", "login", "--with-security-code", "--stdin"],
            &format!("{PASSWORD}\ncode-by-telephone\n"),
        )
        .expect(0);
    assert_eq!(status(&finkit).registration_pending_since, None);
}

#[test]
fn a_wrong_password_is_asked_about_once_for_ten_runs() {
    let service = Service::start();
    let mut finkit = service.standard();
    finkit.set("FINKIT_FINCHECK_PASSWORD", "wrong-password");
    finkit.run(&["fincheck", "login"]).expect_failure(3);
    for _ in 0..9 {
        let ran = finkit
            .run(&["fincheck", "search", &fin(1), "--year", "2026"])
            .expect_failure(3);
        assert!(ran.err.contains("finkit fincheck login"), "{}", ran.err);
        assert!(!ran.err.contains("wrong-password"));
    }
    assert_eq!(service.token_requests(), 1);
    assert!(status(&finkit).login_rejected_at.is_some());

    // Another password is tried at once.
    finkit.set("FINKIT_FINCHECK_PASSWORD", PASSWORD);
    finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026"])
        .expect(0);
    assert_eq!(service.token_requests(), 2);
    assert_eq!(status(&finkit).login_rejected_at, None);
}

#[test]
fn a_login_is_stored_and_a_logout_forgets_it() {
    let service = Service::start();
    let mut finkit = service.standard();
    finkit
        .unset("FINKIT_FINCHECK_USERNAME")
        .unset("FINKIT_FINCHECK_PASSWORD");
    let login = ["fincheck", "login", "--username", USER, "--stdin"];
    finkit.run_with(&login, &format!("{PASSWORD}\n")).expect(0);
    let search = ["fincheck", "search", &fin(1), "--year", "2026"];
    finkit.run(&search).expect(0);
    let told = status(&finkit);
    assert_eq!(told.username.as_deref(), Some(USER));
    assert!(told.password_stored && told.token_usable && told.token_expires_at.is_some());
    assert_eq!(service.token_requests(), 1);

    let before = service.connections();
    let ran = finkit
        .run(&["fincheck", "logout", "--format", "json"])
        .expect(0);
    assert!(!lines::one::<lines::Logout>(&ran).security_code_forgotten);
    let told = status(&finkit);
    assert!(!told.password_stored && !told.token_usable);
    assert_eq!(told.username, None);
    finkit.run(&search).expect_failure(2);
    finkit.set("FINKIT_FINCHECK_USERNAME", USER);
    finkit.run(&search).expect_failure(3);
    assert_eq!(service.connections(), before);
}

#[test]
fn a_login_for_the_token_alone_stores_no_password() {
    let service = Service::start();
    let mut finkit = service.standard();
    let ran = finkit
        .run(&["fincheck", "login", "--token-only", "--format", "json"])
        .expect(0);
    assert!(!lines::one::<lines::Login>(&ran).password_stored);
    finkit.unset("FINKIT_FINCHECK_PASSWORD");
    finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026"])
        .expect(0);
    assert!(!status(&finkit).password_stored);
}

#[test]
fn logging_out_keeps_the_code_unless_told() {
    let service = Service::start();
    let finkit = newcomer(&service);
    finkit.run(&["fincheck", "register"]).expect(0);
    finkit.run(&["fincheck", "logout"]).expect(0);
    assert!(status(&finkit).security_code_stored);
    finkit
        .run(&["fincheck", "logout", "--forget-security-code"])
        .expect(0);
    assert!(!status(&finkit).security_code_stored);
}

#[test]
fn a_secret_that_others_may_read_is_refused() {
    let service = Service::start();
    let finkit = newcomer(&service);
    finkit.run(&["fincheck", "register"]).expect(0);
    for path in secret_files(&finkit) {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
    }
    let before = service.received();
    let list = finkit.file("list.csv", crate::support::list(1, 2));
    let ran = finkit
        .run(&["fincheck", "submit", &list, "--yes"])
        .expect_failure(7);
    assert!(ran.err.contains("chmod 600"), "{}", ran.err);
    assert_eq!(service.received(), before);
}

#[test]
fn without_a_terminal_a_missing_secret_is_named() {
    let service = Service::start();
    let mut finkit = service.stranger();
    finkit.set("FINKIT_FINCHECK_USERNAME", USER);
    let ran = finkit.run(&["fincheck", "register"]).expect_failure(2);
    assert!(
        ran.err.contains("FINKIT_FINCHECK_REGISTRATION_CODE"),
        "{}",
        ran.err
    );
    let ran = finkit.run(&["fincheck", "login"]).expect_failure(2);
    assert!(ran.err.contains("FINKIT_FINCHECK_PASSWORD"), "{}", ran.err);
    assert_eq!(service.connections(), 0);
}

#[test]
fn the_kind_of_account_is_written_into_the_settings_by_the_person() {
    let service = Service::start();
    let finkit = newcomer(&service);
    let ran = finkit
        .run(&["fincheck", "register", "--participant", "reader"])
        .expect(0);
    assert!(ran.out.contains("participant = \"reader\""), "{}", ran.out);
}
