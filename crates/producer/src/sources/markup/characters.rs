//! The characters of a document, decoded while they are read: UTF-8 or CP932, in memory that doesn't grow with it.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS};

/// How much of a document tells UTF-8 from CP932 where its declaration doesn't.
const SAMPLE: u64 = 1024 * 1024;
const CHUNK: u64 = 64 * 1024;
/// An XML declaration stands in the first bytes.
const HEAD: usize = 256;
/// The most bytes between two marks: of a tag, a text, a comment.
const MAX_TOKEN: usize = 16 * 1024 * 1024;
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// How a document's bytes were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As its declaration says, or UTF-8 without one.
    Declared,
    /// CP932, although the declaration says otherwise or is missing.
    Cp932,
}

/// Why no more characters come.
#[derive(Debug)]
pub(super) enum Fault {
    Encoding,
    Io(io::Error),
    Long,
}

enum Coding {
    /// Nothing read yet.
    Begin,
    /// Every byte so far was ASCII.
    Open,
    Utf8,
    Cp932(Box<Decoder>, Encoding),
}

pub(super) struct Characters<R> {
    reader: R,
    coding: Coding,
    raw: Vec<u8>,
    ended: bool,
    text: Vec<u8>,
    at: usize,
    breaks: u64,
    since: usize,
    fault: Option<Fault>,
}

impl<R: Read> Characters<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            coding: Coding::Begin,
            raw: Vec::new(),
            ended: false,
            text: Vec::new(),
            at: 0,
            breaks: 0,
            since: 0,
            fault: None,
        }
    }

    /// The line that comes next, from 1.
    pub(super) fn line(&self) -> u64 {
        self.breaks.saturating_add(1)
    }

    /// Something was read whole; its length doesn't count any more.
    pub(super) fn mark(&mut self) {
        self.since = 0;
    }

    pub(super) fn encoding(&self) -> Encoding {
        match &self.coding {
            Coding::Cp932(_, encoding) => *encoding,
            Coding::Begin | Coding::Open | Coding::Utf8 => Encoding::Declared,
        }
    }

    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Replaces the text that was used up.
    fn refill(&mut self) -> Result<(), Fault> {
        self.text.clear();
        self.at = 0;
        while self.text.is_empty() && !(self.ended && self.raw.is_empty()) {
            self.read()?;
            self.decode()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Fault> {
        let begin = matches!(self.coding, Coding::Begin);
        let most = if begin { SAMPLE } else { CHUNK };
        let read = self
            .reader
            .by_ref()
            .take(most)
            .read_to_end(&mut self.raw)
            .map_err(Fault::Io)?;
        self.ended = (read as u64) < most;
        if begin {
            if self.raw.starts_with(MARK) {
                self.raw.drain(..MARK.len());
            }
            let head = self.raw.get(..HEAD.min(self.raw.len())).unwrap_or_default();
            self.coding = match declared(head) {
                Some(Declared::Other) => return Err(Fault::Encoding),
                Some(Declared::Cp932) => cp932(Encoding::Declared),
                Some(Declared::Utf8) | None => Coding::Open,
            };
        }
        Ok(())
    }

    /// Decodes what is there; a character cut by the end of it waits for its rest.
    fn decode(&mut self) -> Result<(), Fault> {
        if !matches!(self.coding, Coding::Cp932(..)) {
            let valid = match std::str::from_utf8(&self.raw) {
                Ok(text) => Some(text.len()),
                Err(fault) if fault.error_len().is_none() && !self.ended => {
                    Some(fault.valid_up_to())
                }
                Err(_) => None,
            };
            match (valid, &self.coding) {
                (Some(valid), coding) => {
                    let text = self.raw.get(..valid).unwrap_or_default();
                    if matches!(coding, Coding::Open) && !text.is_ascii() {
                        self.coding = Coding::Utf8;
                    }
                    self.text.extend_from_slice(text);
                    self.raw.drain(..valid);
                    return Ok(());
                }
                // Nothing but ASCII came before, which is the same in both.
                (None, Coding::Open) => self.coding = cp932(Encoding::Cp932),
                (None, Coding::Utf8 | Coding::Begin | Coding::Cp932(..)) => {
                    return Err(Fault::Encoding);
                }
            }
        }
        let Coding::Cp932(decoder, _) = &mut self.coding else {
            return Ok(());
        };
        let needed = decoder
            .max_utf8_buffer_length_without_replacement(self.raw.len())
            .ok_or(Fault::Long)?;
        self.text.resize(needed, 0);
        let (outcome, _, written) =
            decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.text, self.ended);
        self.text.truncate(written);
        self.raw.clear();
        match outcome {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => Err(Fault::Encoding),
        }
    }
}

