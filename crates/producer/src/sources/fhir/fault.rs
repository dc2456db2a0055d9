//! Why FHIR is refused.

use std::io;

use super::node::Fault;
use crate::sources::Place;

/// Why FHIR is refused.
#[derive(Debug, thiserror::Error)]
pub enum FhirError {
    /// Values inside one another more than 64 deep.
    #[error("{place} is nested too deeply")]
    Depth {
        /// Where.
        place: Place,
    },
    /// Not in UTF-8.
    #[error("{place} is not in UTF-8")]
    Encoding {
        /// Where.
        place: Place,
    },
    /// A temporary file cannot be written or read.
    #[error("a temporary file cannot be used")]
    Io {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A resource of more than 16 MiB or 200,000 values, or more than 500,000 insurers.
    #[error("{place} is too large")]
    Large {
        /// Where.
        place: Place,
    },
    /// JSON that is no resource.
    #[error("{place} is no resource")]
    Resource {
        /// Where.
        place: Place,
    },
    /// Not JSON, or a name given twice in one object.
    #[error("{place} is not JSON")]
    Syntax {
        /// Where.
        place: Place,
    },
}

impl FhirError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.fhir.depth", &["file", "entry", "line"]),
        ("producer.fhir.encoding", &["file", "entry", "line"]),
        ("producer.fhir.io", &["reason"]),
        ("producer.fhir.large", &["file", "entry", "line"]),
        ("producer.fhir.resource", &["file", "entry", "line"]),
        ("producer.fhir.syntax", &["file", "entry", "line"]),
    ];

    pub(super) fn of(fault: Fault, place: &Place) -> Self {
        let place = place.clone();
        match fault {
            Fault::Depth => Self::Depth { place },
            Fault::Encoding => Self::Encoding { place },
            Fault::Large => Self::Large { place },
            Fault::Syntax => Self::Syntax { place },
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Depth { .. } => "producer.fhir.depth",
            Self::Encoding { .. } => "producer.fhir.encoding",
            Self::Io { .. } => "producer.fhir.io",
            Self::Large { .. } => "producer.fhir.large",
            Self::Resource { .. } => "producer.fhir.resource",
            Self::Syntax { .. } => "producer.fhir.syntax",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Depth { place }
            | Self::Encoding { place }
            | Self::Large { place }
            | Self::Resource { place }
            | Self::Syntax { place } => place.details(),
            Self::Io { source } => vec![("reason", source.kind().to_string())],
        }
    }

    /// The exit code of a command that ends with this.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io { .. } => 3,
            Self::Depth { .. }
            | Self::Encoding { .. }
            | Self::Large { .. }
            | Self::Resource { .. }
            | Self::Syntax { .. } => 2,
        }
    }
}
