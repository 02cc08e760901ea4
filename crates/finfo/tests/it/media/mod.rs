//! Media: metadata by sync, files by download, and nothing from anywhere that it should not be from.

mod fetching;
mod refusing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use finkit_finfo::catalogue::{
    AssetFilter, Catalogue, CatalogueErrorKind, Dataset, Holder, MemoryCatalogue, StoredAsset,
};
use finkit_finfo::media::{
    Body, FetchError, Fetcher, MediaEvent, MediaOptions, MediaReport, MediaSync, MediaSyncEvent,
};
use finkit_finfo::{ErrorKind, Mirror, SyncEvent, SyncOptions};
use finkit_transport::{Clock as _, NameLookup, Origin, PublicHttp};
use http::{HeaderMap, HeaderValue, StatusCode};
use md5::Digest as _;
use url::Url;

use crate::model::{Model, quiet};

/// A host of files. Clones are the same host.
#[derive(Clone, Debug, Default)]
struct Host(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Given>,
    requests: Vec<(String, HeaderMap)>,
    /// Bytes after which the next body breaks off.
    breaks: Vec<usize>,
    ignores_range: bool,
    open: usize,
    most_open: usize,
    /// Bodies don't come before so many have been open at a time.
    awaits_open: usize,
}

#[derive(Clone, Debug)]
enum Given {
    File(Vec<u8>),
    /// A file that says it is compressed.
    Compressed(Vec<u8>),
    /// A file of which only the head comes: its length.
    Head(u64),
    Status(u16),
    Redirect(String),
    Refused,
}

impl Host {
    fn put(&self, url: &str, given: Given) {
        self.0
            .lock()
            .expect("alone")
            .files
            .insert(url.to_owned(), given);
    }

    fn requests(&self) -> Vec<String> {
        self.0
            .lock()
            .expect("alone")
            .requests
            .iter()
            .map(|(url, _)| url.clone())
            .collect()
    }

    fn is_busy(&self) -> bool {
        let state = self.0.lock().expect("alone");
        state.most_open >= state.awaits_open
    }

    fn breaks_after(&self, bytes: usize) {
        self.0.lock().expect("alone").breaks.push(bytes);
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    pieces: Vec<Result<Bytes, FetchError>>,
    /// Where it counts as open.
    host: Option<Host>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(host) = &self.host {
            host.0.lock().expect("alone").open -= 1;
        }
    }
}

#[async_trait]
impl Body for Answer {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        tokio::task::yield_now().await;
        // If they never are, the test says so and does not hang.
        for _ in 0..1_000_000 {
            if self.host.as_ref().is_none_or(Host::is_busy) {
                break;
            }
            tokio::task::yield_now().await;
        }
        match self.pieces.is_empty() {
            true => Ok(None),
            false => self.pieces.remove(0).map(Some),
        }
    }
}

#[async_trait]
impl Fetcher for Host {
    async fn open(&self, url: &Url, headers: HeaderMap) -> Result<Box<dyn Body>, FetchError> {
        tokio::task::yield_now().await;
        let mut state = self.0.lock().expect("alone");
        state.requests.push((url.to_string(), headers.clone()));
        let given = state
            .files
            .get(url.as_str())
            .cloned()
            .unwrap_or(Given::Status(404));
        let mut answer = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            pieces: Vec::new(),
            host: None,
        };
        match given {
            Given::Refused => {
                return Err(FetchError::refused(
                    "the address is refused: 127.0.0.1 is not a public address",
                ));
            }
            Given::Status(code) => answer.status = StatusCode::from_u16(code).expect("a status"),
            Given::Redirect(to) => {
                answer.status = StatusCode::FOUND;
                answer
                    .headers
                    .insert("location", to.parse().expect("a header"));
            }
            Given::Compressed(content) => {
                let coding = HeaderValue::from_static("gzip");
                answer.headers.insert("content-encoding", coding);
                answer.pieces = vec![Ok(content.into())];
            }
            Given::Head(length) => {
                let length = HeaderValue::from(length);
                answer.headers.insert("content-length", length);
                answer.pieces = vec![Err(FetchError::refused("the body was read"))];
            }
            Given::File(content) => {
                let from = headers
                    .get("range")
                    .filter(|_| !state.ignores_range)
                    .and_then(|range| {
                        range
                            .to_str()
                            .ok()?
                            .strip_prefix("bytes=")?
                            .strip_suffix('-')?
                            .parse()
                            .ok()
                    })
                    .unwrap_or(0usize);
                if from > 0 {
                    answer.status = StatusCode::PARTIAL_CONTENT;
                    let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
                    answer
                        .headers
                        .insert("content-range", range.parse().expect("a header"));
                }
                let content = &content[from.min(content.len())..];
                answer
                    .headers
                    .insert("content-length", HeaderValue::from(content.len()));
                let end = state.breaks.pop().unwrap_or(usize::MAX).min(content.len());
                answer.pieces = content[..end]
                    .chunks(1000)
                    .map(|piece| Ok(Bytes::copy_from_slice(piece)))
                    .collect();
                if end < content.len() {
                    answer
                        .pieces
                        .push(Err(FetchError::failed("the answer ended early")));
                }
            }
        }
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        answer.host = Some(self.clone());
        Ok(Box::new(answer))
    }
}

