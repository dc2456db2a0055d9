//! The SQL desk: questions, their answers, and who sees what of them.

use renketsu_web::{Answer, AnswerColumn, Refusal};

use crate::browser::{Browser, Page};
use crate::linked;
use crate::site::{Does, STUDY, Site};

const SQL: &str = "SELECT icd, count(*) AS n FROM claims GROUP BY icd -- 0000marker";
/// Stands in an answer, and nowhere on the disk.
pub(crate) const CELL: &str = "セル<b>値\u{202e}";

pub(crate) fn answer() -> Answer {
    let column = |name: &str, is_number| AnswerColumn {
        name: name.to_owned(),
        is_number,
        kind: if is_number { "integer" } else { "string" },
        form: if is_number { "integer" } else { "text" },
    };
    Answer {
        columns: vec![column("icd", false), column("n", true)],
        rows: vec![
            vec![Some(CELL.to_owned()), Some("1200".to_owned())],
            vec![None, Some("4".to_owned())],
        ],
        small: vec![1],
        of_persons: true,
        row_level: false,
        cut: true,
    }
}

fn sql(page: &str) -> String {
    format!("/studies/{STUDY}{page}")
}

/// Asks, and gives the address of the question.
pub(crate) fn ask(browser: &mut Browser, statement: &str) -> String {
    let page = browser.submit(&sql("/sql"), &[("sql", statement)]);
    assert_eq!(page.status, 303, "{}", page.text());
    page.location().to_owned()
}

fn runs(page: &Page) -> bool {
    page.text().contains("?by-itself\">")
}

/// The page of a question once it ended, as a browser sees it that renews itself.
pub(crate) fn ended(browser: &mut Browser, address: &str) -> String {
    for _ in 0..10_000 {
        let page = browser.get(&format!("{address}?by-itself"));
        assert_eq!(page.status, 200, "{}", page.text());
        if !runs(&page) {
            return page.text();
        }
    }
    panic!("{address} doesn't end");
}

/// How a question ended, by its row.
fn state(site: &mut Site, number: i64) -> (String, Option<String>) {
    let store = site.stop();
    let record = store.question(STUDY, number).unwrap().unwrap();
    (record.state, record.code)
}

#[test]
fn an_answer_is_shown_after_the_record_says_so_and_to_its_asker_alone() {
    let mut site = linked::site();
    site.engine.to(Does::Answer(answer()));
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    let text = ended(&mut handler, &address);
    assert!(text.contains("セル&#60;b&#62;値\\u{202e}"), "{text}");
    for part in ["1200", "NULL", "少人数", "class=\"mark\"", "0000marker"] {
        assert!(text.contains(part), "{part}");
    }
    // Who supervises sees what was asked, and not the answer.
    for person in ["lead", "output-checker", "study-auditor"] {
        let page = site.seated(person).get(&address);
        assert_eq!(page.status, 200, "{person}");
        let text = page.text();
        assert!(text.contains("0000marker"), "{person}");
        assert!(!text.contains("1200") && !text.contains("セル"), "{person}");
    }
    assert_eq!(site.seated("study-operator").get(&address).status, 403);
    // Another session of the same person doesn't see it either.
    let mut again = site.seated("handler");
    let text = again.get(&address).text();
    assert!(
        text.contains("0000marker") && !text.contains("1200"),
        "{text}"
    );
    site.has_words();
    let told = site.told();
    let place = |action: &str| told.iter().position(|(told, _)| told == action).unwrap();
    assert!(place("ask.begun") < place("ask.answered"));
    assert!(place("ask.answered") < place("ask.shown"));
    assert!(place("ask.shown") < place("ask.history_read"));
}

#[test]
fn answers_go_with_the_hour_and_with_the_session() {
    let mut site = linked::site();
    site.engine.to(Does::Answer(answer()));
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    assert!(ended(&mut handler, &address).contains("1200"));
    // Nine minutes at a time: an open session that is used.
    for _ in 0..6 {
        site.hand.forward(540);
        assert!(handler.get(&address).text().contains("1200"));
    }
    site.hand.forward(540);
    let text = handler.get(&address).text();
    assert!(
        !text.contains("1200") && text.contains("0000marker"),
        "{text}"
    );
    // A page that renews itself is no use of the session.
    for _ in 0..3 {
        site.hand.forward(300);
        handler.get(&format!("{address}?by-itself"));
    }
    assert_eq!(handler.get(&address).location(), "/lock");
    drop(site.stop());
}

