//! The archive of a sealed package, read once from front to back.
//!
//! What it refuses is everything that a digest of the manifest doesn't cover: order, padding, the end.

use std::io::{self, Read};

use age::stream::StreamReader;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{BLOCK, Entry, EntryFault};
use crate::package::refusal::Refusal;
use crate::stream::Source;

/// The tar, read from front to back, with the position in the plaintext.
pub(crate) struct Archive {
    stream: StreamReader<Source>,
    at: u64,
    entries: u64,
}

impl Archive {
    /// Reads the plaintext of `stream`, which stands at its start.
    pub(crate) fn new(stream: StreamReader<Source>) -> Self {
        Self {
            stream,
            at: 0,
            entries: 0,
        }
    }

    /// Where the next byte is in the plaintext.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// How many headers were read.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Up to `buf.len()` bytes; fewer only at the authenticated end of the plaintext.
    fn fill(&mut self, buf: &mut [u8]) -> Result<usize, Refusal> {
        let mut filled = 0_usize;
        while let Some(free) = buf.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.stream.read(free).map_err(stream_fault)? {
                0 => break,
                read => filled = filled.saturating_add(read),
            }
        }
        self.at = self.at.saturating_add(filled as u64);
        Ok(filled)
    }

    fn exact(&mut self, buf: &mut [u8]) -> Result<(), Refusal> {
        if self.fill(buf)? == buf.len() {
            Ok(())
        } else {
            Err(Refusal::Archive {
                entry: self.entries,
            })
        }
    }

    pub(crate) fn entry(&mut self) -> Result<Entry, Refusal> {
        let mut block = [0; BLOCK];
        self.exact(&mut block)?;
        self.entries = self.entries.saturating_add(1);
        super::parse(&block).map_err(|fault| match fault {
            EntryFault::Form => Refusal::Archive {
                entry: self.entries,
            },
            EntryFault::NotAFile(what) => Refusal::NotAFile {
                entry: self.entries,
                what,
            },
        })
    }

    pub(crate) fn small_file(&mut self, expected: &str, maximum: u64) -> Result<Vec<u8>, Refusal> {
        match self.entry()? {
            Entry::File { name, size } if name == expected && size <= maximum => {
                let mut content = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
                self.exact(&mut content)?;
                self.skip_padding(size)?;
                Ok(content)
            }
            Entry::File { name, .. } if name == expected => Err(Refusal::TooLong {
                entry: self.entries,
                maximum,
            }),
            Entry::File { .. } | Entry::End => Err(Refusal::Archive {
                entry: self.entries,
            }),
        }
    }

    pub(crate) fn hash(&mut self, size: u64) -> Result<String, Refusal> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut left = size;
        while left > 0 {
            let step = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            let piece = buffer.get_mut(..step).unwrap_or_default();
            self.exact(piece)?;
            hash.update(&*piece);
            left = left.saturating_sub(step as u64);
        }
        Ok(HEXLOWER.encode(&hash.finalize()))
    }

    /// No byte may hide where no digest looks.
    pub(crate) fn skip_padding(&mut self, size: u64) -> Result<(), Refusal> {
        let mut padding = [0; BLOCK];
        let padding = padding.get_mut(..super::padding(size)).unwrap_or_default();
        self.exact(padding)?;
        if padding.iter().all(|byte| *byte == 0) {
            Ok(())
        } else {
            Err(Refusal::Archive {
                entry: self.entries,
            })
        }
    }

    /// Behind the first half of the end mark: the second half, zeros up to a record of `tar`, the end of the
    /// plaintext, which age knows to be the end of the file.
    pub(crate) fn end(&mut self) -> Result<(), Refusal> {
        if self.entry()? != Entry::End {
            return Err(Refusal::Trailing);
        }
        let mut rest = vec![0; usize::try_from(super::MAX_TRAILER).unwrap_or(0)];
        let read = self.fill(&mut rest)?;
        let zeros = rest
            .get(..read)
            .unwrap_or_default()
            .iter()
            .all(|byte| *byte == 0);
        if !zeros || self.fill(&mut [0])? > 0 {
            return Err(Refusal::Trailing);
        }
        Ok(())
    }
}

pub(crate) fn stream_fault(source: io::Error) -> Refusal {
    if source.kind() == io::ErrorKind::UnexpectedEof {
        Refusal::Truncated
    } else if source.kind() == io::ErrorKind::InvalidData {
        Refusal::Corrupt
    } else {
        Refusal::Io(source)
    }
}
