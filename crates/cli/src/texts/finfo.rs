//! What the commands of `finkit finfo` say.

use chrono::{DateTime, Utc};
use finkit_finfo::catalogue::{ChangeKind, Holder, SupplierNews, WalkSpan};
use finkit_finfo::{Ending, SyncReport};
use finkit_tables::explain::{Lang, visible_line};
use finkit_transport::TokenStatus;

use crate::finfo::moment::shown;

/// Success of a login.
pub(crate) fn logged_in(lang: Lang, username: &str, place: Option<&str>) -> String {
    let username = visible_line(username);
    match (lang, place) {
        (Lang::De, Some(place)) => format!(
            "Angemeldet als {username}. Kennwort und Client-Secret liegen in {place}.\n\
             Weiter: `finkit finfo sync` füllt den Katalog."
        ),
        (Lang::De, None) => format!(
            "Angemeldet als {username}, bis das Token abläuft; Kennwort und Client-Secret wurden nicht gespeichert."
        ),
        (Lang::En, Some(place)) => format!(
            "Logged in as {username}. Password and client secret are in {place}.\n\
             Next: `finkit finfo sync` fills the catalogue."
        ),
        (Lang::En, None) => format!(
            "Logged in as {username} until the token ends; password and client secret were not stored."
        ),
    }
}

/// Success of a logout.
pub(crate) fn logged_out(lang: Lang) -> &'static str {
    lang.pick(
        "Abgemeldet; Kennwort, Client-Secret und Token sind vergessen, der Katalog bleibt.",
        "Logged out; password, client secret and token are forgotten, the catalogue stays.",
    )
}

/// What is known of the token.
pub(crate) fn token(lang: Lang, status: &TokenStatus) -> String {
    if status.usable || status.rejected_at.is_some() {
        return super::account::token(lang, status);
    }
    if status.renewable {
        return lang
            .pick(
                "abgelaufen; das nächste kommt vom Refresh-Token, ohne Kennwort",
                "ended; the next one comes from the refresh token, without the password",
            )
            .to_owned();
    }
    super::account::token(lang, status)
}

/// Who has the catalogue.
pub(crate) fn holder(lang: Lang, holder: &Holder) -> String {
    let (task, host) = (visible_line(&holder.task), visible_line(&holder.host));
    let (process, since) = (holder.process, shown(holder.since));
    match lang {
        Lang::De => format!("{task}, Prozess {process} auf {host}, seit {since}"),
        Lang::En => format!("{task}, process {process} on {host}, since {since}"),
    }
}

/// How the list of suppliers differs from the one before; nothing on the very first list.
pub(crate) fn news(lang: Lang, news: &SupplierNews) -> Vec<String> {
    let names = |ids: &[finkit_core::FinfoSupplierId]| {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        ids.join(", ")
    };
    let mut lines = Vec::new();
    if !news.back.is_empty() {
        let back = names(&news.back);
        lines.push(match lang {
            Lang::De => format!("Wieder in der Liste: {back}"),
            Lang::En => format!("Listed again: {back}"),
        });
    }
    if !news.gone.is_empty() {
        let gone = names(&news.gone);
        lines.push(match lang {
            Lang::De => format!(
                "Nicht mehr in der Liste: {gone}. Ihre Artikel bleiben im Katalog; im Finfo-Portal steht, ob sie noch bestellt sind."
            ),
            Lang::En => format!(
                "No longer listed: {gone}. Their articles stay in the catalogue; the Finfo portal says whether they are still ordered."
            ),
        });
    }
    lines
}

/// Which rows were or would be read.
pub(crate) fn span(lang: Lang, span: &WalkSpan) -> String {
    match (lang, span) {
        (Lang::De, WalkSpan::All) => "alles".to_owned(),
        (Lang::En, WalkSpan::All) => "everything".to_owned(),
        (_, WalkSpan::Changed { from, until }) => {
            let moment = |moment: &DateTime<Utc>| moment.format("%Y-%m-%d %H:%M").to_string();
            format!("{} – {}", moment(from), moment(until))
        }
    }
}

/// How a supplier's part ended, in one or two words.
pub(crate) fn ending(lang: Lang, ending: &Ending) -> &'static str {
    match ending {
        Ending::Complete(_) => lang.pick("vollständig", "complete"),
        Ending::Backfilled => lang.pick("nachgelesen", "backfilled"),
        Ending::Failed(_) => lang.pick("gescheitert", "failed"),
        _ => lang.pick("nicht begonnen", "not begun"),
    }
}

