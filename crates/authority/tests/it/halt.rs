//! An authority, or one of its custodians, whose state was put back answers nothing until somebody confirmed it.

use renketsu_authority::controls::{Amending, Dismissing, amend, dismiss};
use renketsu_authority::custody::{Custodian, epoch};
use renketsu_authority::fee::meter;
use renketsu_authority::provision;
use renketsu_authority::registry::Acceptance;
use renketsu_authority::stamp::Persons;
use renketsu_store::{Confirmation, Event, Store};
use renketsu_table::delimited::Options;
use renketsu_testkit::now;

use crate::asking::leave;
use crate::issue::{REGISTRY, ROWS};
use crate::parties::{PROVISION, Parties};
use crate::two::{Two, secret_path};

const HALTED: &str = "store.halted";

fn put_back(store: &mut Store) {
    let event = Event::new("party.restored", "A", now());
    store.begin().unwrap().commit(&event).unwrap();
}

fn confirm(store: &mut Store) {
    let confirmation = Confirmation {
        party: "A",
        reason: "compared",
        approved_by: "B",
    };
    store.confirm(confirmation, now()).unwrap();
}

fn amending() -> Amending {
    Amending {
        provision: PROVISION.to_owned(),
        cohort: None,
        quota: Some(9_000),
        least: None,
        largest: None,
        allow: Vec::new(),
        by: leave(),
    }
}

#[test]
fn nothing_is_looked_up_issued_stamped_or_changed_until_somebody_confirmed() {
    let mut parties = Parties::ready(REGISTRY);
    let request = parties.request("request.rkp", &ROWS);
    let input = parties.file("ndb.csv", "person,cost\nR1,1\n");
    let persons = Persons::Key {
        column: "person".to_owned(),
        service: None,
        options: Options::default(),
    };
    let order = parties.stamp_order(&input, persons, "ndb.rkp");
    put_back(&mut parties.store);
    let asked = || Dismissing {
        provision: PROVISION.to_owned(),
        by: leave(),
    };
    let opening = parties.opening("P-2");
    let refused = [
        parties.issue(&request, "answer.rkp").unwrap_err().code(),
        parties.stamp(&order).unwrap_err().code(),
        parties.open(&opening).unwrap_err().code(),
        parties
            .register(REGISTRY, Acceptance::Refuse)
            .unwrap_err()
            .code(),
        parties
            .at_work(|authority, store| amend(authority, store, &amending()))
            .unwrap_err()
            .code(),
        parties
            .at_work(|authority, store| dismiss(authority, store, &asked()))
            .unwrap_err()
            .code(),
        parties
            .at_work(|authority, store| meter::start(authority, store, PROVISION, "a"))
            .unwrap_err()
            .code(),
        parties.at_work(epoch::rotate).unwrap_err().code(),
        parties.hand_in("A-9", PROVISION).unwrap_err().code(),
    ];
    assert_eq!(refused, [HALTED; 9]);
    let left = ["answer.rkp", "ndb.rkp"].map(|name| parties.path(name).exists());
    assert_eq!(left, [false, false]);
    // Lists go on, and nothing was recorded.
    assert_eq!(provision::list_all(&parties.store).unwrap().len(), 1);
    assert_eq!(parties.actions().last().unwrap(), "party.restored");
    confirm(&mut parties.store);
    parties.issue(&request, "answer.rkp").unwrap();
    parties
        .at_work(|authority, store| amend(authority, store, &amending()))
        .unwrap();
}

#[test]
fn a_provision_can_be_closed_again_and_no_root_goes_before_somebody_confirmed() {
    let mut parties = Parties::ready(REGISTRY);
    parties.at_work(epoch::rotate).unwrap();
    put_back(&mut parties.store);
    // A provision opened since the backup, in the epoch of this one, isn't known here.
    let root = secret_path(&parties.authority, Custodian::Issuer, "root-1");
    let closed = parties
        .at_work(|authority, store| provision::close(authority, store, PROVISION))
        .unwrap();
    assert!(closed.epochs_ended.is_empty() && closed.destroyed_bytes > 0);
    assert!(root.exists());
    confirm(&mut parties.store);
    let rotated = parties.at_work(epoch::rotate).unwrap();
    assert!(rotated.ended.contains(&1) && !root.exists());
}

#[test]
fn each_of_two_custodians_halts_for_itself() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("request.rkp", &ROWS);
    put_back(&mut two.parties.store);
    let refused = two.resolve(&request, "first").unwrap_err();
    assert_eq!(refused.code(), HALTED);
    confirm(&mut two.parties.store);
    two.resolve(&request, "first").unwrap();
    put_back(&mut two.issuer_store);
    assert_eq!(two.issue("first").unwrap_err().code(), HALTED);
    let handed = two.hand(PROVISION, "again.rkp").unwrap_err();
    assert_eq!(handed.code(), HALTED);
    confirm(&mut two.issuer_store);
    two.issue("first").unwrap();
}
