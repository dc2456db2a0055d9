//! Why a key in a token could not be used.

use std::path::PathBuf;

use cryptoki::error::Error;

/// How many wrong PINs a token still bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tries {
    /// The token doesn't say.
    Unknown,
    /// A wrong one was offered before.
    Few,
    /// The next wrong one locks it.
    One,
    /// It is locked.
    None,
}

impl Tries {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Few => "few",
            Self::One => "one",
            Self::None => "none",
        }
    }
}

/// Why a key in a token could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyTokenError {
    /// No such token is plugged in or configured.
    #[error("the token `{token}` is not there")]
    Absent {
        /// Label or serial number.
        token: String,
    },
    /// The system gave no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// A call of the module failed.
    #[error("the token's module failed in {step} with {value}")]
    Failed {
        /// The call.
        step: String,
        /// Its return value.
        value: String,
    },
    /// A key with this label is in the token already.
    #[error("the token `{token}` has a key `{key}` already")]
    KeyExists {
        /// The token.
        token: String,
        /// The key.
        key: String,
    },
    /// The key can leave the token, or once could.
    #[error("the key `{key}` of the token `{token}` can or could leave it ({attribute})")]
    KeyExtractable {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// What says so.
        attribute: &'static str,
    },
    /// The key is not in the token.
    #[error("the token `{token}` has no key `{key}`")]
    KeyMissing {
        /// The token.
        token: String,
        /// The key.
        key: String,
    },
    /// More than one key has the label.
    #[error("the token `{token}` has several keys `{key}`")]
    KeySeveral {
        /// The token.
        token: String,
        /// The key.
        key: String,
    },
    /// The key is of another sort than AES-256 that may encrypt and decrypt.
    #[error("the key `{key}` of the token `{token}` is of another sort ({attribute})")]
    KeyUnfit {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// What says so.
        attribute: &'static str,
    },
    /// The token can't do AES-GCM.
    #[error("the token `{token}` can't encrypt with AES-GCM")]
    Mechanism {
        /// The token.
        token: String,
    },
    /// The module is missing, or is no PKCS#11 module.
    #[error("`{}` is no PKCS#11 module that can be loaded", file.display())]
    Module {
        /// The file.
        file: PathBuf,
    },
    /// Wrapped by another key, for another purpose, or altered.
    #[error("the key `{key}` of the token `{token}` did not wrap this")]
    OtherKey {
        /// The token.
        token: String,
        /// The key.
        key: String,
    },
    /// The PIN is wrong. It was offered once.
    #[error("the token `{token}` refuses the PIN")]
    Pin {
        /// The token.
        token: String,
        /// How many more it bears.
        tries: Tries,
    },
    /// Too many wrong PINs.
    #[error("the token `{token}` is locked")]
    PinLocked {
        /// The token.
        token: String,
    },
    /// Several tokens have the label.
    #[error("several tokens are named `{token}`")]
    Several {
        /// The label.
        token: String,
    },
}

impl KeyTokenError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("seal.key_token.absent", &["token"]),
        ("seal.key_token.entropy", &[]),
        ("seal.key_token.failed", &["step", "value"]),
        ("seal.key_token.key_exists", &["token", "key"]),
        (
            "seal.key_token.key_extractable",
            &["token", "key", "attribute"],
        ),
        ("seal.key_token.key_missing", &["token", "key"]),
        ("seal.key_token.key_several", &["token", "key"]),
        ("seal.key_token.key_unfit", &["token", "key", "attribute"]),
        ("seal.key_token.mechanism", &["token"]),
        ("seal.key_token.module", &["file"]),
        ("seal.key_token.other_key", &["token", "key"]),
        ("seal.key_token.pin", &["token", "tries"]),
        ("seal.key_token.pin_locked", &["token"]),
        ("seal.key_token.several", &["token"]),
    ];

    /// Keeps the names of call and return value; other words of the library are dropped.
    pub(super) fn failed(error: &Error) -> Self {
        match error {
            Error::Pkcs11(value, step) => Self::Failed {
                step: format!("C_{step:?}"),
                value: format!("{value:?}"),
            },
            Error::LibraryLoading(_)
            | Error::NotSupported
            | Error::TryFromInt(_)
            | Error::TryFromSlice(_)
            | Error::ParseInt(_)
            | Error::Utf8(_)
            | Error::NulError(_)
            | Error::NullFunctionPointer
            | Error::MissingSymbol(_)
            | Error::InvalidValue
            | Error::PinNotSet => Self::Failed {
                step: "-".to_owned(),
                value: "-".to_owned(),
            },
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "seal.key_token.absent",
            Self::Entropy => "seal.key_token.entropy",
            Self::Failed { .. } => "seal.key_token.failed",
            Self::KeyExists { .. } => "seal.key_token.key_exists",
            Self::KeyExtractable { .. } => "seal.key_token.key_extractable",
            Self::KeyMissing { .. } => "seal.key_token.key_missing",
            Self::KeySeveral { .. } => "seal.key_token.key_several",
            Self::KeyUnfit { .. } => "seal.key_token.key_unfit",
            Self::Mechanism { .. } => "seal.key_token.mechanism",
            Self::Module { .. } => "seal.key_token.module",
            Self::OtherKey { .. } => "seal.key_token.other_key",
            Self::Pin { .. } => "seal.key_token.pin",
            Self::PinLocked { .. } => "seal.key_token.pin_locked",
            Self::Several { .. } => "seal.key_token.several",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Entropy => Vec::new(),
            Self::Failed { step, value } => vec![("step", step.clone()), ("value", value.clone())],
            Self::Module { file } => vec![("file", file.display().to_string())],
            Self::Absent { token }
            | Self::Mechanism { token }
            | Self::PinLocked { token }
            | Self::Several { token } => vec![("token", token.clone())],
            Self::Pin { token, tries } => vec![
                ("token", token.clone()),
                ("tries", tries.as_str().to_owned()),
            ],
            Self::KeyExists { token, key }
            | Self::KeyMissing { token, key }
            | Self::KeySeveral { token, key }
            | Self::OtherKey { token, key } => {
                vec![("token", token.clone()), ("key", key.clone())]
            }
            Self::KeyExtractable {
                token,
                key,
                attribute,
            }
            | Self::KeyUnfit {
                token,
                key,
                attribute,
            } => vec![
                ("token", token.clone()),
                ("key", key.clone()),
                ("attribute", (*attribute).to_owned()),
            ],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::KeyExists { .. }
            | Self::KeyExtractable { .. }
            | Self::KeyUnfit { .. }
            | Self::OtherKey { .. }
            | Self::Pin { .. }
            | Self::PinLocked { .. } => 1,
            Self::KeyMissing { .. }
            | Self::KeySeveral { .. }
            | Self::Module { .. }
            | Self::Several { .. } => 2,
            // A token that was pulled out may be put back.
            Self::Absent { .. } | Self::Entropy | Self::Failed { .. } | Self::Mechanism { .. } => 3,
        }
    }
}
