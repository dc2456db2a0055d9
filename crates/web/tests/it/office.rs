//! The office: who is enrolled, what they may do, their sessions, and the terminal ledger.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::browser::Page;
use crate::site::{OTHER, People, STUDY, Site};

/// The one-time code that an answer shows.
pub(crate) fn code(page: &Page) -> String {
    let text = page.text();
    let shown = text.split("id=\"code\">").nth(1).unwrap();
    shown.split('<').next().unwrap().to_owned()
}

/// What stands above a form that was refused.
pub(crate) fn alert(page: &Page) -> String {
    let text = page.text();
    let alert = text.split("role=\"alert\"><p>").nth(1).unwrap();
    alert.split("</p>").next().unwrap().to_owned()
}

#[test]
fn a_person_is_enrolled_by_one_and_given_roles_by_another() {
    let mut site = Site::new(People::Samples);
    let mut operator = site.seated("operator");
    let new = [
        ("person", "sato"),
        ("name", "佐藤 <b>花子</b>"),
        ("affiliation", "大学"),
        ("language", "ja"),
    ];
    let page = operator.submit("/people", &new);
    assert_eq!(page.status, 200, "{}", page.text());
    let code = code(&page);
    let list = operator.get("/people").text();
    assert!(list.contains("/people/sato") && !list.contains(&code));
    assert!(list.contains("&#60;b&#62;") && !list.contains("<b>花子"));
    // The same id again: what was typed is kept.
    let page = operator.submit("/people", &new);
    assert_eq!(page.status, 422);
    assert!(!alert(&page).is_empty() && page.text().contains("value=\"sato\""));
    for person in ["", "SATO", "sa to", "../x", "a\r\nb"] {
        let page = operator.submit(
            "/people",
            &[("person", person), ("name", "x"), ("affiliation", "x")],
        );
        assert_eq!(page.status, 422, "{person:?}");
    }
    let page = site.browser().post("/enrol", &[("code", &code)]);
    assert_eq!(page.status, 403, "at a terminal only");
    assert_eq!(operator.post("/enrol", &[("code", &code)]).status, 200);
    // Who lost the paper gets a new code, and the old one is taken no more.
    let page = operator.submit("/people/sato/code", &[]);
    assert_eq!(page.status, 200);
    assert_eq!(operator.post("/enrol", &[("code", &code)]).status, 422);

    let of_study = format!("study:{STUDY}");
    let handler = [("role", "handler"), ("for", of_study.as_str())];
    let page = operator.submit("/people/sato/grants", &handler);
    assert_eq!(page.status, 403, "an operator gives no power");
    let mut manager = site.seated("security-manager");
    let page = manager.submit("/people/sato/grants", &handler);
    assert_eq!(page.status, 422, "nobody has a role who didn't enrol");
    site.enrolled("sato");
    let page = manager.submit("/people/sato/grants", &handler);
    assert_eq!(page.location(), "/people/sato");
    let page = manager.submit("/people/sato/grants", &handler);
    assert_eq!(page.status, 422, "twice");
    let wrong = [("role", "handler"), ("for", "office")];
    let page = manager.submit("/people/sato/grants", &wrong);
    assert_eq!(page.status, 422);
    assert!(alert(&page).contains("取扱者"), "{}", alert(&page));
    let own = [("role", "auditor"), ("for", "office")];
    let page = manager.submit("/people/security-manager/grants", &own);
    assert_eq!(page.status, 403, "nobody gives themselves a role");
    let page = manager.submit("/people/nobody/grants", &own);
    assert_eq!(page.status, 404);

    // Taken again.
    let text = manager.get("/people/sato").text();
    let end = text.split("/grants/").nth(1).unwrap();
    let end = format!("/people/sato/grants/{}/end", end.split('/').next().unwrap());
    assert_eq!(manager.submit(&end, &[]).location(), "/people/sato");
    assert_eq!(manager.submit(&end, &[]).status, 404);
    site.has_words();
    let told = site.told();
    for action in [
        "account.added",
        "account.code",
        "account.granted",
        "account.taken",
        "people.viewed",
        "access.denied",
    ] {
        assert!(told.iter().any(|(known, _)| known == action), "{action}");
    }
}

