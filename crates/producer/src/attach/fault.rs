//! Why nothing was attached.

use std::io;
use std::path::Path;

use renketsu_identity::NotProven;
use renketsu_seal::package::OpenError;
use renketsu_seal::safe::SafeError;
use renketsu_store::StoreError;
use renketsu_table::batches::BatchError;
use renketsu_table::parquet::{ParquetError, SinkError};
use renketsu_table::proven::ProvenError;
use renketsu_table::resources::ResourceError;
use renketsu_table::sort::SortError;
use renketsu_table::statistical::StatisticalError;

use super::columns::IdentifyingColumn;
use crate::certification::CertificationError;
use crate::map::MapError;

/// Why nothing was attached, or (after everything was) the map not destroyed: the same command then finishes it.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The answers are not what an answer may hold.
    #[error("the answers of package `{package}` contradict their form")]
    Answers {
        /// The answer.
        package: String,
    },
    /// IDs and references don't belong together: another request, other terms, or other tokens.
    #[error("the references do not belong to the IDs of package `{package}`")]
    Apart {
        /// The IDs.
        package: String,
    },
    /// The notice of the fee is not between this producer and the authority that answers.
    #[error("the fee notice in package `{package}` is not between its sender and this producer")]
    Notice {
        /// The package.
        package: String,
    },
    /// Somebody answers who was not asked, or who is not the custodian that the other one names.
    #[error("package `{package}` comes from `{sender}`, who was not asked")]
    NotAsked {
        /// The package.
        package: String,
        /// Name on the sender's card.
        sender: String,
    },
    /// The package answers another file under the id of our request.
    #[error("package `{package}` answers another file than the request")]
    OtherFile {
        /// The package.
        package: String,
    },
    /// A table cannot be read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// The producer may not attach.
    #[error(transparent)]
    Certification(#[from] CertificationError),
    /// A table is not what it was when its columns were looked at.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The table.
        file: String,
    },
    /// The request was attached before, and its map destroyed.
    #[error("request `{request}` was attached before and its map destroyed")]
    Done {
        /// The request.
        request: String,
    },
    /// A table has columns that look as if they identified persons. Nothing was attached, and the map is whole.
    #[error("`{file}` has {} columns that look identifying", .columns.len())]
    Identifying {
        /// The table.
        file: String,
        /// Each of them with what it seems to hold.
        columns: Vec<IdentifyingColumn>,
    },
    /// The table has no such column.
    #[error("`{file}` has no column `{column}` for the source key")]
    Key {
        /// The table.
        file: String,
        /// The column asked for.
        column: String,
    },
    /// The key column holds neither text nor whole numbers.
    #[error("`{file}` has neither text nor whole numbers in column `{column}`")]
    KeyKind {
        /// The table.
        file: String,
        /// The key column.
        column: String,
    },
    /// A column that is to stay is one that is left out.
    #[error("column `{column}` is left out and cannot be kept")]
    LeftOut {
        /// The column.
        column: String,
    },
    /// The map cannot be read.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The package's kana IDs are of another mode than those it belongs to.
    #[error("the kana IDs of package `{package}` are of another mode")]
    Mode {
        /// The package.
        package: String,
    },
    /// Not a name that a table of a package may have.
    #[error("`{name}` is no name of a table")]
    Name {
        /// The name.
        name: String,
    },
    /// No table has a column that is to stay or to be left out.
    #[error("`{file}` has no column `{column}`")]
    NoColumn {
        /// The tables.
        file: String,
        /// The column.
        column: String,
    },
    /// The answer is not to a request of a removal.
    #[error("request `{request}` is not one of a removal")]
    NoRemoval {
        /// The request.
        request: String,
    },
    /// The answer is to a request of a removal, whose keys wait for it.
    #[error("request `{request}` is one of a removal")]
    Removal {
        /// The request.
        request: String,
    },
    /// The answer names no request.
    #[error("package `{package}` answers no request")]
    NoRequest {
        /// The answer.
        package: String,
    },
    /// A table has a header and no row.
    #[error("`{file}` has no row")]
    NoRow {
        /// The table.
        file: String,
    },
    /// No table was given.
    #[error("no table is given")]
    NoTable,
    /// The answer is refused.
    #[error(transparent)]
    Open(#[from] Box<OpenError>),
    /// A table or the answers cannot be read.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
    /// A table of resources cannot be read.
    #[error(transparent)]
    Resource(#[from] ResourceError),
    /// The answer has not the rows that were asked for.
    #[error("the answer has {found} rows where {expected} were asked for")]
    Rows {
        /// Rows of the request.
        expected: u64,
        /// Rows of the answer.
        found: u64,
    },
    /// A table cannot be kept, or the map not be destroyed.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The answer leaves out what it must say (clause 3.recipient).
    #[error("package `{package}` does not say its {field}")]
    Silent {
        /// The answer.
        package: String,
        /// `study`, `kcv` or `recipient_ground`.
        field: &'static str,
    },
    /// A table cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// Keys or rows cannot be sorted.
    #[error(transparent)]
    Sort(#[from] SortError),
    /// A table of SAS or Stata cannot be read.
    #[error(transparent)]
    Statistical(#[from] StatisticalError),
    /// The state could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The table has IDs already.
    #[error("`{file}` has a column `{column}` already")]
    Taken {
        /// The table.
        file: String,
        /// The column.
        column: String,
    },
    /// An earlier answer said something else of this provision.
    #[error("an earlier answer named another study or recipient for provision `{provision}`")]
    Terms {
        /// The provision.
        provision: String,
    },
    /// One name for two tables.
    #[error("`{name}` is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A kana ID that nobody can prove, and with it the whole package.
    #[error(transparent)]
    Proven(#[from] ProvenError),
    /// The public key of the kana IDs is not that of the provision.
    #[error(
        "package `{package}` states another public key of kana IDs for provision `{provision}`"
    )]
    PublicKey {
        /// The package.
        package: String,
        /// The provision.
        provision: String,
    },
    /// References of the map are missing from the answer.
    #[error("{references} references of the map have no answer")]
    Unanswered {
        /// How many.
        references: u64,
    },
    /// No request of this producer.
    #[error("request `{request}` is none of this producer")]
    UnknownRequest {
        /// The request that the answer names.
        request: String,
    },
}

impl From<NotProven> for AttachError {
    fn from(error: NotProven) -> Self {
        Self::Proven(error.into())
    }
}

impl From<OpenError> for AttachError {
    fn from(error: OpenError) -> Self {
        Self::Open(Box::new(error))
    }
}

impl AttachError {
    /// A temporary file that the system refused, or that came back changed.
    pub(crate) fn scratch(dir: &Path, source: io::Error) -> Self {
        let dir = dir.to_owned();
        let changed = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
        Self::Sort(if changed.contains(&source.kind()) {
            SortError::Changed { dir }
        } else {
            SortError::Io { dir, source }
        })
    }

    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.attach.answers", &["package"]),
        ("producer.attach.apart", &["package"]),
        ("producer.attach.notice", &["package"]),
        ("producer.attach.not_asked", &["package", "sender"]),
        ("producer.attach.other_file", &["package"]),
        ("producer.attach.broken", &["invariant"]),
        ("producer.attach.changed", &["file"]),
        ("producer.attach.done", &["request"]),
        ("producer.attach.no_removal", &["request"]),
        ("producer.attach.removal", &["request"]),
        ("producer.attach.identifying", &["file", "columns"]),
        ("producer.attach.key", &["file", "column"]),
        ("producer.attach.key_kind", &["file", "column"]),
        ("producer.attach.left_out", &["column"]),
        ("producer.attach.mode", &["package"]),
        ("producer.attach.name", &["name"]),
        ("producer.attach.no_column", &["file", "column"]),
        ("producer.attach.no_request", &["package"]),
        ("producer.attach.no_row", &["file"]),
        ("producer.attach.no_table", &[]),
        ("producer.attach.public_key", &["package", "provision"]),
        ("producer.attach.randomness", &[]),
        ("producer.attach.rows", &["expected", "found"]),
        ("producer.attach.silent", &["package", "field"]),
        ("producer.attach.taken", &["file", "column"]),
        ("producer.attach.terms", &["provision"]),
        ("producer.attach.twice", &["name"]),
        ("producer.attach.unanswered", &["references"]),
        ("producer.attach.unknown_request", &["request"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Answers { .. } => "producer.attach.answers",
            Self::Apart { .. } => "producer.attach.apart",
            Self::Notice { .. } => "producer.attach.notice",
            Self::NotAsked { .. } => "producer.attach.not_asked",
            Self::OtherFile { .. } => "producer.attach.other_file",
            Self::Batch(error) => error.code(),
            Self::Broken(_) => "producer.attach.broken",
            Self::Certification(error) => error.code(),
            Self::Changed { .. } => "producer.attach.changed",
            Self::Done { .. } => "producer.attach.done",
            Self::NoRemoval { .. } => "producer.attach.no_removal",
            Self::Removal { .. } => "producer.attach.removal",
            Self::Identifying { .. } => "producer.attach.identifying",
            Self::Key { .. } => "producer.attach.key",
            Self::KeyKind { .. } => "producer.attach.key_kind",
            Self::LeftOut { .. } => "producer.attach.left_out",
            Self::Map(error) => error.code(),
            Self::Mode { .. } => "producer.attach.mode",
            Self::Name { .. } => "producer.attach.name",
            Self::NoColumn { .. } => "producer.attach.no_column",
            Self::NoRequest { .. } => "producer.attach.no_request",
            Self::NoRow { .. } => "producer.attach.no_row",
            Self::NoTable => "producer.attach.no_table",
            Self::Open(error) => error.code(),
            Self::Parquet(error) => error.code(),
            Self::Proven(error) => error.code(),
            Self::PublicKey { .. } => "producer.attach.public_key",
            Self::Randomness => "producer.attach.randomness",
            Self::Rows { .. } => "producer.attach.rows",
            Self::Safe(error) => error.code(),
            Self::Silent { .. } => "producer.attach.silent",
            Self::Sink(error) => error.code(),
            Self::Resource(error) => error.code(),
            Self::Sort(error) => error.code(),
            Self::Statistical(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Taken { .. } => "producer.attach.taken",
            Self::Terms { .. } => "producer.attach.terms",
            Self::Twice { .. } => "producer.attach.twice",
            Self::Unanswered { .. } => "producer.attach.unanswered",
            Self::UnknownRequest { .. } => "producer.attach.unknown_request",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Answers { package }
            | Self::Apart { package }
            | Self::Mode { package }
            | Self::NoRequest { package }
            | Self::Notice { package }
            | Self::OtherFile { package } => vec![("package", package.clone())],
            Self::NotAsked { package, sender } => {
                vec![("package", package.clone()), ("sender", sender.clone())]
            }
            Self::Batch(error) => error.details(),
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Certification(error) => error.details(),
            Self::Done { request }
            | Self::NoRemoval { request }
            | Self::Removal { request }
            | Self::UnknownRequest { request } => {
                vec![("request", request.clone())]
            }
            Self::Identifying { file, columns } => {
                let columns = columns.iter();
                let named: Vec<String> = columns
                    .map(|found| format!("{} ({})", found.column, found.reason))
                    .collect();
                vec![("file", file.clone()), ("columns", named.join(", "))]
            }
            Self::Key { file, column }
            | Self::KeyKind { file, column }
            | Self::NoColumn { file, column }
            | Self::Taken { file, column } => {
                vec![("file", file.clone()), ("column", column.clone())]
            }
            Self::LeftOut { column } => vec![("column", column.clone())],
            Self::Map(error) => error.details(),
            Self::Name { name } | Self::Twice { name } => vec![("name", name.clone())],
            Self::Changed { file } | Self::NoRow { file } => vec![("file", file.clone())],
            Self::NoTable | Self::Randomness => Vec::new(),
            Self::Open(error) => error.details(),
            Self::Parquet(error) => error.details(),
            Self::Proven(error) => error.details(),
            Self::PublicKey { package, provision } => vec![
                ("package", package.clone()),
                ("provision", provision.clone()),
            ],
            Self::Rows { expected, found } => {
                vec![
                    ("expected", expected.to_string()),
                    ("found", found.to_string()),
                ]
            }
            Self::Safe(error) => error.details(),
            Self::Silent { package, field } => {
                vec![("package", package.clone()), ("field", (*field).to_owned())]
            }
            Self::Sink(error) => error.details(),
            Self::Resource(error) => error.details(),
            Self::Sort(error) => error.details(),
            Self::Statistical(error) => error.details(),
            Self::Store(error) => error.details(),
            Self::Terms { provision } => vec![("provision", provision.clone())],
            Self::Unanswered { references } => vec![("references", references.to_string())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Answers { .. }
            | Self::Apart { .. }
            | Self::Done { .. }
            | Self::NoRemoval { .. }
            | Self::Removal { .. }
            | Self::Identifying { .. }
            | Self::Mode { .. }
            | Self::NoRequest { .. }
            | Self::NotAsked { .. }
            | Self::Notice { .. }
            | Self::OtherFile { .. }
            | Self::PublicKey { .. }
            | Self::Rows { .. }
            | Self::Silent { .. }
            | Self::Terms { .. }
            | Self::Unanswered { .. }
            | Self::UnknownRequest { .. } => 1,
            Self::Changed { .. }
            | Self::Key { .. }
            | Self::KeyKind { .. }
            | Self::LeftOut { .. }
            | Self::Name { .. }
            | Self::NoColumn { .. }
            | Self::NoRow { .. }
            | Self::NoTable
            | Self::Taken { .. }
            | Self::Twice { .. } => 2,
            Self::Broken(_) => 70,
            Self::Randomness => 3,
            Self::Batch(error) => error.exit(),
            Self::Certification(error) => error.exit(),
            Self::Map(error) => error.exit(),
            Self::Open(error) => error.exit(),
            Self::Parquet(error) => error.exit(),
            Self::Proven(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Sink(error) => error.exit(),
            Self::Resource(error) => error.exit(),
            Self::Sort(error) => error.exit(),
            Self::Statistical(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}
