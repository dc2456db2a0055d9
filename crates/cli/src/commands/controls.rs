//! Commands about the controls of a provision.

use renketsu_authority::controls::{self, Amending, Declared, Dismissing, Kind, Leave, Standing};
use renketsu_authority::issue::{Accepted, Estimate, dry_run};
use renketsu_authority::party::Authority;
use renketsu_authority::provision;
use renketsu_store::Store;
use serde::Serialize;

use super::custody::with_custodian;
use crate::args::{self, AuthorityStatus, Issue, ProvisionAmend, ProvisionClose, ProvisionDismiss};
use crate::failure::Failure;
use crate::session::Session;

/// What was declared on the command line.
pub(super) fn declared(args: &args::Declared) -> Declared {
    let exception = args.reason.as_ref().zip(args.approved_by.as_ref());
    Declared {
        cohort: args.cohort,
        quota: args.quota,
        least: args.minimum_batch,
        exception: exception.map(|(reason, approved_by)| Leave {
            reason: reason.clone(),
            approved_by: approved_by.clone(),
        }),
        largest: args.largest_batch,
    }
}

/// An issuer looks nobody up, so that it has nothing to count.
pub(super) fn no_dry_run() -> Failure {
    let details = vec![
        ("argument", "--dry-run".to_owned()),
        ("other", "issuer".to_owned()),
    ];
    Failure::new("cli.usage.conflict", details, crate::failure::exit::INPUT)
}

/// What was accepted on the command line.
pub(super) fn accepted(judged: &args::Accepted) -> Vec<Accepted> {
    let reason = judged.reason.clone().unwrap_or_default();
    kinds(&judged.accept)
        .map(|finding| Accepted {
            finding,
            reason: reason.clone(),
        })
        .collect()
}

fn kinds(names: &[String]) -> impl Iterator<Item = Kind> {
    names.iter().filter_map(|name| Kind::of_name(name))
}

pub(super) fn amend(session: &mut Session<'_>, args: &ProvisionAmend) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let amending = Amending {
            provision: args.id.clone(),
            cohort: args.cohort,
            quota: args.quota,
            least: args.minimum_batch,
            largest: args.largest_batch,
            allow: kinds(&args.allow).collect(),
            by: Leave {
                reason: args.reason.clone(),
                approved_by: args.approved_by.clone(),
            },
        };
        controls::amend(authority, store, &amending)?;
        let standing = controls::standing(store, &provision::find(store, &args.id)?)?;
        if args.json.json {
            return session.json("renketsu.standing/1", &standing);
        }
        session.say("control-amended", &[("provision", args.id.clone())])?;
        line(session, &standing)
    })
}

pub(super) fn dismiss(session: &mut Session<'_>, args: &ProvisionDismiss) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let dismissing = Dismissing {
            provision: args.id.clone(),
            by: Leave {
                reason: args.reason.clone(),
                approved_by: args.approved_by.clone(),
            },
        };
        let dismissed = controls::dismiss(authority, store, &dismissing)?;
        let standing = controls::standing(store, &provision::find(store, &args.id)?)?;
        if args.json.json {
            return session.json("renketsu.standing/1", &standing);
        }
        let count = dismissed.len().to_string();
        let values = [("provision", args.id.clone()), ("count", count)];
        session.say("control-dismissed", &values)?;
        line(session, &standing)
    })
}

pub(super) fn close(session: &mut Session<'_>, args: &ProvisionClose) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let closed = provision::close(authority, store, &args.id)?;
        let said = if closed.salt_sha256.is_some() {
            "control-closed"
        } else {
            "control-closed-here"
        };
        session.say(said, &[("provision", args.id.clone())])
    })
}

pub(super) fn status(session: &mut Session<'_>, args: &AuthorityStatus) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        provisions: Vec<Standing>,
    }
    Session::card(&args.at.dir)?;
    let store = session.listing(&args.at.dir)?;
    let asked = match &args.provision {
        Some(id) => vec![provision::find(&store, id)?],
        None => provision::list_all(&store)?,
    };
    let provisions = asked
        .iter()
        .map(|provision| controls::standing(&store, provision))
        .collect::<Result<Vec<_>, _>>()?;
    if args.json.json {
        return session.json("renketsu.authority-status/1", &Answer { provisions });
    }
    super::service::held(session, &store)?;
    if provisions.is_empty() {
        return session.say("provision-none", &[]);
    }
    for (provision, standing) in asked.iter().zip(&provisions) {
        let state = if provision.open {
            "provision-open"
        } else {
            "provision-closed"
        };
        let state = session.messages.text(state);
        session.print(&format!("{} ({state})", standing.provision))?;
        line(session, standing)?;
        findings(session, standing)?;
    }
    Ok(())
}

