//! Applications, delegations, the meter, fees: at the authority.

use std::time::Duration;

use renketsu_authority::fee::application::{self, Handed, Listed};
use renketsu_authority::fee::delegation::{self as delegations, Delegated};
use renketsu_authority::fee::ledger::{self, Payment};
use renketsu_authority::fee::meter::{self, Stated};
use renketsu_duty::delegation::{Delegate, DelegateKind, Delegation, Payee, Scope, Task};
use renketsu_duty::fee::{FeeRule, Rounding, TariffDay};
use renketsu_duty::ledger::LedgerEntry;
use renketsu_duty::notice::{FeeNotice, Standing};
use serde::Serialize;

use super::authority::with_authority;
use super::document;
use crate::args::{
    Application, ApplicationAccept, ApplicationList, ApplicationReceive, ApplicationRefuse,
    DelegateName, DelegationCommand, DelegationEnd, DelegationList, DelegationRecord, FeeCommand,
    FeeCorrect, FeeList, FeePaid, FeeRuleSet, Meter, MeterCorrect, MeterShow, MeterStart,
    MeterStop, RoundingName, TariffDayName, TaskName,
};
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn application(session: &mut Session<'_>, asked: Application) -> Result<(), Failure> {
    match asked {
        Application::Receive(args) => receive(session, &args),
        Application::Accept(args) => accept(session, &args),
        Application::Refuse(args) => refuse(session, &args),
        Application::Notice(args) => document::applied(session, &args),
        Application::List(args) => applications(session, &args),
    }
}

fn receive(session: &mut Session<'_>, args: &ApplicationReceive) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let handed = Handed {
            number: args.number.clone(),
            provision: args.provision.clone(),
            dated: args.dated,
            method: args.method.clone(),
            document: args.document.clone(),
        };
        let listed = application::receive(authority, store, &handed)?;
        told(session, &listed, args.json.json)
    })
}

fn accept(session: &mut Session<'_>, args: &ApplicationAccept) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let listed = application::accept(authority, store, &args.number)?;
        told(session, &listed, args.json.json)
    })
}

fn refuse(session: &mut Session<'_>, args: &ApplicationRefuse) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let listed = application::refuse(authority, store, &args.number, &args.reason)?;
        told(session, &listed, args.json.json)
    })
}

fn told(session: &mut Session<'_>, listed: &Listed, json: bool) -> Result<(), Failure> {
    if json {
        return session.json("renketsu.application/1", listed);
    }
    application_line(session, listed)
}

fn application_line(session: &mut Session<'_>, listed: &Listed) -> Result<(), Failure> {
    session.say(
        "application-line",
        &[
            ("number", listed.number.clone()),
            ("provision", listed.provision.clone()),
            ("dated", listed.dated.to_string()),
            ("state", listed.state.to_owned()),
            (
                "decided",
                listed
                    .decided_on
                    .map(|on| on.to_string())
                    .unwrap_or_default(),
            ),
        ],
    )?;
    match &listed.reason {
        Some(reason) => session.say("application-reason", &[("reason", reason.clone())]),
        None => Ok(()),
    }
}

fn applications(session: &mut Session<'_>, args: &ApplicationList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        applications: Vec<Listed>,
    }
    Session::card(&args.at.dir)?;
    let applications = application::list(&session.listing(&args.at.dir)?)?;
    if args.json.json {
        return session.json("renketsu.applications/1", &Answer { applications });
    }
    if applications.is_empty() {
        return session.say("application-none", &[]);
    }
    applications
        .iter()
        .try_for_each(|listed| application_line(session, listed))
}

pub(crate) fn delegation(
    session: &mut Session<'_>,
    asked: DelegationCommand,
) -> Result<(), Failure> {
    match asked {
        DelegationCommand::Record(args) => delegate(session, &args),
        DelegationCommand::End(args) => end(session, &args),
        DelegationCommand::List(args) => delegated(session, &args),
    }
}

