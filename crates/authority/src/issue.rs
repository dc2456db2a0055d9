//! `authority issue`: a producer's request becomes an answer, and only counts and digests stay.

mod answers;
mod controls;
mod cure;
mod dry;
mod fault;
mod persons;
mod proven;
pub(crate) mod request;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use renketsu_duty::notice::FeeNotice;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::Card;
use renketsu_seal::package::{
    Certification, Draft, Expected, Header, Opened, PROFILE, PackageKind, Receipt, RecipientGround,
    Sealed, WriteError,
};
use renketsu_store::{Event, IssueRecord, SeenPackage, SentPackage, Store, StoreError, Txn};
use serde::Serialize;

pub use controls::Accepted;
pub(crate) use controls::{Held, remember, within};
pub use cure::Cure;
pub use dry::{DRY_RUNS, Estimate, dry_run};
pub(crate) use persons::{Marks, Persons};
pub use table::{AnsweredTable, answer_table};

pub use fault::IssueError;

use crate::custody::{Custodian, usage};
use crate::fee::notify;
use crate::issuer::IssuerKeys;
use crate::methods::{Methods, Transport};
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::registration;
use crate::release::{release, release_named};
use crate::resolver::Resolver;
use crate::verifiable::Veil;

/// How long a package of the authority may be opened, unless a command says otherwise.
pub const VALID_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

const PURPOSE: &str = "法31条3項: information for linking with public databases";

/// What `issue` is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The sealed request.
    pub request: PathBuf,
    /// Where the sealed answer goes; nothing may be there.
    pub out: PathBuf,
    /// From when on the answer must not be opened any more.
    pub expires: Timestamp,
    /// How the request came.
    pub transport: Transport,
    /// Findings that do not stop the request, each with its reason.
    pub accept: Vec<Accepted>,
}

/// What came of it: counts, and what names the two packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The provision.
    pub provision: String,
    /// Package id of the request.
    pub request: String,
    /// The sealed answer.
    pub answer: SealedFile,
    /// The registry version used.
    pub registry: u64,
    /// Rows.
    pub rows: u64,
    /// Rows by the name of their status; every status, also those with none.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Key check values of the IDs.
    pub kcv: KeyCheckValues,
    /// The fee that was notified with it.
    pub fee: FeeNotice,
}

/// A sealed package as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SealedFile {
    /// Its package id.
    pub package: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl From<Receipt> for SealedFile {
    fn from(receipt: Receipt) -> Self {
        let Receipt {
            package_id,
            path,
            bytes,
            sha256,
        } = receipt;
        Self {
            package: package_id.to_string(),
            path,
            bytes,
            sha256,
        }
    }
}

/// When an answer gets its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// Whoever finds the file may take it away, so that its record must stand before.
    AfterRecord,
    /// The file waits where nobody takes it without its record.
    BeforeRecord,
}

/// Answers a request. `progress` hears how many rows are done.
pub fn issue(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    progress: &mut dyn FnMut(u64),
) -> Result<Answered, IssueError> {
    answer(authority, store, order, Naming::AfterRecord, progress)
}

/// As [`issue`], into a directory of the authority's own from which nothing is handed out before its record is found
/// (`Store::issue_of`): the answer has its name before it is recorded, so that a crash loses none that is recorded.
pub fn issue_into_outbox(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    progress: &mut dyn FnMut(u64),
) -> Result<Answered, IssueError> {
    answer(authority, store, order, Naming::BeforeRecord, progress)
}

