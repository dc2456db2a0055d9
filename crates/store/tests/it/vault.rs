use std::path::Path;

use renketsu_seal::Passphrase;
use renketsu_seal::vault::{
    Catalogue, Entry, FileName, Mac, OpenStudy, Vault, VaultCost, VaultError, VaultKey, Wrapped,
};
use renketsu_store::{CohortRecord, Store, StoreError, StudyRecord};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{event, now, store};

struct Fixture {
    dir: TempDir,
    store: Store,
    vault: VaultKey,
    study: OpenStudy,
    wrapped: Wrapped,
}

/// A state with the study `s`, its key recorded and opened from there.
fn fixture() -> Fixture {
    let (dir, mut store) = store();
    let passphrase = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
    let vault = Vault::create(dir.path(), &passphrase, VaultCost::Light).unwrap();
    let (key, wrapped) = vault.new_study("s").unwrap();
    let txn = store.begin().unwrap();
    for (study, provision) in [("s", "P-1"), ("t", "P-2")] {
        txn.create_study(&StudyRecord {
            study: study.to_owned(),
            provision: provision.to_owned(),
            kcv: None,
            kcv_proven: false,
            created_at: now(),
            row_level: None,
        })
        .unwrap();
    }
    let mac = key.mac(&Catalogue::empty("s", txn.said("s").unwrap()));
    txn.put_study_key("s", &wrapped, &mac).unwrap();
    txn.commit(&event("study.created").at_catalogue("s", 0, &mac))
        .unwrap();
    let study = open(&store, &vault).unwrap();
    Fixture {
        dir,
        store,
        vault,
        study,
        wrapped,
    }
}

fn open(store: &Store, vault: &VaultKey) -> Result<OpenStudy, VaultError> {
    let (wrapped, catalogue, mac) = store.vault("s").unwrap().unwrap();
    vault.open_catalogue("s", &wrapped, catalogue, &mac)
}

fn entry(study: &OpenStudy, table: &str, version: u64) -> Entry {
    let name = FileName {
        study: "s".to_owned(),
        table: table.to_owned(),
        file: "rows".to_owned(),
        version,
    };
    let (_, key) = study.study_key().new_file(&name).unwrap();
    Entry {
        path: format!("studies/s/tables/{table}/{version}/rows.parquet"),
        name,
        bytes: 1_000,
        sha256: "ab".repeat(32),
        key,
    }
}

impl Fixture {
    fn put(&mut self, add: &[Entry], remove: &[FileName]) -> Result<(), StoreError> {
        let txn = self.store.begin().unwrap();
        let said = txn.said("s").unwrap();
        let (next, mac) = self.study.next(add, remove, said).unwrap();
        txn.put_files("s", add, remove, next.sequence, &mac)?;
        txn.commit(&event("table.imported").at_catalogue("s", next.sequence, &mac))
            .unwrap();
        self.study.advance(next, &mac).unwrap();
        Ok(())
    }

    /// The catalogue with these files more.
    fn next(&mut self, add: &[Entry]) -> (Catalogue, Mac) {
        let said = self.store.begin().unwrap().said("s").unwrap();
        self.study.next(add, &[], said).unwrap()
    }

    fn sql(&self, statement: &str) {
        let other = Connection::open(self.dir.path().join("state.sqlite")).unwrap();
        assert_eq!(other.execute(statement, []).unwrap(), 1, "{statement}");
    }
}

