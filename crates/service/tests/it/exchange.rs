//! Requests go there and answers come back, once and again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use renketsu_store::RequestEnd;
use serde_json::json;

use crate::raw::{ask, get, operator, post};
use crate::site::{PROVISION, Site};

fn sha256(path: &Path) -> String {
    use sha2::{Digest as _, Sha256};
    data_encoding::HEXLOWER.encode(&Sha256::digest(std::fs::read(path).unwrap()))
}

/// A service that answered one request of 120 rows into `answer.rkp`: the request's file and its digest.
fn answered() -> (Site, PathBuf, String) {
    let mut site = Site::new(120);
    let request = site.request("one", 120, PROVISION);
    site.start();
    let digest = site
        .send(&site.producer, &request, Some("answer.rkp"))
        .unwrap()
        .request;
    (site, request, digest)
}

#[test]
fn a_request_is_answered_and_a_replay_gets_the_same_answer() {
    let mut site = Site::new(120);
    let request = site.request("one", 120, PROVISION);
    site.start();
    let delivered = site
        .send(&site.producer, &request, Some("answer.rkp"))
        .unwrap();
    assert_eq!(delivered.state, "answered");
    assert_eq!(delivered.request, sha256(&request));
    let opened = site.opened("answer.rkp");
    assert_eq!(opened.tables()[0].rows, 120);
    let kept = site
        .store()
        .service_request(&delivered.request)
        .unwrap()
        .unwrap();
    assert_eq!(
        opened.header().in_reply_to.unwrap().to_string(),
        kept.package
    );
    let again = site
        .send(&site.producer, &request, Some("again.rkp"))
        .unwrap();
    assert_eq!(again.answer_sha256, delivered.answer_sha256);
    let files = site.files.path();
    assert_eq!(
        std::fs::read(files.join("answer.rkp")).unwrap(),
        std::fs::read(files.join("again.rkp")).unwrap()
    );
    let ours: Vec<String> = site
        .actions()
        .into_iter()
        .filter(|action| action.starts_with("service.") || action == "provision.issued")
        .filter(|action| !action.starts_with("service.enrolled"))
        .collect();
    assert_eq!(
        ours,
        [
            "service.site",
            "service.started",
            "service.accepted",
            "provision.issued",
            "service.answered",
            "service.fetched"
        ]
    );
    let metrics = String::from_utf8(operator(site.listening().operator, "/metrics").body).unwrap();
    for line in [
        "renketsu_requests_accepted_total 1",
        "renketsu_requests_answered_total 1",
        "renketsu_requests_waiting 0",
        "renketsu_uploads_open 0",
        "renketsu_worker_alive 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{metrics}");
    }
    let health = operator(site.listening().operator, "/healthz");
    assert_eq!((health.status, health.body.as_slice()), (200, &b"ok\n"[..]));
    site.stop();
    assert_eq!(site.actions().last().unwrap(), "service.stopped");
    let inbox = site.authority.path().join("service/inbox");
    assert_eq!(std::fs::read_dir(inbox).unwrap().count(), 0);
}

#[test]
fn to_another_producer_a_request_does_not_exist() {
    let (site, request, digest) = answered();
    let nothing = "0".repeat(64);
    for (method, path) in [
        ("GET", ""),
        ("HEAD", ""),
        ("GET", "?wait=60"),
        ("GET", "/answer"),
        ("HEAD", "/answer"),
    ] {
        let path = |digest: &str| format!("/v1/requests/{digest}{path}");
        let head = |digest: &str| format!("{method} {} HTTP/1.1\r\nRange: bytes=5-", path(digest));
        let said = |producer, digest: &str| {
            let mut said = ask(&site, producer, &head(digest), b"");
            said.headers.remove("date");
            said
        };
        assert!([200, 206].contains(&said(&site.producer, &digest).status));
        let theirs = said(&site.other, &digest);
        assert_eq!(theirs.status, 404);
        // Nothing of what is said tells it from a request that nobody sent.
        assert_eq!(
            theirs,
            said(&site.other, &nothing),
            "{method} {path:?}",
            path = path("")
        );
        assert_eq!(theirs, said(&site.producer, &nothing));
    }
    // Nor does its beginning: the digest is like any other.
    let begin = |producer, sha256: &str| {
        let declared = json!({ "sha256": sha256, "length": 77 });
        let said = post(&site, producer, "/v1/uploads", &declared);
        let told = said.json();
        (
            said.status,
            told["request"].clone(),
            told["upload"]["offset"].clone(),
        )
    };
    assert_eq!(begin(&site.other, &digest), begin(&site.other, &nothing));
    assert_eq!(begin(&site.producer, &digest).0, 200);
    // Nor does it get it by having the bytes, which are refused as those of a request that nobody sent yet are.
    let unsent = site.request("unsent", 120, PROVISION);
    for (request, out) in [(&request, "theirs.rkp"), (&unsent, "unsent-answer.rkp")] {
        let error = site.send(&site.other, request, Some(out)).unwrap_err();
        assert_eq!(error.code(), "service.send.refused");
        let details = error.details();
        assert!(details.contains(&("status", "403".to_owned())));
        assert!(details.contains(&("problem", "service.other_sender".to_owned())));
        assert!(!site.files.path().join(out).exists());
    }
}

