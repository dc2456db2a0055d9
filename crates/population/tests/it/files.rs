use std::collections::BTreeSet;

use renketsu_population::{Extract, Source};

use crate::world::{anonymized, extract, number, texts, usual};

#[test]
fn claim_files_have_the_records_and_fields_of_the_specification() {
    for text in texts(&usual().0)
        .iter()
        .filter(|text| text.source == Source::Uke)
    {
        for (place, fields) in text.lines.iter().enumerate() {
            let (first, last) = (place == 0, place == text.lines.len() - 1);
            let count = match fields[0].as_str() {
                "IR" if first => 10,
                "GO" if last => 4,
                "RE" => 38,
                "HO" => 15,
                "KO" => 12,
                "SN" => 9,
                "SY" => 8,
                "SI" | "IY" => 44,
                other => panic!("record {other} at line {}", place + 1),
            };
            assert!(first == (fields[0] == "IR") && last == (fields[0] == "GO"));
            assert_eq!(fields.len(), count, "{} line {}", text.name, place + 1);
        }
        let claims = text.lines.iter().filter(|fields| fields[0] == "RE").count();
        let points: u64 = text
            .lines
            .iter()
            .filter(|fields| fields[0] == "SI" || fields[0] == "IY")
            .map(|fields| fields[5].parse::<u64>().unwrap())
            .sum();
        let total = text.lines.last().unwrap();
        assert_eq!(total[1], claims.to_string());
        assert_eq!(total[2], points.to_string());
    }
}

#[test]
fn claims_carry_what_belongs_at_each_position() {
    let mut days = 0;
    for text in texts(&usual().0)
        .iter()
        .filter(|text| text.source == Source::Uke)
    {
        let month = text.name.get(5..11).unwrap();
        for fields in &text.lines {
            match fields[0].as_str() {
                "RE" => {
                    assert_eq!(fields[2].len(), 4);
                    assert_eq!(fields[3], month);
                    assert!(!fields[4].is_empty() && fields[4].chars().count() <= 20);
                    assert!(["1", "2", "9", ""].contains(&fields[5].as_str()));
                    assert!(fields[6].len() == 8 || fields[6].len() == 7);
                    assert_eq!(fields[13].len(), 9);
                    assert!(!fields[36].contains(|c: char| c.is_ascii_alphabetic()));
                }
                "HO" => {
                    assert!(fields[1].len() == 8 || fields[1] == "9");
                    assert!(!fields[3].is_empty());
                }
                "KO" => assert!(fields[1].len() == 8 && fields[2].len() == 7),
                "SN" if fields[1] == "1" && fields[3].is_empty() => assert_eq!(fields[6].len(), 2),
                "SI" => {
                    let marked: Vec<usize> = (13..44).filter(|i| fields[*i] == "1").collect();
                    assert_eq!(marked.len(), 1);
                    days = days.max(marked[0] - 12);
                }
                _ => {}
            }
        }
    }
    assert_eq!(days, 31);
}

#[test]
fn claim_files_have_corrections_and_claims_of_public_expense_only() {
    let texts = texts(&usual().0);
    let lines: Vec<&Vec<String>> = texts
        .iter()
        .filter(|text| text.source == Source::Uke)
        .flat_map(|text| &text.lines)
        .collect();
    let corrected =
        |fields: &&&Vec<String>| fields[0] == "SN" && fields[1] == "1" && !fields[5].is_empty();
    assert!(lines.iter().filter(corrected).count() > 3);
    let only = lines
        .windows(2)
        .filter(|pair| pair[0][0] == "RE" && pair[1][0] == "KO");
    assert!(only.clone().count() > 10);
    assert!(only.clone().all(|pair| pair[0][2].starts_with("12")));
    assert!(
        lines
            .iter()
            .any(|fields| fields[0] == "HO" && fields[1].starts_with("  "))
    );
}

#[test]
fn tables_of_hospitals_have_nine_columns_and_both_encodings_occur() {
    let population = &usual().0;
    let encodings: BTreeSet<String> = population
        .claim_files()
        .filter(|file| file.source() == Source::Csv)
        .map(|file| format!("{:?}", file.encoding()))
        .collect();
    assert_eq!(encodings.len(), 1, "2 hospitals, 1 of them with CSV");
    let larger = crate::world::generate(&renketsu_population::Plan {
        hospitals: 4,
        ..renketsu_population::Plan::new(400, 2)
    });
    let csv = texts(&larger);
    let csv: Vec<_> = csv
        .iter()
        .filter(|text| text.source == Source::Csv)
        .collect();
    assert_eq!(csv.len(), 2);
    assert!(
        csv.iter()
            .flat_map(|text| &text.lines)
            .all(|cells| cells.len() == 9)
    );
}

#[test]
fn every_row_of_the_anonymized_table_belongs_to_a_chart() {
    let population = &usual().0;
    let rows = anonymized(population);
    let charts: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(charts.len(), population.charts().count());
    for row in &rows {
        let chart = population.chart_of_key(&row[0]).unwrap();
        let whose = population.person_of_visit_tag(row[1].parse().unwrap());
        assert_eq!(whose, population.person_of_chart(chart));
        assert!(row[4].starts_with(|c: char| c.is_ascii_uppercase()));
        assert!(row[5].as_str() >= "2021-04" && row[5].as_str() <= "2022-03");
    }
    let mean = |code: &str| {
        let values: Vec<f64> = rows
            .iter()
            .filter(|row| row[4] == code)
            .filter_map(|row| row[6].parse().ok())
            .collect();
        values.iter().sum::<f64>() / number(values.len())
    };
    assert!(mean("E11") > mean("J06") + 1.0);
}

#[test]
fn extracts_cover_their_persons_and_have_a_few_unknown_ones() {
    let population = &usual().0;
    let ndb = extract(population, Extract::Ndb);
    let known = |row: &&Vec<String>| population.person_of_registry_key(&row[0]).is_some();
    let persons: BTreeSet<&str> = ndb
        .iter()
        .filter(known)
        .map(|row| row[0].as_str())
        .collect();
    assert!(persons.len() > 5_980, "{}", persons.len());
    for row in ndb.iter().filter(known) {
        let whose = population.person_of_claim_tag(row[1].parse().unwrap());
        assert_eq!(whose, population.person_of_registry_key(&row[0]));
    }
    let unknown = ndb.len() - ndb.iter().filter(known).count();
    assert!(unknown > 5 && unknown < ndb.len() / 200, "{unknown}");
    let dpc = extract(population, Extract::Dpc);
    let persons: BTreeSet<&str> = dpc.iter().map(|row| row[0].as_str()).collect();
    assert!((480..720).contains(&persons.len()), "{}", persons.len());
}
