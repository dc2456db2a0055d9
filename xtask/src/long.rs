//! Tests that take longer than the test command should: the same tests, with more of everything.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// What the tests read: how many kills, random questions of each study, uploads at once and rows in each.
const MORE: &[(&str, &str)] = &[
    ("RENKETSU_KILLS", "200"),
    ("RENKETSU_ORACLE", "2500"),
    ("RENKETSU_UPLOADS", "50"),
    ("RENKETSU_UPLOAD_ROWS", "100000"),
];

/// Package, and which of its tests.
const TESTS: &[(&str, &str)] = &[
    ("renketsu-cli", "kill::"),
    ("renketsu-cli", "service::a_kill"),
    ("renketsu-service", "exchange::many"),
    ("renketsu-engine", "oracle::"),
];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo says here which cargo runs"
)]
pub(crate) fn run() -> Result<()> {
    let cargo = std::env::var("CARGO").context("this runs under cargo")?;
    for (package, tests) in TESTS {
        let status = Command::new(&cargo)
            .args(["test", "--locked", "-p", package, "--test", "it", tests])
            // The figures of the long runs are printed by the tests.
            .args(["--", "--nocapture"])
            .envs(MORE.iter().copied())
            .status()
            .context("cargo test")?;
        if !status.success() {
            bail!("a long test failed");
        }
    }
    Ok(())
}
