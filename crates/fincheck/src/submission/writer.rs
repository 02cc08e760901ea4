//! The client as a [`Service`], and what its errors ask for.

use std::pin::Pin;

use async_trait::async_trait;
use finkit_core::{FinRecord, Period, Vin};
use finkit_transport::{ErrorKind as TransportKind, Outcome};

use super::service::{Arrival, Cause, NamedRecord, RequestShape, Service, ServiceFailure};
use crate::error::{Error, ErrorKind};
use crate::{Contract, DeleteAnswer, EntryFlags, SearchAnswer, Writer, wire};

#[async_trait]
impl Service for Writer {
    fn create<'s, 'r, 'a>(
        &'s self,
        records: &'r [FinRecord],
        flags: EntryFlags,
    ) -> Pin<Box<dyn Future<Output = Result<Arrival, ServiceFailure>> + Send + 'a>>
    where
        's: 'a,
        'r: 'a,
        Self: 'a,
    {
        // The request is made up at once, so that nothing but sending is left when it may leave.
        let call = self.bulk_create_ahead(records, flags);
        Box::pin(async move {
            let answer = call.await.map_err(failure)?;
            Ok(Arrival::new(|| answer().map_err(failure)))
        })
    }

    async fn search(&self, fins: &[Vin], year: i32) -> Result<SearchAnswer, ServiceFailure> {
        self.reader().bulk_search(fins, year).await.map_err(failure)
    }

    async fn delete(&self, fin: &Vin, period: &Period) -> Result<DeleteAnswer, ServiceFailure> {
        Writer::delete(self, fin, period).await.map_err(failure)
    }

    fn shape(&self) -> RequestShape {
        RequestShape::of(self.reader().contract())
    }
}

impl RequestShape {
    /// The shape of requests in a contract.
    #[must_use]
    pub fn of(contract: &Contract) -> Self {
        match &contract.bulk_create {
            Some(_) => Self {
                record_bytes: record_bytes(contract),
                most_records: usize::MAX,
            },
            None => Self {
                record_bytes: record_bytes(contract),
                most_records: 1,
            },
        }
    }
}

/// How many bytes one more record adds to the body of a request. All records are equally long but for the escapes that
/// no FIN, date or time contains.
fn record_bytes(contract: &Contract) -> usize {
    const USUAL: usize = 130;
    let sample = || -> Option<usize> {
        let record = FinRecord {
            fin: Vin::from_bytes([b'0'; 17])?,
            period: Period::whole_year(2026).ok()?,
            registered_at: "2026-01-01T00:00:00+01:00".parse().ok()?,
        };
        let bulk = contract.bulk_create.as_ref()?;
        let base = url::Url::parse("https://localhost/").ok()?;
        let length = |records: &[FinRecord]| -> Option<usize> {
            let request =
                wire::entry::many(contract, bulk, &base, records, EntryFlags::default(), "")
                    .ok()?;
            Some(request.body().len())
        };
        length(&[record, record])?.checked_sub(length(&[record])?)
    };
    sample().filter(|bytes| *bytes > 0).unwrap_or(USUAL)
}

