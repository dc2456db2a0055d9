//! Persons that bitmaps name, without a row being read.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions,
};

use super::scan::{person_schema, properties};
use super::set::PersonSet;
use super::table::Ranges;

const ROWS: usize = 32 * 1024;

/// Shows `f` each of `exprs`, as far as it wants.
pub(super) fn each<'a>(
    exprs: impl IntoIterator<Item = &'a Arc<dyn PhysicalExpr>>,
    f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
) -> Result<TreeNodeRecursion> {
    for expr in exprs {
        if f(expr)? == TreeNodeRecursion::Stop {
            return Ok(TreeNodeRecursion::Stop);
        }
    }
    Ok(TreeNodeRecursion::Continue)
}

/// A set of persons as rows: each once, ascending.
#[derive(Debug, Clone)]
pub(crate) struct PersonSetExec {
    pub(super) persons: Arc<PersonSet>,
    pub(super) ranges: Arc<Ranges>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl PersonSetExec {
    pub(super) fn try_new(
        persons: Arc<PersonSet>,
        ranges: Arc<Ranges>,
        column: &str,
    ) -> Result<Self> {
        let schema = person_schema(column);
        let properties = properties(&schema, Some(0), &ranges)?;
        Ok(Self {
            persons,
            ranges,
            schema,
            properties,
        })
    }
}

impl DisplayAs for PersonSetExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonSetExec: persons={} by bitmap", self.persons.len())
    }
}

impl ExecutionPlan for PersonSetExec {
    fn name(&self) -> &'static str {
        "PersonSetExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
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
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (from, to) = self.ranges.bounds(partition);
        let (persons, schema) = (Arc::clone(&self.persons), Arc::clone(&self.schema));
        let mut next = Some(from);
        let batches = std::iter::from_fn(move || {
            let chunk: Vec<u32> = persons.range(next?, to).take(ROWS).collect();
            next = chunk.last().and_then(|last| last.checked_add(1));
            let column = Arc::new(UInt32Array::from(chunk));
            next?;
            let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column]);
            Some(batch.map_err(Into::into))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            futures::stream::iter(batches),
        )))
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        let persons = usize::try_from(self.persons.len()).unwrap_or(usize::MAX);
        statistics.num_rows = match args.partition() {
            None => Precision::Exact(persons),
            Some(_) => Precision::Inexact(persons),
        };
        Ok(Arc::new(statistics))
    }
}
