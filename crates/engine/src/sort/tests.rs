use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use proptest::prelude::*;
use renketsu_table::ids;

use super::*;

/// Number ID, kana ID, what the row says of it; small numbers stand for IDs.
type Key = (Option<u8>, Option<u8>, Option<bool>);

/// IDs that share their first bytes, so that the prefix decides nothing between some of them.
fn id(n: u8) -> [u8; 32] {
    let mut id = [7; 32];
    id[0] = n % 3;
    id[31] = n;
    id
}

fn schema(order: Order) -> SchemaRef {
    let keys = match order {
        Order::Id => vec![ids::field_of("id", ids::ID_BYTES)],
        Order::Ids => ids::front().to_vec(),
        Order::Person => vec![Field::new("person", DataType::UInt32, false)],
    };
    let place = Field::new("place", DataType::Int64, false);
    Arc::new(Schema::new([keys, vec![place]].concat()))
}

/// Rows with their place among all rows beside their key.
fn by_ids(rows: &[(i64, Key)]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        ids::array::<32>(rows.iter().map(|(_, key)| key.0.map(id))),
        ids::array::<32>(rows.iter().map(|(_, key)| key.1.map(id))),
        Arc::new(rows.iter().map(|(_, key)| key.2).collect::<BooleanArray>()),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))),
    ];
    RecordBatch::try_new(schema(Order::Ids), columns).unwrap()
}

fn by_person(rows: &[(i64, u32)]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.1))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))),
    ];
    RecordBatch::try_new(schema(Order::Person), columns).unwrap()
}

/// Cuts `rows` into batches of the lengths that `cuts` give in turn.
fn cut<T: Clone>(rows: &[T], cuts: &[usize]) -> Vec<Vec<T>> {
    let mut parts = Vec::new();
    let (mut rest, mut cuts) = (rows, cuts.iter().cycle());
    while !rest.is_empty() {
        let at = (*cuts.next().unwrap()).min(rest.len());
        let (part, after) = rest.split_at(at);
        parts.push(part.to_vec());
        rest = after;
    }
    parts
}

