//! Opening provisions, and what the law refuses.

use renketsu_authority::fee::Monotonic;
use renketsu_authority::init::{InitError, init};
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, Opening};
use renketsu_duty::meter::Reading;
use renketsu_seal::Role;
use renketsu_store::{Event, Store};
use renketsu_testkit::{Party, now};

use crate::parties::{PROVISION, Parties};

#[test]
fn the_roots_are_made_once() {
    let mut parties = Parties::new();
    let again = parties.at_work(init);
    assert!(matches!(again, Err(InitError::Initialised)));
    assert_eq!(parties.actions(), ["authority.initialised"]);
}

#[test]
fn an_interrupted_start_is_completed_without_replacing_a_root() {
    let mut parties = Parties::new();
    let first = parties.open(&parties.opening(PROVISION)).unwrap();
    let root = parties
        .authority
        .path()
        .join("secrets")
        .join("resolver")
        .join("root-1");
    std::fs::remove_file(&root).unwrap();
    parties.at_work(init).unwrap();
    assert!(root.exists());
    let kcv = parties
        .open(&Opening {
            study: "study-2".to_owned(),
            ..parties.opening("P-2")
        })
        .unwrap()
        .terms
        .kcv;
    assert_ne!(kcv, first.terms.kcv);
}

#[test]
fn only_an_authority_is_one() {
    let producer = Party::new(Role::Producer, "認定");
    let trust = producer.trust();
    let stopped = || Reading {
        boot: "boot-1".to_owned(),
        nanos: 0,
    };
    let clock = Monotonic::new(&stopped);
    let error = Authority::new(producer.path(), &producer.keys, &trust, now(), clock).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("authority.party.role", 2));
}

#[test]
fn a_provision_keeps_its_terms() {
    let mut parties = Parties::new();
    let opening = Opening {
        databases: vec!["kaigo".to_owned(), "ndb".to_owned(), "ndb".to_owned()],
        ..parties.opening(PROVISION)
    };
    let opened = parties.open(&opening).unwrap();
    assert_eq!(opened.terms.databases, ["kaigo", "ndb"]);
    assert_eq!(opened.terms.producer.name, "認定作成事業者");
    assert_eq!((opened.terms.epoch.0, opened.terms.law), (1, 1));
    assert_eq!(provision::find(&parties.store, PROVISION).unwrap(), opened);
    assert_eq!(provision::list_all(&parties.store).unwrap(), [opened]);
    assert_eq!(
        parties.actions(),
        [
            "authority.initialised",
            "provision.opening",
            "provision.opened"
        ]
    );
}

