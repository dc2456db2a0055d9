//! `cargo xtask bench server`: the workspace's server under load, and its log.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;
use serde_json::{Value, json};

use super::machine::{self, Clock};
use super::{build_release, note, say};

const PACKAGE: &str = "renketsu-bench-server";
const CLI: &str = "renketsu-cli";
const HELP: &str = "cargo xtask bench server [--seconds N] [--guessing-seconds N] [--entries N] [--programs DIR] [--out FILE]

Thirty people ask `renketsu serve` for pages of every kind, 200 requests a second together, for --seconds (30): times, errors,
memory. Before it: how long the server takes to start, and sign-ins with the real price of a password. After it: the same
people while 100 passwords a second are guessed for --guessing-seconds (10). Then the log of --entries (1000000) entries:
durable events a second alone and in groups, how long it takes to verify and to prove (`crates/store/examples/log_scale.rs`).
`cargo xtask long server-load` measures 600 and 60 seconds.

--programs names the directory of a build that has `renketsu`, `renketsu-bench-server` and `examples/log_scale`: it is measured
as it is, and the result says so. The record is printed, and written to --out.";

struct Options {
    seconds: String,
    guessing: String,
    entries: String,
    programs: Option<PathBuf>,
    out: Option<PathBuf>,
}

pub(crate) fn run(metadata: &Metadata, arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|argument| argument == "--help") {
        say(HELP);
        return Ok(());
    }
    let options = options(arguments)?;
    let programs = match &options.programs {
        Some(programs) => programs.clone(),
        None => build(metadata)?,
    };
    let root = metadata.workspace_root.as_std_path();
    let place = metadata.target_directory.as_std_path().join("bench/server");
    if place.exists() {
        fs::remove_dir_all(&place).context("an earlier run's files")?;
    }
    fs::create_dir_all(&place).context("a place for the files")?;
    let before = Clock::read();
    note("the server under load");
    let told = ask(
        &programs.join(PACKAGE),
        &[
            text(&programs.join("renketsu"))?,
            text(&place.join("people"))?,
            "--seconds",
            &options.seconds,
            "--guessing-seconds",
            &options.guessing,
        ],
    )?;
    let server: Value = serde_json::from_str(&told).context("what was measured")?;
    note("the log");
    let log = place.join("log");
    let log = ask(
        &programs.join("examples/log_scale"),
        &[text(&log)?, &options.entries],
    )?;
    fs::remove_dir_all(&place).context("the files of the measurement")?;
    let others = before
        .zip(Clock::read())
        .and_then(|(before, after)| before.others(after));
    let record = json!({
        "machine": machine::describe(),
        "source": machine::source(root),
        "built_here": options.programs.is_none(),
        "cpu_share_of_others": others,
        "warning": machine::warning(others),
        "server": server,
        "log": log.lines().collect::<Vec<_>>(),
    });
    let record = format!("{record:#}");
    say(&record);
    if let Some(out) = options.out {
        fs::write(&out, format!("{record}\n")).context("the record")?;
    }
    Ok(())
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        seconds: "30".to_owned(),
        guessing: "10".to_owned(),
        entries: "1000000".to_owned(),
        programs: None,
        out: None,
    };
    for pair in arguments.chunks(2) {
        let [option, value] = pair else {
            bail!("{pair:?} takes a value\n\n{HELP}");
        };
        match option.as_str() {
            "--seconds" => options.seconds.clone_from(value),
            "--guessing-seconds" => options.guessing.clone_from(value),
            "--entries" => options.entries.clone_from(value),
            "--programs" => options.programs = Some(value.into()),
            "--out" => options.out = Some(value.into()),
            other => bail!("no option `{other}`\n\n{HELP}"),
        }
    }
    Ok(options)
}

/// Builds what is measured, and gives where it lies.
fn build(metadata: &Metadata) -> Result<PathBuf> {
    build_release(metadata, CLI)?;
    let programs = build_release(metadata, PACKAGE)?;
    note("building the log's measurement");
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says here which cargo runs"
    )]
    let cargo = std::env::var("CARGO").context("this runs under cargo")?;
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "-p", "renketsu-store"])
        .args(["--example", "log_scale"])
        .current_dir(&metadata.workspace_root)
        .status()
        .context("cargo build")?;
    if !built.success() {
        bail!("the log's measurement does not build");
    }
    Ok(programs.parent().context("a directory")?.to_owned())
}

/// One process of the measurement, and what it prints.
fn ask(program: &Path, arguments: &[&str]) -> Result<String> {
    let told = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("{} starts", program.display()))?;
    if !told.status.success() {
        bail!("it failed: {}", String::from_utf8_lossy(&told.stderr));
    }
    String::from_utf8(told.stdout).context("text")
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}
