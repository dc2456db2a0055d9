//! Aggregates over rows that come by person.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::AggregateUDF;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::projection::ProjectionExec;

use super::restrict::set_of;
use super::{by_person, column, column_of, person_of};
use crate::checked::sum_udaf;
use crate::person::aggregate::PersonAggregateExec;
use crate::person::groups::Aggregates;
use crate::person::join::{JoinKind, PersonJoinExec};
use crate::person::person_count;
use crate::person::sets::PersonSetExec;
use crate::person::table::Ranges;
use crate::person::totals::PersonTotalsExec;

type Plan = Arc<dyn ExecutionPlan>;

/// What takes the place of the last stage of an aggregate and the first one below it.
pub(super) fn aggregate(last: &AggregateExec) -> Result<Option<Plan>> {
    let of_states = matches!(
        last.mode(),
        AggregateMode::Final | AggregateMode::FinalPartitioned
    );
    let Some(first) = last.input().downcast_ref::<AggregateExec>() else {
        return Ok(None);
    };
    let plain = of_states
        && first.mode() == &AggregateMode::Partial
        && !first.group_expr().has_grouping_set()
        && first.limit_options().is_none()
        && last.limit_options().is_none()
        && first.aggr_expr().iter().all(|f| f.order_bys().is_empty());
    if !plain {
        return Ok(None);
    }
    if let Some(plan) = per_person(first, last)? {
        return Ok(Some(plan));
    }
    totals(first, last)
}

/// `GROUP BY person`.
fn per_person(first: &AggregateExec, last: &AggregateExec) -> Result<Option<Plan>> {
    let [(group, name)] = first.group_expr().expr() else {
        return Ok(None);
    };
    let Some(at) = column(group) else {
        return Ok(None);
    };
    let Some(ranges) = by_person(first.input(), at)? else {
        return Ok(None);
    };
    if first.aggr_expr().is_empty()
        && let Some(set) = set_of(first.input(), at)
    {
        let set = PersonSetExec::try_new(Arc::new(set), ranges, name)?;
        return Ok(Some(Arc::new(set)));
    }
    let made = PersonAggregateExec::try_new(
        Arc::clone(first.input()),
        at,
        Aggregates::of(first),
        last.schema(),
        ranges,
    )?;
    Ok(Some(Arc::new(made)))
}

/// Any other groups.
fn totals(first: &AggregateExec, last: &AggregateExec) -> Result<Option<Plan>> {
    let input = first.input();
    let by = first.group_expr().expr();
    let counts: Vec<bool> = first
        .aggr_expr()
        .iter()
        .map(|function| counts_persons(function, input))
        .collect::<Result<_>>()?;
    let functions = |given: &[Arc<AggregateFunctionExpr>]| {
        let pairs = given.iter().zip(&counts);
        pairs
            .map(|(function, counts)| {
                if *counts {
                    counting_persons(function, &first.input_schema())
                } else {
                    Ok(Arc::clone(function))
                }
            })
            .collect::<Result<Vec<_>>>()
    };
    let aggregates = Aggregates {
        functions: functions(first.aggr_expr())?,
        filters: first.filter_expr().to_vec(),
    };
    let partial = match before_the_join(input, by, &aggregates)? {
        Some(partial) => partial,
        None => match person_of(input)? {
            Some((person, ranges)) => {
                let alone = counts.iter().all(|counts| *counts)
                    && !counts.is_empty()
                    && by.is_empty()
                    && aggregates.filters.iter().all(Option::is_none);
                let input = match from_the_bitmap(input, person, &ranges)? {
                    Some(persons) if alone => persons,
                    _ => Arc::clone(input),
                };
                let by = by.to_vec();
                Arc::new(PersonTotalsExec::try_new(input, person, by, aggregates)?)
            }
            None => return Ok(None),
        },
    };
    let made = AggregateExec::try_new(
        *last.mode(),
        last.group_expr().clone(),
        functions(last.aggr_expr())?,
        last.filter_expr().to_vec(),
        partial,
        first.input_schema(),
    )?;
    Ok(Some(Arc::new(made)))
}

