//! The demo: the whole exchange with a synthetic population, through the same code as the commands, and the link
//! measured against the known truth.

mod data;
mod questions;
mod script;
mod truth;

use std::path::{Path, PathBuf};
use std::time::Instant;

use renketsu_population::{Plan, Population};
use renketsu_seal::party::Cost;
use renketsu_seal::vault::VaultCost;

use crate::args::Demo;
use crate::failure::{Failure, exit};
use crate::passphrase::{self, Passphrases};
use crate::session::Session;
use script::Script;

/// The provision and the study of the demo.
const PROVISION: &str = "P-2026-0001";
const STUDY: &str = "demo";

pub(crate) fn run(session: &mut Session<'_>, args: &Demo) -> Result<(), Failure> {
    // Removed on every way out, unless it is to be kept.
    let temporary = match &args.keep {
        None => {
            Some(tempfile::tempdir().map_err(|error| Failure::io(&std::env::temp_dir(), &error))?)
        }
        Some(_) => None,
    };
    let root = match (&temporary, &args.keep) {
        (Some(directory), _) => directory.path().to_owned(),
        (None, Some(keep)) => new_directory(keep)?,
        (None, None) => {
            return Err(Failure::new(
                "cli.demo.directory",
                Vec::new(),
                exit::ENVIRONMENT,
            ));
        }
    };
    if temporary.is_some() {
        removed_when_interrupted(root.clone());
    }
    let passphrases = Passphrases::Demo;
    let mut inner = Session {
        messages: session.messages,
        clock: session.clock,
        passphrases: &passphrases,
        cost: Cost::Light,
        vault_cost: VaultCost::Light,
        out: &mut *session.out,
        progress: session.progress,
        proven: None,
    };
    play(&mut inner, args, &root)
}

/// Ctrl-C and SIGTERM end a process without its destructors. A handler that cannot be set leaves a temporary directory.
fn removed_when_interrupted(root: PathBuf) {
    let _without = ctrlc::set_handler(move || {
        let _gone = std::fs::remove_dir_all(&root);
        std::process::exit(130);
    });
}

fn new_directory(path: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir(path).map_err(|error| Failure::io(path, &error))?;
    std::path::absolute(path).map_err(|error| Failure::io(path, &error))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demo shows how long its steps take"
)]
fn play(session: &mut Session<'_>, args: &Demo, root: &Path) -> Result<(), Failure> {
    let begun = Instant::now();
    session.say("demo-title", &[])?;
    session.say(
        "demo-population",
        &[
            ("persons", args.persons.to_string()),
            ("seed", args.seed.to_string()),
        ],
    )?;
    let plan = Plan::new(args.persons, args.seed);
    let population = {
        let _work = session.progress.work("progress-starting", session.messages);
        Population::generate(&plan, &mut |_| ()).map_err(|error| data::impossible(&error))?
    };
    let files = data::write(&population, root, session)?;
    if !args.plain {
        session.say("demo-took", &[("seconds", seconds(begun))])?;
    }

    let mut script = Script::new(session, root, args.plain);
    parties(&mut script)?;
    exchange(&mut script, &files, args.persons.into())?;
    let routes = truth::routes(&mut script, root, &population)?;
    delivery(&mut script)?;
    script.show(
        "renketsu study link --dir workspace --study demo --svg link.svg",
        &[
            "renketsu",
            "study",
            "link",
            "--dir",
            "@/workspace",
            "--study",
            STUDY,
            "--svg",
            "@/link.svg",
        ],
    )?;

    script.session().say("demo-picture", &[])?;
    let truth = {
        let session = script.session();
        let _work = session
            .progress
            .work("progress-verifying", session.messages);
        population.truth(&mut |_| ())
    };
    truth::measure(&mut script, root, &population, &truth, &routes)?;
    questions::ask(&mut script)?;

    let session = script.session();
    if let Some(keep) = &args.keep {
        session.say("demo-kept", &[("path", keep.display().to_string())])?;
        let passphrase = passphrase::DEMO.to_owned();
        session.say("demo-passphrase", &[("passphrase", passphrase)])?;
    }
    if !args.plain {
        session.say("demo-end", &[("seconds", seconds(begun))])?;
    }
    if args.serve {
        return crate::commands::demonstrate(session, &root.join("workspace"), STUDY, args.listen);
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demo shows how long its steps take"
)]
fn seconds(since: Instant) -> String {
    format!(
        "{:.1}",
        Instant::now()
            .saturating_duration_since(since)
            .as_secs_f64()
    )
}

