//! SIGKILL of the server while people work: what was answered stands, and the log is whole.
//!
//! The server is a process of its own: this test program, started again with the directory that it serves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, mpsc};

use renketsu_access::session::End;
use renketsu_store::{Event, EventEntry, Store};
use renketsu_testkit::{now, passphrase};
use renketsu_web::{Clock, Stop, serve};
use tokio::sync::oneshot;

use crate::browser::{Browser, Page};
use crate::linked;
use crate::site::{People, STUDY, Site, Told, settings};
use crate::words::Catalogues;

/// This test, as the program of the tests is asked for it.
const TEST: &str = "kill::a_kill_at_any_time_loses_nothing_that_was_answered";
/// The directory that the process serves.
const SERVES: &str = "RENKETSU_SERVES";
/// What it says before its address.
const AT: &str = "served at ";
/// Answers at most between a start and a kill.
const ANSWERS: u64 = 50;
/// Turns given to others at most between the answer or the start that a kill waits for, and the kill.
const TURNS: u64 = 4_000;
/// Of so many kills one comes while the server starts.
const STARTING: u64 = 5;

/// A number from the environment: how many kills and the seed of where they come.
#[expect(
    clippy::disallowed_methods,
    reason = "a longer run of the same test, or another one, is asked for by its environment"
)]
fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |number| number.parse().unwrap())
}

fn served() -> Option<PathBuf> {
    std::env::var_os(SERVES).map(PathBuf::from)
}

/// Serves until nobody holds the other end of the standard input.
fn serve_here(dir: &Path) {
    let keys = Arc::new(renketsu_seal::party::open(dir, &passphrase()).unwrap());
    let words = Catalogues::load();
    let settings = settings(dir, &Told::default(), &words, People::Samples);
    let (stop, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        std::io::stdin().read_to_end(&mut said).unwrap();
        drop::<oneshot::Sender<()>>(stop);
    });
    serve(settings, &keys, &Clock::new(now), Stop::Told(told), |at| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{AT}{}", at.address).unwrap();
        out.flush().unwrap();
    })
    .unwrap();
}