/// The places of the rows in the order a sorter gives, and how many runs it had written before it was asked for them.
fn places(order: Order, batches: Vec<RecordBatch>, budget: usize) -> (Vec<i64>, usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(order, schema(order), budget, dir.path());
    for batch in batches {
        sorter.push(batch).unwrap();
    }
    let spilled = sorter.spilled();
    let mut places = Vec::new();
    for batch in sorter.finish().unwrap() {
        let batch = batch.unwrap();
        assert!((1..=BATCH_ROWS).contains(&batch.num_rows()));
        places.extend(
            batch
                .columns()
                .last()
                .unwrap()
                .as_primitive::<Int64Type>()
                .values(),
        );
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    (places, spilled)
}

fn numbered<T: Clone>(keys: &[T]) -> Vec<(i64, T)> {
    (0..).zip(keys.iter().cloned()).collect()
}

fn sorted_ids(keys: &[Key]) -> Vec<i64> {
    let mut rows = numbered(keys);
    rows.sort_by_key(|(_, (number, kana, unique))| {
        let (number, kana) = (number.map(id), kana.map(id));
        (
            number.is_none(),
            number,
            kana.is_none(),
            kana,
            std::cmp::Reverse(*unique),
        )
    });
    rows.into_iter().map(|(place, _)| place).collect()
}

fn sorted_persons(keys: &[u32]) -> Vec<i64> {
    let mut rows = numbered(keys);
    rows.sort_by_key(|(_, person)| *person);
    rows.into_iter().map(|(place, _)| place).collect()
}

fn key() -> impl Strategy<Value = Key> {
    (
        prop::option::weighted(0.7, 0_u8..9),
        prop::option::weighted(0.6, 0_u8..6),
        prop::option::weighted(0.8, any::<bool>()),
    )
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..40, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_budget_gives_the_order_of_a_stable_sort_by_ids(
        keys in prop::collection::vec(key(), 0..400),
        cuts in cuts(),
        budget in 0_usize..40_000,
    ) {
        let batches = cut(&numbered(&keys), &cuts).iter().map(|rows| by_ids(rows)).collect();
        prop_assert_eq!(places(Order::Ids, batches, budget).0, sorted_ids(&keys));
    }

    #[test]
    fn any_budget_gives_the_order_of_a_stable_sort_by_person(
        keys in prop::collection::vec(prop_oneof![0_u32..12, any::<u32>()], 0..400),
        cuts in cuts(),
        budget in 0_usize..20_000,
    ) {
        let batches = cut(&numbered(&keys), &cuts).iter().map(|rows| by_person(rows)).collect();
        prop_assert_eq!(places(Order::Person, batches, budget).0, sorted_persons(&keys));
    }
}

#[test]
fn more_runs_than_are_merged_at_once_are_merged_in_turns() {
    // 301 runs of one or two rows: four merges of 64, and what is left.
    let keys: Vec<Key> = (0..450_u32)
        .map(|n| {
            let n = u8::try_from(n * 7 % 11).unwrap();
            ((n % 4 != 3).then_some(n), Some(n % 2), Some(n % 3 == 0))
        })
        .collect();
    let batches: Vec<_> = cut(&numbered(&keys), &[1, 2])
        .iter()
        .map(|rows| by_ids(rows))
        .collect();
    assert!(batches.len() > 4 * FAN_IN);
    let (found, spilled) = places(Order::Ids, batches, 0);
    assert_eq!(found, sorted_ids(&keys));
    assert!((2..FAN_IN).contains(&spilled), "merged before: {spilled}");
    let keys: Vec<u32> = (0..450).map(|n| n * 7 % 11).collect();
    let batches = cut(&numbered(&keys), &[2, 1])
        .iter()
        .map(|rows| by_person(rows))
        .collect();
    assert_eq!(places(Order::Person, batches, 0).0, sorted_persons(&keys));
}

#[test]
fn a_run_longer_than_a_batch_is_given_in_batches() {
    // Two runs that meet in long stretches, one of equal keys over several batches.
    let keys: Vec<u32> = (0..100_000_u32)
        .map(|n| if n % 50_000 < 40_000 { 5 } else { n % 10 })
        .collect();
    let batches = || {
        cut(&numbered(&keys), &[25_000])
            .iter()
            .map(|rows| by_person(rows))
            .collect()
    };
    let (found, spilled) = places(Order::Person, batches(), 1_000_000);
    assert!(spilled > 1);
    assert_eq!(found, sorted_persons(&keys));
    let (found, spilled) = places(Order::Person, batches(), usize::MAX);
    assert_eq!((found, spilled), (sorted_persons(&keys), 0));
}

#[test]
fn rows_in_order_and_a_last_run_that_is_not_written_come_after_equal_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(Order::Person, schema(Order::Person), 0, dir.path());
    sorter
        .push_run([Ok(by_person(&[(0, 1), (1, 1), (2, 8)]))].into_iter())
        .unwrap();
    sorter.push_run(std::iter::empty()).unwrap();
    sorter
        .push_run([Ok(by_person(&[(3, 1)])), Ok(by_person(&[(4, 9)]))].into_iter())
        .unwrap();
    let last = [Ok(by_person(&[(5, 1), (6, 8)]))].into_iter();
    let batches: Vec<RecordBatch> = sorter
        .finish_with(last)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let places: Vec<i64> = batches
        .iter()
        .flat_map(|batch| {
            batch
                .column(1)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec()
        })
        .collect();
    assert_eq!(places, [0, 1, 3, 5, 2, 6, 4]);
}

#[test]
fn pairs_come_by_id_and_equal_ids_as_they_came_in_memory_or_not() {
    // More than a batch, with every ID several times and prefixes that decide little.
    let pairs: Vec<([u8; 32], u64)> = (0..3 * BATCH_ROWS as u64 + 5)
        .map(|value| (id((value * 7919 % 251) as u8), value))
        .collect();
    let mut expected = pairs.clone();
    expected.sort_by_key(|(id, _)| *id);
    let dir = tempfile::tempdir().unwrap();
    for budget in [1, 1 << 30] {
        let mut sorter = Pairs::new(budget, dir.path());
        for (id, value) in &pairs {
            sorter.push(*id, *value).unwrap();
        }
        let sorted: Vec<_> = sorter.finish().unwrap().collect::<Result<_, _>>().unwrap();
        assert!(sorted == expected, "within {budget} bytes");
    }
    let none = Pairs::new(1, dir.path()).finish().unwrap();
    assert_eq!(none.count(), 0);
}
