//! The linking authority's commands.

use std::collections::BTreeMap;

use renketsu_authority::controls::standing;
use renketsu_authority::custody::halves;
use renketsu_authority::fee::Monotonic;
use renketsu_authority::issue;
use renketsu_authority::methods::Transport;
use renketsu_authority::party::Authority;
use renketsu_authority::provision::{self, KanaIds, Opening, Provision};
use renketsu_authority::registration::{self, Registered, RegistryError};
use renketsu_authority::registry::{Acceptance, Finding, Findings};
use renketsu_authority::secrets::Door;
use renketsu_authority::stamp::{self, Persons, StampError};
use renketsu_seal::Role;
use renketsu_seal::package::Certification;
use renketsu_store::Store;
use renketsu_table::columns::ColumnMap;
use renketsu_table::delimited::Options;
use serde::Serialize;

use super::custody::with_custodian;
use super::key_token::PinPad;
use super::{controls, identifying};
use crate::args::{Issue, KanaModeName, ProvisionList, ProvisionOpen, RegistryLoad, Stamp};
use crate::clock::Boot;
use crate::failure::Failure;
use crate::language::Messages;
use crate::session::Session;

/// Opens what every command of the authority stands on, and does `work` with it.
pub(super) fn with_authority<T>(
    session: &mut Session<'_>,
    dir: &std::path::Path,
    work: impl FnOnce(&mut Session<'_>, &Authority<'_>, &mut Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    session.role(dir, Role::Authority)?;
    let (keys, trust, mut store) = session.party(dir)?;
    let boot = Boot::now()?;
    let read = || boot.reading();
    let clock = Monotonic::new(&read);
    let pad = PinPad::of(session);
    let ask = || pad.ask();
    let door = Door::asking(&ask);
    let authority = Authority::new(dir, &keys, &trust, session.now(), clock)?.with_door(&door);
    let done = pad.settle(work(session, &authority, &mut store))?;
    super::received::warn(session, &store)?;
    Ok(done)
}

pub(crate) fn open(session: &mut Session<'_>, args: &ProvisionOpen) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let opening = Opening {
            provision: args.id.clone(),
            study: args.study.clone(),
            producer: Session::trusted(authority.trust(), &args.producer)?.fingerprint(),
            certification: Certification {
                kind: args.certification.as_str().to_owned(),
                number: args.certification_number.clone(),
                ground: args.ground.clone(),
            },
            recipient: Session::trusted(authority.trust(), &args.recipient)?.fingerprint(),
            recipient_item: args.recipient_item.clone(),
            databases: args.database.clone(),
            kana: match args.kana_mode {
                KanaModeName::Keyed => KanaIds::Keyed,
                KanaModeName::Verifiable => KanaIds::Verifiable,
            },
            controls: controls::declared(&args.controls),
        };
        let opened = provision::open(authority, store, &opening)?;
        if args.json.json {
            return session.json("renketsu.provision/1", &opened);
        }
        describe(session, &opened)
    })
}

pub(super) fn describe(session: &mut Session<'_>, provision: &Provision) -> Result<(), Failure> {
    let terms = &provision.terms;
    let state = session.messages.text(if provision.open {
        "provision-open"
    } else {
        "provision-closed"
    });
    session.say(
        "provision-line",
        &[
            ("id", provision.code.as_str().to_owned()),
            ("state", state),
            ("study", provision.study.clone()),
            ("producer", terms.producer.name.clone()),
            ("recipient", terms.recipient.name.clone()),
            ("item", terms.recipient_item.clone()),
            ("databases", terms.databases.join(", ")),
        ],
    )?;
    session.say(
        "provision-kcv",
        &[(
            "kcv",
            format!("number={},kana={}", terms.kcv.number, terms.kcv.kana),
        )],
    )?;
    match terms.kana_mode.public_key() {
        None => Ok(()),
        Some(key) => session.say("provision-kana-key", &[("key", key.to_string())]),
    }
}

pub(crate) fn list(session: &mut Session<'_>, args: &ProvisionList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        provisions: Vec<Provision>,
    }
    Session::card(&args.at.dir)?;
    let store = session.listing(&args.at.dir)?;
    let provisions = provision::list_all(&store)?;
    if args.json.json {
        return session.json("renketsu.provisions/1", &Answer { provisions });
    }
    if provisions.is_empty() {
        return session.say("provision-none", &[]);
    }
    for provision in &provisions {
        describe(session, provision)?;
        controls::line(session, &standing(&store, provision)?)?;
    }
    Ok(())
}

/// The most findings of a load that are printed; the counts tell of all.
const SHOWN: usize = 20;

pub(crate) fn load(session: &mut Session<'_>, args: &RegistryLoad) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let acceptance = if args.accept_findings {
            Acceptance::Accept
        } else {
            Acceptance::Refuse
        };
        let work = session.progress.work("progress-reading", session.messages);
        let loaded =
            registration::register(authority, store, &args.file, Options::default(), acceptance);
        drop(work);
        registered(session, loaded, args.json.json)
    })
}

/// Says what came of a load or an update.
pub(super) fn registered(
    session: &mut Session<'_>,
    made: Result<Registered, RegistryError>,
    json: bool,
) -> Result<(), Failure> {
    let registered = match made {
        Ok(registered) => registered,
        Err(error) => {
            if let Some(findings) = error.findings() {
                report(session, findings)?;
            }
            return Err(RegistryError::into(error));
        }
    };
    if json {
        return session.json("renketsu.registry/1", &registered);
    }
    report(session, &registered.findings)?;
    session.say(
        "registry-loaded",
        &[
            ("version", registered.version.to_string()),
            ("rows", registered.rows.to_string()),
            ("persons", registered.persons.to_string()),
            (
                "without",
                registered.persons_without_first_number.to_string(),
            ),
        ],
    )
}

