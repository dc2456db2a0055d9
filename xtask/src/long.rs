//! Tests that take longer than the test command should: the same tests, with more of everything.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::MetadataCommand;

use crate::bench;

/// A long run of a test.
struct Step {
    name: &'static str,
    package: &'static str,
    tests: &'static str,
    /// What the test reads to do more.
    more: &'static [(&'static str, &'static str)],
}

const STEPS: &[Step] = &[
    Step {
        name: "kills",
        package: "renketsu-cli",
        tests: "kill::",
        more: &[("RENKETSU_KILLS", "200")],
    },
    Step {
        name: "service-kills",
        package: "renketsu-cli",
        tests: "service::a_kill",
        more: &[("RENKETSU_KILLS", "200")],
    },
    Step {
        name: "server-kills",
        package: "renketsu-web",
        tests: "kill::",
        more: &[("RENKETSU_KILLS", "200")],
    },
    Step {
        name: "service-load",
        package: "renketsu-service",
        tests: "exchange::many",
        more: &[
            ("RENKETSU_UPLOADS", "50"),
            ("RENKETSU_UPLOAD_ROWS", "100000"),
        ],
    },
    Step {
        name: "log-flips",
        package: "renketsu-store",
        tests: "tamper::every_byte",
        more: &[("RENKETSU_FLIPS", "every")],
    },
    Step {
        name: "oracle",
        package: "renketsu-engine",
        tests: "oracle::",
        more: &[("RENKETSU_ORACLE", "2500")],
    },
];

/// The step that is no test: the server's measurement, for as long as its figures are stated. It builds a release in any case.
const LOAD: &str = "server-load";
const LOAD_OPTIONS: [&str; 4] = ["--seconds", "600", "--guessing-seconds", "60"];

/// All steps, or those that are named; `--release` builds them so.
pub(crate) fn run(asked: impl Iterator<Item = String>) -> Result<()> {
    let (options, names): (Vec<_>, Vec<_>) = asked.partition(|word| word.starts_with("--"));
    let release = match options.as_slice() {
        [] => false,
        [option] if option == "--release" => true,
        _ => bail!("there is one option: --release"),
    };
    let known: Vec<&str> = STEPS.iter().map(|step| step.name).chain([LOAD]).collect();
    for name in &names {
        if !known.contains(&name.as_str()) {
            bail!("no step `{name}`; there are: {}", known.join(", "));
        }
    }
    let is_chosen = |step: &str| names.is_empty() || names.iter().any(|name| name == step);
    for step in STEPS.iter().filter(|step| is_chosen(step.name)) {
        carry_out(step, release).with_context(|| format!("step `{}`", step.name))?;
    }
    if is_chosen(LOAD) {
        let metadata = MetadataCommand::new().exec().context("cargo metadata")?;
        bench::server::run(&metadata, &LOAD_OPTIONS.map(str::to_owned))
            .with_context(|| format!("step `{LOAD}`"))?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo says here which cargo runs"
)]
fn carry_out(step: &Step, release: bool) -> Result<()> {
    let cargo = std::env::var("CARGO").context("this runs under cargo")?;
    let status = Command::new(cargo)
        .args(["test", "--locked", "-p", step.package, "--test", "it"])
        .args(release.then_some("--release"))
        .arg(step.tests)
        // The figures of the long runs are printed by the tests.
        .args(["--", "--nocapture"])
        .envs(step.more.iter().copied())
        .status()
        .context("cargo test")?;
    if !status.success() {
        bail!("a long test failed");
    }
    Ok(())
}
