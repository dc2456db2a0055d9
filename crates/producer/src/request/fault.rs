//! Why nothing was asked for.

use std::io;

use renketsu_seal::package::WriteError;
use renketsu_store::StoreError;
use renketsu_table::parquet::SinkError;
use renketsu_table::schema::SchemaError;

use crate::attach::AttachError;
use crate::certification::CertificationError;
use crate::map::MapError;
use crate::sources::SourceError;

/// Why nothing was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// Source keys stand in the files of several institutions, and nobody said that they mean the same people there.
    #[error("{keys} source keys stand in the files of several institutions")]
    SharedKeys {
        /// How many.
        keys: u64,
    },
    /// The producer may not ask.
    #[error(transparent)]
    Certification(#[from] CertificationError),
    /// A file cannot be read or written.
    #[error("`{file}` cannot be read or written")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The keys of those who leave cannot be kept.
    #[error(transparent)]
    Leaving(Box<AttachError>),
    /// The map cannot be kept.
    #[error(transparent)]
    Map(#[from] MapError),
    /// No record can get an ID.
    #[error("none of {records} records can get an ID")]
    Nothing {
        /// Records read.
        records: u64,
        /// Records rejected.
        rejected: u64,
    },
    /// No record can get an ID; the reject report says why.
    #[error("none of {records} records can get an ID: see `{file}`")]
    NothingReported {
        /// Records read.
        records: u64,
        /// Records rejected.
        rejected: u64,
        /// The reject report.
        file: String,
    },
    /// The sources have headers and no row.
    #[error("`{files}` has no row")]
    NoRow {
        /// The sources.
        files: String,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
    /// The file of the reject report exists.
    #[error("`{file}` exists")]
    RejectsExist {
        /// The file.
        file: String,
    },
    /// Our fault: the columns of a request have a table schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The table cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority's card is not among the trusted ones.
    #[error("the card of `{name}` is not trusted")]
    Untrusted {
        /// Its name.
        name: String,
    },
    /// The package cannot be sealed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl RequestError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.request.shared_keys", &["keys"]),
        ("producer.request.broken", &["invariant"]),
        ("producer.request.io", &["file", "reason"]),
        ("producer.request.no_row", &["files"]),
        ("producer.request.nothing", &["records", "rejected"]),
        (
            "producer.request.nothing_reported",
            &["records", "rejected", "file"],
        ),
        ("producer.request.randomness", &[]),
        ("producer.request.rejects_exist", &["file"]),
        ("producer.request.untrusted", &["name"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken(_) => "producer.request.broken",
            Self::Certification(error) => error.code(),
            Self::Io { .. } => "producer.request.io",
            Self::Leaving(error) => error.code(),
            Self::Map(error) => error.code(),
            Self::Nothing { .. } => "producer.request.nothing",
            Self::NothingReported { .. } => "producer.request.nothing_reported",
            Self::SharedKeys { .. } => "producer.request.shared_keys",
            Self::NoRow { .. } => "producer.request.no_row",
            Self::Randomness => "producer.request.randomness",
            Self::RejectsExist { .. } => "producer.request.rejects_exist",
            Self::Schema(error) => error.code(),
            Self::Sink(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Untrusted { .. } => "producer.request.untrusted",
            Self::Write(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Certification(error) => error.details(),
            Self::Io { file, source } => {
                vec![
                    ("file", file.clone()),
                    ("reason", source.kind().to_string()),
                ]
            }
            Self::Leaving(error) => error.details(),
            Self::Map(error) => error.details(),
            Self::Nothing { records, rejected } => {
                vec![
                    ("records", records.to_string()),
                    ("rejected", rejected.to_string()),
                ]
            }
            Self::SharedKeys { keys } => vec![("keys", keys.to_string())],
            Self::NothingReported {
                records,
                rejected,
                file,
            } => vec![
                ("records", records.to_string()),
                ("rejected", rejected.to_string()),
                ("file", file.clone()),
            ],
            Self::NoRow { files } => vec![("files", files.clone())],
            Self::Randomness => Vec::new(),
            Self::RejectsExist { file } => vec![("file", file.clone())],
            Self::Schema(error) => error.details(),
            Self::Sink(error) => error.details(),
            Self::Source(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Untrusted { name } => vec![("name", name.clone())],
            Self::Write(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Broken(_) => 70,
            Self::Certification(error) => error.exit(),
            Self::Io { .. } | Self::Randomness => 3,
            Self::Leaving(error) => error.exit(),
            Self::Map(error) => error.exit(),
            Self::Nothing { .. } | Self::NothingReported { .. } | Self::NoRow { .. } => 2,
            Self::Schema(error) => error.exit(),
            Self::Sink(error) => error.exit(),
            Self::Source(error) => error.exit(),
            Self::Store(error) => error.exit(),
            Self::RejectsExist { .. } | Self::SharedKeys { .. } | Self::Untrusted { .. } => 1,
            Self::Write(error) => error.exit(),
        }
    }
}
