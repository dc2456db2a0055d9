//! Tables that do not fit in memory, and kinds of tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use renketsu_table::parquet::{ParquetSink, Sorting};

use renketsu_producer::attach::{TableOrder, check};

use crate::attach::{requested, say};
use crate::world::{World, id_bytes};

/// Every row as text, without the columns of IDs of anybody else's.
fn rows_by_person(batch: &RecordBatch) -> Vec<String> {
    let numbers = id_bytes(batch, "number_id");
    let kanas = id_bytes(batch, "kana_id");
    let value = batch.column_by_name("v").unwrap();
    let value = value.as_any().downcast_ref::<Int64Array>().unwrap();
    let mut rows: Vec<String> = (0..batch.num_rows())
        .map(|row| format!("{:?} {:?} {}", numbers[row], kanas[row], value.value(row)))
        .collect();
    rows.sort();
    rows
}

/// With next to no memory every sort goes through files, in several levels, and keys are held one by one.
#[test]
fn what_does_not_fit_in_memory_comes_to_the_same() {
    let lines: Vec<String> = (0..20_000)
        .map(|row| format!("{},{row}\n", ["11", "12", "13", "14", "99", ""][row % 6]))
        .collect();
    let text = format!("patient,v\n{}", lines.concat());
    let attach = |memory| {
        let mut world = World::new();
        world.memory = memory;
        let request = requested(&mut world);
        let answer = world.answer(&request, "a.rkp", say);
        let table = world.file("t.csv", &text);
        let mut report = world.attach(&answer, &[("labs", &table)]).unwrap();
        let rows = report.tables.remove(0).rows;
        (world.attached("labs"), rows, report.keys)
    };
    let ((held, held_rows, held_keys), (spilled, rows, keys)) = (attach(1 << 30), attach(1));
    assert_eq!((rows, keys), (held_rows, held_keys));
    assert_eq!(rows_by_person(&spilled), rows_by_person(&held));
    for batch in [&held, &spilled] {
        let numbers = id_bytes(batch, "number_id");
        let kanas = id_bytes(batch, "kana_id");
        let order = |row: &usize| {
            (
                numbers[*row].is_none(),
                numbers[*row],
                kanas[*row].is_none(),
                kanas[*row],
            )
        };
        assert!((0..batch.num_rows()).is_sorted_by_key(|row| order(&row)));
        // Nothing of the source's order is left, among people with IDs and among rows without.
        let values = batch.column_by_name("v").unwrap();
        let values = values.as_any().downcast_ref::<Int64Array>().unwrap();
        let first_person = numbers.iter().filter(|id| **id == Some(1)).count();
        assert!(!values.values()[..first_person].is_sorted());
        let nobody = numbers
            .iter()
            .zip(&kanas)
            .position(|ids| ids == (&None, &None));
        let nobody = &values.values()[nobody.unwrap()..];
        let unknown = nobody.iter().filter(|value| **value % 6 == 4).count();
        let early = nobody[..nobody.len() / 2]
            .iter()
            .filter(|value| **value % 6 == 4)
            .count();
        assert!(early > unknown / 3 && early < unknown * 2 / 3, "mixed");
    }
}

#[test]
fn a_table_of_sas_is_attached_by_its_whole_numbers() {
    let mut world = World::new();
    let request = requested(&mut world);
    let answer = world.answer(&request, "a.rkp", say);
    let columns: [(&str, ArrayRef); 2] = [
        ("patient", Arc::new(Float64Array::from(vec![12.0, 11.0]))),
        ("v", Arc::new(Int64Array::from(vec![1, 2]))),
    ];
    let write = |name: &str, columns: [(&str, ArrayRef); 2]| {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = world.path(name);
        let file = std::fs::File::create(&path).unwrap();
        let mut sink = ParquetSink::create(file, &batch.schema(), &Sorting::none()).unwrap();
        sink.write(&batch).unwrap();
        sink.finish().unwrap();
        path
    };
    let whole = write("whole.parquet", columns);
    let broken = write(
        "broken.parquet",
        [
            ("patient", Arc::new(Float64Array::from(vec![12.5, 11.0]))),
            ("v", Arc::new(Int64Array::from(vec![1, 2]))),
        ],
    );
    let error = world.attach(&answer, &[("labs", &broken)]).unwrap_err();
    assert_eq!(error.code(), "producer.attach.key_kind");
    let report = world.attach(&answer, &[("labs", &whole)]).unwrap();
    assert_eq!(
        (report.tables[0].rows.number, report.tables[0].rows.kana),
        (1, 1)
    );
}

