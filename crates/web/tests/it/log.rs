//! The log in the browser: who sees what of it, its proofs, and reviews that are signed.

use renketsu_store::LogQuery;
use renketsu_web::{Lang, Words as _};

use crate::browser::{Browser, Page};
use crate::site::{OTHER, People, Site};

fn said(site: &Site, id: &str) -> String {
    site.words.say(Lang::Ja, id, &[])
}

/// The places in the record that a page links to.
fn entries(page: &Page) -> Vec<u64> {
    let text = page.text();
    text.split("href=\"/log/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .collect()
}

#[test]
fn a_search_is_an_event_that_the_next_one_finds() {
    let site = Site::new(People::Samples);
    drop(site.seated("handler"));
    let mut browser = site.seated("security-manager");
    let page = browser.get("/log?person=handler");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!entries(&page).is_empty());
    assert!(page.text().contains(&said(&site, "web-log-unwitnessed")));
    let again = browser.get("/log?action=log.searched&person=security-manager");
    assert_eq!(entries(&again).len(), 1);
    let one = browser.get(&format!("/log/{}", entries(&again)[0]));
    assert!(
        one.text().contains("<dt>of_person</dt><dd>handler</dd>"),
        "{}",
        one.text()
    );
    for wrong in ["/log?from=2026-13-01", "/log?until=x"] {
        assert_eq!(browser.get(wrong).status, 422, "{wrong}");
    }
    for none in ["/log/0", "/log/999999", "/log/x", "/log/-1"] {
        assert_eq!(browser.get(none).status, 404, "{none}");
    }
    assert_eq!(browser.get("/log?person=a&person=b").status, 400);
    site.has_words();
}

#[test]
fn what_somebody_typed_is_shown_and_not_obeyed() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("security-manager");
    let page = browser.get("/log?object=%3Cb%3E%0D%0A%E2%80%AEx");
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("<b>"));
    let found = browser.get("/log?action=log.searched");
    let one = browser.get(&format!("/log/{}", entries(&found)[0]));
    let text = one.text();
    assert!(text.contains("\\r\\n\\u{202e}x"), "{text}");
    assert!(!text.contains('\u{202e}') && !text.contains("<b>"));
}

#[test]
fn a_study_sees_its_own_entries_and_nothing_else() {
    let mut site = Site::new(People::Samples);
    drop(site.seated("handler"));
    let mut office = site.seated("security-manager");
    let all = entries(&office.get("/log"));
    let mut lead = site.seated("lead");
    let page = lead.get("/log");
    assert_eq!(page.status, 200, "{}", page.text());
    let seen = entries(&page);
    assert!(!seen.is_empty() && seen.iter().any(|seq| all.contains(seq)));
    assert!(!page.text().contains(OTHER) && !page.text().contains("security-manager"));
    for seq in all.iter().filter(|seq| !seen.contains(seq)) {
        assert_eq!(lead.get(&format!("/log/{seq}")).status, 404, "{seq}");
    }
    for seq in seen {
        assert_eq!(lead.get(&format!("/log/{seq}")).status, 200, "{seq}");
    }
    // A review is of everything, so it isn't a study's.
    assert_eq!(lead.get("/log/review").status, 403);
    site.has_words();
    // What the page showed is what the store holds of the study.
    let store = site.stop();
    let of_study = LogQuery {
        study: Some(crate::site::STUDY.to_owned()),
        ..LogQuery::default()
    };
    let found = store.search_log(&of_study, 1_000).unwrap();
    assert!(
        found
            .entries
            .iter()
            .all(|entry| !entry.event.object.contains(OTHER))
    );
}

#[test]
fn an_entry_has_its_proof_once_the_log_is_signed() {
    let mut site = Site::new(People::Samples);
    let mut browser = site.seated("security-manager");
    browser.get("/log?person=nobody");
    let found = entries(&browser.get("/log?action=log.searched"));
    let page = browser.submit("/log/sign", &[]);
    assert_eq!((page.status, page.location()), (303, "/log"));
    let one = browser.get(&format!("/log/{}", found[0]));
    assert!(
        one.text().contains("c2sp.org/tlog-proof@v1"),
        "{}",
        one.text()
    );
    // This one is younger than the head.
    let young = entries(&browser.get("/log?action=log.viewed"));
    let one = browser.get(&format!("/log/{}", young[0]));
    assert!(one.text().contains(&said(&site, "web-log-not-yet")));
    site.has_words();
    let (dir, card) = (site.party.path().to_owned(), site.party.card.clone());
    // The end of the server is signed too.
    let store = site.stop();
    let standing = store.verify_log(&dir, &card, &[]).unwrap();
    assert_eq!(standing.entries, standing.examined.head.head.size);
}

