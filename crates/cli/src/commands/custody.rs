//! Commands between the authority's two custodians.

use renketsu_authority::custody::{Custodian, CustodyError, epoch, halves, ids, resolve, terms};
use renketsu_authority::fee::Monotonic;
use renketsu_authority::init::{self, Initialised};
use renketsu_authority::party::Authority;
use renketsu_authority::secrets::Door;
use renketsu_seal::Role;
use renketsu_store::Store;

use super::authority::{by_status, describe, not_stamped, with_authority};
use super::controls;
use super::key_token::PinPad;
use crate::args::{
    AuthorityInit, CustodianName, Issue, KeysRotate, KeysStatus, ProvisionHand, ProvisionTake,
    Resolve, Stamp,
};
use crate::clock::Boot;
use crate::failure::Failure;
use crate::session::Session;

/// As [`with_authority`], in the directory of an authority or of an issuer.
pub(super) fn with_custodian<T>(
    session: &mut Session<'_>,
    dir: &std::path::Path,
    work: impl FnOnce(&mut Session<'_>, &Authority<'_>, &mut Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if Session::card(dir)?.role == Role::Issuer {
        with_issuer(session, dir, work)
    } else {
        with_authority(session, dir, work)
    }
}

fn with_issuer<T>(
    session: &mut Session<'_>,
    dir: &std::path::Path,
    work: impl FnOnce(&mut Session<'_>, &Authority<'_>, &mut Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    session.role(dir, Role::Issuer)?;
    let (keys, trust, mut store) = session.party(dir)?;
    let boot = Boot::now()?;
    let read = || boot.reading();
    let clock = Monotonic::new(&read);
    let pad = PinPad::of(session);
    let ask = || pad.ask();
    let door = Door::asking(&ask);
    let issuer = Authority::issuer(dir, &keys, &trust, session.now(), clock)?.with_door(&door);
    let done = pad.settle(work(session, &issuer, &mut store))?;
    super::received::warn(session, &store)?;
    Ok(done)
}

pub(crate) fn init(session: &mut Session<'_>, args: &AuthorityInit) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let Initialised { epoch, custodians } = match args.custodian {
            None => init::init(authority, store)?,
            Some(CustodianName::Both) => init::init_as(authority, store, &Custodian::ALL)?,
            Some(CustodianName::Resolver) => {
                init::init_as(authority, store, &[Custodian::Resolver])?
            }
            Some(CustodianName::Issuer) => init::init_as(authority, store, &[Custodian::Issuer])?,
        };
        let epoch = [("epoch", epoch.0.to_string())];
        match custodians.as_slice() {
            [Custodian::Resolver] => session.say("authority-init-resolver", &epoch),
            [Custodian::Issuer] => session.say("authority-init-issuer", &epoch),
            _ => session.say("authority-init", &epoch),
        }
    })
}

pub(crate) fn rotate(session: &mut Session<'_>, args: &KeysRotate) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let rotated = epoch::rotate(authority, store)?;
        if args.json.json {
            return session.json("renketsu.authority-epoch/1", &rotated);
        }
        session.say("keys-rotated", &[("epoch", rotated.epoch.0.to_string())])?;
        rotated
            .ended
            .iter()
            .try_for_each(|ended| session.say("keys-ended", &[("epoch", ended.to_string())]))
    })
}

pub(crate) fn status(session: &mut Session<'_>, args: &KeysStatus) -> Result<(), Failure> {
    with_custodian(session, &args.at.dir, |session, authority, store| {
        let standing = epoch::standing(authority, store)?;
        if args.json.json {
            return session.json("renketsu.authority-keys/1", &standing);
        }
        for custodian in &standing.custodians {
            let custodian = custodian.as_str().to_owned();
            session.say("keys-custodian", &[("custodian", custodian)])?;
        }
        for kept in &standing.epochs {
            session.say(
                "keys-epoch",
                &[
                    ("epoch", kept.epoch.to_string()),
                    ("provisions", kept.provisions.join(", ")),
                ],
            )?;
        }
        if let Some(place) = &standing.token {
            session.say(
                "keys-token",
                &[
                    ("token", place.token.clone()),
                    ("serial", place.serial.clone()),
                    ("key", place.key.clone()),
                    ("module", place.module.display().to_string()),
                ],
            )?;
        }
        for held in &standing.secrets {
            session.say(
                "keys-held",
                &[
                    ("custodian", held.custodian.as_str().to_owned()),
                    ("secret", held.secret.clone()),
                    ("opened", held.opened_by.to_owned()),
                ],
            )?;
        }
        Ok(())
    })
}

