//! The persons behind one row of aggregates over rows of persons.

use datafusion::common::{Column, DFSchema, Result};
use datafusion::functions_aggregate::expr_fn::{count, count_distinct};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr, ExprFunctionExt as _, ExprSchemable as _, lit};

/// What is known of the persons behind a row.
pub(super) struct Behind {
    /// Counts of persons; the fewest stand behind the row.
    pub(super) persons: Vec<Expr>,
    /// Whether a value of the row is a single person's own, however many there are.
    pub(super) one: bool,
}

/// Counts the persons of a group, and those that `functions` speak of where these are fewer: an aggregate leaves out rows
/// that don't meet its `FILTER` and values that are null, and a sum says nothing of whom it adds nothing for.
pub(super) fn persons(person: &Column, functions: &[Expr], input: &DFSchema) -> Result<Behind> {
    let person = || Expr::Column(person.clone());
    let mut conditions: Vec<Expr> = Vec::new();
    let mut one = false;
    for function in functions.iter().filter_map(aggregate) {
        one |= gives_one_value(function.func.name());
        if let Some(condition) = condition(function, input)?
            && !conditions.contains(&condition)
        {
            conditions.push(condition);
        }
    }
    let mut persons = vec![count_distinct(person())];
    for condition in conditions {
        // The builder forgets what it doesn't hear.
        persons.push(count(person()).filter(condition).distinct().build()?);
    }
    Ok(Behind { persons, one })
}

fn aggregate(function: &Expr) -> Option<&AggregateFunction> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an aggregate, maybe renamed"
    )]
    match function {
        Expr::AggregateFunction(function) => Some(function),
        Expr::Alias(alias) => aggregate(&alias.expr),
        _ => None,
    }
}

/// Whether a value is one of a table's columns, of whatever type.
fn stored(value: &Expr) -> bool {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a column, maybe cast")]
    match value {
        Expr::Column(_) => true,
        Expr::Cast(cast) => stored(&cast.expr),
        _ => false,
    }
}

/// The greatest, the least and the middle value are somebody's, and one person decides whether any or all are so.
fn gives_one_value(name: &str) -> bool {
    matches!(
        name,
        "approx_median"
            | "approx_percentile_cont"
            | "bool_and"
            | "bool_or"
            | "max"
            | "median"
            | "min"
            | "percentile_cont"
    )
}

/// What holds of the rows that an aggregate takes; `None` if it takes all.
fn condition(function: &AggregateFunction, input: &DFSchema) -> Result<Option<Expr>> {
    if function.func.name() == "grouping" {
        // It speaks of the group, not of rows.
        return Ok(None);
    }
    let params = &function.params;
    let mut parts: Vec<Expr> = params.filter.as_deref().cloned().into_iter().collect();
    for value in &params.args {
        if matches!(value, Expr::Literal(..)) {
            continue;
        }
        if value.nullable(input)? {
            parts.push(value.clone().is_not_null());
        }
        // `CASE … ELSE 0` and a product with a condition take everybody and speak of few.
        if !stored(value) && matches!(function.func.name(), "avg" | "sum") {
            parts.push(value.clone().not_eq(lit(0_i64)));
        }
    }
    Ok(parts.into_iter().reduce(Expr::and))
}
