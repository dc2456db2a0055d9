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
