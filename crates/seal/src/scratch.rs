//! Temporary files nobody can read: no name, and a key that exists only in this process's memory.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use age::stream::StreamWriter;
use age::x25519::Identity;

use crate::durable;
use crate::stream::{HeadFault, Source, Window};

/// A temporary file while it is written. Dropped, or after a crash, nothing is left but noise without a key.
pub struct Scratch {
    writer: StreamWriter<File>,
    identity: Identity,
    length: u64,
}

impl Scratch {
    /// Starts a file on the file system of `dir`.
    pub fn create(dir: &Path) -> io::Result<Self> {
        let identity = Identity::generate();
        let recipient = identity.to_public();
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _))
            .map_err(io::Error::other)?;
        let writer = encryptor.wrap_output(durable::unnamed(dir)?)?;
        Ok(Self {
            writer,
            identity,
            length: 0,
        })
    }

    /// Bytes written so far.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Ends writing; the reader holds the file from now on.
    pub fn finish(self) -> io::Result<ScratchReader> {
        let source = Source::read_head(self.writer.finish()?).map_err(own_header)?;
        ScratchReader::over(source, self.identity, self.length)
    }
}

impl Write for Scratch {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(buf)?;
        self.length = self.length.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// A finished temporary file. Reading fails with [`io::ErrorKind::InvalidData`] if the medium changed it.
pub struct ScratchReader {
    window: Window,
    source: Source,
    identity: Identity,
}

impl ScratchReader {
    fn over(source: Source, identity: Identity, length: u64) -> io::Result<Self> {
        let stream = source.decrypt(&identity).map_err(io::Error::other)?;
        Ok(Self {
            window: Window::new(stream, 0, length),
            source,
            identity,
        })
    }

    /// Length of the content in bytes.
    pub fn len(&self) -> u64 {
        self.window.len()
    }

    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A second reader of the same content with its own position, at the start.
    pub fn reopen(&self) -> io::Result<Self> {
        Self::over(self.source.clone(), self.identity.clone(), self.len())
    }
}

impl Read for ScratchReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.window.read(buf)
    }
}

impl Seek for ScratchReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.window.seek(to)
    }
}

impl fmt::Debug for ScratchReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScratchReader")
            .field("length", &self.len())
            .finish_non_exhaustive()
    }
}

/// A header we wrote a moment ago can only be missing through the medium.
fn own_header(fault: HeadFault) -> io::Error {
    match fault {
        HeadFault::Io(error) => error,
        HeadFault::NotAge | HeadFault::TooLong | HeadFault::Truncated => {
            io::ErrorKind::InvalidData.into()
        }
    }
}
