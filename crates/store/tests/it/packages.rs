use renketsu_store::{SeenPackage, SentPackage, StoreError};

use crate::{event, now, store};

fn seen(id: &str, part: &str) -> SeenPackage {
    SeenPackage {
        package_id: id.to_owned(),
        part: part.to_owned(),
        kind: "delivery".to_owned(),
        sender: "aa".to_owned(),
        sequence: 1,
        seen_at: now(),
        head: None,
    }
}

#[test]
fn a_package_is_taken_once() {
    let (_dir, mut store) = store();
    let txn = store.begin().unwrap();
    txn.see(&seen("p", "")).unwrap();
    txn.commit(&event("package.taken")).unwrap();
    for part in ["", "claims"] {
        let txn = store.begin().unwrap();
        assert!(
            matches!(txn.see(&seen("p", part)), Err(StoreError::Replayed { .. })),
            "{part}"
        );
    }
}

#[test]
fn the_tables_of_a_package_are_taken_one_by_one() {
    let (_dir, mut store) = store();
    for part in ["claims", "visits"] {
        let txn = store.begin().unwrap();
        txn.see(&seen("p", part)).unwrap();
        txn.commit(&event("package.taken")).unwrap();
    }
    assert!(store.has_seen("p", "claims").unwrap());
    assert!(!store.has_seen("p", "other").unwrap());
    assert!(matches!(
        store.begin().unwrap().see(&seen("p", "claims")),
        Err(StoreError::Replayed { .. })
    ));
    assert!(matches!(
        store.begin().unwrap().see(&seen("p", "")),
        Err(StoreError::Replayed { .. })
    ));
}

#[test]
fn an_interrupted_change_does_not_use_the_package_up() {
    let (_dir, mut store) = store();
    let txn = store.begin().unwrap();
    txn.see(&seen("p", "")).unwrap();
    drop(txn);
    assert!(!store.has_seen("p", "").unwrap());
    store.begin().unwrap().see(&seen("p", "")).unwrap();
}

#[test]
fn each_recipient_has_its_own_sequence() {
    let (_dir, mut store) = store();
    for (id, recipient) in [("a", "x"), ("b", "x"), ("c", "y")] {
        let sequence = store.next_sequence(recipient).unwrap();
        let txn = store.begin().unwrap();
        txn.send(&SentPackage {
            package_id: id.to_owned(),
            kind: "answer".to_owned(),
            provision: "P-1".to_owned(),
            recipient: recipient.to_owned(),
            sequence,
            sha256: "00".to_owned(),
            sent_at: now(),
        })
        .unwrap();
        txn.commit(&event("package.sent")).unwrap();
    }
    assert_eq!(store.next_sequence("x").unwrap(), 3);
    assert_eq!(store.next_sequence("y").unwrap(), 2);
    assert_eq!(store.next_sequence("z").unwrap(), 1);
}
