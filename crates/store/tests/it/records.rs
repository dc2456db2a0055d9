use renketsu_store::{ProvisionRecord, RequestRecord, StoreError, StudyRecord, TableRecord};
use serde_json::json;

use crate::{event, now, store};

fn study(name: &str, provision: &str) -> StudyRecord {
    StudyRecord {
        study: name.to_owned(),
        provision: provision.to_owned(),
        kcv: None,
        kcv_proven: false,
        created_at: now(),
    }
}

fn table(version: u64) -> TableRecord {
    TableRecord {
        study: "s".to_owned(),
        name: "claims".to_owned(),
        version,
        kind: "ndb".to_owned(),
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