#[test]
fn resources_are_attached_by_the_patient_they_are_about() {
    let mut world = World::new();
    let request = requested(&mut world);
    let answer = world.answer(&request, "a.rkp", say);
    let line = |patient: &str, value: u8| {
        format!(
            r#"{{"resourceType":"Observation","id":"x{value}","subject":{{"reference":"Patient/{patient}","display":"架空花子"}},"status":"final","v":{value}}}"#
        ) + "\n"
    };
    let lines = [line("11", 1), line("12", 2), line("77", 3)].concat();
    let table = world.file("observations.ndjson", lines);
    let order = TableOrder {
        name: "observation".to_owned(),
        path: table.clone(),
        key: "patient".to_owned(),
    };
    let found = check(&order).unwrap();
    assert_eq!(
        (found.rows, found.columns),
        (3, vec!["status".to_owned(), "v".to_owned()])
    );
    assert_eq!(
        (found.left_out, found.identifying),
        (vec!["id".to_owned()], Vec::new())
    );
    let report = world.attach(&answer, &[("observation", &table)]).unwrap();
    let rows = &report.tables[0].rows;
    assert_eq!((rows.number, rows.kana, rows.unknown_key), (1, 1, 1));
    assert_eq!(report.tables[0].dropped, ["patient", "id"]);
    assert_eq!(rows_by_person(&world.attached("observation")).len(), 3);
}

#[test]
fn a_check_names_what_attaching_would_refuse() {
    let world = World::new();
    let path = world.file(
        "raw.csv",
        "patient,row_ref,氏名,bmi\n11,x,架空一,1\n12,y,架空二,2\n",
    );
    let order = TableOrder {
        name: "raw".to_owned(),
        path,
        key: "patient".to_owned(),
    };
    let found = check(&order).unwrap();
    assert_eq!(
        (found.rows, found.columns),
        (2, vec!["氏名".to_owned(), "bmi".to_owned()])
    );
    assert_eq!(found.left_out, ["row_ref"]);
    let said: Vec<_> = found
        .identifying
        .iter()
        .map(|one| {
            (
                one.column.as_str(),
                one.reason.as_str(),
                one.evidence.as_str(),
            )
        })
        .collect();
    assert_eq!(said, [("氏名", "name", "header")]);
    let error = check(&TableOrder {
        key: "none".to_owned(),
        ..order
    })
    .unwrap_err();
    assert_eq!(error.code(), "producer.attach.key");
}

#[test]
fn a_column_that_was_kept_is_named_again_at_delivery() {
    let mut world = World::new();
    let request = requested(&mut world);
    let answer = world.answer(&request, "a.rkp", say);
    let raw = world.file("raw.csv", "patient,氏名,v\n11,架空一,1\n12,架空二,2\n");
    world
        .attach_deciding(&answer, &[("raw", &raw)], &[], &["氏名"])
        .unwrap();
    let report = world.deliver("d.rkp").unwrap();
    let found = &report.tables[0].identifying[0];
    assert_eq!(
        (found.column.as_str(), found.reason.as_str()),
        ("氏名", "name")
    );
    let events = world.store.events().unwrap();
    let delivered = events
        .iter()
        .find(|entry| entry.event.action == "producer.delivered")
        .unwrap();
    assert_eq!(
        delivered.event.details["identifying"].to_string(),
        "[\"raw.氏名: name\"]"
    );
}