/// What a client's error says about the execution, and what it asks for.
fn failure(error: Error) -> ServiceFailure {
    let pause = || Cause::ComeBackLater(error.retry_after());
    let cause = match error.kind() {
        ErrorKind::Transport => match error.transport_error().map(finkit_transport::Error::kind) {
            Some(TransportKind::SpendingLimit) => Cause::SpendingLimit,
            Some(TransportKind::ComeBackLater) => pause(),
            Some(TransportKind::CredentialsRejected | TransportKind::CredentialsMissing) => {
                Cause::Login
            }
            Some(
                TransportKind::Configuration
                | TransportKind::ForeignOrigin
                | TransportKind::Tls
                | TransportKind::VaultBusy
                | TransportKind::Storage,
            ) => Cause::Local,
            _ if error.outcome() == Outcome::NotSent => Cause::Unreachable,
            _ => Cause::Lost,
        },
        ErrorKind::NotOffered | ErrorKind::Request => Cause::Local,
        ErrorKind::Authentication => Cause::Login,
        ErrorKind::Invalid => Cause::Invalid,
        ErrorKind::TooLarge => Cause::TooLarge,
        ErrorKind::TooManyRequests => pause(),
        ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::Refused => Cause::Refused,
        ErrorKind::ServerFault | ErrorKind::NotUnderstood => Cause::Lost,
    };
    let named = error
        .rows()
        .iter()
        .filter_map(|row| {
            Some(NamedRecord {
                index: row.index?,
                field: row.field.clone(),
                rule: row.rule.clone(),
            })
        })
        .collect();
    ServiceFailure::new(error.outcome(), cause, error.to_string())
        .naming(named)
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use finkit_transport::testing::{Reply, ScriptedHttp};
    use finkit_transport::{
        Outcome, Password, SecurityCode, SendErrorKind, TokenSource, Transport,
    };

    use super::{Arrival, RequestShape, Service};
    use crate::contract::samples::records;
    use crate::submission::Cause;
    use crate::{Builder, Contract, EntryFlags, Writer};

    fn writer(reply: Reply) -> (ScriptedHttp, Writer) {
        let http = ScriptedHttp::new()
            .then(Reply::json(
                r#"{"access_token": "t", "token_type": "bearer"}"#,
            ))
            .then(reply);
        let base = "https://api.example.test/".parse().expect("a URL");
        let account =
            crate::token_request(&base, &Contract::assumed(), "acme", Password::new("s3cret"));
        let tokens = TokenSource::builder(account.expect("an account")).build();
        let transport = Transport::builder(Arc::new(http.clone()))
            .tokens(tokens)
            .build();
        (
            http,
            Builder::new(base, transport).writer(SecurityCode::new("code")),
        )
    }

    #[tokio::test]
    async fn every_failure_says_what_may_have_happened_and_what_to_do() {
        let rows =
            r#"{"detail":[{"type":"missing","loc":["body",1,"fin"],"msg":"Field required"}]}"#;
        let table = [
            (
                Reply::fail(SendErrorKind::Closed),
                Outcome::Unknown,
                Cause::Lost,
            ),
            (Reply::status(500), Outcome::Unknown, Cause::Lost),
            (Reply::status(504), Outcome::Unknown, Cause::Lost),
            (Reply::status(307), Outcome::Unknown, Cause::Lost),
            (
                Reply::status(200).html("<html>"),
                Outcome::Unknown,
                Cause::Lost,
            ),
            (Reply::status(403), Outcome::Rejected, Cause::Refused),
            (Reply::status(404), Outcome::Rejected, Cause::Refused),
            (Reply::status(413), Outcome::Rejected, Cause::TooLarge),
            (
                Reply::status(422).body(rows),
                Outcome::Rejected,
                Cause::Invalid,
            ),
            (
                Reply::status(429),
                Outcome::Rejected,
                Cause::ComeBackLater(None),
            ),
        ];
        for (reply, outcome, cause) in table {
            let shown = format!("{reply:?}");
            let (http, writer) = writer(reply);
            let failure = Service::create(&writer, &records(2), EntryFlags::default())
                .await
                .and_then(Arrival::read)
                .expect_err("a failure");
            assert_eq!(
                (failure.outcome, failure.cause),
                (outcome, cause),
                "{shown}: {failure}"
            );
            assert_eq!(
                http.requests().len(),
                2,
                "one for the token, one for the records"
            );
            let named: Vec<usize> = failure.named.iter().map(|named| named.index).collect();
            assert_eq!(
                named,
                if cause == Cause::Invalid {
                    vec![1]
                } else {
                    vec![]
                }
            );
        }
    }

    #[tokio::test]
    async fn the_estimated_size_is_that_of_the_request() {
        let shape = RequestShape::of(&Contract::assumed());
        let (http, writer) = writer(Reply::json(r#"{"created":[],"failed":[]}"#));
        Service::create(&writer, &records(7), EntryFlags::default())
            .await
            .expect("an answer");
        let sent = http.requests()[1].body().len();
        // Seven records with a separator each, but for the last, and two brackets.
        assert_eq!(sent, 7 * shape.record_bytes + 1);
        assert_eq!(writer.shape(), shape);
    }

    #[test]
    fn without_a_bulk_operation_records_go_one_by_one() {
        let mut contract = Contract::assumed();
        contract.bulk_create = None;
        assert_eq!(RequestShape::of(&contract).most_records, 1);
    }
}
