//! Joins on the person.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNode as _;
use datafusion::common::{JoinSide, JoinType, NullEquality, Result};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::physical_expr::scalar_subquery::ScalarSubqueryExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::projection::ProjectionExec;

use super::restrict::{Keep, persons, restrict, set_of};
use super::{by_person, column, column_of};
use crate::person::join::{JoinKind, PersonJoinExec, shifted};
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
    filter: Option<JoinFilter>,
    nulls: NullEquality,
}

/// What takes the place of `join`, if it joins rows by person.
pub(super) fn join(join: &HashJoinExec) -> Result<Option<Plan>> {
    // `NOT IN` where a value of either side may be null asks more than whether there is a partner.
    if join.contains_projection() || join.null_aware {
        return Ok(None);
    }
    let Some(found) = on_person(join)? else {
        return Ok(None);
    };
    Ok(match join.join_type() {
        JoinType::Inner => Some(found.inner()?),
        JoinType::Left => found.merged(JoinKind::Left)?,
        JoinType::Full => found.merged(JoinKind::Full)?,
        JoinType::Right => {
            let swapped = found.swapped();
            let plan = swapped.merged(JoinKind::Left)?;
            plan.map(|plan| swapped.turned(plan)).transpose()?
        }
        JoinType::LeftSemi => found.semi(JoinKind::Semi)?,
        JoinType::LeftAnti => found.semi(JoinKind::Anti)?,
        JoinType::LeftMark => found.merged(JoinKind::Mark)?,
        JoinType::RightSemi => found.swapped().semi(JoinKind::Semi)?,
        JoinType::RightAnti => found.swapped().semi(JoinKind::Anti)?,
        JoinType::RightMark => found.swapped().merged(JoinKind::Mark)?,
    })
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
            filter: join.filter().cloned(),
            nulls: join.null_equality(),
        }));
    }
    Ok(None)
}

impl<'a> OnPerson<'a> {
    /// The same join read from the other side.
    fn swapped(&self) -> OnPerson<'a> {
        let others = self.others.iter();
        OnPerson {
            left: self.right,
            right: self.left,
            on: (self.on.1, self.on.0),
            ranges: Arc::clone(&self.ranges),
            others: others
                .map(|(l, r)| (Arc::clone(r), Arc::clone(l)))
                .collect(),
            filter: self.filter.as_ref().map(JoinFilter::swap),
            nulls: self.nulls,
        }
    }

    fn merge(&self, kind: JoinKind, conditions: Vec<Arc<dyn PhysicalExpr>>) -> Result<Plan> {
        Ok(Arc::new(PersonJoinExec::try_new(
            Arc::clone(self.left),
            Arc::clone(self.right),
            self.on,
            kind,
            conditions,
            Arc::clone(&self.ranges),
        )?))
    }

    /// A merge that asks all the join asks, if it can.
    fn merged(&self, kind: JoinKind) -> Result<Option<Plan>> {
        let conditions = self.conditions()?;
        // In a plan that was written and read again, only DataFusion's operators get a subquery's value (55.2).
        let subquery = |expr: &Arc<dyn PhysicalExpr>| {
            expr.exists(|node| Ok(node.downcast_ref::<ScalarSubqueryExpr>().is_some()))
        };
        for condition in &conditions {
            if subquery(condition)? {
                return Ok(None);
            }
        }
        self.merge(kind, conditions).map(Some)
    }

    fn inner(&self) -> Result<Plan> {
        let plan = match self.existence()? {
            Some(plan) => plan,
            None => self.merge(JoinKind::Inner, Vec::new())?,
        };
        let Some(condition) = self.conditions()?.into_iter().reduce(all) else {
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
            self.existing(Keep::With)?
        } else if left_only {
            self.swapped().existing(Keep::With)?
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

    fn semi(&self, kind: JoinKind) -> Result<Option<Plan>> {
        if !self.others.is_empty() || self.filter.is_some() {
            return self.merged(kind);
        }
        let anti = kind == JoinKind::Anti;
        let keep = if anti { Keep::Without } else { Keep::With };
        self.existing(keep).map(Some)
    }

    /// Rows of the left whose person has, or hasn't, a row on the right.
    fn existing(&self, keep: Keep) -> Result<Plan> {
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

    /// The rows of a swapped join with its columns in the order they had.
    fn turned(&self, plan: Plan) -> Result<Plan> {
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

    /// What a join asks beside the person, over the columns of the left and then the right. The filter comes after the
    /// columns that are made equal: it may fail where they differ.
    fn conditions(&self) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
        let offset = self.left.schema().fields().len();
        let mut equal: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
        for (l, r) in &self.others {
            let operator = match self.nulls {
                NullEquality::NullEqualsNull => Operator::IsNotDistinctFrom,
                NullEquality::NullEqualsNothing => Operator::Eq,
            };
            equal.push(Arc::new(BinaryExpr::new(
                Arc::clone(l),
                operator,
                shifted(r, |index| index.saturating_add(offset))?,
            )));
        }
        let mut conditions = Vec::from_iter(equal.into_iter().reduce(all));
        if let Some(filter) = &self.filter {
            let at = |index: usize| {
                let place = filter.column_indices().get(index);
                place.map_or(index, |place| match place.side {
                    JoinSide::Right => place.index.saturating_add(offset),
                    JoinSide::Left | JoinSide::None => place.index,
                })
            };
            conditions.push(shifted(filter.expression(), at)?);
        }
        Ok(conditions)
    }
}

fn all(one: Arc<dyn PhysicalExpr>, other: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
    Arc::new(BinaryExpr::new(one, Operator::And, other))
}
