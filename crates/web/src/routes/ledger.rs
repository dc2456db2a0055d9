//! 操作端末利用管理簿: month by month, with its corrections, as a page, a file or on paper.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use axum::response::IntoResponse as _;
use data_encoding::HEXLOWER;
use renketsu_access::act;
use renketsu_workspace::accounts::{self, Added, Correction, Ledger, Line, Month};
use sha2::{Digest as _, Sha256};

use crate::at::Asking;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::people::status;
use crate::routes::sessions::end_word;
use crate::sheet::{Sheet, csv, xlsx};
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

const HERE: &str = "web-menu-ledger";

/// Which month is asked for; this one, if none is.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    month: String,
}

fn month_of(text: &str, office: &Office) -> Result<Month, Fault> {
    if text.is_empty() {
        return Ok(Month::of(office.now()));
    }
    text.parse().map_err(|_| Fault::Malformed)
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage {
    frame: Frame,
    month: Month,
    ledger: Ledger,
    has_later: bool,
    corrects: bool,
    takes_out: bool,
    typed: Fields,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "ledger-print.html")]
struct PrintPage {
    frame: Frame,
    month: Month,
    ledger: Ledger,
    at: String,
}

/// How long a session was, in minutes that were begun.
fn minutes(line: &Line) -> String {
    line.sitting
        .closed
        .as_ref()
        .map_or_else(String::new, |(at, _)| {
            let seconds = at.duration_since(line.sitting.opened_at).as_secs().max(0);
            (seconds.saturating_add(59) / 60).to_string()
        })
}

fn ended(frame: &Frame, line: &Line) -> (String, String) {
    match &line.sitting.closed {
        Some((at, reason)) => (frame.at(at), end_word(frame, reason)),
        None => (String::new(), frame.t("web-ledger-open")),
    }
}

fn factor(frame: &Frame, line: &Line) -> String {
    frame.t(&format!("web-factor-{}", line.sitting.factor))
}

fn opens(frame: &Frame, line: &Line) -> String {
    let study = line.sitting.study.clone();
    study.unwrap_or_else(|| frame.t("web-office"))
}

/// Of what a line below another is.
fn kind(line: &Added) -> &'static str {
    if line.day.is_some() {
        "web-ledger-other"
    } else {
        "web-ledger-correction"
    }
}

impl LedgerPage {
    fn row(&self, line: &Line) -> Vec<String> {
        cells(&self.frame, line)
    }
}

impl PrintPage {
    fn row(&self, line: &Line) -> Vec<String> {
        cells(&self.frame, line)
    }
}

const COLUMNS: [&str; 10] = [
    "web-terminal",
    "web-col-place",
    "web-person-id",
    "web-person-name",
    "web-col-study",
    "web-col-opened",
    "web-col-ended",
    "web-col-minutes",
    "web-end-reason",
    "web-factor",
];
const BELOW: [&str; 5] = [
    "web-ledger-kind",
    "web-ledger-right",
    "web-ledger-why",
    "web-ledger-by",
    "web-ledger-at",
];

fn cells(frame: &Frame, line: &Line) -> Vec<String> {
    let (at, reason) = ended(frame, line);
    let sitting = &line.sitting;
    vec![
        sitting.terminal.clone(),
        sitting.place.clone(),
        sitting.person.clone(),
        line.name.clone(),
        opens(frame, line),
        frame.at(&sitting.opened_at),
        at,
        minutes(line),
        reason,
        factor(frame, line),
    ]
}

/// Every line with every one below it: nothing that the page shows is missing from a file.
fn sheet(frame: &Frame, month: Month, ledger: &Ledger) -> Sheet {
    let below = |line: &Added| {
        [
            frame.t(kind(line)),
            line.right.clone(),
            line.why.clone(),
            line.by.clone(),
            frame.at(&line.at),
        ]
    };
    let mut rows = Vec::new();
    for line in &ledger.lines {
        let row = cells(frame, line);
        let empty = [(); 4].map(|()| String::new());
        let first = [frame.t("web-ledger-written")];
        rows.push([row.as_slice(), &first, &empty].concat());
        for added in &line.added {
            rows.push([row.as_slice(), &below(added)].concat());
        }
    }
    for added in &ledger.others {
        let mut row = [(); 10].map(|()| String::new());
        if let (Some(day), Some(cell)) = (added.day, row.get_mut(5)) {
            *cell = day.to_string();
        }
        rows.push([row.as_slice(), &below(added)].concat());
    }
    Sheet {
        title: format!("{} {month}", frame.t("web-ledger-title")),
        header: COLUMNS.iter().chain(&BELOW).map(|id| frame.t(id)).collect(),
        rows,
    }
}

