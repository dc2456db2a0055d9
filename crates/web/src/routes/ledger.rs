//! The ledgers: month by month, with the lines that were added to them, as a page, a file or on paper. What is the same in all of
//! them stands here.

pub(crate) mod reports;
pub(crate) mod terminals;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use data_encoding::HEXLOWER;
use renketsu_access::{Act, act};
use renketsu_store::{Store, StoreError};
use renketsu_workspace::accounts::{self, Month, Of, TakenOut};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, show_as};
use crate::sheet::{Sheet, csv, xlsx};
use crate::visit::Visit;

type Shown = Result<Response<Body>, Fault>;

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

/// A ledger, as its pages call it.
struct Book {
    of: Of,
    /// Its address, and the entry of the menu.
    address: &'static str,
    here: &'static str,
    title: &'static str,
    lead: &'static str,
    /// What the line itself is called, beside those that were added to it.
    written: &'static str,
    /// What the files of its months are called.
    file: &'static str,
    columns: &'static [&'static str],
    read: fn(&Store, &Frame, Month, Option<&str>) -> Result<Read, StoreError>,
}

/// A line that somebody added.
struct Below {
    /// What a form calls it; empty where none speaks of it.
    value: String,
    /// Of which kind it is.
    word: String,
    text: String,
    why: String,
    by: String,
    at: String,
    /// Whether a later one puts it right.
    is_corrected: bool,
}

/// A line of a ledger, and those that were added to it.
struct Row {
    /// What a form calls it, and how it reads there.
    value: String,
    word: String,
    cells: Vec<String>,
    below: Vec<Below>,
}

/// A month of a ledger, in the words of its reader.
struct Read {
    rows: Vec<Row>,
    /// Lines that stand below none: the day, and what was added.
    others: Vec<(String, Below)>,
    has_earlier: bool,
}

/// What stands above and in the page of any ledger.
struct Leaf {
    book: &'static Book,
    month: Month,
    has_later: bool,
    takes_out: bool,
    read: Read,
}

const BELOW: [&str; 5] = [
    "web-ledger-kind",
    "web-ledger-right",
    "web-ledger-why",
    "web-ledger-by",
    "web-ledger-at",
];
/// The column of a line that has a day and nothing else.
const DAY: usize = 5;

/// Every line with every one below it: nothing that the page shows is missing from a file.
fn sheet(frame: &Frame, book: &Book, month: Month, read: &Read) -> Sheet {
    let below = |line: &Below| {
        [
            line.word.clone(),
            line.text.clone(),
            line.why.clone(),
            line.by.clone(),
            line.at.clone(),
        ]
    };
    let mut rows = Vec::new();
    for row in &read.rows {
        let empty = [(); 4].map(|()| String::new());
        let first = [frame.t(book.written)];
        rows.push([row.cells.as_slice(), &first, &empty].concat());
        for added in &row.below {
            rows.push([row.cells.as_slice(), &below(added)].concat());
        }
    }
    for (day, added) in &read.others {
        let mut cells = vec![String::new(); book.columns.len()];
        if let Some(cell) = cells.get_mut(DAY) {
            cell.clone_from(day);
        }
        rows.push([cells.as_slice(), &below(added)].concat());
    }
    let columns = book.columns.iter().chain(&BELOW);
    Sheet {
        title: format!("{} {month}", frame.t(book.title)),
        header: columns.map(|id| frame.t(id)).collect(),
        rows,
    }
}

/// Reads a month for its page. The record has it before the browser does.
async fn leaf<View: Act>(
    office: &Arc<Office>,
    visit: &Visit,
    book: &'static Book,
    month: Month,
) -> Result<Leaf, Fault> {
    let _permit = visit.permit::<View>(office, visit.on.clone()).await?;
    office.end_lapsed().await?;
    let frame = Frame::of(office, visit, book.here);
    let (acting, now) = (visit.acting(), office.now());
    let study = visit.sitting.study.clone();
    let read = office
        .with(move |store| {
            accounts::viewed(store.begin()?, &acting, book.of, month, now)?;
            Ok((book.read)(store, &frame, month, study.as_deref())?)
        })
        .await?;
    Ok(Leaf {
        book,
        month,
        has_later: month < Month::of(now),
        takes_out: visit.may::<act::LedgerExport>(office, &visit.on),
        read,
    })
}

#[derive(Template)]
#[template(path = "ledger-print.html")]
struct PrintPage {
    frame: Frame,
    book: &'static Book,
    month: Month,
    read: Read,
    at: String,
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
async fn take_out<View: Act>(
    office: &Arc<Office>,
    visit: &Visit,
    book: &'static Book,
    fields: &Fields,
) -> Shown {
    let permit = visit
        .permit::<act::LedgerExport>(office, visit.on.clone())
        .await?;
    drop(visit.permit::<View>(office, visit.on.clone()).await?);
    let month = month_of(fields.get("month"), office)?;
    let form = match fields.get("form-of") {
        "xlsx" => "xlsx",
        "csv" => "csv",
        "print" => "print",
        _ => return Err(Fault::Malformed),
    };
    office.end_lapsed().await?;
    let frame = Frame::of(office, visit, book.here);
    let (acting, study, now) = (visit.acting(), visit.sitting.study.clone(), office.now());
    let words = frame.clone();
    let (read, bytes) = office
        .with(move |store| {
            let read = (book.read)(store, &words, month, study.as_deref())?;
            let sheet = sheet(&words, book, month, &read);
            let bytes = match form {
                "csv" => csv(&sheet),
                "xlsx" => xlsx(&sheet, now).map_err(|_| Fault::Broken)?,
                _ => Vec::new(),
            };
            let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
            let taken = TakenOut {
                of: book.of,
                month,
                form,
                sha256: (form != "print").then_some(digest.as_str()),
            };
            accounts::taken_out(store.begin()?, &permit, &acting, taken, now)?;
            Ok((read, bytes))
        })
        .await?;
    let name = format!("{}-{month}.{form}", book.file);
    match form {
        "csv" => attached("text/csv; charset=utf-8", &name, bytes),
        "xlsx" => attached(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            &name,
            bytes,
        ),
        _ => show_as(
            StatusCode::OK,
            &PrintPage {
                at: frame.at(&now),
                frame,
                book,
                month,
                read,
            },
        ),
    }
}
