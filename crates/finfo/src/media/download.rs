//! The download: what is missing is fetched, what is there is linked, and both are noted.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, RANGE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use url::Url;

use super::digest::Expected;
use super::fetch::{FetchError, Fetcher, follow};
use super::folder::{Folder, Part};
use super::{MediaEvent, MediaOptions, MediaReport, MissedAsset};
use crate::catalogue::{AssetFilter, StoredAsset, StoredFile};
use crate::error::{Error, ErrorKind};
use crate::sync::Mirror;

/// Assets that are read from the catalogue at a time.
const BATCH: usize = 500;
/// How often a file is tried in one run.
const TRIES: u32 = 3;
/// The wait before the second try; it doubles.
const WAIT: Duration = Duration::from_secs(1);

/// Why a file was not had.
struct Miss {
    message: String,
    passing: bool,
}

impl Miss {
    fn lasting(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            passing: false,
        }
    }

    fn passing(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            passing: true,
        }
    }
}

impl From<FetchError> for Miss {
    fn from(error: FetchError) -> Self {
        Self {
            passing: !error.is_refused(),
            message: error.to_string(),
        }
    }
}

/// How the fetching of one file ended.
enum Outcome {
    Fetched(StoredFile),
    Missed(Miss),
    /// The quota doesn't allow it.
    NoRoom,
}

impl Mirror {
    /// Fetches the files that are missing or not of the present version into a folder.
    ///
    /// A file whose checksum is wrong is reported and not kept. What was begun and cut off is gone on with. A file that
    /// could not be had for a reason that does not pass (its address is refused, it is not there, its checksum is wrong) is
    /// left out until the service says something new about it, or [`MediaOptions::retry`] is set.
    ///
    /// # Errors
    /// [`ErrorKind::Held`] when another run has the catalogue, [`ErrorKind::Folder`] when the folder can't be written, and
    /// [`ErrorKind::Catalogue`].
    pub async fn download(
        &self,
        fetcher: &dyn Fetcher,
        options: &MediaOptions,
        observer: &(dyn Fn(&MediaEvent<'_>) + Sync),
    ) -> Result<MediaReport, Error> {
        let lease = self
            .lease_for(options.process, &options.host, "download")
            .await?;
        let result = self.download_held(fetcher, options, observer).await;
        lease.give_back().await;
        result
    }

    /// The same for whoever has the lease.
    pub(super) async fn download_held(
        &self,
        fetcher: &dyn Fetcher,
        options: &MediaOptions,
        observer: &(dyn Fn(&MediaEvent<'_>) + Sync),
    ) -> Result<MediaReport, Error> {
        let clock = self.client().clock();
        let begun = clock.monotonic();
        let folder = Folder::open(&options.folder).map_err(folder_error)?;
        if options.quota.is_some() {
            let folder = folder.clone();
            on_disk(move || folder.measure()).await?;
        }
        let run = Run {
            mirror: self,
            fetcher,
            options,
            observer,
            folder,
            full: AtomicBool::new(false),
            report: Mutex::new(MediaReport {
                started_at: clock.now(),
                ..MediaReport::default()
            }),
        };
        run.all().await?;
        if run.is_whole() {
            let folder = run.folder.clone();
            on_disk(move || folder.sweep()).await?;
        }
        let mut report = run
            .report
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        report.quota_reached = run.full.into_inner();
        report.elapsed = clock.monotonic().saturating_sub(begun);
        Ok(report)
    }
}

pub(super) fn folder_error(error: io::Error) -> Error {
    Error::new(ErrorKind::Folder, "media", "the folder can't be used").with_source(error)
}

/// Does something that takes its time with the disk; the runtime has other work.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| folder_error(io::Error::other(error)))?
        .map_err(folder_error)
}

struct Run<'a> {
    mirror: &'a Mirror,
    fetcher: &'a dyn Fetcher,
    options: &'a MediaOptions,
    observer: &'a (dyn Fn(&MediaEvent<'_>) + Sync),
    folder: Folder,
    full: AtomicBool,
    report: Mutex<MediaReport>,
}

