#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small numbers, and a failed match fails the test"
)]

use proptest::prelude::*;

use super::*;
use crate::key::Key;

/// A row as a test states it: small numbers stand for IDs.
type Row = (Option<u8>, Option<u8>, Option<bool>);

fn id(n: u8) -> Id {
    let mut id = [0; 32];
    id[0] = n.wrapping_mul(89); // so that ID order is not the order of the test's numbers
    id[31] = n;
    id
}

/// The order of an import: number, kana, nulls last; then unique, not unique, unsaid.
fn sorted(rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|(number, kana, unique)| {
        let number = number.map(id);
        let kana = kana.map(id);
        (
            number.is_none(),
            number,
            kana.is_none(),
            kana,
            std::cmp::Reverse(*unique),
        )
    });
    rows
}

/// A table in memory.
struct Keys(Vec<KeyRun>);

impl KeySource for Keys {
    fn keys(
        &self,
        skip: u64,
    ) -> Result<impl Iterator<Item = Result<KeyRun, LinkError>>, LinkError> {
        Ok(self
            .0
            .iter()
            .skip(usize::try_from(skip).unwrap())
            .copied()
            .map(Ok))
    }
}

fn keys(rows: &[Row]) -> Keys {
    let run = |run: &[Row]| {
        let (number, kana, unique) = run[0];
        KeyRun {
            key: Key {
                number: number.map(id),
                kana: kana.map(id),
                unique,
            },
            rows: run.len() as u64,
        }
    };
    Keys(sorted(rows).chunk_by(|a, b| a == b).map(run).collect())
}

/// The directory as a link leaves it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Directory {
    numbers: Vec<(Id, u32)>,
    kanas: Vec<(Id, u32)>,
    attached: Vec<(Id, u32)>,
    aliases: BTreeMap<u32, u32>,
}

type Entries<'a> = std::iter::Map<
    std::iter::Copied<std::slice::Iter<'a, (Id, u32)>>,
    fn((Id, u32)) -> Result<(Id, u32), LinkError>,
>;

fn entries(list: &[(Id, u32)]) -> Entries<'_> {
    list.iter().copied().map(Ok)
}

