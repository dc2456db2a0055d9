//! One partition of a join: two inputs that come by person, read side by side.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array,
};
use arrow::compute::{filter_record_batch, not, take};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::memory_pool::MemoryReservation;

use super::JoinKind;
use super::condition::Condition;
use super::side::{Open, Side};
use super::window::{Pairs, Window, positions};

pub(super) struct Merge {
    pub(super) left: Side,
    pub(super) right: Side,
    pub(super) kind: JoinKind,
    pub(super) condition: Condition,
    pub(super) schema: SchemaRef,
    pub(super) window: Option<Window>,
    pub(super) memory: MemoryReservation,
}

impl Merge {
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            while let Some(window) = self.window.take() {
                let batch = self.step(window)?;
                if batch.num_rows() > 0 {
                    return Ok(Some(batch));
                }
            }
            if self.left.done() && (self.kind != JoinKind::Full || self.right.done()) {
                return Ok(None);
            }
            let bound = match (self.left.open(), self.right.open()) {
                (Open::Anybody, _) => {
                    self.more(true).await?;
                    continue;
                }
                (_, Open::Anybody) => {
                    self.more(false).await?;
                    continue;
                }
                (Open::Person(left), Open::Person(right)) => Some(left.min(right)),
                (Open::Person(open), Open::Nobody) | (Open::Nobody, Open::Person(open)) => {
                    Some(open)
                }
                (Open::Nobody, Open::Nobody) => None,
            };
            let (left, right) = (self.left.until(bound), self.right.until(bound));
            let window = Window::new(self.kind, self.condition.asks(), left, right);
            if window.is_empty() {
                // Neither side has a person of whom all is at hand: the one that stands at the bound goes on.
                let of_left = bound.is_some_and(|bound| self.left.open() == Open::Person(bound));
                self.more(of_left).await?;
            } else {
                self.window = Some(window);
            }
        }
    }

    async fn more(&mut self, of_left: bool) -> Result<()> {
        let side = if of_left {
            &mut self.left
        } else {
            &mut self.right
        };
        side.more().await?;
        let held = self.left.rows.get_array_memory_size();
        self.memory
            .try_resize(held.saturating_add(self.right.rows.get_array_memory_size()))
    }

    /// What comes next of the window, which may be nothing.
    fn step(&mut self, mut window: Window) -> Result<RecordBatch> {
        let mut pairs = window.next(self.left.persons(), self.right.persons());
        if self.condition.asks() {
            let (left, right) = (&self.left.rows, &self.right.rows);
            pairs = self.condition.keep(pairs, left, right)?;
            window.hold(&pairs);
        }
        let batch = if self.kind.pairs() {
            self.together(window.with_alone(pairs))?
        } else {
            self.decided(&mut window)?
        };
        if window.done() {
            (self.left.at, self.right.at) = window.ends();
        } else {
            self.window = Some(window);
        }
        Ok(batch)
    }

    fn together(&self, pairs: Pairs) -> Result<RecordBatch> {
        let rows = pairs.len();
        let mut columns = taken(&self.left, &positions(pairs.left))?;
        columns.extend(taken(&self.right, &positions(pairs.right))?);
        self.batch(columns, rows)
    }

    /// Rows of the left that come out for having a partner or none, or with a mark that says it.
    fn decided(&self, window: &mut Window) -> Result<RecordBatch> {
        let (rows, met) = window.decided();
        let lefts = self.left.rows.slice(rows.start, rows.len());
        let met = BooleanArray::from(met.to_vec());
        if self.kind == JoinKind::Mark {
            let mut columns = lefts.columns().to_vec();
            columns.push(Arc::new(met));
            return self.batch(columns, lefts.num_rows());
        }
        let met = if self.kind == JoinKind::Anti {
            not(&met)?
        } else {
            met
        };
        let kept = filter_record_batch(&lefts, &met)?;
        self.batch(kept.columns().to_vec(), kept.num_rows())
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &options,
        )?)
    }
}

fn taken(side: &Side, at: &UInt32Array) -> Result<Vec<ArrayRef>> {
    let columns = side.rows.columns().iter();
    if side.rows.num_rows() == 0 {
        let nulls = |column: &ArrayRef| new_null_array(column.data_type(), at.len());
        return Ok(columns.map(nulls).collect());
    }
    Ok(columns
        .map(|column| take(column, at, None))
        .collect::<Result<_, _>>()?)
}
