use renketsu_store::Store;
use renketsu_testkit::now;
use renketsu_workspace::{
    AskError, IdColumns, Import, Link, LinkError, NewStudy, PlainExtract, Standing, StudyError,
    TableKind, import, link, linked, open_study,
};

use crate::{FakeEngine, Told, Workspace, kcv, workspace};

/// Imports an anonymized table of one column of IDs; one that stands is replaced.
pub(crate) fn imported(place: &mut Workspace, table: &str) {
    let Workspace { dir, vault, store } = place;
    let csv = dir.path().join("a.csv");
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
    let stands = store.tables("S").unwrap().iter().any(|t| t.name == table);
    let ask = Import {
        dir: dir.path(),
        study: "S",
        table,
        package_table: None,
        kind: TableKind::Anonymized,
        file: &csv,
        ids: None,
        plain,
        reference: None,
        keep: Vec::new(),
        standing: if stands {
            Standing::Replaced
        } else {
            Standing::New
        },
        memory: 0,
    };
    let engine = FakeEngine::default();
    import(store, vault, None, &engine, &ask, &|_| (), now()).unwrap();
}

#[test]
fn a_second_study_with_the_provision_is_refused() {
    let mut place = workspace();
    let second = NewStudy::parse("T", "P-2026-0001").unwrap();
    let refused = second
        .create(&mut place.store, &place.vault, None, now())
        .unwrap_err();
    assert_eq!(refused.code(), "store.exists");
    assert!(matches!(
        NewStudy::parse("T", "p 1"),
        Err(StudyError::Provision { .. })
    ));
    assert!(matches!(
        NewStudy::parse("../T", "P-3"),
        Err(StudyError::Name(_))
    ));
}

#[test]
fn links_are_versions_and_know_the_one_before() {
    let mut place = workspace();
    let engine = FakeEngine::default();
    assert!(matches!(
        place.link(&engine, "S"),
        Err(LinkError::NoTables { .. })
    ));
    assert!(matches!(
        place.link(&engine, "X"),
        Err(LinkError::NoStudy { .. })
    ));
    assert!(matches!(
        linked(&place.store, &place.vault, "S"),
        Err(AskError::NotLinked { .. })
    ));

    for table in ["a", "b"] {
        imported(&mut place, table);
        place.link(&engine, "S").unwrap();
    }
    let calls = engine.linked.borrow();
    assert_eq!(
        calls
            .iter()
            .map(|(tables, previous)| (tables.len(), *previous))
            .collect::<Vec<_>>(),
        [(1, None), (2, Some(1))]
    );
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert_eq!((found.version, found.tables.len()), (2, 2));
    assert_eq!(found.study.catalogue().sequence, 4);
}

#[test]
fn a_replaced_table_is_asked_in_the_version_that_was_linked() {
    let mut place = workspace();
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    imported(&mut place, "a");
    imported(&mut place, "b");
    let versions = |place: &Workspace| {
        let found = linked(&place.store, &place.vault, "S").unwrap();
        let tables = found.tables.iter();
        tables
            .map(|table| (table.name.clone(), table.version))
            .collect::<Vec<_>>()
    };
    assert_eq!(versions(&place), [("a".to_owned(), 1)]);
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert!(matches!(found.refusal("b"), Some(AskError::Since { .. })));
    assert!(found.refusal("nobody").is_none());
    place.link(&FakeEngine::default(), "S").unwrap();
    assert_eq!(versions(&place), [("a".to_owned(), 2), ("b".to_owned(), 1)]);
}

#[test]
fn a_link_that_fails_leaves_the_one_before() {
    let mut place = workspace();
    imported(&mut place, "a");
    place.link(&FakeEngine::default(), "S").unwrap();
    let bad = FakeEngine {
        fails: true,
        ..FakeEngine::default()
    };
    assert!(matches!(
        place.link(&bad, "S"),
        Err(LinkError::Engine(Told))
    ));
    let found = linked(&place.store, &place.vault, "S").unwrap();
    assert_eq!(found.version, 1);
    assert!(!place.path().join("studies/S/links/2").exists());
}

#[test]
fn two_links_at_once_are_two_versions() {
    let mut place = workspace();
    imported(&mut place, "a");
    let path = place.path();
    let vault = &place.vault;
    let versions: Vec<u64> = std::thread::scope(|scope| {
        let run = || {
            let mut store = Store::open(path).unwrap();
            let ask = Link {
                dir: path,
                study: "S",
                memory: 0,
            };
            let engine = FakeEngine::default();
            link(&mut store, vault, &engine, ask, &|_| (), now())
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
    let study = open_study(&place.store, vault, "S").unwrap();
    assert_eq!(study.catalogue().sequence, 3);
}
