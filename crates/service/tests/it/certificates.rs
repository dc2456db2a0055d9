//! Who may connect, and who may not any more.

use std::io::Read as _;

use renketsu_seal::Role;
use renketsu_service::{enrol, init, revoke};
use renketsu_testkit::{Party, now};
use sha2::{Digest as _, Sha256};

use crate::raw::{connect, get, hear, say};
use crate::site::{PROVISION, Site};

fn refused(site: &Site, producer: &Party) -> &'static str {
    let request = site.files.path().join("one.rkp");
    site.send(producer, &request, None).unwrap_err().code()
}

fn shown(producer: &Party) -> String {
    let der = std::fs::read(producer.path().join("link/certificate.der")).unwrap();
    data_encoding::HEXLOWER.encode(&Sha256::digest(der))
}

#[test]
fn without_an_enrolled_certificate_there_is_no_connection() {
    let mut site = Site::new(120);
    site.request("one", 120, PROVISION);
    site.start();
    let mut nameless = connect(&site, None);
    say(&mut nameless, "GET /v1/openapi.json HTTP/1.1", b"", "close");
    let mut bytes = Vec::new();
    assert!(nameless.read_to_end(&mut bytes).is_err());
    assert!(bytes.is_empty());
    // A new certificate that nobody enrolled.
    let file = site.certificate(&site.producer, 365);
    assert_eq!(refused(&site, &site.producer), "service.send.certificate");
    enrol(&site.authority.trust(), &mut site.store(), &file, now()).unwrap();
    site.send(&site.producer, &site.files.path().join("one.rkp"), None)
        .unwrap();
    // One that is enrolled already, and one that a stranger vouches for.
    let again = enrol(&site.authority.trust(), &mut site.store(), &file, now());
    assert_eq!(again.unwrap_err().code(), "store.exists");
    let stranger = Party::new(Role::Producer, "知らない事業者");
    let file = site.certificate(&stranger, 365);
    let unknown = enrol(&site.authority.trust(), &mut site.store(), &file, now());
    assert_eq!(unknown.unwrap_err().code(), "seal.statement.signature");
}

#[test]
fn a_certificate_ends_with_its_time() {
    let mut site = Site::new(120);
    site.enrol(&site.producer, 2);
    site.request("one", 120, PROVISION);
    site.start();
    site.hand.forward(47);
    assert_eq!(get(&site, &site.producer, "/v1/openapi.json").status, 200);
    site.hand.forward(2);
    assert_eq!(refused(&site, &site.producer), "service.send.certificate");
}

#[test]
fn a_revoked_certificate_ends_an_open_connection() {
    let mut site = Site::new(120);
    site.request("one", 120, PROVISION);
    site.start();
    let mut open = connect(&site, Some(&site.producer));
    let head = "GET /v1/openapi.json HTTP/1.1";
    say(&mut open, head, b"", "keep-alive");
    assert_eq!(hear(&mut open).status, 200);
    revoke(&mut site.store(), &shown(&site.producer), now()).unwrap();
    say(&mut open, head, b"", "keep-alive");
    let said = hear(&mut open);
    assert_eq!(said.problem(), (403, "service.sender".to_owned()));
    assert_eq!(refused(&site, &site.producer), "service.send.certificate");
    assert_eq!(get(&site, &site.other, "/v1/openapi.json").status, 200);
}

#[test]
fn who_is_not_trusted_any_more_is_not_served_any_more() {
    let mut site = Site::new(120);
    site.request("one", 120, PROVISION);
    site.start();
    let mut trust = site.authority.trust();
    trust.remove(&site.producer.card.fingerprint()).unwrap();
    site.keep(&trust);
    let said = get(&site, &site.producer, "/v1/openapi.json");
    assert_eq!(said.problem(), (403, "service.sender".to_owned()));
    site.keep(&site.authority.trust());
    assert_eq!(get(&site, &site.producer, "/v1/openapi.json").status, 200);
}

#[test]
fn a_producer_believes_the_root_it_was_given_and_no_other() {
    let mut site = Site::new(120);
    site.request("one", 120, PROVISION);
    site.start();
    let stranger = Party::new(Role::Authority, "偽の大臣");
    let mut store = renketsu_store::Store::open_proven(stranger.path(), &stranger.proof()).unwrap();
    let hosts = ["localhost".to_owned()];
    let root = init(stranger.path(), &stranger.keys, &mut store, &hosts, now()).unwrap();
    let again = init(stranger.path(), &stranger.keys, &mut store, &hosts, now());
    assert_eq!(again.unwrap_err().code(), "service.site.exists");
    let root = site.file("other-root.pem", root);
    site.point(&site.producer, &root);
    assert_eq!(refused(&site, &site.producer), "service.send.server");
}

#[test]
fn only_a_producer_connects_out() {
    let workspace = Party::new(Role::Workspace, "大学");
    let error = renketsu_service::Link::open(workspace.path(), &workspace.keys).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("service.link.role", 1));
}
