use renketsu_store::{ReportEntry, Store};
use serde_json::json;

use crate::{event, now, store};

fn entry(study: &str, title: &str) -> ReportEntry {
    ReportEntry {
        study: study.to_owned(),
        kind: "answer".to_owned(),
        title: title.to_owned(),
        note: None,
        source: Some(7),
        person: "handler".to_owned(),
        sitting: "sitting-1".to_owned(),
        terminal: "pc-01".to_owned(),
        place: "room-1".to_owned(),
        made_at: now(),
        copies: 2,
        digest: "00".repeat(32),
    }
}

fn made(store: &mut Store, study: &str, title: &str) -> u64 {
    let txn = store.begin().unwrap();
    let number = txn.add_report(&entry(study, title)).unwrap();
    txn.commit(&event("report.made")).unwrap();
    number
}

#[test]
fn every_study_counts_its_own_reports_and_leaves_no_number_out() {
    let (_dir, mut store) = store();
    assert_eq!(made(&mut store, "s", "a"), 1);
    assert_eq!(made(&mut store, "t", "b"), 1);
    // A change that isn't committed takes no number.
    let txn = store.begin().unwrap();
    assert_eq!(txn.add_report(&entry("s", "lost")).unwrap(), 2);
    drop(txn);
    assert_eq!(made(&mut store, "s", "c"), 2);
    let of = |study| {
        let reports = store.reports(study).unwrap();
        reports
            .into_iter()
            .map(|report| (report.entry.study, report.number, report.entry.title))
            .collect::<Vec<_>>()
    };
    let row = |study: &str, number, title: &str| (study.to_owned(), number, title.to_owned());
    assert_eq!(of(Some("s")), [row("s", 1, "a"), row("s", 2, "c")]);
    assert_eq!(
        of(None),
        [row("s", 1, "a"), row("s", 2, "c"), row("t", 1, "b")]
    );
    let found = store.report("s", 2).unwrap().unwrap();
    assert_eq!(found.entry, entry("s", "c"));
    assert_eq!(store.report("s", 3).unwrap(), None);
    assert_eq!(store.report("u", 1).unwrap(), None);
}

#[test]
fn two_that_make_reports_at_once_share_no_number() {
    let (dir, mut store) = store();
    std::thread::scope(|scope| {
        for who in ["one", "two"] {
            let mut own = Store::open(dir.path()).unwrap();
            scope.spawn(move || {
                for _ in 0..25 {
                    made(&mut own, "s", who);
                }
            });
        }
    });
    let reports = store.reports(Some("s")).unwrap();
    let numbers: Vec<u64> = reports.iter().map(|report| report.number).collect();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    let of = |who: &str| {
        let theirs = reports.iter().filter(|report| report.entry.title == who);
        theirs.count()
    };
    assert_eq!((of("one"), of("two")), (25, 25));
    assert_eq!(made(&mut store, "s", "three"), 51);
}

#[test]
fn lines_are_of_a_report_that_is_there() {
    let (_dir, mut store) = store();
    made(&mut store, "s", "a");
    let body = json!({"kind": "kept", "text": "棚1"});
    let txn = store.begin().unwrap();
    let first = txn
        .add_report_line(("s", 1), None, &body, now(), "p")
        .unwrap();
    let second = txn
        .add_report_line(("s", 1), Some(first), &body, now(), "p")
        .unwrap();
    txn.commit(&event("ledger.report.corrected")).unwrap();
    let lines = store.report_lines(Some("s")).unwrap();
    let corrects: Vec<_> = lines
        .iter()
        .map(|line| (line.line, line.corrects))
        .collect();
    assert_eq!(corrects, [(first, None), (second, Some(first))]);
    assert_eq!(store.report_lines(Some("t")).unwrap(), []);
    for of in [("s", 2), ("t", 1)] {
        let txn = store.begin().unwrap();
        assert!(txn.add_report_line(of, None, &body, now(), "p").is_err());
    }
    let txn = store.begin().unwrap();
    let none = Some(second.saturating_add(2));
    let refused = txn.add_report_line(("s", 1), none, &body, now(), "p");
    assert!(refused.is_err());
}
