//! Why an archive is refused.

use std::io;

use crate::sources::Place;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// No archive, a cut one, or one whose checksum is wrong.
    #[error("{place} is damaged")]
    Damaged {
        /// The archive and its entry.
        place: Place,
    },
    /// A name stands in its directory twice: which file is meant?
    #[error("{place} has two entries of one name")]
    Duplicate {
        /// The archive and its entry.
        place: Place,
    },
    /// No document in it.
    #[error("{place} holds no document")]
    Empty {
        /// The archive and its entry.
        place: Place,
    },
    /// An entry is encrypted.
    #[error("{place} is encrypted")]
    Encrypted {
        /// The archive and its entry.
        place: Place,
    },
    /// More than 200,000 entries.
    #[error("{place} has too many entries")]
    Entries {
        /// The archive and its entry.
        place: Place,
    },
    /// Its entries lie over one another, or are not what its directory says.
    #[error("{place} is not what its directory says")]
    Inconsistent {
        /// The archive and its entry.
        place: Place,
    },
    /// More than 16 GiB in all.
    #[error("{place} is too large")]
    Large {
        /// The archive and its entry.
        place: Place,
    },
    /// An entry is a link.
    #[error("{place} is a link")]
    Link {
        /// The archive and its entry.
        place: Place,
    },
    /// An entry is packed in another way than deflate.
    #[error("{place} is packed in an unknown way")]
    Method {
        /// The archive and its entry.
        place: Place,
    },
    /// The name of an entry leads out of the archive.
    #[error("{place} has a name that leads out of the archive")]
    Name {
        /// The archive and its entry.
        place: Place,
    },
    /// An archive in an archive.
    #[error("{place} is an archive in an archive")]
    Nested {
        /// The archive and its entry.
        place: Place,
    },
    /// An entry unpacks to more than 200 times its packed bytes.
    #[error("{place} unpacks to too much")]
    Ratio {
        /// The archive and its entry.
        place: Place,
    },
    /// The system could not read it.
    #[error("{place} cannot be read")]
    Io {
        /// The archive and its entry.
        place: Place,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl ArchiveError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.archive.damaged", &["file", "entry"]),
        ("producer.archive.duplicate", &["file", "entry"]),
        ("producer.archive.empty", &["file", "entry"]),
        ("producer.archive.encrypted", &["file", "entry"]),
        ("producer.archive.entries", &["file", "entry"]),
        ("producer.archive.inconsistent", &["file", "entry"]),
        ("producer.archive.large", &["file", "entry"]),
        ("producer.archive.link", &["file", "entry"]),
        ("producer.archive.method", &["file", "entry"]),
        ("producer.archive.name", &["file", "entry"]),
        ("producer.archive.nested", &["file", "entry"]),
        ("producer.archive.ratio", &["file", "entry"]),
        ("producer.archive.io", &["file", "entry", "reason"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "producer.archive.damaged",
            Self::Duplicate { .. } => "producer.archive.duplicate",
            Self::Empty { .. } => "producer.archive.empty",
            Self::Encrypted { .. } => "producer.archive.encrypted",
            Self::Entries { .. } => "producer.archive.entries",
            Self::Inconsistent { .. } => "producer.archive.inconsistent",
            Self::Large { .. } => "producer.archive.large",
            Self::Link { .. } => "producer.archive.link",
            Self::Method { .. } => "producer.archive.method",
            Self::Name { .. } => "producer.archive.name",
            Self::Nested { .. } => "producer.archive.nested",
            Self::Ratio { .. } => "producer.archive.ratio",
            Self::Io { .. } => "producer.archive.io",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let (place, reason) = match self {
            Self::Io { place, source } => (place, Some(source.kind().to_string())),
            Self::Damaged { place }
            | Self::Duplicate { place }
            | Self::Empty { place }
            | Self::Encrypted { place }
            | Self::Entries { place }
            | Self::Inconsistent { place }
            | Self::Large { place }
            | Self::Link { place }
            | Self::Method { place }
            | Self::Name { place }
            | Self::Nested { place }
            | Self::Ratio { place } => (place, None),
        };
        let mut details = vec![
            ("file", place.file.clone()),
            ("entry", place.entry.to_string()),
        ];
        details.extend(reason.map(|reason| ("reason", reason)));
        details
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        if matches!(self, Self::Io { .. }) {
            3
        } else {
            2
        }
    }
}
