//! What a key or a file is called, as the bytes its encryption is bound to.

use std::fmt;

use serde::{Deserialize, Serialize};

const FILE: &[u8] = b"renketsu/vault/1";
const STUDY: &[u8] = b"renketsu/vault-study/1";

/// A file of a study in the vault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileName {
    /// The study.
    pub study: String,
    /// The table, or what else the file belongs to.
    pub table: String,
    /// Which of its files: `keys`, `rows`, `runs`, `persons`.
    pub file: String,
    /// Counted from 1.
    pub version: u64,
}

impl FileName {
    /// The additional authenticated data of the file and of its wrapped key. No two names give the same bytes.
    pub fn aad(&self) -> Vec<u8> {
        let mut parts = Parts::new(FILE);
        parts.file(self);
        parts.finish()
    }
}

/// `study/table/file/version`, for messages.
impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            study,
            table,
            file,
            version,
        } = self;
        write!(f, "{study}/{table}/{file}/{version}")
    }
}

/// What the wrap of a study's key is bound to.
pub(super) fn study_aad(study: &str) -> Vec<u8> {
    let mut parts = Parts::new(STUDY);
    parts.bytes(study.as_bytes());
    parts.finish()
}

/// Bytes that say where each of their parts ends, under a tag that says what they are.
pub(super) struct Parts(Vec<u8>);

impl Parts {
    pub(super) fn new(tag: &[u8]) -> Self {
        Self(tag.to_owned())
    }

    /// The length as four bytes, high first, then the part.
    pub(super) fn bytes(&mut self, part: &[u8]) {
        // Nothing we name is that long; it would not fit the memory it is named in either.
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
    }

    /// Eight bytes, high first.
    pub(super) fn number(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn file(&mut self, name: &FileName) {
        let FileName {
            study,
            table,
            file,
            version,
        } = name;
        for part in [study, table, file] {
            self.bytes(part.as_bytes());
        }
        self.number(*version);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}
