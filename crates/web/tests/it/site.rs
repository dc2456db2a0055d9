//! A workspace that serves, with people of every role.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use jiff::Timestamp;
use renketsu_access::session::Idle;
use renketsu_seal::Role;
use renketsu_seal::sign_in::PasswordCost;
use renketsu_seal::vault::{Entry, FileName, OpenStudy, Vault, VaultCost, VaultKey};
use renketsu_store::{Event, Store};
use renketsu_testkit::{Party, now, passphrase};
use renketsu_web::{
    Answer, Clock, Engine, Imported, Keys, Listening, Refusal, ServeError, Settings, Stop,
    Stopping, serve,
};
use renketsu_workspace::scan::Scanner;
use renketsu_workspace::{
    Import, ImportError, ImportTable, Link, LinkEngine, LinkTable, Linked, NewStudy, Output,
    Removal, Step, TableSource, Written, accounts, remove_persons,
};
use tokio::sync::oneshot;

use crate::browser::Browser;
use crate::words::Catalogues;

pub(crate) const HOST: &str = "workspace.internal";
/// The study whose people there are.
pub(crate) const STUDY: &str = "heart";
/// Another study, of which nobody here may learn.
pub(crate) const OTHER: &str = "secret-kidney";

/// A clock that a test moves.
#[derive(Debug, Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    fn at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(start.as_second())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// What the engine does with a question.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    Answer(Answer),
    Refuse(Refusal),
    /// It works until it is told to stop.
    Work,
    Panic,
}

/// An engine that does what it is told; nothing is computed here.
#[derive(Debug, Clone)]
pub(crate) struct Told(Arc<Mutex<Does>>);

impl Default for Told {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Does::Answer(Answer::default()))))
    }
}

impl Told {
    /// From the next question on.
    pub(crate) fn to(&self, does: Does) {
        *self.0.lock().unwrap() = does;
    }
}

impl Engine for Told {
    fn ask(&self, _: &Path, _: &Linked, _: &str, stopping: &Stopping) -> Result<Answer, Refusal> {
        let does = self.0.lock().unwrap().clone();
        match does {
            Does::Answer(answer) => Ok(answer),
            Does::Refuse(refusal) => Err(refusal),
            Does::Work => {
                while !stopping.is_asked() {
                    std::thread::yield_now();
                }
                Err(Refusal {
                    code: "engine.query.stopped",
                    details: Vec::new(),
                    exit: 1,
                })
            }
            Does::Panic => panic!("the engine has a bug"),
        }
    }

