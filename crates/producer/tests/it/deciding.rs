//! Which columns of a table go out, and who decided that.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use renketsu_table::parquet::{ParquetSink, Sorting};

use crate::attach::{requested, say, table};
use crate::world::World;

/// A table that is not the anonymized one.
const RAW: &str = "patient,氏名,生年月日,bmi\n11,架空一,1991-01-25,1\n12,架空二,2000-01-01,2\n13,架空三,2000-02-02,3\n";

fn raw_parquet(world: &World) -> PathBuf {
    let texts = |values: [&str; 3]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let columns = [
        ("patient", texts(["11", "12", "13"])),
        ("氏名", texts(["架空一", "架空二", "架空三"])),
        (
            "生年月日",
            texts(["1991-01-25", "2000-01-01", "2000-02-02"]),
        ),
        ("bmi", texts(["1", "2", "3"])),
    ];
    let path = world.path("raw.parquet");
    parquet(&path, columns);
    path
}

fn parquet<const N: usize>(path: &std::path::Path, columns: [(&str, ArrayRef); N]) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut sink = ParquetSink::create(file, &batch.schema(), &Sorting::none()).unwrap();
    sink.write(&batch).unwrap();
    sink.finish().unwrap();
}

fn names(batch: &RecordBatch) -> Vec<String> {
    let schema = batch.schema();
    let fields = schema.fields().iter();
    fields.skip(3).map(|field| field.name().clone()).collect()
}

#[test]
fn a_table_with_identifying_columns_is_refused_while_the_map_is_whole() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, good) = (world.answer(&request, "a.rkp", say), table(&world));
    let map = world
        .producer
        .path()
        .join(format!("maps/{}.parquet", request.package));
    let (bytes, events) = (
        std::fs::read(&map).unwrap(),
        world.store.events().unwrap().len(),
    );
    let (csv, parquet) = (world.file("raw.csv", RAW), raw_parquet(&world));
    for raw in [&csv, &parquet] {
        for tables in [
            vec![("raw", raw.as_path())],
            vec![("raw", raw.as_path()), ("good", good.as_path())],
            vec![("good", good.as_path()), ("raw", raw.as_path())],
        ] {
            let error = world.attach(&answer, &tables).unwrap_err();
            assert_eq!(
                (error.code(), error.exit()),
                ("producer.attach.identifying", 1)
            );
            let said = [
                ("file", raw.display().to_string()),
                ("columns", "氏名 (name), 生年月日 (birth_date)".to_owned()),
            ];
            assert_eq!(error.details(), said);
            assert_eq!(std::fs::read(&map).unwrap(), bytes);
            assert_eq!(world.store.events().unwrap().len(), events);
            assert!(world.kept("attached").is_empty());
        }
        let error = world
            .attach_deciding(&answer, &[("raw", raw)], &["氏名"], &[])
            .unwrap_err();
        assert_eq!(error.details()[1].1, "生年月日 (birth_date)");
    }
    world.attach(&answer, &[("good", &good)]).unwrap();
}

#[test]
fn identifying_columns_are_dropped_or_kept_by_name_and_that_is_recorded() {
    for is_parquet in [false, true] {
        let mut world = World::new();
        let request = requested(&mut world);
        let (answer, good) = (world.answer(&request, "a.rkp", say), table(&world));
        let raw = if is_parquet {
            raw_parquet(&world)
        } else {
            world.file("raw.csv", RAW)
        };
        let tables = [("good", good.as_path()), ("raw", raw.as_path())];
        let report = world
            .attach_deciding(&answer, &tables, &["氏名"], &["生年月日", "bmi"])
            .unwrap();
        assert_eq!(report.tables[1].dropped, ["patient", "氏名"]);
        let kept: Vec<_> = report.tables[1]
            .kept
            .iter()
            .map(|one| (one.column.as_str(), one.reason.as_str()))
            .collect();
        assert_eq!(kept, [("生年月日", "birth_date")]);
        assert!(report.tables[0].kept.is_empty());
        assert_eq!(names(&world.attached("raw")), ["生年月日", "bmi"]);
        let events = world.store.events().unwrap();
        let attached = events
            .iter()
            .find(|entry| entry.event.action == "producer.attached")
            .unwrap();
        assert_eq!(
            attached.event.details["kept_identifying"].to_string(),
            "[\"raw.生年月日: birth_date\"]"
        );
    }
}

#[test]
fn values_far_down_a_sparse_column_are_looked_at() {
    let mut world = World::new();
    let request = requested(&mut world);
    let answer = world.answer(&request, "a.rkp", say);
    let blank = "11,\n".repeat(20_000);
    let mails: Vec<String> = (0..30)
        .map(|index| format!("11,user{index}@example.jp\n"))
        .collect();
    let text = format!("patient,memo\n{blank}{}", mails.concat());
    let sparse = world.file("sparse.csv", text);
    let error = world.attach(&answer, &[("sparse", &sparse)]).unwrap_err();
    assert_eq!(error.details()[1].1, "memo (email)");
}

#[test]
fn names_of_columns_that_fit_nothing_are_refused() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, good) = (world.answer(&request, "a.rkp", say), table(&world));
    let cases: [(&[&str], &[&str], &str, &str); 5] = [
        (&["BMI"], &[], "producer.attach.no_column", "BMI"),
        (&[], &["氏名"], "producer.attach.no_column", "氏名"),
        (&[], &["patient"], "producer.attach.left_out", "patient"),
        (&[], &["row_ref"], "producer.attach.left_out", "row_ref"),
        (&["bmi"], &["bmi"], "producer.attach.left_out", "bmi"),
    ];
    for (drop, keep, code, column) in cases {
        let error = world
            .attach_deciding(&answer, &[("good", &good)], drop, keep)
            .unwrap_err();
        assert_eq!((error.code(), error.exit()), (code, 2));
        let details = error.details();
        assert_eq!(details.last().unwrap(), &("column", column.to_owned()));
        assert_eq!(world.kept("maps").len(), 2);
    }
    // A name need only be that of one of the tables.
    let other = world.file("other.csv", "patient,v\n11,1\n");
    let tables = [("good", good.as_path()), ("other", other.as_path())];
    let report = world
        .attach_deciding(&answer, &tables, &["bmi"], &[])
        .unwrap();
    assert_eq!(report.tables[0].dropped, ["patient", "bmi"]);
}
