//! The published vectors pass in full, and a file that differs anywhere does not.

use renketsu_identity::Reject;
use renketsu_identity::conformance::{Document, Keys, Mismatch, Problem, ids};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../../../../vectors/ids.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn check(file: &Value) -> Result<renketsu_identity::conformance::Summary, Mismatch> {
    ids(&file.to_string())
}

fn problem(file: &Value) -> (String, Problem) {
    match check(file) {
        Err(Mismatch::Format(fault)) => (fault.place().to_owned(), fault.problem()),
        other => panic!("expected a fault of form: {other:?}"),
    }
}

#[test]
fn the_vectors_pass_in_full() {
    let summary = ids(VECTORS).unwrap();
    assert_eq!(summary.missing, [""; 0]);
    let file = vectors();
    for section in &summary.sections {
        let pointer = format!("/{}", section.name.replace('.', "/"));
        let node = file.pointer(&pointer).unwrap();
        assert_eq!(
            section.entries,
            node.as_array().map_or(1, Vec::len),
            "{}",
            section.name
        );
        assert!(section.values >= section.entries, "{}", section.name);
    }
    // Every section of the file, the six inputs and the two levels of `canonical` aside.
    let expected =
        file.as_object().unwrap().len() - 6 - 1 + file["canonical"].as_object().unwrap().len();
    assert_eq!(summary.sections.len(), expected);
    assert_eq!(
        summary
            .sections
            .iter()
            .map(|section| section.values)
            .sum::<usize>(),
        LEAVES_COMPARED
    );
}

/// 1 prk, 6 of the three pairs, 3 steps of each of 80 persons, 190 canonical forms, 9 check digits.
const LEAVES_COMPARED: usize = 1 + 6 + 3 * 80 + 190 + 9;

/// JSON pointers of every leaf.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                leaves(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(at.to_owned());
        }
    }
}

