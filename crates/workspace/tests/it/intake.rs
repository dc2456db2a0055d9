//! A delivery's end: the record says what is to be erased before it is, and a stop in between is told at the next start.

use std::fs;
use std::path::{Path, PathBuf};

use renketsu_seal::package::PackageKind;
use renketsu_seal::vault::{Vault, VaultCost};
use renketsu_store::{Event, QuarantineRecord, Store};
use renketsu_testkit::{now, passphrase};
use renketsu_workspace::NewStudy;
use renketsu_workspace::accounts::Acting;
use renketsu_workspace::intake::{self, Contents, IntakeError};
use serde_json::json;
use tempfile::TempDir;

const STUDY: &str = "heart";
const DELIVERY: &str = "20261122-00000001";

/// A package whose tables were all imported: it has none.
fn contents() -> Contents {
    Contents {
        package: "PKG-1".to_owned(),
        kind: PackageKind::Delivery,
        databases: Vec::new(),
        sender: "事業者".to_owned(),
        fingerprint: "f".to_owned(),
        sequence: 1,
        tables: Vec::new(),
        scan: None,
    }
}

struct Quarantine {
    dir: TempDir,
    store: Store,
}

impl Quarantine {
    /// With one delivery in this state; its file is left to the test.
    fn new(state: &str, body: serde_json::Value) -> Self {
        let dir = TempDir::new().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        let vault = Vault::create(dir.path(), &passphrase(), VaultCost::Light).unwrap();
        NewStudy::parse(STUDY, "P-1")
            .unwrap()
            .create(&mut store, &vault, None, now())
            .unwrap();
        let record = QuarantineRecord {
            delivery: DELIVERY.to_owned(),
            study: STUDY.to_owned(),
            sha256: "00".repeat(32),
            bytes: 4,
            state: state.to_owned(),
            received_at: now(),
            received_by: "operator".to_owned(),
            body,
            ended_at: None,
        };
        let txn = store.begin().unwrap();
        txn.quarantine(&record).unwrap();
        txn.commit(&Event::new("package.received", DELIVERY, now()))
            .unwrap();
        let quarantine = Self { dir, store };
        fs::create_dir_all(quarantine.file().parent().unwrap()).unwrap();
        quarantine
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn record(&self) -> QuarantineRecord {
        self.store.delivery(STUDY, DELIVERY).unwrap().unwrap()
    }

    fn file(&self) -> PathBuf {
        intake::file(self.root(), &self.record())
    }

    /// As the last step of an import does.
    fn end(&mut self) -> Result<(), IntakeError> {
        let acting = Acting {
            person: "operator".to_owned(),
            sitting: "0".repeat(16),
            terminal: "one".to_owned(),
            study: Some(STUDY.to_owned()),
        };
        let (root, record) = (self.root().to_owned(), self.record());
        let (store, contents) = (&mut self.store, contents());
        let came = (&record, &contents);
        intake::imported(store, &root, came, None, "receipts", &acting, now())
    }

    fn start(&mut self) {
        let root = self.root().to_owned();
        intake::recovered(&mut self.store, &root, now()).unwrap();
    }

    /// What the record says since the delivery came: actions, and whether a file was left.
    fn told(&self) -> Vec<(String, Option<bool>)> {
        let events = self.store.events().unwrap();
        let came = events
            .iter()
            .position(|entry| entry.event.action == "package.received")
            .unwrap();
        let left = |event: &Event| {
            event
                .details
                .get("left")
                .and_then(serde_json::Value::as_bool)
        };
        events
            .iter()
            .skip(came.saturating_add(1))
            .map(|entry| (entry.event.action.clone(), left(&entry.event)))
            .collect()
    }
}

fn said(actions: &[(&str, Option<bool>)]) -> Vec<(String, Option<bool>)> {
    let owned = |(action, left): &(&str, Option<bool>)| ((*action).to_owned(), *left);
    actions.iter().map(owned).collect()
}

fn verified() -> serde_json::Value {
    serde_json::to_value(contents()).unwrap()
}

#[test]
fn a_file_that_cant_be_erased_is_being_erased_until_it_is() {
    let mut quarantine = Quarantine::new("verified", verified());
    // What is no file isn't erased: as if the system refused.
    fs::create_dir(quarantine.file()).unwrap();
    let refused = quarantine.end().unwrap_err();
    assert_eq!(refused.code(), "workspace.intake.io");
    let record = quarantine.record();
    assert_eq!((record.state.as_str(), record.ended_at), ("erasing", None));
    let begun = [("package.imported", None), ("package.erase_begun", None)];
    assert_eq!(quarantine.told(), said(&begun));
    // A start says nothing that isn't so.
    quarantine.start();
    assert_eq!(quarantine.record().state, "erasing");
    assert_eq!(quarantine.told(), said(&begun));

    fs::remove_dir(quarantine.file()).unwrap();
    fs::write(quarantine.file(), b"left").unwrap();
    quarantine.start();
    assert!(!quarantine.file().exists());
    let record = quarantine.record();
    assert_eq!(
        (record.state.as_str(), record.ended_at),
        ("imported", Some(now()))
    );
    let [imported, begun] = begun;
    let ended = [imported, begun, ("package.erased", Some(true))];
    assert_eq!(quarantine.told(), said(&ended));
    // Once.
    quarantine.start();
    assert_eq!(quarantine.told(), said(&ended));
}

#[test]
fn a_start_says_that_a_file_was_gone_already() {
    let body = json!({ "code": "workspace.intake.provision", "ends": "discarded" });
    let mut quarantine = Quarantine::new("erasing", body);
    quarantine.start();
    assert_eq!(quarantine.record().state, "discarded");
    let told = [("package.erased", Some(false))];
    assert_eq!(quarantine.told(), said(&told));
}

#[test]
fn a_package_whose_tables_were_all_imported_ends_at_the_next_start() {
    let mut quarantine = Quarantine::new("verified", verified());
    fs::write(quarantine.file(), b"left").unwrap();
    quarantine.start();
    assert!(!quarantine.file().exists());
    assert_eq!(quarantine.record().state, "imported");
    let told = [
        ("package.erase_begun", None),
        ("package.erased", Some(true)),
    ];
    assert_eq!(quarantine.told(), said(&told));
}

#[test]
fn what_waits_stays() {
    let mut waits = contents();
    waits.tables = vec![("receipts".to_owned(), 3)];
    let body = serde_json::to_value(waits).unwrap();
    let mut quarantine = Quarantine::new("verified", body);
    fs::write(quarantine.file(), b"here").unwrap();
    quarantine.start();
    assert!(quarantine.file().exists());
    assert_eq!(quarantine.record().state, "verified");
    assert_eq!(quarantine.told(), said(&[]));
}
