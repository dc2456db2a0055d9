//! The interface over HTTP, version 1 (`openapi.json`).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, patch, post};
use http_body_util::BodyExt as _;
use renketsu_store::{RequestEnd, ServiceRequest};
use serde::{Deserialize, Serialize};

use crate::answer;
use crate::desk::{Begun, Desk, Sender};
use crate::problem::{Fault, Problem, Words};
use crate::spool::{Sha256Hex, Upload};

/// The interface as `OpenAPI` 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// A small body is one of these bytes at most.
const SMALL: usize = 4096;
/// Bytes of an upload are kept in pieces of this size.
const PIECE: usize = 1 << 20;
/// Seconds after which it is worth asking again for a request that waits for the authority.
const HELD_PAUSE: &str = "300";
pub(crate) const OFFSET: &str = "upload-offset";
const LENGTH: &str = "upload-length";
pub(crate) const CHUNK: &str = "application/octet-stream";

/// What every handler is given.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) desk: Arc<Desk>,
    pub(crate) words: Arc<Words>,
}

/// SHA-256 of the certificate the connection was opened with.
#[derive(Clone, Debug)]
pub(crate) struct Certificate(pub(crate) String);

type Answered = Result<Response<Body>, Problem>;

/// Work that blocks on a disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(Fault::Storage.into()))
}

/// Every path with its methods; `openapi.json` has the same.
fn routes() -> [(&'static str, MethodRouter<Served>); 6] {
    [
        ("/v1/openapi.json", get(openapi)),
        ("/v1/uploads", post(begin)),
        (
            "/v1/uploads/{upload}",
            patch(append).get(standing).delete(drop_upload),
        ),
        ("/v1/requests", post(accept)),
        ("/v1/requests/{digest}", get(status)),
        ("/v1/requests/{digest}/answer", get(answer::send)),
    ]
}

/// The router; the certificate of the connection stands in the extensions of each request.
pub(crate) fn router(served: Served) -> Router {
    let mut router = Router::new();
    for (path, methods) in routes() {
        router = router.route(path, methods);
    }
    router
        .fallback(|| async { Problem::from(Fault::Path) })
        .method_not_allowed_fallback(|| async { Problem::from(Fault::Method) })
        .layer(middleware::from_fn_with_state(served.clone(), admit))
        .with_state(served)
}

/// The middleware says it in the language of the request.
impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.fault.status();
        response.extensions_mut().insert(self);
        response
    }
}