/// Headings of the table of a run.
pub(crate) fn sync_heads(lang: Lang) -> [&'static str; 9] {
    lang.pick(
        [
            "Lieferant",
            "Name",
            "neu",
            "geändert",
            "gleich",
            "Anfragen",
            "Token",
            "Sekunden",
            "Stand",
        ],
        [
            "supplier",
            "name",
            "new",
            "changed",
            "unchanged",
            "requests",
            "tokens",
            "seconds",
            "state",
        ],
    )
}

/// The sum of a run in one line.
pub(crate) fn sync_sum(lang: Lang, report: &SyncReport) -> String {
    let tally = report.tally();
    let all = report.suppliers.len() as u64;
    let good = all - report.unfinished().count() as u64;
    let count = |number: u64| lang.count(number);
    let (good, all) = (count(good), count(all));
    let (new, changed, same) = (
        count(tally.new),
        count(tally.changed),
        count(tally.unchanged),
    );
    let (requests, tokens) = (count(report.requests), count(report.tokens));
    let seconds = seconds(report.elapsed);
    match lang {
        Lang::De => format!(
            "{good} von {all} Lieferanten vollständig: {new} neu, {changed} geändert, {same} gleich; \
             {requests} Anfragen, {tokens} Token, {seconds} s."
        ),
        Lang::En => format!(
            "{good} of {all} suppliers complete: {new} new, {changed} changed, {same} unchanged; \
             {requests} requests, {tokens} tokens, {seconds} s."
        ),
    }
}

/// Seconds with one digit.
pub(crate) fn seconds(time: std::time::Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

/// A run was stopped by the user.
pub(crate) fn interrupted(lang: Lang) -> &'static str {
    lang.pick(
        "Abgebrochen. Was gespeichert ist, bleibt; noch einmal gestartet geht es dort weiter.",
        "Stopped. What is stored stays; run it again and it goes on from there.",
    )
}

/// What rows without a key are.
pub(crate) fn set_aside(lang: Lang, rows: u64) -> String {
    let rows = lang.rows(rows);
    match lang {
        Lang::De => format!(
            "{rows} ohne Artikelnummer: aufgehoben, wie sie kamen; `article` und `supplier_article` in den Endpunkten nennen die Felder."
        ),
        Lang::En => format!(
            "{rows} without any article number: kept as they came; `article` and `supplier_article` of the endpoints name the fields."
        ),
    }
}

/// What rows are that nothing but their order tells apart.
pub(crate) fn unnamed(lang: Lang, rows: u64) -> String {
    let rows = lang.rows(rows);
    match lang {
        Lang::De => format!(
            "{rows} desselben Artikels unterscheidet nur die Reihenfolge; `agreement` in den Endpunkten nennt das Feld der Vereinbarung."
        ),
        Lang::En => format!(
            "{rows} of one article are told apart by their order only; `agreement` of the endpoints names the field of the agreement."
        ),
    }
}

/// What happened to a row, as a word.
pub(crate) fn change(lang: Lang, kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Appeared => lang.pick("neu", "new"),
        ChangeKind::Changed => lang.pick("geändert", "changed"),
        ChangeKind::Unlisted => lang.pick("nicht mehr gelistet", "no longer listed"),
        ChangeKind::Relisted => lang.pick("wieder gelistet", "listed again"),
        ChangeKind::Removed => lang.pick("entfernt", "removed"),
        _ => lang.pick("anders", "otherwise"),
    }
}

/// Nothing was found.
pub(crate) fn nothing_found(lang: Lang) -> &'static str {
    lang.pick(
        "Nichts gefunden. Jedes Wort muss vorkommen; der Anfang eines Wortes genügt.",
        "Nothing found. Every word must occur; the beginning of a word is enough.",
    )
}

/// Requests that a run would take.
pub(crate) fn dry_sum(lang: Lang, requests: Option<u64>, asked: u64) -> String {
    let asked = lang.count(asked);
    match (lang, requests.map(|requests| lang.count(requests))) {
        (Lang::De, Some(requests)) => format!(
            "Probelauf: {requests} Anfragen wären nötig; das herauszufinden brauchte {asked}. Nichts wurde geschrieben."
        ),
        (Lang::En, Some(requests)) => format!(
            "Dry run: it would take {requests} requests; finding out took {asked}. Nothing was written."
        ),
        (Lang::De, None) => format!(
            "Probelauf: wie viele Anfragen nötig wären, sagt der Dienst nicht; gefragt wurde {asked}-mal. Nichts wurde geschrieben."
        ),
        (Lang::En, None) => format!(
            "Dry run: the service doesn't say how many requests it would take; {asked} were made to find out. Nothing was written."
        ),
    }
}
