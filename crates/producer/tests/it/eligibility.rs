//! オンライン資格確認: answers for one and for many.

use proptest::prelude::*;
use renketsu_producer::judgement::Part;
use renketsu_producer::sources::{Refusal, Source, SourceRecord};
use renketsu_testkit::Characters;

use crate::people::{Files, canonical, hanako, judged, passed, read, refusal};
use crate::world::cp932;

fn source(files: &Files, content: impl AsRef<[u8]>) -> Source {
    Source::Eligibility {
        files: vec![files.file("OQSsiquc01res_1.xml", content)],
    }
}

fn all(content: impl AsRef<[u8]>) -> Vec<SourceRecord> {
    let files = Files::new();
    read(&source(&files, content)).unwrap()
}

fn one(content: impl AsRef<[u8]>) -> SourceRecord {
    let mut records = all(content);
    assert_eq!(records.len(), 1);
    records.remove(0)
}

fn plain() -> String {
    hanako().eligibility(Characters::Utf8)
}

#[test]
fn an_answer_gives_the_registered_person_on_the_day_of_the_look_up() {
    let found = one(plain());
    assert_eq!(
        canonical(&found),
        [
            "06132013",
            "13-1",
            "0187",
            "05",
            "ヤマダハナコ",
            "19800203",
            "2"
        ]
    );
    assert_eq!(
        [&found.texts.service, &found.key, &found.institution],
        ["20240405", "P-1", "eligibility/1312345678"]
    );
}

#[test]
fn both_character_codes_are_read() {
    let sjis = cp932(&hanako().eligibility(Characters::ShiftJis));
    assert_eq!(canonical(&one(&sjis)), canonical(&one(plain())));
    let marked = format!("\u{feff}{}", plain());
    assert_eq!(canonical(&one(marked)), canonical(&one(plain())));
    // The declaration is missing or wrong, the message says Shift_JIS.
    let undeclared = hanako().eligibility(Characters::ShiftJis);
    let undeclared = undeclared.split_once("?>").unwrap().1.to_owned();
    assert_eq!(
        canonical(&one(cp932(&undeclared))),
        canonical(&one(plain()))
    );
    // Neither says it.
    let files = Files::new();
    let (code, _) = refusal(&source(&files, cp932(&plain())));
    assert_eq!(code, "producer.xml.encoding");
    let mut broken = sjis;
    let kana = broken
        .windows(2)
        .position(|pair| pair == [0x83, 0x84])
        .unwrap();
    broken[kana + 1] = 0xFF;
    assert_eq!(refusal(&source(&files, broken)).0, "producer.xml.encoding");
}

#[test]
fn several_and_none_are_refused_with_their_reason() {
    for (validity, refusal) in [
        ("4", Refusal::QualificationNone),
        ("5", Refusal::QualificationSeveral),
    ] {
        let text = plain().replace(
            "<QualificationValidity>1",
            &format!("<QualificationValidity>{validity}"),
        );
        assert_eq!(one(text).refusals, [refusal]);
    }
    let two = plain().replace(
        "</ResultList>",
        &format!("{}</ResultList>", hanako().eligibility_result()),
    );
    assert_eq!(one(two).refusals, [Refusal::QualificationSeveral]);
    let empty = plain().replace(&hanako().eligibility_result(), "");
    assert_eq!(one(empty).refusals, [Refusal::QualificationNone]);
}

#[test]
fn a_number_that_is_over_counts_on_its_first_day_only() {
    for validity in ["2", "3"] {
        let over = plain().replace(
            "<QualificationValidity>1",
            &format!("<QualificationValidity>{validity}"),
        );
        assert_eq!(one(&over).refusals, [Refusal::QualificationLapsed]);
        let dated = over.replace(
            "<ReferenceNumber>",
            "<InsuredCardValidDate>20190401</InsuredCardValidDate><ReferenceNumber>",
        );
        let found = one(dated);
        assert!(found.refusals.is_empty());
        assert_eq!(found.texts.service, "20190401");
    }
}

#[test]
fn sex_that_is_not_set_and_marks_in_the_name_leave_the_number_only() {
    for text in [
        plain()
            .replace("<Sex1>2", "<Sex1>3")
            .replace("</Sex1>", "</Sex1><Sex2>2</Sex2>"),
        plain().replace("ハナコ", "ハ●コ"),
    ] {
        let found = judged(&one(text));
        assert_eq!(found.number, Part::Valid);
        assert!(matches!(found.triple, Part::Unusable(_)));
    }
}

