//! 操作端末利用管理簿: which terminal was used by whom, from when until when. Sessions write it themselves; a person adds lines to it and
//! changes none.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use renketsu_access::{Permit, act};
use renketsu_store::{CorrectionRecord, SittingRecord, Store, StoreError, Txn};
use serde::{Deserialize, Serialize};

use super::error::line;
use super::{AccountError, Acting};

/// Japan has one time, nine hours before UTC, all year.
pub(crate) const JAPAN: Offset = Offset::constant(9);

/// A month of Japan's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The month of an instant.
    pub fn of(at: Timestamp) -> Self {
        Self(JAPAN.to_datetime(at).date().first_of_month())
    }

    /// The one before; itself at the beginning of the calendar.
    #[must_use]
    pub fn before(self) -> Self {
        self.0
            .yesterday()
            .map_or(self, |day| Self(day.first_of_month()))
    }

    /// The one after; itself at the end of the calendar.
    #[must_use]
    pub fn after(self) -> Self {
        let next = self.0.last_of_month().tomorrow();
        next.map_or(self, Self)
    }

    /// Whether a date lies in it.
    pub fn has(self, date: Date) -> bool {
        date.first_of_month() == self.0
    }

    /// Its first instant and the next one's.
    pub(crate) fn bounds(self) -> Option<(Timestamp, Timestamp)> {
        let start = |month: Self| JAPAN.to_timestamp(month.0.at(0, 0, 0, 0)).ok();
        Some((start(self)?, start(self.after())?))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0.strftime("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = AccountError;

    /// `2026-11`, and nothing else.
    fn from_str(text: &str) -> Result<Self, AccountError> {
        let when = || AccountError::When { field: "month" };
        let day: Date = format!("{text}-01").parse().map_err(|_| when())?;
        let month = Self(day);
        if month.to_string() == text {
            Ok(month)
        } else {
            Err(when())
        }
    }
}

/// A line that somebody added, whatever the line above it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// What is right, or what else was done.
    pub right: String,
    /// Why the line was added.
    pub why: String,
    /// Of a line of its own: the day it is about.
    pub day: Option<Date>,
    /// When it was added.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// What a session wrote, and the lines that were added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The session.
    pub sitting: SittingRecord,
    /// Whose it was.
    pub name: String,
    /// The lines below it, in order.
    pub added: Vec<Added>,
}

/// A month of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Sessions that were opened in it, in order.
    pub lines: Vec<Line>,
    /// Uses of a terminal that no session of the program saw.
    pub others: Vec<Added>,
    /// Whether a session was opened before it.
    pub has_earlier: bool,
}

/// What is added to the ledger.
#[derive(Debug, Clone)]
pub struct Correction {
    /// The session it is about; `None`: a use of a terminal that the program did not see.
    pub sitting: Option<String>,
    /// Of such a use: the day (`2026-11-04`).
    pub day: String,
    /// What is right, or what was done.
    pub right: String,
    /// Why the line is added.
    pub why: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    right: String,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    day: Option<String>,
}

/// What stands in the state, even where it isn't read as one of ours: no line is left out of a ledger.
fn added(record: CorrectionRecord) -> Added {
    let raw = record.body.to_string();
    let body = serde_json::from_value(record.body).unwrap_or(Body {
        right: raw,
        why: String::new(),
        day: None,
    });
    Added {
        right: body.right,
        why: body.why,
        day: body.day.and_then(|day| day.parse().ok()),
        at: record.at,
        by: record.by,
    }
}

