//! Two custodians: what each gets, what each refuses, and that their answer is the one of an authority that holds both keys.

use renketsu_authority::controls::{Amending, Leave, amend};
use renketsu_authority::custody::{Custodian, terms};
use renketsu_authority::init::{init, init_as};
use renketsu_authority::issue;
use renketsu_authority::provision;
use renketsu_authority::registry::Acceptance;
use renketsu_seal::Role;
use renketsu_seal::package::{PackageKind, Sealed};
use renketsu_table::ids as columns;
use renketsu_testkit::{Party, introduce, now};

use crate::issue::{REGISTRY, ROWS};
use crate::parties::{PROVISION, Parties, asked_batch, batches, opened};
use crate::two::{Two, secret_path};

#[test]
fn two_custodians_answer_what_one_authority_answers() {
    let mut two = Two::ready(REGISTRY);
    let split = two.answer("a", &ROWS);
    let mut one = two.as_one(REGISTRY);
    one.apply(PROVISION);
    let request = one.request("request.rkp", &ROWS);
    one.issue(&request, "answer.rkp").unwrap();
    let (_, combined) = one.answers("answer.rkp");
    assert_eq!(split, combined);
    assert!(split.iter().any(|row| row.number_id.is_some()));
    // Other keys would give other IDs.
    let mut others = Two::ready(REGISTRY);
    assert_ne!(others.answer("a", &ROWS), split);
}

#[test]
fn each_package_says_what_the_receiver_needs_and_no_more() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("a.rkp", &ROWS);
    let resolved = two.resolve(&request, "a").unwrap();
    let issued = two.issue("a").unwrap();
    assert_eq!((resolved.rows, issued.rows), (8, 8));
    assert_eq!(resolved.by_status["number"], 1);
    let tokens = opened(&two.parties.path("a.tokens.rkp"), &two.issuer);
    let columns_of = |opened: &renketsu_seal::package::Opened, table: &str| {
        let batches = batches(opened, table);
        let names = batches[0].schema();
        let names = names.fields().iter();
        names.map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        columns_of(&tokens, "tokens"),
        ["token", "number_subject", "kana_subject"]
    );
    assert_eq!(
        columns_of(&two.sealed("a.references.rkp"), "references"),
        ["token", "row_ref", "status", "reason", "kana_unique"]
    );
    assert_eq!(
        columns_of(&two.sealed("a.ids.rkp"), "ids"),
        ["token", "number_id", "kana_id"]
    );
    for (name, kind) in [
        ("a.references.rkp", PackageKind::References),
        ("a.ids.rkp", PackageKind::Ids),
    ] {
        let header = two.header(name);
        assert_eq!(header.kind, kind);
        assert_eq!(
            header.in_reply_to.map(|id| id.to_string()),
            Some(resolved.request.clone())
        );
        assert_eq!(header.kcv, Some(issued.kcv));
        // The same words on all three: who made them, of which file, with which registry.
        let custody = header.custody.unwrap();
        assert_eq!(Some(&custody), tokens.header().custody.as_ref());
        assert_eq!(
            [custody.resolver, custody.issuer],
            [
                two.parties.authority.card.fingerprint(),
                two.issuer.card.fingerprint()
            ]
        );
        assert_eq!(custody.registry, resolved.registry);
        let events = two.parties.store.events().unwrap();
        let recorded = events.last().unwrap().event.details.get("request_sha256");
        assert_eq!(
            custody.sha256.as_deref(),
            recorded.and_then(|sha256| sha256.as_str())
        );
    }
    // A subject is neither the ID nor anything the producer gets.
    let subjects = batches(&tokens, "tokens");
    let subject: [u8; 32] = (0..8)
        .find_map(|row| {
            columns::value(
                columns::fixed(&subjects[0], "number_subject", 32).unwrap(),
                row,
            )
        })
        .unwrap();
    let ids = batches(&two.sealed("a.ids.rkp"), "ids");
    let number = columns::fixed(&ids[0], "number_id", 32).unwrap();
    assert!((0..8).all(|row| columns::value::<32>(number, row) != Some(subject)));
}

