use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use renketsu_identity::KanaMode;
use renketsu_seal::Role;
use renketsu_seal::package::{
    Certification, Counts, Draft, Header, Opened, PROFILE, PackageKind, RecipientGround, Sealed,
};
use renketsu_seal::vault::{Vault, VaultCost, VaultKey};
use renketsu_store::Store;
use renketsu_testkit::{Party, introduce, now, passphrase};
use renketsu_workspace::{
    Database, Declaration, IdColumns, Import, ImportError, Imported, NewStudy, PlainExtract,
    Standing, TableKind, import, open_study,
};

use crate::{FakeEngine, Heard, Told, Workspace, kcv, workspace};

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

/// Imports a plain file, with changes to what is asked.
fn take(
    place: &mut Workspace,
    table: &str,
    kind: TableKind,
    file: &Path,
    change: impl FnOnce(&mut Import<'_>),
) -> Result<Imported<Heard>, ImportError<Told>> {
    let Workspace { dir, vault, store } = place;
    let mut ask = Import {
        dir: dir.path(),
        study: "S",
        table,
        package_table: None,
        kind,
        file,
        ids: None,
        plain: plain(),
        reference: None,
        keep: Vec::new(),
        standing: Standing::New,
        memory: 0,
    };
    change(&mut ask);
    let engine = FakeEngine::default();
    import(store, vault, None, &engine, &ask, &|_| (), now())
}

fn unchanged(_: &mut Import<'_>) {}

pub(crate) const NDB: TableKind = TableKind::Public(Database::Ndb);

#[test]
fn a_plain_extract_is_taken_and_its_kcv_called_unproven() {
    let mut place = workspace();
    let csv = file(place.path(), "ndb.csv", b"id5,x\n");
    let taken = take(&mut place, "ndb", NDB, &csv, unchanged).unwrap();
    assert_eq!(taken.kcv_proven, Some(false));
    assert_eq!(
        taken.report,
        Heard {
            bytes: 6,
            number_id: Some("id5".to_owned())
        }
    );
    let study = place.store.study("S").unwrap().unwrap();
    assert_eq!((study.kcv, study.kcv_proven), (Some(kcv(1)), false));
    assert_eq!(
        place.store.tables("S").unwrap()[0].directory,
        "studies/S/tables/ndb/1"
    );
    assert_eq!(std::fs::read(&csv).unwrap(), b"id5,x\n");
}

#[test]
fn table_files_and_event_stand_together() {
    let mut place = workspace();
    let csv = file(place.path(), "ndb.csv", b"id5,x\n");
    take(&mut place, "ndb", NDB, &csv, unchanged).unwrap();
    let study = open_study(&place.store, &place.vault, "S").unwrap();
    let catalogue = study.catalogue();
    assert_eq!((catalogue.sequence, catalogue.entries.len()), (1, 1));
    let entry = catalogue.entries.values().next().unwrap();
    assert_eq!(entry.path, "studies/S/tables/ndb/1/rows.parquet");
    let (_, _, mac) = place.store.vault("S").unwrap().unwrap();
    let events = place.store.events().unwrap();
    let told = &events.last().unwrap().event.details["catalogue"];
    assert_eq!(told["study"], "S");
    assert_eq!(told["sequence"], 1);
    // Who reads the record doesn't learn the MAC.
    assert!(!told.to_string().contains(&mac.to_hex()), "{told}");
}

type Without = fn(&mut PlainExtract);

#[test]
fn a_plain_extract_without_its_papers_is_refused() {
    let mut place = workspace();
    let csv = file(place.path(), "ndb.csv", b"id5,x\n");
    let cases: [(&str, Without); 4] = [
        ("--provision", |plain| plain.provision = None),
        ("--kcv", |plain| plain.kcv = None),
        ("--number-id", |plain| plain.ids = None),
        ("--approval", |plain| plain.approval = None),
    ];
    for (missing, without) in cases {
        let refused = take(&mut place, "ndb", NDB, &csv, |ask| without(&mut ask.plain));
        assert!(
            matches!(refused, Err(ImportError::PlainNeeds { option }) if option == missing),
            "{missing}"
        );
    }
    assert!(
        !place.path().join("studies/S/tables").exists(),
        "a refusal leaves nothing"
    );
}

#[test]
fn a_reference_table_needs_a_source_and_somebody_who_says_so() {
    let mut place = workspace();
    let csv = file(place.path(), "weather.csv", b"month,rain\n");
    let mut said = |source: &str, declared_by: &str| {
        let reference = Some(Declaration {
            source: source.to_owned(),
            declared_by: declared_by.to_owned(),
        });
        take(&mut place, "weather", TableKind::Reference, &csv, |ask| {
            ask.plain = PlainExtract::default();
            ask.reference = reference;
        })
    };
    for (source, declared_by, missing) in [
        (" ", "Sato", "--source"),
        ("https://example.go.jp", "", "--declared-by"),
    ] {
        let refused = said(source, declared_by);
        assert!(
            matches!(refused, Err(ImportError::ReferenceNeeds { option }) if option == missing),
            "{missing}"
        );
    }
    let taken = said("https://example.go.jp", "Sato").unwrap();
    assert_eq!(taken.kcv_proven, None);
    assert_eq!(taken.report.number_id, None);
    let refused = take(&mut place, "rain", TableKind::Reference, &csv, unchanged);
    assert!(matches!(
        refused,
        Err(ImportError::ReferenceNeeds { option: "--source" })
    ));
}

#[test]
fn other_provisions_and_other_keys_are_refused() {
    let mut place = workspace();
    let csv = file(place.path(), "ndb.csv", b"id5,x\n");
    let refused = take(&mut place, "ndb", NDB, &csv, |ask| {
        ask.plain.provision = Some("P-2026-0002".to_owned());
    });
    assert!(matches!(refused, Err(ImportError::OtherProvision { .. })));
    take(&mut place, "ndb", NDB, &csv, unchanged).unwrap();
    let dpc = TableKind::Public(Database::Dpc);
    let refused = take(&mut place, "dpc", dpc, &csv, |ask| {
        ask.plain.kcv = Some(kcv(9));
    });
    assert!(matches!(refused, Err(ImportError::OtherKcv { .. })));
}

#[test]
fn bad_files_and_names_are_refused() {
    let mut place = workspace();
    let dir = place.path().to_owned();
    let csv = file(&dir, "ndb.csv", b"id5,x\n");
    let empty = file(&dir, "empty.csv", b"");
    let mut ask = |table: &str, file: &Path| take(&mut place, table, NDB, file, unchanged);
    assert!(matches!(ask("ndb", &empty), Err(ImportError::Empty { .. })));
    assert!(matches!(
        ask("ndb", &dir),
        Err(ImportError::Directory { .. })
    ));
    assert!(matches!(
        ask("ndb", &dir.join("none")),
        Err(ImportError::Io { .. })
    ));
    assert!(matches!(ask("../x", &csv), Err(ImportError::Name(_))));
    assert!(matches!(ask("person", &csv), Err(ImportError::Name(_))));
    ask("ndb", &csv).unwrap();
    assert!(matches!(ask("ndb", &csv), Err(ImportError::Taken { .. })));
}

#[test]
fn a_refreshed_extract_is_the_next_version_of_its_table_and_the_old_one_stays() {
    let mut place = workspace();
    let dir = place.path().to_owned();
    let csv = file(&dir, "ndb.csv", b"id5,x\n");
    let replace = |ask: &mut Import<'_>| ask.standing = Standing::Replaced;
    let refused = take(&mut place, "ndb", NDB, &csv, replace);
    assert!(matches!(refused, Err(ImportError::NothingToReplace { .. })));
    take(&mut place, "ndb", NDB, &csv, unchanged).unwrap();
    let dpc = TableKind::Public(Database::Dpc);
    let refused = take(&mut place, "ndb", dpc, &csv, replace);
    assert!(matches!(refused, Err(ImportError::OtherKind { .. })));
    let refused = take(&mut place, "ndb", NDB, &csv, |ask| {
        replace(ask);
        ask.plain.provision = Some("P-2026-0002".to_owned());
    });
    assert!(matches!(refused, Err(ImportError::OtherProvision { .. })));
    let taken = take(&mut place, "ndb", NDB, &csv, replace).unwrap();
    assert_eq!(taken.version, 2);
    for version in [1, 2] {
        let file = format!("studies/S/tables/ndb/{version}/rows.parquet");
        assert!(dir.join(file).exists());
    }
    let study = open_study(&place.store, &place.vault, "S").unwrap();
    assert_eq!(study.catalogue().entries.len(), 2);
}

#[test]
fn an_engine_that_fails_leaves_nothing_and_what_was_left_over_makes_room() {
    let mut place = workspace();
    let csv = file(place.path(), "ndb.csv", b"id5,x\n");
    let engine = FakeEngine {
        fails: true,
        ..FakeEngine::default()
    };
    let Workspace { dir, vault, store } = &mut place;
    let ask = Import {
        dir: dir.path(),
        study: "S",
        table: "ndb",
        package_table: None,
        kind: NDB,
        file: &csv,
        ids: None,
        plain: plain(),
        reference: None,
        keep: Vec::new(),
        standing: Standing::New,
        memory: 0,
    };
    let failed = import(store, vault, None, &engine, &ask, &|_| (), now());
    assert!(matches!(failed, Err(ImportError::Engine(Told))));
    let out = place.path().join("studies/S/tables/ndb/1");
    assert!(!out.exists());
    assert_eq!(place.store.tables("S").unwrap(), []);
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("rows.parquet"), b"cut off").unwrap();
    take(&mut place, "ndb", NDB, &csv, unchanged).unwrap();
    assert_eq!(std::fs::read(out.join("rows.parquet")).unwrap(), b"id5,x\n");
}

/// The three parties, introduced, and a study `S` at the user.
pub(crate) struct Three {
    producer: Party,
    pub(crate) authority: Party,
    pub(crate) issuer: Party,
    user: Party,
    vault: VaultKey,
    pub(crate) store: Store,
}

pub(crate) fn three() -> Three {
    let producer = Party::new(Role::Producer, "producer");
    let authority = Party::new(Role::Authority, "authority");
    let issuer = Party::new(Role::Issuer, "issuer");
    let user = Party::new(Role::Workspace, "user");
    introduce(&producer, &user);
    introduce(&authority, &user);
    introduce(&issuer, &user);
    let mut store = Store::open(user.path()).unwrap();
    let vault = Vault::create(user.path(), &passphrase(), VaultCost::Light).unwrap();
    let study = NewStudy::parse("S", "P-2026-0001").unwrap();
    study.create(&mut store, &vault, None, now()).unwrap();
    Three {
        producer,
        authority,
        issuer,
        user,
        vault,
        store,
    }
}

impl Three {
    pub(crate) fn header(&self, kind: PackageKind) -> Header {
        Header {
            kind,
            provision: "P-2026-0001".to_owned(),
            study: Some("S".to_owned()),
            profile: PROFILE.to_owned(),
            kcv: Some(kcv(1)),
            kana_mode: KanaMode::Keyed,
            sequence: 1,
            in_reply_to: None,
            custody: None,
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
            contract: Some("C-1".to_owned()),
            period_start: Some("2026-04-01".parse().unwrap()),
            period_end: Some("2029-03-31".parse().unwrap()),
            fee_notice: None,
        }
    }

    /// A package as the user opens it.
    pub(crate) fn opened(&self, path: &Path) -> Opened {
        Sealed::open(path)
            .unwrap()
            .authenticate(&self.user.keys, &self.user.trust(), now())
            .unwrap()
            .verify()
            .unwrap()
    }

    pub(crate) fn package(&self, name: &str, header: Header, tables: &[&str]) -> PathBuf {
        self.package_of(name, header, tables, 1)
    }

    pub(crate) fn package_of(
        &self,
        name: &str,
        header: Header,
        tables: &[&str],
        rows: u64,
    ) -> PathBuf {
        let sender = match header.kind.sender() {
            Role::Producer => &self.producer,
            Role::Issuer => &self.issuer,
            Role::Authority | Role::Workspace => &self.authority,
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
                    rows,
                    distinct_number_ids: Some(1),
                    distinct_kana_ids: None,
                })
                .unwrap();
        }
        let path = sender.path().join(name);
        draft
            .sign(
                header,
                renketsu_testkit::given(&sender.keys),
                &sender.keys,
                &self.user.card,
            )
            .unwrap()
            .seal(&path)
            .unwrap();
        path
    }

    pub(crate) fn take(
        &mut self,
        table: &str,
        kind: TableKind,
        file: &Path,
    ) -> Result<Imported<Heard>, ImportError<Told>> {
        self.take_as(Standing::New, table, kind, file)
    }

    pub(crate) fn take_as(
        &mut self,
        standing: Standing,
        table: &str,
        kind: TableKind,
        file: &Path,
    ) -> Result<Imported<Heard>, ImportError<Told>> {
        self.take_all(Import {
            standing,
            ..packaged(Path::new(""), table, kind, file)
        })
    }

    /// Whatever directory it names, it goes to the user's.
    pub(crate) fn take_all(
        &mut self,
        ask: Import<'_>,
    ) -> Result<Imported<Heard>, ImportError<Told>> {
        let trust = self.user.trust();
        let keys = Some((&self.user.keys, &trust));
        let ask = Import {
            dir: self.user.dir.path(),
            ..ask
        };
        let engine = FakeEngine::default();
        let (store, vault) = (&mut self.store, &self.vault);
        import(store, vault, keys, &engine, &ask, &|_| (), now())
    }
}

