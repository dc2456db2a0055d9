//! Two custodians on disk, a request, and their work in processes of their own.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use jiff::SignedDuration;
use jiff::civil::date;
use renketsu_authority::controls::{Declared, Leave};
use renketsu_authority::custody::{Custodian, halves, ids, resolve, terms};
use renketsu_authority::fee::Monotonic;
use renketsu_authority::fee::application::{self, Handed};
use renketsu_authority::init::{init, init_as};
use renketsu_authority::methods::Transport;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, KanaIds, Opening};
use renketsu_authority::registration::register;
use renketsu_authority::registry::Acceptance;
use renketsu_authority::secrets::Door;
use renketsu_authority::stamp::{self, Persons};
use renketsu_duty::meter::Reading;
use renketsu_identity::KanaMode;
use renketsu_seal::package::{Certification, Counts, Draft, Header, PROFILE, PackageKind, Sealed};
use renketsu_seal::{PartyKeys, Role, Trust, package, party, safe};
use renketsu_store::{Event, Store};
use renketsu_table::delimited::Options;
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::{ids as columns, schema};
use renketsu_testkit::{Party, introduce, now, passphrase};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const PROVISION: &str = "P-2026-0001";
const PERSONS: u32 = 200;

/// Everything but the two processes.
pub(crate) struct Scene {
    pub(crate) resolver: Party,
    pub(crate) issuer: Party,
    pub(crate) producer: Party,
    pub(crate) recipient: Party,
    pub(crate) files: TempDir,
}

/// An insured number that occurs nowhere by chance.
fn number(person: u32) -> String {
    format!(
        "77{:08}",
        person.wrapping_mul(48_271).wrapping_add(12_345_678) % 100_000_000
    )
}

/// A name that occurs nowhere by chance.
fn kana(person: u32) -> String {
    let digits = "アカサタナハマヤラワ".chars().collect::<Vec<_>>();
    let name: String = format!("{person:03}")
        .bytes()
        .filter_map(|byte| digits.get(usize::from(byte.wrapping_sub(b'0'))))
        .collect();
    format!("ヌヌネヌ{name}ノヌネ")
}

/// Every identifier of the request: numbers, and names in UTF-8.
pub(crate) fn identifiers() -> Vec<Vec<u8>> {
    (0..PERSONS)
        .flat_map(|person| [number(person).into_bytes(), kana(person).into_bytes()])
        .collect()
}

fn expires() -> jiff::Timestamp {
    now().checked_add(SignedDuration::from_hours(24)).unwrap()
}

pub(crate) fn stopped() -> Reading {
    Reading {
        boot: "boot-1".to_owned(),
        nanos: 0,
    }
}

pub(crate) struct Opened {
    pub(crate) keys: PartyKeys,
    pub(crate) trust: Trust,
    pub(crate) store: Store,
}

pub(crate) fn opened(dir: &Path) -> Opened {
    let keys = party::open(dir, &passphrase()).unwrap();
    let store = Store::open_proven(dir, &keys.proof()).unwrap();
    let trust = Trust::open(store.trusted().unwrap().as_deref(), &keys).unwrap();
    Opened { keys, trust, store }
}

/// The resolver's work, with a way to its key token if it has one.
pub(crate) fn resolve(dir: &Path, files: &Path, door: Option<&Door<'_>>) {
    let Opened {
        keys,
        trust,
        mut store,
    } = opened(dir);
    let resolver = Authority::new(dir, &keys, &trust, now(), Monotonic::new(&stopped)).unwrap();
    let resolver = through(resolver, door);
    let order = resolve::Order {
        request: files.join("request.rkp"),
        to_issuer: files.join("tokens.rkp"),
        to_producer: files.join("references.rkp"),
        expires: expires(),
        transport: Transport::Medium,
        accept: Vec::new(),
    };
    let resolved = resolve::resolve(&resolver, &mut store, &order, &mut |_| ()).unwrap();
    assert_eq!(resolved.by_status.get("number"), Some(&u64::from(PERSONS)));
}

