//! Why a table was not imported.

use renketsu_table::batches::BatchError;
use renketsu_table::parquet::ParquetError;
use renketsu_table::proven::ProvenError;
use renketsu_table::screen::Suspect;
use renketsu_table::statistical::StatisticalError;
use thiserror::Error;

use crate::shelf::FileError;
use crate::sort::SortError;

/// Why a table was not imported. Nothing of it is left on disk.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The delimited file is refused.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// A column that was named isn't there.
    #[error("table {table} has no column {column}")]
    Column {
        /// The table.
        table: String,
        /// The column that was named.
        column: String,
    },
    /// The file couldn't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A cell of `kana_unique` says neither yes nor no.
    #[error("table {table}, column {column}, row {row}: neither yes nor no")]
    Flag {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row, from 1.
        row: u64,
    },
    /// A cell is neither an ID nor one of the signs for none.
    #[error("table {table}, column {column}, row {row}: no ID")]
    Id {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row, from 1.
        row: u64,
    },
    /// A data column is, or holds, IDs.
    #[error("table {table}: column {column} holds IDs")]
    IdColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Data columns look as if they identified persons.
    #[error(
        "table {table}: columns that may identify persons: {}",
        listed(columns)
    )]
    Identifying {
        /// The table.
        table: String,
        /// The columns, each with what it seems to hold.
        columns: Vec<Suspect>,
    },
    /// The column's type can't hold IDs (or a flag).
    #[error("table {table}, column {column}: a type that can't be an ID")]
    Kind {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// IDs and columns that came by token are not of the same rows.
    #[error("table {table}: IDs and columns are not of the same rows")]
    Tokens {
        /// The table.
        table: String,
    },
    /// A data column has a name that is taken: twice but for case, or one that the study gives a meaning.
    #[error("table {table}: the name of column {column} is taken")]
    Name {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The Parquet file is refused.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// A kana ID that nobody can prove, and with it the whole package.
    #[error(transparent)]
    Proven(#[from] ProvenError),
    /// The rows couldn't be sorted.
    #[error(transparent)]
    Sort(#[from] SortError),
    /// The SAS or Stata file is refused.
    #[error(transparent)]
    Statistical(#[from] StatisticalError),
}

impl ImportError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("engine.import.broken", &["invariant"]),
        ("engine.import.column", &["table", "column"]),
        ("engine.import.flag", &["table", "column", "row"]),
        ("engine.import.id", &["table", "column", "row"]),
        ("engine.import.id_column", &["table", "column"]),
        ("engine.import.identifying", &["table", "columns"]),
        ("engine.import.kind", &["table", "column"]),
        ("engine.import.name", &["table", "column"]),
        ("engine.import.tokens", &["table"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Batch(error) => error.code(),
            Self::Broken(_) => "engine.import.broken",
            Self::Column { .. } => "engine.import.column",
            Self::File(error) => error.code(),
            Self::Flag { .. } => "engine.import.flag",
            Self::Id { .. } => "engine.import.id",
            Self::IdColumn { .. } => "engine.import.id_column",
            Self::Identifying { .. } => "engine.import.identifying",
            Self::Kind { .. } => "engine.import.kind",
            Self::Name { .. } => "engine.import.name",
            Self::Tokens { .. } => "engine.import.tokens",
            Self::Parquet(error) => error.code(),
            Self::Proven(error) => error.code(),
            Self::Sort(error) => error.code(),
            Self::Statistical(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Batch(error) => error.details(),
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Column { table, column }
            | Self::IdColumn { table, column }
            | Self::Kind { table, column }
            | Self::Name { table, column } => {
                vec![("table", table.clone()), ("column", column.clone())]
            }
            Self::File(error) => error.details(),
            Self::Flag { table, column, row } | Self::Id { table, column, row } => {
                vec![
                    ("table", table.clone()),
                    ("column", column.clone()),
                    ("row", row.to_string()),
                ]
            }
            Self::Identifying { table, columns } => {
                vec![("table", table.clone()), ("columns", listed(columns))]
            }
            Self::Tokens { table } => vec![("table", table.clone())],
            Self::Parquet(error) => error.details(),
            Self::Proven(error) => error.details(),
            Self::Sort(error) => error.details(),
            Self::Statistical(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Batch(error) => error.exit(),
            Self::Broken(_) => 70,
            Self::Column { .. }
            | Self::Flag { .. }
            | Self::Id { .. }
            | Self::Kind { .. }
            | Self::Name { .. } => 2,
            Self::IdColumn { .. } | Self::Identifying { .. } | Self::Tokens { .. } => 1,
            Self::File(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Proven(error) => error.exit(),
            Self::Sort(error) => error.exit(),
            Self::Statistical(error) => error.exit(),
        }
    }
}

/// The columns, each with the reason's stable word in brackets, with commas between.
fn listed(columns: &[Suspect]) -> String {
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    columns.join(", ")
}
