//! Who may know whom: the table of `docs/architecture.md`, held against `cargo metadata`.

use std::collections::BTreeMap;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Metadata};

/// Each crate and the crates of ours it may depend on.
const KNOWS: &[(&str, &[&str])] = &[
    ("identity", &[]),
    ("duty", &[]),
    ("seal", &["duty", "identity"]),
    ("store", &["duty", "identity", "seal"]),
    ("table", &["identity", "seal"]),
    ("producer", &["duty", "identity", "seal", "store", "table"]),
    ("authority", &["duty", "identity", "seal", "store", "table"]),
    ("engine", &["identity", "seal", "table"]),
    ("access", &[]),
    ("site", &["seal", "store"]),
    ("workspace", &["access", "identity", "seal", "store"]),
    ("web", &["access", "seal", "site", "store", "workspace"]),
    ("service", &["authority", "duty", "seal", "site", "store"]),
    ("population", &[]),
    ("documents", &["duty", "identity"]),
    // What an inspector runs elsewhere: nothing of the party but the formats.
    ("verify", &["seal"]),
    ("testkit", &["identity", "seal"]),
    ("bench", &["engine", "seal", "table"]),
    (
        "bench-authority",
        &[
            "authority",
            "duty",
            "identity",
            "population",
            "seal",
            "store",
            "table",
        ],
    ),
    ("bench-server", &["seal", "site", "store"]),
    (
        "cli",
        &[
            "access",
            "authority",
            "documents",
            "duty",
            "engine",
            "identity",
            "population",
            "producer",
            "seal",
            "service",
            "site",
            "store",
            "table",
            "web",
            "workspace",
        ],
    ),
];

/// What the tests of a crate may know beside: the other parties that it meets, and the check its tables are shown to.
const TESTS_KNOW: &[(&str, &[&str])] = &[
    ("population", &["identity"]),
    ("service", &["identity", "producer", "table"]),
    ("verify", &["store"]),
];

/// Heavy or dangerous libraries and the only crates that may name them. A trailing `*` stands for any ending.
const QUARANTINE: &[(&str, &[&str])] = &[
    ("datafusion*", &["engine"]),
    ("parquet", &["table", "engine"]),
    (
        "arrow*",
        &[
            "table",
            "engine",
            "producer",
            "authority",
            "bench",
            "bench-authority",
        ],
    ),
    ("rusqlite", &["store"]),
    ("rtime-clock", &["cli"]),
    (
        "clap",
        &["cli", "verify", "bench", "bench-authority", "bench-server"],
    ),
    ("age", &["seal"]),
    ("minisign", &["seal"]),
    ("hmac", &["identity"]),
    ("hkdf", &["identity"]),
    ("dta", &["table"]),
    ("sas_xport", &["table"]),
    ("fluent-bundle", &["cli", "verify", "web"]),
    (
        "anyhow",
        &["xtask", "bench", "bench-authority", "bench-server"],
    ),
    ("axum", &["service", "web"]),
    ("askama", &["web"]),
    ("cedar-policy", &["access"]),
    ("webauthn-rs", &["web"]),
    ("hyper*", &["service", "web"]),
    ("rustls", &["bench-server", "service", "site", "web"]),
    ("tokio-rustls", &["service", "web"]),
    ("rcgen", &["service", "site"]),
    ("ring", &["seal"]),
    ("cryptoki", &["seal"]),
    ("memmap2", &["authority", "identity"]),
    ("argon2", &["seal"]),
    ("cargo_metadata", &["xtask"]),
];

fn short(name: &str) -> &str {
    name.strip_prefix("renketsu-").unwrap_or(name)
}

#[expect(clippy::unnecessary_wraps, reason = "every check has one signature")]
pub(crate) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let table: BTreeMap<&str, &[&str]> = KNOWS.iter().copied().collect();
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let name = short(package.name.as_str());
        if name != "xtask" && !table.contains_key(name) {
            faults.push(format!("crate `{name}` stands in no row of the table"));
        }
        for dependency in &package.dependencies {
            let on = dependency.name.as_str();
            let development = dependency.kind == DependencyKind::Development;
            if let Some(ours) = on.strip_prefix("renketsu-") {
                let test_kit = development && ours == "testkit";
                let in_tests = TESTS_KNOW
                    .iter()
                    .any(|(who, known)| development && *who == name && known.contains(&ours));
                let known = in_tests || table.get(name).is_some_and(|known| known.contains(&ours));
                if !known && !test_kit {
                    faults.push(format!("`{name}` may not know `{ours}`"));
                }
                if ours == "testkit" && !development {
                    faults.push(format!("`{name}` uses `testkit` outside tests"));
                }
                continue;
            }
            for (pattern, homes) in QUARANTINE {
                let named = pattern
                    .strip_suffix('*')
                    .map_or(on == *pattern, |start| on.starts_with(start));
                if named && !homes.contains(&name) {
                    faults.push(format!(
                        "`{name}` may not name `{on}`: only {}",
                        homes.join(", ")
                    ));
                }
            }
        }
    }
    Ok(faults)
}
