//! What something is done to.

use crate::{PersonId, StudyId, TerminalId};

/// Where a study stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StudyState {
    /// Not everything is there yet that must be on record before data are used.
    Preparing,
    /// Its data may be used.
    InUse,
    /// Stopped at once, for an incident.
    Suspended,
    /// Its use has ended.
    Ended,
}

impl StudyState {
    /// In the order of a study's life.
    pub const ALL: [Self; 4] = [Self::Preparing, Self::InUse, Self::Suspended, Self::Ended];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::InUse => "in-use",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }
}

/// A study as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Study {
    /// Which.
    pub id: StudyId,
    /// In which state.
    pub state: StudyState,
}

/// What something is done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The site as a whole: its people, places, machines, its log and ledgers, those of every study among them. In a session of a
    /// study the same pages have the study for their object.
    Office,
    /// A person: of whom something is done, or oneself.
    Person {
        /// Who.
        id: PersonId,
    },
    /// Something that one person proposed and another decides.
    Proposal {
        /// Of which study, if of one.
        study: Option<Study>,
        /// Who proposed it.
        proposer: PersonId,
        /// Whom it concerns, if somebody.
        about: Option<PersonId>,
    },
    /// A question, running or asked before.
    Question {
        /// Of which study.
        study: Study,
        /// Who asked.
        owner: PersonId,
    },
    /// A study: its overview, data, log, ledgers and people.
    Study(Study),
    /// A terminal.
    Terminal {
        /// Which.
        id: TerminalId,
        /// Of which study; none for a terminal of the office.
        study: Option<Study>,
    },
}

impl Object {
    /// The study it belongs to.
    pub fn study(&self) -> Option<&Study> {
        match self {
            Self::Office | Self::Person { .. } => None,
            Self::Proposal { study, .. } | Self::Terminal { study, .. } => study.as_ref(),
            Self::Question { study, .. } | Self::Study(study) => Some(study),
        }
    }
}
