use std::path::Path;

use renketsu_store::Store;
use renketsu_testkit::now;
use renketsu_workspace::{
    AskError, IdColumns, Import, LinkError, PlainExtract, StudyError, TableKind, create_study,
    import, link, linked,
};

use crate::{FakeEngine, Told, kcv, workspace};

/// Imports an anonymized table of one column of IDs.
fn imported(store: &mut Store, dir: &Path, engine: &FakeEngine, table: &str) {
    let csv = dir.join("a.csv");
    std::fs::write(&csv, b"id,x\n").unwrap();
    let plain = PlainExtract {
        provision: Some("P-2026-0001".to_owned()),
        kcv: Some(kcv(1)),
        ids: Some(IdColumns {
            number_id: "id".to_owned(),
            kana_id: None,
            kana_unique: None,
        }),
        approval: None,
    };
    let ask = Import {
        dir,
        study: "S",
        table,
        kind: TableKind::Anonymized,
        file: &csv,
        plain,
        keep: Vec::new(),
    };
    import(store, None, engine, &ask, now()).unwrap();
}

#[test]
fn a_second_study_with_the_provision_is_refused() {
    let (_dir, mut store) = workspace();
    let refused = create_study(&mut store, "T", "P-2026-0001", now()).unwrap_err();
    assert_eq!(refused.code(), "store.exists");
    assert!(matches!(
        create_study(&mut store, "T", "p 1", now()),
        Err(StudyError::Provision { .. })
    ));
    assert!(matches!(
        create_study(&mut store, "../T", "P-3", now()),
        Err(StudyError::Name(_))
    ));
}

#[test]
fn links_are_versions_and_know_the_one_before() {
    let (dir, mut store) = workspace();
    let engine = FakeEngine::default();
    assert!(matches!(
        link(&mut store, &engine, dir.path(), "S", now()),
        Err(LinkError::NoTables { .. })
    ));
    assert!(matches!(
        link(&mut store, &engine, dir.path(), "X", now()),
        Err(LinkError::NoStudy { .. })
    ));
    assert!(matches!(
        linked(&store, dir.path(), "S"),
        Err(AskError::NotLinked { .. })
    ));

    for table in ["a", "b"] {
        imported(&mut store, dir.path(), &engine, table);
        link(&mut store, &engine, dir.path(), "S", now()).unwrap();
    }
    let calls = engine.linked.borrow();
    assert_eq!(
        calls
            .iter()
            .map(|(tables, _)| tables.len())
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(
        calls[1].1.as_deref(),
        Some(dir.path().join("studies/S/links/1").as_path())
    );
    let found = linked(&store, dir.path(), "S").unwrap();
    assert_eq!((found.version, found.tables.len()), (2, 2));
}

#[test]
fn a_link_that_fails_leaves_the_one_before() {
    let (dir, mut store) = workspace();
    let good = FakeEngine::default();
    imported(&mut store, dir.path(), &good, "a");
    link(&mut store, &good, dir.path(), "S", now()).unwrap();
    let bad = FakeEngine {
        fails: true,
        ..FakeEngine::default()
    };
    assert!(matches!(
        link(&mut store, &bad, dir.path(), "S", now()),
        Err(LinkError::Engine(Told))
    ));
    assert_eq!(linked(&store, dir.path(), "S").unwrap().version, 1);
    assert!(!dir.path().join("studies/S/links/2").exists());
}

#[test]
fn two_links_at_once_are_two_versions() {
    let (dir, mut store) = workspace();
    imported(&mut store, dir.path(), &FakeEngine::default(), "a");
    let path = dir.path();
    let versions: Vec<u64> = std::thread::scope(|scope| {
        let run = || {
            let mut store = Store::open(path).unwrap();
            link(&mut store, &FakeEngine::default(), path, "S", now())
                .unwrap()
                .0
        };
        let both = [scope.spawn(run), scope.spawn(run)];
        both.map(|one| one.join().unwrap()).to_vec()
    });
    assert!(versions == [1, 2] || versions == [2, 1], "{versions:?}");
    for version in [1, 2] {
        assert!(
            path.join(format!("studies/S/links/{version}/persons.parquet"))
                .exists()
        );
    }
}