fn answer(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    naming: Naming,
    progress: &mut dyn FnMut(u64),
) -> Result<Answered, IssueError> {
    let begun = notify::begin(authority);
    new_file(&order.out)?;
    let (opened, provision, request_sha256) = receive(authority, store, &order.request)?;
    notify::may_begin(store, &provision)?;
    let transport = Methods::accept(order.transport)?;
    let package = (&opened, request_sha256.as_str());
    let mut held = Held::before(authority, store, &provision, package, &order.accept)?;
    let (registry_version, registry) =
        registration::of_provision(authority, store, &provision.code)?;
    let resolver_keys = usage::resolver_keys(authority, &provision)?;
    let issuer_keys = issuer_keys(authority, &provision)?;
    let producer = trusted(authority, &provision)?;
    let resolver = Resolver::new(&registry, &resolver_keys, authority.today());
    let mut draft = Draft::new(&authority.scratch()?);
    held.count(authority, store)?;
    let veil = Veil::of(&provision, &resolver_keys);
    let halves = (veil.as_ref(), &issuer_keys);
    let tally = answer_rows(&opened, &resolver, halves, &mut draft, progress)?;
    let registered = tally.persons.registered();
    let persons = Some(&tally.persons);
    held.after(authority, store, &tally.by_status, registered, persons)?;
    unchanged(order, &request_sha256)?;
    let log = store.give_head(authority.keys())?;
    let transaction = store.begin_checked()?;
    provision::still_open(&transaction, &provision)?;
    usage::note(
        authority,
        &transaction,
        &provision,
        &Custodian::ALL,
        "issue",
    )?;
    let sequence = take(authority, &transaction, &opened)?;
    held.settle(authority, &transaction, Some(&tally.persons))?;
    let request = opened.package_id().to_string();
    let charge = notify::charge(authority, &transaction, &provision, &request, &begun)?;
    let header = Header {
        fee_notice: Some(charge.notice.clone()),
        ..header(authority, &provision, &opened, order.expires, sequence)
    };
    let prepared = draft
        .sign(header, log, authority.keys(), producer)?
        .prepare(&order.out)?;
    let answered = Answered {
        provision: provision.code.as_str().to_owned(),
        request: opened.package_id().to_string(),
        answer: prepared.receipt().clone().into(),
        registry: registry_version,
        rows: tally.rows,
        by_status: tally.by_status,
        kcv: provision.terms.kcv,
        fee: charge.notice.clone(),
    };
    let record = |_: &Receipt| {
        transaction.transported(&answered.request, &transport.code, &transport.version)?;
        notify::record(authority, &transaction, &charge, &answered.answer.package)?;
        record(
            authority,
            transaction,
            &answered,
            &opened,
            sequence,
            &request_sha256,
            held.recorded(),
        )
    };
    match naming {
        Naming::AfterRecord => release(prepared, record, |source| IssueError::Unpublished {
            request: answered.request.clone(),
            file: order.out.clone(),
            source,
        })?,
        Naming::BeforeRecord => release_named(prepared, record)?,
    }
    Ok(answered)
}

/// The issuer's keys, which must be those that the terms were made with.
fn issuer_keys(authority: &Authority<'_>, provision: &Provision) -> Result<IssuerKeys, IssueError> {
    usage::issuer_keys(authority, provision)?.ok_or_else(|| IssueError::Kcv {
        provision: provision.code.as_str().to_owned(),
    })
}

/// Answers every row into tables of the draft, by the provision's mode of the kana ID.
fn answer_rows(
    opened: &Opened,
    resolver: &Resolver<'_>,
    (veil, keys): (Option<&Veil<'_>>, &IssuerKeys),
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<answers::Tally, IssueError> {
    match (veil, keys.verifiable()) {
        (Some(veil), Some(key)) => {
            let halves = proven::Halves::new(veil, keys, key);
            proven::write(opened, resolver, halves, draft, progress)
        }
        (None, None) => answers::write(opened, resolver, keys, draft, progress),
        (Some(_), None) | (None, Some(_)) => Err(IssueError::Broken(
            "the issuer's key is of the provision's mode",
        )),
    }
}

/// The request must still be the file that was opened.
fn unchanged(order: &Order, sha256: &str) -> Result<(), IssueError> {
    if digest(&order.request)? == sha256 {
        return Ok(());
    }
    Err(IssueError::Changed {
        file: order.request.clone(),
    })
}

/// Nothing may be where an answer goes.
fn new_file(out: &Path) -> Result<(), WriteError> {
    if out.symlink_metadata().is_ok() {
        return Err(WriteError::Exists {
            file: out.to_owned(),
        });
    }
    Ok(())
}

/// The producer's card, if both parties of the provision are still trusted: an answer is made for the recipient too.
pub(crate) fn trusted<'a>(
    authority: &Authority<'a>,
    provision: &Provision,
) -> Result<&'a Card, IssueError> {
    let (producer, recipient) = (&provision.terms.producer, &provision.terms.recipient);
    let trust = authority.trust();
    if trust.by_fingerprint(&recipient.fingerprint).is_none() {
        return Err(IssueError::RecipientUntrusted {
            name: recipient.name.clone(),
        });
    }
    trust
        .by_fingerprint(&producer.fingerprint)
        .ok_or_else(|| IssueError::Untrusted {
            name: producer.name.clone(),
        })
}

/// Everything that can be refused without reading a row.
pub(crate) fn receive(
    authority: &Authority<'_>,
    store: &Store,
    path: &Path,
) -> Result<(Opened, Provision, String), IssueError> {
    // The digest is that of the file before it is opened; `issue` looks again when everything was read.
    let digest = digest(path);
    let authentic =
        Sealed::open(path)?.authenticate(authority.keys(), authority.trust(), authority.now())?;
    let request_sha256 = digest?;
    let header = authentic.header();
    if header.kind != PackageKind::Request {
        return Err(IssueError::Kind {
            kind: header.kind.as_str(),
        });
    }
    let provision = provision::find_open(store, &header.provision)?;
    let id = || provision.code.as_str().to_owned();
    let sender = authentic.sender();
    if sender.fingerprint() != provision.terms.producer.fingerprint {
        return Err(IssueError::Producer {
            provision: id(),
            sender: sender.name.clone(),
        });
    }
    certified(header.producer.as_ref(), &provision)?;
    if header
        .study
        .as_ref()
        .is_some_and(|study| *study != provision.study)
    {
        return Err(IssueError::Study { provision: id() });
    }
    let package = authentic.package_id().to_string();
    if store.has_seen(&package, "")? {
        return Err(IssueError::Replayed { package });
    }
    let opened = authentic.verify()?;
    opened.expect(&Expected {
        kind: PackageKind::Request,
        provision: id(),
        kcv: None,
    })?;
    Ok((opened, provision, request_sha256))
}

