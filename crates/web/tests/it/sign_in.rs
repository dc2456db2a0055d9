//! From the first code to a session, and what doesn't come in.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Secret};

use crate::browser::{Browser, Page};
use crate::site::{People, Site};

pub(crate) const PASSWORD: &str = "Tsuru-Kame-Kawara-93!";

/// The seed that an enrolment page shows as text.
pub(crate) fn seed(page: &Page) -> Vec<u8> {
    let text = page.text();
    let shown = text
        .split("<code class=\"code seed\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .expect("a seed");
    BASE32_NOPAD
        .decode(shown.replace(' ', "").as_bytes())
        .unwrap()
}

/// What an authenticator shows at this time.
pub(crate) fn shown(seed: &[u8], at: Timestamp) -> String {
    let secret: [u8; 20] = seed.try_into().unwrap();
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::new_stack(secret))
        .with_issuer(Some("Renketsu".to_owned()))
        .with_account_name("a".to_owned())
        .build()
        .unwrap()
        .generate(u64::try_from(at.as_second()).unwrap())
        .to_string()
}

const PLEDGES: [&str; 7] = [
    "pledge-purpose",
    "pledge-no-match",
    "pledge-no-transfer",
    "pledge-secrecy",
    "pledge-no-sharing",
    "pledge-no-capture",
    "pledge-leave",
];

/// The first account, from its code to the sign-in page; its seed.
pub(crate) fn found(site: &Site, browser: &mut Browser) -> Vec<u8> {
    let code = site.founding().expect("a first code");
    let page = browser.post("/enrol", &[("code", &code)]);
    assert_eq!(page.status, 200, "{}", page.text());
    let page = browser.post(
        "/enrol/found",
        &[
            ("code", &code),
            ("person", "tanaka"),
            ("name", "田中 一郎"),
            ("affiliation", "大学"),
            ("place", "p1"),
            ("place-name", "解析室"),
        ],
    );
    assert_eq!(page.status, 200, "{}", page.text());
    let code = page.field("code").expect("the code to go on with");
    for (weak, again) in [
        ("short1!", "short1!"),
        ("tanaka-tanaka-1!", "tanaka-tanaka-1!"),
        (PASSWORD, "other"),
    ] {
        let page = browser.post(
            "/enrol/password",
            &[("code", &code), ("password", weak), ("again", again)],
        );
        assert_eq!(page.status, 422, "{weak}");
        assert!(!page.text().contains(weak), "{weak} comes back");
    }
    let page = browser.post(
        "/enrol/password",
        &[("code", &code), ("password", PASSWORD), ("again", PASSWORD)],
    );
    let seed = seed(&page);
    let totp = shown(&seed, site.hand.now());
    let page = browser.post("/enrol/totp", &[("code", &code), ("totp", "000000")]);
    assert_eq!(page.status, 422);
    let page = browser.post("/enrol/totp", &[("code", &code), ("totp", &totp)]);
    assert_eq!(page.status, 200, "{}", page.text());
    // One pledge is missing.
    let mut fields = vec![("code", code.as_str())];
    fields.extend(PLEDGES[1..].iter().map(|pledge| (*pledge, "on")));
    assert_eq!(browser.post("/enrol/pledges", &fields).status, 422);
    fields.push((PLEDGES[0], "on"));
    let page = browser.post("/enrol/pledges", &fields);
    assert_eq!((page.status, page.location()), (303, "/sign-in"));
    // The code is used up.
    assert_eq!(browser.post("/enrol", &[("code", &code)]).status, 422);
    seed
}

pub(crate) fn password(browser: &mut Browser, person: &str, password: &str) -> Page {
    browser.post("/sign-in", &[("person", person), ("password", password)])
}

