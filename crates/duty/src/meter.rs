//! The meter: how long giving the information took, by a clock that nobody can set.
//!
//! What counts is time, not the hours of everybody who worked: the Order (令9条1項) speaks of the time that the provision
//! takes. Two sessions of one provision that run at once count once.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a clock showed that only goes forward while the machine is up, asleep or not (`CLOCK_BOOTTIME`). Setting the
/// machine's time does not move it; a restart begins a new `boot`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Names the run of the machine.
    pub boot: String,
    /// Nanoseconds since that run began.
    pub nanos: u64,
}

/// Why a time can't be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeterError {
    /// The clock went back, which it cannot.
    #[error("the meter's clock went back")]
    Backwards,
    /// The times together are longer than can be counted.
    #[error("the time metered is longer than can be counted")]
    Overflow,
    /// The machine was started again in between: how long it took must be stated by a person.
    #[error("the machine was started again while the meter ran")]
    Restarted,
}

impl MeterError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("duty.meter.backwards", &[]),
        ("duty.meter.overflow", &[]),
        ("duty.meter.restarted", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Backwards => "duty.meter.backwards",
            Self::Overflow => "duty.meter.overflow",
            Self::Restarted => "duty.meter.restarted",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Restarted => 1,
            Self::Backwards => 3,
            Self::Overflow => 2,
        }
    }
}

impl Reading {
    /// How long it was from here to `later`.
    pub fn until(&self, later: &Self) -> Result<Duration, MeterError> {
        if self.boot != later.boot {
            return Err(MeterError::Restarted);
        }
        later
            .nanos
            .checked_sub(self.nanos)
            .map(Duration::from_nanos)
            .ok_or(MeterError::Backwards)
    }
}

/// A session that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it began, by the machine's time: only says on which day an hour began.
    pub began: Timestamp,
    /// How long it was.
    pub length: Length,
}

/// How the length of a session is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Length {
    /// By the meter's clock, from one reading to the next.
    Measured {
        /// The run of the machine.
        boot: String,
        /// Nanoseconds at its start.
        from: u64,
        /// Nanoseconds at its end.
        to: u64,
    },
    /// A person said so, because the machine was started again or the session was wrong.
    Stated(Duration),
}

/// Time without overlaps, in the order it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metered {
    /// All of it.
    pub total: Duration,
    /// Its pieces: when each began, and its length.
    pub pieces: Vec<(Timestamp, Duration)>,
}

impl Metered {
    /// Adds sessions up. Measured ones that overlap count once; a stated one has no place in time and is added whole.
    pub fn of<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Result<Self, MeterError> {
        let mut boots: BTreeMap<&str, Vec<(u64, u64, Timestamp)>> = BTreeMap::new();
        let mut pieces = Vec::new();
        for span in spans {
            match &span.length {
                Length::Measured { boot, from, to } if from <= to => {
                    boots
                        .entry(boot.as_str())
                        .or_default()
                        .push((*from, *to, span.began));
                }
                Length::Measured { .. } => return Err(MeterError::Backwards),
                Length::Stated(length) => pieces.push((span.began, *length)),
            }
        }
        for mut spans in boots.into_values() {
            spans.sort_unstable();
            let mut open: Option<(u64, u64, Timestamp)> = None;
            for (from, to, began) in spans {
                open = match open {
                    Some((first, last, at)) if from <= last => Some((first, last.max(to), at)),
                    other => {
                        pieces.extend(other.map(piece));
                        Some((from, to, began))
                    }
                };
            }
            pieces.extend(open.map(piece));
        }
        pieces.sort_unstable();
        let total = pieces
            .iter()
            .try_fold(Duration::ZERO, |sum, (_, length)| sum.checked_add(*length))
            .ok_or(MeterError::Overflow)?;
        Ok(Self { total, pieces })
    }

    /// When the moment came at which `so_far` had been worked; none if it never came.
    pub(crate) fn moment(&self, so_far: Duration) -> Option<Timestamp> {
        let mut left = so_far;
        for (began, length) in &self.pieces {
            if left < *length {
                let offset = SignedDuration::try_from(left).ok()?;
                return began.checked_add(offset).ok();
            }
            left = left.saturating_sub(*length);
        }
        None
    }
}

fn piece((from, to, began): (u64, u64, Timestamp)) -> (Timestamp, Duration) {
    (began, Duration::from_nanos(to.saturating_sub(from)))
}