/// 法31条1項: the certification in the manifest must be the one the provision was opened for.
fn certified(stated: Option<&Certification>, provision: &Provision) -> Result<(), IssueError> {
    let id = || provision.code.as_str().to_owned();
    match stated {
        None => Err(IssueError::CertificationMissing { provision: id() }),
        Some(stated) if *stated == provision.terms.certification => Ok(()),
        Some(_) => Err(IssueError::Certification { provision: id() }),
    }
}

fn header(
    authority: &Authority<'_>,
    provision: &Provision,
    opened: &Opened,
    expires: Timestamp,
    sequence: u64,
) -> Header {
    let terms = &provision.terms;
    Header {
        kind: PackageKind::Answer,
        provision: provision.code.as_str().to_owned(),
        study: Some(provision.study.clone()),
        profile: PROFILE.to_owned(),
        kcv: Some(terms.kcv),
        kana_mode: terms.kana_mode,
        sequence,
        in_reply_to: Some(opened.package_id()),
        custody: None,
        created: authority.now(),
        expires,
        purpose: PURPOSE.to_owned(),
        places: Vec::new(),
        producer: Some(terms.certification.clone()),
        recipient_ground: Some(recipient_ground(provision)),
        databases: terms.databases.clone(),
        approval: None,
        contract: None,
        period_start: None,
        period_end: None,
        fee_notice: None,
    }
}

/// Who will have the data, and under which item of 令7条.
pub(crate) fn recipient_ground(provision: &Provision) -> RecipientGround {
    let terms = &provision.terms;
    RecipientGround {
        name: terms.recipient.name.clone(),
        fingerprint: terms.recipient.fingerprint,
        item: terms.recipient_item.clone(),
    }
}

/// Notes the request as taken, and takes the number of its answer.
pub(crate) fn take(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    opened: &Opened,
) -> Result<u64, IssueError> {
    let sender = opened.sender().fingerprint().to_hex();
    let taken = transaction.see(&SeenPackage {
        package_id: opened.package_id().to_string(),
        part: String::new(),
        kind: PackageKind::Request.as_str().to_owned(),
        sender: sender.clone(),
        sequence: opened.sequence(),
        seen_at: authority.now(),
        head: opened.head().cloned(),
    });
    match taken {
        Ok(()) => Ok(transaction.next_sequence(&sender)?),
        Err(StoreError::Replayed { package, .. }) => Err(IssueError::Replayed { package }),
        Err(error) => Err(error.into()),
    }
}

fn record(
    authority: &Authority<'_>,
    transaction: Txn<'_>,
    answered: &Answered,
    opened: &Opened,
    sequence: u64,
    request_sha256: &str,
    findings: serde_json::Value,
) -> Result<(), IssueError> {
    let counts = serde_json::to_value(&answered.by_status)
        .map_err(|_| IssueError::Broken("counts are JSON"))?;
    let sender = opened.sender().fingerprint().to_hex();
    let answer = answered.answer.package.clone();
    let at = authority.now();
    let event = Event::new("provision.issued", &answered.provision, at)
        .with("request", answered.request.as_str())
        .with("request_sha256", request_sha256)
        .with("answer", answer.as_str())
        .with("answer_sha256", answered.answer.sha256.as_str())
        .with("registry", answered.registry)
        .with("counts", counts.clone())
        .with("findings", findings);
    transaction.send(&SentPackage {
        package_id: answer.clone(),
        kind: PackageKind::Answer.as_str().to_owned(),
        provision: answered.provision.clone(),
        recipient: sender,
        sequence,
        sha256: answered.answer.sha256.clone(),
        sent_at: at,
    })?;
    transaction.issue(&IssueRecord {
        request: answered.request.clone(),
        answer,
        provision: answered.provision.clone(),
        registry: answered.registry,
        counts,
        request_sha256: request_sha256.to_owned(),
        answer_sha256: answered.answer.sha256.clone(),
        issued_at: at,
    })?;
    transaction.pin_registry(&answered.provision, answered.registry, at)?;
    Ok(transaction.commit(&event)?)
}

/// SHA-256 of a sealed file.
pub(crate) fn digest(path: &Path) -> Result<String, IssueError> {
    renketsu_seal::durable::digest(path).map_err(|source| IssueError::Io {
        file: path.to_owned(),
        source,
    })
}
