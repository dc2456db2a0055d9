use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use renketsu_identity::{KeyCheckValue, KeyCheckValues};
use renketsu_producer::attach::routes;
use renketsu_producer::request::RequestReport;
use renketsu_seal::package::{Header, PackageId};
use renketsu_seal::safe;
use renketsu_table::parquet::{ParquetSink, Sorting};

use crate::world::{HEAD, KCV, Said, World, claim, id_bytes, kana, number, public_claim};

/// Patients: 11 two months by number, 12 by kana, 13 not found, 14 two people.
pub(crate) fn requested(world: &mut World) -> RequestReport {
    let text = [
        HEAD.to_owned(),
        claim(1, "202110", "カキクケコ", "19910125", "７", "11"),
        claim(2, "202111", "カキクケコ", "19910125", "７", "11"),
        public_claim(3, "202110", "ミヤコ", "20000101", "12"),
        public_claim(4, "202110", "サクラ", "20000202", "13"),
        claim(5, "202110", "タロウ", "19500505", "１", "14"),
        claim(6, "202110", "ジロウ", "19500505", "２", "14"),
    ];
    let sources = [world.claims("a.UKE", &text.concat())];
    world.request(&sources, "request.rkp").unwrap()
}

pub(crate) fn say(texts: &[String]) -> Said {
    match texts[4].as_str() {
        "カキクケコ" => number(1, 101),
        "ミヤコ" => kana(102, true),
        "タロウ" => number(4, 104),
        "ジロウ" => number(5, 105),
        _ => Said::default(),
    }
}

pub(crate) fn table(world: &World) -> PathBuf {
    world.file(
        "t.csv",
        "patient,bmi,disease\n14,22.5,a\n12,,b\n 11,30,c\n99,20,d\n13,21,e\n11,31,f\n,23,g\n",
    )
}

#[test]
fn a_table_gets_its_ids_in_front_and_loses_its_key() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    let report = world.attach(&answer, &[("labs", &table)]).unwrap();
    let batch = world.attached("labs");
    let names: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(
        names,
        ["number_id", "kana_id", "kana_unique", "bmi", "disease"]
    );
    assert_eq!(batch.column(3).data_type(), &DataType::Float64);
    assert_eq!(id_bytes(&batch, "number_id")[..3], [Some(1), Some(1), None]);
    assert_eq!(
        id_bytes(&batch, "kana_id")[..4],
        [Some(101), Some(101), Some(102), None]
    );
    let unique = batch
        .column(2)
        .as_any()
        .downcast_ref::<BooleanArray>()
        .unwrap();
    assert!(unique.value(0) && unique.value(2) && unique.is_null(3));
    let diseases = batch
        .column(4)
        .as_any()
        .downcast_ref::<StringArray>()
        .unwrap();
    let mut first: Vec<&str> = diseases.iter().flatten().take(2).collect();
    first.sort_unstable();
    assert_eq!((first, diseases.value(2)), (vec!["c", "f"], "b"));
    let rows = &report.tables[0].rows;
    assert_eq!(
        (rows.rows, rows.number, rows.kana, rows.nothing),
        (7, 2, 1, 1)
    );
    assert_eq!(
        (
            rows.conflict,
            rows.unknown_key,
            rows.blank_key,
            rows.without_id()
        ),
        (1, 1, 1, 4)
    );
    assert_eq!(
        (
            report.keys.keys,
            report.keys.several_numbers,
            report.keys.differing
        ),
        (4, 1, 1)
    );
    assert_eq!(
        (report.statuses["number"], report.statuses["not_found"]),
        (4, 1)
    );
    assert_eq!(report.tables[0].dropped, ["patient"]);
}

#[test]
fn the_map_is_destroyed_and_that_is_recorded() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    let report = world.attach(&answer, &[("labs", &table)]).unwrap();
    assert!(report.destroyed_bytes > 0 && !report.resumed);
    assert!(world.kept("maps").is_empty());
    let record = world.store.request(&request.package).unwrap().unwrap();
    assert_eq!(record.answered_by, Some(report.answer.clone()));
    assert!(record.destroyed_at.is_some());
    let actions: Vec<_> = world
        .store
        .events()
        .unwrap()
        .into_iter()
        .map(|entry| entry.event.action)
        .collect();
    assert_eq!(
        actions[2..],
        ["producer.attached", "producer.map_destroyed"]
    );
    let again = world.attach(&answer, &[("more", &table)]).unwrap_err();
    assert_eq!((again.code(), again.exit()), ("producer.attach.done", 1));
}

