//! Integration tests of the binary, as a person runs it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a step that fails fails the test"
)]

mod arrivals;
mod backup;
mod browser;
mod catalogue;
mod chain;
mod controls;
mod custodians;
mod custody;
mod demo;
mod door;
mod fees;
mod kill;
mod log;
mod markers;
mod misuse;
mod paper;
mod party;
mod plain;
mod proof;
mod removal;
mod service;
mod study;
mod token;
mod vault;
mod verifiable;
mod volume;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use renketsu_seal::Passphrase;
use renketsu_seal::vault::{Vault, VaultCost};
use renketsu_store::Store;
use tempfile::TempDir;

/// The passphrase of every party here.
const PASSPHRASE: &str = "correct horse battery staple";

/// The passphrase of every vault here.
const VAULT_PASSPHRASE: &str = "the vault is another matter";

/// A directory with passphrase files, in which commands run.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("credentials")).unwrap();
        let place = Self { dir };
        for (name, words) in [
            ("renketsu-passphrase", PASSPHRASE),
            ("renketsu-vault-passphrase", VAULT_PASSPHRASE),
        ] {
            place.write(&format!("credentials/{name}"), format!("{words}\n"));
        }
        place
    }

    /// Makes a vault whose passphrase costs nothing to try; `study create` finds and opens it.
    fn vault(&self, dir: &str) {
        let dir = self.path(dir);
        std::fs::create_dir_all(&dir).unwrap();
        Store::open(&dir).unwrap();
        let passphrase = Passphrase::new(VAULT_PASSPHRASE.to_owned()).unwrap();
        Vault::create(&dir, &passphrase, VaultCost::Light).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `renketsu` with the words of `line`; the passphrase comes as a systemd credential.
    fn run(&self, line: &str) -> Output {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    fn run_words(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// The command, not yet started.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_renketsu"));
        command
            .args(words)
            .current_dir(self.dir.path())
            .env("CREDENTIALS_DIRECTORY", self.path("credentials"))
            .env("LC_ALL", "en_US.UTF-8")
            .stdin(std::process::Stdio::null());
        command
    }

    /// Asks study `S` in `dir`.
    fn ask(&self, dir: &str, sql: &str) -> Output {
        self.run_words(&["study", "query", "--dir", dir, "--study", "S", "--sql", sql])
    }

    /// What a command that must succeed prints as JSON.
    fn json(&self, line: &str) -> serde_json::Value {
        serde_json::from_str(&self.ok(line)).unwrap()
    }

    /// Runs a command that must succeed, and returns what it printed.
    fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}\n{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command that must fail with this exit code and error code.
    fn fails(&self, line: &str, exit: i32, code: &str) {
        let output = self.run(line);
        refused(&output, exit, code, line);
    }

    /// Everything below the directory with its length, to see that nothing was left behind.
    fn listing(&self) -> Vec<(PathBuf, u64)> {
        let mut found = Vec::new();
        walk(self.dir.path(), &mut found);
        found.sort();
        found
    }
}

fn walk(dir: &Path, into: &mut Vec<(PathBuf, u64)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        // SQLite's own side files come and go.
        if path
            .extension()
            .is_some_and(|ending| ending == "sqlite-wal" || ending == "sqlite-shm")
        {
            continue;
        }
        if path.is_dir() {
            walk(&path, into);
        } else {
            let length = std::fs::metadata(&path).unwrap().len();
            into.push((path, length));
        }
    }
}

fn refused(output: &Output, exit: i32, code: &str, what: &str) {
    let said = text(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(exit),
        "{what}\n{said}\n{}",
        text(&output.stdout)
    );
    assert!(
        said.contains(&format!("[{code}]")),
        "{what}: expected {code}\n{said}"
    );
    assert!(said.contains("next:"), "{what}: no next step\n{said}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
