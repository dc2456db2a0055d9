//! 介護: claims and the ledger that names their people.

use proptest::prelude::*;
use renketsu_producer::judgement::Part;
use renketsu_producer::sources::{Refusal, Source, SourceRecord};
use renketsu_testkit::Insured;

use crate::people::{Files, canonical, hanako, judged, passed, read, refusal};
use crate::world::{World, cp932};

const CARE: (&str, &str) = ("131052", "0000012345");
const EXPECTED: [&str; 7] = [
    "00131052",
    "13-1",
    "0187",
    "05",
    "ヤマダハナコ",
    "19800203",
    "2",
];

fn person() -> Insured {
    let mut person = hanako();
    person.insurer = "00131052".to_owned();
    person
}

fn exchange(data: &str) -> String {
    format!("1,1,0,2,711,,,1370000001,13,5,202404,0\r\n{data}3,9\r\n")
}

fn ledger(rows: &[String]) -> String {
    format!("{}{}", Insured::LEDGER, rows.concat())
}

fn claims(files: &Files, data: &str, rows: &[String]) -> Source {
    Source::CareClaims {
        files: vec![files.file("claims.csv", cp932(data))],
        ledger: vec![files.file("ledger.csv", cp932(&ledger(rows)))],
    }
}

fn joined(data: &str, rows: &[String]) -> Vec<SourceRecord> {
    let files = Files::new();
    read(&claims(&files, &exchange(data), rows)).unwrap()
}

fn rows(text: impl AsRef<[u8]>) -> Vec<SourceRecord> {
    let files = Files::new();
    let files = vec![files.file("ledger.csv", text)];
    read(&Source::CareLedger { files })
        .map_err(|error| error.code())
        .unwrap()
}

#[test]
fn a_claim_gets_the_name_and_the_medical_number_of_its_row() {
    let person = person();
    let found = joined(&person.care_claim(2, CARE), &[person.ledger_row(CARE)]);
    assert_eq!(found.len(), 1);
    assert_eq!(canonical(&found[0]), EXPECTED);
    assert_eq!(
        [
            &found[0].texts.service,
            &found[0].key,
            &found[0].institution
        ],
        ["202404", "0000012345", "care/00131052"]
    );
    assert_eq!((found[0].line, found[0].record), (2, 1));
}

#[test]
fn the_number_of_the_care_insurance_is_never_a_medical_number() {
    let mut person = person();
    (person.insurer, person.symbol, person.number, person.branch) =
        (String::new(), String::new(), String::new(), None);
    let row = person.ledger_row(CARE);
    for found in [
        joined(&person.care_claim(2, CARE), std::slice::from_ref(&row)).remove(0),
        joined(&person.care_claim(2, CARE), &[]).remove(0),
        rows(cp932(&ledger(&[row]))).remove(0),
    ] {
        let judged = judged(&found);
        assert_eq!(judged.number, Part::Absent);
        assert_eq!([judged.texts.insurer, judged.texts.number], ["", ""]);
    }
}

#[test]
fn elderly_people_have_a_number_without_symbol_and_branch() {
    let mut person = person();
    person.insurer = "39131107".to_owned();
    (person.symbol, person.branch) = (String::new(), None);
    person.number = "01234567".to_owned();
    let found = joined(&person.care_claim(2, CARE), &[person.ledger_row(CARE)]);
    let texts = judged(&found[0]).texts;
    assert_eq!(
        [texts.insurer, texts.symbol, texts.number, texts.branch],
        ["39131107", "", "01234567", ""]
    );
}

#[test]
fn widths_padding_and_lost_zeros_do_not_hide_a_row() {
    let person = person();
    for care in [
        ("131052", "0000012345"),
        ("  131052", "0000012345"),
        ("00131052", "12345"),
        ("１３１０５２", "００００012345"),
    ] {
        let found = joined(&person.care_claim(2, CARE), &[person.ledger_row(care)]);
        assert_eq!(canonical(&found[0]), EXPECTED, "{care:?}");
    }
    // みなし2号 of 生活保護
    let assisted = ("131052", "H000012345");
    let found = joined(
        &person.care_claim(2, assisted),
        &[person.ledger_row(assisted)],
    );
    assert_eq!(canonical(&found[0]), EXPECTED);
    let other = joined(&person.care_claim(2, assisted), &[person.ledger_row(CARE)]);
    assert_eq!(other[0].refusals, [Refusal::CareNumberUnknown]);
}

