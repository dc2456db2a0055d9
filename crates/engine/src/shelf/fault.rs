//! Why a file of the study could not be used.

use std::io;
use std::path::{Path, PathBuf};

use renketsu_seal::vault::VaultError;
use renketsu_table::parquet::SinkError;
use thiserror::Error;

/// Why a file of the study was not written or not read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The file is not the one that the catalogue names.
    #[error("{} is not the file that was written", path.display())]
    Changed {
        /// The name.
        path: PathBuf,
    },
    /// The name is taken.
    #[error("{} exists", path.display())]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{} can't be used", path.display())]
    Io {
        /// The name.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The Parquet writer refused.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The vault refused.
    #[error(transparent)]
    Vault(VaultError),
}

impl FileError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("engine.file.changed", &["path"]),
        ("engine.file.exists", &["path"]),
        ("engine.file.io", &["path"]),
    ];

    pub(crate) fn at(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::Exists { path }
        } else {
            Self::Io { path, source }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "engine.file.changed",
            Self::Exists { .. } => "engine.file.exists",
            Self::Io { .. } => "engine.file.io",
            Self::Sink(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Changed { path } | Self::Exists { path } | Self::Io { path, .. } => {
                vec![("path", path.display().to_string())]
            }
            Self::Sink(error) => error.details(),
            Self::Vault(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Changed { .. } => 1,
            Self::Exists { .. } => 2,
            Self::Io { .. } => 3,
            Self::Sink(error) => error.exit(),
            Self::Vault(error) => error.exit(),
        }
    }
}
