//! A whole run for media: their metadata, then the files that are wanted.

use finkit_core::FinfoSupplierId;

use super::fetch::Fetcher;
use super::folder::Folder;
use super::{MediaEvent, MediaOptions, MediaReport};
use crate::catalogue::Dataset;
use crate::error::Error;
use crate::sync::{Mirror, SyncEvent, SyncOptions, SyncReport};

/// What a run for media reads and fetches.
///
/// Metadata alone unless [`download`](Self::download) says which files.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MediaSync {
    /// How metadata are read. Its dataset doesn't matter: it is media.
    pub metadata: SyncOptions,
    /// Which files are fetched, and how; none unless set.
    pub files: Option<MediaOptions>,
}

impl MediaSync {
    /// The metadata of all suppliers, and no files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads metadata in another way.
    #[must_use]
    pub fn metadata(mut self, options: SyncOptions) -> Self {
        self.metadata = options;
        self
    }

    /// Fetches files too. Suppliers that the metadata are limited to limit the files as well.
    #[must_use]
    pub fn download(mut self, options: MediaOptions) -> Self {
        self.files = Some(options);
        self
    }

    /// Only these suppliers; all if there is none.
    #[must_use]
    pub fn suppliers(mut self, suppliers: impl IntoIterator<Item = FinfoSupplierId>) -> Self {
        self.metadata = self.metadata.suppliers(suppliers);
        self
    }

    /// The files to fetch, of the suppliers that are wanted.
    fn files(&self) -> Option<MediaOptions> {
        let mut files = self.files.clone()?;
        if files.suppliers.is_empty() {
            files.suppliers.clone_from(&self.metadata.suppliers);
        }
        Some(files)
    }
}

/// Something that happened in a run for media.
#[derive(Debug)]
#[non_exhaustive]
pub enum MediaSyncEvent<'a> {
    /// With the metadata.
    Metadata(&'a SyncEvent<'a>),
    /// With a file.
    File(&'a MediaEvent<'a>),
}

/// What a run for media did.
#[derive(Debug)]
#[non_exhaustive]
pub struct MediaSyncReport {
    /// With the metadata.
    pub metadata: SyncReport,
    /// With the files; `None` if none were wanted.
    pub files: Option<MediaReport>,
}

impl MediaSyncReport {
    /// Whether all metadata are there and all files that were tried.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.metadata.is_complete() && self.files.as_ref().is_none_or(MediaReport::is_complete)
    }
}

impl Mirror {
    /// Reads the metadata of media, as [`sync`](Self::sync) does, and fetches the files that are wanted, as
    /// [`download`](Self::download) does, without letting another run in between.
    ///
    /// A supplier whose metadata fail does not stop the files: those that the catalogue knows of are fetched.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use finkit_finfo::Client;
    /// use finkit_finfo::catalogue::MemoryCatalogue;
    /// use finkit_finfo::media::{MediaEvent, MediaOptions, MediaSync, MediaSyncEvent};
    /// use finkit_finfo::{Mirror, SyncOptions};
    /// use finkit_transport::PublicHttp;
    ///
    /// # fn client() -> Result<Client, Box<dyn std::error::Error>> {
    /// #     use finkit_transport::testing::{Reply, ScriptedHttp};
    /// #     use finkit_transport::{ClientSecret, Origin, Password, TokenSource, Transport};
    /// #     let service = Arc::new(ScriptedHttp::new().otherwise(|request| Reply::json(match request.uri().path() {
    /// #         path if path.ends_with("/token") => r#"{"access_token":"a","expires_in":900,"refresh_expires_in":1800,"refresh_token":"r"}"#,
    /// #         path if path.ends_with("/mysuppliers") => r#"[{"finfoSupplierId":"2347003","supplierName":"Fäste AB"}]"#,
    /// #         _ => r#"{"pagination":{"offset":0,"limit":1000,"totalCount":1},"articleList":[{"finfoArticleId":"1377271",
    /// #             "heroImage":{"url":"https://169.254.169.254/latest/meta-data","contentType":"productImageSingle"}}]}"#,
    /// #     })));
    /// #     let base = url::Url::parse("https://api.example.test/finfo")?;
    /// #     let account = finkit_finfo::TokenSettings {
    /// #         realm: url::Url::parse("https://id.example.test/auth/realms/finfo")?,
    /// #         client_id: finkit_finfo::CLIENT_ID.to_owned(),
    /// #         client_secret: Some(ClientSecret::new("issued-with-the-account")),
    /// #         username: "reseller@example.test".to_owned(),
    /// #     };
    /// #     let tokens = TokenSource::builder(account.token_request(Password::new("s3cret"))?)
    /// #         .for_origin(Origin::of(&base)?)
    /// #         .build();
    /// #     Ok(Client::builder(base, Transport::builder(service).tokens(tokens).build()).build()?)
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let mirror = Mirror::new(client()?, MemoryCatalogue::new())?;
    /// let folder = tempfile::tempdir()?;
    /// let run = MediaSync::new().download(MediaOptions::new(folder.path()).parallel(8).quota(50_000_000_000));
    /// let observer = |event: &MediaSyncEvent<'_>| {
    ///     if let MediaSyncEvent::File(MediaEvent::Fetched { asset, bytes }) = event {
    ///         println!("{} {}: {bytes} bytes", asset.key, asset.asset.slot);
    ///     }
    /// };
    /// let report = mirror.sync_media(&PublicHttp::new(), &run, &observer).await?;
    /// assert_eq!(report.metadata.tally().new, 1);
    ///
    /// // The address of this picture is that of a cloud's metadata: nothing was connected to.
    /// let files = report.files.expect("wanted");
    /// assert_eq!((files.fetched, files.missed.len()), (0, 1));
    /// assert!(files.missed[0].message.contains("169.254.169.254 is not a public address"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`sync`](Self::sync) and [`download`](Self::download). A folder that can't be written is an error before
    /// anything is read.
    pub async fn sync_media(
        &self,
        fetcher: &dyn Fetcher,
        options: &MediaSync,
        observer: &(dyn Fn(&MediaSyncEvent<'_>) + Sync),
    ) -> Result<MediaSyncReport, Error> {
        let files = options.files();
        if let Some(files) = &files {
            Folder::open(&files.folder).map_err(super::download::folder_error)?;
        }
        let metadata = options.metadata.clone().dataset(Dataset::Media);
        let lease = self
            .lease_for(metadata.process, &metadata.host, "media")
            .await?;
        let metadata = self
            .sync_held(&metadata, &|event: &SyncEvent<'_>| {
                observer(&MediaSyncEvent::Metadata(event));
            })
            .await?;
        let files = match &files {
            Some(files) => {
                let observer = |event: &MediaEvent<'_>| observer(&MediaSyncEvent::File(event));
                Some(self.download_held(fetcher, files, &observer).await?)
            }
            None => None,
        };
        lease.give_back().await;
        Ok(MediaSyncReport { metadata, files })
    }
}
