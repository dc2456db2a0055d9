//! Joins held against all pairs of rows.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]

use arrow::array::{Array as _, AsArray as _, Int32Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column};
use datafusion::physical_plan::{collect, displayable};
use datafusion_proto::bytes::{
    physical_plan_from_bytes_with_extension_codec, physical_plan_to_bytes_with_extension_codec,
};
use proptest::prelude::*;

use super::window::PAIRS;
use super::*;
use crate::person::PersonCodec;

const KINDS: [JoinKind; 6] = [
    JoinKind::Inner,
    JoinKind::Left,
    JoinKind::Full,
    JoinKind::Semi,
    JoinKind::Anti,
    JoinKind::Mark,
];

/// A person, a value that may be null, and the row's number.
type Row = (u32, Option<i32>, i32);

/// Numbers of the rows that come out together, and the mark.
type Out = (Option<i32>, Option<i32>, Option<bool>);

type Holds = fn(&Row, &Row) -> bool;

/// Rows by person, in batches of `size`.
fn input(rows: &[Row], size: usize) -> Arc<dyn ExecutionPlan> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("person", DataType::UInt32, false),
        Field::new("value", DataType::Int32, true),
        Field::new("number", DataType::Int32, false),
    ]));
    let batch = |rows: &[Row]| {
        let persons = UInt32Array::from_iter_values(rows.iter().map(|row| row.0));
        let values: Int32Array = rows.iter().map(|row| row.1).collect();
        let numbers = Int32Array::from_iter_values(rows.iter().map(|row| row.2));
        let columns: Vec<arrow::array::ArrayRef> =
            vec![Arc::new(persons), Arc::new(values), Arc::new(numbers)];
        RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
    };
    let batches: Vec<RecordBatch> = rows.chunks(size).map(batch).collect();
    MemorySourceConfig::try_new_exec(&[batches], Arc::clone(&schema), None).unwrap()
}

/// `left.value OPERATOR right.value`, or of the rows' numbers.
fn compare(operator: Operator, at: usize) -> Arc<dyn PhysicalExpr> {
    let name = if at == 1 { "value" } else { "number" };
    Arc::new(BinaryExpr::new(
        Arc::new(Column::new(name, at)),
        operator,
        Arc::new(Column::new(name, at + 3)),
    ))
}

fn join(
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    kind: JoinKind,
    conditions: Vec<Arc<dyn PhysicalExpr>>,
) -> Arc<dyn ExecutionPlan> {
    let ranges = Arc::new(Ranges::even(None, 1));
    Arc::new(PersonJoinExec::try_new(left, right, (0, 0), kind, conditions, ranges).unwrap())
}

/// The batches of a join that may hold so many bytes of its inputs.
fn run(plan: Arc<dyn ExecutionPlan>, memory: usize) -> Vec<RecordBatch> {
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(memory, 1.0);
    let context = TaskContext::default().with_runtime(runtime.build_arc().unwrap());
    let worker = tokio::runtime::Builder::new_current_thread();
    let worker = { worker }.build().unwrap();
    worker.block_on(collect(plan, Arc::new(context))).unwrap()
}

/// What came out, in no order; rows come by the person of the left unless the join is full.
fn outs(batches: &[RecordBatch], kind: JoinKind) -> Vec<Out> {
    let mut outs = Vec::new();
    let mut before = 0;
    for batch in batches {
        // A batch has a bound however many rows a person has.
        assert!((1..=2 * PAIRS).contains(&batch.num_rows()));
        let number = |row: usize, column: usize| {
            let numbers = batch.column(column).as_primitive::<Int32Type>();
            numbers.is_valid(row).then(|| numbers.value(row))
        };
        for row in 0..batch.num_rows() {
            let right = kind.pairs().then(|| number(row, 5)).flatten();
            let mark = kind == JoinKind::Mark;
            let mark = mark.then(|| batch.column(3).as_boolean().value(row));
            outs.push((number(row, 2), right, mark));
            if kind != JoinKind::Full {
                let persons = crate::runs::persons_of(batch.column(0));
                assert!(before <= persons[row]);
                before = persons[row];
            }
        }
    }
    outs.sort_unstable();
    outs
}

