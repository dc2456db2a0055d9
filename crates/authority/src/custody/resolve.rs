//! `authority resolve`: the resolver's half of an answer. Subjects go to the issuer, references to the producer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use renketsu_duty::notice::FeeNotice;
use renketsu_identity::{KanaMode, KeyCheckValues};
use renketsu_seal::package::{Custody, Draft, Opened, PackageKind};
use renketsu_store::{Event, IssueRecord, Store, Txn};
use renketsu_table::BATCH_ROWS;
use serde::Serialize;

use super::tables::{Resolved, write_references, write_tokens};
use super::{
    Custodian, CustodyError, Outgoing, counterpart, publish, random_tokens, two_new_files, usage,
};
use crate::fee::notify;
use crate::issue::request::{self, Asked, Together};
use crate::issue::{self, SealedFile};
use crate::lookup::Status;
use crate::methods::{Methods, Transport};
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::registration;
use crate::resolver::{Resolver, Subjects};
use crate::verifiable::Veil;

/// What `resolve` is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The sealed request.
    pub request: PathBuf,
    /// Where the tokens for the issuer go; nothing may be there.
    pub to_issuer: PathBuf,
    /// Where the references for the producer go; nothing may be there.
    pub to_producer: PathBuf,
    /// From when on the two packages must not be opened any more.
    pub expires: Timestamp,
    /// How the request came.
    pub transport: Transport,
    /// Findings that do not stop the request, each with its reason.
    pub accept: Vec<issue::Accepted>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// The provision.
    pub provision: String,
    /// Package id of the request.
    pub request: String,
    /// For the issuer.
    pub tokens: SealedFile,
    /// For the producer.
    pub references: SealedFile,
    /// The registry version used.
    pub registry: u64,
    /// Rows.
    pub rows: u64,
    /// Rows by the name of their status; every status, also those with none.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Key check values of the IDs to come, as the issuer stated them.
    pub kcv: KeyCheckValues,
    /// The fee that was notified with the references.
    pub fee: FeeNotice,
}

/// Looks up every row of a request. `progress` hears how many rows are done. A row takes about 150 bytes of memory, because
/// the two packages are in another order than the request; in the verifiable mode 280.
pub fn resolve(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    progress: &mut dyn FnMut(u64),
) -> Result<Resolution, CustodyError> {
    two_new_files([&order.to_issuer, &order.to_producer])?;
    let begun = notify::begin(authority);
    let transport = Methods::accept(order.transport)?;
    let (opened, provision, request_sha256) = issue::receive(authority, store, &order.request)?;
    let package = (&opened, request_sha256.as_str());
    let mut held = issue::Held::before(authority, store, &provision, package, &order.accept)?;
    let issuer = counterpart(authority, store, &provision)?;
    let producer = issue::trusted(authority, &provision)?;
    notify::may_begin(store, &provision)?;
    held.count(authority, store)?;
    let (registry_version, rows) = rows(authority, store, &provision, &opened, progress)?;
    let by_status = by_status(&rows);
    held.after(authority, store, &by_status, registered(&rows), None)?;
    let (tokens, references) = drafts(authority, provision.terms.kana_mode, &rows)?;
    unchanged(order, &request_sha256)?;
    let request = opened.package_id();
    let log = store.give_head(authority.keys())?;
    let transaction = store.begin_checked()?;
    provision::still_open(&transaction, &provision)?;
    let holder = [Custodian::Resolver];
    usage::note(authority, &transaction, &provision, &holder, "resolve")?;
    let to_producer = issue::take(authority, &transaction, &opened)?;
    held.settle(authority, &transaction, None)?;
    let to_issuer = transaction.next_sequence(&issuer.fingerprint().to_hex())?;
    let asked = request.to_string();
    let charge = notify::charge(authority, &transaction, &provision, &asked, &begun)?;
    let outgoing = |kind, recipient, sequence, fee_notice| Outgoing {
        log: log.clone(),
        fee_notice,
        kind,
        recipient,
        sequence,
        in_reply_to: Some(request),
        custody: Some(Custody {
            resolver: authority.keys().card().fingerprint(),
            issuer: issuer.fingerprint(),
            registry: registry_version,
            sha256: Some(request_sha256.clone()),
        }),
        expires: order.expires,
        extract: None,
    };
    let to_issuer = outgoing(PackageKind::Tokens, issuer, to_issuer, None);
    let to_producer = outgoing(
        PackageKind::References,
        producer,
        to_producer,
        Some(charge.notice.clone()),
    );
    let tokens = to_issuer.prepare(authority, &provision, tokens, &order.to_issuer)?;
    let references = to_producer.prepare(authority, &provision, references, &order.to_producer)?;
    let resolution = Resolution {
        provision: provision.code.as_str().to_owned(),
        request: asked,
        tokens: tokens.receipt().clone().into(),
        references: references.receipt().clone().into(),
        registry: registry_version,
        rows: u64::try_from(rows.len()).unwrap_or(u64::MAX),
        by_status,
        kcv: provision.terms.kcv,
        fee: charge.notice.clone(),
    };
    transaction.transported(&resolution.request, &transport.code, &transport.version)?;
    let answer = &resolution.references.package;
    notify::record(authority, &transaction, &charge, answer)?;
    to_issuer.note(authority, &provision, &transaction, &resolution.tokens)?;
    to_producer.note(authority, &provision, &transaction, &resolution.references)?;
    record(
        authority,
        transaction,
        &provision,
        &resolution,
        &request_sha256,
        held.recorded(),
    )?;
    publish(tokens, &resolution.request)?;
    publish(references, &resolution.request)?;
    Ok(resolution)
}