/// Findings by kind with their count, and the first of them with their lines.
fn report(session: &mut Session<'_>, findings: &Findings) -> Result<(), Failure> {
    for (kind, count) in findings.counts() {
        session.say(
            "registry-finding",
            &[
                ("kind", kind.name().to_owned()),
                ("count", count.to_string()),
            ],
        )?;
    }
    for finding in findings.iter().take(SHOWN) {
        let line = describe_finding(session, finding);
        session.print(&format!("  {line}"))?;
    }
    Ok(())
}

fn describe_finding(session: &Session<'_>, finding: &Finding) -> String {
    let other = finding.other.map_or_else(
        || session.messages.text("registry-before"),
        |line| {
            session
                .messages
                .with("registry-row", &[("line", line.to_string())])
        },
    );
    let mut values = vec![("line", finding.line.to_string()), ("other", other)];
    if let Some((field, reject)) = finding.rejected {
        values.push(("field", field.name().to_owned()));
        values.push(("reject", reject.name().to_owned()));
    }
    session
        .messages
        .with(&format!("finding-{}", finding.kind.name()), &values)
}

pub(crate) fn issue(session: &mut Session<'_>, args: &Issue) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let Some(out) = &args.judged.out else {
            return controls::estimate(session, args, authority, store);
        };
        let order = issue::Order {
            request: args.file.clone(),
            out: out.clone(),
            expires: session.expiry(args.valid_days),
            transport: Transport::Medium,
            accept: controls::accepted(&args.judged.accepted),
        };
        let work = session.progress.rows(session.messages);
        let answered = issue::issue(authority, store, &order, &mut |rows| work.at(rows))?;
        drop(work);
        if args.json.json {
            return session.json("renketsu.issue/1", &answered);
        }
        by_status(session, &answered.by_status)?;
        session.say(
            "issue-done",
            &[
                ("rows", answered.rows.to_string()),
                ("path", answered.answer.path.display().to_string()),
                ("registry", answered.registry.to_string()),
                ("sha256", answered.answer.sha256.clone()),
            ],
        )?;
        super::fee::notice(session, &answered.fee)
    })
}

pub(crate) fn stamp(session: &mut Session<'_>, args: &Stamp) -> Result<(), Failure> {
    let persons = match (&args.columns, &args.person) {
        (Some(columns), _) => Persons::Identifiers(ColumnMap::read(columns)?),
        (None, Some(column)) => Persons::Key {
            column: column.clone(),
            service: args.service.clone(),
            options: Options::default(),
        },
        (None, None) => {
            let argument = "--person, --columns".to_owned();
            return Err(Failure::new(
                "cli.usage.missing",
                vec![("argument", argument)],
                crate::failure::exit::INPUT,
            ));
        }
    };
    with_authority(session, &args.at.dir, |session, authority, store| {
        let order = stamp::Order {
            provision: args.provision.clone(),
            database: args.database.clone(),
            approval: args.approval.clone(),
            input: args.file.clone(),
            persons,
            purpose: args.purpose.clone(),
            drop: args.drop.clone(),
            table: args.table.clone(),
            out: args.out.clone(),
            expires: session.expiry(args.valid_days),
            memory: u64::from(args.memory).saturating_mul(1024 * 1024),
        };
        if let Some(to_issuer) = &args.to_issuer {
            let order = halves::Order {
                extract: order,
                to_issuer: to_issuer.clone(),
            };
            return super::custody::stamp(session, args, authority, store, &order);
        }
        let work = session.progress.rows(session.messages);
        let stamped = stamp::stamp(authority, store, &order, &mut |rows| work.at(rows))
            .map_err(|error| not_stamped(session.messages, error))?;
        drop(work);
        if args.json.json {
            return session.json("renketsu.stamp/1", &stamped);
        }
        session.say(
            "stamp-done",
            &[
                ("rows", stamped.rows.to_string()),
                ("number", stamped.rows_with_number_id.to_string()),
                ("kana", stamped.rows_with_kana_id.to_string()),
                ("dropped", stamped.dropped.join(", ")),
                ("path", stamped.extract.path.display().to_string()),
                ("sha256", stamped.extract.sha256.clone()),
            ],
        )
    })
}

/// A refusal for the sake of persons names the columns in the reader's words.
pub(super) fn not_stamped(messages: &Messages, error: StampError) -> Failure {
    let StampError::Identifying { file, columns } = &error else {
        return error.into();
    };
    let found = columns
        .iter()
        .map(|found| (found.column.as_str(), found.finding.reason.name()));
    let details = vec![
        ("file", file.display().to_string()),
        ("columns", identifying(messages, found)),
    ];
    Failure::new(error.code(), details, error.exit())
}

/// A line for each status with its rows.
pub(super) fn by_status(
    session: &mut Session<'_>,
    rows: &BTreeMap<&'static str, u64>,
) -> Result<(), Failure> {
    for (status, rows) in rows {
        let status = session.messages.text(&format!("status-{status}"));
        session.say(
            "issue-status",
            &[("status", status), ("rows", rows.to_string())],
        )?;
    }
    Ok(())
}
