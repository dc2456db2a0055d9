//! Totals over rows that come by person: every group of a partition is held to its end, so that a person is counted once.
//!
//! DataFusion's own partial aggregate may hand out its groups early when memory is short. A count of persons that only
//! remembers the last one ([`super::count`]) would then count a person twice; this operator refuses instead.

use std::fmt;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{
    DataType, Field, Int8Type, Int16Type, Schema, SchemaRef, UInt8Type, UInt16Type,
};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::EmitTo;
use datafusion::physical_expr::{EquivalenceProperties, OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan,
    ExecutionPlanProperties as _, InputDistributionRequirements, Partitioning, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::StreamExt as _;

use super::aggregate::{by_person, in_order};
use super::groups::{Accumulating, Aggregates};

/// The partial states of an aggregate, one row per group and partition.
#[derive(Debug, Clone)]
pub(crate) struct PersonTotalsExec {
    pub(super) input: Arc<dyn ExecutionPlan>,
    /// Position of the person among the input's columns.
    pub(super) person: usize,
    /// What is grouped by, and the name of its column.
    pub(super) by: Vec<(Arc<dyn PhysicalExpr>, String)>,
    pub(super) aggregates: Aggregates,
    /// The groups, then the states of the aggregates.
    pub(super) schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl PersonTotalsExec {
    pub(super) fn try_new(
        input: Arc<dyn ExecutionPlan>,
        person: usize,
        by: Vec<(Arc<dyn PhysicalExpr>, String)>,
        aggregates: Aggregates,
    ) -> Result<Self> {
        let read = input.schema();
        let mut fields: Vec<Arc<Field>> = Vec::new();
        for (expr, name) in &by {
            let field = expr.return_field(&read)?;
            fields.push(Arc::new(field.as_ref().clone().with_name(name)));
        }
        for function in &aggregates.functions {
            fields.extend(function.state_fields()?);
        }
        let schema = Arc::new(Schema::new(fields));
        let partitions = input.output_partitioning().partition_count();
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            Boundedness::Bounded,
        ));
        Ok(Self {
            input,
            person,
            by,
            aggregates,
            schema,
            properties,
        })
    }
}

/// Which group each row is in.
enum Groups {
    /// Everything is one group.
    One,
    Hashed(Box<dyn GroupValues>),
    /// One or two columns of few possible values: the group of each combination stands in a table.
    Coded {
        values: Box<dyn GroupValues>,
        table: Vec<u32>,
    },
}

/// A combination that no row had yet.
const UNSEEN: u32 = u32::MAX;

impl Groups {
    fn new(schema: &Schema) -> Result<Self> {
        if schema.fields().is_empty() {
            return Ok(Self::One);
        }
        let values = new_group_values(Arc::new(schema.clone()), &GroupOrdering::None)?;
        let bits: Option<u32> = schema.fields().iter().map(bits).sum();
        Ok(match bits {
            Some(bits) if bits <= 16 => Self::Coded {
                values,
                table: vec![UNSEEN; 1 << bits],
            },
            _ => Self::Hashed(values),
        })
    }

    fn assign(
        &mut self,
        columns: &[ArrayRef],
        rows: usize,
        groups: &mut Vec<usize>,
    ) -> Result<usize> {
        groups.clear();
        match self {
            Self::One => {
                groups.resize(rows, 0);
                Ok(1)
            }
            Self::Hashed(values) => {
                values.intern(columns, groups)?;
                Ok(values.len())
            }
            Self::Coded { values, table } => {
                if columns.iter().any(|column| column.null_count() > 0) {
                    // A null is no code. Groups found so far keep their numbers.
                    values.intern(columns, groups)?;
                    return Ok(values.len());
                }
                let codes = codes(columns, rows);
                let mut fresh: Vec<u32> = Vec::new();
                for (row, code) in (0_u32..).zip(&codes) {
                    if let Some(slot) = table.get_mut(*code as usize)
                        && *slot == UNSEEN
                    {
                        *slot = UNSEEN.saturating_sub(1);
                        fresh.push(row);
                    }
                }
                if !fresh.is_empty() {
                    let at = UInt32Array::from(fresh.clone());
                    let firsts = columns
                        .iter()
                        .map(|column| take(column, &at, None))
                        .collect::<std::result::Result<Vec<_>, _>>()?;
                    let mut found = Vec::new();
                    values.intern(&firsts, &mut found)?;
                    for (row, group) in fresh.iter().zip(found) {
                        if let Some(slot) = codes
                            .get(*row as usize)
                            .and_then(|code| table.get_mut(*code as usize))
                        {
                            *slot = u32::try_from(group).unwrap_or(UNSEEN);
                        }
                    }
                }
                groups.extend(
                    codes.iter().map(|code| {
                        table.get(*code as usize).copied().unwrap_or_default() as usize
                    }),
                );
                Ok(values.len())
            }
        }
    }

