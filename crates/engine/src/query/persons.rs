//! How many persons stand behind each row of an answer: a column that the plan carries along and nobody is shown.
//!
//! Each relation of a plan that the guard let through either has one person per row, or is made of aggregates. Where
//! persons are aggregated away, their number is counted; where aggregates meet or are aggregated again, the smallest of
//! the numbers goes on: the release desk wants to know the fewest persons that a cell speaks of.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{Column, Result, ScalarValue};
use datafusion::functions::core::expr_fn::{coalesce, least};
use datafusion::functions_aggregate::expr_fn::{count_distinct, min};
use datafusion::logical_expr::{
    Aggregate, Distinct, Expr, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Projection,
    SubqueryAlias, Union, lit,
};

use crate::guard::Level;
use crate::shelf::PERSON;

/// What a relation carries.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Carried {
    /// Nothing: rows about nobody.
    Nothing,
    /// The person of each row.
    Person(Column),
    /// How many persons each row stands on.
    Count(Column),
}

impl Carried {
    fn column(&self) -> Option<&Column> {
        match self {
            Self::Nothing => None,
            Self::Person(column) | Self::Count(column) => Some(column),
        }
    }

    fn with(&self, column: Column) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Person(_) => Self::Person(column),
            Self::Count(_) => Self::Count(column),
        }
    }
}

/// `plan` with one more column at its end, the number of persons behind each row; `None` if it speaks of nobody.
pub(super) fn counted(
    plan: &LogicalPlan,
    tables: &BTreeMap<String, Level>,
) -> Result<Option<LogicalPlan>> {
    let mut carrier = Carrier { tables, fresh: 0 };
    let (carrying, carried) = carrier.carry(plan)?;
    let Carried::Count(count) = carried else {
        return Ok(None);
    };
    let shown = plan.schema().columns().into_iter();
    let exprs = shown.chain(std::iter::once(count)).map(Expr::Column);
    let exprs: Vec<Expr> = exprs.collect();
    Ok(Some(LogicalPlan::Projection(Projection::try_new(
        exprs,
        Arc::new(carrying),
    )?)))
}

struct Carrier<'a> {
    tables: &'a BTreeMap<String, Level>,
    fresh: u32,
}

