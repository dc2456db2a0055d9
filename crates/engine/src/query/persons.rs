//! How many persons stand behind each row of an answer: a column that the plan carries along and nobody is shown.
//!
//! Each relation of a plan that the guard let through has one person per row, or is made of aggregates, or both (rows of
//! persons beside an aggregate). Where persons are aggregated away, they are counted: all of the group, and for each
//! aggregate those whose values it really took ([`behind`]); the fewest count. Where aggregates meet or are aggregated
//! again, the fewest goes on. A subquery whose value is a condition or a cell stands for its fewest in every row.

mod behind;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Column, Result, ScalarValue, Spans};
use datafusion::functions::core::expr_fn::{coalesce, least};
use datafusion::functions_aggregate::expr_fn::min;
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Projection,
    Subquery, SubqueryAlias, Union, lit,
};

use crate::guard::Level;
use crate::shelf::PERSON;
use behind::Behind;

/// What a relation carries; nothing, if its rows are about nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Carried {
    /// The person of each row.
    person: Option<Column>,
    /// The fewest persons that an aggregate in the row stands on.
    fewest: Option<Column>,
}

impl Carried {
    fn columns(&self) -> impl Iterator<Item = &Column> {
        self.person.iter().chain(&self.fewest)
    }

    fn try_map(&self, mut other: impl FnMut(&Column) -> Result<Column>) -> Result<Self> {
        Ok(Self {
            person: self.person.as_ref().map(&mut other).transpose()?,
            fewest: self.fewest.as_ref().map(&mut other).transpose()?,
        })
    }
}

/// `plan` with one more column at its end, the number of persons behind each row; `None` if it speaks of nobody.
pub(super) fn counted(
    plan: &LogicalPlan,
    tables: &BTreeMap<String, Level>,
) -> Result<Option<LogicalPlan>> {
    let mut carrier = Carrier {
        tables,
        fresh: 0,
        apart: Vec::new(),
    };
    let (carrying, carried) = carrier.carry(plan)?;
    let fewest = carried.fewest.map(Expr::Column).into_iter();
    let Some(fewest) = fewest_of(fewest.chain(carrier.apart).collect()) else {
        return Ok(None);
    };
    let shown = plan.schema().columns().into_iter().map(Expr::Column);
    // A name of its own: one part alone is a column that may be shown too.
    let exprs: Vec<Expr> = shown
        .chain(std::iter::once(fewest.alias("\u{1}persons")))
        .collect();
    Ok(Some(LogicalPlan::Projection(Projection::try_new(
        exprs,
        Arc::new(carrying),
    )?)))
}

/// The least of `parts`; null, which is nobody, where all are.
fn fewest_of(mut parts: Vec<Expr>) -> Option<Expr> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(least(parts)),
    }
}

struct Carrier<'a> {
    tables: &'a BTreeMap<String, Level>,
    fresh: u32,
    /// The fewest persons behind subqueries that stand for themselves, each a subquery again.
    apart: Vec<Expr>,
}