/// What may be asked and what was, on one line, and the exceptions below it.
pub(super) fn line(session: &mut Session<'_>, standing: &Standing) -> Result<(), Failure> {
    let undeclared = session.messages.text("control-undeclared");
    let count = |number: Option<u64>| number.map_or(undeclared.clone(), |n| n.to_string());
    let persons = match standing.persons {
        Some(about) => session
            .messages
            .with("control-persons", &[("count", about.to_string())]),
        None => session.messages.text("control-erased"),
    };
    let controls = &standing.controls;
    let values = [
        ("cohort", count(controls.cohort)),
        ("persons", persons),
        (
            "counted",
            standing
                .used
                .saturating_add(standing.unanswered)
                .to_string(),
        ),
        ("unanswered", standing.unanswered.to_string()),
        ("quota", standing.quota.to_string()),
        ("left", standing.left.to_string()),
        ("requests", standing.requests.to_string()),
        ("least", controls.least.to_string()),
        ("largest", controls.largest.to_string()),
    ];
    session.say("control-line", &values)?;
    if standing.halted {
        let provision = [("provision", standing.provision.clone())];
        session.say("control-halted", &provision)?;
    }
    if let Some(exception) = &controls.exception {
        let values = [
            ("reason", exception.reason.clone()),
            ("approved", exception.approved_by.clone()),
        ];
        session.say("control-exception", &values)?;
    }
    for allowed in &controls.allowed {
        let values = [
            ("name", allowed.finding.name().to_owned()),
            ("reason", allowed.by.reason.clone()),
            ("approved", allowed.by.approved_by.clone()),
        ];
        session.say("control-allowed", &values)?;
    }
    Ok(())
}

fn findings(session: &mut Session<'_>, standing: &Standing) -> Result<(), Failure> {
    for finding in &standing.findings {
        let mut values = vec![
            ("at", finding.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ("name", finding.finding.clone()),
            (
                "label",
                session
                    .messages
                    .text(&format!("control-{}", finding.finding)),
            ),
            ("found", finding.found.to_string()),
            ("of", finding.of.to_string()),
        ];
        if let Some(reason) = &finding.accepted {
            values.push(("reason", reason.clone()));
            session.say("control-accepted", &values)?;
        } else {
            values.push(("request", finding.request.clone()));
            session.say("control-stopped", &values)?;
        }
        if finding.open {
            session.say("control-open", &[])?;
        }
    }
    for dismissal in &standing.dismissals {
        let values = [
            (
                "at",
                dismissal.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            ),
            ("reason", dismissal.reason.clone()),
            ("approved", dismissal.approved_by.clone()),
        ];
        session.say("control-decision", &values)?;
    }
    Ok(())
}

pub(super) fn estimate(
    session: &mut Session<'_>,
    args: &Issue,
    authority: &Authority<'_>,
    store: &mut Store,
) -> Result<(), Failure> {
    let work = session.progress.work("progress-reading", session.messages);
    let estimate = dry_run(authority, store, &args.file)?;
    drop(work);
    if args.json.json {
        return session.json("renketsu.estimate/1", &estimate);
    }
    tell(session, &estimate)
}

fn tell(session: &mut Session<'_>, estimate: &Estimate) -> Result<(), Failure> {
    let step = [("step", estimate.step.to_string())];
    session.say("control-dry", &step)?;
    for (status, rows) in &estimate.by_status {
        let status = session.messages.text(&format!("status-{status}"));
        let few = || session.messages.with("control-dry-few", &step);
        let rows = rows.map_or_else(few, |rows| rows.to_string());
        session.say("control-dry-status", &[("status", status), ("rows", rows)])?;
    }
    let values = [
        ("registry", estimate.registry.to_string()),
        ("left", estimate.left.to_string()),
    ];
    session.say("control-dry-left", &values)
}
