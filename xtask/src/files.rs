//! What no file of the project may hold, and how long a file may be.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;

/// A long file may only be long because it lists siblings; those that do stand here with their reason.
const LISTS: &[(&str, &str)] = &[
    (
        "crates/cli/src/args.rs",
        "one struct for each command, side by side",
    ),
    (
        "crates/engine/tests/it/guard.rs",
        "statements that must be refused or pass, one after the other",
    ),
];
const LONGEST: usize = 600;

/// Spelt in halves, so that this file does not hold what it looks for.
const NOT_IN_SOURCES: &[(&str, &str)] = &[
    ("#[ign", "ore"),
    ("to", "do!("),
    ("unimple", "mented!("),
    ("#[al", "low("),
];
/// Measures what encryption costs, by leaving it out.
const UNENCRYPTED: &[(&str, &str)] = &[("Shelf::in_", "clear(")];
/// The only crate that may.
const MEASURES: &str = "crates/bench/";
const NOT_ANYWHERE: &[(&str, &str)] = &[
    ("crates", ".io"),
    ("pypi", ".org"),
    ("registry.npm", "js"),
    ("deb.debian", ".org"),
    ("/ro", "ot/"),
];

pub(crate) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let root = metadata.workspace_root.as_std_path();
    let mut faults = Vec::new();
    for file in tracked(root)? {
        // The lock file names the index of every package by design.
        if file == "Cargo.lock" {
            continue;
        }
        let Ok(text) = fs::read_to_string(root.join(&file)) else {
            continue;
        };
        let lines = text.lines().count();
        if Path::new(&file)
            .extension()
            .is_some_and(|ending| ending == "rs")
        {
            if lines > LONGEST && !LISTS.iter().any(|(list, _)| *list == file) {
                faults.push(format!(
                    "{file} has {lines} lines (at most {LONGEST}, unless it only lists siblings)"
                ));
            }
            faults.extend(holds(&file, &text, NOT_IN_SOURCES));
            if !file.starts_with(MEASURES) {
                faults.extend(holds(&file, &text, UNENCRYPTED));
            }
        }
        faults.extend(holds(&file, &text, NOT_ANYWHERE));
    }
    for (list, _) in LISTS {
        if !root.join(list).exists() {
            faults.push(format!("{list} is excused and does not exist"));
        }
    }
    Ok(faults)
}

fn holds<'a>(
    file: &'a str,
    text: &'a str,
    words: &'a [(&str, &str)],
) -> impl Iterator<Item = String> + 'a {
    words.iter().filter_map(move |(start, end)| {
        let word = format!("{start}{end}");
        let line = text.lines().position(|line| line.contains(&word))?;
        Some(format!("{file}:{}: `{word}`", line.saturating_add(1)))
    })
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}
