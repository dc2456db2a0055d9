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
        .replace(['{', '}'], "")
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

/// A sample who sits at their terminal, again if what they did ended their session.
struct Seated<'a> {
    site: &'a Site,
    person: &'static str,
    browser: Browser,
}

impl<'a> Seated<'a> {
    fn new(site: &'a Site, person: &'static str) -> Self {
        let browser = site.seated(person);
        Self {
            site,
            person,
            browser,
        }
    }

    fn form(&mut self) -> String {
        if let Some(form) = self.browser.get("/").field("form") {
            return form;
        }
        self.browser = self.site.seated(self.person);
        self.browser.get("/").field("form").unwrap()
    }
}

#[test]
fn every_route_answers_every_role_as_reviewed() {
    let mut site = Site::new(People::Samples);
    let mut answers: Vec<Vec<(&str, Page)>> = Vec::new();
    for route in ROUTES {
        let page = visit(&mut site.browser(), route.method, &address(route.path), "");
        answers.push(vec![("stranger", page)]);
    }
    for sample in SAMPLES {
        let mut seated = Seated::new(&site, sample.person);
        for (route, answers) in ROUTES.iter().zip(&mut answers) {
            if route.needs == Needs::Nothing {
                continue;
            }
            let place = format!("{} {} {}", route.method, route.path, sample.person);
            let form = seated.form();
            let page = visit(
                &mut seated.browser,
                route.method,
                &address(route.path),
                &form,
            );
            let page = if page.status == 429 {
                // Wrong tries before this one make it wait: it is what it would be later.
                site.hand.forward(16 * 60);
                seated.browser = site.seated(sample.person);
                let form = seated.form();
                let path = address(route.path);
                visit(&mut seated.browser, route.method, &path, &form)
            } else {
                page
            };
            is_well(&page, "ja", &place);
            let text = String::from_utf8_lossy(&page.body);
            assert!(
                !(sample.in_study && text.contains(OTHER)),
                "{place} tells of another study"
            );
            answers.push((sample.person, page));
        }
        seated.form();
        seated.browser.post("/language", &[("to", "en")]);
        for (route, answers) in ROUTES.iter().zip(&answers) {
            let shown = answers.last().is_some_and(|(who, page)| {
                *who == sample.person && page.status == 200 && route.method == "GET"
            });
            if shown {
                let page = seated.browser.get(&address(route.path));
                is_well(&page, "en", &format!("{} {}", route.path, sample.person));
            }
        }
    }
    let mut seen = String::from(
        "# What each route answers to each sample person who sends an empty form or asks for the page.\n",
    );
    for (route, answers) in ROUTES.iter().zip(&answers) {
        let _ = write!(seen, "{} {}\n{}", route.method, route.path, told(answers));
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
