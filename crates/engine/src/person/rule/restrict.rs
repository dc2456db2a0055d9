//! Who is meant, known from bitmaps, and plans that read only their rows.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;

use super::column;
use crate::person::aggregate::PersonAggregateExec;
use crate::person::join::{JoinKind, PersonJoinExec};
use crate::person::scan::PersonScanExec;
use crate::person::semi::PersonSemiExec;
use crate::person::set::PersonSet;
use crate::person::sets::PersonSetExec;

type Plan = Arc<dyn ExecutionPlan>;

/// Whether rows of the persons of a set are kept, or those of everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::person) enum Keep {
    With,
    Without,
}

impl Keep {
    fn of(self, all: &PersonSet, set: &PersonSet) -> PersonSet {
        match self {
            Self::With => all.and(set),
            Self::Without => all.without(set),
        }
    }
}

/// Whether `plan` gives one column, of persons, each once.
pub(super) fn persons(plan: &Plan) -> bool {
    if plan.schema().fields().len() != 1 {
        return false;
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let expr = projection.expr().first();
        let passed = expr.and_then(|expr| column(&expr.expr));
        return passed == Some(0) && persons(projection.input());
    }
    plan.downcast_ref::<PersonSetExec>().is_some()
        || plan.downcast_ref::<PersonAggregateExec>().is_some()
        || plan
            .downcast_ref::<PersonSemiExec>()
            .is_some_and(|semi| persons(&semi.left))
}

/// The persons in column `at` of `plan`'s rows, where no row has to be read to know them.
pub(super) fn set_of(plan: &Plan, at: usize) -> Option<PersonSet> {
    if let Some(scan) = plan.downcast_ref::<PersonScanExec>() {
        return (scan.projection.get(at) == Some(&0)).then(|| scan.persons())?;
    }
    if let Some(set) = plan.downcast_ref::<PersonSetExec>() {
        return Some((*set.persons).clone());
    }
    if let Some(aggregate) = plan.downcast_ref::<PersonAggregateExec>() {
        return (at == 0).then(|| set_of(&aggregate.input, aggregate.person))?;
    }
    if let Some(semi) = plan.downcast_ref::<PersonSemiExec>()
        && at == semi.on.0
    {
        let left = set_of(&semi.left, semi.on.0)?;
        let right = set_of(&semi.right, semi.on.1)?;
        let keep = if semi.anti { Keep::Without } else { Keep::With };
        return Some(keep.of(&left, &right));
    }
    if let Some(join) = plan.downcast_ref::<PersonJoinExec>() {
        let columns = join.left.schema().fields().len();
        let right = columns.saturating_add(join.on.1);
        let left = set_of(&join.left, join.on.0)?;
        return match join.kind {
            JoinKind::Left | JoinKind::Mark if at == join.on.0 => Some(left),
            JoinKind::Inner if join.conditions.is_empty() && (at == join.on.0 || at == right) => {
                Some(left.and(&set_of(&join.right, join.on.1)?))
            }
            JoinKind::Inner
            | JoinKind::Left
            | JoinKind::Full
            | JoinKind::Semi
            | JoinKind::Anti
            | JoinKind::Mark => None,
        };
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let expr = projection.expr().get(at)?;
        return set_of(projection.input(), column(&expr.expr)?);
    }
    None
}

/// `plan` with only the rows whose person in column `at` is, or isn't, in `set`, where that costs no operator of its own.
pub(in crate::person) fn restrict(
    plan: &Plan,
    at: usize,
    set: &PersonSet,
    keep: Keep,
) -> Result<Option<Plan>> {
    if let Some(scan) = plan.downcast_ref::<PersonScanExec>() {
        if scan.projection.get(at) != Some(&0) {
            return Ok(None);
        }
        return Ok(Some(Arc::new(
            scan.restricted(&keep.of(&scan.table.persons, set)),
        )));
    }
    if let Some(persons) = plan.downcast_ref::<PersonSetExec>() {
        let kept = keep.of(&persons.persons, set);
        let ranges = Arc::clone(&persons.ranges);
        let name = plan.schema().field(0).name().clone();
        return Ok(Some(Arc::new(PersonSetExec::try_new(
            Arc::new(kept),
            ranges,
            &name,
        )?)));
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>()
        && filter.projection().is_none()
    {
        let below = restrict(filter.input(), at, set, keep)?;
        return over(plan, below);
    }
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let Some(below) = projection
            .expr()
            .get(at)
            .and_then(|expr| column(&expr.expr))
        else {
            return Ok(None);
        };
        let below = restrict(projection.input(), below, set, keep)?;
        return over(plan, below);
    }
    if let Some(aggregate) = plan.downcast_ref::<PersonAggregateExec>()
        && at == 0
    {
        let below = restrict(&aggregate.input, aggregate.person, set, keep)?;
        return over(plan, below);
    }
    if let Some(semi) = plan.downcast_ref::<PersonSemiExec>()
        && at == semi.on.0
    {
        let Some(left) = restrict(&semi.left, at, set, keep)? else {
            return Ok(None);
        };
        return with(plan, vec![left, Arc::clone(&semi.right)]).map(Some);
    }
    // A full join would take the rows of the right for those of persons without one on the left.
    if let Some(join) = plan.downcast_ref::<PersonJoinExec>()
        && join.kind != JoinKind::Full
        && at == join.on.0
    {
        let Some(left) = restrict(&join.left, at, set, keep)? else {
            return Ok(None);
        };
        return with(plan, vec![left, Arc::clone(&join.right)]).map(Some);
    }
    Ok(None)
}

fn over(plan: &Plan, below: Option<Plan>) -> Result<Option<Plan>> {
    below.map(|below| with(plan, vec![below])).transpose()
}

fn with(plan: &Plan, children: Vec<Plan>) -> Result<Plan> {
    datafusion::physical_plan::replace_children_if_necessary(Arc::clone(plan), children)
}