fn expected(
    lefts: &[Row],
    rights: &[Row],
    kind: JoinKind,
    partners: impl Fn(&Row, &Row) -> bool,
) -> Vec<Out> {
    let partners = |l: &Row, r: &Row| l.0 == r.0 && partners(l, r);
    let mut outs: Vec<Out> = Vec::new();
    for l in lefts {
        let met: Vec<&Row> = rights.iter().filter(|r| partners(l, r)).collect();
        let left = Some(l.2);
        match kind {
            JoinKind::Mark => outs.push((left, None, Some(!met.is_empty()))),
            JoinKind::Semi if met.is_empty() => {}
            JoinKind::Anti if !met.is_empty() => {}
            JoinKind::Semi | JoinKind::Anti => outs.push((left, None, None)),
            JoinKind::Left | JoinKind::Full if met.is_empty() => outs.push((left, None, None)),
            JoinKind::Inner | JoinKind::Left | JoinKind::Full => {
                outs.extend(met.iter().map(|r| (left, Some(r.2), None)));
            }
        }
    }
    if kind == JoinKind::Full {
        let alone = rights
            .iter()
            .filter(|r| !lefts.iter().any(|l| partners(l, r)));
        outs.extend(alone.map(|r| (None, Some(r.2), None)));
    }
    outs.sort_unstable();
    outs
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    let row = (0_u32..6, prop::option::of(0_i32..4));
    prop::collection::vec(row, 0..most).prop_map(|mut rows| {
        rows.sort_by_key(|row| row.0);
        let numbered = rows.into_iter().zip(0..);
        numbered.map(|((p, v), n)| (p, v, n)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn rows_meet_as_in_a_loop_over_all_pairs(
        lefts in rows(40), rights in rows(40), sizes in (1_usize..12, 1_usize..12),
    ) {
        let (equal, same) = (Operator::Eq, Operator::IsNotDistinctFrom);
        let asked: [(Vec<Arc<dyn PhysicalExpr>>, Holds); 5] = [
            (vec![], |_, _| true),
            (vec![compare(equal, 1)], |l, r| l.1.is_some() && l.1 == r.1),
            (vec![compare(same, 1)], |l, r| l.1 == r.1),
            (vec![compare(equal, 1), compare(Operator::Lt, 2)], |l, r| l.1.is_some() && l.1 == r.1 && l.2 < r.2),
            (vec![compare(Operator::Lt, 1)], |l, r| l.1.zip(r.1).is_some_and(|(l, r)| l < r)),
        ];
        for (conditions, holds) in asked {
            for kind in KINDS {
                let plan = join(input(&lefts, sizes.0), input(&rights, sizes.1), kind, conditions.clone());
                let found = outs(&run(plan, 1 << 20), kind);
                prop_assert_eq!(found, expected(&lefts, &rights, kind, holds), "{:?} {:?}", kind, conditions);
            }
        }
    }
}

/// Nine million pairs of one person, between two persons who have one row each.
#[test]
fn a_person_of_many_rows_on_both_sides_needs_memory_for_the_rows_only() {
    const MANY: i32 = 3000;
    let rows: Vec<Row> = std::iter::once((1, Some(0), -1))
        .chain((0..MANY).map(|n| (2, Some(n), n)))
        .chain(std::iter::once((3, Some(0), MANY)))
        .collect();
    let others: Vec<Row> = rows
        .iter()
        .map(|(p, v, n)| (*p, v.map(|v| v + 1), *n))
        .collect();
    // Of the many, all but the first of the left and the last of the right have one partner; the others have none.
    let pair = |n: i32| (Some(n), Some(n - 1), None);
    let alone = [-1, 0, MANY];
    for kind in KINDS {
        let plan = join(
            input(&rows, 1000),
            input(&others, 1000),
            kind,
            vec![compare(Operator::Eq, 1)],
        );
        let mut expected: Vec<Out> = match kind {
            JoinKind::Inner | JoinKind::Left | JoinKind::Full => (1..MANY).map(pair).collect(),
            JoinKind::Semi => (1..MANY).map(|n| (Some(n), None, None)).collect(),
            JoinKind::Anti => Vec::new(),
            JoinKind::Mark => (1..MANY).map(|n| (Some(n), None, Some(true))).collect(),
        };
        if kind.keeps_alone() {
            let mark = (kind == JoinKind::Mark).then_some(false);
            expected.extend(alone.map(|n| (Some(n), None, mark)));
        }
        if kind == JoinKind::Full {
            expected.extend([-1, MANY - 1, MANY].map(|n| (None, Some(n), None)));
        }
        expected.sort_unstable();
        // The pairs' positions alone are 72 MB.
        assert_eq!(outs(&run(plan, 1 << 20), kind), expected, "{kind:?}");
    }
    // Without a condition too.
    let plan = join(
        input(&rows, 1000),
        input(&others, 1000),
        JoinKind::Full,
        vec![],
    );
    let rows = run(plan, 1 << 20)
        .iter()
        .map(RecordBatch::num_rows)
        .sum::<usize>();
    assert_eq!(rows, 3000 * 3000 + 2);
}

#[test]
fn a_join_is_the_same_after_it_was_written_and_read() {
    let (left, right) = (
        [(1, Some(1), 0), (2, Some(2), 1)],
        [(1, None, 0), (2, Some(2), 1)],
    );
    for kind in KINDS {
        for conditions in [
            vec![],
            vec![compare(Operator::Eq, 1)],
            vec![
                compare(Operator::IsNotDistinctFrom, 1),
                compare(Operator::LtEq, 2),
            ],
        ] {
            let plan = join(input(&left, 9), input(&right, 9), kind, conditions);
            let codec = PersonCodec::new(Vec::new());
            let context = TaskContext::default();
            let bytes =
                physical_plan_to_bytes_with_extension_codec(Arc::clone(&plan), &codec).unwrap();
            let read =
                physical_plan_from_bytes_with_extension_codec(&bytes, &context, &codec).unwrap();
            let shown =
                |plan: &Arc<dyn ExecutionPlan>| displayable(plan.as_ref()).indent(true).to_string();
            assert_eq!(shown(&read), shown(&plan));
            assert_eq!(read.schema(), plan.schema());
            assert_eq!(
                outs(&run(read, 1 << 20), kind),
                outs(&run(plan, 1 << 20), kind)
            );
        }
    }
}
