//! What is said when something is refused.

use crate::{Action, Role};

/// Why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The policies could not be evaluated. Not the person's doing: an alarm.
    Fault,
    /// It belongs to another study than the session. The page says the same as of what does not exist.
    OtherStudy,
    /// The person showed one factor, and no exception is on record.
    Factors,
    /// An undertaking or the training is missing or has lapsed.
    Standing,
    /// It is done in the office, or at a terminal of the study; the session is in the other of the two.
    Elsewhere,
    /// The person proposed it, or would do it to themselves.
    OwnProposal,
    /// The study is suspended.
    Suspended,
    /// The study is not yet, or no longer, in use.
    NotInUse,
    /// No role of the person in this session may do it.
    NotAllowed,
}

impl Reason {
    /// From the one that is said before all others.
    pub const ALL: [Self; 9] = [
        Self::Fault,
        Self::OtherStudy,
        Self::Factors,
        Self::Standing,
        Self::Elsewhere,
        Self::OwnProposal,
        Self::Suspended,
        Self::NotInUse,
        Self::NotAllowed,
    ];

    /// The stable name; the policies' `@reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::OtherStudy => "other-study",
            Self::Factors => "factors",
            Self::Standing => "standing",
            Self::Elsewhere => "elsewhere",
            Self::OwnProposal => "own-proposal",
            Self::Suspended => "suspended",
            Self::NotInUse => "not-in-use",
            Self::NotAllowed => "not-allowed",
        }
    }
}

/// A refusal: what, by which duty, why, and who may do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is refused by {clause}", action.as_str())]
pub struct Denial {
    /// What was to be done.
    pub action: Action,
    /// The duty of the guideline.
    pub clause: String,
    /// Why.
    pub reason: Reason,
    /// Whom to ask: the roles that may do it to that object, or that can clear what stands in the way. Empty for what belongs
    /// to another study: nothing is said of it.
    pub ask: Vec<Role>,
}

impl Denial {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("access.denied.elsewhere", &["clause"]),
        ("access.denied.factors", &["clause"]),
        ("access.denied.fault", &["clause"]),
        ("access.denied.not-allowed", &["clause"]),
        ("access.denied.not-in-use", &["clause"]),
        ("access.denied.other-study", &["clause"]),
        ("access.denied.own-proposal", &["clause"]),
        ("access.denied.standing", &["clause"]),
        ("access.denied.suspended", &["clause"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self.reason {
            Reason::Elsewhere => "access.denied.elsewhere",
            Reason::Factors => "access.denied.factors",
            Reason::Fault => "access.denied.fault",
            Reason::NotAllowed => "access.denied.not-allowed",
            Reason::NotInUse => "access.denied.not-in-use",
            Reason::OtherStudy => "access.denied.other-study",
            Reason::OwnProposal => "access.denied.own-proposal",
            Reason::Standing => "access.denied.standing",
            Reason::Suspended => "access.denied.suspended",
        }
    }

    /// Whether the policies could not be evaluated, so that an alarm is due.
    pub fn is_fault(&self) -> bool {
        self.reason == Reason::Fault
    }
}
