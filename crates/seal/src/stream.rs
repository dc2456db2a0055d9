//! Reading an age file piece by piece, at any place, without ever writing its content anywhere.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use age::DecryptError;
use age::stream::StreamReader;

/// A header for one recipient is under 500 bytes; the parser's time grows with the square of the header.
const MAX_HEADER: usize = 16 * 1024;
/// Bytes of the nonce between header and payload.
const NONCE: usize = 16;
const MAGIC: &[u8] = b"age-encryption.org/";

/// Why a file has no age header.
#[derive(Debug)]
pub(crate) enum HeadFault {
    Io(io::Error),
    NotAge,
    TooLong,
    Truncated,
}

/// What keeps a file from opening, where no more than this is told of it.
#[derive(Debug)]
pub(crate) enum Unopened {
    Io(io::Error),
    NotForUs,
    Damaged,
}

impl From<HeadFault> for Unopened {
    fn from(fault: HeadFault) -> Self {
        match fault {
            HeadFault::Io(source) => Self::Io(source),
            HeadFault::NotAge | HeadFault::TooLong | HeadFault::Truncated => Self::Damaged,
        }
    }
}

impl From<DecryptError> for Unopened {
    fn from(error: DecryptError) -> Self {
        if let DecryptError::Io(source) = error {
            Self::Io(source)
        } else if matches!(error, DecryptError::NoMatchingKeys) {
            Self::NotForUs
        } else {
            Self::Damaged
        }
    }
}

/// An age file whose header and nonce were read once and are kept in memory, so that the file key is the
/// same at every later opening, whatever happens to the file meanwhile. Clones read independently.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    head: Arc<[u8]>,
    file: Arc<File>,
    length: u64,
    at: u64,
}

impl Source {
    pub(crate) fn read_head(file: File) -> Result<Self, HeadFault> {
        let length = file.metadata().map_err(HeadFault::Io)?.len();
        let mut head = vec![0_u8; MAX_HEADER];
        let mut filled = 0_usize;
        while let Some(free) = head.get_mut(filled..).filter(|free| !free.is_empty()) {
            match file.read_at(free, filled as u64).map_err(HeadFault::Io)? {
                0 => break,
                read => filled = filled.saturating_add(read),
            }
        }
        head.truncate(filled);
        let compared = head.len().min(MAGIC.len());
        if head.get(..compared) != MAGIC.get(..compared) {
            return Err(HeadFault::NotAge);
        }
        let Some(end) = header_end(&head) else {
            return Err(if filled < MAX_HEADER {
                HeadFault::Truncated
            } else {
                HeadFault::TooLong
            });
        };
        let with_nonce = end.saturating_add(NONCE);
        if head.len() < with_nonce {
            return Err(if filled < MAX_HEADER {
                HeadFault::Truncated
            } else {
                HeadFault::TooLong
            });
        }
        head.truncate(with_nonce);
        Ok(Self {
            head: head.into(),
            file: Arc::new(file),
            length,
            at: 0,
        })
    }

    /// The plaintext from its beginning.
    pub(crate) fn decrypt(
        &self,
        identity: &dyn age::Identity,
    ) -> Result<StreamReader<Self>, DecryptError> {
        let mut fresh = self.clone();
        fresh.at = 0;
        age::Decryptor::new_buffered(fresh)?.decrypt(std::iter::once(identity))
    }

    fn rest_of_head(&self) -> &[u8] {
        usize::try_from(self.at)
            .ok()
            .and_then(|at| self.head.get(at..))
            .unwrap_or_default()
    }
}

/// Offset behind the line that starts with `---`.
fn header_end(head: &[u8]) -> Option<usize> {
    let mut start = 0_usize;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        start = start.saturating_add(line.len());
        if line.starts_with(b"---") && line.ends_with(b"\n") {
            return Some(start);
        }
    }
    None
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let head = self.rest_of_head();
        let read = if head.is_empty() {
            let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
            let wanted = left.min(buf.len());
            self.file
                .read_at(buf.get_mut(..wanted).unwrap_or_default(), self.at)?
        } else {
            let count = head.len().min(buf.len());
            if let (Some(to), Some(from)) = (buf.get_mut(..count), head.get(..count)) {
                to.copy_from_slice(from);
            }
            count
        };
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

/// For the header parser only, which never looks behind the header.
impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.rest_of_head())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.saturating_add(amount as u64);
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = target(to, self.at, self.length)?;
        Ok(self.at)
    }
}

pub(crate) fn target(to: SeekFrom, at: u64, length: u64) -> io::Result<u64> {
    match to {
        SeekFrom::Start(offset) => Some(offset),
        SeekFrom::Current(offset) => at.checked_add_signed(offset),
        SeekFrom::End(offset) => length.checked_add_signed(offset),
    }
    .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))
}

/// `length` bytes of a plaintext from `start` on. Reads nothing outside them and never seeks behind the
/// end, which age's reader doesn't survive.
pub(crate) struct Window {
    stream: StreamReader<Source>,
    start: u64,
    length: u64,
    at: u64,
    /// Where the stream stands, counted from the start of the window, if known.
    stands: Option<u64>,
}

impl Window {
    pub(crate) fn new(stream: StreamReader<Source>, start: u64, length: u64) -> Self {
        Self {
            stream,
            start,
            length,
            at: 0,
            stands: None,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.length
    }
}

impl Read for Window {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = left.min(buf.len());
        if wanted == 0 {
            return Ok(0);
        }
        if self.stands.take() != Some(self.at) {
            let place = self
                .start
                .checked_add(self.at)
                .ok_or(io::ErrorKind::InvalidInput)?;
            self.stream.seek(SeekFrom::Start(place))?;
        }
        let read = self
            .stream
            .read(buf.get_mut(..wanted).unwrap_or_default())?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.saturating_add(read as u64);
        self.stands = Some(self.at);
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = target(to, self.at, self.length)?;
        Ok(self.at)
    }
}