#[test]
fn nobody_opens_what_is_for_another() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("a.rkp", &ROWS);
    two.resolve(&request, "a").unwrap();
    two.issue("a").unwrap();
    let (resolver, issuer) = (&two.parties.authority, &two.issuer);
    let (producer, recipient) = (&two.parties.producer, &two.parties.recipient);
    for (name, reader) in [
        ("a.tokens.rkp", vec![resolver, producer, recipient]),
        ("a.references.rkp", vec![resolver, issuer, recipient]),
        ("a.ids.rkp", vec![resolver, issuer, recipient]),
        ("P-2026-0001.terms.rkp", vec![issuer, producer, recipient]),
    ] {
        for party in reader {
            let outcome = Sealed::open(&two.parties.path(name)).unwrap().authenticate(
                &party.keys,
                &party.trust(),
                now(),
            );
            assert_eq!(outcome.unwrap_err().code(), "seal.open.recipient", "{name}");
        }
    }
}

#[test]
fn a_package_is_answered_once_by_each() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("a.rkp", &ROWS);
    two.resolve(&request, "a").unwrap();
    let again = two.resolve(&request, "b").unwrap_err();
    assert_eq!(again.code(), "authority.issue.replayed");
    two.issue("a").unwrap();
    std::fs::remove_file(two.parties.path("a.ids.rkp")).unwrap();
    assert_eq!(
        two.issue("a").unwrap_err().code(),
        "authority.custody.replayed"
    );
    assert!(!two.parties.path("b.tokens.rkp").exists());
    assert_eq!(
        two.parties.actions(),
        [
            "authority.initialised",
            "provision.taken",
            "application.received",
            "application.accepted",
            "registry.loaded",
            "provision.asked",
            "fee.notified",
            "provision.resolved"
        ]
    );
    let issuer: Vec<_> = two.issuer_store.events().unwrap();
    let issuer: Vec<_> = issuer.into_iter().map(|entry| entry.event.action).collect();
    let (uses, issuer): (Vec<_>, Vec<_>) =
        issuer.into_iter().partition(|action| action == "key.used");
    assert_eq!(uses.len(), 2, "one for opening, one for issuing");
    assert_eq!(
        issuer,
        [
            "authority.initialised",
            "provision.opening",
            "provision.opened",
            "provision.handed",
            "provision.ids_issued"
        ]
    );
}

#[test]
fn neither_has_the_keys_of_the_other() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("a.rkp", &ROWS);
    let resolver = &two.parties.authority;
    assert!(!secret_path(resolver, Custodian::Issuer, "").exists());
    assert!(!secret_path(&two.issuer, Custodian::Resolver, "").exists());
    // The one-step answer needs both.
    let error = two.parties.issue(&request, "answer.rkp").unwrap_err();
    assert_eq!(
        (error.code(), error.exit()),
        ("authority.secret.elsewhere", 1)
    );
    assert!(!two.parties.path("answer.rkp").exists());
    let opening = two.opening("P-2");
    let error = two.parties.open(&opening).unwrap_err();
    assert_eq!(error.code(), "authority.secret.elsewhere");
    // And neither is given the other's keys afterwards.
    let added = two
        .parties
        .at_work(|authority, store| init_as(authority, store, &Custodian::ALL));
    assert_eq!(added.unwrap_err().code(), "authority.init.initialised");
    let other = two.at_issuer(|issuer, store| init_as(issuer, store, &[Custodian::Resolver]));
    assert_eq!(other.unwrap_err().code(), "authority.init.part");
    assert_eq!(
        two.at_issuer(init).unwrap_err().code(),
        "authority.init.initialised"
    );
}

