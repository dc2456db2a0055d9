//! A command at the door: it enrols as a terminal, signs a person in, asks, signs out.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use renketsu_seal::durable;
use renketsu_seal::sign_in::Bearer;
use serde::Deserialize;
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use self::sending::{Body, Sending};
use crate::cookie;

mod packages;
mod sending;

pub use packages::{Came, Kept, Plain, Taking};

/// Until work is looked at again: soon at first, then as often as its page.
const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(2);

/// Why a command gets nothing from the server.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody serves the directory.
    #[error("nobody serves `{dir}`")]
    Closed {
        /// The directory.
        dir: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file can't be read.
    #[error("`{path}` can't be read")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A package isn't of the kind that is needed.
    #[error("`{path}` is a package of another kind")]
    OtherKind {
        /// Which.
        path: PathBuf,
    },
    /// The server ended, or isn't this program.
    #[error("the server of `{dir}` gave no answer that can be read")]
    Unread {
        /// The directory.
        dir: PathBuf,
    },
    /// The server refuses.
    #[error("refused: {code}")]
    Told {
        /// The code.
        code: String,
        /// Its named values.
        details: BTreeMap<String, String>,
        /// How the command ends.
        exit: u8,
    },
}

impl CallError {
    /// Codes of this enum with the names of their details; what a server tells has a code of its own.
    pub const CODES: &[(&str, &[&str])] = &[
        ("web.door.closed", &["dir"]),
        ("web.door.file", &["path"]),
        ("web.door.gone", &[]),
        ("web.door.kind", &["path"]),
        ("web.door.unread", &["dir"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::Closed { .. } => "web.door.closed",
            Self::File { .. } => "web.door.file",
            Self::OtherKind { .. } => "web.door.kind",
            Self::Unread { .. } => "web.door.unread",
            Self::Told { code, .. } => code,
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(String, String)> {
        match self {
            Self::Closed { dir, .. } | Self::Unread { dir } => {
                vec![("dir".to_owned(), dir.display().to_string())]
            }
            Self::File { path, .. } | Self::OtherKind { path } => {
                vec![("path".to_owned(), path.display().to_string())]
            }
            Self::Told { details, .. } => details.clone().into_iter().collect(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Closed { .. } | Self::Unread { .. } => 3,
            Self::File { .. } | Self::OtherKind { .. } => 2,
            Self::Told { exit, .. } => *exit,
        }
    }

    fn of_code(code: &str) -> Self {
        Self::Told {
            code: code.to_owned(),
            details: BTreeMap::new(),
            exit: 1,
        }
    }
}

/// A column of an answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the engine names it.
    pub kind: String,
    /// What its values are in JSON, as the engine names it.
    pub form: String,
}

/// An answer as the server shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Indexes of rows that may have to be suppressed before publication.
    pub small: Vec<usize>,
    /// Whether its rows speak of persons.
    pub of_persons: bool,
    /// Whether it has rows of single persons.
    pub row_level: bool,
    /// Whether the cap cut it.
    pub cut: bool,
}

/// What a sign-in needs after the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: the session is open.
    Nothing,
    /// The code of the second factor.
    Factor,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    details: BTreeMap<String, String>,
    exit: u8,
}

/// How far work is, and what came of it.
#[derive(Deserialize)]
struct Work {
    runs: bool,
    /// Of a question.
    answer: Option<Shown>,
    /// Of a link.
    version: Option<u64>,
    /// Of an import.
    imported: Option<Kept>,
    problem: Option<Problem>,
}

impl From<Problem> for CallError {
    fn from(problem: Problem) -> Self {
        Self::Told {
            code: problem.code,
            details: problem.details,
            exit: problem.exit,
        }
    }
}

struct Reply {
    status: StatusCode,
    location: String,
    body: Bytes,
}

/// A command at the door. It has nothing of a browser but the three secrets.
#[derive(Debug)]
pub struct Caller {
    dir: PathBuf,
    runtime: Runtime,
    origin: String,
    /// By the name of the cookie.
    secrets: BTreeMap<&'static str, Bearer>,
}

impl Caller {
    /// Goes to the door of a directory.
    pub fn at(dir: &Path) -> Result<Self, CallError> {
        let closed = |source| CallError::Closed {
            dir: dir.to_path_buf(),
            source,
        };
        let origin = durable::read_file(&super::origin(dir)).map_err(closed)?;
        let origin = String::from_utf8(origin).map_err(|_| CallError::Unread {
            dir: dir.to_path_buf(),
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(closed)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            runtime,
            origin,
            secrets: BTreeMap::new(),
        })
    }

