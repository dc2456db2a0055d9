//! What the interface refuses, and that it says so by a code.

use renketsu_service::{Limits, OPENAPI};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::raw::{Said, ask, get, post};
use crate::site::{PROVISION, Site};

fn begin(site: &Site, bytes: &[u8]) -> Said {
    let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
    let declared = json!({ "sha256": sha256, "length": bytes.len() });
    post(site, &site.producer, "/v1/uploads", &declared)
}

fn patch(site: &Site, address: &str, offset: u64, bytes: &[u8]) -> Said {
    let head = format!(
        "PATCH {address} HTTP/1.1\r\nContent-Type: application/octet-stream\r\nUpload-Offset: {offset}"
    );
    ask(site, &site.producer, &head, bytes)
}

/// Uploads bytes and asks for their acceptance.
fn hand_in(site: &Site, declared: &[u8], sent: &[u8]) -> Said {
    let begun = begin(site, declared);
    let address = begun.headers["location"].clone();
    assert_eq!(patch(site, &address, 0, sent).status, 204);
    let upload = json!({ "upload": address.rsplit('/').next() });
    post(site, &site.producer, "/v1/requests", &upload)
}

fn left(site: &Site) -> usize {
    let service = site.authority.path().join("service");
    ["uploads", "inbox", "outbox"]
        .map(|name| std::fs::read_dir(service.join(name)).unwrap().count())
        .iter()
        .sum()
}

#[test]
fn what_is_no_request_leaves_nothing() {
    let mut site = Site::new(120);
    let request = std::fs::read(site.request("one", 120, PROVISION)).unwrap();
    site.start();
    let mut altered = request.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let said = hand_in(&site, &request, &altered);
    assert_eq!(said.problem(), (422, "service.digest".to_owned()));
    let said = hand_in(&site, b"no package at all", b"no package at all");
    assert_eq!(said.problem(), (422, "service.package".to_owned()));
    assert_eq!(said.json()["reason"], "seal.open.not_package");
    assert_eq!(left(&site), 0);
    // Altered and declared so.
    let said = hand_in(&site, &altered, &altered);
    assert_eq!(said.problem(), (422, "service.package".to_owned()));
    assert!(!site.actions().contains(&"service.accepted".to_owned()));
    assert_eq!(left(&site), 0);
}

#[test]
fn more_than_was_declared_or_allowed_is_not_taken() {
    let mut site = Site::new(1);
    site.limits = Limits {
        package: 3000,
        spool_per_producer: 5000,
        ..Limits::default()
    };
    site.start();
    let said = begin(&site, &[0; 3001]);
    assert_eq!(said.problem(), (413, "service.large".to_owned()));
    let address = begin(&site, &[0; 3000]).headers["location"].clone();
    let said = patch(&site, &address, 0, &[0; 3001]);
    assert_eq!(said.problem(), (422, "service.beyond".to_owned()));
    // What was declared takes nothing of what the producer may have.
    let second = begin(&site, &[1; 2001]).headers["location"].clone();
    assert_eq!(patch(&site, &address, 0, &[0; 3000]).status, 204);
    let said = patch(&site, &second, 0, &[1; 2001]);
    assert_eq!(said.problem(), (429, "service.quota".to_owned()));
    let said = begin(&site, &[2; 2001]);
    assert_eq!(said.problem(), (429, "service.quota".to_owned()));
    assert_eq!(said.headers["retry-after"], "30");
    let gone = ask(
        &site,
        &site.producer,
        &format!("DELETE {address} HTTP/1.1"),
        b"",
    );
    assert_eq!(gone.status, 204);
    assert_eq!(begin(&site, &[2; 2001]).status, 201);
    assert_eq!(patch(&site, &second, 0, &[1; 2001]).status, 204);
}

