//! 作成帳票管理簿: which report was made by whom, where it is kept, and how it was disposed of. Reports write it themselves; a
//! person adds lines to it and changes none.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use renketsu_access::{Permit, act};
use renketsu_store::{ReportLine, ReportRecord, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::{Number, ReportError};
use crate::accounts::{Acting, JAPAN, Month, typed};

/// What a line about a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// Where it is kept (保管場所).
    Kept,
    /// How it was disposed of (廃棄).
    Disposed,
    /// What else is put right.
    Correction,
}

impl LineKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kept, Self::Disposed, Self::Correction];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Disposed => "disposed",
            Self::Correction => "correction",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Body {
    kind: LineKind,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    who: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    why: Option<String>,
}

/// A line that was added about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Its number.
    pub line: i64,
    /// What it says.
    pub kind: LineKind,
    /// The place, the method, or what is right.
    pub text: String,
    /// Of a disposal: the day.
    pub day: Option<String>,
    /// Of a disposal: who did it.
    pub who: Option<String>,
    /// Why it puts another line or the report's own right.
    pub why: Option<String>,
    /// The line that it puts right.
    pub corrects: Option<i64>,
    /// Whether a later line puts this one right.
    pub is_corrected: bool,
    /// When it was added.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// A report, and the lines that were added about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The report.
    pub report: ReportRecord,
    /// Its maker's name.
    pub name: String,
    /// The lines about it, in order.
    pub added: Vec<Added>,
}

impl Line {
    /// What stands of a kind of lines: those that no later one puts right.
    pub fn standing(&self, kind: LineKind) -> impl Iterator<Item = &Added> {
        let of_kind = move |line: &&Added| line.kind == kind && !line.is_corrected;
        self.added.iter().filter(of_kind)
    }
}

/// A month of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Reports that were made in it, in the order of their numbers.
    pub lines: Vec<Line>,
    /// Whether a report was made before it.
    pub has_earlier: bool,
}

/// What stands in the state, even where it isn't read as one of ours: no line is left out of a ledger.
fn added(record: ReportLine, corrected: &BTreeSet<i64>) -> Added {
    let raw = record.body.to_string();
    let body = serde_json::from_value(record.body).unwrap_or(Body {
        kind: LineKind::Correction,
        text: raw,
        day: None,
        who: None,
        why: None,
    });
    Added {
        is_corrected: corrected.contains(&record.line),
        line: record.line,
        kind: body.kind,
        text: body.text,
        day: body.day,
        who: body.who,
        why: body.why,
        corrects: record.corrects,
        at: record.at,
        by: record.by,
    }
}

/// A month of the ledger, of everything or of one study.
pub fn ledger(store: &Store, month: Month, study: Option<&str>) -> Result<Ledger, StoreError> {
    let lines = store.report_lines(study)?;
    let corrected = lines.iter().filter_map(|line| line.corrects).collect();
    let mut of: BTreeMap<(String, u64), Vec<Added>> = BTreeMap::new();
    for line in lines {
        let report = (line.study.clone(), line.number);
        of.entry(report).or_default().push(added(line, &corrected));
    }
    let names: BTreeMap<String, String> = store
        .people()?
        .into_iter()
        .map(|person| (person.person, person.name))
        .collect();
    let (from, until) = month.bounds().unwrap_or((Timestamp::MAX, Timestamp::MAX));
    let reports = store.reports(study)?;
    let has_earlier = reports.iter().any(|report| report.entry.made_at < from);
    let lines = reports
        .into_iter()
        .filter(|report| (from..until).contains(&report.entry.made_at))
        .map(|report| Line {
            name: names.get(&report.entry.person).cloned().unwrap_or_default(),
            added: of
                .remove(&(report.entry.study.clone(), report.number))
                .unwrap_or_default(),
            report,
        })
        .collect();
    Ok(Ledger { lines, has_earlier })
}

/// What is added to the ledger, as a form sends it.
#[derive(Debug, Clone)]
pub struct NewLine<'a> {
    /// Of which study.
    pub study: &'a str,
    /// About which report of it (`R-000001`).
    pub report: &'a str,
    /// What it says.
    pub kind: LineKind,
    /// The place, the method, or what is right.
    pub text: &'a str,
    /// Of a disposal: the day (`2026-11-04`).
    pub day: &'a str,
    /// Of a disposal: who did it.
    pub who: &'a str,
    /// The number of the line that it puts right, if one.
    pub corrects: &'a str,
    /// Why, where it puts something right.
    pub why: &'a str,
}

impl NewLine<'_> {
    fn body(&self, made: Date) -> Result<Body, ReportError> {
        let line = |field, text| typed(text).ok_or(ReportError::Text { field });
        let disposed = self.kind == LineKind::Disposed;
        let day = if disposed {
            let day: Date = self.day.trim().parse().map_err(|_| ReportError::Day)?;
            if day < made {
                return Err(ReportError::Day);
            }
            Some(day.to_string())
        } else {
            None
        };
        let puts_right = self.kind == LineKind::Correction || !self.corrects.is_empty();
        Ok(Body {
            kind: self.kind,
            text: line(self.kind.as_str(), self.text)?,
            day,
            who: disposed.then(|| line("who", self.who)).transpose()?,
            why: puts_right.then(|| line("why", self.why)).transpose()?,
        })
    }
}

/// The line that a new one puts right: one of the same report that says the same kind of thing, and wasn't put right before.
fn corrected(store: &Store, new: &NewLine<'_>, number: u64) -> Result<Option<i64>, ReportError> {
    if new.corrects.is_empty() {
        return Ok(None);
    }
    let wanted: i64 = new.corrects.parse().map_err(|_| ReportError::Line)?;
    let lines = store.report_lines(Some(new.study))?;
    let again = lines.iter().any(|line| line.corrects == Some(wanted));
    let found = lines.into_iter().find(|line| line.line == wanted);
    found
        .filter(|line| line.number == number && !again)
        .filter(|line| added(line.clone(), &BTreeSet::new()).kind == new.kind)
        .map(|line| Some(line.line))
        .ok_or(ReportError::Line)
}

/// Adds a line about a report. What it puts right stays as it was written.
pub fn add_line(
    store: &mut Store,
    permit: &Permit<act::LedgerReportCorrect>,
    acting: &Acting,
    new: &NewLine<'_>,
    now: Timestamp,
) -> Result<(), ReportError> {
    // In a session of a study there are no reports but its own.
    let own = permit.object().study().map(|study| study.id.as_str());
    if own.is_some_and(|own| own != new.study) {
        return Err(ReportError::Nothing);
    }
    let number: Number = new.report.parse()?;
    let report = store.report(new.study, number.0)?;
    let report = report.ok_or(ReportError::Nothing)?;
    let made = JAPAN.to_datetime(report.entry.made_at).date();
    let body = serde_json::json!(new.body(made)?);
    let corrects = corrected(store, new, number.0)?;
    let txn = store.begin()?;
    let by = permit.person().as_str();
    let line = txn.add_report_line((new.study, number.0), corrects, &body, now, by)?;
    let event = acting
        .event("ledger.report.corrected", new.study, now)
        .with("report", number.to_string())
        .with("number", line)
        .with("line", body);
    Ok(txn.commit(&match corrects {
        Some(corrects) => event.with("corrects", corrects),
        None => event,
    })?)
}
