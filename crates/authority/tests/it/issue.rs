//! Requests answered, and requests refused.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_authority::provision;
use renketsu_authority::registry::Acceptance;
use renketsu_seal::package::{Header, PackageKind};
use renketsu_seal::{Role, Trust};
use renketsu_store::{Event, SeenPackage};
use renketsu_table::ids;
use renketsu_testkit::{Party, introduce};

use crate::parties::{
    AskedRow, COLUMNS, PROVISION, Parties, asked_batch, asked_schema, send_another,
};

pub(crate) const REGISTRY: &str = "\
person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to
R1,ヤマダ タロウ,19850102,1,06132013,12-34,0007,00,20200401,
R2,ヤマダ ハナコ,19870304,2,06132013,12-34,0007,01,20200401,
R3,サトウ,19300101,1,,,,,,
";

pub(crate) const ROWS: [AskedRow; 8] = [
    (1, ["06132013", "12-34", "0007", "00", "", "", "", ""]),
    (
        2,
        [
            "06132013",
            "12-34",
            "7",
            "",
            "ヤマダハナコ",
            "19870304",
            "2",
            "202311",
        ],
    ),
    (3, ["06132013", "12-34", "0007", "", "", "", "", ""]),
    (4, ["", "", "", "", "サトウ", "19300101", "1", ""]),
    (5, ["06132013", "12-34", "0007", "", "", "19990101", "", ""]),
    (
        6,
        [
            "06132013",
            "12-34",
            "9999",
            "",
            "スズキ",
            "19300101",
            "1",
            "",
        ],
    ),
    (
        7,
        ["06132013", "12-34", "０００７？", "", "", "S64.1.8", "", ""],
    ),
    (9, ["", "", "", "", "ヤマダ", "S64.1.8", "1", ""]),
];

#[test]
fn every_row_is_answered_in_the_order_of_references() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let answered = parties.issue(&request, "answer.rkp").unwrap();
    let counts: Vec<_> = answered
        .by_status
        .iter()
        .map(|(status, count)| (*status, *count))
        .collect();
    assert_eq!(
        counts,
        [
            ("conflict", 1),
            ("invalid", 2),
            ("kana", 1),
            ("kana_ambiguous", 0),
            ("not_found", 1),
            ("number", 1),
            ("number_ambiguous", 1),
            ("number_loose", 1),
        ]
    );
    let (header, rows) = parties.answers("answer.rkp");
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let ids = (row.number_id.is_some(), row.kana_id.is_some());
            (
                row.reference[0],
                row.status.as_str(),
                row.reason.as_deref(),
                ids,
                row.kana_unique,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "number", None, (true, true), Some(true)),
            (2, "number_loose", None, (true, true), Some(true)),
            (3, "number_ambiguous", None, (false, false), None),
            (4, "kana", Some("number:absent"), (false, true), Some(true)),
            (5, "conflict", None, (false, false), None),
            (
                6,
                "not_found",
                Some("number:not_found"),
                (false, true),
                Some(false)
            ),
            (7, "invalid", Some("number:character"), (false, false), None),
            (9, "invalid", Some("birth_date:era"), (false, false), None),
        ]
    );
    assert_ne!(rows[0].number_id, rows[1].number_id);
    assert_eq!(header.kind, PackageKind::Answer);
    assert_eq!(header.study.as_deref(), Some("study-1"));
    assert_eq!(header.kcv, Some(answered.kcv));
    assert_eq!(header.in_reply_to.unwrap().to_string(), answered.request);
    let ground = header.recipient_ground.unwrap();
    assert_eq!(
        (ground.name.as_str(), ground.item.as_str()),
        ("大学", "7-1")
    );
    assert_eq!(header.databases, ["dpc", "ndb"]);
}

