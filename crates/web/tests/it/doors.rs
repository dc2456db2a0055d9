//! What no page lets through, whoever asks.

use renketsu_web::POLICY;

use crate::site::{OTHER, People, STUDY, Site};

#[test]
fn nobody_comes_in_without_a_terminal_a_session_and_a_form_of_it() {
    let mut site = Site::new(People::Samples);
    let mut stranger = site.browser();
    assert_eq!(stranger.get("/").location(), "/sign-in");
    assert_eq!(stranger.get("/sign-in").status, 403);
    assert_eq!(stranger.get("/lock").location(), "/sign-in");

    let mut handler = site.seated("handler");
    assert_eq!(handler.get("/").status, 200);
    // Without the form's secret, and with that of another session.
    let mut lead = site.seated("lead");
    let of_lead = lead.get("/").field("form").unwrap();
    for form in ["", of_lead.as_str()] {
        let page = handler.post("/lock", &[("form", form)]);
        assert_eq!(page.status, 403, "{form}");
    }
    // A session's cookie in another terminal's browser ends the session.
    let session = handler.cookies["__Host-renketsu-session"].clone();
    lead.cookies
        .insert("__Host-renketsu-session".to_owned(), session);
    assert_eq!(lead.get("/").location(), "/sign-in");
    assert_eq!(handler.get("/").location(), "/sign-in");
    site.has_words();
    let told = site.told();
    assert!(told.contains(&("session.closed".to_owned(), "handler".to_owned())));
}

#[test]
fn a_request_of_another_site_or_under_another_name_is_refused() {
    let site = Site::new(People::Samples);
    let mut handler = site.seated("handler");
    let ours = handler.origin.clone();
    for origin in [
        None,
        Some("null".to_owned()),
        Some("https://evil.example".to_owned()),
    ] {
        handler.origin = origin;
        assert_eq!(handler.post("/sign-out", &[]).status, 403);
    }
    handler.origin = ours;
    let host = handler.host.clone();
    handler.host = "evil.example".to_owned();
    let page = handler.get("/");
    assert_eq!(page.status, 403);
    handler.host = host;
    assert_eq!(handler.get("/").status, 200);
}

#[test]
fn every_answer_carries_the_whole_set_of_headers() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("handler");
    for path in ["/", "/nowhere", "/sign-in", "/demo", "/assets/none.css"] {
        let page = browser.get(path);
        assert_eq!(
            page.header("content-security-policy"),
            Some(POLICY),
            "{path}"
        );
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            page.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
    }
    // What pages load is there, under a name that holds its digest.
    let home = browser.get("/").text();
    let sheet = home.split("href=\"/assets/").nth(1).unwrap();
    let sheet = format!("/assets/{}", sheet.split('"').next().unwrap());
    let page = browser.get(&sheet);
    assert_eq!(page.status, 200);
    assert!(page.header("cache-control").unwrap().contains("immutable"));
}

/// Headers and a body.
type Sent<'a> = (&'a [(&'a str, &'a str)], &'a [u8]);

#[test]
fn hostile_forms_are_refused_and_the_server_goes_on() {
    let site = Site::new(People::Samples);
    let mut browser = site.seated("operator");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let long = format!("code={}", "a".repeat(10 << 20));
    let many = (0..100)
        .map(|n| format!("a{n}"))
        .collect::<Vec<_>>()
        .join("&");
    let bodies: &[Sent<'_>] = &[
        (&kind, many.as_bytes()),
        (&kind, long.as_bytes()),
        (&kind, b"code=a&code=b"),
        (&[("content-type", "application/json")], b"{\"code\":1}"),
        (&[("content-type", "text/plain")], b"code=a"),
        (&[], b"code=a"),
    ];
    for (headers, body) in bodies {
        let page = browser.try_send("POST", "/terminal", headers, body);
        // Who sends more than is read may lose the answer with the connection.
        let short = body.len() < 1 << 20;
        assert!(page.map_or(!short, |page| page.status == 400));
    }
    // Controls, directions and markup come back harmless, or not at all.
    for code in [
        "a\r\nSet-Cookie: x=y",
        "\u{202e}abc",
        "<script>1</script>",
        "%00",
        "\u{1b}[2J",
    ] {
        let page = browser.post("/terminal", &[("code", code)]);
        assert_eq!(page.status, 422, "{code:?}");
        assert!(!page.text().contains("<script>1"), "{code:?}");
        assert!(page.headers.iter().all(|(name, _)| name != "x"), "{code:?}");
    }
    assert_eq!(browser.get("/").status, 200);
}

