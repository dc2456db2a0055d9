//! An external sort: records of bytes come back in their order, in bounded memory, and what doesn't fit lies on disk only
//! encrypted and without a name.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use renketsu_seal::scratch::{Scratch, ScratchReader};

/// Bytes of records that are sorted at a time, unless a caller says otherwise.
pub const SORT_BYTES: usize = 192 << 20;
const READ_AHEAD: usize = 1 << 16;

/// Takes records; none may be longer than 64 KiB.
pub(super) struct Sorter {
    dir: Option<PathBuf>,
    limit: usize,
    bytes: Vec<u8>,
    places: Vec<Place>,
    runs: Vec<ScratchReader>,
}

/// A record in [`Sorter::bytes`]: its first eight bytes, which decide most comparisons, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    front: u64,
    start: u32,
    length: u16,
}

impl Sorter {
    /// Sorts so many bytes at a time in memory, and keeps runs of them in the directory. Without one everything stays in
    /// memory.
    pub(super) fn new(place: Option<(&Path, usize)>) -> Self {
        Self {
            dir: place.map(|(dir, _)| dir.to_owned()),
            limit: place.map_or(usize::MAX, |(_, limit)| limit),
            bytes: Vec::new(),
            places: Vec::new(),
            runs: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        if self.dir.is_some() && self.bytes.len().saturating_add(record.len()) > self.limit {
            self.spill()?;
        }
        let too_long = || io::Error::from(io::ErrorKind::FileTooLarge);
        self.places.push(Place {
            front: front(record),
            start: u32::try_from(self.bytes.len()).map_err(|_| too_long())?,
            length: u16::try_from(record.len()).map_err(|_| too_long())?,
        });
        self.bytes.extend_from_slice(record);
        Ok(())
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.places.sort_unstable_by(|a, b| {
            a.front
                .cmp(&b.front)
                .then_with(|| record(bytes, *a).cmp(record(bytes, *b)))
        });
    }

    fn spill(&mut self) -> io::Result<()> {
        let Some(dir) = self.dir.clone() else {
            return Ok(());
        };
        self.sort();
        let mut run = io::BufWriter::with_capacity(1 << 16, Scratch::create(&dir)?);
        for places in self.places.chunks(TOGETHER) {
            near(&self.bytes, places);
            for place in places {
                run.write_all(&place.length.to_le_bytes())?;
                run.write_all(record(&self.bytes, *place))?;
            }
        }
        let run = run.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.runs.push(run.finish()?);
        self.bytes.clear();
        self.places.clear();
        Ok(())
    }

    /// Every record in order.
    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
            return Ok(Sorted::Memory {
                bytes: self.bytes,
                places: self.places,
                next: 0,
            });
        }
        self.spill()?;
        drop((self.bytes, self.places));
        let mut heads = BinaryHeap::new();
        for run in self.runs {
            let mut run = Run {
                record: Vec::new(),
                rest: BufReader::with_capacity(READ_AHEAD, run),
            };
            if run.advance()? {
                heads.push(Reverse(run));
            }
        }
        Ok(Sorted::Runs(heads))
    }
}

/// Records that are looked at together before each is copied.
const TOGETHER: usize = 16;

/// Looks at records that stand anywhere: memory is waited for once for all of them, and not once for each.
fn near(bytes: &[u8], places: &[Place]) {
    let ends = |place: &Place| {
        let record = record(bytes, *place);
        record.first().copied().zip(record.last().copied())
    };
    let seen = places
        .iter()
        .filter_map(ends)
        .fold(0, |seen, (first, last)| seen ^ first ^ last);
    std::hint::black_box(seen);
}

fn front(record: &[u8]) -> u64 {
    let mut front = [0; 8];
    for (to, from) in front.iter_mut().zip(record) {
        *to = *from;
    }
    u64::from_be_bytes(front)
}

fn record(bytes: &[u8], place: Place) -> &[u8] {
    usize::try_from(place.start)
        .ok()
        .and_then(|start| bytes.get(start..start.checked_add(usize::from(place.length))?))
        .unwrap_or_default()
}

/// Records in their order.
pub(super) enum Sorted {
    Memory {
        bytes: Vec<u8>,
        places: Vec<Place>,
        next: usize,
    },
    Runs(BinaryHeap<Reverse<Run>>),
}

/// What is left of a run, its next record at hand.
pub(super) struct Run {
    record: Vec<u8>,
    rest: BufReader<ScratchReader>,
}

impl Run {
    fn advance(&mut self) -> io::Result<bool> {
        let mut length = [0; 2];
        let read = self.rest.read(&mut length)?;
        if read == 0 {
            return Ok(false);
        }
        if let Some(missing) = length.get_mut(read..) {
            self.rest.read_exact(missing)?;
        }
        self.record
            .resize(usize::from(u16::from_le_bytes(length)), 0);
        self.rest.read_exact(&mut self.record)?;
        Ok(true)
    }
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.record == other.record
    }
}

impl Eq for Run {}

impl PartialOrd for Run {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Run {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.record.cmp(&other.record)
    }
}

impl Sorted {
    /// Puts the next record into `into`; false at the end.
    pub(super) fn next(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        match self {
            Self::Memory {
                bytes,
                places,
                next,
            } => {
                let Some((place, _)) = places.get(*next..).and_then(<[Place]>::split_first) else {
                    return Ok(false);
                };
                if next.is_multiple_of(TOGETHER) {
                    let end = next.saturating_add(TOGETHER).min(places.len());
                    near(bytes, places.get(*next..end).unwrap_or_default());
                }
                *next = next.saturating_add(1);
                into.clear();
                into.extend_from_slice(record(bytes, *place));
                Ok(true)
            }
            Self::Runs(heads) => {
                let Some(mut head) = heads.peek_mut() else {
                    return Ok(false);
                };
                std::mem::swap(into, &mut head.0.record);
                if !head.0.advance()? {
                    PeekMut::pop(head);
                }
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(mut sorted: Sorted) -> Vec<Vec<u8>> {
        let (mut found, mut record) = (Vec::new(), Vec::new());
        while sorted.next(&mut record).unwrap() {
            found.push(record.clone());
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn records_come_back_in_order_from_memory_and_from_runs(
            records in prop::collection::vec(prop::collection::vec(0_u8..3, 0..20), 0..200),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let mut expected = records.clone();
            expected.sort();
            let mut memory = Sorter::new(None);
            let mut runs = Sorter::new(Some((dir.path(), 64)));
            for record in &records {
                memory.push(record).unwrap();
                runs.push(record).unwrap();
            }
            prop_assert_eq!(all(memory.sorted().unwrap()), expected.clone());
            prop_assert_eq!(all(runs.sorted().unwrap()), expected);
            prop_assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }
}