#[test]
fn the_keys_and_files_of_a_study_are_there_after_reopening() {
    let mut f = fixture();
    let (sequence, files) = (
        f.study.catalogue().sequence,
        f.study.catalogue().entries.len(),
    );
    assert_eq!((sequence, files), (0, 0));
    let (one, two, three) = (
        entry(&f.study, "claims", 1),
        entry(&f.study, "claims", 2),
        entry(&f.study, "visits", 1),
    );
    f.put(&[one.clone(), three.clone()], &[]).unwrap();
    f.put(
        std::slice::from_ref(&two),
        std::slice::from_ref(&three.name),
    )
    .unwrap();
    // Removed and added again in one change: replaced.
    let again = entry(&f.study, "claims", 1);
    f.put(
        std::slice::from_ref(&again),
        std::slice::from_ref(&one.name),
    )
    .unwrap();
    let reopened = Store::open(f.dir.path()).unwrap();
    let (wrapped, catalogue, _) = reopened.vault("s").unwrap().unwrap();
    assert_eq!(wrapped, f.wrapped);
    assert_eq!(catalogue.sequence, 3);
    assert_eq!(
        catalogue.entries.values().collect::<Vec<_>>(),
        [&again, &two]
    );
    let study = open(&reopened, &f.vault).unwrap();
    assert_eq!(study.catalogue(), f.study.catalogue());
    study.key(&two.name).unwrap();
    assert!(reopened.vault("t").unwrap().is_none());
    assert!(reopened.vault("nobody").unwrap().is_none());
}

#[test]
fn a_change_counts_from_the_one_before_it() {
    let mut f = fixture();
    let first = entry(&f.study, "claims", 1);
    f.put(std::slice::from_ref(&first), &[]).unwrap();
    let second = entry(&f.study, "visits", 1);
    let (next, mac) = f.next(std::slice::from_ref(&second));
    for wrong in [0, next.sequence - 1, next.sequence + 1, u64::MAX] {
        let txn = f.store.begin().unwrap();
        let refused = txn.put_files("s", std::slice::from_ref(&second), &[], wrong, &mac);
        assert!(
            matches!(&refused, Err(StoreError::Catalogue { study, recorded: 1 }) if study == "s"),
            "{wrong}: {refused:?}"
        );
    }
    f.put(&[second], &[]).unwrap();
    // Somebody who read the catalogue before that change comes too late.
    let late = f
        .store
        .begin()
        .unwrap()
        .put_files("s", &[], &[], next.sequence, &mac);
    assert_eq!(late.unwrap_err().code(), "store.catalogue");
    assert_eq!(open(&f.store, &f.vault).unwrap().catalogue().sequence, 2);
}

#[test]
fn a_change_that_is_dropped_leaves_the_catalogue_as_it_was() {
    let mut f = fixture();
    let entry = entry(&f.study, "claims", 1);
    let (next, mac) = f.next(std::slice::from_ref(&entry));
    let txn = f.store.begin().unwrap();
    txn.put_files("s", &[entry], &[], next.sequence, &mac)
        .unwrap();
    drop(txn);
    assert_eq!(
        open(&f.store, &f.vault).unwrap().catalogue(),
        f.study.catalogue()
    );
}

#[test]
fn what_does_not_fit_the_catalogue_is_refused() {
    let mut f = fixture();
    let one = entry(&f.study, "claims", 1);
    f.put(std::slice::from_ref(&one), &[]).unwrap();
    let (_, mac) = f.next(&[]);
    let own = std::slice::from_ref(&one);
    let mut foreign = one.clone();
    foreign.name.study = "t".to_owned();
    let mut large = entry(&f.study, "visits", 1);
    large.bytes = u64::MAX;
    let txn = f.store.begin().unwrap();
    let code = |result: Result<(), StoreError>| result.unwrap_err().code();
    assert_eq!(code(txn.put_files("s", own, &[], 2, &mac)), "store.exists");
    drop(txn);
    let txn = f.store.begin().unwrap();
    let absent = [entry(&f.study, "claims", 2).name];
    assert_eq!(
        code(txn.put_files("s", &[], &absent, 2, &mac)),
        "store.missing"
    );
    drop(txn);
    let txn = f.store.begin().unwrap();
    let theirs = std::slice::from_ref(&foreign);
    assert_eq!(
        code(txn.put_files("s", theirs, &[], 2, &mac)),
        "store.missing"
    );
    assert_eq!(
        code(txn.put_files("s", &[], &[foreign.name.clone()], 2, &mac)),
        "store.missing"
    );
    assert_eq!(code(txn.put_files("t", &[], &[], 1, &mac)), "store.missing");
    assert_eq!(
        code(txn.put_study_key("s", &f.wrapped, &mac)),
        "store.exists"
    );
    assert_eq!(
        code(txn.put_study_key("nobody", &f.wrapped, &mac)),
        "store.missing"
    );
    // A length SQLite can't hold is refused, not cut: it would no longer be the one under the MAC.
    assert_eq!(
        code(txn.put_files("s", &[large], &[], 2, &mac)),
        "store.statement"
    );
}

