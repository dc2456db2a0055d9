//! A registry reached by differences is the registry of its rows, in content, counts and every answer.

use std::collections::BTreeSet;

use proptest::prelude::*;
use renketsu_authority::lookup::Identifiers;
use renketsu_authority::registry::{
    Acceptance, BuildError, Difference, FindingKind, RawRow, Registry, Severity, Update,
};
use renketsu_authority::resolver::Resolver;

use crate::look_up::{TODAY, asked, entry, kana_id, keys, number_id, registry, rows};
use crate::naive::{self, Entry};

type Line<'a> = (&'static str, &'a Entry, &'a str);

fn raw(entry: &Entry) -> RawRow<'_> {
    RawRow {
        person: &entry.person,
        kana: &entry.kana,
        birth_date: &entry.birth,
        sex: &entry.sex,
        insurer: &entry.insurer,
        symbol: &entry.symbol,
        number: &entry.number,
        branch: &entry.branch,
        valid_from: &entry.from,
        valid_to: &entry.to,
    }
}

fn update(
    before: &Registry,
    lines: &[Line<'_>],
    acceptance: Acceptance,
) -> Result<Registry, BuildError> {
    let mut update = Update::new(before, TODAY);
    for (line, (operation, entry, into)) in (2_u64..).zip(lines) {
        let row = raw(entry);
        update.push(
            line,
            &Difference {
                operation,
                row,
                into,
            },
        );
    }
    update.finish(acceptance).map(|(registry, _)| registry)
}

fn text(entry: &Entry) -> [String; 10] {
    [
        entry.person.clone(),
        entry.kana.clone(),
        entry.birth.clone(),
        entry.sex.clone(),
        entry.insurer.clone(),
        entry.symbol.clone(),
        entry.number.clone(),
        entry.branch.clone(),
        entry.from.clone(),
        entry.to.clone(),
    ]
}

fn same(one: &Registry, other: &Registry) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.content().unwrap(), other.content().unwrap());
    prop_assert_eq!(
        (
            one.persons(),
            one.rows(),
            one.persons_without_first_number()
        ),
        (
            other.persons(),
            other.rows(),
            other.persons_without_first_number()
        )
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn differences_lead_where_a_load_leads(
        pool in rows(),
        masks in proptest::collection::vec(1_u8..16, 12),
        asked in asked(),
    ) {
        let mut seen = BTreeSet::new();
        let pool: Vec<(Entry, u8)> = pool
            .into_iter()
            .zip(masks)
            .filter(|(entry, _)| seen.insert(text(entry)))
            .collect();
        let version = |bit: u8| -> Vec<Entry> {
            let held = pool.iter().filter(|(_, mask)| mask & (1 << bit) != 0);
            held.map(|(entry, _)| entry.clone()).collect()
        };
        let mut at = version(0);
        prop_assume!(!at.is_empty());
        let mut held = registry(&at);
        let (resolver_keys, issuer_keys) = keys();
        for bit in 1..4 {
            let next = version(bit);
            let missing = |entry: &Entry, from: &[Entry]| !from.iter().any(|other| text(other) == text(entry));
            let removed = at.iter().filter(|entry| missing(entry, &next)).map(|entry| ("remove", entry, ""));
            let added = next.iter().filter(|entry| missing(entry, &at)).map(|entry| ("add", entry, ""));
            let lines: Vec<Line<'_>> = removed.chain(added).collect();
            if lines.is_empty() || next.is_empty() {
                continue;
            }
            held = update(&held, &lines, Acceptance::Accept).unwrap();
            same(&held, &registry(&next))?;
            let [insurer, symbol, number, branch, kana, birth_date, sex, service] = asked;
            let asked = Identifiers { insurer, symbol, number, branch, kana, birth_date, sex, service };
            let expected = naive::answer(&next, &asked, TODAY);
            let (resolution, subjects) = Resolver::new(&held, &resolver_keys, TODAY).resolve(&asked).unwrap();
            prop_assert_eq!(resolution.status.name(), expected.status);
            prop_assert_eq!(resolution.kana_unique, expected.kana_unique);
            let issued = issuer_keys.issue(&subjects);
            prop_assert_eq!(issued.number_id.map(|id| id.to_hex()), expected.number.as_ref().map(number_id));
            prop_assert_eq!(issued.kana_id.map(|id| id.to_hex()), expected.triple.as_ref().map(kana_id));
            at = next;
        }
    }
}

