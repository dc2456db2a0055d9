//! What the authority has to cure, and what the machine lacks, refuses nobody and holds up nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use renketsu_authority::fee::{application, meter};
use renketsu_service::try_again;
use renketsu_testkit::now;
use sha2::{Digest as _, Sha256};

use crate::raw::{Said, get, operator};
use crate::site::{PROVISION, Site};

fn digest(path: &Path) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(fs::read(path).unwrap()))
}

fn status(site: &Site, digest: &str) -> Said {
    let said = get(
        site,
        &site.producer,
        &format!("/v1/requests/{digest}?wait=60"),
    );
    assert_eq!(said.status, 200);
    said
}

/// Sends a request that is then held, and says for what.
fn held(site: &Site, request: &Path) -> String {
    let error = site
        .send(&site.producer, request, Some("early.rkp"))
        .unwrap_err();
    assert_eq!((error.code(), error.exit()), ("service.send.held", 3));
    let said = status(site, &digest(request));
    assert_eq!(said.headers["retry-after"], "300");
    let told = said.json();
    assert_eq!(told["state"], "held");
    assert_eq!(told["reason"], error.details()[0].1.as_str());
    error.details().remove(0).1
}

/// Waits for the answer of a request that was held and is not held any more.
fn answered(site: &Site, request: &Path) {
    let path = format!("/v1/requests/{}?wait=60", digest(request));
    while get(site, &site.producer, &path).json()["state"] == "held" {
        std::thread::yield_now();
    }
    let name = format!("{}.answer", request.display());
    site.send(&site.producer, request, Some(&name)).unwrap();
}

#[test]
fn an_open_session_and_an_undecided_application_are_waited_for() {
    let mut site = Site::new(120);
    let [one, two] = ["one", "two"].map(|name| site.request(name, 120, PROVISION));
    site.at_work(|authority| {
        meter::start(authority, &mut site.store(), PROVISION, "検収").unwrap();
    });
    site.start();
    assert_eq!(held(&site, &one), "authority.fee.open_session");
    let said = get(
        &site,
        &site.producer,
        &format!("/v1/requests/{}/answer", digest(&one)),
    );
    assert_eq!(said.problem(), (409, "service.waiting".to_owned()));
    assert_eq!(said.json()["reason"], "authority.fee.open_session");
    let metrics = String::from_utf8(operator(site.listening().operator, "/metrics").body).unwrap();
    assert!(metrics.contains("renketsu_requests_held 1\n"), "{metrics}");
    // The authority's next act is another thing that is in the way.
    site.at_work(|authority| site.apply(authority, "A-2"));
    site.at_work(|authority| {
        meter::stop(authority, &mut site.store(), PROVISION, None, None).unwrap();
    });
    assert_eq!(held(&site, &two), "authority.fee.undecided");
    site.at_work(|authority| {
        application::accept(authority, &mut site.store(), "A-2").unwrap();
    });
    // Nobody has to ask: what the authority does is looked at.
    answered(&site, &one);
    answered(&site, &two);
    let waiting = site.store().waiting_requests().unwrap();
    assert!(waiting.is_empty(), "{waiting:?}");
    let said = site.actions();
    let count = |action: &str| said.iter().filter(|said| *said == action).count();
    assert_eq!(
        (count("service.refused"), count("provision.issued")),
        (0, 2)
    );
    // One word for each thing that was in the way, not one for each try.
    assert!((2..=3).contains(&count("service.held")), "{said:?}");
}

#[test]
fn a_provision_that_is_not_open_yet_is_waited_for_until_somebody_asks_or_the_request_expires() {
    let mut site = Site::new(120);
    let unknown = site.request("one", 120, "P-2026-0099");
    let fine = site.request("two", 120, PROVISION);
    site.start();
    assert_eq!(held(&site, &unknown), "authority.provision.unknown");
    site.send(&site.producer, &fine, Some("fine.rkp")).unwrap();
    // A restart keeps it, and tries it once more.
    site.stop();
    site.start();
    assert_eq!(status(&site, &digest(&unknown)).json()["state"], "held");
    let mut store = site.store();
    let missing = try_again(&mut store, Some(&"0".repeat(64)), now()).unwrap_err();
    assert_eq!(missing.code(), "store.missing");
    // The package is good for a day.
    site.hand.forward(30);
    assert_eq!(try_again(&mut store, None, now()).unwrap(), 1);
    let path = format!("/v1/requests/{}", digest(&unknown));
    let told = loop {
        let told = get(&site, &site.producer, &path).json();
        if told["state"] != "held" {
            break told;
        }
        std::thread::yield_now();
    };
    assert_eq!(told["state"], "refused");
    assert_eq!(told["reason"], "seal.open.expired");
    assert_eq!(try_again(&mut store, None, now()).unwrap(), 0);
}

/// A file that cannot be read stands for whatever the machine lacks.
#[test]
fn a_request_that_the_machine_keeps_from_its_end_lets_the_others_pass() {
    let mut site = Site::new(120);
    let [one, two] = ["one", "two"].map(|name| site.request(name, 120, PROVISION));
    site.at_work(|authority| {
        meter::start(authority, &mut site.store(), PROVISION, "検収").unwrap();
    });
    site.start();
    held(&site, &one);
    let service = site.authority.path().join("service");
    let inbox = service.join(format!("inbox/{}.rkp", digest(&one)));
    let aside = site.files.path().join("aside");
    fs::rename(&inbox, &aside).unwrap();
    // A directory in the place of the file can't be read as a file, whoever reads.
    fs::create_dir(&inbox).unwrap();
    site.at_work(|authority| {
        meter::stop(authority, &mut site.store(), PROVISION, None, None).unwrap();
    });
    site.send(&site.producer, &two, Some("two.answer")).unwrap();
    let kept = status(&site, &digest(&one)).json();
    assert_eq!(kept["state"], "held");
    fs::remove_dir(&inbox).unwrap();
    fs::rename(&aside, &inbox).unwrap();
    let mode = fs::metadata(&inbox).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    assert_eq!(try_again(&mut site.store(), None, now()).unwrap(), 1);
    answered(&site, &one);
}