/// A month of the ledger, of everything or of one study. Lines about other tools are the office's.
pub fn ledger(store: &Store, month: Month, study: Option<&str>) -> Result<Ledger, StoreError> {
    let mut of: BTreeMap<String, Vec<Added>> = BTreeMap::new();
    let mut others = Vec::new();
    for record in store.corrections()? {
        if let Some(sitting) = record.sitting.clone() {
            of.entry(sitting).or_default().push(added(record));
            continue;
        }
        let line = added(record);
        let day = line
            .day
            .unwrap_or_else(|| JAPAN.to_datetime(line.at).date());
        if study.is_none() && month.has(day) {
            others.push(line);
        }
    }
    let names: BTreeMap<String, String> = store
        .people()?
        .into_iter()
        .map(|person| (person.person, person.name))
        .collect();
    let (from, mut sittings) = match month.bounds() {
        Some((from, until)) => (from, store.sittings_between(Timestamp::MIN, until)?),
        None => (Timestamp::MAX, Vec::new()),
    };
    sittings.retain(|sitting| study.is_none() || sitting.study.as_deref() == study);
    let has_earlier = sittings.iter().any(|sitting| sitting.opened_at < from);
    let lines = sittings
        .into_iter()
        .filter(|sitting| sitting.opened_at >= from)
        .map(|sitting| Line {
            name: names.get(&sitting.person).cloned().unwrap_or_default(),
            added: of.remove(&sitting.sitting).unwrap_or_default(),
            sitting,
        })
        .collect();
    Ok(Ledger {
        lines,
        others,
        has_earlier,
    })
}

/// Adds a line to the ledger. The line it is about stays as it was written.
pub fn correct(
    store: &mut Store,
    permit: &Permit<act::LedgerTerminalCorrect>,
    acting: &Acting,
    correction: &Correction,
    now: Timestamp,
) -> Result<(), AccountError> {
    let right = line("right", &correction.right)?;
    let why = line("why", &correction.why)?;
    let study = permit.object().study().map(|study| study.id.as_str());
    let day = if let Some(id) = &correction.sitting {
        let known = store.sitting(id)?;
        known
            .filter(|known| study.is_none() || known.study.as_deref() == study)
            .ok_or_else(|| StoreError::Missing {
                what: "session",
                name: id.clone(),
            })?;
        None
    } else {
        let day: Date = correction
            .day
            .trim()
            .parse()
            .map_err(|_| AccountError::When { field: "day" })?;
        Some(day.to_string())
    };
    let body = serde_json::json!(Body { right, why, day });
    let txn = store.begin()?;
    let sitting = correction.sitting.as_deref();
    txn.add_correction(sitting, &body, now, permit.person().as_str())?;
    let event = acting.event("ledger.terminal.corrected", sitting.unwrap_or("-"), now);
    Ok(txn.commit(&event.with("line", body))?)
}

/// Which ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// 操作端末利用管理簿.
    Terminals,
    /// 作成帳票管理簿.
    Reports,
}

/// A month of a ledger that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenOut<'a> {
    /// Of which ledger.
    pub of: Of,
    /// Which month.
    pub month: Month,
    /// `xlsx`, `csv` or `print`.
    pub form: &'static str,
    /// The digest of the file, where it is one.
    pub sha256: Option<&'a str>,
}

/// Says in the record that a month of a ledger was looked at.
pub fn viewed(
    txn: Txn<'_>,
    acting: &Acting,
    of: Of,
    month: Month,
    now: Timestamp,
) -> Result<(), StoreError> {
    let month = month.to_string();
    txn.commit(&match of {
        Of::Terminals => acting.event("ledger.terminal.viewed", &month, now),
        Of::Reports => acting.event("ledger.report.viewed", &month, now),
    })
}

/// Says in the record that a month of a ledger left as a file or on paper.
pub fn taken_out(
    txn: Txn<'_>,
    _permit: &Permit<act::LedgerExport>,
    acting: &Acting,
    taken: TakenOut<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let month = taken.month.to_string();
    let event = match taken.of {
        Of::Terminals => acting.event("ledger.terminal.taken_out", &month, now),
        Of::Reports => acting.event("ledger.report.taken_out", &month, now),
    };
    let event = event.with("form", taken.form);
    txn.commit(&match taken.sha256 {
        Some(sha256) => event.with("sha256", sha256),
        None => event,
    })
}
