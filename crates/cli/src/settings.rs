//! Settings: `config.toml` with profiles, then `FINKIT_*` variables, then flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use finkit_core::{Participant, ZoneRule};
use finkit_tables::explain::Lang;
use serde::Deserialize;
use url::Url;

use crate::args::{Global, LangArg};
use crate::failure::{Failure, Outcome};
use crate::finfo::settings::{FinfoFile, FinfoSettings};
use crate::home::Home;

/// Environment variables that the program reads, with their meaning; the reference prints them.
pub(crate) const VARIABLES: [(&str, &str); 15] = [
    ("FINKIT_HOME", "folder for all settings and state"),
    ("FINKIT_PROFILE", "profile of the settings file to use"),
    ("FINKIT_LANG", "language of the texts: de or en"),
    ("FINKIT_FINCHECK_URL", "address of the FINcheck service"),
    ("FINKIT_FINCHECK_USERNAME", "user name at FINcheck"),
    (
        "FINKIT_FINCHECK_PASSWORD",
        "password at FINcheck, instead of the stored login",
    ),
    (
        "FINKIT_FINCHECK_SECURITY_CODE",
        "security code, instead of the stored one",
    ),
    (
        "FINKIT_FINCHECK_REGISTRATION_CODE",
        "registration code for `fincheck register`",
    ),
    ("FINKIT_FINFO_URL", "address of the Finfo service"),
    (
        "FINKIT_FINFO_REALM",
        "address of the realm that gives Finfo's tokens",
    ),
    ("FINKIT_FINFO_CLIENT_ID", "client id at Finfo"),
    ("FINKIT_FINFO_USERNAME", "user name at Finfo"),
    (
        "FINKIT_FINFO_PASSWORD",
        "password at Finfo, instead of the stored login",
    ),
    (
        "FINKIT_FINFO_CLIENT_SECRET",
        "client secret at Finfo, instead of the stored one",
    ),
    ("NO_COLOR", "any value: no colours"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default_profile: Option<String>,
    lang: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, ProfileFile>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    #[serde(default)]
    fincheck: FincheckFile,
    #[serde(default)]
    finfo: FinfoFile,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FincheckFile {
    url: Option<String>,
    username: Option<String>,
    participant: Option<String>,
    contract: Option<PathBuf>,
    check_document: Option<bool>,
    zone: Option<String>,
    batch_records: Option<u32>,
    batch_bytes: Option<u64>,
    concurrency: Option<u32>,
    requests_per_second: Option<f64>,
    settle_seconds: Option<u64>,
    max_retry_after_seconds: Option<u64>,
    max_body_bytes: Option<usize>,
    attempt_timeout_seconds: Option<u64>,
}

/// What a run works with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) home: Home,
    pub(crate) profile: String,
    pub(crate) lang: Lang,
    pub(crate) fincheck: Fincheck,
    pub(crate) finfo: FinfoSettings,
}

/// FINcheck's part of a profile.
#[derive(Debug, Clone)]
pub(crate) struct Fincheck {
    url: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) participant: Participant,
    pub(crate) contract: Option<PathBuf>,
    /// Whether the service's document is looked at before the first billed call of a day.
    pub(crate) check_document: bool,
    pub(crate) zone: ZoneRule,
    pub(crate) batch_records: u32,
    pub(crate) batch_bytes: u64,
    pub(crate) concurrency: u32,
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) settle_seconds: u64,
    pub(crate) max_retry_after_seconds: u64,
    pub(crate) max_body_bytes: Option<usize>,
    pub(crate) attempt_timeout_seconds: Option<u64>,
}

impl Settings {
    /// Reads file and environment; flags win.
    pub(crate) fn load(global: &Global) -> Outcome<Self> {
        let home = Home::find()?;
        let file = read(&home.config_file())?;
        let chosen = global.profile.clone().or(variable("FINKIT_PROFILE")?);
        let profile = chosen
            .clone()
            .or_else(|| file.default_profile.clone())
            .unwrap_or_else(|| "default".to_owned());
        check_profile_name(&profile)?;
        let explicit = chosen.is_some() || file.default_profile.is_some();
        let section = match file.profile.get(&profile) {
            Some(section) => section.clone(),
            // Settings may come from the environment alone, so a profile need not stand in the file
            // as long as nobody has written any.
            None if file.profile.is_empty() || !explicit => ProfileFile::default(),
            None => {
                let known: Vec<_> = file.profile.keys().map(String::as_str).collect();
                return Err(Failure::usage(format!("there is no profile `{profile}`")).hint(
                    format!(
                        "{} has the profiles {}; choose one with --profile, or add [profile.{profile}.fincheck]",
                        home.config_file().display(),
                        known.join(", ")
                    ),
                ));
            }
        };
        let lang = language(global.lang, file.lang.as_deref())?;
        let fincheck = Fincheck::new(&home, &profile, section.fincheck)?;
        let finfo = FinfoSettings::new(&home, section.finfo)?;
        Ok(Self {
            home,
            profile,
            lang,
            fincheck,
            finfo,
        })
    }
}

