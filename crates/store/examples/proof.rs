//! What the proof of a state costs: `proof ROWS` makes states of `ROWS` packages, and prints the time of a change with
//! and without the proof, and of opening.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that fails says so by stopping"
)]

use std::time::Instant;

use jiff::Timestamp;
use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Passphrase, Role};
use renketsu_store::{Event, SeenPackage, Store, StoreError};

const CHANGES: u32 = 200;

fn package(id: &str) -> SeenPackage {
    SeenPackage {
        package_id: id.to_owned(),
        part: String::new(),
        kind: "request".to_owned(),
        sender: "0".repeat(64),
        sequence: 1,
        seen_at: Timestamp::UNIX_EPOCH,
        head: None,
    }
}

/// Microseconds of one change.
fn changes(store: &mut Store, name: &str) -> Result<u128, StoreError> {
    let begin = Instant::now();
    for number in 0..CHANGES {
        let txn = store.begin()?;
        txn.see(&package(&format!("{name}-{number}")))?;
        txn.commit(&Event::new("key.used", name, Timestamp::UNIX_EPOCH))?;
    }
    Ok(begin.elapsed().as_micros().div_euclid(u128::from(CHANGES)))
}

fn fill(store: &mut Store, rows: u32) -> Result<(), StoreError> {
    let txn = store.begin()?;
    for row in 0..rows {
        txn.see(&package(&format!("row-{row}")))?;
    }
    txn.commit(&Event::new("key.used", "", Timestamp::UNIX_EPOCH))
}

fn main() {
    let rows: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let [proven, plain] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let words = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
    let key = party::create_opened(
        proven.path(),
        "A",
        Role::Authority,
        &words,
        Timestamp::UNIX_EPOCH,
        Cost::Light,
    )
    .unwrap()
    .proof();
    let mut with = Store::open_proven(proven.path(), &key).unwrap();
    let mut without = Store::open(plain.path()).unwrap();
    fill(&mut with, rows).unwrap();
    fill(&mut without, rows).unwrap();
    println!("rows: {rows}");
    for round in ["1", "2", "3"] {
        let with = changes(&mut with, round).unwrap();
        let without = changes(&mut without, round).unwrap();
        println!("one change: {with} µs proven, {without} µs unproven");
    }
    drop((with, without));
    let begin = Instant::now();
    let store = Store::open_proven(proven.path(), &key).unwrap();
    println!("opening, proven: {} ms", begin.elapsed().as_millis());
    let begin = Instant::now();
    store.check().unwrap();
    println!("of it the sums: {} ms", begin.elapsed().as_millis());
    let begin = Instant::now();
    drop(Store::open(plain.path()).unwrap());
    println!("opening, unproven: {} ms", begin.elapsed().as_millis());
}
