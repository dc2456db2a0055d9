//! Several sorted runs as one.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, FixedSizeBinaryArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::ipc::reader::StreamReader;
use renketsu_seal::scratch::ScratchReader;

use super::{SortError, foreign, keys, prefix};
use crate::BATCH_ROWS;

type Run = StreamReader<BufReader<ScratchReader>>;

/// The row at which a run stands.
struct Head {
    prefix: u64,
    keys: FixedSizeBinaryArray,
    row: usize,
    /// Index of its run.
    run: usize,
    /// Index of its batch among those that the next output is put together from.
    slot: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.prefix
            .cmp(&other.prefix)
            .then_with(|| self.keys.value(self.row).cmp(other.keys.value(other.row)))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// Merges runs.
pub(super) struct Merge {
    dir: PathBuf,
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<Head>>,
    /// Batches that rows of the next output come from.
    slots: Vec<RecordBatch>,
    chosen: Vec<(usize, usize)>,
}

impl Merge {
    pub(super) fn new(dir: &Path, files: Vec<ScratchReader>) -> Result<Self, SortError> {
        let mut merge = Self {
            dir: dir.to_owned(),
            runs: Vec::with_capacity(files.len()),
            heads: BinaryHeap::with_capacity(files.len()),
            slots: Vec::new(),
            chosen: Vec::with_capacity(BATCH_ROWS),
        };
        for file in files {
            let mut reader = StreamReader::try_new(BufReader::with_capacity(1 << 16, file), None)
                .map_err(|error| foreign(dir, error))?;
            let first = next(&mut reader, dir)?;
            let run = merge.runs.len();
            merge.runs.push(reader);
            if let Some(batch) = first {
                let head = head(&batch, run, merge.slots.len())?;
                merge.heads.push(Reverse(head));
                merge.slots.push(batch);
            }
        }
        Ok(merge)
    }

    /// Takes the least row. Says whether there was any.
    fn take(&mut self) -> Result<bool, SortError> {
        let Some(mut least) = self.heads.peek_mut() else {
            return Ok(false);
        };
        let Reverse(head) = &mut *least;
        self.chosen.push((head.slot, head.row));
        head.row = head.row.saturating_add(1);
        if head.row < head.keys.len() {
            head.prefix = prefix(head.keys.value(head.row));
            return Ok(true);
        }
        let run = head.run;
        let reader = self
            .runs
            .get_mut(run)
            .ok_or(SortError::Broken("a run that was found is there"))?;
        match next(reader, &self.dir)? {
            None => drop(PeekMut::pop(least)),
            Some(batch) => {
                *least = Reverse(self::head(&batch, run, self.slots.len())?);
                drop(least);
                self.slots.push(batch);
            }
        }
        Ok(true)
    }

    fn emit(&mut self) -> Result<RecordBatch, SortError> {
        let whole: Vec<&RecordBatch> = self.slots.iter().collect();
        let batch = interleave_record_batch(&whole, &self.chosen)
            .map_err(|_| SortError::Broken("a place names a row"))?;
        self.chosen.clear();
        let mut slots = Vec::with_capacity(self.heads.len());
        let mut heads = std::mem::take(&mut self.heads).into_vec();
        for Reverse(head) in &mut heads {
            slots.extend(self.slots.get(head.slot).cloned());
            head.slot = slots.len().saturating_sub(1);
        }
        // Their keys are as they were.
        self.heads = heads.into();
        self.slots = slots;
        Ok(batch)
    }

    /// Whether so many batches are held that rows had better go out.
    fn full(&self) -> bool {
        let runs = self.heads.len();
        self.chosen.len() >= BATCH_ROWS || self.slots.len() > runs.saturating_mul(2).max(8)
    }
}

fn head(batch: &RecordBatch, run: usize, slot: usize) -> Result<Head, SortError> {
    let keys = keys(batch)?.clone();
    Ok(Head {
        prefix: prefix(keys.value(0)),
        keys,
        row: 0,
        run,
        slot,
    })
}

/// The next batch with a row in it.
fn next(run: &mut Run, dir: &Path) -> Result<Option<RecordBatch>, SortError> {
    loop {
        match run.next() {
            None => return Ok(None),
            Some(Err(error)) => return Err(foreign(dir, error)),
            Some(Ok(batch)) if batch.num_rows() > 0 => return Ok(Some(batch)),
            Some(Ok(_)) => {}
        }
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch, SortError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.full() {
            match self.take() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Some(Err(error)),
            }
        }
        (!self.chosen.is_empty()).then(|| self.emit())
    }
}
