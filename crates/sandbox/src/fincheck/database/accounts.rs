//! Registration codes, participants, tokens and their counters.

use chrono::{DateTime, Utc};
use finkit_core::Participant;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Database;
use crate::fincheck::secrets::PasswordHash;

/// A participant that is logged in.
#[derive(Debug, Clone)]
pub(in crate::fincheck) struct Account {
    pub(in crate::fincheck) id: i64,
    pub(in crate::fincheck) username: String,
    pub(in crate::fincheck) kind: Participant,
    /// The fingerprint of the security code.
    pub(in crate::fincheck) code: Vec<u8>,
}

/// Why nobody could be registered.
#[derive(Debug)]
pub(in crate::fincheck) enum RegisterFault {
    UnknownCode,
    UsedCode,
    UsernameTaken,
    Database,
}

impl From<rusqlite::Error> for RegisterFault {
    fn from(_: rusqlite::Error) -> Self {
        Self::Database
    }
}

pub(super) fn kind(text: &str) -> Participant {
    text.parse().unwrap_or(Participant::Standard)
}

impl Database {
    /// Hands out a registration code; `named`: the company wishes to be told alone when one of its FINs is entered again.
    pub(in crate::fincheck) fn issue_code(
        &self,
        code: &str,
        kind: Participant,
        named: bool,
    ) -> rusqlite::Result<()> {
        self.lock()
            .prepare_cached(
                "INSERT OR IGNORE INTO registration_codes (code, kind, named) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![code, kind.as_str(), named])
            .map(drop)
    }

    /// Turns a code into a participant; a code serves once.
    pub(in crate::fincheck) fn register(
        &self,
        code: &str,
        username: &str,
        password: &PasswordHash,
        security_code: &[u8],
    ) -> Result<(), RegisterFault> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let found = transaction
            .query_row(
                "SELECT kind, named, used_by FROM registration_codes WHERE code = ?1",
                [code],
                |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get::<_, bool>(1)?,
                        row.get::<_, Option<i64>>(2)?,
                    ))
                },
            )
            .optional()?;
        let (kind, named) = match found {
            None => return Err(RegisterFault::UnknownCode),
            Some((_, _, Some(_))) => return Err(RegisterFault::UsedCode),
            Some((kind, named, None)) => (kind, named),
        };
        let id = insert_participant(
            &transaction,
            &kind,
            named,
            username,
            password,
            security_code,
        )?
        .ok_or(RegisterFault::UsernameTaken)?;
        transaction.execute(
            "UPDATE registration_codes SET used_by = ?2 WHERE code = ?1",
            params![code, id],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Makes a participant without a registration code; `false` when the name is taken.
    pub(in crate::fincheck) fn enrol(
        &self,
        kind: Participant,
        named: bool,
        username: &str,
        password: &PasswordHash,
        security_code: &[u8],
    ) -> rusqlite::Result<bool> {
        let connection = self.lock();
        insert_participant(
            &connection,
            kind.as_str(),
            named,
            username,
            password,
            security_code,
        )
        .map(|id| id.is_some())
    }

    /// Number and password of a participant.
    pub(in crate::fincheck) fn credentials(
        &self,
        username: &str,
    ) -> rusqlite::Result<Option<(i64, PasswordHash)>> {
        self.lock()
            .prepare_cached("SELECT id, salt, hash FROM participants WHERE username = ?1")?
            .query_row([username], |row| {
                let (salt, hash) = (row.get(1)?, row.get(2)?);
                Ok((row.get(0)?, PasswordHash { salt, hash }))
            })
            .optional()
    }

    /// Keeps a token and forgets those that have expired.
    pub(in crate::fincheck) fn add_token(
        &self,
        fingerprint: &[u8],
        participant: i64,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> rusqlite::Result<()> {
        let connection = self.lock();
        connection
            .prepare_cached("DELETE FROM tokens WHERE expires_at <= ?1")?
            .execute([now.timestamp_millis()])?;
        connection
            .prepare_cached("INSERT INTO tokens VALUES (?1, ?2, ?3)")?
            .execute(params![
                fingerprint,
                participant,
                expires_at.timestamp_millis()
            ])
            .map(drop)
    }

    /// Forgets all tokens, as a restart with a new signing key does.
    pub(in crate::fincheck) fn revoke_tokens(&self) -> rusqlite::Result<()> {
        self.lock().execute("DELETE FROM tokens", []).map(drop)
    }

    /// Whose token this is, when it has not expired.
    pub(in crate::fincheck) fn account(
        &self,
        fingerprint: &[u8],
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Option<Account>> {
        self.lock()
            .prepare_cached(
                "SELECT p.id, p.username, p.kind, p.code FROM tokens t JOIN participants p ON p.id = t.participant
                 WHERE t.token = ?1 AND t.expires_at > ?2",
            )?
            .query_row(params![fingerprint, now.timestamp_millis()], |row| {
                Ok(Account {
                    id: row.get(0)?,
                    username: row.get(1)?,
                    kind: kind(&row.get::<_, String>(2)?),
                    code: row.get(3)?,
                })
            })
            .optional()
    }
}

/// Adds reads and writes: per account, for incognito participants to the common totals only.
pub(super) fn bill(
    connection: &Connection,
    account: &Account,
    reads: usize,
    writes: usize,
) -> rusqlite::Result<()> {
    if account.kind.counts_per_account() {
        connection
            .prepare_cached(
                "UPDATE participants SET reads = reads + ?2, writes = writes + ?3 WHERE id = ?1",
            )?
            .execute(params![account.id, reads, writes])?;
    } else {
        let mut add =
            connection.prepare_cached("UPDATE totals SET value = value + ?2 WHERE name = ?1")?;
        add.execute(params!["incognito_reads", reads])?;
        add.execute(params!["incognito_writes", writes])?;
    }
    Ok(())
}

fn insert_participant(
    connection: &Connection,
    kind: &str,
    named: bool,
    username: &str,
    password: &PasswordHash,
    code: &[u8],
) -> rusqlite::Result<Option<i64>> {
    let added = connection.execute(
        "INSERT OR IGNORE INTO participants (username, kind, named, salt, hash, code) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![username, kind, named, password.salt, password.hash, code],
    )?;
    Ok((added > 0).then(|| connection.last_insert_rowid()))
}
