//! The system's error, kept where the parquet crate would turn it into words.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a [`Witness`] leaves what it saw.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Option<io::Error>>>);

impl Seen {
    /// The first error since the last call.
    pub(super) fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &outcome
            && error.kind() != io::ErrorKind::Interrupted
        {
            let copy = match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::from(error.kind()),
            };
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(copy);
        }
        outcome
    }
}

/// A reader or writer that remembers why it failed.
pub(super) struct Witness<T> {
    inner: T,
    seen: Seen,
}

impl<T> Witness<T> {
    pub(super) fn new(inner: T, seen: Seen) -> Self {
        Self { inner, seen }
    }

    pub(super) fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Read> Read for Witness<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = self.inner.read(buffer);
        self.seen.keep(outcome)
    }
}

impl<T: Seek> Seek for Witness<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let outcome = self.inner.seek(to);
        self.seen.keep(outcome)
    }
}

impl<T: Write> Write for Witness<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.inner.write(bytes);
        self.seen.keep(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.inner.flush();
        self.seen.keep(outcome)
    }
}
