//! The authority's service, and the producer's way to it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use renketsu_authority::secrets::open_token;
use renketsu_seal::{Fingerprint, Role, Trust};
use renketsu_service::{
    self as service, CertificateOrder, Clock, Limits, Link, SendOrder, Settings, Stop, Title, Words,
};
use renketsu_store::Store;
use serde::Serialize;

use super::key_token::PinPad;
use super::party::check_new;
use crate::args::{
    AuthoritySet, AuthorityTls, ProducerAuthority, ProducerTls, Requests, RequestsList,
    RequestsRetry, Send, Serve, TlsEnrol, TlsInit, TlsList, TlsNew, TlsRevoke,
};
use crate::clock::{self, Boot};
use crate::failure::{Failure, message_id};
use crate::language::{Language, Messages};
use crate::session::Session;

/// The clocks of a process that goes on while time passes.
#[expect(clippy::disallowed_methods, reason = "the clock of the service")]
fn clock() -> Result<Clock, Failure> {
    let boot = Boot::now()?;
    Ok(Clock::new(Timestamp::now, move || boot.reading()))
}

/// The titles of problems, in both languages.
fn words() -> Words {
    let [japanese, english] = [Language::Ja, Language::En].map(Messages::load);
    Words::collect(|code| {
        let id = format!("err-{}", message_id(code));
        Title {
            ja: japanese.text(&id),
            en: english.text(&id),
        }
    })
}

pub(crate) fn serve(session: &mut Session<'_>, args: &Serve) -> Result<(), Failure> {
    let dir = &args.at.dir;
    session.role(dir, Role::Authority)?;
    let keys = session.keys(dir)?;
    let pad = PinPad::of(session);
    let token = open_token(dir, &keys, &|| pad.ask()).map_err(Failure::from);
    let token = pad.settle(token)?;
    let mib = |count: u32| u64::from(count) << 20;
    let settings = Settings {
        dir: dir.clone(),
        listen: args.listen,
        operator: args.operator,
        limits: Limits {
            package: mib(args.package_limit),
            spool_per_producer: mib(args.producer_limit),
            ..Limits::default()
        },
        valid_for: SignedDuration::from_hours(i64::from(args.valid_days).saturating_mul(24)),
        words: words(),
        token,
        read_clock: clock::of_the_machine,
    };
    let mut told = Ok(());
    service::serve(settings, keys, &clock()?, Stop::Signals, |at| {
        told = listening(session, args.json.json, at);
    })?;
    told
}

/// Says where, at once: whoever started the process waits for it.
fn listening(session: &mut Session<'_>, json: bool, at: service::Listening) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer {
        service: String,
        operator: String,
    }
    if json {
        let answer = Answer {
            service: at.service.to_string(),
            operator: at.operator.to_string(),
        };
        session.json("renketsu.serve/1", &answer)?;
    } else {
        session.say(
            "serve-listening",
            &[
                ("service", at.service.to_string()),
                ("operator", at.operator.to_string()),
            ],
        )?;
    }
    session.flush()
}

pub(crate) fn requests(session: &mut Session<'_>, command: &Requests) -> Result<(), Failure> {
    match command {
        Requests::List(args) => waiting(session, args),
        Requests::Retry(args) => retry(session, args),
    }
}

