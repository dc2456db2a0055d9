//! One input of a merge: the rows at hand, and whether more will come.

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt as _;

use crate::runs::persons_of;

/// Of whom more rows may come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// The input has ended.
    Nobody,
    /// The last person at hand, and those after.
    Person(u32),
    /// No row is at hand.
    Anybody,
}

pub(super) struct Side {
    stream: SendableRecordBatchStream,
    person: usize,
    pub(super) rows: RecordBatch,
    /// The first row at hand that is still to be merged.
    pub(super) at: usize,
    ended: bool,
}

impl Side {
    pub(super) fn new(stream: SendableRecordBatchStream, person: usize) -> Self {
        let rows = RecordBatch::new_empty(stream.schema());
        Self {
            stream,
            person,
            rows,
            at: 0,
            ended: false,
        }
    }

    pub(super) fn persons(&self) -> &[u32] {
        persons_of(self.rows.column(self.person))
    }

    /// The person whose rows may not all be at hand.
    pub(super) fn open(&self) -> Open {
        if self.ended {
            return Open::Nobody;
        }
        self.persons()
            .last()
            .map_or(Open::Anybody, |person| Open::Person(*person))
    }

    /// Whether every row of the input is merged.
    pub(super) fn done(&self) -> bool {
        self.ended && self.at >= self.rows.num_rows()
    }

    pub(super) async fn more(&mut self) -> Result<()> {
        let left = self.rows.num_rows().saturating_sub(self.at);
        loop {
            match self.stream.next().await {
                None => {
                    self.ended = true;
                    return Ok(());
                }
                Some(batch) => {
                    let batch = batch?;
                    if batch.num_rows() == 0 {
                        continue;
                    }
                    self.rows = if left == 0 {
                        batch
                    } else {
                        let rest = self.rows.slice(self.at, left);
                        concat_batches(&batch.schema(), [&rest, &batch])?
                    };
                    self.at = 0;
                    return Ok(());
                }
            }
        }
    }

    /// The rows at hand whose person is below `bound`.
    pub(super) fn until(&self, bound: Option<u32>) -> Range<usize> {
        let rows = self.persons().get(self.at..).unwrap_or_default();
        let count = match bound {
            Some(bound) => rows.partition_point(|person| *person < bound),
            None => rows.len(),
        };
        self.at..self.at.saturating_add(count)
    }
}
