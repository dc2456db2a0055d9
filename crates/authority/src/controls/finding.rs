//! What is seen in a request that honest data don't show.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lookup::Status;

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rows equal to another row.
    Repeated,
    /// Numbers one after the other at one insurer and symbol.
    Sequential,
    /// Numbers with more branches than a household has members.
    Branches,
    /// Numbers with more birth dates and sexes than a household has members.
    Probed,
    /// Rows that nobody is found for.
    Unknown,
}

impl Kind {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 5] = [
        Self::Repeated,
        Self::Sequential,
        Self::Branches,
        Self::Probed,
        Self::Unknown,
    ];

    /// The name in commands and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repeated => "repeated",
            Self::Sequential => "sequential",
            Self::Branches => "branches",
            Self::Probed => "probed",
            Self::Unknown => "unknown",
        }
    }

    /// The kind with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A finding: counts only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Which.
    pub kind: Kind,
    /// How many rows (`repeated`, `unknown`) or different numbers (the others) it concerns.
    pub found: u64,
    /// Of how many.
    pub of: u64,
}

/// Rows that nobody is found for, in percent: honest ones are 8 at most, families without branches (decision 0017).
const UNKNOWN: u64 = 20;
/// Fewer than this many are no finding by their share.
const FEWEST: u64 = 20;

impl Found {
    /// Above this share, in percent, and at least twenty.
    pub(super) fn by_share(kind: Kind, found: u64, of: u64, percent: u64) -> Option<Self> {
        let above = found.saturating_mul(100) > of.saturating_mul(percent);
        (above && found >= FEWEST).then_some(Self { kind, found, of })
    }

    /// Any at all.
    pub(super) fn any(kind: Kind, found: u64, of: u64) -> Option<Self> {
        (found > 0).then_some(Self { kind, found, of })
    }

    /// Rows that nobody is found for, or somebody else, judged after looking up. Who guesses the birth date to a number has
    /// conflicts, and who fills a request up has rows that say nothing: they are no answers either.
    pub fn unknown(by_status: &BTreeMap<&'static str, u64>, rows: u64) -> Option<Self> {
        let unanswered = [Status::NotFound, Status::Conflict, Status::Invalid]
            .iter()
            .filter_map(|status| by_status.get(status.name()))
            .fold(0_u64, |sum, count| sum.saturating_add(*count));
        Self::by_share(Kind::Unknown, unanswered, rows, UNKNOWN)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.found, self.of)
    }
}
