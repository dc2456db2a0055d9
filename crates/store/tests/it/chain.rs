use renketsu_store::{Store, StoreError};
use rusqlite::Connection;

use crate::{event, store};

#[test]
fn entries_follow_from_one_another() {
    let (_dir, mut store) = store();
    for action in ["provision.opened", "registry.loaded", "answer.issued"] {
        store
            .begin()
            .unwrap()
            .commit(&event(action).with("rows", 3))
            .unwrap();
    }
    let entries = store.events().unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(entries[1].event.action, "registry.loaded");
    assert_ne!(entries[0].hash, entries[1].hash);
}

#[test]
fn a_dropped_change_leaves_no_entry() {
    let (_dir, mut store) = store();
    drop(store.begin().unwrap());
    assert_eq!(store.events().unwrap(), []);
}

#[test]
fn events_cannot_be_changed_or_deleted_by_a_statement() {
    let (dir, mut store) = store();
    store
        .begin()
        .unwrap()
        .commit(&event("provision.opened"))
        .unwrap();
    let other = Connection::open(dir.path().join("state.sqlite")).unwrap();
    assert!(other.execute("UPDATE events SET body = '{}'", []).is_err());
    assert!(other.execute("DELETE FROM events", []).is_err());
}

#[test]
fn an_entry_edited_behind_the_program_is_found() {
    for (statement, seq) in [
        (
            "UPDATE events SET body = replace(body, 'two', 'six') WHERE seq = 2",
            2,
        ),
        ("DELETE FROM events WHERE seq = 1", 1),
        ("UPDATE events SET previous = hash WHERE seq = 3", 3),
    ] {
        let (dir, mut store) = store();
        for action in ["one", "two", "three"] {
            store.begin().unwrap().commit(&event(action)).unwrap();
        }
        let other = Connection::open(dir.path().join("state.sqlite")).unwrap();
        other
            .execute_batch("DROP TRIGGER events_keep; DROP TRIGGER events_remain")
            .unwrap();
        assert_eq!(other.execute(statement, []).unwrap(), 1, "{statement}");
        assert!(
            matches!(store.events(), Err(StoreError::Chain { seq: found }) if found == seq),
            "{statement}"
        );
    }
}

#[test]
fn a_trigger_or_a_view_of_somebodys_makes_the_state_no_state_of_ours() {
    for (statement, remove) in [
        (
            "CREATE TRIGGER quiet BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END",
            "DROP TRIGGER quiet",
        ),
        (
            "CREATE VIEW events_seen AS SELECT 1",
            "DROP VIEW events_seen",
        ),
        ("CREATE TABLE more (x)", "DROP TABLE more"),
    ] {
        let (dir, mut store) = store();
        let other = Connection::open(dir.path().join("state.sqlite")).unwrap();
        other.execute_batch(statement).unwrap();
        let refused = Store::open(dir.path()).unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{statement}");
        if statement.contains("IGNORE") {
            // One that comes while a command runs: the event that wasn't written undoes what it would have told of.
            store.begin().unwrap().commit(&event("lost")).unwrap_err();
        }
        other.execute_batch(remove).unwrap();
        Store::open(dir.path()).unwrap();
    }
}

#[test]
fn a_state_of_a_later_version_is_refused() {
    let (dir, store) = store();
    drop(store);
    Connection::open(dir.path().join("state.sqlite"))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        Store::open(dir.path()),
        Err(StoreError::Newer { version: 99, .. })
    ));
}

#[test]
fn a_file_that_is_no_state_is_refused_and_kept() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("state.sqlite");
    let text = "not a database, but somebody's file\n".repeat(400);
    std::fs::write(&path, &text).unwrap();
    assert!(matches!(
        Store::open(dir.path()),
        Err(StoreError::Damaged { .. })
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn the_state_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, _store) = store();
    let mode = std::fs::metadata(dir.path().join("state.sqlite"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn two_handles_of_one_state_see_the_same_chain() {
    let (dir, mut first) = store();
    let mut second = Store::open(dir.path()).unwrap();
    first.begin().unwrap().commit(&event("one")).unwrap();
    second.begin().unwrap().commit(&event("two")).unwrap();
    assert_eq!(first.events().unwrap().len(), 2);
}

#[test]
fn a_state_that_was_lost_is_not_begun_again() {
    let (dir, store) = store();
    drop(store);
    std::fs::create_dir(dir.path().join("studies")).unwrap();
    std::fs::remove_file(dir.path().join("state.sqlite")).unwrap();
    assert!(matches!(
        Store::open(dir.path()),
        Err(StoreError::Lost { .. })
    ));
    assert!(!dir.path().join("state.sqlite").exists());
}
