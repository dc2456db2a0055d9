//! What a join asks of two rows about one person.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{filter, take};
use arrow::datatypes::{Schema, SchemaRef, UInt32Type};
use datafusion::common::Result;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;

use super::window::Pairs;

/// The columns over which a condition is written: those of the left, then those of the right.
pub(in crate::person) fn pair_schema(left: &Schema, right: &Schema) -> SchemaRef {
    let fields = left.fields().iter().chain(right.fields()).cloned();
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// `expr` with its columns at other positions.
pub(in crate::person) fn shifted(
    expr: &Arc<dyn PhysicalExpr>,
    at: impl Fn(usize) -> usize,
) -> Result<Arc<dyn PhysicalExpr>> {
    Arc::clone(expr)
        .transform(|node| {
            if let Some(column) = node.downcast_ref::<Column>() {
                let moved = Column::new(column.name(), at(column.index()));
                return Ok(Transformed::yes(Arc::new(moved) as Arc<dyn PhysicalExpr>));
            }
            Ok(Transformed::no(node))
        })
        .data()
}

/// One condition, over the columns it reads and no others.
struct Asked {
    expr: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    left: Vec<usize>,
    right: Vec<usize>,
}

impl Asked {
    fn new(expr: &Arc<dyn PhysicalExpr>, left: &Schema, right: &Schema) -> Result<Self> {
        let lefts = left.fields().len();
        let columns = collect_columns(expr);
        let mut read: Vec<usize> = columns.iter().map(Column::index).collect();
        read.sort_unstable();
        read.dedup();
        let expr = shifted(expr, |index| read.binary_search(&index).unwrap_or(index))?;
        let schema = Arc::new(pair_schema(left, right).project(&read)?);
        let (left, right) = read.split_at(read.partition_point(|index| *index < lefts));
        let right = right.iter().map(|index| index.saturating_sub(lefts));
        Ok(Self {
            expr,
            schema,
            left: left.to_vec(),
            right: right.collect(),
        })
    }

    fn holds(
        &self,
        rows: (&RecordBatch, &RecordBatch),
        at: (&UInt32Array, &UInt32Array),
    ) -> Result<ArrayRef> {
        let left = self
            .left
            .iter()
            .map(|i| take(rows.0.column(*i), at.0, None));
        let right = self
            .right
            .iter()
            .map(|i| take(rows.1.column(*i), at.1, None));
        let columns = left.chain(right).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(at.0.len()));
        let schema = Arc::clone(&self.schema);
        let pairs = RecordBatch::try_new_with_options(schema, columns, &options)?;
        self.expr.evaluate(&pairs)?.into_array(pairs.num_rows())
    }
}

/// Conditions asked one after the other, each of the pairs for which those before it hold.
pub(super) struct Condition {
    asked: Vec<Asked>,
}

impl Condition {
    pub(super) fn new(
        exprs: &[Arc<dyn PhysicalExpr>],
        left: &Schema,
        right: &Schema,
    ) -> Result<Self> {
        let asked = exprs.iter().map(|expr| Asked::new(expr, left, right));
        Ok(Self {
            asked: asked.collect::<Result<_>>()?,
        })
    }

    pub(super) fn asks(&self) -> bool {
        !self.asked.is_empty()
    }

    /// The pairs for which it holds; for those of which it isn't known, it doesn't.
    pub(super) fn keep(
        &self,
        pairs: Pairs,
        left: &RecordBatch,
        right: &RecordBatch,
    ) -> Result<Pairs> {
        let mut lefts = UInt32Array::from(pairs.left);
        let mut rights = UInt32Array::from(pairs.right);
        for asked in &self.asked {
            if lefts.is_empty() {
                break;
            }
            let holds = asked.holds((left, right), (&lefts, &rights))?;
            let holds = as_boolean_array(&holds)?;
            lefts = filter(&lefts, holds)?.as_primitive::<UInt32Type>().clone();
            rights = filter(&rights, holds)?.as_primitive::<UInt32Type>().clone();
        }
        Ok(Pairs {
            left: lefts.values().to_vec(),
            right: rights.values().to_vec(),
        })
    }
}
