use std::path::PathBuf;

use renketsu_producer::deliver::DeliverError;
use renketsu_seal::package::{Expected, PackageKind, Sealed};
use renketsu_seal::{Role, Trust};
use renketsu_table::parquet::ParquetSource;
use renketsu_table::schema;
use renketsu_testkit::{Party, introduce, now, today};

use crate::world::{
    Choice, HEAD, KCV, PROVISION, Said, World, claim, id_bytes, kana, number, public_claim,
};

/// A world in which two tables wait for delivery.
fn attached() -> World {
    let mut world = World::new();
    let text = [
        HEAD.to_owned(),
        claim(1, "202110", "カキクケコ", "19910125", "７", "11"),
        public_claim(3, "202110", "ミヤコ", "20000101", "12"),
    ];
    let sources = [world.claims("a.UKE", &text.concat())];
    let request = world.request(&sources, "request.rkp").unwrap();
    let say = |texts: &[String]| match texts[4].as_str() {
        "カキクケコ" => number(1, 101),
        "ミヤコ" => kana(102, false),
        _ => Said::default(),
    };
    let answer = world.answer(&request, "answer.rkp", say);
    let one = world.file("one.csv", "patient,v\n11,1\n12,2\n11,3\n99,4\n");
    let two = world.file("two.csv", "patient,w\n12,a\n");
    world
        .attach(&answer, &[("one", &one), ("two", &two)])
        .unwrap();
    world
}

#[test]
fn the_recipient_opens_the_tables_and_what_is_said_of_them() {
    let mut world = attached();
    let report = world.deliver("d.rkp").unwrap();
    let counts: Vec<_> = report
        .tables
        .iter()
        .map(|table| {
            (
                table.name.as_str(),
                table.rows,
                table.distinct_number_ids,
                table.distinct_kana_ids,
            )
        })
        .collect();
    assert_eq!(counts, [("one", 4, 1, 2), ("two", 1, 0, 1)]);
    let sealed = Sealed::open(&report.file).unwrap();
    let opened = sealed
        .authenticate(&world.workspace.keys, &world.workspace.trust(), now())
        .unwrap()
        .verify()
        .unwrap();
    let expected = Expected {
        kind: PackageKind::Delivery,
        provision: PROVISION.to_owned(),
        kcv: Some(KCV),
    };
    opened.expect(&expected).unwrap();
    let header = opened.header();
    assert_eq!(
        (header.study.as_deref(), header.contract.as_deref()),
        (Some("S-1"), Some("C-1"))
    );
    assert_eq!(
        (header.places.as_slice(), header.sequence),
        (&["研究室".to_owned()][..], 1)
    );
    assert_eq!(header.producer.as_ref().unwrap().kind, "anonymized");
    assert_eq!(header.recipient_ground.as_ref().unwrap().item, "1");
    let info = &opened.tables()[0];
    let reader = opened.table("one").unwrap();
    let length = reader.len();
    let source = ParquetSource::open("one", reader, length).unwrap();
    schema::conforms(&info.schema, source.schema()).unwrap();
    assert_eq!(
        (info.rows, info.distinct_number_ids, info.distinct_kana_ids),
        (4, Some(1), Some(2))
    );
    let batch = source.batches(None, 100).unwrap().next().unwrap().unwrap();
    assert_eq!(
        id_bytes(&batch, "number_id"),
        [Some(1), Some(1), None, None]
    );
    assert_eq!(
        id_bytes(&batch, "kana_id"),
        [Some(101), Some(101), Some(102), None]
    );
}

#[test]
fn a_table_goes_out_once_and_is_destroyed() {
    let mut world = attached();
    let names = Choice::table("two");
    let first = world.deliver_chosen("1.rkp", &names).unwrap();
    let rest = world.deliver("2.rkp").unwrap();
    assert_eq!(
        (
            rest.tables.len(),
            rest.tables[0].name.as_str(),
            rest.sequence
        ),
        (1, "one", 2)
    );
    assert_eq!(
        world.deliver("3.rkp").unwrap_err().code(),
        "producer.deliver.nothing"
    );
    assert_eq!(
        world.deliver_chosen("4.rkp", &names).unwrap_err().code(),
        "producer.deliver.delivered"
    );
    let records = world.store.attached_tables(PROVISION).unwrap();
    assert_eq!(records[1].delivered_in, Some(first.package));
    // Beside its sources a table with IDs would tell which patient has which.
    let left = world.kept(&format!("attached/{PROVISION}"));
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn another_recipient_is_refused() {
    let mut world = attached();
    let other = Party::new(Role::Workspace, "他大学");
    introduce(&world.producer, &other);
    world.trust = world.producer.trust();
    let error = world
        .deliver_chosen("d.rkp", &Choice::recipient(&other.card))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("producer.deliver.other_recipient", 1)
    );
    assert!(
        matches!(error, DeliverError::OtherRecipient { expected, found } if expected == "大学" && found == "他大学")
    );
    let named = Choice::recipient(&world.workspace.card);
    world.deliver_chosen("d.rkp", &named).unwrap();
}

#[test]
fn a_recipient_without_a_trusted_card_is_refused() {
    let mut world = attached();
    world.trust = Trust::default();
    assert_eq!(
        world.deliver("d.rkp").unwrap_err().code(),
        "producer.deliver.untrusted"
    );
}

