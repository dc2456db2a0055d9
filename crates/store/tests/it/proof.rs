use std::path::Path;

use renketsu_seal::party::{self, Cost};
use renketsu_seal::{PartyKeys, Passphrase, ProofKey, Role};
use renketsu_store::{Store, StoreError};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::{event, now};

fn keys(dir: &Path) -> PartyKeys {
    let passphrase = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
    party::create_opened(dir, "A", Role::Authority, &passphrase, now(), Cost::Light).unwrap()
}

fn key() -> ProofKey {
    keys(TempDir::new().unwrap().path()).proof()
}

fn raw(dir: &Path) -> Connection {
    let raw = Connection::open(dir.join("state.sqlite")).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF;")
        .unwrap();
    raw
}

fn tables(raw: &Connection) -> Vec<String> {
    raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Names and types of a table's columns.
fn columns(raw: &Connection, table: &str) -> Vec<(String, String)> {
    raw.prepare("SELECT name, type FROM pragma_table_info(?1)")
        .unwrap()
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn value(kind: &str, number: usize) -> String {
    match kind {
        "INTEGER" => number.to_string(),
        "BLOB" => format!("x'{number:04}'"),
        _ => format!("'{number}'"),
    }
}

fn insert(raw: &Connection, table: &str, number: usize) {
    let values: Vec<String> = columns(raw, table)
        .iter()
        .map(|(_, kind)| value(kind, number))
        .collect();
    let insert = format!("INSERT INTO {table} VALUES ({})", values.join(", "));
    raw.execute(&insert, []).unwrap();
}

/// The tables without rows in the proof. Each has its reason in `proof::EXEMPT`; this list should only ever shrink.
const EXEMPT: [&str; 2] = ["events", "state_proof"];

/// A proven state with one row in every table that has rows in the proof.
fn full(dir: &Path, key: &ProofKey) {
    drop(Store::open(dir).unwrap());
    let raw = raw(dir);
    for table in tables(&raw) {
        // The events below bring their own details.
        if !EXEMPT.contains(&table.as_str()) && table != "event_details" {
            insert(&raw, &table, 1);
        }
    }
    drop(raw);
    let mut store = Store::adopt(dir, key, &event("state.adopted")).unwrap();
    store.begin().unwrap().commit(&event("one")).unwrap();
    Store::open_proven(dir, key).unwrap();
}

/// The state as it lies there, in a directory of its own.
fn copied(dir: &Path) -> TempDir {
    raw(dir)
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let copy = TempDir::new().unwrap();
    std::fs::copy(dir.join("state.sqlite"), copy.path().join("state.sqlite")).unwrap();
    copy
}

/// Opens after `act` did something to the state behind the program, and tells in which table it was seen.
fn seen(dir: &Path, key: &ProofKey, act: impl FnOnce(&Connection)) -> Option<String> {
    let copy = copied(dir);
    act(&raw(copy.path()));
    match Store::open_proven(copy.path(), key) {
        Ok(_) => None,
        Err(StoreError::Edited { table, .. }) => Some(table),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_row_of_any_table_that_was_edited_added_or_removed_is_seen() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    full(dir.path(), &key);
    let names = tables(&raw(dir.path()));
    assert!(names.len() > 30, "{names:?}");
    for table in names
        .iter()
        .filter(|table| !EXEMPT.contains(&table.as_str()))
    {
        let found = Some(table.clone());
        let added = seen(dir.path(), &key, |raw| insert(raw, table, 2));
        assert_eq!(added, found, "added to {table}");
        let removed = seen(dir.path(), &key, |raw| {
            raw.execute(&format!("DELETE FROM {table}"), []).unwrap();
        });
        assert_eq!(removed, found, "removed from {table}");
    }
    assert_eq!(seen(dir.path(), &key, |_| ()), None);
}

#[test]
fn a_change_that_lets_something_out_looks_at_every_row_again() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    full(dir.path(), &key);
    let mut store = Store::open_proven(dir.path(), &key).unwrap();
    let meanwhile = raw(dir.path());
    insert(&meanwhile, "amendments", 2);
    drop(store.begin().unwrap());
    let checked = store.begin_checked().map(drop);
    assert!(
        matches!(&checked, Err(StoreError::Edited { table, .. }) if table == "amendments"),
        "{checked:?}"
    );
    // Taken back before it begins, the edit leaves nothing to see: what was read meanwhile has to be read again.
    meanwhile
        .execute(
            "DELETE FROM amendments WHERE rowid = (SELECT max(rowid) FROM amendments)",
            [],
        )
        .unwrap();
    let txn = store.begin_checked().unwrap();
    txn.commit(&event("two")).unwrap();
    store.check().unwrap();
}

#[test]
fn a_value_of_any_column_that_was_edited_is_seen() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    full(dir.path(), &key);
    let store = Store::open_proven(dir.path(), &key).unwrap();
    let raw = raw(dir.path());
    // Details of events are nobody's to choose here; what stood there is put back as well.
    for (details, seen) in [("{ }", true), ("{}", false)] {
        let set = "UPDATE event_details SET details = ?1 WHERE entry = 1";
        assert_eq!(raw.execute(set, [details]).unwrap(), 1);
        assert_eq!(store.check().is_err(), seen);
    }
    for table in tables(&raw) {
        if EXEMPT.contains(&table.as_str()) || table == "event_details" {
            continue;
        }
        for (column, kind) in columns(&raw, &table) {
            for (number, seen) in [(3, true), (1, false)] {
                let set = format!("UPDATE {table} SET {column} = {}", value(&kind, number));
                assert_eq!(raw.execute(&set, []).unwrap(), 1);
                let found = match store.check() {
                    Ok(()) => None,
                    Err(StoreError::Edited { table, .. }) => Some(table),
                    Err(other) => panic!("{other}"),
                };
                assert_eq!(found, seen.then(|| table.clone()), "{table}.{column}");
            }
        }
    }
}

#[test]
fn a_record_that_was_cut_or_went_on_without_the_key_is_seen() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    full(dir.path(), &key);
    for act in [
        "DELETE FROM events WHERE seq = 2",
        "INSERT INTO events SELECT 3, body, hash, 'x', entry FROM events WHERE seq = 2",
        "UPDATE events SET hash = 'x' WHERE seq = 2",
        "DELETE FROM events",
    ] {
        let found = seen(dir.path(), &key, |raw| {
            let triggers: Vec<(String, String)> = raw
                .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
                .unwrap()
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            for (name, _) in &triggers {
                raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
            }
            raw.execute_batch(act).unwrap();
            for (_, sql) in &triggers {
                raw.execute_batch(sql).unwrap();
            }
        });
        assert_eq!(found.as_deref(), Some("events"), "{act}");
    }
}

