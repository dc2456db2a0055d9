//! Items brought into the order of their keys in bounded memory. What doesn't fit goes to encrypted scratch files.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use renketsu_seal::scratch::{Scratch, ScratchReader};

/// Bytes of keys and contents after which a run is written.
const RUN: usize = 32 * 1024 * 1024;
/// No key or content is longer: a resource is bounded, and little of it is kept.
const LONGEST: usize = 64 * 1024 * 1024;
/// What an item takes beside its bytes.
const OVERHEAD: usize = 64;

/// A key and its content.
pub(crate) type Item = (Vec<u8>, Vec<u8>);

/// Takes items in any order.
pub(crate) struct Sorter {
    directory: PathBuf,
    items: Vec<Item>,
    bytes: usize,
    most: usize,
    runs: Vec<ScratchReader>,
}

impl Sorter {
    /// Will write to nameless files in `directory`, which is made if it is needed.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self::with_run(directory, RUN)
    }

    fn with_run(directory: PathBuf, most: usize) -> Self {
        Self {
            directory,
            items: Vec::new(),
            bytes: 0,
            most,
            runs: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, key: Vec<u8>, content: Vec<u8>) -> io::Result<()> {
        let size = key
            .len()
            .saturating_add(content.len())
            .saturating_add(OVERHEAD);
        self.bytes = self.bytes.saturating_add(size);
        self.items.push((key, content));
        if self.bytes > self.most {
            self.write_run()?;
        }
        Ok(())
    }

    fn write_run(&mut self) -> io::Result<()> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        self.items.sort_unstable();
        let mut scratch = BufWriter::new(Scratch::create(&self.directory)?);
        for (key, content) in self.items.drain(..) {
            for part in [key, content] {
                let length = u32::try_from(part.len()).map_err(io::Error::other)?;
                scratch.write_all(&length.to_be_bytes())?;
                scratch.write_all(&part)?;
            }
        }
        let scratch = scratch
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        self.runs.push(scratch.finish()?);
        self.bytes = 0;
        Ok(())
    }

    /// All items by key, then by content.
    pub(crate) fn finish(mut self) -> io::Result<Sorted> {
        self.items.sort_unstable();
        let mut sorted = Sorted {
            rest: self.items.into_iter(),
            runs: self.runs,
            heads: BinaryHeap::new(),
        };
        for run in 0..=sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }
}

/// Items in order.
pub(crate) struct Sorted {
    /// What was never written.
    rest: std::vec::IntoIter<Item>,
    runs: Vec<ScratchReader>,
    /// The first item of every run not yet at its end; the run after the last is `rest`.
    heads: BinaryHeap<Reverse<(Item, usize)>>,
}

impl Sorted {
    fn advance(&mut self, run: usize) -> io::Result<()> {
        let item = match self.runs.get_mut(run) {
            Some(reader) => item(reader)?,
            None => self.rest.next(),
        };
        self.heads.extend(item.map(|item| Reverse((item, run))));
        Ok(())
    }

    /// The next item.
    pub(crate) fn next(&mut self) -> io::Result<Option<Item>> {
        let Some(Reverse((item, run))) = self.heads.pop() else {
            return Ok(None);
        };
        self.advance(run)?;
        Ok(Some(item))
    }

    /// The key of the next item.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        self.heads
            .peek()
            .map(|Reverse(((key, _), _))| key.as_slice())
    }
}

fn item(reader: &mut ScratchReader) -> io::Result<Option<Item>> {
    let mut first = [0_u8; 1];
    if reader.read(&mut first)? == 0 {
        return Ok(None);
    }
    let [first] = first;
    let mut rest = [0_u8; 3];
    reader.read_exact(&mut rest)?;
    let [second, third, fourth] = rest;
    let key = bytes(reader, [first, second, third, fourth])?;
    let mut length = [0_u8; 4];
    reader.read_exact(&mut length)?;
    Ok(Some((key, bytes(reader, length)?)))
}

fn bytes(reader: &mut ScratchReader, length: [u8; 4]) -> io::Result<Vec<u8>> {
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(io::Error::other)?;
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut sorted: Sorted) -> Vec<Item> {
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn items_come_in_order_whether_or_not_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut expected: Vec<Item> = (0..2000_u32)
            .map(|number| {
                let key = number.wrapping_mul(2_654_435_761) % 500;
                (key.to_be_bytes().to_vec(), number.to_be_bytes().to_vec())
            })
            .collect();
        for most in [1, 5000, usize::MAX] {
            let mut sorter = Sorter::with_run(dir.path().join("tmp"), most);
            for (key, content) in &expected {
                sorter.push(key.clone(), content.clone()).unwrap();
            }
            assert_eq!(most == usize::MAX, sorter.runs.is_empty());
            let found = all(sorter.finish().unwrap());
            expected.sort_unstable();
            assert_eq!(found, expected);
        }
        let left: Vec<_> = std::fs::read_dir(dir.path().join("tmp")).unwrap().collect();
        assert!(left.is_empty(), "scratch files have no name");
    }

    #[test]
    fn nothing_is_kept_beyond_a_run() {
        let dir = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::with_run(dir.path().to_owned(), 10_000);
        let mut most = 0;
        for number in 0..10_000_u32 {
            sorter
                .push(number.to_be_bytes().to_vec(), vec![7; 100])
                .unwrap();
            most = most.max(sorter.items.len());
        }
        assert!(most <= 10_000 / (104 + OVERHEAD) + 1, "{most}");
    }
}