impl Carrier<'_> {
    /// A name that nothing else has: SQL's own names can't begin so, since the guard refuses what it doesn't know.
    fn name(&mut self) -> String {
        self.fresh = self.fresh.saturating_add(1);
        format!("\u{1}persons{}", self.fresh)
    }

    fn carry(&mut self, plan: &LogicalPlan) -> Result<(LogicalPlan, Carried)> {
        for expr in plan.expressions() {
            self.subqueries(&expr)?;
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "every other node is refused by the guard, or has nothing to carry"
        )]
        match plan {
            LogicalPlan::TableScan(scan) => {
                let person = self.tables.get(scan.table_name.table()) == Some(&Level::Person);
                let column = || Column::new(Some(scan.table_name.clone()), PERSON);
                let carried = Carried {
                    person: person.then(column),
                    fewest: None,
                };
                Ok((plan.clone(), carried))
            }
            LogicalPlan::Projection(projection) => {
                let (input, carried) = self.carry(&projection.input)?;
                self.project(projection.expr.clone(), input, &carried)
            }
            LogicalPlan::Filter(_) | LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => {
                let Some(input) = plan.inputs().first().copied() else {
                    return Ok((plan.clone(), Carried::default()));
                };
                let (input, carried) = self.carry(input)?;
                Ok((
                    plan.with_new_exprs(plan.expressions(), vec![input])?,
                    carried,
                ))
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let (input, carried) = self.carry(&alias.input)?;
                let made = SubqueryAlias::try_new(Arc::new(input), alias.alias.clone())?;
                let renamed = carried.try_map(|column| {
                    Ok(Column::new(Some(alias.alias.clone()), column.name.clone()))
                })?;
                Ok((LogicalPlan::SubqueryAlias(made), renamed))
            }
            LogicalPlan::Aggregate(aggregate) => {
                let (input, carried) = self.carry(&aggregate.input)?;
                let (groups, functions) = (&aggregate.group_expr, &aggregate.aggr_expr);
                self.aggregate(input, &carried, groups.clone(), functions.clone())
            }
            LogicalPlan::Distinct(Distinct::All(below)) => {
                let (input, carried) = self.carry(below)?;
                let shown: Vec<Column> = below.schema().columns();
                if carried.columns().all(|column| shown.contains(column)) {
                    let made = LogicalPlan::Distinct(Distinct::All(Arc::new(input)));
                    return Ok((made, carried));
                }
                let groups = shown.into_iter().map(Expr::Column).collect();
                self.aggregate(input, &carried, groups, Vec::new())
            }
            LogicalPlan::Join(join) => self.join(plan, join),
            LogicalPlan::Union(union) => self.union(plan, union),
            _ => Ok((plan.clone(), Carried::default())),
        }
    }

    /// Notes the persons behind each subquery in `expr`. One that depends on the row it stands in speaks of that row's
    /// person, who is counted there; what stands apart inside it counts all the same.
    fn subqueries(&mut self, expr: &Expr) -> Result<()> {
        let mut found: Vec<Subquery> = Vec::new();
        expr.apply(|node| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds with a subquery")]
            match node {
                Expr::Exists(exists) => found.push(exists.subquery.clone()),
                Expr::InSubquery(within) => found.push(within.subquery.clone()),
                Expr::ScalarSubquery(subquery) => found.push(subquery.clone()),
                Expr::SetComparison(compared) => found.push(compared.subquery.clone()),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        for subquery in found {
            let (plan, carried) = self.carry(&subquery.subquery)?;
            if subquery.outer_ref_columns.is_empty() {
                self.stands_apart(plan, &carried)?;
            }
        }
        Ok(())
    }

    /// Notes the fewest persons behind all rows of `plan`.
    fn stands_apart(&mut self, plan: LogicalPlan, carried: &Carried) -> Result<()> {
        let Some(fewest) = &carried.fewest else {
            return Ok(());
        };
        let fewest = min(Expr::Column(fewest.clone())).alias(self.name());
        let plan = Aggregate::try_new(Arc::new(plan), Vec::new(), vec![fewest])?;
        self.apart.push(Expr::ScalarSubquery(Subquery {
            subquery: Arc::new(LogicalPlan::Aggregate(plan)),
            outer_ref_columns: Vec::new(),
            spans: Spans::new(),
        }));
        Ok(())
    }

    fn project(
        &mut self,
        mut exprs: Vec<Expr>,
        input: LogicalPlan,
        carried: &Carried,
    ) -> Result<(LogicalPlan, Carried)> {
        let carried = carried.try_map(|column| {
            let expr = Expr::Column(column.clone());
            if exprs.contains(&expr) {
                return Ok(column.clone());
            }
            let name = self.name();
            exprs.push(expr.alias(name.clone()));
            Ok(Column::new_unqualified(name))
        })?;
        let made = Projection::try_new(exprs, Arc::new(input))?;
        Ok((LogicalPlan::Projection(made), carried))
    }

    fn aggregate(
        &mut self,
        input: LogicalPlan,
        carried: &Carried,
        groups: Vec<Expr>,
        mut functions: Vec<Expr>,
    ) -> Result<(LogicalPlan, Carried)> {
        let mut counts = Vec::new();
        let mut parts = Vec::new();
        if let Some(fewest) = &carried.fewest {
            counts.push(min(Expr::Column(fewest.clone())));
        }
        let mut person = carried.person.clone();
        if let Some(counted) = person.take_if(|p| !groups.contains(&Expr::Column(p.clone()))) {
            let Behind { persons, one } = behind::persons(&counted, &functions, input.schema())?;
            counts.extend(persons);
            parts.extend(one.then(|| lit(1_i64)));
        }
        for count in counts {
            let name = self.name();
            functions.push(count.alias(name.clone()));
            parts.push(Expr::Column(Column::new_unqualified(name)));
        }
        let made = Aggregate::try_new(Arc::new(input), groups, functions)?;
        let made = LogicalPlan::Aggregate(made);
        match fewest_of(parts) {
            None => Ok((
                made,
                Carried {
                    person,
                    fewest: None,
                },
            )),
            Some(Expr::Column(column)) => {
                let fewest = Some(column);
                Ok((made, Carried { person, fewest }))
            }
            Some(fewest) => {
                let (made, column) = self.beside(made, fewest)?;
                let fewest = Some(column);
                Ok((made, Carried { person, fewest }))
            }
        }
    }

    fn join(&mut self, plan: &LogicalPlan, join: &Join) -> Result<(LogicalPlan, Carried)> {
        let (left, of_left) = self.carry(&join.left)?;
        let (right, of_right) = self.carry(&join.right)?;
        match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => {
                self.stands_apart(right.clone(), &of_right)?;
                let made = plan.with_new_exprs(plan.expressions(), vec![left, right])?;
                return Ok((made, of_left));
            }
            JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => {
                self.stands_apart(left.clone(), &of_left)?;
                let made = plan.with_new_exprs(plan.expressions(), vec![left, right])?;
                return Ok((made, of_right));
            }
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {}
        }
        let mut made = plan.with_new_exprs(plan.expressions(), vec![left, right])?;
        let person = match (of_left.person, of_right.person, join.join_type) {
            (Some(left), Some(right), JoinType::Full) => {
                let either = coalesce(vec![Expr::Column(left), Expr::Column(right)]);
                let (with, column) = self.beside(made, either)?;
                made = with;
                Some(column)
            }
            (_, Some(right), JoinType::Right) => Some(right),
            (left, right, _) => left.or(right),
        };
        let fewest = match (of_left.fewest, of_right.fewest) {
            (Some(left), Some(right)) => {
                let both = least(vec![Expr::Column(left), Expr::Column(right)]);
                let (with, column) = self.beside(made, both)?;
                made = with;
                Some(column)
            }
            (left, right) => left.or(right),
        };
        Ok((made, Carried { person, fewest }))
    }

    /// `plan` with `expr` as one more column.
    fn beside(&mut self, plan: LogicalPlan, expr: Expr) -> Result<(LogicalPlan, Column)> {
        let name = self.name();
        let columns = plan.schema().columns().into_iter().map(Expr::Column);
        let exprs: Vec<Expr> = columns
            .chain(std::iter::once(expr.alias(name.clone())))
            .collect();
        let made = Projection::try_new(exprs, Arc::new(plan))?;
        Ok((LogicalPlan::Projection(made), Column::new_unqualified(name)))
    }

    fn union(&mut self, plan: &LogicalPlan, union: &Union) -> Result<(LogicalPlan, Carried)> {
        let mut parts = Vec::with_capacity(union.inputs.len());
        for input in &union.inputs {
            let (made, carried) = self.carry(input)?;
            parts.push((input.schema().columns(), made, carried));
        }
        let person = parts.iter().any(|(_, _, carried)| carried.person.is_some());
        let fewest = parts.iter().any(|(_, _, carried)| carried.fewest.is_some());
        if !person && !fewest {
            return Ok((plan.clone(), Carried::default()));
        }
        let person = person.then(|| Column::new_unqualified(self.name()));
        let fewest = fewest.then(|| Column::new_unqualified(self.name()));
        let mut whole: Option<LogicalPlanBuilder> = None;
        for (columns, made, carried) in parts {
            let value = |column: Option<Column>, none: ScalarValue, name: &Column| {
                column
                    .map_or_else(|| lit(none), Expr::Column)
                    .alias(name.name.clone())
            };
            let nobody = ScalarValue::UInt32(None);
            let no_count = ScalarValue::Int64(None);
            let person = person
                .as_ref()
                .map(|name| value(carried.person, nobody, name));
            let fewest = fewest
                .as_ref()
                .map(|name| value(carried.fewest, no_count, name));
            let exprs = columns.into_iter().map(Expr::Column);
            let exprs = exprs.chain(person).chain(fewest);
            let part = Projection::try_new(exprs.collect::<Vec<_>>(), Arc::new(made))?;
            let part = LogicalPlan::Projection(part);
            whole = Some(match whole {
                None => LogicalPlanBuilder::from(part),
                Some(before) => before.union(part)?,
            });
        }
        let Some(whole) = whole else {
            return Ok((plan.clone(), Carried::default()));
        };
        Ok((whole.build()?, Carried { person, fewest }))
    }
}