/// The process that serves; killed when it is dropped.
struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Server {
    fn spawn(dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST])
            .env(SERVES, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        Self { child, stdin }
    }

    /// Where it serves, once it says so.
    fn address(&mut self) -> SocketAddr {
        let out = BufReader::new(self.child.stdout.take().unwrap());
        let mut lines = out.lines().map(Result::unwrap);
        // The program of the tests may have begun the line.
        let at = lines.find_map(|line| line.split_once(AT).map(|(_, at)| at.parse().unwrap()));
        // What it says later goes nowhere, but it may say it.
        std::thread::spawn(move || lines.for_each(drop));
        at.expect("an address")
    }

    /// Waits until the record has gone on from where it was.
    fn has_recorded(&mut self, store: &Store, before: u64) {
        while store.last_event().unwrap() == before {
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended");
            std::thread::yield_now();
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to end, and sees that it ended well.
    fn stop(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Numbers in no order, the same ones for a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What a piece of work gave: the page, what its answer says was done, and what tells that from the like. `None`: nobody answered.
type Done = Option<(Page, &'static str, String)>;

/// A piece of work. `form` is the secret of the session's forms, `text` a name that nothing else has.
type Piece = fn(&mut Browser, form: &str, text: &str) -> Done;

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
const WORK: [(&str, &[Piece]); 6] = [
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
type Left = (String, String, String);

/// What an event says that answers say too.
fn left(event: &Event) -> Option<Left> {
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

fn counted(all: impl Iterator<Item = Left>) -> BTreeMap<Left, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_insert(0) += 1;
    }
    counts
}

/// What the people were told in one life of the server.
#[derive(Default)]
struct Life {
    done: Vec<Left>,
    /// Names under which questions are kept.
    kept: Vec<String>,
    /// Requests of each person of which nobody knows whether they were recorded.
    open: BTreeMap<String, usize>,
}

impl Life {
    fn add(&mut self, other: Self) {
        self.done.extend(other.done);
        self.kept.extend(other.kept);
        self.open.extend(other.open);
    }
}

/// One person works until nobody answers any more. Says at once when there was an answer.
fn work(
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

/// Where a kill comes.
#[derive(Debug)]
enum Point {
    /// While the server starts, before it says where it is: at any time, or as soon as it has recorded something.
    Starting { recorded: bool },
    /// After so many answers.
    Answers(u64),
}

/// Gives others a number of turns, which is in no step with what they do.
fn wait_about(turns: u64) {
    for _ in 0..turns {
        std::thread::yield_now();
    }
}

/// Lets people work and kills the server; nothing if it hadn't said where it is.
fn killed(site: &Site, dir: &Path, number: usize, point: &Point, turns: u64) -> Option<Life> {
    let store = Store::open(dir).unwrap();
    let before = store.last_event().unwrap();
    let mut server = Server::spawn(dir);
    let answers = match point {
        Point::Starting { recorded } => {
            if *recorded {
                server.has_recorded(&store, before);
            }
            wait_about(turns);
            server.kill();
            return None;
        }
        Point::Answers(answers) => answers,
    };
    drop(store);
    let address = server.address();
    let mut life = Life::default();
    std::thread::scope(|scope| {
        let (answered, heard) = mpsc::channel();
        let people: Vec<_> = WORK
            .iter()
            .map(|who| {
                let (browser, answered) = (site.browser_at(address), answered.clone());
                scope.spawn(move || work(browser, *who, number, &answered))
            })
            .collect();
        drop(answered);
        for _ in 0..*answers {
            // Where everybody has gone, their threads say why.
            if heard.recv().is_err() {
                break;
            }
        }
        wait_about(turns);
        server.kill();
        for person in people {
            life.add(person.join().unwrap());
        }
    });
    Some(life)
}

/// What is known of the record, from one kill to the next.
#[derive(Default)]
struct Known {
    /// Where it ended, and the hash there.
    head: Option<(u64, String)>,
    kept: BTreeSet<String>,
    places: BTreeSet<String>,
    /// Sessions and questions that the last kill left open.
    sittings: BTreeSet<String>,
    questions: BTreeSet<i64>,
}

impl Known {
    /// Holds the state as a kill left it against what people were told; says how many events came.
    fn check(&mut self, site: &Site, life: Option<Life>) -> usize {
        let store = Store::open_proven(site.party.path(), &site.party.proof()).unwrap();
        let standing = store.verify_log(site.party.path(), &site.party.card, &[]);
        let entries = store.events().unwrap();
        assert_eq!(standing.unwrap().entries, entries.len() as u64);
        // What was there is there, unchanged.
        let before = self.head.as_ref().map_or(0, |(seq, hash)| {
            let same = &entries[usize::try_from(*seq).unwrap() - 1];
            assert_eq!((same.seq, &same.hash), (*seq, hash));
            usize::try_from(*seq).unwrap()
        });
        let fresh = &entries[before..];
        self.recovered(&store, &entries, life.is_some());
        if let Some(life) = life {
            self.told(&store, fresh, life);
        }
        let last = entries.last().unwrap();
        self.head = Some((last.seq, last.hash.clone()));
        fresh.len()
    }

    /// What an earlier kill left open has been ended by a start: all of it, where the server came as far as to say where it is.
    fn recovered(&mut self, store: &Store, entries: &[EventEntry], ready: bool) {
        for id in std::mem::take(&mut self.sittings) {
            let sitting = store.sitting(&id).unwrap().unwrap();
            let closings = entries.iter().filter(|entry| {
                let details = &entry.event.details;
                entry.event.action == "session.closed" && details["session"] == id.as_str()
            });
            let reasons: Vec<_> = closings
                .map(|entry| entry.event.details["reason"].clone())
                .collect();
            match sitting.closed {
                Some((_, reason)) => {
                    assert_eq!(reason, End::Crash.as_str(), "{id}");
                    assert_eq!(reasons, [End::Crash.as_str()], "{id}");
                }
                None => assert!(!ready && reasons.is_empty(), "{id} was not closed"),
            }
        }
        for number in std::mem::take(&mut self.questions) {
            let question = store.question(STUDY, number).unwrap().unwrap();
            match question.state.as_str() {
                "failed" => assert_eq!(question.code.as_deref(), Some("web.ask.crash")),
                state => assert!(!ready && state == "running", "{number}: {state}"),
            }
        }
        let open = store.open_sittings().unwrap();
        self.sittings = open.into_iter().map(|sitting| sitting.sitting).collect();
        let running = store.running_questions().unwrap();
        self.questions = running.iter().map(|running| running.question).collect();
    }

    /// Every answer left what it says, once; and nothing is recorded that nobody asked for.
    fn told(&mut self, store: &Store, fresh: &[EventEntry], life: Life) {
        let recorded = counted(fresh.iter().filter_map(|entry| left(&entry.event)));
        for (left, times) in counted(life.done.iter().cloned()) {
            let found = recorded.get(&left).copied().unwrap_or(0);
            assert!(found >= times, "lost: {left:?}, {found} of {times}");
        }
        for (person, open) in &life.open {
            let found = recorded.iter().filter(|((by, _, _), _)| by == person);
            let found: usize = found.map(|(_, times)| times).sum();
            let told = life.done.iter().filter(|(by, _, _)| by == person).count();
            assert!(found <= told + open, "{person}: {found}, {told} told");
        }
        for (_, action, mark) in &life.done {
            match action.as_str() {
                "ask.begun" => {
                    let question = store.question(STUDY, mark.parse().unwrap()).unwrap();
                    assert_eq!(question.unwrap().person, "handler");
                }
                "place.added" => {
                    self.places.insert(mark.clone());
                }
                _ => {}
            }
        }
        self.kept.extend(life.kept);
        let saved = store.saved_questions(STUDY).unwrap();
        let saved: BTreeSet<_> = saved.into_iter().map(|saved| saved.name).collect();
        assert!(self.kept.is_subset(&saved));
        let places = store.places().unwrap();
        let places: BTreeSet<_> = places.into_iter().map(|place| place.place).collect();
        assert!(self.places.is_subset(&places));
    }
}

#[test]
fn a_kill_at_any_time_loses_nothing_that_was_answered() {
    if let Some(dir) = served() {
        return serve_here(&dir);
    }
    let (kills, seed) = (asked("RENKETSU_KILLS", 20), asked("RENKETSU_SEED", 2026));
    let mut dice = Dice(seed);
    let mut site = linked::site();
    drop(site.stop());
    let dir = site.party.path().to_owned();
    let mut known = Known::default();
    known.check(&site, None);
    let (mut starting, mut answers, mut events) = (0, 0, 0);
    for number in 0..usize::try_from(kills).unwrap() {
        let point = if dice.below(STARTING) == 0 {
            let recorded = dice.below(2) == 0;
            Point::Starting { recorded }
        } else {
            Point::Answers(dice.below(ANSWERS))
        };
        let turns = dice.below(TURNS);
        let life = killed(&site, &dir, number, &point, turns);
        match &life {
            Some(life) => answers += life.done.len(),
            None => starting += 1,
        }
        events += known.check(&site, life);
    }
    println!(
        "seed {seed}: {kills} kills, {starting} of them while it started; {answers} answers, {events} events"
    );
    assert!(
        starting < kills && answers > 0,
        "no kill met people at work"
    );
    // It goes on after all of it, and ends well.
    let mut server = Server::spawn(&dir);
    let mut browser = site.browser_at(server.address());
    assert_eq!(browser.post("/demo", &[("person", "lead")]).status, 303);
    drop(browser);
    server.stop();
    known.check(&site, Some(Life::default()));
    let store = Store::open_proven(&dir, &site.party.proof()).unwrap();
    let last = store.events().unwrap().pop().unwrap();
    assert_eq!(last.event.action, "server.stopped");
}
