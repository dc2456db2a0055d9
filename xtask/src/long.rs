//! Tests that take longer than the test command should: the same tests, with more of everything.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// What the tests read: how many kills, and how many random questions of each study.
const MORE: &[(&str, &str)] = &[("RENKETSU_KILLS", "200"), ("RENKETSU_ORACLE", "2500")];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo says here which cargo runs"
)]
pub(crate) fn run() -> Result<()> {
    let cargo = std::env::var("CARGO").context("this runs under cargo")?;
    for arguments in [
        [
            "test",
            "--locked",
            "-p",
            "renketsu-cli",
            "--test",
            "it",
            "kill::",
        ],
        [
            "test",
            "--locked",
            "-p",
            "renketsu-engine",
            "--test",
            "it",
            "oracle::",
        ],
    ] {
        let status = Command::new(&cargo)
            .args(arguments)
            .envs(MORE.iter().copied())
            .status()
            .context("cargo test")?;
        if !status.success() {
            bail!("a long test failed");
        }
    }
    Ok(())
}