    /// Becomes the terminal of a one-time code; gives the secret that it shows from now on.
    pub fn enrol(&mut self, code: &str) -> Result<Bearer, CallError> {
        let reply = self.send(&Method::POST, "/terminal", &[("code", code)])?;
        self.gone_to(&reply)?;
        self.secrets
            .remove(cookie::TERMINAL)
            .ok_or_else(|| self.unread())
    }

    /// Is the terminal of a secret.
    pub fn sit(&mut self, terminal: Bearer) {
        self.secrets.insert(cookie::TERMINAL, terminal);
    }

    /// Shows the password of a person.
    pub fn sign_in(&mut self, person: &str, password: &str) -> Result<Asked, CallError> {
        let fields = [("person", person), ("password", password)];
        let reply = self.send(&Method::POST, "/sign-in", &fields)?;
        Ok(match self.gone_to(&reply)? {
            "/" => Asked::Nothing,
            _ => Asked::Factor,
        })
    }

    /// Shows the code of a second factor.
    pub fn factor(&mut self, code: &str) -> Result<(), CallError> {
        let reply = self.send(&Method::POST, "/sign-in/totp", &[("totp", code)])?;
        self.gone_to(&reply).map(drop)
    }

    /// Asks a study, and waits for the answer.
    pub fn ask(&mut self, study: &str, sql: &str) -> Result<Shown, CallError> {
        self.work(study, "sql", &[("sql", sql)])?
            .answer
            .ok_or_else(|| self.unread())
    }

    /// Links the tables of a study, and waits until that is done; gives the version of the link.
    pub fn link(&mut self, study: &str) -> Result<u64, CallError> {
        self.work(study, "link", &[])?
            .version
            .ok_or_else(|| self.unread())
    }

    /// Makes a study for a provision.
    pub fn create(&mut self, study: &str, provision: &str) -> Result<(), CallError> {
        let fields = [("study", study), ("provision", provision)];
        let reply = self.post("/studies", &fields)?;
        self.gone_to(&reply).map(drop)
    }

    /// Confirms that a version of a reference table holds no person.
    pub fn approve(&mut self, study: &str, table: &str, version: u64) -> Result<(), CallError> {
        let version = version.to_string();
        let fields = [("table", table), ("version", version.as_str())];
        let reply = self.post(&of_study(study, "references")?, &fields)?;
        self.gone_to(&reply).map(drop)
    }

    /// Begins work at a page of a study, and waits until it ends.
    fn work(
        &mut self,
        study: &str,
        page: &str,
        fields: &[(&str, &str)],
    ) -> Result<Work, CallError> {
        self.done(&of_study(study, page)?, fields)
    }

    /// Begins work at an address, and waits until it ends.
    fn done(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Work, CallError> {
        let reply = self.post(path, fields)?;
        let begun = self.gone_to(&reply)?.to_owned();
        let told: Work = self.settled(&begun, |told: &Work| !told.runs)?;
        match told.problem {
            Some(problem) => Err(problem.into()),
            None => Ok(told),
        }
    }

    /// What a page says once its work is over.
    fn settled<T: for<'de> Deserialize<'de>>(
        &mut self,
        page: &str,
        is_over: impl Fn(&T) -> bool,
    ) -> Result<T, CallError> {
        let page = format!("{page}?by-itself");
        let mut wait = SOON;
        loop {
            let reply = self.send(&Method::GET, &page, &[])?;
            if reply.status != StatusCode::OK {
                self.gone_to(&reply)?;
                return Err(self.unread());
            }
            let told: T = serde_json::from_slice(&reply.body).map_err(|_| self.unread())?;
            if is_over(&told) {
                return Ok(told);
            }
            self.runtime
                .block_on(async { tokio::time::sleep(wait).await });
            wait = wait.saturating_mul(2).min(LATER);
        }
    }

    /// Sends a form of this session.
    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Reply, CallError> {
        let form = self.form();
        let mut sent = vec![("form", form.as_str())];
        sent.extend(fields);
        self.send(&Method::POST, path, &sent)
    }

    /// What a form of this session carries.
    fn form(&self) -> String {
        let form = self.secrets.get(cookie::SESSION).map(Bearer::for_forms);
        form.unwrap_or_default()
    }

    /// Ends the session.
    pub fn sign_out(&mut self) -> Result<(), CallError> {
        let reply = self.send(&Method::POST, "/sign-out", &[])?;
        self.secrets.remove(cookie::SESSION);
        if reply.status == StatusCode::SEE_OTHER {
            return Ok(());
        }
        self.gone_to(&reply).map(drop)
    }

    /// Where the server sends on whoever did what was asked; else what it refuses.
    fn gone_to<'a>(&self, reply: &'a Reply) -> Result<&'a str, CallError> {
        if reply.status != StatusCode::SEE_OTHER {
            let problem: Problem =
                serde_json::from_slice(&reply.body).map_err(|_| self.unread())?;
            return Err(problem.into());
        }
        match reply.location.as_str() {
            // A terminal is sent there once it is one, everybody else for want of a session.
            "/sign-in" if !self.secrets.contains_key(cookie::TERMINAL) || self.signing_in() => {
                Err(CallError::of_code("web.sign_in"))
            }
            "/lock" => Err(CallError::of_code("web.locked")),
            location => Ok(location),
        }
    }

