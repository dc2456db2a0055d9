//! Periodic checks of the log (定期的なログの確認, 4-3-4-2i.log-review): what stands out in a period, what the reviewer found, and
//! their name under it.
//!
//! Periods follow each other without a gap, so that no entry is looked at by nobody. Nothing in the clause keeps a person from
//! reviewing a period in which they did something themselves; how many entries those are is counted and stays with the review.

use jiff::Timestamp;
use jiff::tz::Offset;
use renketsu_access::{Permit, act};
use renketsu_store::{LogMark, ReviewRecord, Store, StoreError};
use serde::Serialize;

use crate::accounts::Acting;

/// The longest finding.
const LONGEST: usize = 4_000;
/// The most entries of one review: what is more is another review.
pub const MOST: u64 = 200_000;
/// The night in Japan: from 22:00 to before 5:00.
const NIGHT: (i8, i8) = (22, 5);

/// What stands out in a period, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Notable {
    /// Entries.
    pub entries: u64,
    /// Wrong passwords and second factors.
    pub refused: u64,
    /// What somebody was not allowed to do.
    pub denied: u64,
    /// Policies that could not be evaluated.
    pub faults: u64,
    /// Second sessions of one person.
    pub overlaps: u64,
    /// Ends of the server that nobody asked for.
    pub crashes: u64,
    /// Entries before which the clock had been moved.
    pub stepped: u64,
    /// Heads that could not be signed.
    pub unsigned: u64,
    /// What persons did at night.
    pub night: u64,
    /// What the reviewer did.
    pub own: u64,
}

/// Counts what stands out.
pub fn notable<'m>(marks: impl IntoIterator<Item = &'m LogMark>, reviewer: &str) -> Notable {
    let mut found = Notable::default();
    for mark in marks {
        found.entries = found.entries.saturating_add(1);
        let counter = match mark.action.as_str() {
            "session.refused" => Some(&mut found.refused),
            "access.denied" => Some(&mut found.denied),
            "access.fault" => Some(&mut found.faults),
            "session.overlap" => Some(&mut found.overlaps),
            "server.recovered" => Some(&mut found.crashes),
            "log.unsigned" => Some(&mut found.unsigned),
            _ => None,
        };
        if let Some(counter) = counter {
            *counter = counter.saturating_add(1);
        }
        if mark.stepped {
            found.stepped = found.stepped.saturating_add(1);
        }
        if mark.person.is_some() && is_night(mark.at) {
            found.night = found.night.saturating_add(1);
        }
        if mark.person.as_deref() == Some(reviewer) {
            found.own = found.own.saturating_add(1);
        }
    }
    found
}

fn is_night(at: Timestamp) -> bool {
    let hour = Offset::constant(9).to_datetime(at).hour();
    hour >= NIGHT.0 || hour < NIGHT.1
}

/// A period that nobody has reviewed, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its first entry.
    pub from: u64,
    /// Its last one.
    pub to: u64,
    /// The hash of the last one, by which the reviewer says what they looked at.
    pub head: String,
    /// What stands out in it.
    pub notable: Notable,
}

/// What a reviewer signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff<'a> {
    /// The last entry they looked at.
    pub to: u64,
    /// Its hash.
    pub head: &'a str,
    /// What they found.
    pub finding: &'a str,
    /// Whether nothing has to be looked into.
    pub good: bool,
}

