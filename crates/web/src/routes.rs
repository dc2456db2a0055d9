//! Every page by its address. The list is data, so that a test walks all of it and an address can't be forgotten.

pub(crate) mod code;
pub(crate) mod data;
pub(crate) mod demo;
pub(crate) mod diagnostics;
pub(crate) mod enrol;
pub(crate) mod home;
pub(crate) mod ledger;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod me;
pub(crate) mod packages;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod questions;
pub(crate) mod reports;
pub(crate) mod resets;
pub(crate) mod roles;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sql;
pub(crate) mod studies;
pub(crate) mod terminals;

use std::sync::Arc;

use axum::Router;
use axum::body::Body as Sent;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get, post};

use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Machine, Speaks};
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
    /// What it is sent.
    pub body: Body,
    /// The fields of its form or its query, `form` but for. One that ends in `-` is where names of fields begin.
    pub fields: &'static [&'static str],
}

/// What an address is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// A file and the fields of its form (`multipart/form-data`).
    File,
    /// A form, or nothing.
    Form,
}

// A line: method, address, who may come, handler; then, for whoever tries every address, the fields it takes, and `file` before
// them where one of them is a file.
macro_rules! routes {
    ($($method:ident $path:literal $needs:ident $handler:path $(, $file:ident)? $([$($field:literal)*])?;)*) => {
        /// Every address.
        pub const ROUTES: &[Route] = &[$(Route {
            method: routes!(@ $method),
            path: $path,
            needs: Needs::$needs,
            body: routes!(% $($file)?),
            fields: &[$($($field),*)?],
        }),*];

        fn routed() -> Vec<(&'static str, MethodRouter<Arc<Office>>)> {
            vec![$(($path, $method($handler))),*]
        }
    };
    (@ get) => { "GET" };
    (@ post) => { "POST" };
    (% file) => { Body::File };
    (%) => { Body::Form };
}