/// Nothing is done for a certificate that is not enrolled any more, or whose card is not trusted any more. What goes wrong
/// is told in the reader's language.
async fn admit(State(served): State<Served>, mut request: Request, next: Next) -> Response<Body> {
    let headers = request.headers().clone();
    let shown = request.extensions().get::<Certificate>().cloned();
    let desk = Arc::clone(&served.desk);
    let sender = blocking(move || {
        let Certificate(sha256) = shown.ok_or(Fault::Sender)?;
        desk.sender(&sha256)
    })
    .await;
    let response = match sender {
        Ok(sender) => {
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    let mut response = match response.extensions().get::<Problem>() {
        Some(problem) => {
            let mut told = served.words.response(problem, &headers);
            if let Some(allow) = response.headers().get(header::ALLOW) {
                told.headers_mut().insert(header::ALLOW, allow.clone());
            }
            told
        }
        None => response,
    };
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    kept.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    served.desk.metrics.response(response.status().as_u16());
    response
}

pub(crate) fn sender(request: &Request) -> Result<Sender, Problem> {
    let found = request.extensions().get::<Sender>();
    found.cloned().ok_or_else(|| Fault::Sender.into())
}

/// The part of the path that has a name.
pub(crate) async fn named(request: &mut Request, unknown: Fault) -> Result<String, Problem> {
    use axum::RequestExt as _;
    let Path(name) = request
        .extract_parts::<Path<String>>()
        .await
        .map_err(|_| unknown)?;
    Ok(name)
}

fn json<T: Serialize>(status: StatusCode, body: &T) -> Response<Body> {
    // Structs of texts and numbers can't fail to serialise.
    let mut response = Response::new(Body::from(serde_json::to_vec(body).unwrap_or_default()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// Whether the body is said to be of this media type; parameters don't matter.
fn is_media(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
}

/// The next piece of a body; `None` at its end.
async fn piece(body: &mut Body, patience: Duration) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = tokio::time::timeout(patience, body.frame())
            .await
            .map_err(|_| Fault::Slow)?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(Fault::Cut.into()),
            Some(Ok(frame)) => {
                // Trailers say nothing here.
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

async fn small<T: for<'de> Deserialize<'de>>(
    request: Request,
    patience: Duration,
) -> Result<T, Problem> {
    if !is_media(request.headers(), "application/json") {
        return Err(Fault::MediaType.into());
    }
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    while let Some(piece) = piece(&mut body, patience).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > SMALL {
            return Err(Fault::Large.into());
        }
    }
    serde_json::from_slice(&bytes).map_err(|_| Fault::Body.into())
}

async fn openapi() -> Response<Body> {
    let mut response = Response::new(Body::from(OPENAPI));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// An upload as its sender sees it.
#[derive(Serialize)]
struct UploadTold<'a> {
    upload: &'a str,
    sha256: &'a str,
    offset: u64,
    length: u64,
}

impl<'a> From<&'a Upload> for UploadTold<'a> {
    fn from(upload: &'a Upload) -> Self {
        Self {
            upload: &upload.id,
            sha256: upload.sha256(),
            offset: upload.offset(),
            length: upload.length(),
        }
    }
}

/// A request as its sender sees it.
#[derive(Serialize)]
struct RequestTold<'a> {
    request: &'a str,
    package: &'a str,
    provision: &'a str,
    bytes: u64,
    state: &'static str,
    accepted_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<AnswerTold<'a>>,
}

#[derive(Serialize)]
struct AnswerTold<'a> {
    package: &'a str,
    sha256: &'a str,
    bytes: u64,
    expires_at: String,
}

impl<'a> From<&'a ServiceRequest> for RequestTold<'a> {
    fn from(request: &'a ServiceRequest) -> Self {
        let held = request.hold.as_ref().map(|hold| hold.code.as_str());
        let (state, reason, answer) = match &request.end {
            None if held.is_some() => ("held", held, None),
            None => ("accepted", None, None),
            Some(RequestEnd::Refused(code)) => ("refused", Some(code.as_str()), None),
            Some(RequestEnd::Answered(answer)) => (
                "answered",
                None,
                Some(AnswerTold {
                    package: &answer.package,
                    sha256: &answer.sha256,
                    bytes: answer.bytes,
                    expires_at: answer.expires_at.to_string(),
                }),
            ),
        };
        Self {
            request: &request.sha256,
            package: &request.package,
            provision: &request.provision,
            bytes: request.bytes,
            state,
            accepted_at: request.accepted_at.to_string(),
            ended_at: request.ended_at.map(|at| at.to_string()),
            reason,
            answer,
        }
    }
}

/// One of both.
#[derive(Serialize)]
struct BegunTold<'a> {
    upload: Option<UploadTold<'a>>,
    request: Option<RequestTold<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BeginBody {
    sha256: String,
    length: u64,
}

async fn begin(State(served): State<Served>, request: Request) -> Answered {
    let sender = sender(&request)?;
    let desk = served.desk;
    let asked: BeginBody = small(request, desk.limits.body).await?;
    let sha256 = Sha256Hex::parse(&asked.sha256).ok_or(Fault::Body)?;
    let begun = blocking(move || desk.begin(&sender, &sha256, asked.length)).await?;
    Ok(match &begun {
        Begun::Known(known) => json(
            StatusCode::OK,
            &BegunTold {
                upload: None,
                request: Some(known.as_ref().into()),
            },
        ),
        Begun::Upload { upload, new } => {
            let status = if *new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let told = BegunTold {
                upload: Some(upload.as_ref().into()),
                request: None,
            };
            located(json(status, &told), &format!("/v1/uploads/{}", upload.id))
        }
    })
}

fn located(mut response: Response<Body>, path: &str) -> Response<Body> {
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}

fn standing_at(mut response: Response<Body>, upload: &Upload) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(upload.offset()));
    headers.insert(LENGTH, HeaderValue::from(upload.length()));
    response
}

async fn found(served: &Served, request: &mut Request) -> Result<Arc<Upload>, Problem> {
    let sender = sender(request)?;
    let id = named(request, Fault::Upload).await?;
    served.desk.upload(&sender, &id)
}

async fn standing(State(served): State<Served>, mut request: Request) -> Answered {
    let upload = found(&served, &mut request).await?;
    let told = UploadTold::from(upload.as_ref());
    Ok(standing_at(json(StatusCode::OK, &told), &upload))
}

