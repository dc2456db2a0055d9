//! The three parties, and an authority that answers as a test wishes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use jiff::{SignedDuration, Timestamp};
use renketsu_identity::{KanaMode, KeyCheckValue, KeyCheckValues, ProvisionCode};
use renketsu_producer::Producer;
use renketsu_producer::attach::{AttachError, AttachOrder, AttachReport, TableOrder, attach};
use renketsu_producer::certification::certify;
use renketsu_producer::deliver::{DeliverError, DeliverOrder, DeliverReport, Period, deliver};
use renketsu_producer::request::{Keys, RequestError, RequestOrder, RequestReport, request};
use renketsu_producer::sources::uke::ClaimKey;
use renketsu_producer::sources::{Source, Threads};
use renketsu_seal::package::{
    Counts, Draft, Header, Opened, PROFILE, PackageId, PackageKind, RecipientGround, Sealed,
};
use renketsu_seal::{Card, Role, Trust, safe};
use renketsu_store::Store;
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::{ids, schema};
use renketsu_testkit::{Party, introduce, now, today};
use tempfile::TempDir;

pub(crate) const PROVISION: &str = "P-2026-0001";
pub(crate) const KCV: KeyCheckValues = KeyCheckValues {
    number: KeyCheckValue([1; 8]),
    kana: KeyCheckValue([2; 8]),
};

/// What the authority of a test says to one row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub(crate) number: Option<u8>,
    pub(crate) kana: Option<u8>,
    pub(crate) unique: Option<bool>,
}

pub(crate) fn number(id: u8, kana: u8) -> Said {
    Said {
        number: Some(id),
        kana: Some(kana),
        unique: Some(true),
    }
}

pub(crate) fn kana(id: u8, unique: bool) -> Said {
    Said {
        number: None,
        kana: Some(id),
        unique: Some(unique),
    }
}

/// One row of a request as the authority sees it: reference, then the eight texts.
pub(crate) type Asked = ([u8; 16], Vec<String>);

pub(crate) struct World {
    pub(crate) producer: Party,
    pub(crate) authority: Party,
    pub(crate) workspace: Party,
    pub(crate) store: Store,
    pub(crate) trust: Trust,
    pub(crate) files: TempDir,
    pub(crate) keys: Keys,
    pub(crate) threads: Threads,
    /// What attaching may take.
    pub(crate) memory: u64,
    /// The resolver's references, where an answer comes in two packages.
    pub(crate) references: Option<PathBuf>,
}

/// Whatever a test did, every row stands in the proof.
impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.store.check().unwrap();
        }
    }
}

impl World {
    /// A certified producer that trusts its authority and its recipient.
    pub(crate) fn new() -> Self {
        let mut world = Self::uncertified();
        certify(&mut world.producer(), "anonymized", "N-1", "19-1").unwrap();
        world
    }

    pub(crate) fn uncertified() -> Self {
        let producer = Party::new(Role::Producer, "認定機構");
        let authority = Party::new(Role::Authority, "支払基金");
        let workspace = Party::new(Role::Workspace, "大学");
        introduce(&producer, &authority);
        introduce(&producer, &workspace);
        let store = Store::open_proven(producer.path(), &producer.proof()).unwrap();
        let trust = producer.trust();
        Self {
            producer,
            authority,
            workspace,
            store,
            trust,
            files: tempfile::tempdir().unwrap(),
            keys: Keys::PerInstitution,
            threads: Threads::of_machine(),
            memory: 1 << 30,
            references: None,
        }
    }

