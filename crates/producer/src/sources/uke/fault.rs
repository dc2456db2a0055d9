//! Why a claim file is refused.

use std::io;

use crate::sources::lines::Fault;

/// Why a claim file is refused.
#[derive(Debug, thiserror::Error)]
pub enum UkeError {
    /// Given as a table.
    #[error("`{file}` is a claim file, not a table")]
    AsTable {
        /// The file.
        file: String,
    },
    /// A directory where a file was expected.
    #[error("`{file}` is a directory")]
    Directory {
        /// The path.
        file: String,
    },
    /// Nothing in it.
    #[error("`{file}` is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// Bytes that are no character of CP932, or a file in UTF-8.
    #[error("`{file}` line {line} is not in CP932")]
    Encoding {
        /// The file.
        file: String,
        /// The line.
        line: u64,
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
    /// A line of more than a mebibyte.
    #[error("`{file}` line {line} is too long")]
    Long {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// No such file.
    #[error("`{file}` does not exist")]
    Missing {
        /// The path.
        file: String,
    },
    /// Records, but no RE among them.
    #[error("`{file}` has no claim (RE record)")]
    NoClaims {
        /// The file.
        file: String,
    },
    /// Its first record is neither IR nor RE.
    #[error("`{file}` is no claim file: line {line} begins with neither IR nor RE")]
    NotClaims {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// A NUL byte.
    #[error("`{file}` line {line} holds a NUL byte")]
    Nul {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// An HO, KO or SN that belongs to no claim.
    #[error("`{file}` line {line} belongs to no claim (RE record)")]
    Orphan {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// A second HO in one claim: which number is the person's?
    #[error("`{file}` line {line} is a second HO record of one claim")]
    Repeated {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
}

impl UkeError {
    pub(super) fn of(fault: Fault, file: &str) -> Self {
        let file = file.to_owned();
        match fault {
            Fault::Encoding { line } => Self::Encoding { file, line },
            Fault::Io(source) => Self::Io { file, source },
            Fault::Long { line } => Self::Long { file, line },
            Fault::Nul { line } => Self::Nul { file, line },
        }
    }

    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.uke.as_table", &["file"]),
        ("producer.uke.directory", &["file"]),
        ("producer.uke.empty", &["file"]),
        ("producer.uke.encoding", &["file", "line"]),
        ("producer.uke.io", &["file", "reason"]),
        ("producer.uke.long", &["file", "line"]),
        ("producer.uke.missing", &["file"]),
        ("producer.uke.no_claims", &["file"]),
        ("producer.uke.not_claims", &["file", "line"]),
        ("producer.uke.nul", &["file", "line"]),
        ("producer.uke.orphan", &["file", "line"]),
        ("producer.uke.repeated", &["file", "line"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AsTable { .. } => "producer.uke.as_table",
            Self::Directory { .. } => "producer.uke.directory",
            Self::Empty { .. } => "producer.uke.empty",
            Self::Encoding { .. } => "producer.uke.encoding",
            Self::Io { .. } => "producer.uke.io",
            Self::Long { .. } => "producer.uke.long",
            Self::Missing { .. } => "producer.uke.missing",
            Self::NoClaims { .. } => "producer.uke.no_claims",
            Self::NotClaims { .. } => "producer.uke.not_claims",
            Self::Nul { .. } => "producer.uke.nul",
            Self::Orphan { .. } => "producer.uke.orphan",
            Self::Repeated { .. } => "producer.uke.repeated",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AsTable { file }
            | Self::Directory { file }
            | Self::Empty { file }
            | Self::Missing { file }
            | Self::NoClaims { file } => {
                vec![("file", file.clone())]
            }
            Self::Encoding { file, line }
            | Self::Long { file, line }
            | Self::NotClaims { file, line }
            | Self::Nul { file, line }
            | Self::Orphan { file, line }
            | Self::Repeated { file, line } => {
                vec![("file", file.clone()), ("line", line.to_string())]
            }
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 3,
            Self::AsTable { .. }
            | Self::Directory { .. }
            | Self::Empty { .. }
            | Self::Encoding { .. }
            | Self::Long { .. }
            | Self::Missing { .. }
            | Self::NoClaims { .. }
            | Self::NotClaims { .. }
            | Self::Nul { .. }
            | Self::Orphan { .. }
            | Self::Repeated { .. } => 2,
        }
    }
}
