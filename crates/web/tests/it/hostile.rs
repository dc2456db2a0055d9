//! What somebody hostile sends, to every address and from every seat: nothing fails, nothing is obeyed, nothing is told of another
//! study, and the record holds what was done and no more.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use renketsu_store::{
    Event, PersonRecord, QuarantineRecord, ReportEntry, SittingRecord, TerminalRecord,
};
use renketsu_testkit::now;
use renketsu_web::{Body, Needs, ROUTES, Route};
use renketsu_workspace::accounts::SAMPLES;
use serde_json::json;

use crate::browser::{Browser, Page};
use crate::linked;
use crate::site::{OTHER, STUDY, Site};

/// In all that the other study has.
const HIDDEN: &str = "verborgen";
/// What a forged line of the record would be.
const FORGED: &str = "forged.action";

/// Texts that somebody could obey, or stumble over: a line of the record and a header; a terminal's orders and turned writing; markup,
/// another's file and another's statement; a number that is none.
fn texts() -> [String; 4] {
    [
        format!("a\r\nSet-Cookie: x=y\r\n\r\n{{\"action\":\"{FORGED}\",\"person\":\"handler\"}}\n"),
        "a\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}1m\u{202e}abc\u{2066}\u{feff}\0".to_owned(),
        "../../state.sqlite'; DROP TABLE events; --<script>alert(1)</script>\"&{{7*7}}".to_owned(),
        format!("-{}", "9".repeat(400)),
    ]
}

/// Who between them may come to every address.
const PEOPLE: [&str; 6] = [
    "handler",
    "study-operator",
    "operator",
    "security-manager",
    "place-manager",
    "auditor",
];

/// Headers of an answer that there are.
pub(crate) const HEADERS: &[&str] = &[
    "allow",
    "cache-control",
    "clear-site-data",
    "connection",
    "content-disposition",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "location",
    "permissions-policy",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// What holds of every answer.
fn is_well(page: &Page, place: &str, dir: &str) {
    assert!(
        page.status < 500,
        "{place}: {} {}",
        page.status,
        lossy(page)
    );
    for (name, value) in &page.headers {
        // The server's HTTP may refuse a head by itself, before any page.
        assert!(HEADERS.contains(&name.as_str()), "{place}: {name}: {value}");
        assert!(!value.contains("x=y"), "{place}: {name}: {value}");
    }
    let kind = page.header("content-type").unwrap_or_default();
    let text = lossy(page);
    assert!(!text.contains(dir), "{place} tells where files lie");
    if kind.starts_with("text/html") {
        let text = beside_fields(&text);
        let obeyed = |c: char| (c.is_control() && !"\n\t\r".contains(c)) || c == '\u{202e}';
        assert!(
            !text.contains(obeyed),
            "{place} obeys a character: {text:?}"
        );
        assert!(!text.contains("<script>"), "{place}: {text}");
    }
}

/// A page without what stands in its fields: there is again what somebody typed, as they typed it.
fn beside_fields(text: &str) -> String {
    let mut beside = String::new();
    for (begins, ends) in [("value=\"", "\""), ("<textarea", "</textarea>")] {
        let from = if beside.is_empty() {
            text.to_owned()
        } else {
            std::mem::take(&mut beside)
        };
        for (number, part) in from.split(begins).enumerate() {
            let kept = if number == 0 {
                part
            } else {
                part.split_once(ends).unwrap().1
            };
            beside.push_str(kept);
        }
    }
    beside
}

fn lossy(page: &Page) -> String {
    String::from_utf8_lossy(&page.body).into_owned()
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        write!(all, "%{byte:02X}").unwrap();
        all
    })
}

