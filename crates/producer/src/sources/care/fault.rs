//! Why claims of long-term care, or their ledger, are refused.

use std::io;

/// Why claims of long-term care, or their ledger, are refused.
#[derive(Debug, thiserror::Error)]
pub enum CareError {
    /// The ledger has no such column.
    #[error("`{file}` has no column `{column}`")]
    Columns {
        /// The ledger.
        file: String,
        /// The column, by its first name.
        column: &'static str,
    },
    /// Without its trailer record.
    #[error("`{file}` has no trailer record")]
    Cut {
        /// The file.
        file: String,
    },
    /// Not in CP932.
    #[error("`{file}` line {line} is not in CP932")]
    Encoding {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// A temporary file cannot be written or read.
    #[error("a temporary file cannot be used")]
    Io {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line of more than a mebibyte.
    #[error("`{file}` line {line} is too long")]
    Long {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// Records, but no basic record of a claim.
    #[error("`{file}` has no claim")]
    NoClaims {
        /// The file.
        file: String,
    },
    /// Not the record that may stand there.
    #[error("`{file}` line {line} is no such record")]
    Record {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
}

impl CareError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.care.columns", &["file", "column"]),
        ("producer.care.cut", &["file"]),
        ("producer.care.encoding", &["file", "line"]),
        ("producer.care.io", &["reason"]),
        ("producer.care.long", &["file", "line"]),
        ("producer.care.no_claims", &["file"]),
        ("producer.care.record", &["file", "line"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Columns { .. } => "producer.care.columns",
            Self::Cut { .. } => "producer.care.cut",
            Self::Encoding { .. } => "producer.care.encoding",
            Self::Io { .. } => "producer.care.io",
            Self::Long { .. } => "producer.care.long",
            Self::NoClaims { .. } => "producer.care.no_claims",
            Self::Record { .. } => "producer.care.record",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Columns { file, column } => {
                vec![("file", file.clone()), ("column", (*column).to_owned())]
            }
            Self::Cut { file } | Self::NoClaims { file } => vec![("file", file.clone())],
            Self::Encoding { file, line }
            | Self::Long { file, line }
            | Self::Record { file, line } => {
                vec![("file", file.clone()), ("line", line.to_string())]
            }
            Self::Io { source } => vec![("reason", source.kind().to_string())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        if matches!(self, Self::Io { .. }) {
            3
        } else {
            2
        }
    }
}
