//! `producer send`: a request to the authority's service and its answer back, through cuts of the connection.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use renketsu_seal::durable::{self, NewFile};
use renketsu_store::{Event, Store};
use rustls::CertificateError;
use rustls::pki_types::ServerName;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::desk::{Clock, TRANSPORT};
use crate::link::Link;
use crate::routes::{CHUNK, OFFSET};
use crate::spool::Sha256Hex;
use crate::tls;

mod fault;
mod told;
mod tries;

pub use fault::SendError;
use told::{AnswerTold, BegunTold, ProblemTold, RequestTold, shown};
use tries::Tries;

/// Bytes that go in one request.
const PIECE: u64 = 4 << 20;
/// How long one look at the state of a request waits at the authority.
const WAIT: u64 = 30;
/// No exchange takes longer than this without a byte.
const PATIENCE: Duration = Duration::from_secs(90);
/// What the service says in JSON is far shorter.
const LONGEST: usize = 64 * 1024;

/// What to send.
#[derive(Clone, Debug)]
pub struct SendOrder {
    /// The sealed request.
    pub request: PathBuf,
    /// Where the answer goes, if it is waited for; nothing may be there.
    pub out: Option<PathBuf>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Delivered {
    /// SHA-256 of the sealed request, by which the service knows it.
    pub request: String,
    /// `accepted`, `held` where it waits for the authority to do something, or `answered` where the answer was fetched.
    pub state: &'static str,
    /// The code of what it waits for.
    pub reason: Option<String>,
    /// The file of the answer.
    pub answer: Option<PathBuf>,
    /// SHA-256 of the answer.
    pub answer_sha256: Option<String>,
}

/// Sends a request; with `out`, waits for the answer and fetches it. `progress` hears how many bytes arrived. Sent again, the
/// same request gets the same answer.
pub fn send(
    link: &Link,
    store: &mut Store,
    clock: &Clock,
    order: &SendOrder,
    progress: &mut dyn FnMut(u64),
) -> Result<Delivered, SendError> {
    store.not_halted()?;
    if let Some(out) = &order.out
        && out.symlink_metadata().is_ok()
    {
        return Err(SendError::Exists { file: out.clone() });
    }
    let file = |source| SendError::Io {
        file: order.request.clone(),
        source,
    };
    let (length, sha256) = measure(&order.request).map_err(file)?;
    let config =
        tls::client(&link.root, &link.certificate, &link.key, clock).map_err(SendError::Tls)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(file)?;
    let mut exchange = Exchange {
        link,
        connector: TlsConnector::from(Arc::new(config)),
        open: None,
    };
    runtime.block_on(async {
        let told = exchange
            .upload(&order.request, length, &sha256, progress)
            .await?;
        note(store, clock, "service.sent", &sha256, None)?;
        let Some(out) = &order.out else {
            let held = told.state == "held";
            return Ok(Delivered {
                request: sha256.clone(),
                state: if held { "held" } else { "accepted" },
                reason: told.reason.filter(|_| held).map(shown),
                answer: None,
                answer_sha256: None,
            });
        };
        let answer = exchange.end(&sha256).await?;
        exchange.fetch(&sha256, &answer, out).await?;
        note(
            store,
            clock,
            "service.received",
            &sha256,
            Some(&answer.sha256),
        )?;
        Ok(Delivered {
            request: sha256.clone(),
            state: "answered",
            reason: None,
            answer: Some(out.clone()),
            answer_sha256: Some(answer.sha256),
        })
    })
}

fn note(
    store: &mut Store,
    clock: &Clock,
    action: &str,
    request: &str,
    answer: Option<&str>,
) -> Result<(), SendError> {
    let mut event = Event::new(action, request, clock.now()).with("transport", TRANSPORT);
    if let Some(answer) = answer {
        event = event.with("answer_sha256", answer);
    }
    Ok(store.begin()?.commit(&event)?)
}

fn measure(path: &Path) -> io::Result<(u64, String)> {
    let mut file = durable::open_file(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut length = 0_u64;
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                hash.update(buffer.get(..read).unwrap_or_default());
                length = length.saturating_add(read as u64);
            }
        }
    }
    Ok((length, data_encoding::HEXLOWER.encode(&hash.finalize())))
}

/// A response with its body still to be read.
type Response = hyper::Response<Incoming>;

/// Whether something is worth another try, and what it was.
enum Trouble {
    Passing(SendError),
    Lasting(SendError),
}

impl From<SendError> for Trouble {
    fn from(error: SendError) -> Self {
        Self::Lasting(error)
    }
}