fn md5_of(content: &[u8]) -> String {
    md5::Md5::digest(content)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn picture(seed: u8, length: usize) -> Vec<u8> {
    let mut content = b"\xff\xd8\xff\xe0".to_vec();
    content.extend((0..length).map(|place| (place as u8).wrapping_mul(31).wrapping_add(seed)));
    content
}

/// What the service says about a picture: slot, address, checksum.
type Said<'a> = (&'a str, String, Option<String>);

fn element(id: u32, said: &[Said<'_>]) -> String {
    let assets: Vec<String> = said
        .iter()
        .map(|(slot, url, checksum)| {
            let url = serde_json::Value::from(url.as_str());
            let checksum = checksum.as_ref().map_or("null".to_owned(), |sum| format!("\"{sum}\""));
            format!(r#""{slot}":{{"url":{url},"contentType":"productImageSingle","checksum":{checksum},"lastModified":"2026-01-01T00:00:00.0000000"}}"#)
        })
        .collect();
    format!(r#"{{"finfoArticleId":"{id}",{}}}"#, assets.join(","))
}

struct Bench {
    model: Model,
    catalogue: MemoryCatalogue,
    mirror: Mirror,
    host: Host,
    place: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let model = Model::with_articles("1", 0);
        let catalogue = MemoryCatalogue::new();
        Self {
            mirror: Mirror::new(model.client(), catalogue.clone()).expect("a thread"),
            model,
            catalogue,
            host: Host::default(),
            place: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Tells what the service says about articles, and syncs it.
    async fn say(&self, elements: &[String]) {
        self.model.state().media = elements.to_vec();
        self.model.clock.advance(std::time::Duration::from_secs(60));
        let options = SyncOptions::default()
            .dataset(Dataset::Media)
            .wish(finkit_finfo::Wish::Full);
        let report = self.mirror.sync(&options, &quiet).await.expect("a report");
        assert!(report.is_complete(), "{report:?}");
    }

    fn options(&self) -> MediaOptions {
        MediaOptions::new(self.place.path().join("media"))
    }

    async fn download(&self, options: &MediaOptions) -> MediaReport {
        self.mirror
            .download(&self.host, options, &|_| {})
            .await
            .expect("a report")
    }

    fn assets(&mut self) -> Vec<StoredAsset> {
        self.catalogue
            .assets(&AssetFilter::new(), None, 1000)
            .expect("readable")
    }

    /// All files below the test's own folder.
    fn files(&self) -> BTreeSet<String> {
        fn below(path: &Path, found: &mut BTreeSet<String>, root: &Path) {
            for entry in fs::read_dir(path).expect("readable").flatten() {
                if entry.path().is_dir() {
                    below(&entry.path(), found, root);
                } else {
                    let path = entry.path();
                    let name = path
                        .strip_prefix(root)
                        .expect("below")
                        .to_str()
                        .expect("text")
                        .to_owned();
                    found.insert(name);
                }
            }
        }
        let mut found = BTreeSet::new();
        below(self.place.path(), &mut found, self.place.path());
        found
    }
}

const HOST: &str = "https://media.example.test";
