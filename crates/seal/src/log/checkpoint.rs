//! The head of a log (C2SP tlog-checkpoint).

use std::fmt;

use super::note::{Note, Verifier};
use super::tree::Hash;

/// How large the tree of a log is, and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The head in a note that the log with this key signed; `None` for everything else.
    pub fn read(note: &Note, key: &Verifier) -> Option<Self> {
        let head = Self::parse(note.text())?;
        (head.origin == key.name() && note.is_signed(key)).then_some(head)
    }

    /// Ours have no extension lines, and so none is read.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let head = Self {
            origin: lines.next()?.to_owned(),
            size: lines.next()?.parse().ok()?,
            root: Hash::from_base64(lines.next()?)?,
        };
        (head.to_string() == text).then_some(head)
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.root.to_base64();
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}
