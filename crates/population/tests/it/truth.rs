use std::collections::{BTreeMap, BTreeSet};

use renketsu_population::{Defect, Plan, Population, Rates, Route, Source, Truth};

use crate::world::{Row, by_person, generate, registry, texts, usual};

fn thousand(rates: Rates) -> (Population, Truth) {
    let population = generate(&Plan {
        rates,
        ..Plan::new(1_000, 21)
    });
    let truth = population.truth(&mut |_| {});
    (population, truth)
}

#[test]
fn every_row_of_every_file_is_known_with_its_chart() {
    let (population, truth) = usual();
    let mut rows = truth.rows().iter();
    for (file, text) in texts(population).iter().enumerate() {
        let column = match text.source {
            Source::Uke => 13,
            Source::Csv => 0,
        };
        let records = text
            .lines
            .iter()
            .filter(|cells| text.source == Source::Csv || cells[0] == "RE");
        for (record, cells) in records.enumerate() {
            let row = rows.next().unwrap();
            assert_eq!((row.file as usize, row.record as usize), (file, record + 1));
            assert_eq!(population.chart_of_key(&cells[column]), Some(row.chart));
            assert_eq!(population.person_of_chart(row.chart), Some(row.person));
        }
    }
    assert!(rows.next().is_none());
}

#[test]
fn almost_everybody_is_reachable_and_the_parts_add_up() {
    let counts = usual().1.counts();
    assert!(counts.reachable() > counts.persons * 98 / 100, "{counts:?}");
    assert!(counts.reachable() < counts.persons, "{counts:?}");
    assert!(counts.by_number > counts.by_number_loose);
    assert!(counts.by_number_loose > counts.by_kana && counts.by_kana > 0);
    assert!(counts.only_contradicted < counts.reachable() / 100);
    let plain = counts.plain;
    assert!(plain.by_either < counts.reachable() * 2 / 3, "{plain:?}");
    assert!(plain.by_either >= plain.by_number.max(plain.by_kana));
}

#[test]
fn without_kana_and_without_number_nobody_is_reachable() {
    let (population, truth) = thousand(Rates {
        kana_missing_csv: 1.0,
        kana_missing_uke: 1.0,
        foreigners: 0.0,
        public_expense_only: 1.0,
        ..Rates::default()
    });
    // Only newborns' claims keep a number, the family's, which is theirs too from some day of the month on.
    let newborns: BTreeSet<_> = truth
        .rows()
        .iter()
        .filter(|row| row.defects.has(Defect::NotYetRegistered))
        .map(|row| row.person)
        .collect();
    assert!(
        population
            .persons()
            .any(|person| truth.reach(person).has_rows())
    );
    for person in population
        .persons()
        .filter(|person| !newborns.contains(person))
    {
        assert!(!truth.reachable(person));
    }
}

#[test]
fn without_numbers_everybody_but_namesakes_is_reached_by_kana() {
    let (population, truth) = thousand(Rates {
        public_expense_only: 1.0,
        homonyms: 0.05,
        half_width_kana: 0.5,
        large_kana: 0.5,
        ..Rates::none()
    });
    let counts = truth.counts();
    assert_eq!(counts.by_number + counts.by_number_loose, 0);
    let rows = registry(&population);
    let mut names: BTreeMap<(String, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        let large: String = row
            .kana
            .replace('ャ', "ヤ")
            .replace('ュ', "ユ")
            .replace('ョ', "ヨ");
        let large = large.replace('ッ', "ツ");
        names
            .entry((large, &row.birth, &row.sex))
            .or_default()
            .insert(&row.person);
    }
    let namesakes: BTreeSet<&str> = names
        .values()
        .filter(|persons| persons.len() > 1)
        .flatten()
        .copied()
        .collect();
    assert!(!namesakes.is_empty());
    for person in population
        .persons()
        .filter(|person| truth.reach(*person).has_rows())
    {
        let key = population.registry_key(person);
        assert_eq!(
            truth.reachable(person),
            !namesakes.contains(key.as_str()),
            "{key}"
        );
    }
}

#[test]
fn clean_rows_reach_by_the_full_number() {
    let (_, truth) = thousand(Rates::none());
    for row in truth.rows() {
        // Before individualisation a household's number fits several, told apart by birth date and sex.
        if !row.defects.has(Defect::NotYetRegistered) {
            assert_eq!(row.route, Some(Route::Number), "{row:?}");
        }
    }
}

#[test]
fn a_missing_branch_or_lost_zeros_make_the_number_loose_and_twins_ambiguous() {
    let (population, truth) = thousand(Rates {
        branch_missing: 1.0,
        kana_missing_csv: 1.0,
        kana_missing_uke: 1.0,
        twins: 0.5,
        ..Rates::none()
    });
    assert!(truth.counts().by_number_loose > 200);
    let equal = truth.equal_inputs();
    assert!(!equal.is_empty(), "same-sex twins without branch");
    for pair in equal {
        let row = truth.rows()[pair.row as usize];
        assert_eq!(row.person, pair.person);
        assert_eq!(row.route, None);
        assert!(truth.inputs_coincide(pair.person, pair.other));
        assert!(!truth.inputs_coincide(pair.person, pair.person));
    }
    assert!(population.persons().count() == 1_000);
}