#[test]
fn only_counts_and_digests_stay() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let answered = parties.issue(&request, "answer.rkp").unwrap();
    let (_, rows) = parties.answers("answer.rkp");
    let kept = parties.kept();
    assert!(kept.contains(&answered.request) && kept.contains(&answered.answer.sha256));
    let state = std::fs::read(parties.authority.path().join("state.sqlite-wal")).unwrap();
    let state = [
        state,
        std::fs::read(parties.authority.path().join("state.sqlite")).unwrap(),
    ]
    .concat();
    let holds = |needle: &[u8]| state.windows(needle.len()).any(|window| window == needle);
    assert!(holds(answered.answer.sha256.as_bytes()));
    for row in &rows {
        assert!(!holds(&row.reference));
        for id in [row.number_id, row.kana_id].into_iter().flatten() {
            assert!(!holds(&id) && !kept.contains(&data_encoding::HEXLOWER.encode(&id)));
        }
    }
    let name = "ヤマダ".as_bytes();
    assert!(!holds(name));
    let tmp: Vec<_> = std::fs::read_dir(parties.authority.path().join("tmp"))
        .unwrap()
        .collect();
    assert!(tmp.is_empty(), "{tmp:?}");
}

#[test]
fn the_same_request_is_answered_once() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    parties.issue(&request, "answer.rkp").unwrap();
    let error = parties.issue(&request, "again.rkp").unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.issue.replayed", 1)
    );
    assert!(!parties.path("again.rkp").exists());
    let renewed = parties.request("renewed.rkp", &ROWS);
    parties.issue(&renewed, "again.rkp").unwrap();
    assert_eq!(
        parties.answers("again.rkp").1,
        parties.answers("answer.rkp").1,
        "the same IDs"
    );
    assert_eq!(parties.answers("again.rkp").0.sequence, 2);
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let mine = parties.file("answer.rkp", "mine");
    assert_eq!(
        parties.issue(&request, "answer.rkp").unwrap_err().code(),
        "seal.write.exists"
    );
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "mine");
    parties.issue(&request, "other.rkp").unwrap();
}

/// Issues a request with a changed header, and tells the code of the refusal.
fn refused(parties: &mut Parties, change: impl FnOnce(&mut Header)) -> (&'static str, u8) {
    let mut header = Parties::request_header();
    change(&mut header);
    let request = parties.request_of(
        "changed.rkp",
        &parties.producer,
        header,
        "identifiers",
        &asked_batch(&ROWS),
    );
    let error = parties.issue(&request, "refused.rkp").unwrap_err();
    std::fs::remove_file(request).unwrap();
    assert!(!parties.path("refused.rkp").exists());
    (error.code(), error.exit())
}

#[test]
fn a_request_that_does_not_fit_its_provision_is_refused() {
    let mut parties = Parties::ready(REGISTRY);
    let before = parties.actions();
    assert_eq!(
        refused(&mut parties, |header| header.provision = "P-9".to_owned()),
        ("authority.provision.unknown", 2)
    );
    assert_eq!(
        refused(&mut parties, |header| header.study =
            Some("study-2".to_owned())),
        ("authority.issue.study", 1)
    );
    assert_eq!(
        refused(&mut parties, |header| header.producer = None),
        ("authority.issue.certification_missing", 1)
    );
    let pseudonymized = refused(&mut parties, |header| {
        header.producer.as_mut().unwrap().kind = "pseudonymized".to_owned();
    });
    assert_eq!(pseudonymized, ("authority.issue.certification", 1));
    assert_eq!(
        refused(&mut parties, |header| header.profile = "jp-2".to_owned()),
        ("seal.open.profile", 1)
    );
    assert_eq!(parties.actions(), before);
}

#[test]
fn a_closed_provision_is_not_served() {
    let mut parties = Parties::ready(REGISTRY);
    parties
        .at_work(|authority, store| provision::close(authority, store, PROVISION))
        .unwrap();
    assert_eq!(
        refused(&mut parties, |_| ()),
        ("authority.provision.closed", 1)
    );
}

