//! No secret and no whole FIN leaves the program by standard output, standard error or the log, in no form.

use std::fs;
use std::path::Path;

use finkit_core::Participant;
use finkit_tests::{Finkit, Ran};

use crate::secrets::Secrets;
use crate::support::{self, Service};

/// A password that looks different in each encoding.
const PASSWORD: &str = "Zwölf/Kühe+1 & 3%=Canary~";
const USERNAME: &str = "canary-company";

/// Serial number of the first of the canaries: no other list has them.
const FIRST: u32 = 77_001;

fn fin(number: u32) -> String {
    support::fin(FIRST - 1 + number)
}

fn list(first: u32, rows: u32) -> String {
    support::list(FIRST - 1 + first, rows)
}

/// One installation, its secrets, and the service.
struct Stage {
    service: Service,
    finkit: Finkit,
    secrets: Secrets,
    security_code: String,
    tokens: Vec<String>,
}

impl Stage {
    /// Registers with unique secrets; everything is noisy from here on.
    fn new() -> Self {
        let service = Service::start();
        let mut finkit = service.stranger();
        let registration_code = service
            .issue_registration_code(Participant::Standard)
            .expect("a code");
        finkit
            .set("FINKIT_FINCHECK_USERNAME", USERNAME)
            .set("FINKIT_FINCHECK_PASSWORD", PASSWORD)
            .set("FINKIT_FINCHECK_REGISTRATION_CODE", &registration_code)
            .set("RUST_BACKTRACE", "1")
            .set("RUST_LOG", "trace");
        finkit.settings("[profile.default.fincheck]\nsettle_seconds = 0\n");
        let mut stage = Self {
            service,
            finkit,
            secrets: Secrets::new(),
            security_code: String::new(),
            tokens: Vec::new(),
        };
        stage.secrets.add("password", PASSWORD);
        stage.secrets.add("registration code", &registration_code);
        // The code is known only after it was issued, so the first run is looked at afterwards.
        let registered = stage.run(&["fincheck", "register"]).expect(0);
        let shown = stage
            .finkit
            .run(&["fincheck", "status", "--show-code", "--format", "json"])
            .expect(0);
        let line = &shown.json()[0];
        line["security_code"]
            .as_str()
            .expect("a code")
            .clone_into(&mut stage.security_code);
        let code = stage.security_code.clone();
        stage.secrets.add("security code", &code);
        for serial in 1..=9 {
            stage.secrets.add("FIN", &fin(serial));
        }
        stage.look_at("register", &registered);
        stage
    }

    /// Runs at the most verbose level and looks at all that came out.
    #[track_caller]
    fn run(&mut self, arguments: &[&str]) -> Ran {
        let ran = self.finkit.run(&[arguments, &["-vvv"]].concat());
        self.learn_token();
        self.look_at(&arguments.join(" "), &ran);
        ran
    }

    /// Goes on in an empty home, which knows of no earlier request for a token.
    fn move_house(&mut self) {
        self.finkit = self.finkit.elsewhere();
        self.finkit
            .set("FINKIT_FINCHECK_SECURITY_CODE", &self.security_code);
        self.finkit
            .settings("[profile.default.fincheck]\nsettle_seconds = 0\n");
    }

    #[track_caller]
    fn look_at(&self, what: &str, ran: &Ran) {
        self.secrets.not_in(what, &ran.out);
        self.secrets.not_in(what, &ran.err);
        assert!(!ran.err.contains("panicked"), "{what}\n{}", ran.err);
    }

    /// The token that lies in the vault now, if there is one.
    fn learn_token(&mut self) {
        for (path, text) in files(&self.finkit.home().join("tokens")) {
            if !path.ends_with(".json") {
                continue;
            }
            let entry: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            if let Some(token) = entry["access"]["token"].as_str()
                && !self.tokens.iter().any(|known| known == token)
            {
                self.secrets.add("token", token);
                self.tokens.push(token.to_owned());
            }
        }
    }
}

/// All files below a folder, with their content; none where there is no folder.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    folders.retain(|folder| folder.exists());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                let text = String::from_utf8_lossy(&bytes).into_owned();
                found.push((path.display().to_string(), text));
            }
        }
    }
    found
}

