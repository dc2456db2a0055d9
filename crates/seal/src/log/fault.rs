//! Why a log, or a copy of one, is not believed.

use std::io;
use std::path::{Path, PathBuf};

use crate::card::CardError;

/// Why a log is not believed or could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LogFault {
    /// The card beside the log is none.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The details that lie beside an entry are not its own.
    #[error("the details of entry {index} are not those it was written with")]
    Details {
        /// The entry.
        index: u64,
    },
    /// The events before the log are not those whose head the first entry carries.
    #[error("the events before the log do not lead to the first entry")]
    Earlier,
    /// An entry is not of the form of one, or stands at another place than it says.
    #[error("entry {index} in `{}` is none", file.display())]
    Entry {
        /// The place.
        index: u64,
        /// Where it was read.
        file: PathBuf,
    },
    /// The card is not that of the party whose log it should be.
    #[error("the log is not that of the expected party")]
    Fingerprint,
    /// A file is not of its form.
    #[error("`{}` is not of its form", file.display())]
    Form {
        /// The file.
        file: PathBuf,
    },
    /// A file can't be read or written.
    #[error("`{}` can't be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file that belongs to the log is missing.
    #[error("`{}` is missing", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// The entries don't give the root that a head says: entries before it were changed since it was signed.
    #[error("the first {size} entries are not those of the head in `{}`", file.display())]
    Root {
        /// Its size.
        size: u64,
        /// Where the head stands.
        file: PathBuf,
    },
    /// The log has fewer entries than a head says.
    #[error("the log has {entries} entries, and the head in `{}` has {size}", file.display())]
    Short {
        /// The size of the head.
        size: u64,
        /// How many entries there are.
        entries: u64,
        /// Where the head stands.
        file: PathBuf,
    },
    /// A head is not signed by the key of this log.
    #[error("`{}` is not signed by this log", file.display())]
    Signature {
        /// The file.
        file: PathBuf,
    },
    /// A file that belongs to no log.
    #[error("`{}` does not belong to the log", file.display())]
    Stray {
        /// The file.
        file: PathBuf,
    },
    /// A file of the tree is not the one that the entries give.
    #[error("`{}` is not what the entries give", file.display())]
    Tile {
        /// The file.
        file: PathBuf,
    },
    /// The party's card doesn't vouch for the key of the log.
    #[error("the card does not vouch for the key in `{}`", file.display())]
    Voucher {
        /// The file.
        file: PathBuf,
    },
}

impl LogFault {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.log.details", &["index"]),
        ("seal.log.earlier", &[]),
        ("seal.log.entry", &["index", "file"]),
        ("seal.log.fingerprint", &[]),
        ("seal.log.form", &["file"]),
        ("seal.log.io", &["file", "reason"]),
        ("seal.log.missing", &["file"]),
        ("seal.log.root", &["size", "file"]),
        ("seal.log.short", &["size", "entries", "file"]),
        ("seal.log.signature", &["file"]),
        ("seal.log.stray", &["file"]),
        ("seal.log.tile", &["file"]),
        ("seal.log.voucher", &["file"]),
    ];

    pub(super) fn io(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        if source.kind() == io::ErrorKind::NotFound {
            Self::Missing { file }
        } else {
            Self::Io { file, source }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Details { .. } => "seal.log.details",
            Self::Earlier => "seal.log.earlier",
            Self::Entry { .. } => "seal.log.entry",
            Self::Fingerprint => "seal.log.fingerprint",
            Self::Form { .. } => "seal.log.form",
            Self::Io { .. } => "seal.log.io",
            Self::Missing { .. } => "seal.log.missing",
            Self::Root { .. } => "seal.log.root",
            Self::Short { .. } => "seal.log.short",
            Self::Signature { .. } => "seal.log.signature",
            Self::Stray { .. } => "seal.log.stray",
            Self::Tile { .. } => "seal.log.tile",
            Self::Voucher { .. } => "seal.log.voucher",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let path = |file: &PathBuf| ("file", file.display().to_string());
        match self {
            Self::Card(error) => error.details(),
            Self::Details { index } => vec![("index", index.to_string())],
            Self::Earlier | Self::Fingerprint => Vec::new(),
            Self::Entry { index, file } => vec![("index", index.to_string()), path(file)],
            Self::Form { file }
            | Self::Missing { file }
            | Self::Signature { file }
            | Self::Stray { file }
            | Self::Tile { file }
            | Self::Voucher { file } => vec![path(file)],
            Self::Io { file, source } => vec![path(file), ("reason", source.kind().to_string())],
            Self::Root { size, file } => vec![("size", size.to_string()), path(file)],
            Self::Short {
                size,
                entries,
                file,
            } => vec![
                ("size", size.to_string()),
                ("entries", entries.to_string()),
                path(file),
            ],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Card(error) => error.exit(),
            Self::Details { .. }
            | Self::Earlier
            | Self::Entry { .. }
            | Self::Fingerprint
            | Self::Form { .. }
            | Self::Root { .. }
            | Self::Short { .. }
            | Self::Signature { .. }
            | Self::Stray { .. }
            | Self::Tile { .. }
            | Self::Voucher { .. } => 1,
            Self::Missing { .. } => 2,
            Self::Io { .. } => 3,
        }
    }
}