    pub(crate) fn producer(&mut self) -> Producer<'_> {
        Producer {
            dir: self.producer.dir.path(),
            keys: &self.producer.keys,
            trust: &self.trust,
            store: &mut self.store,
            now: now(),
            today: today(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn claims(&self, name: &str, text: &str) -> Source {
        Source::Claims {
            path: self.file(name, cp932(text)),
            key: ClaimKey::Chart,
        }
    }

    pub(crate) fn request(
        &mut self,
        sources: &[Source],
        out: &str,
    ) -> Result<RequestReport, RequestError> {
        self.request_with(sources, out, None)
    }

    pub(crate) fn request_with(
        &mut self,
        sources: &[Source],
        out: &str,
        rejects: Option<&Path>,
    ) -> Result<RequestReport, RequestError> {
        let (out, card) = (self.path(out), self.authority.card.clone());
        let provision = ProvisionCode::parse(PROVISION).unwrap();
        let order = RequestOrder {
            keys: self.keys,
            provision: &provision,
            authority: &card,
            sources,
            purpose: "法31条2項",
            expires: later(),
            out: &out,
            rejects,
            threads: self.threads,
        };
        request(&mut self.producer(), &order, &mut |_| {})
    }

    /// The package as the authority opens it.
    pub(crate) fn opened(&self, package: &Path) -> Opened {
        let sealed = Sealed::open(package).unwrap();
        sealed
            .authenticate(&self.authority.keys, &self.authority.trust(), now())
            .unwrap()
            .verify()
            .unwrap()
    }

    pub(crate) fn asked(&self, package: &Path) -> Vec<Asked> {
        let opened = self.opened(package);
        let reader = opened.table("identifiers").unwrap();
        let length = reader.len();
        let source = ParquetSource::open("identifiers", reader, length).unwrap();
        schema::conforms(&opened.tables()[0].schema, source.schema()).unwrap();
        let mut rows = Vec::new();
        for batch in source.batches(None, 1000).unwrap() {
            let batch = batch.unwrap();
            let refs = ids::fixed(&batch, "row_ref", 16).unwrap();
            for row in 0..batch.num_rows() {
                let text = |index: usize| {
                    let column = batch
                        .column(index)
                        .as_any()
                        .downcast_ref::<StringArray>()
                        .unwrap();
                    column.value(row).to_owned()
                };
                rows.push((ids::value(refs, row).unwrap(), (1..9).map(text).collect()));
            }
        }
        rows
    }

    /// An answer to a request.
    pub(crate) fn answer(
        &self,
        request: &RequestReport,
        out: &str,
        say: impl Fn(&[String]) -> Said,
    ) -> PathBuf {
        self.answer_with(request, out, say, |_| {})
    }

    pub(crate) fn answer_with(
        &self,
        request: &RequestReport,
        out: &str,
        say: impl Fn(&[String]) -> Said,
        change: impl Fn(&mut Header),
    ) -> PathBuf {
        let rows: Vec<_> = self
            .asked(&request.file)
            .into_iter()
            .map(|(row_ref, texts)| (row_ref, say(&texts)))
            .collect();
        self.answer_rows(request, out, &rows, change)
    }

    pub(crate) fn answer_header(&self, request: &RequestReport) -> Header {
        Header {
            kind: PackageKind::Answer,
            provision: PROVISION.to_owned(),
            study: Some("S-1".to_owned()),
            profile: PROFILE.to_owned(),
            kcv: Some(KCV),
            kana_mode: KanaMode::Keyed,
            sequence: 1,
            in_reply_to: PackageId::parse(&request.package),
            custody: None,
            created: now(),
            expires: later(),
            purpose: "法31条3項".to_owned(),
            places: Vec::new(),
            producer: None,
            recipient_ground: Some(RecipientGround {
                name: self.workspace.card.name.clone(),
                fingerprint: self.workspace.card.fingerprint(),
                item: "1".to_owned(),
            }),
            databases: Vec::new(),
            approval: None,
            contract: None,
            period_start: None,
            period_end: None,
            fee_notice: None,
        }
    }

    pub(crate) fn answer_rows(
        &self,
        request: &RequestReport,
        out: &str,
        rows: &[([u8; 16], Said)],
        change: impl Fn(&mut Header),
    ) -> PathBuf {
        let mut header = self.answer_header(request);
        change(&mut header);
        let mut fields = vec![
            ids::field_of("row_ref", 16),
            Field::new("status", DataType::Utf8, false),
            Field::new("reason", DataType::Utf8, true),
        ];
        fields.extend(ids::front());
        let columns = Arc::new(Schema::new(fields));
        let status = |said: &Said| match (said.number, said.kana) {
            (Some(_), _) => "number",
            (None, Some(_)) => "kana",
            (None, None) => "not_found",
        };
        let arrays: Vec<ArrayRef> = vec![
            ids::array(rows.iter().map(|(row_ref, _)| Some(*row_ref))),
            Arc::new(
                rows.iter()
                    .map(|(_, said)| Some(status(said)))
                    .collect::<StringArray>(),
            ),
            Arc::new(
                rows.iter()
                    .map(|(_, said)| said.number.is_none().then_some("number:absent"))
                    .collect::<StringArray>(),
            ),
            ids::array(
                rows.iter()
                    .map(|(_, said)| said.number.map(|byte| [byte; 32])),
            ),
            ids::array(
                rows.iter()
                    .map(|(_, said)| said.kana.map(|byte| [byte; 32])),
            ),
            Arc::new(
                rows.iter()
                    .map(|(_, said)| said.unique)
                    .collect::<BooleanArray>(),
            ),
        ];
        let mut draft = Draft::new(self.files.path());
        let table = draft
            .table("answers", schema::to_json(&columns).unwrap())
            .unwrap();
        let mut sink = ParquetSink::create(table, &columns, &Sorting::by_reference()).unwrap();
        sink.write(&RecordBatch::try_new(Arc::clone(&columns), arrays).unwrap())
            .unwrap();
        let written = sink.finish().unwrap();
        let counts = Counts {
            rows: written.rows,
            distinct_number_ids: Some(0),
            distinct_kana_ids: Some(0),
        };
        written.target.finish(counts).unwrap();
        let out = self.path(out);
        draft
            .sign(
                header,
                renketsu_testkit::given(&self.authority.keys),
                &self.authority.keys,
                &self.producer.card,
            )
            .unwrap()
            .seal(&out)
            .unwrap();
        out
    }

    pub(crate) fn attach(
        &mut self,
        answer: &Path,
        tables: &[(&str, &Path)],
    ) -> Result<AttachReport, AttachError> {
        self.attach_deciding(answer, tables, &[], &[])
    }

    /// Attaches with columns that a person said to drop or to keep.
    pub(crate) fn attach_deciding(
        &mut self,
        answer: &Path,
        tables: &[(&str, &Path)],
        drop: &[&str],
        keep: &[&str],
    ) -> Result<AttachReport, AttachError> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let (drop, keep): (Vec<String>, Vec<String>) = (owned(drop), owned(keep));
        let tables: Vec<TableOrder> = tables
            .iter()
            .map(|&(name, path)| TableOrder {
                name: name.to_owned(),
                path: path.to_owned(),
                key: "patient".to_owned(),
            })
            .collect();
        let references = self.references.clone();
        let order = AttachOrder {
            answer,
            references: references.as_deref(),
            tables: &tables,
            drop: &drop,
            keep: &keep,
            memory: self.memory,
        };
        attach(&mut self.producer(), &order, &mut |_| {})
    }

    pub(crate) fn deliver(&mut self, out: &str) -> Result<DeliverReport, DeliverError> {
        self.deliver_chosen(out, &Choice::default())
    }

    pub(crate) fn deliver_chosen(
        &mut self,
        out: &str,
        choice: &Choice,
    ) -> Result<DeliverReport, DeliverError> {
        let out = self.path(out);
        let provision = ProvisionCode::parse(PROVISION).unwrap();
        let order = DeliverOrder {
            provision: &provision,
            recipient: choice.recipient.as_ref(),
            tables: &choice.tables,
            purpose: choice.purpose,
            contract: choice.contract,
            places: &choice.places,
            period: Period {
                start: choice.from,
                end: choice.until,
            },
            expires: later(),
            out: &out,
        };
        deliver(&mut self.producer(), &order)
    }

    /// A table with IDs as it waits for delivery.
    pub(crate) fn attached(&self, name: &str) -> RecordBatch {
        let path = self
            .producer
            .path()
            .join(format!("attached/{PROVISION}/{name}.parquet"));
        let reader = safe::open(&path, &self.producer.keys).unwrap();
        let length = reader.len();
        let source = ParquetSource::open(name, reader, length).unwrap();
        let batches: Vec<_> = source
            .batches(None, 1000)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        arrow::compute::concat_batches(source.schema(), &batches).unwrap()
    }

    /// Files below a directory of the producer, by name.
    pub(crate) fn kept(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.producer.path().join(directory)) else {
            return Vec::new();
        };
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// What a test delivers otherwise than usual.
pub(crate) struct Choice {
    pub(crate) recipient: Option<Card>,
    pub(crate) tables: Vec<String>,
    pub(crate) places: Vec<String>,
    pub(crate) purpose: &'static str,
    pub(crate) contract: &'static str,
    pub(crate) from: jiff::civil::Date,
    pub(crate) until: jiff::civil::Date,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            recipient: None,
            tables: Vec::new(),
            places: vec!["研究室".to_owned()],
            purpose: "がんの研究",
            contract: "C-1",
            from: jiff::civil::date(2026, 4, 1),
            until: jiff::civil::date(2029, 3, 31),
        }
    }
}

