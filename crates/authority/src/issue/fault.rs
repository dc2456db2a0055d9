//! Why a request is not answered.

use std::io;
use std::path::PathBuf;

use renketsu_seal::package::{OpenError, WriteError};
use renketsu_store::StoreError;
use renketsu_table::parquet::{ParquetError, SinkError};
use renketsu_table::schema::SchemaError;

use crate::controls::ControlError;
use crate::fee::FeeError;
use crate::provision::ProvisionError;
use crate::registration::RegistryError;
use crate::registry::ReadError;
use crate::secrets::SecretError;
use crate::verifiable::VerifiableError;

/// Why a request is not answered. No answer was written, and the request may be tried again, unless it is
/// [`IssueError::Unpublished`].
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Not a request.
    #[error("the package is of kind `{kind}`, not a request")]
    Kind {
        /// Its kind.
        kind: &'static str,
    },
    /// The sender is not the provision's producer.
    #[error("`{sender}` is not the producer of the provision `{provision}`")]
    Producer {
        /// The provision.
        provision: String,
        /// Name on the sender's card.
        sender: String,
    },
    /// The manifest states no certification (法31条1項).
    #[error("the request for the provision `{provision}` states no certification")]
    CertificationMissing {
        /// The provision.
        provision: String,
    },
    /// The manifest states another certification than the provision.
    #[error("the request states another certification than the provision `{provision}`")]
    Certification {
        /// The provision.
        provision: String,
    },
    /// The manifest names another study.
    #[error("the request is for another study than the provision `{provision}`")]
    Study {
        /// The provision.
        provision: String,
    },
    /// Answered before.
    #[error("the package `{package}` was answered before")]
    Replayed {
        /// Its id.
        package: String,
    },
    /// A request has one table, `identifiers`.
    #[error("the request has not the one table `identifiers`")]
    Tables,
    /// A column of the table is missing, out of place or of another type.
    #[error("the table `identifiers` has no column `{column}` in its place, or of another type")]
    Column {
        /// The column.
        column: &'static str,
    },
    /// More columns than a request has.
    #[error("the table `identifiers` has columns that no request has")]
    Columns,
    /// Another number of rows than the manifest states.
    #[error("the table `identifiers` has not as many rows as the manifest states")]
    Rows,
    /// A null where none may be.
    #[error("the column `{column}` of the table `identifiers` has a null")]
    Null {
        /// The column.
        column: &'static str,
    },
    /// A row reference stands twice.
    #[error("row {row} of the request has the reference of the row before")]
    ReferenceTwice {
        /// The row, from 1.
        row: u64,
    },
    /// The rows are not in the order of their references: their order could tell that of the source.
    #[error("row {row} of the request is not in the order of references")]
    ReferenceOrder {
        /// The row, from 1.
        row: u64,
    },
    /// The secrets do not give the key check values the provision was opened with.
    #[error("the secrets of the provision `{provision}` are not those it was opened with")]
    Kcv {
        /// The provision.
        provision: String,
    },
    /// The producer's card is not trusted any more.
    #[error("the card of `{name}` is not trusted any more")]
    Untrusted {
        /// The producer.
        name: String,
    },
    /// The recipient's card is not trusted any more.
    #[error("the card of the recipient `{name}` is not trusted any more")]
    RecipientUntrusted {
        /// The recipient.
        name: String,
    },
    /// The file is not the one that was verified.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The file.
        file: PathBuf,
    },
    /// The answer is recorded and could not be given its name.
    #[error("the answer to `{request}` is recorded, but `{file}` was not written")]
    Unpublished {
        /// Package id of the request.
        request: String,
        /// The name it should have.
        file: PathBuf,
        /// Why not.
        #[source]
        source: WriteError,
    },
    /// The request could not be read.
    #[error("`{file}` cannot be read")]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The package was refused.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The answer could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The table of the request could not be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The table of the answer could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The table is not what the manifest says.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The controls of the provision refuse.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The application, the meter or the fee stands against it.
    #[error(transparent)]
    Fee(#[from] FeeError),
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

impl From<ReadError> for IssueError {
    fn from(error: ReadError) -> Self {
        Self::Registry(error.into())
    }
}

impl IssueError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.issue.kind", &["kind"]),
        ("authority.issue.producer", &["provision", "sender"]),
        ("authority.issue.certification_missing", &["provision"]),
        ("authority.issue.certification", &["provision"]),
        ("authority.issue.study", &["provision"]),
        ("authority.issue.replayed", &["package"]),
        ("authority.issue.tables", &[]),
        ("authority.issue.column", &["column"]),
        ("authority.issue.columns", &[]),
        ("authority.issue.rows", &[]),
        ("authority.issue.null", &["column"]),
        ("authority.issue.reference_twice", &["row"]),
        ("authority.issue.reference_order", &["row"]),
        ("authority.issue.kcv", &["provision"]),
        ("authority.issue.untrusted", &["name"]),
        ("authority.issue.recipient_untrusted", &["name"]),
        ("authority.issue.changed", &["file"]),
        ("authority.issue.unpublished", &["request", "file"]),
        ("authority.issue.io", &["file"]),
        ("authority.issue.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind { .. } => "authority.issue.kind",
            Self::Producer { .. } => "authority.issue.producer",
            Self::CertificationMissing { .. } => "authority.issue.certification_missing",
            Self::Certification { .. } => "authority.issue.certification",
            Self::Study { .. } => "authority.issue.study",
            Self::Replayed { .. } => "authority.issue.replayed",
            Self::Tables => "authority.issue.tables",
            Self::Column { .. } => "authority.issue.column",
            Self::Columns => "authority.issue.columns",
            Self::Rows => "authority.issue.rows",
            Self::Null { .. } => "authority.issue.null",
            Self::ReferenceTwice { .. } => "authority.issue.reference_twice",
            Self::ReferenceOrder { .. } => "authority.issue.reference_order",
            Self::Kcv { .. } => "authority.issue.kcv",
            Self::Untrusted { .. } => "authority.issue.untrusted",
            Self::RecipientUntrusted { .. } => "authority.issue.recipient_untrusted",
            Self::Changed { .. } => "authority.issue.changed",
            Self::Unpublished { .. } => "authority.issue.unpublished",
            Self::Io { .. } => "authority.issue.io",
            Self::Broken(_) => "authority.issue.broken",
            Self::Open(error) => error.code(),
            Self::Write(error) => error.code(),
            Self::Parquet(error) => error.code(),
            Self::Sink(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Control(error) => error.code(),
            Self::Fee(error) => error.code(),
            Self::Provision(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Verifiable(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Kind { kind } => vec![("kind", (*kind).to_owned())],
            Self::Producer { provision, sender } => {
                vec![("provision", provision.clone()), ("sender", sender.clone())]
            }
            Self::CertificationMissing { provision }
            | Self::Certification { provision }
            | Self::Study { provision }
            | Self::Kcv { provision } => vec![("provision", provision.clone())],
            Self::Replayed { package } => vec![("package", package.clone())],
            Self::Tables | Self::Columns | Self::Rows => Vec::new(),
            Self::Column { column } | Self::Null { column } => {
                vec![("column", (*column).to_owned())]
            }
            Self::ReferenceTwice { row } | Self::ReferenceOrder { row } => {
                vec![("row", row.to_string())]
            }
            Self::Untrusted { name } | Self::RecipientUntrusted { name } => {
                vec![("name", name.clone())]
            }
            Self::Unpublished { request, file, .. } => vec![
                ("request", request.clone()),
                ("file", file.display().to_string()),
            ],
            Self::Changed { file } | Self::Io { file, .. } => {
                vec![("file", file.display().to_string())]
            }
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Open(error) => error.details(),
            Self::Write(error) => error.details(),
            Self::Parquet(error) => error.details(),
            Self::Sink(error) => error.details(),
            Self::Schema(error) => error.details(),
            Self::Control(error) => error.details(),
            Self::Fee(error) => error.details(),
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
            Self::Kind { .. }
            | Self::Producer { .. }
            | Self::CertificationMissing { .. }
            | Self::Certification { .. }
            | Self::Study { .. }
            | Self::Replayed { .. }
            | Self::Tables
            | Self::Column { .. }
            | Self::Columns
            | Self::Rows
            | Self::Null { .. }
            | Self::ReferenceTwice { .. }
            | Self::ReferenceOrder { .. }
            | Self::Kcv { .. }
            | Self::Untrusted { .. }
            | Self::RecipientUntrusted { .. }
            | Self::Changed { .. } => 1,
            Self::Unpublished { source, .. } => source.exit(),
            Self::Io { .. } => 3,
            Self::Broken(_) => 70,
            Self::Open(error) => error.exit(),
            Self::Write(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Sink(error) => error.exit(),
            Self::Schema(error) => error.exit(),
            Self::Control(error) => error.exit(),
            Self::Fee(error) => error.exit(),
            Self::Provision(error) => error.exit(),
            Self::Registry(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Verifiable(error) => error.exit(),
        }
    }
}