async fn drop_upload(State(served): State<Served>, mut request: Request) -> Answered {
    let upload = found(&served, &mut request).await?;
    let turn = Arc::clone(&upload.turn)
        .try_lock_owned()
        .map_err(|_| Fault::UploadBusy)?;
    blocking(move || {
        let _turn = turn;
        Ok(served.desk.spool.drop_upload(&upload)?)
    })
    .await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

async fn append(State(served): State<Served>, mut request: Request) -> Answered {
    let upload = found(&served, &mut request).await?;
    if !is_media(request.headers(), CHUNK) {
        return Err(Fault::MediaType.into());
    }
    let mut at = request
        .headers()
        .get(OFFSET)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|value| value.parse::<u64>().ok())
        .ok_or(Fault::Head)?;
    let mut turn = Arc::clone(&upload.turn)
        .try_lock_owned()
        .map_err(|_| Fault::UploadBusy)?;
    if at != upload.offset() {
        return Err(Problem::at(upload.offset()));
    }
    let desk = served.desk;
    let mut body = request.into_body();
    let mut buffer = Vec::with_capacity(PIECE);
    let ended = loop {
        let next = piece(&mut body, desk.limits.body).await;
        if let Ok(Some(bytes)) = &next {
            buffer.extend_from_slice(bytes);
            if buffer.len() < PIECE {
                continue;
            }
        }
        // What came is kept, also of a body that was cut off.
        if !buffer.is_empty() {
            let (kept, from) = (Arc::clone(&upload), at);
            let bytes = std::mem::replace(&mut buffer, Vec::with_capacity(PIECE));
            desk.metrics.received(bytes.len() as u64);
            // The turn goes along: a request that is dropped meanwhile lets nobody else write before this is done.
            let at_desk = Arc::clone(&desk);
            let wrote = blocking(move || Ok((at_desk.write(&kept, from, &bytes)?, turn)));
            (at, turn) = wrote.await?;
        }
        match next {
            Ok(Some(_)) => {}
            Ok(None) => break Ok(()),
            Err(problem) => break Err(problem),
        }
    };
    drop(turn);
    ended?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(standing_at(response, &upload))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptBody {
    upload: String,
}

async fn accept(State(served): State<Served>, request: Request) -> Answered {
    let sender = sender(&request)?;
    let desk = served.desk;
    let asked: AcceptBody = small(request, desk.limits.body).await?;
    let upload = desk.upload(&sender, &asked.upload)?;
    let turn = Arc::clone(&upload.turn)
        .try_lock_owned()
        .map_err(|_| Fault::UploadBusy)?;
    let accepted = blocking(move || {
        let _turn = turn;
        desk.accept(&sender, &upload)
    })
    .await?;
    let status = if accepted.end.is_some() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let told = RequestTold::from(&accepted);
    let path = format!("/v1/requests/{}", accepted.sha256);
    Ok(located(json(status, &told), &path))
}

/// `?wait=SECONDS` and nothing else.
fn wait(query: Option<&str>, longest: Duration) -> Result<Duration, Problem> {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Ok(Duration::ZERO);
    };
    let seconds = query
        .strip_prefix("wait=")
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse::<u64>().ok())
        .ok_or(Fault::Query)?;
    Ok(Duration::from_secs(seconds).min(longest))
}

async fn status(State(served): State<Served>, mut request: Request) -> Answered {
    let sender = sender(&request)?;
    let digest = named(&mut request, Fault::Request).await?;
    let desk = served.desk;
    let wait = wait(request.uri().query(), desk.limits.wait)?;
    // From before the first look: an end between the look and the wait is heard.
    let mut bell = desk.bell.subscribe();
    let patience = tokio::time::sleep(wait);
    tokio::pin!(patience);
    loop {
        let (at, who, asked) = (Arc::clone(&desk), sender.clone(), digest.clone());
        let found = blocking(move || at.request(&who, &asked)).await?;
        // What waits for the authority can wait for days.
        let held = found.end.is_none() && found.hold.is_some();
        if held || found.end.is_some() || wait.is_zero() || patience.is_elapsed() {
            let mut response = json(StatusCode::OK, &RequestTold::from(&found));
            if held {
                let pause = HeaderValue::from_static(HELD_PAUSE);
                response.headers_mut().insert(header::RETRY_AFTER, pause);
            }
            return Ok(response);
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = &mut patience => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_bounded_and_nothing_else_is_asked() {
        let longest = Duration::from_mins(1);
        for (query, seconds) in [
            (None, 0),
            (Some(""), 0),
            (Some("wait=5"), 5),
            (Some("wait=999"), 60),
        ] {
            assert_eq!(wait(query, longest), Ok(Duration::from_secs(seconds)));
        }
        for query in ["wait=", "wait=-1", "wait=+1", "wait=5&wait=6", "x=1"] {
            assert_eq!(wait(Some(query), longest), Err(Fault::Query.into()));
        }
    }

    /// Every path and method of the interface is documented, and nothing else is.
    #[test]
    fn the_document_has_the_routes() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let mut documented: Vec<&String> = paths.keys().collect();
        documented.sort_unstable();
        let mut served: Vec<&str> = routes().iter().map(|(path, _)| *path).collect();
        served.sort_unstable();
        assert_eq!(documented, served);
    }
}
