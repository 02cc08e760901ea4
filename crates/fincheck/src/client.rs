//! The clients: a reader looks up, a writer enters and deletes as well. A reader can't be made to write.

use std::sync::Arc;

use finkit_core::{FinRecord, Participant, Period, Vin};
use finkit_transport::{Billing, Operation, Outcome, SecurityCode, Transport};
use url::Url;

use crate::answer::{DeleteAnswer, EntryAnswer, EntryFlags, Lookup, SearchAnswer};
use crate::call::{call, not_offered, not_understood};
use crate::contract::Contract;
use crate::error::{Error, ErrorKind};
use crate::wire;

/// Settings of a client.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    base: Url,
    transport: Transport,
    contract: Contract,
}

impl Builder {
    /// A client of the service at this address, over this transport, in the assumed contract.
    pub fn new(base: Url, transport: Transport) -> Self {
        Self {
            base,
            transport,
            contract: Contract::assumed(),
        }
    }

    /// Speaks another contract.
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = contract;
        self
    }

    /// A client that can only look up; for a reader's account, and wherever nothing is to be entered.
    #[must_use]
    pub fn reader(self) -> Reader {
        Reader(Arc::new(self))
    }

    /// A client for an account of this kind: a reader's account gets no writer.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] for [`Participant::Reader`], before anything is sent.
    pub fn writer_for(
        self,
        participant: Participant,
        security_code: SecurityCode,
    ) -> Result<Writer, Error> {
        if participant.can_enter() {
            return Ok(self.writer(security_code));
        }
        Err(Error::new(
            ErrorKind::Forbidden,
            Outcome::NotSent,
            "create",
            "a reader's account can look up, but not enter or delete",
        ))
    }

    /// A client that can enter and delete. The security code is the one of the registration.
    #[must_use]
    pub fn writer(self, security_code: SecurityCode) -> Writer {
        Writer {
            reader: self.reader(),
            security_code,
        }
    }
}

/// A client that can only look up. Each look-up is billed as one read per FIN.
#[derive(Debug, Clone)]
pub struct Reader(Arc<Builder>);

impl Reader {
    /// The contract that this client speaks.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        &self.0.contract
    }

    /// The transport under this client.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Looks one FIN up in a calendar year.
    ///
    /// # Errors
    /// [`Error`] when there is no answer that can be understood; nothing is concluded then.
    pub async fn search(&self, fin: Vin, year: i32) -> Result<Lookup, Error> {
        const NAME: &str = "search";
        let Builder {
            base,
            transport,
            contract,
        } = &*self.0;
        let Some(search) = &contract.search else {
            if contract.bulk_search.is_none() {
                return Err(not_offered(NAME));
            }
            let answer = self.bulk_search(&[fin], year).await?;
            return answer
                .fins
                .into_iter()
                .next()
                .map(|(_, lookup)| lookup)
                .ok_or_else(|| not_offered(NAME));
        };
        let operation = Operation::read(NAME).reads(1).authorised();
        let response = call(
            transport,
            contract,
            &operation,
            wire::search::one(contract, search, base, &fin, year),
            &[],
        )
        .await?;
        wire::search::read(contract, &search.answer, &[fin], response.body())
            .and_then(|answer| answer.fins.into_iter().next())
            .map(|(_, lookup)| lookup)
            .ok_or_else(|| not_understood(NAME, &response))
    }

    /// Looks many FINs up in one calendar year, in one request; in a contract without `bulk_search` in one request each.
    ///
    /// # Errors
    /// [`Error`] when there is no answer that can be understood; nothing is concluded then.
    pub async fn bulk_search(&self, fins: &[Vin], year: i32) -> Result<SearchAnswer, Error> {
        const NAME: &str = "bulk_search";
        let Builder {
            base,
            transport,
            contract,
        } = &*self.0;
        if fins.is_empty() {
            return Ok(SearchAnswer { fins: Vec::new() });
        }
        let Some(search) = &contract.bulk_search else {
            if contract.search.is_none() {
                return Err(not_offered(NAME));
            }
            return self.search_each(fins, year).await;
        };
        let operation = Operation::read(NAME).reads(fins.len() as u64).authorised();
        let response = call(
            transport,
            contract,
            &operation,
            wire::search::many(contract, search, base, fins, year),
            &[],
        )
        .await?;
        wire::search::read(contract, &search.answer, fins, response.body())
            .ok_or_else(|| not_understood(NAME, &response))
    }

    /// Looks FINs up one by one. Answers that are paid for are not thrown away: after a failure the rest is unknown.
    async fn search_each(&self, fins: &[Vin], year: i32) -> Result<SearchAnswer, Error> {
        let mut answers: Vec<(Vin, Lookup)> = Vec::with_capacity(fins.len());
        for (place, fin) in fins.iter().enumerate() {
            match Box::pin(self.search(*fin, year)).await {
                Ok(lookup) => answers.push((*fin, lookup)),
                Err(error) if answers.is_empty() => return Err(error),
                Err(error) => {
                    let why = format!("not looked up: {error}");
                    answers.extend(
                        fins[place..]
                            .iter()
                            .map(|fin| (*fin, Lookup::Unknown(why.clone()))),
                    );
                    break;
                }
            }
        }
        Ok(SearchAnswer { fins: answers })
    }
}

