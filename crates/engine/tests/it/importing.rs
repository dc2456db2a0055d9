//! Tables in.

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_engine::import::{IdColumns, ImportError, ImportReport, KEYS, Sentinels, Source};
use renketsu_table::delimited::Options;
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetSink, Sorting};

use crate::study::{Place, by_number, entry, id, mix, write};

fn refused(csv: &str, ids: Option<&IdColumns>) -> ImportError {
    let place = Place::new();
    let path = write(&place.at("t.csv"), csv);
    let error = Source::file(&path, Options::default())
        .and_then(|source| place.import(&source, "t", ids, &[]))
        .unwrap_err();
    assert!(!place.at("t").exists(), "something is left");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        csv,
        "the original was touched"
    );
    error
}

#[test]
fn rows_are_sorted_by_number_then_kana_with_nulls_last() {
    let place = Place::new();
    let mut sorted = [id(1), id(2), id(3)];
    sorted.sort();
    let [low, mid, high] = &sorted;
    let upper = mid.to_uppercase();
    let csv = format!(
        "x,number_id,kana_id,kana_unique\n\
         1,,{mid},true\n2,{high},,\n3,,,\n4,{upper},{high},1\n5,{mid},{low},0\n6, 9 ,{low},TRUE\n7,9,\"\",\n8,{low},9,false\n"
    );
    let imported = place.import_csv("t", &csv, Some(&IdColumns::default()));
    let rows = place.imported("t", &imported);
    let report = imported.report;
    let order: Vec<&str> = rows.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(order, ["8", "5", "4", "2", "6", "1", "3", "7"]);
    let ids: Vec<[&str; 3]> = rows
        .iter()
        .map(|r| [r[0].as_str(), r[1].as_str(), r[2].as_str()])
        .collect();
    assert_eq!(ids[0], [low, "-", "false"]);
    assert_eq!(ids[2], [mid.as_str(), high, "true"]);
    assert_eq!(ids[4], ["-", low, "true"]);
    assert_eq!(ids[6], ["-", "-", "-"]);
    let ImportReport {
        rows,
        number,
        kana_only,
        neither,
        ..
    } = report;
    assert_eq!((rows, number, kana_only, neither), (8, 4, 2, 2));
    assert_eq!(
        (report.distinct_number_ids, report.distinct_kana_ids),
        (3, 3)
    );
    assert_eq!(
        report.number_sentinels,
        Sentinels {
            null: 0,
            empty: 2,
            nine: 2,
            padding: 0
        }
    );
    assert_eq!(
        report.kana_sentinels,
        Sentinels {
            null: 0,
            empty: 3,
            nine: 1,
            padding: 0
        }
    );
    assert_eq!(
        (
            report.columns[0].name.as_str(),
            report.columns[0].kind.as_str()
        ),
        ("x", "Int64")
    );
    let sizes = imported.files.iter().map(|entry| {
        let bytes = fs::read(place.at(&entry.path)).unwrap().len() as u64;
        assert_eq!((entry.bytes, entry.sha256.len()), (bytes, 64));
        bytes
    });
    assert_eq!(report.bytes, sizes.sum::<u64>());
    assert_eq!(imported.files.len(), 2);
}

#[test]
fn many_rows_in_any_order_give_the_same_file() {
    let place = Place::new();
    let line = |n: u64| format!("{},{n}\n", id(n));
    let forward: String = (0..20_000).map(line).collect();
    let backward: String = (0..20_000).rev().map(line).collect();
    let read = |name: &str, lines: &str| {
        let csv = format!("number_id,n\n{lines}");
        let imported = place.import_csv(name, &csv, Some(&by_number()));
        (place.imported(name, &imported), imported.report)
    };
    let (rows, report) = read("a", &forward);
    assert_eq!(read("b", &backward), (rows.clone(), report));
    assert!(rows.is_sorted_by_key(|row| row[0].clone()));
    assert!(rows.iter().all(|row| row[0] == id(row[3].parse().unwrap())));
}