/// The persons of `input` each once, under its schema, if that is persons only and no row has to be read.
fn from_the_bitmap(input: &Plan, person: usize, ranges: &Arc<Ranges>) -> Result<Option<Plan>> {
    let schema = input.schema();
    let Some(set) = set_of(input, person) else {
        return Ok(None);
    };
    if schema.fields().len() != 1 {
        return Ok(None);
    }
    let name = schema.field(person).name();
    let set = PersonSetExec::try_new(Arc::new(set), Arc::clone(ranges), name)?;
    Ok(Some(Arc::new(set)))
}

/// Whether `function` counts the persons by whom the rows of `input` come, each once.
fn counts_persons(function: &Arc<AggregateFunctionExpr>, input: &Plan) -> Result<bool> {
    let [argument] = &function.expressions()[..] else {
        return Ok(false);
    };
    if !function.is_distinct() || function.fun() != count_udaf().as_ref() {
        return Ok(false);
    }
    match column(argument) {
        Some(at) => Ok(by_person(input, at)?.is_some()),
        None => Ok(false),
    }
}

fn counting_persons(
    function: &Arc<AggregateFunctionExpr>,
    schema: &Arc<Schema>,
) -> Result<Arc<AggregateFunctionExpr>> {
    let counting = AggregateExprBuilder::new(person_count(), function.expressions())
        .schema(Arc::clone(schema))
        .alias(function.name())
        .build()?;
    Ok(Arc::new(counting))
}

