//! `vectors/issue.json` in full, and that nothing of it can change unseen.

use renketsu_authority::conformance::{Mismatch, issue};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../../../../vectors/issue.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn with(change: impl FnOnce(&mut Value)) -> Result<(), Mismatch> {
    let mut document = vectors();
    change(&mut document);
    issue(&document.to_string()).map(|_| ())
}

/// The file cut down to some of its answers, so that a thousand changed copies stay cheap.
fn small() -> Value {
    let mut document = vectors();
    let answers = document["answers"].as_array().unwrap();
    let mut kept: Vec<Value> = Vec::new();
    for status in [
        "number",
        "number_loose",
        "number_ambiguous",
        "kana",
        "conflict",
        "not_found",
        "invalid",
    ] {
        let of_status = answers
            .iter()
            .filter(|case| case["answer"]["status"] == status);
        kept.extend(of_status.take(3).cloned());
    }
    document["answers"] = Value::Array(kept);
    document
}

#[test]
fn every_answer_of_the_vectors_is_ours() {
    let summary = issue(VECTORS).unwrap();
    assert_eq!(summary.answers, 400);
    assert_eq!(summary.persons, 150);
    let expected = [
        ("conflict", 38),
        ("invalid", 17),
        ("kana", 79),
        ("not_found", 6),
        ("number", 116),
        ("number_ambiguous", 3),
        ("number_loose", 141),
    ];
    assert_eq!(summary.by_status.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_change_of_any_leaf_of_an_answer_is_told_with_its_place() {
    let document = small();
    let count = document["answers"].as_array().unwrap().len();
    for index in 0..count {
        for field in ["status", "number_id", "kana_id", "kana_unique"] {
            let mut changed = document.clone();
            let leaf = &mut changed["answers"][index]["answer"][field];
            *leaf = match &*leaf {
                Value::Null if field == "kana_unique" => json!(false),
                Value::Null => json!("0".repeat(64)),
                Value::Bool(unique) => json!(!unique),
                Value::String(text) if field == "status" => {
                    json!(if text == "number" { "kana" } else { "number" })
                }
                Value::String(text) => {
                    let last = if text.ends_with('0') { '1' } else { '0' };
                    json!(format!("{}{last}", &text[..text.len() - 1]))
                }
                other @ (Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    panic!("{other}")
                }
            };
            let expected = Mismatch::Differs {
                index: index as u64,
                field,
            };
            assert_eq!(issue(&changed.to_string()).unwrap_err(), expected);
            changed["answers"][index]["answer"]
                .as_object_mut()
                .unwrap()
                .remove(field);
            assert!(
                matches!(issue(&changed.to_string()), Err(Mismatch::Form { .. })),
                "{field} left out"
            );
        }
    }
}

#[test]
fn ids_in_upper_case_are_not_the_ids() {
    let outcome = with(|document| {
        let leaf = &mut document["answers"][0]["answer"]["number_id"];
        *leaf = json!(leaf.as_str().unwrap().to_uppercase());
    });
    assert_eq!(
        outcome,
        Err(Mismatch::Differs {
            index: 0,
            field: "number_id"
        })
    );
}

#[test]
fn another_key_epoch_or_provision_gives_other_ids() {
    for (name, value) in [
        ("k_root", json!("00".repeat(32))),
        ("k_provision_root", json!("00".repeat(32))),
        ("provision_salt", json!("00".repeat(32))),
        ("epoch", json!(4)),
        ("provision", json!("P-2026-7508")),
    ] {
        let outcome = with(|document| document[name] = value);
        assert_eq!(
            outcome,
            Err(Mismatch::Differs {
                index: 0,
                field: "number_id"
            }),
            "{name}"
        );
    }
}

#[test]
fn unusable_values_are_named() {
    for (name, value) in [
        ("k_root", json!("0g".repeat(32))),
        ("k_root", json!("AA".repeat(32))),
        ("k_provision_root", json!("00")),
        ("provision_salt", json!("")),
        ("provision", json!("p-2026")),
        ("provision", json!("")),
        ("today", json!("2026-02-30")),
        ("today", json!("20261")),
    ] {
        let outcome = with(|document| document[name] = value);
        assert_eq!(outcome, Err(Mismatch::Value { name }));
    }
    assert_eq!(
        with(|document| document["answers"] = json!([])),
        Err(Mismatch::Empty { name: "answers" })
    );
    assert_eq!(
        with(|document| document["registry"] = json!([])),
        Err(Mismatch::Empty { name: "registry" })
    );
}

#[test]
fn a_registry_row_that_is_not_accepted_is_named() {
    for (field, value, kind) in [
        ("kana", "●", "field_rejected"),
        ("insurer", "123", "field_rejected"),
        ("valid_from", "", "field_rejected"),
        ("birth_date", "20261123", "field_rejected"),
        ("valid_to", "18680125", "dates_reversed"),
    ] {
        let outcome = with(|document| document["registry"][7][field] = json!(value));
        assert_eq!(outcome, Err(Mismatch::Row { index: 7, kind }), "{field}");
    }
    let outcome = with(|document| document["registry"][1]["birth_date"] = json!("19410304"));
    assert_eq!(
        outcome,
        Err(Mismatch::Row {
            index: 1,
            kind: "birth_dates_differ"
        })
    );
}

#[test]
fn what_is_not_of_the_form_is_refused_and_never_quoted() {
    let cut = &VECTORS[..VECTORS.len() / 2];
    for text in ["", "[]", "null", "{}", "{\"k_root\": 1}", "\u{0}", cut] {
        assert!(matches!(issue(text), Err(Mismatch::Form { .. })));
    }
    let wrong_type = with(|document| document["registry"][0]["kana"] = json!(["ヤマダ"]));
    let Err(error @ Mismatch::Form { .. }) = wrong_type else {
        panic!("{wrong_type:?}")
    };
    assert!(!format!("{error} {error:?}").contains("ヤマダ"));
    assert!(matches!(
        with(|document| document["extra"] = json!(1)),
        Err(Mismatch::Form { .. })
    ));
    assert!(matches!(
        with(|document| document["epoch"] = json!(-1)),
        Err(Mismatch::Form { .. })
    ));
}
