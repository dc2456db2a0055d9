//! Why a delimited file is refused.

use std::io;

/// Why a delimited file is refused. Columns are counted from 1 and never named: in a file whose header line is
/// missing, a header is a person's value.
#[derive(Debug, thiserror::Error)]
pub enum DelimitedError {
    /// A directory where a file was expected.
    #[error("`{file}` is a directory")]
    Directory {
        /// The path.
        file: String,
    },
    /// Two header fields are the same.
    #[error("`{file}` names columns {first} and {column} alike")]
    Duplicate {
        /// The file.
        file: String,
        /// The second of the two columns.
        column: u64,
        /// The first of them.
        first: u64,
    },
    /// Nothing in it, not even a header.
    #[error("`{file}` is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// Bytes that are no character of the encoding.
    #[error("`{file}` line {line} column {column} is not in the encoding of the file")]
    Encoding {
        /// The file.
        file: String,
        /// The line of the record.
        line: u64,
        /// The column.
        column: u64,
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
    /// A record of more than [`crate::MAX_RECORD`] bytes.
    #[error("`{file}` line {line} begins a record that is too long")]
    Long {
        /// The file.
        file: String,
        /// The line of the record.
        line: u64,
    },
    /// No such file.
    #[error("`{file}` does not exist")]
    Missing {
        /// The path.
        file: String,
    },
    /// A NUL byte.
    #[error("`{file}` line {line} holds a NUL byte")]
    Nul {
        /// The file.
        file: String,
        /// The line of the byte.
        line: u64,
    },
    /// A quote without its end, or text after it.
    #[error("`{file}` line {line} has a quote out of place")]
    Quote {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// More or fewer fields than the header has.
    #[error("`{file}` line {line} has {found} fields where the header has {expected}")]
    Ragged {
        /// The file.
        file: String,
        /// The line of the record.
        line: u64,
        /// Fields of the header.
        expected: u64,
        /// Fields of the record; counting stops one above `expected`.
        found: u64,
    },
    /// A header field with nothing in it.
    #[error("`{file}` has no name for column {column}")]
    Unnamed {
        /// The file.
        file: String,
        /// The column.
        column: u64,
    },
    /// More than [`crate::MAX_COLUMNS`] columns.
    #[error("`{file}` has more columns than a table may have")]
    Wide {
        /// The file.
        file: String,
    },
}

impl DelimitedError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.delimited.directory", &["file"]),
        ("table.delimited.duplicate", &["file", "column", "first"]),
        ("table.delimited.empty", &["file"]),
        ("table.delimited.encoding", &["file", "line", "column"]),
        ("table.delimited.io", &["file", "reason"]),
        ("table.delimited.long", &["file", "line"]),
        ("table.delimited.missing", &["file"]),
        ("table.delimited.nul", &["file", "line"]),
        ("table.delimited.quote", &["file", "line"]),
        (
            "table.delimited.ragged",
            &["file", "line", "expected", "found"],
        ),
        ("table.delimited.unnamed", &["file", "column"]),
        ("table.delimited.wide", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Directory { .. } => "table.delimited.directory",
            Self::Duplicate { .. } => "table.delimited.duplicate",
            Self::Empty { .. } => "table.delimited.empty",
            Self::Encoding { .. } => "table.delimited.encoding",
            Self::Io { .. } => "table.delimited.io",
            Self::Long { .. } => "table.delimited.long",
            Self::Missing { .. } => "table.delimited.missing",
            Self::Nul { .. } => "table.delimited.nul",
            Self::Quote { .. } => "table.delimited.quote",
            Self::Ragged { .. } => "table.delimited.ragged",
            Self::Unnamed { .. } => "table.delimited.unnamed",
            Self::Wide { .. } => "table.delimited.wide",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Directory { file }
            | Self::Empty { file }
            | Self::Missing { file }
            | Self::Wide { file } => vec![("file", file.clone())],
            Self::Duplicate {
                file,
                column,
                first,
            } => {
                vec![
                    ("file", file.clone()),
                    ("column", column.to_string()),
                    ("first", first.to_string()),
                ]
            }
            Self::Encoding { file, line, column } => {
                vec![
                    ("file", file.clone()),
                    ("line", line.to_string()),
                    ("column", column.to_string()),
                ]
            }
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
            Self::Long { file, line } | Self::Nul { file, line } | Self::Quote { file, line } => {
                vec![("file", file.clone()), ("line", line.to_string())]
            }
            Self::Ragged {
                file,
                line,
                expected,
                found,
            } => vec![
                ("file", file.clone()),
                ("line", line.to_string()),
                ("expected", expected.to_string()),
                ("found", found.to_string()),
            ],
            Self::Unnamed { file, column } => {
                vec![("file", file.clone()), ("column", column.to_string())]
            }
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 3,
            Self::Directory { .. }
            | Self::Duplicate { .. }
            | Self::Empty { .. }
            | Self::Encoding { .. }
            | Self::Long { .. }
            | Self::Missing { .. }
            | Self::Nul { .. }
            | Self::Quote { .. }
            | Self::Ragged { .. }
            | Self::Unnamed { .. }
            | Self::Wide { .. } => 2,
        }
    }
}
