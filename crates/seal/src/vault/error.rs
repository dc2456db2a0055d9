//! Why the vault refuses.

use std::io;
use std::path::PathBuf;

/// Why a vault, or something in it, could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The rows of a study's catalogue are not those its MAC was made for.
    #[error("the catalogue of study `{study}` was edited")]
    Catalogue {
        /// The study.
        study: String,
    },
    /// A sealed file is not what was sealed under its name.
    #[error("the content of `{name}` was changed")]
    Content {
        /// Study, table, file and version.
        name: String,
    },
    /// The vault file is not what `create` wrote.
    #[error("`{}` is damaged", file.display())]
    Damaged {
        /// The vault file.
        file: PathBuf,
    },
    /// The directory has a vault already.
    #[error("`{}` exists: the directory has a vault already", file.display())]
    Exists {
        /// The vault file.
        file: PathBuf,
    },
    /// The vault file can't be read or written.
    #[error("`{}` can't be read or written", file.display())]
    Io {
        /// The file or directory.
        file: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// There is not the memory that trying a passphrase takes.
    #[error("there are no {mebibytes} MiB of memory to try the passphrase")]
    Memory {
        /// How much it takes.
        mebibytes: u32,
    },
    /// There is no vault file.
    #[error("`{}` is missing", file.display())]
    Missing {
        /// The vault file.
        file: PathBuf,
    },
    /// The parts of the two custodians are one and the same.
    #[error("the parts of the two custodians are the same")]
    PartsEqual,
    /// The passphrase, or the two parts together, don't open it.
    #[error("the passphrase doesn't open `{}`", file.display())]
    Passphrase {
        /// The vault file.
        file: PathBuf,
    },
    /// The passphrase is too short.
    #[error("the passphrase has {characters} characters, fewer than {minimum}")]
    PassphraseShort {
        /// How many it has.
        characters: usize,
        /// How many it needs.
        minimum: usize,
    },
    /// The system gave no randomness.
    #[error("the system gave no randomness")]
    Random,
    /// The study has no such file.
    #[error("the catalogue has no file `{name}`")]
    UnknownFile {
        /// Study, table, file and version.
        name: String,
    },
    /// A wrapped key was made for another name or by another key, or was changed.
    #[error("the wrapped key of `{name}` is not its own")]
    Wrap {
        /// The study; or study, table, file and version.
        name: String,
    },
}

impl VaultError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.vault.catalogue", &["study"]),
        ("seal.vault.content", &["name"]),
        ("seal.vault.damaged", &["file"]),
        ("seal.vault.exists", &["file"]),
        ("seal.vault.io", &["file", "reason"]),
        ("seal.vault.memory", &["mebibytes"]),
        ("seal.vault.missing", &["file"]),
        ("seal.vault.parts_equal", &[]),
        ("seal.vault.passphrase", &["file"]),
        ("seal.vault.passphrase_short", &["characters", "minimum"]),
        ("seal.vault.random", &[]),
        ("seal.vault.unknown_file", &["name"]),
        ("seal.vault.wrap", &["name"]),
    ];

    pub(super) fn io(file: PathBuf, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists { file }
        } else if source.kind() == io::ErrorKind::NotFound {
            Self::Missing { file }
        } else {
            Self::Io { file, source }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Catalogue { .. } => "seal.vault.catalogue",
            Self::Content { .. } => "seal.vault.content",
            Self::Damaged { .. } => "seal.vault.damaged",
            Self::Exists { .. } => "seal.vault.exists",
            Self::Io { .. } => "seal.vault.io",
            Self::Memory { .. } => "seal.vault.memory",
            Self::Missing { .. } => "seal.vault.missing",
            Self::PartsEqual => "seal.vault.parts_equal",
            Self::Passphrase { .. } => "seal.vault.passphrase",
            Self::PassphraseShort { .. } => "seal.vault.passphrase_short",
            Self::Random => "seal.vault.random",
            Self::UnknownFile { .. } => "seal.vault.unknown_file",
            Self::Wrap { .. } => "seal.vault.wrap",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Catalogue { study } => vec![("study", study.clone())],
            Self::Content { name } | Self::UnknownFile { name } | Self::Wrap { name } => {
                vec![("name", name.clone())]
            }
            Self::Damaged { file }
            | Self::Exists { file }
            | Self::Missing { file }
            | Self::Passphrase { file } => vec![("file", file.display().to_string())],
            Self::Io { file, source } => vec![
                ("file", file.display().to_string()),
                ("reason", source.kind().to_string()),
            ],
            Self::Memory { mebibytes } => vec![("mebibytes", mebibytes.to_string())],
            Self::PassphraseShort {
                characters,
                minimum,
            } => vec![
                ("characters", characters.to_string()),
                ("minimum", minimum.to_string()),
            ],
            Self::PartsEqual | Self::Random => Vec::new(),
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Catalogue { .. }
            | Self::Content { .. }
            | Self::Damaged { .. }
            | Self::Exists { .. }
            | Self::PartsEqual
            | Self::Passphrase { .. }
            | Self::PassphraseShort { .. }
            | Self::Wrap { .. } => 1,
            Self::Missing { .. } | Self::UnknownFile { .. } => 2,
            Self::Io { .. } | Self::Memory { .. } | Self::Random => 3,
        }
    }
}
