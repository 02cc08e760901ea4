//! `finkit doctor`: settings, secrets, token and ledger, each looked at once.

use std::path::Path;

use finkit_store::SqliteLedger;
use finkit_transport::{HttpRequest, Limits, Operation, SpendingGuard};
use serde::Serialize;

use crate::args::Doctor;
use crate::connect::Connection;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::catalogue;
use crate::texts;

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Good,
    Missing,
    Bad,
}

#[derive(Serialize)]
struct Finding<'a> {
    what: &'a str,
    health: Health,
    detail: String,
}

struct Visit<'c> {
    context: &'c Context,
    worst: Health,
}

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Doctor) -> Outcome {
    let mut visit = Visit {
        context,
        worst: Health::Good,
    };
    let lang = context.output.lang;
    let home = &context.settings.home;
    visit.tell(
        "version",
        Health::Good,
        env!("CARGO_PKG_VERSION").to_owned(),
    )?;
    let file = home.config_file();
    match file.exists() {
        true => visit.tell("settings", Health::Good, file.display().to_string())?,
        false => visit.tell(
            "settings",
            Health::Missing,
            format!(
                "{} {}",
                file.display(),
                lang.pick(
                    "gibt es nicht; die Umgebung genügt",
                    "is not there; the environment is enough"
                )
            ),
        )?,
    }
    visit.tell("profile", Health::Good, context.settings.profile.clone())?;
    visit.private(home.state_folder())?;
    visit.ledger()?;
    visit.catalogue()?;
    match Connection::of(context) {
        Ok(connection) => visit.service(&connection, args.connect)?,
        Err(failure) => visit.failed("service", &failure)?,
    }
    let limits = Limits::API;
    visit.tell(
        "time-outs",
        Health::Good,
        texts::doctor::limits(
            lang,
            limits.attempt.as_secs(),
            limits.total.as_secs(),
            limits.idle.as_secs(),
            limits.body as u64,
        ),
    )?;
    Ok(if visit.worst == Health::Bad {
        Exit::LocalState
    } else {
        Exit::Done
    })
}