#[test]
fn parquet_with_bytes_or_text_is_read_as_a_package_has_it() {
    let place = Place::new();
    let starting = |first: u8| {
        let mut id = [7; 32];
        id[0] = first;
        id
    };
    let numbers = ids::array::<32>([Some(starting(2)), None, Some(starting(1))]);
    let kanas: ArrayRef = Arc::new(StringArray::from(vec![Some("9"), Some(&id(4)), None]));
    let unique: ArrayRef = Arc::new(BooleanArray::from(vec![None, Some(true), Some(false)]));
    let value: ArrayRef = Arc::new(Int64Array::from(vec![10, 20, 30]));
    let schema = Schema::new(vec![
        ids::id_field("number_id"),
        Field::new("kana_id", DataType::Utf8, true),
        Field::new("kana_unique", DataType::Boolean, true),
        Field::new("value", DataType::Int64, true),
    ]);
    let batch = RecordBatch::try_new(
        Arc::new(schema.clone()),
        vec![numbers, kanas, unique, value],
    )
    .unwrap();
    let mut sink = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap();
    sink.write(&batch).unwrap();
    let bytes = sink.finish().unwrap().target;
    let length = bytes.len() as u64;
    let source = Source::parquet(
        "data/t.parquet",
        Box::new(Cursor::new(bytes.clone())),
        length,
    )
    .unwrap();
    let ids = IdColumns::default();
    let imported = place.import(&source, "t", Some(&ids), &[]).unwrap();
    let report = &imported.report;
    assert_eq!((report.number, report.kana_only, report.neither), (2, 1, 0));
    assert_eq!(
        report.number_sentinels,
        Sentinels {
            null: 1,
            empty: 0,
            nine: 0,
            padding: 0
        }
    );
    assert_eq!(
        report.kana_sentinels,
        Sentinels {
            null: 1,
            empty: 0,
            nine: 1,
            padding: 0
        }
    );
    let values: Vec<String> = place
        .imported("t", &imported)
        .into_iter()
        .map(|r| r[3].clone())
        .collect();
    assert_eq!(values, ["30", "10", "20"]);
    // And the same from a file, told by its first bytes.
    let path = place.at("any.name");
    fs::write(&path, &bytes).unwrap();
    let source = Source::file(&path, Options::default()).unwrap();
    let again = place.import(&source, "u", Some(&ids), &[]).unwrap();
    assert_eq!(&again.report, report);
    assert_eq!(place.imported("u", &again), place.imported("t", &imported));
    // A flag where an ID is expected; a column left over with a name that means an ID.
    for (number_id, kana_unique) in [("kana_unique", "number_id"), ("number_id", "value")] {
        let wrong = IdColumns {
            number_id: number_id.to_owned(),
            kana_unique: Some(kana_unique.to_owned()),
            ..IdColumns::default()
        };
        let error = place.import(&source, "v", Some(&wrong), &[]).unwrap_err();
        let code = if kana_unique == "value" {
            "engine.import.name"
        } else {
            "engine.import.kind"
        };
        assert_eq!(error.code(), code);
    }
}

#[test]
fn a_reference_table_keeps_its_rows_and_their_order() {
    let place = Place::new();
    let imported = place.import_csv("t", "code,label\n3,c\n1,a\n2,\n", None);
    let report = &imported.report;
    assert_eq!((report.rows, report.number, report.neither), (3, 0, 0));
    let rows = place.imported("t", &imported);
    assert_eq!(rows, [["3", "c"], ["1", "a"], ["2", "-"]]);
}

#[test]
fn what_is_missing_is_counted_for_each_column() {
    let missing = |imported: &renketsu_engine::import::Imported| -> Vec<(String, u64)> {
        let columns = &imported.report.columns;
        let pairs = columns.iter().map(|c| (c.name.clone(), c.missing));
        pairs.collect()
    };
    let pair = |name: &str, missing| (name.to_owned(), missing);
    let place = Place::new();
    let reference = place.import_csv("r", "code,label\n3,c\n1,\n2,\n", None);
    assert_eq!(missing(&reference), [pair("code", 0), pair("label", 2)]);
    let csv = format!("number_id,x,y\n{},1,\n{},,\n{},,b\n", id(1), id(2), id(3));
    let persons = place.import_csv("t", &csv, Some(&by_number()));
    assert_eq!(missing(&persons), [pair("x", 2), pair("y", 2)]);
}

