//! What pages read of the log: searches, one entry with its proof, the last signature from outside; and a state that moved away.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use renketsu_seal::log::{Entry, Proof};
use renketsu_store::{
    Event, Inclusion, LogError, LogQuery, Store, StoreError, anchored, inclusion,
};
use rusqlite::Connection;

use crate::log::{Logged, witness};
use crate::{event, now, store};

fn seqs(store: &Store, query: &LogQuery) -> Vec<u64> {
    let found = store.search_log(query, 50).unwrap();
    found.entries.iter().map(|entry| entry.seq).collect()
}

fn with(query: impl FnOnce(&mut LogQuery)) -> LogQuery {
    let mut all = LogQuery::default();
    query(&mut all);
    all
}

#[test]
fn a_search_finds_by_person_action_object_period_and_study() {
    let (_dir, mut store) = store();
    let later = now()
        .checked_add(SignedDuration::from_secs(86_400))
        .unwrap();
    let events = [
        Event::new("session.opened", "sato", now()).with("person", "sato"),
        Event::new("session.refused", "suzuki", now()),
        Event::new("page.shown", "x", now())
            .with("person", "suzuki")
            .with("study", "diabetes"),
        Event::new("table.imported", "diabetes/receipts", now()),
        Event::new("table.imported", "diabetes2/receipts", now()),
        Event::new("person.added", "diabetes", later).with("person", "sato"),
    ];
    for event in &events {
        store.begin().unwrap().commit(event).unwrap();
    }
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(seqs(&store, &LogQuery::default()), [6, 5, 4, 3, 2, 1]);
    assert_eq!(seqs(&store, &with(|q| q.person = of("suzuki"))), [3, 2]);
    assert_eq!(seqs(&store, &with(|q| q.action = of("table."))), [5, 4]);
    assert_eq!(seqs(&store, &with(|q| q.object = of("receipts"))), [5, 4]);
    // Another study with a longer name, and a person of the study's name, aren't the study's.
    assert_eq!(seqs(&store, &with(|q| q.study = of("diabetes"))), [4, 3]);
    assert_eq!(seqs(&store, &with(|q| q.from = Some(later))), [6]);
    assert_eq!(
        seqs(&store, &with(|q| q.until = Some(later))),
        [5, 4, 3, 2, 1]
    );
    assert_eq!(seqs(&store, &with(|q| q.before = Some(3))), [2, 1]);
    // Nothing of what was typed is anything but text.
    assert_eq!(
        seqs(&store, &with(|q| q.action = of("%' OR 1=1 --"))),
        [0; 0]
    );
}

#[test]
fn a_period_begins_with_its_second_whatever_the_fractions() {
    let (_dir, mut store) = store();
    for at in [
        "2026-12-01T15:00:00Z",
        "2026-12-01T15:00:00.5Z",
        "2026-12-01T14:59:59.999Z",
    ] {
        let event = Event::new("page.shown", "x", at.parse().unwrap());
        store.begin().unwrap().commit(&event).unwrap();
    }
    let noon = Some("2026-12-01T15:00:00Z".parse().unwrap());
    assert_eq!(seqs(&store, &with(|q| q.from = noon)), [2, 1]);
    assert_eq!(seqs(&store, &with(|q| q.until = noon)), [3]);
}

#[test]
fn pages_of_a_search_follow_each_other_to_the_beginning() {
    let mut logged = Logged::new(7);
    logged.add(3);
    let mut seen = Vec::new();
    let mut query = LogQuery::default();
    loop {
        let page = logged.store.search_log(&query, 4).unwrap();
        assert!(page.entries.len() <= 4);
        seen.extend(page.entries.iter().map(|entry| entry.seq));
        match page.next {
            None => break,
            next => query.before = next,
        }
    }
    assert_eq!(seen, (1..=10).rev().collect::<Vec<_>>());
}

#[test]
fn a_search_looks_back_a_bounded_way_and_says_where_it_goes_on() {
    let mut logged = Logged::new(20_050);
    logged.add(1);
    let rare = with(|q| q.action = Some("study.created".to_owned()));
    let page = logged.store.search_log(&rare, 50).unwrap();
    assert_eq!((page.entries.len(), page.next), (0, Some(52)));
    let rest = with(|q| {
        q.action = rare.action.clone();
        q.before = page.next;
    });
    assert_eq!(logged.store.search_log(&rest, 50).unwrap().next, None);
}

