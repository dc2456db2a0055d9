//! Extracts beyond memory, and extracts of SAS and Stata.

use std::fmt::Write as _;

use renketsu_authority::stamp::Persons;
use renketsu_table::delimited::Options;
use renketsu_testkit::{StataColumn, XportColumn, stata, xport};

use crate::parties::Parties;
use crate::stamp::{REGISTRY, StampedRow, by_key, stamped_rows};

/// An extract of so many rows, with persons and months in no order, numbered by cost.
fn long(rows: u32) -> String {
    let mut text = "person,month,note,cost\n".to_owned();
    for row in 0..rows {
        let chance = row.wrapping_mul(2_654_435_761) >> 7;
        let person = ["R1", "R2", "R3", "R9"][chance as usize % 4];
        let month = ["202012", "202305"][(chance >> 4) as usize % 2];
        writeln!(text, "{person},{month},{},{row}", chance % 100).unwrap();
    }
    text
}

#[test]
fn an_extract_beyond_memory_is_stamped_as_a_small_one() {
    const ROWS: u32 = 60_000;
    let mut parties = Parties::ready(REGISTRY);
    // What each person of a month gets, from an extract of a row for each.
    let pairs: Vec<(&str, &str)> = ["R1", "R2", "R3", "R9"]
        .iter()
        .flat_map(|person| ["202012", "202305"].map(|month| (*person, month)))
        .collect();
    let mut few = "person,month,cost\n".to_owned();
    for (cost, (person, month)) in pairs.iter().enumerate() {
        writeln!(few, "{person},{month},{cost}").unwrap();
    }
    let input = parties.file("few.csv", &few);
    parties
        .stamp(&parties.stamp_order(&input, by_key(), "few.rkp"))
        .unwrap();
    let few = stamped_rows(&parties, "few.rkp");
    let expected = |person: &str, month: &str| {
        let cost = pairs.iter().position(|pair| *pair == (person, month));
        let cost = i64::try_from(cost.unwrap()).unwrap();
        let row = few.iter().find(|row| row.3 == cost).unwrap();
        (row.0, row.1, row.2)
    };
    let text = long(ROWS);
    let input = parties.file("long.csv", &text);
    // A budget that 60,000 rows don't fit into by far.
    let order = renketsu_authority::stamp::Order {
        memory: 1 << 20,
        ..parties.stamp_order(&input, by_key(), "long.rkp")
    };
    let stamped = parties.stamp(&order).unwrap();
    let rows = stamped_rows(&parties, "long.rkp");
    assert_eq!((stamped.rows, rows.len()), (u64::from(ROWS), ROWS as usize));
    let key = |row: &StampedRow| (row.0.is_none(), row.0, row.1.is_none(), row.1);
    assert!(rows.is_sorted_by_key(key));
    assert_eq!(
        (stamped.distinct_number_ids, stamped.distinct_kana_ids),
        (2, 4)
    );
    let with = |has: &dyn Fn(&StampedRow) -> bool| rows.iter().filter(|row| has(row)).count();
    assert_eq!(
        (stamped.rows_with_number_id, stamped.rows_with_kana_id),
        (
            with(&|row| row.0.is_some()) as u64,
            with(&|row| row.1.is_some()) as u64
        )
    );
    let mut by_cost = rows.clone();
    by_cost.sort_by_key(|row| row.3);
    for (row, line) in by_cost.iter().zip(text.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[3], row.3.to_string());
        assert_eq!((row.0, row.1, row.2), expected(cells[0], cells[1]));
    }
    // Among equals the order of the extract is gone.
    let equals = rows.chunk_by(|one, other| key(one) == key(other));
    for equal in equals {
        assert!(equal.len() > 1_000 && !equal.is_sorted_by_key(|row| row.3));
    }
    // Nothing readable is left of what did not fit.
    let scratch = parties.authority.path().join("tmp");
    assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0);
}

#[test]
fn extracts_of_sas_and_stata_are_stamped_too() {
    let registry = REGISTRY.replace("R1,", "697,").replace("R2,", "1,");
    let mut parties = Parties::ready(&registry);
    let sas = xport(&[
        XportColumn::Number("person", vec![697, 1, 5]),
        XportColumn::Number("month", vec![202_305, 202_012, 202_305]),
        XportColumn::Text("note", vec!["a".into(), "b".into(), "c".into()]),
    ]);
    let input = parties.path("ndb.xpt");
    std::fs::write(&input, sas).unwrap();
    let stamped = parties
        .stamp(&parties.stamp_order(&input, by_key(), "sas.rkp"))
        .unwrap();
    assert_eq!((stamped.rows, stamped.rows_with_number_id), (3, 2));
    assert_eq!(stamped.by_outcome.get("unknown_person"), Some(&1));
    assert!(!stamped.by_outcome.contains_key("service_rejected"));

    let column = |name| StataColumn {
        name,
        label: "",
        codes: "",
    };
    let input = parties.path("ndb.dta");
    std::fs::write(&input, stata(&[column("person"), column("cost")], &[])).unwrap();
    let by_person = |column: &str| Persons::Key {
        column: column.to_owned(),
        service: None,
        options: Options::default(),
    };
    let order = parties.stamp_order(&input, by_person("person"), "stata.rkp");
    let stamped = parties.stamp(&order).unwrap();
    assert_eq!((stamped.rows, stamped.rows_with_number_id), (1, 1));
    // What a file says of a column is judged as what stands in it.
    let labelled = StataColumn {
        label: "氏名",
        ..column("cost")
    };
    let input = parties.path("labelled.dta");
    std::fs::write(&input, stata(&[column("person"), labelled], &[])).unwrap();
    let order = parties.stamp_order(&input, by_person("person"), "labelled.rkp");
    let error = parties.stamp(&order).unwrap_err();
    assert_eq!(error.code(), "authority.stamp.identifying");
    assert!(!parties.path("labelled.rkp").exists());
}
