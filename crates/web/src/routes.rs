//! Every page by its address. The list is data, so that a test walks all of it and an address can't be forgotten.

pub(crate) mod demo;
pub(crate) mod enrol;
pub(crate) mod home;
pub(crate) mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get, post};

use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Speaks};
use crate::{assets, headers, origin};

/// Who may come to an address at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody who reaches the machine.
    Nothing,
    /// An enrolled terminal.
    Terminal,
    /// A session, locked or not.
    Session,
    /// An open session; the policies decide the rest.
    SignIn,
}

/// An address of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address, as axum writes it.
    pub path: &'static str,
    /// Who may come to it.
    pub needs: Needs,
}

macro_rules! routes {
    ($($method:ident $path:literal $needs:ident $handler:path;)*) => {
        /// Every address.
        pub const ROUTES: &[Route] = &[$(Route {
            method: routes!(@ $method),
            path: $path,
            needs: Needs::$needs,
        }),*];

        fn routed() -> Vec<(&'static str, MethodRouter<Arc<Office>>)> {
            vec![$(($path, $method($handler))),*]
        }
    };
    (@ get) => { "GET" };
    (@ post) => { "POST" };
}

routes! {
    get "/assets/{name}" Nothing assets::serve;
    get "/demo" Nothing demo::page;
    post "/demo" Nothing demo::sit_down;
    get "/terminal" Nothing enrol::terminal;
    post "/terminal" Nothing enrol::enrol_terminal;
    get "/enrol" Nothing enrol::page;
    post "/enrol" Nothing enrol::with_code;
    post "/enrol/found" Nothing enrol::found;
    post "/enrol/password" Nothing enrol::password;
    post "/enrol/totp" Nothing enrol::totp;
    post "/enrol/passkey/begin" Nothing enrol::begin_passkey;
    post "/enrol/passkey/end" Nothing enrol::end_passkey;
    post "/enrol/pledges" Nothing enrol::pledges;
    post "/language" Nothing home::language;
    get "/sign-in" Terminal sign_in::page;
    post "/sign-in" Terminal sign_in::password;
    get "/sign-in/factor" Terminal sign_in::factor;
    post "/sign-in/totp" Terminal sign_in::totp;
    post "/sign-in/passkey/begin" Terminal sign_in::begin_passkey;
    post "/sign-in/passkey/end" Terminal sign_in::end_passkey;
    get "/lock" Session sign_in::locked;
    post "/lock" Session sign_in::lock;
    post "/unlock" Session sign_in::unlock;
    post "/seen" SignIn home::seen;
    post "/sign-out" Session sign_in::sign_out;
    get "/" SignIn home::page;
}

/// The router of everything.
pub(crate) fn router(office: &Arc<Office>) -> Router {
    let mut router = Router::new();
    for (path, handler) in routed() {
        router = router.route(path, handler);
    }
    router
        .fallback(|| async { Fault::NotFound })
        .method_not_allowed_fallback(|| async { Fault::NotFound })
        .with_state(Arc::clone(office))
        .layer(middleware::from_fn_with_state(
            Arc::clone(office),
            origin::guard,
        ))
        .layer(middleware::from_fn_with_state(Arc::clone(office), told))
        .layer(middleware::from_fn(headers::set))
}

#[derive(askama::Template)]
#[template(path = "fault.html")]
struct FaultPage {
    frame: Frame,
    code: &'static str,
    text: String,
    next: String,
    clause: Option<String>,
    ask: Vec<String>,
}

/// Gives a fault its words.
async fn told(State(office): State<Arc<Office>>, request: Request, next: Next) -> Response<Body> {
    let speaks = Speaks(crate::words::Lang::of(
        crate::cookie::get(request.headers(), crate::cookie::LANG).unwrap_or_default(),
    ));
    let plain = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    let mut response = next.run(request).await;
    let Some(fault) = response.extensions_mut().remove::<Fault>() else {
        return response;
    };
    if response.status() == StatusCode::SEE_OTHER {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    if plain {
        let body = serde_json::json!({ "code": fault.code() }).to_string();
        parts.headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        return Response::from_parts(parts, Body::from(body));
    }
    let frame = Frame::open(&office, speaks);
    let id = crate::message_id(fault.code());
    let details = fault.details();
    let (clause, ask) = if let Fault::Denied { clause, ask, .. } = &fault {
        let names = ask
            .iter()
            .map(|role| frame.t(&format!("role-name-{}", role.as_str())));
        (Some(clause.clone()), names.collect())
    } else {
        (None, Vec::new())
    };
    let page = FaultPage {
        text: frame.say(&format!("err-{id}"), &details),
        next: frame.say(&format!("fix-{id}"), &details),
        code: fault.code(),
        clause,
        ask,
        frame,
    };
    match crate::page::show_as(parts.status, &page) {
        Ok(shown) => {
            let (shown_parts, body) = shown.into_parts();
            parts.headers.extend(shown_parts.headers);
            Response::from_parts(parts, body)
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
