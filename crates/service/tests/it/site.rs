//! An authority that serves, and its producers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use renketsu_authority::controls::Declared;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::fee::application::{self, Handed};
use renketsu_authority::issue;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, KanaIds, Opening};
use renketsu_authority::registration::register;
use renketsu_authority::registry::Acceptance;
use renketsu_duty::meter::Reading;
use renketsu_identity::ProvisionCode;
use renketsu_producer::Producer;
use renketsu_producer::certification::certify;
use renketsu_producer::request::{Keys, RequestOrder, request};
use renketsu_producer::sources::{Source, Threads};
use renketsu_seal::package::{Certification, Opened, Sealed};
use renketsu_seal::{Role, Trust, party};
use renketsu_service::{
    CertificateOrder, Clock, Delivered, Limits, Link, Listening, SendError, SendOrder, ServeError,
    Settings, Stop, Title, Words, enrol, init, new_certificate, send, serve, set_authority,
};
use renketsu_store::{Event, Store};
use renketsu_table::columns::ColumnMap;
use renketsu_table::delimited::Options;
use renketsu_testkit::{Party, introduce, now, passphrase, today};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(crate) const PROVISION: &str = "P-2026-0001";

/// Numbers of people, none beside another.
fn numbers() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(12_345), |number| Some(number * 48_271 % 99_999_989))
}

/// A clock that a test moves.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(now().as_second())))
    }

    /// What the clock of the machine shows.
    #[expect(
        clippy::disallowed_methods,
        reason = "for a judge with no clock of ours"
    )]
    pub(crate) fn of_the_machine() -> Self {
        Self(Arc::new(AtomicI64::new(Timestamp::now().as_second())))
    }

    pub(crate) fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        let nanos = AtomicU64::new(0);
        Clock::new(
            move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap(),
            move || Reading {
                boot: "boot".to_owned(),
                nanos: nanos.fetch_add(1_000_000, Ordering::SeqCst),
            },
        )
    }

    pub(crate) fn forward(&self, hours: i64) {
        self.0.fetch_add(hours * 3600, Ordering::SeqCst);
    }
}

/// A service in a thread.
struct Running {
    at: Listening,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ServeError>>,
}

pub(crate) struct Site {
    pub(crate) authority: Party,
    pub(crate) producer: Party,
    pub(crate) other: Party,
    pub(crate) files: TempDir,
    pub(crate) hand: Hand,
    pub(crate) root: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) listen: [u8; 4],
    running: Option<Running>,
}

fn certification() -> Certification {
    Certification {
        kind: "anonymized".to_owned(),
        number: "N-1".to_owned(),
        ground: "19-1".to_owned(),
    }
}

impl Site {
    /// Two producers that can connect to an authority with one provision, and as many people in its registry. Nobody serves
    /// yet.
    pub(crate) fn new(people: usize) -> Self {
        Self::at(Hand::new(), people)
    }

    /// As [`Site::new`], at another time.
    pub(crate) fn at(hand: Hand, people: usize) -> Self {
        let authority = Party::new(Role::Authority, "厚生労働大臣");
        let producer = Party::new(Role::Producer, "認定作成事業者");
        let other = Party::new(Role::Producer, "別の事業者");
        let recipient = Party::new(Role::Workspace, "大学");
        for (one, two) in [
            (&authority, &producer),
            (&authority, &other),
            (&authority, &recipient),
            (&producer, &recipient),
        ] {
            introduce(one, two);
        }
        let files = tempfile::tempdir().unwrap();
        let root = files.path().join("root.pem");
        let site = Self {
            authority,
            producer,
            other,
            files,
            hand,
            root,
            limits: Limits {
                // A test that waits for a look waits for a moment.
                look: Duration::from_millis(20),
                ..Limits::default()
            },
            listen: [127, 0, 0, 1],
            running: None,
        };
        site.keep(&site.authority.trust());
        site.prepare(people, &recipient);
        site
    }

    /// Lets the authority trust these cards, and no others.
    pub(crate) fn keep(&self, trust: &Trust) {
        let mut store = self.store();
        let before = store.trusted().unwrap();
        let list = trust.seal(before.as_deref(), &self.authority.keys).unwrap();
        let transaction = store.begin().unwrap();
        transaction.put_trusted(before.as_deref(), &list).unwrap();
        let event = Event::new("party.trusted", "", self.now()).at_trust(&list);
        transaction.commit(&event).unwrap();
    }

