//! Joins on the person.

use std::sync::Arc;

use arrow::compute::SortOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::common::{JoinSide, JoinType, NullEquality, Result};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;

use super::restrict::{Keep, persons, restrict, set_of};
use super::{by_person, column, column_of};
use crate::person::join::PersonJoinExec;
use crate::person::semi::PersonSemiExec;
use crate::person::table::Ranges;

type Plan = Arc<dyn ExecutionPlan>;

/// A join whose two inputs come by the persons it makes equal.
struct OnPerson<'a> {
    left: &'a Plan,
    right: &'a Plan,
    on: (usize, usize),
    ranges: Arc<Ranges>,
    /// The other columns that are made equal.
    others: Vec<(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)>,
    filter: Option<&'a JoinFilter>,
    nulls: NullEquality,
}

/// What takes the place of `join`, if it joins rows by person.
pub(super) fn join(join: &HashJoinExec) -> Result<Option<Plan>> {
    if join.contains_projection() {
        return Ok(None);
    }
    let Some(found) = on_person(join)? else {
        return Ok(None);
    };
    let plain = found.others.is_empty() && found.filter.is_none();
    let made = match join.join_type() {
        JoinType::Inner => Some(found.inner()?),
        JoinType::Left if plain => Some(found.outer()?),
        JoinType::Right if plain => Some(found.swapped().outer_swapped()?),
        JoinType::LeftSemi if plain => Some(found.semi(Keep::With)?),
        JoinType::LeftAnti if plain => Some(found.semi(Keep::Without)?),
        JoinType::RightSemi if plain => Some(found.swapped().semi(Keep::With)?),
        JoinType::RightAnti if plain => Some(found.swapped().semi(Keep::Without)?),
        JoinType::Full if plain => Some(found.full()?),
        // A mark, and a join that keeps rows and asks more than the person, stay with DataFusion; its merge join fails on
        // the latter (55.2: an index out of bounds in its filter).
        JoinType::LeftMark
        | JoinType::RightMark
        | JoinType::Full
        | JoinType::Left
        | JoinType::Right
        | JoinType::LeftSemi
        | JoinType::LeftAnti
        | JoinType::RightSemi
        | JoinType::RightAnti => None,
    };
    Ok(made)
}

fn on_person(join: &HashJoinExec) -> Result<Option<OnPerson<'_>>> {
    let (left, right) = (join.left(), join.right());
    for (at, (l, r)) in join.on().iter().enumerate() {
        let (Some(l), Some(r)) = (column(l), column(r)) else {
            continue;
        };
        let (Some(ranges), Some(others)) = (by_person(left, l)?, by_person(right, r)?) else {
            continue;
        };
        if ranges != others {
            continue;
        }
        let others = join.on().iter().enumerate();
        let others = others.filter(|(index, _)| *index != at);
        return Ok(Some(OnPerson {
            left,
            right,
            on: (l, r),
            ranges,
            others: others.map(|(_, pair)| pair.clone()).collect(),
            filter: join.filter(),
            nulls: join.null_equality(),
        }));
    }
    Ok(None)
}

