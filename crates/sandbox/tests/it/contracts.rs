//! Other contracts than the assumed one, served whole.

use finkit_core::Participant;
use finkit_fincheck::contract::Contract;
use finkit_sandbox::{Sandbox, SandboxError};
use serde_json::{Value, json};

use crate::http::{Reply, Send};
use crate::service::{self, A, B, C, Service};

/// German names, nested records, flags and code in the body, look-ups by GET, deletion by POST, moments as Unix times.
const GERMAN: &str = r#"
name = "fincheck/deutsch"
[format]
registration_date = "unix"
date = "date-time"
database_zone = "Europe/Vienna"
[record]
fin = "fahrgestellnummer"
start_date = "zeitraum.von"
end_date = "zeitraum.bis"
registration_date = "registrierung"
[answer_record]
fin = "fahrgestellnummer"
start_date = "zeitraum.von"
end_date = "zeitraum.bis"
registration_date = "absent"
reason = "grund"
[found_fin]
fin = "fahrzeug.fin"
count = "anzahl"
entries = "eintraege"
[found_fin.entry]
start_date = "von"
end_date = "bis"
registration_date = "registriert_am"
[register]
path = "/konto/registrieren"
registration_code = "body:konto.code"
username = "body:konto.name"
password = "body:konto.kennwort"
[register.answer]
security_code = "konto.sicherheitscode"
[token]
path = "/konto/token"
lifetime = 600
[token.answer]
access_token = "zugang"
[token.constants]
"form:grant_type" = "password"
[create]
path = "/eintrag"
record = "body:fin_daten"
commit_on_overlapping_dates = "body:trotz_ueberschneidung"
security_code = "body:sicherheitscode"
[create.answer]
created = "angelegt"
overlapping = "ueberschneidungen"
failed = "abgelehnt"
[bulk_create]
path = "/eintraege"
records = "body:fins"
commit_on_overlapping_dates = "body:trotz_ueberschneidung"
commit_on_partial_success = "body:teilweise"
security_code = "body:sicherheitscode"
[bulk_create.answer]
created = "ergebnis.angelegt"
overlapping = "ergebnis.ueberschneidungen"
failed = "ergebnis.abgelehnt"
[delete]
method = "POST"
path = "/loeschen"
fin = "body:fahrgestellnummer"
start_date = "body:von"
end_date = "body:bis"
security_code = "body:sicherheitscode"
[delete.answer]
deleted = "geloescht"
fins = "eintraege"
[search]
method = "GET"
path = "/suche"
fin = "query:fahrgestellnummer"
year = "query:jahr"
[search.answer]
found = "gefunden"
fins = "treffer"
[bulk_search]
method = "GET"
path = "/suche/{jahr}"
fins = "query:fin"
year = "path:jahr"
[bulk_search.answer]
found = "gefunden"
fins = "treffer"
"#;

/// Records in the query, bare FINs in the answer, one FoundFin per entry, a boolean per FIN, one path for everything about FINs.
const FLAT: &str = r#"
name = "fincheck/flat"
[answer_record]
fin = "."
start_date = "absent"
end_date = "absent"
registration_date = "absent"
reason = "absent"
[found_fin]
count = "absent"
entries = "."
found = "present"
[register]
registration_code = "form:code"
username = "form:user"
password = "form:pass"
[create]
method = "PUT"
path = "/fins"
record = "query"
commit_on_overlapping_dates = "header:x-allow-overlap"
security_code = "absent"
[create.answer]
overlapping = "absent"
[bulk_create]
path = "/fins"
[delete]
path = "/fins"
fin = "query:fin"
start_date = "query:start_date"
end_date = "query:end_date"
[delete.answer]
fins = "absent"
[search]
method = "GET"
path = "/fins/{fin}"
fin = "path:fin"
year = "query:year"
[search.answer]
found = "absent"
[bulk_search]
path = "/fins/lookup"
fins = "body"
year = "query:year"
[bulk_search.answer]
found = "absent"
fins = "."
"#;

struct Caller<'s> {
    service: &'s Service,
    token: String,
    code: String,
}

impl Caller<'_> {
    fn send(&self, request: Send<'_>) -> Reply {
        let request = request.header("authorization", format!("Bearer {}", self.token));
        self.service.client().ok(request)
    }

    #[track_caller]
    fn ok(&self, request: Send<'_>) -> Value {
        let reply = self.send(request);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }
}

fn serve(toml: &str) -> Service {
    let contract = Contract::from_toml(toml).unwrap();
    service::start(Sandbox::builder().contract(contract))
}

