//! Licences of everything that is built, against the list that may enter the binary.

use anyhow::Result;
use cargo_metadata::Metadata;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

#[expect(clippy::unnecessary_wraps, reason = "every check has one signature")]
pub(crate) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for package in &metadata.packages {
        let Some(expression) = package.license.as_deref() else {
            faults.push(format!(
                "{} {} names no licence",
                package.name, package.version
            ));
            continue;
        };
        if !allowed(expression) {
            faults.push(format!(
                "{} {}: {expression}",
                package.name, package.version
            ));
        }
    }
    Ok(faults)
}

/// SPDX, as far as the index uses it: `OR` binds weaker than `AND`; the old `/` means `OR`.
fn allowed(expression: &str) -> bool {
    let text = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut tokens: Vec<&str> = text.split_whitespace().rev().collect();
    any(&mut tokens) && tokens.is_empty()
}

fn any(tokens: &mut Vec<&str>) -> bool {
    let mut good = all(tokens);
    while tokens.last() == Some(&"OR") {
        tokens.pop();
        good |= all(tokens);
    }
    good
}

fn all(tokens: &mut Vec<&str>) -> bool {
    let mut good = one(tokens);
    while tokens.last() == Some(&"AND") {
        tokens.pop();
        good &= one(tokens);
    }
    good
}

fn one(tokens: &mut Vec<&str>) -> bool {
    match tokens.pop() {
        Some("(") => {
            let good = any(tokens);
            tokens.pop() == Some(")") && good
        }
        Some(name) if tokens.last() == Some(&"WITH") => {
            tokens.pop();
            let exception = tokens.pop().unwrap_or_default();
            ALLOWED.contains(&format!("{name} WITH {exception}").as_str())
        }
        Some(name) => ALLOWED.contains(&name),
        None => false,
    }
}