#[test]
fn a_table_without_rows_is_imported() {
    let place = Place::new();
    let imported = place.import_csv("t", "number_id,x\n", Some(&by_number()));
    let report = &imported.report;
    assert_eq!((report.rows, report.distinct_number_ids), (0, 0));
    assert!(place.imported("t", &imported).is_empty());
}

#[test]
fn padding_is_counted_and_never_a_person() {
    let [zeros, nines, fs] = ["0", "9", "F"].map(|digit| digit.repeat(64));
    let csv = format!(
        "x,number_id\n1,{zeros}\n2,{zeros}\n3,{nines}\n4,{fs}\n5,{}\n",
        id(7)
    );
    let ids = IdColumns {
        kana_id: None,
        kana_unique: None,
        ..IdColumns::default()
    };
    let place = Place::new();
    let report = place.import_csv("t", &csv, Some(&ids)).report;
    assert_eq!(
        (report.rows, report.number, report.number_sentinels.padding),
        (5, 1, 4)
    );
}

#[test]
fn a_damaged_id_refuses_the_import_and_is_named_by_place_only() {
    let good = id(7);
    for bad in [
        "99",
        "0",
        "null",
        &good[1..],
        &format!("{good}0"),
        &good.replace(|c: char| c.is_ascii_digit(), "g"),
        "山田太郎",
    ] {
        let csv = format!("x,number_id,kana_id\n1,{good},\n2,,{good}\n3,{bad},{good}\n");
        let ids = IdColumns {
            kana_unique: None,
            ..IdColumns::default()
        };
        let error = refused(&csv, Some(&ids));
        assert_eq!(
            (error.code(), error.exit()),
            ("engine.import.id", 2),
            "{bad}"
        );
        let named = [("table", "t"), ("column", "number_id"), ("row", "3")];
        assert_eq!(
            error.details(),
            named.map(|(name, value)| (name, value.to_owned()))
        );
        assert!(!format!("{error} {error:?}").contains(bad));
        let csv = format!("x,number_id,kana_id\n1,{good},{bad}\n");
        assert_eq!(refused(&csv, Some(&ids)).code(), "engine.import.id");
    }
}

