//! Which operators answer a question.

use renketsu_engine::query::{Operators, QueryOptions, explain};

use crate::query::{BENCH, BURDEN, COHORT, MISSING, ONSET, OVERLAP, PROFILE};
use crate::study::{OPTIONS, study};

fn plan(sql: &str, options: QueryOptions) -> Vec<String> {
    let plan = explain(sql, &study().tables, options).unwrap();
    plan.lines().map(str::to_owned).collect()
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What DataFusion moves rows between partitions with, and what it joins and sorts them with.
const MOVES: &[&str] = &[
    "CoalescePartitionsExec",
    "HashJoinExec",
    "RepartitionExec",
    "SortExec",
    "SortPreservingMergeExec",
];

#[test]
fn the_questions_of_the_benchmark_are_answered_by_the_person_operators() {
    for (sql, expected) in [
        (
            OVERLAP,
            &[("PersonTotalsExec", 1), ("PersonSetExec", 1)][..],
        ),
        (
            PROFILE,
            &[
                ("PersonTotalsExec", 1),
                ("PersonJoinExec", 1),
                ("PersonAggregateExec", 1),
                ("PersonScanExec", 2),
            ],
        ),
        (
            COHORT,
            &[
                ("PersonTotalsExec", 1),
                ("PersonSemiExec", 1),
                ("PersonAggregateExec", 1),
                ("PersonScanExec", 2),
            ],
        ),
        (
            BURDEN,
            &[
                ("PersonTotalsExec", 1),
                ("PersonAggregateExec", 1),
                ("PersonScanExec", 1),
            ],
        ),
        (MISSING, &[("PersonTotalsExec", 1), ("PersonSetExec", 1)]),
        (
            ONSET,
            &[
                ("PersonTotalsExec", 1),
                ("PersonJoinExec", 1),
                ("PersonAggregateExec", 2),
                ("PersonScanExec", 2),
            ],
        ),
    ] {
        let plan = plan(sql, OPTIONS);
        let shown = plan.join("\n");
        let mut found: Vec<(&str, usize)> = Vec::new();
        for line in &plan {
            let name = line.trim_start().split(':').next().unwrap_or_default();
            match found.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None if name.starts_with("Person") => found.push((name, 1)),
                None => {}
            }
        }
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{shown}");
        assert!(!shown.contains("HashJoinExec"), "{shown}");
        // Where the persons are known beforehand, the bitmaps say so.
        for line in plan.iter().filter(|line| line.contains("PersonSetExec")) {
            assert!(line.ends_with(" by bitmap"), "{line}");
        }
    }
    // Conditions that have an outcome for any values are the scan's.
    let cohort = plan(COHORT, OPTIONS);
    let mut scans = cohort.iter().filter(|l| l.contains("PersonScanExec"));
    assert!(scans.all(|line| line.contains("filter=[")), "{cohort:?}");
    assert!(
        plan(BURDEN, OPTIONS)
            .iter()
            .any(|line| { line.contains("PersonScanExec") && line.ends_with("persons by bitmap") })
    );
}

#[test]
fn rows_below_a_person_operator_stay_in_their_partition_and_order() {
    for threads in [1, 2, 7] {
        for sql in BENCH {
            let plan = plan(sql, QueryOptions { threads, ..OPTIONS });
            for (at, line) in plan.iter().enumerate() {
                if !line.trim_start().starts_with("Person") {
                    continue;
                }
                let below = plan[at + 1..].iter();
                for moved in below.take_while(|other| depth(other) > depth(line)) {
                    let moves = MOVES.iter().any(|name| moved.contains(name));
                    assert!(!moves, "{threads}: {}", plan.join("\n"));
                }
            }
        }
    }
}

/// What no join on the person needs, over rows that come by person.
const OTHER_JOINS: &[&str] = &[
    "HashJoinExec",
    "NestedLoopJoinExec",
    "RepartitionExec",
    "SortMergeJoinExec",
];

#[test]
fn every_join_on_the_person_is_a_merge() {
    let joined = |join: &str, on: &str| {
        format!(
            "select count(*), count(distinct a.person), sum(n.points) from anon a {join} join ndb n on a.person = n.person{on}"
        )
    };
    let chosen = |condition: &str| {
        format!("select count(*), count(distinct a.person) from anon a where {condition}")
    };
    let (key, filter) = (" and a.month = n.month", " and a.value < n.points");
    let both = format!("{key}{filter}");
    let mut asked = Vec::new();
    for on in ["", key, filter, both.as_str()] {
        for (join, kind) in [
            ("", "Inner"),
            ("left", "Left"),
            ("right", "Left"),
            ("full", "Full"),
        ] {
            asked.push((joined(join, on), kind, !on.is_empty() && !join.is_empty()));
        }
        let there = format!("exists (select 1 from ndb n where n.person = a.person{on})");
        if !on.is_empty() {
            asked.push((chosen(&there), "Semi", true));
            asked.push((chosen(&format!("not {there}")), "Anti", true));
        }
        asked.push((
            chosen(&format!("{there} or a.dx < 9")),
            "Mark",
            !on.is_empty(),
        ));
        asked.push((
            chosen(&format!("not {there} or a.dx < 9")),
            "Mark",
            !on.is_empty(),
        ));
    }
    let among = "a.person in (select person from ndb where drug < 900) or a.dx < 9";
    asked.push((chosen(among), "Mark", false));
    // Rows that are the same on both sides; there null is the same as null.
    for (word, kind) in [("intersect", "Semi"), ("except", "Anti")] {
        let rows = |table: &str| format!("select person, month from {table}");
        let (one, other) = (rows("anon"), rows("ndb"));
        let sql = format!("select count(*) from ({one} {word} all {other}) t");
        asked.push((sql, kind, true));
    }
    for (sql, kind, condition) in &asked {
        for threads in [1, 3] {
            let plan = plan(sql, QueryOptions { threads, ..OPTIONS });
            let shown = plan.join("\n");
            let merge = format!("PersonJoinExec: {kind}, merge on person");
            let line = plan.iter().find(|line| line.contains(&merge));
            let line = line.unwrap_or_else(|| panic!("{sql}\n{shown}"));
            assert_eq!(line.contains(", condition=["), *condition, "{sql}\n{shown}");
            let at = plan.iter().position(|other| other == line).unwrap();
            let below = plan[at + 1..].iter();
            for other in below.take_while(|other| depth(other) > depth(line)) {
                let moves = MOVES.iter().any(|name| other.contains(name));
                assert!(!moves, "{sql}\n{shown}");
            }
            for other in OTHER_JOINS {
                assert!(!shown.contains(other), "{sql}\n{shown}");
            }
        }
    }
}

#[test]
fn without_them_only_the_scan_is_of_persons() {
    let stock = QueryOptions {
        operators: Operators::Stock,
        ..OPTIONS
    };
    for sql in BENCH {
        let plan = plan(sql, stock);
        let ours = plan.iter().filter(|l| l.trim_start().starts_with("Person"));
        assert!(ours.clone().count() > 0);
        assert!(ours.clone().all(|line| line.contains("PersonScanExec")));
    }
}