#[test]
fn a_parquet_table_with_a_whole_number_as_key_is_attached_too() {
    let mut world = World::new();
    let request = requested(&mut world);
    let answer = world.answer(&request, "a.rkp", say);
    let columns: [(&str, ArrayRef); 3] = [
        (
            "patient",
            Arc::new(Int64Array::from(vec![Some(12), None, Some(11)])),
        ),
        ("row_ref", Arc::new(StringArray::from(vec!["x", "y", "z"]))),
        ("age", Arc::new(Int64Array::from(vec![40, 50, 60]))),
    ];
    let batch = RecordBatch::try_from_iter(columns.map(|(name, array)| (name, array))).unwrap();
    let path = world.path("t.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let schema = Arc::new(batch.schema().as_ref().clone());
    let mut sink = ParquetSink::create(file, &schema, &Sorting::none()).unwrap();
    sink.write(&batch).unwrap();
    sink.finish().unwrap();
    let report = world.attach(&answer, &[("labs", &path)]).unwrap();
    assert_eq!(report.tables[0].dropped, ["patient", "row_ref"]);
    assert_eq!(
        id_bytes(&world.attached("labs"), "kana_id"),
        [Some(101), Some(102), None]
    );
}

#[test]
fn the_counts_of_a_table_add_up() {
    let mut world = World::new();
    let request = requested(&mut world);
    let shared = |texts: &[String]| match texts[4].as_str() {
        "サクラ" => kana(103, false),
        _ => say(texts),
    };
    let (answer, table) = (world.answer(&request, "a.rkp", shared), table(&world));
    let report = world.attach(&answer, &[("labs", &table)]).unwrap();
    let rows = &report.tables[0].rows;
    assert_eq!((rows.shared_kana, rows.rows), (1, 7));
    assert_eq!(
        rows.number + rows.kana + rows.shared_kana + rows.without_id(),
        rows.rows
    );
}

/// Leading zeros and trailing ones belong to a key.
#[test]
fn a_key_that_looks_like_a_number_is_text() {
    for (key, other) in [("00697", "697"), ("1.10", "1.1")] {
        let mut world = World::new();
        let text = format!(
            "{HEAD}{}",
            claim(1, "202110", "カキクケコ", "19910125", "７", key)
        );
        let sources = [world.claims("a.UKE", &text)];
        let request = world.request(&sources, "r.rkp").unwrap();
        let answer = world.answer(&request, "a.rkp", say);
        let table = world.file("t.csv", format!("patient,v\n{key},1\n{other},2\n"));
        let rows = world
            .attach(&answer, &[("labs", &table)])
            .unwrap()
            .tables
            .remove(0)
            .rows;
        assert_eq!((rows.number, rows.unknown_key), (1, 1), "{key}");
    }
}

/// A field and how to leave it out.
type Case = (&'static str, fn(&mut Header));

#[test]
fn an_answer_that_names_no_recipient_study_or_keys_is_refused() {
    let mut world = World::new();
    let request = requested(&mut world);
    let table = table(&world);
    let cases: [Case; 3] = [
        ("recipient_ground", |header| header.recipient_ground = None),
        ("study", |header| header.study = None),
        ("kcv", |header| header.kcv = None),
    ];
    for (field, change) in cases {
        let answer = world.answer_with(&request, &format!("{field}.rkp"), say, change);
        let error = world.attach(&answer, &[("labs", &table)]).unwrap_err();
        assert_eq!(
            (error.code(), error.details()[1].1.as_str()),
            ("producer.attach.silent", field)
        );
    }
    assert_eq!(world.kept("maps").len(), 2);
}

#[test]
fn an_answer_to_nothing_or_to_somebody_else_is_refused() {
    let mut world = World::new();
    let request = requested(&mut world);
    let table = table(&world);
    let answer = world.answer_with(&request, "1.rkp", say, |header| header.in_reply_to = None);
    assert_eq!(
        world
            .attach(&answer, &[("labs", &table)])
            .unwrap_err()
            .code(),
        "producer.attach.no_request"
    );
    let other = "00112233445566778899aabbccddeeff";
    let answer = world.answer_with(&request, "2.rkp", say, |header| {
        header.in_reply_to = PackageId::parse(other);
    });
    let error = world.attach(&answer, &[("labs", &table)]).unwrap_err();
    assert_eq!(
        (error.code(), error.details()),
        (
            "producer.attach.unknown_request",
            vec![("request", other.to_owned())]
        )
    );
    let answer = world.answer_with(&request, "3.rkp", say, |header| {
        header.provision = "P-2".to_owned();
    });
    assert_eq!(
        world
            .attach(&answer, &[("labs", &table)])
            .unwrap_err()
            .code(),
        "seal.open.provision"
    );
    let error = world
        .attach(&request.file, &[("labs", &table)])
        .unwrap_err();
    assert_eq!(error.code(), "seal.open.recipient");
}

#[test]
fn a_later_answer_must_say_the_same_of_its_provision() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    world.attach(&answer, &[("labs", &table)]).unwrap();
    let text = format!(
        "{HEAD}{}",
        claim(1, "202112", "カキクケコ", "19910125", "７", "11")
    );
    let sources = [world.claims("b.UKE", &text)];
    let second = world.request(&sources, "second.rkp").unwrap();
    let other = KeyCheckValues {
        number: KeyCheckValue([7; 8]),
        ..KCV
    };
    let answer = world.answer_with(&second, "kcv.rkp", say, |header| header.kcv = Some(other));
    assert_eq!(
        world
            .attach(&answer, &[("more", &table)])
            .unwrap_err()
            .code(),
        "seal.open.kcv"
    );
    let answer = world.answer_with(&second, "study.rkp", say, |header| {
        header.study = Some("S-2".to_owned());
    });
    assert_eq!(
        world
            .attach(&answer, &[("more", &table)])
            .unwrap_err()
            .code(),
        "producer.attach.terms"
    );
    let answer = world.answer(&second, "good.rkp", say);
    assert_eq!(
        world
            .attach(&answer, &[("labs", &table)])
            .unwrap_err()
            .code(),
        "store.exists"
    );
    assert_eq!(
        world.attached("labs").num_rows(),
        7,
        "the table of the first answer stays"
    );
    world.attach(&answer, &[("more", &table)]).unwrap();
}

#[test]
fn answers_that_are_not_those_of_the_request_are_refused() {
    let mut world = World::new();
    let request = requested(&mut world);
    let table = table(&world);
    let rows: Vec<_> = world
        .asked(&request.file)
        .into_iter()
        .map(|(row_ref, texts)| (row_ref, say(&texts)))
        .collect();
    let fewer = world.answer_rows(&request, "fewer.rkp", &rows[1..], |_| {});
    let error = world.attach(&fewer, &[("labs", &table)]).unwrap_err();
    assert_eq!(
        (error.code(), error.details()[1].1.as_str()),
        ("producer.attach.rows", "5")
    );
    let mut other = rows.clone();
    other[0].0 = [0; 16];
    let other = world.answer_rows(&request, "other.rkp", &other, |_| {});
    assert_eq!(
        world
            .attach(&other, &[("labs", &table)])
            .unwrap_err()
            .code(),
        "producer.attach.unanswered"
    );
    let mut twice = rows.clone();
    twice[1] = twice[0];
    let twice = world.answer_rows(&request, "twice.rkp", &twice, |_| {});
    assert_eq!(
        world
            .attach(&twice, &[("labs", &table)])
            .unwrap_err()
            .code(),
        "producer.attach.answers"
    );
    let mut bare = rows;
    bare[2].1 = Said {
        number: None,
        kana: Some(1),
        unique: None,
    };
    let bare = world.answer_rows(&request, "bare.rkp", &bare, |_| {});
    assert_eq!(
        world.attach(&bare, &[("labs", &table)]).unwrap_err().code(),
        "producer.attach.answers"
    );
    assert!(world.kept("attached").is_empty());
}

#[test]
fn a_table_that_cannot_be_attached_leaves_nothing_and_the_map_as_it_was() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, good) = (world.answer(&request, "a.rkp", say), table(&world));
    let taken = world.file("taken.csv", "patient,kana_id\n11,x\n");
    let other = world.file("other.csv", "person,v\n11,x\n");
    let real = world.path("real.parquet");
    let batch = RecordBatch::try_from_iter([(
        "patient",
        Arc::new(BooleanArray::from(vec![true])) as ArrayRef,
    )])
    .unwrap();
    let mut sink = ParquetSink::create(
        std::fs::File::create(&real).unwrap(),
        &batch.schema(),
        &Sorting::none(),
    )
    .unwrap();
    sink.write(&batch).unwrap();
    sink.finish().unwrap();
    let missing = world.path("none.csv");
    let bare = world.file("bare.csv", "patient,v\n");
    for (path, code) in [
        (&bare, "producer.attach.no_row"),
        (&taken, "producer.attach.taken"),
        (&other, "producer.attach.key"),
        (&real, "producer.attach.key_kind"),
        (&missing, "table.delimited.missing"),
    ] {
        let error = world
            .attach(&answer, &[("good", &good), ("bad", path)])
            .unwrap_err();
        assert_eq!((error.code(), error.exit()), (code, 2));
        assert!(
            world
                .kept(&format!("attached/{}", crate::world::PROVISION))
                .is_empty()
        );
    }
    assert!(
        world
            .store
            .attached_tables(crate::world::PROVISION)
            .unwrap()
            .is_empty()
    );
    world.attach(&answer, &[("good", &good)]).unwrap();
}

