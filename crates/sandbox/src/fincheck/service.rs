//! The service itself: from a request to an answer, without any socket.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use chrono::TimeDelta;
use finkit_fincheck::contract::EntryAnswerFields;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use super::SearchLag;
use super::answers::{self, Shape};
use super::database::{Account, Database, Flags, RegisterFault, Visibility};
use super::operation::{Action, Operation, Parts, pairs};
use super::pydantic::{Key, Record, Rules, Slots};
use super::secrets::{self, NoRandom, PasswordHash};
use super::seen::{Call, Calls};
use crate::clock::SandboxClock;

/// Everything that the handlers share.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) database: Database,
    pub(super) shape: Shape,
    pub(super) rules: Rules,
    pub(super) clock: SandboxClock,
    pub(super) token_lifetime: TimeDelta,
    pub(super) search_lag: SearchLag,
    /// The text before and after the records, when `bulk_create` answers without reading them.
    pub(super) echo: Option<(String, String)>,
    pub(super) calls: Calls,
    pub(super) token_requests: AtomicU64,
}

/// A request as the router hands it over.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    pub(super) path: &'a [(String, String)],
    pub(super) query: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Bytes,
}

/// A request that ends early: an answer, or a fault of the sandbox itself.
enum Stop {
    Answer(Box<Response<Bytes>>),
    Internal,
}

impl Stop {
    fn with(status: StatusCode, detail: &str) -> Self {
        answers::error(status, detail).into()
    }
}

impl From<Response<Bytes>> for Stop {
    fn from(response: Response<Bytes>) -> Self {
        Self::Answer(Box::new(response))
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(_: rusqlite::Error) -> Self {
        Self::Internal
    }
}

impl From<NoRandom> for Stop {
    fn from(_: NoRandom) -> Self {
        Self::Internal
    }
}

impl Service {
    /// Executes a request, in FastAPI's order: broken JSON, token, permission, values, and then the operation.
    pub(super) fn execute(&self, operation: &Operation, incoming: Incoming<'_>) -> Response<Bytes> {
        if operation.action == Action::Token {
            self.token_requests.fetch_add(1, Ordering::SeqCst);
        }
        let mut call = Call::new(operation.action.name());
        let response = match self.run(operation, incoming, &mut call) {
            Ok(response) => response,
            Err(Stop::Answer(response)) => *response,
            Err(Stop::Internal) => answers::internal(),
        };
        call.status = response.status().as_u16();
        self.calls.push(call);
        response
    }

    fn run(
        &self,
        operation: &Operation,
        incoming: Incoming<'_>,
        call: &mut Call,
    ) -> Result<Response<Bytes>, Stop> {
        if let (Action::BulkCreate, Some((before, after))) = (operation.action, &self.echo) {
            self.writer(incoming.headers, call)?;
            let mut body = Vec::with_capacity(before.len() + incoming.body.len() + after.len());
            body.extend_from_slice(before.as_bytes());
            body.extend_from_slice(&incoming.body);
            body.extend_from_slice(after.as_bytes());
            return Ok(answers::raw_json(StatusCode::OK, body));
        }
        let body = operation
            .parse_body(incoming.headers, &incoming.body)
            .map_err(|fault| match fault.faults() {
                Some(faults) => faults.into_response().into(),
                None => Stop::with(
                    StatusCode::BAD_REQUEST,
                    "There was an error parsing the body",
                ),
            })?;
        let account = if operation.action.writes() {
            Some(self.writer(incoming.headers, call)?)
        } else if operation.action.is_protected() {
            Some(self.account(incoming.headers, call)?)
        } else {
            None
        };
        let parts = Parts {
            path: incoming.path,
            query: pairs(incoming.query.unwrap_or_default().as_bytes()),
            headers: incoming.headers,
            body,
        };
        let mut slots = operation
            .read(&parts, &self.rules)
            .map_err(|faults| Stop::from(faults.into_response()))?;
        match (operation.action, account) {
            (Action::Register, _) => self.register(&mut slots),
            (Action::Token, _) => self.token(&mut slots, call),
            (Action::Create | Action::BulkCreate, Some(account)) => {
                self.create(operation.action, &account, slots, call)
            }
            (Action::Search | Action::BulkSearch, Some(account)) => {
                self.search(operation.action, &account, slots, call)
            }
            (Action::Delete, Some(account)) => self.delete(&account, slots, call),
            (_, None) => Err(Stop::Internal),
        }
    }

