//! Temporary files nobody can read: no name, and a key that exists only in this process's memory.
//!
//! AES-256-GCM in blocks of 64 KiB. The nonce is the block's number, which no other block under this key
//! has; the last block says that it is the last, so that a file cut between two blocks is noticed, as a
//! changed or moved block is.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use zeroize::Zeroizing;

use crate::durable;
use crate::stream::target;

/// Bytes of plaintext in every block but the last.
const BLOCK: usize = 64 * 1024;
const TAG: usize = 16;
const SEALED: usize = BLOCK + TAG;

/// The file and its key, shared by writer and readers, which each know their own place in it.
struct Blocks {
    file: File,
    key: LessSafeKey,
}

/// What is authenticated beside the content of a block.
#[derive(Clone, Copy)]
enum Place {
    Inside = 0,
    Last = 1,
}

impl Blocks {
    fn create(dir: &Path) -> io::Result<Self> {
        let mut key = Zeroizing::new([0_u8; 32]);
        getrandom::fill(key.as_mut()).map_err(io::Error::other)?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(refused)?;
        Ok(Self {
            file: durable::unnamed(dir)?,
            key: LessSafeKey::new(key),
        })
    }

    /// Encrypts `block` where it stands and writes it. Never twice for one number: the nonce would repeat.
    fn write(&self, number: u64, place: Place, block: &mut Vec<u8>) -> io::Result<()> {
        self.key
            .seal_in_place_append_tag(nonce(number), Aad::from([place as u8]), block)
            .map_err(refused)?;
        self.file.write_all_at(block, offset(number)?)
    }

    /// Reads the block of `length` bytes of plaintext into `block` and decrypts it there.
    fn read(
        &self,
        number: u64,
        place: Place,
        length: usize,
        block: &mut Vec<u8>,
    ) -> io::Result<()> {
        block.resize(length.saturating_add(TAG), 0);
        self.file
            .read_exact_at(block, offset(number)?)
            .map_err(|error| {
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    changed()
                } else {
                    error
                }
            })?;
        self.key
            .open_in_place(nonce(number), Aad::from([place as u8]), block)
            .map_err(|_| changed())?;
        block.truncate(length);
        Ok(())
    }
}

/// The block a byte of the plaintext stands in, and where in it.
fn place(at: u64) -> (u64, usize) {
    const BYTES: u64 = BLOCK as u64;
    let inside = at.checked_rem(BYTES).unwrap_or_default();
    let number = at.checked_div(BYTES).unwrap_or_default();
    (number, usize::try_from(inside).unwrap_or(BLOCK))
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    for (to, from) in bytes.iter_mut().rev().zip(number.to_le_bytes()) {
        *to = from;
    }
    Nonce::assume_unique_for_key(bytes)
}

fn offset(number: u64) -> io::Result<u64> {
    number
        .checked_mul(SEALED as u64)
        .ok_or_else(|| io::ErrorKind::FileTooLarge.into())
}

/// A key of 32 bytes and a block of 64 KiB are what the cipher takes.
fn refused(_: Unspecified) -> io::Error {
    io::Error::other("the cipher refused a block")
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a temporary file was changed")
}

/// A temporary file while it is written. Dropped, or after a crash, nothing is left but noise without a key.
pub struct Scratch {
    blocks: Blocks,
    /// Plaintext that is not yet a block. A full one waits until it is known whether it is the last.
    pending: Zeroizing<Vec<u8>>,
    written: u64,
    length: u64,
    broken: bool,
}

impl Scratch {
    /// Starts a file on the file system of `dir`.
    pub fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            blocks: Blocks::create(dir)?,
            // Never grows, so that no copy of a person's data stays behind in freed memory.
            pending: Zeroizing::new(Vec::with_capacity(SEALED)),
            written: 0,
            length: 0,
            broken: false,
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
    pub fn finish(mut self) -> io::Result<ScratchReader> {
        self.write_block(Place::Last)?;
        Ok(ScratchReader::over(Arc::new(self.blocks), self.length))
    }

