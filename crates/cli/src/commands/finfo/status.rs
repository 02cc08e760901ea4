//! `finkit finfo status`: account, token, suppliers and how the catalogue stands, without a network call.

use finkit_finfo::catalogue::{Catalogue, Dataset, Standing};
use finkit_store::SqliteCatalogue;
use finkit_tables::explain::visible_line;
use finkit_transport::TokenStatus;
use serde::Serialize;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::finfo::catalogue;
use crate::finfo::connect::Connection;
use crate::finfo::failure::{from_call, from_catalogue};
use crate::finfo::moment::{exact, shown};
use crate::finfo::output::{Side, short, table};
use crate::texts;

/// Runs the command.
pub(crate) fn run(context: &Context) -> Outcome {
    account(context)?;
    match catalogue::look(context)? {
        None => context.output.human(context.output.lang.pick(
            "Katalog: noch keiner; `finkit finfo sync` füllt ihn",
            "Catalogue: none yet; `finkit finfo sync` fills it",
        ))?,
        Some(catalogue) => standing(context, catalogue)?,
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct AccountLine<'a> {
    profile: &'a str,
    url: &'a str,
    realm: &'a str,
    client_id: &'a str,
    username: Option<&'a str>,
    password_stored: bool,
    client_secret_stored: bool,
    token_usable: bool,
    token_renewable: bool,
    token_expires_at: Option<String>,
    login_rejected_at: Option<String>,
    catalogue: String,
}

fn account(context: &Context) -> Outcome<()> {
    let connection = Connection::of(context)?;
    let output = &context.output;
    let lang = output.lang;
    let username = connection.username.as_deref();
    let (mut password, mut secret, mut token) = (None, None, TokenStatus::default());
    if let Some(name) = username {
        password = connection.secrets.password_place(name)?;
        secret = connection.secrets.client_secret_place(name)?;
        let transport = connection.transport(context, 1)?;
        token = Context::runtime()?
            .block_on(transport.token_status())
            .map_err(|error| from_call(error, "the stored token can't be looked at"))?;
    }
    let path = catalogue::path(context).display().to_string();
    output.json(
        "finfo-status",
        &AccountLine {
            profile: &context.settings.profile,
            url: connection.url.as_str(),
            realm: connection.realm.as_str(),
            client_id: &connection.client_id,
            username,
            password_stored: password.is_some(),
            client_secret_stored: secret.is_some(),
            token_usable: token.usable,
            token_renewable: token.renewable,
            token_expires_at: token.expires_at.map(exact),
            login_rejected_at: token.rejected_at.map(exact),
            catalogue: path.clone(),
        },
    )?;
    let stored = |place: Option<finkit_transport::Place>| match place {
        Some(place) => format!("{} {place}", lang.pick("gespeichert in", "stored in")),
        None => lang.pick("nicht gespeichert", "not stored").to_owned(),
    };
    let none = lang.pick("keiner", "none");
    for (name, value) in [
        (
            lang.pick("Profil", "Profile"),
            context.settings.profile.clone(),
        ),
        (lang.pick("Dienst", "Service"), connection.url.to_string()),
        ("Realm", connection.realm.to_string()),
        ("Client", connection.client_id.clone()),
        (
            lang.pick("Benutzername", "User name"),
            username.unwrap_or(none).to_owned(),
        ),
        (lang.pick("Kennwort", "Password"), stored(password)),
        ("Client-Secret", stored(secret)),
        ("Token", texts::finfo::token(lang, &token)),
    ] {
        output.human(&format!("{name}: {}", visible_line(&value)))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct StandingLine<'a> {
    dataset: &'static str,
    supplier: &'a str,
    name: Option<&'a str>,
    listed: bool,
    rows: u64,
    complete_to: Option<String>,
    finished_at: Option<String>,
    full_at: Option<String>,
    version: Option<String>,
    open: bool,
    rows_read: Option<u64>,
    rows_to_read: Option<u64>,
    failed_at: Option<String>,
    failure: Option<&'a str>,
    failures: u64,
    set_aside: usize,
}

#[derive(Serialize)]
struct CatalogueLine {
    rows: u64,
    file_bytes: u64,
    last_run: Option<String>,
    lease: Option<LeaseLine>,
}

#[derive(Serialize)]
struct LeaseLine {
    process: u32,
    host: String,
    since: String,
    task: String,
}

fn standing(context: &Context, mut catalogue: SqliteCatalogue) -> Outcome<()> {
    let output = &context.output;
    let lang = output.lang;
    let lease = catalogue.lease().map_err(from_catalogue)?;
    let suppliers = catalogue.suppliers().map_err(from_catalogue)?;
    let mut last_run = None;
    let (mut cells, mut failures) = (Vec::new(), Vec::new());
    let mut all = 0;
    for supplier in &suppliers {
        for dataset in Dataset::ALL {
            let id = &supplier.id;
            let standing = catalogue.standing(dataset, id).map_err(from_catalogue)?;
            let unknown = standing == Standing::default();
            if unknown && dataset != Dataset::Article {
                continue;
            }
            let rows = catalogue.count(dataset, Some(id)).map_err(from_catalogue)?;
            let aside = catalogue.set_aside(dataset, id).map_err(from_catalogue)?;
            all += rows;
            last_run = last_run.max(standing.watermark.map(|mark| mark.finished_at));
            let line = line(supplier, dataset, rows, &standing, aside.len());
            output.json("finfo-standing", &line)?;
            let state = match (&standing.failure, &standing.open) {
                (Some(_), _) => lang.pick("gescheitert", "failed"),
                (None, Some(_)) => lang.pick("unterwegs", "under way"),
                (None, None) if standing.watermark.is_some() => {
                    lang.pick("vollständig", "complete")
                }
                _ => lang.pick("nie gelesen", "never read"),
            };
            let state = match supplier.gone_since {
                Some(_) => format!(
                    "{state}, {}",
                    lang.pick("nicht mehr gelistet", "no longer listed")
                ),
                None => state.to_owned(),
            };
            cells.push(vec![
                id.to_string(),
                short(supplier.name.as_deref().unwrap_or(""), 30),
                dataset.to_string(),
                lang.count(rows),
                standing
                    .watermark
                    .map(|mark| shown(mark.complete_to))
                    .unwrap_or_default(),
                state,
            ]);
            if let Some(failure) = standing.failure {
                failures.push(format!(
                    "{id} {dataset}, {}, {}×: {}",
                    shown(failure.at),
                    failure.times,
                    visible_line(&failure.message)
                ));
            }
        }
    }
    let bytes = catalogue.file_bytes().map_err(from_catalogue)?;
    if output.is_human() {
        let heads = lang.pick(
            [
                "Lieferant",
                "Name",
                "Daten",
                "Zeilen",
                "vollständig bis",
                "Stand",
            ],
            ["supplier", "name", "data", "rows", "complete to", "state"],
        );
        let sides = [
            Side::Left,
            Side::Left,
            Side::Left,
            Side::Right,
            Side::Left,
            Side::Left,
        ];
        let heads: Vec<_> = heads.into_iter().zip(sides).collect();
        output.human("")?;
        output.data(&table(&heads, &cells))?;
    }
    for failure in &failures {
        output.human(failure)?;
    }
    output.human(&format!(
        "{}: {}; {}: {}; {}: {}",
        lang.pick("Zeilen", "Rows"),
        lang.count(all),
        lang.pick("letzter Lauf", "last run"),
        last_run.map_or_else(|| lang.pick("keiner", "none").to_owned(), shown),
        lang.pick("Katalog", "catalogue"),
        catalogue::path(context).display(),
    ))?;
    if let Some(holder) = &lease {
        output.human(&format!(
            "{}: {}",
            lang.pick("Zurzeit am Werk", "At work now"),
            texts::finfo::holder(lang, holder)
        ))?;
    }
    output.json(
        "finfo-catalogue",
        &CatalogueLine {
            rows: all,
            file_bytes: bytes,
            last_run: last_run.map(exact),
            lease: lease.map(|holder| LeaseLine {
                process: holder.process,
                host: holder.host,
                since: exact(holder.since),
                task: holder.task,
            }),
        },
    )
}

fn line<'a>(
    supplier: &'a finkit_finfo::catalogue::KnownSupplier,
    dataset: Dataset,
    rows: u64,
    standing: &'a Standing,
    set_aside: usize,
) -> StandingLine<'a> {
    let mark = standing.watermark;
    let failure = standing.failure.as_ref();
    StandingLine {
        dataset: dataset.as_str(),
        supplier: supplier.id.as_str(),
        name: supplier.name.as_deref(),
        listed: supplier.gone_since.is_none(),
        rows,
        complete_to: mark.map(|mark| exact(mark.complete_to)),
        finished_at: mark.map(|mark| exact(mark.finished_at)),
        full_at: mark.map(|mark| exact(mark.full_at)),
        version: mark.map(|mark| mark.version.to_string()),
        open: standing.open.is_some(),
        rows_read: standing.open.map(|open| open.next),
        rows_to_read: standing.open.and_then(|open| open.walk.total),
        failed_at: failure.map(|failure| exact(failure.at)),
        failure: failure.map(|failure| failure.message.as_str()),
        failures: failure.map_or(0, |failure| failure.times),
        set_aside,
    }
}