impl Fincheck {
    fn new(home: &Home, profile: &str, file: FincheckFile) -> Outcome<Self> {
        let participant = match &file.participant {
            None => Participant::Standard,
            Some(text) => text.parse().map_err(|_| {
                Failure::usage(format!("participant = \"{text}\" is not a kind of account"))
                    .hint("write standard, incognito or reader")
            })?,
        };
        let zone = match &file.zone {
            None => ZoneRule::default(),
            Some(text) => text.parse().map_err(|_| {
                Failure::usage(format!("zone = \"{text}\" is not a zone"))
                    .hint("write Europe/Vienna or a fixed offset such as +02:00")
            })?,
        };
        if let Some(rate) = file.requests_per_second
            && !(rate.is_finite() && rate > 0.0)
        {
            return Err(
                Failure::usage(format!("requests_per_second = {rate} is not a rate"))
                    .hint("write a number above 0"),
            );
        }
        for (name, zero) in [
            ("batch_records", file.batch_records == Some(0)),
            ("batch_bytes", file.batch_bytes == Some(0)),
            ("concurrency", file.concurrency == Some(0)),
        ] {
            if zero {
                return Err(Failure::usage(format!("{name} = 0 would send nothing"))
                    .hint("write a number from 1"));
            }
        }
        Ok(Self {
            url: variable("FINKIT_FINCHECK_URL")?.or(file.url),
            username: variable("FINKIT_FINCHECK_USERNAME")?.or(file.username),
            participant,
            contract: match file.contract {
                Some(path) => Some(home.config_folder().join(path)),
                // What `contract adopt` has written for a profile that names no other file.
                None => Some(crate::commands::contract::own_file(home, profile))
                    .filter(|path| path.exists()),
            },
            check_document: file.check_document.unwrap_or(true),
            zone,
            batch_records: file.batch_records.unwrap_or(500),
            batch_bytes: file.batch_bytes.unwrap_or(256 * 1024),
            concurrency: file.concurrency.unwrap_or(2),
            requests_per_second: file.requests_per_second,
            settle_seconds: file.settle_seconds.unwrap_or(5),
            max_retry_after_seconds: file.max_retry_after_seconds.unwrap_or(120),
            max_body_bytes: file.max_body_bytes,
            attempt_timeout_seconds: file.attempt_timeout_seconds,
        })
    }

    /// Address of the service.
    pub(crate) fn url(&self, home: &Home) -> Outcome<Url> {
        let Some(text) = &self.url else {
            return Err(Failure::usage("the address of the FINcheck service is not set").hint(format!(
                "set FINKIT_FINCHECK_URL, or write\n\n    [profile.default.fincheck]\n    url = \"https://…\"\n\n\
                 into {}; the operator tells the address with the registration code.\n\
                 To try without it: `finkit sandbox` in another terminal, or `finkit demo`",
                home.config_file().display()
            )));
        };
        Url::parse(text).map_err(|error| {
            Failure::usage("the address of the FINcheck service is not a URL")
                .caused_by(error)
                .hint("it looks like https://api.example.at/")
        })
    }

    /// Points at another service: the demo's own.
    pub(crate) fn set_url(&mut self, url: &Url) {
        self.url = Some(url.to_string());
    }
}

fn read(path: &Path) -> Outcome<File> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(File::default()),
        Err(error) => {
            return Err(Failure::usage(format!("{} can't be read", path.display()))
                .caused_by(error)
                .hint("set FINKIT_HOME to a folder, or make the file readable for you"));
        }
    };
    toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].lines().count().max(1));
        Failure::usage(format!(
            "{}, line {line}: {}",
            path.display(),
            error.message()
        ))
        .hint("the settings are described in `finkit doctor` and in the guide")
    })
}

/// A profile names a folder, so it is kept to plain characters.
fn check_profile_name(name: &str) -> Outcome<()> {
    let plain = !name.is_empty()
        && name.len() <= 64
        && name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_');
    if plain {
        return Ok(());
    }
    Err(Failure::usage("that is not a name for a profile")
        .hint("use letters, digits, - and _, at most 64"))
}

fn language(flag: Option<LangArg>, file: Option<&str>) -> Outcome<Lang> {
    if let Some(lang) = flag {
        return Ok(lang.into());
    }
    if let Some(text) = variable("FINKIT_LANG")? {
        return text.parse().map_err(|_| {
            Failure::usage(format!(
                "FINKIT_LANG={text} is not a language of this program"
            ))
            .hint("set it to de or en")
        });
    }
    if let Some(text) = file {
        return text.parse().map_err(|_| {
            Failure::usage(format!(
                "lang = \"{text}\" is not a language of this program"
            ))
            .hint("write de or en")
        });
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Ok(Lang::from_locale(&locale.unwrap_or_default()))
}

/// A variable that is set to nothing counts as not set.
pub(crate) fn variable(name: &str) -> Outcome<Option<String>> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::usage(format!("{name} is not valid UTF-8")))
        }
    }
}