/// A join on the person of which one input is only totalled, and the other has the groups.
struct Sides<'a> {
    join: &'a PersonJoinExec,
    /// The input with the groups, and its person.
    keeping: (&'a Plan, usize),
    /// The other one.
    totalled: (&'a Plan, usize),
    /// Where the totalled input's columns begin in the join.
    base: usize,
    /// Positions of the groups in `keeping`.
    groups: Vec<usize>,
}

/// An aggregate over the join of what was added up per person: the function, and the column it reads there.
struct Over {
    then: Arc<AggregateUDF>,
    place: usize,
    asked: Arc<AggregateFunctionExpr>,
}

/// Totals of one table by columns of another, over their join on the person: what is totalled is added up per person
/// first, so that the join meets each person's rows with one row instead of all. Done where the result is the same to
/// the last bit: counts, least and greatest values, and sums of integers.
fn before_the_join(
    input: &Plan,
    by: &[(Arc<dyn PhysicalExpr>, String)],
    aggregates: &Aggregates,
) -> Result<Option<Plan>> {
    let Some((join, at)) = joined(input) else {
        return Ok(None);
    };
    if !join.is_plain_inner() || by.is_empty() || aggregates.filters.iter().any(Option::is_some) {
        return Ok(None);
    }
    let groups = by.iter().map(|(expr, _)| at(column(expr)?));
    let Some(sides) = groups
        .collect::<Option<_>>()
        .and_then(|g| Sides::of(join, g))
    else {
        return Ok(None);
    };
    let Some((per_person, over)) = sides.steps(&aggregates.functions, &at)? else {
        return Ok(None);
    };
    let met = sides.met(per_person)?;
    let mut functions = Vec::new();
    for Over { then, place, asked } in over {
        let total = AggregateExprBuilder::new(then, vec![column_of(&met, place)])
            .schema(met.schema())
            .alias(asked.name())
            .build()?;
        // The last stage reads the states as those of the function that was asked for.
        if states(&total)? != states(&asked)? {
            return Ok(None);
        }
        functions.push(Arc::new(total));
    }
    let names = by.iter().map(|(_, name)| name.clone());
    let by = sides
        .groups
        .iter()
        .map(|group| column_of(&met, *group))
        .zip(names);
    let totals = PersonTotalsExec::try_new(
        Arc::clone(&met),
        sides.keeping.1,
        by.collect(),
        Aggregates {
            filters: vec![None; functions.len()],
            functions,
        },
    )?;
    Ok(Some(Arc::new(totals)))
}

fn states(function: &AggregateFunctionExpr) -> Result<Vec<DataType>> {
    let fields = function.state_fields()?;
    Ok(fields
        .iter()
        .map(|field| field.data_type().clone())
        .collect())
}

impl<'a> Sides<'a> {
    /// `groups` are positions in the join; they must be of one input.
    fn of(join: &'a PersonJoinExec, groups: Vec<usize>) -> Option<Self> {
        let lefts = join.left.schema().fields().len();
        let (left, right) = ((&join.left, join.on.0), (&join.right, join.on.1));
        if groups.iter().all(|group| *group < lefts) {
            return Some(Self {
                join,
                keeping: left,
                totalled: right,
                base: lefts,
                groups,
            });
        }
        let groups: Option<Vec<usize>> = groups.into_iter().map(|g| g.checked_sub(lefts)).collect();
        Some(Self {
            join,
            keeping: right,
            totalled: left,
            base: 0,
            groups: groups?,
        })
    }

    /// What is added up per person, and what is made of it over the join.
    #[expect(clippy::type_complexity, reason = "the two steps of each function")]
    fn steps(
        &self,
        functions: &[Arc<AggregateFunctionExpr>],
        at: impl Fn(usize) -> Option<usize>,
    ) -> Result<Option<(Vec<Arc<AggregateFunctionExpr>>, Vec<Over>)>> {
        let kept = self.keeping.0.schema().fields().len();
        let (mut per_person, mut over) = (Vec::new(), Vec::new());
        for function in functions {
            let asked = Arc::clone(function);
            if function.fun() == person_count().as_ref() {
                if !self.counts_the_joined(function, &at) {
                    return Ok(None);
                }
                let (then, place) = (person_count(), self.keeping.1);
                over.push(Over { then, place, asked });
                continue;
            }
            let Some(parts) = Parts::of(function, self.totalled.0, &at, self.base)? else {
                return Ok(None);
            };
            // The person stands before what is added up.
            let place = kept.saturating_add(1).saturating_add(per_person.len());
            per_person.push(parts.first);
            let then = parts.then;
            over.push(Over { then, place, asked });
        }
        Ok(Some((per_person, over)))
    }

    /// Whether the function reads the person of either input: those of the join, however many rows each has.
    fn counts_the_joined(
        &self,
        function: &AggregateFunctionExpr,
        at: impl Fn(usize) -> Option<usize>,
    ) -> bool {
        let lefts = self.join.left.schema().fields().len();
        let persons = [self.join.on.0, lefts.saturating_add(self.join.on.1)];
        match &function.expressions()[..] {
            [argument] => column(argument)
                .and_then(at)
                .is_some_and(|place| persons.contains(&place)),
            _ => false,
        }
    }

    /// The join with one row per person of what is totalled.
    fn met(&self, per_person: Vec<Arc<AggregateFunctionExpr>>) -> Result<Plan> {
        let person = self.totalled.0.schema().field(self.totalled.1).clone();
        let mut fields = vec![Arc::new(person)];
        fields.extend(per_person.iter().map(|function| function.field()));
        let summed: Plan = Arc::new(PersonAggregateExec::try_new(
            Arc::clone(self.totalled.0),
            self.totalled.1,
            Aggregates {
                filters: vec![None; per_person.len()],
                functions: per_person,
            },
            Arc::new(Schema::new(fields)),
            Arc::clone(&self.join.ranges),
        )?);
        Ok(Arc::new(PersonJoinExec::try_new(
            Arc::clone(self.keeping.0),
            summed,
            (self.keeping.1, 0),
            JoinKind::Inner,
            Vec::new(),
            Arc::clone(&self.join.ranges),
        )?))
    }
}

/// The join below `plan`, and where a column of `plan` stands in it.
fn joined(plan: &Plan) -> Option<(&PersonJoinExec, impl Fn(usize) -> Option<usize>)> {
    let mut below = plan;
    let mut maps: Vec<Vec<Option<usize>>> = Vec::new();
    while let Some(projection) = below.downcast_ref::<ProjectionExec>() {
        maps.push(
            projection
                .expr()
                .iter()
                .map(|expr| column(&expr.expr))
                .collect(),
        );
        below = projection.input();
    }
    let join = below.downcast_ref::<PersonJoinExec>()?;
    let at = move |index: usize| {
        maps.iter()
            .try_fold(index, |at, map| map.get(at).copied().flatten())
    };
    Some((join, at))
}

/// An aggregate in two steps: per person, and over persons.
struct Parts {
    first: Arc<AggregateFunctionExpr>,
    then: Arc<AggregateUDF>,
}

impl Parts {
    /// The steps of `function`, if it only reads `table`, whose columns begin at `base` in the join.
    fn of(
        function: &Arc<AggregateFunctionExpr>,
        table: &Plan,
        at: impl Fn(usize) -> Option<usize>,
        base: usize,
    ) -> Result<Option<Self>> {
        let [argument] = &function.expressions()[..] else {
            return Ok(None);
        };
        if function.is_distinct() || function.ignore_nulls() {
            return Ok(None);
        }
        let every_row = argument
            .downcast_ref::<Literal>()
            .is_some_and(|literal| !literal.value().is_null());
        let count = function.fun() == count_udaf().as_ref();
        let mine = of_table(argument, &table.schema(), |index| {
            at(index)?.checked_sub(base)
        })?;
        let (argument, then) = match mine {
            Some(argument) => {
                let integer = argument.data_type(&table.schema())?.is_integer();
                if count || (function.fun() == sum_udaf().as_ref() && integer) {
                    (argument, sum_udaf())
                } else if function.fun() == min_udaf().as_ref() {
                    (argument, min_udaf())
                } else if function.fun() == max_udaf().as_ref() {
                    (argument, max_udaf())
                } else {
                    return Ok(None);
                }
            }
            None if every_row && count => {
                let one: Arc<dyn PhysicalExpr> =
                    Arc::new(Literal::new(ScalarValue::Int64(Some(1))));
                (one, sum_udaf())
            }
            None => return Ok(None),
        };
        let first = AggregateExprBuilder::new(Arc::new(function.fun().clone()), vec![argument])
            .schema(table.schema())
            .alias(function.name())
            .build()?;
        Ok(Some(Self {
            first: Arc::new(first),
            then,
        }))
    }
}

/// `argument` over the columns of a table, if it is one of them or an integer of one made wider. Nothing else: rows that
/// the join drops would be computed too, and a computation can fail.
fn of_table(
    argument: &Arc<dyn PhysicalExpr>,
    schema: &Schema,
    at: impl Fn(usize) -> Option<usize>,
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let moved = |expr: &Arc<dyn PhysicalExpr>| -> Option<Arc<dyn PhysicalExpr>> {
        let place = at(column(expr)?)?;
        let field = schema.fields().get(place)?;
        Some(Arc::new(Column::new(field.name(), place)))
    };
    let Some(cast) = argument.downcast_ref::<CastExpr>() else {
        return Ok(moved(argument));
    };
    let Some(inner) = moved(cast.expr()) else {
        return Ok(None);
    };
    let (from, to) = (inner.data_type(schema)?, cast.cast_type());
    let wider = from.is_integer()
        && ((to == &DataType::Int64 && from != DataType::UInt64)
            || (to == &DataType::UInt64 && from.is_unsigned_integer()));
    Ok(wider.then(|| Arc::new(CastExpr::new(inner, to.clone(), None)) as Arc<dyn PhysicalExpr>))
}