#[test]
fn the_whole_job_runs_in_german() {
    let service = serve(GERMAN);
    let code = service
        .running
        .issue_registration_code(Participant::Standard)
        .unwrap();
    let konto = json!({"konto": {"code": code, "name": "acme", "kennwort": "geheim"}});
    let request = Send::new("POST", "/konto/registrieren").json(&konto);
    let answer = service.client().ok(request).json();
    let code = answer["konto"]["sicherheitscode"].as_str().unwrap();

    let form = [("username", "acme"), ("password", "geheim")];
    let token = |form: &[(&str, &str)]| {
        let request = Send::new("POST", "/konto/token").form(form);
        service.client().ok(request)
    };
    let refused = token(&form).json();
    assert_eq!(refused["detail"][0]["loc"], json!(["body", "grant_type"]));
    let wrong = token(&[form[0], form[1], ("grant_type", "x")]).json();
    assert_eq!(wrong["detail"][0]["msg"], "Input should be 'password'");
    let answer = token(&[form[0], form[1], ("grant_type", "password")]).json();
    let caller = Caller {
        service: &service,
        token: answer["zugang"].as_str().unwrap().to_owned(),
        code: code.to_owned(),
    };

    let daten = |fin: &str, von: &str, bis: &str| {
        json!({
            "fahrgestellnummer": fin,
            "zeitraum": {"von": format!("{von}T00:00:00"), "bis": format!("{bis}T00:00:00")},
            "registrierung": 1_768_465_800,
        })
    };
    let body = json!({
        "fin_daten": daten(A, "2026-01-01", "2026-06-30"),
        "trotz_ueberschneidung": false,
        "sicherheitscode": caller.code,
    });
    let answer = caller.ok(Send::new("POST", "/eintrag").json(&body));
    let angelegt = json!({
        "fahrgestellnummer": A,
        "zeitraum": {"von": "2026-01-01T00:00:00", "bis": "2026-06-30T00:00:00"},
    });
    assert_eq!(
        answer,
        json!({"angelegt": [angelegt], "ueberschneidungen": [], "abgelehnt": []})
    );

    let body = json!({
        "fins": [daten(A, "2026-06-30", "2026-12-31"), daten(B, "2026-01-01", "2026-12-31")],
        "teilweise": true,
        "sicherheitscode": caller.code,
    });
    let answer = caller.ok(Send::new("POST", "/eintraege").json(&body));
    let eintrag = json!({
        "von": "2026-01-01T00:00:00",
        "bis": "2026-06-30T00:00:00",
        "registriert_am": "2026-01-15T09:30:00",
    });
    let treffer = json!({"fahrzeug": {"fin": A}, "anzahl": 1, "eintraege": [eintrag]});
    let ergebnis = &answer["ergebnis"];
    assert_eq!(ergebnis["ueberschneidungen"], json!([treffer]));
    assert_eq!(ergebnis["angelegt"][0]["fahrgestellnummer"], B);
    assert_eq!(ergebnis["abgelehnt"][0]["fahrgestellnummer"], A);
    let call = service.running.calls().pop().unwrap();
    assert!(call.commit_on_partial_success && !call.commit_on_overlapping_dates);

    let target = format!("/suche?fahrgestellnummer={A}&jahr=2026");
    let answer = caller.ok(Send::new("GET", &target));
    assert_eq!(answer, json!({"gefunden": true, "treffer": [treffer]}));
    let target = format!("/suche/2026?fin={C}&fin={A}&fin={B}");
    let answer = caller.ok(Send::new("GET", &target));
    assert_eq!(answer["treffer"].as_array().unwrap().len(), 2);
    let faults = caller.send(Send::new("GET", "/suche/x")).json();
    let places: Vec<&Value> = faults["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["loc"])
        .collect();
    assert_eq!(places, [&json!(["path", "jahr"]), &json!(["query", "fin"])]);

    let body = json!({"fahrgestellnummer": A, "von": "2026-01-01", "bis": "2026-06-30", "sicherheitscode": caller.code});
    let answer = caller.ok(Send::new("POST", "/loeschen").json(&body));
    assert_eq!(answer, json!({"geloescht": true, "eintraege": treffer}));
    assert_eq!(service.running.entry_count().unwrap(), 1);
}

#[test]
fn faults_inside_nested_records_name_their_place() {
    let service = serve(GERMAN);
    let code = service
        .running
        .enrol(Participant::Standard, "acme", "geheim")
        .unwrap();
    let form = [
        ("username", "acme"),
        ("password", "geheim"),
        ("grant_type", "password"),
    ];
    let request = Send::new("POST", "/konto/token").form(&form);
    let token = service.client().ok(request).json();
    let caller = Caller {
        service: &service,
        token: token["zugang"].as_str().unwrap().to_owned(),
        code,
    };
    let body = json!({
        "fins": [{
            "fahrgestellnummer": A,
            "zeitraum": {"von": "2026-01-01"},
            "registrierung": 1,
        }],
        "sicherheitscode": caller.code,
        "trotz_ueberschneidung": "vielleicht",
    });
    let reply = caller.send(Send::new("POST", "/eintraege").json(&body));
    assert_eq!(reply.status, 422);
    let detail = reply.json()["detail"].clone();
    assert_eq!(
        detail[0]["loc"],
        json!(["body", "fins", 0, "zeitraum", "bis"])
    );
    assert_eq!(detail[0]["input"], json!({"von": "2026-01-01"}));
    assert_eq!(detail[1]["loc"], json!(["body", "trotz_ueberschneidung"]));
}

#[test]
fn the_whole_job_runs_flat() {
    let service = serve(FLAT);
    let code = service
        .running
        .issue_registration_code(Participant::Standard)
        .unwrap();
    let form = [
        ("code", code.as_str()),
        ("user", "acme"),
        ("pass", "geheim"),
    ];
    let request = Send::new("POST", "/register").form(&form);
    let code = service.client().ok(request).json()["security_code"].clone();
    let token = service.token("acme", "geheim").json()["access_token"].clone();
    let caller = Caller {
        service: &service,
        token: token.as_str().unwrap().to_owned(),
        code: code.as_str().unwrap().to_owned(),
    };
    let target = |fin: &str, start: &str, end: &str| {
        format!(
            "/fins?fin={fin}&start_date={start}&end_date={end}&registration_date=2026-01-15T09:30:00%2B02:00"
        )
    };
    let whole = target(A, "2026-01-01", "2026-12-31");
    let answer = caller.ok(Send::new("PUT", &whole));
    assert_eq!(answer, json!({"created": [A], "failed": []}));
    assert_eq!(caller.ok(Send::new("PUT", &whole))["failed"], json!([A]));
    let again = caller.ok(Send::new("PUT", &whole).header("x-allow-overlap", "true"));
    assert_eq!(again["created"], json!([A]));

    let reply = caller.send(Send::new("PUT", &target(A, "2026-02-01", "2026-01-01")));
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json()["detail"][0]["loc"], json!(["query"]));

    let entry = json!({
        "fin": A,
        "present": true,
        "start_date": "2026-01-01",
        "end_date": "2026-12-31",
        "registration_date": "2026-01-15T09:30:00",
    });
    let answer = caller.ok(Send::new("GET", &format!("/fins/{A}?year=2026")));
    assert_eq!(answer, json!({"fins": [entry, entry]}));
    let request = Send::new("POST", "/fins/lookup?year=2026").json(&json!([C, A]));
    let nothing = json!({"fin": C, "present": false});
    assert_eq!(caller.ok(request), json!([nothing, entry, entry]));

    let target = format!("/fins?fin={A}&start_date=2026-01-01&end_date=2026-12-31");
    let request = Send::new("DELETE", &target).header("x-security-code", caller.code.as_str());
    assert_eq!(caller.ok(request), json!({"deleted": true}));
    assert_eq!(service.running.entry_count().unwrap(), 0);

    let reply = caller.send(Send::new("PATCH", "/fins"));
    assert_eq!(reply.status, 405);
    assert_eq!(reply.header("allow"), Some("PUT, POST, DELETE"));
}