    fn write_block(&mut self, place: Place) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("writing this temporary file failed"));
        }
        // Until the block is written: a second attempt would use its nonce for something else.
        self.broken = true;
        self.blocks.write(self.written, place, &mut self.pending)?;
        self.pending.clear();
        self.written = self.written.saturating_add(1);
        self.broken = false;
        Ok(())
    }
}

impl Write for Scratch {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        if self.broken || self.pending.len() == BLOCK {
            self.write_block(Place::Inside)?;
        }
        let taken = BLOCK.saturating_sub(self.pending.len()).min(buf.len());
        self.pending
            .extend_from_slice(buf.get(..taken).unwrap_or_default());
        self.length = self.length.saturating_add(taken as u64);
        Ok(taken)
    }

    /// Does nothing: a block is written when it is full, and nobody reads before [`finish`](Scratch::finish).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    blocks: Arc<Blocks>,
    length: u64,
    at: u64,
    /// The decrypted block and its number, once one was read.
    block: Zeroizing<Vec<u8>>,
    number: Option<u64>,
}

impl ScratchReader {
    fn over(blocks: Arc<Blocks>, length: u64) -> Self {
        Self {
            blocks,
            length,
            at: 0,
            block: Zeroizing::new(Vec::new()),
            number: None,
        }
    }

    /// Length of the content in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is no content.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A second reader of the same content with its own position, at the start.
    pub fn reopen(&self) -> io::Result<Self> {
        Ok(Self::over(Arc::clone(&self.blocks), self.length))
    }

    /// Decrypts the block unless it is the one at hand.
    fn load(&mut self, number: u64) -> io::Result<()> {
        if self.number == Some(number) {
            return Ok(());
        }
        self.number = None;
        let (last, before_end) = place(self.length.saturating_sub(1));
        let (place, length) = if number == last {
            (Place::Last, before_end.saturating_add(1))
        } else {
            (Place::Inside, BLOCK)
        };
        if self.block.capacity() == 0 {
            self.block.reserve_exact(SEALED);
        }
        self.blocks.read(number, place, length, &mut self.block)?;
        self.number = Some(number);
        Ok(())
    }
}

impl Read for ScratchReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || buf.is_empty() {
            return Ok(0);
        }
        let (number, inside) = place(self.at);
        self.load(number)?;
        let rest = self.block.get(inside..).unwrap_or_default();
        let taken = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..taken), rest.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(taken as u64);
        Ok(taken)
    }
}

impl Seek for ScratchReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = target(to, self.at, self.length)?;
        Ok(self.at)
    }
}

impl fmt::Debug for ScratchReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScratchReader")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_last_or_inside_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let blocks = Blocks::create(dir.path()).unwrap();
        let mut block = vec![7; BLOCK];
        blocks.write(0, Place::Inside, &mut block).unwrap();
        let error = blocks.read(0, Place::Last, BLOCK, &mut block).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        blocks.read(0, Place::Inside, BLOCK, &mut block).unwrap();
        assert_eq!(block, vec![7; BLOCK]);
    }

    #[test]
    fn numbers_give_different_nonces() {
        assert_eq!(
            nonce(0x0102).as_ref(),
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]
        );
        assert_eq!(
            nonce(u64::MAX).as_ref(),
            &[0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]
        );
    }

    #[test]
    fn after_a_failed_write_nothing_more_is_encrypted() {
        let dir = tempfile::tempdir().unwrap();
        let mut scratch = Scratch::create(dir.path()).unwrap();
        scratch.blocks.file = File::open(dir.path()).unwrap();
        scratch.write_all(&vec![7; BLOCK]).unwrap();
        scratch.write_all(b"more").unwrap_err();
        scratch.write_all(b"more").unwrap_err();
        let error = scratch.finish().unwrap_err();
        assert_eq!(error.to_string(), "writing this temporary file failed");
    }
}
