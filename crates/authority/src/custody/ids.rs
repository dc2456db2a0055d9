//! `authority issue` at an issuer: tokens of the resolver become IDs, for the producer whose request they stand for, or for
//! the user whose extract they stand for.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use renketsu_identity::{KanaMode, KeyCheckValues};
use renketsu_seal::Card;
use renketsu_seal::package::{
    Counts, Custody, Draft, Expected, Header, Opened, PackageKind, Sealed, WriteError,
};
use renketsu_store::{Event, SeenPackage, Store, StoreError, Txn};
use serde::Serialize;

use super::tables::{IDS, STAMPS, SUBJECTS, TOKENS, Tokens};
use super::{Custodian, CustodyError, ExtractTerms, Outgoing, counterpart, usage, veiled};
use crate::issue::{self, IssueError, Marks, Persons, SealedFile, recipient_ground};
use crate::party::Authority;
use crate::provision::{self, Provision};
use crate::release::release;
use crate::stamp::{self, DistinctIds};

/// What the issuer is told.
#[derive(Clone, Debug)]
pub struct Order {
    /// The sealed tokens of a request, or subjects of an extract.
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
    /// What was made: `ids` for the producer, or `stamps` for the user.
    pub kind: &'static str,
    /// Package id of the tokens.
    pub tokens: String,
    /// The sealed IDs.
    pub ids: SealedFile,
    /// Rows.
    pub rows: u64,
    /// Key check values of the IDs.
    pub kcv: KeyCheckValues,
}

/// Whose rows stand behind the tokens.
#[derive(Clone, Debug)]
enum For {
    /// Of a request: its producer gets the IDs.
    Producer,
    /// Of an extract: the user gets them.
    User(ExtractTerms),
}

impl For {
    /// What a package of tokens is for, by what it states.
    fn of(stated: &Header) -> Result<Self, CustodyError> {
        match (stated.kind, stated.databases.as_slice(), &stated.approval) {
            (PackageKind::Tokens, ..) => Ok(Self::Producer),
            (PackageKind::Subjects, [database], Some(approval)) => Ok(Self::User(ExtractTerms {
                database: database.clone(),
                approval: approval.clone(),
                purpose: stated.purpose.clone(),
            })),
            (PackageKind::Subjects, ..) => Err(CustodyError::Differs {
                provision: stated.provision.clone(),
                field: "approval",
            }),
            (kind, ..) => Err(CustodyError::Kind {
                kind: kind.as_str(),
                expected: PackageKind::Tokens.as_str(),
            }),
        }
    }

    /// The table that is read, and the one that is written.
    fn tables(&self) -> [&'static str; 2] {
        match self {
            Self::Producer => [TOKENS, IDS],
            Self::User(_) => [SUBJECTS, STAMPS],
        }
    }

    fn asked(&self) -> PackageKind {
        match self {
            Self::Producer => PackageKind::Tokens,
            Self::User(_) => PackageKind::Subjects,
        }
    }

    fn gives(&self) -> PackageKind {
        match self {
            Self::Producer => PackageKind::Ids,
            Self::User(_) => PackageKind::Stamps,
        }
    }

    fn recipient<'a>(
        &self,
        authority: &Authority<'a>,
        provision: &Provision,
    ) -> Result<&'a Card, CustodyError> {
        Ok(match self {
            Self::Producer => issue::trusted(authority, provision)?,
            Self::User(_) => stamp::recipient(authority, provision)?,
        })
    }
}

/// A package of tokens that may be answered.
struct Received {
    opened: Opened,
    whose: For,
    custody: Custody,
    provision: Provision,
    sha256: String,
}

/// Issues the IDs of a `tokens` or `subjects` package. `progress` hears how many rows are done.
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
    let received = receive(authority, store, &order.tokens)?;
    let Received {
        opened,
        whose,
        provision,
        ..
    } = &received;
    let recipient = whose.recipient(authority, provision)?;
    let id = || provision.code.as_str().to_owned();
    let mut draft = Draft::new(&authority.scratch()?);
    let (rows, persons) = make(authority, &received, &mut draft, progress)?;
    if let Some(persons) = &persons {
        issue::within(provision, persons).map_err(IssueError::from)?;
        // Names of nobody are among them; the resolver, who knows, has counted those who are registered.
        let enough = provision.controls.enough(persons.count());
        enough.map_err(IssueError::from)?;
    }
    if issue::digest(&order.tokens)? != received.sha256 {
        return Err(CustodyError::Changed {
            file: order.tokens.clone(),
        });
    }
    let log = store.give_head(authority.keys())?;
    let transaction = store.begin_checked()?;
    provision::still_open(&transaction, provision)?;
    let (holder, purpose) = match whose {
        For::Producer => ([Custodian::Issuer], "issue"),
        For::User(_) => ([Custodian::Issuer], "stamp"),
    };
    usage::note(authority, &transaction, provision, &holder, purpose)?;
    take(authority, &transaction, opened)?;
    if let Some(persons) = &persons {
        issue::remember(
            &transaction,
            provision.code.as_str(),
            &provision.controls,
            persons,
        )?;
    }
    let outgoing = Outgoing {
        log,
        kind: whose.gives(),
        recipient,
        sequence: transaction.next_sequence(&recipient.fingerprint().to_hex())?,
        in_reply_to: opened.header().in_reply_to,
        custody: Some(received.custody.clone()),
        expires: order.expires,
        fee_notice: None,
        extract: match whose {
            For::Producer => None,
            For::User(terms) => Some(terms.clone()),
        },
    };
    let prepared = outgoing.prepare(authority, provision, draft, &order.out)?;
    let issued = IdsIssued {
        provision: id(),
        kind: whose.gives().as_str(),
        tokens: opened.package_id().to_string(),
        ids: prepared.receipt().clone().into(),
        rows,
        kcv: provision.terms.kcv,
    };
    outgoing.note(authority, provision, &transaction, &issued.ids)?;
    let event = said(authority, &received, &issued);
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

