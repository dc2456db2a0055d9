use std::path::PathBuf;

use arrow::array::{Array, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::DataType;
use renketsu_table::batches::{Batches, infer};
use renketsu_table::delimited::{Delimited, Encoding, Options};

fn file(directory: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = directory.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn types_are_found_and_empty_fields_are_null() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(
        &directory,
        "code,age,bmi,day,key\n001,30,21.5,2024-04-01,5\n002,,22,,6\n",
    );
    let inferred = infer(&path, Options::default(), &["key"]).unwrap();
    let kinds: Vec<_> = inferred
        .schema
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    assert_eq!(
        kinds,
        [
            DataType::Utf8,
            DataType::Int64,
            DataType::Float64,
            DataType::Date32,
            DataType::Utf8
        ]
    );
    assert_eq!((inferred.rows, inferred.encoding), (2, Encoding::Utf8));
    let batches: Vec<_> = Batches::typed(&path, Options::default(), &inferred, 1)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(batches.len(), 2);
    let second = &batches[1];
    let age = second
        .column(1)
        .as_any()
        .downcast_ref::<Int64Array>()
        .unwrap();
    let bmi = second
        .column(2)
        .as_any()
        .downcast_ref::<Float64Array>()
        .unwrap();
    let day = second
        .column(3)
        .as_any()
        .downcast_ref::<Date32Array>()
        .unwrap();
    assert!(age.is_null(0) && day.is_null(0));
    assert_eq!(bmi.values(), &[22.0]);
}

#[test]
fn text_batches_keep_every_character() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "code,age\n001,030\n, \n");
    let file = Delimited::open(&path, Options::default()).unwrap();
    let batch = Batches::text(file, 10).next().unwrap().unwrap();
    let column = |index: usize| {
        batch
            .column(index)
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .clone()
    };
    assert_eq!((column(0).value(0), column(1).value(0)), ("001", "030"));
    assert!(column(0).is_null(1));
    assert_eq!(column(1).value(1), " ");
}

#[test]
fn a_file_of_no_rows_gives_no_batch() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "a,b\n");
    let inferred = infer(&path, Options::default(), &[]).unwrap();
    assert_eq!(inferred.rows, 0);
    assert!(
        Batches::typed(&path, Options::default(), &inferred, 10)
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn a_file_that_changes_between_the_passes_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "a,b\n1,2\n");
    let inferred = infer(&path, Options::default(), &[]).unwrap();
    file(&directory, "a,b\n1,x\n");
    let mut batches = Batches::typed(&path, Options::default(), &inferred, 10).unwrap();
    let error = batches.next().unwrap().unwrap_err();
    assert_eq!(error.code(), "table.batch.changed");
    assert_eq!(
        error.details()[1..],
        [("line", "2".to_owned()), ("column", "2".to_owned())]
    );
    assert!(batches.next().is_none());
    file(&directory, "a,c\n1,2\n");
    let other = Batches::typed(&path, Options::default(), &inferred, 10).unwrap_err();
    assert_eq!(other.code(), "table.batch.changed");
}

#[test]
fn a_ragged_file_gives_no_types() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "a,b\n1\n");
    assert_eq!(
        infer(&path, Options::default(), &[]).unwrap_err().code(),
        "table.delimited.ragged"
    );
}
