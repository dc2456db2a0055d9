//! One's own account: what changes it asks for the password again.

use crate::browser::Browser;
use crate::sign_in::{PASSWORD, found, password, seed, shown};
use crate::site::{People, Site};

const NEW: &str = "Yama-Kawa-Umi-Sora-58?";

/// Somebody who signed in with both factors, and the seed of theirs.
fn signed_in(site: &Site) -> (Browser, Vec<u8>) {
    let mut browser = site.browser();
    let seed = found(site, &mut browser);
    site.hand.forward(60);
    password(&mut browser, "tanaka", PASSWORD);
    let totp = shown(&seed, site.hand.now());
    assert_eq!(
        browser.post("/sign-in/totp", &[("totp", &totp)]).location(),
        "/"
    );
    (browser, seed)
}

#[test]
fn a_password_is_changed_by_who_knows_it() {
    let mut site = Site::new(People::Nobody);
    let (mut browser, seed) = signed_in(&site);
    assert_eq!(browser.get("/me").status, 200);
    for (now, new, again) in [
        (PASSWORD, "short1!", "short1!"),
        (PASSWORD, NEW, "other"),
        (PASSWORD, PASSWORD, PASSWORD),
        (NEW, NEW, NEW),
    ] {
        let page = browser.submit(
            "/me/password",
            &[("password", now), ("new", new), ("again", again)],
        );
        assert_eq!(page.status, 422, "{new}");
        assert!(!page.text().contains(NEW), "a password comes back");
    }
    let page = browser.submit(
        "/me/password",
        &[("password", PASSWORD), ("new", NEW), ("again", NEW)],
    );
    assert_eq!(page.location(), "/me", "{}", page.text());
    browser.submit("/sign-out", &[]);
    assert_eq!(password(&mut browser, "tanaka", PASSWORD).status, 422);
    site.hand.forward(60);
    assert_eq!(
        password(&mut browser, "tanaka", NEW).location(),
        "/sign-in/factor"
    );
    let totp = shown(&seed, site.hand.now());
    assert_eq!(
        browser.post("/sign-in/totp", &[("totp", &totp)]).location(),
        "/"
    );
    site.has_words();
    let told = site.told();
    let changed = ("account.password".to_owned(), "tanaka".to_owned());
    assert_eq!(told.iter().filter(|known| **known == changed).count(), 2);
}

#[test]
fn guessing_the_password_in_an_open_session_waits_too() {
    let site = Site::new(People::Nobody);
    let (mut browser, _) = signed_in(&site);
    let wrong = [("password", "wrong"), ("new", NEW), ("again", NEW)];
    let waits = (0..12).any(|_| browser.submit("/me/password", &wrong).status == 429);
    assert!(waits, "guessing goes on");
}

#[test]
fn a_factor_is_added_and_removed_and_the_last_one_stays() {
    let mut site = Site::new(People::Nobody);
    let (mut browser, first) = signed_in(&site);
    let page = browser.submit("/me/factors/totp/begin", &[("password", NEW)]);
    assert_eq!(page.status, 422);
    site.hand.forward(60);
    assert_eq!(
        browser
            .submit("/me/factors/totp", &[("totp", "000000")])
            .status,
        400,
        "nothing was begun"
    );
    let page = browser.submit("/me/factors/totp/begin", &[("password", PASSWORD)]);
    assert_eq!(page.status, 200, "{}", page.text());
    let second = seed(&page);
    assert_ne!(first, second);
    let page = browser.submit("/me/factors/totp", &[("totp", "000000")]);
    assert_eq!(page.status, 422);
    let totp = shown(&second, site.hand.now());
    let page = browser.submit("/me/factors/totp", &[("totp", &totp)]);
    assert_eq!(page.location(), "/me");

    let text = browser.get("/me").text();
    let factors: Vec<String> = text
        .split("action=\"/me/factors/")
        .filter_map(|rest| rest.split("/remove\"").next())
        .filter(|id| id.len() == 36)
        .map(str::to_owned)
        .collect();
    assert_eq!(factors.len(), 2);
    let remove = |factor: &str| format!("/me/factors/{factor}/remove");
    let right = [("password", PASSWORD)];
    let page = browser.submit(&remove("none"), &right);
    assert_eq!(page.status, 404);
    let page = browser.submit(&remove(&factors[0]), &[("password", "wrong")]);
    assert_eq!(page.status, 422);
    site.hand.forward(60);
    let page = browser.submit(&remove(&factors[0]), &right);
    assert_eq!(page.location(), "/me");
    let page = browser.submit(&remove(&factors[1]), &right);
    assert_eq!(page.status, 422, "the last one");
    // The one that is left lets in, and the other doesn't.
    browser.submit("/sign-out", &[]);
    site.hand.forward(60);
    password(&mut browser, "tanaka", PASSWORD);
    let codes = [&first, &second].map(|seed| shown(seed, site.hand.now()));
    let taken: Vec<bool> = codes
        .iter()
        .map(|totp| {
            // A wrong code makes the next one wait.
            site.hand.forward(2);
            browser.post("/sign-in/totp", &[("totp", totp)]).location() == "/"
        })
        .collect();
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "{taken:?}");
    site.has_words();
    site.stop();
}
