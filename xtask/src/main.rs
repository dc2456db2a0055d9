//! Checks of the house that the compiler does not make: who may know whom, one feature set, licences, files.
//!
//! `cargo xtask check` runs all of them; `cargo xtask NAME` runs one. `cargo xtask bench` is the linking benchmark,
//! `cargo xtask long [STEP…] [--release]` runs the tests that kill, that load and that ask at random with more of it.

mod bench;
mod features;
mod files;
mod glossary;
mod houses;
mod licences;
mod long;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

type Check = fn(&Metadata) -> Result<Vec<String>>;

const CHECKS: &[(&str, Check)] = &[
    ("files", files::check),
    ("houses", houses::check),
    ("licences", licences::check),
    ("glossary", glossary::check),
    ("features", features::check),
];

#[expect(clippy::print_stdout, reason = "a check says what it found")]
fn main() -> Result<()> {
    let asked = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "check".to_owned());
    if asked == "bench" {
        let metadata = MetadataCommand::new().exec().context("cargo metadata")?;
        return bench::run(&metadata, std::env::args().skip(2));
    }
    if asked == "long" {
        return long::run(std::env::args().skip(2));
    }
    let chosen: Vec<_> = CHECKS
        .iter()
        .filter(|(name, _)| asked == "check" || asked == *name)
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = CHECKS.iter().map(|(name, _)| *name).collect();
        bail!(
            "no check `{asked}`; there are: check, bench, long, {}",
            names.join(", ")
        );
    }
    let metadata = MetadataCommand::new().exec().context("cargo metadata")?;
    let mut found = 0_usize;
    for (name, check) in chosen {
        let faults = check(&metadata).with_context(|| format!("check `{name}`"))?;
        println!(
            "{name}: {}",
            if faults.is_empty() {
                "ok".to_owned()
            } else {
                format!("{} faults", faults.len())
            }
        );
        for fault in &faults {
            println!("  {fault}");
        }
        found = found.saturating_add(faults.len());
    }
    if found > 0 {
        bail!("{found} faults");
    }
    Ok(())
}
