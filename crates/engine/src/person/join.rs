//! Rows of two tables about the same persons, by a merge.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan,
    InputDistributionRequirements, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt as _;

use super::aggregate::{by_person, in_order};
use super::scan::properties;
use super::table::Ranges;
use crate::runs::persons_of;

/// Pairs that are put together at once.
const PAIRS: usize = 32 * 1024;

/// `left.person = right.person` over two inputs that come by person; inner, or left where `outer`.
#[derive(Debug, Clone)]
pub(crate) struct PersonJoinExec {
    pub(super) left: Arc<dyn ExecutionPlan>,
    pub(super) right: Arc<dyn ExecutionPlan>,
    /// Positions of the persons among the inputs' columns.
    pub(super) on: (usize, usize),
    /// Whether rows of the left without one on the right come out too, with nulls.
    pub(super) outer: bool,
    /// Columns of the left, then of the right.
    pub(super) schema: SchemaRef,
    pub(super) ranges: Arc<Ranges>,
    properties: Arc<PlanProperties>,
}

impl PersonJoinExec {
    pub(super) fn try_new(
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
        on: (usize, usize),
        outer: bool,
        ranges: Arc<Ranges>,
    ) -> Result<Self> {
        let (one, other) = (left.schema(), right.schema());
        let others = other.fields().iter().map(|field| {
            let nullable = field.is_nullable() || outer;
            Arc::new(field.as_ref().clone().with_nullable(nullable))
        });
        let fields = one.fields().iter().cloned().chain(others);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut by_left = properties(&schema, Some(on.0), &ranges)?.as_ref().clone();
        if !outer {
            // The two person columns are one: what is said of the left holds of the right.
            let mut equal = by_left.eq_properties.clone();
            let at = one.fields().len().saturating_add(on.1);
            let column = |index: usize| -> Arc<dyn PhysicalExpr> {
                Arc::new(datafusion::physical_expr::expressions::Column::new(
                    schema.field(index).name(),
                    index,
                ))
            };
            equal.add_equal_conditions(column(on.0), column(at))?;
            by_left.set_eq_properties(equal);
        }
        Ok(Self {
            left,
            right,
            on,
            outer,
            schema,
            ranges,
            properties: Arc::new(by_left),
        })
    }
}

/// Of whom more rows may come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// The input has ended.
    Nobody,
    /// The last person at hand, and those after.
    Person(u32),
    /// No row is at hand.
    Anybody,
}

/// One input: the rows at hand, and whether more will come.
struct Side {
    stream: SendableRecordBatchStream,
    person: usize,
    rows: RecordBatch,
    at: usize,
    ended: bool,
}

impl Side {
    fn new(stream: SendableRecordBatchStream, person: usize) -> Self {
        let rows = RecordBatch::new_empty(stream.schema());
        Self {
            stream,
            person,
            rows,
            at: 0,
            ended: false,
        }
    }

    fn persons(&self) -> &[u32] {
        persons_of(self.rows.column(self.person))
    }

    /// The person whose rows may not all be at hand.
    fn open(&self) -> Open {
        if self.ended {
            return Open::Nobody;
        }
        self.persons()
            .last()
            .map_or(Open::Anybody, |person| Open::Person(*person))
    }

    async fn more(&mut self) -> Result<()> {
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

    /// End of the rows at hand whose person is below `bound`.
    fn until(&self, bound: Option<u32>) -> usize {
        let rows = self.persons().get(self.at..).unwrap_or_default();
        let count = match bound {
            Some(bound) => rows.partition_point(|person| *person < bound),
            None => rows.len(),
        };
        self.at.saturating_add(count)
    }
}

/// Persons of whom all rows of both inputs are at hand, and how far their pairs are.
struct Window {
    left: usize,
    left_end: usize,
    right: usize,
    right_end: usize,
    /// The next row of the left within the present person, and the next of the right to pair it with.
    next: Option<Group>,
}

#[derive(Clone, Copy)]
struct Group {
    left_end: usize,
    right_end: usize,
    /// Row of the right that the present row of the left meets next.
    right: usize,
}

/// What a window gives: rows of the left, and of the right or none.
#[derive(Default)]
struct Pairs {
    left: Vec<u32>,
    right: Vec<Option<u32>>,
}

impl Pairs {
    fn push(&mut self, left: usize, right: Option<usize>) {
        let number = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        self.left.push(number(left));
        self.right.push(right.map(number));
    }