#[test]
fn names_of_tables_are_those_of_a_package_each_its_own() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    let code = |world: &mut World, tables: &[(&str, &std::path::Path)]| {
        world.attach(&answer, tables).unwrap_err().code()
    };
    assert_eq!(code(&mut world, &[]), "producer.attach.no_table");
    assert_eq!(
        code(&mut world, &[("../x", &table)]),
        "producer.attach.name"
    );
    assert_eq!(code(&mut world, &[("", &table)]), "producer.attach.name");
    assert_eq!(
        code(&mut world, &[("a", &table), ("a", &table)]),
        "producer.attach.twice"
    );
}

#[test]
fn an_attachment_that_a_crash_stopped_before_its_record_is_done_again() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    // What is on the disk when the machine stops after the first table.
    let left = world
        .producer
        .path()
        .join(format!("attached/{}/labs.parquet", crate::world::PROVISION));
    std::fs::create_dir_all(left.parent().unwrap()).unwrap();
    let mut safe = safe::create(&left, &world.producer.keys).unwrap();
    std::io::Write::write_all(&mut safe, b"half").unwrap();
    safe.commit().unwrap();
    let report = world.attach(&answer, &[("labs", &table)]).unwrap();
    assert_eq!(
        (report.resumed, world.attached("labs").num_rows()),
        (false, 7)
    );
}