/// The resolver's process for an extract.
pub(crate) fn halve(dir: &Path, files: &Path) {
    let Opened {
        keys,
        trust,
        mut store,
    } = opened(dir);
    let resolver = Authority::new(dir, &keys, &trust, now(), Monotonic::new(&stopped)).unwrap();
    let order = halves::Order {
        extract: stamp::Order {
            provision: PROVISION.to_owned(),
            database: "ndb".to_owned(),
            approval: "承諾-1".to_owned(),
            input: files.join("extract.csv"),
            persons: Persons::Key {
                column: "person".to_owned(),
                service: None,
                options: Options::default(),
            },
            purpose: "研究".to_owned(),
            drop: Vec::new(),
            table: "ndb".to_owned(),
            out: files.join("columns.rkp"),
            expires: expires(),
            memory: stamp::MEMORY,
        },
        to_issuer: files.join("subjects.rkp"),
    };
    let halved = halves::stamp(&resolver, &mut store, &order, &mut |_| ()).unwrap();
    assert_eq!(
        halved.by_outcome.get("registered"),
        Some(&u64::from(PERSONS))
    );
}

/// A value of an extract that occurs nowhere by chance.
fn datum(person: u32) -> String {
    format!("dat-{:09}", person.wrapping_mul(69_621) % 999_999_937)
}

/// Every value of the extract's data column.
pub(crate) fn data() -> Vec<Vec<u8>> {
    (0..PERSONS)
        .map(|person| datum(person).into_bytes())
        .collect()
}

/// Every key of a person in the extract.
fn key(person: u32) -> String {
    format!("R{person}")
}

/// What the issuer takes and gives for a request, and for an extract.
pub(crate) const IDS: [&str; 2] = ["tokens.rkp", "ids.rkp"];
pub(crate) const STAMPS: [&str; 2] = ["subjects.rkp", "stamps.rkp"];

/// The issuer's work.
pub(crate) fn issue(dir: &Path, files: &Path, [tokens, out]: [&str; 2], door: Option<&Door<'_>>) {
    let Opened {
        keys,
        trust,
        mut store,
    } = opened(dir);
    let issuer = Authority::issuer(dir, &keys, &trust, now(), Monotonic::new(&stopped)).unwrap();
    let issuer = through(issuer, door);
    let order = ids::Order {
        tokens: files.join(tokens),
        out: files.join(out),
        expires: expires(),
    };
    ids::issue_ids(&issuer, &mut store, &order, &mut |_| ()).unwrap();
}

fn through<'a>(authority: Authority<'a>, door: Option<&'a Door<'a>>) -> Authority<'a> {
    match door {
        Some(door) => authority.with_door(door),
        None => authority,
    }
}

/// Puts whom a party trusts where its process finds it.
fn keep(party: &Party) {
    let list = party.trust().seal(None, &party.keys).unwrap();
    let mut store = Store::open_proven(party.path(), &party.proof()).unwrap();
    let transaction = store.begin().unwrap();
    transaction.put_trusted(None, &list).unwrap();
    transaction
        .commit(&Event::new("party.trusted", "", now()).at_trust(&list))
        .unwrap();
}

impl Scene {
    pub(crate) fn new() -> Self {
        let resolver = Party::new(Role::Authority, "照会側");
        let issuer = Party::new(Role::Issuer, "発行側");
        let producer = Party::new(Role::Producer, "認定作成事業者");
        let recipient = Party::new(Role::Workspace, "大学");
        introduce(&resolver, &issuer);
        for custodian in [&resolver, &issuer] {
            introduce(custodian, &producer);
            introduce(custodian, &recipient);
        }
        let scene = Self {
            resolver,
            issuer,
            producer,
            recipient,
            files: tempfile::tempdir().unwrap(),
        };
        for party in [&scene.resolver, &scene.issuer] {
            keep(party);
        }
        scene.agree();
        scene.ask();
        let rows = (0..PERSONS).map(|person| format!("{},{}", key(person), datum(person)));
        let lines: Vec<String> = std::iter::once("person,code".to_owned())
            .chain(rows)
            .collect();
        std::fs::write(scene.files.path().join("extract.csv"), lines.join("\n")).unwrap();
        scene
    }

