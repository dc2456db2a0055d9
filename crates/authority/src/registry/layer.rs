//! A layer of the registry: persons in the order of their keys, and two indexes that find them.

mod head;
mod writer;

use std::io;

use renketsu_seal::blocks::{BlockPlace, BlocksReader};
use roaring::RoaringBitmap;

use super::PersonIndex;
use super::person::{Broken, PersonView};
pub(super) use writer::{LayerWriter, Marks, Sink};

/// Bytes after which a block is full. A person is never cut, so a block may be longer by one.
const BLOCK: usize = 32 << 10;

const PERSONS: &[u8] = b"persons";
const NUMBERS: &[u8] = b"numbers";
const TRIPLES: &[u8] = b"triples";

/// Why a layer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused, or the file was changed ([`io::ErrorKind::InvalidData`]).
    #[error("the registry cannot be read")]
    Io(#[from] io::Error),
    /// What was read is authentic and not of its form.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl ReadError {
    /// Codes of this enum with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("authority.registry.kept_io", &["reason"]),
        ("authority.registry.kept_changed", &[]),
        ("authority.registry.kept_broken", &["what"]),
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                "authority.registry.kept_changed"
            }
            Self::Io(_) => "authority.registry.kept_io",
            Self::Broken(_) => "authority.registry.kept_broken",
        }
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidData => Vec::new(),
            Self::Io(error) => vec![("reason", error.kind().to_string())],
            Self::Broken(Broken(what)) => vec![("what", (*what).to_owned())],
        }
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::InvalidData => 1,
            Self::Io(_) => 3,
            Self::Broken(_) => 70,
        }
    }
}

/// Where blocks are read.
enum Blocks {
    File(Box<BlocksReader>),
    Memory(Vec<Vec<u8>>),
}

impl Blocks {
    fn read<'b>(
        &'b self,
        about: &[u8],
        place: BlockPlace,
        buffer: &'b mut Vec<u8>,
    ) -> io::Result<&'b [u8]> {
        match self {
            Self::File(reader) => {
                reader.read(about, place, buffer)?;
                Ok(buffer)
            }
            Self::Memory(blocks) => usize::try_from(place.number)
                .ok()
                .and_then(|number| blocks.get(number))
                .map(Vec::as_slice)
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The blocks of one part, each with the first entry it holds.
struct Index<T> {
    firsts: Vec<T>,
    places: Vec<BlockPlace>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self {
            firsts: Vec::new(),
            places: Vec::new(),
        }
    }
}

/// What a layer says of a layer below it.
#[derive(Clone, Default)]
pub(super) struct Below {
    /// Persons that count no more.
    pub(super) dead: RoaringBitmap,
    /// Persons whose bit in [`Layer::first_shared`] turns.
    pub(super) first_turned: RoaringBitmap,
    /// Persons whose bit in [`Layer::triple_shared`] turns.
    pub(super) triple_turned: RoaringBitmap,
}

/// An immutable layer.
pub(crate) struct Layer {
    blocks: Blocks,
    persons: Index<u32>,
    keys: Vec<Box<[u8]>>,
    numbers: Index<u64>,
    triples: Index<u128>,
    pub(super) count: u32,
    /// Rows of the whole registry whose top this layer is.
    pub(super) rows: u64,
    /// Persons whose first number is somebody else's first number too.
    pub(super) first_shared: RoaringBitmap,
    /// Persons with a triple that somebody else has too.
    pub(super) triple_shared: RoaringBitmap,
    /// Persons of the whole registry without an eligible number.
    pub(super) without_first: u64,
    /// Of each layer below, the lowest first.
    pub(super) below: Vec<Below>,
}

/// An entry of one of the two indexes: what is looked for, and a person.
pub(super) trait Hash: Copy + Ord {
    /// Bytes of an entry.
    const ENTRY: usize;
    fn put(self, out: &mut Vec<u8>);
    fn get(entry: &[u8]) -> Option<Self>;
}

impl Hash for u64 {
    const ENTRY: usize = 12;

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    #[inline]
    fn get(entry: &[u8]) -> Option<Self> {
        entry.first_chunk().map(|bytes| Self::from_le_bytes(*bytes))
    }
}

impl Hash for u128 {
    const ENTRY: usize = 20;

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    #[inline]
    fn get(entry: &[u8]) -> Option<Self> {
        entry.first_chunk().map(|bytes| Self::from_le_bytes(*bytes))
    }
}

impl Layer {
    /// Calls `hit` with every person that has one of the wanted hashes, and who wanted it. `wanted` is in order.
    pub(super) fn numbers(
        &self,
        wanted: &[(u64, u32)],
        hit: impl FnMut(u32, u32),
    ) -> Result<(), ReadError> {
        self.sweep(&self.numbers, NUMBERS, wanted, hit)
    }

