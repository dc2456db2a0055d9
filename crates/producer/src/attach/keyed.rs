//! Which place in the result every source key has: map and answer, joined within bounded memory
//! (`docs/decisions/0016-attach-streams.md`).

use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use renketsu_seal::scratch::{Scratch, ScratchReader};
use renketsu_table::sort::{Records, SortedRecords};
use sha2::{Digest as _, Sha256};

use super::AttachError;
use super::answers::Answers;
use super::keys::{IDS_BYTES, Ids, KeyCount, Outcome, differing, last_day, resolve};
use crate::map::{MapError, MapRow, RowRef};

/// A source key as it is joined: the first half of its SHA-256.
pub(crate) type Key = [u8; 16];
/// Reference, key, last day of service.
const REFERENCE: usize = 36;
/// Key, last day of service, IDs of the answer.
const ANSWERED: usize = 20 + IDS_BYTES;
/// IDs, key.
const IDENTIFIED: usize = IDS_BYTES + 16;
/// Key, place.
const PLACED: usize = 20;

/// Places from here on stand for rows without IDs.
pub(super) const NOBODY: u32 = u32::MAX - 7;
/// The references of the key are answered as different people.
pub(super) const CONFLICT: u32 = NOBODY;
/// The authority gave no ID.
pub(super) const NOTHING: u32 = NOBODY + 1;
/// No request knew the key.
pub(super) const UNKNOWN: u32 = NOBODY + 2;

/// How a source key is joined.
pub(crate) fn key_of(text: &str) -> Key {
    let digest = Sha256::digest(text.as_bytes());
    digest.first_chunk::<16>().copied().unwrap_or_default()
}

/// How much memory attaching may take.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    /// Bytes of one sort.
    pub(super) sort: usize,
    /// Keys whose places are held at once.
    pub(super) keys: u64,
}

impl Memory {
    /// A quarter for sorting, a quarter for places; the rest is what reading, merging and writing a table take.
    pub(super) fn of(bytes: u64) -> Self {
        let quarter = bytes / 4;
        Self {
            sort: usize::try_from(quarter).unwrap_or(usize::MAX),
            keys: quarter.div_euclid(PLACED as u64).max(1),
        }
    }
}

/// The references of a map, to be sorted.
pub(super) struct References {
    records: Records<REFERENCE>,
    dir: PathBuf,
    memory: Memory,
}

impl References {
    pub(super) fn new(dir: &Path, memory: Memory) -> Self {
        Self {
            records: Records::new(memory.sort, dir),
            dir: dir.to_owned(),
            memory,
        }
    }

    pub(super) fn add(&mut self, row: &MapRow<'_>) -> Result<(), AttachError> {
        let day = last_day(row.service).ok_or_else(|| MapError::Form {
            file: "map".to_owned(),
        })?;
        let record = [&row.row_ref[..], &key_of(row.key), &day.to_be_bytes()];
        Ok(self.records.push(&joined(&record))?)
    }

    /// Takes the answer of every reference and finds what every key comes to.
    pub(super) fn resolve(self, answers: &mut Answers) -> Result<(Keyed, KeyCount), AttachError> {
        let mut answered = Records::<ANSWERED>::new(self.memory.sort, &self.dir);
        let mut unanswered = 0_u64;
        let mut answer = answers.next()?;
        let mut before = None;
        for record in self.records.finish()? {
            let record = record?;
            // Several records of one identity and month are one reference.
            if before.replace(record) == Some(record) {
                continue;
            }
            let (row_ref, rest): (&RowRef, _) = split(&record)?;
            while answer.as_ref().is_some_and(|(found, _)| found < row_ref) {
                answer = answers.next()?;
            }
            match &answer {
                Some((found, answer)) if found == row_ref => {
                    answered.push(&joined(&[rest, &answer.ids.to_bytes()]))?;
                }
                _ => unanswered = unanswered.saturating_add(1),
            }
        }
        while answer.is_some() {
            answer = answers.next()?;
        }
        if unanswered > 0 {
            return Err(AttachError::Unanswered {
                references: unanswered,
            });
        }
        let placing = Placing::new(&self.dir, self.memory);
        placing.all(answered.finish()?)
    }
}

/// Keys that are given their places.
struct Placing {
    dir: PathBuf,
    memory: Memory,
    identified: Records<IDENTIFIED>,
    placed: Records<PLACED>,
    count: KeyCount,
}

impl Placing {
    fn new(dir: &Path, memory: Memory) -> Self {
        // Two sorts at once.
        let half = memory.sort / 2;
        Self {
            dir: dir.to_owned(),
            memory,
            identified: Records::new(half, dir),
            placed: Records::new(half, dir),
            count: KeyCount::default(),
        }
    }

