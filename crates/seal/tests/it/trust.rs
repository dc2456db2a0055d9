use renketsu_seal::{Card, Role, Trust};

use crate::fixture::{party, refused};

#[test]
fn a_confirmed_card_is_found_by_name_and_fingerprint_also_after_reopening() {
    let (me, other) = (party(Role::Workspace, "W"), party(Role::Producer, "認定"));
    let mut trust = me.trust();
    assert!(trust.list().is_empty());
    trust.add(&other.card, &other.card.fingerprint()).unwrap();
    let sealed = trust.seal(None, &me.keys).unwrap();
    let listed = Trust::listed(Some(&sealed), &me.card).unwrap();
    let opened = Trust::open(Some(&sealed), &me.keys).unwrap();
    for trust in [trust, opened, listed] {
        assert_eq!(trust.by_name("認定"), Some(&other.card));
        assert_eq!(
            trust.by_fingerprint(&other.card.fingerprint()),
            Some(&other.card)
        );
        assert_eq!(trust.list(), std::slice::from_ref(&other.card));
        assert_eq!(trust.by_name("認"), None);
        assert_eq!(trust.by_fingerprint(&me.card.fingerprint()), None);
    }
}

#[test]
fn adding_a_trusted_card_again_changes_nothing() {
    let (me, other) = (party(Role::Workspace, "W"), party(Role::Producer, "P"));
    me.trusts(&other);
    me.trusts(&other);
    assert_eq!(me.trust().list().len(), 1);
}

#[test]
fn cards_are_listed_by_name() {
    let me = party(Role::Workspace, "W");
    for name in ["c", "a", "b"] {
        me.trusts(&party(Role::Producer, name));
    }
    let names: Vec<String> = me
        .trust()
        .list()
        .iter()
        .map(|card| card.name.clone())
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn a_card_is_not_trusted_without_its_own_fingerprint() {
    let (me, other, third) = (
        party(Role::Workspace, "W"),
        party(Role::Producer, "P"),
        party(Role::Producer, "Q"),
    );
    refused(
        me.trust().add(&other.card, &third.card.fingerprint()),
        "seal.trust.fingerprint",
    );
    assert!(me.trust().list().is_empty());
}

#[test]
fn a_second_card_of_a_trusted_name_is_refused() {
    let (me, other, impostor) = (
        party(Role::Workspace, "W"),
        party(Role::Producer, "P"),
        party(Role::Producer, "P"),
    );
    me.trusts(&other);
    refused(
        me.trust().add(&impostor.card, &impostor.card.fingerprint()),
        "seal.trust.name",
    );
    assert_eq!(me.trust().list(), std::slice::from_ref(&other.card));
}

#[test]
fn a_malformed_card_is_not_trusted_even_with_its_fingerprint() {
    let me = party(Role::Workspace, "W");
    let bad = Card {
        verifier: "RWQ".to_owned(),
        ..party(Role::Producer, "P").card
    };
    refused(
        me.trust().add(&bad, &bad.fingerprint()),
        "seal.card.verifier",
    );
}

#[test]
fn a_list_that_the_party_did_not_sign_is_refused_whole() {
    let (me, other) = (party(Role::Workspace, "W"), party(Role::Producer, "認定"));
    me.trusts(&other);
    let sealed = me.trust().seal(None, &me.keys).unwrap();
    let stranger = party(Role::Producer, "S");
    stranger.trusts(&me);
    for forged in [
        // Signed by somebody else; edited; emptied; no list.
        me.trust().seal(None, &stranger.keys).unwrap(),
        sealed.replace("producer", "authority"),
        sealed.replacen("\"signed\":\"{", "\"signed\":\"{ ", 1),
        // Another number, or none.
        sealed.replace("\\\"serial\\\":1", "\\\"serial\\\":2"),
        sealed.replace("renketsu.trust/2", "renketsu.trust/1"),
        "{}".to_owned(),
        String::new(),
    ] {
        assert_ne!(forged, sealed);
        refused(Trust::open(Some(&forged), &me.keys), "seal.trust.forged");
        refused(Trust::listed(Some(&forged), &me.card), "seal.trust.forged");
    }
    assert!(Trust::open(None, &me.keys).unwrap().list().is_empty());
}

#[test]
fn every_list_has_the_number_after_the_one_it_replaces() {
    let (me, other) = (party(Role::Workspace, "W"), party(Role::Producer, "P"));
    let first = me.trust().seal(None, &me.keys).unwrap();
    assert_eq!(Trust::serial(&first), Some(1));
    me.trusts(&other);
    let second = me.trust().seal(Some(&first), &me.keys).unwrap();
    assert_eq!(Trust::serial(&second), Some(2));
    assert_eq!(
        Trust::open(Some(&second), &me.keys).unwrap().list().len(),
        1
    );
    // As it was written before there were numbers.
    let signed = serde_json::to_string(me.trust().list()).unwrap();
    let mut file: serde_json::Value = serde_json::from_str(&second).unwrap();
    file["format"] = "renketsu.trust/1".into();
    file["signed"] = signed.into();
    assert_eq!(Trust::serial(&file.to_string()), Some(0));
    assert_eq!(Trust::serial("x"), None);
    refused(me.trust().seal(Some("x"), &me.keys), "seal.trust.forged");
    let last = first.replace("\\\"serial\\\":1", &format!("\\\"serial\\\":{}", u64::MAX));
    assert_eq!(Trust::serial(&last), Some(u64::MAX));
    refused(me.trust().seal(Some(&last), &me.keys), "seal.trust.signing");
}

#[test]
fn a_card_with_a_key_of_another_trusted_card_is_refused() {
    let (me, other) = (party(Role::Authority, "A"), party(Role::Producer, "P"));
    me.trusts(&other);
    let stranger = party(Role::Producer, "S");
    for card in [
        Card {
            verifier: other.card.verifier.clone(),
            ..stranger.card.clone()
        },
        Card {
            recipient: other.card.recipient.clone(),
            ..stranger.card.clone()
        },
    ] {
        let error = me.trust().add(&card, &card.fingerprint()).unwrap_err();
        assert_eq!(error.code(), "seal.trust.key");
    }
    assert_eq!(me.trust().list().len(), 1);
}

#[test]
fn a_removed_card_is_trusted_no_longer() {
    let (me, other) = (party(Role::Authority, "A"), party(Role::Producer, "P"));
    me.trusts(&other);
    let mut trust = me.trust();
    let fingerprint = other.card.fingerprint();
    assert_eq!(trust.remove(&fingerprint), Some(other.card.clone()));
    assert_eq!(trust.remove(&fingerprint), None);
    assert!(trust.list().is_empty());
}