#[test]
fn an_id_in_a_data_column_refuses_the_import() {
    let (one, two) = (id(1), id(2).to_uppercase());
    let numbers = by_number();
    let line = |n: u32| format!("x,{n},text {n}\n");
    let many: String = (0..9000).map(line).collect();
    for (csv, ids, column) in [
        (
            format!("number_id,x,copy\n{one},1,{two}\n"),
            Some(&numbers),
            "copy",
        ),
        (
            format!("number_id,x,copy\n{one},1,\n,2, {two} \n"),
            Some(&numbers),
            "copy",
        ),
        (format!("a,b,label\n{many}x,1,{two}\n"), None, "label"),
    ] {
        let error = refused(&csv, ids);
        assert_eq!((error.code(), error.exit()), ("engine.import.id_column", 1));
        let named = [("table", "t"), ("column", column)];
        assert_eq!(error.details(), named.map(|(n, v)| (n, v.to_owned())));
    }
    let bytes: ArrayRef = Arc::new(arrow::array::BinaryArray::from(vec![b"any".as_slice()]));
    let text = StringArray::from(vec![one.as_str()]);
    let views: ArrayRef = Arc::new(arrow::array::StringViewArray::from(vec![one.as_str()]));
    let large: ArrayRef = Arc::new(arrow::array::LargeStringArray::from(vec![one.as_str()]));
    let words = cast(
        &text,
        &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    )
    .unwrap();
    let plain: ArrayRef = Arc::new(text.clone());
    let fixed = ids::array::<32>([Some([1; 32])]);
    for column in [bytes, views, large, words, plain, fixed] {
        let kind = column.data_type().clone();
        let schema = Schema::new(vec![Field::new("c", kind.clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema.clone()), vec![column]).unwrap();
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        let bytes = writer.into_inner().unwrap();
        let length = bytes.len() as u64;
        let place = Place::new();
        let error = Source::parquet("t", Box::new(Cursor::new(bytes)), length)
            .and_then(|source| place.import(&source, "t", None, &["c".to_owned()]))
            .unwrap_err();
        // Kinds that the reader doesn't know don't come this far.
        let codes = ["engine.import.id_column", "table.parquet.kind"];
        assert!(codes.contains(&error.code()), "{kind}: {error:?}");
        if matches!(kind, DataType::FixedSizeBinary(32) | DataType::Utf8) {
            assert_eq!(error.code(), codes[0]);
        }
        assert!(!place.at("t").exists());
    }
}

#[test]
fn columns_that_identify_persons_are_refused_unless_kept() {
    let csv = "number_id,氏名,sex,電話番号\n,山田太郎,1,03-1234-5678\n,佐藤花子,2,06-1234-5678\n";
    let numbers = by_number();
    let error = refused(csv, Some(&numbers));
    assert_eq!(
        (error.code(), error.exit()),
        ("engine.import.identifying", 1)
    );
    let named = [("table", "t"), ("columns", "氏名 (name), 電話番号 (phone)")];
    assert_eq!(error.details(), named.map(|(n, v)| (n, v.to_owned())));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("山田") && !shown.contains("1234"));
    let place = Place::new();
    let path = write(&place.at("t.csv"), csv);
    let source = Source::file(&path, Options::default()).unwrap();
    let keep = |names: &[&str]| -> Vec<String> { names.iter().map(|n| (*n).to_owned()).collect() };
    let import = |names: &[&str]| place.import(&source, "t", Some(&numbers), &keep(names));
    let partly = import(&["氏名"]).unwrap_err();
    assert_eq!(partly.details()[1].1, "電話番号 (phone)");
    let unknown = import(&["名前"]).unwrap_err();
    assert_eq!(unknown.code(), "engine.import.column");
    assert!(!place.at("t").exists());
    let report = import(&["sex", "電話番号", "氏名"]).unwrap().report;
    assert_eq!(report.kept, ["氏名", "電話番号"]);
}

#[test]
fn a_reference_table_may_have_addresses_of_places_and_no_names() {
    let place = Place::new();
    let places = "code,郵便番号,住所,電話番号,email\n1,100-0001,東京都千代田区千代田1-1,03-1234-5678,a@example.org\n";
    let report = place.import_csv("t", places, None).report;
    assert!(report.kept.is_empty());
    let persons = "code,氏名,住所\n1,山田太郎,東京都千代田区千代田1-1\n";
    let error = refused(persons, None);
    assert_eq!(error.code(), "engine.import.identifying");
    assert_eq!(error.details()[1].1, "氏名 (name)");
    let with_ids = places.replace("code,", "number_id,").replace("\n1,", "\n,");
    assert_eq!(
        refused(&with_ids, Some(&by_number())).code(),
        "engine.import.identifying"
    );
}

#[test]
fn a_flag_that_is_neither_yes_nor_no_is_refused() {
    for bad in ["2", "yes", "9", "真"] {
        let error = refused(
            &format!("number_id,kana_id,kana_unique\n,,{bad}\n"),
            Some(&IdColumns::default()),
        );
        assert_eq!(error.code(), "engine.import.flag", "{bad}");
    }
}

