//! Why a file of resources is refused.

use std::io;

/// Why a file of resources gave no table.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The file changed between two readings.
    #[error("`{file}` changed while it was read (line {line})")]
    Changed {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// More columns than a table may have.
    #[error("the resources of `{file}` have too many different elements")]
    Columns {
        /// The file.
        file: String,
    },
    /// No resource is in it.
    #[error("`{file}` holds no resource")]
    Empty {
        /// The file.
        file: String,
    },
    /// The system refused.
    #[error("`{file}` cannot be read")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line is no JSON object.
    #[error("line {line} of `{file}` is no JSON object")]
    Json {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// A line does not say which type of resource it is.
    #[error("line {line} of `{file}` is no resource")]
    Kind {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// A line is too long.
    #[error("line {line} of `{file}` is too long")]
    Long {
        /// The file.
        file: String,
        /// The line.
        line: u64,
    },
    /// Resources of several types, none of which the table is called.
    #[error("`{file}` holds resources of several types, from line {line} on: {types}")]
    Several {
        /// The file.
        file: String,
        /// The first line of another type.
        line: u64,
        /// Two of the types.
        types: String,
    },
}

impl ResourceError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.resources.broken", &["invariant"]),
        ("table.resources.changed", &["file", "line"]),
        ("table.resources.columns", &["file"]),
        ("table.resources.empty", &["file"]),
        ("table.resources.io", &["file", "reason"]),
        ("table.resources.json", &["file", "line"]),
        ("table.resources.kind", &["file", "line"]),
        ("table.resources.long", &["file", "line"]),
        ("table.resources.several", &["file", "line", "types"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "table.resources.broken",
            Self::Changed { .. } => "table.resources.changed",
            Self::Columns { .. } => "table.resources.columns",
            Self::Empty { .. } => "table.resources.empty",
            Self::Io { .. } => "table.resources.io",
            Self::Json { .. } => "table.resources.json",
            Self::Kind { .. } => "table.resources.kind",
            Self::Long { .. } => "table.resources.long",
            Self::Several { .. } => "table.resources.several",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Columns { file } | Self::Empty { file } => vec![("file", file.clone())],
            Self::Io { file, source } => vec![
                ("file", file.clone()),
                ("reason", source.kind().to_string()),
            ],
            Self::Changed { file, line }
            | Self::Json { file, line }
            | Self::Kind { file, line }
            | Self::Long { file, line } => {
                vec![("file", file.clone()), ("line", line.to_string())]
            }
            Self::Several { file, line, types } => vec![
                ("file", file.clone()),
                ("line", line.to_string()),
                ("types", types.clone()),
            ],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Io { source, .. } if source.kind() != io::ErrorKind::NotFound => 3,
            Self::Io { .. }
            | Self::Changed { .. }
            | Self::Columns { .. }
            | Self::Empty { .. }
            | Self::Json { .. }
            | Self::Kind { .. }
            | Self::Long { .. }
            | Self::Several { .. } => 2,
        }
    }
}