#[test]
fn an_attachment_that_a_crash_stopped_before_the_map_was_gone_is_finished() {
    for map_is_gone in [false, true] {
        let mut world = World::new();
        let request = requested(&mut world);
        let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
        let map = world
            .producer
            .path()
            .join(format!("maps/{}.parquet", request.package));
        if map_is_gone {
            safe::destroy(&map).unwrap();
        }
        // The record of the attachment without that of the map.
        let opened = renketsu_seal::package::Sealed::open(&answer)
            .unwrap()
            .authenticate(&world.producer.keys, &world.trust, renketsu_testkit::now())
            .unwrap();
        let txn = world.store.begin().unwrap();
        txn.see(&renketsu_store::SeenPackage {
            package_id: opened.package_id().to_string(),
            part: String::new(),
            kind: "answer".to_owned(),
            sender: String::new(),
            sequence: 1,
            seen_at: renketsu_testkit::now(),
            head: None,
        })
        .unwrap();
        txn.commit(&renketsu_store::Event::new(
            "producer.attached",
            "x",
            renketsu_testkit::now(),
        ))
        .unwrap();
        let report = world.attach(&answer, &[("labs", &table)]).unwrap();
        assert!(report.resumed && report.tables.is_empty());
        assert_eq!(report.destroyed_bytes == 0, map_is_gone);
        assert!(world.kept("maps").is_empty());
        assert!(
            world
                .store
                .request(&request.package)
                .unwrap()
                .unwrap()
                .destroyed_at
                .is_some()
        );
    }
}

#[test]
fn the_routes_of_an_answer_are_read_without_changing_anything() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    let mut found = routes(&world.producer(), &answer).unwrap();
    found.sort();
    let expected = [
        ("11", "number"),
        ("11", "number"),
        ("12", "kana"),
        ("13", "not_found"),
        ("14", "number"),
        ("14", "number"),
    ];
    assert_eq!(
        found,
        expected.map(|(key, status)| (key.to_owned(), status))
    );
    world.attach(&answer, &[("labs", &table)]).unwrap();
    assert_eq!(
        routes(&world.producer(), &answer).unwrap_err().code(),
        "producer.attach.done"
    );
}

#[test]
fn without_its_map_an_answer_is_of_no_use() {
    let mut world = World::new();
    let request = requested(&mut world);
    let (answer, table) = (world.answer(&request, "a.rkp", say), table(&world));
    safe::destroy(
        &world
            .producer
            .path()
            .join(format!("maps/{}.parquet", request.package)),
    )
    .unwrap();
    let error = world.attach(&answer, &[("labs", &table)]).unwrap_err();
    assert_eq!(error.code(), "seal.safe.missing");
}
