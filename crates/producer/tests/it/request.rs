use std::collections::BTreeSet;

use renketsu_producer::certification::{certify, held};
use renketsu_producer::request::Keys;
use renketsu_producer::sources::Source;
use renketsu_seal::Role;
use renketsu_seal::package::PackageKind;
use renketsu_table::columns::ColumnMap;
use renketsu_testkit::Party;

use crate::world::{HEAD, PROVISION, World, claim, public_claim};

const MAP: &str =
    "[columns]\nkana = \"k\"\nbirth_date = \"b\"\nsex = \"s\"\nservice_date = \"d\"\nkey = \"p\"";

fn sources(world: &World) -> Vec<Source> {
    let text = [
        HEAD.to_owned(),
        claim(1, "202110", "カキクケコ", "19910125", "７", "11"),
        claim(2, "202110", "カキクケコ", "19910125", "7", "11"),
        claim(3, "202111", "カキクケコ", "19910125", "７", "11"),
        public_claim(4, "202110", "ミヤコ", "20000101", "12"),
        claim(5, "202110", "", "", "", "14").replace("01130012,６４", ","),
        claim(6, "202110", "山田", "19910125", "７", "15"),
    ];
    vec![world.claims("a.UKE", &text.concat())]
}

#[test]
fn a_request_has_one_row_for_each_identity_and_month() {
    let mut world = World::new();
    let sources = sources(&world);
    let report = world.request(&sources, "r.rkp").unwrap();
    assert_eq!(
        (
            report.count.records,
            report.count.rows,
            report.count.merged(),
            report.count.rejected()
        ),
        (6, 4, 1, 1)
    );
    assert_eq!(report.count.without_number(), 2);
    assert_eq!(report.count.reject_reasons["number:absent"], 1);
    assert_eq!(report.count.partial_reasons["kana:character"], 1);
    let asked = world.asked(&report.file);
    assert_eq!(asked.len(), 4);
    assert!(
        asked.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "rows stand in the order of their references"
    );
    let texts: BTreeSet<&str> = asked.iter().map(|(_, texts)| texts[4].as_str()).collect();
    assert_eq!(texts, BTreeSet::from(["カキクケコ", "ミヤコ", "山田"]));
    let opened = world.opened(&report.file);
    let header = opened.header();
    assert_eq!(
        (header.kind, header.provision.as_str(), header.sequence),
        (PackageKind::Request, PROVISION, 1)
    );
    assert_eq!(header.producer.as_ref().unwrap().ground, "19-1");
    assert_eq!(opened.package_id().to_string(), report.package);
}

#[test]
fn references_are_fresh_every_time() {
    let mut world = World::new();
    let sources = sources(&world);
    let first = world.request(&sources, "1.rkp").unwrap();
    let second = world.request(&sources, "2.rkp").unwrap();
    assert_eq!((first.sequence, second.sequence), (1, 2));
    let refs = |file| {
        world
            .asked(file)
            .into_iter()
            .map(|(row_ref, _)| row_ref)
            .collect::<BTreeSet<_>>()
    };
    assert!(refs(&first.file).is_disjoint(&refs(&second.file)));
}

#[test]
fn the_map_is_kept_sealed_and_the_request_recorded() {
    let mut world = World::new();
    let sources = sources(&world);
    let report = world.request(&sources, "r.rkp").unwrap();
    let map = format!("{}.parquet", report.package);
    assert_eq!(world.kept("maps"), [map.clone(), format!("{map}.key")]);
    let bytes = std::fs::read(world.producer.path().join("maps").join(&map)).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"PAR1"));
    let record = world.store.request(&report.package).unwrap().unwrap();
    assert_eq!((record.rows, record.destroyed_at), (4, None));
    let events = world.store.events().unwrap();
    assert_eq!(events.last().unwrap().event.action, "producer.requested");
}

