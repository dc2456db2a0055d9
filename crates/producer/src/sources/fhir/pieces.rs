//! Files of FHIR cut into pieces that can be parsed side by side: blocks of lines, and entries of a Bundle.
//!
//! A Bundle is cut without being parsed, however long it is. What is left of it, with one number in the place of all entries,
//! is parsed at the end: it must be JSON, and a Bundle.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::FhirError;
use super::node::Node;
use crate::sources::input::{self, InputError};
use crate::sources::lanes::Give;
use crate::sources::{Place, SourceError};

/// The most bytes of one resource, and of what is left of a Bundle.
const MAX_RESOURCE: usize = 16 * 1024 * 1024;
/// Bytes after which a block of lines is given away.
const BLOCK: usize = 1024 * 1024;
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What stands in a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Resources, one a line.
    Lines,
    /// One entry of a Bundle.
    Entry,
    /// One resource that is the whole file.
    Resource,
}

pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) file: usize,
    pub(super) place: Place,
    /// The number of its first line or entry in the file, from 1.
    pub(super) number: u64,
    pub(super) bytes: Vec<u8>,
}

/// Cuts all files, in order.
pub(super) fn cut(files: &[PathBuf], give: Give<'_, Piece>) -> Result<(), SourceError> {
    for (file, path) in files.iter().enumerate() {
        let mut reader = BufReader::with_capacity(256 * 1024, input::open(path)?);
        let head = reader
            .fill_buf()
            .map_err(|error| input::failed(path, error))?;
        if head.is_empty() {
            return Err(InputError::Empty {
                file: path.display().to_string(),
            }
            .into());
        }
        if head.starts_with(MARK) {
            reader.consume(MARK.len());
        }
        let by_line = path.extension().is_some_and(|ending| {
            ["ndjson", "jsonl"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        });
        let wanted = if by_line {
            lines(file, path, reader, give)?
        } else {
            document(file, path, reader, give)?
        };
        if !wanted {
            break;
        }
    }
    Ok(())
}

fn lines(
    file: usize,
    path: &Path,
    mut reader: BufReader<File>,
    give: Give<'_, Piece>,
) -> Result<bool, SourceError> {
    let place = Place::of(path);
    let (mut first, mut next) = (1_u64, 1_u64);
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        let before = block.len();
        let most = (MAX_RESOURCE as u64).saturating_add(1);
        let read = reader
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut block)
            .map_err(|error| input::failed(path, error))?;
        if block.len().saturating_sub(before) > MAX_RESOURCE {
            return Err(FhirError::Large {
                place: place.at_line(next),
            }
            .into());
        }
        next = next.saturating_add(1);
        if block.len() >= BLOCK || read == 0 {
            let piece = Piece {
                kind: Kind::Lines,
                file,
                place: place.at_line(first),
                number: first,
                bytes: std::mem::take(&mut block),
            };
            first = next;
            if !give(piece) {
                return Ok(false);
            }
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

fn document(
    file: usize,
    path: &Path,
    mut reader: BufReader<File>,
    give: Give<'_, Piece>,
) -> Result<bool, SourceError> {
    let place = Place::of(path);
    let mut scanner = Scanner::default();
    let mut entries = 0_u64;
    loop {
        let chunk = reader
            .fill_buf()
            .map_err(|error| input::failed(path, error))?;
        if chunk.is_empty() {
            break;
        }
        let length = chunk.len();
        for byte in chunk {
            if let Some((line, bytes)) = scanner.step(*byte) {
                entries = entries.saturating_add(1);
                let piece = Piece {
                    kind: Kind::Entry,
                    file,
                    place: place.at_line(line),
                    number: entries,
                    bytes,
                };
                if !give(piece) {
                    return Ok(false);
                }
            }
            if scanner.entry.len().max(scanner.rest.len()) > MAX_RESOURCE {
                return Err(FhirError::Large {
                    place: place.at_line(scanner.line()),
                }
                .into());
            }
        }
        reader.consume(length);
    }
    let rest = Node::parse(&scanner.rest).map_err(|fault| FhirError::of(fault, &place))?;
    let is_bundle = rest.text("resourceType") == "Bundle";
    let kept = rest.items("entry");
    if entries > 0 && !is_bundle {
        return Err(FhirError::Resource { place }.into());
    }
    if is_bundle {
        // Only numbers stand where entries stood; anything else was hidden from the cutting.
        return if kept.iter().all(|entry| matches!(entry, Node::Other)) {
            Ok(true)
        } else {
            Err(FhirError::Syntax { place }.into())
        };
    }
    Ok(give(Piece {
        kind: Kind::Resource,
        file,
        place: place.at_line(1),
        number: 1,
        bytes: scanner.rest,
    }))
}

/// Finds the elements of the member `entry` of the outermost object.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one byte after the other: what it stands in"
)]
struct Scanner {
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// The last byte outside texts that is no blank.
    last: u8,
    /// The text that ended last, at depth 1.
    name: Vec<u8>,
    in_entries: bool,
    entry: Vec<u8>,
    entry_line: u64,
    /// An entry was there, in this list of them.
    seen: bool,
    /// Everything but the entries.
    rest: Vec<u8>,
    breaks: u64,
}

