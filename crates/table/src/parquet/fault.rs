//! Why a Parquet file is refused or not written. Column names are the file's own, which a schema may show.

use std::io;

/// Why a Parquet file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// Its rows cannot be decoded.
    #[error("`{file}` is damaged after row {row}")]
    Damaged {
        /// The file.
        file: String,
        /// Rows read before.
        row: u64,
    },
    /// A directory where a file was expected.
    #[error("`{file}` is a directory")]
    Directory {
        /// The path.
        file: String,
    },
    /// Two columns of one name.
    #[error("`{file}` has two columns `{column}`")]
    Duplicate {
        /// The file.
        file: String,
        /// The name.
        column: String,
    },
    /// No bytes at all.
    #[error("`{file}` is empty")]
    Empty {
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
    /// A type that no table of ours has.
    #[error("`{file}` has a type in column `{column}` that cannot be taken")]
    Kind {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A page, a value or a row that takes more memory than any may.
    #[error("`{file}` has a part that is longer than any may be")]
    Long {
        /// The file.
        file: String,
    },
    /// No Parquet file, or one without its end.
    #[error("`{file}` is no Parquet file")]
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
    /// A column of lists, structs or maps.
    #[error("`{file}` has nested values in column `{column}`")]
    Nested {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A column was asked for that is not there.
    #[error("`{file}` has no column `{column}`")]
    Unknown {
        /// The file.
        file: String,
        /// The column asked for.
        column: String,
    },
    /// More than [`crate::MAX_COLUMNS`] columns.
    #[error("`{file}` has more columns than a table may have")]
    Wide {
        /// The file.
        file: String,
    },
}

impl ParquetError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.parquet.damaged", &["file", "row"]),
        ("table.parquet.directory", &["file"]),
        ("table.parquet.duplicate", &["file", "column"]),
        ("table.parquet.empty", &["file"]),
        ("table.parquet.io", &["file", "reason"]),
        ("table.parquet.kind", &["file", "column"]),
        ("table.parquet.long", &["file"]),
        ("table.parquet.malformed", &["file"]),
        ("table.parquet.missing", &["file"]),
        ("table.parquet.nested", &["file", "column"]),
        ("table.parquet.unknown", &["file", "column"]),
        ("table.parquet.wide", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "table.parquet.damaged",
            Self::Directory { .. } => "table.parquet.directory",
            Self::Duplicate { .. } => "table.parquet.duplicate",
            Self::Empty { .. } => "table.parquet.empty",
            Self::Io { .. } => "table.parquet.io",
            Self::Kind { .. } => "table.parquet.kind",
            Self::Long { .. } => "table.parquet.long",
            Self::Malformed { .. } => "table.parquet.malformed",
            Self::Missing { .. } => "table.parquet.missing",
            Self::Nested { .. } => "table.parquet.nested",
            Self::Unknown { .. } => "table.parquet.unknown",
            Self::Wide { .. } => "table.parquet.wide",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Damaged { file, row } => vec![("file", file.clone()), ("row", row.to_string())],
            Self::Directory { file }
            | Self::Empty { file }
            | Self::Long { file }
            | Self::Malformed { file }
            | Self::Missing { file }
            | Self::Wide { file } => vec![("file", file.clone())],
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
            Self::Duplicate { file, column }
            | Self::Kind { file, column }
            | Self::Nested { file, column }
            | Self::Unknown { file, column } => {
                vec![("file", file.clone()), ("column", column.clone())]
            }
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 3,
            Self::Damaged { .. }
            | Self::Directory { .. }
            | Self::Duplicate { .. }
            | Self::Empty { .. }
            | Self::Kind { .. }
            | Self::Long { .. }
            | Self::Malformed { .. }
            | Self::Missing { .. }
            | Self::Nested { .. }
            | Self::Unknown { .. }
            | Self::Wide { .. } => 2,
        }
    }
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The target refused.
    #[error("the table cannot be written")]
    Io {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A type that would not come back as it went in.
    #[error("column `{column}` has a type that cannot be written")]
    Kind {
        /// The column.
        column: String,
    },
}

impl SinkError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("table.sink.broken", &["invariant"]),
        ("table.sink.io", &["reason"]),
        ("table.sink.kind", &["column"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "table.sink.broken",
            Self::Io { .. } => "table.sink.io",
            Self::Kind { .. } => "table.sink.kind",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Io { source } => vec![("reason", source.kind().to_string())],
            Self::Kind { column } => vec![("column", column.clone())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Io { .. } => 3,
            Self::Kind { .. } => 2,
        }
    }
}
