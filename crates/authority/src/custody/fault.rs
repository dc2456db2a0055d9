//! Why the custodians don't work together.

use std::path::PathBuf;

use renketsu_seal::package::{OpenError, WriteError};
use renketsu_store::StoreError;
use renketsu_table::parquet::{ParquetError, SinkError};
use renketsu_table::schema::SchemaError;
use renketsu_table::sort::SortError;

use crate::fee::FeeError;
use crate::issue::IssueError;
use crate::provision::ProvisionError;
use crate::registration::RegistryError;
use crate::registry::ReadError;
use crate::secrets::SecretError;
use crate::stamp::StampError;
use crate::verifiable::VerifiableError;

/// Why terms are not handed over or taken, a request not resolved, or IDs not issued. No package was written, and the
/// same may be tried again, unless it is [`CustodyError::Unpublished`].
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// A package of another kind.
    #[error("the package is of kind `{kind}`, not `{expected}`")]
    Kind {
        /// Its kind.
        kind: &'static str,
        /// The kind that is needed.
        expected: &'static str,
    },
    /// This directory has both key stores: nothing goes between custodians.
    #[error("this directory holds the keys of both custodians")]
    Whole,
    /// No issuer or resolver was agreed on for this provision.
    #[error("the provision `{provision}` was not handed over between two custodians")]
    NoCounterpart {
        /// The provision.
        provision: String,
    },
    /// The other custodian's card is not trusted any more.
    #[error(
        "the card of the other custodian of the provision `{provision}` is not trusted any more"
    )]
    CounterpartUntrusted {
        /// The provision.
        provision: String,
    },
    /// No trusted card of that part has the fingerprint.
    #[error("no trusted card of the part {role} has this fingerprint")]
    Untrusted {
        /// The part.
        role: &'static str,
        /// The fingerprint.
        fingerprint: String,
    },
    /// The tokens come from somebody else than the provision's resolver.
    #[error("`{sender}` is not the resolver of the provision `{provision}`")]
    Sender {
        /// The provision.
        provision: String,
        /// Name on the sender's card.
        sender: String,
    },
    /// The two sides don't mean the same provision.
    #[error("the package states another {field} than the provision `{provision}`")]
    Differs {
        /// The provision.
        provision: String,
        /// What differs: a field of the manifest, or `law`.
        field: &'static str,
    },
    /// The two sides are in different epochs.
    #[error("the provision `{provision}` is of epoch {stated}, and this directory in epoch {own}")]
    Epoch {
        /// The provision.
        provision: String,
        /// The issuer's epoch.
        stated: u32,
        /// The resolver's.
        own: u32,
    },
    /// The package was taken before.
    #[error("the package `{package}` was taken before")]
    Replayed {
        /// Its id.
        package: String,
    },
    /// Not the table that a package of its kind has.
    #[error("the package has not the one table of its kind")]
    Tables,
    /// A row contradicts its form: a token missing or out of order.
    #[error("row {row} of the tokens contradicts its form")]
    Row {
        /// The row, from 1.
        row: u64,
    },
    /// The secrets do not give the key check values the provision was opened with.
    #[error("the secrets of the provision `{provision}` are not those it was opened with")]
    Kcv {
        /// The provision.
        provision: String,
    },
    /// The two packages were given one file.
    #[error("the two packages need two files")]
    OneFile,
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// The file is not the one that was verified.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The file.
        file: PathBuf,
    },
    /// What was made is recorded and could not be given its name.
    #[error("what came of `{package}` is recorded, but `{file}` was not written")]
    Unpublished {
        /// Package id of what was answered.
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
    /// The request was refused.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The extract was refused.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// Rows could not be sorted.
    #[error(transparent)]
    Sort(#[from] SortError),
    /// The application, the meter or the fee stands against it.
    #[error(transparent)]
    Fee(#[from] FeeError),
    /// The provision was refused.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// No registry.
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
    /// The package was refused.
    #[error(transparent)]
    Open(#[from] Box<OpenError>),
    /// A package could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The table could not be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// A table could not be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The table is not of its schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

impl From<OpenError> for CustodyError {
    fn from(error: OpenError) -> Self {
        Self::Open(Box::new(error))
    }
}

impl From<ReadError> for CustodyError {
    fn from(error: ReadError) -> Self {
        Self::Issue(error.into())
    }
}

impl CustodyError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.custody.kind", &["kind", "expected"]),
        ("authority.custody.whole", &[]),
        ("authority.custody.no_counterpart", &["provision"]),
        ("authority.custody.counterpart_untrusted", &["provision"]),
        ("authority.custody.untrusted", &["role", "fingerprint"]),
        ("authority.custody.sender", &["provision", "sender"]),
        ("authority.custody.differs", &["provision", "field"]),
        ("authority.custody.epoch", &["provision", "stated", "own"]),
        ("authority.custody.replayed", &["package"]),
        ("authority.custody.tables", &[]),
        ("authority.custody.row", &["row"]),
        ("authority.custody.kcv", &["provision"]),
        ("authority.custody.one_file", &[]),
        ("authority.custody.entropy", &[]),
        ("authority.custody.changed", &["file"]),
        ("authority.custody.unpublished", &["package", "file"]),
        ("authority.custody.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind { .. } => "authority.custody.kind",
            Self::Whole => "authority.custody.whole",
            Self::NoCounterpart { .. } => "authority.custody.no_counterpart",
            Self::CounterpartUntrusted { .. } => "authority.custody.counterpart_untrusted",
            Self::Untrusted { .. } => "authority.custody.untrusted",
            Self::Sender { .. } => "authority.custody.sender",
            Self::Differs { .. } => "authority.custody.differs",
            Self::Epoch { .. } => "authority.custody.epoch",
            Self::Replayed { .. } => "authority.custody.replayed",
            Self::Tables => "authority.custody.tables",
            Self::Row { .. } => "authority.custody.row",
            Self::Kcv { .. } => "authority.custody.kcv",
            Self::OneFile => "authority.custody.one_file",
            Self::Entropy => "authority.custody.entropy",
            Self::Changed { .. } => "authority.custody.changed",
            Self::Unpublished { .. } => "authority.custody.unpublished",
            Self::Broken(_) => "authority.custody.broken",
            Self::Issue(error) => error.code(),
            Self::Stamp(error) => error.code(),
            Self::Sort(error) => error.code(),
            Self::Fee(error) => error.code(),
            Self::Provision(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Secret(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Verifiable(error) => error.code(),
            Self::Open(error) => error.code(),
            Self::Write(error) => error.code(),
            Self::Parquet(error) => error.code(),
            Self::Sink(error) => error.code(),
            Self::Schema(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Kind { kind, expected } => vec![
                ("kind", (*kind).to_owned()),
                ("expected", (*expected).to_owned()),
            ],
            Self::NoCounterpart { provision }
            | Self::CounterpartUntrusted { provision }
            | Self::Kcv { provision } => vec![("provision", provision.clone())],
            Self::Untrusted { role, fingerprint } => vec![
                ("role", (*role).to_owned()),
                ("fingerprint", fingerprint.clone()),
            ],
            Self::Sender { provision, sender } => {
                vec![("provision", provision.clone()), ("sender", sender.clone())]
            }
            Self::Differs { provision, field } => vec![
                ("provision", provision.clone()),
                ("field", (*field).to_owned()),
            ],
            Self::Epoch {
                provision,
                stated,
                own,
            } => vec![
                ("provision", provision.clone()),
                ("stated", stated.to_string()),
                ("own", own.to_string()),
            ],
            Self::Replayed { package } => vec![("package", package.clone())],
            Self::Row { row } => vec![("row", row.to_string())],
            Self::Whole | Self::Tables | Self::OneFile | Self::Entropy => Vec::new(),
            Self::Changed { file } => vec![("file", file.display().to_string())],
            Self::Unpublished { package, file, .. } => vec![
                ("package", package.clone()),
                ("file", file.display().to_string()),
            ],
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Issue(error) => error.details(),
            Self::Stamp(error) => error.details(),
            Self::Sort(error) => error.details(),
            Self::Fee(error) => error.details(),
            Self::Provision(error) => error.details(),
            Self::Registry(error) => error.details(),
            Self::Secret(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Verifiable(error) => error.details(),
            Self::Open(error) => error.details(),
            Self::Write(error) => error.details(),
            Self::Parquet(error) => error.details(),
            Self::Sink(error) => error.details(),
            Self::Schema(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Kind { .. }
            | Self::Whole
            | Self::NoCounterpart { .. }
            | Self::CounterpartUntrusted { .. }
            | Self::Untrusted { .. }
            | Self::Sender { .. }
            | Self::Differs { .. }
            | Self::Epoch { .. }
            | Self::Replayed { .. }
            | Self::Tables
            | Self::Row { .. }
            | Self::Kcv { .. }
            | Self::Changed { .. } => 1,
            Self::OneFile => 2,
            Self::Entropy => 3,
            Self::Unpublished { source, .. } => source.exit(),
            Self::Broken(_) => 70,
            Self::Issue(error) => error.exit(),
            Self::Stamp(error) => error.exit(),
            Self::Sort(error) => error.exit(),
            Self::Fee(error) => error.exit(),
            Self::Provision(error) => error.exit(),
            Self::Registry(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Verifiable(error) => error.exit(),
            Self::Open(error) => error.exit(),
            Self::Write(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Sink(error) => error.exit(),
            Self::Schema(error) => error.exit(),
        }
    }
}