/// An address with its variables filled in.
fn address(route: &Route, of: impl Fn(&str) -> String) -> String {
    let parts = route.path.split('/').map(|part| {
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => of(name),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A sample at their terminal, again whenever what was sent ended their session.
struct Seat<'a> {
    site: &'a Site,
    person: &'static str,
    browser: Browser,
    form: String,
}

impl<'a> Seat<'a> {
    fn new(site: &'a Site, person: &'static str) -> Self {
        let mut browser = site.seated(person);
        let form = browser.get("/").field("form").unwrap();
        Self {
            site,
            person,
            browser,
            form,
        }
    }

    fn ask(&mut self, route: &Route, path: &str, value: &str) -> Page {
        let page = self.once(route, path, value);
        if page.status == 429 {
            // Wrong tries before this one make it wait: it is what it would be later.
            self.site.hand.forward(16 * 60);
            *self = Self::new(self.site, self.person);
            return self.once(route, path, value);
        }
        if route.needs == Needs::SignIn && matches!(page.location(), "/sign-in" | "/lock") {
            *self = Self::new(self.site, self.person);
            return self.once(route, path, value);
        }
        page
    }

    fn once(&mut self, route: &Route, path: &str, value: &str) -> Page {
        let fields = || route.fields.iter().map(|name| (*name, value));
        match (route.method, route.body) {
            ("GET", _) => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(fields());
                self.browser.get(&format!("{path}?{}", query.finish()))
            }
            (_, Body::Form) => {
                let form = [("form", self.form.as_str())];
                let all: Vec<_> = form.into_iter().chain(fields()).collect();
                self.browser.post(path, &all)
            }
            (_, Body::File) => {
                let kind = [("content-type", "multipart/form-data; boundary=edge")];
                let part = |name: &str, value: &str| {
                    format!(
                        "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    )
                };
                let mut body = part("form", &self.form);
                body.extend(fields().map(|(name, value)| part(name, value)));
                body.push_str("--edge--\r\n");
                self.browser.send("POST", path, &kind, body.as_bytes())
            }
        }
    }
}

/// What there is of another study, by the variables of addresses.
struct Theirs(Vec<(&'static str, String)>);

impl Theirs {
    fn of(&self, name: &str) -> String {
        let found = self.0.iter().find(|(known, _)| *known == name);
        // A new variable of an address needs something of another study here.
        found
            .unwrap_or_else(|| panic!("nothing of another study for {{{name}}}"))
            .1
            .clone()
    }
}

/// What isn't anywhere, of the same make.
fn nowhere(name: &str) -> String {
    match name {
        "grant" | "question" | "reset" | "saved" | "slot" | "entry" => "99999".to_owned(),
        "report" => "R-099999".to_owned(),
        name => format!("no-{name}"),
    }
}

/// Whoever works in the other study.
fn account() -> PersonRecord {
    PersonRecord {
        person: "other-person".to_owned(),
        name: HIDDEN.to_owned(),
        affiliation: HIDDEN.to_owned(),
        language: "ja".to_owned(),
        added_at: now(),
        added_by: "demo".to_owned(),
        suspended_at: None,
        password: None,
        password_at: None,
        password_long: false,
        pledged_at: Some(now()),
        single_factor: None,
        failures: 0,
        failed_at: None,
    }
}

/// A report that was made in a session of the other study.
fn report(sitting: &SittingRecord) -> ReportEntry {
    ReportEntry {
        study: OTHER.to_owned(),
        kind: "catalogue".to_owned(),
        title: HIDDEN.to_owned(),
        note: Some(HIDDEN.to_owned()),
        source: None,
        person: sitting.person.clone(),
        sitting: sitting.sitting.clone(),
        terminal: sitting.terminal.clone(),
        place: sitting.place.clone(),
        made_at: now(),
        copies: 1,
        digest: HIDDEN.to_owned(),
    }
}

/// Gives the other study a person with a session, a question, a kept statement, a package and a time of use.
fn other(site: &mut Site) -> Theirs {
    let mut store = site.stop();
    let person = account();
    let terminal = TerminalRecord {
        terminal: "other-terminal".to_owned(),
        place: "demo".to_owned(),
        study: Some(OTHER.to_owned()),
        code: None,
        enrolled_at: Some(now()),
        revoked_at: None,
        failures: 0,
        failed_at: None,
    };
    let sitting = SittingRecord {
        sitting: "other-sitting".to_owned(),
        token_sha256: "00".repeat(32),
        person: person.person.clone(),
        terminal: terminal.terminal.clone(),
        place: "demo".to_owned(),
        study: Some(OTHER.to_owned()),
        factor: "none".to_owned(),
        opened_at: now(),
        seen_at: now(),
        locked_at: None,
        closed: None,
    };
    let package = QuarantineRecord {
        delivery: "other-delivery".to_owned(),
        study: OTHER.to_owned(),
        sha256: "00".repeat(32),
        bytes: 1,
        state: "received".to_owned(),
        received_at: now(),
        received_by: HIDDEN.to_owned(),
        body: json!({}),
        ended_at: None,
    };
    let txn = store.begin().unwrap();
    txn.add_person(&person).unwrap();
    txn.add_grant(&person.person, "handler", Some(OTHER), now(), "demo")
        .unwrap();
    txn.propose_reset(&person.person, HIDDEN, "", now(), "demo")
        .unwrap();
    txn.add_terminal(&terminal, now(), "demo").unwrap();
    txn.open_sitting(&sitting).unwrap();
    let question = txn
        .add_question(OTHER, &person.person, &sitting.sitting, HIDDEN, now())
        .unwrap();
    txn.save_question(OTHER, &person.person, HIDDEN, HIDDEN, now())
        .unwrap();
    txn.quarantine(&package).unwrap();
    let report = txn.add_report(&report(&sitting)).unwrap();
    let event = Event::new("session.opened", &person.person, now())
        .with("study", OTHER)
        .with("person", HIDDEN);
    txn.commit(&event).unwrap();
    let grant = store.grants_of(&person.person).unwrap()[0].grant;
    let saved = store.saved_questions(OTHER).unwrap()[0].saved;
    let entry = store.last_event().unwrap();
    drop(store);
    site.start();
    let number = |number: i64| number.to_string();
    Theirs(vec![
        ("study", OTHER.to_owned()),
        ("person", person.person),
        ("terminal", terminal.terminal),
        ("sitting", sitting.sitting),
        ("delivery", package.delivery),
        ("report", format!("R-{report:06}")),
        ("question", number(question)),
        ("saved", number(saved)),
        ("grant", number(grant)),
        ("reset", "1".to_owned()),
        ("slot", "1".to_owned()),
        ("entry", entry.to_string()),
        ("place", "demo".to_owned()),
        ("factor", "other-factor".to_owned()),
        ("name", "none.css".to_owned()),
    ])
}

/// The actions that the catalogue names: those that there are.
fn actions() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/i18n/en/cli.ftl");
    let text = std::fs::read_to_string(file).unwrap();
    let (_, list) = text.split_once("word-action = ").unwrap();
    let names = list.lines().skip(1).map_while(|line| {
        let (name, _) = line
            .trim()
            .trim_start_matches('*')
            .strip_prefix('[')?
            .split_once(']')?;
        Some(name.to_owned())
    });
    names.collect()
}

/// The record is whole and says what somebody did, in words that it has.
pub(crate) fn record_is_whole(site: &mut Site) {
    site.has_words();
    let store = site.stop();
    let standing = store.verify_log(site.party.path(), &site.party.card, &[]);
    let entries = store.events().unwrap();
    assert_eq!(standing.unwrap().entries, entries.len() as u64);
    let known = actions();
    assert!(known.len() > 100, "{known:?}");
    let people: BTreeSet<_> = SAMPLES.iter().map(|sample| sample.person).collect();
    for entry in &entries {
        let event = &entry.event;
        assert!(known.contains(&event.action.replace('.', "-")), "{event:?}");
        if let Some(person) = event
            .details
            .get("person")
            .and_then(|person| person.as_str())
        {
            assert!(
                people.contains(person) || person == HIDDEN || person == "other-person",
                "{event:?}"
            );
        }
    }
}

#[test]
fn hostile_texts_in_every_field_and_address_are_text() {
    let mut site = linked::site();
    let theirs = other(&mut site);
    let dir = site.party.path().to_str().unwrap().to_owned();
    for person in PEOPLE {
        let mut seat = Seat::new(&site, person);
        for route in ROUTES {
            // A wrong password is paid for, and costs everybody the same.
            if route.fields.contains(&"password") && person != PEOPLE[0] {
                continue;
            }
            for text in texts() {
                // The field is reached where the address is one, so once with and once without.
                let ours = |name: &str| match name {
                    "study" => STUDY.to_owned(),
                    name => theirs.of(name),
                };
                let path = address(route, ours);
                let place = format!("{} {path} {text:?} {person}", route.method);
                let page = seat.ask(route, &path, &text);
                is_well(&page, &place, &dir);
                // Who may not is told so before anything is read.
                if page.status == 403 {
                    break;
                }
                if route.path.contains('{') {
                    let path = address(route, |_| encoded(&text));
                    let page = seat.ask(route, &path, &text);
                    is_well(&page, &format!("{} {path} {person}", route.method), &dir);
                }
            }
            // What isn't UTF-8 is nowhere.
            if route.path.contains('{') {
                let path = address(route, |_| "%FF%00".to_owned());
                let page = seat.ask(route, &path, "");
                assert!([403, 404].contains(&page.status), "{path}: {}", page.status);
            }
        }
    }
    record_is_whole(&mut site);
}

#[test]
fn what_is_too_long_or_of_another_kind_is_refused_at_every_address() {
    let mut site = linked::site();
    let theirs = other(&mut site);
    let dir = site.party.path().to_str().unwrap().to_owned();
    let long = "a".repeat(10 << 20);
    let json_of = |route: &Route| {
        let fields = route
            .fields
            .iter()
            .map(|name| ((*name).to_owned(), json!([1, {}])));
        serde_json::Value::Object(fields.collect()).to_string()
    };
    for person in ["study-operator", "security-manager"] {
        let mut seat = Seat::new(&site, person);
        for route in ROUTES {
            let path = address(route, |name| match name {
                "study" => STUDY.to_owned(),
                name => theirs.of(name),
            });
            let place = format!("{} {path} {person}", route.method);
            let field = route.fields.first().copied().unwrap_or("form");
            if route.method == "GET" {
                let page =
                    seat.browser
                        .try_send("GET", &format!("{path}?{field}={long}"), &[], b"");
                assert!(
                    page.is_none_or(|page| (400..500).contains(&page.status)),
                    "{place}"
                );
                let page = seat.ask(
                    route,
                    &format!("{path}?{field}=a&{field}=b&{field}[]=c&{field}="),
                    "a",
                );
                is_well(&page, &place, &dir);
                continue;
            }
            let json = json_of(route);
            let form = "application/x-www-form-urlencoded";
            let file = "multipart/form-data; boundary=edge";
            let whole = format!("form={}&{field}={long}", seat.form);
            let part = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{long}\r\n--edge--\r\n"
            );
            let twice = format!("form={}&{field}=1&{field}=2", seat.form);
            for (kind, body) in [
                (form, whole.as_str()),
                (file, part.as_str()),
                (form, twice.as_str()),
                (form, "form=%FF%FE&a=%"),
                ("application/json", json.as_str()),
                ("text/plain", "form=a"),
                ("multipart/form-data", "form=a"),
                ("", ""),
            ] {
                let headers = [("content-type", kind)];
                let sent = seat
                    .browser
                    .try_send("POST", &path, &headers, body.as_bytes());
                let Some(page) = sent else {
                    // Who sends more than is read may lose the answer with the connection.
                    assert!(body.len() > 1 << 20, "{place} {kind}: no answer");
                    continue;
                };
                is_well(&page, &format!("{place} {kind}"), &dir);
                let goes_on = page.status == 303
                    && !matches!(page.location(), "/sign-in" | "/lock" | "/demo");
                let taken = page.status == 200 || page.status == 204 || goes_on;
                // An empty form and one that says nothing of its fields are forms.
                let is_form = kind == form && body.starts_with("form=%FF");
                assert!(
                    !taken || is_form,
                    "{place} {kind} was taken: {}",
                    page.status
                );
            }
        }
    }
    record_is_whole(&mut site);
}

#[test]
fn the_ids_of_another_study_are_those_of_nothing() {
    let mut site = linked::site();
    let theirs = other(&mut site);
    let before = count(&mut site);
    let in_study = SAMPLES.iter().filter(|sample| sample.in_study);
    for sample in in_study {
        let mut seat = Seat::new(&site, sample.person);
        for route in ROUTES.iter().filter(|route| route.needs == Needs::SignIn) {
            let mine = |name: &str, of: &dyn Fn(&str) -> String| match name {
                "study" => STUDY.to_owned(),
                name => of(name),
            };
            let of_theirs = |name: &str| theirs.of(name);
            for (there, nothing) in [
                (address(route, of_theirs), address(route, nowhere)),
                (
                    address(route, |name| mine(name, &of_theirs)),
                    address(route, |name| mine(name, &nowhere)),
                ),
            ] {
                if there == nothing {
                    continue;
                }
                let place = format!("{} {there} {}", route.method, sample.person);
                let answers = [&there, &nothing].map(|path| seat.ask(route, path, ""));
                let [found, none] = answers;
                // A wrong password is refused before anything is looked for.
                let refused = [403, 404, 422].contains(&found.status);
                assert!(refused, "{place}: {}", found.status);
                assert_eq!(found.status, none.status, "{place}");
                if found.status != 422 {
                    assert_eq!(found.text(), none.text(), "{place}");
                }
            }
            // And in its fields.
            if route.fields.is_empty() || route.fields.contains(&"password") {
                continue;
            }
            let path = address(route, |name| mine(name, &nowhere));
            let ids: BTreeSet<_> = theirs.0.iter().map(|(_, id)| id).collect();
            for id in ids {
                let page = seat.ask(route, &path, id);
                assert!(
                    !lossy(&page).contains(HIDDEN),
                    "{path} {id} {}",
                    sample.person
                );
            }
        }
    }
    site.has_words();
    assert_eq!(
        count(&mut site),
        before,
        "something of the other study changed"
    );
}

/// What there is of the other study.
fn count(site: &mut Site) -> String {
    let store = site.stop();
    let told = format!(
        "{:?} {:?} {:?} {:?}",
        store.quarantined(OTHER).unwrap(),
        store.saved_questions(OTHER).unwrap(),
        store.grants_of("other-person").unwrap(),
        store.places().unwrap(),
    );
    drop(store);
    site.start();
    told
}