#[test]
fn a_log_that_was_rewritten_is_not_signed_and_the_page_says_so() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("security-manager");
    browser.submit("/log/sign", &[]);
    let tiles = site.party.path().join("log").join("tile").join("entries");
    let bundle = std::fs::read_dir(tiles)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    for file in std::fs::read_dir(bundle).unwrap() {
        std::fs::write(file.unwrap().path(), b"\0\x01x").unwrap();
    }
    let found = entries(&browser.get("/log"));
    let oldest = found.last().unwrap();
    let one = browser.get(&format!("/log/{oldest}"));
    assert_eq!(one.status, 200);
    assert!(!one.text().contains("c2sp.org/tlog-proof@v1"));
    assert!(one.text().contains("state bad"), "{}", one.text());
    site.has_words();
}

fn review(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get("/log/review");
    let (to, head) = (page.field("last").unwrap(), page.field("head").unwrap());
    let mut all = vec![("last", to.as_str()), ("head", head.as_str())];
    all.extend(fields);
    browser.submit("/log/review", &all)
}

#[test]
fn a_review_is_signed_for_a_period_that_begins_where_the_last_ended() {
    let mut site = Site::new(People::Samples);
    let mut browser = site.seated("security-manager");
    let page = review(&mut browser, &[("finding", "異常なし")]);
    assert_eq!(page.status, 422, "no verdict");
    assert!(page.text().contains("異常なし"), "what was typed stays");
    let page = review(&mut browser, &[("finding", " "), ("verdict", "good")]);
    assert_eq!(page.status, 422, "no finding");
    let page = browser.get("/log/review");
    let to = page.field("last").unwrap();
    let forged = [
        ("last", to.as_str()),
        ("head", "00"),
        ("finding", "x"),
        ("verdict", "good"),
    ];
    assert_eq!(
        browser.submit("/log/review", &forged).status,
        422,
        "another head"
    );
    let page = review(
        &mut browser,
        &[("finding", "異常なし"), ("verdict", "good")],
    );
    assert_eq!((page.status, page.location()), (303, "/log/review"));
    // The same period isn't signed for twice.
    let head = browser.get("/log/review").field("head").unwrap();
    let again = [
        ("last", to.as_str()),
        ("head", head.as_str()),
        ("finding", "x"),
        ("verdict", "look"),
    ];
    assert_eq!(browser.submit("/log/review", &again).status, 422);
    // Who looks after machines doesn't review what they did.
    assert_eq!(site.seated("operator").get("/log/review").status, 403);
    assert_eq!(site.seated("auditor").get("/log/review").status, 403);
    site.has_words();
    let store = site.stop();
    let reviews = store.log_reviews().unwrap();
    assert_eq!(reviews.len(), 1);
    let signed = &reviews[0];
    assert_eq!((signed.from_entry, signed.good), (1, true));
    assert_eq!(
        (signed.finding.as_str(), signed.by.as_str()),
        ("異常なし", "security-manager")
    );
    let last = store.log_entry(signed.to_entry).unwrap().unwrap();
    assert_eq!(last.entry.hash, signed.head);
}

#[test]
fn diagnostics_tell_what_was_checked() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("operator");
    let page = browser.get("/diagnostics");
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    for (asset, digest) in renketsu_web::assets::listed() {
        assert!(
            text.contains(asset.file) && text.contains(digest),
            "{}",
            asset.file
        );
    }
    assert!(text.contains("127.0.0.1:") && text.contains("4-3-4-2iii.antivirus"));
    for id in [
        "web-diag-proven-yes",
        "web-log-unwitnessed",
        "web-diag-volume-none",
    ] {
        assert!(text.contains(&said(&site, id)), "{id}");
    }
    assert_eq!(site.seated("handler").get("/diagnostics").status, 403);
    site.has_words();
}
