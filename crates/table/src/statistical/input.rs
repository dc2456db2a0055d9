//! One input read from several positions in turn.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::StatisticalError;

trait ReadSeek: Read + Seek + Send {}
impl<R: Read + Seek + Send> ReadSeek for R {}

/// An input, its length, and what errors call it.
#[derive(Clone)]
pub(super) struct Input {
    pub(super) file: String,
    pub(super) length: u64,
    shared: Arc<Mutex<Box<dyn ReadSeek>>>,
}

/// A buffered reader with a position of its own.
pub(super) type Reader = BufReader<At>;

impl Input {
    pub(super) fn new(file: &str, input: impl Read + Seek + Send + 'static, length: u64) -> Self {
        Self {
            file: file.to_owned(),
            length,
            shared: Arc::new(Mutex::new(Box::new(input))),
        }
    }

    pub(super) fn at(&self, position: u64) -> Reader {
        BufReader::with_capacity(
            64 * 1024,
            At {
                input: self.clone(),
                position,
            },
        )
    }

    /// `length` bytes from `position`, if there are as many.
    pub(super) fn bytes(&self, position: u64, length: usize) -> Result<Vec<u8>, StatisticalError> {
        let end = position.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length) {
            return Err(self.damaged(0));
        }
        let mut bytes = vec![0; length];
        At {
            input: self.clone(),
            position,
        }
        .read_exact(&mut bytes)
        .map_err(|error| self.stopped(error, 0))?;
        Ok(bytes)
    }

    pub(super) fn damaged(&self, row: u64) -> StatisticalError {
        StatisticalError::Damaged {
            file: self.file.clone(),
            row,
        }
    }

    pub(super) fn malformed(&self) -> StatisticalError {
        StatisticalError::Malformed {
            file: self.file.clone(),
        }
    }

    pub(super) fn long(&self) -> StatisticalError {
        StatisticalError::Long {
            file: self.file.clone(),
        }
    }

    pub(super) fn heading(&self) -> StatisticalError {
        StatisticalError::Heading {
            file: self.file.clone(),
        }
    }

    /// An end that comes early and an altered sealed file are damage, and no failing medium.
    pub(super) fn stopped(&self, source: io::Error, row: u64) -> StatisticalError {
        let file = self.file.clone();
        let damage = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
        if damage.contains(&source.kind()) {
            StatisticalError::Damaged { file, row }
        } else {
            StatisticalError::Io { file, source }
        }
    }
}

/// A reader with its own position.
pub(super) struct At {
    input: Input,
    position: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.input.length.saturating_sub(self.position);
        let wanted = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(part) = buffer.get_mut(..wanted).filter(|part| !part.is_empty()) else {
            return Ok(0);
        };
        let mut input = self
            .input
            .shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        input.seek(SeekFrom::Start(self.position))?;
        let count = input.read(part)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::End(by) => (self.input.length, by),
            SeekFrom::Current(by) => (self.position, by),
        };
        self.position = from
            .checked_add_signed(by)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
