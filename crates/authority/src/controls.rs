//! What a provision allows to be asked (docs/decisions/0017): cohort, quota, size of a request, and what stops one.

mod amend;
mod blocks;
mod dismiss;
mod fault;
mod finding;
mod halt;
mod runs;
mod sketch;
mod standing;
mod watch;

use serde::{Deserialize, Serialize};

pub use amend::{Amending, amend};
pub use dismiss::{Dismissing, dismiss};
pub use fault::ControlError;
pub use finding::{Found, Kind};
pub(crate) use halt::open;
pub(crate) use sketch::{Sketch, margin};
pub use standing::{Change, Decision, Finding, Standing, standing};
pub use watch::{Seen, Watch};

/// Different persons of a request below which nothing is answered, unless the provision says otherwise.
pub const LEAST: u64 = 100;
/// No exception goes below: one record alone is never answered.
pub const FLOOR: u64 = 2;
/// Rows of a request above which it must be divided, unless the provision says otherwise.
pub const LARGEST: u64 = 10_000_000;
/// Rows of the quota for each declared person: ten years of months.
pub const ROWS_PER_PERSON: u64 = 120;
/// The quota of a provision that opened before cohorts were declared.
pub const UNDECLARED_QUOTA: u64 = LARGEST;

/// Who allowed something, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub approved_by: String,
}

impl Leave {
    fn checked(&self) -> Result<Self, ControlError> {
        let reason = text(&self.reason).ok_or(ControlError::Reason)?;
        let approved_by = text(&self.approved_by).ok_or(ControlError::Approver)?;
        Ok(Self {
            reason,
            approved_by,
        })
    }
}

/// A short text without control characters, trimmed.
fn text(given: &str) -> Option<String> {
    let given = given.trim();
    let fits =
        !given.is_empty() && given.chars().count() <= 500 && !given.chars().any(char::is_control);
    fits.then(|| given.to_owned())
}

/// A finding that does not stop the requests of a provision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// Which.
    pub finding: Kind,
    /// Since when it does not: who, and why.
    pub by: Leave,
}

/// The controls of a provision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Controls {
    /// Persons the producer declared; `None` only where the provision opened before that was asked.
    pub cohort: Option<u64>,
    /// Rows over all requests; `None` follows from the cohort.
    pub quota: Option<u64>,
    /// Fewest rows of a request, and fewest different persons it must be about.
    pub least: u64,
    /// Who allowed fewer than [`LEAST`].
    pub exception: Option<Leave>,
    /// Most rows of a request.
    pub largest: u64,
    /// Findings that do not stop a request.
    pub allowed: Vec<Allowed>,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            cohort: None,
            quota: None,
            least: LEAST,
            exception: None,
            largest: LARGEST,
            allowed: Vec::new(),
        }
    }
}

/// What is declared when a provision opens.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Persons whose identifiers will be asked for.
    pub cohort: u64,
    /// Rows over all requests, if not [`ROWS_PER_PERSON`] a person.
    pub quota: Option<u64>,
    /// Fewest rows and different persons of a request, if not [`LEAST`].
    pub least: Option<u64>,
    /// Who allowed fewer.
    pub exception: Option<Leave>,
    /// Most rows of a request, if not [`LARGEST`].
    pub largest: Option<u64>,
}

impl Declared {
    /// The controls a provision opens with.
    pub fn controls(&self) -> Result<Controls, ControlError> {
        Controls {
            cohort: Some(self.cohort),
            quota: self.quota,
            least: self.least.unwrap_or(LEAST),
            exception: self.exception.clone(),
            largest: self.largest.unwrap_or(LARGEST),
            allowed: Vec::new(),
        }
        .checked()
    }
}

impl Controls {
    /// Rows over all requests.
    pub fn quota(&self) -> u64 {
        self.quota.unwrap_or_else(|| {
            self.cohort.map_or(UNDECLARED_QUOTA, |cohort| {
                cohort.saturating_mul(ROWS_PER_PERSON)
            })
        })
    }

    /// Whether a finding of this kind stops a request.
    pub fn stops(&self, kind: Kind) -> bool {
        self.allowed.iter().all(|allowed| allowed.finding != kind)
    }

    /// Holds the values to one another; drops an exception that is none.
    fn checked(mut self) -> Result<Self, ControlError> {
        if self.cohort == Some(0) {
            return Err(ControlError::Zero { limit: "cohort" });
        }
        if self.quota == Some(0) {
            return Err(ControlError::Zero { limit: "quota" });
        }
        if self.least < FLOOR {
            return Err(ControlError::Floor {
                least: self.least,
                floor: FLOOR,
            });
        }
        if self.largest < self.least {
            return Err(ControlError::Reversed {
                least: self.least,
                largest: self.largest,
            });
        }
        self.exception = if self.least < LEAST {
            let Some(exception) = &self.exception else {
                return Err(ControlError::Exception {
                    least: self.least,
                    usual: LEAST,
                });
            };
            Some(exception.checked()?)
        } else {
            None
        };
        Ok(self)
    }

    /// Refuses a request about fewer different persons than the least batch. How many there were is not said: after a look-up
    /// it would tell how many of them are registered.
    pub fn enough(&self, persons: u64) -> Result<(), ControlError> {
        if persons < self.least {
            return Err(ControlError::Persons { least: self.least });
        }
        Ok(())
    }

    /// Refuses a request of this size; `asked` other rows counted before.
    pub fn admit(&self, provision: &str, rows: u64, asked: u64) -> Result<(), ControlError> {
        if rows < self.least {
            return Err(ControlError::Few {
                rows,
                least: self.least,
            });
        }
        if rows > self.largest {
            return Err(ControlError::Many {
                rows,
                largest: self.largest,
            });
        }
        let left = self.quota().saturating_sub(asked);
        if rows > left {
            return Err(ControlError::Quota {
                provision: provision.to_owned(),
                rows,
                left,
            });
        }
        Ok(())
    }
}