#[test]
fn the_first_account_is_enrolled_once_and_signs_in_with_two_factors() {
    let mut site = Site::new(People::Nobody);
    let mut browser = site.browser();
    let first = site.founding().unwrap();
    let seed = found(&site, &mut browser);
    assert_eq!(
        browser.post("/enrol", &[("code", &first)]).status,
        422,
        "the first code is used up"
    );
    assert_eq!(
        site.browser().post("/enrol", &[("code", &first)]).status,
        403,
        "from here on somebody enrols at a terminal"
    );
    // The code that enrolled the factor is not taken again.
    let used = shown(&seed, site.hand.now());
    assert_eq!(
        password(&mut browser, "tanaka", PASSWORD).location(),
        "/sign-in/factor"
    );
    let page = browser.post("/sign-in/totp", &[("totp", &used)]);
    assert_eq!(page.status, 422, "a code counts once");
    site.hand.forward(60);
    let page = password(&mut browser, "tanaka", PASSWORD);
    assert_eq!(page.location(), "/sign-in/factor");
    let now = shown(&seed, site.hand.now());
    let page = browser.post("/sign-in/totp", &[("totp", &now)]);
    assert_eq!((page.status, page.location()), (303, "/"));
    assert_eq!(browser.get("/").status, 200);

    // Locked, unlocked with the password, signed out.
    let old = browser.cookies.clone();
    browser.submit("/lock", &[]);
    assert_eq!(browser.get("/").location(), "/lock");
    let page = browser.post("/unlock", &[("password", PASSWORD)]);
    assert_eq!((page.status, page.location()), (303, "/"));
    let mut stolen = browser.clone();
    stolen.cookies = old;
    assert_eq!(
        stolen.get("/").location(),
        "/sign-in",
        "a cookie from before the lock"
    );
    assert_eq!(browser.get("/").status, 200);
    assert_eq!(browser.submit("/sign-out", &[]).location(), "/sign-in");
    assert_eq!(browser.get("/").location(), "/sign-in");
    site.has_words();

    let told = site.told();
    let actions: Vec<_> = told.iter().map(|(action, _)| action.as_str()).collect();
    for action in [
        "account.founded",
        "account.factor",
        "session.refused",
        "session.opened",
        "session.locked",
        "session.unlocked",
        "session.closed",
    ] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
}

#[test]
fn the_first_account_is_gone_on_with_until_its_person_can_sign_in() {
    let mut site = Site::new(People::Nobody);
    let code = site.founding().unwrap();
    let mut browser = site.browser();
    assert_eq!(browser.get("/sign-in").location(), "/enrol");
    let wrong = browser.post("/enrol", &[("code", "AAAAA-AAAAA-AAAAA-AAAAA")]);
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let form = [
        ("code", code.as_str()),
        ("person", "tanaka"),
        ("name", "田中 一郎"),
        ("affiliation", "大学"),
        ("place", "p1"),
        ("place-name", "解析室"),
    ];
    let page = browser.post("/enrol/found", &form);
    let enrols = page.field("code").unwrap();
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    let fields = [[("code", enrols.as_str())].as_slice(), &chosen].concat();
    assert_eq!(browser.post("/enrol/password", &fields).status, 200);

    // The browser is gone, and the server was started again: another code, and the way goes on from the password.
    drop(site.stop());
    site.start();
    let again = site.founding().expect("nobody could sign in otherwise");
    assert_ne!(again, code);
    let mut other = site.browser();
    let used = other.post("/enrol", &[("code", &code)]);
    assert_eq!(used.status, 422, "a code of before");
    let page = other.post("/enrol", &[("code", &again)]);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("name=\"again\""), "{}", page.text());
    let enrols = page.field("code").unwrap();
    let fields = [[("code", enrols.as_str())].as_slice(), &chosen].concat();
    let seed = seed(&other.post("/enrol/password", &fields));
    let totp = shown(&seed, site.hand.now());
    let page = other.post("/enrol/totp", &[("code", &enrols), ("totp", &totp)]);
    assert_eq!(page.status, 200, "{}", page.text());
    let mut fields = vec![("code", enrols.as_str())];
    fields.extend(PLEDGES.map(|pledge| (pledge, "on")));
    assert_eq!(other.post("/enrol/pledges", &fields).location(), "/sign-in");
    // From here on the code opens nothing.
    let late = site.browser().post("/enrol", &[("code", &again)]);
    assert_ne!(late.status, 200);
    site.has_words();
    let terminals = site.stop().terminals().unwrap();
    let stands: Vec<_> = terminals
        .iter()
        .map(|one| (one.terminal.as_str(), one.revoked_at.is_some()))
        .collect();
    assert_eq!(stands, [("office-1", true), ("office-2", false)]);
    site.start();
    assert_eq!(site.founding(), None);
}