#[test]
fn what_is_not_clear_is_refused_with_its_reason() {
    let person = person();
    let claim = person.care_claim(2, CARE);
    let row = person.ledger_row(CARE);
    let refusals = |rows: &[String]| joined(&claim, rows).remove(0).refusals;
    assert_eq!(refusals(&[]), [Refusal::CareNumberUnknown]);
    assert!(refusals(&[row.clone(), row.clone()]).is_empty());
    for (from, to, refusal) in [
        ("ハナコ", "ハルコ", Refusal::CareNumberSeveral),
        ("０１８７", "０１８８", Refusal::CareNumberSeveral),
    ] {
        assert_eq!(refusals(&[row.clone(), row.replace(from, to)]), [refusal]);
    }
    assert_eq!(
        refusals(&[row.replace("19800203", "19800204")]),
        [Refusal::BirthDateDiffers]
    );
    assert_eq!(
        refusals(&[row.replace(",2,0013", ",1,0013")]),
        [Refusal::SexDiffers]
    );
    let both = row.replace(",,\r\n", ",39131107,01234567\r\n");
    assert_eq!(refusals(&[both]), [Refusal::InsurerSeveral]);
}

#[test]
fn other_records_and_a_second_delivery_are_read_over() {
    let person = person();
    let claim = person.care_claim(2, CARE);
    let data = format!(
        "{claim}2,3,7131,02,202404,1370000001,131052,0000012345,11,1111,500\r\n2,4,8211,202404,131052\r\n2,5,架空,1\r\n"
    );
    let text = format!("{}{}\x1a", exchange(&data), exchange(&claim));
    let files = Files::new();
    let row = person.ledger_row(CARE);
    let other = row.replace("0000012345", "0000099999");
    let source = claims(
        &files,
        &text,
        &[row.clone(), row, other, ledger_row_of_nobody()],
    );
    let found = read(&source).unwrap();
    let lines: Vec<u64> = found.iter().map(|record| record.line).collect();
    assert_eq!(lines, [2, 8]);
    let counted: Vec<_> = passed(&source);
    let counted: Vec<_> = counted
        .iter()
        .map(|(kind, of)| (kind.as_str(), *of))
        .collect();
    assert_eq!(
        counted,
        [
            ("care:7131/02", 1),
            ("care:8211", 1),
            ("care:other", 1),
            ("ledger:repeated", 1),
            ("ledger:without_claim", 1),
            ("ledger:without_number", 1)
        ]
    );
    let quoted = claim.replace(",0000012345,", ",\"0000012345\",");
    assert_eq!(
        joined(&quoted, &[person.ledger_row(CARE)])[0].key,
        "0000012345"
    );
}

/// サービス計画費請求明細書 (8124) and 給付管理票 (8222): each line names the person, in places of its own.
#[test]
fn plans_and_slips_name_their_people_as_claims_do() {
    let person = person();
    let plan = |line: &str| {
        format!(
            "2,2,8124,1370000001,1,202404,131052,1105,0000012345,,,19800203,2,21,20240401,20250331,20240401,{line},432111,1\r\n"
        )
    };
    let slip = |line: &str| {
        format!(
            "2,3,8222,202404,00131052,1370000001,1,20240510,3,{line},0000012345,19800203,2,21,202404,202503,,1,1370000002,1,11\r\n"
        )
    };
    for data in [plan("1"), plan("99"), slip("01"), slip("99")] {
        let found = joined(&data, &[person.ledger_row(CARE)]);
        assert_eq!(canonical(&found[0]), EXPECTED);
        assert_eq!(
            [
                &found[0].texts.service,
                &found[0].key,
                &found[0].institution
            ],
            ["202404", "0000012345", "care/00131052"]
        );
        assert!(found[0].refusals.is_empty());
        let another = data.replace("19800203", "19800204");
        let found = joined(&another, &[person.ledger_row(CARE)]);
        assert_eq!(found[0].refusals, [Refusal::BirthDateDiffers]);
    }
    // The lines of one slip are one row of the request.
    let mut world = World::new();
    let text = exchange(&[slip("01"), slip("02"), slip("99")].concat());
    let source = Source::CareClaims {
        files: vec![world.file("c.csv", cp932(&text))],
        ledger: vec![world.file("l.csv", cp932(&ledger(&[person.ledger_row(CARE)])))],
    };
    let report = world.request(&[source], "r.rkp").unwrap();
    assert_eq!((report.count.rows, report.count.merged()), (1, 2));
    // Another layout is not read as if it were this one.
    let files = Files::new();
    for odd in [
        plan("1").replace(",202404,", ",,"),
        "2,4,8222,202404,131052\r\n".to_owned(),
    ] {
        let source = claims(&files, &exchange(&odd), &[person.ledger_row(CARE)]);
        assert_eq!(refusal(&source).0, "producer.care.record");
    }
}