    fn full(&self) -> bool {
        self.left.len() >= PAIRS
    }
}

impl Window {
    /// Fills `pairs`; says whether the window is done.
    fn fill(&mut self, lefts: &[u32], rights: &[u32], outer: bool, pairs: &mut Pairs) -> bool {
        while !pairs.full() {
            if let Some(group) = self.next {
                self.go_on(group, pairs);
                continue;
            }
            if self.left >= self.left_end {
                return true;
            }
            let Some(person) = lefts.get(self.left) else {
                return true;
            };
            let ahead = rights.get(self.right..self.right_end).unwrap_or_default();
            let before = ahead.iter().take_while(|other| *other < person).count();
            self.right = self.right.saturating_add(before);
            let ahead = rights.get(self.right..self.right_end).unwrap_or_default();
            let same = ahead.iter().take_while(|other| *other == person).count();
            let mine = lefts.get(self.left..self.left_end).unwrap_or_default();
            let rows = mine.iter().take_while(|other| *other == person).count();
            let left_end = self.left.saturating_add(rows);
            if same > 0 {
                self.next = Some(Group {
                    left_end,
                    right_end: self.right.saturating_add(same),
                    right: self.right,
                });
            } else {
                if outer {
                    for row in self.left..left_end {
                        pairs.push(row, None);
                    }
                }
                self.left = left_end;
                if self.right >= self.right_end && !outer {
                    self.left = self.left_end;
                }
            }
        }
        self.next.is_none() && self.left >= self.left_end
    }

    /// The pairs of one person, as many as there is room for.
    fn go_on(&mut self, mut group: Group, pairs: &mut Pairs) {
        let first = self.right;
        while self.left < group.left_end {
            let room = PAIRS.saturating_sub(pairs.left.len());
            let stop = group.right_end.min(group.right.saturating_add(room));
            for right in group.right..stop {
                pairs.push(self.left, Some(right));
            }
            group.right = stop;
            if stop < group.right_end {
                self.next = Some(group);
                return;
            }
            self.left = self.left.saturating_add(1);
            group.right = first;
            if pairs.full() && self.left < group.left_end {
                self.next = Some(group);
                return;
            }
        }
        self.right = group.right_end;
        self.next = None;
    }
}

/// One partition.
struct State {
    left: Side,
    right: Side,
    outer: bool,
    schema: SchemaRef,
    window: Option<Window>,
    memory: MemoryReservation,
}

impl State {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.pairs()? {
                return Ok(Some(batch));
            }
            if self.left.ended && self.left.at >= self.left.rows.num_rows() {
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
            let window = Window {
                left: self.left.at,
                left_end: self.left.until(bound),
                right: self.right.at,
                right_end: self.right.until(bound),
                next: None,
            };
            if window.left == window.left_end && window.right == window.right_end {
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

    /// The next pairs of the window, if it has any.
    fn pairs(&mut self) -> Result<Option<RecordBatch>> {
        let Some(mut window) = self.window.take() else {
            return Ok(None);
        };
        let mut pairs = Pairs::default();
        let done = window.fill(
            self.left.persons(),
            self.right.persons(),
            self.outer,
            &mut pairs,
        );
        let batch = if pairs.left.is_empty() {
            None
        } else {
            Some(self.together(pairs)?)
        };
        if done {
            self.left.at = window.left_end;
            self.right.at = window.right_end;
        } else {
            self.window = Some(window);
        }
        Ok(batch)
    }

    fn together(&self, pairs: Pairs) -> Result<RecordBatch> {
        let rows = pairs.left.len();
        let left = UInt32Array::from(pairs.left);
        let right = if self.outer {
            UInt32Array::from(pairs.right)
        } else {
            UInt32Array::from_iter_values(pairs.right.into_iter().flatten())
        };
        let of = |side: &Side, at: &UInt32Array| -> Result<Vec<ArrayRef>> {
            let columns = side.rows.columns().iter();
            Ok(columns
                .map(|column| take(column, at, None))
                .collect::<Result<_, _>>()?)
        };
        let mut columns = of(&self.left, &left)?;
        columns.extend(of(&self.right, &right)?);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &options,
        )?)
    }
}

impl DisplayAs for PersonJoinExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.outer { "Left" } else { "Inner" };
        write!(f, "PersonJoinExec: {kind}, merge on person")
    }
}

impl ExecutionPlan for PersonJoinExec {
    fn name(&self) -> &'static str {
        "PersonJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left, &self.right]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::co_partitioned(vec![
            Distribution::KeyPartitioned(vec![by_person(&self.left, self.on.0)]),
            Distribution::KeyPartitioned(vec![by_person(&self.right, self.on.1)]),
        ])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![
            in_order(by_person(&self.left, self.on.0)),
            in_order(by_person(&self.right, self.on.1)),
        ]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.pop()) {
            (Some(right), Some(left)) => Ok(Arc::new(Self {
                left,
                right,
                ..(*self).clone()
            })),
            _ => Ok(self),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new("PersonJoinExec").register(context.memory_pool());
        let left = self.left.execute(partition, Arc::clone(&context))?;
        let right = self.right.execute(partition, context)?;
        let state = State {
            left: Side::new(left, self.on.0),
            right: Side::new(right, self.on.1),
            outer: self.outer,
            schema: Arc::clone(&self.schema),
            window: None,
            memory,
        };
        let batches = futures::stream::try_unfold(state, |mut state| async move {
            Ok(state.next().await?.map(|batch| (batch, state)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        )))
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(Arc::new(Statistics::new_unknown(&self.schema)))
    }
}
