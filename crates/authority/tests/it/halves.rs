//! An extract stamped by two custodians: what each gets, what is refused, and that the halves make the stamp of one authority.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use arrow::array::{Array as _, Int64Array, RecordBatch};
use renketsu_authority::custody::halves;
use renketsu_authority::stamp::{Order, Persons};
use renketsu_seal::package::{Counts, Draft, Header, PackageKind, Sealed};
use renketsu_table::delimited::Options;
use renketsu_table::ids as columns;
use renketsu_testkit::{Party, now};

use crate::issue::REGISTRY;
use crate::parties::{batches, opened};
use crate::two::Two;

/// IDs, `kana_unique`, cost.
type Row = (Option<[u8; 32]>, Option<[u8; 32]>, Option<bool>, i64);

/// Rows of persons of the registry, and of one who is not in it, in no order.
fn extract(two: &Two, rows: u32) -> Order {
    let persons: Vec<&str> = REGISTRY
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .chain(["nobody"])
        .collect();
    let mut text = "person,month,cost\n".to_owned();
    for row in 0..rows {
        let chance = row.wrapping_mul(2_654_435_761) >> 7;
        let person = persons[chance as usize % persons.len()];
        writeln!(text, "{person},202305,{row}").unwrap();
    }
    let input = two.parties.file("ndb.csv", &text);
    let persons = Persons::Key {
        column: "person".to_owned(),
        service: Some("month".to_owned()),
        options: Options::default(),
    };
    two.parties.stamp_order(&input, persons, "ndb.rkp")
}

fn cost(batch: &RecordBatch) -> Int64Array {
    let cost = batch.column_by_name("cost").unwrap();
    cost.as_any().downcast_ref::<Int64Array>().unwrap().clone()
}