fn ledger_row_of_nobody() -> String {
    person().ledger_row(("131052", ""))
}

#[test]
fn a_ledger_alone_is_a_source_in_either_encoding() {
    let text = ledger(&[person().ledger_row(CARE)]);
    for bytes in [
        cp932(&text),
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        text.replace('（', " (").replace('）', ")").into_bytes(),
    ] {
        let found = rows(bytes);
        assert_eq!(canonical(&found[0]), EXPECTED);
        assert_eq!((found[0].texts.service.as_str(), found[0].line), ("", 2));
    }
}

#[test]
fn broken_files_are_refused_with_their_line() {
    let person = person();
    let claim = person.care_claim(2, CARE);
    let whole = exchange(&claim);
    let short: String = claim.split(',').take(9).collect::<Vec<_>>().join(",") + "\r\n";
    let files = Files::new();
    let row = [person.ledger_row(CARE)];
    for (expected, text) in [
        ("producer.care.cut", whole.replace("3,9\r\n", "")),
        ("producer.care.record", claim.clone()),
        ("producer.care.record", format!("{whole}{claim}")),
        ("producer.care.record", whole.replace("3,9", "4,9")),
        ("producer.care.record", exchange(&short)),
        (
            "producer.care.record",
            "insurer,number\r\n1,2\r\n".to_owned(),
        ),
        ("producer.care.no_claims", exchange("2,2,8211,202404\r\n")),
        ("producer.input.empty", String::new()),
    ] {
        assert_eq!(
            refusal(&claims(&files, &text, &row)).0,
            expected,
            "{text:.60}"
        );
    }
    let mut world = World::new();
    for (expected, bytes) in [
        (
            "producer.care.encoding",
            whole.replace("1370000001", "介護介護介").into_bytes(),
        ),
        (
            "producer.care.encoding",
            [whole.as_bytes(), b"\xFF\xFF\r\n"].concat(),
        ),
        (
            "producer.care.long",
            [b"1,".to_vec(), vec![b'0'; 2_000_000]].concat(),
        ),
    ] {
        let source = Source::CareClaims {
            files: vec![world.file("c.csv", bytes)],
            ledger: vec![world.file("l.csv", ledger(&row))],
        };
        let error = world.request(&[source], "r.rkp").unwrap_err();
        assert_eq!(error.code(), expected);
        assert!(!world.path("r.rkp").exists() && world.kept("maps").is_empty());
    }
    let no_kana = ledger(&row).replace("被保険者氏名（カナ）", "氏名");
    let source = Source::CareLedger {
        files: vec![files.file("l.csv", no_kana)],
    };
    let (code, details) = refusal(&source);
    assert_eq!(
        (code, details[0].1.as_str()),
        ("producer.care.columns", "被保険者氏名(カナ)")
    );
}

#[test]
fn the_same_number_of_two_insurers_is_refused() {
    let mut world = World::new();
    let person = person();
    let other = ("131011", CARE.1);
    let text = ledger(&[person.ledger_row(CARE), person.ledger_row(other)]);
    let files = vec![world.file("l.csv", text)];
    let error = world
        .request(&[Source::CareLedger { files }], "r.rkp")
        .unwrap_err();
    assert_eq!(error.code(), "producer.request.shared_keys");
}

proptest! {
    #[test]
    fn no_damage_panics_the_reader(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
        let files = Files::new();
        let damaged = |text: String| {
            let mut bytes = cp932(&text);
            if let Some(place) = bytes.get_mut(at) { *place = byte; }
            bytes.truncate(cut);
            bytes
        };
        let person = person();
        let source = Source::CareClaims {
            files: vec![files.file("c.csv", damaged(exchange(&person.care_claim(2, CARE))))],
            ledger: vec![files.file("l.csv", damaged(ledger(&[person.ledger_row(CARE)])))],
        };
        let _outcome = read(&source);
    }
}
