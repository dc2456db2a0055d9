use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use renketsu_seal::Role;
use renketsu_seal::package::{
    Certification, Counts, Draft, Header, PROFILE, PackageKind, RecipientGround,
};
use renketsu_store::Store;
use renketsu_testkit::{Party, introduce, now};
use renketsu_workspace::{
    Database, IdColumns, Import, ImportError, Imported, PlainExtract, TableKind, create_study,
    import,
};

use crate::{FakeEngine, Heard, Told, kcv, workspace};

fn plain() -> PlainExtract {
    PlainExtract {
        provision: Some("P-2026-0001".to_owned()),
        kcv: Some(kcv(1)),
        ids: Some(IdColumns {
            number_id: "id5".to_owned(),
            kana_id: None,
            kana_unique: None,
        }),
        approval: Some("A-1".to_owned()),
    }
}

fn file(dir: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn take(
    store: &mut Store,
    dir: &Path,
    table: &str,
    kind: TableKind,
    file: &Path,
    plain: PlainExtract,
) -> Result<Imported<Heard>, ImportError<Told>> {
    let ask = Import {
        dir,
        study: "S",
        table,
        kind,
        file,
        plain,
        keep: Vec::new(),
    };
    import(store, None, &FakeEngine::default(), &ask, now())
}

const NDB: TableKind = TableKind::Public(Database::Ndb);

#[test]
fn a_plain_extract_is_taken_and_its_kcv_called_unproven() {
    let (dir, mut store) = workspace();
    let csv = file(dir.path(), "ndb.csv", b"id5,x\n");
    let taken = take(&mut store, dir.path(), "ndb", NDB, &csv, plain()).unwrap();
    assert_eq!(taken.kcv_proven, Some(false));
    assert_eq!(
        taken.report,
        Heard {
            bytes: 6,
            number_id: Some("id5".to_owned())
        }
    );
    let study = store.study("S").unwrap().unwrap();
    assert_eq!((study.kcv, study.kcv_proven), (Some(kcv(1)), false));
    assert_eq!(
        store.tables("S").unwrap()[0].directory,
        "studies/S/tables/ndb/1"
    );
    assert_eq!(std::fs::read(&csv).unwrap(), b"id5,x\n");
}

type Without = fn(&mut PlainExtract);

#[test]
fn a_plain_extract_without_its_papers_is_refused() {
    let (dir, mut store) = workspace();
    let csv = file(dir.path(), "ndb.csv", b"id5,x\n");
    let cases: [(&str, Without); 4] = [
        ("--provision", |plain| plain.provision = None),
        ("--kcv", |plain| plain.kcv = None),
        ("--number-id", |plain| plain.ids = None),
        ("--approval", |plain| plain.approval = None),
    ];
    for (missing, without) in cases {
        let mut given = plain();
        without(&mut given);
        let refused = take(&mut store, dir.path(), "ndb", NDB, &csv, given);
        assert!(
            matches!(refused, Err(ImportError::PlainNeeds { option }) if option == missing),
            "{missing}"
        );
    }
    assert!(
        !dir.path().join("studies/S/tables").exists(),
        "a refusal leaves nothing"
    );
}

#[test]
fn a_reference_table_needs_no_papers() {
    let (dir, mut store) = workspace();
    let csv = file(dir.path(), "weather.csv", b"month,rain\n");
    let taken = take(
        &mut store,
        dir.path(),
        "weather",
        TableKind::Reference,
        &csv,
        PlainExtract::default(),
    )
    .unwrap();
    assert_eq!(taken.kcv_proven, None);
    assert_eq!(taken.report.number_id, None);
}

#[test]
fn other_provisions_and_other_keys_are_refused() {
    let (dir, mut store) = workspace();
    let csv = file(dir.path(), "ndb.csv", b"id5,x\n");
    let other = PlainExtract {
        provision: Some("P-2026-0002".to_owned()),
        ..plain()
    };
    let refused = take(&mut store, dir.path(), "ndb", NDB, &csv, other);
    assert!(matches!(refused, Err(ImportError::OtherProvision { .. })));
    take(&mut store, dir.path(), "ndb", NDB, &csv, plain()).unwrap();
    let other = PlainExtract {
        kcv: Some(kcv(9)),
        ..plain()
    };
    let refused = take(
        &mut store,
        dir.path(),
        "dpc",
        TableKind::Public(Database::Dpc),
        &csv,
        other,
    );
    assert!(matches!(refused, Err(ImportError::OtherKcv { .. })));
}

#[test]
fn bad_files_and_names_are_refused() {
    let (dir, mut store) = workspace();
    let csv = file(dir.path(), "ndb.csv", b"id5,x\n");
    let empty = file(dir.path(), "empty.csv", b"");
    let mut ask =
        |table: &str, file: &Path| take(&mut store, dir.path(), table, NDB, file, plain());
    assert!(matches!(ask("ndb", &empty), Err(ImportError::Empty { .. })));
    assert!(matches!(
        ask("ndb", dir.path()),
        Err(ImportError::Directory { .. })
    ));
    assert!(matches!(
        ask("ndb", &dir.path().join("none")),
        Err(ImportError::Io { .. })
    ));
    assert!(matches!(ask("../x", &csv), Err(ImportError::Name(_))));
    assert!(matches!(ask("person", &csv), Err(ImportError::Name(_))));
    ask("ndb", &csv).unwrap();
    assert!(matches!(ask("ndb", &csv), Err(ImportError::Taken { .. })));
}

#[test]
fn an_engine_that_fails_leaves_nothing() {
    let (dir, mut store) = workspace();
    let csv = file(dir.path(), "ndb.csv", b"id5,x\n");
    let ask = Import {
        dir: dir.path(),
        study: "S",
        table: "ndb",
        kind: NDB,
        file: &csv,
        plain: plain(),
        keep: Vec::new(),
    };
    let engine = FakeEngine {
        fails: true,
        ..FakeEngine::default()
    };
    let failed = import(&mut store, None, &engine, &ask, now());
    assert!(matches!(failed, Err(ImportError::Engine(Told))));
    assert!(!dir.path().join("studies/S/tables/ndb/1").exists());
    assert_eq!(store.tables("S").unwrap(), []);
    take(&mut store, dir.path(), "ndb", NDB, &csv, plain()).unwrap();
}

/// The three parties, introduced, and a study `S` at the user.
struct Three {
    producer: Party,
    authority: Party,
    user: Party,
    store: Store,
}

fn three() -> Three {
    let producer = Party::new(Role::Producer, "producer");
    let authority = Party::new(Role::Authority, "authority");
    let user = Party::new(Role::Workspace, "user");
    introduce(&producer, &user);
    introduce(&authority, &user);
    let mut store = Store::open(user.path()).unwrap();
    create_study(&mut store, "S", "P-2026-0001", now()).unwrap();
    Three {
        producer,
        authority,
        user,
        store,
    }
}

impl Three {
    fn header(&self, kind: PackageKind) -> Header {
        Header {
            kind,
            provision: "P-2026-0001".to_owned(),
            study: Some("S".to_owned()),
            profile: PROFILE.to_owned(),
            kcv: Some(kcv(1)),
            sequence: 1,
            in_reply_to: None,
            created: now(),
            expires: now().checked_add(SignedDuration::from_hours(24)).unwrap(),
            purpose: "research".to_owned(),
            places: vec!["room 1".to_owned()],
            producer: Some(Certification {
                kind: "anonymized".to_owned(),
                number: "1".to_owned(),
                ground: "19-1".to_owned(),
            }),
            recipient_ground: Some(RecipientGround {
                name: "user".to_owned(),
                fingerprint: self.user.card.fingerprint(),
                item: "1".to_owned(),
            }),
            databases: vec!["ndb".to_owned()],
            approval: Some("A-1".to_owned()),
            contract: None,
            period_end: None,
        }
    }

    fn package(&self, name: &str, header: Header, tables: &[&str]) -> PathBuf {
        let sender = if header.kind == PackageKind::Delivery {
            &self.producer
        } else {
            &self.authority
        };
        let mut draft = Draft::new(sender.path());
        for table in tables {
            let mut writer = draft
                .table(
                    table,
                    serde_json::json!({"fields": [{"name": "number_id", "type": "string"}]}),
                )
                .unwrap();
            writer.write_all(table.as_bytes()).unwrap();
            writer
                .finish(Counts {
                    rows: 1,
                    distinct_number_ids: Some(1),
                    distinct_kana_ids: None,
                })
                .unwrap();
        }
        let path = sender.path().join(name);
        draft
            .sign(header, &sender.keys, &self.user.card)
            .unwrap()
            .seal(&path)
            .unwrap();
        path
    }

    fn take(
        &mut self,
        table: &str,
        kind: TableKind,
        file: &Path,
    ) -> Result<Imported<Heard>, ImportError<Told>> {
        let trust = self.user.trust();
        let plain = PlainExtract::default();
        let ask = Import {
            dir: self.user.dir.path(),
            study: "S",
            table,
            kind,
            file,
            plain,
            keep: Vec::new(),
        };
        let keys = Some((&self.user.keys, &trust));
        import(&mut self.store, keys, &FakeEngine::default(), &ask, now())
    }
}

#[test]
fn the_tables_of_a_delivery_are_taken_one_by_one_and_once() {
    let mut three = three();
    let path = three.package(
        "d.rkp",
        three.header(PackageKind::Delivery),
        &["visits", "labs"],
    );
    let taken = three.take("visits", TableKind::Anonymized, &path).unwrap();
    assert_eq!(taken.report.bytes, 6);
    assert_eq!(taken.kcv_proven, Some(true));
    three.take("labs", TableKind::Anonymized, &path).unwrap();
    let refused = three.take("other", TableKind::Anonymized, &path);
    assert!(
        matches!(refused, Err(ImportError::NoTable { tables, .. }) if tables == ["labs", "visits"] || tables == ["visits", "labs"])
    );
    assert_eq!(three.store.tables("S").unwrap().len(), 2);
}

#[test]
fn a_single_table_takes_the_name_it_is_given_and_not_twice() {
    let mut three = three();
    let path = three.package("e.rkp", three.header(PackageKind::Extract), &["claims"]);
    three.take("ndb", NDB, &path).unwrap();
    let again = three.take("ndb2", NDB, &path);
    assert_eq!(again.unwrap_err().code().unwrap(), "store.replayed");
}

#[test]
fn a_package_of_another_kind_database_provision_key_or_ground_is_refused() {
    let mut three = three();
    let good = three.header(PackageKind::Extract);
    let extract = three.package("a.rkp", good.clone(), &["claims"]);
    assert!(three.take("t", TableKind::Anonymized, &extract).is_err());
    let refused = three.take("t", TableKind::Public(Database::Kaigo), &extract);
    assert!(matches!(refused, Err(ImportError::OtherDatabase { .. })));
    let refused = three.take("t", TableKind::Reference, &extract);
    assert!(matches!(refused, Err(ImportError::ReferencePackage)));

    let other = Header {
        provision: "P-2026-0002".to_owned(),
        ..good.clone()
    };
    let path = three.package("b.rkp", other, &["claims"]);
    assert!(matches!(
        three.take("t", NDB, &path),
        Err(ImportError::Package(_))
    ));

    let past = Header {
        period_end: Some("2026-11-21".parse().unwrap()),
        ..good.clone()
    };
    let path = three.package("p.rkp", past, &["claims"]);
    assert!(matches!(
        three.take("t", NDB, &path),
        Err(ImportError::Past { .. })
    ));

    let without = Header {
        recipient_ground: None,
        ..good.clone()
    };
    let path = three.package("c.rkp", without, &["claims"]);
    assert!(three.take("t", NDB, &path).is_err());

    three.take("ndb", NDB, &extract).unwrap();
    let other = Header {
        kcv: Some(kcv(9)),
        sequence: 2,
        ..good
    };
    let path = three.package("f.rkp", other, &["claims"]);
    assert!(matches!(
        three.take("t", NDB, &path),
        Err(ImportError::Package(_))
    ));
}

#[test]
fn a_package_without_open_keys_is_refused() {
    let mut three = three();
    let path = three.package("a.rkp", three.header(PackageKind::Extract), &["claims"]);
    let ask = Import {
        dir: three.user.dir.path(),
        study: "S",
        table: "t",
        kind: NDB,
        file: &path,
        plain: PlainExtract::default(),
        keep: Vec::new(),
    };
    let refused = import(&mut three.store, None, &FakeEngine::default(), &ask, now());
    assert!(matches!(refused, Err(ImportError::KeysNeeded { .. })));
}
