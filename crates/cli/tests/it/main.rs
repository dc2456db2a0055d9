//! Integration tests of the binary, as a person runs it.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a step that fails fails the test"
)]

mod catalogue;
mod chain;
mod demo;
mod misuse;
mod party;
mod plain;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The passphrase of every party here.
const PASSPHRASE: &str = "correct horse battery staple";

/// A directory with a passphrase file, in which commands run.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("credentials")).unwrap();
        std::fs::write(
            dir.path().join("credentials/renketsu-passphrase"),
            format!("{PASSPHRASE}\n"),
        )
        .unwrap();
        Self { dir }
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
        Command::new(env!("CARGO_BIN_EXE_renketsu"))
            .args(words)
            .current_dir(self.dir.path())
            .env("CREDENTIALS_DIRECTORY", self.path("credentials"))
            .env("LC_ALL", "en_US.UTF-8")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
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