#[test]
fn neither_statement_nor_answer_is_readable_on_the_disk() {
    let mut site = linked::site();
    site.engine.to(Does::Answer(answer()));
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    ended(&mut handler, &address);
    let kept = [("sql", SQL), ("name", "n1")];
    assert_eq!(handler.submit(&sql("/kept"), &kept).status, 303);
    drop(site.stop());
    let mut dirs = vec![site.party.path().to_owned()];
    let mut files = 0;
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for text in ["0000marker", "セル<b>"] {
                let found = bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes());
                assert!(!found, "{text} in {}", path.display());
            }
        }
    }
    assert!(files > 3);
}

#[test]
fn a_refusal_says_its_clause_and_what_to_do() {
    let mut site = linked::site();
    site.engine.to(Does::Refuse(Refusal {
        code: "engine.guard.window",
        details: vec![
            ("clause", "2-1.no-collation".to_owned()),
            ("construct", "row_number<i>".to_owned()),
        ],
        exit: 1,
    }));
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    let text = ended(&mut handler, &address);
    for part in [
        "2-1.no-collation",
        "row_number&#60;i&#62;",
        "engine.guard.window",
        "role=\"alert\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    site.has_words();
    let (state, code) = state(&mut site, 1);
    assert_eq!(
        (state.as_str(), code.as_deref()),
        ("refused", Some("engine.guard.window"))
    );
    let store = renketsu_store::Store::open_proven(site.party.path(), &site.party.proof()).unwrap();
    for entry in store.events().unwrap() {
        let text = serde_json::to_string(&entry.event).unwrap();
        assert!(
            !text.contains("row_number") && !text.contains("0000marker"),
            "{text}"
        );
    }
}

#[test]
fn a_session_asks_one_question_at_a_time_and_can_stop_it() {
    let mut site = linked::site();
    site.engine.to(Does::Work);
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    assert!(runs(&handler.get(&address)));
    let busy = handler.submit(&sql("/sql"), &[("sql", "SELECT 1 -- second")]);
    assert_eq!(busy.status, 422);
    let text = busy.text();
    assert!(
        text.contains("role=\"alert\"") && text.contains("SELECT 1 -- second"),
        "{text}"
    );
    // Somebody without the authority doesn't stop it; the principal investigator may.
    let cancel = format!("{address}/cancel");
    assert_eq!(
        site.seated("output-checker").submit(&cancel, &[]).status,
        403
    );
    assert!(runs(&handler.get(&address)));
    let stopped = site.seated("lead").submit(&cancel, &[]);
    assert_eq!(stopped.location(), address);
    let text = ended(&mut handler, &address);
    assert!(text.contains("中止"), "{text}");
    // The place is free again.
    site.engine.to(Does::Answer(answer()));
    let next = ask(&mut handler, SQL);
    assert!(ended(&mut handler, &next).contains("1200"));
    site.has_words();
    assert_eq!(state(&mut site, 1).0, "cancelled");
}

#[test]
fn who_signs_out_waits_for_nothing() {
    let mut site = linked::site();
    site.engine.to(Does::Work);
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    handler.submit("/sign-out", &[]);
    let mut handler = site.seated("handler");
    ended(&mut handler, &address);
    assert_eq!(state(&mut site, 1).0, "cancelled");
}

#[test]
fn a_bug_of_the_engine_ends_the_question_and_a_crash_is_told_at_the_next_start() {
    let mut site = linked::site();
    site.engine.to(Does::Panic);
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    assert!(ended(&mut handler, &address).contains("web.broken"));
    site.engine.to(Does::Answer(answer()));
    let next = ask(&mut handler, SQL);
    assert!(ended(&mut handler, &next).contains("1200"));
    // What a killed process leaves.
    let mut store = site.stop();
    let txn = store.begin().unwrap();
    let now = site.hand.now();
    let left = txn
        .add_question(STUDY, "handler", "s", "sealed", now)
        .unwrap();
    txn.commit(&renketsu_store::Event::new("server.started", "server", now))
        .unwrap();
    drop(store);
    site.start();
    assert_eq!(
        state(&mut site, left),
        ("failed".to_owned(), Some("web.ask.crash".to_owned()))
    );
}

#[test]
fn statements_are_kept_opened_and_removed() {
    let mut site = linked::site();
    let mut handler = site.seated("handler");
    for (name, statement) in [("", SQL), ("x", " \r\n "), (&"名".repeat(81), SQL)] {
        let fields = [("name", name), ("sql", statement)];
        let page = handler.submit(&sql("/kept"), &fields);
        assert_eq!(page.status, 422, "{name}");
        assert!(page.text().contains("role=\"alert\""));
    }
    let long = "x".repeat(70 * 1024);
    assert_eq!(handler.submit(&sql("/sql"), &[("sql", &long)]).status, 422);
    let kept = [("name", "月別<i>"), ("sql", "SELECT 1\r\n-- <b>")];
    assert_eq!(handler.submit(&sql("/kept"), &kept).status, 303);
    let text = handler.get(&sql("/sql")).text();
    assert!(text.contains("月別&#60;i&#62;"), "{text}");
    let opened = handler.get(&sql("/sql?kept=1")).text();
    assert!(
        opened.contains("SELECT 1\n-- &#60;b&#62;</textarea>"),
        "{opened}"
    );
    assert_eq!(handler.get(&sql("/sql?kept=2")).status, 404);
    assert_eq!(handler.get(&sql("/sql?kept=x")).status, 404);
    assert_eq!(handler.submit(&sql("/kept/2/remove"), &[]).status, 404);
    assert_eq!(
        site.seated("lead")
            .submit(&sql("/kept/1/remove"), &[])
            .status,
        403
    );
    assert_eq!(handler.submit(&sql("/kept/1/remove"), &[]).status, 303);
    assert!(!handler.get(&sql("/sql")).text().contains("月別"));
    // What was asked opens again too.
    let address = ask(&mut handler, SQL);
    ended(&mut handler, &address);
    assert!(
        handler
            .get(&sql("/sql?question=1"))
            .text()
            .contains("0000marker")
    );
    let list = handler.get(&sql("/questions")).text();
    assert!(list.contains("0000marker"));
    let all = site.seated("lead").get(&sql("/questions")).text();
    assert!(
        all.contains("0000marker") && all.contains(">handler<"),
        "{all}"
    );
    assert_eq!(handler.get(&sql("/questions?of=all")).status, 403);
    site.has_words();
    drop(site.stop());
}

#[test]
fn an_answer_is_drawn_and_leafed_through() {
    let mut site = linked::site();
    let mut many = answer();
    many.cut = false;
    many.small = Vec::new();
    many.rows = (0..450)
        .map(|row| vec![Some(format!("row{row:03}")), Some((row % 7).to_string())])
        .collect();
    site.engine.to(Does::Answer(many));
    let mut handler = site.seated("handler");
    let address = ask(&mut handler, SQL);
    let text = ended(&mut handler, &address);
    assert!(text.contains("row199") && !text.contains("row200"));
    let last = handler.get(&format!("{address}?from=401")).text();
    assert!(last.contains("row449") && !last.contains("row399"));
    for from in ["0", "-1", "99999999999999999999", "abc", "450", "451"] {
        assert_eq!(
            handler.get(&format!("{address}?from={from}")).status,
            200,
            "{from}"
        );
    }
    for (chart, drawn) in [
        ("histogram", true),
        ("box", true),
        ("bar", false),
        ("line", false),
    ] {
        let page = handler.get(&format!("{address}?chart={chart}&of=&numbers=1"));
        let text = page.text();
        // Too many marks are no picture, and the page says so.
        assert_eq!(text.contains("<svg"), drawn, "{chart}");
        assert!(!text.contains("style="));
    }
    let words = handler
        .get(&format!("{address}?chart=bar&of=1&numbers=0"))
        .text();
    assert!(words.contains("数値ではありません"), "{words}");
    site.has_words();
    drop(site.stop());
}