/// Makes the IDs of every row. Persons are counted where a request asks for them: an extract is of everybody in it.
fn make(
    authority: &Authority<'_>,
    received: &Received,
    draft: &mut Draft,
    progress: &mut dyn FnMut(u64),
) -> Result<(u64, Option<Persons>), CustodyError> {
    let Received {
        opened,
        whose,
        provision,
        ..
    } = received;
    let keys = usage::issuer_keys(authority, provision)?.ok_or_else(|| CustodyError::Kcv {
        provision: provision.code.as_str().to_owned(),
    })?;
    let [from, to] = whose.tables();
    let mut tokens = match provision.terms.kana_mode {
        KanaMode::Keyed => Tokens::open(opened, from)?,
        KanaMode::Verifiable(_) => veiled::open(opened, from)?,
    };
    match whose {
        For::Producer => {
            let mut persons = Persons::default();
            let mut see = |marks: &[Marks]| {
                for marks in marks {
                    persons.see_marks(*marks);
                }
                Ok(())
            };
            let (written, proving) =
                veiled::write(draft, to, &mut tokens, &keys, &mut see, progress)?;
            persons.settle();
            let (numbers, kana) = persons.ids();
            let rows = written.rows;
            written.target.finish(counts(rows, numbers, kana))?;
            veiled::beside(proving, draft)?;
            Ok((rows, Some(persons)))
        }
        For::User(_) => {
            let mut distinct = DistinctIds::new(stamp::MEMORY, &authority.scratch()?);
            let mut see = |marks: &[Marks]| Ok(distinct.see(marks)?);
            let (written, proving) =
                veiled::write(draft, to, &mut tokens, &keys, &mut see, progress)?;
            let (numbers, kana) = distinct.counts()?;
            let rows = written.rows;
            written.target.finish(counts(rows, numbers, kana))?;
            veiled::beside(proving, draft)?;
            Ok((rows, None))
        }
    }
}

fn counts(rows: u64, numbers: u64, kana: u64) -> Counts {
    Counts {
        rows,
        distinct_number_ids: Some(numbers),
        distinct_kana_ids: Some(kana),
    }
}

fn said(authority: &Authority<'_>, received: &Received, issued: &IdsIssued) -> Event {
    let action = match &received.whose {
        For::Producer => "provision.ids_issued",
        For::User(_) => "provision.stamps_issued",
    };
    let event = Event::new(action, &issued.provision, authority.now())
        .with("tokens", issued.tokens.as_str())
        .with("tokens_sha256", received.sha256.as_str())
        .with("registry", received.custody.registry)
        .with("ids", issued.ids.package.as_str())
        .with("ids_sha256", issued.ids.sha256.as_str())
        .with("rows", issued.rows);
    match &received.whose {
        For::Producer => event,
        For::User(terms) => event
            .with("database", terms.database.as_str())
            .with("approval", terms.approval.as_str()),
    }
}

/// Everything that can be refused without reading a row.
fn receive(
    authority: &Authority<'_>,
    store: &Store,
    path: &Path,
) -> Result<Received, CustodyError> {
    let digest = issue::digest(path);
    let authentic =
        Sealed::open(path)?.authenticate(authority.keys(), authority.trust(), authority.now())?;
    let sha256 = digest?;
    let stated = authentic.header();
    let whose = For::of(stated)?;
    let provision = provision::find_open(store, &stated.provision)?;
    let id = || provision.code.as_str().to_owned();
    let resolver = counterpart(authority, store, &provision)?;
    if authentic.sender() != resolver {
        return Err(CustodyError::Sender {
            provision: id(),
            sender: authentic.sender().name.clone(),
        });
    }
    let differs = |field| CustodyError::Differs {
        provision: id(),
        field,
    };
    agrees(stated, &whose, &provision).map_err(differs)?;
    let between = [
        resolver.fingerprint(),
        authority.keys().card().fingerprint(),
    ];
    let custody = stated
        .custody
        .clone()
        .filter(|custody| [custody.resolver, custody.issuer] == between)
        .ok_or_else(|| differs("custody"))?;
    let package = authentic.package_id().to_string();
    if store.has_seen(&package, "")? {
        return Err(CustodyError::Replayed { package });
    }
    let opened = authentic.verify()?;
    opened.expect(&Expected {
        kind: whose.asked(),
        provision: id(),
        kcv: Some(provision.terms.kcv),
    })?;
    Ok(Received {
        opened,
        whose,
        custody,
        provision,
        sha256,
    })
}

/// Names the first thing in which the resolver's provision is not the issuer's.
fn agrees(stated: &Header, whose: &For, provision: &Provision) -> Result<(), &'static str> {
    let terms = &provision.terms;
    let databases = match whose {
        For::Producer => stated.databases == terms.databases,
        For::User(extract) => terms.databases.contains(&extract.database),
    };
    let checks = [
        ("kcv", stated.kcv == Some(terms.kcv)),
        ("kana_mode", stated.kana_mode == terms.kana_mode),
        ("study", stated.study.as_ref() == Some(&provision.study)),
        (
            "producer",
            stated.producer.as_ref() == Some(&terms.certification),
        ),
        (
            "recipient_ground",
            stated.recipient_ground == Some(recipient_ground(provision)),
        ),
        ("databases", databases),
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
        head: opened.head().cloned(),
    });
    match taken {
        Ok(()) => Ok(()),
        Err(StoreError::Replayed { package, .. }) => Err(CustodyError::Replayed { package }),
        Err(error) => Err(error.into()),
    }
}