#[test]
fn an_entry_that_was_changed_is_not_shown() {
    let logged = Logged::new(3);
    let sql = Connection::open(logged.path().join("state.sqlite")).unwrap();
    sql.execute(
        "UPDATE event_details SET details = '{\"rows\":9}' WHERE entry = 1",
        [],
    )
    .unwrap();
    assert!(matches!(
        logged.store.log_entry(2),
        Err(StoreError::Chain { seq: 2 })
    ));
    assert!(matches!(
        logged.store.search_log(&LogQuery::default(), 10),
        Err(StoreError::Chain { seq: 2 })
    ));
    assert!(logged.store.log_entry(1).unwrap().is_some());
    assert!(logged.store.log_entry(4).unwrap().is_none());
}

#[test]
fn an_entry_is_proven_once_a_head_covers_it() {
    let mut logged = Logged::new(300);
    let one = logged.store.log_entry(7).unwrap().unwrap();
    let index = one.entry.index.unwrap();
    let asked =
        |logged: &Logged, index, line: &str| inclusion(logged.path(), &logged.card, index, line);
    assert_eq!(
        asked(&logged, index, &one.line).unwrap(),
        Inclusion::Unsigned
    );
    logged.sign();
    let Inclusion::Proven { size, proof } = asked(&logged, index, &one.line).unwrap() else {
        panic!("signed");
    };
    assert_eq!(size, 300);
    let proof = Proof::parse(proof.as_bytes()).unwrap();
    let copy =
        renketsu_seal::log::Copy::own(&logged.path().join("log"), logged.card.clone()).unwrap();
    let (entry, head) = proof.verify(&one.line, copy.verifier()).unwrap();
    assert_eq!((entry.index, head.size), (index, 300));
    logged.add(1);
    let young = logged.store.log_entry(301).unwrap().unwrap();
    assert_eq!(
        asked(&logged, 300, &young.line).unwrap(),
        Inclusion::Unsigned
    );
    // A state that says something else than the files is told from them.
    let mut other = Entry::parse(&one.line).unwrap();
    "study.refused".clone_into(&mut other.action);
    assert!(matches!(
        asked(&logged, index, &other.to_line().unwrap()),
        Err(LogError::Rows { size: 300 })
    ));
}

#[test]
fn the_last_signature_from_outside_is_found_behind_younger_heads() {
    let mut logged = Logged::new(3);
    let none = anchored(logged.path(), &logged.card).unwrap();
    assert!(none.head.is_none() && none.witnessed.is_none());
    logged.sign();
    let (_copies, copy) = logged.export();
    let (_place, witness, key) = witness("audit.example.jp/1");
    let signed = witness
        .cosign(&copy, Some(&logged.card.fingerprint()), now())
        .unwrap();
    let file = logged.path().join("cosigned");
    std::fs::write(&file, signed.note.to_string()).unwrap();
    let (path, card) = (logged.path().to_owned(), logged.card.clone());
    logged
        .store
        .take_witnessed(&path, &card, &file, Some(&key), now())
        .unwrap();
    for _ in 0..3 {
        logged.add(1);
        logged.sign();
    }
    let found = anchored(&path, &card).unwrap();
    assert!(found.head.unwrap().head.size > 3);
    assert_eq!(found.witnessed.unwrap().size, 3);
}

#[test]
fn who_waits_at_a_page_waits_shortly() {
    let (dir, store) = store();
    let mut store = store.with_patience(Duration::from_millis(100)).unwrap();
    let other = Connection::open(dir.path().join("state.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "how long it waits is what is tested"
    )]
    let began = Instant::now();
    assert!(matches!(store.begin(), Err(StoreError::Busy { .. })));
    assert!(began.elapsed() < Duration::from_secs(10));
    other.execute_batch("ROLLBACK").unwrap();
    store
        .begin()
        .unwrap()
        .commit(&event("study.asked"))
        .unwrap();
}

#[test]
fn nothing_is_written_to_a_state_that_was_moved_away_or_put_back() {
    let (dir, mut store) = store();
    store
        .begin()
        .unwrap()
        .commit(&event("study.asked"))
        .unwrap();
    let file = dir.path().join("state.sqlite");
    let away = dir.path().join("away");
    std::fs::rename(&file, &away).unwrap();
    assert!(matches!(store.begin(), Err(StoreError::Io { .. })));
    std::fs::copy(&away, &file).unwrap();
    assert!(matches!(store.begin(), Err(StoreError::Io { .. })));
    std::fs::rename(&away, &file).unwrap();
    store
        .begin()
        .unwrap()
        .commit(&event("study.asked"))
        .unwrap();
}