    /// As [`Layer::numbers`], for triples.
    pub(super) fn triples(
        &self,
        wanted: &[(u128, u32)],
        hit: impl FnMut(u32, u32),
    ) -> Result<(), ReadError> {
        self.sweep(&self.triples, TRIPLES, wanted, hit)
    }

    fn sweep<T: Hash>(
        &self,
        index: &Index<T>,
        about: &[u8],
        wanted: &[(T, u32)],
        mut hit: impl FnMut(u32, u32),
    ) -> Result<(), ReadError> {
        let mut buffer = Vec::new();
        let (mut rest, mut from) = (wanted, 0);
        while let Some((hash, _)) = rest.first() {
            // Entries of one hash may begin at the end of the block before the one that begins with it.
            let before = index.firsts.partition_point(|first| first < hash);
            let number = before.saturating_sub(1).max(from);
            let Some(place) = index.places.get(number) else {
                break;
            };
            let block = self.blocks.read(about, *place, &mut buffer)?;
            rest = matches(block, rest, &mut hit)?;
            from = number.saturating_add(1);
        }
        Ok(())
    }

    /// Calls `each` with every block that has some of these persons, which of `wanted` they are, and the number of the
    /// block's first. `wanted` is in order.
    pub(super) fn persons(
        &self,
        wanted: &[(PersonIndex, u32)],
        mut each: impl FnMut(&PersonBlock<'_>, &[(PersonIndex, u32)], u32) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let mut buffer = Vec::new();
        let mut rest = wanted;
        while let Some((index, _)) = rest.first() {
            let person = index.person();
            let number = self
                .persons
                .firsts
                .partition_point(|first| *first <= person);
            let next = self.persons.firsts.get(number).copied();
            let number = number.checked_sub(1).ok_or(Broken("person"))?;
            let (Some(first), Some(place)) = (
                self.persons.firsts.get(number),
                self.persons.places.get(number),
            ) else {
                return Err(Broken("person").into());
            };
            let here = next.map_or(rest.len(), |next| {
                rest.partition_point(|(index, _)| index.person() < next)
            });
            let (now, later) = rest.split_at_checked(here).ok_or(Broken("person"))?;
            let block = PersonBlock::of(self.blocks.read(PERSONS, *place, &mut buffer)?)?;
            each(&block, now, *first)?;
            rest = later;
        }
        Ok(())
    }

    /// Every person in order.
    pub(super) fn all(&self) -> AllPersons<'_> {
        AllPersons {
            layer: self,
            number: 0,
            block: Vec::new(),
            count: 0,
            within: 0,
            person: 0,
        }
    }

    /// The numbers of the persons with these keys, `None` for a key that is not here. `keys` are in order.
    pub(super) fn find(&self, keys: &[&[u8]]) -> Result<Vec<Option<u32>>, ReadError> {
        let mut buffer = Vec::new();
        let mut found = Vec::with_capacity(keys.len());
        let mut rest = keys;
        while let Some(key) = rest.first() {
            let after = self.keys.partition_point(|first| **first <= **key);
            let next = self.keys.get(after);
            let here = next.map_or(rest.len(), |next| {
                rest.partition_point(|key| **key < **next)
            });
            let (now, later) = rest.split_at_checked(here).ok_or(Broken("key"))?;
            rest = later;
            let Some(number) = after.checked_sub(1) else {
                found.extend(now.iter().map(|_| None));
                continue;
            };
            let (Some(first), Some(place)) = (
                self.persons.firsts.get(number),
                self.persons.places.get(number),
            ) else {
                return Err(Broken("key").into());
            };
            let block = PersonBlock::of(self.blocks.read(PERSONS, *place, &mut buffer)?)?;
            for key in now {
                let place = block.find(key)?;
                found.push(place.map(|place| first.saturating_add(place)));
            }
        }
        Ok(found)
    }
}

