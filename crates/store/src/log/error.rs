//! Why the log refuses.

use std::path::PathBuf;

use jiff::Timestamp;
use renketsu_seal::SigningFailed;
use renketsu_seal::log::LogFault;

use crate::StoreError;

/// Why the log could not be signed, checked or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Nothing was recorded that could be signed.
    #[error("the log has no entry yet")]
    Empty,
    /// The files of the log don't hold, or can't be written.
    #[error(transparent)]
    Log(#[from] LogFault),
    /// An entry whose details must still be kept.
    #[error("entry {index} must be kept until {until}")]
    Retained {
        /// The entry.
        index: u64,
        /// Until when.
        until: Timestamp,
    },
    /// The entries in the state are not those of a head that was signed: the state was rewritten or put back.
    #[error("the entries in the state are not the first {size} of the signed head")]
    Rows {
        /// The size of the head.
        size: u64,
    },
    /// The key gave no signature.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    /// The state can't be read, or its chain doesn't hold.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No head was signed yet.
    #[error("no head of the log was signed yet")]
    Unsigned,
    /// Nobody this party knows signed the head.
    #[error("`{}` has no signature of a known witness", file.display())]
    Unwitnessed {
        /// The file.
        file: PathBuf,
    },
}

impl LogError {
    /// Every code of its own with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("store.log.empty", &[]),
        ("store.log.retained", &["index", "until"]),
        ("store.log.rows", &["size"]),
        ("store.log.signing", &[]),
        ("store.log.unsigned", &[]),
        ("store.log.unwitnessed", &["file"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "store.log.empty",
            Self::Log(fault) => fault.code(),
            Self::Retained { .. } => "store.log.retained",
            Self::Rows { .. } => "store.log.rows",
            Self::Signing(_) => "store.log.signing",
            Self::Store(error) => error.code(),
            Self::Unsigned => "store.log.unsigned",
            Self::Unwitnessed { .. } => "store.log.unwitnessed",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Empty | Self::Signing(_) | Self::Unsigned => Vec::new(),
            Self::Log(fault) => fault.details(),
            Self::Retained { index, until } => {
                vec![("index", index.to_string()), ("until", until.to_string())]
            }
            Self::Rows { size } => vec![("size", size.to_string())],
            Self::Store(error) => error.details(),
            Self::Unwitnessed { file } => vec![("file", file.display().to_string())],
        }
    }

    /// The exit code of the program.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Empty | Self::Retained { .. } | Self::Rows { .. } | Self::Unwitnessed { .. } => 1,
            Self::Log(fault) => fault.exit(),
            Self::Signing(_) => 3,
            Self::Store(error) => error.exit(),
            Self::Unsigned => 2,
        }
    }
}