#[test]
fn an_upload_goes_on_where_it_was_cut() {
    let mut site = Site::new(120);
    let request = site.request("one", 120, PROVISION);
    let bytes = std::fs::read(&request).unwrap();
    site.start();
    let declared = json!({ "sha256": sha256(&request), "length": bytes.len() });
    let begun = post(&site, &site.producer, "/v1/uploads", &declared);
    assert_eq!(begun.status, 201);
    let address = begun.headers["location"].clone();
    let head = |offset: usize| {
        format!(
            "PATCH {address} HTTP/1.1\r\nContent-Type: application/octet-stream\r\nUpload-Offset: {offset}"
        )
    };
    let part = ask(&site, &site.producer, &head(0), &bytes[..1000]);
    assert_eq!(
        (part.status, part.headers["upload-offset"].as_str()),
        (204, "1000")
    );
    // The same bytes again are not taken, and the offset is told.
    let again = ask(&site, &site.producer, &head(0), &bytes[..1000]);
    assert_eq!(again.problem(), (409, "service.offset".to_owned()));
    assert_eq!(again.headers["upload-offset"], "1000");
    let early = post(
        &site,
        &site.producer,
        "/v1/requests",
        &json!({ "upload": address.rsplit('/').next() }),
    );
    assert_eq!(early.problem(), (409, "service.incomplete".to_owned()));
    site.stop();
    site.start();
    let stands = ask(
        &site,
        &site.producer,
        &format!("HEAD {address} HTTP/1.1"),
        b"",
    );
    assert_eq!(stands.headers["upload-offset"], "1000");
    let delivered = site
        .send(&site.producer, &request, Some("answer.rkp"))
        .unwrap();
    assert_eq!(delivered.state, "answered");
    let said = get(&site, &site.producer, &address);
    assert_eq!(said.problem(), (404, "service.upload".to_owned()));
}

#[test]
fn a_part_of_an_answer_is_that_part() {
    let (site, _, digest) = answered();
    let whole = std::fs::read(site.files.path().join("answer.rkp")).unwrap();
    let head = format!("GET /v1/requests/{digest}/answer HTTP/1.1\r\nRange: bytes=100-");
    let part = ask(&site, &site.producer, &head, b"");
    assert_eq!(part.status, 206);
    assert_eq!(part.body, whole[100..]);
    let range = format!("bytes 100-{}/{}", whole.len() - 1, whole.len());
    assert_eq!(part.headers["content-range"], range);
}

#[test]
fn a_refusal_keeps_its_code() {
    let mut site = Site::new(120);
    // Fewer rows than an answer needs.
    let request = site.request("one", 3, PROVISION);
    site.start();
    let error = site
        .send(&site.producer, &request, Some("answer.rkp"))
        .unwrap_err();
    assert_eq!(error.code(), "service.send.rejected");
    let reason = &error.details()[0].1;
    assert_eq!(reason, "authority.control.few");
    let digest = sha256(&request);
    let kept = site.store().service_request(&digest).unwrap().unwrap();
    assert_eq!(kept.end, Some(RequestEnd::Refused(reason.clone())));
    let said = get(
        &site,
        &site.producer,
        &format!("/v1/requests/{digest}/answer"),
    );
    assert_eq!(said.problem(), (409, "service.refused".to_owned()));
    assert_eq!(said.json()["reason"], reason.as_str());
    // Asked again, it is still the same refusal.
    let again = site.send(&site.producer, &request, Some("answer.rkp"));
    assert_eq!(again.unwrap_err().code(), "service.send.rejected");
}

#[test]
fn an_answer_that_expired_is_gone() {
    let (mut site, _, digest) = answered();
    site.hand.forward(24 * 91);
    let path = format!("/v1/requests/{digest}/answer");
    let said = get(&site, &site.producer, &path);
    assert_eq!(said.problem(), (410, "service.gone".to_owned()));
    // At the next start at the latest, the file is gone too.
    site.stop();
    site.start();
    get(&site, &site.producer, "/v1/openapi.json");
    site.stop();
    let outbox = site.authority.path().join("service/outbox");
    assert_eq!(std::fs::read_dir(outbox).unwrap().count(), 0);
}

/// Uploads at once and rows in each: 8 of 1000, or what `cargo xtask long` asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of the same test is asked for by its environment"
)]
fn load() -> (usize, usize) {
    let asked = |name, otherwise| std::env::var(name).map_or(otherwise, |n| n.parse().unwrap());
    (
        asked("RENKETSU_UPLOADS", 8),
        asked("RENKETSU_UPLOAD_ROWS", 1000),
    )
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the figures of the long run")]
fn many_at_once_are_all_answered() {
    let (uploads, rows) = load();
    let mut site = Site::new(rows);
    let requests: Vec<_> = (0..uploads)
        .map(|at| site.request(&format!("r{at}"), rows, PROVISION))
        .collect();
    site.start();
    let begun = std::time::Instant::now();
    let sent = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for (at, request) in requests.iter().enumerate() {
            let (site, sent) = (&site, &sent);
            scope.spawn(move || {
                // Accepted first, so that the time it takes is seen; sent again, the answer is fetched.
                site.send(&site.producer, request, None).unwrap();
                let took = begun.elapsed().as_millis();
                sent.fetch_max(took.try_into().unwrap(), Ordering::Relaxed);
                let out = format!("answer-{at}.rkp");
                site.send(&site.producer, request, Some(&out)).unwrap();
                assert_eq!(site.opened(&out).tables()[0].rows, rows as u64);
            });
        }
    });
    println!(
        "{uploads} uploads of {rows} rows at once: all accepted after {} ms, all answered and fetched after {} ms",
        sent.load(Ordering::Relaxed),
        begun.elapsed().as_millis()
    );
    assert!(site.store().waiting_requests().unwrap().is_empty());
    assert_eq!(site.store().answered_requests().unwrap().len(), uploads);
}
