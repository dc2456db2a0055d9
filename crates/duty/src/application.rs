//! The application (申出) for the information, and what the authority decided: it *may* give it (法31条3項).
//!
//! The states are types, so that only an accepted application can be answered.

use jiff::civil::Date;

/// An application in one of its states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application<S> {
    /// Its number.
    pub number: String,
    /// The provision it asks for.
    pub provision: String,
    /// Where it stands.
    pub state: S,
}

/// It came in and is not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received;

/// The information may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Since this day.
    pub on: Date,
}

/// The information is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Since this day.
    pub on: Date,
    /// Why.
    pub reason: String,
}

/// A refusal without a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a refusal needs a reason")]
pub struct NoReason;

impl NoReason {
    /// Codes of this error with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[("duty.application.no_reason", &[])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        "duty.application.no_reason"
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        2
    }
}

impl<S> Application<S> {
    fn into_state<T>(self, state: T) -> Application<T> {
        Application {
            number: self.number,
            provision: self.provision,
            state,
        }
    }
}

impl Application<Received> {
    /// The authority gives the information.
    pub fn accept(self, on: Date) -> Application<Accepted> {
        self.into_state(Accepted { on })
    }

    /// The authority does not.
    pub fn refuse(self, on: Date, reason: &str) -> Result<Application<Refused>, NoReason> {
        if reason.trim().is_empty() {
            return Err(NoReason);
        }
        let reason = reason.to_owned();
        Ok(self.into_state(Refused { on, reason }))
    }
}

/// An application whose state only its record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Not decided.
    Received(Application<Received>),
    /// Accepted.
    Accepted(Application<Accepted>),
    /// Refused.
    Refused(Application<Refused>),
}
