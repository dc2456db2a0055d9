//! Why the state refuses.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::log::LogError;

/// Why the state could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The log gave no head that could go out with a package.
    #[error(transparent)]
    Log(Box<LogError>),
    /// The file system refused.
    #[error("the state file `{path}` cannot be used")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk is full; nothing was changed.
    #[error("no room left for the state file `{path}`")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another command of this party holds the state.
    #[error("the state file `{path}` is held by another command")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Not a state file of ours, or a damaged one.
    #[error("the state file `{path}` is damaged or no state file")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// There is work, and no state that tells of it.
    #[error("the state file `{path}` is gone, and `{work}` is there")]
    Lost {
        /// The file.
        path: PathBuf,
        /// What it told of.
        work: PathBuf,
    },
    /// Written by a later version of the program.
    #[error("the state file `{path}` has version {version}, which this program does not know")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        version: i64,
    },
    /// This package, or this part of it, was taken before.
    #[error("package `{package}` was already taken")]
    Replayed {
        /// The package.
        package: String,
        /// The table taken from it, or empty.
        part: String,
    },
    /// A name that must be new stands already.
    #[error("{what} `{name}` exists already")]
    Exists {
        /// What kind of thing: `provision`, `study`, …
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A name that must stand is missing.
    #[error("{what} `{name}` does not exist")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A provision is held to another version of the registry than this command began with.
    #[error("provision `{provision}` is held to version {version} of the registry")]
    Pinned {
        /// The provision.
        provision: String,
        /// The version it is held to.
        version: u64,
    },
    /// Somebody else changed the catalogue of a study since it was read.
    #[error("the catalogue of study `{study}` stands at change {recorded}")]
    Catalogue {
        /// The study.
        study: String,
        /// The change that stands.
        recorded: u64,
    },
    /// The catalogue of a study is not the one that the record of events named last.
    #[error("the catalogue of study `{study}` is not the one recorded at change {recorded}")]
    Older {
        /// The study.
        study: String,
        /// The change that was recorded.
        recorded: u64,
    },
    /// The chain of events does not hold.
    #[error("the record of events is broken at entry {seq}")]
    Chain {
        /// First entry that does not fit.
        seq: u64,
    },
    /// A change of a proven state without the party's keys.
    #[error("the state file `{path}` is proven, and changes need the party's keys")]
    Keys {
        /// The file.
        path: PathBuf,
    },
    /// There is content, and no proof that the party put it there.
    #[error("the state file `{path}` has no proof")]
    Unproven {
        /// The file.
        path: PathBuf,
    },
    /// Somebody without the party's keys changed it.
    #[error("rows of `{table}` in the state file `{path}` aren't what the program put there")]
    Edited {
        /// The file.
        path: PathBuf,
        /// Where.
        table: String,
    },
    /// The list of trusted cards isn't the one the record named last.
    #[error("the list of trusted cards in the state file `{path}` is another than the record says")]
    Trust {
        /// The file.
        path: PathBuf,
    },
    /// An older list of trusted cards stands than the record names.
    #[error(
        "list {serial} of trusted cards stands in the state file `{path}`, and the record names list {recorded}"
    )]
    TrustOlder {
        /// The file.
        path: PathBuf,
        /// The serial of the list that stands.
        serial: u64,
        /// The serial of the newest list that was recorded.
        recorded: u64,
    },
    /// The state was put back from a backup, and nobody confirmed it yet.
    #[error("the state file `{path}` was put back at {since}, and nobody confirmed it")]
    Halted {
        /// The file.
        path: PathBuf,
        /// When it was put back.
        since: Timestamp,
    },
    /// The system gave no randomness for the proof; nothing was changed.
    #[error("the proof of the state file `{path}` could not be made")]
    Unsealed {
        /// The file.
        path: PathBuf,
    },
    /// A statement failed although the schema is ours: a bug.
    #[error("the state refused a statement of the program")]
    Statement(#[source] rusqlite::Error),
}

