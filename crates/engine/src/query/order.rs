//! The order of an answer's rows. Tables are sorted by person, and what a statement leaves open would follow: groups
//! in the order of their first persons, and with `LIMIT` the groups of the first persons. So nothing is left open.

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{Expr, Limit, LogicalPlan, Projection, Sort, SortExpr};

/// `plan` with its rows, and those of which a `LIMIT` takes the first, in an order that their values decide alone.
pub(super) fn settled(plan: LogicalPlan) -> Result<LogicalPlan> {
    let limits = plan.transform_up_with_subqueries(|node| {
        // Of a correlated query with LIMIT, DataFusion runs only EXISTS, which asks for no order and can't have one.
        if let LogicalPlan::Limit(limit) = &node
            && limit.input.all_out_ref_exprs().is_empty()
        {
            limited(limit).map(Transformed::yes)
        } else {
            Ok(Transformed::no(node))
        }
    })?;
    sorted(limits.data)
}

fn limited(limit: &Limit) -> Result<LogicalPlan> {
    let input = sorted(limit.input.as_ref().clone())?;
    Ok(LogicalPlan::Limit(Limit {
        input: input.into(),
        ..limit.clone()
    }))
}

/// Rows ascending by every column, nulls last; where the statement orders them, that decides first.
fn sorted(plan: LogicalPlan) -> Result<LogicalPlan> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the nodes that an ORDER BY or LIMIT of the statement itself becomes"
    )]
    match plan {
        // Its input is in order already.
        LogicalPlan::Limit(limit) => Ok(LogicalPlan::Limit(limit)),
        LogicalPlan::Sort(mut sort) => {
            let rest = columns(&sort.input);
            let named = |column: &SortExpr| sort.expr.iter().any(|expr| expr.expr == column.expr);
            let rest: Vec<SortExpr> = rest.into_iter().filter(|c| !named(c)).collect();
            sort.expr.extend(rest);
            Ok(LogicalPlan::Sort(sort))
        }
        // ORDER BY a column that isn't shown: the columns shown come from the sort as they are, among others.
        LogicalPlan::Projection(projection)
            if matches!(*projection.input, LogicalPlan::Sort(_))
                && projection.expr.iter().all(|e| matches!(e, Expr::Column(_))) =>
        {
            let input = sorted(projection.input.as_ref().clone())?;
            Projection::try_new(projection.expr, input.into()).map(LogicalPlan::Projection)
        }
        other => Ok(LogicalPlan::Sort(Sort {
            expr: columns(&other),
            input: other.into(),
            fetch: None,
        })),
    }
}

fn columns(plan: &LogicalPlan) -> Vec<SortExpr> {
    let columns = plan.schema().columns().into_iter();
    columns
        .map(|column| Expr::Column(column).sort(true, false))
        .collect()
}