impl Run<'_> {
    async fn all(&self) -> Result<(), Error> {
        let mut filter: AssetFilter = self.options.filter.clone();
        filter.to_fetch = !self.options.check;
        if self.options.suppliers.is_empty() {
            return self.these(&filter).await;
        }
        for supplier in &self.options.suppliers {
            filter.supplier = Some(*supplier);
            self.these(&filter).await?;
        }
        Ok(())
    }

    async fn these(&self, filter: &AssetFilter) -> Result<(), Error> {
        let mut after = None;
        while !self.is_full() {
            let (wanted, from) = (filter.clone(), after);
            let batch = self
                .mirror
                .keeper()
                .with(move |catalogue| catalogue.assets(&wanted, from, BATCH))
                .await?;
            let Some(last) = batch.last() else {
                return Ok(());
            };
            after = Some(last.id);
            let groups = self.groups(batch);
            let files = groups.iter().map(Vec::len).sum();
            if files > 0 {
                (self.observer)(&MediaEvent::Wanted { files });
            }
            let mut work = stream::iter(groups.into_iter().map(|group| self.group(group)))
                .buffer_unordered(self.options.parallel.max(1));
            while let Some(done) = work.next().await {
                done?;
            }
        }
        Ok(())
    }

    /// Whether every file that is wanted was looked at, so that what else has begun to come is of no use any more.
    fn is_whole(&self) -> bool {
        let everything = AssetFilter::new();
        self.options.suppliers.is_empty() && self.options.filter == everything && !self.is_full()
    }

    fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    fn report(&self, change: impl FnOnce(&mut MediaReport)) {
        change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Assets that are the same file, as far as can be known beforehand, so that it is fetched once.
    fn groups(&self, batch: Vec<StoredAsset>) -> Vec<Vec<StoredAsset>> {
        let mut groups: Vec<Vec<StoredAsset>> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for asset in batch {
            let there = asset
                .file
                .as_ref()
                .is_some_and(|file| self.folder.has(&file.name, file.bytes));
            if asset.gone_since.is_some() || (asset.is_current() && there) {
                continue;
            }
            if asset.miss.as_ref().is_some_and(|miss| !miss.passing) && !self.options.retry {
                self.report(|report| report.left_out += 1);
                continue;
            }
            let same = match &asset.asset.checksum {
                Some(sum) => sum.to_ascii_lowercase(),
                None => asset.asset.url.to_string(),
            };
            let place = *places.entry(same).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push(asset),
                None => groups.push(vec![asset]),
            }
        }
        groups
    }

    async fn group(&self, group: Vec<StoredAsset>) -> Result<(), Error> {
        let mut rest = group.into_iter();
        let mut file = None;
        for asset in rest.by_ref() {
            if self.is_full() {
                return Ok(());
            }
            if let Some(found) = self.known(&asset).await? {
                self.note(&asset, &found, None).await?;
                file = Some(found);
                break;
            }
            match self.fetch(&asset).await? {
                Outcome::Fetched(fetched) => {
                    self.note(&asset, &fetched, Some(fetched.bytes)).await?;
                    file = Some(fetched);
                    break;
                }
                Outcome::Missed(miss) => self.missed(&asset, miss).await?,
                Outcome::NoRoom => {
                    self.full.store(true, Ordering::Relaxed);
                    return Ok(());
                }
            }
        }
        let Some(file) = file else {
            return Ok(());
        };
        for asset in rest {
            let linked = StoredFile {
                url: asset.asset.url.to_string(),
                last_modified: asset.asset.last_modified.as_deref().map(str::to_owned),
                ..file.clone()
            };
            self.note(&asset, &linked, None).await?;
        }
        Ok(())
    }

    /// The file of this checksum, if the folder has it for another article.
    async fn known(&self, asset: &StoredAsset) -> Result<Option<StoredFile>, Error> {
        let Some(checksum) = asset.asset.checksum.as_deref().map(str::to_ascii_lowercase) else {
            return Ok(None);
        };
        let found = self
            .mirror
            .keeper()
            .with(move |catalogue| catalogue.file_with_checksum(&checksum))
            .await?;
        Ok(found
            .filter(|file| self.folder.has(&file.name, file.bytes))
            .map(|file| StoredFile {
                url: asset.asset.url.to_string(),
                last_modified: asset.asset.last_modified.as_deref().map(str::to_owned),
                ..file
            }))
    }

    /// Notes the file of an asset; its bytes, if it was fetched.
    async fn note(
        &self,
        asset: &StoredAsset,
        file: &StoredFile,
        fetched: Option<u64>,
    ) -> Result<(), Error> {
        let (id, noted) = (asset.id, file.clone());
        self.mirror
            .keeper()
            .with(move |catalogue| catalogue.note_file(id, &noted))
            .await?;
        self.report(|report| match fetched {
            Some(bytes) => {
                report.fetched += 1;
                report.bytes += bytes;
                report.unverified += u64::from(!file.verified);
            }
            None => report.linked += 1,
        });
        (self.observer)(&match fetched {
            Some(bytes) => MediaEvent::Fetched { asset, bytes },
            None => MediaEvent::Linked { asset },
        });
        Ok(())
    }

    async fn missed(&self, asset: &StoredAsset, miss: Miss) -> Result<(), Error> {
        let (id, at) = (asset.id, self.mirror.client().clock().now());
        let (message, passing) = (miss.message.clone(), miss.passing);
        self.mirror
            .keeper()
            .with(move |catalogue| catalogue.note_miss(id, at, &message, passing))
            .await?;
        let missed = MissedAsset {
            supplier: asset.supplier,
            key: asset.key.clone(),
            slot: plain(&asset.asset.slot),
            url: shown(&asset.asset.url),
            message: miss.message,
            passing: miss.passing,
        };
        (self.observer)(&MediaEvent::Missed(&missed));
        self.report(|report| report.missed.push(missed));
        Ok(())
    }

    /// Fetches a file, a few times if that may help.
    async fn fetch(&self, asset: &StoredAsset) -> Result<Outcome, Error> {
        let Ok(url) = Url::parse(&asset.asset.url) else {
            return Ok(Outcome::Missed(Miss::lasting("its address is none")));
        };
        let clock = self.mirror.client().clock();
        let mut wait = WAIT;
        for tried in 1.. {
            let attempt = self.attempt(asset, &url);
            let outcome = tokio::time::timeout(self.options.time, attempt).await;
            let outcome = outcome
                .unwrap_or_else(|_| Ok(Outcome::Missed(Miss::passing("it took too long"))))?;
            match outcome {
                Outcome::Missed(miss) if miss.passing && tried < TRIES => {
                    // The rest of an address may hold what gives access.
                    let host = url.host_str().unwrap_or_default();
                    tracing::debug!(
                        host,
                        message = miss.message,
                        tried,
                        "the file is tried again"
                    );
                    clock.sleep(wait).await;
                    wait *= 2;
                }
                outcome => return Ok(outcome),
            }
        }
        Ok(Outcome::NoRoom)
    }

    async fn attempt(&self, asset: &StoredAsset, url: &Url) -> Result<Outcome, Error> {
        let announced = asset.asset.checksum.as_deref();
        let expected = Expected::of(announced.filter(|_| self.options.verify));
        let (folder, from) = (self.folder.clone(), asset.asset.url.to_string());
        let sum = announced.map(str::to_owned);
        let mut part = on_disk(move || folder.part(&from, sum.as_deref())).await?;
        if expected == Expected::Nothing && part.bytes() > 0 {
            // Nothing would tell whether the rest belongs to what has come.
            part.restart().map_err(folder_error)?;
        }
        // A run that was killed may have left all of it.
        let mut received = Received::Whole { resumed: false };
        if part.bytes() == 0 || part.content().is(&expected) != Some(true) {
            received = self.receive(url, &mut part).await?;
        }
        let resumed = match received {
            Received::Whole { resumed } => resumed,
            Received::Missed(miss) => {
                if !miss.passing || part.bytes() == 0 {
                    part.discard().map_err(folder_error)?;
                }
                return Ok(Outcome::Missed(miss));
            }
            Received::NoRoom => {
                part.discard().map_err(folder_error)?;
                return Ok(Outcome::NoRoom);
            }
        };
        let verified = part.content().is(&expected);
        if verified == Some(false) {
            let content = part.content();
            part.discard().map_err(folder_error)?;
            let found = match &expected {
                Expected::Sha256(_) => content.sha256,
                Expected::Md5(_) | Expected::Nothing => content.md5,
            };
            let announced = plain(announced.unwrap_or_default());
            return Ok(Outcome::Missed(Miss {
                message: format!("its checksum is {found} instead of {announced}"),
                // The rest may have been that of another version: it is tried from its beginning.
                passing: resumed,
            }));
        }
        let placed = on_disk(move || part.place()).await?;
        Ok(Outcome::Fetched(StoredFile {
            name: placed.name,
            bytes: placed.content.bytes,
            checksum: announced.map(str::to_ascii_lowercase),
            verified: verified == Some(true),
            last_modified: asset.asset.last_modified.as_deref().map(str::to_owned),
            url: asset.asset.url.to_string(),
            fetched_at: self.mirror.client().clock().now(),
        }))
    }

    /// Whether so many more bytes are too many.
    fn is_over(&self, more: u64) -> bool {
        let used = self.folder.used().saturating_add(more);
        self.options.quota.is_some_and(|quota| used > quota)
    }

    /// Receives the rest of a file.
    async fn receive(&self, url: &Url, part: &mut Part) -> Result<Received, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let begun = part.bytes();
        if begun > 0 {
            let range = HeaderValue::from_str(&format!("bytes={begun}-"));
            headers.extend(range.ok().map(|range| (RANGE, range)));
        }
        let mut answer = match follow(self.fetcher, url, &headers).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Received::Missed(error.into())),
        };
        let status = answer.status();
        let header = |name| answer.headers().get(name)?.to_str().ok();
        let announced: Option<u64> = header(CONTENT_LENGTH).and_then(|text| text.parse().ok());
        match status {
            StatusCode::OK => part.restart().map_err(folder_error)?,
            StatusCode::PARTIAL_CONTENT if begun > 0 && begins_at(header(CONTENT_RANGE), begun) => {
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if begun > 0 => {
                part.restart().map_err(folder_error)?;
                return Ok(Received::Missed(Miss::passing(
                    "it can't be gone on with where it was cut off",
                )));
            }
            _ => return Ok(Received::Missed(of_status(status))),
        }
        let coding = header(CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Ok(Received::Missed(Miss::lasting(
                "it comes compressed, though as it is was asked for",
            )));
        }
        let too_large = || {
            Received::Missed(Miss::lasting(format!(
                "it is larger than {} bytes",
                self.options.largest
            )))
        };
        if announced.is_some_and(|more| part.bytes().saturating_add(more) > self.options.largest) {
            return Ok(too_large());
        }
        if self.is_over(announced.unwrap_or_default()) {
            return Ok(Received::NoRoom);
        }
        loop {
            match answer.chunk().await {
                Ok(Some(piece)) => {
                    if part.bytes() + piece.len() as u64 > self.options.largest {
                        return Ok(too_large());
                    }
                    if self.is_over(piece.len() as u64) {
                        return Ok(Received::NoRoom);
                    }
                    part.add(&piece).map_err(folder_error)?;
                }
                Ok(None) => {
                    return Ok(Received::Whole {
                        resumed: status == StatusCode::PARTIAL_CONTENT,
                    });
                }
                Err(error) => return Ok(Received::Missed(error.into())),
            }
        }
    }
}