#[test]
fn names_that_lead_elsewhere_lead_nowhere() {
    let mut site = Site::new(1);
    site.start();
    for (path, code) in [
        ("/v1/uploads/..", "service.upload"),
        ("/v1/uploads/..%2f..%2fstate.sqlite", "service.upload"),
        ("/v1/uploads/%ff", "service.upload"),
        (
            "/v1/requests/..%2f..%2fkeys%2fprivate.age",
            "service.request",
        ),
        ("/v1/requests/%2e%2e/answer", "service.request"),
        ("/v1/../state.sqlite", "service.path"),
        ("/", "service.path"),
        ("/metrics", "service.path"),
    ] {
        assert_eq!(
            get(&site, &site.producer, path).problem(),
            (404, code.to_owned()),
            "{path}"
        );
    }
}

#[test]
fn a_problem_speaks_the_language_that_is_asked_for() {
    let mut site = Site::new(1);
    site.start();
    let ja = get(&site, &site.producer, "/").json();
    assert_eq!(ja["title"], "日本語 service.path");
    let en = ask(
        &site,
        &site.producer,
        "GET / HTTP/1.1\r\nAccept-Language: en",
        b"",
    )
    .json();
    assert_eq!(en["title"], "English service.path");
    assert_eq!(en["type"], "urn:renketsu:problem:service.path");
    assert_eq!(en["status"], 404);
}

#[test]
fn bodies_and_headers_of_another_form_are_refused() {
    let mut site = Site::new(1);
    site.start();
    let ask = |head: &str, body: &[u8]| ask(&site, &site.producer, head, body).problem();
    let json = "\r\nContent-Type: application/json";
    for (head, body, problem) in [
        (
            format!("POST /v1/uploads HTTP/1.1{json}"),
            &b"{"[..],
            (400, "service.body"),
        ),
        (
            format!("POST /v1/uploads HTTP/1.1{json}"),
            br#"{"sha256":"../..","length":1}"#,
            (400, "service.body"),
        ),
        (
            format!("POST /v1/uploads HTTP/1.1{json}"),
            &[b' '; 5000],
            (413, "service.large"),
        ),
        (
            "POST /v1/uploads HTTP/1.1".to_owned(),
            b"{}",
            (415, "service.media_type"),
        ),
        (
            "PUT /v1/uploads HTTP/1.1".to_owned(),
            b"",
            (405, "service.method"),
        ),
        (
            format!("GET /v1/requests/{}?wait=x HTTP/1.1", "0".repeat(64)),
            b"",
            (400, "service.query"),
        ),
    ] {
        assert_eq!(
            ask(&head, body),
            (problem.0, problem.1.to_owned()),
            "{head}"
        );
    }
    let address = begin(&site, b"x").headers["location"].clone();
    let chunk = "\r\nContent-Type: application/octet-stream";
    for (head, problem) in [
        (
            format!("PATCH {address} HTTP/1.1"),
            (415, "service.media_type"),
        ),
        (
            format!("PATCH {address} HTTP/1.1{chunk}"),
            (400, "service.head"),
        ),
        (
            format!("PATCH {address} HTTP/1.1{chunk}\r\nUpload-Offset: -1"),
            (400, "service.head"),
        ),
        (
            format!("PATCH {address} HTTP/1.1{chunk}\r\nUpload-Offset: 7"),
            (409, "service.offset"),
        ),
    ] {
        assert_eq!(
            ask(&head, b"x"),
            (problem.0, problem.1.to_owned()),
            "{head}"
        );
    }
}

#[test]
fn every_method_that_is_not_documented_is_refused_as_such() {
    let mut site = Site::new(1);
    site.start();
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let address = path.replace("{upload}", "x").replace("{digest}", "x");
        for method in ["get", "head", "post", "put", "patch", "delete"] {
            let head = format!("{} {address} HTTP/1.1", method.to_uppercase());
            let said = ask(&site, &site.producer, &head, b"");
            let documented = item.get(method).is_some();
            assert_eq!(said.status != 405, documented, "{method} {path}");
        }
    }
}
