//! The glossary and the code: a type the glossary names exists, and a Japanese term that documents a type is a term
//! of the glossary.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::Metadata;

pub(crate) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let root = metadata.workspace_root.as_std_path();
    let glossary = fs::read_to_string(root.join("docs/glossary.md")).context("docs/glossary.md")?;
    let rows: Vec<Vec<&str>> = glossary
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Japanese"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut sources = Vec::new();
    collect(&root.join("crates"), &mut sources)?;
    let code: String = sources
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect();

    let mut faults = Vec::new();
    for row in &rows {
        let (Some(term), Some(types)) = (row.first(), row.get(3)) else {
            faults.push(format!("a row has no type column: {}", row.join(" | ")));
            continue;
        };
        for name in types
            .split(',')
            .map(str::trim)
            .filter(|name| name.starts_with('`'))
        {
            let name = name.trim_matches('`');
            let defined = ["struct", "enum", "trait", "type", "fn", "const", "mod"]
                .iter()
                .any(|kind| code.contains(&format!("pub {kind} {name}")))
                || code.contains(&format!("    {name},"))
                || code.contains(&format!("    {name}("))
                || code.contains(&format!("pub {name}:"));
            if !defined {
                faults.push(format!(
                    "the glossary gives `{name}` for {term}, and the code has no such name"
                ));
            }
        }
    }
    for line in code
        .lines()
        .filter(|line| line.trim_start().starts_with("/// "))
    {
        for term in bracketed(line) {
            if !glossary.contains(term) {
                faults.push(format!(
                    "`{term}` stands in a doc comment and not in the glossary"
                ));
            }
        }
    }
    faults.sort();
    faults.dedup();
    Ok(faults)
}

/// Terms given as `(提供用ID)`: in brackets, and written with kanji only, apart from Latin letters.
fn bracketed(line: &str) -> impl Iterator<Item = &str> {
    line.split('(')
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|term| {
            let kanji = term
                .chars()
                .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
                .count();
            kanji >= 2 && !term.contains('条') && !term.contains(' ') && !term.contains('、')
        })
}

fn collect(directory: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
    into.sort();
    Ok(())
}
