//! Why an extract is not stamped.

use std::io;
use std::path::PathBuf;

use renketsu_identity::identifying::Finding;
use renketsu_seal::package::WriteError;
use renketsu_store::StoreError;
use renketsu_table::batches::BatchError;
use renketsu_table::parquet::{ParquetError, SinkError};
use renketsu_table::schema::SchemaError;
use renketsu_table::sort::SortError;
use renketsu_table::statistical::StatisticalError;

use crate::provision::ProvisionError;
use crate::registration::RegistryError;
use crate::registry::ReadError;
use crate::secrets::SecretError;
use crate::verifiable::VerifiableError;

/// A column that must not leave, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifying {
    /// The column.
    pub column: String,
    /// What it seems to hold, and what gave it away.
    pub finding: Finding,
}

/// Why an extract is not stamped. Nothing was written, and nothing recorded unless it is [`StampError::Unpublished`].
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// The provision is not for this database.
    #[error("the provision `{provision}` is not for the database `{database}` ({known})")]
    Database {
        /// The provision.
        provision: String,
        /// What was given.
        database: String,
        /// The provision's databases.
        known: String,
    },
    /// No usable approval number.
    #[error("the extract has no approval number")]
    Approval,
    /// The file has no such column.
    #[error("`{file}` has no column `{column}`")]
    Column {
        /// The file.
        file: PathBuf,
        /// The column that was named.
        column: String,
    },
    /// The column holds what cannot be read as text.
    #[error("the column `{column}` cannot be read as text")]
    ColumnType {
        /// The column.
        column: String,
    },
    /// The column's name has a meaning in stamped tables.
    #[error("`{file}` has a column with the reserved name `{column}`")]
    Reserved {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
    },
    /// Columns look identifying.
    #[error("`{file}` has {} columns that look identifying", .columns.len())]
    Identifying {
        /// The file.
        file: PathBuf,
        /// Each of them with its reason.
        columns: Vec<Identifying>,
    },
    /// A file could not be read.
    #[error("`{file}` cannot be read")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// This directory has the resolver's keys alone: it makes no IDs.
    #[error("this directory holds the keys of the resolver alone")]
    Custodians,
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// The secrets do not give the key check values the provision was opened with.
    #[error("the secrets of the provision `{provision}` are not those it was opened with")]
    Kcv {
        /// The provision.
        provision: String,
    },
    /// The recipient's card is not trusted any more.
    #[error("the card of `{name}` is not trusted any more")]
    Untrusted {
        /// The recipient.
        name: String,
    },
    /// The extract is recorded and could not be given its name.
    #[error("the extract `{package}` is recorded, but `{file}` was not written")]
    Unpublished {
        /// Package id of the extract.
        package: String,
        /// The name it should have.
        file: PathBuf,
        /// Why not.
        #[source]
        source: WriteError,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The extract could not be read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The extract could not be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The rows could not be sorted.
    #[error(transparent)]
    Sort(#[from] SortError),
    /// The extract could not be read.
    #[error(transparent)]
    Statistical(#[from] StatisticalError),
    /// The stamped table could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A column has a type that cannot travel.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The package could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The provision is unknown or closed.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// No registry, or one that could not be opened.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A secret could not be opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The verifiable mode made nothing.
    #[error(transparent)]
    Verifiable(#[from] VerifiableError),
}

impl From<ReadError> for StampError {
    fn from(error: ReadError) -> Self {
        Self::Registry(error.into())
    }
}

impl StampError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        (
            "authority.stamp.database",
            &["provision", "database", "known"],
        ),
        ("authority.stamp.approval", &[]),
        ("authority.stamp.column", &["file", "column"]),
        ("authority.stamp.column_type", &["column"]),
        ("authority.stamp.reserved", &["file", "column"]),
        ("authority.stamp.identifying", &["file", "columns"]),
        ("authority.stamp.io", &["file"]),
        ("authority.stamp.custodians", &[]),
        ("authority.stamp.entropy", &[]),
        ("authority.stamp.kcv", &["provision"]),
        ("authority.stamp.untrusted", &["name"]),
        ("authority.stamp.unpublished", &["package", "file"]),
        ("authority.stamp.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database { .. } => "authority.stamp.database",
            Self::Approval => "authority.stamp.approval",
            Self::Column { .. } => "authority.stamp.column",
            Self::ColumnType { .. } => "authority.stamp.column_type",
            Self::Reserved { .. } => "authority.stamp.reserved",
            Self::Identifying { .. } => "authority.stamp.identifying",
            Self::Io { .. } => "authority.stamp.io",
            Self::Custodians => "authority.stamp.custodians",
            Self::Entropy => "authority.stamp.entropy",
            Self::Kcv { .. } => "authority.stamp.kcv",
            Self::Untrusted { .. } => "authority.stamp.untrusted",
            Self::Unpublished { .. } => "authority.stamp.unpublished",
            Self::Broken(_) => "authority.stamp.broken",
            Self::Batch(error) => error.code(),
            Self::Parquet(error) => error.code(),
            Self::Sort(error) => error.code(),
            Self::Statistical(error) => error.code(),
            Self::Sink(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Write(error) => error.code(),
            Self::Provision(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Verifiable(error) => error.code(),
        }
    }

    /// Named values for the message. `columns` is `NAME (reason), …` with the reasons' stable names.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Database {
                provision,
                database,
                known,
            } => vec![
                ("provision", provision.clone()),
                ("database", database.clone()),
                ("known", known.clone()),
            ],
            Self::Approval | Self::Custodians | Self::Entropy => Vec::new(),
            Self::Column { file, column } | Self::Reserved { file, column } => {
                vec![
                    ("file", file.display().to_string()),
                    ("column", column.clone()),
                ]
            }
            Self::ColumnType { column } => vec![("column", column.clone())],
            Self::Identifying { file, columns } => {
                let named: Vec<String> = columns
                    .iter()
                    .map(|refused| {
                        format!("{} ({})", refused.column, refused.finding.reason.name())
                    })
                    .collect();
                vec![
                    ("file", file.display().to_string()),
                    ("columns", named.join(", ")),
                ]
            }
            Self::Io { file, .. } => vec![("file", file.display().to_string())],
            Self::Kcv { provision } => vec![("provision", provision.clone())],
            Self::Untrusted { name } => vec![("name", name.clone())],
            Self::Unpublished { package, file, .. } => vec![
                ("package", package.clone()),
                ("file", file.display().to_string()),
            ],
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Batch(error) => error.details(),
            Self::Parquet(error) => error.details(),
            Self::Sort(error) => error.details(),
            Self::Statistical(error) => error.details(),
            Self::Sink(error) => error.details(),
            Self::Schema(error) => error.details(),
            Self::Write(error) => error.details(),
            Self::Provision(error) => error.details(),
            Self::Registry(error) => error.details(),
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Verifiable(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Database { .. }
            | Self::Reserved { .. }
            | Self::Identifying { .. }
            | Self::Custodians
            | Self::Kcv { .. }
            | Self::Untrusted { .. } => 1,
            Self::Approval | Self::Column { .. } | Self::ColumnType { .. } => 2,
            Self::Io { .. } | Self::Entropy => 3,
            Self::Unpublished { source, .. } => source.exit(),
            Self::Broken(_) => 70,
            Self::Batch(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Sort(error) => error.exit(),
            Self::Statistical(error) => error.exit(),
            Self::Sink(error) => error.exit(),
            Self::Schema(error) => error.exit(),
            Self::Write(error) => error.exit(),
            Self::Provision(error) => error.exit(),
            Self::Registry(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Verifiable(error) => error.exit(),
        }
    }
}