#[test]
fn a_proof_of_another_key_another_time_or_none_is_no_proof() {
    let (dir, key, other) = (TempDir::new().unwrap(), key(), key());
    full(dir.path(), &key);
    assert!(matches!(
        Store::open_proven(dir.path(), &other),
        Err(StoreError::Edited { table, .. }) if table == "state_proof"
    ));
    let older: String = raw(dir.path())
        .query_row("SELECT sealed FROM state_proof", [], |row| row.get(0))
        .unwrap();
    let mut store = Store::open_proven(dir.path(), &key).unwrap();
    store.begin().unwrap().commit(&event("two")).unwrap();
    let back = seen(dir.path(), &key, |raw| {
        let set = "UPDATE state_proof SET sealed = ?1";
        raw.execute(set, params![older]).unwrap();
    });
    assert_eq!(back.as_deref(), Some("events"));
    let copy = copied(dir.path());
    raw(copy.path())
        .execute("DELETE FROM state_proof", [])
        .unwrap();
    assert!(matches!(
        Store::open_proven(copy.path(), &key),
        Err(StoreError::Unproven { .. })
    ));
    // Nor is it taken over a second time.
    let again = || Store::adopt(copy.path(), &key, &event("state.adopted"));
    assert!(matches!(
        again(),
        Err(StoreError::Exists { what: "proof", .. })
    ));
    // As if the state were from before there were proofs: the migrations from there on run again, or fail.
    let back = "DROP TABLE state_proof; DROP TABLE trusted; PRAGMA user_version = 9";
    raw(copy.path()).execute_batch(back).unwrap();
    assert!(Store::open_proven(copy.path(), &key).is_err());
    assert!(again().is_err());
}

#[test]
fn a_proven_state_is_changed_with_its_key_only() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    let mut store = Store::open_proven(dir.path(), &key).unwrap();
    assert!(store.is_proven());
    store.begin().unwrap().commit(&event("one")).unwrap();
    let mut without = Store::open(dir.path()).unwrap();
    assert!(!without.is_proven());
    assert!(matches!(without.begin(), Err(StoreError::Keys { .. })));
    // Reading goes on, and nothing was lost.
    assert_eq!(without.events().unwrap().len(), 1);
    store.check().unwrap();
}

#[test]
fn an_edit_while_the_state_is_open_is_never_taken_into_a_proof() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    let mut store = Store::open_proven(dir.path(), &key).unwrap();
    for (place, list) in [(None, "a"), (Some("a"), "b")] {
        let txn = store.begin().unwrap();
        txn.put_trusted(place, list).unwrap();
        txn.commit(&event("party.trusted")).unwrap();
    }
    store.check_table("trusted").unwrap();
    raw(dir.path())
        .execute("UPDATE trusted SET list = 'c'", [])
        .unwrap();
    assert!(matches!(
        store.check_table("trusted"),
        Err(StoreError::Edited { .. })
    ));
    store.check_table("provisions").unwrap();
    // The program's own change of that very row goes into the proof as far as it was the program's.
    let txn = store.begin().unwrap();
    txn.put_trusted(Some("c"), "d").unwrap();
    txn.commit(&event("party.trusted")).unwrap();
    assert!(matches!(
        Store::open_proven(dir.path(), &key),
        Err(StoreError::Edited { table, .. }) if table == "trusted"
    ));
}

#[test]
fn a_change_that_was_dropped_or_cut_off_leaves_a_state_that_opens() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    let mut store = Store::open_proven(dir.path(), &key).unwrap();
    let txn = store.begin().unwrap();
    txn.put_trusted(None, "a").unwrap();
    drop(txn);
    // Nothing of it goes into the proof of the next change.
    let txn = store.begin().unwrap();
    txn.put_trusted(None, "b").unwrap();
    // A statement that fails leaves nothing either, and the change may go on.
    assert!(txn.put_trusted(None, "c").is_err());
    txn.commit(&event("party.trusted").at_trust("b")).unwrap();
    let mut other = Store::open_proven(dir.path(), &key).unwrap();
    other.begin().unwrap().commit(&event("two")).unwrap();
    store.begin().unwrap().commit(&event("three")).unwrap();
    for store in [&store, &other, &store.another().unwrap()] {
        store.check().unwrap();
        assert_eq!(store.trusted().unwrap().as_deref(), Some("b"));
    }
}

#[test]
fn an_empty_state_beside_work_is_one_that_was_lost() {
    let (dir, key) = (TempDir::new().unwrap(), key());
    drop(Store::open_proven(dir.path(), &key).unwrap());
    std::fs::create_dir(dir.path().join("registry")).unwrap();
    assert!(matches!(
        Store::open_proven(dir.path(), &key),
        Err(StoreError::Lost { .. })
    ));
}