#[test]
fn another_name_is_never_taken_for_the_name() {
    let other = plain()
        .replace(
            "</NameKana>",
            "</NameKana><NameOfOther>別</NameOfOther><NameOfOtherKana>ベツ</NameOfOtherKana>",
        )
        .replace("ヤマダ\u{3000}ハナコ", "");
    assert_eq!(one(other).texts.kana, "");
}

#[test]
fn the_batch_look_up_gives_each_unit_its_person() {
    let mut second = hanako();
    second.key = "P-2".to_owned();
    let unit = |validity: &str, result: &str, asked: &str| {
        format!(
            "<BulkConfirmUnit><QualificationConfirmSearchInfo><ArbitraryIdentifier>{asked}</ArbitraryIdentifier>\
             </QualificationConfirmSearchInfo><QualificationValidity>{validity}</QualificationValidity>{result}</BulkConfirmUnit>"
        )
    };
    let (head, rest) = plain()
        .split_once("<MessageBody>")
        .map(|(head, rest)| (head.to_owned(), rest.to_owned()))
        .unwrap();
    let tail = rest.split_once("</MessageBody>").unwrap().1.to_owned();
    let bare = second
        .eligibility_result()
        .replace("<ReferenceNumber>P-2</ReferenceNumber>", "");
    let text = format!(
        "{head}<MessageBody>{}{}{}</MessageBody>{tail}",
        unit("1", &hanako().eligibility_result(), "A"),
        unit("5", "", "B"),
        unit("1", &bare, "C"),
    );
    let found = all(text);
    let keys: Vec<&str> = found.iter().map(|record| record.key.as_str()).collect();
    assert_eq!(
        keys,
        ["P-1", "B", "C"],
        "照会番号, else the identifier of the question"
    );
    assert_eq!(found[1].refusals, [Refusal::QualificationSeveral]);
    assert!(found[0].refusals.is_empty() && found[2].refusals.is_empty());
}

/// An answer of more than a megabyte is read while it comes; the same as a short one.
#[test]
fn a_long_answer_is_the_same_as_a_short_one() {
    let units: Vec<String> = (0..600)
        .map(|number| {
            let mut person = hanako();
            person.key = format!("P-{number}");
            format!(
                "<BulkConfirmUnit><QualificationValidity>1</QualificationValidity>\n<ResultList>{}</ResultList></BulkConfirmUnit>",
                person.eligibility_result()
            )
        })
        .collect();
    for characters in [Characters::Utf8, Characters::ShiftJis] {
        let answer = hanako().eligibility(characters);
        let (head, _) = answer.split_once("<MessageBody>").unwrap();
        let text = |fill: &str, beside: &str| {
            format!(
                "{head}<MessageBody>{}{beside}<Remark>{fill}</Remark></MessageBody></XmlMsg>",
                units.concat()
            )
        };
        let (short, long) = (text("", ""), text(&"架空の備考".repeat(200_000), ""));
        let bytes = |text: &str| match characters {
            Characters::Utf8 => text.as_bytes().to_vec(),
            Characters::ShiftJis => cp932(text),
        };
        assert!(bytes(&short).len() < 1 << 20 && bytes(&long).len() > 1 << 20);
        let (short_found, long_found) = (all(bytes(&short)), all(bytes(&long)));
        assert_eq!(
            (short_found.len(), short_found.len()),
            (600, long_found.len())
        );
        assert!(short_found == long_found);
        let files = Files::new();
        for (damage, code) in [
            (long.replace("</MessageBody>", ""), "producer.xml.syntax"),
            (
                long.replace("</Remark>", "&e;</Remark>"),
                "producer.xml.entity",
            ),
            (long.replace("XmlMsg>", "Xml>"), "producer.xml.root"),
        ] {
            assert_eq!(refusal(&source(&files, bytes(&damage))).0, code);
        }
        let outside = source(&files, bytes(&text("", &hanako().eligibility_result())));
        assert_eq!(
            passed(&outside),
            [("eligibility:outside_unit".to_owned(), 1)]
        );
    }
}

#[test]
fn another_message_is_refused() {
    let files = Files::new();
    for text in [
        "<a/>".to_owned(),
        plain().replace("XmlMsg", "Msg"),
        plain().replace("MessageBody", "Body"),
        hanako().checkup(),
    ] {
        assert_eq!(refusal(&source(&files, text)).0, "producer.xml.root");
    }
}

proptest! {
    #[test]
    fn no_damage_panics_the_reader(at in 0_usize..2000, byte in any::<u8>(), cut in 0_usize..2000) {
        let files = Files::new();
        let mut text = cp932(&hanako().eligibility(Characters::ShiftJis));
        if let Some(place) = text.get_mut(at) { *place = byte; }
        text.truncate(cut);
        let _outcome = read(&source(&files, &text));
    }
}
