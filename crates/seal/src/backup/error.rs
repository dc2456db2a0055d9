//! Why a backup is not made, not believed or not put back.

use std::io;
use std::path::{Path, PathBuf};

use crate::signature::SigningFailed;
use crate::stream::Unopened;

/// Why a backup could not be made, read or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file changed while it was read.
    #[error("`{name}` changed while it was read")]
    Changed {
        /// Its path below the party's directory.
        name: String,
    },
    /// No backup, or one that was altered or cut short.
    #[error("`{}` is no backup, or damaged", file.display())]
    Damaged {
        /// The backup.
        file: PathBuf,
    },
    /// A file in it is not the one that was signed.
    #[error("`{name}` in `{}` is not the file that was backed up", file.display())]
    Digest {
        /// The backup.
        file: PathBuf,
        /// Its path below the party's directory.
        name: String,
    },
    /// The name is taken.
    #[error("`{}` exists", file.display())]
    Exists {
        /// The file that is there.
        file: PathBuf,
    },
    /// This party didn't sign it.
    #[error("`{}` was not made by this party", file.display())]
    Forged {
        /// The backup.
        file: PathBuf,
    },
    /// A file can't be read or written.
    #[error("`{}` can't be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It belongs to another party.
    #[error("`{}` can't be opened with the keys of this party", file.display())]
    OtherParty {
        /// The backup.
        file: PathBuf,
    },
    /// Our fault, or no randomness.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl BackupError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.backup.changed", &["name"]),
        ("seal.backup.damaged", &["file"]),
        ("seal.backup.digest", &["file", "name"]),
        ("seal.backup.exists", &["file"]),
        ("seal.backup.forged", &["file"]),
        ("seal.backup.io", &["file", "reason"]),
        ("seal.backup.other_party", &["file"]),
        ("seal.backup.signing", &[]),
    ];

    pub(super) fn file(file: &Path, source: io::Error) -> Self {
        let file = file.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists { file }
        } else {
            Self::Io { file, source }
        }
    }

    /// Of the decrypted stream: what doesn't authenticate or ends too early is damage.
    pub(super) fn reading(file: &Path, source: io::Error) -> Self {
        let damage = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
        if damage.contains(&source.kind()) {
            let file = file.to_owned();
            return Self::Damaged { file };
        }
        Self::file(file, source)
    }

    pub(super) fn unopened(file: &Path, fault: impl Into<Unopened>) -> Self {
        match fault.into() {
            Unopened::Io(source) => Self::reading(file, source),
            Unopened::NotForUs => Self::OtherParty {
                file: file.to_owned(),
            },
            Unopened::Damaged => Self::Damaged {
                file: file.to_owned(),
            },
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "seal.backup.changed",
            Self::Damaged { .. } => "seal.backup.damaged",
            Self::Digest { .. } => "seal.backup.digest",
            Self::Exists { .. } => "seal.backup.exists",
            Self::Forged { .. } => "seal.backup.forged",
            Self::Io { .. } => "seal.backup.io",
            Self::OtherParty { .. } => "seal.backup.other_party",
            Self::Signing(_) => "seal.backup.signing",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Changed { name } => vec![("name", name.clone())],
            Self::Damaged { file }
            | Self::Exists { file }
            | Self::Forged { file }
            | Self::OtherParty { file } => vec![("file", file.display().to_string())],
            Self::Digest { file, name } => {
                vec![("file", file.display().to_string()), ("name", name.clone())]
            }
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Signing(_) => Vec::new(),
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Changed { .. }
            | Self::Damaged { .. }
            | Self::Digest { .. }
            | Self::Exists { .. }
            | Self::Forged { .. }
            | Self::OtherParty { .. } => 1,
            Self::Io { .. } | Self::Signing(_) => 3,
        }
    }
}