#[test]
fn another_trusted_producer_is_not_the_provisions() {
    let mut parties = Parties::ready(REGISTRY);
    let other = Party::new(Role::Producer, "別の事業者");
    introduce(&parties.authority, &other);
    let request = parties.request_of(
        "other.rkp",
        &other,
        Parties::request_header(),
        "identifiers",
        &asked_batch(&ROWS),
    );
    let error = parties.issue(&request, "refused.rkp").unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.issue.producer", 1)
    );
    let stranger = Party::new(Role::Producer, "知らない者");
    let request = parties.request_of(
        "stranger.rkp",
        &stranger,
        Parties::request_header(),
        "identifiers",
        &asked_batch(&ROWS),
    );
    assert_eq!(
        parties.issue(&request, "refused.rkp").unwrap_err().code(),
        "seal.open.unknown_sender"
    );
    assert!(!parties.path("refused.rkp").exists());
}

#[test]
fn a_producer_no_longer_trusted_is_not_answered() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let trust = Trust::default();
    let order = renketsu_authority::issue::Order {
        request,
        out: parties.path("answer.rkp"),
        expires: renketsu_testkit::now() + renketsu_authority::issue::VALID_FOR,
        transport: renketsu_authority::methods::Transport::Medium,
        accept: Vec::new(),
    };
    let outcome = parties.trusting(&trust, |authority, store| {
        renketsu_authority::issue::issue(authority, store, &order, &mut |_| ())
    });
    assert_eq!(outcome.unwrap_err().code(), "seal.open.unknown_sender");
}

#[test]
fn a_recipient_no_longer_trusted_gets_no_answer() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let trust = parties.trust_without(&parties.recipient);
    let order = renketsu_authority::issue::Order {
        request: request.clone(),
        out: parties.path("answer.rkp"),
        expires: renketsu_testkit::now() + renketsu_authority::issue::VALID_FOR,
        transport: renketsu_authority::methods::Transport::Medium,
        accept: Vec::new(),
    };
    let error = parties
        .trusting(&trust, |authority, store| {
            renketsu_authority::issue::issue(authority, store, &order, &mut |_| ())
        })
        .unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.issue.recipient_untrusted", 1)
    );
    assert!(!order.out.exists());
    parties.issue(&request, "answer.rkp").unwrap();
}

#[test]
fn what_another_command_did_meanwhile_is_seen_before_the_answer_is_recorded() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let error = parties
        .issue_while(&request, "answer.rkp", |authority, store| {
            provision::close(authority, store, PROVISION).unwrap();
        })
        .unwrap_err();
    assert_eq!(error.code(), "authority.provision.closed");
    assert!(!parties.path("answer.rkp").exists());
    assert_eq!(parties.actions().last().unwrap(), "provision.closed");

    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let producer = parties.producer.card.fingerprint().to_hex();
    let package = crate::parties::opened(&request, &parties.authority)
        .package_id()
        .to_string();
    let error = parties
        .issue_while(&request, "answer.rkp", |_, store| {
            let transaction = store.begin().unwrap();
            transaction
                .see(&SeenPackage {
                    package_id: package.clone(),
                    part: String::new(),
                    kind: "request".to_owned(),
                    sender: producer.clone(),
                    sequence: 1,
                    seen_at: renketsu_testkit::now(),
                    head: None,
                })
                .unwrap();
            let event = Event::new("test.seen", PROVISION, renketsu_testkit::now());
            transaction.commit(&event).unwrap();
        })
        .unwrap_err();
    assert_eq!(error.code(), "authority.issue.replayed");
    assert!(!parties.path("answer.rkp").exists());
    assert_eq!(parties.actions().last().unwrap(), "test.seen");
}

#[test]
fn two_answers_never_have_one_number() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let producer = Party::new(Role::Producer, "x");
    let producer = std::mem::replace(&mut parties.producer, producer);
    let outcome = parties.issue_while(&request, "answer.rkp", |_, store| {
        send_another(store, "answer", &producer);
    });
    parties.producer = producer;
    outcome.unwrap();
    assert_eq!(parties.answers("answer.rkp").0.sequence, 2);
}

