//! Reports: numbered, printed, in the ledger; of what they show nothing is kept.

use std::thread;

use renketsu_store::Store;

use crate::browser::{Browser, Page};
use crate::desk::{answer, ask, ended};
use crate::linked::{self, TABLE};
use crate::office::alert;
use crate::site::{Does, OTHER, STUDY, Site};

const SQL: &str = "SELECT icd, count(*) AS n FROM claims GROUP BY icd";

fn of_study(page: &str) -> String {
    format!("/studies/{STUDY}{page}")
}

/// Makes a report, and gives the answer to the form.
fn make(browser: &mut Browser, kind: &str, source: &str, title: &str) -> Page {
    let fields = [
        ("kind", kind),
        ("source", source),
        ("title", title),
        ("copies", "2"),
        ("note", "打合せ"),
    ];
    browser.submit(&of_study("/reports"), &fields)
}

/// The number of a question, by the address of its page.
fn number(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

/// A handler whose question was answered, and its number.
fn asked(site: &Site) -> (Browser, String) {
    site.engine.to(Does::Answer(answer()));
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    assert!(ended(&mut handler, &address).contains("1200"));
    (handler, number(&address))
}

#[test]
fn an_answer_goes_on_a_page_that_is_printed_under_a_number_that_was_taken_before() {
    let mut site = linked::site();
    let (mut handler, question) = asked(&site);
    let page = handler.get(&of_study(&format!("/questions/{question}")));
    assert!(
        page.text().contains("name=\"copies\""),
        "the page offers it"
    );
    let made = make(&mut handler, "answer", &question, "入院の集計");
    assert_eq!(made.location(), of_study("/reports/R-000001"));
    let page = handler.get(made.location());
    assert_eq!(page.status, 200);
    let text = page.text();
    for part in [
        "R-000001",
        "入院の集計",
        "打合せ",
        "demo-handler",
        "セル&#60;b&#62;値\\u{202e}",
        "1200",
        "少人数",
        "公表物確認",
        "4-3-3①",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // This page alone isn't hidden on paper.
    assert!(!text.contains("class=\"data data-only\"") && text.contains("class=\"paper\""));
    assert!(
        !handler
            .get(&of_study("/data"))
            .text()
            .contains("class=\"paper\"")
    );
    let again = make(&mut handler, "answer", &question, "二部目");
    assert_eq!(again.location(), of_study("/reports/R-000002"));
    site.has_words();
    let store = site.stop();
    let events = store.events().unwrap();
    let places = |action: &str| {
        let all = events.iter().enumerate();
        all.filter(|(_, entry)| entry.event.action == action)
            .map(|(place, _)| place)
            .collect::<Vec<_>>()
    };
    let (made, opened) = (places("report.made"), places("report.opened"));
    assert_eq!((made.len(), opened.len()), (2, 1));
    assert!(made[0] < opened[0] && opened[0] < made[1]);
    let reports = store.reports(None).unwrap();
    assert_eq!(reports.len(), 2);
    let entry = &reports[0].entry;
    assert_eq!(entry.kind, "answer");
    assert_eq!(entry.source, question.parse().ok());
    assert_eq!((entry.copies, entry.digest.len()), (2, 64));
    assert_eq!(entry.digest, reports[1].entry.digest, "of the same rows");
    // Nothing of what it shows, and no title, is in the record; nothing of what it shows is in the ledger.
    for place in made.into_iter().chain(opened) {
        let told = serde_json::to_string(&events[place].event).unwrap();
        for part in ["セル", "1200", "入院の集計", "打合せ", "二部目"] {
            assert!(!told.contains(part), "{part}: {told}");
        }
        assert!(told.contains("R-00000"), "{told}");
    }
    assert!(!format!("{reports:?}").contains("1200"));
}

#[test]
fn a_report_is_shown_again_in_its_own_session_while_its_answer_stands() {
    let mut site = linked::site();
    let (mut handler, question) = asked(&site);
    let address = make(&mut handler, "answer", &question, "一")
        .location()
        .to_owned();
    for _ in 0..2 {
        assert!(handler.get(&address).text().contains("1200"));
    }
    // Nobody else sees it, whatever they may do.
    for person in [
        "lead",
        "output-checker",
        "study-auditor",
        "operator",
        "auditor",
    ] {
        let page = site.seated(person).get(&address);
        assert!(
            [403, 404].contains(&page.status),
            "{person}: {}",
            page.status
        );
        assert!(!page.text().contains("1200"), "{person}");
    }
    for bad in ["R-000002", "R-1", "1", "R-0000010", "%00"] {
        assert_eq!(
            handler.get(&of_study(&format!("/reports/{bad}"))).status,
            404
        );
    }
    // The answer goes after an hour; the number stays.
    for _ in 0..7 {
        site.hand.forward(540);
        handler.get("/");
    }
    let page = handler.get(&address);
    let text = page.text();
    assert_eq!(page.status, 200);
    assert!(
        text.contains("R-000001") && !text.contains("1200"),
        "{text}"
    );
    assert!(text.contains("もう表示できません"));
    let page = make(&mut handler, "answer", &question, "二");
    assert_eq!(page.status, 422, "nothing is left to make one of");
    assert!(
        alert(&page).contains("もう残っていません"),
        "{}",
        alert(&page)
    );
    assert!(page.text().contains("value=\"二\""), "what was typed stays");
    // Another session of the same person has nothing to do with it.
    let mut later = site.seated("handler");
    assert_eq!(later.get(&address).status, 404);
    site.has_words();
    let store = site.stop();
    assert_eq!(store.reports(None).unwrap().len(), 1);
    let shown: Vec<_> = store
        .events()
        .unwrap()
        .iter()
        .filter(|entry| entry.event.action == "report.opened")
        .map(|entry| entry.event.details["shown"].as_bool().unwrap())
        .collect();
    assert_eq!(shown, [true, true, false]);
}

#[test]
fn a_link_and_the_catalogue_are_printed_by_who_sees_them_and_as_they_were() {
    let mut site = linked::site();
    let mut lead = site.seated("lead");
    let link = make(&mut lead, "link", "1", "連結の確認");
    assert_eq!(
        link.location(),
        of_study("/reports/R-000001"),
        "{}",
        link.text()
    );
    let text = lead.get(link.location()).text();
    for part in ["1190", ">339<", "R-000001", "連結 第 1 版"] {
        assert!(text.contains(part), "{part}");
    }
    let catalogue = make(&mut lead, "catalogue", "", "目録");
    let text = lead.get(catalogue.location()).text();
    for part in [TABLE, "在院日数", "2型糖尿病", "<details open>", "R-000002"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("<script>alert"));
    // An answer is its asker's.
    assert_eq!(make(&mut lead, "answer", "1", "x").status, 403);
    let gone = make(&mut lead, "link", "2", "x");
    assert_eq!(gone.status, 422, "another version than what stands");
    for (kind, source) in [("sql", "1"), ("link", "x"), ("", ""), ("link", "-1")] {
        assert_eq!(
            make(&mut lead, kind, source, "x").status,
            400,
            "{kind} {source}"
        );
    }
    // Others see the catalogue, and make no report of it.
    for person in ["output-checker", "study-operator"] {
        let mut browser = site.seated(person);
        let page = browser.get(&of_study("/data"));
        assert!(page.status == 200 && !page.text().contains("name=\"copies\""));
        assert_eq!(
            make(&mut browser, "catalogue", "", "x").status,
            403,
            "{person}"
        );
    }
    // Another link is another thing: the report of the first shows it no more.
    linked::link_again(&site);
    let text = lead.get(link.location()).text();
    assert!(
        text.contains("もう表示できません") && !text.contains("1190"),
        "{text}"
    );
    site.has_words();
    assert_eq!(site.stop().reports(None).unwrap().len(), 2);
}

#[test]
fn what_is_said_of_a_report_is_a_line_and_hostile_text_stays_text() {
    let mut site = linked::site();
    let mut lead = site.seated("lead");
    let long = "長".repeat(201);
    for title in [
        "",
        " ",
        "a\r\nSet-Cookie: x",
        "a\u{202e}b",
        "\u{1b}[31m",
        "a\u{2028}b",
        &long,
    ] {
        let page = make(&mut lead, "catalogue", "", title);
        assert_eq!(page.status, 422, "{title:?}");
        assert!(alert(&page).contains("名称"), "{title:?}: {}", alert(&page));
    }
    for copies in ["", "0", "100", "-1", "x", "1.5"] {
        let fields = [("kind", "catalogue"), ("title", "x"), ("copies", copies)];
        let page = lead.submit(&of_study("/reports"), &fields);
        assert_eq!(page.status, 422, "{copies}");
        assert!(alert(&page).contains("99"), "{copies}");
    }
    let formula = "=HYPERLINK(\"http://x\",\"<b>\")";
    let made = make(&mut lead, "catalogue", "", formula);
    assert_eq!(
        made.location(),
        of_study("/reports/R-000001"),
        "refusals took no number"
    );
    let text = lead.get(made.location()).text();
    assert!(
        text.contains("&#60;b&#62;") && !text.contains("<b>\""),
        "{text}"
    );
    let take = |of: &'static str| [("month", "2026-11"), ("form-of", of)];
    let csv = lead.submit("/ledgers/reports/out", &take("csv"));
    let text = csv.text();
    assert!(text.contains(",\"'=HYPERLINK(\"\"http"), "{text}");
    assert_eq!(
        csv.header("content-disposition"),
        Some("attachment; filename=\"report-ledger-2026-11.csv\"")
    );
    let xlsx = lead.submit("/ledgers/reports/out", &take("xlsx"));
    assert!(xlsx.body.starts_with(b"PK"));
    let print = lead.submit("/ledgers/reports/out", &take("print")).text();
    assert!(print.contains("R-000001") && print.contains("&#60;b&#62;"));
    let mut handler = site.seated("handler");
    assert_eq!(
        handler.submit("/ledgers/reports/out", &take("csv")).status,
        403
    );
    assert_eq!(handler.get("/ledgers/reports").status, 403);
    site.has_words();
    let told = site.told();
    let out = told
        .iter()
        .filter(|(it, _)| it == "ledger.report.taken_out");
    assert_eq!(out.count(), 3);
}

#[test]
fn two_sessions_at_once_take_numbers_without_a_gap() {
    let mut site = linked::site();
    let browsers = ["handler", "lead"].map(|person| site.seated(person));
    thread::scope(|scope| {
        for mut browser in browsers {
            scope.spawn(move || {
                for _ in 0..8 {
                    let page = make(&mut browser, "catalogue", "", "x");
                    assert_eq!(page.status, 303, "{}", page.text());
                }
            });
        }
    });
    let store = site.stop();
    let reports = store.reports(Some(STUDY)).unwrap();
    let numbers: Vec<u64> = reports.iter().map(|report| report.number).collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
    for person in ["handler", "lead"] {
        let theirs = reports.iter().filter(|it| it.entry.person == person);
        assert_eq!(theirs.count(), 8, "{person}");
    }
}

#[test]
fn no_number_and_no_page_where_the_state_can_t_be_written() {
    let mut site = linked::site();
    let mut lead = site.seated("lead");
    let made = make(&mut lead, "link", "1", "x").location().to_owned();
    assert_eq!(lead.get(&made).status, 200);
    let mut other = Store::open_proven(site.party.path(), &site.party.proof()).unwrap();
    let form = lead.get(&of_study("/link")).field("form").unwrap();
    let held = other.begin().unwrap();
    let fields = [
        ("form", form.as_str()),
        ("kind", "link"),
        ("source", "1"),
        ("title", "x"),
        ("copies", "1"),
    ];
    let page = lead.post(&of_study("/reports"), &fields);
    assert_eq!(page.status, 503, "{}", page.text());
    let page = lead.get(&made);
    assert_eq!(page.status, 503);
    assert!(!page.text().contains("1190"));
    drop(held);
    let next = make(&mut lead, "link", "1", "x");
    assert_eq!(next.location(), of_study("/reports/R-000002"));
    site.has_words();
    assert_eq!(site.stop().reports(None).unwrap().len(), 2);
}

/// A report of the other study, beside the running server.
fn elsewhere(site: &Site) {
    let mut store = Store::open_proven(site.party.path(), &site.party.proof()).unwrap();
    let mut entry = store.reports(Some(STUDY)).unwrap()[0].entry.clone();
    OTHER.clone_into(&mut entry.study);
    "腎臓の秘密".clone_into(&mut entry.title);
    let txn = store.begin().unwrap();
    for _ in 0..7 {
        txn.add_report(&entry).unwrap();
    }
    let event = renketsu_store::Event::new("report.made", OTHER, site.hand.now());
    txn.commit(&event).unwrap();
}

#[test]
fn of_another_study_not_even_a_number_is_told() {
    let mut site = linked::site();
    let mut lead = site.seated("lead");
    make(&mut lead, "catalogue", "", "心臓");
    elsewhere(&site);
    let ledger = lead.get("/ledgers/reports").text();
    assert!(ledger.contains("R-000001") && !ledger.contains("R-000007"));
    assert!(!ledger.contains("腎臓") && !ledger.contains(OTHER));
    let csv = lead
        .submit("/ledgers/reports/out", &[("form-of", "csv")])
        .text();
    assert!(csv.contains("心臓") && !csv.contains("腎臓") && !csv.contains(OTHER));
    for report in ["R-000001", "R-000007", "R-000008"] {
        let page = lead.get(&format!("/studies/{OTHER}/reports/{report}"));
        assert_eq!(page.status, 404);
        assert!(!page.text().contains("腎臓"));
    }
    // Nor does a session of the study add anything about one.
    let mut operator = site.seated("study-operator");
    let line = |report: &'static str| [("report", report), ("kind", "kept"), ("text", "棚1")];
    let other = format!("{OTHER}/R-000007");
    let told = |browser: &mut Browser, report: &str| {
        let fields = [("report", report), ("kind", "kept"), ("text", "棚1")];
        let page = browser.submit("/ledgers/reports/lines", &fields);
        (page.status, page.text().replace(report, ""))
    };
    let there = told(&mut operator, &other);
    assert_eq!(there.0, 404);
    assert_eq!(there, told(&mut operator, &format!("{OTHER}/R-000099")));
    let page = operator.submit("/ledgers/reports/lines", &line("heart/R-000001"));
    assert_eq!(page.status, 303, "{}", page.text());
    // The office sees all of them.
    let ledger = site.seated("place-manager").get("/ledgers/reports").text();
    assert!(ledger.contains("腎臓") && ledger.contains("心臓"));
    site.has_words();
    drop(site.stop());
}

#[test]
fn keeping_and_disposal_are_new_lines_and_a_correction_says_of_which() {
    let mut site = linked::site();
    let mut lead = site.seated("lead");
    make(&mut lead, "catalogue", "", "目録");
    let mut manager = site.seated("place-manager");
    let mut add = |fields: &[(&str, &str)]| {
        let mut all = vec![("month", "2026-11"), ("report", "heart/R-000001")];
        all.extend(fields);
        manager.submit("/ledgers/reports/lines", &all)
    };
    let done = "/ledgers/reports?month=2026-11";
    let kept = add(&[("kind", "kept"), ("text", "=棚1")]);
    assert_eq!(kept.location(), done, "{}", kept.text());
    // A correction is of a line of this report that says the same kind of thing, and gives a reason.
    let page = add(&[("kind", "kept"), ("text", "棚2"), ("corrects", "1")]);
    assert_eq!(page.status, 422);
    assert!(alert(&page).contains("理由"), "{}", alert(&page));
    let why = ("why", "打ち間違い");
    for (kind, corrects) in [("correction", "1"), ("kept", "7"), ("kept", "x")] {
        let page = add(&[("kind", kind), ("text", "棚2"), ("corrects", corrects), why]);
        assert_eq!(page.status, 422, "{kind} {corrects}");
    }
    let right = [("kind", "kept"), ("text", "棚2"), ("corrects", "1"), why];
    assert_eq!(add(&right).location(), done);
    assert_eq!(add(&right).status, 422, "put right once");
    // A disposal has a day on which it could be, a method and a person.
    let disposed = |day, who| {
        [
            ("kind", "disposed"),
            ("text", "裁断 2部"),
            ("day", day),
            ("who", who),
        ]
    };
    for (day, who) in [
        ("", "佐藤"),
        ("2026-13-01", "佐藤"),
        ("2026-11-01", "佐藤"),
        ("2026-12-01", ""),
    ] {
        assert_eq!(add(&disposed(day, who)).status, 422, "{day} {who}");
    }
    assert_eq!(add(&disposed("2026-12-01", "佐藤")).location(), done);
    for (field, text) in [("text", "a\r\nb"), ("text", ""), ("text", "\u{202e}")] {
        assert_eq!(
            add(&[("kind", "kept"), (field, text)]).status,
            422,
            "{text:?}"
        );
    }
    assert_eq!(add(&[("kind", "sold"), ("text", "x")]).status, 400);
    let text = manager.get(done).text();
    assert!(text.contains("<del>=棚1</del>") && text.contains("2026-12-01 裁断 2部 佐藤"));
    let csv = manager.submit(
        "/ledgers/reports/out",
        &[("month", "2026-11"), ("form-of", "csv")],
    );
    let csv = csv.text();
    let first = csv.lines().nth(1).unwrap();
    assert!(
        first.contains(",棚2,2026-12-01 裁断 2部 佐藤,"),
        "what stands: {first}"
    );
    assert!(
        csv.contains(",'=棚1,") && csv.contains("行 2、行 1 を訂正"),
        "{csv}"
    );
    assert!(
        !lead
            .get("/ledgers/reports")
            .text()
            .contains("name=\"corrects\"")
    );
    site.has_words();
    let store = site.stop();
    let lines = store.report_lines(None).unwrap();
    let corrects: Vec<_> = lines
        .iter()
        .map(|line| (line.line, line.corrects))
        .collect();
    assert_eq!(corrects, [(1, None), (2, Some(1)), (3, None)]);
    assert!(lines.iter().all(|line| line.by == "place-manager"));
}
