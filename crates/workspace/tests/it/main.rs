//! Integration tests of the workspace, with an engine that only notes what it was asked.

#![expect(clippy::unwrap_used, reason = "a fixture that fails fails the test")]

mod accounts;
mod cohort;
mod halt;
mod import;
mod intake;
mod link;
mod pair;
mod reference;
mod terms;
mod verify;

use std::cell::RefCell;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use renketsu_identity::KeyCheckValues;
use renketsu_seal::vault::{Entry, FileName, OpenStudy, Vault, VaultCost, VaultKey};
use renketsu_store::Store;
use renketsu_testkit::{now, passphrase};
use renketsu_workspace::{
    ImportTable, Link, LinkEngine, LinkError, LinkTable, NewStudy, Output, Stage, Step,
    TableSource, Written, link,
};
use serde::Serialize;
use tempfile::TempDir;

/// What the fake engine can be told to answer.
#[derive(Debug, thiserror::Error)]
#[error("told to fail")]
struct Told;

#[derive(Debug, Serialize, PartialEq, Eq)]
struct Heard {
    bytes: u64,
    number_id: Option<String>,
}

/// Writes one file per table and remembers the calls.
#[derive(Debug, Default)]
struct FakeEngine {
    fails: bool,
    merged: u64,
    linked: RefCell<Vec<(Vec<LinkTable>, Option<u64>)>>,
}

/// Writes a file as an engine does, and gives its entry.
fn written(
    root: &Path,
    study: &OpenStudy,
    path: &Path,
    [table, file]: [&str; 2],
    version: u64,
    content: &[u8],
) -> Entry {
    let key = study.study_key();
    let name = FileName {
        study: key.study().to_owned(),
        table: table.to_owned(),
        file: file.to_owned(),
        version,
    };
    std::fs::write(path, content).unwrap();
    Entry {
        key: key.new_file(&name).unwrap().1,
        name,
        path: path.strip_prefix(root).unwrap().display().to_string(),
        bytes: content.len() as u64,
        sha256: String::new(),
    }
}

impl LinkEngine for FakeEngine {
    type ImportReport = Heard;
    type LinkReport = serde_json::Value;
    type Error = Told;

    fn import(
        &self,
        source: TableSource,
        table: &ImportTable<'_>,
        out: &Output<'_>,
    ) -> Result<Written<Heard>, Told> {
        let mut bytes = Vec::new();
        match source {
            TableSource::Package { mut reader, .. } => reader.read_to_end(&mut bytes).unwrap(),
            TableSource::Pair {
                mut columns,
                mut ids,
                ..
            } => {
                columns.read_to_end(&mut bytes).unwrap();
                ids.read_to_end(&mut bytes).unwrap()
            }
            TableSource::Plain { path } => std::fs::File::open(path)
                .unwrap()
                .read_to_end(&mut bytes)
                .unwrap(),
        };
        std::fs::create_dir(out.dir).unwrap();
        let path = out.dir.join("rows.parquet");
        let names = [table.name, "rows"];
        let entry = written(out.root, out.study, &path, names, out.version, &bytes);
        (out.watch)(Step {
            stage: Stage::Writing,
            rows: 1,
            of: Some(1),
        });
        if self.fails {
            return Err(Told);
        }
        Ok(Written {
            report: Heard {
                bytes: bytes.len() as u64,
                number_id: table.ids.map(|ids| ids.number_id.clone()),
            },
            files: vec![entry],
        })
    }

    fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<u64>,
        out: &Output<'_>,
    ) -> Result<Written<serde_json::Value>, Told> {
        std::fs::create_dir(out.dir).unwrap();
        let path = out.dir.join("persons.parquet");
        let names = ["", "directory"];
        let entry = written(out.root, out.study, &path, names, out.version, b"x");
        if self.fails {
            return Err(Told);
        }
        self.linked.borrow_mut().push((tables.to_vec(), previous));
        Ok(Written {
            report: serde_json::json!({"changes": {"merged": self.merged}}),
            files: vec![entry],
        })
    }

    fn verify(&self, root: &Path, _study: &Arc<OpenStudy>, entry: &Entry) -> Result<(), Told> {
        match std::fs::metadata(root.join(&entry.path)) {
            Ok(found) if found.len() == entry.bytes => Ok(()),
            _ => Err(Told),
        }
    }
}

fn kcv(first: u8) -> KeyCheckValues {
    let hex = |last: u8| format!("{first:02x}{last:02x}000000000000");
    serde_json::from_value(serde_json::json!({"number": hex(1), "kana": hex(2)})).unwrap()
}

/// A directory with a vault and one study `S` for provision `P-2026-0001`.
struct Workspace {
    dir: TempDir,
    vault: VaultKey,
    store: Store,
}

fn workspace() -> Workspace {
    let dir = TempDir::new().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let vault = Vault::create(dir.path(), &passphrase(), VaultCost::Light).unwrap();
    let study = NewStudy::parse("S", "P-2026-0001").unwrap();
    study.create(&mut store, &vault, None, now()).unwrap();
    Workspace { dir, vault, store }
}

impl Workspace {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn link(
        &mut self,
        engine: &FakeEngine,
        study: &str,
    ) -> Result<(u64, serde_json::Value), LinkError<Told>> {
        let ask = Link {
            dir: self.dir.path(),
            study,
            memory: 0,
        };
        link(&mut self.store, &self.vault, engine, ask, &|_| (), now())
    }
}