fn tokens(two: &Two, name: &str, reader: &Party, table: &str) -> Vec<[u8; 16]> {
    let opened = opened(&two.parties.path(name), reader);
    let batches = batches(&opened, table);
    let of = |batch: &RecordBatch| {
        let tokens = columns::fixed(batch, columns::TOKEN, 16).unwrap();
        (0..tokens.len())
            .map(|row| columns::value(tokens, row).unwrap())
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(of).collect()
}

fn names(two: &Two, name: &str, reader: &Party, table: &str) -> Vec<String> {
    let opened = opened(&two.parties.path(name), reader);
    let schema = batches(&opened, table)[0].schema();
    schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect()
}

fn rows(numbers: &RecordBatch, data: &RecordBatch) -> Vec<Row> {
    let number = columns::fixed(numbers, columns::NUMBER_ID, 32).unwrap();
    let kana = columns::fixed(numbers, columns::KANA_ID, 32).unwrap();
    let unique = columns::boolean(data, columns::KANA_UNIQUE).unwrap();
    let cost = cost(data);
    (0..data.num_rows())
        .map(|row| {
            (
                columns::value(number, row),
                columns::value(kana, row),
                unique.is_valid(row).then(|| unique.value(row)),
                cost.value(row),
            )
        })
        .collect()
}

#[test]
fn both_halves_together_are_the_stamp_of_one_authority() {
    let mut two = Two::ready(REGISTRY);
    let order = extract(&two, 3_000);
    let halved = two.halve(&order, "n").unwrap();
    let issued = two.stamps("n").unwrap();
    assert_eq!(
        (halved.rows, issued.rows, issued.kind),
        (3_000, 3_000, "stamps")
    );
    let user = &two.parties.recipient;
    let left = batches(&opened(&two.parties.path("n.columns.rkp"), user), "ndb");
    let right = batches(&opened(&two.parties.path("n.stamps.rkp"), user), "stamps");
    let mut joined: Vec<Row> = right
        .iter()
        .zip(&left)
        .flat_map(|(ids, data)| rows(ids, data))
        .collect();
    let mut one = two.as_one(REGISTRY);
    let stamped = one.stamp(&order).unwrap();
    let whole = batches(&opened(&order.out, &one.recipient), "ndb");
    let mut whole: Vec<Row> = whole.iter().flat_map(|batch| rows(batch, batch)).collect();
    joined.sort();
    whole.sort();
    assert_eq!(joined, whole);
    assert!(whole.iter().any(|row| row.0.is_some()) && whole.iter().any(|row| row.1.is_none()));
    assert_eq!(stamped.by_outcome, halved.by_outcome);
    assert_eq!(stamped.dropped, halved.dropped);
    let package = opened(&two.parties.path("n.stamps.rkp"), user);
    let table = &package.tables()[0];
    assert_eq!(
        (table.distinct_number_ids, table.distinct_kana_ids),
        (
            Some(stamped.distinct_number_ids),
            Some(stamped.distinct_kana_ids)
        )
    );
}

#[test]
fn the_issuer_gets_no_column_and_no_order_tells_a_row() {
    let mut two = Two::ready(REGISTRY);
    let order = extract(&two, 3_000);
    // A budget that the rows don't fit into.
    let order = Order {
        memory: 1 << 16,
        ..order
    };
    let halved = two.halve(&order, "n").unwrap();
    two.stamps("n").unwrap();
    let (user, issuer) = (&two.parties.recipient, &two.issuer);
    assert_eq!(
        names(&two, "n.columns.rkp", user, "ndb"),
        ["token", "kana_unique", "month", "cost"]
    );
    assert_eq!(
        names(&two, "n.subjects.rkp", issuer, "subjects"),
        ["token", "number_subject", "kana_subject"]
    );
    assert_eq!(
        names(&two, "n.stamps.rkp", user, "stamps"),
        ["token", "number_id", "kana_id"]
    );
    let left = tokens(&two, "n.columns.rkp", user, "ndb");
    assert_eq!(left, tokens(&two, "n.subjects.rkp", issuer, "subjects"));
    assert_eq!(left, tokens(&two, "n.stamps.rkp", user, "stamps"));
    assert!(left.is_sorted() && left.len() == 3_000);
    let data = batches(&opened(&two.parties.path("n.columns.rkp"), user), "ndb");
    let costs: Vec<i64> = data
        .iter()
        .flat_map(|batch| cost(batch).values().to_vec())
        .collect();
    assert!(!costs.is_sorted());
    // A second stamp of the same extract has other tokens.
    two.halve(&order, "m").unwrap();
    let again = tokens(&two, "m.columns.rkp", &two.parties.recipient, "ndb");
    assert!(left.iter().all(|token| again.binary_search(token).is_err()));
    // All three say the same of the extract.
    let columns = opened(&two.parties.path("n.columns.rkp"), &two.parties.recipient);
    for (name, reader, kind) in [
        ("n.subjects.rkp", &two.issuer, PackageKind::Subjects),
        ("n.stamps.rkp", &two.parties.recipient, PackageKind::Stamps),
    ] {
        let package = opened(&two.parties.path(name), reader);
        let (one, other) = (package.header(), columns.header());
        assert_eq!((one.kind, other.kind), (kind, PackageKind::Columns));
        assert_eq!(one.in_reply_to, Some(columns.package_id()));
        let custody = one.custody.clone().unwrap();
        assert_eq!(custody.sha256.as_ref(), Some(&halved.columns.sha256));
        assert_eq!(custody.registry, halved.registry);
        assert_eq!(
            (&one.approval, &one.databases, &one.purpose, one.kcv),
            (&other.approval, &other.databases, &other.purpose, other.kcv)
        );
        assert_eq!(one.approval.as_deref(), Some("承諾-12"));
    }
    for (name, readers) in [
        ("n.columns.rkp", [&two.issuer, &two.parties.producer]),
        (
            "n.subjects.rkp",
            [&two.parties.recipient, &two.parties.producer],
        ),
        (
            "n.stamps.rkp",
            [&two.parties.authority, &two.parties.producer],
        ),
    ] {
        for reader in readers {
            let outcome = Sealed::open(&two.parties.path(name)).unwrap().authenticate(
                &reader.keys,
                &reader.trust(),
                now(),
            );
            assert_eq!(outcome.unwrap_err().code(), "seal.open.recipient", "{name}");
        }
    }
}

#[test]
fn each_side_records_its_half() {
    let mut two = Two::ready(REGISTRY);
    let order = extract(&two, 10);
    let halved = two.halve(&order, "n").unwrap();
    let issued = two.stamps("n").unwrap();
    let events = two.parties.store.events().unwrap();
    let event = &events.last().unwrap().event;
    assert_eq!(event.action, "provision.stamp_resolved");
    let said = |name: &str| event.details.get(name).unwrap().clone();
    assert_eq!(said("columns"), halved.columns.package);
    assert_eq!(said("subjects_sha256"), halved.subjects.sha256);
    assert_eq!(said("approval"), "承諾-12");
    let events = two.issuer_store.events().unwrap();
    let event = &events.last().unwrap().event;
    assert_eq!(event.action, "provision.stamps_issued");
    assert_eq!(event.details.get("rows").unwrap(), 10);
    assert_eq!(event.details.get("database").unwrap(), "ndb");
    assert_eq!(
        event.details.get("ids").unwrap().as_str(),
        Some(issued.ids.package.as_str())
    );
    // Subjects are answered once.
    std::fs::remove_file(two.parties.path("n.stamps.rkp")).unwrap();
    assert_eq!(
        two.stamps("n").unwrap_err().code(),
        "authority.custody.replayed"
    );
}

#[test]
fn a_stamp_that_does_not_fit_leaves_nothing() {
    let mut two = Two::ready(REGISTRY);
    let order = extract(&two, 10);
    // In one step it needs both keys, in two it needs two directories.
    let error = two.parties.stamp(&order).unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.stamp.custodians", 1)
    );
    let mut one = two.as_one(REGISTRY);
    let whole = halves::Order {
        extract: order.clone(),
        to_issuer: one.path("s.rkp"),
    };
    let outcome =
        one.at_work(|authority, store| halves::stamp(authority, store, &whole, &mut |_| ()));
    assert_eq!(outcome.unwrap_err().code(), "authority.custody.whole");
    let same = halves::Order {
        extract: order.clone(),
        to_issuer: order.out.clone(),
    };
    let outcome = two
        .parties
        .at_work(|authority, store| halves::stamp(authority, store, &same, &mut |_| ()));
    assert_eq!(outcome.unwrap_err().code(), "authority.custody.one_file");
    let cases = [
        (
            Order {
                database: "kaigo".to_owned(),
                ..order.clone()
            },
            "authority.stamp.database",
        ),
        (
            Order {
                approval: String::new(),
                ..order.clone()
            },
            "authority.stamp.approval",
        ),
        (
            Order {
                table: "NDB".to_owned(),
                ..order.clone()
            },
            "seal.write.table_name",
        ),
        (
            Order {
                input: two.parties.file("name.csv", "person,氏名\nR1,山田太郎\n"),
                persons: Persons::Key {
                    column: "person".to_owned(),
                    service: None,
                    options: Options::default(),
                },
                ..order.clone()
            },
            "authority.stamp.identifying",
        ),
    ];
    let before = two.parties.actions();
    for (order, code) in cases {
        assert_eq!(two.halve(&order, "n").unwrap_err().code(), code);
    }
    assert_eq!(two.parties.actions(), before);
    for name in ["n.columns.rkp", "n.subjects.rkp", "ndb.rkp", "s.rkp"] {
        assert!(!two.parties.path(name).exists(), "{name}");
    }
}

