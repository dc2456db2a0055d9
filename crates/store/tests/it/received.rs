//! Heads that go out with packages, and what is kept of those that came in.

use renketsu_seal::log::TakenHead;
use renketsu_store::{HeadDoubt, SeenPackage, Store};

use crate::log::Logged;
use crate::{event, now, store};

fn take(store: &mut Store, sequence: u64, id: &str, head: Option<TakenHead>) -> Option<HeadDoubt> {
    let txn = store.begin().unwrap();
    txn.see(&SeenPackage {
        package_id: id.to_owned(),
        part: String::new(),
        kind: "delivery".to_owned(),
        sender: "aa".to_owned(),
        sequence,
        seen_at: now(),
        head,
    })
    .unwrap();
    txn.commit(&event("package.taken")).unwrap();
    store.heads_received().unwrap().last()?.doubt
}

fn given(logged: &Logged) -> TakenHead {
    let given = logged.store.give_head(&logged.keys).unwrap();
    given.check(&logged.card).unwrap()
}

fn alarms(store: &Store) -> Vec<String> {
    let events = store.events().unwrap();
    let actions = events.into_iter().map(|entry| entry.event.action);
    actions
        .filter(|action| action.starts_with("log."))
        .collect()
}

#[test]
fn a_head_that_goes_out_covers_all_that_was_recorded_before() {
    let mut logged = Logged::new(3);
    assert_eq!(given(&logged).head.size, 3);
    logged.add(2);
    assert_eq!(given(&logged).head.size, 5);
    assert_eq!(logged.sign(), 5);
    assert_eq!(logged.verify().unwrap(), 5);
}

#[test]
fn heads_that_grow_are_kept_in_any_order_and_older_packages_bring_none() {
    let mut sender = Logged::new(3);
    let (_dir, mut store) = store();
    let first = given(&sender);
    sender.add(4);
    let second = given(&sender);
    assert_eq!(take(&mut store, 2, "b", Some(second.clone())), None);
    assert_eq!(take(&mut store, 1, "a", Some(first)), None);
    assert_eq!(take(&mut store, 3, "c", None), None);
    let heads = store.heads_received().unwrap();
    let sizes: Vec<u64> = heads.iter().map(|head| head.entries).collect();
    assert_eq!(sizes, [7, 3]);
    assert_eq!(heads[0].checkpoint, second.checkpoint);
    assert_eq!(heads[0].sender, sender.card.fingerprint().to_hex());
    assert!(alarms(&store).is_empty());
    assert!(store.heads_in_doubt().unwrap().is_empty());
}

#[test]
fn a_log_that_shrank_or_was_rewritten_is_taken_with_an_alarm() {
    let mut sender = Logged::new(3);
    let (_dir, mut store) = store();
    let short = given(&sender);
    sender.add(4);
    assert_eq!(take(&mut store, 1, "a", Some(given(&sender))), None);
    assert_eq!(
        take(&mut store, 2, "b", Some(short.clone())),
        Some(HeadDoubt::Shrunk)
    );
    assert_eq!(alarms(&store), ["log.shrunk"]);
    assert_eq!(store.heads_in_doubt().unwrap().len(), 1);

    // The same party with another history: its state was thrown away and begun again.
    std::fs::remove_file(sender.path().join("state.sqlite")).unwrap();
    std::fs::remove_dir_all(sender.path().join("log")).unwrap();
    sender.store = Store::open(sender.path()).unwrap();
    sender.add(7);
    assert_eq!(
        take(&mut store, 3, "c", Some(given(&sender))),
        Some(HeadDoubt::Forked)
    );
    assert_eq!(alarms(&store), ["log.shrunk", "log.forked"]);
    // Once it has grown past what was seen, it is no longer told with every package; the rows and the record stay.
    sender.add(1);
    assert_eq!(take(&mut store, 4, "d", Some(given(&sender))), None);
    assert!(store.heads_in_doubt().unwrap().is_empty());
    let doubted = store.heads_received().unwrap();
    assert_eq!(
        doubted.iter().filter(|head| head.doubt.is_some()).count(),
        2
    );
}

#[test]
fn a_number_that_two_packages_have_is_an_alarm() {
    let mut sender = Logged::new(3);
    let (_dir, mut store) = store();
    assert_eq!(take(&mut store, 1, "a", Some(given(&sender))), None);
    sender.add(2);
    assert_eq!(
        take(&mut store, 1, "b", Some(given(&sender))),
        Some(HeadDoubt::Shrunk)
    );
}
