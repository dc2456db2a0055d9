//! Rows that are answered together.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::registry::{Acceptance, Builder, RawRow};

const TODAY: Date = date(2026, 11, 22);
const HANAKO: [&str; 3] = ["ヤマダ ハナコ", "19850102", "2"];

/// A family of loosely equal numbers, one of whom took another name, one with two numbers, and namesakes.
fn registry() -> Registry {
    let mut builder = Builder::new(TODAY);
    let rows = [
        ("R1", HANAKO, ["0007", "01", "20200401", "20230331"]),
        (
            "R1",
            ["サトウ ハナコ", "19850102", "2"],
            ["0007", "01", "20230401", ""],
        ),
        (
            "R2",
            ["ヤマダ タロウ", "19850102", "1"],
            ["0007", "02", "20200401", ""],
        ),
        ("R3", HANAKO, ["7", "03", "20200401", ""]),
        (
            "R4",
            ["スズキ", "19300101", "1"],
            ["0008", "", "20200401", "20230331"],
        ),
        (
            "R4",
            ["スズキ", "19300101", "1"],
            ["0009", "", "20230401", ""],
        ),
        (
            "R5",
            ["タナカ", "19300101", "1"],
            ["0008", "", "20230401", ""],
        ),
    ];
    for (line, (person, [kana, birth_date, sex], [number, branch, valid_from, valid_to])) in
        (2..).zip(rows)
    {
        let row = RawRow {
            person,
            kana,
            birth_date,
            sex,
            insurer: "06132013",
            symbol: "12-34",
            number,
            branch,
            valid_from,
            valid_to,
        };
        builder.push(line, &row).unwrap();
    }
    builder.finish(Acceptance::Accept).unwrap().0
}

/// Every way to ask for them, once as the columns turn and once backwards.
fn asked() -> Vec<Identifiers<'static>> {
    let mut rows = Vec::new();
    for number in ["0007", "7", "０００７", "0008", "9", "5555", ""] {
        for branch in ["", "01", "02", "03"] {
            for kana in [HANAKO[0], "サトウハナコ", "ヤマダタロウ", "スズキ", ""] {
                for (birth_date, sex) in [("19850102", "2"), ("S5.1.1", "1"), ("", "")] {
                    for service in ["", "202101", "202306"] {
                        rows.push(Identifiers {
                            insurer: "06132013",
                            symbol: "12-34",
                            number,
                            branch,
                            kana,
                            birth_date,
                            sex,
                            service,
                        });
                    }
                }
            }
        }
    }
    let backwards: Vec<_> = rows.iter().rev().copied().collect();
    rows.extend(backwards);
    rows
}

fn exposed(subjects: &Subjects) -> [Option<[u8; 32]>; 2] {
    [
        subjects.number.as_ref().map(|subject| *subject.expose()),
        subjects.kana.as_ref().map(|subject| *subject.expose()),
    ]
}

#[test]
fn rows_of_one_person_get_together_what_each_gets_alone() {
    let registry = registry();
    let root = RootKey::from_bytes(&mut [1; 32]).unwrap();
    let keys = ResolverKeys::derive(&root, Epoch(1)).unwrap();
    let resolver = Resolver::new(&registry, &keys, TODAY);
    let rows = asked();
    let asking = || {
        let mut asking = resolver.asking();
        for row in &rows {
            asking.push(row).unwrap();
        }
        asking
    };
    let mut made = Vec::new();
    let hear = |some: &[Subjects]| made.extend(some.iter().map(exposed));
    let together = resolver.answer_persons(asking(), hear).unwrap();
    let mut batched = resolver.answer(asking()).unwrap();
    let mut statuses = BTreeSet::new();
    for (row, answered) in rows.iter().zip(&together) {
        let ids = answered.subjects().map_or([None; 2], |place| made[place]);
        for (resolution, alone) in [batched.next().unwrap(), resolver.resolve(row).unwrap()] {
            assert_eq!((answered.resolution(), ids), (resolution, exposed(&alone)));
        }
        statuses.insert(answered.resolution().status.name());
    }
    assert_eq!(statuses.len(), Status::ALL.len(), "{statuses:?}");
    let used: BTreeSet<_> = together.iter().filter_map(ResolvedRow::subjects).collect();
    let answered = together.iter().filter(|row| row.subjects().is_some());
    assert!(used.len() < answered.count(), "some have theirs together");
}