impl Choice {
    pub(crate) fn table(name: &str) -> Self {
        Self {
            tables: vec![name.to_owned()],
            ..Self::default()
        }
    }

    pub(crate) fn recipient(card: &Card) -> Self {
        Self {
            recipient: Some(card.clone()),
            ..Self::default()
        }
    }
}

/// The first byte of every ID of a column.
pub(crate) fn id_bytes(batch: &RecordBatch, name: &str) -> Vec<Option<u8>> {
    let column: &FixedSizeBinaryArray = ids::fixed(batch, name, 32).unwrap();
    (0..column.len())
        .map(|row| ids::value::<32>(column, row).map(|id| id[0]))
        .collect()
}

pub(crate) fn later() -> Timestamp {
    now()
        .checked_add(SignedDuration::from_hours(24 * 90))
        .unwrap()
}

pub(crate) fn cp932(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding_rs::SHIFT_JIS.encode(text);
    assert!(!lossy, "a fixture must be in CP932");
    bytes.into_owned()
}

/// A claim of a person with a number.
pub(crate) fn claim(
    index: u32,
    month: &str,
    kana: &str,
    birth: &str,
    number: &str,
    chart: &str,
) -> String {
    let commas = ",".repeat(23);
    format!(
        "RE,{index},1112,{month},架空　氏名,1,{birth},,,,,,,{chart}{commas}{kana},\r\nHO,01130012,６４,{number},1,276,,,,,,,,,\r\n"
    )
}

/// A claim of public payers alone.
pub(crate) fn public_claim(
    index: u32,
    month: &str,
    kana: &str,
    birth: &str,
    chart: &str,
) -> String {
    let commas = ",".repeat(23);
    format!(
        "RE,{index},1212,{month},架空　氏名,2,{birth},,,,,,,{chart}{commas}{kana},\r\nKO,12143210,0000000,,2,431,0,,,,,\r\n"
    )
}

pub(crate) const HEAD: &str = "IR,1,13,1,0000000,,架空病院,202111,00,0300000000\r\n";