    fn prepare(&self, people: usize, recipient: &Party) {
        self.at_work(|at_work| self.prepare_at(at_work, people, recipient));
    }

    /// The authority at work.
    pub(crate) fn at_work<T>(&self, act: impl FnOnce(&Authority<'_>) -> T) -> T {
        let trust = self.authority.trust();
        let nanos = AtomicU64::new(0);
        let read = || Reading {
            boot: "test".to_owned(),
            nanos: nanos.fetch_add(1_000_000, Ordering::SeqCst),
        };
        let authority = Authority::new(
            self.authority.path(),
            &self.authority.keys,
            &trust,
            self.now(),
            Monotonic::new(&read),
        );
        act(&authority.unwrap())
    }

    fn prepare_at(&self, at_work: &Authority<'_>, people: usize, recipient: &Party) {
        let mut store = self.store();
        renketsu_authority::init::init(at_work, &mut store).unwrap();
        let opening = Opening {
            provision: PROVISION.to_owned(),
            study: "study-1".to_owned(),
            producer: self.producer.card.fingerprint(),
            certification: certification(),
            recipient: recipient.card.fingerprint(),
            recipient_item: "7-1".to_owned(),
            databases: vec!["ndb".to_owned()],
            kana: KanaIds::Keyed,
            controls: Declared {
                cohort: people.max(1000) as u64,
                ..Declared::default()
            },
        };
        provision::open(at_work, &mut store, &opening).unwrap();
        self.apply(at_work, "A-1");
        application::accept(at_work, &mut store, "A-1").unwrap();
        let mut csv = String::from(
            "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to\n",
        );
        for (person, number) in numbers().take(people).enumerate() {
            writeln!(
                csv,
                "R{person},ヤマダ タロウ,1980-01-02,1,01010016,1,{number},00,2015-04-01,"
            )
            .unwrap();
        }
        let path = self.file("registry.csv", csv);
        register(
            at_work,
            &mut store,
            &path,
            Options::default(),
            Acceptance::Accept,
        )
        .unwrap();
        let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let pem = init(
            self.authority.path(),
            &self.authority.keys,
            &mut store,
            &hosts,
            self.now(),
        )
        .unwrap();
        std::fs::write(&self.root, pem).unwrap();
        for producer in [&self.producer, &self.other] {
            self.enrol(producer, 365);
        }
    }

    /// An application for the provision comes, and is not decided yet.
    pub(crate) fn apply(&self, at_work: &Authority<'_>, number: &str) {
        let handed = Handed {
            number: number.to_owned(),
            provision: PROVISION.to_owned(),
            dated: date(2026, 11, 1),
            method: "document".to_owned(),
            document: self.file("application.pdf", "申出書"),
        };
        application::receive(at_work, &mut self.store(), &handed).unwrap();
    }

    /// Gives a producer a fresh certificate that the authority knows.
    pub(crate) fn enrol(&self, producer: &Party, days: u16) {
        let file = self.certificate(producer, days);
        let trust = self.authority.trust();
        enrol(&trust, &mut self.store(), &file, self.now()).unwrap();
    }

    /// Gives a producer a fresh certificate and returns the file for the authority.
    pub(crate) fn certificate(&self, producer: &Party, days: u16) -> PathBuf {
        let file = self.files.path().join("certificate.json");
        std::fs::remove_file(&file).ok();
        let mut store = Store::open_proven(producer.path(), &producer.proof()).unwrap();
        let order = CertificateOrder {
            days,
            replace: true,
            out: file.clone(),
        };
        new_certificate(
            producer.path(),
            &producer.keys,
            &mut store,
            &order,
            self.now(),
        )
        .unwrap();
        file
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.hand.clock().now()
    }

    pub(crate) fn store(&self) -> Store {
        Store::open_proven(self.authority.path(), &self.authority.proof()).unwrap()
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A sealed request of the producer for `rows` of the people, in `provision`.
    pub(crate) fn request(&self, name: &str, rows: usize, provision: &str) -> PathBuf {
        let mut csv = String::from("key,insurer,symbol,number,branch\n");
        for (row, number) in numbers().take(rows).enumerate() {
            writeln!(csv, "{name}-{row},01010016,1,{number},00").unwrap();
        }
        let table = self.file(&format!("{name}.csv"), csv);
        let columns = ColumnMap::parse(
            "columns.toml",
            "[columns]\nkey = \"key\"\ninsurer = \"insurer\"\nsymbol = \"symbol\"\nnumber = \"number\"\nbranch = \"branch\"\n",
        )
        .unwrap();
        let out = self.files.path().join(format!("{name}.rkp"));
        let trust = self.producer.trust();
        let mut store = Store::open_proven(self.producer.path(), &self.producer.proof()).unwrap();
        let mut producer = Producer {
            dir: self.producer.path(),
            keys: &self.producer.keys,
            trust: &trust,
            store: &mut store,
            now: self.now(),
            today: today(),
        };
        certify(&mut producer, "anonymized", "N-1", "19-1").unwrap();
        let order = RequestOrder {
            provision: &ProvisionCode::parse(provision).unwrap(),
            authority: &self.authority.card,
            sources: &[Source::Table {
                path: table,
                columns: Box::new(columns),
            }],
            keys: Keys::PerInstitution,
            purpose: "研究",
            expires: self.now() + SignedDuration::from_hours(24),
            out: &out,
            rejects: None,
            threads: Threads::of_machine(),
        };
        request(&mut producer, &order, &mut |_| ()).unwrap();
        out
    }

    /// What the authority serves with, on free ports.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            dir: self.authority.path().to_owned(),
            listen: (self.listen, 0).into(),
            operator: ([127, 0, 0, 1], 0).into(),
            limits: self.limits,
            valid_for: issue::VALID_FOR,
            words: Words::collect(|code| Title {
                ja: format!("日本語 {code}"),
                en: format!("English {code}"),
            }),
            token: None,
            read_clock: || None,
        }
    }