#[test]
fn nothing_goes_out_without_terms_place_or_table() {
    let mut world = World::new();
    assert_eq!(
        world.deliver("d.rkp").unwrap_err().code(),
        "producer.deliver.no_terms"
    );
    let mut world = attached();
    assert_eq!(
        world
            .deliver_chosen(
                "d.rkp",
                &Choice {
                    places: Vec::new(),
                    ..Choice::default()
                }
            )
            .unwrap_err()
            .code(),
        "producer.deliver.no_place"
    );
    let names = Choice::table("three");
    assert_eq!(
        world.deliver_chosen("d.rkp", &names).unwrap_err().code(),
        "store.missing"
    );
    assert!(!world.path("d.rkp").exists());
}

#[test]
fn an_end_of_use_that_has_passed_is_refused() {
    let mut world = attached();
    let until = |until| Choice {
        until,
        ..Choice::default()
    };
    let yesterday = today().yesterday().unwrap();
    let error = world
        .deliver_chosen("d.rkp", &until(yesterday))
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("producer.deliver.past", 1));
    assert_eq!(error.details(), [("until", "2026-11-21".to_owned())]);
    assert!(!world.path("d.rkp").exists());
    world.deliver_chosen("d.rkp", &until(today())).unwrap();
}

#[test]
fn what_was_agreed_is_said_and_recorded_or_nothing_goes_out() {
    let mut world = attached();
    let usual = Choice::default;
    let blank = |field| vec![("field", field)];
    let cases = [
        (
            Choice {
                purpose: " ",
                ..usual()
            },
            "blank",
            blank("purpose"),
        ),
        (
            Choice {
                contract: "\u{3000}",
                ..usual()
            },
            "blank",
            blank("contract"),
        ),
        (
            Choice {
                places: vec!["研究室".to_owned(), String::new()],
                ..usual()
            },
            "blank",
            blank("place"),
        ),
        (
            Choice {
                from: jiff::civil::date(2029, 4, 1),
                ..usual()
            },
            "period",
            vec![("start", "2029-04-01"), ("end", "2029-03-31")],
        ),
    ];
    for (choice, code, details) in cases {
        let error = world.deliver_chosen("d.rkp", &choice).unwrap_err();
        assert_eq!(
            (error.code(), error.exit()),
            (&*format!("producer.deliver.{code}"), 2)
        );
        let found = error.details();
        let found: Vec<_> = found
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        assert_eq!(found, details);
        assert!(!world.path("d.rkp").exists());
    }
    let report = world.deliver("d.rkp").unwrap();
    assert_eq!((report.contract.as_str(), report.places.len()), ("C-1", 1));
    let opened = Sealed::open(&report.file)
        .unwrap()
        .authenticate(&world.workspace.keys, &world.workspace.trust(), now())
        .unwrap();
    let header = opened.header();
    assert_eq!(
        (header.period_start, header.period_end),
        (Some(report.period.start), Some(report.period.end))
    );
    let events = world.store.events().unwrap();
    let said = &events
        .iter()
        .find(|entry| entry.event.action == "producer.delivered")
        .unwrap()
        .event
        .details;
    assert_eq!(
        (&said["purpose"], &said["contract"]),
        (&"がんの研究".into(), &"C-1".into())
    );
    assert_eq!(
        (&said["period_start"], &said["period_end"]),
        (&"2026-04-01".into(), &"2029-03-31".into())
    );
    assert_eq!(said["places"].to_string(), "[\"研究室\"]");
}

#[test]
fn several_tables_can_be_named() {
    let mut world = attached();
    let both = Choice {
        tables: vec!["two".to_owned(), "one".to_owned(), "two".to_owned()],
        ..Choice::default()
    };
    let report = world.deliver_chosen("1.rkp", &both).unwrap();
    let names: Vec<_> = report.tables.iter().map(|table| &table.name).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn an_existing_file_is_not_overwritten() {
    let mut world = attached();
    let taken: PathBuf = world.file("d.rkp", "mine");
    assert_eq!(
        world.deliver("d.rkp").unwrap_err().code(),
        "seal.write.exists"
    );
    assert_eq!(std::fs::read_to_string(taken).unwrap(), "mine");
}

#[test]
fn a_delivery_that_cannot_be_written_leaves_no_record() {
    let mut world = attached();
    assert_eq!(
        world.deliver("none/d.rkp").unwrap_err().code(),
        "seal.write.io"
    );
    assert!(
        world
            .store
            .attached_tables(PROVISION)
            .unwrap()
            .iter()
            .all(|table| table.delivered_in.is_none())
    );
    assert_eq!(world.deliver("d.rkp").unwrap().sequence, 1);
}

#[test]
fn an_altered_table_is_not_delivered() {
    let mut world = attached();
    let path = world
        .producer
        .path()
        .join(format!("attached/{PROVISION}/one.parquet"));
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len().saturating_sub(20);
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    world.deliver("d.rkp").unwrap_err();
    assert!(!world.path("d.rkp").exists());
}

#[test]
fn every_code_is_listed_once() {
    let mut codes: Vec<&str> = renketsu_producer::codes().map(|(code, _)| *code).collect();
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert!(codes.iter().all(|code| code.starts_with("producer.")));
}