routes! {
    get "/assets/{name}" Nothing assets::serve;
    get "/demo" Nothing demo::page;
    post "/demo" Nothing demo::sit_down ["person"];
    get "/terminal" Nothing enrol::terminal;
    post "/terminal" Nothing enrol::enrol_terminal ["code"];
    get "/enrol" Nothing enrol::page;
    post "/enrol" Nothing enrol::with_code ["code"];
    post "/enrol/found" Nothing enrol::found ["code" "person" "name" "affiliation" "place" "place-name"];
    post "/enrol/password" Terminal enrol::password ["code" "password" "again"];
    post "/enrol/totp" Terminal enrol::totp ["code" "totp"];
    post "/enrol/passkey/begin" Terminal enrol::begin_passkey ["code"];
    post "/enrol/passkey/end" Terminal enrol::end_passkey ["code" "credential"];
    post "/enrol/pledges" Terminal enrol::pledges ["code" "pledge-purpose" "pledge-no-match" "pledge-no-transfer" "pledge-secrecy" "pledge-no-sharing" "pledge-no-capture" "pledge-leave"];
    post "/language" Nothing home::language ["to"];
    get "/sign-in" Terminal sign_in::page;
    post "/sign-in" Terminal sign_in::password ["person" "password"];
    get "/sign-in/factor" Terminal sign_in::factor;
    post "/sign-in/totp" Terminal sign_in::totp ["totp"];
    post "/sign-in/passkey/begin" Terminal sign_in::begin_passkey;
    post "/sign-in/passkey/end" Terminal sign_in::end_passkey ["credential"];
    get "/lock" Session sign_in::locked;
    post "/lock" Session sign_in::lock;
    post "/unlock" Session sign_in::unlock ["password"];
    post "/seen" SignIn home::seen;
    post "/sign-out" Session sign_in::sign_out;
    get "/" SignIn home::page;
    get "/studies" SignIn studies::list;
    post "/studies" SignIn studies::create ["study" "provision"];
    get "/studies/{study}" SignIn studies::view;
    post "/studies/{study}/suspension" SignIn studies::suspension::set ["why" "resume"];
    get "/studies/{study}/data" SignIn data::page;
    post "/studies/{study}/references" SignIn data::reference::approve ["table" "version"];
    get "/studies/{study}/link" SignIn link::page;
    post "/studies/{study}/link" SignIn link::run::run;
    get "/studies/{study}/sql" SignIn sql::page ["kept" "question" "example"];
    post "/studies/{study}/sql" SignIn sql::ask ["sql" "name"];
    post "/studies/{study}/kept" SignIn sql::keep ["sql" "name"];
    post "/studies/{study}/kept/{saved}/remove" SignIn sql::remove;
    post "/studies/{study}/reports" SignIn reports::make ["kind" "source" "title" "copies" "note"];
    get "/studies/{study}/reports/{report}" SignIn reports::page;
    get "/studies/{study}/questions" SignIn questions::list ["of"];
    get "/studies/{study}/questions/{question}" SignIn questions::page ["from" "chart" "of" "numbers"];
    post "/studies/{study}/questions/{question}/cancel" SignIn questions::cancel;
    get "/people" SignIn people::page;
    post "/people" SignIn people::enrol ["person" "name" "affiliation" "language" "first"];
    get "/people/{person}" SignIn person::page;
    post "/people/{person}/code" SignIn person::code_again;
    post "/people/{person}/grants" SignIn person::grant ["role" "for"];
    post "/people/{person}/grants/{grant}/end" SignIn person::end_grant;
    post "/people/{person}/suspend" SignIn person::suspend ["why" "readmit"];
    post "/people/{person}/single-factor" SignIn person::single_factor ["why-single" "end"];
    post "/people/{person}/reset" SignIn resets::propose ["identity"];
    post "/resets/{reset}" SignIn resets::decide ["approve" "refuse"];
    get "/sessions" SignIn sessions::page;
    post "/sessions/{sitting}/end" SignIn sessions::end;
    get "/terminals" SignIn terminals::page;
    post "/terminals" SignIn terminals::add ["terminal" "at" "opens"];
    post "/terminals/{terminal}/revoke" SignIn terminals::revoke;
    post "/places" SignIn terminals::add_place ["place" "place-name"];
    post "/places/{place}/sharing" SignIn terminals::sharing ["study-" "paper" "end"];
    post "/slots" SignIn terminals::set_slot ["at" "study" "day-1" "day-2" "day-3" "day-4" "day-5" "day-6" "day-7" "from" "until" "first" "last"];
    post "/slots/{slot}/end" SignIn terminals::end_slot;
    get "/ledgers/terminals" SignIn ledger::terminals::page ["month"];
    post "/ledgers/terminals/lines" SignIn ledger::terminals::correct ["month" "sitting" "day" "right" "why"];
    post "/ledgers/terminals/out" SignIn ledger::terminals::take_out ["month" "form-of"];
    get "/ledgers/reports" SignIn ledger::reports::page ["month"];
    post "/ledgers/reports/lines" SignIn ledger::reports::add ["month" "report" "kind" "text" "day" "who" "corrects" "why"];
    post "/ledgers/reports/out" SignIn ledger::reports::take_out ["month" "form-of"];
    get "/roles" SignIn roles::page;
    get "/me" SignIn me::page;
    post "/me/password" SignIn me::password ["password" "new" "again"];
    post "/me/factors/totp/begin" SignIn me::begin_totp ["password"];
    post "/me/factors/totp" SignIn me::totp ["totp"];
    post "/me/factors/passkey/begin" SignIn me::begin_passkey ["password"];
    post "/me/factors/passkey/end" SignIn me::end_passkey ["credential"];
    post "/me/factors/{factor}/remove" SignIn me::remove_factor ["password"];
    get "/diagnostics" SignIn diagnostics::page;
    get "/log" SignIn log::page ["person" "action" "object" "from" "until" "before"];
    get "/log/review" SignIn log::review::page;
    post "/log/review" SignIn log::review::sign_off ["last" "head" "finding" "verdict"];
    post "/log/sign" SignIn log::sign;
    get "/log/{entry}" SignIn log::entry;
    get "/packages" SignIn packages::page;
    post "/packages" SignIn packages::upload::upload, file ["file"];
    post "/packages/take" SignIn packages::upload::take ["name"];
    get "/packages/plain" SignIn packages::plain_file::page;
    post "/packages/plain" SignIn packages::plain_file::import ["name" "table" "kind" "source" "provision" "kcv" "number-id" "kana-id" "kana-unique" "approval" "keep" "replace"];
    get "/packages/{delivery}" SignIn packages::one;
    post "/packages/{delivery}/verify" SignIn packages::work::verify;
    post "/packages/{delivery}/import" SignIn packages::work::import ["package-table" "table" "kind" "replace" "keep" "ids"];
    post "/packages/{delivery}/discard" SignIn packages::work::discard;
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
async fn told(State(office): State<Arc<Office>>, request: Request, next: Next) -> Response<Sent> {
    let speaks = Speaks(crate::words::Lang::of(
        crate::cookie::get(request.headers(), crate::cookie::LANG).unwrap_or_default(),
    ));
    let Machine(plain) = Machine::of(request.headers());
    let mut response = next.run(request).await;
    let Some(fault) = response.extensions_mut().remove::<Fault>() else {
        return response;
    };
    if response.status() == StatusCode::SEE_OTHER {
        return response;
    }
    if matches!(fault, Fault::NoTerminal) && office.awaits_first() && !plain {
        // Whoever opens the server for the first time has a code, and nothing else.
        return crate::page::go("/enrol");
    }
    let (mut parts, _) = response.into_parts();
    if plain {
        let body = fault.problem().to_string();
        parts.headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        return Response::from_parts(parts, Sent::from(body));
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// What stands between the quotes of an attribute, each time.
    fn said<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
        let begun = format!(" {attribute}=\"");
        text.split(&begun)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect()
    }

    /// Whether a template's address is one of a route's: what it fills in is a variable.
    fn is_of(route: &Route, action: &str) -> bool {
        let parts = |text: &str| -> Vec<String> {
            text.split('/')
                .map(|part| {
                    let variable = part.starts_with('{');
                    if variable {
                        "{}".to_owned()
                    } else {
                        part.to_owned()
                    }
                })
                .collect()
        };
        let action = action.split('#').next().unwrap_or_default();
        parts(action) == parts(route.path)
    }

    /// The addresses of a page that knows its own only when it is shown.
    fn known(template: &str, action: &str) -> Vec<String> {
        let ledgers: &[&str] = match template {
            "ledger.html" => &["/ledgers/terminals"],
            "ledger-reports.html" => &["/ledgers/reports"],
            _ => &["/ledgers/terminals", "/ledgers/reports"],
        };
        if let Some(rest) = action.strip_prefix("{{ leaf.book.address }}") {
            return ledgers.iter().map(|at| format!("{at}{rest}")).collect();
        }
        let question = "/studies/{{ study }}/questions/{{ question }}";
        vec![if action.starts_with("{{ grid.address }}") {
            question.to_owned()
        } else {
            action.to_owned()
        }]
    }

    #[test]
    fn every_field_of_a_form_stands_beside_its_route() {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut forms = 0;
        for file in std::fs::read_dir(templates).unwrap() {
            let file = file.unwrap().path();
            let text = std::fs::read_to_string(&file).unwrap();
            for form in text.split("<form").skip(1) {
                let (form, _) = form.split_once("</form>").unwrap();
                let [method] = said(form, "method")[..] else {
                    panic!("{}: {form}", file.display());
                };
                let mut actions = said(form, "action");
                actions.extend(said(form, "formaction"));
                let template = file.file_name().unwrap().to_str().unwrap();
                for action in actions
                    .into_iter()
                    .flat_map(|action| known(template, action))
                {
                    let action = action.as_str();
                    let route = ROUTES
                        .iter()
                        .find(|route| {
                            route.method.eq_ignore_ascii_case(method) && is_of(route, action)
                        })
                        .unwrap_or_else(|| panic!("{method} {action}"));
                    forms += 1;
                    for name in said(form, "name") {
                        let begins = name.split("{{").next().unwrap();
                        let is_known = route.fields.iter().any(|field| {
                            *field == name || (begins != name && field.starts_with(begins))
                        });
                        assert!(name == "form" || is_known, "{method} {action}: {name}");
                    }
                }
            }
        }
        assert!(forms > 40, "{forms} forms");
    }
}