#[test]
fn rejects_are_reported_by_file_and_line_without_a_value() {
    let mut world = World::new();
    let sources = sources(&world);
    let path = world.path("rejects.csv");
    let report = world.request_with(&sources, "r.rkp", Some(&path)).unwrap();
    assert_eq!(report.rejects.as_deref(), Some(path.as_path()));
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "file,entry,line,record,reasons");
    assert!(
        lines[1].ends_with("a.UKE,0,10,5,number:absent kana:absent birth_date:absent"),
        "{}",
        lines[1]
    );
    assert_eq!(lines.len(), 2);
}

#[test]
fn tables_and_claims_can_be_asked_for_together() {
    let mut world = World::new();
    // Both say that chart numbers are one hospital's; a table does not name its institution.
    world.keys = Keys::Shared;
    let mut sources = sources(&world);
    sources.push(Source::Table {
        path: world.file(
            "t.csv",
            "p,k,b,s,d\n12,ミヤコ,2000-01-01,f,202110\n13,ミヤコ,2000-01-02,f,\n",
        ),
        columns: Box::new(ColumnMap::parse("m", MAP).unwrap()),
    });
    let report = world.request(&sources, "r.rkp").unwrap();
    assert_eq!((report.count.rows, report.count.files[1].merged), (5, 1));
}

#[test]
fn a_producer_without_the_right_certification_asks_for_nothing() {
    let mut world = World::uncertified();
    let sources = sources(&world);
    let error = world.request(&sources, "r.rkp").unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("producer.certification.missing", 1)
    );
    let code = |world: &mut World, kind, number, ground| {
        certify(&mut world.producer(), kind, number, ground)
            .unwrap_err()
            .code()
    };
    assert_eq!(
        code(&mut world, "pseudonymized", "N-1", "19-1"),
        "producer.certification.pseudonymized"
    );
    assert_eq!(
        code(&mut world, "other", "N-1", "19-1"),
        "producer.certification.kind"
    );
    assert_eq!(
        code(&mut world, "anonymized", "N-1", "33-1"),
        "producer.certification.ground"
    );
    assert_eq!(
        code(&mut world, "anonymized", " ", "47-1"),
        "producer.certification.number"
    );
    assert!(held(&world.store).is_err());
    certify(&mut world.producer(), "anonymized", "N-1", "47-1").unwrap();
    assert_eq!(held(&world.store).unwrap().ground, "47-1");
}

#[test]
fn nothing_is_left_of_a_request_that_failed() {
    let mut world = World::new();
    let sources = sources(&world);
    std::fs::create_dir(world.path("d")).unwrap();
    let error = world.request(&sources, "none/r.rkp").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("seal.write.io", 3));
    let rejects = world.file("rejects.csv", "mine");
    let error = world
        .request_with(&sources, "r.rkp", Some(&rejects))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("producer.request.rejects_exist", 1)
    );
    assert_eq!(std::fs::read_to_string(&rejects).unwrap(), "mine");
    assert!(!world.path("r.rkp").exists());
    let fresh = world.path("fresh.csv");
    world
        .request_with(&sources, "none/r.rkp", Some(&fresh))
        .unwrap_err();
    assert!(!fresh.exists());
    assert!(world.kept("maps").is_empty() && world.store.requests().unwrap().is_empty());
}

#[test]
fn an_existing_file_is_not_overwritten() {
    let mut world = World::new();
    let sources = sources(&world);
    let taken = world.file("r.rkp", "mine");
    let error = world.request(&sources, "r.rkp").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("seal.write.exists", 1));
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "mine");
    // Said of both before a source is read.
    let missing = [Source::Table {
        path: world.path("none.csv"),
        columns: Box::new(ColumnMap::parse("m", MAP).unwrap()),
    }];
    let error = world
        .request_with(&missing, "new.rkp", Some(&taken))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.details()),
        (
            "producer.request.rejects_exist",
            vec![("file", taken.display().to_string())]
        )
    );
}

