//! A large file at rest, read block by block in any order.
//!
//! AES-256-GCM under a key made for this one file; the nonce is the block's number, which no other block under the key
//! has, and what the caller says of a block is authenticated with it. The key and the places of the blocks are the
//! caller's to keep, in a [safe](crate::safe): without them the file is noise.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::durable::{self, NewFile};

const TAG: usize = 16;

/// The key of one file of blocks.
#[derive(Clone)]
pub struct BlocksKey(Zeroizing<[u8; 32]>);

impl BlocksKey {
    /// The key with these bytes, as they were kept in a safe.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The bytes, for a safe.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> io::Result<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, self.0.as_slice())
            .map(LessSafeKey::new)
            .map_err(|_| io::Error::other("the cipher refused a key"))
    }
}

impl fmt::Debug for BlocksKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlocksKey(..)")
    }
}

/// Where a block lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPlace {
    /// Its number in the file, from 0.
    pub number: u64,
    /// Its first byte.
    pub offset: u64,
    /// Its length before it was encrypted.
    pub length: u32,
}

/// A file of blocks while it is written. Dropped before [`commit`](BlocksWriter::commit), nothing is left.
pub struct BlocksWriter {
    file: NewFile,
    key: BlocksKey,
    cipher: LessSafeKey,
    number: u64,
    offset: u64,
    broken: bool,
}

impl fmt::Debug for BlocksWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlocksWriter")
            .field("blocks", &self.number)
            .finish_non_exhaustive()
    }
}

impl BlocksWriter {
    /// Starts the file that will be `path`, under a fresh key.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut key = BlocksKey(Zeroizing::new([0; 32]));
        getrandom::fill(key.0.as_mut_slice()).map_err(io::Error::other)?;
        Ok(Self {
            file: NewFile::create(path)?,
            cipher: key.cipher()?,
            key,
            number: 0,
            offset: 0,
            broken: false,
        })
    }

    /// Encrypts `block` where it stands, writes it and empties it. `about` must be said again by who reads it.
    pub fn write(&mut self, about: &[u8], block: &mut Vec<u8>) -> io::Result<BlockPlace> {
        if self.broken {
            return Err(io::Error::other("writing this file failed"));
        }
        let length = u32::try_from(block.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        // Until the block is written: a second attempt would use its nonce for something else.
        self.broken = true;
        self.cipher
            .seal_in_place_append_tag(nonce(self.number), Aad::from(about), block)
            .map_err(|_| io::Error::other("the cipher refused a block"))?;
        self.file.write_all(block)?;
        let place = BlockPlace {
            number: self.number,
            offset: self.offset,
            length,
        };
        self.number = self.number.saturating_add(1);
        self.offset = self.offset.saturating_add(block.len() as u64);
        block.clear();
        self.broken = false;
        Ok(place)
    }

    /// Makes the file durable under its name, and gives the key that opens it.
    pub fn commit(self) -> io::Result<BlocksKey> {
        self.file.commit()?;
        Ok(self.key)
    }
}

/// A file of blocks. Reading fails with [`io::ErrorKind::InvalidData`] where the medium or somebody changed it.
pub struct BlocksReader {
    file: File,
    cipher: LessSafeKey,
}

impl fmt::Debug for BlocksReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlocksReader(..)")
    }
}

impl BlocksReader {
    /// Opens a file with its key; whether the key fits is seen at the first block.
    pub fn open(path: &Path, key: &BlocksKey) -> io::Result<Self> {
        Ok(Self {
            file: durable::open_file(path)?,
            cipher: key.cipher()?,
        })
    }

    /// Reads the block at `place` into `block` and decrypts it there.
    pub fn read(&self, about: &[u8], place: BlockPlace, block: &mut Vec<u8>) -> io::Result<()> {
        let changed = || io::Error::new(io::ErrorKind::InvalidData, "a block was changed");
        let length = usize::try_from(place.length).map_err(|_| changed())?;
        block.resize(length.saturating_add(TAG), 0);
        self.file
            .read_exact_at(block, place.offset)
            .map_err(|error| {
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    changed()
                } else {
                    error
                }
            })?;
        self.cipher
            .open_in_place(nonce(place.number), Aad::from(about), block)
            .map_err(|_| changed())?;
        block.truncate(length);
        Ok(())
    }
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    for (to, from) in bytes.iter_mut().rev().zip(number.to_le_bytes()) {
        *to = from;
    }
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_in_any_order_and_only_as_what_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blocks");
        let mut writer = BlocksWriter::create(&path).unwrap();
        let one = writer.write(b"a", &mut vec![1; 1000]).unwrap();
        let two = writer.write(b"b", &mut vec![2; 10]).unwrap();
        assert!(!path.exists());
        let key = writer.commit().unwrap();
        let reader = BlocksReader::open(&path, &key).unwrap();
        let mut block = Vec::new();
        reader.read(b"b", two, &mut block).unwrap();
        assert_eq!(block, vec![2; 10]);
        reader.read(b"a", one, &mut block).unwrap();
        assert_eq!(block, vec![1; 1000]);
        let kind = |result: io::Result<()>| result.unwrap_err().kind();
        assert_eq!(
            kind(reader.read(b"b", one, &mut block)),
            io::ErrorKind::InvalidData
        );
        let moved = BlockPlace { number: 1, ..one };
        assert_eq!(
            kind(reader.read(b"a", moved, &mut block)),
            io::ErrorKind::InvalidData
        );
        let beyond = BlockPlace {
            offset: 1 << 20,
            ..one
        };
        assert_eq!(
            kind(reader.read(b"a", beyond, &mut block)),
            io::ErrorKind::InvalidData
        );
        let other = BlocksReader::open(&path, &BlocksKey::from_bytes(&[0; 32])).unwrap();
        assert_eq!(
            kind(other.read(b"a", one, &mut block)),
            io::ErrorKind::InvalidData
        );
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(16).any(|window| window == [1; 16]));
    }
}
