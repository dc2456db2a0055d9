//! People of the workspace: how they come in, and what is kept of it.
//!
//! A person enrols with a one-time code, signs in at an enrolled terminal, and has one session at a time. What they show
//! is looked at by the caller, outside every transaction; what came of it is written here, with its event.

mod enrol;
mod error;
mod ledger;
mod own;
mod people;
mod reset;
mod room;
mod samples;
mod sign_in;
mod terminal;

use jiff::Timestamp;
use renketsu_store::{Event, SittingRecord};

pub use enrol::{
    CODE_LIFE, Founding, Invitation, NewFactor, NewPerson, add_factor, choose_password, finish,
    found, found_again, invitation, invite, pledge_again, unfinished_founder,
};
pub use error::AccountError;
pub(crate) use error::typed;
pub(crate) use ledger::JAPAN;
pub use ledger::{
    Added, Correction, Ledger, Line, Month, Of, TakenOut, correct, ledger, taken_out, viewed,
};
pub use own::{OwnFactor, add_own_factor, change_password, remove_own_factor};
pub use people::{
    allow_single_factor, end_grant, end_session, end_single_factor, grant, invite_first_manager,
    may_have_first_manager, readmit, suspend,
};
pub use reset::{decide_reset, propose_reset};
pub use room::{
    Acceptance, Away, NewSlot, Standing, accept_sharing, acceptance_of, end_sharing, end_slot,
    room, set_slot, slot_of, turned_away,
};
pub use samples::{SAMPLES, Sample, add_samples, is_sample, sit_down};
pub use sign_in::{
    Lapse, Look, Opened, admit, close, close_lapsed, closed_by_crash, factor_used, heartbeat, lock,
    look, open, refused, unlock,
};
pub use terminal::{NewTerminal, add_place, add_terminal, enrol_terminal, revoke_terminal};

/// Who does something, and from where: what every event of a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// The person.
    pub person: String,
    /// The session; no secret.
    pub sitting: String,
    /// The terminal.
    pub terminal: String,
    /// The study of the session; `None`: the office.
    pub study: Option<String>,
}

impl Acting {
    /// Whoever has this session.
    pub fn of(sitting: &SittingRecord) -> Self {
        Self {
            person: sitting.person.clone(),
            sitting: sitting.sitting.clone(),
            terminal: sitting.terminal.clone(),
            study: sitting.study.clone(),
        }
    }

    /// An event of theirs.
    pub fn event(&self, action: &str, object: &str, at: Timestamp) -> Event {
        let event = Event::new(action, object, at)
            .with("person", self.person.as_str())
            .with("session", self.sitting.as_str())
            .with("terminal", self.terminal.as_str());
        match &self.study {
            Some(study) => event.with("study", study.as_str()),
            None => event,
        }
    }
}
