//! Removing persons at the producer.

use renketsu_producer::deliver::Period;
use renketsu_producer::remove::{self, Agreed, RemovalOrder, RemoveOrder};
use renketsu_producer::request::{Keys, RequestOrder};
use renketsu_producer::sources::Threads;
use renketsu_seal::Role;

use super::producer::{count, provision, recipient, sources, with_producer};
use crate::args::{RemoveDeliver, RemoveRequest};
use crate::failure::{Failure, exit};
use crate::session::Session;

pub(super) fn request(session: &mut Session<'_>, args: &RemoveRequest) -> Result<(), Failure> {
    let asked = &args.request;
    let refused = [
        ("--list", asked.list),
        ("--rejects", asked.rejects.is_some()),
    ];
    if let Some((argument, _)) = refused.into_iter().find(|(_, given)| *given) {
        let details = vec![
            ("argument", argument.to_owned()),
            ("other", "--keys".to_owned()),
        ];
        return Err(Failure::new("cli.usage.conflict", details, exit::INPUT));
    }
    let sources = sources(asked)?;
    let (Some(code), Some(out)) = (&asked.provision, &asked.out) else {
        let argument = "--provision, --out".to_owned();
        let details = vec![("argument", argument)];
        return Err(Failure::new("cli.usage.missing", details, exit::INPUT));
    };
    let code = provision(code)?;
    with_producer(session, &asked.at.dir, |session, producer| {
        let authority = recipient(producer.trust, asked.to.as_deref(), Role::Authority)?.clone();
        let order = RemoveOrder {
            request: RequestOrder {
                provision: &code,
                authority: &authority,
                sources: &sources,
                keys: if asked.shared_keys {
                    Keys::Shared
                } else {
                    Keys::PerInstitution
                },
                purpose: &asked.purpose,
                expires: session.expiry(asked.valid_days),
                out,
                rejects: None,
                threads: Threads::of_machine(),
            },
            keys: &args.keys,
            column: &args.key,
            persons: args.persons,
        };
        let work = session.progress.rows(session.messages);
        let report = remove::request(producer, &order, &mut |rows| work.at(rows))?;
        drop(work);
        if asked.json.json {
            return session.json("renketsu.remove-request/1", &report);
        }
        count(session, &report.request.count)?;
        session.say(
            "remove-requested",
            &[
                ("leaving", report.leaving.to_string()),
                ("others", report.others.to_string()),
                ("path", report.request.file.display().to_string()),
                ("name", authority.name.clone()),
                ("sha256", report.request.sha256.clone()),
            ],
        )?;
        if report.without_row > 0 {
            let keys = report.without_row.to_string();
            session.say("remove-without-row", &[("keys", keys)])?;
        }
        Ok(())
    })
}

pub(super) fn deliver(session: &mut Session<'_>, args: &RemoveDeliver) -> Result<(), Failure> {
    with_producer(session, &args.at.dir, |session, producer| {
        let recipient = args
            .parcel
            .to
            .as_deref()
            .map(|name| Session::trusted(producer.trust, name).cloned())
            .transpose()?;
        let order = RemovalOrder {
            answer: &args.answer.answers,
            references: args.answer.references.as_deref(),
            memory: u64::from(args.memory).saturating_mul(1024 * 1024),
            agreed: agreed(args),
            recipient: recipient.as_ref(),
            expires: session.expiry(args.parcel.valid_days),
            out: &args.parcel.out,
        };
        let work = session.progress.rows(session.messages);
        let report = remove::deliver(producer, &order, &mut |rows| work.at(rows))?;
        drop(work);
        if args.json.json {
            return session.json("renketsu.remove-deliver/1", &report);
        }
        if let Some(keys) = &report.keys {
            session.say(
                "remove-keys",
                &[
                    ("keys", keys.rows.to_string()),
                    ("number", keys.number.to_string()),
                    ("kana", keys.kana.to_string()),
                ],
            )?;
            let without = keys.without_id().saturating_add(keys.shared_kana);
            if without > 0 {
                session.say("remove-without-id", &[("keys", without.to_string())])?;
            }
        }
        let delivery = &report.delivery;
        session.say(
            "remove-delivered",
            &[
                ("path", delivery.file.display().to_string()),
                ("name", delivery.recipient.clone()),
                ("contract", delivery.contract.clone()),
                ("sha256", delivery.sha256.clone()),
            ],
        )
    })
}

/// What was typed of the agreement; all of it or nothing.
fn agreed(args: &RemoveDeliver) -> Option<Agreed> {
    Some(Agreed {
        purpose: args.purpose.clone()?,
        contract: args.contract.clone()?,
        places: args.place.clone(),
        period: Period {
            start: args.from?,
            end: args.until?,
        },
    })
}