    fn signing_in(&self) -> bool {
        self.secrets.contains_key(cookie::SESSION) || self.secrets.contains_key(cookie::STEP)
    }

    fn unread(&self) -> CallError {
        CallError::Unread {
            dir: self.dir.clone(),
        }
    }

    fn send(
        &mut self,
        method: &Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Reply, CallError> {
        let body = (*method == Method::POST).then(|| sending::form(fields));
        self.exchange(method, path, body)
    }

    fn exchange(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<Sending>,
    ) -> Result<Reply, CallError> {
        let request = self.request(method, path, body)?;
        let (socket, dir) = (super::socket(&self.dir), &self.dir);
        let unread = |_| CallError::Unread { dir: dir.clone() };
        // A connection for each request: somebody may take long to type, and the server waits for nobody.
        let exchange = async {
            let stream = UnixStream::connect(socket)
                .await
                .map_err(|source| CallError::Closed {
                    dir: dir.clone(),
                    source,
                })?;
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
                .await
                .map_err(unread)?;
            // Its errors reach whoever waits for a response.
            tokio::spawn(connection);
            let response = sender.send_request(request).await.map_err(unread)?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(unread)?.to_bytes();
            Ok::<_, CallError>((parts, body))
        };
        let (parts, body) = self.runtime.block_on(exchange)?;
        self.keep(&parts.headers);
        let location = parts.headers.get(header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        Ok(Reply {
            status: parts.status,
            location: location.unwrap_or_default().to_owned(),
            body,
        })
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Option<Sending>,
    ) -> Result<Request<Body>, CallError> {
        let host = self.origin.strip_prefix("https://").unwrap_or_default();
        let mut cookies = Zeroizing::new(String::new());
        for (name, secret) in &self.secrets {
            let between = if cookies.is_empty() { "" } else { "; " };
            for part in [between, *name, "=", secret.reveal().as_str()] {
                cookies.push_str(part);
            }
        }
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, "application/json");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.as_str());
        }
        let mut sent = sending::nothing();
        if let Some(sending) = body {
            request = request
                .header(header::ORIGIN, &self.origin)
                .header(header::CONTENT_TYPE, sending.kind)
                .header(header::CONTENT_LENGTH, sending.length);
            sent = sending.body;
        }
        request.body(sent).map_err(|_| self.unread())
    }

    /// Keeps the secrets that an answer sets, and drops those it takes away.
    fn keep(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let Some((name, value)) = line
                .to_str()
                .ok()
                .and_then(|line| line.split(';').next())
                .and_then(|pair| pair.split_once('='))
            else {
                continue;
            };
            let ours = [cookie::TERMINAL, cookie::STEP, cookie::SESSION];
            let Some(name) = ours.into_iter().find(|known| *known == name) else {
                continue;
            };
            match Bearer::parse(value) {
                Some(secret) => self.secrets.insert(name, secret),
                None => self.secrets.remove(name),
            };
        }
    }
}

/// The address of a page of a study.
fn of_study(study: &str, page: &str) -> Result<String, CallError> {
    // Whatever else a study's name holds isn't one.
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if study.chars().all(named) {
        return Ok(format!("/studies/{study}/{page}"));
    }
    Err(CallError::of_code("web.not_found"))
}
