//! An authority with its producer and recipient, and the packages that go between them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use renketsu_authority::controls::{Declared, Leave};
use renketsu_authority::fee::application::{self, Handed, Listed};
use renketsu_authority::fee::{FeeError, Monotonic};
use renketsu_authority::init::init;
use renketsu_authority::issue::{self, Answered, IssueError};
use renketsu_authority::methods::Transport;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, KanaIds, Opening, Provision, ProvisionError};
use renketsu_authority::registration::{Registered, RegistryError, register};
use renketsu_authority::registry::Acceptance;
use renketsu_authority::stamp::{self, Persons, StampError, Stamped};
use renketsu_duty::meter::Reading;
use renketsu_duty::notice::FeeNotice;
use renketsu_identity::KanaMode;
use renketsu_seal::package::{
    Certification, Counts, Draft, Header, Opened, PROFILE, PackageKind, Sealed,
};
use renketsu_seal::{Role, Trust};
use renketsu_store::{Event, SentPackage, Store};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::{ids, schema};
use renketsu_testkit::{Party, introduce, now};
use tempfile::TempDir;

pub(crate) const PROVISION: &str = "P-2026-0001";

/// Three parties that trust each other; the authority has its roots.
pub(crate) struct Parties {
    pub(crate) authority: Party,
    pub(crate) producer: Party,
    pub(crate) recipient: Party,
    pub(crate) store: Store,
    pub(crate) files: TempDir,
    pub(crate) now: Timestamp,
    pub(crate) clock: TestClock,
    /// How kana IDs of the provisions that open are made.
    pub(crate) kana: KanaIds,
}

/// The meter's clock: one second later whenever it is read, unless a test sets it.
#[derive(Debug)]
pub(crate) struct TestClock {
    pub(crate) boot: Mutex<String>,
    pub(crate) nanos: AtomicU64,
    pub(crate) step: AtomicU64,
}

impl TestClock {
    fn new() -> Self {
        Self {
            boot: Mutex::new("boot-1".to_owned()),
            nanos: AtomicU64::new(0),
            step: AtomicU64::new(1_000_000_000),
        }
    }

    fn read(&self) -> Reading {
        Reading {
            boot: self.boot.lock().unwrap().clone(),
            nanos: self
                .nanos
                .fetch_add(self.step.load(Ordering::SeqCst), Ordering::SeqCst),
        }
    }

    /// Time goes by.
    pub(crate) fn pass(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap();
        self.nanos.fetch_add(nanos, Ordering::SeqCst);
    }

    /// The machine is started again.
    pub(crate) fn restart(&self) {
        self.boot.lock().unwrap().push('+');
        self.nanos.store(0, Ordering::SeqCst);
    }
}