/// The connection, opened again whenever it is gone.
struct Exchange<'a> {
    link: &'a Link,
    connector: TlsConnector,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Exchange<'_> {
    fn unreachable(&self, source: io::Error) -> SendError {
        SendError::Unreachable {
            host: self.link.host.clone(),
            port: self.link.port,
            source,
        }
    }

    /// A failure below HTTP. A certificate that one side does not believe is not believed a second later either.
    fn failed(&self, source: io::Error) -> Trouble {
        let tls = source
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let host = || self.link.host.clone();
        match tls {
            // The chain was looked at before the name.
            Some(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Trouble::Lasting(SendError::Host { host: host() }),
            Some(rustls::Error::InvalidCertificate(_)) => {
                Trouble::Lasting(SendError::Server { host: host() })
            }
            Some(rustls::Error::AlertReceived(_)) => {
                Trouble::Lasting(SendError::Certificate { host: host() })
            }
            Some(_) | None => Trouble::Passing(self.unreachable(source)),
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Trouble> {
        let link = self.link;
        let name = ServerName::try_from(link.host.clone()).map_err(|_| {
            Trouble::Lasting(SendError::Server {
                host: link.host.clone(),
            })
        })?;
        let connecting = async {
            let stream = TcpStream::connect((link.host.as_str(), link.port)).await?;
            // Only a matter of speed.
            stream.set_nodelay(true).ok();
            self.connector.connect(name, stream).await
        };
        let stream = tokio::time::timeout(PATIENCE, connecting)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|source| self.failed(source))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broke(error))?;
        // Its errors reach whoever waits for a response.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// In TLS 1.3 a client hears only after the handshake that its certificate was refused.
    fn broke(&self, error: hyper::Error) -> Trouble {
        let mut cause = std::error::Error::source(&error);
        while let Some(current) = cause {
            if let Some(source) = current.downcast_ref::<io::Error>() {
                let tls = source
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<rustls::Error>());
                if matches!(tls, Some(rustls::Error::AlertReceived(_))) {
                    let host = self.link.host.clone();
                    return Trouble::Lasting(SendError::Certificate { host });
                }
            }
            cause = current.source();
        }
        Trouble::Passing(self.unreachable(io::Error::other(error)))
    }

    async fn once(&mut self, request: Request<Full<Bytes>>) -> Result<Response, Trouble> {
        let mut sender = match self.open.take() {
            Some(open) if open.is_ready() => open,
            Some(_) | None => self.connect().await?,
        };
        sender.ready().await.map_err(|error| self.broke(error))?;
        let response = tokio::time::timeout(PATIENCE, sender.send_request(request))
            .await
            .map_err(|_| Trouble::Passing(self.unreachable(io::ErrorKind::TimedOut.into())))?
            .map_err(|error| self.broke(error))?;
        self.open = Some(sender);
        Ok(response)
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let host = if self.link.host.contains(':') {
            format!("[{}]:{}", self.link.host, self.link.port)
        } else {
            format!("{}:{}", self.link.host, self.link.port)
        };
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
    }

    async fn json<T: DeserializeOwned>(&mut self, response: Response) -> Result<T, Trouble> {
        let body = Limited::new(response.into_body(), LONGEST);
        let bytes = body
            .collect()
            .await
            .map_err(|_| Trouble::Passing(self.unreachable(io::ErrorKind::UnexpectedEof.into())))?
            .to_bytes();
        serde_json::from_slice(&bytes).map_err(|_| Trouble::Lasting(SendError::Unexpected))
    }

    /// The response if it is none of a problem.
    async fn fine(&mut self, request: Request<Full<Bytes>>) -> Result<Response, Trouble> {
        let response = self.once(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem: ProblemTold = self.json(response).await?;
        let error = SendError::Refused {
            status: status.as_u16(),
            problem: shown(problem.code),
            reason: shown(problem.reason.unwrap_or_else(|| "-".to_owned())),
        };
        let passing = matches!(
            status,
            StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::INSUFFICIENT_STORAGE
        ) || matches!(
            &error,
            SendError::Refused { problem, .. }
                if problem == "service.offset" || problem == "service.upload_busy" || problem == "service.cut"
        );
        Err(if passing {
            Trouble::Passing(error)
        } else {
            Trouble::Lasting(error)
        })
    }

    async fn asked<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<T, Trouble> {
        let mut request = self.request(method, path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Full::from(body.unwrap_or_default()))
            .map_err(|_| SendError::Unexpected)?;
        let response = self.fine(request).await?;
        self.json(response).await
    }

    /// Brings the bytes over until the authority says that it has accepted them.
    async fn upload(
        &mut self,
        file: &Path,
        length: u64,
        sha256: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<RequestTold, SendError> {
        let mut tries = Tries::new();
        let mut furthest = 0_u64;
        loop {
            let mut arrived = |at| {
                furthest = furthest.max(at);
                progress(at);
            };
            let outcome = self.upload_once(file, length, sha256, &mut arrived).await;
            match outcome {
                Ok(told) => return Ok(told),
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(error)) => {
                    self.open = None;
                    tries.again(furthest, error).await?;
                }
            }
        }
    }

    async fn upload_once(
        &mut self,
        path: &Path,
        length: u64,
        sha256: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<RequestTold, Trouble> {
        let declared = serde_json::json!({ "sha256": sha256, "length": length }).to_string();
        let begun: BegunTold = self
            .asked(Method::POST, "/v1/uploads", Some(declared))
            .await?;
        if let Some(known) = begun.request {
            return Ok(known);
        }
        let upload = begun.upload.ok_or(SendError::Unexpected)?;
        let id_is_plain = upload
            .upload
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric());
        if !id_is_plain || upload.offset > length {
            return Err(SendError::Unexpected.into());
        }
        let io = |source| SendError::Io {
            file: path.to_owned(),
            source,
        };
        let mut file = durable::open_file(path).map_err(io)?;
        let mut at = upload.offset;
        let address = format!("/v1/uploads/{}", upload.upload);
        while at < length {
            let piece = piece(&mut file, at, length).map_err(io)?;
            let end = at.saturating_add(piece.len() as u64);
            let request = self
                .request(Method::PATCH, &address)
                .header(header::CONTENT_TYPE, CHUNK)
                .header(OFFSET, at)
                .body(Full::from(piece))
                .map_err(|_| SendError::Unexpected)?;
            self.fine(request).await?;
            at = end;
            progress(at);
        }
        let completed = serde_json::json!({ "upload": upload.upload }).to_string();
        self.asked(Method::POST, "/v1/requests", Some(completed))
            .await
    }

    /// Waits until the request has its end.
    async fn end(&mut self, sha256: &str) -> Result<AnswerTold, SendError> {
        let path = format!("/v1/requests/{sha256}?wait={WAIT}");
        let mut tries = Tries::new();
        loop {
            match self.asked::<RequestTold>(Method::GET, &path, None).await {
                Ok(told) => match (told.state.as_str(), told.answer) {
                    ("accepted", _) => tries = Tries::new(),
                    ("answered", Some(answer)) => return Ok(answer),
                    ("held", _) => {
                        return Err(SendError::Held {
                            reason: shown(told.reason.unwrap_or_default()),
                        });
                    }
                    ("refused", _) => {
                        return Err(SendError::Rejected {
                            reason: shown(told.reason.unwrap_or_default()),
                        });
                    }
                    (_, _) => return Err(SendError::Unexpected),
                },
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(error)) => {
                    self.open = None;
                    tries.again(0, error).await?;
                }
            }
        }
    }

    /// Fetches the answer into a file that appears whole and right or not at all.
    async fn fetch(
        &mut self,
        sha256: &str,
        answer: &AnswerTold,
        out: &Path,
    ) -> Result<(), SendError> {
        let io = |source: io::Error| {
            let file = out.to_owned();
            if source.kind() == io::ErrorKind::AlreadyExists {
                SendError::Exists { file }
            } else {
                SendError::Io { file, source }
            }
        };
        if Sha256Hex::parse(&answer.sha256).is_none() {
            return Err(SendError::Unexpected);
        }
        let mut arriving = Arriving {
            file: NewFile::create(out).map_err(io)?,
            hash: Sha256::new(),
            at: 0,
        };
        let mut tries = Tries::new();
        while arriving.at < answer.bytes {
            match self.fetch_once(sha256, answer, &mut arriving, &io).await {
                Ok(()) => {}
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(error)) => {
                    self.open = None;
                    tries.again(arriving.at, error).await?;
                }
            }
        }
        let Arriving { file, hash, .. } = arriving;
        if data_encoding::HEXLOWER.encode(&hash.finalize()) != answer.sha256 {
            return Err(SendError::Digest);
        }
        file.commit().map_err(io)
    }

    async fn fetch_once(
        &mut self,
        sha256: &str,
        answer: &AnswerTold,
        arriving: &mut Arriving,
        io: &impl Fn(io::Error) -> SendError,
    ) -> Result<(), Trouble> {
        let mut request = self.request(Method::GET, &format!("/v1/requests/{sha256}/answer"));
        let whole = arriving.at == 0;
        if !whole {
            request = request
                .header(header::RANGE, format!("bytes={}-", arriving.at))
                .header(header::IF_RANGE, format!("\"{}\"", answer.sha256));
        }
        let request = request
            .body(Full::default())
            .map_err(|_| SendError::Unexpected)?;
        let response = self.fine(request).await?;
        let expected = if whole {
            StatusCode::OK
        } else {
            StatusCode::PARTIAL_CONTENT
        };
        if response.status() != expected {
            return Err(SendError::Unexpected.into());
        }
        let mut body = response.into_body();
        let cut = || self.unreachable(io::ErrorKind::UnexpectedEof.into());
        while arriving.at < answer.bytes {
            let frame = tokio::time::timeout(PATIENCE, body.frame())
                .await
                .map_err(|_| Trouble::Passing(cut()))?
                .ok_or_else(|| Trouble::Passing(cut()))?
                .map_err(|_| Trouble::Passing(cut()))?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            arriving.at = arriving.at.saturating_add(bytes.len() as u64);
            if arriving.at > answer.bytes {
                return Err(SendError::Digest.into());
            }
            arriving.hash.update(&bytes);
            arriving.file.write_all(&bytes).map_err(io)?;
        }
        Ok(())
    }
}

/// An answer on its way.
struct Arriving {
    file: NewFile,
    hash: Sha256,
    at: u64,
}

fn piece(file: &mut File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let wanted = length.saturating_sub(at).min(PIECE);
    let mut bytes = Vec::new();
    file.take(wanted).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == wanted {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
