//! Extracts of public databases stamped, and extracts refused.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{Array as _, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_authority::provision;
use renketsu_authority::registry::Acceptance;
use renketsu_authority::stamp::{Persons, StampError};
use renketsu_seal::Role;
use renketsu_seal::package::PackageKind;
use renketsu_table::columns::ColumnMap;
use renketsu_table::delimited::Options;
use renketsu_table::ids;
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_testkit::Party;

use crate::parties::{PROVISION, Parties, batches, opened, send_another};

pub(crate) const REGISTRY: &str = "\
person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to
R1,ヤマダ タロウ,19850102,1,06132013,12-34,0007,00,20200401,
R2,ヤマダ ハナコ,19870304,2,06132013,12-34,0007,01,20200401,20210331
R2,スズキ ハナコ,19870304,2,06132013,12-34,0007,01,20210401,
R3,サトウ,19300101,1,,,,,,
";

const EXTRACT: &str = "\
person,month,disease,cost
R3,202305,I10,100
R1,202305,E11,200
R9,202305,I10,300
R2,202012,I10,400
R2,202305,E11,500
R1,202306,E11,600
";

pub(crate) fn by_key() -> Persons {
    Persons::Key {
        column: "person".to_owned(),
        service: Some("month".to_owned()),
        options: Options::default(),
    }
}

/// A row of a stamped table: IDs, `kana_unique`, cost.
pub(crate) type StampedRow = (Option<[u8; 32]>, Option<[u8; 32]>, Option<bool>, i64);

pub(crate) fn stamped_rows(parties: &Parties, out: &str) -> Vec<StampedRow> {
    let opened = opened(&parties.path(out), &parties.recipient);
    let mut rows = Vec::new();
    for batch in batches(&opened, "ndb") {
        let (number, kana) = (
            ids::fixed(&batch, ids::NUMBER_ID, 32).unwrap(),
            ids::fixed(&batch, ids::KANA_ID, 32).unwrap(),
        );
        let unique = ids::boolean(&batch, ids::KANA_UNIQUE).unwrap();
        let cost = batch
            .column_by_name("cost")
            .unwrap()
            .as_any()
            .downcast_ref::<Int64Array>()
            .unwrap();
        for row in 0..batch.num_rows() {
            let unique = unique.is_valid(row).then(|| unique.value(row));
            rows.push((
                ids::value(number, row),
                ids::value(kana, row),
                unique,
                cost.value(row),
            ));
        }
    }
    rows
}

#[test]
fn an_extract_by_key_gets_the_ids_of_its_persons_in_front_and_loses_the_key() {
    let mut parties = Parties::ready(REGISTRY);
    let input = parties.file("ndb.csv", EXTRACT);
    let stamped = parties
        .stamp(&parties.stamp_order(&input, by_key(), "ndb.rkp"))
        .unwrap();
    let outcomes: Vec<_> = stamped
        .by_outcome
        .iter()
        .map(|(outcome, count)| (*outcome, *count))
        .collect();
    assert_eq!(outcomes, [("registered", 5), ("unknown_person", 1)]);
    assert_eq!(
        (
            stamped.rows,
            stamped.rows_with_number_id,
            stamped.rows_with_kana_id
        ),
        (6, 4, 5)
    );
    assert_eq!(
        (stamped.distinct_number_ids, stamped.distinct_kana_ids),
        (2, 4)
    );
    assert_eq!(stamped.dropped, ["person"]);
    let package = opened(&parties.path("ndb.rkp"), &parties.recipient);
    let header = package.header();
    assert_eq!(header.kind, PackageKind::Extract);
    assert_eq!(
        (header.databases.as_slice(), header.approval.as_deref()),
        (["ndb".to_owned()].as_slice(), Some("承諾-12"))
    );
    assert_eq!(header.kcv, Some(stamped.kcv));
    let names: Vec<String> = batches(&package, "ndb")[0]
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(
        names,
        [
            "number_id",
            "kana_id",
            "kana_unique",
            "month",
            "disease",
            "cost"
        ]
    );
    let rows = stamped_rows(&parties, "ndb.rkp");
    let key = |row: &StampedRow| (row.0.is_none(), row.0, row.1.is_none(), row.1);
    assert!(rows.is_sorted_by_key(key));
    let row = |cost| rows.iter().find(|row| row.3 == cost).unwrap();
    assert_eq!(
        row(300),
        &(None, None, None, 300),
        "an unknown key has no ID"
    );
    assert!(
        row(100).0.is_none() && row(100).1.is_some(),
        "no number, but a kana"
    );
    assert_eq!(row(400).0, row(500).0);
    assert_ne!(
        row(400).1,
        row(500).1,
        "the kana is that of the service month"
    );
    assert_eq!(parties.actions().last().unwrap(), "provision.stamped");
}