#[test]
fn a_request_that_is_exchanged_while_it_is_read_is_refused() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let other = parties.request("other.rkp", &ROWS[..2]);
    let mut before = parties.actions();
    let error = parties
        .issue_while(&request, "answer.rkp", |_, _| {
            std::fs::rename(&other, &request).unwrap();
        })
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("authority.issue.changed", 1));
    assert!(!parties.path("answer.rkp").exists());
    // What was looked up counts, and nothing else is left of it.
    before.push("provision.asked".to_owned());
    assert_eq!(parties.actions(), before);
    assert_eq!(parties.issue(&request, "answer.rkp").unwrap().rows, 2);
}

#[test]
fn a_request_that_is_no_file_is_refused_as_before() {
    let mut parties = Parties::ready(REGISTRY);
    let directory = parties.files.path().to_owned();
    let code = |outcome: Result<_, renketsu_authority::issue::IssueError>| {
        outcome
            .map(|_: renketsu_authority::issue::Answered| ())
            .unwrap_err()
            .code()
    };
    assert_eq!(
        code(parties.issue(&directory, "answer.rkp")),
        "seal.open.not_package"
    );
    assert_eq!(
        code(parties.issue(&directory.join("absent"), "answer.rkp")),
        "seal.open.io"
    );
}

#[test]
fn two_persons_of_one_first_number_are_never_linked() {
    let registry = "\
person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to
X,ヤマダ タロウ,19300102,1,06132013,12-34,0007,00,20000401,20051231
B,スズキ ハナコ,19870304,2,06132013,12-34,0007,00,20100401,
C,サトウ,19870304,2,06132013,12-34,0008,00,20100401,
";
    let mut parties = Parties::new();
    parties.open_accepted();
    let error = parties.register(registry, Acceptance::Refuse).unwrap_err();
    assert_eq!(error.code(), "authority.registry.refused");
    let registered = parties.register(registry, Acceptance::Accept).unwrap();
    assert_eq!(registered.persons_without_first_number, 2);
    let accepted = parties.store.registry_version().unwrap().unwrap().accepted;
    assert_eq!(accepted["counts"]["first_number_shared"], 1);
    assert_eq!(accepted["questions_accepted"], true);
    let asked = |number, service| ["06132013", "12-34", number, "00", "", "", "", service];
    let request = parties.request(
        "request.rkp",
        &[
            (1, asked("0007", "200301")),
            (2, asked("0007", "202305")),
            (3, asked("0008", "202305")),
        ],
    );
    parties.issue(&request, "answer.rkp").unwrap();
    let (_, rows) = parties.answers("answer.rkp");
    let ids: Vec<_> = rows
        .iter()
        .map(|row| (row.status.as_str(), row.number_id.is_some()))
        .collect();
    assert_eq!(
        ids,
        [("number", false), ("number", false), ("number", true)]
    );
    assert!(rows.iter().all(|row| row.kana_id.is_some()));
    assert_ne!(rows[0].kana_id, rows[1].kana_id);
    let input = parties.file("ndb.csv", "person,cost\nX,1\nB,2\nC,3\n");
    let persons = renketsu_authority::stamp::Persons::Key {
        column: "person".to_owned(),
        service: None,
        options: renketsu_table::delimited::Options::default(),
    };
    let order = parties.stamp_order(&input, persons, "ndb.rkp");
    assert_eq!(parties.stamp(&order).unwrap().rows_with_number_id, 1);
}

#[test]
fn without_a_registry_nothing_is_answered() {
    let mut parties = Parties::new();
    parties.open_accepted();
    let request = parties.request("request.rkp", &ROWS);
    let error = parties.issue(&request, "answer.rkp").unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.registry.not_loaded", 2)
    );
    parties.register(REGISTRY, Acceptance::Refuse).unwrap();
    parties.issue(&request, "answer.rkp").unwrap();
}