/// The same tables under another header, sealed by the resolver.
fn resealed(two: &Two, name: &str, out: &str, change: impl Fn(&mut Header)) {
    let package = opened(&two.parties.path(name), &two.issuer);
    let mut draft = Draft::new(two.parties.files.path());
    for table in package.tables() {
        let mut bytes = Vec::new();
        let mut reader = package.table(&table.name).unwrap();
        reader.read_to_end(&mut bytes).unwrap();
        let mut writer = draft.table(&table.name, table.schema.clone()).unwrap();
        writer.write_all(&bytes).unwrap();
        let counts = Counts {
            rows: table.rows,
            ..Counts::default()
        };
        writer.finish(counts).unwrap();
    }
    let mut header = package.header().clone();
    change(&mut header);
    draft
        .sign(
            header,
            renketsu_testkit::given(&two.parties.authority.keys),
            &two.parties.authority.keys,
            &two.issuer.card,
        )
        .unwrap()
        .seal(&two.parties.path(out))
        .unwrap();
}

/// The field that is refused after this change.
type Case<'a> = (&'static str, &'a dyn Fn(&mut Header));

#[test]
fn the_issuer_holds_what_it_gets_against_its_own_provision() {
    let mut two = Two::ready(REGISTRY);
    let order = extract(&two, 10);
    two.halve(&order, "n").unwrap();
    let other = two.parties.producer.card.fingerprint();
    let cases: [Case<'_>; 6] = [
        ("custody", &|header| {
            header.custody.as_mut().unwrap().issuer = other;
        }),
        ("custody", &|header| {
            header.custody.as_mut().unwrap().resolver = other;
        }),
        ("approval", &|header| header.approval = None),
        ("databases", &|header| {
            header.databases = vec!["kaigo".to_owned()];
        }),
        ("study", &|header| header.study = None),
        ("recipient_ground", &|header| header.recipient_ground = None),
    ];
    for (case, (field, change)) in cases.into_iter().enumerate() {
        let name = format!("{case}.rkp");
        resealed(&two, "n.subjects.rkp", &name, change);
        let error = two.issue_of(&name, "out.rkp").unwrap_err();
        assert_eq!(error.code(), "authority.custody.differs");
        assert_eq!(error.details()[1], ("field", field.to_owned()));
    }
    assert!(!two.parties.path("out.rkp").exists());
    // Untouched it is taken.
    resealed(&two, "n.subjects.rkp", "same.rkp", |_| ());
    two.issue_of("same.rkp", "out.rkp").unwrap();
}