#[test]
fn an_answer_and_a_stamp_by_key_or_by_identifiers_give_equal_ids() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request(
        "request.rkp",
        &[
            (1, ["06132013", "12-34", "0007", "00", "", "", "", "202305"]),
            (2, ["06132013", "12-34", "0007", "01", "", "", "", "202012"]),
            (3, ["06132013", "12-34", "0007", "01", "", "", "", "202305"]),
            (4, ["", "", "", "", "サトウ", "19300101", "1", ""]),
        ],
    );
    parties.issue(&request, "answer.rkp").unwrap();
    let (header, answers) = parties.answers("answer.rkp");
    let by_key = {
        let input = parties.file("ndb.csv", EXTRACT);
        let stamped = parties
            .stamp(&parties.stamp_order(&input, by_key(), "ndb.rkp"))
            .unwrap();
        assert_eq!(header.kcv, Some(stamped.kcv));
        stamped_rows(&parties, "ndb.rkp")
    };
    let raw = "\
記号,番号,枝番,保険者番号,氏名カナ,誕生,sex,month,cost
１２－３４,０００７,0,133066,,,1,202305,200
12-34,0007,1,06132013,,,2,202012,400
12-34,7,,06132013,,S62.3.4,2,202305,500
,,,,ｻﾄｳ,1930/1/1,男,202305,100
"
    .replace("133066", "06132013");
    let input = parties.file("raw.csv", &raw);
    let map = ColumnMap::parse(
        "map.toml",
        "[columns]\ninsurer = \"保険者番号\"\nsymbol = \"記号\"\nnumber = \"番号\"\nbranch = \"枝番\"\nkana = \"氏名カナ\"\nbirth_date = \"誕生\"\nsex = \"sex\"\nservice_date = \"month\"\n",
    )
    .unwrap();
    let stamped = parties
        .stamp(&parties.stamp_order(&input, Persons::Identifiers(map), "raw.rkp"))
        .unwrap();
    let outcomes: Vec<_> = stamped
        .by_outcome
        .iter()
        .map(|(outcome, count)| (*outcome, *count))
        .collect();
    assert_eq!(outcomes, [("kana", 1), ("number", 2), ("number_loose", 1)]);
    assert_eq!(
        stamped.dropped,
        ["記号", "番号", "枝番", "保険者番号", "氏名カナ", "誕生"]
    );
    let by_identifiers = stamped_rows(&parties, "raw.rkp");
    for (answer, cost) in answers.iter().zip([200, 400, 500, 100]) {
        let expected = (answer.number_id, answer.kana_id, answer.kana_unique, cost);
        assert!(
            by_key.contains(&expected) && by_identifiers.contains(&expected),
            "{cost}"
        );
    }
}

#[test]
fn an_unreadable_service_month_takes_the_latest_kana_and_is_counted() {
    let mut parties = Parties::ready(REGISTRY);
    let input = parties.file("ndb.csv", "person,month,cost\nR2,202313,1\nR2,,2\n");
    let stamped = parties
        .stamp(&parties.stamp_order(&input, by_key(), "ndb.rkp"))
        .unwrap();
    assert_eq!(
        stamped.by_outcome.into_iter().collect::<Vec<_>>(),
        [("registered", 1), ("service_rejected", 1)]
    );
    let rows = stamped_rows(&parties, "ndb.rkp");
    assert_eq!((rows[0].0, rows[0].1), (rows[1].0, rows[1].1));
}

#[test]
fn a_parquet_extract_is_stamped_too() {
    let mut parties = Parties::ready(REGISTRY);
    let fields = vec![
        Field::new("person", DataType::Utf8, false),
        Field::new("cost", DataType::Int64, true),
    ];
    let schema = Schema::new(fields);
    let batch = RecordBatch::try_new(
        Arc::new(schema.clone()),
        vec![
            Arc::new(StringArray::from(vec!["R1", "R2"])),
            Arc::new(Int64Array::from(vec![1, 2])),
        ],
    )
    .unwrap();
    let input = parties.path("ndb.parquet");
    let mut sink = ParquetSink::create(
        std::fs::File::create(&input).unwrap(),
        &schema,
        &Sorting::none(),
    )
    .unwrap();
    sink.write(&batch).unwrap();
    sink.finish().unwrap();
    let persons = Persons::Key {
        column: "person".to_owned(),
        service: None,
        options: Options::default(),
    };
    let stamped = parties
        .stamp(&parties.stamp_order(&input, persons, "ndb.rkp"))
        .unwrap();
    assert_eq!((stamped.rows, stamped.rows_with_number_id), (2, 2));
    assert_eq!(stamped_rows(&parties, "ndb.rkp").len(), 2);
}

