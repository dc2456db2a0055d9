//! Records as bytes, with a bound on their size and no tolerance for what would be guessed.

use std::io::{self, BufRead, BufReader, Read};

use crate::MAX_RECORD;

/// Why the bytes are no record.
pub(super) enum Fault {
    Io(io::Error),
    Long {
        line: u64,
    },
    Nul {
        line: u64,
    },
    Quote {
        line: u64,
    },
    /// More fields than the limit.
    Wide {
        line: u64,
    },
}

/// One record's fields, taken apart but not decoded.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Raw {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .filter_map(|(start, &end)| self.bytes.get(start..end))
    }
}

#[derive(Clone, Copy)]
enum State {
    /// Between records.
    Between,
    /// At the first byte of a field.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between the quotes of a field.
    Quoted,
    /// After the quote that closes a field, or the first of a doubled one.
    Closed,
}

pub(super) struct Parser<R> {
    input: BufReader<R>,
    delimiter: u8,
    line: u64,
    /// The last byte was a CR, so that a LF now belongs to it.
    after_cr: bool,
}

impl<R: Read> Parser<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input: BufReader::with_capacity(64 * 1024, input),
            delimiter,
            line: 1,
            after_cr: false,
        }
    }

    /// Reads one record of at most `fields` fields; false at the end of the file.
    pub(super) fn read(&mut self, raw: &mut Raw, fields: usize) -> Result<bool, Fault> {
        raw.bytes.clear();
        raw.ends.clear();
        raw.line = self.line;
        let mut state = State::Between;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::Io(error)),
            };
            let Some((&byte, _)) = chunk.split_first() else {
                return end(raw, state);
            };
            // Runs of ordinary bytes are taken at once.
            let run = match state {
                State::Plain => plain_run(chunk, self.delimiter),
                State::Quoted => quoted_run(chunk),
                State::Between | State::Start | State::Closed => 0,
            };
            if run > 0 {
                raw.bytes
                    .extend_from_slice(chunk.get(..run).unwrap_or_default());
                self.after_cr = false;
                self.input.consume(run);
            } else {
                self.input.consume(1);
                let broken = matches!(byte, b'\r' | b'\n');
                if byte == b'\r' || (byte == b'\n' && !self.after_cr) {
                    self.line = self.line.saturating_add(1);
                }
                self.after_cr = byte == b'\r';
                match (state, byte) {
                    (_, 0) => return Err(Fault::Nul { line: self.line }),
                    (State::Between, b'\r' | b'\n') => raw.line = self.line,
                    (State::Between | State::Start, b'"') => state = State::Quoted,
                    (State::Closed, b'"') => {
                        raw.bytes.push(b'"');
                        state = State::Quoted;
                    }
                    (State::Quoted, b'"') => state = State::Closed,
                    (State::Quoted, _) => raw.bytes.push(byte),
                    (_, _) if broken || byte == self.delimiter => {
                        raw.ends.push(raw.bytes.len());
                        if !broken && raw.len() >= fields {
                            return Err(Fault::Wide { line: raw.line });
                        }
                        if broken {
                            return Ok(true);
                        }
                        state = State::Start;
                    }
                    (State::Closed, _) => return Err(Fault::Quote { line: self.line }),
                    (State::Between | State::Start | State::Plain, _) => {
                        raw.bytes.push(byte);
                        state = State::Plain;
                    }
                }
            }
            if raw.bytes.len() > MAX_RECORD {
                return Err(Fault::Long { line: raw.line });
            }
        }
    }
}

/// What the end of the file means.
fn end(raw: &mut Raw, state: State) -> Result<bool, Fault> {
    match state {
        State::Between => Ok(false),
        State::Quoted => Err(Fault::Quote { line: raw.line }),
        State::Start | State::Plain | State::Closed => {
            raw.ends.push(raw.bytes.len());
            Ok(true)
        }
    }
}

fn plain_run(chunk: &[u8], delimiter: u8) -> usize {
    let special = |&byte: &u8| byte == delimiter || matches!(byte, b'\r' | b'\n' | 0);
    chunk.iter().position(special).unwrap_or(chunk.len())
}

fn quoted_run(chunk: &[u8]) -> usize {
    chunk
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\r' | b'\n' | 0))
        .unwrap_or(chunk.len())
}
