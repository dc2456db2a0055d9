use renketsu_store::{
    ProvisionRecord, ReferenceRecord, RequestRecord, StoreError, StudyRecord, TableRecord,
};
use rusqlite::Connection;
use serde_json::json;

use crate::{event, now, store};

fn study(name: &str, provision: &str) -> StudyRecord {
    StudyRecord {
        study: name.to_owned(),
        provision: provision.to_owned(),
        kcv: None,
        kcv_proven: false,
        created_at: now(),
        row_level: None,
    }
}

fn table(version: u64) -> TableRecord {
    TableRecord {
        study: "s".to_owned(),
        name: "claims".to_owned(),
        version,
        kind: "ndb".to_owned(),
        reference: None,
        directory: format!("studies/s/tables/claims/{version}"),
        origin: json!({}),
        report: json!({"rows": 3}),
        imported_at: now(),
    }
}

#[test]
fn a_provision_belongs_to_one_study() {
    let (_dir, mut store) = store();
    let txn = store.begin().unwrap();
    txn.create_study(&study("s", "P-1")).unwrap();
    txn.commit(&event("study.created")).unwrap();
    let again = store.begin().unwrap().create_study(&study("s", "P-2"));
    assert!(matches!(
        again,
        Err(StoreError::Exists { what: "study", .. })
    ));
    let second = store.begin().unwrap().create_study(&study("t", "P-1"));
    assert!(matches!(
        second,
        Err(StoreError::Exists {
            what: "study of provision",
            ..
        })
    ));
    assert_eq!(store.studies().unwrap().len(), 1);
}

#[test]
fn the_latest_version_of_a_table_stands() {
    let (_dir, mut store) = store();
    let txn = store.begin().unwrap();
    txn.create_study(&study("s", "P-1")).unwrap();
    txn.import_table(&table(1)).unwrap();
    txn.import_table(&table(2)).unwrap();
    assert!(matches!(
        txn.import_table(&table(2)),
        Err(StoreError::Exists { .. })
    ));
    txn.commit(&event("table.imported")).unwrap();
    let tables = store.tables("s").unwrap();
    assert_eq!(
        tables.iter().map(|table| table.version).collect::<Vec<_>>(),
        [2]
    );
}

#[test]
fn row_level_results_are_turned_on_and_off() {
    let (_dir, mut store) = store();
    let allowed = json!({"cap": 20, "approved_by": "倫理審査委員会", "reason": "有害事象の確認"});
    let txn = store.begin().unwrap();
    txn.create_study(&study("s", "P-1")).unwrap();
    let on = StudyRecord {
        row_level: Some(allowed.clone()),
        ..study("t", "P-2")
    };
    txn.create_study(&on).unwrap();
    txn.set_row_level("s", Some(&allowed)).unwrap();
    assert!(matches!(
        txn.set_row_level("nobody", None),
        Err(StoreError::Missing { what: "study", .. })
    ));
    txn.commit(&event("study.row_level")).unwrap();
    assert_eq!(store.study("t").unwrap().unwrap(), on);
    let row_level = |store: &renketsu_store::Store| store.study("s").unwrap().unwrap().row_level;
    assert_eq!(row_level(&store), Some(allowed));
    let txn = store.begin().unwrap();
    txn.set_row_level("s", None).unwrap();
    txn.commit(&event("study.row_level")).unwrap();
    assert_eq!(row_level(&store), None);
}