fn waiting(session: &mut Session<'_>, args: &RequestsList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Line {
        request: String,
        producer: String,
        provision: String,
        accepted_at: Timestamp,
        reason: Option<String>,
        since: Option<Timestamp>,
    }
    #[derive(Serialize)]
    struct Answer {
        requests: Vec<Line>,
    }
    let dir = &args.at.dir;
    session.role(dir, Role::Authority)?;
    let store = session.listing(dir)?;
    let trust = Trust::listed(store.trusted()?.as_deref(), &Session::card(dir)?)?;
    let waiting = store.waiting_requests()?;
    let requests: Vec<Line> = waiting
        .into_iter()
        .map(|waiting| Line {
            producer: Fingerprint::parse(&waiting.sender)
                .ok()
                .and_then(|sender| trust.by_fingerprint(&sender))
                .map_or(waiting.sender, |card| card.name.clone()),
            request: waiting.sha256,
            provision: waiting.provision,
            accepted_at: waiting.accepted_at,
            since: waiting.hold.as_ref().map(|hold| hold.since),
            reason: waiting.hold.map(|hold| hold.code),
        })
        .collect();
    if args.json.json {
        return session.json("renketsu.requests/1", &Answer { requests });
    }
    if requests.is_empty() {
        return session.say("requests-none", &[]);
    }
    for line in requests {
        let mut values = vec![
            ("request", line.request),
            ("producer", line.producer),
            ("provision", line.provision),
            ("at", line.accepted_at.to_string()),
        ];
        let (Some(reason), Some(since)) = (line.reason, line.since) else {
            session.say("requests-waiting", &values)?;
            continue;
        };
        values.extend([("reason", reason), ("since", since.to_string())]);
        session.say("requests-held", &values)?;
    }
    Ok(())
}

fn retry(session: &mut Session<'_>, args: &RequestsRetry) -> Result<(), Failure> {
    let dir = &args.at.dir;
    session.role(dir, Role::Authority)?;
    let (_keys, _trust, mut store) = session.party(dir)?;
    let asked = service::try_again(&mut store, args.request.as_deref(), session.now())?;
    session.say("requests-retry", &[("count", asked.to_string())])
}

/// A line about requests of the service that wait for the authority, where there are any.
pub(super) fn held(session: &mut Session<'_>, store: &Store) -> Result<(), Failure> {
    let waiting = store.waiting_requests()?;
    let held = waiting.iter().filter(|request| request.hold.is_some());
    let codes: BTreeSet<&str> = held
        .clone()
        .filter_map(|request| Some(request.hold.as_ref()?.code.as_str()))
        .collect();
    if codes.is_empty() {
        return Ok(());
    }
    let codes: Vec<&str> = codes.into_iter().collect();
    let values = [
        ("count", held.count().to_string()),
        ("codes", codes.join(", ")),
    ];
    session.say("requests-some", &values)
}

pub(crate) fn authority_tls(
    session: &mut Session<'_>,
    command: &AuthorityTls,
) -> Result<(), Failure> {
    match command {
        AuthorityTls::Init(args) => init(session, args),
        AuthorityTls::Enrol(args) => enrol(session, args),
        AuthorityTls::List(args) => list(session, args),
        AuthorityTls::Revoke(args) => revoke(session, args),
    }
}

fn init(session: &mut Session<'_>, args: &TlsInit) -> Result<(), Failure> {
    let dir = &args.at.dir;
    check_new(&args.out)?;
    session.role(dir, Role::Authority)?;
    let (keys, _trust, mut store) = session.party(dir)?;
    let root = service::init(dir, &keys, &mut store, &args.host, session.now())?;
    super::party::write_new(&args.out, root.as_bytes())?;
    session.say("tls-init", &[("path", args.out.display().to_string())])
}

fn enrol(session: &mut Session<'_>, args: &TlsEnrol) -> Result<(), Failure> {
    let dir = &args.at.dir;
    session.role(dir, Role::Authority)?;
    let (_keys, trust, mut store) = session.party(dir)?;
    let enrolled = service::enrol(&trust, &mut store, &args.file, session.now())?;
    session.say(
        "tls-enrolled",
        &[
            ("name", enrolled.name),
            ("certificate", enrolled.certificate),
        ],
    )
}