/// One row of a request: reference, then the eight fields of `identifiers`.
pub(crate) type AskedRow = (u8, [&'static str; 8]);

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerRow {
    pub(crate) reference: [u8; 16],
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) number_id: Option<[u8; 32]>,
    pub(crate) kana_id: Option<[u8; 32]>,
    pub(crate) kana_unique: Option<bool>,
}

pub(crate) const COLUMNS: [&str; 8] = [
    "insurer",
    "symbol",
    "number",
    "branch",
    "kana",
    "birth_date",
    "sex",
    "service",
];

pub(crate) fn certification() -> Certification {
    Certification {
        kind: "anonymized".to_owned(),
        number: "認定第1号".to_owned(),
        ground: "19-1".to_owned(),
    }
}

impl Parties {
    pub(crate) fn new() -> Self {
        let mut parties = Self::without_keys();
        parties.at_work(init).unwrap();
        parties
    }

    /// The authority has no key store yet.
    pub(crate) fn without_keys() -> Self {
        let authority = Party::new(Role::Authority, "厚生労働大臣");
        let producer = Party::new(Role::Producer, "認定作成事業者");
        let recipient = Party::new(Role::Workspace, "大学");
        introduce(&authority, &producer);
        introduce(&authority, &recipient);
        introduce(&producer, &recipient);
        let store = Store::open_proven(authority.path(), &authority.proof()).unwrap();
        Self {
            authority,
            producer,
            recipient,
            store,
            files: tempfile::tempdir().unwrap(),
            now: now(),
            clock: TestClock::new(),
            kana: KanaIds::Keyed,
        }
    }

    /// With a provision and a registry of this CSV.
    pub(crate) fn ready(registry: &str) -> Self {
        let mut parties = Self::new();
        parties.open_accepted();
        parties.register(registry, Acceptance::Refuse).unwrap();
        parties
    }

    pub(crate) fn at_work<T>(&mut self, act: impl FnOnce(&Authority<'_>, &mut Store) -> T) -> T {
        let trust = self.authority.trust();
        self.trusting(&trust, act)
    }

    pub(crate) fn trusting<T>(
        &mut self,
        trust: &Trust,
        act: impl FnOnce(&Authority<'_>, &mut Store) -> T,
    ) -> T {
        let clock = || self.clock.read();
        let authority = Authority::new(
            self.authority.path(),
            &self.authority.keys,
            trust,
            self.now,
            Monotonic::new(&clock),
        )
        .unwrap();
        let done = act(&authority, &mut self.store);
        // Whatever was done, every row stands in the proof.
        self.store.check().unwrap();
        done
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn opening(&self, provision: &str) -> Opening {
        Opening {
            provision: provision.to_owned(),
            study: "study-1".to_owned(),
            producer: self.producer.card.fingerprint(),
            certification: certification(),
            recipient: self.recipient.card.fingerprint(),
            recipient_item: "7-1".to_owned(),
            databases: vec!["ndb".to_owned(), "dpc".to_owned()],
            kana: self.kana,
            controls: few(),
        }
    }

    pub(crate) fn open(&mut self, opening: &Opening) -> Result<Provision, ProvisionError> {
        self.at_work(|authority, store| provision::open(authority, store, opening))
    }

    /// The provision opens, and its application is accepted.
    pub(crate) fn open_accepted(&mut self) {
        self.open(&self.opening(PROVISION)).unwrap();
        self.apply(PROVISION);
    }

    /// An application for the provision comes in and is accepted.
    pub(crate) fn apply(&mut self, provision: &str) {
        let number = format!("申出-{provision}");
        self.hand_in(&number, provision).unwrap();
        self.at_work(|authority, store| application::accept(authority, store, &number))
            .unwrap();
    }

    /// An application comes in.
    pub(crate) fn hand_in(&mut self, number: &str, provision: &str) -> Result<Listed, FeeError> {
        let handed = Handed {
            number: number.to_owned(),
            provision: provision.to_owned(),
            dated: date(2026, 11, 1),
            method: "document".to_owned(),
            document: self.file("application.pdf", "申出書"),
        };
        self.at_work(|authority, store| application::receive(authority, store, &handed))
    }

    pub(crate) fn register(
        &mut self,
        csv: &str,
        acceptance: Acceptance,
    ) -> Result<Registered, RegistryError> {
        let path = self.file("registry.csv", csv);
        self.at_work(|authority, store| {
            register(authority, store, &path, Options::default(), acceptance)
        })
    }

    pub(crate) fn request_header() -> Header {
        Header {
            kind: PackageKind::Request,
            provision: PROVISION.to_owned(),
            study: Some("study-1".to_owned()),
            profile: PROFILE.to_owned(),
            kcv: None,
            kana_mode: KanaMode::Keyed,
            sequence: 1,
            in_reply_to: None,
            custody: None,
            created: now(),
            expires: now() + SignedDuration::from_hours(24),
            purpose: "研究".to_owned(),
            places: Vec::new(),
            producer: Some(certification()),
            recipient_ground: None,
            databases: Vec::new(),
            approval: None,
            contract: None,
            period_start: None,
            period_end: None,
            fee_notice: None,
        }
    }

    /// A sealed request of these rows, from the producer.
    pub(crate) fn request(&self, name: &str, rows: &[AskedRow]) -> PathBuf {
        self.request_of(
            name,
            &self.producer,
            Self::request_header(),
            "identifiers",
            &asked_batch(rows),
        )
    }

    pub(crate) fn request_of(
        &self,
        name: &str,
        from: &Party,
        header: Header,
        table: &str,
        batch: &RecordBatch,
    ) -> PathBuf {
        let out = self.path(name);
        let mut draft = Draft::new(self.files.path());
        let json = schema::to_json(&batch.schema()).unwrap();
        let mut sink = ParquetSink::create(
            draft.table(table, json).unwrap(),
            &batch.schema(),
            &Sorting::none(),
        )
        .unwrap();
        sink.write(batch).unwrap();
        let written = sink.finish().unwrap();
        written
            .target
            .finish(Counts {
                rows: written.rows,
                ..Counts::default()
            })
            .unwrap();
        draft
            .sign(
                header,
                renketsu_testkit::given(&from.keys),
                &from.keys,
                &self.authority.card,
            )
            .unwrap()
            .seal(&out)
            .unwrap();
        out
    }

    pub(crate) fn issue(&mut self, request: &Path, out: &str) -> Result<Answered, IssueError> {
        let order = issue::Order {
            request: request.to_owned(),
            out: self.path(out),
            expires: now() + issue::VALID_FOR,
            transport: Transport::Medium,
            accept: Vec::new(),
        };
        self.at_work(|authority, store| issue::issue(authority, store, &order, &mut |_| ()))
    }

    /// Issues while `meanwhile` uses another handle of the state, as another command would.
    pub(crate) fn issue_while(
        &mut self,
        request: &Path,
        out: &str,
        mut meanwhile: impl FnMut(&Authority<'_>, &mut Store),
    ) -> Result<Answered, IssueError> {
        let order = issue::Order {
            request: request.to_owned(),
            out: self.path(out),
            expires: now() + issue::VALID_FOR,
            transport: Transport::Medium,
            accept: Vec::new(),
        };
        let mut other = Store::open_proven(self.authority.path(), &self.authority.proof()).unwrap();
        self.at_work(|authority, store| {
            issue::issue(authority, store, &order, &mut |_| {
                meanwhile(authority, &mut other);
            })
        })
    }

    /// As [`Parties::issue_while`].
    pub(crate) fn stamp_while(
        &mut self,
        order: &stamp::Order,
        mut meanwhile: impl FnMut(&Authority<'_>, &mut Store),
    ) -> Result<Stamped, StampError> {
        let mut other = Store::open_proven(self.authority.path(), &self.authority.proof()).unwrap();
        self.at_work(|authority, store| {
            stamp::stamp(authority, store, order, &mut |_| {
                meanwhile(authority, &mut other);
            })
        })
    }

    /// The cards the authority trusts, but for this one.
    pub(crate) fn trust_without(&self, party: &Party) -> Trust {
        let mut trust = Trust::default();
        for card in self.authority.trust().list() {
            if card.fingerprint() != party.card.fingerprint() {
                trust.add(card, &card.fingerprint()).unwrap();
            }
        }
        trust
    }

    /// What the producer reads in an answer.
    pub(crate) fn answers(&self, out: &str) -> (Header, Vec<AnswerRow>) {
        let opened = opened(&self.path(out), &self.producer);
        let batches = batches(&opened, "answers");
        let rows = batches.iter().flat_map(answer_rows).collect();
        (opened.header().clone(), rows)
    }

    pub(crate) fn stamp_order(&self, input: &Path, persons: Persons, out: &str) -> stamp::Order {
        stamp::Order {
            provision: PROVISION.to_owned(),
            database: "ndb".to_owned(),
            approval: "承諾-12".to_owned(),
            input: input.to_owned(),
            persons,
            purpose: "研究".to_owned(),
            drop: Vec::new(),
            table: "ndb".to_owned(),
            out: self.path(out),
            expires: now() + issue::VALID_FOR,
            memory: stamp::MEMORY,
        }
    }

    pub(crate) fn stamp(&mut self, order: &stamp::Order) -> Result<Stamped, StampError> {
        self.at_work(|authority, store| stamp::stamp(authority, store, order, &mut |_| ()))
    }

    /// The actions in the record, in order, but for uses of keys.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.store
            .events()
            .unwrap()
            .into_iter()
            .map(|entry| entry.event.action)
            .filter(|action| action != "key.used")
            .collect()
    }

    /// Every byte of text in the state: what the authority keeps.
    pub(crate) fn kept(&self) -> String {
        let events = self.store.events().unwrap();
        format!("{events:?} {:?}", self.store.provisions().unwrap())
    }
}

/// Controls under which the few rows of a test are answered.
pub(crate) fn few() -> Declared {
    Declared {
        cohort: 1_000,
        least: Some(2),
        exception: Some(Leave {
            reason: "試験".to_owned(),
            approved_by: "安全管理者".to_owned(),
        }),
        ..Declared::default()
    }
}

/// Notes a package to this recipient with the next number, as another command would.
pub(crate) fn send_another(store: &mut Store, kind: &str, recipient: &Party) {
    let recipient = recipient.card.fingerprint().to_hex();
    let transaction = store.begin().unwrap();
    let sequence = transaction.next_sequence(&recipient).unwrap();
    transaction
        .send(&SentPackage {
            package_id: format!("another-{sequence}"),
            kind: kind.to_owned(),
            provision: PROVISION.to_owned(),
            recipient,
            sequence,
            sha256: String::new(),
            sent_at: now(),
        })
        .unwrap();
    transaction
        .commit(&Event::new("test.sent", PROVISION, now()))
        .unwrap();
}

/// The exact time is the authority's own record; the producer gets hours and yen.
pub(crate) fn only_the_authority_knows(store: &Store, notice: &FeeNotice, nanos: u64) {
    let told = serde_json::to_string(notice).unwrap();
    assert!(!told.contains("nanos") && !told.contains(&nanos.to_string()));
    let events = store.events().unwrap();
    let notified = events
        .iter()
        .find(|entry| entry.event.action == "fee.notified")
        .unwrap();
    assert_eq!(
        notified.event.details.get("metered_nanos"),
        Some(&nanos.into())
    );
}

pub(crate) fn opened(path: &Path, reader: &Party) -> Opened {
    Sealed::open(path)
        .unwrap()
        .authenticate(&reader.keys, &reader.trust(), now())
        .unwrap()
        .verify()
        .unwrap()
}

pub(crate) fn batches(opened: &Opened, table: &str) -> Vec<RecordBatch> {
    let reader = opened.table(table).unwrap();
    let length = reader.len();
    let source = ParquetSource::open(table, reader, length).unwrap();
    source
        .batches(None, 1 << 20)
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn answer_rows(batch: &RecordBatch) -> Vec<AnswerRow> {
    let text = |name: &str| {
        batch
            .column_by_name(name)
            .unwrap()
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .clone()
    };
    let (status, reason) = (text("status"), text("reason"));
    let reference = ids::fixed(batch, ids::ROW_REF, 16).unwrap();
    let (number_id, kana_id) = (
        ids::fixed(batch, ids::NUMBER_ID, 32).unwrap(),
        ids::fixed(batch, ids::KANA_ID, 32).unwrap(),
    );
    let unique = ids::boolean(batch, ids::KANA_UNIQUE).unwrap();
    (0..batch.num_rows())
        .map(|row| AnswerRow {
            reference: ids::value(reference, row).unwrap(),
            status: status.value(row).to_owned(),
            reason: reason.is_valid(row).then(|| reason.value(row).to_owned()),
            number_id: ids::value(number_id, row),
            kana_id: ids::value(kana_id, row),
            kana_unique: unique.is_valid(row).then(|| unique.value(row)),
        })
        .collect()
}

pub(crate) fn asked_schema() -> Vec<Field> {
    std::iter::once(ids::field_of(ids::ROW_REF, 16))
        .chain(COLUMNS.map(|name| Field::new(name, DataType::Utf8, false)))
        .collect()
}

pub(crate) fn asked_batch(rows: &[AskedRow]) -> RecordBatch {
    let mut columns: Vec<ArrayRef> = vec![ids::array::<16>(
        rows.iter().map(|(reference, _)| Some([*reference; 16])),
    )];
    for place in 0..COLUMNS.len() {
        columns.push(Arc::new(StringArray::from_iter_values(
            rows.iter().map(|(_, texts)| texts[place]),
        )));
    }
    RecordBatch::try_new(Arc::new(Schema::new(asked_schema())), columns).unwrap()
}
