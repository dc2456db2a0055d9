//! Time and memory of attaching, with made-up people: `attach_scale DIR KEYS ROWS MIB`, `MIB` being the budget.
//!
//! `DIR` must not exist. A request for `KEYS` patients, its answer and a table of `ROWS` rows are made by one process;
//! another one attaches, so that the memory it prints is that of attaching alone.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement that fails says so by stopping"
)]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_identity::{KanaMode, KeyCheckValue, KeyCheckValues, ProvisionCode};
use renketsu_producer::Producer;
use renketsu_producer::attach::{AttachOrder, TableOrder, attach};
use renketsu_producer::certification::certify;
use renketsu_producer::request::{Keys, RequestOrder, request};
use renketsu_producer::sources::{Source, Threads};
use renketsu_seal::package::{
    Counts, Draft, Header, PROFILE, PackageId, PackageKind, RecipientGround, Sealed,
};
use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Card, PartyKeys, Role, Trust};
use renketsu_store::Store;
use renketsu_table::columns::ColumnMap;
use renketsu_table::parquet::{ParquetSink, ParquetSource, Sorting};
use renketsu_table::{BATCH_ROWS, ids, schema};
use renketsu_testkit::{now, passphrase, peak_kib, processor_seconds, today};
use sha2::{Digest as _, Sha256};

const PROVISION: &str = "P-2026-0001";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(&arguments[0]);
    let count = |at: usize| arguments[at].parse::<u64>().unwrap();
    match arguments.get(4).map(String::as_str) {
        Some("make") => make(dir, count(1), count(2)),
        Some("attach") => measure(dir, count(1), count(2), count(3)),
        _ => {
            for step in ["make", "attach"] {
                let program = std::env::current_exe().unwrap();
                let status = Command::new(program).args(&arguments).arg(step).status();
                assert!(status.unwrap().success(), "{step}");
            }
        }
    }
}

