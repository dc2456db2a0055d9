//! SIGKILL of the server while people work: what was answered stands, and the log is whole.

mod people;
mod process;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc;

use renketsu_access::session::End;
use renketsu_store::{EventEntry, Store};

use crate::linked;
use crate::site::{STUDY, Site};
use people::{Life, WORK, counted, left, work};
use process::{Server, serve_here, served};

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
