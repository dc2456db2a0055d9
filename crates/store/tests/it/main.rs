//! Integration tests of the store.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fixture that fails fails the test"
)]

mod backup;
mod chain;
mod halt;
mod log;
mod looked_up;
mod packages;
mod proof;
mod received;
mod records;
mod reports;
mod service;
mod tamper;
mod trust;
mod vault;

use renketsu_store::{Event, Store};
use tempfile::TempDir;

fn now() -> jiff::Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

fn store() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn event(action: &str) -> Event {
    Event::new(action, "P-2026-0001", now())
}
