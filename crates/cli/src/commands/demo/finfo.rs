//! The demo's second half: Finfo from login to changes.

use std::sync::Arc;

use chrono::TimeDelta;
use finkit_finfo::catalogue::{Catalogue as _, ChangesSince, Dataset};
use finkit_sandbox::finfo::{FinfoRunning, FinfoSandbox};
use serde::Serialize;

use super::Stage;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::catalogue::existing;
use crate::finfo::failure::from_catalogue;
use crate::texts;

#[derive(Serialize)]
struct Result {
    articles: u64,
    requests: u64,
    password_grants: u64,
    refresh_grants: u64,
    needless_grants: u64,
}

impl Stage {
    /// A login, a sync, a search, and a second sync that brings only what changed.
    pub(super) fn play_finfo(&mut self) -> Outcome<()> {
        let service = start(&self.context)?;
        let account = service.account();
        let settings = &mut self.context.settings.finfo;
        settings.url = Some(service.url());
        settings.realm = Some(service.realm());
        settings.client_id = Some(account.client_id);
        settings.username = Some(account.username);
        // One after the other, so that the change log has the same order in every run.
        settings.suppliers_at_once = 1;
        self.context.given.finfo_password = Some(account.password);
        self.context.given.finfo_client_secret = Some(account.client_secret);
        let lang = self.context.output.lang;
        self.context
            .output
            .human(&texts::demo::finfo_intro(lang, &service.url()))?;

        self.step(9, &["finfo", "login"], &[Exit::Done])?;
        self.step(10, &["finfo", "sync"], &[Exit::Done])?;
        self.step(
            11,
            &["finfo", "find", "träskruv", "--limit", "5"],
            &[Exit::Done],
        )?;
        let before = self.last_change()?.to_string();
        // As of an hour ago: the second run looks back to a day before the first.
        let moment = service.now() - TimeDelta::hours(1);
        service.edit(|stock| {
            stock.at(moment).day();
        });
        self.step(12, &["finfo", "sync"], &[Exit::Done])?;
        self.step(
            13,
            &["finfo", "changes", "--since", &before, "--limit", "4"],
            &[Exit::Done],
        )?;

        let articles = existing(&self.context)?
            .count(Dataset::Article, None)
            .map_err(from_catalogue)?;
        let grants = service.grants();
        let result = Result {
            articles,
            requests: service.received(),
            password_grants: grants.password,
            refresh_grants: grants.refresh,
            needless_grants: grants.needless,
        };
        self.context.output.human(&texts::demo::finfo_outro(
            lang,
            result.articles,
            result.requests,
            result.password_grants,
        ))?;
        self.context.output.json("finfo-demo", &result)
    }

    /// The last entry of the change log.
    fn last_change(&self) -> Outcome<u64> {
        let mut catalogue = existing(&self.context)?;
        let mut last = 0;
        loop {
            let entries = catalogue
                .changes(ChangesSince::Number(last), 1000)
                .map_err(from_catalogue)?;
            match entries.last() {
                Some(entry) => last = entry.number,
                None => return Ok(last),
            }
        }
    }
}

/// The service, whose articles are older than the day by which a run looks back.
fn start(context: &Context) -> Outcome<FinfoRunning> {
    let age = TimeDelta::days(7);
    let clock = Arc::clone(&context.clock);
    let service = FinfoSandbox::builder()
        .address("127.0.0.1:0")
        .clock(move || clock.now() - age)
        .with_demo_data()
        .start_blocking()
        .map_err(|error| Failure::local("the local Finfo can't be started").caused_by(error))?;
    service.advance(age);
    Ok(service)
}