/// What came of an answer.
enum Received {
    Whole {
        /// Whether it is the rest of what came before.
        resumed: bool,
    },
    Missed(Miss),
    NoRoom,
}

/// Whether `Content-Range: bytes 100-199/200` begins there.
fn begins_at(range: Option<&str>, wanted: u64) -> bool {
    let first = range.and_then(|range| range.trim().strip_prefix("bytes ")?.split_once('-'));
    first.is_some_and(|(first, _)| first.trim().parse() == Ok(wanted))
}

fn of_status(status: StatusCode) -> Miss {
    let code = status.as_u16();
    match code {
        401 | 403 => Miss::lasting(format!("status {code}, the file is not for everybody")),
        404 | 410 => Miss::lasting(format!("status {code}, the file is not there")),
        408 | 429 | 500..=599 => Miss::passing(format!("status {code}, try again later")),
        _ => Miss::lasting(format!("status {code} instead of a file")),
    }
}

/// A foreign text, fit to be shown: short, and without anything that isn't plain.
fn plain(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_graphic)
        .take(64)
        .collect()
}

/// A foreign address, fit to be shown.
fn shown(url: &str) -> String {
    Url::parse(url).map_or_else(|_| plain(url), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_part_is_read_from_its_header() {
        assert!(begins_at(Some("bytes 100-199/200"), 100));
        assert!(begins_at(Some(" bytes 100-199/*"), 100));
        for other in [
            None,
            Some("bytes 0-99/200"),
            Some("bytes */200"),
            Some("100-199/200"),
            Some("bytes -5"),
        ] {
            assert!(!begins_at(other, 100), "{other:?}");
        }
    }

    #[test]
    fn what_a_status_means_decides_whether_the_next_run_tries_again() {
        let passing = |code| of_status(StatusCode::from_u16(code).expect("a status")).passing;
        for code in [408, 429, 500, 502, 503] {
            assert!(passing(code), "{code}");
        }
        for code in [204, 206, 304, 400, 401, 403, 404, 410, 451] {
            assert!(!passing(code), "{code}");
        }
    }

    #[test]
    fn foreign_texts_are_plain_and_short() {
        assert_eq!(plain("a\u{1b}[2J b\nö"), "a[2Jb");
        assert_eq!(plain(&"x".repeat(500)).len(), 64);
        assert_eq!(shown("no address\u{7}"), "noaddress");
        let escaped = shown("https://media.example.test/\u{1b}[2J/1.jpg");
        assert_eq!(escaped, "https://media.example.test/%1B[2J/1.jpg");
    }
}
