//! Why tables were not linked.

use renketsu_table::parquet::ParquetError;
use thiserror::Error;

use crate::shelf::FileError;
use crate::sort::SortError;

/// Why tables were not linked. Nothing of the new link is left on disk.
#[derive(Debug, Error)]
pub enum LinkError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// A file couldn't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The imported file of a table isn't what an import writes.
    #[error("the imported file of table {table} is damaged")]
    Import {
        /// The table.
        table: String,
    },
    /// A name that a table can't have here, or has twice.
    #[error("a table can't be called {table}")]
    Name {
        /// The name.
        table: String,
    },
    /// Nothing to link.
    #[error("no table")]
    NoTables,
    /// An imported file, or one of the previous link, can't be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// More persons than 32 bits can number.
    #[error("more persons than a study can have")]
    Persons,
    /// The previous link's person directory isn't what a link writes.
    #[error("the person directory of the previous link is damaged")]
    Previous,
    /// Rows couldn't be sorted.
    #[error(transparent)]
    Sort(#[from] SortError),
}

impl LinkError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("engine.link.broken", &["invariant"]),
        ("engine.link.import", &["table"]),
        ("engine.link.name", &["table"]),
        ("engine.link.no_tables", &[]),
        ("engine.link.persons", &[]),
        ("engine.link.previous", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "engine.link.broken",
            Self::File(error) => error.code(),
            Self::Import { .. } => "engine.link.import",
            Self::Name { .. } => "engine.link.name",
            Self::NoTables => "engine.link.no_tables",
            Self::Parquet(error) => error.code(),
            Self::Sort(error) => error.code(),
            Self::Persons => "engine.link.persons",
            Self::Previous => "engine.link.previous",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::File(error) => error.details(),
            Self::Import { table } | Self::Name { table } => vec![("table", table.clone())],
            Self::NoTables | Self::Persons | Self::Previous => Vec::new(),
            Self::Parquet(error) => error.details(),
            Self::Sort(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::File(error) => error.exit(),
            Self::Import { .. } | Self::Persons | Self::Previous => 1,
            Self::Name { .. } | Self::NoTables => 2,
            Self::Parquet(error) => error.exit(),
            Self::Sort(error) => error.exit(),
        }
    }
}
