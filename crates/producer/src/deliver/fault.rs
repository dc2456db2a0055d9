//! Why nothing was delivered.

use std::io;

use jiff::civil::Date;
use renketsu_seal::Fingerprint;
use renketsu_seal::package::WriteError;
use renketsu_seal::safe::SafeError;
use renketsu_store::StoreError;
use renketsu_table::parquet::ParquetError;
use renketsu_table::schema::SchemaError;
use renketsu_table::sort::SortError;

use crate::certification::CertificationError;
use crate::map::MapError;

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// Something that was agreed is blank.
    #[error("the {field} is blank")]
    Blank {
        /// `purpose`, `contract` or `place`.
        field: &'static str,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The producer may not deliver.
    #[error(transparent)]
    Certification(#[from] CertificationError),
    /// The table went out, and was destroyed here.
    #[error("table `{table}` was delivered in package `{package}`")]
    Delivered {
        /// The table.
        table: String,
        /// The package that carried it.
        package: String,
    },
    /// A table cannot be copied.
    #[error("`{file}` cannot be copied into the package")]
    Io {
        /// The table.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A directory cannot be made.
    #[error(transparent)]
    Directory(#[from] MapError),
    /// No place of use is named.
    #[error("no place of use is named")]
    NoPlace,
    /// A removal goes in a package of its own.
    #[error("the table `removed` goes in a package of its own")]
    RemovalAlone,
    /// No answer of this provision was attached.
    #[error("no answer of provision `{provision}` was attached")]
    NoTerms {
        /// The provision.
        provision: String,
    },
    /// Every table was delivered before.
    #[error("provision `{provision}` has no table that was not delivered")]
    Nothing {
        /// The provision.
        provision: String,
    },
    /// Not the one that the authority named.
    #[error("the authority named `{expected}` as recipient, not `{found}`")]
    OtherRecipient {
        /// Whom the authority named.
        expected: String,
        /// Who was asked for.
        found: String,
    },
    /// The agreed end of use has passed.
    #[error("the agreed end of use, {until}, has passed")]
    Past {
        /// The last day of use.
        until: Date,
    },
    /// The agreed period ends before it begins.
    #[error("the period of use ends on {end}, before it begins on {start}")]
    Period {
        /// The first day.
        start: Date,
        /// The last day.
        end: Date,
    },
    /// A table cannot be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// A table cannot be opened.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// Our fault: a table with IDs has a table schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// IDs cannot be sorted.
    #[error(transparent)]
    Sort(#[from] SortError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The card of the recipient is not among the trusted ones.
    #[error("the card of `{name}` ({fingerprint}) is not trusted")]
    Untrusted {
        /// Whom the authority named.
        name: String,
        /// The fingerprint it named.
        fingerprint: Fingerprint,
    },
    /// The package cannot be sealed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl DeliverError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.deliver.blank", &["field"]),
        ("producer.deliver.broken", &["invariant"]),
        ("producer.deliver.delivered", &["table", "package"]),
        ("producer.deliver.io", &["file", "reason"]),
        ("producer.deliver.no_place", &[]),
        ("producer.deliver.removal_alone", &[]),
        ("producer.deliver.no_terms", &["provision"]),
        ("producer.deliver.nothing", &["provision"]),
        ("producer.deliver.other_recipient", &["expected", "found"]),
        ("producer.deliver.past", &["until"]),
        ("producer.deliver.period", &["start", "end"]),
        ("producer.deliver.untrusted", &["name", "fingerprint"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank { .. } => "producer.deliver.blank",
            Self::Broken(_) => "producer.deliver.broken",
            Self::Delivered { .. } => "producer.deliver.delivered",
            Self::Certification(error) => error.code(),
            Self::Directory(error) => error.code(),
            Self::Io { .. } => "producer.deliver.io",
            Self::NoPlace => "producer.deliver.no_place",
            Self::RemovalAlone => "producer.deliver.removal_alone",
            Self::NoTerms { .. } => "producer.deliver.no_terms",
            Self::Nothing { .. } => "producer.deliver.nothing",
            Self::OtherRecipient { .. } => "producer.deliver.other_recipient",
            Self::Period { .. } => "producer.deliver.period",
            Self::Past { .. } => "producer.deliver.past",
            Self::Parquet(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Sort(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Untrusted { .. } => "producer.deliver.untrusted",
            Self::Write(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Certification(error) => error.details(),
            Self::Directory(error) => error.details(),
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
            Self::Blank { field } => vec![("field", (*field).to_owned())],
            Self::Period { start, end } => {
                vec![("start", start.to_string()), ("end", end.to_string())]
            }
            Self::NoPlace | Self::RemovalAlone => Vec::new(),
            Self::NoTerms { provision } | Self::Nothing { provision } => {
                vec![("provision", provision.clone())]
            }
            Self::OtherRecipient { expected, found } => {
                vec![("expected", expected.clone()), ("found", found.clone())]
            }
            Self::Delivered { table, package } => {
                vec![("table", table.clone()), ("package", package.clone())]
            }
            Self::Past { until } => vec![("until", until.to_string())],
            Self::Parquet(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Schema(error) => error.details(),
            Self::Sort(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Untrusted { name, fingerprint } => {
                vec![
                    ("name", name.clone()),
                    ("fingerprint", fingerprint.to_string()),
                ]
            }
            Self::Write(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoTerms { .. }
            | Self::OtherRecipient { .. }
            | Self::Delivered { .. }
            | Self::Past { .. }
            | Self::Untrusted { .. } => 1,
            Self::Blank { .. }
            | Self::NoPlace
            | Self::RemovalAlone
            | Self::Nothing { .. }
            | Self::Period { .. } => 2,
            Self::Io { .. } => 3,
            Self::Broken(_) => 70,
            Self::Certification(error) => error.exit(),
            Self::Directory(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Schema(error) => error.exit(),
            Self::Sort(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::Write(error) => error.exit(),
        }
    }
}