#[test]
fn no_command_at_work_tells_a_secret() {
    let mut stage = Stage::new();
    let fleet = stage.finkit.file("fleet.csv", list(1, 5));
    let one = fin(9);
    let out = stage.finkit.home().join("report.html");
    let out = out.to_str().expect("UTF-8").to_owned();
    stage.run(&["fincheck", "login"]).expect(0);
    assert_eq!(stage.tokens.len(), 1, "the token is known");
    for (arguments, code) in [
        (&["fincheck", "login"][..], 0),
        (&["fincheck", "status"], 0),
        (&["fincheck", "check", &fleet], 0),
        (&["fincheck", "search", &one, "--year", "2026"], 0),
        (
            &[
                "fincheck",
                "submit",
                &fleet,
                "--yes",
                "--batch-records",
                "2",
                "--report",
                &out,
            ],
            0,
        ),
        (&["fincheck", "search", &fleet, "--yes"], 1),
        (
            &["fincheck", "search", &fleet, "--yes", "--format", "json"],
            1,
        ),
        (
            &["fincheck", "search", &fleet, "--yes", "--format", "csv"],
            1,
        ),
        (&["fincheck", "submit", &fleet, "--yes"], 0),
        (&["fincheck", "resume"], 0),
        (&["fincheck", "jobs"], 0),
        (&["fincheck", "show", "1"], 0),
        (&["fincheck", "report", "1"], 0),
        (&["fincheck", "report", "1", "--format", "json"], 0),
        (&["fincheck", "report", "1", "--format", "csv"], 0),
        (
            &[
                "fincheck",
                "delete",
                &fin(1),
                "2026-01-01",
                "2026-12-31",
                "--yes",
            ],
            0,
        ),
        (&["fincheck", "delete", &fleet, "--yes"], 0),
        (&["fincheck", "usage"], 0),
        (&["doctor"], 0),
        (&["doctor", "--connect"], 0),
        (&["demo"], 0),
        (&["completions", "bash"], 0),
        (&["man"], 0),
        (&["--help"], 0),
        (&["fincheck", "logout"], 0),
    ] {
        // The demo prints the commands that it types, with FINs of its own.
        stage.run(arguments).expect(code);
    }
    stage
        .secrets
        .not_in("report", &fs::read_to_string(&out).expect("a report"));
    // What the log is worth: requests are in it.
    stage.move_house();
    let ran = stage
        .run(&["fincheck", "search", &one, "--year", "2026"])
        .expect(0);
    assert!(
        ran.err.contains("search"),
        "the log says something\n{}",
        ran.err
    );
}

#[test]
fn what_was_asked_for_is_shown_and_nothing_else() {
    let stage = Stage::new();
    let fleet = stage.finkit.file("fleet.csv", list(1, 3));
    let ran = stage
        .finkit
        .run(&["fincheck", "status", "--show-code", "-vvv"])
        .expect(0);
    assert!(ran.out.contains(&stage.security_code));
    stage.secrets.not_in("status --show-code", &ran.err);
    let without_code = ran.out.replace(&stage.security_code, "");
    stage.secrets.not_in("status --show-code", &without_code);

    let ran = stage
        .finkit
        .run(&[
            "fincheck",
            "check",
            &fleet,
            "--show-fins",
            "--format",
            "csv",
            "-vvv",
        ])
        .expect(0);
    assert!(ran.out.contains(&fin(1)));
    stage.secrets.not_in("check --show-fins", &ran.err);
    stage
        .finkit
        .run(&["fincheck", "submit", &fleet, "--yes"])
        .expect(0);
    let ran = stage
        .finkit
        .run(&["fincheck", "report", "1", "--show-fins", "-vvv"])
        .expect(0);
    assert!(ran.out.contains(&fin(1)));
    stage.secrets.not_in("report --show-fins", &ran.err);
}

