//! DataFusion's joins held against what takes their place.

use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::pretty::pretty_format_batches;
use datafusion::common::{JoinSide, JoinType, NullEquality};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, case, lit};
use datafusion::physical_plan::joins::PartitionMode;
use datafusion::physical_plan::joins::utils::{ColumnIndex, JoinFilter};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{collect, displayable};

use super::*;
use crate::person::set::PersonSet;
use crate::person::sets::PersonSetExec;

type Plan = Arc<dyn ExecutionPlan>;
type Expr = Arc<dyn PhysicalExpr>;

const TYPES: [JoinType; 10] = [
    JoinType::Inner,
    JoinType::Left,
    JoinType::Right,
    JoinType::Full,
    JoinType::LeftSemi,
    JoinType::RightSemi,
    JoinType::LeftAnti,
    JoinType::RightAnti,
    JoinType::LeftMark,
    JoinType::RightMark,
];

fn pair(left: Expr, operator: Operator, right: Expr) -> Expr {
    Arc::new(BinaryExpr::new(left, operator, right))
}

/// A row for each person: the person, their remainder by `by`, null for some, and the person again as a value.
fn rows(persons: std::ops::Range<u32>, by: u32, ranges: &Arc<Ranges>) -> Plan {
    let set: PersonSet = persons.filter(|person| person % 5 != by % 5).collect();
    let set = PersonSetExec::try_new(Arc::new(set), Arc::clone(ranges), "person").unwrap();
    let set: Plan = Arc::new(set);
    let person = || column_of(&set, 0);
    let remainder = pair(person(), Operator::Modulo, lit(by));
    let known = pair(remainder, Operator::NotEq, lit(1_u32));
    let value = case(
        None,
        vec![(known, pair(person(), Operator::Modulo, lit(by)))],
        None,
    );
    let exprs = vec![
        (person(), "person".to_owned()),
        (value.unwrap(), "value".to_owned()),
        (pair(person(), Operator::Plus, lit(by)), "sum".to_owned()),
    ];
    Arc::new(ProjectionExec::try_new(exprs, Arc::clone(&set)).unwrap())
}

/// `right.sum % 3 < left.value`, its columns in an order of their own.
fn filter() -> JoinFilter {
    let field = |name| Field::new(name, DataType::UInt32, true);
    let column = |name: &str, at| Arc::new(Column::new(name, at)) as Expr;
    let third = pair(column("sum", 0), Operator::Modulo, lit(3_u32));
    let (index, other) = (2, 1);
    let columns = vec![
        ColumnIndex {
            index,
            side: JoinSide::Right,
        },
        ColumnIndex {
            index: other,
            side: JoinSide::Left,
        },
    ];
    JoinFilter::new(
        pair(third, Operator::Lt, column("value", 1)),
        columns,
        Arc::new(Schema::new(vec![field("sum"), field("value")])),
    )
}

/// The rows of a plan as text, in no order.
fn told(plan: &Plan) -> Vec<String> {
    let worker = tokio::runtime::Builder::new_current_thread();
    let worker = { worker }.build().unwrap();
    let context = Arc::new(TaskContext::default());
    let batches = worker.block_on(collect(Arc::clone(plan), context)).unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn every_kind_of_join_gives_the_rows_of_the_hash_join_it_replaces() {
    for partitions in [1, 3] {
        let ranges = Arc::new(Ranges::even(Some(59), partitions));
        let (left, right) = (rows(0..50, 4, &ranges), rows(10..60, 6, &ranges));
        let on = |index| (column_of(&left, index), column_of(&right, index));
        for kind in TYPES {
            for (keys, filter, nulls) in [
                (vec![on(0)], None, NullEquality::NullEqualsNothing),
                (vec![on(1), on(0)], None, NullEquality::NullEqualsNothing),
                (vec![on(0), on(1)], None, NullEquality::NullEqualsNull),
                (vec![on(0)], Some(filter()), NullEquality::NullEqualsNothing),
                (
                    vec![on(0), on(1)],
                    Some(filter()),
                    NullEquality::NullEqualsNull,
                ),
            ] {
                let join: Plan = Arc::new(
                    HashJoinExec::try_new(
                        Arc::clone(&left),
                        Arc::clone(&right),
                        keys,
                        filter,
                        &kind,
                        None,
                        PartitionMode::Partitioned,
                        nulls,
                        false,
                    )
                    .unwrap(),
                );
                let options = ConfigOptions::default();
                let made = PersonRule.optimize(Arc::clone(&join), &options).unwrap();
                let shown = displayable(made.as_ref()).indent(false).to_string();
                assert!(!shown.contains("HashJoinExec"), "{kind}\n{shown}");
                assert_eq!(made.schema(), join.schema(), "{kind}\n{shown}");
                assert_eq!(told(&made), told(&join), "{kind}\n{shown}");
            }
        }
    }
}

#[test]
fn a_join_that_looks_for_nulls_is_left_alone() {
    let ranges = Arc::new(Ranges::even(Some(59), 2));
    let (left, right) = (rows(0..50, 4, &ranges), rows(10..60, 6, &ranges));
    let on = (column_of(&left, 0), column_of(&right, 0));
    let (mode, nulls) = (PartitionMode::CollectLeft, NullEquality::NullEqualsNothing);
    let anti = &JoinType::LeftAnti;
    let join = HashJoinExec::try_new(left, right, vec![on], None, anti, None, mode, nulls, true);
    assert!(joins::join(&join.unwrap()).unwrap().is_none());
}