/// Meets the entries of a block with what is wanted, both in order; what may still be found in the next block is
/// given back.
fn matches<'w, T: Hash>(
    block: &[u8],
    wanted: &'w [(T, u32)],
    hit: &mut impl FnMut(u32, u32),
) -> Result<&'w [(T, u32)], ReadError> {
    let broken = || ReadError::Broken(Broken("index"));
    let entry_at = |at: usize| -> Option<(T, u32)> {
        let start = at.checked_mul(T::ENTRY)?;
        let entry = block.get(start..start.checked_add(T::ENTRY)?)?;
        let person = entry.last_chunk().map(|bytes| u32::from_le_bytes(*bytes))?;
        Some((T::get(entry)?, person))
    };
    let count = block.len().div_euclid(T::ENTRY);
    let last = count
        .checked_sub(1)
        .and_then(entry_at)
        .ok_or_else(broken)?
        .0;
    let mut at = 0;
    for (place, (hash, who)) in wanted.iter().enumerate() {
        if *hash > last {
            return wanted.get(place..).ok_or_else(broken);
        }
        at = seek(at, count, |at| {
            entry_at(at).is_some_and(|(held, _)| held < *hash)
        });
        let mut same = at;
        while let Some((_, person)) = entry_at(same).filter(|(held, _)| held == hash) {
            hit(person, *who);
            same = same.saturating_add(1);
        }
    }
    // The next block may go on with the last hash of this one.
    let again = wanted.partition_point(|(hash, _)| *hash < last);
    wanted.get(again..).ok_or_else(broken)
}

/// The first place from `at` on that is not `before`, in large steps and then in small ones: at the densities of a batch
/// a doubling search has as many steps, and a processor can't foresee them.
#[inline]
fn seek(at: usize, end: usize, before: impl Fn(usize) -> bool) -> usize {
    const STEP: usize = 16;
    let mut low = at;
    while low.saturating_add(STEP) <= end && before(low.saturating_add(STEP).saturating_sub(1)) {
        low = low.saturating_add(STEP);
    }
    while low < end && before(low) {
        low = low.saturating_add(1);
    }
    low
}

/// A block of persons.
pub(super) struct PersonBlock<'a> {
    persons: &'a [u8],
    starts: &'a [u8],
    count: u32,
}

impl<'a> PersonBlock<'a> {
    fn of(block: &'a [u8]) -> Result<Self, ReadError> {
        let read = || {
            let (rest, count) = block.split_last_chunk::<4>()?;
            let count = u32::from_le_bytes(*count);
            let table = usize::try_from(count).ok()?.checked_mul(4)?;
            let (persons, starts) = rest.split_at_checked(rest.len().checked_sub(table)?)?;
            Some(Self {
                persons,
                starts,
                count,
            })
        };
        read().ok_or(ReadError::Broken(Broken("persons")))
    }

    fn start(&self, place: u32) -> Option<usize> {
        let at = usize::try_from(place).ok()?.checked_mul(4)?;
        let start = self.starts.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*start)).ok()
    }

    /// The kept form of a person.
    fn bytes(&self, place: u32) -> Result<&'a [u8], ReadError> {
        let read = || {
            let rest = self.persons.get(self.start(place)?..)?;
            match self.start(place.checked_add(1)?) {
                Some(next) => rest.get(..next.checked_sub(self.start(place)?)?),
                None => Some(rest),
            }
        };
        read().ok_or(ReadError::Broken(Broken("persons")))
    }

    pub(super) fn get(&self, place: u32) -> Result<PersonView<'a>, ReadError> {
        let rest = self
            .start(place)
            .and_then(|start| self.persons.get(start..))
            .ok_or(Broken("persons"))?;
        Ok(PersonView::read(rest)?)
    }

    fn find(&self, key: &[u8]) -> Result<Option<u32>, ReadError> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.key.cmp(key) {
                std::cmp::Ordering::Less => low = middle.saturating_add(1),
                std::cmp::Ordering::Equal => return Ok(Some(middle)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }
}

/// The persons of a layer one after the other.
pub(super) struct AllPersons<'l> {
    layer: &'l Layer,
    number: usize,
    block: Vec<u8>,
    count: u32,
    within: u32,
    person: u32,
}

impl AllPersons<'_> {
    /// The next person's number in the layer and her kept form.
    pub(super) fn next(&mut self) -> Result<Option<(u32, &[u8])>, ReadError> {
        while self.within >= self.count {
            let Some(place) = self.layer.persons.places.get(self.number) else {
                return Ok(None);
            };
            match &self.layer.blocks {
                Blocks::File(reader) => reader.read(PERSONS, *place, &mut self.block)?,
                Blocks::Memory(_) => {
                    let mut unused = Vec::new();
                    let block = self.layer.blocks.read(PERSONS, *place, &mut unused)?;
                    self.block.clear();
                    self.block.extend_from_slice(block);
                }
            }
            self.count = PersonBlock::of(&self.block)?.count;
            self.within = 0;
            self.number = self.number.saturating_add(1);
        }
        let (within, person) = (self.within, self.person);
        self.within = within.saturating_add(1);
        self.person = person.saturating_add(1);
        Ok(Some((person, PersonBlock::of(&self.block)?.bytes(within)?)))
    }
}