const TARO: [&str; 3] = ["ヤマダ タロウ", "19850102", "1"];
const OLD: [&str; 4] = ["06132013", "12-34", "0007", "00"];
const NEW: [&str; 4] = ["39131107", "", "98211194", ""];

#[test]
fn a_number_ends_a_person_is_merged_and_split_again() {
    let open = entry("R1", TARO, OLD, ["20200401", ""]);
    let ended = entry("R1", TARO, OLD, ["20200401", "20210331"]);
    let twin = entry("R9", TARO, NEW, ["20210401", ""]);
    let moved = entry("R1", TARO, NEW, ["20210401", ""]);
    let start = registry(&[open.clone(), twin.clone()]);
    let end = update(&start, &[("end", &ended, "")], Acceptance::Refuse).unwrap();
    assert_eq!(
        end.content().unwrap(),
        registry(&[ended.clone(), twin.clone()]).content().unwrap()
    );
    let merged = update(&end, &[("merge", &twin, "R1")], Acceptance::Refuse).unwrap();
    assert_eq!(merged.persons(), 1);
    assert_eq!(
        merged.content().unwrap(),
        registry(&[ended, moved.clone()]).content().unwrap()
    );
    let split = update(&merged, &[("split", &moved, "R9")], Acceptance::Refuse).unwrap();
    assert_eq!(split.content().unwrap(), end.content().unwrap());
}

#[test]
fn differences_that_do_not_fit_are_told_by_line_and_change_nothing() {
    let open = entry("R1", TARO, OLD, ["20200401", ""]);
    let start = registry(std::slice::from_ref(&open));
    let before = start.content().unwrap();
    let stranger = entry("R2", TARO, OLD, ["20200401", ""]);
    let other = entry("R1", TARO, NEW, ["20200401", "20210331"]);
    let reversed = entry("R1", TARO, NEW, ["20200401", "20190331"]);
    for (line, kind) in [
        (("remove", &stranger, ""), FindingKind::PersonUnknown),
        (("merge", &stranger, "R1"), FindingKind::PersonUnknown),
        (("merge", &open, "R3"), FindingKind::PersonUnknown),
        (("merge", &open, "R1"), FindingKind::OperationUnknown),
        (("merge", &open, ""), FindingKind::OperationUnknown),
        (("add", &open, "R2"), FindingKind::OperationUnknown),
        (("correct", &open, ""), FindingKind::OperationUnknown),
        (("end", &open, ""), FindingKind::OperationUnknown),
        (("remove", &other, ""), FindingKind::RowNotHeld),
        (("end", &other, ""), FindingKind::RowNotHeld),
        (("add", &reversed, ""), FindingKind::DatesReversed),
        (("add", &open, ""), FindingKind::RowDuplicated),
        (("add", &stranger, ""), FindingKind::FirstNumberShared),
    ] {
        let Err(BuildError::Refused(findings)) = update(&start, &[line], Acceptance::Refuse) else {
            panic!("{kind:?}");
        };
        assert_eq!(findings.count(kind), 1, "{kind:?}");
        assert!(findings.iter().all(|finding| finding.line == 2), "{kind:?}");
        if kind.severity() == Severity::Error {
            update(&start, &[line], Acceptance::Accept).unwrap_err();
        }
    }
    assert_eq!(start.content().unwrap(), before);
}
