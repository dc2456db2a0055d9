//! Tokens of `SoftHSM2` in a directory of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub(crate) const LABEL: &str = "鍵トークン";
pub(crate) const PIN: &str = "4711-0815";

/// Where `SoftHSM2` is, if it is installed.
pub(crate) fn module() -> Option<PathBuf> {
    let module = PathBuf::from("/usr/lib/softhsm/libsofthsm2.so");
    let tool = Command::new("softhsm2-util")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    (module.exists() && tool.is_ok()).then_some(module)
}

/// Whether a missing judge is a failure.
pub(crate) fn must() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// What the tool of `SoftHSM2` does, in a process that knows the tokens.
pub(crate) fn tool(arguments: &[&str]) {
    let done = Command::new("softhsm2-util")
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

pub(crate) fn make(label: &str) {
    let arguments = ["--init-token", "--free", "--so-pin", "0000-1111"];
    tool(&[&arguments[..], &["--pin", PIN, "--label", label]].concat());
}

pub(crate) struct Tokens(TempDir);

impl Tokens {
    pub(crate) fn new() -> Self {
        let tokens = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(tokens.0.path().join("tokens")).unwrap();
        let settings = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.0.path().join("tokens").display()
        );
        std::fs::write(tokens.0.path().join("conf"), settings).unwrap();
        tokens
    }

    /// Lets a process find them.
    pub(crate) fn name_to(&self, command: &mut Command) {
        command
            .env("SOFTHSM2_CONF", self.0.path().join("conf"))
            .env("RENKETSU_TEST_TOKENS", self.0.path().join("tokens"));
    }
}

/// The directory of the tokens of this process.
pub(crate) fn directory() -> PathBuf {
    PathBuf::from(std::env::var_os("RENKETSU_TEST_TOKENS").unwrap())
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
