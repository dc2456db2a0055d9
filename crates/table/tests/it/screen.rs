use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use renketsu_identity::identifying::{Evidence, Reason};
use renketsu_table::schema::ColumnLabel;
use renketsu_table::screen::{FIRST, Screen};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn text(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn screen(batches: &[RecordBatch]) -> Screen {
    let mut screen = Screen::new(names(&batches[0]));
    for batch in batches {
        screen.see(batch);
    }
    screen
}

fn names(batch: &RecordBatch) -> Vec<(usize, String)> {
    let schema = batch.schema();
    schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .enumerate()
        .collect()
}

fn found(screen: &Screen) -> Vec<String> {
    screen.findings().iter().map(ToString::to_string).collect()
}

#[test]
fn few_identifying_values_are_seen_wherever_they_stand_together() {
    let memo = |row: u32| {
        if row < 90_000 {
            format!("メモ{row}")
        } else {
            format!("090-1234-{:04}", row % 10_000)
        }
    };
    let batches: Vec<_> = (0..10_u32)
        .map(|part| {
            batch(vec![(
                "memo",
                text((part * 9_200..(part + 1) * 9_200).map(memo)),
            )])
        })
        .collect();
    assert_eq!(found(&screen(&batches)), ["memo (phone)"]);
}

#[test]
fn repetition_hides_nothing() {
    let memo = (0..5_000).map(|row| match row {
        4_000 => "山田太郎".to_owned(),
        4_001 => "佐藤花子".to_owned(),
        4_002 => "鈴木一郎".to_owned(),
        _ => "なし".to_owned(),
    });
    assert_eq!(
        found(&screen(&[batch(vec![("memo", text(memo))])])),
        ["memo (name)"]
    );
}

#[test]
fn a_small_rest_is_not_judged_alone() {
    // Three codes that happen to look like insurers would be a finding by themselves.
    let mut codes: Vec<String> = (0..1_000).map(|row| format!("K{row:07}")).collect();
    codes.extend(["06132013", "39131107", "00133066"].map(str::to_owned));
    assert!(found(&screen(&[batch(vec![("code", text(codes.clone()))])])).is_empty());
    let alone = text(codes.into_iter().skip(1_000));
    assert_eq!(
        found(&screen(&[batch(vec![("code", alone)])])),
        ["code (insurer)"]
    );
}

#[test]
fn a_strided_screen_goes_on_after_the_first_rows_and_a_full_one_misses_none() {
    let rows = FIRST + 64 * 20;
    let mail = |place: usize| {
        batch(vec![(
            "memo",
            text((0..rows).map(|row| {
                if row == place {
                    "a@example.jp".to_owned()
                } else {
                    "-".to_owned()
                }
            })),
        )])
    };
    assert_eq!(found(&screen(&[mail(FIRST + 64)])), ["memo (email)"]);
    let missed = mail(FIRST + 65);
    assert!(found(&screen(std::slice::from_ref(&missed))).is_empty());
    let mut full = Screen::of_every_row(names(&missed));
    full.see(&missed);
    assert_eq!(found(&full), ["memo (email)"]);
    assert_eq!(full.rows(), rows);
}

#[test]
fn numbers_and_days_are_judged_as_they_are_written() {
    let numbers = vec![123_456_789_018.0; 3];
    let table = batch(vec![
        ("c1", Arc::new(Float64Array::from(numbers)) as ArrayRef),
        (
            "birth_ym",
            Arc::new(Date32Array::from(vec![-3_653, 7_000, 18_262])),
        ),
        ("points", Arc::new(Int64Array::from(vec![1, 2, 3]))),
    ]);
    assert_eq!(
        found(&screen(&[table])),
        ["c1 (my_number)", "birth_ym (birth_date)"]
    );
}

#[test]
fn a_header_that_says_enough_needs_no_value() {
    let table = batch(vec![("氏名", text(["x".to_owned()]))]);
    let mut screen = Screen::new(names(&table));
    let before = screen.findings();
    assert_eq!(
        (before[0].finding.reason, before[0].finding.evidence),
        (Reason::Name, Evidence::Header)
    );
    screen.see(&table);
    assert_eq!(screen.findings(), before);
}

#[test]
fn a_verdict_parts_what_was_kept_and_leaves_out_what_is_tolerated() {
    let table = batch(vec![
        ("住所", text(["x".to_owned()])),
        ("氏名", text(["x".to_owned()])),
        ("カナ", text(["x".to_owned()])),
    ]);
    let screen = screen(&[table]);
    let keep = ["カナ".to_owned(), "other".to_owned()];
    let columns = |suspects: &[renketsu_table::screen::Suspect]| -> Vec<String> {
        suspects.iter().map(ToString::to_string).collect()
    };
    let verdict = screen.verdict(&keep, |_| false);
    assert_eq!(columns(&verdict.kept), ["カナ (name)"]);
    assert_eq!(columns(&verdict.refused), ["住所 (address)", "氏名 (name)"]);
    let verdict = screen.verdict(&keep, Reason::is_of_a_place);
    assert_eq!(columns(&verdict.refused), ["氏名 (name)"]);
}

#[test]
fn ids_under_another_name_are_told_apart() {
    let id = "0123456789abcdef".repeat(4);
    let table = batch(vec![
        ("hash", text([String::new(), format!(" {id} ")])),
        (
            "short",
            text([id.chars().skip(1).collect(), format!("{id}0")]),
        ),
        (
            "bytes",
            Arc::new(BinaryArray::from(vec![&b"a"[..], b"b"])) as ArrayRef,
        ),
    ]);
    let screen = screen(&[table]);
    assert_eq!(screen.ids().collect::<Vec<_>>(), ["hash", "bytes"]);
    assert!(!format!("{screen:?}").contains("0123"));
}

#[test]
fn what_a_source_says_of_a_column_is_looked_at_text_by_text() {
    let judged = |column: &str, label: &str, code: &str| {
        let said = ColumnLabel {
            label: Some(label.to_owned()),
            unit: None,
            codes: Arc::new([
                ("1".to_owned(), "あり".to_owned()),
                ("2".to_owned(), code.to_owned()),
            ]),
        };
        let mut screen = Screen::new([(0, column.to_owned())]);
        screen.see_labels(&[(column.to_owned(), said)].into());
        (found(&screen), screen.ids().count())
    };
    let id = "0123456789abcdef".repeat(4);
    for (label, code, expected) in [
        ("有無", "患者：山田 太郎", "c (name)"),
        ("佐藤花子さん", "なし", "c (name)"),
        ("有無", "照会先 taro@example.jp", "c (email)"),
        ("有無", "090-1234-5678", "c (phone)"),
        ("有無", "横浜市港北区日吉1-2-3", "c (address)"),
        ("有無", "記号12-34 番号567", "c (insured_number)"),
        ("カルテ番号", "なし", "c (patient_number)"),
    ] {
        assert_eq!(judged("c", label, code).0, [expected], "{label} {code}");
    }
    assert_eq!(judged("c", "有無", &id).1, 1);
    // What institutions have is public; a name alone may be a drug's or a place's.
    for (column, label, code) in [
        ("facility", "施設", "横浜市港北区日吉1-2-3"),
        ("c", "薬", "山田錠"),
        ("c", "紹介元", "山本内科様"),
        ("c", "様式", "小林様式"),
    ] {
        let (found, ids) = judged(column, label, code);
        assert_eq!((found.len(), ids), (0, 0), "{column} {label} {code}");
    }
}
