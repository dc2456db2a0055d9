//! More rows than memory.

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_engine::import::{
    IdColumns, ImportReport, Imported, KEYS, ROWS as ROWS_FILE, Source, import,
};
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetSink, Sorting};

use crate::study::{Place, entry, mix};

/// 48 MiB of rows and more go to temporary files where the memory is 64 MiB, and come back in the same order.
#[test]
fn little_memory_gives_the_same_files_in_sorted_runs() {
    const ROWS: u64 = 70_000;
    let kana = |n: u64| n.is_multiple_of(3).then(|| raw(mix(n) % 900 + 10_000));
    let number = |n: u64| (!n.is_multiple_of(5)).then(|| raw(mix(n) % 700));
    let unique = |n: u64| (!n.is_multiple_of(7)).then_some(n % 900 < 450);
    let text = "長い文".repeat(200);
    let array = |from: u64, to: u64| -> Vec<ArrayRef> {
        vec![
            ids::array::<32>((from..to).map(number)),
            ids::array::<32>((from..to).map(kana)),
            Arc::new((from..to).map(unique).collect::<BooleanArray>()),
            Arc::new(Int64Array::from_iter_values(
                (from..to).map(|n| i64::try_from(n).unwrap()),
            )),
            Arc::new(
                (from..to)
                    .map(|n| {
                        let long = n.is_multiple_of(11);
                        (!n.is_multiple_of(4)).then_some(if long { "短" } else { text.as_str() })
                    })
                    .collect::<StringArray>(),
            ),
        ]
    };
    let mut fields = ids::front().to_vec();
    fields.push(Field::new("n", DataType::Int64, false));
    fields.push(Field::new("text", DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields));
    let mut sink = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap();
    for from in (0..ROWS).step_by(10_000) {
        let batch = RecordBatch::try_new(Arc::clone(&schema), array(from, from + 10_000)).unwrap();
        sink.write(&batch).unwrap();
    }
    let file = sink.finish().unwrap().target;
    let place = Place::new();
    let import = |name: &str, memory: u64| {
        let length = file.len() as u64;
        let source = Source::parquet("t", Box::new(Cursor::new(file.clone())), length).unwrap();
        let target = renketsu_engine::import::Target {
            shelf: &place.shelf,
            table: name,
            version: 1,
            dir: &place.at(name),
            keep: &[],
            memory,
            watch: &|_| {},
        };
        import(&source, Some(&IdColumns::default()), &target).unwrap()
    };
    let (plenty, little) = (import("plenty", 1 << 30), import("little", 0));
    assert_eq!(plenty.report.runs, 0);
    assert!(little.report.runs >= 2, "{}", little.report.runs);
    // Where pages end may differ, and so may the length; what they hold may not.
    let same = ImportReport {
        runs: 0,
        bytes: plenty.report.bytes,
        ..little.report.clone()
    };
    assert_eq!(same, plenty.report);
    let read = |name: &str, imported: &Imported| {
        let rows = entry(&imported.files, name, ROWS_FILE).unwrap();
        let keys = entry(&imported.files, name, KEYS).unwrap();
        (place.rows(keys), place.batches(rows))
    };
    let (one, other) = (read("plenty", &plenty), read("little", &little));
    let differ = one.0.iter().zip(&other.0).position(|(a, b)| a != b);
    assert_eq!(
        differ.map(|at| (&one.0[at..at + 3], &other.0[at..at + 3])),
        None
    );
    assert_eq!(one.0.len(), other.0.len());
    assert!(one.1 == other.1, "rows");
    let rows: usize = one.1.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows as u64, ROWS);
    // Only the named files are left.
    assert_eq!(fs::read_dir(place.at("little")).unwrap().count(), 2);
}

fn raw(n: u64) -> [u8; 32] {
    let mut raw = [3; 32];
    raw[..8].copy_from_slice(&mix(n).to_be_bytes());
    raw
}