#[test]
fn errors_of_meaning_cost_the_route_they_befall() {
    let (_, truth) = usual();
    for row in truth.rows() {
        let hit = |defect| row.defects.has(defect);
        let number_lost = [
            Defect::JunkNumber,
            Defect::PublicExpenseOnly,
            Defect::OnAssistance,
            Defect::WrongBirthDate,
            Defect::WrongNumber,
            Defect::OldNumber,
        ];
        let kana_lost = [
            Defect::KanaMissing,
            Defect::JunkKana,
            Defect::WrongKana,
            Defect::WrongBirthDate,
            Defect::BirthDateMissing,
            Defect::SexMissing,
        ];
        let by_number = matches!(row.route, Some(Route::Number | Route::NumberLoose));
        assert!(!(by_number && number_lost.into_iter().any(hit)), "{row:?}");
        assert!(
            !(row.route == Some(Route::Kana) && kana_lost.into_iter().any(hit)),
            "{row:?}"
        );
        assert!(
            row.route.is_some() || row.defects.iter().any(|defect| !defect.is_spelling()) || {
                let others = truth.equal_inputs().iter();
                others
                    .clone()
                    .any(|equal| equal.row as usize == index_of(truth, row))
            }
        );
    }
}

fn index_of(truth: &Truth, row: &renketsu_population::TrueRow) -> usize {
    let key = (row.file, row.record);
    truth
        .rows()
        .partition_point(|other| (other.file, other.record) < key)
}

/// The plain hash, worked out again from the written files alone.
#[test]
fn the_plain_hash_is_what_equal_strings_in_the_files_give() {
    let (population, truth) = usual();
    let register = registry(population);
    let mut numbers: BTreeMap<Vec<&str>, BTreeSet<&str>> = BTreeMap::new();
    let mut names: BTreeMap<Vec<&str>, BTreeSet<&str>> = BTreeMap::new();
    for row in &register {
        if !row.number[0].is_empty() {
            numbers
                .entry(number_of(row))
                .or_default()
                .insert(&row.person);
        }
        let name = vec![row.kana.as_str(), &row.birth, &row.sex];
        names.entry(name).or_default().insert(&row.person);
    }
    let (mut by_number, mut by_kana) = (BTreeSet::new(), BTreeSet::new());
    let mut rows = truth.rows().iter();
    for text in texts(population) {
        for raw in raw_rows(&text.lines, text.source) {
            let person = population.registry_key(rows.next().unwrap().person);
            let only = |found: Option<&BTreeSet<&str>>| {
                found.is_some_and(|found| found.len() == 1 && found.contains(person.as_str()))
            };
            let number: Vec<&str> = raw[..4].iter().map(String::as_str).collect();
            let name: Vec<&str> = raw[4..].iter().map(String::as_str).collect();
            if only(numbers.get(&number)) {
                by_number.insert(person.clone());
            }
            if only(names.get(&name)) {
                by_kana.insert(person);
            }
        }
    }
    let plain = truth.counts().plain;
    assert_eq!(plain.by_number, by_number.len() as u64);
    assert_eq!(plain.by_kana, by_kana.len() as u64);
    assert_eq!(plain.by_either, by_number.union(&by_kana).count() as u64);
    assert!(by_person(&register).len() > by_number.len());
}

fn number_of(row: &Row) -> Vec<&str> {
    let [insurer, symbol, number] = &row.number;
    vec![insurer, symbol, number, &row.branch]
}

/// Insurer, symbol, number, branch, kana, birth date, sex of every row; SN's fields over HO's.
fn raw_rows(lines: &[Vec<String>], source: Source) -> Vec<[String; 7]> {
    let mut rows: Vec<[String; 7]> = Vec::new();
    for cells in lines {
        match (source, cells[0].as_str()) {
            (Source::Csv, _) => rows.push(cells[1..8].to_vec().try_into().unwrap()),
            (Source::Uke, "RE") => {
                let mut row: [String; 7] = Default::default();
                row[4..].clone_from_slice(&[cells[36].clone(), cells[6].clone(), cells[5].clone()]);
                rows.push(row);
            }
            (Source::Uke, "HO") => {
                rows.last_mut().unwrap()[..3].clone_from_slice(&cells[1..4]);
            }
            (Source::Uke, "SN") if cells[1] == "1" => {
                let row = rows.last_mut().unwrap();
                for (to, from) in row.iter_mut().zip(&cells[3..7]) {
                    if !from.is_empty() {
                        to.clone_from(from);
                    }
                }
            }
            (Source::Uke, _) => {}
        }
    }
    rows
}
