//! What the columns of a plan become when each is written out in terms of the tables: how long its expression is, which
//! the optimizer may have to write out, and how long its text is, which every row would have to hold.
//!
//! Twenty subqueries that each say `a + a`, or `concat(a, a)`, are a short statement with a million terms.

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DataFusionError, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};

use super::{Refusal, Rule};

/// Most terms of a column.
const MAX_TERMS: u64 = 16 * 1024;
/// Most bytes of a text that is put together, if those of the tables had [`TEXT`].
const MAX_TEXT: u64 = 64 * 1024;
/// What a text of a table counts as.
const TEXT: u64 = 256;
/// What a value that is no text counts as once it is written.
const WRITTEN: u64 = 64;

/// A column written out.
#[derive(Debug, Clone, Copy)]
struct Size {
    terms: u64,
    text: u64,
}

impl Size {
    const ONE: Self = Self {
        terms: 1,
        text: TEXT,
    };

    fn larger(self, other: Self) -> Self {
        Self {
            terms: self.terms.max(other.terms),
            text: self.text.max(other.text),
        }
    }
}

/// Refuses a plan whose columns grow beyond measure.
pub(super) fn check(plan: &LogicalPlan) -> Result<(), Refusal> {
    columns(plan).map(|_| ())
}

fn columns(plan: &LogicalPlan) -> Result<Vec<Size>, Refusal> {
    let inputs = plan.inputs();
    let mut below = Vec::with_capacity(inputs.len());
    for input in &inputs {
        below.push(columns(input)?);
    }
    // The columns that the expressions of this node name, in all inputs one after another.
    let named: Vec<(&DFSchema, &[Size])> = inputs
        .iter()
        .zip(&below)
        .map(|(input, sizes)| (input.schema().as_ref(), sizes.as_slice()))
        .collect();
    let mut sizes = Vec::new();
    let mut refusal = None;
    let walked = plan.apply_expressions(|expr| {
        match size(expr, &named) {
            Ok(found) => sizes.push(found),
            Err(refused) => refusal = Some(refused),
        }
        Ok::<_, DataFusionError>(TreeNodeRecursion::Continue)
    });
    if let Some(refused) = refusal {
        return Err(refused);
    }
    if walked.is_err() {
        return Err(Refusal::new(Rule::Expression, "expression"));
    }
    let width = plan.schema().fields().len();
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what makes columns of its own, and what has those below"
    )]
    let result = match plan {
        LogicalPlan::Projection(_) => sizes,
        // What was aggregated is in memory, and its expression is over; its text is as long as it was.
        LogicalPlan::Aggregate(_) => {
            let Size { text, .. } = largest(&sizes);
            vec![Size { terms: 1, text }; width]
        }
        LogicalPlan::Union(_) => below.into_iter().fold(Vec::new(), |most, next| {
            if most.is_empty() {
                return next;
            }
            most.into_iter()
                .zip(next)
                .map(|(a, b)| a.larger(b))
                .collect()
        }),
        LogicalPlan::Values(_) => vec![largest(&sizes); width],
        _ => below.into_iter().flatten().collect(),
    };
    if result.len() == width {
        return Ok(result);
    }
    // A join that has the columns of one side, or a column of its own.
    Ok(vec![largest(&result); width])
}

fn largest(sizes: &[Size]) -> Size {
    let sizes = sizes.iter();
    sizes.fold(Size::ONE, |most, size| most.larger(*size))
}

fn column(column: &Column, named: &[(&DFSchema, &[Size])]) -> Size {
    let found = named.iter().find_map(|(schema, sizes)| {
        let index = schema.maybe_index_of_column(column)?;
        sizes.get(index).copied()
    });
    found.unwrap_or(Size::ONE)
}

fn size(expr: &Expr, named: &[(&DFSchema, &[Size])]) -> Result<Size, Refusal> {
    let mut parts = Vec::new();
    let mut refusal = None;
    let walked = expr.apply_children(|child| {
        match size(child, named) {
            Ok(found) => parts.push(found),
            Err(refused) => refusal = Some(refused),
        }
        Ok(TreeNodeRecursion::Continue)
    });
    if let Some(refused) = refusal {
        return Err(refused);
    }
    if walked.is_err() {
        return Err(Refusal::new(Rule::Expression, expr.variant_name()));
    }
    let all = |of: fn(&Size) -> u64| parts.iter().map(of).fold(0, u64::saturating_add);
    let longest = parts.iter().map(|part| part.text).fold(WRITTEN, u64::max);
    let terms = all(|part| part.terms).saturating_add(1);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what makes a text longer than its longest part"
    )]
    let (text, what) = match expr {
        Expr::Column(name) => return Ok(column(name, named)),
        Expr::Literal(value, _) => (length(value), "literal"),
        Expr::ScalarSubquery(query) => {
            columns(&query.subquery)?;
            (TEXT, "subquery")
        }
        Expr::Exists(exists) => {
            columns(&exists.subquery.subquery)?;
            (WRITTEN, "EXISTS")
        }
        Expr::InSubquery(query) => {
            columns(&query.subquery.subquery)?;
            (WRITTEN, "IN")
        }
        Expr::BinaryExpr(binary) => {
            let joins = binary.op == Operator::StringConcat;
            (
                if joins {
                    all(|part| part.text)
                } else {
                    longest
                },
                "||",
            )
        }
        Expr::ScalarFunction(call) => match (call.name(), parts.as_slice()) {
            ("concat", _) => (all(|part| part.text), "concat"),
            // The first stands between all others.
            ("concat_ws", [between, rest @ ..]) => {
                let between = between.text.saturating_mul(rest.len() as u64);
                (all(|part| part.text).saturating_add(between), "concat_ws")
            }
            ("replace", [text, of, with]) => {
                let stated = matches!(call.args.get(1), Some(Expr::Literal(..)));
                // An empty text is found before every letter.
                let by = match of.text {
                    of if stated && of > 0 => with.text.div_ceil(of).max(1),
                    _ => with.text.saturating_add(1),
                };
                (text.text.saturating_mul(by), "replace")
            }
            // A format of single letters becomes names of months.
            ("to_char", [_, format]) => (format.text.saturating_mul(8), "to_char"),
            _ => (longest, "function"),
        },
        _ => (longest, "expression"),
    };
    if text > MAX_TEXT {
        return Err(Refusal::new(Rule::Function, what));
    }
    if terms > MAX_TERMS {
        return Err(Refusal::new(Rule::Expression, "expression"));
    }
    Ok(Size { terms, text })
}

/// Bytes of a text that stands in the statement, or of another value once it is written.
fn length(value: &ScalarValue) -> u64 {
    let text = value.try_as_str();
    text.map_or(WRITTEN, |text| text.map_or(0, |text| text.len() as u64))
}
