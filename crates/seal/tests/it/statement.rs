//! Statements: signed, not sealed.

use std::fs;
use std::path::Path;

use renketsu_seal::Role;
use renketsu_seal::statement::{PreparedStatement, StatementKind, read};
use serde_json::{Value, json};

use crate::fixture::{Party, party};

const KIND: StatementKind = StatementKind::FeeCorrection;

fn parties() -> (Party, Party) {
    let authority = party(Role::Authority, "厚生労働大臣");
    let producer = party(Role::Producer, "認定作成事業者");
    producer.trusts(&authority);
    (authority, producer)
}

fn body() -> Value {
    json!({ "number": "P-1-F2", "amount_yen": 10_200 })
}

fn written(by: &Party, path: &Path) {
    let prepared = PreparedStatement::new(path, KIND, &body(), &by.keys).unwrap();
    assert!(!path.exists());
    prepared.publish().unwrap();
}

fn refused(path: &Path, kind: StatementKind, reader: &Party) -> &'static str {
    read::<Value>(path, kind, &reader.trust())
        .unwrap_err()
        .code()
}

#[test]
fn a_statement_says_what_was_signed_and_by_whom() {
    let (authority, producer) = parties();
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("notice.json");
    written(&authority, &path);
    let (found, signer) = read::<Value>(&path, KIND, &producer.trust()).unwrap();
    assert_eq!((found, signer), (body(), authority.card.clone()));
    let again = PreparedStatement::new(&path, KIND, &body(), &authority.keys).unwrap_err();
    assert_eq!((again.code(), again.exit()), ("seal.statement.exists", 1));
}

#[test]
fn a_changed_statement_and_a_strangers_are_not_believed() {
    let (authority, producer) = parties();
    let stranger = party(Role::Authority, "厚生労働大臣");
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("notice.json");
    written(&authority, &path);
    let text = fs::read_to_string(&path).unwrap();
    let cheaper = files.path().join("cheaper.json");
    fs::write(&cheaper, text.replace("10200", "10100")).unwrap();
    assert_eq!(
        refused(&cheaper, KIND, &producer),
        "seal.statement.signature"
    );
    let other = files.path().join("other.json");
    written(&stranger, &other);
    assert_eq!(refused(&other, KIND, &producer), "seal.statement.signature");
    for (name, text, code) in [
        ("empty", String::new(), "seal.statement.form"),
        (
            "more",
            text.replacen('{', "{\"more\":1,", 1),
            "seal.statement.form",
        ),
        (
            "later",
            text.replace("statement/1\"", "statement/2\""),
            "seal.statement.form",
        ),
        (
            "unsigned",
            text.replace("untrusted", "trusted"),
            "seal.statement.signature",
        ),
    ] {
        let path = files.path().join(name);
        fs::write(&path, text).unwrap();
        assert_eq!(refused(&path, KIND, &producer), code, "{name}");
    }
    let missing = files.path().join("missing");
    assert_eq!(refused(&missing, KIND, &producer), "seal.statement.io");
}

#[test]
fn a_statement_is_of_one_kind_and_of_the_party_whose_part_it_is() {
    let (authority, producer) = parties();
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("notice.json");
    let other = StatementKind::DeliveryCover;
    written(&authority, &path);
    assert_eq!(refused(&path, other, &producer), "seal.statement.kind");
    // The kind is signed as well.
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(KIND.as_str(), other.as_str())).unwrap();
    assert_eq!(refused(&path, other, &producer), "seal.statement.signature");
    let wrong = PreparedStatement::new(&files.path().join("x"), KIND, &body(), &producer.keys);
    assert_eq!(wrong.unwrap_err().code(), "seal.statement.signer");
}
