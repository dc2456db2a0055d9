//! Who asks for something, from where.

use crate::{Grantable, PersonId, Role, SessionId, StudyId};

/// What a session, a terminal or a grant is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The office: people and machines; no row is asked.
    Office,
    /// One study.
    Study(StudyId),
}

/// A role, given for the office or for one study.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    role: Role,
    scope: Scope,
}

/// A role that is not given there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// It is a role of the office.
    #[error("`{role}` is a role of the office")]
    OfficeOnly {
        /// Which.
        role: Role,
    },
    /// It is a role of a study.
    #[error("`{role}` is a role of a study")]
    StudyOnly {
        /// Which.
        role: Role,
    },
}

impl GrantError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("access.grant.office-only", &["role"]),
        ("access.grant.study-only", &["role"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OfficeOnly { .. } => "access.grant.office-only",
            Self::StudyOnly { .. } => "access.grant.study-only",
        }
    }
}

impl Grant {
    /// Gives a role for where it can be given.
    pub fn new(role: Role, scope: Scope) -> Result<Self, GrantError> {
        match (role.grantable(), &scope) {
            (Grantable::Office, Scope::Study(_)) => Err(GrantError::OfficeOnly { role }),
            (Grantable::Study, Scope::Office) => Err(GrantError::StudyOnly { role }),
            (Grantable::Either, _)
            | (Grantable::Office, Scope::Office)
            | (Grantable::Study, Scope::Study(_)) => Ok(Self { role, scope }),
        }
    }

    /// Which role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// For what.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// How the person showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factors {
    /// One factor, and nothing on record that lets it suffice.
    One,
    /// One factor, under a recorded exception (4-3-4-1.password-only).
    OneByException,
    /// Two factors.
    Two,
}

/// Whether what must be on record before access is there, and still counts today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The undertakings are signed (4-5.secrecy, 4-3-2.nda).
    pub pledged: bool,
    /// The training has not lapsed (4-3-2.training).
    pub trained: bool,
}

impl Standing {
    /// Nothing is missing.
    pub const WHOLE: Self = Self {
        pledged: true,
        trained: true,
    };

    /// Whether nothing is missing.
    pub fn is_whole(self) -> bool {
        self == Self::WHOLE
    }
}

/// A person in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub person: PersonId,
    /// In which session.
    pub session: SessionId,
    /// What the session is for: its terminal says it.
    pub scope: Scope,
    /// All roles of the person. Those for another scope than the session's count for nothing in it.
    pub grants: Vec<Grant>,
    /// How they showed who they are.
    pub factors: Factors,
    /// Whether undertakings and training are in order.
    pub standing: Standing,
}

impl Principal {
    /// The roles that count in this session.
    pub fn roles(&self) -> impl Iterator<Item = Role> + '_ {
        self.grants
            .iter()
            .filter(|grant| grant.scope == self.scope)
            .map(|grant| grant.role)
    }
}
