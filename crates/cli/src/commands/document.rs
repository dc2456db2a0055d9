//! Papers as PDF, made from what is on record. Nothing is changed by it; a file that exists is never replaced.

use std::io::Write as _;
use std::path::Path;

use jiff::civil::Date;
use renketsu_authority::fee::{FeeError, ledger};
use renketsu_authority::methods::Methods;
use renketsu_authority::provision;
use renketsu_documents::{
    Closing, Decision, Erased, FeeSlip, Letter, Outcome, Producer, Receipt, Receiving, fee_notice,
    received_notice,
};
use renketsu_duty::day_in_japan;
use renketsu_duty::notice::FeeNotice;
use renketsu_seal::Role;
use renketsu_seal::durable::NewFile;
use renketsu_store::{EventEntry, Store};
use serde::Serialize;

use crate::args::{
    ApplicationPaper, ClosingPaper, FeeNoticePaper, FeeSlipPaper, PaperLanguage,
    ReceivedNoticePaper,
};
use crate::failure::{Failure, exit};
use crate::language::{Language, Messages};
use crate::session::Session;

/// The notice of a fee, at the authority.
pub(crate) fn notice(session: &mut Session<'_>, args: &FeeNoticePaper) -> Result<(), Failure> {
    session.role(&args.at.dir, Role::Authority)?;
    // A paper leaves the house: it says what is proven.
    let (_keys, _trust, store) = session.party(&args.at.dir)?;
    let notice = notified(&store, &args.notice, session.today())?;
    let paper = &args.paper;
    let pdf = fee_notice(
        &notice,
        paper.signed.as_deref(),
        args.attention.as_deref(),
        language(&paper.language),
    )?;
    put(session, &paper.pdf, &pdf, paper.json.json)
}

/// The notice of a fee, at the producer that received it.
pub(crate) fn received(
    session: &mut Session<'_>,
    args: &ReceivedNoticePaper,
) -> Result<(), Failure> {
    session.role(&args.at.dir, Role::Producer)?;
    let (_keys, _trust, store) = session.party(&args.at.dir)?;
    let came = renketsu_producer::fee::as_received(&store, &args.notice)?;
    let fingerprint = came.signed_by.to_string();
    let receiving = Receiving {
        at: came.at,
        fingerprint: &fingerprint,
        answer: came.answer.as_deref(),
    };
    let pdf = received_notice(&came.notice, &receiving, language(&args.language))?;
    put(session, &args.pdf, &pdf, args.json.json)
}

/// The fee payment form, at the authority: it goes to the producer with the notice.
pub(crate) fn slip(session: &mut Session<'_>, args: &FeeSlipPaper) -> Result<(), Failure> {
    session.role(&args.at.dir, Role::Authority)?;
    let (_keys, _trust, store) = session.party(&args.at.dir)?;
    let notice = notified(&store, &args.notice, session.today())?;
    let pdf = form(&notice, language(&args.language))?;
    put(session, &args.pdf, &pdf, args.json.json)
}

/// The form of a notice, unless one of 支払基金等 is paid or nothing is.
fn form(notice: &FeeNotice, language: renketsu_documents::Language) -> Result<Vec<u8>, Failure> {
    let Some(slip) = FeeSlip::of(notice) else {
        let details = vec![("notice", notice.number.clone())];
        return Err(Failure::new("cli.paper.slip", details, exit::REFUSED));
    };
    Ok(slip.pdf(language)?)
}

fn notified(store: &Store, number: &str, today: Date) -> Result<FeeNotice, Failure> {
    let found = ledger::list(store, today)?
        .into_iter()
        .map(|entry| entry.notice)
        .find(|notice| notice.number == number);
    found.ok_or_else(|| {
        let notice = number.to_owned();
        FeeError::NoticeUnknown { notice }.into()
    })
}

/// What was decided on an application, or that it was received.
pub(crate) fn applied(session: &mut Session<'_>, args: &ApplicationPaper) -> Result<(), Failure> {
    session.role(&args.at.dir, Role::Authority)?;
    let authority = Session::card(&args.at.dir)?.name;
    let (_keys, _trust, store) = session.party(&args.at.dir)?;
    let Some(found) = store
        .applications()?
        .into_iter()
        .find(|record| record.number == args.number)
    else {
        let application = args.number.clone();
        return Err(FeeError::ApplicationUnknown { application }.into());
    };
    let (name, certification) = applicant(&store, &found.provision, args)?;
    let producer = Producer {
        name: &name,
        certification: &certification,
    };
    let received = day_in_japan(found.received_at);
    let letter = Letter {
        number: &found.number,
        date: found.decision.as_ref().map_or(received, |made| made.on),
        authority: &authority,
        signed: args.paper.signed.as_deref(),
        attention: args.attention.as_deref(),
    };
    let language = language(&args.paper.language);
    let method = method(&found.method, &found.version)?;
    let pdf = match &found.decision {
        None => Receipt {
            letter,
            producer,
            application: &found.number,
            applied: found.dated,
            received,
            method: Some(&method),
            provision: &found.provision,
            digest: Some(&found.sha256),
        }
        .pdf(language)?,
        Some(made) => Decision {
            letter,
            producer,
            application: &found.number,
            applied: found.dated,
            provision: &found.provision,
            decided: made.on,
            outcome: if made.accepted {
                Outcome::Provided {
                    conditions: args.conditions.as_deref(),
                }
            } else {
                Outcome::Refused {
                    reason: made.reason.as_deref().unwrap_or_default(),
                    remedy: args.remedy.as_deref(),
                }
            },
        }
        .pdf(language)?,
    };
    put(session, &args.paper.pdf, &pdf, args.paper.json.json)
}