fn cp932(encoding: Encoding) -> Coding {
    Coding::Cp932(
        Box::new(SHIFT_JIS.new_decoder_without_bom_handling()),
        encoding,
    )
}

impl<R: Read> Read for Characters<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = {
            let mut ready = self.fill_buf()?;
            ready.read(out)?
        };
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Characters<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since > MAX_TOKEN {
            self.fault = Some(Fault::Long);
        } else if self.at >= self.text.len()
            && let Err(fault) = self.refill()
        {
            self.fault = Some(fault);
        }
        if self.fault.is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(self.text.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, length: usize) {
        let end = self.at.saturating_add(length).min(self.text.len());
        let passed = self.text.get(self.at..end).unwrap_or_default();
        let breaks = passed.split(|byte| *byte == b'\n').skip(1).count();
        self.breaks = self.breaks.saturating_add(breaks as u64);
        self.since = self.since.saturating_add(passed.len());
        self.at = end;
    }
}

enum Declared {
    Cp932,
    Utf8,
    Other,
}

fn declared(head: &[u8]) -> Option<Declared> {
    let text: String = head
        .iter()
        .map(|byte| char::from(*byte).to_ascii_lowercase())
        .collect();
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0.to_owned();
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next()?;
    let name = value.get(1..)?.split(quote).next()?;
    Some(match name {
        "utf-8" | "utf8" | "us-ascii" => Declared::Utf8,
        "shift_jis" | "shift-jis" | "sjis" | "windows-31j" | "cp932" | "ms932" | "x-sjis" => {
            Declared::Cp932
        }
        _ => Declared::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte or a few at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(out.len());
            let (now, rest) = self.0.split_at(length);
            out[..length].copy_from_slice(now);
            self.0 = rest;
            Ok(length)
        }
    }

    fn decoded(bytes: &[u8]) -> Result<(String, Encoding), ()> {
        let mut characters = Characters::new(Drops(bytes, 7));
        let mut text = String::new();
        if characters.read_to_string(&mut text).is_ok() {
            return Ok((text, characters.encoding()));
        }
        assert!(matches!(characters.take_fault(), Some(Fault::Encoding)));
        Err(())
    }

    #[test]
    fn characters_are_not_cut_by_the_ends_of_chunks() {
        let ascii = "x".repeat(2_000_000);
        for shift in 0..4 {
            let text = format!(
                "{}{ascii}{}",
                "y".repeat(shift),
                "架空花子ｱ".repeat(100_000)
            );
            assert_eq!(
                decoded(text.as_bytes()),
                Ok((text.clone(), Encoding::Declared))
            );
            let (cp932, _, _) = SHIFT_JIS.encode(&text);
            assert_eq!(decoded(&cp932), Ok((text, Encoding::Cp932)));
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let early = "架空".repeat(400_000).into_bytes();
        let cp932 = SHIFT_JIS.encode("花子").0.into_owned();
        // UTF-8 for a megabyte, then something else.
        assert_eq!(decoded(&[early.as_slice(), &cp932].concat()), Err(()));
        assert_eq!(decoded(&[b"<a>".as_slice(), b"\xFF\xFF"].concat()), Err(()));
        assert_eq!(decoded(&early[..early.len() - 1]), Err(()));
        let declared = "<?xml version='1.0' encoding='Shift_JIS'?>";
        assert!(decoded(&[declared.as_bytes(), &cp932].concat()).is_ok());
        assert_eq!(decoded(&[declared.as_bytes(), b"\x81"].concat()), Err(()));
        assert_eq!(
            decoded(declared.replace("Shift_JIS", "UTF-16").as_bytes()),
            Err(())
        );
    }

    #[test]
    fn a_token_without_end_is_refused() {
        let mut endless = Characters::new(io::repeat(b'x'));
        let read = io::copy(&mut endless, &mut io::sink());
        assert!(read.is_err() && matches!(endless.take_fault(), Some(Fault::Long)));
    }
}