#[test]
fn what_the_law_or_the_form_does_not_allow_is_refused_and_leaves_nothing() {
    let mut parties = Parties::new();
    let (producer, recipient) = (
        parties.producer.card.fingerprint(),
        parties.recipient.card.fingerprint(),
    );
    let stranger = Party::new(Role::Producer, "知らない者").card.fingerprint();
    let base = parties.opening(PROVISION);
    let text = str::to_owned;
    let change = |change: &dyn Fn(&mut Opening)| {
        let mut opening = base.clone();
        change(&mut opening);
        opening
    };
    let cases: Vec<(Opening, &str, u8)> = vec![
        (
            change(&|opening| opening.certification.kind = text("pseudonymized")),
            "authority.provision.only_pseudonymized",
            1,
        ),
        (
            change(&|opening| opening.certification.kind = text("other")),
            "authority.provision.certification_kind",
            2,
        ),
        (
            change(&|opening| opening.certification.number = text(" ")),
            "authority.provision.certification_number",
            2,
        ),
        (
            change(&|opening| opening.certification.ground = text("33-1")),
            "authority.provision.ground",
            2,
        ),
        (
            change(&|opening| opening.recipient_item = text("")),
            "authority.provision.item_missing",
            1,
        ),
        (
            change(&|opening| opening.recipient_item = text("7-4")),
            "authority.provision.item_unknown",
            2,
        ),
        (
            change(&|opening| opening.databases = Vec::new()),
            "authority.provision.no_database",
            2,
        ),
        (
            change(&|opening| opening.databases = vec![text("ndb"), text("nanbyo")]),
            "authority.provision.database_unknown",
            2,
        ),
        (
            change(&|opening| opening.databases = vec![text("仮名加工医療情報")]),
            "authority.provision.database_refused",
            1,
        ),
        (
            change(&|opening| opening.producer = stranger),
            "authority.provision.untrusted",
            1,
        ),
        (
            change(&|opening| opening.recipient = stranger),
            "authority.provision.untrusted",
            1,
        ),
        (
            change(&|opening| opening.producer = recipient),
            "authority.provision.role",
            1,
        ),
        (
            change(&|opening| opening.recipient = producer),
            "authority.provision.role",
            1,
        ),
        (
            change(&|opening| opening.provision = text("p-1")),
            "authority.provision.identifier",
            2,
        ),
        (
            change(&|opening| opening.provision = text("../P")),
            "authority.provision.identifier",
            2,
        ),
        (
            change(&|opening| opening.study = text("研究")),
            "authority.provision.study",
            2,
        ),
        (
            change(&|opening| opening.study = text("")),
            "authority.provision.study",
            2,
        ),
    ];
    for (opening, code, exit) in cases {
        let error = parties.open(&opening).unwrap_err();
        assert_eq!((error.code(), error.exit()), (code, exit));
    }
    assert_eq!(parties.actions(), ["authority.initialised"]);
    assert!(provision::list_all(&parties.store).unwrap().is_empty());
    let secrets = std::fs::read_dir(parties.authority.path().join("secrets")).unwrap();
    assert!(
        secrets
            .map(|entry| entry.unwrap().file_name())
            .all(|name| !name.to_string_lossy().starts_with("salt"))
    );
}

#[test]
fn an_identifier_is_taken_once_and_a_closed_provision_stays_closed() {
    let mut parties = Parties::new();
    let opening = parties.opening(PROVISION);
    parties.open(&opening).unwrap();
    let other_study = Opening {
        study: "study-2".to_owned(),
        ..opening.clone()
    };
    assert_eq!(
        parties.open(&other_study).unwrap_err().code(),
        "authority.provision.exists"
    );
    parties
        .at_work(|authority, store| provision::close(authority, store, PROVISION))
        .unwrap();
    let again = parties.at_work(|authority, store| provision::close(authority, store, PROVISION));
    assert_eq!(again.unwrap_err().code(), "authority.provision.closed");
    assert_eq!(
        parties.open(&opening).unwrap_err().code(),
        "authority.provision.exists"
    );
    let unknown = parties.at_work(|authority, store| provision::close(authority, store, "P-9"));
    assert_eq!(unknown.unwrap_err().code(), "authority.provision.unknown");
}

#[test]
fn a_salt_left_by_an_interrupted_opening_is_used_and_one_of_unknown_origin_is_not() {
    let mut parties = Parties::new();
    let first = parties.open(&parties.opening(PROVISION)).unwrap().terms.kcv;
    // A state put back from before: IDs may have been issued under the salt that stays.
    let before = tempfile::tempdir().unwrap();
    parties.store = Store::open_proven(before.path(), &parties.authority.proof()).unwrap();
    let refused = parties.open(&parties.opening(PROVISION)).unwrap_err();
    assert_eq!(
        (refused.code(), refused.exit()),
        ("authority.provision.salt_left", 1)
    );
    // A state in which the opening had begun.
    begun(&mut parties.store);
    assert_eq!(
        parties.open(&parties.opening(PROVISION)).unwrap().terms.kcv,
        first
    );
}

/// Puts on record what an opening begins with.
fn begun(store: &mut Store) {
    let event = Event::new("provision.opening", PROVISION, now());
    store.begin().unwrap().commit(&event).unwrap();
}