impl Scanner {
    fn line(&self) -> u64 {
        self.breaks.saturating_add(1)
    }

    /// Takes one byte; an entry and its line once it has ended.
    fn step(&mut self, byte: u8) -> Option<(u64, Vec<u8>)> {
        if byte == b'\n' {
            self.breaks = self.breaks.saturating_add(1);
        }
        if self.in_text {
            self.keep(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_text = false;
                    self.last = b'"';
                }
                _ => {}
            }
            if self.in_text && self.depth == 1 {
                self.name.push(byte);
            }
            return None;
        }
        let mut done = None;
        match byte {
            b'"' => {
                self.keep(byte);
                self.in_text = true;
                if self.depth == 1 {
                    self.name.clear();
                }
                return None;
            }
            b'{' | b'[' => {
                let begins =
                    byte == b'[' && self.depth == 1 && self.last == b':' && self.name == b"entry";
                self.keep(byte);
                self.depth = self.depth.saturating_add(1);
                if begins {
                    (self.in_entries, self.seen) = (true, false);
                }
            }
            b'}' | b']' => {
                if self.in_entries && self.depth == 2 {
                    done = self.end();
                    // The one number for all of them; a comma before nothing stays, and is no JSON.
                    if done.is_some() {
                        self.rest.push(b'0');
                    } else if self.seen {
                        self.rest.extend(b"0,");
                    }
                    self.in_entries = false;
                }
                self.depth = self.depth.saturating_sub(1);
                self.keep(byte);
            }
            b',' if self.in_entries && self.depth == 2 => {
                done = self.end();
                self.seen = true;
                if done.is_none() {
                    self.rest.push(byte);
                }
            }
            _ => self.keep(byte),
        }
        if !byte.is_ascii_whitespace() {
            self.last = byte;
        }
        done
    }

    /// Puts a byte where it belongs.
    fn keep(&mut self, byte: u8) {
        let inside = self.in_entries && self.depth >= 2;
        if !inside {
            self.rest.push(byte);
        } else if !self.entry.is_empty() || !byte.is_ascii_whitespace() {
            if self.entry.is_empty() {
                self.entry_line = self.line();
            }
            self.entry.push(byte);
        }
    }

    fn end(&mut self) -> Option<(u64, Vec<u8>)> {
        if self.entry.is_empty() {
            return None;
        }
        Some((self.entry_line, std::mem::take(&mut self.entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> (Vec<(u64, String)>, String) {
        let mut scanner = Scanner::default();
        let entries = text
            .bytes()
            .filter_map(|byte| scanner.step(byte))
            .map(|(line, bytes)| (line, String::from_utf8(bytes).unwrap()))
            .collect();
        (entries, String::from_utf8(scanner.rest).unwrap())
    }

    #[test]
    fn entries_are_cut_out_and_the_rest_stays() {
        let text = "{\"a\":[{\"entry\":[1]}],\n\"entry\" : [\n {\"x\":\"]}\\\"\"} ,\n{\"entry\":[2]}],\"b\":\"entry\"}";
        let (entries, rest) = scanned(text);
        assert_eq!(
            entries,
            [
                (3, "{\"x\":\"]}\\\"\"} ".to_owned()),
                (4, "{\"entry\":[2]}".to_owned())
            ]
        );
        assert_eq!(
            rest,
            "{\"a\":[{\"entry\":[1]}],\n\"entry\" : [0],\"b\":\"entry\"}"
        );
    }

    #[test]
    fn faults_of_the_rest_are_left_in_it() {
        assert_eq!(scanned("{\"entry\":[{},,{}]}").1, "{\"entry\":[,0]}");
        assert_eq!(scanned("{\"entry\":[{},]}").1, "{\"entry\":[0,]}");
        assert_eq!(scanned("{\"entry\":[,]}").1, "{\"entry\":[,0,]}");
        assert_eq!(scanned("{\"entry\":[{}").1, "{\"entry\":[");
        assert_eq!(scanned("{\"entry\":[]}").1, "{\"entry\":[]}");
        assert_eq!(scanned("[\"entry\",[1]]").1, "[\"entry\",[1]]");
    }
}
