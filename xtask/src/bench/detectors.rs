//! `cargo xtask bench detectors`: what the findings of issue controls cost honest producers, and what they catch.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;

use super::{build_release, note, say};

const PACKAGE: &str = "renketsu-bench-authority";
const HELP: &str = "cargo xtask bench detectors [--persons N] [--times N]

Makes N synthetic persons (300000) and loads their register; prints, as tables of docs/decisions/0017, the share of honest
requests that each finding stops, and the share of attacks that it catches, --times (40) requests of each sort.";

pub(super) fn run(metadata: &Metadata, arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|argument| argument == "--help") {
        say(HELP);
        return Ok(());
    }
    let (mut persons, mut times) = ("300000", "40");
    for pair in arguments.chunks(2) {
        match pair {
            [option, value] if option == "--persons" => persons = value,
            [option, value] if option == "--times" => times = value,
            other => bail!("no option {other:?}\n\n{HELP}"),
        }
    }
    let program = build_release(metadata, PACKAGE)?;
    let place = metadata
        .target_directory
        .as_std_path()
        .join("bench/detectors");
    if place.exists() {
        fs::remove_dir_all(&place).context("an earlier run's files")?;
    }
    note(&format!("{persons} persons, {times} requests of each sort"));
    let told = Command::new(program)
        .arg("detectors")
        .arg(&place)
        .args([persons, "--times", times])
        .output()
        .context("the measurement starts")?;
    fs::remove_dir_all(&place).context("the files of the measurement")?;
    if !told.status.success() {
        bail!("it failed: {}", String::from_utf8_lossy(&told.stderr));
    }
    say(String::from_utf8_lossy(&told.stdout).trim_end());
    Ok(())
}
