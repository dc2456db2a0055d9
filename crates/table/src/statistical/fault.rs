//! Why a file of SAS or Stata is refused.

use std::io;

/// A SAS XPORT or Stata file that is not taken. `column` is the name of the variable; rows count from 1.
#[derive(Debug, thiserror::Error)]
pub enum StatisticalError {
    /// A cell that holds bytes and no text.
    #[error("`{file}` row {row} column `{column}` holds bytes and no text")]
    Binary {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The file changed after it was opened.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The file.
        file: String,
    },
    /// It ends early, goes on where it should end, or its rows don't fit together.
    #[error("`{file}` is damaged after row {row}")]
    Damaged {
        /// The file.
        file: String,
        /// The last row that could be read.
        row: u64,
    },
    /// A directory.
    #[error("`{file}` is a directory")]
    Directory {
        /// The path.
        file: String,
    },
    /// Two columns of one name.
    #[error("`{file}` names column `{column}` twice")]
    Duplicate {
        /// The file.
        file: String,
        /// The name.
        column: String,
    },
    /// Nothing in it, or no column.
    #[error("`{file}` is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// A text that is not in the file's encoding.
    #[error("`{file}` row {row} column `{column}` is not in its encoding")]
    Encoding {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
    },
    /// A name or a label that is not in the file's encoding.
    #[error("`{file}` has a name or a label that is not in its encoding")]
    Heading {
        /// The file.
        file: String,
    },
    /// The system could not read it.
    #[error("`{file}` cannot be read")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A text longer than [`crate::MAX_RECORD`], or another part that long.
    #[error("`{file}` has a part that is longer than any may be")]
    Long {
        /// The file.
        file: String,
    },
    /// Neither SAS XPORT nor Stata, or not as their formats say.
    #[error("`{file}` is neither a SAS XPORT nor a Stata file")]
    Malformed {
        /// The file.
        file: String,
    },
    /// No such file.
    #[error("`{file}` does not exist")]
    Missing {
        /// The path.
        file: String,
    },
    /// More than one table in an XPORT file.
    #[error("`{file}` holds more than one table")]
    Several {
        /// The file.
        file: String,
    },
    /// A column without a name.
    #[error("`{file}` has no name for column {position}")]
    Unnamed {
        /// The file.
        file: String,
        /// The column, from 1.
        position: u64,
    },
    /// A number that is none, or a day that is none in a column of days.
    #[error("`{file}` row {row} column `{column}` holds a value that its column cannot have")]
    Value {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
    },
    /// More than [`crate::MAX_COLUMNS`] columns.
    #[error("`{file}` has more columns than a table may have")]
    Wide {
        /// The file.
        file: String,
    },
}

impl StatisticalError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.statistical.binary", &["file", "row", "column"]),
        ("table.statistical.broken", &["invariant"]),
        ("table.statistical.changed", &["file"]),
        ("table.statistical.damaged", &["file", "row"]),
        ("table.statistical.directory", &["file"]),
        ("table.statistical.duplicate", &["file", "column"]),
        ("table.statistical.empty", &["file"]),
        ("table.statistical.encoding", &["file", "row", "column"]),
        ("table.statistical.heading", &["file"]),
        ("table.statistical.io", &["file", "reason"]),
        ("table.statistical.long", &["file"]),
        ("table.statistical.malformed", &["file"]),
        ("table.statistical.missing", &["file"]),
        ("table.statistical.several", &["file"]),
        ("table.statistical.unnamed", &["file", "position"]),
        ("table.statistical.value", &["file", "row", "column"]),
        ("table.statistical.wide", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Binary { .. } => "table.statistical.binary",
            Self::Broken(_) => "table.statistical.broken",
            Self::Changed { .. } => "table.statistical.changed",
            Self::Damaged { .. } => "table.statistical.damaged",
            Self::Directory { .. } => "table.statistical.directory",
            Self::Duplicate { .. } => "table.statistical.duplicate",
            Self::Empty { .. } => "table.statistical.empty",
            Self::Encoding { .. } => "table.statistical.encoding",
            Self::Heading { .. } => "table.statistical.heading",
            Self::Io { .. } => "table.statistical.io",
            Self::Long { .. } => "table.statistical.long",
            Self::Malformed { .. } => "table.statistical.malformed",
            Self::Missing { .. } => "table.statistical.missing",
            Self::Several { .. } => "table.statistical.several",
            Self::Unnamed { .. } => "table.statistical.unnamed",
            Self::Value { .. } => "table.statistical.value",
            Self::Wide { .. } => "table.statistical.wide",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Binary { file, row, column }
            | Self::Encoding { file, row, column }
            | Self::Value { file, row, column } => vec![
                ("file", file.clone()),
                ("row", row.to_string()),
                ("column", column.clone()),
            ],
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Changed { file }
            | Self::Directory { file }
            | Self::Empty { file }
            | Self::Heading { file }
            | Self::Long { file }
            | Self::Malformed { file }
            | Self::Missing { file }
            | Self::Several { file }
            | Self::Wide { file } => vec![("file", file.clone())],
            Self::Damaged { file, row } => vec![("file", file.clone()), ("row", row.to_string())],
            Self::Duplicate { file, column } => {
                vec![("file", file.clone()), ("column", column.clone())]
            }
            Self::Io { file, source } => vec![
                ("file", file.clone()),
                ("reason", source.kind().to_string()),
            ],
            Self::Unnamed { file, position } => {
                vec![("file", file.clone()), ("position", position.to_string())]
            }
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Io { .. } => 3,
            Self::Binary { .. }
            | Self::Changed { .. }
            | Self::Damaged { .. }
            | Self::Directory { .. }
            | Self::Duplicate { .. }
            | Self::Empty { .. }
            | Self::Encoding { .. }
            | Self::Heading { .. }
            | Self::Long { .. }
            | Self::Malformed { .. }
            | Self::Missing { .. }
            | Self::Several { .. }
            | Self::Unnamed { .. }
            | Self::Value { .. }
            | Self::Wide { .. } => 2,
        }
    }
}