#[test]
fn a_provision_has_one_resolver_and_one_issuer() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("a.rkp", &ROWS);
    // Another authority that the issuer trusts is not the resolver of this provision.
    let mut other = Parties::without_keys();
    other
        .at_work(|authority, store| init_as(authority, store, &[Custodian::Resolver]))
        .unwrap();
    let other = other.authority;
    let renamed = Party::new(Role::Authority, "他の大臣");
    introduce(&two.issuer, &renamed);
    let order = terms::Order {
        provision: PROVISION.to_owned(),
        resolver: renamed.card.fingerprint(),
        out: two.parties.path("other.rkp"),
        expires: now() + issue::VALID_FOR,
    };
    let outcome = two.at_issuer(|issuer, store| terms::hand(issuer, store, &order));
    assert_eq!(outcome.unwrap_err().code(), "store.exists");
    assert!(!two.parties.path("other.rkp").exists());
    let unknown = terms::Order {
        resolver: other.card.fingerprint(),
        ..order
    };
    let outcome = two.at_issuer(|issuer, store| terms::hand(issuer, store, &unknown));
    assert_eq!(outcome.unwrap_err().code(), "authority.custody.untrusted");
    // The same terms are taken once, and handed to the same resolver as often as needed.
    let again = two.hand(PROVISION, "again.rkp").unwrap();
    assert_eq!(two.take(&again).unwrap_err().code(), "store.exists");
    // Without terms there is nobody to send tokens to.
    let mut one = two.as_one(REGISTRY);
    let lone = one.request("lone.rkp", &ROWS);
    let order = renketsu_authority::custody::resolve::Order {
        request: lone,
        to_issuer: one.path("t.rkp"),
        to_producer: one.path("r.rkp"),
        expires: now() + issue::VALID_FOR,
        transport: renketsu_authority::methods::Transport::Medium,
        accept: Vec::new(),
    };
    let outcome = one.at_work(|authority, store| {
        renketsu_authority::custody::resolve::resolve(authority, store, &order, &mut |_| ())
    });
    assert_eq!(
        outcome.unwrap_err().code(),
        "authority.custody.no_counterpart"
    );
    two.resolve(&request, "a").unwrap();
}

#[test]
fn a_closed_provision_gives_nothing_on_either_side() {
    let mut two = Two::ready(REGISTRY);
    let first = two.parties.request("a.rkp", &ROWS);
    let second = two.parties.request("b.rkp", &ROWS);
    two.resolve(&first, "a").unwrap();
    two.at_issuer(|issuer, store| provision::close(issuer, store, PROVISION))
        .unwrap();
    assert_eq!(
        two.issue("a").unwrap_err().code(),
        "authority.provision.closed"
    );
    two.parties
        .at_work(|authority, store| provision::close(authority, store, PROVISION))
        .unwrap();
    assert_eq!(
        two.resolve(&second, "b").unwrap_err().code(),
        "authority.provision.closed"
    );
}

#[test]
fn an_empty_request_is_refused_by_the_resolver() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request_of(
        "a.rkp",
        &two.parties.producer,
        Parties::request_header(),
        "identifiers",
        &asked_batch(&[]),
    );
    let error = two.resolve(&request, "a").unwrap_err();
    assert_eq!(error.code(), "authority.control.few");
}

#[test]
fn an_issuer_keeps_no_registry() {
    let mut two = Two::new();
    let csv = two.parties.file("registry.csv", REGISTRY);
    assert_eq!(two.register_at_issuer(&csv), "authority.secret.elsewhere");
    assert!(!two.issuer.path().join("registry").exists());
    two.parties.register(REGISTRY, Acceptance::Refuse).unwrap();
}

#[test]
fn the_issuer_holds_a_provision_to_its_cohort() {
    let mut two = Two::ready(REGISTRY);
    let request = two.parties.request("a.rkp", &ROWS);
    two.resolve(&request, "a").unwrap();
    let amending = Amending {
        provision: PROVISION.to_owned(),
        cohort: Some(2),
        quota: None,
        least: None,
        largest: None,
        allow: Vec::new(),
        by: Leave {
            reason: "fewer".to_owned(),
            approved_by: "課長".to_owned(),
        },
    };
    two.at_issuer(|issuer, store| amend(issuer, store, &amending))
        .unwrap();
    assert_eq!(
        two.issue("a").unwrap_err().code(),
        "authority.control.cohort"
    );
    assert!(!two.parties.path("a.ids.rkp").exists());
}
