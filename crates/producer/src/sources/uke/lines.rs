//! Lines of a claim file as bytes, with a bound on their length.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use super::fault::UkeError;

/// The longest line; a record of the specification has some thousand bytes.
const MAX_LINE: usize = 1024 * 1024;
/// How much of a file tells UTF-8 from CP932.
const SAMPLE: u64 = 1024 * 1024;
/// What DOS programs put at the end of a file.
const END_OF_FILE: &[u8] = &[0x1A];

pub(in crate::sources) enum Fault {
    Encoding { line: u64 },
    Io(io::Error),
    Long { line: u64 },
    Nul { line: u64 },
}

impl Fault {
    pub(super) fn of(self, file: &str) -> UkeError {
        let file = file.to_owned();
        match self {
            Self::Encoding { line } => UkeError::Encoding { file, line },
            Self::Io(source) => UkeError::Io { file, source },
            Self::Long { line } => UkeError::Long { file, line },
            Self::Nul { line } => UkeError::Nul { file, line },
        }
    }
}

/// A line without its ending.
#[derive(Clone, Copy)]
pub(in crate::sources) struct Line<'a> {
    pub(in crate::sources) number: u64,
    pub(in crate::sources) bytes: &'a [u8],
}

pub(in crate::sources) struct Lines<R> {
    input: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    line: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Refuses a file in UTF-8, whose names would otherwise be read as other characters wherever its bytes happen to
    /// be CP932 too.
    pub(in crate::sources) fn new(mut reader: R) -> Result<Self, Fault> {
        let mut sample = Vec::new();
        reader
            .by_ref()
            .take(SAMPLE)
            .read_to_end(&mut sample)
            .map_err(Fault::Io)?;
        if let Some(line) = utf8_line(&sample) {
            return Err(Fault::Encoding { line });
        }
        let input = BufReader::with_capacity(64 * 1024, Cursor::new(sample).chain(reader));
        Ok(Self {
            input,
            line: Vec::new(),
            number: 0,
        })
    }

    /// The next line that has something on it.
    pub(in crate::sources) fn next(&mut self) -> Result<Option<Line<'_>>, Fault> {
        loop {
            self.number = self.number.saturating_add(1);
            if !self.fill()? {
                return Ok(None);
            }
            if self.line.contains(&0) {
                return Err(Fault::Nul { line: self.number });
            }
            if !self.line.is_empty() && self.line != END_OF_FILE {
                return Ok(Some(Line {
                    number: self.number,
                    bytes: &self.line,
                }));
            }
        }
    }

    /// Reads up to a line ending, which is left out; false at the end of the file.
    fn fill(&mut self) -> Result<bool, Fault> {
        self.line.clear();
        let mut any = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::Io(error)),
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let taken = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            self.line.extend_from_slice(taken);
            let length = taken.len();
            self.input.consume(if end.is_some() {
                length.saturating_add(1)
            } else {
                length
            });
            if self.line.len() > MAX_LINE {
                return Err(Fault::Long { line: self.number });
            }
            if end.is_some() {
                break;
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(any)
    }
}

/// The first line of a UTF-8 text with a character of three bytes. Half-width kana of CP932 can look like characters of
/// two bytes; three, with everything else valid too, are no accident.
fn utf8_line(sample: &[u8]) -> Option<u64> {
    let valid = match std::str::from_utf8(sample) {
        Ok(text) => text,
        Err(fault) if fault.error_len().is_none() => {
            std::str::from_utf8(sample.get(..fault.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let (at, _) = valid.char_indices().find(|(_, c)| c.len_utf8() > 2)?;
    let before = valid.bytes().take(at).filter(|byte| *byte == b'\n').count();
    u64::try_from(before).ok()?.checked_add(1)
}
