//! A sandbox with a logged-in participant, and short ways to its operations.

use finkit_core::Participant;
use finkit_sandbox::{Running, Sandbox, SandboxBuilder};
use serde_json::{Value, json};

use crate::http::{Client, Reply, Send};

pub(crate) const A: &str = "WVWZZZE1ZMP000001";
pub(crate) const B: &str = "TMBJB9NY5MF000002";
pub(crate) const C: &str = "VF1AG000164000004";

pub(crate) struct Service {
    pub(crate) running: Running,
}

pub(crate) fn start(builder: SandboxBuilder) -> Service {
    Service {
        running: builder.start_blocking().unwrap(),
    }
}

pub(crate) fn plain() -> Service {
    start(Sandbox::builder())
}

impl Service {
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.running.address())
    }

    /// Enrols and logs in.
    pub(crate) fn participant(&self, kind: Participant, name: &str) -> Account<'_> {
        let code = self.running.enrol(kind, name, "s3cret-Pass").unwrap();
        let token = self.token(name, "s3cret-Pass").json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        Account {
            service: self,
            token,
            code,
        }
    }

    pub(crate) fn standard(&self, name: &str) -> Account<'_> {
        self.participant(Participant::Standard, name)
    }

    pub(crate) fn token(&self, username: &str, password: &str) -> Reply {
        let form = [("username", username), ("password", password)];
        self.client().ok(Send::new("POST", "/token").form(&form))
    }

    /// FIN, first day, last day and moment of every entry.
    pub(crate) fn stored(&self) -> Vec<String> {
        self.running
            .entries()
            .unwrap()
            .iter()
            .map(|e| format!("{} {} {} {}", e.fin, e.start, e.end, e.registered_at))
            .collect()
    }

    pub(crate) fn billed(&self, name: &str) -> (u64, u64) {
        let counters = self.running.counters(name).unwrap().unwrap();
        (counters.reads, counters.writes)
    }
}

/// A participant with its token and code.
pub(crate) struct Account<'s> {
    pub(crate) service: &'s Service,
    pub(crate) token: String,
    pub(crate) code: String,
}

impl Account<'_> {
    /// A request with token, code and this JSON body.
    pub(crate) fn call(&self, method: &str, target: &str, body: &Value) -> Reply {
        let request = Send::new(method, target)
            .header("authorization", format!("Bearer {}", self.token))
            .header("x-security-code", self.code.as_str())
            .json(body);
        self.service.client().ok(request)
    }

    #[track_caller]
    fn accepted(&self, method: &str, target: &str, body: &Value) -> Value {
        let reply = self.call(method, target, body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    #[track_caller]
    pub(crate) fn create(&self, record: &Value, overlapping: bool) -> Value {
        let target = format!("/create?commit_on_overlapping_dates={overlapping}");
        self.accepted("POST", &target, record)
    }

    #[track_caller]
    pub(crate) fn bulk(&self, records: &[Value], overlapping: bool, partial: bool) -> Value {
        let target = format!(
            "/bulk_create?commit_on_overlapping_dates={overlapping}&commit_on_partial_success={partial}"
        );
        self.accepted("POST", &target, &records.into())
    }

    #[track_caller]
    pub(crate) fn search(&self, fin: &str, year: i32) -> Value {
        self.accepted("POST", "/search", &json!({"fin": fin, "year": year}))
    }

    #[track_caller]
    pub(crate) fn bulk_search(&self, fins: &[&str], year: i32) -> Value {
        self.accepted("POST", "/bulk_search", &json!({"fins": fins, "year": year}))
    }

    #[track_caller]
    pub(crate) fn delete(&self, fin: &str, start: &str, end: &str) -> Value {
        let body = json!({"fin": fin, "start_date": start, "end_date": end});
        self.accepted("DELETE", "/delete", &body)
    }
}

/// A record registered on 15 January, half past nine.
pub(crate) fn record(fin: &str, start: &str, end: &str) -> Value {
    json!({
        "fin": fin,
        "start_date": start,
        "end_date": end,
        "registration_date": "2026-01-15T09:30:00+02:00",
    })
}

/// The same record as the service gives it back.
pub(crate) fn told(fin: &str, start: &str, end: &str) -> Value {
    json!({
        "fin": fin,
        "start_date": start,
        "end_date": end,
        "registration_date": "2026-01-15T09:30:00",
    })
}

/// An entry as the service tells it.
pub(crate) fn entry(start: &str, end: &str) -> Value {
    json!({
        "start_date": start,
        "end_date": end,
        "registration_date": "2026-01-15T09:30:00",
    })
}
