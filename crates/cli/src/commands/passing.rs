//! Fees at the producer, and a delivery that goes through a delegate.

use renketsu_authority::forward;
use renketsu_producer::{cover, fee};

use super::authority::with_authority;
use super::document;
use super::fee::{all, one};
use super::producer::with_producer;
use crate::args::{Cover, FeeList, FeePaid, Fees, FeesReceive, Forward};
use crate::failure::Failure;
use crate::session::Session;

pub(crate) fn fees(session: &mut Session<'_>, asked: Fees) -> Result<(), Failure> {
    match asked {
        Fees::List(args) => list(session, &args),
        Fees::Pay(args) => pay(session, &args),
        Fees::Receive(args) => receive(session, &args),
        Fees::Notice(args) => document::received(session, &args),
    }
}

fn list(session: &mut Session<'_>, args: &FeeList) -> Result<(), Failure> {
    Session::card(&args.at.dir)?;
    let notices = fee::list(&session.listing(&args.at.dir)?, session.today())?;
    all(session, notices, args.json.json)
}

fn pay(session: &mut Session<'_>, args: &FeePaid) -> Result<(), Failure> {
    with_producer(session, &args.at.dir, |session, producer| {
        let payment = fee::Payment {
            notice: args.notice.clone(),
            yen: args.yen,
            on: args.on.unwrap_or(producer.today),
            proof: args.proof.clone(),
        };
        let entry = fee::pay(producer, &payment)?;
        one(session, &entry, args.json.json)
    })
}

fn receive(session: &mut Session<'_>, args: &FeesReceive) -> Result<(), Failure> {
    with_producer(session, &args.at.dir, |session, producer| {
        let entry = fee::receive(producer, &args.file)?;
        one(session, &entry, args.json.json)
    })
}

pub(crate) fn cover(session: &mut Session<'_>, args: &Cover) -> Result<(), Failure> {
    with_producer(session, &args.at.dir, |session, producer| {
        let cover = cover::cover(producer, &args.file, &args.out)?;
        if args.json.json {
            return session.json("renketsu.cover/1", &cover);
        }
        session.say(
            "cover-done",
            &[
                ("path", args.out.display().to_string()),
                ("name", cover.recipient),
            ],
        )
    })
}

pub(crate) fn forward(session: &mut Session<'_>, args: &Forward) -> Result<(), Failure> {
    with_authority(session, &args.at.dir, |session, authority, store| {
        let order = forward::Order {
            delivery: args.file.clone(),
            cover: args.cover.clone(),
            out: args.out.clone(),
        };
        let forwarded = forward::forward(authority, store, &order)?;
        if args.json.json {
            return session.json("renketsu.forward/1", &forwarded);
        }
        session.say(
            "forward-done",
            &[
                ("path", args.out.display().to_string()),
                ("name", forwarded.cover.recipient),
                ("delegate", forwarded.delegate.name),
                ("sha256", forwarded.cover.sha256),
            ],
        )
    })
}