    fn emit(&mut self) -> Result<Vec<ArrayRef>> {
        match self {
            Self::One => Ok(Vec::new()),
            Self::Hashed(values) | Self::Coded { values, .. } => values.emit(EmitTo::All),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::One => 0,
            Self::Hashed(values) => values.size(),
            Self::Coded { values, table } => {
                values.size().saturating_add(table.len().saturating_mul(4))
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::One => 1,
            Self::Hashed(values) | Self::Coded { values, .. } => values.len(),
        }
    }
}

/// How many bits number every value of the type, if they are few.
fn bits(field: &Arc<Field>) -> Option<u32> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the types that have few values"
    )]
    match field.data_type() {
        DataType::Int8 | DataType::UInt8 => Some(8),
        DataType::Int16 | DataType::UInt16 => Some(16),
        _ => None,
    }
}

/// A number for each row that is the same exactly where all columns are.
fn codes(columns: &[ArrayRef], rows: usize) -> Vec<u32> {
    let mut codes = vec![0_u32; rows];
    for column in columns {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the types that `bits` names"
        )]
        match column.data_type() {
            DataType::UInt8 => add(
                &mut codes,
                8,
                column
                    .as_primitive::<UInt8Type>()
                    .values()
                    .iter()
                    .map(|v| u32::from(*v)),
            ),
            DataType::Int8 => add(
                &mut codes,
                8,
                column
                    .as_primitive::<Int8Type>()
                    .values()
                    .iter()
                    .map(|v| u32::from(v.cast_unsigned())),
            ),
            DataType::UInt16 => add(
                &mut codes,
                16,
                column
                    .as_primitive::<UInt16Type>()
                    .values()
                    .iter()
                    .map(|v| u32::from(*v)),
            ),
            DataType::Int16 => add(
                &mut codes,
                16,
                column
                    .as_primitive::<Int16Type>()
                    .values()
                    .iter()
                    .map(|v| u32::from(v.cast_unsigned())),
            ),
            _ => {}
        }
    }
    codes
}

fn add(codes: &mut [u32], bits: u32, values: impl Iterator<Item = u32>) {
    for (code, value) in codes.iter_mut().zip(values) {
        *code = *code << bits | value;
    }
}

/// One partition.
struct State {
    input: SendableRecordBatchStream,
    by: Vec<Arc<dyn PhysicalExpr>>,
    groups: Groups,
    accumulating: Accumulating,
    schema: SchemaRef,
    memory: datafusion::execution::memory_pool::MemoryReservation,
}

impl State {
    async fn totals(mut self) -> Result<RecordBatch> {
        let mut at = Vec::new();
        while let Some(batch) = self.input.next().await {
            let batch = batch?;
            let columns = self
                .by
                .iter()
                .map(|expr| expr.evaluate(&batch)?.into_array(batch.num_rows()))
                .collect::<Result<Vec<_>>>()?;
            let total = self.groups.assign(&columns, batch.num_rows(), &mut at)?;
            self.accumulating.add(&batch, &at, total)?;
            let held = self.groups.size().saturating_add(self.accumulating.size());
            self.memory.try_resize(held)?;
        }
        let rows = self.groups.len();
        if matches!(self.groups, Groups::One) {
            // Every aggregate has a value over no rows.
            self.accumulating.one(&self.input.schema())?;
        }
        let mut columns = self.groups.emit()?;
        if rows > 0 {
            columns.extend(self.accumulating.states()?);
        } else {
            return Ok(RecordBatch::new_empty(self.schema));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            self.schema,
            columns,
            &options,
        )?)
    }
}

impl DisplayAs for PersonTotalsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by: Vec<&str> = self.by.iter().map(|(_, name)| name.as_str()).collect();
        let functions = self
            .aggregates
            .functions
            .iter()
            .map(|function| function.name());
        let functions: Vec<&str> = functions.collect();
        write!(
            f,
            "PersonTotalsExec: by=[{}], totals=[{}]",
            by.join(", "),
            functions.join(", ")
        )
    }
}

impl ExecutionPlan for PersonTotalsExec {
    fn name(&self) -> &'static str {
        "PersonTotalsExec"
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

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Self::try_new(
                input,
                self.person,
                self.by.clone(),
                self.aggregates.clone(),
            )?)),
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
        let by = self.by.iter().map(|(expr, _)| expr);
        let all: Vec<_> = by.cloned().chain(self.aggregates.expressions()).collect();
        super::sets::each(&all, f)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new("PersonTotalsExec").register(context.memory_pool());
        let fields = self.schema.fields().iter().take(self.by.len()).cloned();
        let state = State {
            input: self.input.execute(partition, context)?,
            by: self.by.iter().map(|(expr, _)| Arc::clone(expr)).collect(),
            groups: Groups::new(&Schema::new(fields.collect::<Vec<_>>()))?,
            accumulating: self.aggregates.accumulate()?,
            schema: Arc::clone(&self.schema),
            memory,
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            futures::stream::once(state.totals()),
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
