//! What a load finds, on which lines, and what stops it.

use jiff::civil::date;
use renketsu_authority::registry::{
    Acceptance, BuildError, Builder, FindingKind, Findings, LINES_KEPT, RawRow, Registry, Severity,
};

type Row = [&'static str; 10];

fn build(rows: &[Row], acceptance: Acceptance) -> Result<(Registry, Findings), BuildError> {
    let mut builder = Builder::new(date(2026, 11, 22));
    for (
        line,
        [
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        ],
    ) in (2_u64..).zip(rows)
    {
        let row = RawRow {
            person,
            kana,
            birth_date,
            sex,
            insurer,
            symbol,
            number,
            branch,
            valid_from,
            valid_to,
        };
        builder.push(line, &row).unwrap();
    }
    builder.finish(acceptance)
}

/// Kind, line and the line it clashes with, of every finding that is not about a check digit.
fn found(rows: &[Row]) -> Vec<(FindingKind, u64, Option<u64>)> {
    let findings = match build(rows, Acceptance::Refuse) {
        Ok((_, findings)) | Err(BuildError::Refused(findings)) => findings,
        Err(other) => panic!("{other}"),
    };
    let kept = findings
        .iter()
        .filter(|finding| finding.kind != FindingKind::InsurerCheckDigit);
    kept.map(|finding| (finding.kind, finding.line, finding.other))
        .collect()
}

fn refused(rows: &[Row], acceptance: Acceptance) -> bool {
    matches!(build(rows, acceptance), Err(BuildError::Refused(_)))
}

const TARO: Row = [
    "R1",
    "ヤマダ タロウ",
    "19850102",
    "1",
    "06132013",
    "12-34",
    "0007",
    "00",
    "20200401",
    "20210331",
];

fn taro(change: impl FnOnce(&mut Row)) -> Row {
    let mut row = TARO;
    change(&mut row);
    row
}

fn hanako(change: impl FnOnce(&mut Row)) -> Row {
    let mut row = [
        "R2",
        "ヤマダ ハナコ",
        "19870304",
        "2",
        TARO[4],
        TARO[5],
        TARO[6],
        "01",
        TARO[8],
        TARO[9],
    ];
    change(&mut row);
    row
}

#[test]
fn a_clean_register_has_no_finding() {
    let later = taro(|row| (row[6], row[8], row[9]) = ("0008", "20210401", ""));
    let numberless = ["R3", "サトウ", "R1.5.1", "女", "", "　", "", "", "", ""];
    let (registry, findings) = build(
        &[TARO, later, hanako(|_| {}), numberless],
        Acceptance::Refuse,
    )
    .unwrap();
    assert_eq!(findings, Findings::default());
    assert_eq!(
        (
            registry.persons(),
            registry.rows(),
            registry.persons_without_first_number()
        ),
        (3, 4, 1)
    );
}

#[test]
fn every_rejected_field_of_a_row_is_told() {
    let bad = taro(|row| *row = ["", "●", "19850230", "3", "1", "_", "", "123", "", "x"]);
    let Err(BuildError::Refused(findings)) = build(&[TARO, bad], Acceptance::Accept) else {
        panic!()
    };
    let told: Vec<String> = findings
        .iter()
        .map(|finding| {
            let (field, reject) = finding.rejected.unwrap();
            format!("{} {field}:{}", finding.line, reject.name())
        })
        .collect();
    let expected = [
        "3 person:empty",
        "3 kana:character",
        "3 birth_date:date",
        "3 sex:sex",
        "3 insurer:length",
        "3 symbol:character",
        "3 number:empty",
        "3 branch:length",
        "3 valid_from:form",
        "3 valid_to:form",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_number_needs_all_its_parts_and_its_first_day() {
    for place in [4, 6, 8] {
        let row = taro(|row| row[place] = "");
        assert!(
            matches!(found(&[row])[..], [(FindingKind::FieldRejected, 2, None)]),
            "{place}"
        );
    }
    let only_branch = taro(|row| (row[4], row[5], row[6]) = ("", "", ""));
    assert_eq!(
        found(&[only_branch]).len(),
        2,
        "a branch alone asks for insurer and number"
    );
}

#[test]
fn a_persons_key_is_one_line_of_at_most_64_characters() {
    for (key, fits) in [
        (" R1 ", true),
        ("組合員\u{3000}1", true),
        ("\u{3000}", false),
        ("R\t1", false),
        ("R\n1", false),
    ] {
        assert_ne!(
            refused(&[taro(|row| row[0] = key)], Acceptance::Accept),
            fits,
            "{key:?}"
        );
    }
    let long: &'static str = Box::leak("x".repeat(65).into_boxed_str());
    assert!(refused(&[taro(|row| row[0] = long)], Acceptance::Accept));
    assert!(!refused(
        &[taro(|row| row[0] = &long[1..])],
        Acceptance::Accept
    ));
}

#[test]
fn reversed_dates_stop_the_load_whatever_is_accepted() {
    let row = taro(|row| row[9] = "20200331");
    assert_eq!(found(&[TARO, row]), [(FindingKind::DatesReversed, 3, None)]);
    assert!(refused(&[row], Acceptance::Accept));
    assert_eq!(
        found(&[taro(|row| row[9] = "20200401")]),
        [],
        "one day is a time"
    );
}

#[test]
fn one_person_has_one_birth_date_and_one_sex() {
    let later = |row: &mut Row| (row[8], row[9]) = ("20210401", "");
    let birth = taro(|row| {
        later(row);
        row[2] = "19850103";
    });
    let sex = taro(|row| {
        later(row);
        row[3] = "2";
    });
    assert_eq!(
        found(&[TARO, birth]),
        [(FindingKind::BirthDatesDiffer, 3, Some(2))]
    );
    assert_eq!(
        found(&[sex, TARO]),
        [(FindingKind::SexesDiffer, 2, Some(3))]
    );
    assert!(refused(&[TARO, birth], Acceptance::Accept));
    assert!(refused(&[TARO, sex], Acceptance::Accept));
}

#[test]
fn a_row_that_stands_twice_counts_once_if_accepted() {
    let same = taro(|row| (row[1], row[2]) = ("ﾔﾏﾀﾞﾀﾛｳ", "S60.1.2"));
    assert_eq!(
        found(&[TARO, hanako(|_| {}), same]),
        [(FindingKind::RowDuplicated, 4, Some(2))]
    );
    let (registry, _) = build(&[TARO, same], Acceptance::Accept).unwrap();
    assert_eq!(registry.rows(), 1);
}

#[test]
fn one_number_of_two_persons_on_one_day_is_a_question() {
    let last_day = hanako(|row| (row[7], row[8], row[9]) = ("00", "20210331", ""));
    assert_eq!(
        found(&[TARO, last_day]),
        [
            (FindingKind::NumberShared, 3, Some(2)),
            (FindingKind::FirstNumberShared, 3, Some(2))
        ]
    );
    assert!(refused(&[TARO, last_day], Acceptance::Refuse));
    assert!(!refused(&[TARO, last_day], Acceptance::Accept));
    let next_day = hanako(|row| (row[7], row[8], row[9]) = ("00", "20210401", ""));
    let before = hanako(|row| (row[8], row[9]) = ("20190401", "20200331"));
    assert_eq!(
        found(&[next_day, TARO, before]),
        [(FindingKind::NumberReused, 2, Some(3))]
    );
    assert!(
        !refused(&[TARO, next_day, before], Acceptance::Refuse),
        "reuse is legal"
    );
}

#[test]
fn a_first_number_of_two_persons_is_a_question_and_neither_has_it() {
    let reused = hanako(|row| (row[7], row[8], row[9]) = ("00", "20210401", ""));
    let once_more = hanako(|row| {
        (row[0], row[1], row[7], row[8], row[9]) = ("R3", "サトウ", "0", "20220401", "");
    });
    let reused = {
        let mut row = reused;
        row[9] = "20220331";
        row
    };
    let mine = taro(|row| (row[0], row[1], row[6]) = ("R4", "スズキ", "0099"));
    let rows = [TARO, reused, mine, once_more];
    assert_eq!(
        found(&rows),
        [
            (FindingKind::FirstNumberShared, 3, Some(2)),
            (FindingKind::FirstNumberShared, 5, Some(2)),
            (FindingKind::NumberReused, 3, Some(2)),
            (FindingKind::NumberReused, 5, Some(3)),
        ]
    );
    assert!(refused(&rows, Acceptance::Refuse));
    let (registry, _) = build(&rows, Acceptance::Accept).unwrap();
    assert_eq!(
        (registry.persons(), registry.persons_without_first_number()),
        (4, 3)
    );
    let later = taro(|row| (row[6], row[8], row[9]) = ("0100", "20210401", ""));
    let (registry, _) = build(&[TARO, later, reused], Acceptance::Accept).unwrap();
    assert_eq!(
        registry.persons_without_first_number(),
        2,
        "a second number does not become the first"
    );
    let branch = hanako(|row| (row[8], row[9]) = ("20210401", ""));
    assert_eq!(
        found(&[TARO, branch]),
        [],
        "another branch is another number"
    );
}

#[test]
fn a_household_number_has_several_persons_by_its_nature() {
    let taro = taro(|row| row[7] = "");
    let hanako_at_once = hanako(|row| row[7] = "");
    assert_eq!(found(&[taro, hanako_at_once]), []);
    let old_age = |row: &mut Row| (row[4], row[5], row[7]) = ("39131107", "", "");
    let (mut one, mut other) = (TARO, hanako(|_| {}));
    old_age(&mut one);
    old_age(&mut other);
    assert_eq!(
        found(&[one, other]),
        [
            (FindingKind::NumberShared, 3, Some(2)),
            (FindingKind::FirstNumberShared, 3, Some(2))
        ],
        "those of law 39 are personal"
    );
}

#[test]
fn one_person_with_two_numbers_at_one_insurer_is_a_question() {
    let second = taro(|row| (row[6], row[8]) = ("0008", "20210331"));
    assert_eq!(
        found(&[TARO, second]),
        [(FindingKind::NumbersOverlap, 3, Some(2))]
    );
    assert!(!refused(&[TARO, second], Acceptance::Accept));
    let elsewhere = taro(|row| (row[4], row[6]) = ("39131107", "0008"));
    assert_eq!(
        found(&[TARO, elsewhere])
            .iter()
            .filter(|(kind, ..)| *kind == FindingKind::NumbersOverlap)
            .count(),
        0
    );
    let hidden = [
        taro(|row| row[9] = ""),
        taro(|row| (row[8], row[9]) = ("20210401", "20210430")),
        taro(|row| (row[6], row[8], row[9]) = ("0008", "20220101", "")),
    ];
    assert_eq!(
        found(&hidden),
        [
            (FindingKind::RowsOverlap, 3, Some(2)),
            (FindingKind::NumbersOverlap, 4, Some(2))
        ],
        "a long row is not forgotten behind a short one"
    );
}

#[test]
fn two_kana_under_one_number_at_once_are_a_question() {
    let renamed = taro(|row| (row[1], row[8]) = ("スズキ タロウ", "20201001"));
    assert_eq!(
        found(&[TARO, renamed]),
        [(FindingKind::RowsOverlap, 3, Some(2))]
    );
    let after = taro(|row| (row[1], row[8], row[9]) = ("スズキ タロウ", "20210401", ""));
    assert_eq!(found(&[TARO, after]), []);
}

#[test]
fn a_tie_for_the_first_number_is_told() {
    let other = taro(|row| (row[4], row[6]) = ("39131107", "0001"));
    assert_eq!(
        found(&[other, TARO]),
        [(FindingKind::FirstNumberTied, 3, Some(2))]
    );
    let household = taro(|row| (row[6], row[7], row[4]) = ("0001", "", "00138057"));
    assert_eq!(
        found(&[TARO, household]),
        [],
        "a household number is not eligible"
    );
}

#[test]
fn a_failing_check_digit_is_only_a_notice() {
    let (_, findings) = build(&[taro(|row| row[4] = "06132014")], Acceptance::Refuse).unwrap();
    assert_eq!(
        findings.counts().collect::<Vec<_>>(),
        [(FindingKind::InsurerCheckDigit, 1)]
    );
    assert_eq!(findings.total(Severity::Notice), 1);
}

#[test]
fn all_findings_are_counted_and_the_first_thousand_kept() {
    let rows = vec![taro(|row| row[3] = "9"); 1_500];
    let Err(BuildError::Refused(findings)) = build(&rows, Acceptance::Refuse) else {
        panic!()
    };
    assert_eq!(findings.count(FindingKind::FieldRejected), 1_500);
    assert_eq!(findings.iter().count(), LINES_KEPT);
}

#[test]
fn no_row_is_no_registry() {
    assert!(matches!(
        build(&[], Acceptance::Accept),
        Err(BuildError::Empty)
    ));
}

#[test]
fn a_report_never_holds_a_value() {
    let Err(error) = build(&[taro(|row| row[2] = "18501231")], Acceptance::Refuse) else {
        panic!()
    };
    let text = format!("{error} {error:?}");
    assert!(
        !text.contains("1850") && !text.contains("ヤマダ") && !text.contains("R1"),
        "{text}"
    );
    let builder = format!("{:?}", Builder::new(date(2026, 1, 1)));
    assert_eq!(builder, "Builder { .. }");
}