/// Another value of the same form, as near as possible.
fn changed(leaf: &Value) -> Value {
    match leaf {
        Value::Bool(truth) => json!(!truth),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::String(text) => {
            let mut text = text.clone();
            let last = match text.pop() {
                None => '1',
                Some('9') => '8',
                Some(digit @ '0'..='8') => char::from(digit as u8 + 1),
                Some('ア') => 'イ',
                Some('\u{30A1}'..='\u{30FA}') => 'ア',
                Some('f') => 'e',
                Some(letter @ 'a'..='e') => char::from(letter as u8 + 1),
                Some(other) => {
                    text.push(other);
                    '1'
                }
            };
            text.push(last);
            json!(text)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {
            panic!("{leaf} is no leaf of this file")
        }
    }
}

/// What an entry of a canonical form leads to.
fn outcome(entry: &Value) -> (Option<&str>, Option<&str>) {
    (entry["ok"].as_str(), entry["reject"].as_str())
}

#[test]
fn a_change_of_any_leaf_is_seen() {
    let original = vectors();
    let mut pointers = Vec::new();
    leaves(&original, "", &mut pointers);
    assert!(pointers.len() > 900, "{} leaves", pointers.len());
    for pointer in pointers {
        let mut file = original.clone();
        let leaf = file.pointer_mut(&pointer).unwrap();
        *leaf = if pointer.starts_with("/canonical/") && pointer.ends_with("/in") {
            // A small change of an input may well have the same outcome, so take one that has another.
            let (list, index) = pointer.trim_end_matches("/in").rsplit_once('/').unwrap();
            let list = original.pointer(list).unwrap().as_array().unwrap();
            let own = outcome(&list[index.parse::<usize>().unwrap()]);
            list.iter().find(|entry| outcome(entry) != own).unwrap()["in"].clone()
        } else {
            changed(leaf)
        };
        assert!(
            check(&file).is_err(),
            "{pointer} was changed and nothing was said"
        );
    }
}

#[test]
fn the_first_difference_is_named_with_its_place() {
    let mut file = vectors();
    file["number"][7]["subject"] = file["number"][8]["subject"].clone();
    file["kana"][0]["message"] = json!("00");
    file["canonical"]["insurer"][5]["check_digit"] = json!(true);
    let named = |file: &Value| match check(file) {
        Err(Mismatch::Differs {
            section,
            index,
            field,
        }) => (section, index, field),
        other => panic!("{other:?}"),
    };
    assert_eq!(named(&file), ("number", Some(7), "subject"));
    file["number"] = json!([]);
    assert_eq!(named(&file), ("kana", Some(0), "message"));
    file["kana"] = json!([]);
    assert_eq!(named(&file), ("canonical.insurer", Some(5), "check_digit"));
    file["key_check_value"]["kana"] = json!("0000000000000000");
    assert_eq!(named(&file), ("key_check_value", None, "kana"));
    let details = check(&file).unwrap_err().details();
    assert_eq!(
        details,
        [
            ("section", "key_check_value".to_owned()),
            ("index", "none".to_owned()),
            ("field", "kana".to_owned())
        ]
    );
}

#[test]
fn an_accepted_input_that_should_be_rejected_differs_and_the_other_way_round() {
    let file = json!({"canonical": {"sex": [{"in": "1", "reject": "sex"}]}});
    assert_eq!(
        check(&file),
        Err(Mismatch::Differs {
            section: "canonical.sex",
            index: Some(0),
            field: "reject"
        })
    );
    let file = json!({"canonical": {"kana": [{"in": "ー", "reject": "empty"}]}});
    assert!(
        matches!(check(&file), Err(Mismatch::Differs { .. })),
        "another reject"
    );
    let file = json!({"canonical": {"kana": [{"in": "ア", "ok": "ア"}, {"in": "A", "ok": "A"}]}});
    assert_eq!(
        check(&file),
        Err(Mismatch::Differs {
            section: "canonical.kana",
            index: Some(1),
            field: "ok"
        })
    );
}

#[test]
fn missing_sections_are_reported_and_the_others_checked() {
    let mut file = vectors();
    file.as_object_mut().unwrap().remove("kana");
    file["canonical"].as_object_mut().unwrap().remove("loose");
    assert_eq!(check(&file).unwrap().missing, ["kana", "canonical.loose"]);
    file.as_object_mut().unwrap().remove("canonical");
    assert_eq!(check(&file).unwrap().missing.len(), 9);
    let only = json!({"canonical": {"branch": [{"in": "1", "ok": "01"}]}});
    let summary = check(&only).unwrap();
    assert_eq!((summary.sections.len(), summary.missing.len()), (1, 13));
}

#[test]
fn what_is_not_of_the_form_is_refused_with_its_place() {
    let without = |pointer: &str, field: &str| {
        let mut file = vectors();
        file.pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(field)
            .unwrap();
        problem(&file)
    };
    let with = |pointer: &str, field: &str, value: Value| {
        let mut file = vectors();
        file.pointer_mut(pointer).unwrap()[field] = value;
        problem(&file)
    };
    let at = |place: &str, problem| (place.to_owned(), problem);
    assert_eq!(without("", "k_root"), at("k_root", Problem::Missing));
    assert_eq!(without("", "today"), at("today", Problem::Missing));
    assert_eq!(
        without("/number/3", "branch"),
        at("number[3].branch", Problem::Missing)
    );
    assert_eq!(
        without("/subject_key", "kana"),
        at("subject_key.kana", Problem::Missing)
    );
    assert_eq!(
        without("/canonical/sex/2", "in"),
        at("canonical.sex[2].in", Problem::Missing)
    );
    assert_eq!(
        without("/canonical/sex/2", "ok"),
        at("canonical.sex[2]", Problem::Outcome)
    );
    assert_eq!(
        without("/canonical/insurer/0", "check_digit"),
        at("canonical.insurer[0].check_digit", Problem::Missing)
    );
    assert_eq!(with("", "extra", json!(1)), at("extra", Problem::Unknown));
    assert_eq!(with("", "ａ\n", json!(1)), at("?", Problem::Unknown));
    assert_eq!(
        with("/canonical", "phone", json!([])),
        at("canonical.phone", Problem::Unknown)
    );
    assert_eq!(
        with("/number/0", "note", json!("")),
        at("number[0].note", Problem::Unknown)
    );
    assert_eq!(
        with("/canonical/sex/0", "reject", json!("sex")),
        at("canonical.sex[0]", Problem::Outcome)
    );
    assert_eq!(
        with("/canonical/sex/0", "ok", json!(1)),
        at("canonical.sex[0].ok", Problem::Type)
    );
    assert_eq!(
        with("/canonical/kana/19", "reject", json!("long")),
        at("canonical.kana[19].reject", Problem::RejectName)
    );
    assert_eq!(with("", "epoch", json!(-1)), at("epoch", Problem::Type));
    assert_eq!(
        with("", "epoch", json!(4_294_967_296_u64)),
        at("epoch", Problem::Type)
    );
    assert_eq!(with("", "epoch", json!(3.0)), at("epoch", Problem::Type));
    assert_eq!(with("", "k_root", json!("00")), at("k_root", Problem::Hex));
    assert_eq!(
        with("", "prk", json!("zz".repeat(32))),
        at("prk", Problem::Hex)
    );
    assert_eq!(
        with("", "provision", json!("p")),
        at("provision", Problem::ProvisionCode)
    );
    assert_eq!(
        with("", "today", json!("2026-11-31")),
        at("today", Problem::Day)
    );
    assert_eq!(
        with("", "today", json!("20261122")),
        at("today", Problem::Day)
    );
    assert_eq!(
        with("", "today", json!("2026-11-22T00:00")),
        at("today", Problem::Day)
    );
    assert_eq!(with("", "number", json!({})), at("number", Problem::Type));
    assert_eq!(
        with("", "canonical", json!([])),
        at("canonical", Problem::Type)
    );
    assert_eq!(problem(&json!({})), at("", Problem::Empty));
    assert_eq!(problem(&json!([])), at("", Problem::Type));
}

#[test]
fn what_is_no_json_is_refused_with_line_and_column() {
    let nested = "[".repeat(100_000);
    for (text, place) in [
        ("", "1:0"),
        ("{\n \"prk\": }", "2:9"),
        ("{\"prk\": \"\\ud800\"}", "1:16"),
        ("{\"epoch\": 1, \"epoch\": 2}", "1:24"),
        ("{} x", "1:4"),
        (nested.as_str(), "1:128"),
    ] {
        let Err(Mismatch::Format(fault)) = ids(text) else {
            panic!("accepted")
        };
        assert_eq!((fault.place(), fault.problem()), (place, Problem::Json));
    }
}

#[test]
fn codes_and_details_are_listed() {
    let differs = Mismatch::Differs {
        section: "prk",
        index: None,
        field: "prk",
    };
    let format = ids("").unwrap_err();
    for (mismatch, exit) in [(differs, 1), (format, 2)] {
        let (_, names) = Mismatch::CODES
            .iter()
            .find(|(code, _)| *code == mismatch.code())
            .unwrap();
        let given: Vec<&str> = mismatch
            .details()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(given, *names);
        assert_eq!(mismatch.exit(), exit);
    }
}

#[test]
fn the_keys_of_a_file_are_read_for_other_vector_forms_too() {
    let document = Document::parse(include_str!("../../../../vectors/issue.json")).unwrap();
    let keys = Keys::read(&document.root()).unwrap();
    assert_eq!(keys.provision.as_str(), "P-2026-7507");
    assert_eq!(keys.epoch.0, 3);
    assert_eq!(
        format!("{keys:?} {document:?}"),
        "Keys(redacted) Document(redacted)"
    );
}

#[test]
fn every_reject_occurs_in_the_vectors() {
    let text = VECTORS;
    for reject in Reject::ALL {
        assert!(
            text.contains(&format!("\"reject\": \"{}\"", reject.name())),
            "{reject}"
        );
    }
}
