use std::collections::BTreeMap;

use renketsu_population::{Defect, Plan, Rates, Source, TrueRow};

use crate::world::{by_person, generate, number, registry, share, texts, usual};

/// Whether `hits` of `cases` is what `rate` gives, within five standard deviations.
#[track_caller]
fn assert_rate(what: &str, hits: usize, cases: usize, rate: f64) {
    let cases = number(cases);
    let expected = cases * rate;
    let tolerance = 5.0 * (expected * (1.0 - rate)).sqrt() + 1.0;
    let off = (number(hits) - expected).abs();
    assert!(
        off <= tolerance,
        "{what}: {hits} of {cases}, expected {expected} ± {tolerance}"
    );
}

fn source(row: &TrueRow) -> Source {
    let files: Vec<Source> = usual().0.claim_files().map(|file| file.source()).collect();
    files[row.file as usize]
}

/// Source, rows that can be befallen, defect, rate.
type Case<'a> = (Option<Source>, &'a dyn Fn(&TrueRow) -> bool, Defect, f64);

#[test]
fn defects_befall_as_many_rows_as_asked() {
    let truth = &usual().1;
    let rates = Rates::default();
    let sources: BTreeMap<u32, Source> = truth
        .rows()
        .iter()
        .map(|row| (row.file, source(row)))
        .collect();
    let count = |of: Option<Source>, among: &dyn Fn(&TrueRow) -> bool, defect| {
        let rows: Vec<&TrueRow> = truth
            .rows()
            .iter()
            .filter(|row| of.is_none_or(|of| sources[&row.file] == of) && among(row))
            .collect();
        let hits = rows.iter().filter(|row| row.defects.has(defect)).count();
        (hits, rows.len())
    };
    let all = |_: &TrueRow| true;
    let with_kana =
        |row: &TrueRow| !row.defects.has(Defect::KanaMissing) && !row.defects.has(Defect::JunkKana);
    let with_birth = |row: &TrueRow| !row.defects.has(Defect::BirthDateMissing);
    let insured = |row: &TrueRow| {
        let without = [
            Defect::OnAssistance,
            Defect::NotYetRegistered,
            Defect::PublicExpenseOnly,
        ];
        without.iter().all(|defect| !row.defects.has(*defect))
    };
    let (uke, csv) = (Some(Source::Uke), Some(Source::Csv));
    let cases: [Case<'_>; 12] = [
        // Foreigners' claims always have kana.
        (
            uke,
            &all,
            Defect::KanaMissing,
            rates.kana_missing_uke * (1.0 - rates.foreigners),
        ),
        (csv, &all, Defect::KanaMissing, rates.kana_missing_csv),
        (
            None,
            &with_kana,
            Defect::HalfWidthKana,
            rates.half_width_kana,
        ),
        (None, &with_kana, Defect::WrongKana, rates.wrong_kana),
        (
            uke,
            &with_kana,
            Defect::MissingSpace,
            rates.missing_space_uke,
        ),
        (
            csv,
            &with_kana,
            Defect::MissingSpace,
            rates.missing_space_csv,
        ),
        (None, &with_birth, Defect::EraDate, rates.era_date),
        (
            None,
            &with_birth,
            Defect::WrongBirthDate,
            rates.wrong_birth_date,
        ),
        (
            csv,
            &all,
            Defect::BirthDateMissing,
            rates.birth_date_missing,
        ),
        (None, &all, Defect::SexMissing, rates.sex_missing),
        (None, &insured, Defect::JunkNumber, rates.junk_number),
        (None, &insured, Defect::WrongNumber, rates.wrong_number),
    ];
    for (of, among, defect, rate) in cases {
        let (hits, rows) = count(of, among, defect);
        assert_rate(defect.name(), hits, rows, rate);
    }
}

#[test]
fn three_rows_of_ten_keep_their_branch() {
    let (population, truth) = usual();
    let missing: usize = truth
        .rows()
        .iter()
        .filter(|row| row.defects.has(Defect::BranchMissing) && source(row) == Source::Csv)
        .count();
    let given: usize = texts(population)
        .iter()
        .filter(|text| text.source == Source::Csv)
        .flat_map(|text| &text.lines)
        .filter(|cells| !cells[4].is_empty())
        .count();
    assert_rate("branch missing", missing, missing + given, 0.7);
}

#[test]
fn two_fifths_of_the_persons_are_the_producers() {
    let counts = usual().1.counts();
    let persons = usize::try_from(counts.persons).unwrap();
    // A few are born after the months of the claims.
    assert_rate("coverage", persons, 6_000, 0.395);
}

#[test]
fn about_one_person_in_nine_changes_number_or_name_within_a_year() {
    let rows = registry(&usual().0);
    let persons = by_person(&rows);
    for year in ["2019", "2020", "2021", "2022"] {
        let changed = persons.values().filter(|rows| {
            rows.windows(2).any(|pair| {
                pair[1].from.starts_with(year)
                    && (pair[0].number != pair[1].number || pair[0].kana != pair[1].kana)
            })
        });
        let found = share(changed.count(), persons.len());
        assert!((0.09..0.13).contains(&found), "{year}: {found}");
    }
}

#[test]
fn people_without_number_and_namesakes_are_as_many_as_asked() {
    let rows = registry(&usual().0);
    let persons = by_person(&rows);
    let without = persons
        .values()
        .filter(|rows| rows.iter().any(|row| row.number[0].is_empty()));
    let found = share(without.count(), 6_000);
    assert!((0.010..0.025).contains(&found), "{found}");
    let mut names: BTreeMap<(&str, &str, &str), u32> = BTreeMap::new();
    for rows in persons.values() {
        *names
            .entry((&rows[0].kana, &rows[0].birth, &rows[0].sex))
            .or_default() += 1;
    }
    let shared: u32 = names.values().filter(|count| **count > 1).sum();
    assert!((20..120).contains(&shared), "{shared}");
}

#[test]
fn without_rates_nothing_is_spelled_differently() {
    let plan = Plan {
        rates: Rates::none(),
        ..Plan::new(1_000, 6)
    };
    let population = generate(&plan);
    let truth = population.truth(&mut |_| {});
    let allowed = [Defect::InsurerShort, Defect::NotYetRegistered];
    for row in truth.rows() {
        assert!(row.defects.iter().all(|defect| allowed.contains(&defect)));
    }
    let rows = registry(&population);
    assert!(
        rows.iter()
            .all(|row| !row.number[0].is_empty() && !row.kana.contains('・'))
    );
}
