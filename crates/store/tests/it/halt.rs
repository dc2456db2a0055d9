//! A party whose state was put back does nothing until somebody confirmed it.

use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Passphrase, Role};
use renketsu_store::{Confirmation, Halt, Store, StoreError, backup};
use tempfile::TempDir;

use crate::{event, now, store};

const CONFIRMATION: Confirmation<'_> = Confirmation {
    party: "A",
    reason: "compared with the witness",
    approved_by: "B",
};

fn put_back(store: &mut Store) {
    let txn = store.begin().unwrap();
    txn.commit(&event("party.restored")).unwrap();
}

fn refused(outcome: &Result<(), StoreError>) {
    assert!(
        matches!(outcome, Err(StoreError::Halted { .. })),
        "{outcome:?}"
    );
}

#[test]
fn nothing_is_recorded_but_what_the_comparison_needs_until_somebody_confirmed() {
    let (dir, mut store) = store();
    store.begin().unwrap().commit(&event("one")).unwrap();
    store.not_halted().unwrap();
    put_back(&mut store);
    let mut other = Store::open(dir.path()).unwrap();
    for store in [&mut store, &mut other] {
        let halt = Halt {
            since: now(),
            entry: 2,
        };
        assert_eq!(store.halt().unwrap(), Some(halt));
        refused(&store.not_halted());
        // Whatever a later version may record: what isn't named is refused.
        for action in ["provision.issued", "study.asked", "party.trusted", "new"] {
            refused(&store.begin().unwrap().commit(&event(action)));
        }
    }
    let kept = ["party.distrusted", "provision.closing", "log.heartbeat"];
    for action in kept {
        store.begin().unwrap().commit(&event(action)).unwrap();
    }
    assert_eq!(store.events().unwrap().len(), 2 + kept.len());
    other.confirm(CONFIRMATION, now()).unwrap();
    for store in [&mut store, &mut other] {
        store.not_halted().unwrap();
        let txn = store.begin().unwrap();
        txn.commit(&event("provision.issued")).unwrap();
    }
    let told = store.events().unwrap();
    let confirmed = told
        .iter()
        .find(|entry| entry.event.action == "party.confirmed");
    let details = &confirmed.unwrap().event.details;
    assert_eq!(details["restored_entry"], 2);
    assert_eq!(details["approved_by"], "B");
    assert_eq!(details["reason"], CONFIRMATION.reason);
    // Put back once more, it halts once more.
    put_back(&mut store);
    refused(&store.not_halted());
}

#[test]
fn a_confirmation_is_one_of_something_with_a_reason_and_another_persons_name() {
    let (_dir, mut store) = store();
    let mut code = |change: fn(&mut Confirmation<'static>)| {
        let mut confirmation = CONFIRMATION;
        change(&mut confirmation);
        store.confirm(confirmation, now()).unwrap_err().code()
    };
    assert_eq!(code(|_| ()), "store.confirm.not_halted");
    assert_eq!(code(|said| said.reason = " "), "store.confirm.reason");
    assert_eq!(code(|said| said.reason = "a\nb"), "store.confirm.reason");
    assert_eq!(code(|said| said.approved_by = " "), "store.confirm.name");
    assert_eq!(code(|said| said.approved_by = "!"), "store.confirm.name");
    // Another spelling is no second person.
    for name in ["A", " a ", "Ａ"] {
        let confirmation = Confirmation {
            approved_by: name,
            ..CONFIRMATION
        };
        let error = store.confirm(confirmation, now()).unwrap_err();
        assert_eq!(error.code(), "store.confirm.same_person");
    }
    assert!(store.events().unwrap().is_empty());
}

#[test]
fn an_entry_that_was_rewritten_does_not_let_a_party_work() {
    let (dir, mut store) = store();
    put_back(&mut store);
    store
        .begin()
        .unwrap()
        .commit(&event("log.heartbeat"))
        .unwrap();
    drop(store);
    rusqlite::Connection::open(dir.path().join("state.sqlite"))
        .unwrap()
        .execute_batch(
            "DROP TRIGGER events_keep;
             UPDATE events SET body = replace(body, 'restored', 'resting') WHERE seq = 1;
             CREATE TRIGGER events_keep   BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;",
        )
        .unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let broken = |error| matches!(error, StoreError::Chain { seq: 1 });
    assert!(broken(store.not_halted().unwrap_err()));
    assert!(broken(store.begin().unwrap_err()));
}

#[test]
fn every_party_halts_when_it_was_put_back_and_never_stands_there_without() {
    for role in [
        Role::Authority,
        Role::Issuer,
        Role::Producer,
        Role::Workspace,
    ] {
        let (dir, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let words = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
        let keys = party::create_opened(dir.path(), "A", role, &words, now(), Cost::Light).unwrap();
        let open = |dir: &std::path::Path| match role {
            Role::Workspace => Store::open(dir),
            Role::Authority | Role::Issuer | Role::Producer => {
                Store::open_proven(dir, &keys.proof())
            }
        };
        let mut store = open(dir.path()).unwrap();
        store
            .begin()
            .unwrap()
            .commit(&event("party.created"))
            .unwrap();
        let file = out.path().join("backup");
        backup::backup(dir.path(), &mut store, &keys, &file, now()).unwrap();
        let verified = backup::verify(&file, &keys).unwrap();
        // Cut off when the state lies there, and its record doesn't say yet that it was put back.
        let cut = out.path().join("cut");
        let stopped = backup::restore(
            &verified,
            &keys,
            &cut,
            |dir| {
                Err(StoreError::Busy {
                    path: dir.to_owned(),
                })
            },
            now(),
        );
        assert!(stopped.is_err());
        assert!(!cut.join("state.sqlite").exists());
        assert!(matches!(open(&cut), Err(StoreError::Lost { .. })));

        let new = out.path().join("new");
        let mut back = backup::restore(&verified, &keys, &new, open, now()).unwrap();
        assert!(!new.join("restoring").exists());
        refused(&back.begin().unwrap().commit(&event("new")));
        drop(back);
        let mut back = open(&new).unwrap();
        refused(&back.not_halted());
        // A backup of it is put back as one that halts.
        let again = out.path().join("again");
        backup::backup(&new, &mut back, &keys, &again, now()).unwrap();
        back.confirm(CONFIRMATION, now()).unwrap();
        back.begin().unwrap().commit(&event("new")).unwrap();
        let verified = backup::verify(&again, &keys).unwrap();
        let third = out.path().join("third");
        let third = backup::restore(&verified, &keys, &third, open, now()).unwrap();
        assert_eq!(third.halt().unwrap().unwrap().entry, 3);
    }
}
