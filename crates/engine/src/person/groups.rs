//! Aggregates over groups, fed batch by batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::GroupsAccumulatorAdapter;

/// What an operator computes per group.
#[derive(Debug, Clone)]
pub(super) struct Aggregates {
    pub(super) functions: Vec<Arc<AggregateFunctionExpr>>,
    /// FILTER (WHERE …) of each.
    pub(super) filters: Vec<Option<Arc<dyn PhysicalExpr>>>,
}

impl Aggregates {
    /// Those of a node that reads rows (not states).
    pub(super) fn of(node: &AggregateExec) -> Self {
        Self {
            functions: node.aggr_expr().to_vec(),
            filters: node.filter_expr().to_vec(),
        }
    }

    pub(super) fn expressions(&self) -> Vec<Arc<dyn PhysicalExpr>> {
        let arguments = self.functions.iter().flat_map(|f| f.expressions());
        arguments
            .chain(self.filters.iter().flatten().cloned())
            .collect()
    }

    pub(super) fn accumulate(&self) -> Result<Accumulating> {
        let accumulators = self.functions.iter().map(accumulator);
        Ok(Accumulating {
            of: self.clone(),
            accumulators: accumulators.collect::<Result<_>>()?,
        })
    }
}

fn accumulator(function: &Arc<AggregateFunctionExpr>) -> Result<Box<dyn GroupsAccumulator>> {
    if function.groups_accumulator_supported() {
        return function.create_groups_accumulator();
    }
    let function = Arc::clone(function);
    Ok(Box::new(GroupsAccumulatorAdapter::new(move || {
        function.create_accumulator()
    })))
}

/// The aggregates of one partition.
pub(super) struct Accumulating {
    of: Aggregates,
    accumulators: Vec<Box<dyn GroupsAccumulator>>,
}

impl Accumulating {
    /// Adds a batch; `groups` has the group of each row, all below `total`.
    pub(super) fn add(
        &mut self,
        batch: &RecordBatch,
        groups: &[usize],
        total: usize,
    ) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let parts = self.accumulators.iter_mut().zip(&self.of.functions);
        for ((accumulator, function), filter) in parts.zip(&self.of.filters) {
            let values = function
                .expressions()
                .iter()
                .map(|expr| argument(expr, batch))
                .collect::<Result<Vec<ArrayRef>>>()?;
            let filter: Option<BooleanArray> = match filter {
                Some(filter) => {
                    let value = filter.evaluate(batch)?.into_array(batch.num_rows())?;
                    Some(value.as_boolean().clone())
                }
                None => None,
            };
            accumulator.update_batch(&values, groups, filter.as_ref(), total)?;
        }
        Ok(())
    }

    /// Makes the one group there is without GROUP BY, which may have no row. Under a filter: without one an accumulator
    /// takes it that every group has a value.
    pub(super) fn one(&mut self, schema: &SchemaRef) -> Result<()> {
        let none = RecordBatch::new_empty(Arc::clone(schema));
        let filter = BooleanArray::from(Vec::<bool>::new());
        for (accumulator, function) in self.accumulators.iter_mut().zip(&self.of.functions) {
            let values = function
                .expressions()
                .iter()
                .map(|expr| argument(expr, &none))
                .collect::<Result<Vec<ArrayRef>>>()?;
            accumulator.update_batch(&values, &[], Some(&filter), 1)?;
        }
        Ok(())
    }

    /// Bytes held.
    pub(super) fn size(&self) -> usize {
        self.accumulators.iter().map(|a| a.size()).sum()
    }

    /// Results of the first groups, which are forgotten.
    pub(super) fn results(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.accumulators
            .iter_mut()
            .map(|accumulator| accumulator.evaluate(emit))
            .collect()
    }

    /// Intermediate states of all groups.
    pub(super) fn states(&mut self) -> Result<Vec<ArrayRef>> {
        let mut states = Vec::new();
        for accumulator in &mut self.accumulators {
            states.extend(accumulator.state(EmitTo::All)?);
        }
        Ok(states)
    }
}

fn argument(expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<ArrayRef> {
    // Most arguments are columns.
    if let Some(column) = expr.downcast_ref::<Column>() {
        return Ok(Arc::clone(batch.column(column.index())));
    }
    expr.evaluate(batch)?.into_array(batch.num_rows())
}
