//! `cargo xtask bench authority`: loads a register and answers a request from it, at growing sizes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;
use serde_json::Value;

use super::{build_release, note, say};

const PACKAGE: &str = "renketsu-bench-authority";
/// Persons of the registers, unless told otherwise: the growth that matters.
const SIZES: [u64; 3] = [100_000, 1_000_000, 10_000_000];
/// Rows of the request, unless told otherwise.
const ROWS: u64 = 1_000_000;
const HELP: &str = "cargo xtask bench authority [--persons N]... [--rows N]

Per size: a register of N persons is loaded (CSV to the registry on disk), and a request of --rows rows is
answered from it (Parquet to Parquet, with both IDs), once to warm up and then three times; the answer with the least
CPU time counts. One process each, on one thread.";

pub(super) fn run(metadata: &Metadata, arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|argument| argument == "--help") {
        say(HELP);
        return Ok(());
    }
    let (sizes, rows) = options(arguments)?;
    let program = build_release(metadata, PACKAGE)?;
    let store = metadata
        .target_directory
        .as_std_path()
        .join("bench/authority");
    say(&format!(
        "{:>10} {:>10} | {:>9} {:>9} {:>12} {:>6} | {:>9} {:>9} {:>12} {:>6}",
        "persons",
        "numbers",
        "load CPU",
        "wall",
        "numbers/CPUs",
        "MiB",
        "ask CPU",
        "wall",
        "rows/CPUs",
        "MiB"
    ));
    for persons in sizes {
        let place = store.join(persons.to_string());
        if place.exists() {
            fs::remove_dir_all(&place).context("an earlier run's files")?;
        }
        fs::create_dir_all(&place).context("a place for the files")?;
        one(&program, &place, persons, rows)?;
        fs::remove_dir_all(&place).context("the files of this size")?;
    }
    Ok(())
}

fn one(program: &Path, place: &Path, persons: u64, rows: u64) -> Result<()> {
    let (register, request) = (place.join("register.csv"), place.join("request.parquet"));
    let (register, request) = (path(&register)?, path(&request)?);
    let (dir, out) = (place.join("authority"), place.join("answer.parquet"));
    let (dir, out) = (path(&dir)?, path(&out)?);
    let (persons_text, rows_text) = (persons.to_string(), rows.to_string());
    note(&format!("register and request of {persons} persons"));
    ask(program, &["register", &persons_text, register])?;
    ask(program, &["request", &persons_text, &rows_text, request])?;
    note("load");
    let loaded = ask(program, &["load", dir, register])?;
    note("answer");
    let answered = ask(program, &["resolve", dir, request, out, "--times", "3"])?;
    let (numbers, load_cpu) = (number(&loaded, "rows")?, number(&loaded, "cpu_s")?);
    let (asked, ask_cpu) = (number(&answered, "rows")?, number(&answered, "cpu_s")?);
    say(&format!(
        "{persons:>10} {numbers:>10} | {load_cpu:>8.2}s {:>8.2}s {:>12.0} {:>6} | {ask_cpu:>8.3}s {:>8.3}s {:>12.0} {:>6}",
        number(&loaded, "wall_s")?,
        numbers / load_cpu,
        number(&loaded, "peak_mib")?,
        number(&answered, "wall_s")?,
        asked / ask_cpu,
        number(&answered, "peak_mib")?,
    ));
    Ok(())
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("the target directory is no text")
}

/// One process of the measurement, and the JSON it prints.
fn ask(program: &Path, arguments: &[&str]) -> Result<Value> {
    let told = Command::new(program)
        .args(arguments)
        .output()
        .context("the measurement starts")?;
    if !told.status.success() {
        bail!(
            "{arguments:?} failed: {}",
            String::from_utf8_lossy(&told.stderr)
        );
    }
    serde_json::from_slice(&told.stdout).context("the measurement prints JSON")
}

fn number(told: &Value, field: &str) -> Result<f64> {
    told.get(field)
        .and_then(Value::as_f64)
        .with_context(|| format!("the measurement tells `{field}`"))
}

fn options(arguments: &[String]) -> Result<(Vec<u64>, u64)> {
    let (mut sizes, mut rows) = (Vec::new(), ROWS);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("`{argument}` takes a number"))?
            .parse()
            .with_context(|| format!("`{argument}` takes a number"))?;
        match argument.as_str() {
            "--persons" => sizes.push(value),
            "--rows" => rows = value,
            other => bail!("no option `{other}`\n\n{HELP}"),
        }
    }
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    Ok((sizes, rows))
}