#[test]
fn a_reference_table_is_approved_once() {
    let (_dir, mut store) = store();
    let reference = |version, approved_by: Option<&str>| TableRecord {
        name: "icd10".to_owned(),
        kind: "reference".to_owned(),
        reference: Some(ReferenceRecord {
            source: "https://example.jp/icd10.csv".to_owned(),
            approved_by: approved_by.map(str::to_owned),
        }),
        ..table(version)
    };
    let txn = store.begin().unwrap();
    txn.create_study(&study("s", "P-1")).unwrap();
    txn.import_table(&table(1)).unwrap();
    txn.import_table(&reference(1, None)).unwrap();
    let approve = |name: &str, version| txn.approve_reference("s", name, version, "佐藤");
    for (name, version) in [("icd10", 2), ("claims", 1), ("nothing", 1)] {
        assert!(matches!(
            approve(name, version),
            Err(StoreError::Missing {
                what: "reference table",
                ..
            })
        ));
    }
    approve("icd10", 1).unwrap();
    assert!(matches!(
        approve("icd10", 1),
        Err(StoreError::Exists { .. })
    ));
    txn.commit(&event("table.approved")).unwrap();
    let [claims, icd10] = &store.tables("s").unwrap()[..] else {
        unreachable!("two tables")
    };
    assert_eq!(claims, &table(1));
    assert_eq!(icd10, &reference(1, Some("佐藤")));
}

#[test]
fn a_map_is_destroyed_once() {
    let (_dir, mut store) = store();
    let txn = store.begin().unwrap();
    txn.request(&RequestRecord {
        package_id: "r".to_owned(),
        provision: "P-1".to_owned(),
        map_file: "maps/r.parquet".to_owned(),
        rows: 10,
        requested_at: now(),
        answered_by: None,
        destroyed_at: None,
    })
    .unwrap();
    txn.answer_request("r", "a", now()).unwrap();
    assert!(matches!(
        txn.answer_request("r", "a", now()),
        Err(StoreError::Missing { .. })
    ));
    txn.commit(&event("map.destroyed")).unwrap();
    let record = store.request("r").unwrap().unwrap();
    assert_eq!(
        (record.answered_by.as_deref(), record.destroyed_at),
        (Some("a"), Some(now()))
    );
}

#[test]
fn a_provision_opens_once_and_closes_once() {
    let (_dir, mut store) = store();
    let record = ProvisionRecord {
        provision: "P-1".to_owned(),
        study: "s".to_owned(),
        body: json!({"epoch": 1}),
        open: true,
        opened_at: now(),
    };
    let txn = store.begin().unwrap();
    txn.open_provision(&record).unwrap();
    assert!(matches!(
        txn.open_provision(&record),
        Err(StoreError::Exists { .. })
    ));
    txn.commit(&event("provision.opened")).unwrap();
    assert_eq!(store.provision("P-1").unwrap(), Some(record));
    let txn = store.begin().unwrap();
    txn.close_provision("P-1").unwrap();
    assert!(matches!(
        txn.close_provision("P-1"),
        Err(StoreError::Missing { .. })
    ));
    txn.commit(&event("provision.closed")).unwrap();
    assert!(!store.provision("P-1").unwrap().unwrap().open);
}

#[test]
fn an_unknown_name_is_absent() {
    let (_dir, store) = store();
    assert_eq!(store.study("s").unwrap(), None);
    assert_eq!(store.provision("P-1").unwrap(), None);
    assert_eq!(store.request("r").unwrap(), None);
    assert_eq!(store.link("s").unwrap(), None);
    assert_eq!(store.registry_version().unwrap(), None);
    assert_eq!(store.provision_terms("P-1").unwrap(), None);
    assert_eq!(store.certification().unwrap(), None);
}

#[test]
fn a_value_that_is_not_ours_is_damage_and_no_bug() {
    for (column, value) in [
        ("kcv", "''"),
        ("kcv", "'{}'"),
        ("created_at", "'yesterday'"),
        ("row_level", "'{'"),
    ] {
        let (dir, mut store) = store();
        let txn = store.begin().unwrap();
        txn.create_study(&study("s", "P-1")).unwrap();
        txn.commit(&event("study.created")).unwrap();
        let path = dir.path().join("state.sqlite");
        let edit =
            format!("PRAGMA ignore_check_constraints = 1; UPDATE studies SET {column} = {value}");
        Connection::open(path)
            .unwrap()
            .execute_batch(&edit)
            .unwrap();
        for error in [store.study("s").map(|_| ()), store.studies().map(|_| ())] {
            assert_eq!(
                error.unwrap_err().code(),
                "store.damaged",
                "{column} {value}"
            );
        }
    }
}
