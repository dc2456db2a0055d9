//! Writing a layer.

use std::io;
use std::path::Path;

use renketsu_seal::blocks::{BlockPlace, BlocksKey, BlocksReader, BlocksWriter};
use roaring::RoaringBitmap;

use super::super::person::Person;
use super::{BLOCK, Below, Blocks, Hash, Index, Layer, NUMBERS, PERSONS, TRIPLES};

/// Where blocks are written.
pub(in crate::registry) enum Sink {
    File(Box<BlocksWriter>),
    Memory(Vec<Vec<u8>>),
}

impl Sink {
    fn write(&mut self, about: &[u8], block: &mut Vec<u8>) -> io::Result<BlockPlace> {
        match self {
            Self::File(writer) => writer.write(about, block),
            Self::Memory(blocks) => {
                let place = BlockPlace {
                    number: u64::try_from(blocks.len()).unwrap_or(u64::MAX),
                    offset: 0,
                    length: 0,
                };
                blocks.push(std::mem::take(block));
                Ok(place)
            }
        }
    }
}

/// Writes a layer: all persons, then all numbers, then all triples, each in order.
pub(in crate::registry) struct LayerWriter {
    sink: Sink,
    layer: Parts,
    block: Vec<u8>,
    /// Where each person of the block begins.
    starts: Vec<u32>,
}

#[derive(Default)]
struct Parts {
    persons: Index<u32>,
    keys: Vec<Box<[u8]>>,
    numbers: Index<u64>,
    triples: Index<u128>,
    count: u32,
}

impl LayerWriter {
    pub(in crate::registry) fn new(sink: Sink) -> Self {
        Self {
            sink,
            layer: Parts::default(),
            block: Vec::with_capacity(2 * BLOCK),
            starts: Vec::new(),
        }
    }

    /// Adds a person, whose kept form is `bytes`; her number in the layer.
    pub(in crate::registry) fn person(&mut self, person: &Person, bytes: &[u8]) -> io::Result<u32> {
        let number = self.layer.count;
        if self.starts.is_empty() {
            self.layer.persons.firsts.push(number);
            self.layer.keys.push(person.key.clone());
        }
        self.starts
            .push(u32::try_from(self.block.len()).map_err(|_| io::ErrorKind::FileTooLarge)?);
        self.block.extend_from_slice(bytes);
        self.layer.count = number
            .checked_add(1)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        if self.block.len() >= BLOCK {
            self.end_persons()?;
        }
        Ok(number)
    }

    /// Whether no person was added.
    pub(in crate::registry) fn is_empty(&self) -> bool {
        self.layer.count == 0
    }

    fn end_persons(&mut self) -> io::Result<()> {
        if self.starts.is_empty() {
            return Ok(());
        }
        for start in &self.starts {
            self.block.extend_from_slice(&start.to_le_bytes());
        }
        let count = u32::try_from(self.starts.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.block.extend_from_slice(&count.to_le_bytes());
        let place = self.sink.write(PERSONS, &mut self.block)?;
        self.layer.persons.places.push(place);
        self.starts.clear();
        Ok(())
    }

    /// Adds an entry of the numbers; they come in order.
    pub(in crate::registry) fn number(&mut self, hash: u64, person: u32) -> io::Result<()> {
        self.end_persons()?;
        let index = &mut self.layer.numbers;
        entry(
            &mut self.sink,
            &mut self.block,
            index,
            NUMBERS,
            hash,
            person,
        )
    }

    /// Adds an entry of the triples; they come in order, after all numbers.
    pub(in crate::registry) fn triple(&mut self, hash: u128, person: u32) -> io::Result<()> {
        self.end_numbers()?;
        let index = &mut self.layer.triples;
        entry(
            &mut self.sink,
            &mut self.block,
            index,
            TRIPLES,
            hash,
            person,
        )
    }

    fn end_numbers(&mut self) -> io::Result<()> {
        self.end_persons()?;
        end(
            &mut self.sink,
            &mut self.block,
            &mut self.layer.numbers,
            NUMBERS,
        )
    }

    /// The layer, in memory; or that of the file, with the key that opens it.
    pub(in crate::registry) fn finish(
        mut self,
        path: Option<&Path>,
        marks: Marks,
    ) -> io::Result<(Layer, Option<BlocksKey>)> {
        self.end_numbers()?;
        end(
            &mut self.sink,
            &mut self.block,
            &mut self.layer.triples,
            TRIPLES,
        )?;
        let (blocks, key) = match (self.sink, path) {
            (Sink::Memory(blocks), _) => (Blocks::Memory(blocks), None),
            (Sink::File(_), None) => return Err(io::ErrorKind::InvalidInput.into()),
            (Sink::File(writer), Some(path)) => {
                let key = writer.commit()?;
                (
                    Blocks::File(Box::new(BlocksReader::open(path, &key)?)),
                    Some(key),
                )
            }
        };
        let Parts {
            persons,
            keys,
            numbers,
            triples,
            count,
        } = self.layer;
        let layer = Layer {
            blocks,
            persons,
            keys,
            numbers,
            triples,
            count,
            rows: marks.rows,
            first_shared: marks.first_shared,
            triple_shared: marks.triple_shared,
            without_first: marks.without_first,
            below: marks.below,
        };
        Ok((layer, key))
    }
}

/// What is known of a layer's persons once all were seen.
#[derive(Default)]
pub(in crate::registry) struct Marks {
    pub(in crate::registry) first_shared: RoaringBitmap,
    pub(in crate::registry) triple_shared: RoaringBitmap,
    pub(in crate::registry) rows: u64,
    pub(in crate::registry) without_first: u64,
    pub(in crate::registry) below: Vec<Below>,
}

fn entry<T: Hash>(
    sink: &mut Sink,
    block: &mut Vec<u8>,
    index: &mut Index<T>,
    about: &[u8],
    hash: T,
    person: u32,
) -> io::Result<()> {
    // A block was begun if there are more first entries than finished blocks.
    if index.firsts.len() == index.places.len() {
        index.firsts.push(hash);
    }
    hash.put(block);
    block.extend_from_slice(&person.to_le_bytes());
    if block.len() >= BLOCK {
        end(sink, block, index, about)?;
    }
    Ok(())
}

fn end<T>(
    sink: &mut Sink,
    block: &mut Vec<u8>,
    index: &mut Index<T>,
    about: &[u8],
) -> io::Result<()> {
    if index.firsts.len() > index.places.len() {
        index.places.push(sink.write(about, block)?);
    }
    Ok(())
}