/// Numbers without order: an odd multiplier, and what is above mixed into what is below.
fn mixed(index: u64) -> u64 {
    let product = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product ^ (product >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ (product >> 32)
}

fn opened(dir: &Path, role: Role) -> (std::path::PathBuf, PartyKeys) {
    let place = dir.join(role.as_str());
    let keys = party::open(&place, &passphrase()).unwrap();
    (place, keys)
}

/// Everybody trusts everybody else here.
fn trust(dir: &Path, role: Role) -> Trust {
    let mut trust = Trust::default();
    for other in [Role::Producer, Role::Authority, Role::Workspace] {
        if other != role {
            let card = party::card(&dir.join(other.as_str())).unwrap();
            trust.add(&card, &card.fingerprint()).unwrap();
        }
    }
    trust
}

fn with_producer<T>(dir: &Path, work: impl FnOnce(&mut Producer<'_>) -> T) -> T {
    let (place, keys) = opened(dir, Role::Producer);
    let mut store = Store::open_proven(&place, &keys.proof()).unwrap();
    let trust = trust(dir, Role::Producer);
    work(&mut Producer {
        dir: &place,
        keys: &keys,
        trust: &trust,
        store: &mut store,
        now: now(),
        today: today(),
    })
}

fn make(dir: &Path, patients: u64, rows: u64) {
    let roles = [Role::Producer, Role::Authority, Role::Workspace];
    let cards: [Card; 3] = roles.map(|role| {
        let place = dir.join(role.as_str());
        std::fs::create_dir_all(&place).unwrap();
        party::create_with_cost(
            &place,
            role.as_str(),
            role,
            &passphrase(),
            now(),
            Cost::Light,
        )
        .unwrap()
    });
    let source = dir.join("patients.csv");
    let mut csv = BufWriter::new(File::create(&source).unwrap());
    csv.write_all(b"key,insurer,symbol,number\n").unwrap();
    for patient in 0..patients {
        writeln!(csv, "P{patient:09},01130012,1,{patient}").unwrap();
    }
    csv.flush().unwrap();
    let columns = "[columns]\nkey = \"key\"\ninsurer = \"insurer\"\nsymbol = \"symbol\"\nnumber = \"number\"\n";
    std::fs::write(dir.join("columns.toml"), columns).unwrap();
    let columns = Box::new(ColumnMap::read(&dir.join("columns.toml")).unwrap());
    let begin = Instant::now();
    let asked = with_producer(dir, |producer| {
        certify(producer, "anonymized", "N-1", "19-1").unwrap();
        let provision = ProvisionCode::parse(PROVISION).unwrap();
        let order = RequestOrder {
            keys: Keys::PerInstitution,
            provision: &provision,
            authority: &cards[1],
            sources: &[Source::Table {
                path: source.clone(),
                columns,
            }],
            purpose: "法31条2項",
            expires: "2027-02-22T00:00:00Z".parse().unwrap(),
            out: &dir.join("request.rkp"),
            rejects: None,
            threads: Threads::of_machine(),
        };
        request(producer, &order, &mut |_| {}).unwrap()
    });
    println!("requested in {:.0} s", begin.elapsed().as_secs_f64());
    std::fs::remove_file(&source).unwrap();
    answer(dir, &asked.package);
    table(dir, patients, rows);
}

/// Nine of ten are found by number, half of the others by a kana ID.
fn answer(dir: &Path, asked: &str) {
    let (_place, keys) = opened(dir, Role::Authority);
    let trust = trust(dir, Role::Authority);
    let package = Sealed::open(&dir.join("request.rkp"))
        .unwrap()
        .authenticate(&keys, &trust, now())
        .unwrap()
        .verify()
        .unwrap();
    let reader = package.table("identifiers").unwrap();
    let length = reader.len();
    let source = ParquetSource::open("identifiers", reader, length).unwrap();
    let mut fields = vec![
        ids::field_of(ids::ROW_REF, ids::ROW_REF_BYTES),
        Field::new("status", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, true),
    ];
    fields.extend(ids::front());
    let columns = Arc::new(Schema::new(fields));
    let mut draft = Draft::new(dir);
    let target = draft
        .table("answers", schema::to_json(&columns).unwrap())
        .unwrap();
    let mut sink = ParquetSink::create(target, &columns, &Sorting::by_reference()).unwrap();
    for batch in source.batches(None, BATCH_ROWS).unwrap() {
        let batch = batch.unwrap();
        let numbers = batch.column_by_name("number").unwrap();
        let numbers = numbers.as_any().downcast_ref::<StringArray>().unwrap();
        let ids: Vec<(u8, [u8; 32])> = (0..batch.num_rows())
            .map(|row| {
                let id: [u8; 32] = Sha256::digest(numbers.value(row)).into();
                (id[31] % 20, id)
            })
            .collect();
        let status = ids.iter().map(|(kind, _)| match kind {
            0 => Some("not_found"),
            1 => Some("kana"),
            _ => Some("number"),
        });
        let kana = |kind: u8, id: [u8; 32]| (kind > 0).then(|| id.map(|byte| byte ^ 0x55));
        let arrays: Vec<ArrayRef> = vec![
            Arc::clone(batch.column_by_name(ids::ROW_REF).unwrap()),
            Arc::new(status.collect::<StringArray>()),
            Arc::new(StringArray::new_null(ids.len())),
            ids::array(ids.iter().map(|(kind, id)| (*kind > 1).then_some(*id))),
            ids::array(ids.iter().map(|(kind, id)| kana(*kind, *id))),
            Arc::new(
                ids.iter()
                    .map(|(kind, _)| (*kind > 0).then_some(true))
                    .collect::<BooleanArray>(),
            ),
        ];
        sink.write(&RecordBatch::try_new(Arc::clone(&columns), arrays).unwrap())
            .unwrap();
    }
    let written = sink.finish().unwrap();
    let counts = Counts {
        rows: written.rows,
        distinct_number_ids: None,
        distinct_kana_ids: None,
    };
    written.target.finish(counts).unwrap();
    let card = |role: Role| trust.list().iter().find(|card| card.role == role).unwrap();
    let user = card(Role::Workspace);
    draft
        .sign(
            header(asked, user),
            renketsu_testkit::given(&keys),
            &keys,
            card(Role::Producer),
        )
        .unwrap()
        .seal(&dir.join("answer.rkp"))
        .unwrap();
    drop(package);
    std::fs::remove_file(dir.join("request.rkp")).unwrap();
}

fn header(asked: &str, user: &Card) -> Header {
    Header {
        kind: PackageKind::Answer,
        provision: PROVISION.to_owned(),
        study: Some("S-1".to_owned()),
        profile: PROFILE.to_owned(),
        kana_mode: KanaMode::Keyed,
        kcv: Some(KeyCheckValues {
            number: KeyCheckValue([1; 8]),
            kana: KeyCheckValue([2; 8]),
        }),
        sequence: 1,
        in_reply_to: PackageId::parse(asked),
        custody: None,
        created: now(),
        expires: "2027-02-22T00:00:00Z".parse().unwrap(),
        purpose: "法31条3項".to_owned(),
        places: Vec::new(),
        producer: None,
        recipient_ground: Some(RecipientGround {
            name: user.name.clone(),
            fingerprint: user.fingerprint(),
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

/// Rows of patients in no order; one in fifty is of nobody in the request.
fn table(dir: &Path, patients: u64, rows: u64) {
    let schema = Arc::new(Schema::new(vec![
        Field::new("patient", DataType::Utf8, true),
        Field::new("icd", DataType::Utf8, true),
        Field::new("month", DataType::Int32, true),
        Field::new("points", DataType::Int32, true),
    ]));
    let file = File::create(dir.join("table.parquet")).unwrap();
    let mut sink = ParquetSink::create(file, &schema, &Sorting::none()).unwrap();
    let step = BATCH_ROWS as u64;
    for first in (0..rows).step_by(BATCH_ROWS) {
        let chance: Vec<u64> = (first..rows.min(first + step)).map(mixed).collect();
        let patient = chance.iter().map(|one| {
            let patient = if one % 50 == 0 {
                patients
            } else {
                (one >> 8) % patients
            };
            Some(format!("P{patient:09}"))
        });
        let icd = chance.iter().map(|one| {
            let letter = char::from(b'A' + (one % 26) as u8);
            Some(format!("{letter}{:02}", one % 89))
        });
        let month = chance.iter().map(|one| Some(202_001 + (one % 12) as i32));
        let points = chance.iter().map(|one| Some((one % 9973) as i32));
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(patient.collect::<StringArray>()),
            Arc::new(icd.collect::<StringArray>()),
            Arc::new(month.collect::<Int32Array>()),
            Arc::new(points.collect::<Int32Array>()),
        ];
        sink.write(&RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap())
            .unwrap();
    }
    sink.finish().unwrap();
}

fn measure(dir: &Path, patients: u64, rows: u64, mib: u64) {
    let before = peak_kib() / 1024;
    let begin = Instant::now();
    let report = with_producer(dir, |producer| {
        let tables = [TableOrder {
            name: "table".to_owned(),
            path: dir.join("table.parquet"),
            key: "patient".to_owned(),
        }];
        let order = AttachOrder {
            answer: &dir.join("answer.rkp"),
            references: None,
            tables: &tables,
            drop: &[],
            keep: &[],
            memory: mib << 20,
        };
        attach(producer, &order, &mut |_| {}).unwrap()
    });
    let seconds = begin.elapsed().as_secs_f64();
    let count = &report.tables[0].rows;
    assert_eq!((count.rows, report.keys.keys), (rows, patients));
    println!(
        "{patients} keys, {rows} rows, {mib} MiB allowed: {seconds:.1} s, {:.1} s of processor time, {:.0} rows/s, peak {} MiB (before: {before}); {} with an ID, {} unknown",
        processor_seconds(),
        rows as f64 / seconds,
        peak_kib() / 1024,
        rows - count.without_id(),
        count.unknown_key,
    );
}