    /// Reads the table out of the package, so that a package that can't be read isn't imported, and keeps nothing.
    fn import(
        &self,
        store: &mut Store,
        keys: Keys<'_>,
        ask: &Import<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<Imported, Refusal> {
        let party = Some((keys.party, keys.trust));
        kept(renketsu_workspace::import(
            store, keys.vault, party, &Keeps, ask, watch, now,
        ))
    }

    fn remove(
        &self,
        store: &mut Store,
        keys: Keys<'_>,
        ask: Removal<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<Imported, Refusal> {
        let party = (keys.party, keys.trust);
        kept(remove_persons(
            store, keys.vault, party, &Keeps, ask, watch, now,
        ))
    }

    fn link(
        &self,
        store: &mut Store,
        vault: &VaultKey,
        ask: Link<'_>,
        watch: &dyn Fn(Step),
        now: Timestamp,
    ) -> Result<u64, Refusal> {
        let refused = self.0.lock().unwrap().clone();
        if let Does::Refuse(refusal) = refused {
            return Err(refusal);
        }
        let linked = renketsu_workspace::link(store, vault, &Keeps, ask, watch, now);
        let (version, _) = linked.map_err(|error| Refusal {
            code: error.code().unwrap_or("engine.told"),
            details: error.details(),
            exit: 1,
        })?;
        Ok(version)
    }
}

fn kept(
    done: Result<renketsu_workspace::Imported<u64>, ImportError<Fails>>,
) -> Result<Imported, Refusal> {
    let done = done.map_err(|error| Refusal {
        code: error.code().unwrap_or("engine.told"),
        details: error.details(),
        exit: 1,
    })?;
    Ok(Imported {
        version: done.version,
        rows: done.report,
        ..Imported::default()
    })
}

/// Keeps a table as one file, of which nothing is read; its report is how long it is.
#[derive(Debug)]
struct Keeps;

#[derive(Debug, thiserror::Error)]
#[error("told to fail")]
struct Fails;

impl LinkEngine for Keeps {
    type ImportReport = u64;
    type LinkReport = serde_json::Value;
    type Error = Fails;

    fn import(
        &self,
        source: TableSource,
        table: &ImportTable<'_>,
        out: &Output<'_>,
    ) -> Result<Written<u64>, Fails> {
        let mut bytes = Vec::new();
        match source {
            TableSource::Package { mut reader, .. } => reader.read_to_end(&mut bytes),
            TableSource::Pair {
                mut columns,
                mut ids,
                ..
            } => columns
                .read_to_end(&mut bytes)
                .and_then(|_| ids.read_to_end(&mut bytes)),
            TableSource::Plain { path } => {
                std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
            }
        }
        .map_err(|_| Fails)?;
        let key = out.study.study_key();
        let name = FileName {
            study: key.study().to_owned(),
            table: table.name.to_owned(),
            file: "rows".to_owned(),
            version: out.version,
        };
        std::fs::create_dir(out.dir).unwrap();
        let path = out.dir.join("rows.parquet");
        std::fs::write(&path, b"sealed").unwrap();
        let entry = Entry {
            key: key.new_file(&name).unwrap().1,
            name,
            path: path.strip_prefix(out.root).unwrap().display().to_string(),
            bytes: 6,
            sha256: String::new(),
        };
        Ok(Written {
            report: bytes.len() as u64,
            files: vec![entry],
        })
    }

    /// Finds nobody in the tables it is given, and fails without one.
    fn link(
        &self,
        tables: &[LinkTable],
        _: Option<u64>,
        out: &Output<'_>,
    ) -> Result<Written<serde_json::Value>, Fails> {
        if tables.is_empty() {
            return Err(Fails);
        }
        std::fs::create_dir_all(out.dir).unwrap();
        let none = serde_json::json!({"number": 0, "kana_attached": 0, "kana_person": 0});
        let tables = tables.iter().map(|table| {
            serde_json::json!({
                "name": table.name, "kind": table.kind.as_str(), "rows": 0, "persons": 0, "rows_by": none,
                "unlinked": {"no_id": 0, "kana_not_unique": 0, "kana_ambiguous": 0},
            })
        });
        let tables: Vec<_> = tables.collect();
        Ok(Written {
            report: serde_json::json!({
                "persons": 0, "persons_by_number": 0, "persons_by_kana": 0, "tables": tables,
            }),
            files: Vec::new(),
        })
    }

    fn verify(&self, _: &Path, _: &Arc<OpenStudy>, _: &Entry) -> Result<(), Fails> {
        Err(Fails)
    }
}

struct Running {
    at: Listening,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServeError>>,
}

/// What a site is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum People {
    /// Nobody yet.
    Nobody,
    /// Samples of every role, in [`STUDY`] and in the office.
    Samples,
}

pub(crate) struct Site {
    pub(crate) party: Party,
    pub(crate) hand: Hand,
    pub(crate) words: Catalogues,
    pub(crate) engine: Told,
    /// From the next start on.
    pub(crate) scanner: Option<Scanner>,
    root: Vec<u8>,
    /// The same for programs of others.
    pub(crate) pem: String,
    people: People,
    running: Option<Running>,
}

fn study(store: &mut Store, vault: &VaultKey, name: &str, provision: &str) {
    NewStudy::parse(name, provision)
        .unwrap()
        .create(store, vault, None, now())
        .unwrap();
}

/// How a workspace in this directory is served.
pub(crate) fn settings(dir: &Path, engine: &Told, words: &Catalogues, people: People) -> Settings {
    Settings {
        dir: dir.to_owned(),
        listen: "127.0.0.1:0".parse().unwrap(),
        vault: Some(Vault::open(dir, &passphrase()).unwrap()),
        engine: Arc::new(engine.clone()),
        words: Arc::new(words.clone()),
        read_clock: || None,
        cost: PasswordCost::Light,
        idle: Idle::default(),
        scanner: None,
        demo: people == People::Samples,
    }
}

impl Site {
    /// A workspace with two studies that is being served.
    pub(crate) fn new(people: People) -> Self {
        Self::at(people, now())
    }

