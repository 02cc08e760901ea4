//! Real OpenID providers, written by others, installed and started on loopback.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::http::{self, Answer};
use crate::clock::{Stopwatch, pause};
use crate::debian;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::python;
use crate::run;
use crate::workspace::Workspace;

pub(super) const CLIENT: &str = "finfo-api";
pub(super) const CLIENT_SECRET: &str = "made-up-client-secret";
pub(super) const USER: &str = "apiuser";
/// Reserved and non-ASCII characters, so that a wrong form encoding shows.
pub(super) const PASSWORD: &str = "s3cret Päss&+=%/";

/// canaille with everything it needs to serve.
const CANAILLE: &str = "canaille[front,oidc,sqlite,server]==0.3.6";
const OIDC_PROVIDER: &str = "oidc-provider@9.13.3";
const OIDC_PROVIDER_SCRIPT: &str = include_str!("../../assets/openid-provider.mjs");

/// How long a provider may take from its start to its first answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How canaille's server writes down a request: method, path, status.
const CANAILLE_ACCESS: &str = "access %(m)s %(U)s %(s)s";
const CANAILLE_TOKEN: &str = "access POST /oauth/token ";

/// The providers that the suite knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// canaille, in Python on Authlib: the password grant is its own; rotates refresh
    /// tokens; two tokens of one user in the same second are a server error there, so
    /// a client that asks too often cannot hide it.
    Canaille,
    /// oidc-provider, on Node, certified: rotation with reuse detection (a refresh token
    /// used twice ends the whole session), lifetimes of both tokens set apart.
    OidcProvider,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Canaille, Self::OidcProvider];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Canaille => "canaille",
            Self::OidcProvider => "oidc-provider",
        }
    }
}

/// Lifetimes in seconds. canaille knows only one for both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    pub(super) access: u64,
    pub(super) refresh: u64,
}

/// Token requests as the provider counts them: those that were granted, by grant, and all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Grants {
    pub(super) password: usize,
    pub(super) refresh: usize,
    pub(super) refused: usize,
}

impl Grants {
    pub(super) fn password(count: usize) -> Self {
        Self {
            password: count,
            ..Self::default()
        }
    }

    pub(super) fn refresh(count: usize) -> Self {
        Self {
            refresh: count,
            ..Self::default()
        }
    }

    pub(super) fn refused(count: usize) -> Self {
        Self {
            refused: count,
            ..Self::default()
        }
    }

    /// What came after an earlier count.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            password: self.password - before.password,
            refresh: self.refresh - before.refresh,
            refused: self.refused - before.refused,
        }
    }
}

/// A running provider; it ends with this value.
#[derive(Debug)]
pub(super) struct Provider {
    kind: Kind,
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Provider {
    /// Installs the provider if need be and starts it with an empty memory.
    ///
    /// # Errors
    /// When its language or its package is not to be had, or it does not come up.
    pub(super) fn start(workspace: &Workspace, kind: Kind, lives: Lifetimes) -> Outcome<Self> {
        let folder = workspace.target().join("oidc").join(kind.name());
        fs::create_dir_all(&folder).naming(folder.display())?;
        let port = free_port()?;
        let log = folder.join("log.txt");
        let mut command = match kind {
            Kind::Canaille => canaille(workspace, &folder, port, lives)?,
            Kind::OidcProvider => oidc_provider(workspace, &folder, port, lives)?,
        };
        let file = fs::File::create(&log).naming(log.display())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().naming(log.display())?)
            .stderr(file)
            .spawn()
            .naming(format!("cannot start {}", kind.name()))?;
        let mut provider = Self {
            kind,
            child,
            port,
            log,
        };
        provider.await_start()?;
        Ok(provider)
    }