#[test]
fn contracts_that_cannot_be_served_are_refused() {
    for (toml, message) in [
        (
            "name = \"x\"\n[search]\npath = \"/create\"",
            "the contract cannot be served: create and search share method and path",
        ),
        (
            "name = \"x\"\n[search]\nmethod = \"GET\"\npath = \"/openapi.json\"\nfin = \"query:fin\"\nyear = \"query:year\"",
            "the contract cannot be served: the path of search cannot be served: the OpenAPI document stands there",
        ),
    ] {
        let contract = Contract::from_toml(toml).unwrap();
        let error = Sandbox::builder()
            .contract(contract)
            .start_blocking()
            .unwrap_err();
        assert!(matches!(error, SandboxError::Contract(_)));
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_path_can_hold_a_value_with_reserved_characters() {
    let service = serve(FLAT);
    let _ = service
        .running
        .enrol(Participant::Reader, "r", "pw")
        .unwrap();
    let token = service.token("r", "pw").json()["access_token"].clone();
    let caller = Caller {
        service: &service,
        token: token.as_str().unwrap().to_owned(),
        code: String::new(),
    };
    let answer = caller.ok(Send::new("GET", "/fins/a%20b%2Bc?year=2026"));
    assert_eq!(answer["fins"][0]["fin"], "a b+c");
}