impl StoreError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("store.io", &["path"]),
        ("store.full", &["path"]),
        ("store.busy", &["path"]),
        ("store.damaged", &["path"]),
        ("store.lost", &["path", "work"]),
        ("store.newer", &["path", "version"]),
        ("store.replayed", &["package", "part"]),
        ("store.exists", &["what", "name"]),
        ("store.missing", &["what", "name"]),
        ("store.pinned", &["provision", "version"]),
        ("store.catalogue", &["study", "recorded"]),
        ("store.older", &["study", "recorded"]),
        ("store.chain", &["seq"]),
        ("store.keys", &["path"]),
        ("store.unproven", &["path"]),
        ("store.edited", &["path", "table"]),
        ("store.trust", &["path"]),
        ("store.trust_older", &["path", "serial", "recorded"]),
        ("store.halted", &["path", "since"]),
        ("store.unsealed", &["path"]),
        ("store.statement", &[]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Log(error) => error.code(),
            Self::Io { .. } => "store.io",
            Self::Full { .. } => "store.full",
            Self::Busy { .. } => "store.busy",
            Self::Damaged { .. } => "store.damaged",
            Self::Lost { .. } => "store.lost",
            Self::Newer { .. } => "store.newer",
            Self::Replayed { .. } => "store.replayed",
            Self::Exists { .. } => "store.exists",
            Self::Missing { .. } => "store.missing",
            Self::Pinned { .. } => "store.pinned",
            Self::Catalogue { .. } => "store.catalogue",
            Self::Older { .. } => "store.older",
            Self::Chain { .. } => "store.chain",
            Self::Keys { .. } => "store.keys",
            Self::Unproven { .. } => "store.unproven",
            Self::Edited { .. } => "store.edited",
            Self::Trust { .. } => "store.trust",
            Self::TrustOlder { .. } => "store.trust_older",
            Self::Halted { .. } => "store.halted",
            Self::Unsealed { .. } => "store.unsealed",
            Self::Statement(_) => "store.statement",
        }
    }

    /// Named values for the message catalogue.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io { path, .. }
            | Self::Full { path }
            | Self::Busy { path }
            | Self::Damaged { path }
            | Self::Keys { path }
            | Self::Unproven { path }
            | Self::Trust { path }
            | Self::Unsealed { path } => {
                vec![("path", path.display().to_string())]
            }
            Self::Log(error) => error.details(),
            Self::Newer { path, version } => {
                vec![
                    ("path", path.display().to_string()),
                    ("version", version.to_string()),
                ]
            }
            Self::Lost { path, work } => {
                vec![
                    ("path", path.display().to_string()),
                    ("work", work.display().to_string()),
                ]
            }
            Self::Replayed { package, part } => {
                vec![("package", package.clone()), ("part", part.clone())]
            }
            Self::Exists { what, name } | Self::Missing { what, name } => {
                vec![("what", (*what).to_owned()), ("name", name.clone())]
            }
            Self::Pinned { provision, version } => vec![
                ("provision", provision.clone()),
                ("version", version.to_string()),
            ],
            Self::Catalogue { study, recorded } | Self::Older { study, recorded } => {
                vec![("study", study.clone()), ("recorded", recorded.to_string())]
            }
            Self::Chain { seq } => vec![("seq", seq.to_string())],
            Self::Edited { path, table } => vec![
                ("path", path.display().to_string()),
                ("table", table.clone()),
            ],
            Self::TrustOlder {
                path,
                serial,
                recorded,
            } => vec![
                ("path", path.display().to_string()),
                ("serial", serial.to_string()),
                ("recorded", recorded.to_string()),
            ],
            Self::Halted { path, since } => vec![
                ("path", path.display().to_string()),
                ("since", since.to_string()),
            ],
            Self::Statement(_) => Vec::new(),
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Log(error) => error.exit(),
            Self::Io { .. }
            | Self::Full { .. }
            | Self::Busy { .. }
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::Unsealed { .. } => 3,
            Self::Replayed { .. }
            | Self::Exists { .. }
            | Self::Pinned { .. }
            | Self::Catalogue { .. }
            | Self::Older { .. }
            | Self::Chain { .. }
            | Self::Keys { .. }
            | Self::Unproven { .. }
            | Self::Edited { .. }
            | Self::Trust { .. }
            | Self::TrustOlder { .. }
            | Self::Halted { .. }
            | Self::Lost { .. } => 1,
            Self::Missing { .. } => 2,
            Self::Statement(_) => 70,
        }
    }
}