#[test]
fn no_failure_tells_a_secret() {
    let mut stage = Stage::new();
    let fleet = stage.finkit.file("fleet.csv", list(1, 5));
    let one = fin(9);
    let search = ["fincheck", "search", &one, "--year", "2026"];
    let many = ["fincheck", "search", &fleet, "--yes"];
    let submit = [
        "fincheck",
        "submit",
        &fleet,
        "--yes",
        "--batch-records",
        "2",
        "--concurrency",
        "1",
        "--again",
    ];
    let delete = [
        "fincheck",
        "delete",
        &one,
        "2026-01-01",
        "2026-12-31",
        "--yes",
    ];
    let first_home = stage.finkit.elsewhere();
    let first_home = std::mem::replace(&mut stage.finkit, first_home);
    for fault in [
        "status=401",
        "status=403,body=json",
        "status=404",
        "status=413",
        "status=422",
        "status=429,retry-after=9999",
        "status=500,body=plain",
        "html",
        "garbage",
        "empty",
        "cut-body",
        "close-before",
        "reset-before",
        "not-http",
        "redirect=http://127.0.0.1:9/",
    ] {
        stage.service.fault("");
        stage.move_house();
        stage.run(&["fincheck", "login"]).expect(0);
        // Looking up works, so that what is unknown is settled at once.
        stage.service.fault(&format!(
            "{fault}:path=/search,path=/bulk_create,path=/delete; {fault}:path=/bulk_search,first=1"
        ));
        for arguments in [&many[..], &search, &submit, &delete] {
            let ran = stage.run(arguments);
            assert!(
                (0..=7).contains(&ran.code),
                "{fault} {arguments:?}: {}",
                ran.code
            );
        }
    }
    assert!(stage.tokens.len() >= 15, "a token for each home");
    for fault in [
        "status=401,body=json",
        "status=422",
        "status=500",
        "html",
        "garbage",
        "redirect=http://127.0.0.1:9/",
    ] {
        stage.service.fault(&format!("{fault}:path=/token"));
        for arguments in [&["fincheck", "login"][..], &search] {
            stage.move_house();
            let ran = stage.run(arguments);
            assert!(
                (3..=7).contains(&ran.code),
                "{fault} {arguments:?}: {}",
                ran.code
            );
        }
    }
    // A submission asks again before it gives up, unless the password is refused.
    stage.service.fault("status=401,body=json:path=/token");
    stage.move_house();
    stage.run(&submit).expect(3);
    stage.service.fault("");
    stage
        .finkit
        .set("FINKIT_FINCHECK_URL", "http://127.0.0.1:9/");
    stage.move_house();
    for arguments in [&search[..], &submit, &delete, &["doctor", "--connect"]] {
        let ran = stage.run(arguments);
        assert_ne!(ran.code, 101, "{arguments:?}");
    }
    drop(first_home);
}

#[test]
fn a_refusal_that_echoes_the_request_is_not_repeated() {
    // FastAPI puts the input into its refusals: here the sandbox refuses the FIN itself.
    let service = Service::with(|builder| builder.refuse_fin(fin(2)));
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 3));
    let mut secrets = Secrets::new();
    (1..=3).for_each(|serial| secrets.add("FIN", &fin(serial)));
    for arguments in [
        &["fincheck", "submit", &path, "--yes", "--partial", "-vvv"][..],
        &["fincheck", "search", &path, "--yes", "-vvv"],
        &["fincheck", "search", &fin(2), "--year", "2026", "-vvv"],
        &["fincheck", "report", "1", "-vvv"],
        &["fincheck", "report", "1", "--format", "json", "-vvv"],
        &["fincheck", "report", "1", "--format", "csv", "-vvv"],
    ] {
        let ran = finkit.run(arguments);
        secrets.not_in(&arguments.join(" "), &format!("{}{}", ran.out, ran.err));
    }
}

