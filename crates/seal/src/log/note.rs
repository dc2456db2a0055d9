//! Signed notes (C2SP signed-note): a text with lines of signatures, and the keys that verify them.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

/// Sixteen signatures at least must be accepted; ours have a hundred bytes each.
pub(super) const MAX_NOTE: usize = 64 * 1024;
const MAX_SIGNATURES: usize = 64;

/// What a key signs (the signature types of the specification that are used here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `0x01`: Ed25519 over the text; a log's own signature.
    Log,
    /// `0x04`: `cosignature/v1` of C2SP tlog-cosignature, with the time at which it was given.
    Cosigner,
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Cosigner => 0x04,
        }
    }
}

/// The public half of a key that signs notes. Its text is a `vkey`: `NAME+ID+KEY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Verifier {
    name: String,
    kind: Kind,
    key: [u8; 32],
}

impl Verifier {
    pub(super) fn new(name: &str, kind: Kind, key: [u8; 32]) -> Option<Self> {
        let fits = !name.is_empty()
            && !name
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '+');
        fits.then(|| Self {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// Reads the text of a verifier key; only the one spelling that is written is read.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '+');
        let (name, _id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let key = BASE64.decode(key.as_bytes()).ok()?;
        let (first, key) = key.split_first()?;
        let kind = [Kind::Log, Kind::Cosigner]
            .into_iter()
            .find(|kind| kind.byte() == *first)?;
        let read = Self::new(name, kind, key.try_into().ok()?)?;
        (read.to_string() == text).then_some(read)
    }

    /// The name in its signatures.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it verifies.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn id(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.byte()])
            .chain_update(self.key)
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }

    /// A line of a note for a signature of this key.
    pub(super) fn line(&self, signature: &[u8]) -> Line {
        Line {
            name: self.name.clone(),
            bytes: [self.id().as_slice(), signature].concat(),
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [[self.kind.byte()].as_slice(), &self.key].concat();
        let id = HEXLOWER.encode(&self.id());
        write!(f, "{}+{id}+{}", self.name, BASE64.encode(&key))
    }
}

/// What a cosigner signs: when, and the text.
pub(super) fn cosigned_message(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

/// One signature of a note, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    name: String,
    /// Key id and signature.
    bytes: Vec<u8>,
}

/// A text with signatures, none of them verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<Line>,
}

impl Note {
    pub(super) fn new(text: String, line: Line) -> Self {
        Self {
            text,
            lines: vec![line],
        }
    }

    /// Reads a note; only the one spelling that is written is read.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_NOTE {
            return None;
        }
        let whole = std::str::from_utf8(bytes).ok()?;
        if whole.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let (text, signatures) = whole.rsplit_once("\n\n")?;
        let lines = signatures
            .strip_suffix('\n')?
            .split('\n')
            .map(|line| {
                let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
                let bytes = BASE64.decode(bytes.as_bytes()).ok()?;
                let fits = bytes.len() > 4 && !name.is_empty() && !name.contains('+');
                fits.then(|| Line {
                    name: name.to_owned(),
                    bytes,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let note = Self {
            text: format!("{text}\n"),
            lines,
        };
        (note.lines.len() <= MAX_SIGNATURES && note.to_string() == whole).then_some(note)
    }

    /// What was signed, with its last line break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names beside the signatures, verified or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.name.as_str())
    }

    /// The signatures that name this key.
    fn of<'a>(&'a self, key: &'a Verifier) -> impl Iterator<Item = &'a [u8]> {
        let id = key.id();
        self.lines
            .iter()
            .filter(move |line| line.name == key.name)
            .filter_map(move |line| line.bytes.strip_prefix(id.as_slice()))
    }

    /// Whether the log with this key signed the text: there is a signature of it, and none of them is wrong.
    pub fn is_signed(&self, key: &Verifier) -> bool {
        let mut all = self.of(key).peekable();
        key.kind == Kind::Log
            && all.peek().is_some()
            && all.all(|signature| key.verifies(self.text.as_bytes(), signature))
    }

    /// When this cosigner last signed the text; `None` if it didn't, or one of its signatures is wrong.
    pub fn cosigned(&self, key: &Verifier) -> Option<Timestamp> {
        if key.kind != Kind::Cosigner {
            return None;
        }
        let mut last = None;
        for bytes in self.of(key) {
            let (seconds, signature) = bytes.split_first_chunk::<8>()?;
            let seconds = u64::from_be_bytes(*seconds);
            if !key.verifies(&cosigned_message(&self.text, seconds), signature) {
                return None;
            }
            let at = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
            last = last.max(Some(at));
        }
        last
    }

    pub(super) fn add(&mut self, line: Line) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Takes over the signatures of this key from a copy of the same text. Says whether there was one that wasn't here.
    pub fn take(&mut self, other: &Self, key: &Verifier) -> bool {
        if other.text != self.text {
            return false;
        }
        let before = self.lines.len();
        let found: Vec<Line> = other.of(key).map(|signature| key.line(signature)).collect();
        for line in found {
            self.add(line);
        }
        self.lines.len() > before
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.lines {
            writeln!(f, "— {} {}", line.name, BASE64.encode(&line.bytes))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP signed-note.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_example_of_the_specification_holds() {
        let key = Verifier::parse(KEY).unwrap();
        assert_eq!((key.name(), key.kind()), ("example.com/foo", Kind::Log));
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        assert!(note.is_signed(&key));
        assert_eq!(note.to_string(), NOTE);
    }

    #[test]
    fn no_byte_of_a_note_or_of_its_key_can_be_changed() {
        let key = Verifier::parse(KEY).unwrap();
        for place in 0..NOTE.len() {
            for bit in 0..8 {
                let mut bytes = NOTE.as_bytes().to_vec();
                bytes[place] ^= 1 << bit;
                let holds = Note::parse(&bytes).is_some_and(|note| note.is_signed(&key));
                assert!(!holds, "byte {place}, bit {bit}");
            }
        }
        for place in 0..KEY.len() {
            let mut bytes = KEY.as_bytes().to_vec();
            bytes[place] ^= 1;
            let read = std::str::from_utf8(&bytes).ok().and_then(Verifier::parse);
            let note = Note::parse(NOTE.as_bytes()).unwrap();
            assert!(read.is_none_or(|key| !note.is_signed(&key)), "byte {place}");
        }
    }
}
