//! Who may do what in a workspace with accounts: roles, policies, permits, and the rules of passwords, codes, sessions and time
//! slots. Nothing here reads a clock, a file or a random number.
//!
//! [`Policies::permit`] is the only maker of a [`Permit`]; a use case that touches data takes one for its action and object.

mod action;
pub mod delay;
mod denial;
mod name;
mod object;
pub mod password;
mod permit;
mod policies;
mod principal;
mod request;
mod role;
pub mod session;
pub mod slot;
pub mod totp;

pub use action::{Act, Action, act};
pub use denial::{Denial, Reason};
pub use name::{PersonId, SessionId, StudyId, TerminalId};
pub use object::{Object, Study, StudyState};
pub use permit::Permit;
pub use policies::{FILES, LoadError, Policies, SCHEMA};
pub use principal::{Factors, Grant, GrantError, Principal, Scope, Standing};
pub use role::{Grantable, Role, Sheet, UnknownRole};

/// Every code that an error of this crate can have, with the names of its details.
pub fn codes() -> Vec<(&'static str, &'static [&'static str])> {
    let lists = [
        Denial::CODES,
        GrantError::CODES,
        LoadError::CODES,
        UnknownRole::CODES,
        password::Weakness::CODES,
        session::SessionError::CODES,
        slot::Clash::CODES,
        slot::SlotError::CODES,
        totp::CodeError::CODES,
        totp::EnrolError::CODES,
    ];
    lists.concat()
}
