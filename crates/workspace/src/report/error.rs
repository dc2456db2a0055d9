//! Why a report isn't made, or a line about one isn't taken.

use renketsu_seal::vault::VaultError;
use renketsu_store::StoreError;

use crate::vault::StudyVaultError;

/// Why a report wasn't made or shown, or nothing was added about it.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A text that has to say something is empty, too long or more than a line.
    #[error("`{field}` is no line of text")]
    Text {
        /// The field.
        field: &'static str,
    },
    /// No number of copies.
    #[error("a report has 1 to {max} copies")]
    Copies {
        /// The most copies.
        max: u64,
    },
    /// No date, or one before the report was made.
    #[error("no day on which this report could be disposed of")]
    Day,
    /// What it would be of isn't there any more.
    #[error("what the report is of is gone")]
    Gone,
    /// It would have too many rows.
    #[error("a report has at most {max} rows")]
    Rows {
        /// The most rows.
        max: usize,
    },
    /// There is no such report, or it is another session's or study's.
    #[error("no such report")]
    Nothing,
    /// The line that a new one puts right is none of this report, or says something else.
    #[error("no such line of this report")]
    Line,
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

impl ReportError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("workspace.report.text", &["field"]),
        ("workspace.report.copies", &["max"]),
        ("workspace.report.day", &[]),
        ("workspace.report.gone", &[]),
        ("workspace.report.rows", &["max"]),
        ("workspace.report.nothing", &[]),
        ("workspace.report.line", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Text { .. } => "workspace.report.text",
            Self::Copies { .. } => "workspace.report.copies",
            Self::Day => "workspace.report.day",
            Self::Gone => "workspace.report.gone",
            Self::Rows { .. } => "workspace.report.rows",
            Self::Nothing => "workspace.report.nothing",
            Self::Line => "workspace.report.line",
            Self::Store(error) => error.code(),
            Self::Study(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Text { field } => vec![("field", (*field).to_owned())],
            Self::Copies { max } => vec![("max", max.to_string())],
            Self::Rows { max } => vec![("max", max.to_string())],
            Self::Day | Self::Gone | Self::Nothing | Self::Line => Vec::new(),
            Self::Store(error) => error.details(),
            Self::Study(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }
}
