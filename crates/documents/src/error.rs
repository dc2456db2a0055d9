//! Why a paper is not made.

use std::fmt::Write as _;

/// Characters of one field that can't be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The field of the paper, for example `producer` or `to.person`.
    pub field: &'static str,
    /// Each of them once, in the order they stand there; a sequence (a letter and its variation selector) is one.
    pub characters: Vec<String>,
}

/// Why a paper is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// No font has these characters, or they are none that print (control, direction, private use).
    #[error("characters that can't be printed: {}", listed(.0))]
    Glyph(Vec<Missing>),
    /// A field is longer than a paper of an office can be.
    #[error("the field `{field}` has {characters} characters, more than {most}")]
    Long {
        /// The field.
        field: &'static str,
        /// How many characters it has.
        characters: usize,
        /// How many it may have.
        most: usize,
    },
    /// The template and its data do not fit each other.
    #[error("the template can't be set: {at}")]
    Template {
        /// File and byte of the template.
        at: String,
    },
}

impl PaperError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("documents.glyph", &["characters"]),
        ("documents.long", &["field", "characters", "most"]),
        ("documents.template", &["at"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Glyph(_) => "documents.glyph",
            Self::Long { .. } => "documents.long",
            Self::Template { .. } => "documents.template",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Glyph(missing) => vec![("characters", listed(missing))],
            Self::Long {
                field,
                characters,
                most,
            } => vec![
                ("field", (*field).to_owned()),
                ("characters", characters.to_string()),
                ("most", most.to_string()),
            ],
            Self::Template { at } => vec![("at", at.clone())],
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Glyph(_) | Self::Long { .. } => 2,
            Self::Template { .. } => 70,
        }
    }
}

/// `producer: U+20BB7, U+845B U+E0105; reason: U+0007`: code points only, for what can't be printed can't be shown either.
fn listed(missing: &[Missing]) -> String {
    let mut text = String::new();
    for (place, field) in missing.iter().enumerate() {
        let start = if place == 0 { "" } else { "; " };
        // Writing to a String does not fail.
        write!(text, "{start}{}: ", field.field).ok();
        for (nth, sequence) in field.characters.iter().enumerate() {
            if nth > 0 {
                text.push_str(", ");
            }
            for (point, character) in sequence.chars().enumerate() {
                let space = if point == 0 { "" } else { " " };
                write!(text, "{space}U+{:04X}", u32::from(character)).ok();
            }
        }
    }
    text
}
