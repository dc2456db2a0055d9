//! `authority issue` at an issuer: tokens of the resolver become IDs for the producer.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_identity::KeyCheckValues;
use renketsu_seal::package::{Draft, Expected, Header, Opened, PackageKind, Sealed, WriteError};
use renketsu_store::{Event, SeenPackage, Store, StoreError, Txn};
use serde::Serialize;

use super::tables::{Tokens, write_ids};
use super::{Custodian, CustodyError, Outgoing, counterpart, usage};
use crate::issue::{self, IssueError, SealedFile, recipient_ground};
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::release::release;

/// What the issuer is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The sealed tokens of the resolver.
    pub tokens: PathBuf,
    /// Where the sealed IDs go; nothing may be there.
    pub out: PathBuf,
    /// From when on the IDs must not be opened any more.
    pub expires: Timestamp,
}

/// What came of it. The issuer can count rows, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdsIssued {
    /// The provision.
    pub provision: String,
    /// Package id of the tokens.
    pub tokens: String,
    /// The sealed IDs.
    pub ids: SealedFile,
    /// Rows.
    pub rows: u64,
    /// Key check values of the IDs.
    pub kcv: KeyCheckValues,
}

/// Issues the IDs of a `tokens` package. `progress` hears how many rows are done.
pub fn issue_ids(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &Order,
    progress: &mut dyn FnMut(u64),
) -> Result<IdsIssued, CustodyError> {
    if order.out.symlink_metadata().is_ok() {
        return Err(WriteError::Exists {
            file: order.out.clone(),
        }
        .into());
    }
    let (opened, provision, tokens_sha256) = receive(authority, store, &order.tokens)?;
    let producer = issue::trusted(authority, &provision)?;
    let id = || provision.code.as_str().to_owned();
    let keys = usage::issuer_keys(authority, &provision)?
        .ok_or_else(|| CustodyError::Kcv { provision: id() })?;
    let mut draft = Draft::new(&authority.scratch()?);
    let mut tokens = Tokens::open(&opened)?;
    let (rows, persons) = write_ids(
        &mut draft,
        &mut tokens,
        &|subjects| keys.issue(subjects),
        progress,
    )?;
    drop(keys);
    issue::within(&provision, &persons).map_err(IssueError::from)?;
    // Names of nobody are among them; the resolver, who knows, has counted those who are registered.
    let enough = provision.controls.enough(persons.count());
    enough.map_err(IssueError::from)?;
    if issue::digest(&order.tokens)? != tokens_sha256 {
        return Err(CustodyError::Changed {
            file: order.tokens.clone(),
        });
    }
    let transaction = store.begin()?;
    provision::still_open(&transaction, &provision)?;
    usage::note(
        authority,
        &transaction,
        &provision,
        &[Custodian::Issuer],
        "issue",
    )?;
    take(authority, &transaction, &opened)?;
    issue::remember(
        &transaction,
        provision.code.as_str(),
        &provision.controls,
        &persons,
    )?;
    let outgoing = Outgoing {
        kind: PackageKind::Ids,
        recipient: producer,
        sequence: transaction.next_sequence(&producer.fingerprint().to_hex())?,
        in_reply_to: opened.header().in_reply_to,
        expires: order.expires,
        fee_notice: None,
    };
    let prepared = outgoing.prepare(authority, &provision, draft, &order.out)?;
    let issued = IdsIssued {
        provision: id(),
        tokens: opened.package_id().to_string(),
        ids: prepared.receipt().clone().into(),
        rows,
        kcv: provision.terms.kcv,
    };
    outgoing.note(authority, &provision, &transaction, &issued.ids)?;
    let event = Event::new("provision.ids_issued", &issued.provision, authority.now())
        .with("tokens", issued.tokens.as_str())
        .with("tokens_sha256", tokens_sha256)
        .with("ids", issued.ids.package.as_str())
        .with("ids_sha256", issued.ids.sha256.as_str())
        .with("rows", issued.rows);
    release(
        prepared,
        |_| Ok(transaction.commit(&event)?),
        |source| CustodyError::Unpublished {
            package: issued.tokens.clone(),
            file: order.out.clone(),
            source,
        },
    )?;
    Ok(issued)
}

/// Everything that can be refused without reading a row.
fn receive(
    authority: &Authority<'_>,
    store: &Store,
    path: &Path,
) -> Result<(Opened, Provision, String), CustodyError> {
    let digest = issue::digest(path);
    let authentic =
        Sealed::open(path)?.authenticate(authority.keys(), authority.trust(), authority.now())?;
    let sha256 = digest?;
    let stated = authentic.header();
    if stated.kind != PackageKind::Tokens {
        return Err(CustodyError::Kind {
            kind: stated.kind.as_str(),
            expected: PackageKind::Tokens.as_str(),
        });
    }
    let provision = provision::find_open(store, &stated.provision)?;
    let id = || provision.code.as_str().to_owned();
    let resolver = counterpart(authority, store, &provision)?;
    if authentic.sender() != resolver {
        return Err(CustodyError::Sender {
            provision: id(),
            sender: authentic.sender().name.clone(),
        });
    }
    agrees(stated, &provision).map_err(|field| CustodyError::Differs {
        provision: id(),
        field,
    })?;
    let package = authentic.package_id().to_string();
    if store.has_seen(&package, "")? {
        return Err(CustodyError::Replayed { package });
    }
    let opened = authentic.verify()?;
    opened.expect(&Expected {
        kind: PackageKind::Tokens,
        provision: id(),
        kcv: Some(provision.terms.kcv),
    })?;
    Ok((opened, provision, sha256))
}

/// Names the first thing in which the resolver's provision is not the issuer's.
fn agrees(stated: &Header, provision: &Provision) -> Result<(), &'static str> {
    let terms = &provision.terms;
    let checks = [
        ("kcv", stated.kcv == Some(terms.kcv)),
        ("study", stated.study.as_ref() == Some(&provision.study)),
        (
            "producer",
            stated.producer.as_ref() == Some(&terms.certification),
        ),
        (
            "recipient_ground",
            stated.recipient_ground == Some(recipient_ground(provision)),
        ),
        ("databases", stated.databases == terms.databases),
        ("in_reply_to", stated.in_reply_to.is_some()),
    ];
    checks
        .into_iter()
        .find(|(_, holds)| !holds)
        .map_or(Ok(()), |(field, _)| Err(field))
}

fn take(
    authority: &Authority<'_>,
    transaction: &Txn<'_>,
    opened: &Opened,
) -> Result<(), CustodyError> {
    let taken = transaction.see(&SeenPackage {
        package_id: opened.package_id().to_string(),
        part: String::new(),
        kind: opened.header().kind.as_str().to_owned(),
        sender: opened.sender().fingerprint().to_hex(),
        sequence: opened.sequence(),
        seen_at: authority.now(),
    });
    match taken {
        Ok(()) => Ok(()),
        Err(StoreError::Replayed { package, .. }) => Err(CustodyError::Replayed { package }),
        Err(error) => Err(error.into()),
    }
}