impl Visit<'_> {
    fn tell(&mut self, what: &'static str, health: Health, detail: String) -> Outcome<()> {
        if health == Health::Bad {
            self.worst = Health::Bad;
        }
        let mark = match health {
            Health::Good => "ok",
            Health::Missing => "--",
            Health::Bad => "!!",
        };
        self.context.output.human(&format!(
            "{mark}  {}: {detail}",
            texts::doctor::name(self.context.output.lang, what)
        ))?;
        self.context.output.json(
            "finding",
            &Finding {
                what,
                health,
                detail,
            },
        )
    }

    fn failed(&mut self, what: &'static str, failure: &Failure) -> Outcome<()> {
        let mut detail = failure.message().to_owned();
        if let Some(hint) = failure.hint_text() {
            detail.push_str(" → ");
            detail.push_str(hint);
        }
        let health = if failure.exit() == Exit::Usage {
            Health::Missing
        } else {
            Health::Bad
        };
        self.tell(what, health, detail)
    }

    /// A folder that others may open is told with the remedy.
    #[cfg(unix)]
    fn private(&mut self, folder: &Path) -> Outcome<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let lang = self.context.output.lang;
        match std::fs::metadata(folder) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 == 0 => {
                self.tell("state", Health::Good, folder.display().to_string())
            }
            Ok(metadata) => {
                let mode = metadata.permissions().mode() & 0o777;
                self.tell(
                    "state",
                    Health::Missing,
                    format!(
                        "{} {} {mode:o} → chmod 700",
                        folder.display(),
                        lang.pick("hat die Rechte", "has the mode")
                    ),
                )
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.tell(
                "state",
                Health::Missing,
                format!(
                    "{} {}",
                    folder.display(),
                    lang.pick("entsteht beim ersten Auftrag", "is made with the first job")
                ),
            ),
            Err(error) => self.tell(
                "state",
                Health::Bad,
                format!("{}: {error}", folder.display()),
            ),
        }
    }

    #[cfg(not(unix))]
    fn private(&mut self, folder: &Path) -> Outcome<()> {
        self.tell("state", Health::Good, folder.display().to_string())
    }

    fn ledger(&mut self) -> Outcome<()> {
        let path = self.context.settings.home.ledger_file();
        let lang = self.context.output.lang;
        if !path.exists() {
            return self.tell(
                "ledger",
                Health::Missing,
                lang.pick("noch keine Aufträge", "no jobs yet").to_owned(),
            );
        }
        match SqliteLedger::open(&path).and_then(|mut ledger| ledger.check()) {
            Ok(faults) if faults.is_empty() => self.tell(
                "ledger",
                Health::Good,
                format!("{} {}", path.display(), lang.pick("ist heil", "is whole")),
            ),
            Ok(faults) => self.tell(
                "ledger",
                Health::Bad,
                format!("{}: {}", path.display(), faults.join("; ")),
            ),
            Err(error) => self.tell(
                "ledger",
                Health::Bad,
                format!("{}: {error}", path.display()),
            ),
        }
    }

    /// The catalogue of Finfo, where this profile has one: damage of the file, and articles that would not be found.
    fn catalogue(&mut self) -> Outcome<()> {
        let lang = self.context.output.lang;
        let path = catalogue::path(self.context).display().to_string();
        let found = match catalogue::look(self.context) {
            Ok(None) => return Ok(()),
            Ok(Some(mut found)) => found.check(),
            Err(failure) => return self.failed("catalogue", &failure),
        };
        match found {
            Ok(faults) if faults.is_empty() => self.tell(
                "catalogue",
                Health::Good,
                format!("{path} {}", lang.pick("ist heil", "is whole")),
            ),
            Ok(faults) => self.tell(
                "catalogue",
                Health::Bad,
                format!("{path}: {}", faults.join("; ")),
            ),
            Err(error) => self.tell("catalogue", Health::Bad, format!("{path}: {error}")),
        }
    }

    fn service(&mut self, connection: &Connection, connect: bool) -> Outcome<()> {
        let lang = self.context.output.lang;
        self.tell(
            "service",
            Health::Good,
            format!("{} ({})", connection.url, connection.contract.name),
        )?;
        match Connection::username(self.context) {
            Err(failure) => self.failed("account", &failure)?,
            Ok(username) => {
                self.tell(
                    "account",
                    Health::Good,
                    format!(
                        "{username} ({})",
                        self.context.settings.fincheck.participant
                    ),
                )?;
                match connection.secrets.password_place(&username) {
                    Ok(Some(place)) => self.tell("password", Health::Good, place.to_string())?,
                    Ok(None) => self.tell(
                        "password",
                        Health::Missing,
                        lang.pick("nicht gespeichert", "not stored").to_owned(),
                    )?,
                    Err(failure) => self.failed("password", &failure)?,
                }
                match connection.secrets.stored_code(&username) {
                    Ok(Some((_, place))) => {
                        self.tell("security code", Health::Good, place.to_string())?;
                    }
                    Ok(None) => self.tell(
                        "security code",
                        Health::Missing,
                        lang.pick("nicht gespeichert", "not stored").to_owned(),
                    )?,
                    Err(failure) => self.failed("security code", &failure)?,
                }
                let transport =
                    connection.transport(self.context, SpendingGuard::unlimited(), 1)?;
                match Context::runtime()?.block_on(transport.token_status()) {
                    Ok(status) => {
                        let health = if status.rejected_at.is_some() {
                            Health::Bad
                        } else {
                            Health::Good
                        };
                        self.tell("token", health, texts::account::token(lang, &status))?;
                    }
                    Err(error) => self.tell("token", Health::Bad, error.to_string())?,
                }
            }
        }
        if connect {
            self.connect(connection)?;
        }
        Ok(())
    }

    /// One request without token or code, to see whether the address answers.
    fn connect(&mut self, connection: &Connection) -> Outcome<()> {
        let mut request = HttpRequest::default();
        let Ok(uri) = connection.url.as_str().parse() else {
            return self.tell("connection", Health::Bad, "?".to_owned());
        };
        *request.uri_mut() = uri;
        let transport = connection.open_transport(self.context);
        match Context::runtime()?.block_on(transport.call(&Operation::read("doctor"), request)) {
            Ok(answer) => self.tell(
                "connection",
                Health::Good,
                format!("HTTP {}", answer.status().as_u16()),
            ),
            Err(error) => self.tell("connection", Health::Bad, error.to_string()),
        }
    }
}
