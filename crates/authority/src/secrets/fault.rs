//! Why a secret could not be made or opened.

use std::io;
use std::path::PathBuf;

use renketsu_identity::NotLocked;
use renketsu_seal::key_token::KeyTokenError;
use renketsu_seal::safe::SafeError;

/// Why a secret could not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// The directory of the secrets cannot be made.
    #[error("the directory `{path}` cannot be made")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The key store is another custodian's.
    #[error("the key store of the {custodian} is not in this directory")]
    Elsewhere {
        /// Whose it is.
        custodian: &'static str,
    },
    /// The safe of a secret holds something else.
    #[error("the safe `{file}` does not hold a secret")]
    Form {
        /// The safe.
        file: PathBuf,
    },
    /// The safe could not be read or written.
    #[error("the safe `{file}` cannot be read or written")]
    Io {
        /// The safe.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Locked memory could not be had.
    #[error(transparent)]
    NotLocked(#[from] NotLocked),
    /// The safe itself failed.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The key token failed.
    #[error(transparent)]
    Token(#[from] KeyTokenError),
    /// The PIN of the key token can't be had.
    #[error("the PIN of the key token `{token}` was not given")]
    Pin {
        /// The token.
        token: String,
    },
    /// Secrets are wrapped, and by which token is not on record.
    #[error("`{file}` is missing, which says by what the secrets are wrapped")]
    Unrecorded {
        /// The safe that says it.
        file: PathBuf,
    },
    /// A secret that was wrapped or unwrapped is not the one it was. Both are still there.
    #[error("what was written to `{file}` is not what it was made from")]
    Changed {
        /// The safe.
        file: PathBuf,
    },
    /// Another key token is in use.
    #[error("the secrets are wrapped by the key token `{token}`")]
    TokenInUse {
        /// The token.
        token: String,
    },
    /// No key token is in use.
    #[error("the secrets are wrapped by no key token")]
    NoToken,
}

impl SecretError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.secret.entropy", &[]),
        ("authority.secret.directory", &["path"]),
        ("authority.secret.elsewhere", &["custodian"]),
        ("authority.secret.form", &["file"]),
        ("authority.secret.io", &["file"]),
        ("authority.secret.pin", &["token"]),
        ("authority.secret.unrecorded", &["file"]),
        ("authority.secret.changed", &["file"]),
        ("authority.secret.token_in_use", &["token"]),
        ("authority.secret.no_token", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entropy => "authority.secret.entropy",
            Self::Directory { .. } => "authority.secret.directory",
            Self::Elsewhere { .. } => "authority.secret.elsewhere",
            Self::Form { .. } => "authority.secret.form",
            Self::Io { .. } => "authority.secret.io",
            Self::Pin { .. } => "authority.secret.pin",
            Self::Unrecorded { .. } => "authority.secret.unrecorded",
            Self::Changed { .. } => "authority.secret.changed",
            Self::TokenInUse { .. } => "authority.secret.token_in_use",
            Self::NoToken => "authority.secret.no_token",
            Self::NotLocked(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Entropy | Self::NoToken => Vec::new(),
            Self::Pin { token } | Self::TokenInUse { token } => vec![("token", token.clone())],
            Self::Directory { path, .. } => vec![("path", path.display().to_string())],
            Self::Elsewhere { custodian } => vec![("custodian", (*custodian).to_owned())],
            Self::Form { file }
            | Self::Io { file, .. }
            | Self::Unrecorded { file }
            | Self::Changed { file } => {
                vec![("file", file.display().to_string())]
            }
            Self::NotLocked(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Token(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Entropy
            | Self::Directory { .. }
            | Self::Form { .. }
            | Self::Io { .. }
            | Self::Changed { .. } => 3,
            Self::Elsewhere { .. }
            | Self::Unrecorded { .. }
            | Self::TokenInUse { .. }
            | Self::NoToken => 1,
            Self::Pin { .. } => 2,
            Self::NotLocked(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Token(error) => error.exit(),
        }
    }
}
