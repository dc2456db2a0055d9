//! Rows of single persons, where somebody allowed them.

use renketsu_engine::query::{QueryOptions, check, cohort, query};

use crate::study::{OPTIONS, study};

#[test]
fn rows_of_single_persons_say_that_they_are_and_whether_they_were_cut() {
    let options = QueryOptions {
        row_level: Some(3),
        ..OPTIONS
    };
    for (sql, rows, cut) in [
        ("select sex from anon", 3, true),
        ("select month from anon where value < 0", 0, false),
        ("select note from anon where note = 'text 0'", 1, false),
    ] {
        let answer = query(sql, &study().tables, options).unwrap();
        assert_eq!((answer.rows(), answer.cut()), (rows, cut), "{sql}");
        assert!(answer.row_level());
        let mut json = Vec::new();
        answer.json(&mut json, 10).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(
            (&json["row_level"], &json["cut"]),
            (&true.into(), &cut.into())
        );
        let mut parquet = Vec::new();
        answer.parquet(&mut parquet).unwrap();
        let said = |words: &[u8]| parquet.windows(words.len()).any(|found| found == words);
        assert!(
            said(b"renketsu.row_level") && said(b"renketsu.cut"),
            "{sql}"
        );
    }
    let counted = query("select count(*) from anon", &study().tables, options).unwrap();
    assert!(!counted.row_level() && !counted.cut());
}

#[test]
fn an_order_of_rows_that_may_come_out_is_refused_as_an_order() {
    let options = QueryOptions {
        row_level: Some(5),
        ..OPTIONS
    };
    for sql in [
        "select sex from anon limit 1",
        "select sex from anon order by value desc",
        "select sex from anon where value > 5 order by month limit 2",
    ] {
        let refused = check(sql, &study().tables, options).unwrap_err();
        assert_eq!(refused.code(), "engine.guard.order", "{sql}");
        let refused = check(sql, &study().tables, OPTIONS).unwrap_err();
        assert_eq!(refused.code(), "engine.guard.row_level", "{sql}");
    }
    for sql in [
        "select person from anon order by value limit 1",
        "select person from anon limit 1",
    ] {
        let refused = cohort(sql, &study().tables, OPTIONS).unwrap_err();
        assert_eq!(refused.code(), "engine.guard.order", "{sql}");
    }
}