fn delegate(session: &mut Session<'_>, args: &DelegationRecord) -> Result<(), Failure> {
    let kind = match args.to {
        DelegateName::PaymentFund => DelegateKind::PaymentFund,
        DelegateName::InsuranceFederation => DelegateKind::InsuranceFederation,
        DelegateName::Ordinance => DelegateKind::Ordinance,
    };
    let task = |name: &TaskName| match name {
        TaskName::Receive => Task::Receive,
        TaskName::Resolve => Task::Resolve,
        TaskName::Issue => Task::Issue,
        TaskName::Notify => Task::Notify,
        TaskName::Forward => Task::Forward,
    };
    let delegation = Delegation {
        delegate: Delegate {
            kind,
            name: args.name.clone(),
        },
        scope: if args.all {
            Scope::All
        } else {
            Scope::Part(args.part.iter().map(task).collect())
        },
        from: args.from,
        until: args.until,
    };
    with_authority(session, &args.at.dir, |session, authority, store| {
        let recorded = delegations::record(
            authority,
            store,
            &args.provision,
            &delegation,
            &args.document,
        )?;
        if args.json.json {
            return session.json("renketsu.delegation/1", &recorded);
        }
        delegation_line(session, &recorded)
    })
}

fn end(session: &mut Session<'_>, args: &DelegationEnd) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let ended = delegations::end(authority, store, args.number, args.until)?;
        if args.json.json {
            return session.json("renketsu.delegation/1", &ended);
        }
        delegation_line(session, &ended)
    })
}

fn delegated(session: &mut Session<'_>, args: &DelegationList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        delegations: Vec<Delegated>,
    }
    Session::card(&args.at.dir)?;
    let delegations = delegations::list(&session.listing(&args.at.dir)?)?;
    if args.json.json {
        return session.json("renketsu.delegations/1", &Answer { delegations });
    }
    if delegations.is_empty() {
        return session.say("delegation-none", &[]);
    }
    delegations
        .iter()
        .try_for_each(|delegated| delegation_line(session, delegated))
}

fn delegation_line(session: &mut Session<'_>, delegated: &Delegated) -> Result<(), Failure> {
    let delegation = &delegated.delegation;
    let scope = match &delegation.scope {
        Scope::All => session.messages.text("delegation-all"),
        Scope::Part(tasks) => {
            let words: Vec<String> = tasks
                .iter()
                .map(|task| session.messages.text(task_word(*task)))
                .collect();
            words.join(&session.messages.text("attach-columns-between"))
        }
    };
    session.say(
        "delegation-line",
        &[
            ("entry", delegated.entry.to_string()),
            ("provision", delegated.provision.clone()),
            ("name", delegation.delegate.name.clone()),
            ("kind", delegation.delegate.kind.as_str().to_owned()),
            ("scope", scope),
            ("from", delegation.from.to_string()),
            (
                "until",
                delegation
                    .until
                    .map(|day| day.to_string())
                    .unwrap_or_default(),
            ),
        ],
    )
}

fn task_word(task: Task) -> &'static str {
    match task {
        Task::Receive => "delegation-receive",
        Task::Resolve => "delegation-resolve",
        Task::Issue => "delegation-issue",
        Task::Notify => "delegation-notify",
        Task::Forward => "delegation-forward",
    }
}

pub(crate) fn meter(session: &mut Session<'_>, asked: Meter) -> Result<(), Failure> {
    match asked {
        Meter::Start(args) => start(session, &args),
        Meter::Stop(args) => stop(session, &args),
        Meter::Correct(args) => correct_session(session, &args),
        Meter::Show(args) => show(session, &args),
    }
}

fn start(session: &mut Session<'_>, args: &MeterStart) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        session: u64,
    }
    with_authority(session, &args.at.dir, |session, authority, store| {
        let number = meter::start(authority, store, &args.provision, &args.who)?;
        if args.json.json {
            return session.json("renketsu.meter.start/1", &Answer { session: number });
        }
        let provision = args.provision.clone();
        session.say(
            "meter-started",
            &[("session", number.to_string()), ("provision", provision)],
        )
    })
}

