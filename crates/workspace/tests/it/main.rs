//! Integration tests of the workspace, with an engine that only notes what it was asked.

#![expect(clippy::unwrap_used, reason = "a fixture that fails fails the test")]

mod import;
mod link;

use std::cell::RefCell;
use std::io::Read as _;
use std::path::Path;

use renketsu_identity::KeyCheckValues;
use renketsu_store::Store;
use renketsu_testkit::now;
use renketsu_workspace::{IdColumns, LinkEngine, LinkTable, TableSource, create_study};
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
    linked: RefCell<Vec<(Vec<LinkTable>, Option<std::path::PathBuf>)>>,
}

impl LinkEngine for FakeEngine {
    type ImportReport = Heard;
    type LinkReport = usize;
    type Error = Told;

    fn import(
        &self,
        source: TableSource,
        _table: &str,
        ids: Option<&IdColumns>,
        _keep: &[String],
        out: &Path,
    ) -> Result<Heard, Told> {
        let mut bytes = Vec::new();
        match source {
            TableSource::Package { mut reader, .. } => reader.read_to_end(&mut bytes).unwrap(),
            TableSource::Plain { path } => std::fs::File::open(path)
                .unwrap()
                .read_to_end(&mut bytes)
                .unwrap(),
        };
        std::fs::create_dir(out).unwrap();
        std::fs::write(out.join("import.parquet"), &bytes).unwrap();
        if self.fails {
            return Err(Told);
        }
        Ok(Heard {
            bytes: bytes.len() as u64,
            number_id: ids.map(|ids| ids.number_id.clone()),
        })
    }

    fn link(
        &self,
        tables: &[LinkTable],
        previous: Option<&Path>,
        out: &Path,
    ) -> Result<usize, Told> {
        std::fs::create_dir(out).unwrap();
        std::fs::write(out.join("persons.parquet"), b"x").unwrap();
        if self.fails {
            return Err(Told);
        }
        self.linked
            .borrow_mut()
            .push((tables.to_vec(), previous.map(Path::to_owned)));
        Ok(tables.len())
    }
}

fn kcv(first: u8) -> KeyCheckValues {
    let hex = |last: u8| format!("{first:02x}{last:02x}000000000000");
    serde_json::from_value(serde_json::json!({"number": hex(1), "kana": hex(2)})).unwrap()
}

/// A directory with one study `S` for provision `P-2026-0001`.
fn workspace() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    create_study(&mut store, "S", "P-2026-0001", now()).unwrap();
    (dir, store)
}