impl Earlier for Directory {
    fn numbers(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError> {
        Ok(entries(&self.numbers))
    }

    fn kanas(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError> {
        Ok(entries(&self.kanas))
    }

    fn attached(&self) -> Result<impl Iterator<Item = Result<(Id, u32), LinkError>>, LinkError> {
        Ok(entries(&self.attached))
    }

    fn aliases(&self) -> &BTreeMap<u32, u32> {
        &self.aliases
    }

    fn extent(&self) -> (Option<u32>, u64) {
        let persons = self
            .numbers
            .iter()
            .chain(&self.kanas)
            .map(|(_, person)| *person);
        let highest = persons.chain(self.aliases.keys().copied()).max();
        (highest, self.kanas.len() as u64)
    }
}

/// A link's outcome.
struct Outcome {
    directory: Directory,
    changes: Changes,
}

/// A person, or why there is none, as the rule says it: quadratic, and by looking at every row for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Number(u8),
    Kana(u8),
    NoId,
    NotUnique,
    Ambiguous,
}

fn naive(row: Row, study: &[Vec<Row>]) -> Who {
    match row {
        (Some(number), _, _) => Who::Number(number),
        (None, None, _) => Who::NoId,
        (None, Some(_), None | Some(false)) => Who::NotUnique,
        (None, Some(kana), Some(true)) => {
            let denies = |row: &Row| row.1 == Some(kana) && row.2 == Some(false);
            if study.iter().flatten().any(denies) {
                return Who::NotUnique;
            }
            let mut bearer = Who::Kana(kana);
            for (number, borne, _) in study.iter().flatten() {
                if let (Some(number), true) = (number, *borne == Some(kana)) {
                    bearer = match bearer {
                        Who::Kana(_) => Who::Number(*number),
                        Who::Number(other) if other == *number => bearer,
                        _ => Who::Ambiguous,
                    };
                }
            }
            bearer
        }
    }
}

/// Person of every row, in import order.
fn expand(keys: &Keys, table: usize, resolution: &Resolution) -> Vec<Result<u32, Who>> {
    let mut expanded = Vec::new();
    for run in resolution.placed(table, keys.keys(0).unwrap()) {
        let (fate, rows) = run.unwrap();
        let who = match fate {
            Fate::Number(person) | Fate::Attached(person) | Fate::Person(person) => Ok(person),
            Fate::Ambiguous => Err(Who::Ambiguous),
            Fate::NotUnique => Err(Who::NotUnique),
            Fate::NoId => Err(Who::NoId),
        };
        expanded.extend((0..rows).map(|_| who));
    }
    let persons: Vec<u32> = expanded.iter().flatten().copied().collect();
    assert_eq!(resolution.in_order(table).unwrap(), persons.is_sorted());
    assert_eq!(resolution.rows(table), expanded.len() as u64);
    expanded
}

fn try_link(keys: &[Keys], previous: &Directory) -> Result<Resolution, LinkError> {
    let dir = std::env::temp_dir();
    let scratch = Scratch {
        dir: &dir,
        memory: 1 << 20,
    };
    resolve(keys, previous, scratch)
}

fn link(study: &[Vec<Row>], previous: &Directory) -> (Vec<Vec<Result<u32, Who>>>, Outcome) {
    let keys: Vec<Keys> = study.iter().map(|rows| keys(rows)).collect();
    let mut resolution = try_link(&keys, previous).unwrap();
    let mut directory = Directory::default();
    each_number(&keys, previous, |event| {
        if let Event::Number(found) = event {
            let person = found.place.map(|place| resolution.person(place).unwrap());
            directory
                .numbers
                .push((found.number, person.or(found.before).unwrap()));
        }
        Ok(())
    })
    .unwrap();
    resolution
        .each_kana(previous, |kana, entry| {
            match entry {
                KanaEntry::Attached(person) => directory.attached.push((kana, person)),
                KanaEntry::Person(person) => directory.kanas.push((kana, person)),
            }
            Ok(())
        })
        .unwrap();
    directory.aliases.clone_from(&resolution.aliases);
    let rows = keys
        .iter()
        .enumerate()
        .map(|(table, keys)| expand(keys, table, &resolution))
        .collect();
    let changes = resolution.changes;
    (rows, Outcome { directory, changes })
}

/// Who each person number is, by the naive rule; fails if two numbers are one person or one number is two.
fn persons_of(study: &[Vec<Row>], linked: &[Vec<Result<u32, Who>>]) -> BTreeMap<Who, u32> {
    let mut persons = BTreeMap::new();
    for (rows, linked) in study.iter().zip(linked) {
        let rows = sorted(rows);
        assert_eq!(rows.len(), linked.len());
        for (row, linked) in rows.iter().zip(linked) {
            match (naive(*row, study), linked) {
                (who @ (Who::Number(_) | Who::Kana(_)), Ok(person)) => {
                    assert_eq!(
                        persons.entry(who).or_insert(*person),
                        person,
                        "{who:?} in two"
                    );
                }
                (who, Err(reason)) => assert_eq!(who, *reason),
                (who, Ok(person)) => panic!("{who:?} was given person {person}"),
            }
        }
    }
    let mut numbers: Vec<u32> = persons.values().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), persons.len(), "two people in one number");
    persons
}

fn row() -> impl Strategy<Value = Row> {
    (
        prop::option::weighted(0.6, 0_u8..12),
        prop::option::weighted(0.7, 0_u8..9),
        prop_oneof![8 => Just(Some(true)), 1 => Just(None), 1 => Just(Some(false))],
    )
}

