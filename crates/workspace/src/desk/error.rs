//! Why the desk refuses.

use renketsu_seal::vault::VaultError;
use renketsu_store::StoreError;

use crate::ask::AskError;
use crate::vault::StudyVaultError;

/// Why a question was not taken, shown or kept.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Nothing was asked.
    #[error("an empty statement")]
    Empty,
    /// The statement is too long.
    #[error("a statement of more than {max} bytes")]
    Long {
        /// The most bytes.
        max: usize,
    },
    /// A name under which a question is to be kept is empty or too long.
    #[error("a name has 1 to {max} characters")]
    Name {
        /// The most characters.
        max: usize,
    },
    /// There is no such question, or it is somebody else's.
    #[error("no such question")]
    Nothing,
    /// What the state keeps of a statement isn't what was written.
    #[error("a statement was changed in the state")]
    Changed,
    /// The study can't be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The state refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study could not be opened.
    #[error(transparent)]
    Study(#[from] StudyVaultError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl DeskError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.desk.empty", &[]),
        ("workspace.desk.long", &["max"]),
        ("workspace.desk.name", &["max"]),
        ("workspace.desk.nothing", &[]),
        ("workspace.desk.changed", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "workspace.desk.empty",
            Self::Long { .. } => "workspace.desk.long",
            Self::Name { .. } => "workspace.desk.name",
            Self::Nothing => "workspace.desk.nothing",
            Self::Changed => "workspace.desk.changed",
            Self::Ask(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Study(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Long { max } | Self::Name { max } => vec![("max", max.to_string())],
            Self::Empty | Self::Nothing | Self::Changed => Vec::new(),
            Self::Ask(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Study(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }
}