    fn await_start(&mut self) -> Outcome {
        let watch = Stopwatch::start();
        loop {
            if http::get(self.port, "/.well-known/openid-configuration", None)
                .is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            let ended = self.child.try_wait().naming("looking at the provider")?;
            if ended.is_some() || watch.elapsed() > START_LIMIT {
                return Err(Failure::new(format!(
                    "{} did not come up; it says:\n{}",
                    self.kind.name(),
                    self.log_text()
                )));
            }
            pause(Duration::from_millis(100));
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn token_path(&self) -> &'static str {
        match self.kind {
            Kind::Canaille => "/oauth/token",
            Kind::OidcProvider => "/auth/realms/finfo/protocol/openid-connect/token",
        }
    }

    /// A page that answers 200 only to a living access token.
    pub(super) fn protected_path(&self) -> &'static str {
        match self.kind {
            Kind::Canaille => "/oauth/userinfo",
            Kind::OidcProvider => "/v1.0/suppliers/mysuppliers",
        }
    }

    /// One token request, made by this program itself.
    pub(super) fn token(&self, form: &[(&str, &str)]) -> Outcome<Answer> {
        let mut whole = vec![("client_id", CLIENT), ("client_secret", CLIENT_SECRET)];
        whole.extend_from_slice(form);
        http::post(self.port, self.token_path(), &whole)
    }

    /// True while the provider takes this access token.
    pub(super) fn accepts(&self, access_token: &str) -> Outcome<bool> {
        let answer = http::get(self.port, self.protected_path(), Some(access_token))?;
        Ok(answer.status == 200)
    }

    /// Counts what the provider itself wrote down about its grants.
    pub(super) fn grants(&self) -> Grants {
        grants(self.kind, &self.log_text())
    }

    /// The same, once the provider has had the time to write: it answers first.
    pub(super) fn settled_grants(&self) -> Grants {
        pause(Duration::from_millis(300));
        self.grants()
    }

    /// Where the provider writes.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    fn log_text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn grants(kind: Kind, log: &str) -> Grants {
    let mut grants = Grants::default();
    let mut requests = 0;
    for line in log.lines() {
        let (request, password, refresh) = match kind {
            Kind::Canaille => (
                line.contains(CANAILLE_TOKEN),
                line.contains("Issued password token"),
                line.contains("Issued refresh_token token"),
            ),
            Kind::OidcProvider => {
                let value: Value = serde_json::from_str(line).unwrap_or(Value::Null);
                let granted = value["status"] == 200;
                (
                    value["grant"].is_string(),
                    granted && value["grant"] == "password",
                    granted && value["grant"] == "refresh_token",
                )
            }
        };
        requests += usize::from(request);
        grants.password += usize::from(password);
        grants.refresh += usize::from(refresh);
    }
    grants.refused = requests.saturating_sub(grants.password + grants.refresh);
    grants
}

fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).naming("finding a free port")?;
    Ok(listener.local_addr().naming("finding a free port")?.port())
}

fn canaille(workspace: &Workspace, folder: &Path, port: u16, lives: Lifetimes) -> Outcome<Command> {
    let bin = python::environment(workspace, "oidc-venv", &[CANAILLE])?;
    let program = bin.join("canaille");
    let database = folder.join("db.sqlite");
    for old in ["db.sqlite", "db.sqlite-wal", "db.sqlite-shm"] {
        let old = folder.join(old);
        if old.exists() {
            fs::remove_file(&old).naming(old.display())?;
        }
    }
    let keys = folder.join("keys.txt");
    if !keys.is_file() {
        let key = |kind: &str| {
            run::output(
                workspace
                    .tool(&program)
                    .args(["jwk", "create", kind, "--format", "toml"]),
            )
        };
        let both = format!("{}, {}", key("rsa")?.trim(), key("okp")?.trim());
        fs::write(&keys, both).naming(keys.display())?;
    }
    let keys = fs::read_to_string(&keys).naming(keys.display())?;
    let configuration = folder.join("canaille.toml");
    let life = lives.access;
    let text = format!(
        "SECRET_KEY = \"only for tests\"\n\
         SERVER_NAME = \"127.0.0.1:{port}\"\n\
         PREFERRED_URL_SCHEME = \"http\"\n\
         OAUTH2_TOKEN_EXPIRES_IN = {{ password = {life}, refresh_token = {life} }}\n\
         [CANAILLE]\nDATABASE = \"sql\"\n\
         [CANAILLE_SQL]\nDATABASE_URI = \"sqlite:///{}\"\n\
         [CANAILLE_OIDC]\nREQUIRE_NONCE = false\nACTIVE_JWKS = [ {keys} ]\n",
        database.display()
    );
    fs::write(&configuration, text).naming(configuration.display())?;

    let call = |args: &[&str]| {
        let mut command = workspace.tool(&program);
        command.env("CANAILLE_CONFIG", &configuration).args(args);
        command
    };
    run::output(&mut call(&["install"]))?;
    run::output(&mut call(&[
        "create",
        "user",
        "--user-name",
        USER,
        "--password",
        PASSWORD,
        "--given-name",
        "Api",
        "--family-name",
        "User",
        "--emails",
        "api@example.test",
    ]))?;
    let origin = format!("http://127.0.0.1:{port}");
    run::output(&mut call(&[
        "create",
        "client",
        "--client-id",
        CLIENT,
        "--client-secret",
        CLIENT_SECRET,
        "--client-name",
        "finkit",
        "--client-uri",
        &origin,
        "--redirect-uris",
        "http://127.0.0.1/callback",
        "--token-endpoint-auth-method",
        "client_secret_post",
        "--grant-types",
        "password",
        "--grant-types",
        "refresh_token",
        "--scope",
        "openid",
        "--scope",
        "profile",
        "--scope",
        "email",
    ]))?;
    Ok(call(&[
        "run",
        "--bind",
        &format!("127.0.0.1:{port}"),
        "--accesslog",
        "-",
        "--access-log-format",
        CANAILLE_ACCESS,
    ]))
}