#[test]
fn columns_that_look_identifying_are_refused_by_name_and_reason_unless_dropped() {
    let mut parties = Parties::ready(REGISTRY);
    let input = parties.file(
        "ndb.csv",
        "person,month,氏名,tel,cost\nR1,202305,山田太郎,090-1234-5678,1\nR2,202305,山田花子,03-1234-5678,2\nR3,202305,佐藤一,045-123-4567,3\n",
    );
    let order = parties.stamp_order(&input, by_key(), "ndb.rkp");
    let error = parties.stamp(&order).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.stamp.identifying", 1)
    );
    let StampError::Identifying { columns, .. } = &error else {
        panic!("{error}")
    };
    let refused: Vec<_> = columns
        .iter()
        .map(|refused| (refused.column.as_str(), refused.finding.reason.name()))
        .collect();
    assert_eq!(refused, [("氏名", "name"), ("tel", "phone")]);
    assert_eq!(error.details()[1].1, "氏名 (name), tel (phone)");
    assert!(!parties.path("ndb.rkp").exists());
    let dropping = renketsu_authority::stamp::Order {
        drop: vec!["氏名".to_owned(), "tel".to_owned()],
        ..order
    };
    assert_eq!(
        parties.stamp(&dropping).unwrap().dropped,
        ["person", "氏名", "tel"]
    );
}

#[test]
fn every_value_of_a_column_is_judged() {
    let mut parties = Parties::ready(REGISTRY);
    for rows in [2_400_u32, 20_000] {
        let mut text = "person,month,memo,note,cost\n".to_owned();
        for row in 0..rows {
            let last = row + 1_000 >= rows;
            let memo = if last {
                format!("090-1234-{:04}", row % 10_000)
            } else {
                "良好".to_owned()
            };
            let note = if row == rows / 2 + 1 {
                "a@example.jp"
            } else {
                "なし"
            };
            writeln!(text, "R1,202305,{memo},{note},{row}").unwrap();
        }
        let input = parties.file("ndb.csv", &text);
        let order = parties.stamp_order(&input, by_key(), "ndb.rkp");
        let error = parties.stamp(&order).unwrap_err();
        assert_eq!(error.details()[1].1, "memo (phone), note (email)", "{rows}");
        assert!(!parties.path("ndb.rkp").exists());
    }
}

#[test]
fn a_column_with_two_kinds_of_identifiers_is_told_with_both() {
    let mut parties = Parties::ready(REGISTRY);
    let mut text = "person,month,memo,cost\n".to_owned();
    for row in 0..3_000 {
        let memo = match row / 1_000 {
            0 => format!("090-1234-{row:04}"),
            1 => format!("p{row}@example.jp"),
            _ => String::new(),
        };
        writeln!(text, "R1,202305,{memo},{row}").unwrap();
    }
    let input = parties.file("ndb.csv", &text);
    let order = parties.stamp_order(&input, by_key(), "ndb.rkp");
    let error = parties.stamp(&order).unwrap_err();
    assert_eq!(error.details()[1].1, "memo (phone), memo (email)");
}

#[test]
fn what_another_command_did_meanwhile_is_seen_before_the_extract_is_recorded() {
    let mut parties = Parties::ready(REGISTRY);
    let input = parties.file("ndb.csv", EXTRACT);
    let order = parties.stamp_order(&input, by_key(), "ndb.rkp");
    let recipient = Party::new(Role::Workspace, "x");
    let recipient = std::mem::replace(&mut parties.recipient, recipient);
    let outcome = parties.stamp_while(&order, |_, store| {
        send_another(store, "extract", &recipient);
    });
    parties.recipient = recipient;
    outcome.unwrap();
    let package = opened(&parties.path("ndb.rkp"), &parties.recipient);
    assert_eq!(package.header().sequence, 2);

    let order = parties.stamp_order(&input, by_key(), "again.rkp");
    let error = parties
        .stamp_while(&order, |authority, store| {
            provision::close(authority, store, PROVISION).unwrap();
        })
        .unwrap_err();
    assert_eq!(error.code(), "authority.provision.closed");
    assert!(!parties.path("again.rkp").exists());
    assert_eq!(parties.actions().last().unwrap(), "provision.closed");
}

