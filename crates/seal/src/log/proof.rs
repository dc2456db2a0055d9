//! The proof that one entry is in a log (C2SP tlog-proof): a text that can be checked without the log.

use std::fmt;

use super::checkpoint::Checkpoint;
use super::copy::{Anchor, Copy};
use super::entry::Entry;
use super::fault::LogFault;
use super::note::{MAX_NOTE, Note, Verifier};
use super::tree::{Hash, climb, leaf, path, range};

const FORMAT: &str = "c2sp.org/tlog-proof@v1";
/// A path has at most as many hashes as sizes have bits.
const MAX_PATH: usize = 64;

/// That an entry stands at a place under a signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its place, counted from 0.
    pub index: u64,
    path: Vec<Hash>,
    /// The head, with its signatures.
    pub note: Note,
}

impl Proof {
    /// Reads the text of a proof; only the one spelling that is written is read.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_NOTE {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let (first, note) = text.split_once("\n\n")?;
        let mut lines = first.lines();
        if lines.next()? != FORMAT {
            return None;
        }
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let path = lines.map(Hash::from_base64).collect::<Option<Vec<_>>>()?;
        let proof = Self {
            index,
            path,
            note: Note::parse(note.as_bytes())?,
        };
        (proof.path.len() <= MAX_PATH && proof.to_string() == text).then_some(proof)
    }

    /// The entry in `line` and the head under which it stands; `None` if it doesn't, or the log with this key didn't sign
    /// the head.
    pub fn verify(&self, line: &str, key: &Verifier) -> Option<(Entry, Checkpoint)> {
        let head = Checkpoint::read(&self.note, key)?;
        let root = climb(leaf(line.as_bytes()), self.index, head.size, &self.path)?;
        let entry = Entry::parse(line).filter(|entry| entry.index == self.index)?;
        (root == head.root).then_some((entry, head))
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}\nindex {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl Copy {
    /// The root over the first `size` entries, from the tiles under a head that was found in this log, after all of it was
    /// examined; `None` for more entries than the head covers, and for none.
    pub fn root_at(&self, size: u64, head: &Checkpoint) -> Result<Option<Hash>, LogFault> {
        if size == 0 || size > head.size {
            return Ok(None);
        }
        let mut subtree = |height, at| self.subtree(head.size, height, at);
        range(0, size, &mut subtree).map(Some)
    }

    /// The line of an entry, and the proof that it stands under a head that was found in this log; `None` for an entry that the
    /// head doesn't cover. Reads a few tiles, and not the entries before it.
    pub fn proof(&self, index: u64, anchor: &Anchor) -> Result<Option<(String, Proof)>, LogFault> {
        let size = anchor.head.size;
        if index >= size {
            return Ok(None);
        }
        let line = self.line(size, index)?;
        let proof = Proof {
            index,
            path: path(index, size, &mut |height, at| {
                self.subtree(size, height, at)
            })?,
            note: anchor.note.clone(),
        };
        match proof.verify(&line, self.verifier()) {
            Some(_) => Ok(Some((line, proof))),
            None => Err(LogFault::Root {
                size,
                file: anchor.file.clone(),
            }),
        }
    }
}
