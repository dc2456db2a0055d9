//! Why an XML document is refused.

use crate::sources::Place;

/// Why an XML document is refused.
#[derive(Debug, thiserror::Error)]
pub enum MarkupError {
    /// Elements inside one another more than 64 deep.
    #[error("{place} is nested too deeply")]
    Depth {
        /// Where.
        place: Place,
    },
    /// A document type declaration, which none of these formats has.
    #[error("{place} has a document type declaration")]
    Doctype {
        /// Where.
        place: Place,
    },
    /// No element.
    #[error("{place} has no element")]
    Empty {
        /// Where.
        place: Place,
    },
    /// Bytes that are no character of the encoding it declares, or an encoding that none of these formats has.
    #[error("{place} is not in the encoding it declares")]
    Encoding {
        /// Where.
        place: Place,
    },
    /// An entity that XML itself does not define.
    #[error("{place} refers to an entity")]
    Entity {
        /// Where.
        place: Place,
    },
    /// More than 500,000 elements and attributes.
    #[error("{place} has too many elements")]
    Large {
        /// Where.
        place: Place,
    },
    /// Another kind of document.
    #[error("{place} is another kind of document")]
    Root {
        /// Where.
        place: Place,
    },
    /// Not well-formed.
    #[error("{place} is not well-formed")]
    Syntax {
        /// Where.
        place: Place,
    },
}

impl MarkupError {
    /// Every code with the names of its details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] = &[
        ("producer.xml.depth", &["file", "entry", "line"]),
        ("producer.xml.doctype", &["file", "entry", "line"]),
        ("producer.xml.empty", &["file", "entry", "line"]),
        ("producer.xml.encoding", &["file", "entry", "line"]),
        ("producer.xml.entity", &["file", "entry", "line"]),
        ("producer.xml.large", &["file", "entry", "line"]),
        ("producer.xml.root", &["file", "entry", "line"]),
        ("producer.xml.syntax", &["file", "entry", "line"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Depth { .. } => "producer.xml.depth",
            Self::Doctype { .. } => "producer.xml.doctype",
            Self::Empty { .. } => "producer.xml.empty",
            Self::Encoding { .. } => "producer.xml.encoding",
            Self::Entity { .. } => "producer.xml.entity",
            Self::Large { .. } => "producer.xml.large",
            Self::Root { .. } => "producer.xml.root",
            Self::Syntax { .. } => "producer.xml.syntax",
        }
    }

    /// The named values of the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Depth { place }
            | Self::Doctype { place }
            | Self::Empty { place }
            | Self::Encoding { place }
            | Self::Entity { place }
            | Self::Large { place }
            | Self::Root { place }
            | Self::Syntax { place } => place.details(),
        }
    }

    /// The exit code of a command that ends with this: what was given is wrong.
    pub fn exit(&self) -> u8 {
        2
    }
}