#[test]
fn a_flag_may_be_a_number() {
    let place = Place::new();
    let csv = format!(
        "number_id,kana_id,kana_unique\n,{},1\n,{},0\n,{},\n",
        id(1),
        id(2),
        id(3)
    );
    let imported = place.import_csv("t", &csv, Some(&IdColumns::default()));
    let rows = place.imported("t", &imported);
    let mut flags: Vec<&str> = rows.iter().map(|row| row[2].as_str()).collect();
    flags.sort_unstable();
    assert_eq!(flags, ["-", "false", "true"]);
    for kind in [DataType::Int8, DataType::Float64] {
        let flags = cast(&Int64Array::from(vec![1]), &kind).unwrap();
        let schema = Schema::new(vec![
            Field::new("number_id", DataType::Utf8, true),
            Field::new("kana_id", DataType::Utf8, true),
            Field::new("kana_unique", kind, true),
        ]);
        let texts = |text: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
        let columns = vec![texts(None), texts(Some(&id(1))), flags];
        let batch = RecordBatch::try_new(Arc::new(schema.clone()), columns).unwrap();
        let mut sink = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap();
        sink.write(&batch).unwrap();
        let bytes = sink.finish().unwrap().target;
        let length = bytes.len() as u64;
        let source = Source::parquet("t.parquet", Box::new(Cursor::new(bytes)), length).unwrap();
        let place = Place::new();
        let done = place
            .import(&source, "t", Some(&IdColumns::default()), &[])
            .unwrap();
        assert_eq!(place.imported("t", &done)[0][2], "true");
    }
}

#[test]
fn columns_that_are_missing_or_have_a_taken_name_are_refused() {
    let numbers = by_number();
    for (csv, ids, code) in [
        ("a,b\n1,2\n", Some(&numbers), "engine.import.column"),
        (
            "number_id,person\n,2\n",
            Some(&numbers),
            "engine.import.name",
        ),
        (
            "number_id,Person\n,2\n",
            Some(&numbers),
            "engine.import.name",
        ),
        (
            "number_id,kana_id\n,2\n",
            Some(&numbers),
            "engine.import.name",
        ),
        (
            "number_id,sex,SEX\n,1,2\n",
            Some(&numbers),
            "engine.import.name",
        ),
        ("person,price\n1,2\n", None, "engine.import.name"),
        ("number_id,price\n1,2\n", None, "engine.import.name"),
    ] {
        let error = refused(csv, ids);
        assert_eq!((error.code(), error.exit()), (code, 2), "{csv}");
        assert!(error.details().iter().any(|(name, _)| *name == "column"));
    }
}

#[test]
fn files_that_are_no_tables_are_refused_as_the_reader_says() {
    let place = Place::new();
    let at = |name: &str| place.at(name);
    fs::write(at("empty"), "").unwrap();
    fs::write(at("cut.parquet"), b"PAR1 and nothing that follows").unwrap();
    fs::write(at("nul.csv"), b"number_id,x\n,\0\n").unwrap();
    fs::write(at("wide.csv"), vec!["c"; 100_000].join(",")).unwrap();
    fs::write(at("ragged.csv"), "number_id,x\n,1\n,1,2\n").unwrap();
    for name in [
        "missing",
        ".",
        "empty",
        "cut.parquet",
        "nul.csv",
        "wide.csv",
        "ragged.csv",
    ] {
        let error = Source::file(&at(name), Options::default())
            .and_then(|source| place.import(&source, "out", Some(&by_number()), &[]))
            .unwrap_err();
        assert!(error.code().starts_with("table."), "{name}: {error:?}");
        assert!(matches!(error.exit(), 2 | 3), "{name}");
        assert!(!at("out").exists(), "{name}");
    }
}