#[test]
fn what_stands_in_the_wrong_place_is_masked_too() {
    let finkit = Finkit::new();
    let mut secrets = Secrets::new();
    (1..=9).for_each(|serial| secrets.add("FIN", &fin(serial)));
    for (name, text) in [
        // A FIN where a date belongs, and the other way round.
        (
            "swapped.csv",
            format!(
                "fin,start_date,end_date,registration_date\n2026-01-01,{},2026-12-31,2025-11-04T10:00:00+01:00\n{},2026-01-01,{},{}\n",
                fin(1),
                fin(2),
                fin(3),
                fin(4)
            ),
        ),
        // With typing errors: too long, one letter wrong, another vehicle behind it.
        (
            "typed.csv",
            format!(
                "fin,start_date,end_date,registration_date,note\n{}X,2026-01-01,2026-12-31,2025-11-04T10:00:00+01:00,see {}\n{} {},2026-01-01,2026-12-31,2025-11-04T10:00:00+01:00,\n",
                fin(1),
                fin(5),
                fin(2),
                fin(3)
            ),
        ),
        // No header, so that the first vehicle stands where names are looked for.
        (
            "headless.csv",
            format!("{},2026-01-01\n{},2026-01-01\n", fin(1), fin(2)),
        ),
        // No delimiter at all.
        ("one-column.csv", format!("{}\n{}\n", fin(1), fin(2))),
        ("no-json.ndjson", format!("{{\"fin\": \"{}\",\n", fin(1))),
    ] {
        let path = finkit.file(name, text);
        for format in ["human", "json", "csv"] {
            let ran = finkit.run(&["fincheck", "check", &path, "--format", format, "-vvv"]);
            assert!((1..=2).contains(&ran.code), "{name}: {}", ran.code);
            secrets.not_in(
                &format!("{name} as {format}"),
                &format!("{}{}", ran.out, ran.err),
            );
        }
    }
}

#[test]
fn a_fin_on_the_command_line_is_not_repeated_in_messages() {
    let service = Service::start();
    let finkit = service.standard();
    let mut secrets = Secrets::new();
    secrets.add("FIN", &fin(1));
    let mistyped = format!("{}O", &fin(1)[..16]);
    secrets.add("FIN", &mistyped);
    for arguments in [
        &["fincheck", "search", &fin(1)][..],
        &["fincheck", "search", &mistyped, "--year", "2026"],
        &["fincheck", "delete", &fin(1)],
        &[
            "fincheck",
            "delete",
            &fin(1),
            "2026-12-31",
            "2026-01-01",
            "--yes",
        ],
        &[
            "fincheck",
            "delete",
            &mistyped,
            "2026-01-01",
            "2026-12-31",
            "--yes",
        ],
    ] {
        let ran = finkit.run(&[arguments, &["-vvv"]].concat()).expect(2);
        secrets.not_in(&arguments.join(" "), &format!("{}{}", ran.out, ran.err));
    }
}

#[test]
fn a_fin_where_a_list_belongs_is_not_repeated() {
    let service = Service::start();
    let finkit = service.standard();
    let mut secrets = Secrets::new();
    secrets.add("FIN", &fin(1));
    for arguments in [
        &["fincheck", "check", &fin(1)][..],
        &["fincheck", "submit", &fin(1), "--yes"],
    ] {
        let ran = finkit.run(arguments).expect(2);
        secrets.not_in(&arguments.join(" "), &format!("{}{}", ran.out, ran.err));
    }
}

#[test]
fn fins_that_stand_as_headings_are_masked() {
    let finkit = Finkit::new();
    let mut secrets = Secrets::new();
    (1..=3).for_each(|serial| secrets.add("FIN", &fin(serial)));
    // A list turned on its side.
    let text = format!("fin,{},{}\n{},a,b\n", fin(1), fin(2), fin(3));
    let path = finkit.file("headings.csv", text);
    for format in ["human", "json", "csv"] {
        let ran = finkit
            .run(&["fincheck", "check", &path, "--format", format])
            .expect(2);
        secrets.not_in(format, &format!("{}{}", ran.out, ran.err));
    }
}

#[test]
fn the_ledger_and_the_vault_hold_no_password_and_no_code() {
    let mut stage = Stage::new();
    let fleet = stage.finkit.file("fleet.csv", list(1, 5));
    stage
        .run(&["fincheck", "submit", &fleet, "--yes"])
        .expect(0);
    stage
        .run(&["fincheck", "logout", "--forget-security-code"])
        .expect(0);
    // A logout leaves none of the secrets anywhere in the home.
    let mut secrets = Secrets::new();
    secrets.add("password", PASSWORD);
    secrets.add("security code", &stage.security_code);
    for (path, text) in files(stage.finkit.home()) {
        secrets.not_in(&path, &text);
    }
}
