//! How well the column check tells identifying columns from others: hits and false alarms, by class.
//!
//! `cargo test -p renketsu-population --test it columns -- --nocapture` prints the tables.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::format_collect,
    clippy::string_slice,
    reason = "digits and names that are made here"
)]

mod chance;
mod harmless;
mod identifying;

use std::collections::BTreeMap;
use std::io;

use renketsu_identity::identifying::{Evidence, Finding, judge};
use renketsu_population::{Extract, Plan, Population};

use crate::world::generate;
use chance::Chance;

/// Different values that are looked at together, and columns of each class.
const VALUES: usize = 200;
const COLUMNS: u64 = 20;

/// A class of columns: what it is called, and how one of its values is made.
type Class = (&'static str, fn(&mut Chance) -> String);

fn column(class: &Class, number: u64) -> Vec<String> {
    let mut chance = Chance::new(number);
    (0..VALUES).map(|_| class.1(&mut chance)).collect()
}

/// What a column without a telling header is taken for.
fn judged(values: &[String]) -> Option<Finding> {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    judge("c1", &values)
}

/// How many of the columns of a class are taken for identifying, and as what.
fn found(class: &Class) -> (u64, BTreeMap<&'static str, u64>) {
    let mut reasons = BTreeMap::new();
    for number in 0..COLUMNS {
        if let Some(finding) = judged(&column(class, number)) {
            *reasons.entry(finding.reason.name()).or_default() += 1;
        }
    }
    (reasons.values().sum(), reasons)
}

#[test]
fn columns_that_identify_are_found_by_their_values() {
    let mut missed = Vec::new();
    for class in identifying::CLASSES {
        let (hits, reasons) = found(class);
        println!("{:<44} {hits:>3} of {COLUMNS} {reasons:?}", class.0);
        if hits < COLUMNS {
            missed.push(class.0);
        }
    }
    assert_eq!(missed, identifying::KNOWN_MISSES);
}

#[test]
fn columns_that_do_not_identify_are_left_alone() {
    let mut alarms = Vec::new();
    for class in harmless::CLASSES {
        let (hits, reasons) = found(class);
        println!("{:<44} {hits:>3} of {COLUMNS} {reasons:?}", class.0);
        if hits > 0 {
            alarms.push(class.0);
        }
    }
    assert_eq!(alarms, [""; 0]);
}

/// Every column of a table with its values.
fn columns(write: impl FnOnce(&mut Vec<u8>) -> io::Result<u64>) -> Vec<(String, Vec<String>)> {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',').map(str::to_owned);
    let mut columns: Vec<(String, Vec<String>)> = names.map(|name| (name, Vec::new())).collect();
    for line in lines.take(2000) {
        for ((_, values), value) in columns.iter_mut().zip(line.split(',')) {
            values.push(value.to_owned());
        }
    }
    columns
}

fn findings(
    columns: &[(String, Vec<String>)],
    named: bool,
) -> Vec<(String, &'static str, Evidence)> {
    let mut found = Vec::new();
    for (name, values) in columns {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let header = if named { name.as_str() } else { "c1" };
        if let Some(finding) = judge(header, &values) {
            found.push((name.clone(), finding.reason.name(), finding.evidence));
        }
    }
    found
}

fn print(table: &str, found: &[(String, &'static str, Evidence)]) -> Vec<String> {
    let found = found
        .iter()
        .map(|(column, reason, evidence)| format!("{column}: {reason} by {}", evidence.name()));
    let found: Vec<String> = found.collect();
    println!("{table}: {found:?}");
    found
}

#[test]
fn the_tables_of_the_population_are_told_apart() {
    let population: Population = generate(&Plan::new(3000, 17));
    let none = &mut |_: u64| {};
    let register = columns(|out| population.write_registry(out, none));
    let none = &mut |_: u64| {};
    let anonymized = columns(|out| population.write_anonymized(out, none));
    let none = &mut |_: u64| {};
    let ndb = columns(|out| population.write_extract(Extract::Ndb, out, none));
    let none = &mut |_: u64| {};
    let dpc = columns(|out| population.write_extract(Extract::Dpc, out, none));
    assert_eq!(
        print("register", &findings(&register, true)),
        [
            "kana: name by header",
            "birth_date: birth_date by header",
            "insurer: insurer by header",
            "symbol: insured_number by header",
            "number: insured_number by values",
            "branch: insured_number by header"
        ]
    );
    // Without their headers, what has no shape of its own is not known.
    assert_eq!(
        print("register without headers", &findings(&register, false)),
        [
            "kana: name by values",
            "birth_date: birth_date by values",
            "insurer: insurer by values"
        ]
    );
    assert_eq!(
        print("anonymized", &findings(&anonymized, true)),
        ["患者番号: patient_number by header"]
    );
    for (table, columns) in [("anonymized", &anonymized), ("NDB", &ndb), ("DPC", &dpc)] {
        assert_eq!(print(table, &findings(columns, false)), [""; 0]);
    }
    assert_eq!(print("NDB", &findings(&ndb, true)), [""; 0]);
    assert_eq!(print("DPC", &findings(&dpc, true)), [""; 0]);
}