#[test]
fn a_source_with_nothing_to_ask_for_is_refused() {
    let mut world = World::new();
    let text = format!(
        "{HEAD}{}",
        claim(5, "202110", "", "", "", "14").replace("01130012,６４", ",")
    );
    let sources = [world.claims("a.UKE", &text)];
    let error = world.request(&sources, "r.rkp").unwrap_err();
    assert_eq!(error.code(), "producer.request.nothing");
    assert_eq!(
        error.details(),
        [("records", "1".to_owned()), ("rejected", "1".to_owned())]
    );
    let path = world.path("rejects.csv");
    let error = world
        .request_with(&sources, "r.rkp", Some(&path))
        .unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("producer.request.nothing_reported", 2)
    );
    assert_eq!(error.details()[2].1, path.display().to_string());
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(!world.path("r.rkp").exists() && world.kept("maps").is_empty());
}

#[test]
fn a_table_without_a_row_and_claims_named_as_a_table_are_refused_as_such() {
    let mut world = World::new();
    let table = |path| Source::Table {
        path,
        columns: Box::new(ColumnMap::parse("m", MAP).unwrap()),
    };
    let bare = world.file("bare.csv", "p,k,b,s,d\n");
    let rejects = world.path("rejects.csv");
    let error = world
        .request_with(&[table(bare.clone())], "r.rkp", Some(&rejects))
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("producer.request.no_row", 2));
    assert_eq!(error.details()[0].1, bare.display().to_string());
    assert!(!rejects.exists());
    let claims = world.file("a.UKE", crate::world::cp932(HEAD));
    let error = world.request(&[table(claims)], "r.rkp").unwrap_err();
    assert_eq!((error.code(), error.exit()), ("producer.uke.as_table", 2));
}

#[test]
fn an_authority_that_is_not_trusted_or_none_is_refused() {
    let mut world = World::new();
    let sources = sources(&world);
    let (trusted, stranger) = (
        world.authority.card.clone(),
        Party::new(Role::Authority, "他人"),
    );
    world.authority.card = stranger.card;
    assert_eq!(
        world.request(&sources, "r.rkp").unwrap_err().code(),
        "producer.request.untrusted"
    );
    world.authority.card = world.workspace.card.clone();
    assert_eq!(
        world.request(&sources, "r.rkp").unwrap_err().code(),
        "seal.write.recipient_role"
    );
    world.authority.card = trusted;
    world.request(&sources, "r.rkp").unwrap();
}

#[test]
fn a_map_that_no_record_names_is_counted_and_stays() {
    let mut world = World::new();
    let sources = sources(&world);
    let first = world.request(&sources, "1.rkp").unwrap();
    let maps = world.producer.path().join("maps");
    // What is on the disk when the machine stops before the record is durable.
    let orphan = maps.join("00112233445566778899aabbccddeeff.parquet");
    let mut safe = renketsu_seal::safe::create(&orphan, &world.producer.keys).unwrap();
    std::io::Write::write_all(&mut safe, b"map").unwrap();
    safe.commit().unwrap();
    let second = world.request(&sources, "2.rkp").unwrap();
    assert_eq!((first.unknown_maps, second.unknown_maps), (0, 1));
    assert!(orphan.exists());
}

#[test]
fn a_patient_number_of_two_institutions_is_refused_unless_it_is_shared() {
    let mut world = World::new();
    let other = HEAD.replace("0000000", "7654321");
    assert_ne!(other, HEAD);
    let one = claim(1, "202110", "カキクケコ", "19910125", "７", "100");
    let two = claim(1, "202110", "サシスセソ", "19800101", "8", "100");
    let a = world.claims("a.UKE", &format!("{HEAD}{one}"));
    let again = world.claims("c.UKE", &format!("{HEAD}{one}"));
    let b = world.claims("b.UKE", &format!("{other}{two}"));
    // One institution may use its number in as many files as it likes.
    world.request(&[a.clone(), again], "same.rkp").unwrap();
    let refused = world.request(&[a.clone(), b.clone()], "r.rkp").unwrap_err();
    assert_eq!(
        (refused.code(), refused.exit()),
        ("producer.request.shared_keys", 1)
    );
    assert!(!world.path("r.rkp").exists());
    world.keys = Keys::Shared;
    world.request(&[a, b], "r.rkp").unwrap();
}
