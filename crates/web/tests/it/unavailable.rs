//! A state that can't be written: nothing is shown that can't be recorded, and nobody waits long for that.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use renketsu_store::Store;

use crate::site::{People, Site};

/// Three seconds for a turn and two for the state, and a machine that has much to do.
const SOON: Duration = Duration::from_secs(15);

#[expect(
    clippy::disallowed_methods,
    reason = "how long a page takes is what is tested"
)]
fn started() -> Instant {
    Instant::now()
}

/// Pages that are recorded before they are sent, with who may see them.
const PAGES: [(&str, &str); 6] = [
    ("security-manager", "/log"),
    ("security-manager", "/log/1"),
    ("security-manager", "/log/review"),
    ("operator", "/diagnostics"),
    ("study-operator", "/packages"),
    ("lead", "/ledgers/reports"),
];

#[test]
fn a_locked_state_shows_no_data_and_keeps_nobody_waiting() {
    let site = Site::new(People::Samples);
    // One session a person: a second one would end the first.
    let mut seats = BTreeMap::new();
    for (person, _) in PAGES {
        seats.entry(person).or_insert_with(|| site.seated(person));
    }
    let mut browsers = PAGES.map(|(person, page)| (seats[person].clone(), page));
    for (browser, page) in &mut browsers {
        assert_eq!(browser.get(page).status, 200, "{page}");
    }
    let mut other = Store::open_proven(site.party.path(), &site.party.proof()).unwrap();
    let held = other.begin().unwrap();
    let place = site.party.path().to_str().unwrap();
    std::thread::scope(|scope| {
        for (browser, page) in &mut browsers {
            scope.spawn(move || {
                let began = started();
                let answer = browser.get(page);
                assert_eq!(answer.status, 503, "{page}: {}", answer.text());
                assert!(began.elapsed() < SOON, "{page}: {:?}", began.elapsed());
                assert_eq!(answer.header("retry-after"), Some("5"), "{page}");
                let text = answer.text();
                assert!(
                    text.contains("web.busy") || text.contains("store.busy"),
                    "{page}: {text}"
                );
                assert!(!text.contains("<table"), "{page} shows data");
                assert!(!text.contains(place), "{page} tells where files lie");
            });
        }
    });
    // Signing in is recorded too: nobody comes in unseen.
    let refused = site.browser().post("/demo", &[("person", "handler")]);
    assert_eq!(refused.status, 503);
    drop(held);
    for (browser, page) in &mut browsers {
        assert_eq!(browser.get(page).status, 200, "{page}");
    }
    site.has_words();
}

#[test]
fn a_state_that_was_moved_away_shows_no_data() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("security-manager");
    assert_eq!(browser.get("/log").status, 200);
    let state = site.party.path().join("state.sqlite");
    let away = site.party.path().join("away.sqlite");
    std::fs::rename(&state, &away).unwrap();
    let page = browser.get("/log");
    assert_eq!(page.status, 503);
    assert!(page.text().contains("store.io"), "{}", page.text());
    // One that was put back from elsewhere isn't the one either.
    std::fs::copy(&away, &state).unwrap();
    assert_eq!(browser.get("/log").status, 503);
    std::fs::rename(&away, &state).unwrap();
    assert_eq!(browser.get("/log").status, 200);
    site.has_words();
}