    /// Whose token the request carries (RFC 6750; the texts are those of FastAPI and its tutorial).
    fn account(&self, headers: &HeaderMap, call: &mut Call) -> Result<Account, Stop> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .map(|value| value.split_once(' ').unwrap_or((value, "")))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token)
            .ok_or_else(|| answers::unauthorised("Not authenticated"))?;
        let account = self
            .database
            .account(&secrets::fingerprint(token), self.clock.now())?
            .ok_or_else(|| answers::unauthorised("Could not validate credentials"))?;
        call.participant = Some(account.username.clone());
        Ok(account)
    }

    fn writer(&self, headers: &HeaderMap, call: &mut Call) -> Result<Account, Stop> {
        let account = self.account(headers, call)?;
        if account.kind.can_enter() {
            Ok(account)
        } else {
            Err(Stop::with(StatusCode::FORBIDDEN, "Not enough permissions"))
        }
    }

    /// The code must be that of the account; what the real service answers otherwise is not public.
    fn check_code(&self, account: &Account, slots: &mut Slots) -> Result<(), Stop> {
        match slots.text(Key::SecurityCode) {
            Some(code) if secrets::fingerprint(&code) != account.code => {
                Err(Stop::with(StatusCode::FORBIDDEN, "Invalid security code"))
            }
            _ => Ok(()), // a contract without a place for the code was chosen on purpose
        }
    }

    fn register(&self, slots: &mut Slots) -> Result<Response<Bytes>, Stop> {
        let mut take = |key| slots.text(key).ok_or(Stop::Internal);
        let (code, username, password) = (
            take(Key::RegistrationCode)?,
            take(Key::Username)?,
            take(Key::Password)?,
        );
        let security_code = secrets::random_hex::<16>()?;
        self.database
            .register(
                &code,
                &username,
                &PasswordHash::new(&password)?,
                &secrets::fingerprint(&security_code),
            )
            .map_err(|fault| match fault {
                RegisterFault::UnknownCode => {
                    Stop::with(StatusCode::BAD_REQUEST, "Invalid registration code")
                }
                RegisterFault::UsedCode => Stop::with(
                    StatusCode::BAD_REQUEST,
                    "Registration code has already been used",
                ),
                RegisterFault::UsernameTaken => {
                    Stop::with(StatusCode::CONFLICT, "Username already registered")
                }
                RegisterFault::Database => Stop::Internal,
            })?;
        let mut answer = json!({});
        if let Some(register) = &self.shape.contract.register {
            let place = &register.answer.security_code;
            place.put(&mut answer, security_code.into());
        }
        Ok(answers::json(StatusCode::OK, &answer))
    }

    fn token(&self, slots: &mut Slots, call: &mut Call) -> Result<Response<Bytes>, Stop> {
        let username = slots.text(Key::Username).ok_or(Stop::Internal)?;
        let password = slots.text(Key::Password).ok_or(Stop::Internal)?;
        let known = self.database.credentials(&username)?;
        let id = match known {
            Some((id, hash)) if hash.verify(&password) => id,
            _ => return Err(answers::unauthorised("Incorrect username or password").into()),
        };
        call.participant = Some(username);
        let token = secrets::random_hex::<32>()?;
        let now = self.clock.now();
        let expires_at = now
            .checked_add_signed(self.token_lifetime)
            .unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        self.database
            .add_token(&secrets::fingerprint(&token), id, now, expires_at)?;
        let mut answer = json!({ "token_type": "bearer" });
        let contract = self.shape.contract.token.as_ref();
        let place = &contract.ok_or(Stop::Internal)?.answer.access_token;
        place.put(&mut answer, token.into());
        Ok(answers::json(StatusCode::OK, &answer))
    }

    fn create(
        &self,
        action: Action,
        account: &Account,
        mut slots: Slots,
        call: &mut Call,
    ) -> Result<Response<Bytes>, Stop> {
        self.check_code(account, &mut slots)?;
        let flags = Flags {
            overlapping: slots.flag(Key::Overlapping),
            partial: slots.flag(Key::Partial),
        };
        let records: Vec<Record> = match action {
            Action::Create => slots.record(&self.rules).into_iter().collect(),
            _ => slots.records(Key::Records),
        };
        let entered = self
            .database
            .enter(account, &records, flags, self.clock.now())?;
        call.items = records.len();
        call.changed = entered.created.len();
        call.commit_on_overlapping_dates = flags.overlapping;
        call.commit_on_partial_success = flags.partial;
        let fields: Option<&EntryAnswerFields> = match action {
            Action::Create => self.shape.contract.create.as_ref().map(|c| &c.answer),
            _ => self.shape.contract.bulk_create.as_ref().map(|c| &c.answer),
        };
        let answer = self
            .shape
            .entered(fields.ok_or(Stop::Internal)?, &records, &entered);
        Ok(answers::json(StatusCode::OK, &answer))
    }

    fn search(
        &self,
        action: Action,
        account: &Account,
        mut slots: Slots,
        call: &mut Call,
    ) -> Result<Response<Bytes>, Stop> {
        let contract = &self.shape.contract;
        let (fins, fields) = match action {
            Action::Search => (
                slots.text(Key::Fin).into_iter().collect(),
                contract.search.as_ref().map(|search| &search.answer),
            ),
            _ => (
                slots.texts(Key::Fins),
                contract.bulk_search.as_ref().map(|search| &search.answer),
            ),
        };
        // Where a period is asked for, it is the calendar year that it begins in.
        let year = slots
            .integer(Key::Year)
            .or_else(|| {
                let start = slots.date(Key::StartDate, &self.rules)?;
                Some(i64::from(chrono::Datelike::year(&start)))
            })
            .ok_or(Stop::Internal)?;
        let now = self.clock.now();
        let visibility = Visibility {
            stored_until: now.checked_sub_signed(self.search_lag.time).unwrap_or(now),
            searches: self.search_lag.searches,
        };
        let found = self.database.search(account, &fins, year, visibility)?;
        call.items = fins.len();
        let answer = self
            .shape
            .searched(fields.ok_or(Stop::Internal)?, &fins, &found);
        Ok(answers::json(StatusCode::OK, &answer))
    }

    fn delete(
        &self,
        account: &Account,
        mut slots: Slots,
        call: &mut Call,
    ) -> Result<Response<Bytes>, Stop> {
        self.check_code(account, &mut slots)?;
        let fin = slots.text(Key::Fin).ok_or(Stop::Internal)?;
        let start = slots
            .date(Key::StartDate, &self.rules)
            .ok_or(Stop::Internal)?;
        let end = slots
            .date(Key::EndDate, &self.rules)
            .ok_or(Stop::Internal)?;
        let deleted = self.database.delete(account, &fin, start, end)?;
        call.items = 1;
        call.changed = deleted.len();
        let delete = self.shape.contract.delete.as_ref().ok_or(Stop::Internal)?;
        let answer = self.shape.deleted(&delete.answer, &fin, &deleted);
        Ok(answers::json(StatusCode::OK, &answer))
    }

    /// What stands around the records when `bulk_create` answers that all were created without reading them: possible where the
    /// records are the whole body and the answer gives them back as they came.
    pub(super) fn echo(shape: &Shape) -> Option<(String, String)> {
        let contract = &shape.contract;
        let create = contract.bulk_create.as_ref()?;
        if !answers::gives_back_as_sent(contract) || !create.records.is_root() {
            return None;
        }
        const MARK: &str = "records stand here";
        let mut answer = json!({});
        create.answer.created.put(&mut answer, MARK.into());
        if let Some(place) = &create.answer.overlapping {
            place.put(&mut answer, Value::Array(Vec::new()));
        }
        create
            .answer
            .failed
            .put(&mut answer, Value::Array(Vec::new()));
        let text = answer.to_string();
        let (before, after) = text.split_once(&format!("\"{MARK}\""))?;
        Some((before.to_owned(), after.to_owned()))
    }
}