async fn list(
    office: &Arc<Office>,
    visit: &Visit,
    month: Month,
    typed: Fields,
    problem: Option<String>,
) -> Shown {
    let _permit = visit
        .permit::<act::LedgerTerminalView>(office, visit.on.clone())
        .await?;
    office.end_lapsed().await?;
    let event = visit
        .acting()
        .event("ledger.terminal.viewed", &month.to_string(), office.now());
    let study = visit.sitting.study.clone();
    let ledger = office
        .with(move |store| {
            store.begin()?.commit(&event)?;
            Ok(accounts::ledger(store, month, study.as_deref())?)
        })
        .await?;
    show_as(
        status(problem.as_ref()),
        &LedgerPage {
            frame: Frame::of(office, visit, HERE),
            has_later: month < Month::of(office.now()),
            month,
            ledger,
            corrects: visit.may::<act::LedgerTerminalCorrect>(office, &visit.on),
            takes_out: visit.may::<act::LedgerExport>(office, &visit.on),
            typed,
            problem,
        },
    )
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    SignedIn(visit): SignedIn,
    Asking(asked): Asking<Asked>,
) -> Shown {
    let month = month_of(&asked.month, &office)?;
    list(&office, &visit, month, Fields::default(), None).await
}

pub(crate) async fn correct(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::LedgerTerminalCorrect>(&office, visit.on.clone())
        .await?;
    let month = month_of(fields.get("month"), &office)?;
    let sitting = fields.get("sitting").to_owned();
    let correction = Correction {
        sitting: (!sitting.is_empty()).then_some(sitting),
        day: fields.get("day").to_owned(),
        right: fields.get("right").to_owned(),
        why: fields.get("why").to_owned(),
    };
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| {
            Ok(accounts::correct(
                store,
                &permit,
                &acting,
                &correction,
                now,
            )?)
        })
        .await;
    match done {
        Ok(()) => Ok(go(&format!("/ledgers/terminals?month={month}"))),
        Err(fault) => {
            let problem = Frame::of(&office, &visit, HERE).problem(fault)?;
            list(&office, &visit, month, fields, Some(problem)).await
        }
    }
}

fn attached(kind: &'static str, name: &str, bytes: Vec<u8>) -> Shown {
    let named = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let named = named.map_err(|_| Fault::Broken)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, named);
    Ok(response)
}

/// Hands a month out as a file, or as a page for paper. The record has it before the browser does.
pub(crate) async fn take_out(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::LedgerExport>(&office, visit.on.clone())
        .await?;
    let month = month_of(fields.get("month"), &office)?;
    let form = match fields.get("form-of") {
        "xlsx" => "xlsx",
        "csv" => "csv",
        "print" => "print",
        _ => return Err(Fault::Malformed),
    };
    office.end_lapsed().await?;
    let frame = Frame::of(&office, &visit, HERE);
    let (acting, study, now) = (visit.acting(), visit.sitting.study.clone(), office.now());
    let words = frame.clone();
    let (ledger, bytes) = office
        .with(move |store| {
            let ledger = accounts::ledger(store, month, study.as_deref())?;
            let sheet = sheet(&words, month, &ledger);
            let bytes = match form {
                "csv" => csv(&sheet),
                "xlsx" => xlsx(&sheet, now).map_err(|_| Fault::Broken)?,
                _ => Vec::new(),
            };
            let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
            let digest = (form != "print").then_some(digest.as_str());
            let txn = store.begin()?;
            accounts::taken_out(txn, &permit, &acting, month, form, digest, now)?;
            Ok((ledger, bytes))
        })
        .await?;
    let name = format!("terminal-ledger-{month}.{form}");
    match form {
        "csv" => attached("text/csv; charset=utf-8", &name, bytes),
        "xlsx" => attached(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            &name,
            bytes,
        ),
        _ => show_as(
            axum::http::StatusCode::OK,
            &PrintPage {
                at: frame.at(&now),
                frame,
                month,
                ledger,
            },
        ),
    }
}