#[test]
fn a_reset_takes_two_people_and_ends_every_session() {
    let mut site = Site::new(People::Samples);
    let mut handler = site.seated("handler");
    let mut operator = site.seated("operator");
    let mut manager = site.seated("security-manager");
    let page = operator.submit("/people/handler/reset", &[("identity", " ")]);
    assert_eq!(page.status, 422, "how the identity was confirmed");
    let looked = [("identity", "職員証を対面で")];
    let page = operator.submit("/people/operator/reset", &looked);
    assert_eq!(page.status, 403, "one's own");
    let page = operator.submit("/people/handler/reset", &looked);
    assert_eq!(page.status, 200);
    let first = code(&page);
    assert_eq!(
        operator.submit("/people/handler/reset", &looked).status,
        422
    );
    assert!(manager.get("/people").text().contains("職員証を対面で"));
    let approve = [("approve", "1")];
    let page = operator.submit("/resets/1", &approve);
    assert_eq!(page.status, 403, "who proposed it");
    assert_eq!(manager.submit("/resets/7", &approve).status, 404);
    assert_eq!(manager.submit("/resets/x", &approve).status, 404);
    assert_eq!(handler.get("/").status, 200);
    let page = manager.submit("/resets/1", &approve);
    assert_eq!(page.status, 200);
    let second = code(&page);
    assert_eq!(handler.get("/").location(), "/sign-in");
    assert_eq!(manager.submit("/resets/1", &approve).status, 404, "once");
    let both = format!("{first} {second}");
    let swapped = format!("{second} {first}");
    for half in [&first, &second, &swapped] {
        let page = handler.post("/enrol", &[("code", half)]);
        assert_eq!(page.status, 422, "nobody alone has the code");
    }
    assert_eq!(handler.post("/enrol", &[("code", &both)]).status, 200);
    let page = site.browser().post("/enrol", &[("code", &both)]);
    assert_eq!(page.status, 403, "at a terminal only");
    // Nobody waits there for a quarter of an hour.
    site.hand.forward(15 * 60);
    assert_eq!(handler.post("/enrol", &[("code", &both)]).status, 422);
    site.has_words();
    let store = site.stop();
    let reset = store.reset(1).unwrap().unwrap();
    assert_eq!(reset.decided.unwrap().1, "security-manager");
}

#[test]
fn who_is_suspended_or_ended_is_out_at_once() {
    let mut site = Site::new(People::Samples);
    let mut manager = site.seated("security-manager");
    let mut handler = site.seated("handler");
    let page = manager.submit("/people/handler/suspend", &[("why", "")]);
    assert_eq!(page.status, 422);
    let page = manager.submit("/people/handler/suspend", &[("why", "調査")]);
    assert_eq!(page.location(), "/people/handler");
    assert_eq!(handler.get("/").location(), "/sign-in");
    let page = manager.submit("/people/security-manager/suspend", &[("why", "x")]);
    assert_eq!(page.status, 422, "nobody suspends themselves");
    let back = [("why", "終了"), ("readmit", "1")];
    let page = manager.submit("/people/handler/suspend", &back);
    assert_eq!(page.location(), "/people/handler");

    let mut handler = site.seated("handler");
    let list = manager.get("/sessions").text();
    let row = list.split("<th scope=\"row\">handler</th>").nth(1).unwrap();
    let end = row.split("action=\"").nth(1).unwrap();
    let end = end.split('"').next().unwrap().to_owned();
    let mut lead = site.seated("lead");
    assert!(!lead.get("/sessions").text().contains(&end));
    assert_eq!(lead.submit(&end, &[]).status, 403);
    assert_eq!(manager.submit(&end, &[]).location(), "/sessions");
    assert_eq!(handler.get("/").location(), "/sign-in");
    assert_eq!(manager.submit(&end, &[]).status, 404);

    let exception = [("why-single", "障害のため")];
    let page = manager.submit("/people/auditor/single-factor", &exception);
    assert_eq!(page.location(), "/people/auditor");
    assert!(manager.get("/people/auditor").text().contains("障害のため"));
    let page = manager.submit("/people/auditor/single-factor", &[("end", "1")]);
    assert_eq!(page.location(), "/people/auditor");
    site.has_words();
    let store = site.stop();
    assert!(
        store
            .person("auditor")
            .unwrap()
            .unwrap()
            .single_factor
            .is_none()
    );
}

