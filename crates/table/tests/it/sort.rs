//! Sorting within a budget.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::{Schema, SchemaRef};
use proptest::prelude::*;
use renketsu_table::ids;
use renketsu_table::sort::{Records, Sorter};

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        ids::field_of("key", 12),
        arrow::datatypes::Field::new("text", arrow::datatypes::DataType::Utf8, true),
    ]))
}

fn batch(rows: &[([u8; 12], Option<String>)]) -> RecordBatch {
    let texts: StringArray = rows.iter().map(|(_, text)| text.as_deref()).collect();
    let keys: ArrayRef = ids::array(rows.iter().map(|(key, _)| Some(*key)));
    RecordBatch::try_new(schema(), vec![keys, Arc::new(texts)]).unwrap()
}

fn rows(batches: impl Iterator<Item = RecordBatch>) -> Vec<([u8; 12], Option<String>)> {
    batches
        .flat_map(|batch| {
            let keys = batch.column(0).as_fixed_size_binary().clone();
            let texts = batch.column(1).as_string::<i32>().clone();
            (0..batch.num_rows()).map(move |row| {
                let key = ids::value::<12>(&keys, row).unwrap();
                (key, texts.iter().nth(row).unwrap().map(str::to_owned))
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn rows_come_out_in_the_order_of_their_keys(
        keys in prop::collection::vec((prop::collection::vec(0_u8..3, 12), prop::option::of("[a-z]{0,9}")), 0..300),
        size in 1_usize..40,
        budget in prop::sample::select(vec![0_usize, 2000, 1 << 20]),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let given: Vec<([u8; 12], Option<String>)> = keys
            .into_iter()
            .map(|(key, text)| (key.try_into().unwrap(), text))
            .collect();
        let mut sorter = Sorter::new(schema(), budget, dir.path());
        for rows in given.chunks(size) {
            sorter.push(batch(rows)).unwrap();
        }
        let found = rows(sorter.finish().unwrap().map(Result::unwrap));
        prop_assert!(found.is_sorted_by_key(|(key, _)| *key));
        let (mut expected, mut found) = (given, found);
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

/// More runs than are merged at once.
#[test]
fn records_are_sorted_through_several_levels_of_runs() {
    let dir = tempfile::tempdir().unwrap();
    let mut records = Records::<36>::new(1, dir.path());
    let count = 140 * 8192_u64;
    for index in 0..count {
        let mut record = [7_u8; 36];
        // An odd factor: every number once, far from its neighbours.
        let mixed = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        record[20..28].copy_from_slice(&mixed.to_be_bytes());
        records.push(&record).unwrap();
    }
    let mut before = None;
    let mut found = 0_u64;
    for record in records.finish().unwrap() {
        let record = record.unwrap();
        assert!(before < Some(record));
        before = Some(record);
        found += 1;
    }
    assert_eq!(found, count);
}

#[test]
fn rows_without_a_key_of_bytes_are_our_fault() {
    let dir = tempfile::tempdir().unwrap();
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let batch = RecordBatch::try_from_iter([("text", text)]).unwrap();
    let mut sorter = Sorter::new(batch.schema(), 0, dir.path());
    sorter.push(batch).unwrap();
    let error = sorter.finish().unwrap_err();
    assert_eq!((error.code(), error.exit()), ("table.sort.broken", 70));
}

#[test]
fn nothing_sorted_is_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        Sorter::new(schema(), 0, dir.path())
            .finish()
            .unwrap()
            .next()
            .is_none()
    );
    assert!(
        Records::<4>::new(0, dir.path())
            .finish()
            .unwrap()
            .next()
            .is_none()
    );
}
