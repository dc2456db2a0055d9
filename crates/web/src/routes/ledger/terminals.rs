//! 操作端末利用管理簿: which terminal was used by whom, from when until when.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use renketsu_access::act;
use renketsu_store::{Store, StoreError};
use renketsu_workspace::accounts::{self, Added, Correction, Line, Month, Of};

use super::{Asked, Below, Book, Leaf, Read, Row, Shown, leaf, month_of};
use crate::at::Asking;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::people::status;
use crate::routes::sessions::end_word;
use crate::visit::{SignedForm, SignedIn, Visit};

const BOOK: Book = Book {
    of: Of::Terminals,
    address: "/ledgers/terminals",
    here: "web-menu-ledger",
    title: "web-ledger-title",
    lead: "web-ledger-lead",
    written: "web-ledger-written",
    file: "terminal-ledger",
    columns: &[
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
    ],
    read,
};

#[derive(Template)]
#[template(path = "ledger.html")]
struct TerminalsPage {
    frame: Frame,
    leaf: Leaf,
    corrects: bool,
    typed: Fields,
    problem: Option<String>,
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

fn cells(frame: &Frame, line: &Line) -> Vec<String> {
    let (at, reason) = ended(frame, line);
    let sitting = &line.sitting;
    let study = sitting.study.clone();
    vec![
        sitting.terminal.clone(),
        sitting.place.clone(),
        sitting.person.clone(),
        line.name.clone(),
        study.unwrap_or_else(|| frame.t("web-office")),
        frame.at(&sitting.opened_at),
        at,
        minutes(line),
        reason,
        frame.t(&format!("web-factor-{}", sitting.factor)),
    ]
}

fn below(frame: &Frame, line: Added) -> Below {
    let word = if line.day.is_some() {
        "web-ledger-other"
    } else {
        "web-ledger-correction"
    };
    Below {
        value: String::new(),
        word: frame.t(word),
        text: line.right,
        why: line.why,
        by: line.by,
        at: frame.at(&line.at),
        is_corrected: false,
    }
}

fn read(
    store: &Store,
    frame: &Frame,
    month: Month,
    study: Option<&str>,
) -> Result<Read, StoreError> {
    let ledger = accounts::ledger(store, month, study)?;
    let rows = ledger.lines.into_iter().map(|line| Row {
        cells: cells(frame, &line),
        word: format!(
            "{} {} {}",
            line.sitting.terminal,
            line.sitting.person,
            frame.at(&line.sitting.opened_at)
        ),
        value: line.sitting.sitting,
        below: line.added.into_iter().map(|it| below(frame, it)).collect(),
    });
    let others = ledger.others.into_iter().map(|line| {
        let day = line.day.map_or_else(String::new, |day| day.to_string());
        (day, below(frame, line))
    });
    Ok(Read {
        rows: rows.collect(),
        others: others.collect(),
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
    let leaf = leaf::<act::LedgerTerminalView>(office, visit, &BOOK, month).await?;
    show_as(
        status(problem.as_ref()),
        &TerminalsPage {
            frame: Frame::of(office, visit, BOOK.here),
            leaf,
            corrects: visit.may::<act::LedgerTerminalCorrect>(office, &visit.on),
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
        Ok(()) => Ok(go(&format!("{}?month={month}", BOOK.address))),
        Err(fault) => {
            let problem = Frame::of(&office, &visit, BOOK.here).problem(fault)?;
            list(&office, &visit, month, fields, Some(problem)).await
        }
    }
}

pub(crate) async fn take_out(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    super::take_out::<act::LedgerTerminalView>(&office, &visit, &BOOK, &fields).await
}
