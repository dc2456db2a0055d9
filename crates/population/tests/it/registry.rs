use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::world::{Row, by_person, registry, share, usual};

fn is_household(row: &Row) -> bool {
    row.branch.is_empty() && !row.number[0].starts_with("39")
}

#[test]
fn every_person_has_rows_that_follow_each_other_without_overlap() {
    let rows = registry(&usual().0);
    let persons = by_person(&rows);
    assert_eq!(persons.len(), 6_000);
    for rows in persons.values() {
        assert!(rows.iter().all(|row| row.from <= row.to));
        assert!(rows.windows(2).all(|pair| pair[0].to < pair[1].from));
        let last = rows.last().unwrap();
        assert_eq!(last.to, "9999-12-31");
    }
}

#[test]
fn no_personal_number_is_held_by_two_persons_on_one_day() {
    let rows = registry(&usual().0);
    let mut numbers: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| !row.number[0].is_empty() && !is_household(row))
    {
        numbers
            .entry((&row.number, &row.branch))
            .or_default()
            .push(row);
    }
    for rows in numbers.values_mut() {
        rows.sort_by(|a, b| a.from.cmp(&b.from));
        for pair in rows.windows(2) {
            assert!(pair[0].to < pair[1].from, "{pair:?}");
        }
    }
}

#[test]
fn household_numbers_end_on_the_day_before_the_same_number_gets_branches() {
    let rows = registry(&usual().0);
    let mut splits = 0;
    for rows in by_person(&rows).values() {
        for pair in rows.windows(2) {
            if pair[0].number == pair[1].number && !pair[0].number[0].is_empty() {
                assert!(pair[0].branch.is_empty() || pair[0].branch == pair[1].branch);
                splits += usize::from(pair[0].branch.is_empty() && !pair[1].branch.is_empty());
            }
        }
    }
    assert!(splits > 3_000, "{splits}");
    assert!(
        rows.iter()
            .filter(|row| !row.branch.is_empty())
            .all(|row| { row.from.as_str() >= "2020-10-19" && row.branch.len() == 2 })
    );
    assert!(
        rows.iter()
            .filter(|row| is_household(row) && !row.number[0].is_empty())
            .all(|row| { row.to.as_str() < "2021-10-01" })
    );
}

#[test]
fn a_freed_number_goes_to_another_family_two_years_later_at_the_earliest() {
    let rows = registry(&usual().0);
    let mut holders: BTreeMap<&[String; 3], Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.number[0].is_empty()) {
        holders.entry(&row.number).or_default().push(row);
    }
    let mut reused = 0;
    for rows in holders.values_mut() {
        rows.sort_by(|a, b| a.from.cmp(&b.from));
        let mut until: Date = rows[0].to.parse().unwrap();
        for row in rows.iter() {
            let from: Date = row.from.parse().unwrap();
            if until < from.yesterday().unwrap() {
                assert!(
                    until.saturating_add(2.years()) <= from,
                    "{row:?} after {until}"
                );
                reused += 1;
            }
            until = until.max(row.to.parse().unwrap());
        }
    }
    assert!(reused > 0);
}

#[test]
fn the_elderly_have_personal_numbers_from_their_75th_birthday_on() {
    let rows = registry(&usual().0);
    let mut seen = 0;
    for row in &rows {
        let birth: u32 = row.birth.parse().unwrap();
        let from: u32 = row.from.replace('-', "").parse().unwrap();
        if row.number[0].starts_with("39") {
            seen += 1;
            assert!(from >= birth + 750_000, "{row:?}");
            assert!(row.number[1].is_empty() && row.branch.is_empty());
            assert_eq!(row.number[2].len(), 8);
        } else if !row.number[0].is_empty() {
            assert!(from < birth + 750_000, "{row:?}");
        }
    }
    assert!(seen > 200);
}

#[test]
fn the_troubles_of_real_registers_occur() {
    let rows = registry(&usual().0);
    let persons = by_person(&rows);
    let any = |test: &dyn Fn(&Row) -> bool| rows.iter().any(test);
    assert!(any(
        &|row| row.kana.contains('・') && row.kana.contains('ー')
    ));
    assert!(any(&|row| row.kana.contains('ョ')));
    assert!(any(&|row| row.number[1].contains('-')));
    assert!(any(&|row| row.number[2].contains('-')));
    assert!(any(&|row| row.number[1].starts_with(['カ', 'ケ', 'ア'])));
    assert!(any(&|row| row.number[1] == "国保"));
    assert!(any(
        &|row| row.number[1].is_empty() && row.number[2].starts_with('0')
    ));
    let changed_name = persons
        .values()
        .filter(|rows| rows[0].kana != rows[rows.len() - 1].kana);
    assert!(changed_name.count() > 20);
}

#[test]
fn twins_of_the_same_and_of_other_sex_share_a_number() {
    let rows = registry(&usual().0);
    let mut births: BTreeMap<_, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.birth.as_str() >= "19970101") {
        let key = (&row.number, row.birth.as_str(), row.from.as_str());
        births
            .entry(key)
            .or_default()
            .insert((&row.person, &row.sex));
    }
    let twins: Vec<_> = births
        .values()
        .filter(|persons| persons.len() == 2)
        .collect();
    let same = |persons: &BTreeSet<(&str, &str)>| {
        persons
            .iter()
            .map(|(_, sex)| sex)
            .collect::<BTreeSet<_>>()
            .len()
            == 1
    };
    assert!(twins.iter().any(|persons| same(persons)));
    assert!(twins.iter().any(|persons| !same(persons)));
    let found = share(twins.len(), births.len());
    assert!((0.003..0.025).contains(&found), "{found}");
}

#[test]
fn keys_lead_back_to_their_persons() {
    let population = &usual().0;
    for person in population.persons().take(500) {
        let key = population.registry_key(person);
        assert_eq!(population.person_of_registry_key(&key), Some(person));
    }
    for key in [
        "",
        "R",
        "R12",
        "X000000001",
        "R00000000x",
        "R９９９９９９９９９",
    ] {
        assert_eq!(population.person_of_registry_key(key), None, "{key}");
    }
    assert_eq!(population.chart_of_key("1"), None);
}