/// A method of applying by its name, with its version.
fn method(code: &str, version: &str) -> Result<String, Failure> {
    let methods = Methods::current().map_err(FeeError::from)?;
    let listed = methods
        .applications()
        .iter()
        .find(|listed| listed.code == code);
    let name = listed.map_or(code, |listed| listed.name.as_str());
    Ok(format!("{name}（{version}）"))
}

/// Name and certification number of who applied: of the provision, or as they are said.
fn applicant(
    store: &Store,
    id: &str,
    args: &ApplicationPaper,
) -> Result<(String, String), Failure> {
    if store.provision(id)?.is_some() {
        let terms = provision::find(store, id)?.terms;
        return Ok((terms.producer.name, terms.certification.number));
    }
    if let (Some(name), Some(number)) = (&args.producer, &args.certification_number) {
        return Ok((name.clone(), number.clone()));
    }
    let details = vec![("provision", id.to_owned())];
    Err(Failure::new("cli.paper.applicant", details, exit::INPUT))
}

/// The record of a closed provision whose salt was destroyed here.
pub(crate) fn closing(session: &mut Session<'_>, args: &ClosingPaper) -> Result<(), Failure> {
    let authority = Session::card(&args.at.dir)?.name;
    let (_keys, _trust, store) = session.party(&args.at.dir)?;
    let found = provision::find(&store, &args.provision)?;
    let id = found.code.as_str();
    let events = store.events()?;
    let Some((entry, digest)) = events.iter().rev().find_map(|entry| destroyed(entry, id)) else {
        let details = vec![("provision", id.to_owned())];
        return Err(Failure::new("cli.paper.closing", details, exit::REFUSED));
    };
    // The paper's words, whatever language the operator reads.
    let words = Messages::load(args.paper.language.paper_lang);
    let kcv = &found.terms.kcv;
    let check = words.with(
        "paper-kcv",
        &[
            ("number", kcv.number.to_string()),
            ("kana", kcv.kana.to_string()),
        ],
    );
    let whole = entry.event.details.get("key_erased") == Some(&true.into());
    let method = words.with(
        if whole {
            "paper-method"
        } else {
            "paper-method-interrupted"
        },
        &[("sha256", digest.to_owned())],
    );
    let date = day_in_japan(entry.event.at);
    let erased = [Erased {
        object: &words.text("paper-salt"),
        check: &check,
        at: entry.event.at,
        by: &authority,
    }];
    let pdf = Closing {
        number: id,
        date,
        authority: &authority,
        signed: args.paper.signed.as_deref(),
        provision: id,
        study: &found.study,
        producer: Producer {
            name: &found.terms.producer.name,
            certification: &found.terms.certification.number,
        },
        recipient: &found.terms.recipient.name,
        opened: day_in_japan(found.opened_at),
        closed: date,
        reason: None,
        erased: &erased,
        method: Some(&method),
        line: Some((entry.seq, &entry.hash)),
    }
    .pdf(language(&args.paper.language))?;
    put(session, &args.paper.pdf, &pdf, args.paper.json.json)
}

/// The entry that says the provision is closed and which sealed salt is gone, with the digest of that.
fn destroyed<'a>(entry: &'a EventEntry, id: &str) -> Option<(&'a EventEntry, &'a str)> {
    let event = &entry.event;
    if event.action != "provision.closed" || event.object != id {
        return None;
    }
    Some((entry, event.details.get("salt_sha256")?.as_str()?))
}

fn language(asked: &PaperLanguage) -> renketsu_documents::Language {
    match asked.paper_lang {
        Language::Ja => renketsu_documents::Language::Japanese,
        Language::En => renketsu_documents::Language::English,
    }
}

/// Gives the paper its file, whole or not at all.
fn put(session: &mut Session<'_>, path: &Path, pdf: &[u8], json: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        path: String,
        bytes: usize,
    }
    let io = |error: std::io::Error| Failure::io(path, &error);
    let mut file = NewFile::create(path).map_err(io)?;
    file.write_all(pdf).map_err(io)?;
    file.commit().map_err(io)?;
    let path = path.display().to_string();
    if json {
        let bytes = pdf.len();
        return session.json("renketsu.paper/1", &Answer { path, bytes });
    }
    session.say("paper-written", &[("path", path)])
}