/// Keys, cards, trust, certification.
fn parties(script: &mut Script<'_, '_>) -> Result<(), Failure> {
    script.heading("demo-step-parties")?;
    for role in ["producer", "authority", "workspace"] {
        script.run(&format!(
            "renketsu init --dir @/{role} --role {role} --name {role}"
        ))?;
        script.run(&format!(
            "renketsu keys show --dir @/{role} --out @/{role}.card"
        ))?;
    }
    for (of, to) in [
        ("authority", "producer"),
        ("workspace", "producer"),
        ("producer", "authority"),
        ("workspace", "authority"),
        ("producer", "workspace"),
        ("authority", "workspace"),
    ] {
        let fingerprint = script.fingerprint(of)?;
        script.run(&format!(
            "renketsu trust add @/{of}.card --dir @/{to} --fingerprint {fingerprint}"
        ))?;
    }
    script.run("renketsu producer certify --dir @/producer --kind anonymized --number demo-1 --ground 19-1")
}

/// ①② and the stamp of ④.
fn exchange(script: &mut Script<'_, '_>, files: &data::Files, cohort: u64) -> Result<(), Failure> {
    script.heading("demo-step-authority")?;
    script.run("renketsu authority init --dir @/authority")?;
    script.run(&format!(
        "renketsu authority provision open --dir @/authority --id {PROVISION} --study {STUDY} --producer producer \
         --certification anonymized --certification-number demo-1 --ground 19-1 --recipient workspace \
         --recipient-item 7-1 --database ndb --database dpc --cohort {cohort}"
    ))?;
    script.run(&format!(
        "renketsu authority application receive --dir @/authority --number demo-1 --provision {PROVISION} --dated 2026-04-01 \
         --document @/application.txt"
    ))?;
    script.run("renketsu authority application accept demo-1 --dir @/authority")?;
    // A large population has people who share a first number, as real registers do; the record says what was accepted.
    script.run(
        "renketsu authority registry load @/registry.csv --dir @/authority --accept-findings",
    )?;

    script.heading("demo-step-request")?;
    let uke = script::Many {
        option: "--uke",
        shown: "@/claims/*.UKE",
        files: &files.uke,
    };
    let csv = script::Many {
        option: "--table",
        shown: "@/claims/*.csv",
        files: &files.csv,
    };
    script.run_with(
        &format!(
            "renketsu producer request --dir @/producer --provision {PROVISION} --columns @/columns.toml \
             --rejects @/rejects.csv --out @/request.rkp"
        ),
        &[uke, csv],
    )?;

    script.heading("demo-step-issue")?;
    script.run("renketsu authority issue @/request.rkp --dir @/authority --out @/answer.rkp")?;
    for (database, approval) in [("ndb", "A-0001"), ("dpc", "A-0002")] {
        script.run(&format!(
            "renketsu authority stamp @/{database}.csv --dir @/authority --provision {PROVISION} \
             --database {database} --approval {approval} --table {database} --person person --service month --out @/{database}.rkp"
        ))?;
    }
    Ok(())
}

/// ③, and what the user takes in.
fn delivery(script: &mut Script<'_, '_>) -> Result<(), Failure> {
    script.heading("demo-step-attach")?;
    script.run(
        "renketsu producer attach --dir @/producer --answers @/answer.rkp --key 患者番号 --table visits=@/visits.csv",
    )?;
    script.run(&format!(
        "renketsu producer deliver --dir @/producer --provision {PROVISION} --purpose demo --contract demo --place demo \
         --from 2026-01-01 --until 2099-12-31 --out @/delivery.rkp"
    ))?;
    script.heading("demo-step-study")?;
    script.run(&format!(
        "renketsu study create --dir @/workspace --study {STUDY} --provision {PROVISION}"
    ))?;
    for (table, kind, file) in [
        ("visits", "anonymized", "delivery"),
        ("ndb", "ndb", "ndb"),
        ("dpc", "dpc", "dpc"),
    ] {
        script.run(&format!(
            "renketsu study import --dir @/workspace --study {STUDY} --table {table} --kind {kind} @/{file}.rkp"
        ))?;
    }
    Ok(())
}
