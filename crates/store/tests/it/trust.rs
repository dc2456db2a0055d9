//! The list of trusted cards that stands is the newest the record names.

use std::path::Path;

use renketsu_store::{Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::event;

/// A list as a party signs it, but for the signature, which isn't this crate's to check.
fn list(serial: u64) -> String {
    format!(
        r#"{{"format":"renketsu.trust/2","signed":"{{\"serial\":{serial},\"cards\":[]}}","signature":""}}"#
    )
}

fn put(store: &mut Store, before: Option<&str>, list: &str) {
    let txn = store.begin().unwrap();
    txn.put_trusted(before, list).unwrap();
    txn.commit(&event("party.trusted").at_trust(list)).unwrap();
}

fn set(dir: &Path, list: &str) {
    Connection::open(dir.join("state.sqlite"))
        .unwrap()
        .execute("UPDATE trusted SET list = ?1", [list])
        .unwrap();
}

/// A directory in which lists 1 to 3 stood one after the other.
fn third() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, None, &list(1));
    put(&mut store, Some(&list(1)), &list(2));
    put(&mut store, Some(&list(2)), &list(3));
    assert_eq!(store.trusted().unwrap(), Some(list(3)));
    (dir, store)
}

fn older(store: &Store, older: u64, newest: u64) -> bool {
    matches!(
        store.trusted(),
        Err(StoreError::TrustOlder { serial, recorded, .. }) if (serial, recorded) == (older, newest)
    )
}

fn other(store: &Store) -> bool {
    matches!(store.trusted(), Err(StoreError::Trust { .. }))
}

#[test]
fn an_older_list_is_refused_by_its_number_and_none_or_another_too() {
    let (dir, store) = third();
    for serial in [1, 2] {
        set(dir.path(), &list(serial));
        assert!(older(&store, serial, 3));
        assert!(older(&Store::open(dir.path()).unwrap(), serial, 3));
    }
    for unnamed in [list(4), list(3) + " ", "x".to_owned()] {
        set(dir.path(), &unnamed);
        assert!(store.trusted().is_err(), "{unnamed}");
    }
    set(dir.path(), &list(4));
    assert!(other(&store));
    set(dir.path(), &list(3));
    store.trusted().unwrap();
    let raw = Connection::open(dir.path().join("state.sqlite")).unwrap();
    raw.execute("DELETE FROM trusted", []).unwrap();
    assert!(other(&store));
}

#[test]
fn an_entry_added_for_an_older_list_does_not_make_it_stand() {
    let (dir, mut store) = third();
    // As somebody without the passphrase can add one: the chain needs no key.
    let txn = store.begin().unwrap();
    txn.commit(&event("party.trusted").at_trust(&list(2)))
        .unwrap();
    set(dir.path(), &list(2));
    assert!(older(&store, 2, 3));
    // Not even the list that stood is believed in such a record.
    set(dir.path(), &list(3));
    assert!(other(&store));
    // An entry that gives the older list a number it doesn't have.
    let (dir, mut store) = third();
    let digest = event("x").at_trust(&list(2)).details["trust_sha256"].clone();
    let forged = event("party.trusted")
        .with("trust_sha256", digest)
        .with("trust_serial", 4);
    store.begin().unwrap().commit(&forged).unwrap();
    set(dir.path(), &list(2));
    assert!(older(&store, 2, 4));
    // One without a number, as it was before there were any.
    let (dir, mut store) = third();
    let former = r#"{"format":"renketsu.trust/1","signed":"[]","signature":""}"#;
    store
        .begin()
        .unwrap()
        .commit(&event("party.trusted").at_trust(former))
        .unwrap();
    set(dir.path(), former);
    assert!(older(&store, 0, 3));
}

#[test]
fn lists_of_before_there_were_numbers_stand_as_they_did_and_are_followed_by_the_first() {
    let dir = TempDir::new().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    put(&mut store, None, "a");
    put(&mut store, Some("a"), "b");
    assert_eq!(store.trusted().unwrap().as_deref(), Some("b"));
    set(dir.path(), "a");
    assert!(other(&store));
    set(dir.path(), "b");
    put(&mut store, Some("b"), &list(1));
    assert_eq!(store.trusted().unwrap(), Some(list(1)));
}

#[test]
fn the_list_is_read_again_after_another_command_changed_it_and_a_record_cut_meanwhile_is_noticed() {
    let (dir, store) = third();
    let mut other = Store::open(dir.path()).unwrap();
    put(&mut other, Some(&list(3)), &list(4));
    assert_eq!(store.trusted().unwrap(), Some(list(4)));
    // Cut off with the list that stood then: this handle has read further.
    let raw = Connection::open(dir.path().join("state.sqlite")).unwrap();
    raw.execute_batch(
        "DROP TRIGGER events_remain; DELETE FROM events WHERE seq = 4; DELETE FROM event_details WHERE entry = 3;
         CREATE TRIGGER events_remain BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;",
    )
    .unwrap();
    set(dir.path(), &list(3));
    assert!(matches!(store.trusted(), Err(StoreError::Chain { seq: 4 })));
}

#[test]
fn an_erased_entry_still_names_its_list() {
    let (dir, store) = third();
    let raw = Connection::open(dir.path().join("state.sqlite")).unwrap();
    raw.execute("DELETE FROM event_details", []).unwrap();
    assert_eq!(store.trusted().unwrap(), Some(list(3)));
    assert_eq!(
        Store::open(dir.path()).unwrap().trusted().unwrap(),
        Some(list(3))
    );
}