#[test]
fn a_study_sees_its_own_people_sessions_and_ledger_alone() {
    let mut site = Site::new(People::Samples);
    let _operator = site.seated("operator");
    let mut lead = site.seated("lead");
    let people = lead.get("/people");
    assert_eq!(people.status, 200);
    let text = people.text();
    assert!(text.contains("/people/handler") && !text.contains("/people/operator"));
    assert_eq!(lead.get("/people/handler").status, 200);
    for hidden in ["/people/operator", "/people/nobody"] {
        assert_eq!(lead.get(hidden).status, 404, "{hidden}");
    }
    for page in ["/sessions", "/ledgers/terminals"] {
        let text = lead.get(page).text();
        assert!(text.contains("demo-lead"), "{page}");
        assert!(
            !text.contains("demo-operator") && !text.contains(OTHER),
            "{page}"
        );
    }
    assert_eq!(lead.get("/terminals").status, 403);
    site.has_words();
    site.stop();
}

#[test]
fn the_ledger_is_corrected_by_lines_and_by_nothing_else() {
    let mut site = Site::new(People::Samples);
    let mut handler = site.seated("handler");
    handler.submit("/sign-out", &[]);
    let mut manager = site.seated("place-manager");
    let page = manager.get("/ledgers/terminals?month=2026-11");
    let text = page.text();
    let option = text
        .split("<option value=\"")
        .skip(1)
        .find(|it| it.contains("demo-handler"));
    let sitting = option.unwrap().split('"').next().unwrap().to_owned();
    let line = [
        ("month", "2026-11"),
        ("sitting", sitting.as_str()),
        ("right", "=HYPERLINK(\"x\"), 11時まで"),
        ("why", "打ち間違い"),
    ];
    let page = manager.submit("/ledgers/terminals/lines", &line);
    assert_eq!(page.location(), "/ledgers/terminals?month=2026-11");
    let page = manager.submit("/ledgers/terminals/lines", &line[..3]);
    assert_eq!(page.status, 422);
    assert!(alert(&page).contains("理由") && page.text().contains("HYPERLINK"));
    let other = [
        ("month", "2026-11"),
        ("day", "2026-11-05"),
        ("right", "解析機"),
        ("why", "プログラムの外"),
    ];
    let page = manager.submit("/ledgers/terminals/lines", &other);
    assert_eq!(page.status, 303);
    let text = manager.get("/ledgers/terminals?month=2026-11").text();
    assert!(text.contains("サインアウト") && text.contains("11時まで"));
    assert!(
        !manager
            .get("/ledgers/terminals?month=2026-12")
            .text()
            .contains("demo-handler")
    );
    for bad in ["2026-13", "x", "2026-11%0d%0a"] {
        assert_eq!(
            manager
                .get(&format!("/ledgers/terminals?month={bad}"))
                .status,
            400
        );
    }
    site.has_words();
    site.stop();
}