/// Why a review isn't signed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Nothing is said of what was found, or too much.
    #[error("a finding has 1 to {LONGEST} characters")]
    Finding,
    /// Somebody else signed for entries of this period meanwhile, or the entry isn't the one that was looked at.
    #[error("the period up to entry {to} is not the one that waits for a review")]
    Moved {
        /// The last entry of the period.
        to: u64,
    },
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReviewError {
    /// Codes of its own with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.review.finding", &[]),
        ("workspace.review.moved", &["to"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Finding => "workspace.review.finding",
            Self::Moved { .. } => "workspace.review.moved",
            Self::Store(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Finding => Vec::new(),
            Self::Moved { to } => vec![("to", to.to_string())],
            Self::Store(error) => error.details(),
        }
    }
}

/// The first entry that nobody has reviewed.
fn first(store: &Store) -> Result<u64, StoreError> {
    let reviews = store.log_reviews()?;
    Ok(reviews
        .iter()
        .map(|review| review.to_entry)
        .max()
        .unwrap_or(0)
        .saturating_add(1))
}

/// The period that waits for a review; `None` where everything is reviewed.
pub fn open_period(store: &Store, reviewer: &str) -> Result<Option<Period>, StoreError> {
    let from = first(store)?;
    let to = store
        .last_event()?
        .min(from.saturating_add(MOST).saturating_sub(1));
    if to < from {
        return Ok(None);
    }
    let last = store.log_entry(to)?.ok_or(StoreError::Chain { seq: to })?;
    Ok(Some(Period {
        from,
        to,
        head: last.entry.hash,
        notable: notable(&store.log_marks(from, to)?, reviewer),
    }))
}

/// Signs a review with the name of whoever has the permit.
#[expect(clippy::needless_pass_by_value, reason = "a permit is used up")]
pub fn sign_off(
    store: &mut Store,
    permit: Permit<act::LogReview>,
    acting: &Acting,
    asked: &SignOff<'_>,
    now: Timestamp,
) -> Result<(), ReviewError> {
    let by = permit.person().as_str();
    let finding = asked.finding.trim();
    if finding.is_empty() || finding.chars().count() > LONGEST {
        return Err(ReviewError::Finding);
    }
    let moved = || ReviewError::Moved { to: asked.to };
    let from = first(store)?;
    let looked_at = store.log_entry(asked.to)?.ok_or_else(moved)?;
    let longest = from.saturating_add(MOST);
    if asked.to < from || asked.to >= longest || looked_at.entry.hash != asked.head {
        return Err(moved());
    }
    let found = notable(&store.log_marks(from, asked.to)?, by);
    let found = serde_json::to_value(found).unwrap_or_default();
    let record = ReviewRecord {
        from_entry: from,
        to_entry: asked.to,
        head: asked.head.to_owned(),
        finding: finding.to_owned(),
        good: asked.good,
        at: now,
        by: by.to_owned(),
    };
    let event = acting
        .event("log.reviewed", "log", now)
        .with("from", from)
        .with("to", asked.to)
        .with("head", asked.head)
        .with("good", asked.good)
        .with("finding", finding)
        .with("notable", found);
    let txn = store.begin()?;
    txn.add_log_review(&record)?;
    Ok(txn.commit(&event)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(action: &str, at: &str, person: Option<&str>) -> LogMark {
        LogMark {
            action: action.to_owned(),
            at: at.parse().unwrap(),
            person: person.map(str::to_owned),
            stepped: false,
        }
    }

    #[test]
    fn what_stands_out_is_counted_and_the_rest_is_not() {
        let mut stepped = mark("server.heartbeat", "2026-12-01T03:00:00Z", None);
        stepped.stepped = true;
        let marks = [
            // 22:00 and 04:59 in Japan are night, 05:00 and 21:59 are not.
            mark("page.shown", "2026-12-01T13:00:00Z", Some("sato")),
            mark("page.shown", "2026-12-01T19:59:59Z", Some("suzuki")),
            mark("page.shown", "2026-12-01T20:00:00Z", Some("suzuki")),
            mark("page.shown", "2026-12-01T12:59:59Z", Some("sato")),
            mark("server.heartbeat", "2026-12-01T15:00:00Z", None),
            mark("session.refused", "2026-12-01T03:00:00Z", None),
            mark("access.denied", "2026-12-01T03:00:00Z", Some("suzuki")),
            mark("session.overlap", "2026-12-01T03:00:00Z", Some("suzuki")),
            mark("server.recovered", "2026-12-01T03:00:00Z", None),
            stepped,
        ];
        let found = notable(&marks, "sato");
        let expected = Notable {
            entries: 10,
            refused: 1,
            denied: 1,
            faults: 0,
            overlaps: 1,
            crashes: 1,
            stepped: 1,
            unsigned: 0,
            night: 2,
            own: 2,
        };
        assert_eq!(found, expected);
    }
}
