//! Why a package is not opened.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_identity::KeyCheckValues;

use super::PackageKind;
use crate::card::Role;

/// A package that is not opened. Nothing was written.
#[derive(Debug)]
pub struct OpenError {
    /// The package.
    pub file: PathBuf,
    /// Why.
    pub refusal: Refusal,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.file.display(), self.refusal)
    }
}

impl Error for OpenError {
    /// The refusal is in the text already; what caused it is not.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.refusal.source()
    }
}

/// Why a package is not opened.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The archive inside is malformed.
    #[error("the archive is malformed at entry {entry}")]
    Archive {
        /// Which entry, from 1.
        entry: u64,
    },
    /// The head of a log that it carries is none that the sender's log signed.
    #[error("it carries a checkpoint that the sender's log did not sign")]
    Checkpoint,
    /// A byte of the sealed file was changed, or its last part is missing.
    #[error("the file was altered or cut short")]
    Corrupt,
    /// Two entries of one name.
    #[error("the table `{table}` is in the archive twice")]
    Duplicate {
        /// The table.
        table: String,
    },
    /// Its time is over.
    #[error("it expired at {expires}")]
    Expired {
        /// When.
        expires: Timestamp,
    },
    /// A file the manifest doesn't know.
    #[error("the table `{table}` is not in the manifest")]
    Extra {
        /// The table.
        table: String,
    },
    /// A signed field says what it may not.
    #[error("the field `{field}` of the manifest is not acceptable")]
    Field {
        /// The field.
        field: &'static str,
    },
    /// It was made more than a day in the future.
    #[error("it was made in the future, at {created}")]
    Future {
        /// When it says it was made.
        created: Timestamp,
    },
    /// A table has another length or digest than was signed.
    #[error("the table `{table}` is not the one that was signed")]
    Hash {
        /// The table.
        table: String,
    },
    /// The file can't be read.
    #[error("it can't be read")]
    Io(#[source] io::Error),
    /// Its IDs were made with other keys than expected.
    #[error("its key check values are not the expected ones")]
    Kcv {
        /// The values of the provision.
        expected: KeyCheckValues,
        /// The values of the package.
        found: Option<KeyCheckValues>,
    },
    /// It is of another kind than expected.
    #[error("it is of kind `{found}`, not `{expected}`")]
    Kind {
        /// The kind this step takes.
        expected: PackageKind,
        /// The kind it is.
        found: PackageKind,
    },
    /// The signed manifest is not JSON of the right shape.
    #[error("the manifest is malformed at line {line}, column {column}")]
    Manifest {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A table of the manifest is not in the archive.
    #[error("the table `{table}` is missing")]
    Missing {
        /// The table.
        table: String,
    },
    /// The archive has no such table.
    #[error("there is no table `{table}`")]
    NoTable {
        /// The table asked for.
        table: String,
    },
    /// An entry is a link, directory, device or extension.
    #[error("entry {entry} of the archive is a {what}, not a file")]
    NotAFile {
        /// Which entry, from 1.
        entry: u64,
        /// What it is.
        what: &'static str,
    },
    /// The file is no age file of version 1.
    #[error("it is no sealed package")]
    NotPackage,
    /// The signed manifest was made for another recipient: somebody else sealed it again for us.
    #[error("its manifest was signed for another recipient")]
    OtherRecipient,
    /// A path that is not `data/NAME.parquet`.
    #[error("entry {entry} of the archive has a forbidden path")]
    Path {
        /// Which entry, from 1.
        entry: u64,
    },
    /// It was made under another profile.
    #[error("its profile is `{found}`, not `{expected}`")]
    Profile {
        /// Ours.
        expected: &'static str,
        /// Its own.
        found: String,
    },
    /// It belongs to another provision.
    #[error("it belongs to provision `{found}`, not `{expected}`")]
    Provision {
        /// The provision asked for.
        expected: String,
        /// Its own.
        found: String,
    },
    /// It is not sealed for this party.
    #[error("it is not addressed to this party")]
    Recipient,
    /// The manifest names another sender than the one who signed it.
    #[error("its manifest names another sender than `{name}`, who signed it")]
    Sender {
        /// Who signed.
        name: String,
    },
    /// The sender has no business sending this.
    #[error("a package of kind `{kind}` doesn't come from a party of role `{role}`")]
    SenderRole {
        /// The kind.
        kind: PackageKind,
        /// The sender's role.
        role: Role,
    },
    /// The signature is not the sender's, or not over this manifest.
    #[error("its signature is not valid")]
    Signature,
    /// Manifest or signature is longer than any honest one.
    #[error("entry {entry} of the archive is longer than {maximum} bytes")]
    TooLong {
        /// Which entry, from 1.
        entry: u64,
        /// The most there may be.
        maximum: u64,
    },
    /// Something follows the end of the archive.
    #[error("something follows the end of the archive")]
    Trailing,
    /// The file ends early.
    #[error("the file is cut short")]
    Truncated,
    /// No trusted card has the key that signed it.
    #[error("it was signed with the key {key}, which belongs to no trusted card")]
    UnknownSender {
        /// The key's number, as `minisign` prints it.
        key: String,
    },
    /// A version of the format this program doesn't know.
    #[error("its format is `{found}`, which this program doesn't know")]
    Version {
        /// What it says.
        found: String,
    },
}

impl Refusal {
    pub(crate) fn of(self, file: &Path) -> OpenError {
        OpenError {
            file: file.to_owned(),
            refusal: self,
        }
    }
}

impl OpenError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.open.archive", &["file", "entry"]),
        ("seal.open.checkpoint", &["file"]),
        ("seal.open.corrupt", &["file"]),
        ("seal.open.duplicate", &["file", "table"]),
        ("seal.open.expired", &["file", "expires"]),
        ("seal.open.extra", &["file", "table"]),
        ("seal.open.field", &["file", "field"]),
        ("seal.open.future", &["file", "created"]),
        ("seal.open.hash", &["file", "table"]),
        ("seal.open.io", &["file", "reason"]),
        ("seal.open.kcv", &["file", "expected", "found"]),
        ("seal.open.kind", &["file", "expected", "found"]),
        ("seal.open.manifest", &["file", "line", "column"]),
        ("seal.open.missing", &["file", "table"]),
        ("seal.open.no_table", &["file", "table"]),
        ("seal.open.not_a_file", &["file", "entry", "what"]),
        ("seal.open.not_package", &["file"]),
        ("seal.open.other_recipient", &["file"]),
        ("seal.open.path", &["file", "entry"]),
        ("seal.open.profile", &["file", "expected", "found"]),
        ("seal.open.provision", &["file", "expected", "found"]),
        ("seal.open.recipient", &["file"]),
        ("seal.open.sender", &["file", "name"]),
        ("seal.open.sender_role", &["file", "kind", "role"]),
        ("seal.open.signature", &["file"]),
        ("seal.open.too_long", &["file", "entry", "maximum"]),
        ("seal.open.trailing", &["file"]),
        ("seal.open.truncated", &["file"]),
        ("seal.open.unknown_sender", &["file", "key"]),
        ("seal.open.version", &["file", "found"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match &self.refusal {
            Refusal::Archive { .. } => "seal.open.archive",
            Refusal::Checkpoint => "seal.open.checkpoint",
            Refusal::Corrupt => "seal.open.corrupt",
            Refusal::Duplicate { .. } => "seal.open.duplicate",
            Refusal::Expired { .. } => "seal.open.expired",
            Refusal::Extra { .. } => "seal.open.extra",
            Refusal::Field { .. } => "seal.open.field",
            Refusal::Future { .. } => "seal.open.future",
            Refusal::Hash { .. } => "seal.open.hash",
            Refusal::Io(_) => "seal.open.io",
            Refusal::Kcv { .. } => "seal.open.kcv",
            Refusal::Kind { .. } => "seal.open.kind",
            Refusal::Manifest { .. } => "seal.open.manifest",
            Refusal::Missing { .. } => "seal.open.missing",
            Refusal::NoTable { .. } => "seal.open.no_table",
            Refusal::NotAFile { .. } => "seal.open.not_a_file",
            Refusal::NotPackage => "seal.open.not_package",
            Refusal::OtherRecipient => "seal.open.other_recipient",
            Refusal::Path { .. } => "seal.open.path",
            Refusal::Profile { .. } => "seal.open.profile",
            Refusal::Provision { .. } => "seal.open.provision",
            Refusal::Recipient => "seal.open.recipient",
            Refusal::Sender { .. } => "seal.open.sender",
            Refusal::SenderRole { .. } => "seal.open.sender_role",
            Refusal::Signature => "seal.open.signature",
            Refusal::TooLong { .. } => "seal.open.too_long",
            Refusal::Trailing => "seal.open.trailing",
            Refusal::Truncated => "seal.open.truncated",
            Refusal::UnknownSender { .. } => "seal.open.unknown_sender",
            Refusal::Version { .. } => "seal.open.version",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![("file", self.file.display().to_string())];
        details.extend(self.refusal.details());
        details
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match &self.refusal {
            Refusal::Io(source) if source.kind() == io::ErrorKind::NotFound => 2,
            Refusal::Io(_) => 3,
            Refusal::NoTable { .. } | Refusal::NotPackage | Refusal::Truncated => 2,
            Refusal::Archive { .. }
            | Refusal::Checkpoint
            | Refusal::Corrupt
            | Refusal::Duplicate { .. }
            | Refusal::Expired { .. }
            | Refusal::Extra { .. }
            | Refusal::Field { .. }
            | Refusal::Future { .. }
            | Refusal::Hash { .. }
            | Refusal::Kcv { .. }
            | Refusal::Kind { .. }
            | Refusal::Manifest { .. }
            | Refusal::Missing { .. }
            | Refusal::NotAFile { .. }
            | Refusal::OtherRecipient
            | Refusal::Path { .. }
            | Refusal::Profile { .. }
            | Refusal::Provision { .. }
            | Refusal::Recipient
            | Refusal::Sender { .. }
            | Refusal::SenderRole { .. }
            | Refusal::Signature
            | Refusal::TooLong { .. }
            | Refusal::Trailing
            | Refusal::UnknownSender { .. }
            | Refusal::Version { .. } => 1,
        }
    }
}

impl Refusal {
    fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Archive { entry } | Self::Path { entry } => vec![("entry", entry.to_string())],
            Self::Checkpoint
            | Self::Corrupt
            | Self::NotPackage
            | Self::OtherRecipient
            | Self::Recipient
            | Self::Signature
            | Self::Trailing
            | Self::Truncated => Vec::new(),
            Self::Duplicate { table }
            | Self::Extra { table }
            | Self::Hash { table }
            | Self::Missing { table }
            | Self::NoTable { table } => vec![("table", table.clone())],
            Self::Expired { expires } => vec![("expires", expires.to_string())],
            Self::Field { field } => vec![("field", (*field).to_owned())],
            Self::Future { created } => vec![("created", created.to_string())],
            Self::Io(source) => vec![("reason", source.kind().to_string())],
            Self::Kcv { expected, found } => vec![
                ("expected", kcv_text(Some(expected))),
                ("found", kcv_text(found.as_ref())),
            ],
            Self::Kind { expected, found } => vec![
                ("expected", expected.to_string()),
                ("found", found.to_string()),
            ],
            Self::Manifest { line, column } => {
                vec![("line", line.to_string()), ("column", column.to_string())]
            }
            Self::NotAFile { entry, what } => {
                vec![("entry", entry.to_string()), ("what", (*what).to_owned())]
            }
            Self::Profile { expected, found } => vec![
                ("expected", (*expected).to_owned()),
                ("found", found.clone()),
            ],
            Self::Provision { expected, found } => {
                vec![("expected", expected.clone()), ("found", found.clone())]
            }
            Self::Sender { name } => vec![("name", name.clone())],
            Self::SenderRole { kind, role } => {
                vec![("kind", kind.to_string()), ("role", role.to_string())]
            }
            Self::TooLong { entry, maximum } => vec![
                ("entry", entry.to_string()),
                ("maximum", maximum.to_string()),
            ],
            Self::UnknownSender { key } => vec![("key", key.clone())],
            Self::Version { found } => vec![("found", found.clone())],
        }
    }
}

/// As on the command line: `number=HEX,kana=HEX`, or `-`.
fn kcv_text(kcv: Option<&KeyCheckValues>) -> String {
    kcv.map_or_else(
        || "-".to_owned(),
        |kcv| format!("number={},kana={}", kcv.number, kcv.kana),
    )
}
