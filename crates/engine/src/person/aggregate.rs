//! Groups that are single persons: each ends where the next person begins.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::EmitTo;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexRequirement, OrderingRequirements};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan,
    InputDistributionRequirements, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt as _;

use super::groups::{Accumulating, Aggregates};
use super::scan::{ascending, properties};
use super::table::Ranges;
use crate::runs::persons_of;

/// `GROUP BY person` over rows that come by person.
#[derive(Debug, Clone)]
pub(crate) struct PersonAggregateExec {
    pub(super) input: Arc<dyn ExecutionPlan>,
    /// Position of the person among the input's columns.
    pub(super) person: usize,
    pub(super) aggregates: Aggregates,
    /// The person, then a column per aggregate.
    pub(super) schema: SchemaRef,
    pub(super) ranges: Arc<Ranges>,
    properties: Arc<PlanProperties>,
}

/// What an operator over rows by person asks of its input: no person in two partitions, ascending in each.
pub(super) fn by_person(input: &Arc<dyn ExecutionPlan>, person: usize) -> Arc<dyn PhysicalExpr> {
    Arc::new(Column::new(input.schema().field(person).name(), person))
}

pub(super) fn in_order(person: Arc<dyn PhysicalExpr>) -> Option<OrderingRequirements> {
    LexRequirement::new([ascending(person).into()]).map(OrderingRequirements::new)
}

impl PersonAggregateExec {
    pub(super) fn try_new(
        input: Arc<dyn ExecutionPlan>,
        person: usize,
        aggregates: Aggregates,
        schema: SchemaRef,
        ranges: Arc<Ranges>,
    ) -> Result<Self> {
        let properties = properties(&schema, Some(0), &ranges)?;
        Ok(Self {
            input,
            person,
            aggregates,
            schema,
            ranges,
            properties,
        })
    }
}

/// One partition.
struct State {
    input: SendableRecordBatchStream,
    person: usize,
    schema: SchemaRef,
    accumulating: Accumulating,
    /// Persons of the groups not given yet; the last may go on.
    persons: Vec<u32>,
    groups: Vec<usize>,
    memory: datafusion::execution::memory_pool::MemoryReservation,
    ended: bool,
}

impl State {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.ended {
            match self.input.next().await {
                Some(batch) => {
                    self.add(&batch?)?;
                    if self.persons.len() > 1 {
                        let ready = self.persons.len().saturating_sub(1);
                        return self.give(ready).map(Some);
                    }
                }
                None => self.ended = true,
            }
        }
        match self.persons.len() {
            0 => Ok(None),
            all => self.give(all).map(Some),
        }
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let persons = persons_of(batch.column(self.person));
        self.groups.clear();
        self.groups.reserve(persons.len());
        for run in persons.chunk_by(|a, b| a == b) {
            if let Some(person) = run.first()
                && self.persons.last() != Some(person)
            {
                self.persons.push(*person);
            }
            let group = self.persons.len().saturating_sub(1);
            let length = self.groups.len().saturating_add(run.len());
            self.groups.resize(length, group);
        }
        self.accumulating
            .add(batch, &self.groups, self.persons.len())?;
        self.memory.try_resize(self.accumulating.size())
    }

    fn give(&mut self, count: usize) -> Result<RecordBatch> {
        let emit = if count == self.persons.len() {
            EmitTo::All
        } else {
            EmitTo::First(count)
        };
        let persons: ArrayRef =
            Arc::new(UInt32Array::from_iter_values(self.persons.drain(..count)));
        let columns = std::iter::once(persons).chain(self.accumulating.results(emit)?);
        Ok(RecordBatch::try_new(
            Arc::clone(&self.schema),
            columns.collect(),
        )?)
    }
}

impl DisplayAs for PersonAggregateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions = self
            .aggregates
            .functions
            .iter()
            .map(|function| function.name());
        let functions: Vec<&str> = functions.collect();
        write!(
            f,
            "PersonAggregateExec: per person=[{}]",
            functions.join(", ")
        )
    }
}

impl ExecutionPlan for PersonAggregateExec {
    fn name(&self) -> &'static str {
        "PersonAggregateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let person = by_person(&self.input, self.person);
        InputDistributionRequirements::new(vec![Distribution::KeyPartitioned(vec![person])])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![in_order(by_person(&self.input, self.person))]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Self {
                input,
                ..(*self).clone()
            })),
            None => Ok(self),
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
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        super::sets::each(&self.aggregates.expressions(), f)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new("PersonAggregateExec").register(context.memory_pool());
        let state = State {
            input: self.input.execute(partition, context)?,
            person: self.person,
            schema: Arc::clone(&self.schema),
            accumulating: self.aggregates.accumulate()?,
            persons: Vec::new(),
            groups: Vec::new(),
            memory,
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