#[test]
fn who_exists_is_not_told_and_guessing_waits_without_locking_out() {
    let site = Site::new(People::Nobody);
    let mut browser = site.browser();
    let seed = found(&site, &mut browser);
    site.hand.forward(60);
    let nobody = password(&mut browser, "nobody", "x-Wrong-1");
    site.hand.forward(600);
    let wrong = password(&mut browser, "tanaka", "x-Wrong-1");
    assert_eq!(nobody.status, 422);
    assert_eq!(nobody.text().replace("nobody", "tanaka"), wrong.text());
    // The next tries wait longer and longer, and with the right password too.
    let mut waited = 0;
    for _ in 0..8 {
        if password(&mut browser, "tanaka", "x-Wrong-1").status == 429 {
            waited += 1;
        }
    }
    assert!(waited > 0, "guessing went on unhindered");
    let page = password(&mut browser, "tanaka", PASSWORD);
    assert_eq!(page.status, 429);
    let wait: i64 = page.header("retry-after").unwrap().parse().unwrap();
    site.hand.forward(wait);
    assert_eq!(
        password(&mut browser, "tanaka", PASSWORD).location(),
        "/sign-in/factor"
    );
    let now = shown(&seed, site.hand.now());
    assert_eq!(
        browser.post("/sign-in/totp", &[("totp", &now)]).location(),
        "/"
    );
    site.has_words();
}

#[test]
fn the_wait_at_another_terminal_tells_nobody_who_exists() {
    let site = Site::new(People::Samples);
    let mut one = site.seated("handler");
    let mut other = site.seated("operator");
    for browser in [&mut one, &mut other] {
        browser.submit("/sign-out", &[]);
    }
    let told = ["lead", "nobody-here"].map(|name| {
        for _ in 0..4 {
            let page = password(&mut one, name, "x-Wrong-1");
            let again = page.header("retry-after").map(|wait| wait.parse().unwrap());
            if let Some(wait) = again {
                // At this terminal it is over then, so that each name is tried as often.
                site.hand.forward(wait);
                password(&mut one, name, "x-Wrong-1");
            }
        }
        password(&mut other, name, "x-Wrong-1").status
    });
    assert_eq!(told, [429, 429]);
    assert_eq!(password(&mut other, "never-tried", "x-Wrong-1").status, 422);
}

#[test]
fn a_second_session_of_a_person_ends_the_first_and_is_an_alarm() {
    let mut site = Site::new(People::Samples);
    let mut one = site.seated("handler");
    let mut two = site.seated("handler");
    assert_eq!(one.get("/").location(), "/sign-in");
    assert_eq!(two.get("/").status, 200);
    let told = site.told();
    assert!(told.contains(&("session.overlap".to_owned(), "handler".to_owned())));
}

#[test]
fn what_a_stop_left_open_is_ended_at_the_next_start() {
    let mut site = Site::new(People::Samples);
    let handler = site.seated("handler");
    drop(site.stop());
    site.start();
    let mut again = site.browser();
    again.cookies = handler.cookies;
    assert_eq!(again.get("/").location(), "/sign-in");
    let store = site.stop();
    assert!(store.open_sittings().unwrap().is_empty());
}
