//! Every route as every role meets it, in both languages, held against a file that somebody reads.

use std::fmt::Write as _;
use std::path::Path;

use renketsu_web::{Needs, POLICY, ROUTES};
use renketsu_workspace::accounts::SAMPLES;

use crate::browser::{Browser, Page};
use crate::site::{OTHER, People, STUDY, Site};

/// What stands for the variables of an address.
fn address(path: &str) -> String {
    path.replace("{study}", STUDY)
        .replace("{name}", "none.css")
        .replace("{person}", "handler")
        .replace("{grant}", "999")
        .replace("{reset}", "999")
        .replace("{slot}", "999")
        .replace("{", "")
        .replace('}', "")
}

fn visit(browser: &mut Browser, method: &str, path: &str, form: &str) -> Page {
    match method {
        "GET" => browser.get(path),
        _ => browser.post(path, &[("form", form)]),
    }
}

/// What holds of every page that is shown.
fn is_well(page: &Page, lang: &str, place: &str) {
    assert!(page.status < 500, "{place}: {}", page.status);
    assert_eq!(
        page.header("content-security-policy"),
        Some(POLICY),
        "{place}"
    );
    let html = page
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    if !html {
        return;
    }
    let text = page.text();
    assert!(text.contains(&format!("<html lang=\"{lang}\"")), "{place}");
    assert_eq!(text.matches("<h1").count(), 1, "{place}");
    assert!(!text.contains("<title> |"), "{place}");
    assert!(!text.contains("style=\""), "{place}: a style of its own");
    for (at, _) in text.match_indices("<script") {
        assert!(
            text[at..].starts_with("<script src=\"/assets/"),
            "{place}: a script of its own"
        );
    }
}

/// Who got what of a route: one line for each answer.
fn told(answers: &[(&str, Page)]) -> String {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for (who, page) in answers {
        let what = match page.location() {
            "" => page.status.to_string(),
            to => format!("{} {to}", page.status),
        };
        match told.iter_mut().find(|(known, _)| *known == what) {
            Some((_, people)) => people.push(who),
            None => told.push((what, vec![who])),
        }
    }
    let mut text = String::new();
    for (what, people) in told {
        let _ = writeln!(text, "  {what}: {}", people.join(", "));
    }
    text
}

#[test]
fn every_route_answers_every_role_as_reviewed() {
    let mut site = Site::new(People::Samples);
    let mut seen = String::from(
        "# What each route answers to each sample person who sends an empty form or asks for the page.\n",
    );
    for route in ROUTES {
        let path = address(route.path);
        let mut answers = vec![(
            "stranger",
            visit(&mut site.browser(), route.method, &path, ""),
        )];
        let people = if route.needs == Needs::Nothing {
            &[]
        } else {
            SAMPLES
        };
        for sample in people {
            let place = format!("{} {} {}", route.method, route.path, sample.person);
            let mut browser = site.seated(sample.person);
            let form = browser.get("/").field("form").unwrap();
            let page = visit(&mut browser, route.method, &path, &form);
            is_well(&page, "ja", &place);
            let text = String::from_utf8_lossy(&page.body);
            assert!(
                !(sample.in_study && text.contains(OTHER)),
                "{place} tells of another study"
            );
            if route.method == "GET" && page.status == 200 {
                browser.post("/language", &[("to", "en")]);
                is_well(&browser.get(&path), "en", &place);
                browser.post("/language", &[("to", "ja")]);
            }
            answers.push((sample.person, page));
        }
        let _ = write!(seen, "{} {}\n{}", route.method, route.path, told(&answers));
    }
    site.has_words();
    drop(site.stop());
    let reviewed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/matrix.txt");
    let known = std::fs::read_to_string(&reviewed).unwrap_or_default();
    if known != seen {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("matrix.txt");
        std::fs::write(&made, &seen).unwrap();
        let first = known
            .lines()
            .zip(seen.lines())
            .find(|(old, new)| old != new);
        panic!(
            "routes answer otherwise than reviewed, first {first:?}; look at {} and put it to {}",
            made.display(),
            reviewed.display()
        );
    }
}