pub(crate) fn packaged<'a>(
    dir: &'a Path,
    table: &'a str,
    kind: TableKind,
    file: &'a Path,
) -> Import<'a> {
    Import {
        dir,
        study: "S",
        table,
        package_table: None,
        kind,
        file,
        ids: None,
        plain: PlainExtract::default(),
        reference: None,
        keep: Vec::new(),
        standing: Standing::New,
        memory: 0,
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
fn a_table_keeps_its_name_and_is_not_taken_twice() {
    let mut three = three();
    let path = three.package("e.rkp", three.header(PackageKind::Extract), &["claims"]);
    let misnamed = three.take("claim", NDB, &path);
    assert!(matches!(misnamed, Err(ImportError::NoTable { tables, .. }) if tables == ["claims"]));
    three.take("claims", NDB, &path).unwrap();
    let header = three.header(PackageKind::Extract);
    let other = three.package("f.rkp", header, &["claims"]);
    let renamed = Import {
        package_table: Some("claims"),
        ..packaged(Path::new(""), "claims_2", NDB, &other)
    };
    three.take_all(renamed).unwrap();
    let again = three.take_as(Standing::Replaced, "claims", NDB, &path);
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

    three.take("claims", NDB, &extract).unwrap();
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
    let ask = packaged(three.user.dir.path(), "t", NDB, &path);
    let (store, vault) = (&mut three.store, &three.vault);
    let refused = import(
        store,
        vault,
        None,
        &FakeEngine::default(),
        &ask,
        &|_| (),
        now(),
    );
    assert!(matches!(refused, Err(ImportError::KeysNeeded { .. })));
}
