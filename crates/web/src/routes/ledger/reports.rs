//! 作成帳票管理簿: which report was made by whom, where it is kept, and how it was disposed of.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use renketsu_access::act;
use renketsu_store::{Store, StoreError};
use renketsu_workspace::accounts::{Month, Of};
use renketsu_workspace::report::{self, Added, Line, LineKind, NewLine, Number};

use super::{Asked, Below, Book, Leaf, Read, Row, Shown, leaf, month_of};
use crate::at::Asking;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::people::status;
use crate::visit::{SignedForm, SignedIn, Visit};

const BOOK: Book = Book {
    of: Of::Reports,
    address: "/ledgers/reports",
    here: "web-menu-ledger-reports",
    title: "web-reports-title",
    lead: "web-reports-lead",
    written: "web-reports-written",
    file: "report-ledger",
    columns: &[
        "web-report-number",
        "web-report-name",
        "web-report-kind",
        "web-report-of",
        "web-col-study",
        "web-report-at",
        "web-report-by",
        "web-terminal",
        "web-col-place",
        "web-report-copies",
        "web-report-note",
        "web-report-kept",
        "web-report-disposed",
        "web-report-digest",
    ],
    read,
};

#[derive(Template)]
#[template(path = "ledger-reports.html")]
struct ReportsPage {
    frame: Frame,
    leaf: Leaf,
    corrects: bool,
    typed: Fields,
    problem: Option<String>,
}

impl ReportsPage {
    /// What a line can say: its name, its word, and whether it was chosen.
    fn kinds(&self) -> impl Iterator<Item = (&'static str, String, bool)> {
        LineKind::ALL.into_iter().map(|kind| {
            let name = kind.as_str();
            let word = self.frame.t1("web-report-line", "kind", name);
            (name, word, self.typed.get("kind") == name)
        })
    }
}

/// What a line says, in one cell.
fn said(frame: &Frame, line: &Added) -> String {
    let parts = [line.day.as_deref(), Some(&line.text), line.who.as_deref()];
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|it| frame.plain(it))
        .collect();
    parts.join(" ")
}

/// What stands of a kind of lines, in one cell.
fn standing(frame: &Frame, line: &Line, kind: LineKind) -> String {
    let said: Vec<String> = line.standing(kind).map(|it| said(frame, it)).collect();
    said.join(" / ")
}

fn cells(frame: &Frame, line: &Line) -> Vec<String> {
    let entry = &line.report.entry;
    let source = entry.source.map_or_else(String::new, |source| {
        let id = format!("web-report-of-{}", entry.kind);
        frame.t1(&id, "number", source)
    });
    vec![
        Number(line.report.number).to_string(),
        frame.plain(&entry.title),
        frame.t1("web-report-kind-word", "kind", &entry.kind),
        source,
        entry.study.clone(),
        frame.at(&entry.made_at),
        format!("{} {}", entry.person, frame.plain(&line.name)),
        entry.terminal.clone(),
        entry.place.clone(),
        entry.copies.to_string(),
        entry
            .note
            .as_ref()
            .map_or_else(String::new, |it| frame.plain(it)),
        standing(frame, line, LineKind::Kept),
        standing(frame, line, LineKind::Disposed),
        entry.digest.clone(),
    ]
}

fn below(frame: &Frame, line: &Added) -> Below {
    let kind = frame.t1("web-report-line", "kind", line.kind.as_str());
    // Lines are called by their numbers, so that a correction says which one it is of.
    let word = match line.corrects {
        Some(corrects) => frame.say(
            "web-report-line-corrects",
            &[
                ("number", line.line.to_string()),
                ("kind", kind),
                ("corrects", corrects.to_string()),
            ],
        ),
        None => frame.say(
            "web-report-line-number",
            &[("number", line.line.to_string()), ("kind", kind)],
        ),
    };
    Below {
        value: line.line.to_string(),
        word,
        text: said(frame, line),
        why: line
            .why
            .as_ref()
            .map_or_else(String::new, |it| frame.plain(it)),
        by: line.by.clone(),
        at: frame.at(&line.at),
        is_corrected: line.is_corrected,
    }
}

fn read(
    store: &Store,
    frame: &Frame,
    month: Month,
    study: Option<&str>,
) -> Result<Read, StoreError> {
    let ledger = report::ledger(store, month, study)?;
    let rows = ledger.lines.into_iter().map(|line| {
        let number = Number(line.report.number);
        let study = &line.report.entry.study;
        let title = frame.plain(&line.report.entry.title);
        Row {
            cells: cells(frame, &line),
            value: format!("{study}/{number}"),
            word: format!("{study} {number} {title}"),
            below: line.added.iter().map(|it| below(frame, it)).collect(),
        }
    });
    Ok(Read {
        rows: rows.collect(),
        others: Vec::new(),
        has_earlier: ledger.has_earlier,
    })
}

async fn list(
    office: &Arc<Office>,
    visit: &Visit,
    month: Month,
    typed: Fields,
    problem: Option<String>,
) -> Shown {
    let leaf = leaf::<act::LedgerReportView>(office, visit, &BOOK, month).await?;
    show_as(
        status(problem.as_ref()),
        &ReportsPage {
            frame: Frame::of(office, visit, BOOK.here),
            leaf,
            corrects: visit.may::<act::LedgerReportCorrect>(office, &visit.on),
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

pub(crate) async fn add(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::LedgerReportCorrect>(&office, visit.on.clone())
        .await?;
    let month = month_of(fields.get("month"), &office)?;
    let kind = LineKind::of(fields.get("kind")).ok_or(Fault::Malformed)?;
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| {
            let (study, report) = fields.get("report").split_once('/').unwrap_or_default();
            let new = NewLine {
                study,
                report,
                kind,
                text: fields.get("text"),
                day: fields.get("day"),
                who: fields.get("who"),
                corrects: fields.get("corrects"),
                why: fields.get("why"),
            };
            let done = report::add_line(store, &permit, &acting, &new, now);
            Ok((done.map_err(Fault::from), fields))
        })
        .await?;
    match done {
        (Ok(()), _) => Ok(go(&format!("{}?month={month}", BOOK.address))),
        (Err(fault), fields) => {
            let problem = Frame::of(&office, &visit, BOOK.here).problem(fault)?;
            list(&office, &visit, month, fields, Some(problem)).await
        }
    }
}

pub(crate) async fn take_out(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    super::take_out::<act::LedgerReportView>(&office, &visit, &BOOK, &fields).await
}