#[test]
fn a_row_edited_behind_the_program_is_found_by_its_mac() {
    let mut f = fixture();
    let entries = [entry(&f.study, "claims", 1), entry(&f.study, "visits", 1)];
    f.put(&entries, &[]).unwrap();
    for (edit, undo) in [
        (
            "path = path || 'x'",
            "path = substr(path, 1, length(path) - 1)",
        ),
        ("bytes = -1", "bytes = 1000"),
        ("sha256 = upper(sha256)", "sha256 = lower(sha256)"),
        ("version = 2", "version = 1"),
        ("file = 'keys'", "file = 'rows'"),
    ] {
        let row = "table_name = 'claims'";
        f.sql(&format!("UPDATE vault_files SET {edit} WHERE {row}"));
        assert_eq!(
            open(&f.store, &f.vault).unwrap_err().code(),
            "seal.vault.catalogue",
            "{edit}"
        );
        f.sql(&format!("UPDATE vault_files SET {undo} WHERE {row}"));
        open(&f.store, &f.vault).unwrap();
    }
    f.sql("UPDATE vault_studies SET sequence = 0");
    assert_eq!(f.store.vault("s").unwrap_err().code(), "store.older");
    f.sql("UPDATE vault_studies SET sequence = 1");
    f.sql("DELETE FROM vault_files WHERE table_name = 'visits'");
    assert!(open(&f.store, &f.vault).is_err());
}

#[test]
fn a_row_that_cannot_be_read_is_damage() {
    let mut f = fixture();
    let one = entry(&f.study, "claims", 1);
    f.put(&[one], &[]).unwrap();
    for edit in [
        "UPDATE vault_files SET wrapped = 'AAAA'",
        "UPDATE vault_studies SET mac = 'no'",
        "UPDATE vault_studies SET wrapped = ''",
    ] {
        f.sql(edit);
        assert_eq!(f.store.vault("s").unwrap_err().code(), "store.damaged");
    }
}

#[test]
fn cohorts_are_kept_by_version() {
    let mut f = fixture();
    let cohort = |name: &str, version| CohortRecord {
        study: "s".to_owned(),
        name: name.to_owned(),
        version,
        persons: 120,
        link: 3,
        made_at: now(),
    };
    let txn = f.store.begin().unwrap();
    for (name, version) in [("old", 2), ("old", 1), ("new", 1)] {
        txn.put_cohort(&cohort(name, version)).unwrap();
    }
    let again = txn.put_cohort(&cohort("old", 2));
    assert!(matches!(
        again,
        Err(StoreError::Exists { what: "cohort", .. })
    ));
    let nobody = CohortRecord {
        study: "nobody".to_owned(),
        ..cohort("old", 1)
    };
    assert_eq!(txn.put_cohort(&nobody).unwrap_err().code(), "store.missing");
    txn.commit(&event("cohort.made")).unwrap();
    assert_eq!(
        f.store.cohorts("s").unwrap(),
        [cohort("new", 1), cohort("old", 1), cohort("old", 2)]
    );
    assert!(f.store.cohorts("t").unwrap().is_empty());
}

#[test]
fn a_state_of_the_first_version_is_brought_up_and_keeps_its_content() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("state.sqlite");
    first_version(&path);
    for _ in 0..2 {
        let store = Store::open(dir.path()).unwrap();
        let study = store.study("s").unwrap().unwrap();
        assert_eq!((study.provision.as_str(), study.row_level), ("P-1", None));
        let [table] = &store.tables("s").unwrap()[..] else {
            unreachable!("one table")
        };
        assert_eq!(
            (table.name.as_str(), table.reference.as_ref()),
            ("claims", None)
        );
        assert!(store.vault("s").unwrap().is_none());
        assert!(store.cohorts("s").unwrap().is_empty());
    }
    let version = |path: &Path| -> i64 {
        Connection::open(path)
            .unwrap()
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    };
    let fresh = TempDir::new().unwrap();
    drop(Store::open(fresh.path()).unwrap());
    assert_eq!(version(&path), version(&fresh.path().join("state.sqlite")));
    let mut store = Store::open(dir.path()).unwrap();
    let txn = store.begin().unwrap();
    txn.set_row_level("s", Some(&serde_json::json!({"cap": 1})))
        .unwrap();
    txn.commit(&event("study.row_level")).unwrap();
    assert_eq!(store.events().unwrap().len(), 1);
}