    fn all(mut self, answered: SortedRecords<ANSWERED>) -> Result<(Keyed, KeyCount), AttachError> {
        let mut open: Option<Key> = None;
        let mut answers: Vec<(u32, Ids)> = Vec::new();
        for record in answered {
            let record = record?;
            let (key, rest) = split::<16>(&record)?;
            let (day, ids) = split::<4>(rest)?;
            if open != Some(*key) {
                self.key(open.replace(*key), &answers)?;
                answers.clear();
            }
            answers.push((u32::from_be_bytes(*day), ids_of(ids)?));
        }
        self.key(open, &answers)?;
        self.places()
    }

    /// What one key comes to.
    fn key(&mut self, key: Option<Key>, answers: &[(u32, Ids)]) -> Result<(), AttachError> {
        let Some(key) = key else { return Ok(()) };
        let outcome = resolve(answers);
        self.count.add(outcome, differing(answers));
        match outcome {
            Outcome::Conflict(_) => self.place(&key, CONFLICT),
            Outcome::Nothing => self.place(&key, NOTHING),
            Outcome::Number(_) | Outcome::Kana(_) | Outcome::SharedKana(_) => {
                let record = joined(&[&outcome.ids().to_bytes()[..], &key]);
                Ok(self.identified.push(&record)?)
            }
        }
    }

    fn place(&mut self, key: &Key, place: u32) -> Result<(), AttachError> {
        let record = joined(&[&key[..], &place.to_be_bytes()]);
        Ok(self.placed.push(&record)?)
    }

    /// Counts through the different IDs.
    fn places(mut self) -> Result<(Keyed, KeyCount), AttachError> {
        let io = |source| AttachError::scratch(&self.dir, source);
        let mut ids = BufWriter::new(Scratch::create(&self.dir).map_err(io)?);
        let half = self.memory.sort / 2;
        let identified = std::mem::replace(&mut self.identified, Records::new(half, &self.dir));
        let mut place = 0_u32;
        let mut before: Option<[u8; IDS_BYTES]> = None;
        for record in identified.finish()? {
            let record = record?;
            let (found, key) = split::<IDS_BYTES>(&record)?;
            if before != Some(*found) {
                if before.replace(*found).is_some() {
                    place = place.saturating_add(1);
                }
                if place >= NOBODY {
                    return Err(AttachError::Broken("there are fewer people than places"));
                }
                ids.write_all(found)
                    .map_err(|source| AttachError::scratch(&self.dir, source))?;
            }
            let (key, _) = split::<16>(key)?;
            self.place(key, place)?;
        }
        let io = |source| AttachError::scratch(&self.dir, source);
        let mut keys = BufWriter::new(Scratch::create(&self.dir).map_err(io)?);
        for record in self.placed.finish()? {
            keys.write_all(&record?).map_err(io)?;
        }
        Ok((
            Keyed {
                keys: finished(keys).map_err(io)?,
                ids: finished(ids).map_err(io)?,
                dir: self.dir,
                per_part: self.memory.keys,
            },
            self.count,
        ))
    }
}

/// Every source key of a request with its place, and the IDs of every place.
pub(super) struct Keyed {
    keys: ScratchReader,
    ids: ScratchReader,
    dir: PathBuf,
    per_part: u64,
}

impl Keyed {
    /// In how many parts the keys are held.
    pub(super) fn parts(&self) -> u64 {
        self.count().div_ceil(self.per_part).max(1)
    }

    fn count(&self) -> u64 {
        self.keys.len().div_euclid(PLACED as u64)
    }

    /// One part of the keys.
    pub(super) fn part(&self, index: u64) -> Result<Part, AttachError> {
        let first = index.saturating_mul(self.per_part);
        let last = first.saturating_add(self.per_part).min(self.count());
        let size = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX);
        let io = |source| AttachError::scratch(&self.dir, source);
        let mut reader = self.keys.reopen().map_err(io)?;
        reader
            .seek(SeekFrom::Start(first.saturating_mul(PLACED as u64)))
            .map_err(io)?;
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let mut part = Part {
            first: (index > 0).then_some(0),
            end: None,
            keys: Vec::with_capacity(size),
            places: Vec::with_capacity(size),
            starts: Vec::new(),
        };
        for _ in 0..size {
            let (key, place) = entry(&mut reader).map_err(io)?;
            part.keys.push(key);
            part.places.push(place);
        }
        if last < self.count() {
            part.end = Some(entry(&mut reader).map_err(io)?.0);
        }
        part.first = part.first.and(part.keys.first().copied());
        part.index();
        Ok(part)
    }

    /// The IDs of the places, to be asked for in ascending order.
    pub(super) fn ids(&self) -> Result<IdsOfPlaces, AttachError> {
        let reader = self
            .ids
            .reopen()
            .map_err(|source| AttachError::scratch(&self.dir, source))?;
        Ok(IdsOfPlaces {
            reader: BufReader::with_capacity(1 << 16, reader),
            dir: self.dir.clone(),
            read: 0,
            ids: Ids::default(),
        })
    }
}