fn stop(session: &mut Session<'_>, args: &MeterStop) -> Result<(), Failure> {
    let stated = match (args.stated, &args.reason) {
        (Some(length), Some(reason)) => Some(Stated {
            length,
            reason: reason.clone(),
        }),
        _ => None,
    };
    with_authority(session, &args.at.dir, |session, authority, store| {
        let stopped = meter::stop(
            authority,
            store,
            &args.provision,
            args.session,
            stated.as_ref(),
        )?;
        if args.json.json {
            return session.json("renketsu.meter.session/1", &stopped);
        }
        session_line(session, &stopped)
    })
}

fn correct_session(session: &mut Session<'_>, args: &MeterCorrect) -> Result<(), Failure> {
    let stated = Stated {
        length: args.stated,
        reason: args.reason.clone(),
    };
    with_authority(session, &args.at.dir, |session, authority, store| {
        let corrected = meter::correct(authority, store, &args.provision, args.session, &stated)?;
        if args.json.json {
            return session.json("renketsu.meter.session/1", &corrected);
        }
        session_line(session, &corrected)
    })
}

fn show(session: &mut Session<'_>, args: &MeterShow) -> Result<(), Failure> {
    Session::card(&args.at.dir)?;
    let shown = meter::show(&session.listing(&args.at.dir)?, &args.provision)?;
    if args.json.json {
        return session.json("renketsu.meter/1", &shown);
    }
    for line in &shown.sessions {
        session_line(session, line)?;
    }
    session.say(
        "meter-total",
        &[
            ("time", clock(shown.total_nanos)),
            ("units", shown.units.to_string()),
        ],
    )
}

fn session_line(session: &mut Session<'_>, shown: &meter::Shown) -> Result<(), Failure> {
    session.say(
        "meter-line",
        &[
            ("session", shown.session.to_string()),
            ("kind", shown.kind.clone()),
            ("what", shown.what.clone()),
            ("time", shown.nanos.map(clock).unwrap_or_default()),
            (
                "corrects",
                shown.corrects.map(|of| of.to_string()).unwrap_or_default(),
            ),
        ],
    )?;
    match &shown.stated {
        Some(reason) => session.say("meter-stated", &[("reason", reason.clone())]),
        None => Ok(()),
    }
}

