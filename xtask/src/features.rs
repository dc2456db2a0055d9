//! One feature set: whatever is built, the crates under the engine have the features the whole workspace gives them.
//! Otherwise Cargo compiles `DataFusion`, Arrow and Parquet a second time (`docs/decisions/0004-build-profile.md`).

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;

/// Selections that people build — the crates above Arrow alone, the papers alone, and the binary as `cargo run` selects
/// it — with the crate under which everything must have the features of the whole workspace.
const SELECTIONS: &[(&str, &str)] = &[
    ("renketsu-producer", "renketsu-engine"),
    ("renketsu-authority", "renketsu-engine"),
    ("renketsu-engine", "renketsu-engine"),
    ("renketsu-documents", "typst-pdf"),
    ("renketsu-documents", "typst"),
    ("renketsu-cli", "renketsu-engine"),
    ("renketsu-cli", "typst"),
];

pub(crate) fn check(_metadata: &Metadata) -> Result<Vec<String>> {
    // A crate may be built for the target and, with other features, for build scripts and macros: the features for the
    // target are therefore held against those for the target.
    const KINDS: [(&str, &str); 4] = [
        ("normal,build", "normal,build,dev"),
        ("normal,build,dev", "normal,build,dev"),
        ("normal,no-proc-macro", "normal,dev,no-proc-macro"),
        ("normal,dev,no-proc-macro", "normal,dev,no-proc-macro"),
    ];
    let mut faults = Vec::new();
    for (selection, top) in SELECTIONS {
        let heavy: BTreeSet<String> = tree(&["-p", top], "normal", "{p}")?
            .into_iter()
            .map(|line| version(&line))
            .collect();
        for (edges, all) in KINDS {
            let whole = tree(&["--workspace"], all, "{p}|{f}")?;
            for line in tree(&["-p", selection], edges, "{p}|{f}")?.difference(&whole) {
                let package = line.split('|').next().unwrap_or_default();
                if heavy.contains(&version(package)) && !package.starts_with("renketsu-") {
                    faults.push(format!("-p {selection} ({edges}) builds another `{line}`"));
                }
            }
        }
    }
    faults.sort();
    faults.dedup();
    Ok(faults)
}

fn version(package: &str) -> String {
    package
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}

fn tree(selection: &[&str], edges: &str, format: &str) -> Result<BTreeSet<String>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says here which cargo runs"
    )]
    let cargo = std::env::var("CARGO").context("this runs under cargo")?;
    let output = Command::new(cargo)
        .args([
            "tree", "--locked", "--prefix", "none", "-e", edges, "-f", format,
        ])
        .args(selection)
        .output()
        .context("cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("cargo tree prints UTF-8")?;
    Ok(text
        .lines()
        .map(|line| line.replace(" (*)", "").replace(" (proc-macro)", ""))
        .collect())
}