    /// Keys, a provision on both sides, and a registry.
    fn agree(&self) {
        let files = self.files.path();
        let mut at_issuer = opened(self.issuer.path());
        let issuer = Authority::issuer(
            self.issuer.path(),
            &at_issuer.keys,
            &at_issuer.trust,
            now(),
            Monotonic::new(&stopped),
        )
        .unwrap();
        init(&issuer, &mut at_issuer.store).unwrap();
        let opening = opening(&self.producer, &self.recipient);
        provision::open(&issuer, &mut at_issuer.store, &opening).unwrap();
        let order = terms::Order {
            provision: PROVISION.to_owned(),
            resolver: self.resolver.card.fingerprint(),
            out: files.join("terms.rkp"),
            expires: expires(),
        };
        terms::hand(&issuer, &mut at_issuer.store, &order).unwrap();

        let mut at_resolver = opened(self.resolver.path());
        let resolver = Authority::new(
            self.resolver.path(),
            &at_resolver.keys,
            &at_resolver.trust,
            now(),
            Monotonic::new(&stopped),
        )
        .unwrap();
        let store = &mut at_resolver.store;
        init_as(&resolver, store, &[Custodian::Resolver]).unwrap();
        terms::take(&resolver, store, &order.out).unwrap();
        let handed = Handed {
            number: "申出-1".to_owned(),
            provision: PROVISION.to_owned(),
            dated: date(2026, 11, 1),
            method: "document".to_owned(),
            document: files.join("application.pdf"),
        };
        std::fs::write(&handed.document, "申出書").unwrap();
        application::receive(&resolver, store, &handed).unwrap();
        application::accept(&resolver, store, &handed.number).unwrap();
        let rows = (0..PERSONS).map(|person| {
            let (kana, number) = (kana(person), number(person));
            let key = key(person);
            format!("{key},{kana},19850102,1,06132013,12,{number},00,20200401,")
        });
        let head = "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to";
        let lines: Vec<String> = std::iter::once(head.to_owned()).chain(rows).collect();
        let csv = lines.join("\n");
        let path = files.join("registry.csv");
        std::fs::write(&path, csv).unwrap();
        register(
            &resolver,
            store,
            &path,
            Options::default(),
            Acceptance::Accept,
        )
        .unwrap();
    }

    /// The producer's request.
    fn ask(&self) {
        let mut fields = vec![columns::field_of(columns::ROW_REF, columns::ROW_REF_BYTES)];
        let names = [
            "insurer",
            "symbol",
            "number",
            "branch",
            "kana",
            "birth_date",
            "sex",
            "service",
        ];
        fields.extend(names.map(|name| Field::new(name, DataType::Utf8, false)));
        let table = Arc::new(Schema::new(fields));
        let mut references: Vec<[u8; 16]> = (0..PERSONS)
            .map(|_| {
                let mut reference = [0; 16];
                getrandom::fill(&mut reference).unwrap();
                reference
            })
            .collect();
        references.sort_unstable();
        let text = |of: &dyn Fn(u32) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values((0..PERSONS).map(of)))
        };
        let same = |value: &'static str| text(&move |_| value.to_owned());
        let batch = RecordBatch::try_new(
            Arc::clone(&table),
            vec![
                columns::array::<16>(references.iter().map(|reference| Some(*reference))),
                same("06132013"),
                same("12"),
                text(&number),
                same("00"),
                text(&kana),
                same("19850102"),
                same("1"),
                same(""),
            ],
        )
        .unwrap();
        let mut draft = Draft::new(self.files.path());
        let mut sink = ParquetSink::create(
            draft
                .table("identifiers", schema::to_json(&table).unwrap())
                .unwrap(),
            &table,
            &Sorting::by_reference(),
        )
        .unwrap();
        sink.write(&batch).unwrap();
        let written = sink.finish().unwrap();
        let counts = Counts {
            rows: written.rows,
            ..Counts::default()
        };
        written.target.finish(counts).unwrap();
        draft
            .sign(
                asked(),
                renketsu_testkit::given(&self.producer.keys),
                &self.producer.keys,
                &self.resolver.card,
            )
            .unwrap()
            .seal(&self.files.path().join("request.rkp"))
            .unwrap();
    }

    fn opened(&self, name: &str, reader: &Party) -> package::Opened {
        Sealed::open(&self.files.path().join(name))
            .unwrap()
            .authenticate(&reader.keys, &reader.trust(), now())
            .unwrap()
            .verify()
            .unwrap()
    }

    /// Values of a column of a package, as the one who may reads it.
    fn values(&self, name: &str, reader: &Party, table: &str, column: &str) -> Vec<Vec<u8>> {
        let opened = self.opened(name, reader);
        let reader = opened.table(table).unwrap();
        let length = reader.len();
        let source = ParquetSource::open(table, reader, length).unwrap();
        let mut values = Vec::new();
        for batch in source.batches(None, 1024).unwrap() {
            let batch = batch.unwrap();
            let width = if column == columns::ROW_REF { 16 } else { 32 };
            let found = columns::fixed(&batch, column, width).unwrap();
            values.extend(found.iter().flatten().map(<[u8]>::to_vec));
        }
        values
    }

    /// Every ID that was issued.
    pub(crate) fn ids(&self) -> Vec<Vec<u8>> {
        introduce(&self.producer, &self.issuer);
        let of = |column| self.values("ids.rkp", &self.producer, "ids", column);
        [of(columns::NUMBER_ID), of(columns::KANA_ID)].concat()
    }

    /// Every ID of the extract.
    pub(crate) fn stamps(&self) -> Vec<Vec<u8>> {
        introduce(&self.recipient, &self.issuer);
        let of = |column| self.values("stamps.rkp", &self.recipient, "stamps", column);
        [of(columns::NUMBER_ID), of(columns::KANA_ID)].concat()
    }

    /// Every reference of the request.
    pub(crate) fn references(&self) -> Vec<Vec<u8>> {
        let column = columns::ROW_REF;
        self.values("references.rkp", &self.producer, "references", column)
    }

    pub(crate) fn issuer_secrets(&self) -> Vec<Vec<u8>> {
        let salt = format!("salt-{PROVISION}");
        secrets(&self.issuer, Custodian::Issuer, &["root-1", &salt])
    }

    /// What is derived from the issuer's secrets: PRK, the two provision keys, and the states that each is worked with.
    pub(crate) fn provision_keys(&self) -> Vec<Vec<u8>> {
        let secrets = self.issuer_secrets();
        let [root, salt] = secrets.as_slice() else {
            panic!("a root and a salt");
        };
        let prk = hmac(salt, &[root]);
        // Whichever of the two was made says whether these are the keys.
        let made = if self.files.path().join("ids.rkp").exists() {
            self.opened("ids.rkp", &self.producer)
        } else {
            self.opened("stamps.rkp", &self.recipient)
        };
        let mut derived = vec![prk.clone()];
        for kind in [1, 2] {
            let length = [0, u8::try_from(PROVISION.len()).unwrap()];
            let code = PROVISION.as_bytes();
            let info: [&[u8]; 5] = [b"renketsu/v1/provision", &[0, kind], &length, code, &[1]];
            let key = hmac(&prk, &info);
            let kcv = made.header().kcv.unwrap();
            let known = if kind == 1 { kcv.kana } else { kcv.number };
            assert!(hmac(&key, &[b"renketsu/v1/kcv"]).starts_with(&known.0));
            derived.extend([0x36, 0x5c].map(|pad| state(&key, pad)));
            derived.push(key);
        }
        derived
    }

    pub(crate) fn resolver_secrets(&self) -> Vec<Vec<u8>> {
        secrets(&self.resolver, Custodian::Resolver, &["root-1"])
    }
}

