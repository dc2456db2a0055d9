//! Rows of persons who have, or don't have, a row on the other side.

use std::fmt;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan,
    InputDistributionRequirements, PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt as _, TryStreamExt as _};

use super::aggregate::{by_person, in_order};
use super::rule::{Keep, restrict};
use super::scan::properties;
use super::set::PersonSet;
use super::table::Ranges;
use crate::runs::persons_of;

/// Rows of the left whose person has a row on the right, or none where `anti`. Both come by person.
#[derive(Debug, Clone)]
pub(crate) struct PersonSemiExec {
    pub(super) left: Arc<dyn ExecutionPlan>,
    pub(super) right: Arc<dyn ExecutionPlan>,
    /// Positions of the persons among the inputs' columns.
    pub(super) on: (usize, usize),
    pub(super) anti: bool,
    schema: SchemaRef,
    pub(super) ranges: Arc<Ranges>,
    properties: Arc<PlanProperties>,
}

impl PersonSemiExec {
    pub(super) fn try_new(
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
        on: (usize, usize),
        anti: bool,
        ranges: Arc<Ranges>,
    ) -> Result<Self> {
        let schema = left.schema();
        let properties = properties(&schema, Some(on.0), &ranges)?;
        Ok(Self {
            left,
            right,
            on,
            anti,
            schema,
            ranges,
            properties,
        })
    }
}

impl PersonSemiExec {
    /// Reads the right to its end first: the scan on the left then passes over everybody else's rows.
    fn known_first(
        &self,
        partition: usize,
        keep: Keep,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let mut right = self.right.execute(partition, Arc::clone(&context))?;
        let (left, on) = (Arc::clone(&self.left), self.on);
        let batches = futures::stream::once(async move {
            let mut persons = PersonSet::default();
            while let Some(batch) = right.next().await {
                for run in persons_of(batch?.column(on.1)).chunk_by(|a, b| a == b) {
                    if let Some(person) = run.first() {
                        persons.insert(*person);
                    }
                }
            }
            match restrict(&left, on.0, &persons, keep)? {
                Some(left) => left.execute(partition, context),
                None => left.execute(partition, context),
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches.try_flatten(),
        )))
    }
}

/// One partition.
struct State {
    left: SendableRecordBatchStream,
    right: SendableRecordBatchStream,
    on: (usize, usize),
    anti: bool,
    /// Persons of the right from the present batch of the left on, each once, and where the next search begins.
    others: Vec<u32>,
    at: usize,
    ended: bool,
}

impl State {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(batch) = self.left.next().await {
            let batch = batch?;
            let persons = persons_of(batch.column(self.on.0));
            let Some(last) = persons.last().copied() else {
                continue;
            };
            self.reach(last).await?;
            let persons = persons_of(batch.column(self.on.0));
            let mut keep = Vec::with_capacity(persons.len());
            for run in persons.chunk_by(|a, b| a == b) {
                let found = run.first().is_some_and(|person| self.has(*person));
                let length = keep.len().saturating_add(run.len());
                keep.resize(length, found != self.anti);
            }
            let mask = BooleanArray::new(BooleanBuffer::from(keep), None);
            let kept = filter_record_batch(&batch, &mask)?;
            if kept.num_rows() > 0 {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }

    /// Reads the right until it has passed `person`.
    async fn reach(&mut self, person: u32) -> Result<()> {
        while !self.ended && self.others.last().is_none_or(|other| *other < person) {
            match self.right.next().await {
                None => self.ended = true,
                Some(batch) => {
                    let batch = batch?;
                    if self.at > 0 {
                        self.others.drain(..self.at);
                        self.at = 0;
                    }
                    for run in persons_of(batch.column(self.on.1)).chunk_by(|a, b| a == b) {
                        if let Some(other) = run.first()
                            && self.others.last() != Some(other)
                        {
                            self.others.push(*other);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn has(&mut self, person: u32) -> bool {
        let ahead = self.others.get(self.at..).unwrap_or_default();
        let passed = ahead.iter().take_while(|other| **other < person).count();
        self.at = self.at.saturating_add(passed);
        self.others.get(self.at) == Some(&person)
    }
}

impl DisplayAs for PersonSemiExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.anti { "Anti" } else { "Semi" };
        write!(f, "PersonSemiExec: {kind}, merge on person")
    }
}

impl ExecutionPlan for PersonSemiExec {
    fn name(&self) -> &'static str {
        "PersonSemiExec"
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
        let keep = if self.anti { Keep::Without } else { Keep::With };
        if restrict(&self.left, self.on.0, &PersonSet::default(), keep)?.is_some() {
            return self.known_first(partition, keep, context);
        }
        let state = State {
            left: self.left.execute(partition, Arc::clone(&context))?,
            right: self.right.execute(partition, context)?,
            on: self.on,
            anti: self.anti,
            others: Vec::new(),
            at: 0,
            ended: false,
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