#[test]
fn a_month_is_taken_out_with_a_digest_and_no_formula() {
    let mut site = Site::new(People::Samples);
    let mut manager = site.seated("place-manager");
    for (right, why) in [
        ("=HYPERLINK(\"x\"), 11時まで", "打ち間違い"),
        ("解析機", "手書き"),
    ] {
        let line = [
            ("month", "2026-11"),
            ("day", "2026-11-05"),
            ("right", right),
            ("why", why),
        ];
        let page = manager.submit("/ledgers/terminals/lines", &line);
        assert_eq!(page.status, 303);
    }
    let take = |of: &'static str| [("month", "2026-11"), ("form-of", of)];
    let csv = manager.submit("/ledgers/terminals/out", &take("csv"));
    let text = csv.text();
    assert!(text.starts_with('\u{feff}') && text.ends_with("\r\n"));
    assert!(
        text.contains(",\"'=HYPERLINK(\"\"x\"\"), 11時まで\","),
        "{text}"
    );
    assert!(text.contains("2026-11-05") && text.contains("解析機"));
    assert_eq!(
        csv.header("content-disposition"),
        Some("attachment; filename=\"terminal-ledger-2026-11.csv\"")
    );
    let xlsx = manager.submit("/ledgers/terminals/out", &take("xlsx"));
    assert!(xlsx.body.starts_with(b"PK"));
    let print = manager.submit("/ledgers/terminals/out", &take("print"));
    assert!(print.text().contains("11時まで") && print.text().contains("解析機"));
    assert_eq!(
        manager
            .submit("/ledgers/terminals/out", &take("pdf"))
            .status,
        400
    );
    assert_eq!(
        site.seated("handler")
            .submit("/ledgers/terminals/out", &take("csv"))
            .status,
        403
    );
    site.has_words();
    let store = site.stop();
    let events = store.events().unwrap();
    let digests: Vec<_> = events
        .iter()
        .filter(|entry| entry.event.action == "ledger.terminal.taken_out")
        .map(|entry| {
            let details = &entry.event.details;
            let text = |name: &str| details.get(name).and_then(|it| it.as_str());
            (text("form").unwrap(), text("sha256").map(str::to_owned))
        })
        .collect();
    let digest = |page: &Page| Some(HEXLOWER.encode(&Sha256::digest(&page.body)));
    assert_eq!(
        digests,
        [
            ("csv", digest(&csv)),
            ("xlsx", digest(&xlsx)),
            ("print", None)
        ]
    );
}

#[test]
fn the_table_of_roles_is_what_the_policies_allow() {
    let mut site = Site::new(People::Samples);
    let text = site.seated("auditor").get("/roles").text();
    let of = |name: &str| {
        let part = text.split(&format!("<h3>{name}</h3>")).nth(1).unwrap();
        part.split("<h3>").next().unwrap().to_owned()
    };
    assert!(of("取扱者").contains("問い合わせる"));
    assert!(!of("情報システム運用責任者").contains("問い合わせる"));
    assert!(of("情報システムの安全管理者").contains("役割を与える"));
    assert!(!of("監査者").contains("訂正する"));
    site.has_words();
    site.stop();
}

#[test]
fn a_study_is_made_once_by_whoever_runs_the_machines() {
    let mut site = Site::new(People::Samples);
    let mut operator = site.seated("operator");
    assert!(
        operator
            .get("/studies")
            .text()
            .contains("action=\"/studies\"")
    );
    let new =
        |study: &'static str, provision: &'static str| [("study", study), ("provision", provision)];
    for (study, provision) in [
        ("", "P-2026-0009"),
        ("../x", "P-2026-0009"),
        ("心不全", "P-2026-0009"),
        ("lungs", "p 9"),
        ("lungs", ""),
        (STUDY, "P-2026-0009"),
        // Of a provision that another study has.
        ("lungs", "P-2026-0001"),
    ] {
        let page = operator.submit("/studies", &new(study, provision));
        assert_eq!(page.status, 422, "{study} {provision}");
        assert!(!alert(&page).is_empty());
    }
    let page = operator.submit("/studies", &new("lungs", "P-2026-0009"));
    assert_eq!(page.location(), "/studies");
    assert!(operator.get("/studies").text().contains("/studies/lungs"));
    for other in ["security-manager", "auditor", "place-manager"] {
        let page = site
            .seated(other)
            .submit("/studies", &new("spleen", "P-2026-0010"));
        assert_eq!(page.status, 403, "{other}");
    }
    site.has_words();
    let told = site.told();
    let made = told.iter().filter(|(action, _)| action == "study.created");
    // Two of the site itself.
    assert_eq!(made.count(), 3);
    let store = site.stop();
    assert!(store.vault("lungs").unwrap().is_some());
    let events = store.events().unwrap();
    let last = events
        .iter()
        .rfind(|entry| entry.event.action == "study.created")
        .unwrap();
    assert_eq!(last.event.details["person"], "operator");
}