/// Issues a request of this table, and tells the code of the refusal.
fn refused_table(parties: &mut Parties, table: &str, batch: &RecordBatch) -> &'static str {
    let request = parties.request_of(
        "table.rkp",
        &parties.producer,
        Parties::request_header(),
        table,
        batch,
    );
    let error = parties.issue(&request, "refused.rkp").unwrap_err();
    std::fs::remove_file(request).unwrap();
    assert!(!parties.path("refused.rkp").exists());
    error.code()
}

#[test]
fn a_table_that_is_none_of_a_request_is_refused() {
    let mut parties = Parties::ready(REGISTRY);
    let batch = asked_batch(&ROWS);
    assert_eq!(
        refused_table(&mut parties, "answers", &batch),
        "authority.issue.tables"
    );
    let without = |place: usize| {
        let places: Vec<usize> = (0..batch.num_columns())
            .filter(|other| *other != place)
            .collect();
        batch.project(&places).unwrap()
    };
    for place in 0..batch.num_columns() {
        assert_eq!(
            refused_table(&mut parties, "identifiers", &without(place)),
            "authority.issue.column",
            "{place}"
        );
    }
    let mut fields = asked_schema();
    fields.push(Field::new("memo", DataType::Utf8, false));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(StringArray::from_iter_values(
        ROWS.iter().map(|_| ""),
    )));
    let wide = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    assert_eq!(
        refused_table(&mut parties, "identifiers", &wide),
        "authority.issue.columns"
    );
    let mut fields = asked_schema();
    fields[4] = Field::new(COLUMNS[3], DataType::Utf8, true);
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    columns[4] = Arc::new(StringArray::from(vec![None::<&str>; ROWS.len()]));
    let null = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    assert_eq!(
        refused_table(&mut parties, "identifiers", &null),
        "authority.issue.null"
    );
    let mut fields = asked_schema();
    fields[0] = ids::field_of(ids::ROW_REF, 32);
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    columns[0] = ids::array::<32>(ROWS.iter().map(|(reference, _)| Some([*reference; 32])));
    let long = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    assert_eq!(
        refused_table(&mut parties, "identifiers", &long),
        "authority.issue.column"
    );
}

#[test]
fn references_stand_once_and_in_order() {
    let mut parties = Parties::ready(REGISTRY);
    let twice = asked_batch(&[ROWS[0], ROWS[1], (2, ROWS[2].1)]);
    assert_eq!(
        refused_table(&mut parties, "identifiers", &twice),
        "authority.issue.reference_twice"
    );
    let turned = asked_batch(&[ROWS[1], ROWS[0]]);
    assert_eq!(
        refused_table(&mut parties, "identifiers", &turned),
        "authority.issue.reference_order"
    );
    let empty = asked_batch(&[]);
    let request = parties.request_of(
        "empty.rkp",
        &parties.producer,
        Parties::request_header(),
        "identifiers",
        &empty,
    );
    let error = parties.issue(&request, "answer.rkp").unwrap_err();
    assert_eq!(error.code(), "authority.control.few");
}

#[test]
fn the_secrets_of_a_provision_must_be_those_it_was_opened_with() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let salt = parties
        .authority
        .path()
        .join("secrets/issuer")
        .join(format!("salt-{PROVISION}"));
    renketsu_seal::safe::destroy(&salt).unwrap();
    assert_eq!(
        parties.issue(&request, "answer.rkp").unwrap_err().code(),
        "seal.safe.missing"
    );
    let mut other = renketsu_seal::safe::create(&salt, &parties.authority.keys).unwrap();
    std::io::Write::write_all(&mut other, &[7; 32]).unwrap();
    other.commit().unwrap();
    let error = parties.issue(&request, "answer.rkp").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("authority.issue.kcv", 1));
    assert!(!parties.path("answer.rkp").exists());
}
