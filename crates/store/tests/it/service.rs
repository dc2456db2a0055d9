//! Certificates of producers and requests of the service.

use renketsu_store::{EnrolledCertificate, HeldAnswer, RequestEnd, ServiceRequest, Store};

use crate::{event, now, store};

fn certificate(byte: u8) -> EnrolledCertificate {
    EnrolledCertificate {
        sha256: format!("{byte:02x}").repeat(32),
        certificate: vec![0x30, byte],
        producer: "f".repeat(64),
        enrolled_at: now(),
        revoked_at: None,
    }
}

fn request(byte: u8) -> ServiceRequest {
    ServiceRequest {
        sha256: format!("{byte:02x}").repeat(32),
        sender: "f".repeat(64),
        package: format!("package {byte}"),
        provision: "P-2026-0001".to_owned(),
        bytes: 4096,
        accepted_at: now(),
        end: None,
        hold: None,
        ended_at: None,
        fetched_at: None,
    }
}

fn accept(store: &mut Store, request: &ServiceRequest) {
    let transaction = store.begin().unwrap();
    transaction.accept_request(request).unwrap();
    transaction.commit(&event("service.accepted")).unwrap();
}

fn waiting(store: &Store) -> Vec<ServiceRequest> {
    store.waiting_requests().unwrap()
}

#[test]
fn a_certificate_is_enrolled_once_and_revoked_once() {
    let (_dir, mut store) = store();
    let enrolled = certificate(1);
    let transaction = store.begin().unwrap();
    transaction.enrol_certificate(&enrolled).unwrap();
    let again = transaction.enrol_certificate(&enrolled).unwrap_err();
    assert_eq!(again.code(), "store.exists");
    transaction.commit(&event("service.enrolled")).unwrap();
    assert_eq!(
        store.certificates().unwrap(),
        std::slice::from_ref(&enrolled)
    );

    let transaction = store.begin().unwrap();
    transaction
        .revoke_certificate(&enrolled.sha256, now())
        .unwrap();
    let again = transaction
        .revoke_certificate(&enrolled.sha256, now())
        .unwrap_err();
    assert_eq!(again.code(), "store.missing");
    transaction.commit(&event("service.revoked")).unwrap();
    let found = store.certificate(&enrolled.sha256).unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(now()));
    assert_eq!(store.certificate("00").unwrap(), None);
}

#[test]
fn requests_wait_in_their_order_until_they_end_once() {
    let (_dir, mut store) = store();
    let requests = [9, 3, 5].map(request);
    for request in &requests {
        accept(&mut store, request);
    }
    assert_eq!(waiting(&store), requests);
    let transaction = store.begin().unwrap();
    let again = transaction.accept_request(&requests[0]).unwrap_err();
    assert_eq!(again.code(), "store.exists");
    drop(transaction);

    let answer = HeldAnswer {
        package: "answer".to_owned(),
        sha256: "a".repeat(64),
        bytes: 77,
        expires_at: now(),
    };
    let ends = [
        RequestEnd::Answered(answer),
        RequestEnd::Refused("authority.issue.kind".to_owned()),
    ];
    for (request, end) in requests.iter().zip(&ends) {
        let transaction = store.begin().unwrap();
        transaction
            .end_request(&request.sha256, end, now())
            .unwrap();
        let again = transaction.end_request(&request.sha256, end, now());
        assert_eq!(again.unwrap_err().code(), "store.missing");
        transaction.commit(&event("service.ended")).unwrap();
        let found = store.service_request(&request.sha256).unwrap().unwrap();
        assert_eq!(
            (found.end.as_ref(), found.ended_at),
            (Some(end), Some(now()))
        );
    }
    assert_eq!(waiting(&store), requests[2..]);
    assert_eq!(store.answered_requests().unwrap().len(), 1);
}

#[test]
fn only_an_answer_is_fetched_and_its_first_time_is_kept() {
    let (_dir, mut store) = store();
    let asked = request(1);
    accept(&mut store, &asked);
    let transaction = store.begin().unwrap();
    assert!(!transaction.fetch_answer(&asked.sha256, now()).unwrap());
    let end = RequestEnd::Answered(HeldAnswer {
        package: "answer".to_owned(),
        sha256: "a".repeat(64),
        bytes: 77,
        expires_at: now(),
    });
    transaction.end_request(&asked.sha256, &end, now()).unwrap();
    assert!(transaction.fetch_answer(&asked.sha256, now()).unwrap());
    assert!(!transaction.fetch_answer(&asked.sha256, now()).unwrap());
    transaction.commit(&event("service.fetched")).unwrap();
    let found = store.service_request(&asked.sha256).unwrap().unwrap();
    assert_eq!(found.fetched_at, Some(now()));
}

#[test]
fn what_keeps_a_request_is_said_until_it_ends() {
    let (_dir, mut store) = store();
    accept(&mut store, &request(7));
    let sha256 = request(7).sha256;
    let early = store.begin().unwrap().ask_again(&sha256).unwrap_err();
    assert_eq!(early.code(), "store.missing");
    let before = store.last_event().unwrap();
    let hold = |store: &mut Store, code: &str| {
        let transaction = store.begin().unwrap();
        transaction.hold_request(&sha256, code, now()).unwrap();
        transaction.ask_again(&sha256).unwrap();
        transaction.commit(&event("service.held")).unwrap();
    };
    for (asks, code) in (1..).zip(["authority.fee.open_session", "authority.fee.undecided"]) {
        hold(&mut store, code);
        let found = waiting(&store).remove(0).hold.unwrap();
        assert_eq!((found.code.as_str(), found.asks), (code, asks));
    }
    let done = store.actions_after(before).unwrap();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0], (before + 1, "service.held".to_owned()));
    let transaction = store.begin().unwrap();
    let end = RequestEnd::Refused("authority.issue.kind".to_owned());
    transaction.end_request(&sha256, &end, now()).unwrap();
    transaction.commit(&event("service.refused")).unwrap();
    assert_eq!(store.service_request(&sha256).unwrap().unwrap().hold, None);
    let late = store.begin().unwrap();
    let ended = late.hold_request(&sha256, "x", now()).unwrap_err();
    assert_eq!(ended.code(), "store.missing");
}

#[test]
fn a_request_is_its_senders_alone() {
    let (_dir, mut store) = store();
    accept(&mut store, &request(8));
    let kept = request(8);
    let found = |sender: &str| store.service_request_of(sender, &kept.sha256).unwrap();
    assert_eq!(found(&kept.sender), Some(kept.clone()));
    assert_eq!(found(&"0".repeat(64)), None);
    assert_eq!(store.waiting_of(&kept.sender).unwrap(), (1, kept.bytes));
    assert_eq!(store.waiting_of(&"0".repeat(64)).unwrap(), (0, 0));
}