    /// The same, from this moment on.
    pub(crate) fn at(people: People, start: Timestamp) -> Self {
        let party = Party::new(Role::Workspace, "大学");
        let mut store = Store::open(party.path()).unwrap();
        let vault = Vault::create(party.path(), &passphrase(), VaultCost::Light).unwrap();
        study(&mut store, &vault, STUDY, "P-2026-0001");
        study(&mut store, &vault, OTHER, "P-2026-0002");
        if people == People::Samples {
            let name = |sample: accounts::Sample| format!("見本 {}", sample.person);
            accounts::add_samples(&mut store, STUDY, "大学", &name, "ja", start).unwrap();
        }
        // Programs of others know this machine by no other name than the second.
        let hosts = [HOST.to_owned(), "localhost".to_owned()];
        let pem =
            renketsu_site::init(party.path(), &party.keys, &mut store, &hosts, start).unwrap();
        drop(store);
        let mut site = Self {
            root: renketsu_site::one_certificate(pem.as_bytes()).unwrap(),
            pem,
            party,
            hand: Hand::at(start),
            words: Catalogues::load(),
            engine: Told::default(),
            scanner: None,
            people,
            running: None,
        };
        site.start();
        site
    }

    pub(crate) fn start(&mut self) {
        assert!(self.running.is_none(), "one at a time");
        let dir = self.party.path().to_owned();
        let keys = renketsu_seal::party::open(&dir, &passphrase()).expect("the keys of the party");
        let keys = Arc::new(keys);
        let settings = Settings {
            scanner: self.scanner.clone(),
            ..settings(&dir, &self.engine, &self.words, self.people)
        };
        let hand = self.hand.clone();
        let (stop, told) = oneshot::channel();
        let (ready, at) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let clock = Clock::new(move || hand.now());
            serve(settings, &keys, &clock, Stop::Told(told), |listening| {
                ready.send(listening).unwrap();
            })
        });
        let Ok(at) = at.recv() else {
            panic!("not served: {:?}", thread.join().unwrap());
        };
        self.running = Some(Running { at, stop, thread });
    }

    /// Stops serving; the state can be looked at from here on.
    pub(crate) fn stop(&mut self) -> Store {
        if let Some(running) = self.running.take() {
            drop(running.stop);
            running.thread.join().unwrap().unwrap();
        }
        Store::open_proven(self.party.path(), &self.party.proof()).unwrap()
    }

    /// Lets a person have enrolled, beside the running server.
    pub(crate) fn enrolled(&self, person: &str) {
        let mut store = Store::open_proven(self.party.path(), &self.party.proof()).unwrap();
        let txn = store.begin().unwrap();
        txn.pledged(person, self.hand.now()).unwrap();
        let event = Event::new("account.enrolled", person, self.hand.now());
        txn.commit(&event).unwrap();
    }

    pub(crate) fn founding(&self) -> Option<String> {
        let running = self.running.as_ref().unwrap();
        let code = running.at.founding.as_ref()?;
        Some(code.reveal().to_string())
    }

    /// A browser that has been nowhere yet.
    pub(crate) fn browser(&self) -> Browser {
        let running = self.running.as_ref().expect("a server");
        self.browser_at(running.at.address)
    }

    /// The same, of a process of its own that serves this workspace.
    pub(crate) fn browser_at(&self, address: SocketAddr) -> Browser {
        Browser::new(address, &self.root)
    }

    /// A browser in which this sample has sat down.
    pub(crate) fn seated(&self, person: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.post("/demo", &[("person", person)]);
        assert_eq!((page.status, page.location()), (303, "/"), "{person}");
        browser
    }

    /// Every event so far as `action object`, after the server stopped.
    pub(crate) fn told(&mut self) -> Vec<(String, String)> {
        let store = self.stop();
        let events = store.events().unwrap();
        events
            .iter()
            .map(|entry| (entry.event.action.clone(), entry.event.object.clone()))
            .collect()
    }

    /// Every message that a page asked for stands in the catalogues.
    pub(crate) fn has_words(&self) {
        assert_eq!(self.words.missing(), Vec::<String>::new());
    }
}