impl Carrier<'_> {
    /// A name that nothing else has: SQL's own names can't begin so, since the guard refuses what it doesn't know.
    fn name(&mut self) -> String {
        self.fresh = self.fresh.saturating_add(1);
        format!("\u{1}persons{}", self.fresh)
    }

    fn carry(&mut self, plan: &LogicalPlan) -> Result<(LogicalPlan, Carried)> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "every other node is refused by the guard, or has nothing to carry"
        )]
        match plan {
            LogicalPlan::TableScan(scan) => {
                let person = self.tables.get(scan.table_name.table()) == Some(&Level::Person);
                let column = Column::new(Some(scan.table_name.clone()), PERSON);
                let carried = if person {
                    Carried::Person(column)
                } else {
                    Carried::Nothing
                };
                Ok((plan.clone(), carried))
            }
            LogicalPlan::Projection(projection) => {
                let (input, carried) = self.carry(&projection.input)?;
                self.project(projection.expr.clone(), input, &carried)
            }
            LogicalPlan::Filter(_) | LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => {
                let Some(input) = plan.inputs().first().copied() else {
                    return Ok((plan.clone(), Carried::Nothing));
                };
                let (input, carried) = self.carry(input)?;
                Ok((
                    plan.with_new_exprs(plan.expressions(), vec![input])?,
                    carried,
                ))
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let (input, carried) = self.carry(&alias.input)?;
                let renamed = carried
                    .column()
                    .map(|column| Column::new(Some(alias.alias.clone()), column.name.clone()));
                let made = SubqueryAlias::try_new(Arc::new(input), alias.alias.clone())?;
                let carried = renamed.map_or(Carried::Nothing, |column| carried.with(column));
                Ok((LogicalPlan::SubqueryAlias(made), carried))
            }
            LogicalPlan::Aggregate(aggregate) => {
                let (input, carried) = self.carry(&aggregate.input)?;
                let (groups, functions) = (&aggregate.group_expr, &aggregate.aggr_expr);
                self.aggregate(input, &carried, groups.clone(), functions.clone())
            }
            LogicalPlan::Distinct(Distinct::All(below)) => {
                let (input, carried) = self.carry(below)?;
                let shown: Vec<Column> = below.schema().columns();
                if carried.column().is_none_or(|column| shown.contains(column)) {
                    let made = LogicalPlan::Distinct(Distinct::All(Arc::new(input)));
                    return Ok((made, carried));
                }
                let groups = shown.into_iter().map(Expr::Column).collect();
                self.aggregate(input, &carried, groups, Vec::new())
            }
            LogicalPlan::Join(join) => self.join(plan, join),
            LogicalPlan::Union(union) => self.union(plan, union),
            _ => Ok((plan.clone(), Carried::Nothing)),
        }
    }

    fn project(
        &mut self,
        mut exprs: Vec<Expr>,
        input: LogicalPlan,
        carried: &Carried,
    ) -> Result<(LogicalPlan, Carried)> {
        let mut carried = carried.clone();
        if let Some(column) = carried.column().cloned()
            && !exprs.contains(&Expr::Column(column.clone()))
        {
            let name = self.name();
            exprs.push(Expr::Column(column).alias(name.clone()));
            carried = carried.with(Column::new_unqualified(name));
        }
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
        let carried = match carried {
            Carried::Nothing => Carried::Nothing,
            Carried::Person(person) if groups.contains(&Expr::Column(person.clone())) => {
                carried.clone()
            }
            Carried::Person(person) => {
                let name = self.name();
                functions.push(count_distinct(Expr::Column(person.clone())).alias(name.clone()));
                Carried::Count(Column::new_unqualified(name))
            }
            Carried::Count(count) => {
                let name = self.name();
                functions.push(min(Expr::Column(count.clone())).alias(name.clone()));
                Carried::Count(Column::new_unqualified(name))
            }
        };
        let made = Aggregate::try_new(Arc::new(input), groups, functions)?;
        Ok((LogicalPlan::Aggregate(made), carried))
    }

    fn join(&mut self, plan: &LogicalPlan, join: &Join) -> Result<(LogicalPlan, Carried)> {
        let (left, of_left) = self.carry(&join.left)?;
        let (right, of_right) = self.carry(&join.right)?;
        let made = plan.with_new_exprs(plan.expressions(), vec![left, right])?;
        let both = match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => {
                return Ok((made, of_left));
            }
            JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => {
                return Ok((made, of_right));
            }
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                (of_left, of_right)
            }
        };
        let carried = match both {
            (Carried::Nothing, carried) | (carried, Carried::Nothing) => carried,
            // An aggregate that rows about persons meet is one row about all.
            (Carried::Person(person), Carried::Count(_))
            | (Carried::Count(_), Carried::Person(person)) => Carried::Person(person),
            (Carried::Person(left), Carried::Person(right)) => match join.join_type {
                JoinType::Right => Carried::Person(right),
                JoinType::Full => {
                    let either = coalesce(vec![Expr::Column(left), Expr::Column(right)]);
                    let (made, column) = self.beside(made, either)?;
                    return Ok((made, Carried::Person(column)));
                }
                JoinType::Inner | JoinType::Left => Carried::Person(left),
                JoinType::LeftSemi
                | JoinType::LeftAnti
                | JoinType::LeftMark
                | JoinType::RightSemi
                | JoinType::RightAnti
                | JoinType::RightMark => Carried::Nothing,
            },
            (Carried::Count(left), Carried::Count(right)) => {
                let fewest = least(vec![Expr::Column(left), Expr::Column(right)]);
                let (made, column) = self.beside(made, fewest)?;
                return Ok((made, Carried::Count(column)));
            }
        };
        Ok((made, carried))
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
        let Some(example) = parts
            .iter()
            .map(|(_, _, carried)| carried.clone())
            .find(|carried| *carried != Carried::Nothing)
        else {
            return Ok((plan.clone(), Carried::Nothing));
        };
        let name = self.name();
        let mut whole: Option<LogicalPlanBuilder> = None;
        for (columns, made, carried) in parts {
            let value = match carried.column() {
                Some(column) => Expr::Column(column.clone()),
                None => lit(ScalarValue::Int64(None)),
            };
            let exprs = columns.into_iter().map(Expr::Column);
            let exprs = exprs.chain(std::iter::once(value.alias(name.clone())));
            let part = Projection::try_new(exprs.collect::<Vec<_>>(), Arc::new(made))?;
            let part = LogicalPlan::Projection(part);
            whole = Some(match whole {
                None => LogicalPlanBuilder::from(part),
                Some(before) => before.union(part)?,
            });
        }
        let Some(whole) = whole else {
            return Ok((plan.clone(), Carried::Nothing));
        };
        Ok((whole.build()?, example.with(Column::new_unqualified(name))))
    }
}
