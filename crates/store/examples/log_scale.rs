//! How fast the log is written, signed and checked: `cargo run --release -p renketsu-store --example log_scale -- DIR [ENTRIES]`.
//!
//! Events one by one, each durable before the next; events in groups of one transaction, up to ENTRIES (a million); then a head is
//! signed, a copy written and checked, and entries proven from it. DIR must be new; put it on the disk that is to be measured.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::unnecessary_wraps,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use renketsu_seal::log::{Clock, Copy};
use renketsu_seal::party::{self, Cost};
use renketsu_seal::{Passphrase, Role};
use renketsu_store::{Event, Store};

const ALONE: u64 = 2_000;
const GROUP: u64 = 64;
const GROUPED: u64 = 20_000;
const PROOFS: u64 = 1_000;

fn clock() -> Option<Clock> {
    Some(Clock {
        boot: "3f2aa0b1-77f5-4bd2-9d4e-0a4f5ab1b6a0".to_owned(),
        max_error_us: 16_000_000,
        read: jiff::Timestamp::now(),
        since_boot_us: 123_456_789_012,
        state: 5,
        step_us: None,
        unsynchronised: true,
    })
}

fn event(n: u64) -> Event {
    Event::new("study.asked", "S-2026-0001", jiff::Timestamp::now())
        .with("rows", n)
        .with("statement_sha256", format!("{n:064x}"))
        .with("tables", serde_json::json!([["visits", 3], ["ndb", 1]]))
}

fn grouped(store: &mut Store, entries: u64, group: u64) {
    let mut left = entries;
    while left > 0 {
        let now = left.min(group);
        let txn = store.begin().unwrap();
        for n in 1..now {
            txn.also(&event(n)).unwrap();
        }
        txn.commit(&event(0)).unwrap();
        left -= now;
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().unwrap());
    let total: u64 = arguments.next().map_or(1_000_000, |n| n.parse().unwrap());
    let words = Passphrase::new("made of numbers, nobody's data".to_owned()).unwrap();
    let now = jiff::Timestamp::now();
    let card = party::create_with_cost(&dir, "measured", Role::Workspace, &words, now, Cost::Light)
        .unwrap();
    let keys = party::open(&dir, &words).unwrap();
    let mut store = Store::open(&dir).unwrap().with_clock(clock);

    let ((), took) = timed(|| grouped(&mut store, ALONE, 1));
    println!("alone: {:.0} events/s", ALONE as f64 / took.as_secs_f64());
    let ((), took) = timed(|| grouped(&mut store, GROUPED, GROUP));
    println!(
        "in groups of {GROUP}: {:.0} events/s",
        GROUPED as f64 / took.as_secs_f64()
    );
    grouped(&mut store, total.saturating_sub(ALONE + GROUPED), 10_000);

    let (signed, took) = timed(|| store.sign_log(&dir, &keys).unwrap());
    let size = signed.head.head.size;
    println!(
        "first head over {size} entries: {:.2} s",
        took.as_secs_f64()
    );
    grouped(&mut store, 1, 1);
    let (_, took) = timed(|| store.sign_log(&dir, &keys).unwrap());
    println!("next head: {:.2} s", took.as_secs_f64());
    let copy = dir.join("copy");
    let (_, took) = timed(|| store.export_log(&dir, &card, &copy).unwrap());
    println!("copy, checked once: {:.2} s", took.as_secs_f64());
    let copy = Copy::open(&copy, Some(&card.fingerprint())).unwrap();
    let (examined, took) = timed(|| copy.examine(&[], &mut |_, _| {}).unwrap());
    let size = examined.head.head.size;
    println!("{size} entries verified: {:.2} s", took.as_secs_f64());
    let ((), took) = timed(|| {
        for n in 0..PROOFS {
            let index = n * (size / PROOFS);
            assert!(copy.proof(index, &examined.head).unwrap().is_some());
        }
    });
    println!(
        "one proof, made and checked: {:.3} ms",
        took.as_secs_f64() * 1000.0 / PROOFS as f64
    );
}
