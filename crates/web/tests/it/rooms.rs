//! Places of use: which study has one, and when.

use crate::browser::Browser;
use crate::office::code;
use crate::site::{OTHER, People, STUDY, Site};

/// A browser at a new terminal of the other study, in the place of everybody else.
fn other_terminal(site: &Site) -> Browser {
    let mut operator = site.seated("operator");
    let opens = format!("study:{OTHER}");
    let page = operator.submit(
        "/terminals",
        &[("terminal", "pc-9"), ("at", "demo"), ("opens", &opens)],
    );
    assert_eq!(page.status, 200, "{}", page.text());
    let mut browser = site.browser();
    let page = browser.post("/terminal", &[("code", &code(&page))]);
    assert_eq!((page.status, page.location()), (303, "/sign-in"));
    browser
}

const SLOT: [(&str, &str); 6] = [
    ("at", "demo"),
    ("study", STUDY),
    ("from", "09:00"),
    ("until", "17:00"),
    ("first", "2026-11-01"),
    ("last", "2026-12-31"),
];

#[test]
fn another_study_waits_at_the_door_and_hears_no_name() {
    let mut site = Site::new(People::Samples);
    let mut other = other_terminal(&site);
    assert_eq!(other.get("/sign-in").status, 200);
    let mut handler = site.seated("handler");
    let page = other.get("/sign-in");
    assert_eq!(page.status, 403);
    let text = page.text();
    assert!(text.contains("4-3-3-1.separation") && text.contains("利用場所管理者"));
    assert!(!text.contains(STUDY));
    handler.submit("/sign-out", &[]);
    assert_eq!(other.get("/sign-in").status, 200);

    // Who went away holds nothing for longer than their session lives.
    let _away = site.seated("handler");
    site.hand.forward(39 * 60);
    assert_eq!(other.get("/sign-in").status, 403);
    site.hand.forward(61);
    assert_eq!(other.get("/sign-in").status, 200);

    // The producers of both accept it in writing.
    let _handler = site.seated("handler");
    assert_eq!(other.get("/sign-in").status, 403);
    let mut manager = site.seated("security-manager");
    let (here, there) = (format!("study-{STUDY}"), format!("study-{OTHER}"));
    let sharing = "/places/demo/sharing";
    let page = manager.submit(sharing, &[(here.as_str(), "on"), ("paper", "書面 3")]);
    assert_eq!(page.status, 422, "one alone");
    let both = [
        (here.as_str(), "on"),
        (there.as_str(), "on"),
        ("paper", "書面 3"),
    ];
    let page = site.seated("place-manager").submit(sharing, &both);
    assert_eq!(page.status, 403);
    assert_eq!(manager.submit(sharing, &both).location(), "/terminals");
    assert!(manager.get("/terminals").text().contains("書面 3"));
    assert_eq!(other.get("/sign-in").status, 200);
    let page = manager.submit(sharing, &[("end", "1")]);
    assert_eq!(page.location(), "/terminals");
    assert_eq!(other.get("/sign-in").status, 403);
    site.has_words();
    let told = site.told();
    for action in ["place.sharing_accepted", "place.sharing_ended"] {
        assert!(told.contains(&(action.to_owned(), "demo".to_owned())));
    }
}

#[test]
fn a_place_with_slots_opens_in_them_alone_and_says_whom_to_ask() {
    let mut site = Site::new(People::Samples);
    let mut handler = site.seated("handler");
    let mut manager = site.seated("place-manager");
    // It is Sunday noon.
    let mut slot = SLOT.to_vec();
    assert_eq!(manager.submit("/slots", &slot).status, 422, "no day");
    slot.push(("day-7", "on"));
    let page = manager.submit("/slots", &slot);
    assert_eq!(page.location(), "/terminals", "{}", page.text());
    assert_eq!(handler.get("/").status, 200);
    let mut clash = slot.clone();
    clash[1] = ("study", OTHER);
    let page = manager.submit("/slots", &clash);
    assert_eq!(page.status, 422);
    assert!(
        page.text().contains("2026-11-01"),
        "the day on which they meet"
    );
    assert!(
        page.text().contains("value=\"09:00\""),
        "what was typed is kept"
    );
    let mut nowhere = slot.clone();
    nowhere[1] = ("study", "nowhere");
    assert_eq!(manager.submit("/slots", &nowhere).status, 404);
    assert_eq!(site.seated("operator").submit("/slots", &slot).status, 403);

    // At five the study has the place no longer, whatever it is doing.
    for _ in 0..30 {
        site.hand.forward(9 * 60 + 50);
        assert_eq!(handler.get("/").status, 200);
    }
    site.hand.forward(6 * 60);
    let page = handler.get("/");
    assert_eq!(page.status, 403);
    let text = page.text();
    assert!(text.contains("4-3-3-1.separation") && text.contains("利用場所管理者"));
    assert_eq!(handler.get("/sign-in").status, 403);
    let page = handler.post("/sign-in", &[("person", "handler"), ("password", "x")]);
    assert_eq!(page.status, 403, "before a password is looked at");
    // The office is where slots are set, and has none.
    let mut manager = site.seated("place-manager");
    assert_eq!(manager.submit("/slots/1/end", &[]).location(), "/terminals");
    assert_eq!(handler.get("/sign-in").status, 200);
    site.has_words();
    let store = site.stop();
    let at = renketsu_testkit::now();
    let day = at
        .checked_add(jiff::SignedDuration::from_hours(24))
        .unwrap();
    let sittings = store.sittings_between(at, day).unwrap();
    let ended = sittings.iter().find(|it| it.person == "handler").unwrap();
    assert_eq!(ended.closed.as_ref().unwrap().1, "slot-over");
}

#[test]
fn a_terminal_is_enrolled_once_revoked_at_once_and_stands_in_a_known_place() {
    let mut site = Site::new(People::Samples);
    let mut other = other_terminal(&site);
    let mut operator = site.seated("operator");
    let nowhere = [("terminal", "pc-8"), ("at", "none"), ("opens", "office")];
    assert_eq!(operator.submit("/terminals", &nowhere).status, 404);
    let twice = [("terminal", "pc-9"), ("at", "demo"), ("opens", "office")];
    assert_eq!(operator.submit("/terminals", &twice).status, 422);
    let place = [("place", "b3"), ("place-name", "第三室")];
    assert_eq!(operator.submit("/places", &place).status, 403);
    let mut manager = site.seated("place-manager");
    assert_eq!(manager.submit("/places", &place).location(), "/terminals");
    assert_eq!(manager.submit("/places", &place).status, 422);
    assert_eq!(manager.submit("/terminals/pc-9/revoke", &[]).status, 403);

    let mut handler = site.seated("handler");
    let page = operator.submit("/terminals/demo-handler/revoke", &[]);
    assert_eq!(page.location(), "/terminals");
    assert_eq!(handler.get("/").location(), "/sign-in");
    assert_eq!(handler.get("/sign-in").status, 403);
    assert_eq!(other.get("/sign-in").status, 200);
    operator.submit("/terminals/pc-9/revoke", &[]);
    assert_eq!(other.get("/sign-in").status, 403);
    site.has_words();
    site.stop();
}
