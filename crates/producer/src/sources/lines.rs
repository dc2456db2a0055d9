//! Lines of a claim file as bytes, with a bound on their length, cut into blocks that can be parsed side by side.

use std::io::{self, Read};

use super::lanes::Give;

/// The longest line; a record of the specification has some thousand bytes.
const MAX_LINE: usize = 1024 * 1024;
/// How much of a file tells UTF-8 from CP932.
const SAMPLE: usize = 1024 * 1024;
/// Bytes read for one block.
const BLOCK: usize = 256 * 1024;
/// What DOS programs put at the end of a file.
const END_OF_FILE: &[u8] = &[0x1A];

/// Why bytes are no lines.
#[derive(Debug)]
pub(super) enum Fault {
    Encoding { line: u64 },
    Io(io::Error),
    Long { line: u64 },
    Nul { line: u64 },
}

/// A line without its ending.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) bytes: &'a [u8],
}

/// Whole lines, in order.
pub(super) struct Block {
    /// The number of the first one.
    first: u64,
    bytes: Vec<u8>,
}

impl Block {
    /// The lines that have something on them.
    pub(super) fn lines(&self) -> impl Iterator<Item = Result<Line<'_>, Fault>> {
        (self.first..)
            .zip(self.bytes.split(|byte| *byte == b'\n'))
            .map(|(number, bytes)| Line {
                number,
                bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
            })
            .filter(|line| !line.bytes.is_empty() && line.bytes != END_OF_FILE)
            .map(|line| {
                if line.bytes.len() > MAX_LINE {
                    Err(Fault::Long { line: line.number })
                } else if line.bytes.contains(&0) {
                    Err(Fault::Nul { line: line.number })
                } else {
                    Ok(line)
                }
            })
    }
}

/// Gives all lines away in blocks; false if no more were wanted. A file in UTF-8 is refused: its names would otherwise be
/// read as other characters wherever its bytes happen to be CP932 too.
pub(super) fn cut(mut reader: impl Read, give: Give<'_, Block>) -> Result<bool, Fault> {
    let mut bytes = Vec::new();
    let mut ended = fill(&mut reader, SAMPLE, &mut bytes)?;
    if let Some(line) = utf8_line(&bytes) {
        return Err(Fault::Encoding { line });
    }
    let mut first = 1_u64;
    loop {
        let end = if ended {
            bytes.len()
        } else {
            let last = bytes.iter().rposition(|byte| *byte == b'\n');
            last.map_or(0, |last| last.saturating_add(1))
        };
        let rest = bytes.split_off(end);
        let lines = bytes.split(|byte| *byte == b'\n').skip(1).count();
        if !bytes.is_empty() && !give(Block { first, bytes }) {
            return Ok(false);
        }
        first = first.saturating_add(lines as u64);
        if ended {
            return Ok(true);
        }
        if rest.len() > MAX_LINE {
            return Err(Fault::Long { line: first });
        }
        bytes = rest;
        ended = fill(&mut reader, BLOCK, &mut bytes)?;
    }
}

/// Reads so many bytes more; true if there are no others.
fn fill(reader: &mut impl Read, more: usize, bytes: &mut Vec<u8>) -> Result<bool, Fault> {
    let read = reader
        .take(more as u64)
        .read_to_end(bytes)
        .map_err(Fault::Io)?;
    Ok(read < more)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_every_line_once_with_its_number() {
        let lines: Vec<String> = (1..=200_000)
            .map(|line| format!("{line}{}", if line % 3 == 0 { "\r\n\r\n" } else { "\n" }))
            .collect();
        let text = lines.concat();
        let mut found = Vec::new();
        let mut blocks = 0;
        let wanted = cut(text.as_bytes(), &mut |block| {
            blocks += 1;
            found.extend(block.lines().map(|line| {
                let line = line.unwrap();
                (line.number, String::from_utf8(line.bytes.to_vec()).unwrap())
            }));
            true
        });
        assert!(wanted.unwrap() && blocks > 2);
        let expected: Vec<(u64, String)> = (1..)
            .zip(text.split('\n'))
            .map(|(number, line)| (number, line.trim_end().to_owned()))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_comes_before_a_long_line_is_given_first() {
        let text = format!("a\nb\n{}", "x".repeat(3 * MAX_LINE));
        let mut given = 0;
        let fault = cut(text.as_bytes(), &mut |block| {
            given += block.lines().count();
            true
        });
        assert!(matches!(fault, Err(Fault::Long { line: 3 })));
        assert_eq!(given, 2);
    }
}
