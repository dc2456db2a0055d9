//! Time and memory of stamping, with made-up people: `stamp_scale DIR PERSONS ROWS MIB`, `MIB` being the budget.
//!
//! `DIR` must not exist. A registry of `PERSONS` and an extract of `ROWS` rows are made by one process; another one stamps,
//! so that the memory it prints is that of stamping alone.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a measurement that fails says so by stopping"
)]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use renketsu_authority::controls::Declared;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::init::init;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, KanaIds, Opening};
use renketsu_authority::registration::register;
use renketsu_authority::registry::Acceptance;
use renketsu_authority::stamp::{Order, Persons, stamp};
use renketsu_duty::meter::Reading;
use renketsu_seal::package::Certification;
use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Role, Trust};
use renketsu_store::Store;
use renketsu_table::BATCH_ROWS;
use renketsu_table::delimited::Options;
use renketsu_table::parquet::{ParquetSink, Sorting};
use renketsu_testkit::{now, passphrase, peak_kib};

const PROVISION: &str = "P-2026-0001";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new(&arguments[0]);
    let count = |at: usize| arguments[at].parse::<u64>().unwrap();
    match arguments.get(4).map(String::as_str) {
        Some("make") => make(dir, count(1), count(2)),
        Some("stamp") => measure(dir, count(1), count(2), count(3)),
        _ => {
            for step in ["make", "stamp"] {
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

fn with_authority<T>(dir: &Path, work: impl FnOnce(&Authority<'_>, &mut Store) -> T) -> T {
    let place = dir.join("authority");
    let keys = party::open(&place, &passphrase()).unwrap();
    let mut store = Store::open_proven(&place, &keys.proof()).unwrap();
    let mut trust = Trust::default();
    for other in [Role::Producer, Role::Workspace] {
        let card = party::card(&dir.join(other.as_str())).unwrap();
        trust.add(&card, &card.fingerprint()).unwrap();
    }
    let stopped = || Reading {
        boot: "boot".to_owned(),
        nanos: 0,
    };
    let authority = Authority::new(&place, &keys, &trust, now(), Monotonic::new(&stopped)).unwrap();
    work(&authority, &mut store)
}

fn make(dir: &Path, persons: u64, rows: u64) {
    let roles = [Role::Authority, Role::Producer, Role::Workspace];
    let [_, producer, workspace] = roles.map(|role| {
        let place = dir.join(role.as_str());
        std::fs::create_dir_all(&place).unwrap();
        let name = role.as_str();
        party::create_with_cost(&place, name, role, &passphrase(), now(), Cost::Light).unwrap()
    });
    let registry = dir.join("registry.csv");
    let mut csv = BufWriter::new(File::create(&registry).unwrap());
    writeln!(
        csv,
        "person,kana,birth_date,sex,insurer,symbol,number,branch,valid_from,valid_to"
    )
    .unwrap();
    for person in 0..persons {
        let chance = mixed(person);
        let day = 1 + chance % 28;
        let year = 1930 + chance % 90;
        writeln!(
            csv,
            "K{person:09},{},{year}01{day:02},{},06132013,{},{},00,20200401,",
            kana(chance),
            1 + chance % 2,
            person / 1000,
            person % 1000
        )
        .unwrap();
    }
    csv.flush().unwrap();
    let begin = Instant::now();
    with_authority(dir, |authority, store| {
        init(authority, store).unwrap();
        let opening = Opening {
            provision: PROVISION.to_owned(),
            study: "S-1".to_owned(),
            producer: producer.fingerprint(),
            certification: Certification {
                kind: "anonymized".to_owned(),
                number: "N-1".to_owned(),
                ground: "19-1".to_owned(),
            },
            recipient: workspace.fingerprint(),
            recipient_item: "7-1".to_owned(),
            databases: vec!["ndb".to_owned()],
            kana: KanaIds::Keyed,
            controls: Declared {
                cohort: persons,
                ..Declared::default()
            },
        };
        provision::open(authority, store, &opening).unwrap();
        let accept = Acceptance::Accept;
        register(authority, store, &registry, Options::default(), accept).unwrap();
    });
    println!(
        "registry of {persons} loaded in {:.0} s",
        begin.elapsed().as_secs_f64()
    );
    std::fs::remove_file(&registry).unwrap();
    extract(dir, persons, rows);
}

fn kana(chance: u64) -> String {
    let letters: Vec<char> = "アカサタナハマヤラワイキシチニヒミリ".chars().collect();
    let letter = |at: u32| letters[(chance >> (at * 4)) as usize % letters.len()];
    let surname: String = (0..4).map(letter).collect();
    let given: String = (4..8).map(letter).collect();
    format!("{surname} {given}")
}

/// Rows of persons in no order; one in fifty is of nobody in the register.
fn extract(dir: &Path, persons: u64, rows: u64) {
    let schema = Arc::new(Schema::new(vec![
        Field::new("person", DataType::Utf8, true),
        Field::new("icd", DataType::Utf8, true),
        Field::new("month", DataType::Int32, true),
        Field::new("points", DataType::Int32, true),
    ]));
    let file = File::create(dir.join("extract.parquet")).unwrap();
    let mut sink = ParquetSink::create(file, &schema, &Sorting::none()).unwrap();
    let step = BATCH_ROWS as u64;
    for first in (0..rows).step_by(BATCH_ROWS) {
        let chance: Vec<u64> = (first..rows.min(first + step)).map(mixed).collect();
        let person = chance.iter().map(|one| {
            let person = if one % 50 == 0 {
                persons
            } else {
                (one >> 8) % persons
            };
            Some(format!("K{person:09}"))
        });
        let icd = chance.iter().map(|one| {
            let letter = char::from(b'A' + (one % 26) as u8);
            Some(format!("{letter}{:02}", one % 89))
        });
        let month = chance.iter().map(|one| Some(202_001 + (one % 12) as i32));
        let points = chance.iter().map(|one| Some((one % 9973) as i32));
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(person.collect::<StringArray>()),
            Arc::new(icd.collect::<StringArray>()),
            Arc::new(month.collect::<Int32Array>()),
            Arc::new(points.collect::<Int32Array>()),
        ];
        sink.write(&RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap())
            .unwrap();
    }
    sink.finish().unwrap();
}

fn measure(dir: &Path, persons: u64, rows: u64, mib: u64) {
    let before = peak_kib() / 1024;
    let begin = Instant::now();
    let order = Order {
        provision: PROVISION.to_owned(),
        database: "ndb".to_owned(),
        approval: "A-1".to_owned(),
        input: dir.join("extract.parquet"),
        persons: Persons::Key {
            column: "person".to_owned(),
            service: Some("month".to_owned()),
            options: Options::default(),
        },
        purpose: "法31条".to_owned(),
        drop: Vec::new(),
        table: "ndb".to_owned(),
        out: dir.join(format!("ndb-{mib}.rkp")),
        expires: "2027-02-22T00:00:00Z".parse().unwrap(),
        memory: mib << 20,
    };
    let stamped = with_authority(dir, |authority, store| {
        stamp(authority, store, &order, &mut |_| {}).unwrap()
    });
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(stamped.rows, rows);
    println!(
        "{persons} persons, {rows} rows, {mib} MiB allowed: {seconds:.1} s, {:.0} rows/s, peak {} MiB (before: {before}); {} with a number ID, {} different",
        rows as f64 / seconds,
        peak_kib() / 1024,
        stamped.rows_with_number_id,
        stamped.distinct_number_ids,
    );
}
