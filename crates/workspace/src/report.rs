//! Reports: what the server shows, under a number of 作成帳票管理簿, so that it may be printed.
//!
//! The ledger and the record hold who made a report of what, and a digest under the study's key; what it shows stands in
//! neither. Its title is the maker's, so no event holds it.

mod error;
mod ledger;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use renketsu_access::{Object, Permit, act};
use renketsu_seal::vault::{StudyKey, VaultKey};
use renketsu_store::{ReportEntry, ReportRecord, Store};

use crate::accounts::{Acting, typed};
use crate::vault::StudyVaultError;

pub use error::ReportError;
pub use ledger::{Added, Ledger, Line, LineKind, NewLine, add_line, ledger};

/// The most copies of a report.
const COPIES: u64 = 99;

/// What a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The answer of a question.
    Answer,
    /// The report of a link.
    Link,
    /// The data catalogue.
    Catalogue,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Link, Self::Catalogue];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Link => "link",
            Self::Catalogue => "catalogue",
        }
    }

    /// By its stable name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The number of a report in its study: `R-000001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u64);

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "R-{:06}", self.0)
    }
}

impl FromStr for Number {
    type Err = ReportError;

    /// As it is printed, and no other way.
    fn from_str(text: &str) -> Result<Self, ReportError> {
        let digits = text.strip_prefix("R-").unwrap_or_default();
        let number = digits.parse().map(Self);
        let number = number.map_err(|_| ReportError::Nothing)?;
        if number.to_string() == text {
            Ok(number)
        } else {
            Err(ReportError::Nothing)
        }
    }
}

/// What whoever makes a report says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    title: String,
    copies: u64,
    note: Option<String>,
}

impl Wanted {
    /// As a form sends it.
    pub fn parse(title: &str, copies: &str, note: &str) -> Result<Self, ReportError> {
        let text = |field, text| typed(text).ok_or(ReportError::Text { field });
        let note = match note.trim() {
            "" => None,
            note => Some(text("note", note)?),
        };
        let copies: u64 = copies
            .trim()
            .parse()
            .map_err(|_| ReportError::Copies { max: COPIES })?;
        if !(1..=COPIES).contains(&copies) {
            return Err(ReportError::Copies { max: COPIES });
        }
        Ok(Self {
            title: text("title", title)?,
            copies,
            note,
        })
    }
}

/// A report that is made.
#[derive(Debug, Clone, Copy)]
pub struct Making<'a> {
    /// By whom, from where.
    pub acting: &'a Acting,
    /// Where the terminal stands.
    pub place: &'a str,
    /// Of what.
    pub kind: Kind,
    /// The question it is the answer of, or the version of the link.
    pub source: Option<u64>,
    /// What its maker says of it.
    pub wanted: &'a Wanted,
    /// What it shows, for its digest.
    pub shown: &'a [u8],
}

fn study_of(object: &Object) -> Result<String, ReportError> {
    object
        .study()
        .map(|study| study.id.to_string())
        .ok_or(ReportError::Nothing)
}

fn key(store: &Store, vault: &VaultKey, study: &str) -> Result<StudyKey, ReportError> {
    let (wrapped, _, _) = store.vault(study)?.ok_or_else(|| StudyVaultError::NoKey {
        study: study.to_owned(),
    })?;
    Ok(vault.open_study(study, &wrapped)?)
}

/// Enters a report in the ledger, under the next number of its study. Nobody sees it before.
pub fn make(
    permit: Permit<act::ReportMake>,
    store: &mut Store,
    vault: &VaultKey,
    making: Making<'_>,
    now: Timestamp,
) -> Result<Number, ReportError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let Making {
        acting,
        place,
        kind,
        source,
        wanted,
        shown,
    } = making;
    let digest = key(store, vault, &study)?.digest(shown);
    let txn = store.begin()?;
    let number = Number(txn.add_report(&ReportEntry {
        study: study.clone(),
        kind: kind.as_str().to_owned(),
        title: wanted.title.clone(),
        note: wanted.note.clone(),
        source,
        person: acting.person.clone(),
        sitting: acting.sitting.clone(),
        terminal: acting.terminal.clone(),
        place: place.to_owned(),
        made_at: now,
        copies: wanted.copies,
        digest: digest.clone(),
    })?);
    let event = acting
        .event("report.made", &study, now)
        .with("report", number.to_string())
        .with("kind", kind.as_str())
        .with("copies", wanted.copies)
        .with("digest", digest);
    txn.commit(&match source {
        Some(source) => event.with("source", source),
        None => event,
    })?;
    Ok(number)
}

/// A report that this session made.
///
/// # Errors
/// [`ReportError::Nothing`] for one that another session made, as for one that isn't there.
pub fn own(
    permit: &Permit<act::ReportMake>,
    store: &Store,
    acting: &Acting,
    number: Number,
) -> Result<ReportRecord, ReportError> {
    let study = study_of(permit.object())?;
    store
        .report(&study, number.0)?
        .filter(|record| record.entry.sitting == acting.sitting)
        .ok_or(ReportError::Nothing)
}

/// Records that a report's page is opened, before it is sent. `false`: what it would show is not there any more, or no longer what
/// its number was given for, and isn't shown.
pub fn opened(
    permit: Permit<act::ReportMake>,
    store: &mut Store,
    vault: &VaultKey,
    acting: &Acting,
    record: &ReportRecord,
    shown: Option<&[u8]>,
    now: Timestamp,
) -> Result<bool, ReportError> {
    let study = study_of(permit.object())?;
    drop(permit);
    let stands = match shown {
        Some(shown) => key(store, vault, &study)?.digest(shown) == record.entry.digest,
        None => false,
    };
    let event = acting
        .event("report.opened", &study, now)
        .with("report", Number(record.number).to_string())
        .with("shown", stands);
    store.begin()?.commit(&event)?;
    Ok(stands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_only_as_it_is_printed() {
        assert_eq!(Number(1).to_string(), "R-000001");
        assert_eq!(Number(1_000_000).to_string(), "R-1000000");
        for text in ["R-000001", "R-1000000"] {
            let number: Number = text.parse().unwrap();
            assert_eq!(number.to_string(), text);
        }
        for text in [
            "",
            "R-",
            "R-1",
            "1",
            "r-000001",
            "R-+00001",
            "R-000001 ",
            "R-\u{ff11}",
        ] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_said_of_a_report_is_one_line_and_copies_are_few() {
        let said = Wanted::parse(" 入院の集計 ", " 2 ", "").unwrap();
        assert_eq!((said.title.as_str(), said.copies), ("入院の集計", 2));
        assert_eq!(said.note, None);
        let note = Wanted::parse("x", "99", "打合せ").unwrap().note;
        assert_eq!(note.as_deref(), Some("打合せ"));
        let long = "長".repeat(201);
        for title in [
            "",
            " ",
            "a\r\nb",
            "a\u{202e}b",
            "\u{1b}[31m",
            "a\u{2028}b",
            &long,
        ] {
            assert!(
                matches!(
                    Wanted::parse(title, "1", ""),
                    Err(ReportError::Text { field: "title" })
                ),
                "{title:?}"
            );
        }
        assert!(matches!(
            Wanted::parse("x", "1", "a\nb"),
            Err(ReportError::Text { field: "note" })
        ));
        for copies in ["", "0", "100", "-1", "1.5", "一"] {
            assert!(
                matches!(
                    Wanted::parse("x", copies, ""),
                    Err(ReportError::Copies { .. })
                ),
                "{copies}"
            );
        }
    }
}
