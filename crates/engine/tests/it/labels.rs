//! What a source says of its columns: in the vault, and nowhere else.

use std::fs;

use renketsu_engine::import::{self, ImportError, Imported, LABELS, ROWS, Source};
use renketsu_table::delimited::Options;
use renketsu_testkit::{StataCodes, StataColumn, stata};

use crate::study::{Place, id};

/// A word that only the labels say.
const MARKER: &str = "秘密の符号";

fn column(name: &'static str, label: &'static str) -> StataColumn<'static> {
    StataColumn {
        name,
        label,
        codes: "codes",
    }
}

fn imported(
    place: &Place,
    columns: &[StataColumn<'_>],
    codes: &[&str],
    keep: &[&str],
) -> Result<Imported, ImportError> {
    let path = place.at("t.dta");
    fs::write(&path, stata(columns, &[StataCodes::new("codes", codes)])).unwrap();
    let keep: Vec<String> = keep.iter().map(|name| (*name).to_owned()).collect();
    let done = place.import(
        &Source::file(&path, Options::default()).unwrap(),
        "t",
        None,
        &keep,
    );
    fs::remove_file(path).unwrap();
    done
}

#[test]
fn the_texts_are_sealed_and_the_report_only_counts_them() {
    let place = Place::new();
    let columns = [
        column("sex", "性別"),
        StataColumn {
            codes: "",
            ..column("plain", "")
        },
    ];
    let codes = [MARKER, "女"];
    let done = imported(&place, &columns, &codes, &[]).unwrap();
    let report = serde_json::to_value(&done.report).unwrap();
    assert!(!report.to_string().contains("秘密") && !report.to_string().contains("性別"));
    assert_eq!(
        report["columns"][0],
        serde_json::json!({ "name": "sex", "kind": "Int8", "labelled": true, "codes": 2, "missing": 0 })
    );
    assert_eq!(
        report["columns"][1],
        serde_json::json!({ "name": "plain", "kind": "Int8", "missing": 0 })
    );

    let names: Vec<&str> = done.files.iter().map(|f| f.name.file.as_str()).collect();
    assert_eq!(names, [ROWS, LABELS]);
    let file = place.file(&done.files, "t", LABELS).unwrap();
    let bytes = fs::read(file.path()).unwrap();
    let marker = MARKER.as_bytes();
    assert!(!bytes.windows(marker.len()).any(|part| part == marker));
    let said = import::labels(&file).unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!(said["sex"].label.as_deref(), Some("性別"));
    assert_eq!(said["sex"].codes[0], ("1".to_owned(), MARKER.to_owned()));

    let mut altered = bytes;
    altered[20] ^= 1;
    fs::write(file.path(), altered).unwrap();
    import::labels(&file).unwrap_err();
}

#[test]
fn a_table_of_whose_columns_nothing_is_said_has_no_file_of_labels() {
    let place = Place::new();
    let done = place.import_csv("t", "x\n1\n", None);
    assert!(place.file(&done.files, "t", LABELS).is_none());
}

#[test]
fn a_label_that_identifies_stops_the_import_and_names_its_column() {
    let names = ["山田太郎", "佐藤花子", "鈴木一郎"];
    for (label, codes) in [
        ("性別", &["男", "患者山田太郎"][..]),
        ("性別", &["男", "山田太郎 様"]),
        ("性別", &["男", "昭和39年2月29日生"]),
        ("性別", &names),
        ("患者氏名", &["男", "女"]),
    ] {
        let place = Place::new();
        let columns = [column("sex", label), column("n", "")];
        let error = imported(&place, &columns[..1], codes, &[]).unwrap_err();
        assert_eq!(
            error.code(),
            "engine.import.identifying",
            "{label} {codes:?}"
        );
        let told = format!("{:?}", error.details());
        assert!(told.contains("sex (") && !told.contains("山田"), "{told}");
        assert!(!place.at("t").exists(), "something is left");
    }

    // What was looked at and judged otherwise is recorded, as for values.
    let place = Place::new();
    let done = imported(&place, &[column("sex", "")], &["患者山田太郎"], &["sex"]).unwrap();
    assert_eq!(done.report.kept, ["sex"]);
}

#[test]
fn an_id_in_a_label_is_an_id_in_the_table() {
    let place = Place::new();
    let error = imported(&place, &[column("x", "")], &[&id(1)], &["x"]).unwrap_err();
    assert_eq!(error.code(), "engine.import.id_column");
    assert!(!place.at("t").exists(), "something is left");
}

fn opened(columns: &[StataColumn<'_>], codes: StataCodes) -> Result<Source, ImportError> {
    let place = Place::new();
    let path = place.at("t.dta");
    fs::write(&path, stata(columns, &[codes])).unwrap();
    Source::file(&path, Options::default())
}

#[test]
fn entries_that_share_one_long_text_are_refused_before_it_is_copied_for_each() {
    let codes = StataCodes {
        name: "codes".to_owned(),
        starts: vec![0; 3000],
        texts: [vec![b'x'; 1 << 20], vec![0]].concat(),
    };
    let error = opened(&[column("x", "")], codes).unwrap_err();
    assert_eq!(error.code(), "table.statistical.long");
}

#[test]
fn columns_share_their_list_of_codes_and_may_not_say_it_without_end() {
    let names: Vec<String> = (0..4000).map(|n| format!("v{n}")).collect();
    let columns: Vec<StataColumn<'_>> = names
        .iter()
        .map(|name| StataColumn {
            name,
            label: "",
            codes: "codes",
        })
        .collect();
    let source = opened(&columns, StataCodes::new("codes", &["y"; 1000])).unwrap();
    let Source::Statistical(source) = source else {
        panic!("Stata");
    };
    let lists = source.labels().values().map(|said| said.codes.as_ptr());
    assert_eq!(lists.collect::<std::collections::BTreeSet<_>>().len(), 1);

    let error = opened(&columns, StataCodes::new("codes", &vec!["y"; 30_000])).unwrap_err();
    assert_eq!(error.code(), "table.statistical.long");
}