#[test]
fn a_recipient_no_longer_trusted_gets_no_extract() {
    let mut parties = Parties::ready(REGISTRY);
    let input = parties.file("ndb.csv", EXTRACT);
    let order = parties.stamp_order(&input, by_key(), "ndb.rkp");
    let trust = parties.trust_without(&parties.recipient);
    let error = parties
        .trusting(&trust, |authority, store| {
            renketsu_authority::stamp::stamp(authority, store, &order, &mut |_| ())
        })
        .unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.stamp.untrusted", 1)
    );
    assert!(!parties.path("ndb.rkp").exists());
}

#[test]
fn an_order_that_does_not_fit_is_refused_and_leaves_nothing() {
    let mut parties = Parties::ready(REGISTRY);
    let before = parties.actions();
    let input = parties.file("ndb.csv", EXTRACT);
    let reserved = parties.file("reserved.csv", "person,month,kana_id\nR1,202305,9\n");
    let empty = parties.file("empty.csv", "");
    let taken = parties.file("taken.rkp", "mine");
    let base = parties.stamp_order(&input, by_key(), "ndb.rkp");
    let order = |change: &dyn Fn(&mut renketsu_authority::stamp::Order)| {
        let mut order = base.clone();
        change(&mut order);
        order
    };
    let key = |column: &str, service: &str| Persons::Key {
        column: column.to_owned(),
        service: Some(service.to_owned()),
        options: Options::default(),
    };
    let cases = [
        (
            order(&|order| order.provision = "P-9".to_owned()),
            "authority.provision.unknown",
        ),
        (
            order(&|order| order.database = "kaigo".to_owned()),
            "authority.stamp.database",
        ),
        (
            order(&|order| order.database = "pseudonymized".to_owned()),
            "authority.stamp.database",
        ),
        (
            order(&|order| order.approval = " ".to_owned()),
            "authority.stamp.approval",
        ),
        (
            order(&|order| order.persons = key("patient", "month")),
            "authority.stamp.column",
        ),
        (
            order(&|order| order.persons = key("person", "day")),
            "authority.stamp.column",
        ),
        (
            order(&|order| order.drop = vec!["memo".to_owned()]),
            "authority.stamp.column",
        ),
        (
            order(&|order| order.input.clone_from(&reserved)),
            "authority.stamp.reserved",
        ),
        (
            order(&|order| order.input.clone_from(&empty)),
            "table.delimited.empty",
        ),
        (
            order(&|order| order.input = "/nowhere.csv".into()),
            "table.delimited.missing",
        ),
        (
            order(&|order| order.input = "/nowhere.parquet".into()),
            "table.delimited.missing",
        ),
        (
            order(&|order| order.table = "NDB".to_owned()),
            "seal.write.table_name",
        ),
        (
            order(&|order| order.out.clone_from(&taken)),
            "seal.write.exists",
        ),
        (
            order(&|order| order.expires = jiff::Timestamp::UNIX_EPOCH),
            "seal.write.field",
        ),
    ];
    for (order, code) in cases {
        assert_eq!(parties.stamp(&order).unwrap_err().code(), code);
        assert!(!parties.path("ndb.rkp").exists());
    }
    assert_eq!(std::fs::read_to_string(taken).unwrap(), "mine");
    assert_eq!(parties.actions(), before);
    parties
        .at_work(|authority, store| provision::close(authority, store, PROVISION))
        .unwrap();
    assert_eq!(
        parties.stamp(&base).unwrap_err().code(),
        "authority.provision.closed"
    );
}

#[test]
fn without_a_registry_nothing_is_stamped() {
    let mut parties = Parties::new();
    parties.open(&parties.opening(PROVISION)).unwrap();
    let input = parties.file("ndb.csv", EXTRACT);
    let order = parties.stamp_order(&input, by_key(), "ndb.rkp");
    assert_eq!(
        parties.stamp(&order).unwrap_err().code(),
        "authority.registry.not_loaded"
    );
    parties.register(REGISTRY, Acceptance::Refuse).unwrap();
    parties.stamp(&order).unwrap();
}
