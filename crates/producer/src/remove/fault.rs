//! Why nobody was removed.

use renketsu_seal::safe::SafeError;
use renketsu_store::StoreError;

use crate::attach::AttachError;
use crate::deliver::DeliverError;
use crate::request::RequestError;

/// Why nobody was removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// Keys stand in none of the sources: somebody would silently stay.
    #[error("{keys} keys stand in none of the sources")]
    Absent {
        /// How many.
        keys: u64,
    },
    /// None of the records of those who leave can get an ID.
    #[error("no record of the {keys} keys can get an ID")]
    NoneAsked {
        /// How many keys.
        keys: u64,
    },
    /// Those who leave would stand out among so few.
    #[error("the sources name {others} other persons, and {wanted} are to be asked for")]
    Few {
        /// Other persons of the sources.
        others: u64,
        /// How many are to be asked for.
        wanted: u64,
    },
    /// The answer is not to a request of a removal.
    #[error("`{request}` is no request of a removal")]
    NoRemoval {
        /// The request.
        request: String,
    },
    /// Nothing was delivered in the provision before, and nobody said what is agreed.
    #[error("no earlier delivery of `{provision}` says what is agreed")]
    Unsaid {
        /// The provision.
        provision: String,
        /// The answer that was given.
        answer: String,
    },
    /// Our fault.
    #[error("broken invariant: {0}")]
    Broken(&'static str),
    /// Nothing was asked for.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Nothing was attached.
    #[error(transparent)]
    Attach(#[from] AttachError),
    /// Nothing was delivered; the same command goes on.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// The keys cannot be destroyed.
    #[error(transparent)]
    Safe(#[from] SafeError),
    /// The state cannot be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RemoveError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.remove.absent", &["keys"]),
        ("producer.remove.none_asked", &["keys"]),
        ("producer.remove.few", &["others", "wanted"]),
        ("producer.remove.no_removal", &["request"]),
        ("producer.remove.unsaid", &["provision", "answer"]),
        ("producer.remove.broken", &["invariant"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent { .. } => "producer.remove.absent",
            Self::NoneAsked { .. } => "producer.remove.none_asked",
            Self::Few { .. } => "producer.remove.few",
            Self::NoRemoval { .. } => "producer.remove.no_removal",
            Self::Unsaid { .. } => "producer.remove.unsaid",
            Self::Broken(_) => "producer.remove.broken",
            Self::Request(error) => error.code(),
            Self::Attach(error) => error.code(),
            Self::Deliver(error) => error.code(),
            Self::Safe(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Absent { keys } | Self::NoneAsked { keys } => vec![("keys", keys.to_string())],
            Self::Few { others, wanted } => vec![
                ("others", others.to_string()),
                ("wanted", wanted.to_string()),
            ],
            Self::NoRemoval { request } => vec![("request", request.clone())],
            Self::Unsaid { provision, answer } => {
                vec![("provision", provision.clone()), ("answer", answer.clone())]
            }
            Self::Broken(invariant) => vec![("invariant", (*invariant).to_owned())],
            Self::Request(error) => error.details(),
            Self::Attach(error) => error.details(),
            Self::Deliver(error) => error.details(),
            Self::Safe(error) => error.details(),
            Self::Store(error) => error.details(),
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Absent { .. }
            | Self::Few { .. }
            | Self::NoneAsked { .. }
            | Self::NoRemoval { .. } => 1,
            Self::Unsaid { .. } => 2,
            Self::Broken(_) => 70,
            Self::Request(error) => error.exit(),
            Self::Attach(error) => error.exit(),
            Self::Deliver(error) => error.exit(),
            Self::Safe(error) => error.exit(),
            Self::Store(error) => error.exit(),
        }
    }
}