/// An answer that has arrived and is not read yet.
pub(crate) type Unread = Box<dyn FnOnce() -> Result<EntryAnswer, Error> + Send>;

/// A client that can look up, enter and delete.
///
/// Entering is billed as one read and one write per record and is not idempotent; an error whose
/// [`outcome`](Error::outcome) is unknown is settled by a look-up, never by sending again. The
/// [`submission`](crate::submission) does that.
#[derive(Debug, Clone)]
pub struct Writer {
    reader: Reader,
    security_code: SecurityCode,
}

impl Writer {
    /// The part that looks up.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Enters one record.
    ///
    /// # Errors
    /// [`Error`]; its outcome says whether the record may be stored all the same.
    pub async fn create(
        &self,
        record: &FinRecord,
        flags: EntryFlags,
    ) -> Result<EntryAnswer, Error> {
        const NAME: &str = "create";
        let Builder {
            base,
            transport,
            contract,
        } = &*self.reader.0;
        let records = std::slice::from_ref(record);
        let Some(create) = &contract.create else {
            if contract.bulk_create.is_none() {
                return Err(not_offered(NAME));
            }
            return Box::pin(self.bulk_create(records, flags)).await;
        };
        let code = self.security_code.expose();
        let operation = Operation::create(NAME)
            .billed(Billing::ReadsAndWrites {
                reads: 1,
                writes: 1,
            })
            .authorised();
        let request = wire::entry::one(contract, create, base, record, flags, code);
        let response = call(transport, contract, &operation, request, &[code]).await?;
        wire::entry::read(contract, &create.answer, records, response.body())
            .ok_or_else(|| not_understood(NAME, &response))
    }

    /// Enters many records in one request.
    ///
    /// # Errors
    /// [`Error`]; its outcome says whether records may be stored all the same.
    pub async fn bulk_create(
        &self,
        records: &[FinRecord],
        flags: EntryFlags,
    ) -> Result<EntryAnswer, Error> {
        self.bulk_create_ahead(records, flags).await?()
    }

    /// As [`bulk_create`](Self::bulk_create), with the request made up before the future is polled and the answer left
    /// to be read afterwards.
    pub(crate) fn bulk_create_ahead<'a>(
        &'a self,
        records: &'a [FinRecord],
        flags: EntryFlags,
    ) -> impl Future<Output = Result<Unread, Error>> + Send + 'a {
        const NAME: &str = "bulk_create";
        let Builder {
            base,
            transport,
            contract,
        } = &*self.reader.0;
        let code = self.security_code.expose();
        let bulk = contract.bulk_create.as_ref();
        let made_up = bulk
            .filter(|_| !records.is_empty())
            .map(|bulk| wire::entry::many(contract, bulk, base, records, flags, code));
        async move {
            let at_once = |answer| -> Unread { Box::new(|| Ok(answer)) };
            if records.is_empty() {
                let outcomes = Vec::new();
                return Ok(at_once(EntryAnswer { outcomes }));
            }
            let Some(request) = made_up else {
                return match records {
                    [record] if contract.create.is_some() => {
                        self.create(record, flags).await.map(at_once)
                    }
                    _ => Err(not_offered(NAME)),
                };
            };
            let count = records.len() as u64;
            let operation = Operation::create(NAME)
                .billed(Billing::ReadsAndWrites {
                    reads: count,
                    writes: count,
                })
                .authorised();
            let response = call(transport, contract, &operation, request, &[code]).await?;
            if !response.body().trim_ascii_start().starts_with(b"{")
                && !response.body().trim_ascii_start().starts_with(b"[")
            {
                // A web page, or nothing: no answer that has arrived.
                return Err(not_understood(NAME, &response));
            }
            let (client, records) = (self.reader.clone(), records.to_vec());
            let read: Unread = Box::new(move || {
                let contract = client.contract();
                let bulk = contract.bulk_create.as_ref();
                bulk.and_then(|bulk| {
                    wire::entry::read(contract, &bulk.answer, &records, response.body())
                })
                .ok_or_else(|| not_understood(NAME, &response))
            });
            Ok(read)
        }
    }

    /// Deletes the own entries of a FIN and a period. The guide names no charge for it; it is counted as one write.
    ///
    /// # Errors
    /// [`Error`]; its outcome says whether something may be deleted all the same.
    pub async fn delete(&self, fin: &Vin, period: &Period) -> Result<DeleteAnswer, Error> {
        const NAME: &str = "delete";
        let Builder {
            base,
            transport,
            contract,
        } = &*self.reader.0;
        let Some(delete) = &contract.delete else {
            return Err(not_offered(NAME));
        };
        let code = self.security_code.expose();
        let operation = Operation::delete(NAME)
            .billed(Billing::Writes(1))
            .authorised();
        let request = wire::deletion::request(contract, delete, base, fin, period, code);
        let response = call(transport, contract, &operation, request, &[code]).await?;
        wire::deletion::read(contract, delete, fin, response.body())
            .ok_or_else(|| not_understood(NAME, &response))
    }
}
