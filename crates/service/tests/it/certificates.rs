//! Who may connect, and who may not any more.

use std::io::Read as _;

use renketsu_seal::Role;
use renketsu_seal::statement::{PreparedStatement, StatementKind, read};
use renketsu_service::{CertificateOrder, enrol, init, new_certificate, revoke};
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
fn an_address_that_is_no_name_of_the_site_is_called_that() {
    let mut site = Site::new(120);
    site.request("one", 120, PROVISION);
    // The site's names are `localhost` and 127.0.0.1.
    site.listen = [127, 0, 0, 2];
    site.start();
    let url = format!("https://127.0.0.2:{}", site.listening().service.port());
    let mut store =
        renketsu_store::Store::open_proven(site.producer.path(), &site.producer.proof()).unwrap();
    renketsu_service::set_authority(
        site.producer.path(),
        &site.producer.card,
        &mut store,
        &url,
        &site.root,
        now(),
    )
    .unwrap();
    assert_eq!(refused(&site, &site.producer), "service.send.host");
}

/// A certificate is public: the other producer could have its own card vouch for it.
#[test]
fn a_certificate_is_enrolled_only_for_the_card_that_its_key_signed_for() {
    let site = Site::new(1);
    let file = site.certificate(&site.producer, 365);
    let (mut body, _) = read::<serde_json::Value>(
        &file,
        StatementKind::ClientCertificate,
        &site.authority.trust(),
    )
    .unwrap();
    let vouch = |name: &str, body: &serde_json::Value| {
        let file = site.files.path().join(name);
        let kind = StatementKind::ClientCertificate;
        PreparedStatement::new(&file, kind, body, &site.other.keys)
            .unwrap()
            .publish()
            .unwrap();
        enrol(&site.authority.trust(), &mut site.store(), &file, now())
            .map_err(|error| error.code())
    };
    assert_eq!(
        vouch("stolen.json", &body).unwrap_err(),
        "service.enrol.possession"
    );
    // A signature of another key than the certificate's is none.
    let own = site.certificate(&site.other, 365);
    let (other, _) = read::<serde_json::Value>(
        &own,
        StatementKind::ClientCertificate,
        &site.authority.trust(),
    )
    .unwrap();
    body["possession"] = other["possession"].clone();
    assert_eq!(
        vouch("mixed.json", &body).unwrap_err(),
        "service.enrol.possession"
    );
    // Without one it isn't of its form.
    body.as_object_mut().unwrap().remove("possession");
    assert_eq!(
        vouch("bare.json", &body).unwrap_err(),
        "seal.statement.form"
    );
    vouch("own.json", &other).unwrap();
}

#[test]
fn a_key_that_is_there_goes_only_where_that_was_said() {
    let site = Site::new(1);
    let before = shown(&site.producer);
    let mut store =
        renketsu_store::Store::open_proven(site.producer.path(), &site.producer.proof()).unwrap();
    let mut make = |name: &str, replace| {
        let order = CertificateOrder {
            days: 30,
            replace,
            out: site.files.path().join(name),
        };
        let (dir, keys) = (site.producer.path(), &site.producer.keys);
        new_certificate(dir, keys, &mut store, &order, now()).map_err(|error| error.code())
    };
    let refused = make("new.json", false).unwrap_err();
    assert_eq!(refused, "service.link.has_certificate");
    assert_eq!(shown(&site.producer), before);
    assert!(!site.files.path().join("new.json").exists());
    make("new.json", true).unwrap();
    assert_ne!(shown(&site.producer), before);
    let last = store.events().unwrap().pop().unwrap().event;
    assert_eq!(last.action, "service.certificate_made");
    assert_eq!(last.details["replaces_sha256"], before);
}

#[test]
fn only_a_producer_connects_out() {
    let workspace = Party::new(Role::Workspace, "大学");
    let error = renketsu_service::Link::open(workspace.path(), &workspace.keys).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("service.link.role", 1));
}