#[test]
fn a_small_body_that_comes_late_is_read_whoever_sends_it() {
    let site = Site::new(People::Samples);
    let mut stranger = site.browser();
    stranger.dawdles = 20;
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    // Refused by its head alone.
    let page = stranger.send("POST", "/sign-out", &kind, &b"form=".repeat(1000));
    assert_eq!(page.location(), "/sign-in");
    assert!(stranger.is_kept(), "the connection went with the body");
}

#[test]
fn nothing_of_another_study_is_found_from_a_session_of_one() {
    let mut site = Site::new(People::Samples);
    for person in [
        "handler",
        "lead",
        "output-checker",
        "study-operator",
        "study-auditor",
    ] {
        let mut browser = site.seated(person);
        for page in ["", "/data", "/sql", "/questions", "/questions/1", "/link"] {
            let there = browser.get(&format!("/studies/{OTHER}{page}"));
            let nowhere = browser.get(&format!("/studies/nowhere{page}"));
            assert_eq!(there.status, 404, "{person} {page}");
            assert_eq!(
                there.text().replace(OTHER, "nowhere"),
                nowhere.text(),
                "{person} {page}"
            );
        }
        let home = browser.get("/").text();
        assert!(home.contains(STUDY) && !home.contains(OTHER), "{person}");
    }
    site.has_words();
    site.stop();
}

#[test]
fn a_demonstration_lets_in_samples_alone_and_only_where_it_is_one() {
    let site = Site::new(People::Samples);
    for person in ["", "nobody", "Handler"] {
        let page = site.browser().post("/demo", &[("person", person)]);
        assert_eq!(page.status, 422, "{person}");
    }
    let site = Site::new(People::Nobody);
    let mut browser = site.browser();
    assert_eq!(browser.get("/demo").status, 404);
    assert_eq!(browser.post("/demo", &[("person", "handler")]).status, 404);
}

#[test]
fn a_session_locks_itself_and_ends_and_says_why() {
    let mut site = Site::new(People::Samples);
    let mut handler = site.seated("handler");
    site.hand.forward(9 * 60);
    assert_eq!(handler.get("/?by-itself").status, 200);
    // What renews itself counts as nothing done.
    site.hand.forward(61);
    assert_eq!(handler.get("/").location(), "/lock");
    assert_eq!(handler.get("/lock").status, 200);
    // A sample has no password to unlock with.
    assert_eq!(handler.post("/unlock", &[("password", "")]).status, 422);
    site.hand.forward(31 * 60);
    assert_eq!(handler.get("/").location(), "/sign-in");

    let mut lead = site.seated("lead");
    for _ in 0..49 {
        site.hand.forward(9 * 60 + 50);
        lead.get("/");
    }
    assert_eq!(lead.get("/").location(), "/sign-in", "after eight hours");
    let store = site.stop();
    let reasons: Vec<_> = ["handler", "lead"]
        .iter()
        .map(|person| {
            let from = renketsu_testkit::now();
            let all = store
                .sittings_between(
                    from,
                    from.checked_add(jiff::SignedDuration::from_hours(48))
                        .unwrap(),
                )
                .unwrap();
            let of = all
                .iter()
                .find(|sitting| sitting.person == *person)
                .unwrap();
            of.closed.clone().unwrap().1
        })
        .collect();
    assert_eq!(reasons, ["lock-expired", "expiry"]);
}
