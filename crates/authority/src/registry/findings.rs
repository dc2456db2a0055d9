//! What loading a registry found: by kind, with the lines, never with a value.

use std::collections::BTreeMap;

use renketsu_identity::Reject;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::field::Field;

/// How many findings of one kind keep their lines; beyond it they are only counted.
pub const LINES_KEPT: usize = 1_000;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// A field is empty or not of its canonical form.
    FieldRejected,
    /// A line of differences whose operation is none, or lacks what it needs.
    OperationUnknown,
    /// A line of differences names a person who is not registered.
    PersonUnknown,
    /// A line of differences names a row that the person does not have.
    RowNotHeld,
    /// `valid_to` lies before `valid_from`.
    DatesReversed,
    /// One person has two birth dates.
    BirthDatesDiffer,
    /// One person has two sexes.
    SexesDiffer,
    /// A row stands twice.
    RowDuplicated,
    /// Two rows of one person and one number overlap in time and differ.
    RowsOverlap,
    /// One number (not a household's) belongs to two persons on one day.
    NumberShared,
    /// One person has two numbers at one insurer on one day.
    NumbersOverlap,
    /// Two persons have one and the same first number. The ID made from it would be that of both, so neither has one.
    FirstNumberShared,
    /// One number (not a household's) belongs to two persons, one after the other.
    NumberReused,
    /// Several numbers of a person start on the earliest day; the smallest canonical bytes were taken.
    FirstNumberTied,
    /// The check digit of the insurer number does not fit. Real numbers that fail it exist.
    InsurerCheckDigit,
}

/// What a finding does to a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The load is refused.
    Error,
    /// The load is refused unless the operator accepts such rows, which the record then says.
    Question,
    /// Legal; reported only.
    Notice,
}

impl FindingKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 15] = [
        Self::FieldRejected,
        Self::OperationUnknown,
        Self::PersonUnknown,
        Self::RowNotHeld,
        Self::DatesReversed,
        Self::BirthDatesDiffer,
        Self::SexesDiffer,
        Self::RowDuplicated,
        Self::RowsOverlap,
        Self::NumberShared,
        Self::NumbersOverlap,
        Self::FirstNumberShared,
        Self::NumberReused,
        Self::FirstNumberTied,
        Self::InsurerCheckDigit,
    ];

    /// Stable name for machine-readable reports and the message catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FieldRejected => "field_rejected",
            Self::OperationUnknown => "operation_unknown",
            Self::PersonUnknown => "person_unknown",
            Self::RowNotHeld => "row_not_held",
            Self::DatesReversed => "dates_reversed",
            Self::BirthDatesDiffer => "birth_dates_differ",
            Self::SexesDiffer => "sexes_differ",
            Self::RowDuplicated => "row_duplicated",
            Self::RowsOverlap => "rows_overlap",
            Self::NumberShared => "number_shared",
            Self::NumbersOverlap => "numbers_overlap",
            Self::NumberReused => "number_reused",
            Self::FirstNumberShared => "first_number_shared",
            Self::FirstNumberTied => "first_number_tied",
            Self::InsurerCheckDigit => "insurer_check_digit",
        }
    }

    /// What the finding does to the load.
    pub const fn severity(self) -> Severity {
        match self {
            Self::FieldRejected
            | Self::OperationUnknown
            | Self::PersonUnknown
            | Self::RowNotHeld
            | Self::DatesReversed
            | Self::BirthDatesDiffer
            | Self::SexesDiffer => Severity::Error,
            Self::RowDuplicated
            | Self::RowsOverlap
            | Self::NumberShared
            | Self::NumbersOverlap
            | Self::FirstNumberShared => Severity::Question,
            Self::NumberReused | Self::FirstNumberTied | Self::InsurerCheckDigit => {
                Severity::Notice
            }
        }
    }
}

/// Whether the operator accepts rows that raise a question. An acceptance is recorded with the registry version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    /// Any question stops the load.
    Refuse,
    /// Questions are reported and the rows are taken as they stand.
    Accept,
}

/// One finding and its lines in the file (line 1 is the header).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The line it was found on.
    pub line: u64,
    /// The line it clashes with.
    pub other: Option<u64>,
    /// The rejected field and why, for [`FindingKind::FieldRejected`].
    pub rejected: Option<(Field, Reject)>,
}

/// All findings of one load: every one counted, the first [`LINES_KEPT`] of each kind with their lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kinds: BTreeMap<FindingKind, Vec<Finding>>,
    counts: BTreeMap<FindingKind, u64>,
}

impl Findings {
    /// How many of this kind.
    pub fn count(&self, kind: FindingKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// How many of this severity.
    pub fn total(&self, severity: Severity) -> u64 {
        FindingKind::ALL
            .iter()
            .filter(|kind| kind.severity() == severity)
            .fold(0_u64, |sum, kind| sum.saturating_add(self.count(*kind)))
    }

    /// The kept findings, by kind, then in the order of their lines.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.kinds.values().flatten()
    }

    /// The kinds that occurred, with their counts.
    pub fn counts(&self) -> impl Iterator<Item = (FindingKind, u64)> {
        self.counts.iter().map(|(kind, count)| (*kind, *count))
    }

    /// Whether these findings stop a load under `acceptance`.
    pub fn refuse(&self, acceptance: Acceptance) -> bool {
        self.total(Severity::Error) > 0
            || (acceptance == Acceptance::Refuse && self.total(Severity::Question) > 0)
    }

    pub(super) fn add(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.kind).or_insert(0);
        *count = count.saturating_add(1);
        let kept = self.kinds.entry(finding.kind).or_default();
        if kept.len() < LINES_KEPT {
            kept.push(finding);
        }
    }

    /// Adds the findings in which a line of the file takes part; rows from before have line 0.
    pub(super) fn add_new(&mut self, found: &Self) {
        for finding in found.iter() {
            let other = finding.other.filter(|other| *other > 0);
            match (finding.line, other) {
                (0, None) => {}
                (0, Some(line)) => self.add(Finding {
                    line,
                    other: None,
                    ..*finding
                }),
                _ => self.add(Finding { other, ..*finding }),
            }
        }
    }

    /// Puts the kept findings of each kind into the order of lines: the checks find them in other orders.
    pub(super) fn settle(&mut self) {
        for kept in self.kinds.values_mut() {
            kept.sort_by_key(|finding| (finding.line, finding.other));
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 5)?;
        out.serialize_field("kind", self.kind.name())?;
        out.serialize_field("line", &self.line)?;
        out.serialize_field("other_line", &self.other)?;
        out.serialize_field("field", &self.rejected.map(|(field, _)| field.name()))?;
        out.serialize_field("reject", &self.rejected.map(|(_, reject)| reject.name()))?;
        out.end()
    }
}

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts: BTreeMap<&str, u64> = self
            .counts()
            .map(|(kind, count)| (kind.name(), count))
            .collect();
        let mut out = serializer.serialize_struct("Findings", 2)?;
        out.serialize_field("counts", &counts)?;
        out.serialize_field("findings", &self.iter().collect::<Vec<_>>())?;
        out.end()
    }
}