pub(crate) fn hand(session: &mut Session<'_>, args: &ProvisionHand) -> Result<(), Failure> {
    with_issuer(session, &args.at.dir, |session, issuer, store| {
        let order = terms::Order {
            provision: args.id.clone(),
            resolver: Session::trusted(issuer.trust(), &args.resolver)?.fingerprint(),
            out: args.out.clone(),
            expires: session.expiry(args.valid_days),
        };
        let sealed = terms::hand(issuer, store, &order)?;
        if args.json.json {
            return session.json("renketsu.provision-terms/1", &sealed);
        }
        session.say(
            "provision-handed",
            &[
                ("id", args.id.clone()),
                ("path", sealed.path.display().to_string()),
                ("sha256", sealed.sha256.clone()),
            ],
        )
    })
}

pub(crate) fn take(session: &mut Session<'_>, args: &ProvisionTake) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let taken = terms::take(authority, store, &args.file)?;
        if args.json.json {
            return session.json("renketsu.provision/1", &taken);
        }
        describe(session, &taken)
    })
}

pub(crate) fn resolve(session: &mut Session<'_>, args: &Resolve) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let order = resolve::Order {
            request: args.file.clone(),
            to_issuer: args.to_issuer.clone(),
            to_producer: args.to_producer.clone(),
            expires: session.expiry(args.valid_days),
            transport: renketsu_authority::methods::Transport::Medium,
            accept: controls::accepted(&args.accepted),
        };
        let work = session.progress.rows(session.messages);
        let resolved = resolve::resolve(authority, store, &order, &mut |rows| work.at(rows))?;
        drop(work);
        if args.json.json {
            return session.json("renketsu.resolve/1", &resolved);
        }
        by_status(session, &resolved.by_status)?;
        session.say(
            "resolve-done",
            &[
                ("rows", resolved.rows.to_string()),
                ("tokens", resolved.tokens.path.display().to_string()),
                ("references", resolved.references.path.display().to_string()),
                ("registry", resolved.registry.to_string()),
            ],
        )
    })
}

/// An extract in two halves.
pub(super) fn stamp(
    session: &mut Session<'_>,
    args: &Stamp,
    authority: &Authority<'_>,
    store: &mut Store,
    order: &halves::Order,
) -> Result<(), Failure> {
    let work = session.progress.rows(session.messages);
    let halved =
        halves::stamp(authority, store, order, &mut |rows| work.at(rows)).map_err(|error| {
            if let CustodyError::Stamp(error) = error {
                not_stamped(session.messages, error)
            } else {
                error.into()
            }
        })?;
    drop(work);
    if args.json.json {
        return session.json("renketsu.stamp-halves/1", &halved);
    }
    session.say(
        "stamp-halves-done",
        &[
            ("rows", halved.rows.to_string()),
            ("dropped", halved.dropped.join(", ")),
            ("columns", halved.columns.path.display().to_string()),
            ("subjects", halved.subjects.path.display().to_string()),
            ("registry", halved.registry.to_string()),
        ],
    )
}

/// At an issuer the command answers tokens.
pub(crate) fn issue(session: &mut Session<'_>, args: &Issue) -> Result<(), Failure> {
    if Session::card(&args.at.dir)?.role != Role::Issuer {
        return super::authority::issue(session, args);
    }
    let Some(out) = &args.judged.out else {
        return Err(controls::no_dry_run());
    };
    with_issuer(session, &args.at.dir, |session, issuer, store| {
        let order = ids::Order {
            tokens: args.file.clone(),
            out: out.clone(),
            expires: session.expiry(args.valid_days),
        };
        let work = session.progress.rows(session.messages);
        let issued = ids::issue_ids(issuer, store, &order, &mut |rows| work.at(rows))?;
        drop(work);
        if args.json.json {
            return session.json("renketsu.ids/1", &issued);
        }
        session.say(
            if issued.kind == "stamps" {
                "stamps-done"
            } else {
                "ids-done"
            },
            &[
                ("rows", issued.rows.to_string()),
                ("path", issued.ids.path.display().to_string()),
                ("sha256", issued.ids.sha256.clone()),
            ],
        )
    })
}