fn study() -> impl Strategy<Value = Vec<Vec<Row>>> {
    prop::collection::vec(prop::collection::vec(row(), 0..25), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_partition_is_what_the_rule_says(study in study()) {
        let (linked, resolution) = link(&study, &Directory::default());
        let persons = persons_of(&study, &linked);
        prop_assert_eq!(persons.len() as u64, resolution.changes.appended);
        // At the first link numbers follow ID order, kana persons after the others, without gaps.
        let mut expected: Vec<(bool, Id, u32)> = persons.iter().map(|(who, person)| match who {
            Who::Number(n) => (false, id(*n), *person),
            Who::Kana(k) => (true, id(*k), *person),
            other => panic!("{other:?}"),
        }).collect();
        expected.sort_unstable();
        let order: Vec<u32> = expected.iter().map(|(_, _, person)| *person).collect();
        prop_assert_eq!(order, (0..u32::try_from(persons.len()).unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn the_order_of_rows_and_tables_changes_nothing(study in study(), seed in any::<u64>()) {
        let (_, first) = link(&study, &Directory::default());
        let mut shuffled = study.clone();
        let count = shuffled.len();
        shuffled.rotate_left(usize::try_from(seed % 7).unwrap() % count);
        for rows in &mut shuffled {
            rows.reverse();
            let by = usize::try_from(seed % 11).unwrap() % rows.len().max(1);
            rows.rotate_left(by);
        }
        let (linked, second) = link(&shuffled, &Directory::default());
        persons_of(&shuffled, &linked);
        prop_assert_eq!(first.directory, second.directory);
        prop_assert_eq!(first.changes, second.changes);
    }

    #[test]
    fn strangers_change_no_link(study in study(), strangers in prop::collection::vec(row(), 1..20)) {
        let (before, _) = link(&study, &Directory::default());
        let mut with = study.clone();
        // Other IDs in both columns, so nobody of the study is meant.
        with.push(strangers.iter().map(|(n, k, u)| (n.map(|n| n + 100), k.map(|k| k + 100), *u)).collect());
        let (after, _) = link(&with, &Directory::default());
        let before = persons_of(&study, &before);
        let mut after = persons_of(&with, &after);
        after.retain(|who, _| match who { Who::Number(n) | Who::Kana(n) => *n < 100, _ => false });
        prop_assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    }

    #[test]
    fn linking_again_changes_nothing(study in study()) {
        let (first_rows, first) = link(&study, &Directory::default());
        let (rows, second) = link(&study, &first.directory);
        prop_assert_eq!(first_rows, rows);
        prop_assert_eq!(first.directory, second.directory);
        prop_assert_eq!(second.changes, Changes::default());
    }

    #[test]
    fn a_person_who_continues_keeps_the_number(first in study(), second in study()) {
        let (rows, one) = link(&first, &Directory::default());
        let before = persons_of(&first, &rows);
        let (rows, two) = link(&second, &one.directory);
        let after = persons_of(&second, &rows); // and the partition is again the rule's
        let survivor = |person: u32| two.directory.aliases.get(&person).copied().unwrap_or(person);
        for (who, person) in &before {
            if let (Who::Number(_), Some(now)) = (who, after.get(who)) {
                prop_assert_eq!(person, now);
            }
            if let (Who::Kana(kana), Some(now)) = (who, after.get(who)) {
                prop_assert_eq!(survivor(*person), *now, "kana {}", kana);
            }
        }
        // A number is never given to someone else: whoever is new has a number that nobody had.
        let used: Vec<u32> = before.values().copied().collect();
        for (who, person) in &after {
            let continues = before.contains_key(who)
                || before.iter().any(|(old, number)| matches!(old, Who::Kana(_)) && survivor(*number) == *person);
            prop_assert!(continues || !used.contains(person), "{:?} was given a used number", who);
        }
        for (alias, survivor) in &two.directory.aliases {
            prop_assert!(!after.values().any(|person| person == alias));
            prop_assert!(!two.directory.aliases.contains_key(survivor));
        }
    }

    #[test]
    fn the_directory_names_everybody_once(first in study(), second in study(), third in study()) {
        let mut directory = Directory::default();
        for study in [first, second, third] {
            let (rows, resolution) = link(&study, &directory);
            persons_of(&study, &rows);
            directory = resolution.directory;
            for list in [&directory.numbers, &directory.kanas, &directory.attached] {
                prop_assert!(list.is_sorted_by(|(a, _), (b, _)| a < b));
            }
            let mut persons: Vec<u32> = directory.numbers.iter().chain(&directory.kanas)
                .map(|(_, person)| *person).chain(directory.aliases.keys().copied()).collect();
            persons.sort_unstable();
            let count = persons.len();
            persons.dedup();
            prop_assert_eq!(count, persons.len());
        }
    }
}

#[test]
fn a_kana_person_who_gets_a_number_keeps_the_person_number() {
    let (_, first) = link(
        &[vec![
            (Some(1), None, Some(false)),
            (None, Some(5), Some(true)),
        ]],
        &Directory::default(),
    );
    let (rows, second) = link(
        &[vec![
            (Some(1), None, Some(false)),
            (Some(2), Some(5), Some(true)),
        ]],
        &first.directory,
    );
    let kana_person = first.directory.kanas[0].1;
    assert!(rows[0].contains(&Ok(kana_person)));
    assert_eq!(second.changes, Changes::default());
    assert!(second.directory.aliases.is_empty());
}

#[test]
fn a_kana_person_found_to_be_a_known_person_becomes_an_alias() {
    let (_, first) = link(
        &[vec![
            (Some(1), None, Some(false)),
            (None, Some(5), Some(true)),
        ]],
        &Directory::default(),
    );
    let (rows, second) = link(
        &[vec![
            (Some(1), Some(5), Some(true)),
            (None, Some(5), Some(true)),
        ]],
        &first.directory,
    );
    let (number, kana) = (first.directory.numbers[0].1, first.directory.kanas[0].1);
    assert_eq!(rows[0], [Ok(number), Ok(number)]);
    assert_eq!(second.directory.aliases, BTreeMap::from([(kana, number)]));
    assert_eq!(second.changes.merged, 1);
}

#[test]
fn an_attachment_that_becomes_ambiguous_is_undone_and_counted() {
    let table = vec![
        (Some(1), Some(5), Some(true)),
        (None, Some(5), Some(true)),
        (None, Some(5), Some(true)),
    ];
    let (_, first) = link(std::slice::from_ref(&table), &Directory::default());
    assert_eq!(first.directory.attached.len(), 1);
    let (rows, second) = link(
        &[table, vec![(Some(2), Some(5), Some(true))]],
        &first.directory,
    );
    assert_eq!(rows[0][1..], [Err(Who::Ambiguous), Err(Who::Ambiguous)]);
    assert_eq!(
        (second.changes.undone_ambiguous, second.changes.undone_rows),
        (1, 2)
    );
}

#[test]
fn person_numbers_end_with_an_error_not_with_a_second_use() {
    let previous = Directory {
        numbers: vec![(id(1), u32::MAX)],
        ..Directory::default()
    };
    let full = try_link(&[keys(&[(Some(2), None, Some(false))])], &previous);
    assert!(matches!(full.err(), Some(LinkError::Persons)));
    let full = try_link(&[keys(&[(None, Some(2), Some(true))])], &previous);
    assert!(matches!(full.err(), Some(LinkError::Persons)));
    let (rows, _) = link(&[vec![(Some(1), None, Some(false))]], &previous);
    assert_eq!(rows[0], [Ok(u32::MAX)]);
}

#[test]
fn one_row_that_denies_a_kana_id_takes_it_from_every_table() {
    let sure = vec![(None, Some(5), Some(true)), (Some(2), None, None)];
    for denial in [
        (Some(1), Some(5), Some(false)),
        (None, Some(5), Some(false)),
    ] {
        let (rows, result) = link(&[vec![denial], sure.clone()], &Directory::default());
        assert_eq!(rows[1][1], Err(Who::NotUnique), "{denial:?}");
        assert!(result.directory.attached.is_empty() && result.directory.kanas.is_empty());
    }
    let silent = vec![(Some(1), Some(5), None), (None, Some(5), None)];
    let (rows, result) = link(&[silent.clone(), sure.clone()], &Directory::default());
    assert_eq!(rows[0], [Ok(0), Err(Who::NotUnique)]);
    assert_eq!(rows[1][1], Ok(0));
    // And a denial that comes later takes the link back.
    let denial = vec![(Some(3), Some(5), Some(false))];
    let (rows, after) = link(&[silent, sure, denial], &result.directory);
    assert_eq!(rows[1][1], Err(Who::NotUnique));
    assert_eq!(
        (after.changes.undone_not_unique, after.changes.undone_rows),
        (1, 2)
    );
}

#[test]
fn a_person_known_by_a_denied_kana_id_does_not_become_who_bears_it() {
    let (_, first) = link(&[vec![(None, Some(5), Some(true))]], &Directory::default());
    let now = vec![(Some(1), Some(5), Some(false))];
    let (rows, second) = link(&[now], &first.directory);
    assert_ne!(rows[0][0], Ok(first.directory.kanas[0].1));
    assert!(second.directory.aliases.is_empty());
    assert_eq!(second.directory.kanas, first.directory.kanas);
}