#[test]
fn an_import_never_replaces_a_file() {
    let place = Place::new();
    let imported = place.import_csv("t", "number_id,x\n,1\n", Some(&by_number()));
    let read = || -> Vec<Vec<u8>> {
        let paths = imported.files.iter().map(|entry| place.at(&entry.path));
        paths.map(|path| fs::read(path).unwrap()).collect()
    };
    let before = read();
    let source = Source::file(&place.at("t.csv"), Options::default()).unwrap();
    let error = place
        .import(&source, "t", Some(&by_number()), &[])
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("engine.file.exists", 2));
    assert_eq!(read(), before);
    assert_eq!(fs::read_dir(place.at("t")).unwrap().count(), 2);
    // Where only the second file is in the way, the first isn't left either.
    fs::remove_file(place.at("t").join("keys.parquet")).unwrap();
    let error = place
        .import(&source, "t", Some(&by_number()), &[])
        .unwrap_err();
    assert_eq!(error.code(), "engine.file.exists");
    assert_eq!(fs::read_dir(place.at("t")).unwrap().count(), 1);
}

#[test]
fn ids_are_read_as_text_even_where_all_look_like_numbers() {
    let place = Place::new();
    let csv = "number_id,x\n9,1\n9,2\n";
    let imported = place.import_csv("t", csv, Some(&by_number()));
    assert_eq!(imported.report.number_sentinels.nine, 2);
    let rows = place.imported("t", &imported);
    assert_eq!(rows, [["-", "-", "-", "1"], ["-", "-", "-", "2"]]);
}

/// IDs of which some share their first bytes, rows that say any of the three things of a kana ID, and batches of any size.
#[test]
fn random_rows_come_out_in_the_order_of_their_keys_and_then_as_they_came() {
    let place = Place::new();
    for seed in 0..40_u64 {
        let some = |row: u64, salt: u64, of: u64| mix(seed << 32 | row << 8 | salt) % of;
        let raw = |n: u64| {
            let mut raw = [u8::try_from(n % 3).unwrap() + 1; 32];
            raw[31] = u8::try_from(n).unwrap();
            raw
        };
        let count = [0, 1, 7, 300, 20_000][usize::try_from(seed % 5).unwrap()];
        let keys: Vec<_> = (0..count)
            .map(|row| {
                let number = (some(row, 0, 10) < 6).then(|| raw(some(row, 1, 9)));
                let kana = (some(row, 2, 10) < 5).then(|| raw(some(row, 3, 7) + 50));
                let unique =
                    [None, Some(false), Some(true)][usize::try_from(some(row, 4, 3)).unwrap()];
                (number, kana, unique)
            })
            .collect();
        let n: Vec<i64> = (0..).take(keys.len()).collect();
        let columns: Vec<ArrayRef> = vec![
            ids::array::<32>(keys.iter().map(|key| key.0)),
            ids::array::<32>(keys.iter().map(|key| key.1)),
            Arc::new(keys.iter().map(|key| key.2).collect::<BooleanArray>()),
            Arc::new(Int64Array::from(n.clone())),
        ];
        let mut fields = ids::front().to_vec();
        fields.push(Field::new("n", DataType::Int64, false));
        let schema = Arc::new(Schema::new(fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
        let mut sink = ParquetSink::create(Vec::new(), &schema, &Sorting::none()).unwrap();
        sink.write(&batch).unwrap();
        let file = sink.finish().unwrap().target;
        let length = file.len() as u64;
        let source = Source::parquet("t", Box::new(Cursor::new(file)), length).unwrap();
        let name = format!("t{seed}");
        let imported = place
            .import(&source, &name, Some(&IdColumns::default()), &[])
            .unwrap();
        let mut rows: Vec<_> = keys.iter().zip(&n).collect();
        rows.sort_by_key(|((number, kana, unique), _)| {
            let key = (number.is_none(), *number, kana.is_none(), *kana);
            (key, std::cmp::Reverse(*unique))
        });
        let found: Vec<i64> = place
            .imported(&name, &imported)
            .iter()
            .map(|row| row[3].parse().unwrap())
            .collect();
        let expected: Vec<i64> = rows.iter().map(|(_, n)| **n).collect();
        assert!(found == expected, "seed {seed}");
        // One row of keys for each run of equal ones.
        let runs = rows.chunk_by(|(a, _), (b, _)| a == b).count();
        let keys = place.rows(entry(&imported.files, &name, KEYS).unwrap());
        assert_eq!(keys.len(), runs, "seed {seed}");
    }
}
