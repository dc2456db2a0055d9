//! What a kill leaves, and what the next start makes of it. The kills themselves are in the tests of the binary.

use std::fs;

use renketsu_authority::issue::{self, Order};
use renketsu_authority::methods::Transport;
use renketsu_seal::package::Sealed;
use renketsu_store::{Event, RequestEnd, ServiceRequest};
use renketsu_testkit::now;
use sha2::{Digest as _, Sha256};

use crate::raw::get;
use crate::site::{PROVISION, Site};

/// A request as acceptance leaves it: its file in the inbox, its row in the state. Returns its digest.
fn accepted(site: &Site) -> String {
    let bytes = fs::read(site.request("one", 120, PROVISION)).unwrap();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    let service = site.authority.path().join("service");
    for name in ["inbox", "outbox"] {
        fs::create_dir_all(service.join(name)).unwrap();
    }
    let inbox = service.join(format!("inbox/{digest}.rkp"));
    fs::write(&inbox, &bytes).unwrap();
    let authentic = Sealed::open(&inbox)
        .unwrap()
        .authenticate(&site.authority.keys, &site.authority.trust(), now())
        .unwrap();
    let row = ServiceRequest {
        sha256: digest.clone(),
        sender: site.producer.card.fingerprint().to_hex(),
        package: authentic.package_id().to_string(),
        provision: PROVISION.to_owned(),
        bytes: bytes.len() as u64,
        accepted_at: now(),
        end: None,
        hold: None,
        ended_at: None,
        fetched_at: None,
    };
    let mut store = site.store();
    let transaction = store.begin().unwrap();
    transaction.accept_request(&row).unwrap();
    let event = Event::new("service.accepted", PROVISION, now());
    transaction.commit(&event).unwrap();
    digest
}

/// Answers a request as the worker does, up to the end that a kill kept from being written.
fn issued(site: &Site, digest: &str) -> String {
    let service = site.authority.path().join("service");
    let order = Order {
        request: service.join(format!("inbox/{digest}.rkp")),
        out: service.join(format!("outbox/{digest}.rkp")),
        expires: now() + issue::VALID_FOR,
        transport: Transport::Https,
        accept: Vec::new(),
    };
    site.at_work(|authority| {
        issue::issue_into_outbox(authority, &mut site.store(), &order, &mut |_| ())
    })
    .unwrap()
    .answer
    .sha256
}

fn end(site: &Site, digest: &str) -> RequestEnd {
    get(
        site,
        &site.producer,
        &format!("/v1/requests/{digest}?wait=60"),
    );
    let kept = site.store().service_request(digest).unwrap().unwrap();
    kept.end.unwrap()
}

#[test]
fn an_accepted_request_is_answered_after_a_restart() {
    let mut site = Site::new(120);
    let digest = accepted(&site);
    site.start();
    assert!(matches!(end(&site, &digest), RequestEnd::Answered(_)));
    assert_eq!(
        site.actions()
            .iter()
            .filter(|action| *action == "provision.issued")
            .count(),
        1
    );
}

#[test]
fn an_answer_that_was_recorded_is_the_answer() {
    let mut site = Site::new(120);
    let digest = accepted(&site);
    let sha256 = issued(&site, &digest);
    site.start();
    let RequestEnd::Answered(answer) = end(&site, &digest) else {
        panic!("not answered")
    };
    assert_eq!(answer.sha256, sha256);
    assert_eq!(
        site.actions()
            .iter()
            .filter(|action| *action == "provision.issued")
            .count(),
        1
    );
}

#[test]
fn an_answer_without_a_record_is_made_anew() {
    let mut site = Site::new(120);
    let digest = accepted(&site);
    let out = site
        .authority
        .path()
        .join(format!("service/outbox/{digest}.rkp"));
    fs::write(&out, b"cut off before it was recorded").unwrap();
    site.start();
    let RequestEnd::Answered(answer) = end(&site, &digest) else {
        panic!("not answered")
    };
    let bytes = fs::read(&out).unwrap();
    assert_eq!(
        data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)),
        answer.sha256
    );
}

#[test]
fn a_request_answered_from_a_file_is_not_answered_again() {
    let mut site = Site::new(120);
    let digest = accepted(&site);
    issued(&site, &digest);
    let out = site
        .authority
        .path()
        .join(format!("service/outbox/{digest}.rkp"));
    fs::rename(&out, site.files.path().join("by-hand.rkp")).unwrap();
    site.start();
    let refused = RequestEnd::Refused("authority.issue.replayed".to_owned());
    assert_eq!(end(&site, &digest), refused);
}

#[test]
fn a_file_of_the_inbox_that_was_never_accepted_is_removed() {
    let mut site = Site::new(120);
    let inbox = site.authority.path().join("service/inbox");
    fs::create_dir_all(&inbox).unwrap();
    fs::write(inbox.join(format!("{}.rkp", "a".repeat(64))), b"x").unwrap();
    site.start();
    assert_eq!(fs::read_dir(&inbox).unwrap().count(), 0);
}

#[test]
fn a_directory_is_served_once_at_a_time() {
    use renketsu_service::{Limits, Settings, Stop, Words, serve};
    let mut site = Site::new(1);
    site.start();
    let again = |operator: &str| {
        let settings = Settings {
            dir: site.authority.path().to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            operator: operator.parse().unwrap(),
            limits: Limits::default(),
            valid_for: issue::VALID_FOR,
            words: Words::default(),
            token: None,
            read_clock: || None,
        };
        let keys =
            renketsu_seal::party::open(site.authority.path(), &renketsu_testkit::passphrase())
                .unwrap();
        let (_stop, stopped) = tokio::sync::oneshot::channel();
        let clock = site.hand.clock();
        serve(settings, keys, &clock, Stop::Told(stopped), |_| ())
            .unwrap_err()
            .code()
    };
    assert_eq!(again("127.0.0.1:0"), "service.serve.twice");
    assert_eq!(again("0.0.0.0:0"), "service.serve.operator");
}