fn entry(reader: &mut impl io::Read) -> io::Result<(u128, u32)> {
    let (mut key, mut place) = ([0_u8; 16], [0_u8; 4]);
    reader.read_exact(&mut key)?;
    reader.read_exact(&mut place)?;
    Ok((u128::from_be_bytes(key), u32::from_be_bytes(place)))
}

/// Keys from one to another, with their places.
pub(super) struct Part {
    /// The least key that belongs here; the first part begins with the least there can be.
    first: Option<u128>,
    /// The least key that does not any more.
    end: Option<u128>,
    /// Ascending.
    keys: Vec<u128>,
    places: Vec<u32>,
    /// Where the keys with each beginning of [`BEGINNING`] bits start.
    starts: Vec<u32>,
}

const BEGINNING: u32 = 16;

impl Part {
    fn index(&mut self) {
        let mut starts = Vec::with_capacity((1 << BEGINNING) + 1);
        for beginning in 0..=(1_u128 << BEGINNING) {
            let least = beginning.checked_shl(128 - BEGINNING).unwrap_or(0);
            let start = if beginning >> BEGINNING > 0 {
                self.keys.len()
            } else {
                self.keys.partition_point(|key| *key < least)
            };
            starts.push(u32::try_from(start).unwrap_or(u32::MAX));
        }
        self.starts = starts;
    }

    /// The place of a key: [`UNKNOWN`] if there is none, nothing if the key belongs to another part.
    pub(super) fn place(&self, key: Key) -> Option<u32> {
        let key = u128::from_be_bytes(key);
        let outside =
            self.first.is_some_and(|first| key < first) || self.end.is_some_and(|end| key >= end);
        if outside {
            return None;
        }
        let beginning = usize::try_from(key >> (128 - BEGINNING)).unwrap_or(usize::MAX);
        let start = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        let (from, to) = (start(beginning), start(beginning.saturating_add(1)));
        let found = self
            .keys
            .get(from..to)
            .and_then(|keys| keys.binary_search(&key).ok())
            .and_then(|at| self.places.get(from.saturating_add(at)));
        Some(found.copied().unwrap_or(UNKNOWN))
    }
}

/// The IDs of ascending places.
pub(super) struct IdsOfPlaces {
    reader: BufReader<ScratchReader>,
    dir: PathBuf,
    read: u32,
    ids: Ids,
}

impl IdsOfPlaces {
    /// The IDs of a place that is not before the one asked for last; none for rows without.
    pub(super) fn of(&mut self, place: u32) -> Result<Ids, AttachError> {
        if place >= NOBODY {
            return Ok(Ids::default());
        }
        while self.read <= place {
            let mut bytes = [0_u8; IDS_BYTES];
            self.reader
                .read_exact(&mut bytes)
                .map_err(|source| AttachError::scratch(&self.dir, source))?;
            self.ids = ids_of(&bytes)?;
            self.read = self.read.saturating_add(1);
        }
        Ok(self.ids)
    }
}

fn finished(writer: BufWriter<Scratch>) -> io::Result<ScratchReader> {
    let scratch = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    scratch.finish()
}

/// Some bytes one after the other.
fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut bytes = [0_u8; N];
    let values = parts.iter().copied().flatten();
    for (to, from) in bytes.iter_mut().zip(values) {
        *to = *from;
    }
    bytes
}

fn split<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), AttachError> {
    bytes
        .split_first_chunk()
        .ok_or(AttachError::Broken("a record has its width"))
}

fn ids_of(bytes: &[u8]) -> Result<Ids, AttachError> {
    let (ids, _) = split::<IDS_BYTES>(bytes)?;
    Ids::from_bytes(ids).ok_or(AttachError::Broken("IDs come back as they were written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(keys: &[u128], first: Option<u128>, end: Option<u128>) -> Part {
        let mut part = Part {
            first,
            end,
            keys: keys.to_vec(),
            places: (10..).take(keys.len()).collect(),
            starts: Vec::new(),
        };
        part.index();
        part
    }

    #[test]
    fn a_key_is_found_in_its_part_and_unknown_where_it_would_be() {
        let keys = [0, 7, 1 << 100, (1 << 127) + 1, u128::MAX];
        let whole = part(&keys, None, None);
        for (key, place) in keys.iter().zip(10..) {
            assert_eq!(whole.place(key.to_be_bytes()), Some(place));
        }
        for key in [1_u128, (1 << 100) - 1, u128::MAX - 1] {
            assert_eq!(whole.place(key.to_be_bytes()), Some(UNKNOWN));
        }
        let middle = part(&keys[1..3], Some(7), Some(keys[3]));
        assert_eq!(middle.place(6_u128.to_be_bytes()), None);
        assert_eq!(middle.place(7_u128.to_be_bytes()), Some(10));
        assert_eq!(middle.place(8_u128.to_be_bytes()), Some(UNKNOWN));
        assert_eq!(middle.place(keys[3].to_be_bytes()), None);
    }

    #[test]
    fn without_a_key_everything_is_unknown() {
        assert_eq!(part(&[], None, None).place([9; 16]), Some(UNKNOWN));
    }
}
