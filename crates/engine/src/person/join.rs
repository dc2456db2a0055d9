//! Rows of two tables about the same persons, by a merge.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{JoinType, Result, Statistics};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::joins::utils::build_join_schema;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan,
    InputDistributionRequirements, PlanProperties, ReplaceChildrenOptions,
};
use serde::{Deserialize, Serialize};

use super::aggregate::{by_person, in_order};
use super::scan::properties;
use super::table::Ranges;
use condition::Condition;
pub(super) use condition::{pair_schema, shifted};
use merge::Merge;
use side::Side;

mod condition;
mod merge;
mod side;
#[cfg(test)]
mod tests;
mod window;

/// Which rows come out. The kinds that keep the right are those of the swapped join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JoinKind {
    /// Pairs.
    Inner,
    /// Pairs, and rows of the left without a partner.
    Left,
    /// Pairs, and rows of both sides without a partner.
    Full,
    /// Rows of the left with a partner.
    Semi,
    /// Rows of the left without one.
    Anti,
    /// Rows of the left, and whether each has a partner.
    Mark,
}

impl JoinKind {
    fn join_type(self) -> JoinType {
        match self {
            Self::Inner => JoinType::Inner,
            Self::Left => JoinType::Left,
            Self::Full => JoinType::Full,
            Self::Semi => JoinType::LeftSemi,
            Self::Anti => JoinType::LeftAnti,
            Self::Mark => JoinType::LeftMark,
        }
    }

    /// Whether rows of both sides come out together.
    fn pairs(self) -> bool {
        matches!(self, Self::Inner | Self::Left | Self::Full)
    }

    /// Whether rows of the left come out that have no partner.
    fn keeps_alone(self) -> bool {
        !matches!(self, Self::Inner | Self::Semi)
    }
}

/// `left.person = right.person` over two inputs that come by person. Partners are rows of one person for which all
/// conditions hold.
#[derive(Debug, Clone)]
pub(crate) struct PersonJoinExec {
    pub(super) left: Arc<dyn ExecutionPlan>,
    pub(super) right: Arc<dyn ExecutionPlan>,
    /// Positions of the persons among the inputs' columns.
    pub(super) on: (usize, usize),
    pub(super) kind: JoinKind,
    /// Over the columns of the left, then of the right; each is asked of pairs for which those before it hold.
    pub(super) conditions: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
    pub(super) ranges: Arc<Ranges>,
    properties: Arc<PlanProperties>,
}

impl PersonJoinExec {
    pub(super) fn try_new(
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
        on: (usize, usize),
        kind: JoinKind,
        conditions: Vec<Arc<dyn PhysicalExpr>>,
        ranges: Arc<Ranges>,
    ) -> Result<Self> {
        let (one, other) = (left.schema(), right.schema());
        let (schema, _) = build_join_schema(&one, &other, &kind.join_type());
        let schema = Arc::new(schema);
        // In a full join either person may be null, wherever its row is: no column says by whom the rows come.
        let person = (kind != JoinKind::Full).then_some(on.0);
        let mut properties = properties(&schema, person, &ranges)?;
        if kind == JoinKind::Inner {
            // The two person columns are one: what is said of the left holds of the right.
            let mut both = properties.as_ref().clone();
            let mut equal = both.eq_properties.clone();
            let at = one.fields().len().saturating_add(on.1);
            let column = |index: usize| -> Arc<dyn PhysicalExpr> {
                Arc::new(datafusion::physical_expr::expressions::Column::new(
                    schema.field(index).name(),
                    index,
                ))
            };
            equal.add_equal_conditions(column(on.0), column(at))?;
            both.set_eq_properties(equal);
            properties = Arc::new(both);
        }
        Ok(Self {
            left,
            right,
            on,
            kind,
            conditions,
            schema,
            ranges,
            properties,
        })
    }

    /// Whether it gives all pairs of rows about one person, and nothing else.
    pub(super) fn is_plain_inner(&self) -> bool {
        self.kind == JoinKind::Inner && self.conditions.is_empty()
    }
}

impl DisplayAs for PersonJoinExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonJoinExec: {:?}, merge on person", self.kind)?;
        if !self.conditions.is_empty() {
            let conditions = self.conditions.iter().map(ToString::to_string);
            let conditions: Vec<String> = conditions.collect();
            write!(f, ", condition=[{}]", conditions.join(", "))?;
        }
        Ok(())
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
        vec![self.kind != JoinKind::Full, false]
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
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        super::sets::each(&self.conditions, f)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new("PersonJoinExec").register(context.memory_pool());
        let (left, right) = (self.left.schema(), self.right.schema());
        let condition = Condition::new(&self.conditions, &left, &right)?;
        let left = self.left.execute(partition, Arc::clone(&context))?;
        let right = self.right.execute(partition, context)?;
        let merge = Merge {
            left: Side::new(left, self.on.0),
            right: Side::new(right, self.on.1),
            kind: self.kind,
            condition,
            schema: Arc::clone(&self.schema),
            window: None,
            memory,
        };
        let batches = futures::stream::try_unfold(merge, |mut merge| async move {
            Ok(merge.next().await?.map(|batch| (batch, merge)))
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