fn list(session: &mut Session<'_>, args: &TlsList) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Line {
        name: Option<String>,
        producer: String,
        certificate: String,
        enrolled_at: Timestamp,
        revoked_at: Option<Timestamp>,
    }
    #[derive(Serialize)]
    struct Answer {
        certificates: Vec<Line>,
    }
    let dir = &args.at.dir;
    session.role(dir, Role::Authority)?;
    let store = session.listing(dir)?;
    let trust = Trust::listed(store.trusted()?.as_deref(), &Session::card(dir)?)?;
    let known = store.certificates()?;
    let certificates: Vec<Line> = known
        .into_iter()
        .map(|known| Line {
            name: Fingerprint::parse(&known.producer)
                .ok()
                .and_then(|producer| trust.by_fingerprint(&producer))
                .map(|card| card.name.clone()),
            producer: known.producer,
            certificate: known.sha256,
            enrolled_at: known.enrolled_at,
            revoked_at: known.revoked_at,
        })
        .collect();
    if args.json.json {
        return session.json("renketsu.certificates/1", &Answer { certificates });
    }
    if certificates.is_empty() {
        return session.say("tls-none", &[]);
    }
    for line in certificates {
        let state = match (&line.name, line.revoked_at) {
            (_, Some(_)) => "revoked",
            (None, None) => "untrusted",
            (Some(_), None) => "accepted",
        };
        let state = session.messages.text(&format!("tls-{state}"));
        session.say(
            "tls-line",
            &[
                ("name", line.name.unwrap_or(line.producer)),
                ("certificate", line.certificate),
                ("state", state),
            ],
        )?;
    }
    Ok(())
}

fn revoke(session: &mut Session<'_>, args: &TlsRevoke) -> Result<(), Failure> {
    let dir = &args.at.dir;
    session.role(dir, Role::Authority)?;
    let (_keys, _trust, mut store) = session.party(dir)?;
    service::revoke(&mut store, &args.certificate, session.now())?;
    session.say("tls-revoke", &[("certificate", args.certificate.clone())])
}

pub(crate) fn producer_tls(
    session: &mut Session<'_>,
    ProducerTls::New(args): &ProducerTls,
) -> Result<(), Failure> {
    new_certificate(session, args)
}

fn new_certificate(session: &mut Session<'_>, args: &TlsNew) -> Result<(), Failure> {
    let dir = &args.at.dir;
    check_new(&args.out)?;
    session.role(dir, Role::Producer)?;
    let (keys, _trust, mut store) = session.party(dir)?;
    let order = CertificateOrder {
        days: args.certificate_days,
        replace: args.replace,
        out: args.out.clone(),
    };
    service::new_certificate(dir, &keys, &mut store, &order, session.now())?;
    session.say("tls-new", &[("path", args.out.display().to_string())])
}

pub(crate) fn producer_authority(
    session: &mut Session<'_>,
    ProducerAuthority::Set(args): &ProducerAuthority,
) -> Result<(), Failure> {
    set_authority(session, args)
}

fn set_authority(session: &mut Session<'_>, args: &AuthoritySet) -> Result<(), Failure> {
    let dir = &args.at.dir;
    session.role(dir, Role::Producer)?;
    let (keys, _trust, mut store) = session.party(dir)?;
    service::set_authority(
        dir,
        keys.card(),
        &mut store,
        &args.url,
        &args.ca,
        session.now(),
    )?;
    session.say("authority-set", &[("url", args.url.clone())])
}

/// The one command that connects out; a directory of another role has no way to.
pub(crate) fn send(session: &mut Session<'_>, args: &Send) -> Result<(), Failure> {
    let dir = &args.at.dir;
    if let Some(out) = &args.out {
        check_new(out)?;
    }
    session.role(dir, Role::Producer)?;
    let (keys, _trust, mut store) = session.party(dir)?;
    let link = Link::open(dir, &keys)?;
    let order = SendOrder {
        request: args.file.clone(),
        out: args.out.clone(),
    };
    let work = session.progress.work("progress-sending", session.messages);
    let sent = service::send(&link, &mut store, &clock()?, &order, &mut |_| ());
    drop(work);
    let sent = sent?;
    if args.json.json {
        return session.json("renketsu.send/1", &sent);
    }
    match (&sent.answer, sent.reason) {
        (None, Some(reason)) => session.say(
            "send-held",
            &[("request", sent.request), ("reason", reason)],
        ),
        (None, None) => session.say("send-accepted", &[("request", sent.request)]),
        (Some(path), _) => session.say("send-answered", &[("path", path.display().to_string())]),
    }
}