impl<'a> OnPerson<'a> {
    /// The same join read from the other side; it has no filter.
    fn swapped(&self) -> OnPerson<'a> {
        OnPerson {
            left: self.right,
            right: self.left,
            on: (self.on.1, self.on.0),
            ranges: Arc::clone(&self.ranges),
            others: Vec::new(),
            filter: None,
            nulls: self.nulls,
        }
    }

    fn merge(&self, left: Plan, right: Plan, outer: bool) -> Result<Plan> {
        let ranges = Arc::clone(&self.ranges);
        Ok(Arc::new(PersonJoinExec::try_new(
            left, right, self.on, outer, ranges,
        )?))
    }

    fn inner(&self) -> Result<Plan> {
        let plan = match self.existence()? {
            Some(plan) => plan,
            None => self.merge(Arc::clone(self.left), Arc::clone(self.right), false)?,
        };
        let Some(condition) = self.condition()? else {
            return Ok(plan);
        };
        Ok(Arc::new(FilterExec::try_new(condition, plan)?))
    }

    /// Where one side is nothing but persons, each once, the join only asks who is on both.
    fn existence(&self) -> Result<Option<Plan>> {
        let (l, r) = self.on;
        let right_only = persons(self.right) && r == 0;
        let left_only = persons(self.left) && l == 0;
        let kept = if right_only {
            self.semi(Keep::With)?
        } else if left_only {
            self.swapped().semi(Keep::With)?
        } else {
            return Ok(None);
        };
        let person = if right_only { l } else { r };
        let with = column_of(&kept, person);
        let names = self.left.schema();
        let others = self.right.schema();
        let all = (0..kept.schema().fields().len()).map(|index| column_of(&kept, index));
        let exprs: Vec<Arc<dyn PhysicalExpr>> = if right_only {
            all.chain(std::iter::once(with)).collect()
        } else {
            std::iter::once(with).chain(all).collect()
        };
        let names = names.fields().iter().chain(others.fields());
        let exprs = exprs
            .into_iter()
            .zip(names.map(|field| field.name().clone()));
        Ok(Some(Arc::new(ProjectionExec::try_new(
            exprs.collect::<Vec<_>>(),
            kept,
        )?)))
    }

    fn semi(&self, keep: Keep) -> Result<Plan> {
        let (l, r) = self.on;
        if let Some(set) = set_of(self.right, r)
            && let Some(plan) = restrict(self.left, l, &set, keep)?
        {
            return Ok(plan);
        }
        Ok(Arc::new(PersonSemiExec::try_new(
            Arc::clone(self.left),
            Arc::clone(self.right),
            self.on,
            keep == Keep::Without,
            Arc::clone(&self.ranges),
        )?))
    }

    fn outer(&self) -> Result<Plan> {
        self.merge(Arc::clone(self.left), Arc::clone(self.right), true)
    }

    /// The outer join of a swapped join, with its columns in the order they had.
    fn outer_swapped(&self) -> Result<Plan> {
        let plan = self.outer()?;
        let mine = self.left.schema().fields().len();
        let all = plan.schema().fields().len();
        let order = (mine..all).chain(0..mine);
        let exprs = order.map(|index| {
            let name = plan.schema().field(index).name().clone();
            (column_of(&plan, index), name)
        });
        let exprs: Vec<_> = exprs.collect();
        Ok(Arc::new(ProjectionExec::try_new(exprs, plan)?))
    }

    /// What a join asks beside the person, over the columns of the left and then the right.
    fn condition(&self) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let offset = self.left.schema().fields().len();
        let mut parts: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
        for (l, r) in &self.others {
            let operator = match self.nulls {
                NullEquality::NullEqualsNull => Operator::IsNotDistinctFrom,
                NullEquality::NullEqualsNothing => Operator::Eq,
            };
            parts.push(Arc::new(BinaryExpr::new(
                Arc::clone(l),
                operator,
                shifted(r, |index| index.saturating_add(offset))?,
            )));
        }
        if let Some(filter) = self.filter {
            let at = |index: usize| {
                let place = filter.column_indices().get(index);
                place.map_or(index, |place| match place.side {
                    JoinSide::Right => place.index.saturating_add(offset),
                    JoinSide::Left | JoinSide::None => place.index,
                })
            };
            parts.push(shifted(filter.expression(), at)?);
        }
        Ok(parts.into_iter().reduce(all))
    }

    /// A join that keeps both sides: DataFusion's own merge, which needs no repartitioning either.
    fn full(&self) -> Result<Plan> {
        let on = (
            column_of(self.left, self.on.0),
            column_of(self.right, self.on.1),
        );
        Ok(Arc::new(SortMergeJoinExec::try_new(
            Arc::clone(self.left),
            Arc::clone(self.right),
            vec![on],
            None,
            JoinType::Full,
            vec![SortOptions::default()],
            self.nulls,
        )?))
    }
}

fn all(one: Arc<dyn PhysicalExpr>, other: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
    Arc::new(BinaryExpr::new(one, Operator::And, other))
}

/// `expr` with its columns at other positions.
fn shifted(
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