/// HMAC-SHA-256 (RFC 2104) under a key of 32 bytes, written out.
fn hmac(key: &[u8], message: &[&[u8]]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (masked, byte) in block.iter_mut().zip(key) {
            *masked ^= byte;
        }
        Sha256::new().chain_update(block)
    };
    let inner = message.iter().fold(padded(0x36), Sha256::chain_update);
    padded(0x5c)
        .chain_update(inner.finalize())
        .finalize()
        .to_vec()
}

/// The state of SHA-256 after the block of a padded key, as words of this machine.
fn state(key: &[u8], pad: u8) -> Vec<u8> {
    let mut block = [pad; 64];
    for (masked, byte) in block.iter_mut().zip(key) {
        *masked ^= byte;
    }
    // FIPS 180-4, 5.3.3.
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    sha2::block_api::compress256(&mut state, &[block]);
    state
        .iter()
        .flat_map(|word: &u32| word.to_ne_bytes())
        .collect()
}

fn secrets(party: &Party, custodian: Custodian, names: &[&str]) -> Vec<Vec<u8>> {
    let store = party.path().join("secrets").join(custodian.as_str());
    names
        .iter()
        .map(|name| {
            let mut bytes = Vec::new();
            let mut reader = safe::open(&store.join(name), &party.keys).unwrap();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        })
        .collect()
}

pub(crate) fn opening(producer: &Party, recipient: &Party) -> Opening {
    Opening {
        provision: PROVISION.to_owned(),
        study: "study-1".to_owned(),
        producer: producer.card.fingerprint(),
        certification: certification(),
        recipient: recipient.card.fingerprint(),
        recipient_item: "7-1".to_owned(),
        databases: vec!["ndb".to_owned()],
        kana: KanaIds::Keyed,
        controls: declared(),
    }
}

fn declared() -> Declared {
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

fn certification() -> Certification {
    Certification {
        kind: "anonymized".to_owned(),
        number: "認定第1号".to_owned(),
        ground: "19-1".to_owned(),
    }
}

/// What the producer states with its request.
fn asked() -> Header {
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
        expires: expires(),
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