/// Hours, minutes, seconds; a part of a millisecond is shown as one, so that no time looks like none.
fn clock(nanos: u64) -> String {
    let time = Duration::from_nanos(nanos).as_nanos().div_ceil(1_000_000);
    let (seconds, millis) = (time / 1000, time % 1000);
    format!(
        "{}:{:02}:{:02}.{millis:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

pub(crate) fn fee(session: &mut Session<'_>, asked: FeeCommand) -> Result<(), Failure> {
    match asked {
        FeeCommand::List(args) => list(session, &args),
        FeeCommand::Paid(args) => paid(session, &args),
        FeeCommand::Correct(args) => correct(session, &args),
        FeeCommand::Notice(args) => document::notice(session, &args),
        FeeCommand::Slip(args) => document::slip(session, &args),
        FeeCommand::Rule(args) => rule(session, &args),
    }
}

fn list(session: &mut Session<'_>, args: &FeeList) -> Result<(), Failure> {
    Session::card(&args.at.dir)?;
    let notices = ledger::list(&session.listing(&args.at.dir)?, session.today())?;
    all(session, notices, args.json.json)
}

/// The notices of either side.
pub(super) fn all(
    session: &mut Session<'_>,
    notices: Vec<LedgerEntry>,
    json: bool,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        notices: Vec<LedgerEntry>,
    }
    if json {
        return session.json("renketsu.fees/1", &Answer { notices });
    }
    if notices.is_empty() {
        return session.say("fee-none", &[]);
    }
    notices.iter().try_for_each(|entry| line(session, entry))
}

/// One notice of either side.
pub(super) fn one(
    session: &mut Session<'_>,
    entry: &LedgerEntry,
    json: bool,
) -> Result<(), Failure> {
    if json {
        return session.json("renketsu.fee/1", entry);
    }
    line(session, entry)
}

fn line(session: &mut Session<'_>, entry: &LedgerEntry) -> Result<(), Failure> {
    notice(session, &entry.notice)?;
    let day = |day: &jiff::civil::Date| day.to_string();
    let (state, value) = match &entry.standing {
        Standing::Corrected { by } => ("corrected", by.clone()),
        Standing::Due { by } => ("due", day(by)),
        Standing::NothingDue => ("nothing", String::new()),
        Standing::Overdue { since } => ("overdue", day(since)),
        Standing::Paid { on } => ("paid", day(on)),
    };
    session.say(
        "fee-standing",
        &[
            ("state", state.to_owned()),
            ("value", value),
            ("outstanding", entry.outstanding_yen.to_string()),
            ("excess", entry.excess_yen.to_string()),
        ],
    )
}

/// The notice itself: how much, to whom, counted from what.
pub(super) fn notice(session: &mut Session<'_>, notice: &FeeNotice) -> Result<(), Failure> {
    let payee = match &notice.payee {
        Payee::State => session.messages.text("fee-payee-state"),
        Payee::Delegate(delegate) => delegate.name.clone(),
    };
    session.say(
        "fee-notice",
        &[
            ("number", notice.number.clone()),
            ("yen", notice.amount_yen.to_string()),
            ("units", notice.units.to_string()),
            ("before", notice.units_before.to_string()),
            (
                "due",
                notice.due.map(|due| due.to_string()).unwrap_or_default(),
            ),
        ],
    )?;
    session.say(
        "fee-payee",
        &[
            ("payee", payee),
            (
                "slip",
                if notice.has_slip() { "yes" } else { "no" }.to_owned(),
            ),
        ],
    )?;
    match &notice.corrects {
        Some(corrects) => session.say(
            "fee-corrects",
            &[
                ("notice", corrects.notice.clone()),
                ("reason", corrects.reason.clone()),
            ],
        ),
        None => Ok(()),
    }
}

fn paid(session: &mut Session<'_>, args: &FeePaid) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let payment = Payment {
            notice: args.notice.clone(),
            yen: args.yen,
            on: args.on.unwrap_or_else(|| session.today()),
            proof: args.proof.clone(),
        };
        let entry = ledger::paid(authority, store, &payment)?;
        one(session, &entry, args.json.json)
    })
}

fn correct(session: &mut Session<'_>, args: &FeeCorrect) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let entry = ledger::correct(authority, store, &args.notice, &args.reason, &args.out)?;
        one(session, &entry, args.json.json)?;
        if args.json.json {
            return Ok(());
        }
        session.say(
            "fee-correction-written",
            &[("path", args.out.display().to_string())],
        )
    })
}

fn rule(session: &mut Session<'_>, args: &FeeRuleSet) -> Result<(), Failure> {
    let rule = with_authority(session, &args.at.dir, |_, authority, store| {
        let before = store.fee_rule()?;
        let rule = changed(before, args);
        if rule != before {
            ledger::set_rule(authority, store, &rule)?;
        }
        Ok(rule)
    })?;
    rule_line(session, rule, args.json.json)
}

fn changed(mut rule: FeeRule, args: &FeeRuleSet) -> FeeRule {
    if let Some(rounding) = args.rounding {
        rule.rounding = match rounding {
            RoundingName::Provision => Rounding::Provision,
            RoundingName::Answer => Rounding::Answer,
        };
    }
    if let Some(day) = args.tariff_day {
        rule.tariff_day = match day {
            TariffDayName::Provided => TariffDay::Provided,
            TariffDayName::Begun => TariffDay::Begun,
        };
    }
    rule.due_days = args.due_days.unwrap_or(rule.due_days);
    rule
}

fn rule_line(session: &mut Session<'_>, rule: FeeRule, json: bool) -> Result<(), Failure> {
    if json {
        return session.json("renketsu.fee.rule/1", &rule);
    }
    let rounding = match rule.rounding {
        Rounding::Provision => "provision",
        Rounding::Answer => "answer",
    };
    let tariff = match rule.tariff_day {
        TariffDay::Provided => "provided",
        TariffDay::Begun => "begun",
    };
    session.say(
        "fee-rule",
        &[
            ("rounding", rounding.to_owned()),
            ("tariff", tariff.to_owned()),
            ("days", rule.due_days.to_string()),
        ],
    )
}
