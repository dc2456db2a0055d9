//! Where the person operators go: a rule over the physical plan, before DataFusion decides how to distribute it.

mod aggregates;
mod joins;
mod restrict;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _, Partitioning};

use super::scan::ascending;
use super::table::Ranges;
pub(super) use restrict::{Keep, restrict};

/// Puts the person operators in the place of DataFusion's where rows come by person.
#[derive(Debug, Default)]
pub struct PersonRule;

impl PhysicalOptimizerRule for PersonRule {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if let Some(join) = node.downcast_ref::<HashJoinExec>() {
                return Ok(changed(joins::join(join)?, node));
            }
            if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
                return Ok(changed(aggregates::aggregate(aggregate)?, node));
            }
            Ok(Transformed::no(node))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "person"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn changed(
    made: Option<Arc<dyn ExecutionPlan>>,
    node: Arc<dyn ExecutionPlan>,
) -> Transformed<Arc<dyn ExecutionPlan>> {
    match made {
        Some(made) => Transformed::yes(made),
        None => Transformed::no(node),
    }
}

/// Position of the column that `expr` is.
fn column(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

fn column_of(plan: &Arc<dyn ExecutionPlan>, index: usize) -> Arc<dyn PhysicalExpr> {
    Arc::new(Column::new(plan.schema().field(index).name(), index))
}

/// The ranges by which the rows of `plan` come in the order of column `index`, if they do. Only a scan of linked tables
/// says so of its rows, and only what keeps rows in their partition and order passes it on.
fn by_person(plan: &Arc<dyn ExecutionPlan>, index: usize) -> Result<Option<Arc<Ranges>>> {
    let Partitioning::Range(range) = plan.output_partitioning() else {
        return Ok(None);
    };
    let expr = column_of(plan, index);
    let equivalence = plan.equivalence_properties();
    let same = match range.ordering().iter().next() {
        Some(key) if range.ordering().len() == 1 => {
            equivalence.eq_group().exprs_equal(&key.expr, &expr) || key.expr.eq(&expr)
        }
        _ => false,
    };
    if !same || !equivalence.ordering_satisfy([ascending(expr)])? {
        return Ok(None);
    }
    let splits = range
        .split_points()
        .iter()
        .map(|split| match split.values() {
            [ScalarValue::UInt32(Some(person))] => Some(*person),
            _ => None,
        });
    let splits: Option<Vec<u32>> = splits.collect();
    Ok(splits.map(|splits| Arc::new(Ranges::of(splits))))
}

/// The column by which the rows of `plan` come, if they come by person.
fn person_of(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<(usize, Arc<Ranges>)>> {
    for index in 0..plan.schema().fields().len() {
        if let Some(ranges) = by_person(plan, index)? {
            return Ok(Some((index, ranges)));
        }
    }
    Ok(None)
}
