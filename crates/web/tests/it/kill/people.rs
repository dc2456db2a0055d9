//! The people at work, and what the record says of the same.

use std::collections::BTreeMap;
use std::sync::mpsc;

use renketsu_store::Event;

use crate::browser::{Browser, Page};
use crate::site::STUDY;

/// What a piece of work gave: the page, what its answer says was done, and what tells that from the like. `None`: nobody answered.
type Done = Option<(Page, &'static str, String)>;

/// A piece of work. `form` is the secret of the session's forms, `text` a name that nothing else has.
pub(super) type Piece = fn(&mut Browser, form: &str, text: &str) -> Done;

fn view(browser: &mut Browser, path: &str, action: &'static str, mark: &str) -> Done {
    let page = browser.try_send("GET", path, &[], b"")?;
    Some((page, action, mark.to_owned()))
}

fn fill(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Option<Page> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    browser.try_send("POST", path, &kind, form.finish().as_bytes())
}

fn question(browser: &mut Browser, form: &str, text: &str) -> Done {
    let sql = format!("SELECT '{text}'");
    let fields = [("form", form), ("sql", sql.as_str())];
    let page = fill(browser, &format!("/studies/{STUDY}/sql"), &fields)?;
    let number = page.location().rsplit('/').next().map(str::to_owned);
    Some((page, "ask.begun", number.unwrap_or_default()))
}

fn keep(browser: &mut Browser, form: &str, text: &str) -> Done {
    let fields = [("form", form), ("sql", "SELECT 1"), ("name", text)];
    let page = fill(browser, &format!("/studies/{STUDY}/kept"), &fields)?;
    Some((page, "ask.kept", text.to_owned()))
}

fn catalogue(browser: &mut Browser, _: &str, _: &str) -> Done {
    let path = format!("/studies/{STUDY}/data");
    view(browser, &path, "catalogue.viewed", "")
}

fn link(browser: &mut Browser, _: &str, _: &str) -> Done {
    let path = format!("/studies/{STUDY}/link");
    view(browser, &path, "link.viewed", "")
}

fn place(browser: &mut Browser, form: &str, text: &str) -> Done {
    let fields = [("form", form), ("place", text), ("place-name", text)];
    let page = fill(browser, "/places", &fields)?;
    Some((page, "place.added", text.to_owned()))
}

fn people(browser: &mut Browser, _: &str, _: &str) -> Done {
    view(browser, "/people", "people.viewed", "")
}

fn sessions(browser: &mut Browser, _: &str, _: &str) -> Done {
    view(browser, "/sessions", "sessions.viewed", "")
}

fn search(browser: &mut Browser, _: &str, text: &str) -> Done {
    let path = format!("/log?object={text}");
    view(browser, &path, "log.searched", text)
}

fn sign(browser: &mut Browser, form: &str, _: &str) -> Done {
    let page = fill(browser, "/log/sign", &[("form", form)])?;
    Some((page, "log.sign_asked", String::new()))
}

/// Who works, and what each does in turn.
pub(super) const WORK: [(&str, &[Piece]); 6] = [
    ("handler", &[question, keep]),
    ("lead", &[catalogue, link]),
    ("study-auditor", &[search]),
    ("place-manager", &[place]),
    ("security-manager", &[search, people, sign]),
    ("auditor", &[search, sessions]),
];

/// What was done that can't be told from the like: it is counted.
const COUNTED: [&str; 7] = [
    "session.opened",
    "catalogue.viewed",
    "link.viewed",
    "ask.kept",
    "people.viewed",
    "sessions.viewed",
    "log.sign_asked",
];

/// Who did what, and what tells it from the like.
pub(super) type Left = (String, String, String);

/// What an event says that answers say too.
pub(super) fn left(event: &Event) -> Option<Left> {
    let person = event.details.get("person")?.as_str()?.to_owned();
    if !WORK.iter().any(|(known, _)| *known == person) {
        return None;
    }
    let detail = |name: &str| event.details.get(name);
    let mark = match event.action.as_str() {
        "ask.begun" => detail("question")?.to_string(),
        "place.added" => event.object.clone(),
        "log.searched" => detail("of_object")?.as_str()?.to_owned(),
        action if COUNTED.contains(&action) => String::new(),
        _ => return None,
    };
    Some((person, event.action.clone(), mark))
}

pub(super) fn counted(all: impl Iterator<Item = Left>) -> BTreeMap<Left, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_insert(0) += 1;
    }
    counts
}

/// What the people were told in one life of the server.
#[derive(Default)]
pub(super) struct Life {
    pub(super) done: Vec<Left>,
    /// Names under which questions are kept.
    pub(super) kept: Vec<String>,
    /// Requests of each person of which nobody knows whether they were recorded.
    pub(super) open: BTreeMap<String, usize>,
}

impl Life {
    pub(super) fn add(&mut self, other: Self) {
        self.done.extend(other.done);
        self.kept.extend(other.kept);
        self.open.extend(other.open);
    }
}

/// One person works until nobody answers any more. Says at once when there was an answer.
pub(super) fn work(
    mut browser: Browser,
    (person, pieces): (&str, &[Piece]),
    life: usize,
    answered: &mpsc::Sender<()>,
) -> Life {
    let mut told = Life::default();
    // The last request is not answered.
    let mut open = 1;
    let mut form: Option<String> = None;
    for at in 0_usize.. {
        let text = format!("{person}-{life}-{at}");
        let done = match &form {
            None => browser
                .try_send(
                    "POST",
                    "/demo",
                    &[("content-type", "application/x-www-form-urlencoded")],
                    format!("person={person}").as_bytes(),
                )
                .map(|page| (page, "session.opened", String::new())),
            Some(form) => pieces[at % pieces.len()](&mut browser, form, &text),
        };
        let Some((page, action, mark)) = done else {
            break;
        };
        match page.status {
            200 | 303 => {}
            // One question at a time: the one before is still being answered.
            422 if action == "ask.begun" => continue,
            // The state was not to be had in time, and nothing was shown.
            503 => {
                open += 1;
                continue;
            }
            _ => panic!("{person}, {action}: {} {}", page.status, page.text()),
        }
        assert_ne!(page.location(), "/sign-in", "{person}, {action}");
        let counts = COUNTED.contains(&action);
        if action == "ask.kept" {
            told.kept.push(mark.clone());
        }
        let mark = if counts { String::new() } else { mark };
        told.done.push((person.to_owned(), action.to_owned(), mark));
        // Nobody may be listening any more.
        let _unheard = answered.send(());
        if form.is_none() {
            let Some(home) = browser.try_send("GET", "/", &[], b"") else {
                break;
            };
            form = home.field("form");
        }
    }
    told.open.insert(person.to_owned(), open);
    told
}