/// The request is still the file that was read.
fn unchanged(order: &Order, sha256: &str) -> Result<(), CustodyError> {
    if issue::digest(&order.request)? == sha256 {
        return Ok(());
    }
    Err(CustodyError::Changed {
        file: order.request.clone(),
    })
}

/// Tokens for the issuer, references for the producer.
fn drafts(
    authority: &Authority<'_>,
    mode: KanaMode,
    rows: &[Resolved],
) -> Result<(Draft, Draft), CustodyError> {
    let scratch = authority.scratch()?;
    let (mut tokens, mut references) = (Draft::new(&scratch), Draft::new(&scratch));
    write_tokens(&mut tokens, mode, rows)?;
    write_references(&mut references, mode, rows)?;
    Ok((tokens, references))
}

/// Every row of the request looked up in the registry of the provision, whose version is told, in order of the tokens.
fn rows(
    authority: &Authority<'_>,
    store: &Store,
    provision: &Provision,
    opened: &Opened,
    progress: &mut dyn FnMut(u64),
) -> Result<(u64, Vec<Resolved>), CustodyError> {
    let (version, registry) = registration::of_provision(authority, store, &provision.code)?;
    let keys = usage::resolver_keys(authority, provision)?;
    let resolver = Resolver::new(&registry, &keys, authority.today());
    let mut rows = look_up(&mut Asked::open(opened)?, &resolver, progress)?;
    if let Some(veil) = Veil::of(provision, &keys) {
        for rows in rows.chunks_mut(BATCH_ROWS) {
            let subjects: Vec<&Subjects> = rows.iter().map(|row| &row.subjects).collect();
            let made = veil.over(&subjects)?;
            for (row, veiled) in rows.iter_mut().zip(made) {
                row.veiled = veiled;
            }
        }
    }
    Ok((version, rows))
}

fn look_up(
    asked: &mut Asked,
    resolver: &Resolver<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<Resolved>, CustodyError> {
    let mut resolved = Vec::new();
    while let Some(Together { references, asking }) = asked.ask(resolver)? {
        let tokens = random_tokens(asking.len())?;
        let references = references.iter().flat_map(request::values);
        for ((row_ref, token), answered) in references.zip(tokens).zip(resolver.answer(asking)?) {
            let (resolution, subjects) = answered;
            resolved.push(Resolved {
                token,
                row_ref: *row_ref,
                resolution,
                subjects,
                veiled: None,
            });
        }
        progress(u64::try_from(resolved.len()).unwrap_or(u64::MAX));
    }
    resolved.sort_unstable_by_key(|row| row.token);
    Ok(resolved)
}

fn by_status(rows: &[Resolved]) -> BTreeMap<&'static str, u64> {
    let mut counts: BTreeMap<&'static str, u64> = Status::ALL
        .iter()
        .map(|status| (status.name(), 0))
        .collect();
    for row in rows {
        let count = counts.entry(row.resolution.status.name()).or_insert(0);
        *count = count.saturating_add(1);
    }
    counts
}

/// How many different registered persons the rows are about. The issuer can't tell: it sees no status, and a name that nobody has
/// is a subject too.
fn registered(rows: &[Resolved]) -> u64 {
    let mut persons = issue::Persons::default();
    for row in rows {
        persons.see_subjects(row.resolution, &row.subjects);
    }
    persons.settle();
    persons.count()
}

fn record(
    authority: &Authority<'_>,
    transaction: Txn<'_>,
    provision: &Provision,
    resolution: &Resolution,
    request_sha256: &str,
    findings: serde_json::Value,
) -> Result<(), CustodyError> {
    let counts = serde_json::to_value(&resolution.by_status)
        .map_err(|_| CustodyError::Broken("counts are JSON"))?;
    let at = authority.now();
    transaction.issue(&IssueRecord {
        request: resolution.request.clone(),
        answer: resolution.tokens.package.clone(),
        provision: resolution.provision.clone(),
        registry: resolution.registry,
        counts: counts.clone(),
        request_sha256: request_sha256.to_owned(),
        answer_sha256: resolution.tokens.sha256.clone(),
        issued_at: at,
    })?;
    transaction.pin_registry(&resolution.provision, resolution.registry, at)?;
    let event = Event::new("provision.resolved", provision.code.as_str(), at)
        .with("request", resolution.request.as_str())
        .with("request_sha256", request_sha256)
        .with("tokens", resolution.tokens.package.as_str())
        .with("tokens_sha256", resolution.tokens.sha256.as_str())
        .with("references", resolution.references.package.as_str())
        .with("references_sha256", resolution.references.sha256.as_str())
        .with("registry", resolution.registry)
        .with("counts", counts)
        .with("findings", findings);
    Ok(transaction.commit(&event)?)
}