/// What `0001_state.sql` made, with a study and a table.
fn first_version(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(include_str!("../../src/migrations/0001_state.sql"))
        .unwrap();
    connection
        .execute_batch(
            "INSERT INTO studies VALUES ('s', 'P-1', NULL, 0, '2026-11-22T03:00:00Z');
             INSERT INTO study_tables VALUES ('s', 'claims', 1, 'ndb', 'd', '{}', '{}', '2026-11-22T03:00:00Z');
             PRAGMA user_version = 1;",
        )
        .unwrap();
}

#[test]
fn a_catalogue_that_was_put_back_is_not_the_recorded_one() {
    let mut f = fixture();
    let (_, older, older_mac) = f.store.vault("s").unwrap().unwrap();
    let (next, mac) = f.next(&[entry(&f.study, "claims", 1)]);
    let files: Vec<Entry> = next.entries.values().cloned().collect();
    let txn = f.store.begin().unwrap();
    txn.put_files("s", &files, &[], next.sequence, &mac)
        .unwrap();
    let told = event("table.imported").at_catalogue("s", next.sequence, &mac);
    txn.commit(&told).unwrap();
    open(&f.store, &f.vault).unwrap();

    // Key, rows and MAC of the older catalogue fit together; only the record of events knows of a later one.
    f.sql("DELETE FROM vault_files");
    f.sql(&format!(
        "UPDATE vault_studies SET sequence = {}, mac = '{}'",
        older.sequence,
        older_mac.to_hex()
    ));
    let refused = f.store.vault("s").unwrap_err();
    assert!(matches!(refused, StoreError::Older { recorded: 1, .. }));
    assert_eq!((refused.code(), refused.exit()), ("store.older", 1));
    f.sql("DELETE FROM vault_studies");
    assert_eq!(f.store.vault("s").unwrap_err().code(), "store.older");
    assert!(f.store.vault("t").unwrap().is_none());
}

#[test]
fn a_row_edited_behind_the_program_takes_the_proof_from_the_catalogue() {
    let mut f = fixture();
    f.put(&[entry(&f.study, "claims", 1)], &[]).unwrap();
    let proven = |f: &Fixture| open(&f.store, &f.vault).is_ok();
    assert!(proven(&f));
    for (edit, undo) in [
        (
            "UPDATE studies SET row_level = '{}' WHERE study = 's'",
            "UPDATE studies SET row_level = NULL WHERE study = 's'",
        ),
        (
            "UPDATE studies SET provision = 'P-3' WHERE study = 's'",
            "UPDATE studies SET provision = 'P-1' WHERE study = 's'",
        ),
        (
            "INSERT INTO study_tables VALUES ('s', 't', 1, 'reference', 'd', '{}', '{}', 'then', 'x', 'y')",
            "DELETE FROM study_tables",
        ),
        (
            "INSERT INTO links VALUES ('s', 1, 'd', '[]', '{}', 'then')",
            "DELETE FROM links",
        ),
        (
            "INSERT INTO cohorts VALUES ('s', 'c', 1, 7, 1, 'then')",
            "DELETE FROM cohorts",
        ),
    ] {
        f.sql(edit);
        assert!(!proven(&f), "{edit}");
        f.sql(undo);
        assert!(proven(&f), "{undo}");
    }
    // A row of another study is not this one's.
    f.sql("UPDATE studies SET row_level = '{}' WHERE study = 't'");
    assert!(proven(&f));
    // Nor does an event that came later change anything, and the digest is of the head before the event that told.
    f.store
        .begin()
        .unwrap()
        .commit(&event("study.asked"))
        .unwrap();
    assert!(proven(&f));
}