fn oidc_provider(
    workspace: &Workspace,
    folder: &Path,
    port: u16,
    lives: Lifetimes,
) -> Outcome<Command> {
    let node = debian::provide(workspace, "node", "nodejs")?;
    let stamp = folder.join("installed.txt");
    if !fs::read_to_string(&stamp).is_ok_and(|found| found == OIDC_PROVIDER) {
        let npm = debian::provide(workspace, "npm", "npm")?;
        let manifest = folder.join("package.json");
        fs::write(&manifest, "{\"private\": true, \"type\": \"module\"}\n")
            .naming(manifest.display())?;
        run::run(workspace.tool(npm).current_dir(folder).args([
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            OIDC_PROVIDER,
        ]))
        .map_err(|failure| {
            failure.with_remedy(
                "the package comes from the npm registry; this part needs to reach it once",
            )
        })?;
        fs::write(&stamp, OIDC_PROVIDER).naming(stamp.display())?;
    }
    let script = folder.join("openid-provider.mjs");
    let mut file = fs::File::create(&script).naming(script.display())?;
    file.write_all(OIDC_PROVIDER_SCRIPT.as_bytes())
        .naming(script.display())?;
    let mut command = Command::new(node);
    command
        .current_dir(folder)
        .arg(&script)
        .env("PORT", port.to_string())
        .env("ACCESS_SECONDS", lives.access.to_string())
        .env("REFRESH_SECONDS", lives.refresh.to_string())
        .env("CLIENT_ID", CLIENT)
        .env("CLIENT_SECRET", CLIENT_SECRET)
        .env("LOGIN_USERNAME", USER)
        .env("LOGIN_PASSWORD", PASSWORD);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_counted_from_the_providers_own_words() {
        let canaille = "SECURITY in logging: Issued password token for apiuser in client acme\n\
                        [2026-01-01 00:00:00 +0000] [1] [INFO] access POST /oauth/token 200\n\
                        access POST /oauth/token 400\naccess GET /oauth/userinfo 200\n\
                        SECURITY in logging: Issued refresh_token token for apiuser\n\
                        access POST /oauth/token 200\nother\n";
        let one_each = Grants {
            password: 1,
            refresh: 1,
            refused: 1,
        };
        assert_eq!(grants(Kind::Canaille, canaille), one_each);
        let node = "{\"grant\":\"password\",\"status\":200}\n\
                    {\"grant\":\"password\",\"status\":400}\n\
                    {\"grant\":\"refresh_token\",\"status\":200}\nwarning\n";
        assert_eq!(grants(Kind::OidcProvider, node), one_each);
        assert_eq!(
            one_each.since(Grants::password(1)),
            Grants {
                password: 0,
                ..one_each
            }
        );
    }
}