    /// Starts the service on free ports, and tells the producers where.
    pub(crate) fn start(&mut self) -> Listening {
        let settings = self.settings();
        let keys = party::open(self.authority.path(), &passphrase()).unwrap();
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let clock = self.hand.clock();
        let thread = std::thread::spawn(move || {
            serve(settings, keys, &clock, Stop::Told(stopped), |at| {
                tell.send(at).unwrap();
            })
        });
        let Ok(at) = told.recv() else {
            panic!("{:?}", thread.join().unwrap())
        };
        self.running = Some(Running { at, stop, thread });
        for producer in [&self.producer, &self.other] {
            self.point(producer, &self.root);
        }
        at
    }

    pub(crate) fn listening(&self) -> Listening {
        self.running.as_ref().unwrap().at
    }

    /// Sets the running service as the one a producer connects to, believed by `root`.
    pub(crate) fn point(&self, producer: &Party, root: &Path) {
        let url = format!("https://localhost:{}", self.listening().service.port());
        let mut store = Store::open_proven(producer.path(), &producer.proof()).unwrap();
        set_authority(
            producer.path(),
            &producer.card,
            &mut store,
            &url,
            root,
            self.now(),
        )
        .unwrap();
    }

    /// Stops the service, which must end well.
    pub(crate) fn stop(&mut self) {
        let running = self.running.take().unwrap();
        drop(running.stop);
        running.thread.join().unwrap().unwrap();
    }

    /// Sends a request of `producer`; the answer goes to the file `out`.
    pub(crate) fn send(
        &self,
        producer: &Party,
        request: &Path,
        out: Option<&str>,
    ) -> Result<Delivered, SendError> {
        let link = Link::open(producer.path(), &producer.keys).unwrap();
        let mut store = Store::open_proven(producer.path(), &producer.proof()).unwrap();
        let order = SendOrder {
            request: request.to_owned(),
            out: out.map(|name| self.files.path().join(name)),
        };
        send(&link, &mut store, &self.hand.clock(), &order, &mut |_| ())
    }

    /// An answer as the producer opens it.
    pub(crate) fn opened(&self, name: &str) -> Opened {
        Sealed::open(&self.files.path().join(name))
            .unwrap()
            .authenticate(&self.producer.keys, &self.producer.trust(), self.now())
            .unwrap()
            .verify()
            .unwrap()
    }

    /// What was recorded, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        let events = self.store().events().unwrap();
        events.into_iter().map(|entry| entry.event.action).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            drop(running.stop);
            // The test has failed or ended; how the service ended was looked at by `stop`.
            drop(running.thread.join());
        }
    }
}
