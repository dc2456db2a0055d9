//! Provisions (提供): who asks, who receives, under which provisions of the law, and the keys of their IDs.

pub(crate) mod close;
mod fault;

use jiff::Timestamp;
use renketsu_identity::{Epoch, KanaMode, KeyCheckValues, ProvisionCode};
use renketsu_seal::package::Certification;
use renketsu_seal::{Card, Fingerprint, Role};
use renketsu_store::{Event, ProvisionRecord, Store, Txn};
use serde::{Deserialize, Serialize};

pub use close::{Closed, close};
pub use fault::ProvisionError;

use crate::controls::{ControlError, Controls, Declared};
use crate::custody::{Custodian, usage};
use crate::init::FIRST_EPOCH;
use crate::issuer::IssuerKeys;
use crate::law::{Certified, Law, Linkable};
use crate::party::Authority;
use crate::secrets::SecretError;

/// What `provision open` is told.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Its identifier, `[A-Z0-9-]{1,64}`.
    pub provision: String,
    /// The one study it is for.
    pub study: String,
    /// Fingerprint of the producer, whose card must be trusted.
    pub producer: Fingerprint,
    /// The producer's certification: number and kind, and the provision of the Act the data is made under.
    pub certification: Certification,
    /// Fingerprint of the recipient, whose card must be trusted.
    pub recipient: Fingerprint,
    /// Item of 令7条 under which the recipient may receive, as `7-1`.
    pub recipient_item: String,
    /// Databases to link with, by their codes.
    pub databases: Vec<String>,
    /// How its kana IDs are to be made.
    pub kana: KanaIds,
    /// What may be asked.
    pub controls: Declared,
}

/// How the kana IDs of a provision are to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KanaIds {
    /// By HMAC: the rule of `ids.md`.
    #[default]
    Keyed,
    /// So that whoever gets them can check that one key made all (`docs/decisions/0025-verifiable-kana-id.md`).
    Verifiable,
}

/// A party of a provision as it was trusted when the provision opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyRef {
    /// Name on its card.
    pub name: String,
    /// Fingerprint of its card.
    pub fingerprint: Fingerprint,
}

/// An opened provision. Its epoch, keys, parties and databases are fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provision {
    /// Its identifier.
    pub code: ProvisionCode,
    /// The one study it is for.
    pub study: String,
    /// Whether IDs may still be issued.
    pub open: bool,
    /// When it opened.
    pub opened_at: Timestamp,
    /// Everything else.
    pub terms: Terms,
    /// What may be asked now: as it opened, or as the last amendment has it.
    pub controls: Controls,
}

/// What is fixed when a provision opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Who asks.
    pub producer: PartyRef,
    /// With which certification.
    pub certification: Certification,
    /// Who receives.
    pub recipient: PartyRef,
    /// Under which item of 令7条.
    pub recipient_item: String,
    /// With which databases it may be linked, sorted.
    pub databases: Vec<String>,
    /// Version of the table of the law it was checked against.
    pub law: u32,
    /// Epoch of the subject keys.
    pub epoch: Epoch,
    /// Key check values of its IDs.
    pub kcv: KeyCheckValues,
    /// How its kana IDs are made, with the public key by which they are checked.
    #[serde(default, skip_serializing_if = "KanaMode::is_keyed")]
    pub kana_mode: KanaMode,
    /// What may be asked, until it is amended.
    #[serde(default)]
    pub controls: Controls,
}

/// Opens a provision and makes its salt.
pub fn open(
    authority: &Authority<'_>,
    store: &mut Store,
    opening: &Opening,
) -> Result<Provision, ProvisionError> {
    store.not_halted()?;
    let code =
        ProvisionCode::parse(&opening.provision).map_err(|_| ProvisionError::Identifier {
            provision: opening.provision.clone(),
        })?;
    study_name(&opening.study)?;
    let law = Law::current()?;
    certification(&law, &opening.certification)?;
    let databases = databases(&law, &opening.databases)?;
    if !law.has_recipient_item(&opening.recipient_item) {
        let item = opening.recipient_item.clone();
        let known = list(law.recipients().iter().map(|listed| listed.item.as_str()));
        return Err(if item.trim().is_empty() {
            ProvisionError::ItemMissing { known }
        } else {
            ProvisionError::ItemUnknown { item, known }
        });
    }
    let controls = opening.controls.controls()?;
    let producer = party(authority, &opening.producer, Role::Producer)?;
    let recipient = party(authority, &opening.recipient, Role::Workspace)?;
    if store.provision(code.as_str())?.is_some() {
        return Err(ProvisionError::Exists {
            provision: opening.provision.clone(),
        });
    }
    close::complete(authority, store)?;
    let secrets = authority.secrets();
    let epoch = store.epoch()?.map_or(FIRST_EPOCH, Epoch);
    begin_opening(authority, store, &code)?;
    secrets.make_salt(&code)?;
    let derive = match opening.kana {
        KanaIds::Keyed => IssuerKeys::derive,
        KanaIds::Verifiable => IssuerKeys::derive_verifiable,
    };
    let keys = derive(&secrets.issuer_root(epoch)?, &secrets.salt(&code)?, &code)
        .map_err(SecretError::from)?;
    let terms = Terms {
        producer,
        certification: opening.certification.clone(),
        recipient,
        recipient_item: opening.recipient_item.clone(),
        databases,
        law: law.version(),
        epoch,
        kcv: keys.kcv(),
        kana_mode: keys.mode(),
        controls: controls.clone(),
    };
    let provision = Provision {
        code,
        study: opening.study.clone(),
        open: true,
        opened_at: authority.now(),
        terms,
        controls,
    };
    record(authority, store, &provision)?;
    Ok(provision)
}

/// Puts on record that an opening begins, before its salt is made. A salt that no opening of this record made is refused: IDs may
/// have been issued under it, before the state was put back from a backup, and a second study would get the same ones.
fn begin_opening(
    authority: &Authority<'_>,
    store: &mut Store,
    code: &ProvisionCode,
) -> Result<(), ProvisionError> {
    const OPENING: &str = "provision.opening";
    let left = authority.secrets().salt_digest(code)?.is_some();
    if left {
        let begun = store
            .events()?
            .into_iter()
            .any(|entry| entry.event.action == OPENING && entry.event.object == code.as_str());
        return if begun {
            Ok(())
        } else {
            Err(ProvisionError::SaltLeft {
                provision: code.as_str().to_owned(),
            })
        };
    }
    let event = Event::new(OPENING, code.as_str(), authority.now());
    Ok(store.begin()?.commit(&event)?)
}

/// Something of a provision as it stands in the record.
fn record_of<T: Serialize>(part: &T) -> Result<serde_json::Value, ProvisionError> {
    serde_json::to_value(part).map_err(|_| ProvisionError::Broken("terms are JSON"))
}

fn record(
    authority: &Authority<'_>,
    store: &mut Store,
    provision: &Provision,
) -> Result<(), ProvisionError> {
    let terms = &provision.terms;
    let body = record_of(terms)?;
    let id = provision.code.as_str();
    let event = Event::new("provision.opened", id, provision.opened_at)
        .with("study", provision.study.as_str())
        .with("terms", body.clone());
    let transaction = store.begin()?;
    transaction.hold_epoch(terms.epoch.0)?;
    transaction.open_provision(&ProvisionRecord {
        provision: id.to_owned(),
        study: provision.study.clone(),
        body,
        open: true,
        opened_at: provision.opened_at,
    })?;
    usage::note(
        authority,
        &transaction,
        provision,
        &[Custodian::Issuer],
        "open",
    )?;
    Ok(transaction.commit(&event)?)
}

/// One provision.
pub fn find(store: &Store, provision: &str) -> Result<Provision, ProvisionError> {
    match store.provision(provision)? {
        Some(record) => of_record(store, record),
        None => Err(ProvisionError::Unknown {
            provision: provision.to_owned(),
        }),
    }
}

/// One provision for which IDs may be issued. None is while the state was put back and nobody confirmed it: what was asked and
/// answered since the backup is unknown.
pub fn find_open(store: &Store, provision: &str) -> Result<Provision, ProvisionError> {
    store.not_halted()?;
    let found = find(store, provision)?;
    if found.open {
        Ok(found)
    } else {
        Err(ProvisionError::Closed {
            provision: provision.to_owned(),
        })
    }
}

/// Looks again, inside the change that records what was issued: it may have been closed or amended while the work was done, or
/// what the work believed was never said.
pub(crate) fn still_open(
    transaction: &Txn<'_>,
    provision: &Provision,
) -> Result<(), ProvisionError> {
    let id = || provision.code.as_str().to_owned();
    let record = transaction.provision(provision.code.as_str())?;
    let Some(record) = record.filter(|record| record.open) else {
        return Err(ProvisionError::Closed { provision: id() });
    };
    let terms: Terms = serde_json::from_value(record.body)
        .map_err(|_| ProvisionError::Damaged { provision: id() })?;
    let same = terms == provision.terms
        && record.study == provision.study
        && controls_now(transaction, provision)? == provision.controls;
    if same {
        Ok(())
    } else {
        Err(ProvisionError::Changed { provision: id() })
    }
}

/// The controls of a provision as the last amendment left them, looked at inside the change that they decide about.
pub(crate) fn controls_now(
    transaction: &Txn<'_>,
    provision: &Provision,
) -> Result<Controls, ControlError> {
    let id = provision.code.as_str();
    match transaction.amended_controls(id)? {
        None => Ok(provision.terms.controls.clone()),
        Some(body) => serde_json::from_value(body).map_err(|_| ControlError::Damaged {
            provision: id.to_owned(),
        }),
    }
}

/// Every provision, by identifier.
pub fn list_all(store: &Store) -> Result<Vec<Provision>, ProvisionError> {
    let records = store.provisions()?.into_iter();
    records.map(|record| of_record(store, record)).collect()
}

fn of_record(store: &Store, record: ProvisionRecord) -> Result<Provision, ProvisionError> {
    let damaged = || ProvisionError::Damaged {
        provision: record.provision.clone(),
    };
    let terms: Terms = serde_json::from_value(record.body.clone()).map_err(|_| damaged())?;
    let controls = match store.amendments(&record.provision)?.pop() {
        None => terms.controls.clone(),
        Some(last) => serde_json::from_value(last.controls).map_err(|_| ControlError::Damaged {
            provision: record.provision.clone(),
        })?,
    };
    Ok(Provision {
        code: ProvisionCode::parse(&record.provision).map_err(|_| damaged())?,
        terms,
        controls,
        study: record.study,
        open: record.open,
        opened_at: record.opened_at,
    })
}

/// The user's rule for the name of a study: letters, digits, `-` and `_`, beginning with a letter or digit.
fn study_name(study: &str) -> Result<(), ProvisionError> {
    let fits = study.len() <= 63
        && study.starts_with(|c: char| c.is_ascii_alphanumeric())
        && study
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if fits {
        Ok(())
    } else {
        Err(ProvisionError::Study {
            study: study.to_owned(),
        })
    }
}

fn certification(law: &Law, certification: &Certification) -> Result<(), ProvisionError> {
    match law.certified(&certification.kind) {
        Certified::Anonymized => {}
        Certified::OnlyPseudonymized => return Err(ProvisionError::OnlyPseudonymized),
        Certified::Unknown => {
            return Err(ProvisionError::CertificationKind {
                kind: certification.kind.clone(),
            });
        }
    }
    let number = certification.number.trim();
    if number.is_empty() || number.chars().count() > 64 || number.chars().any(char::is_control) {
        return Err(ProvisionError::CertificationNumber);
    }
    if law.has_ground(&certification.ground) {
        Ok(())
    } else {
        Err(ProvisionError::Ground {
            ground: certification.ground.clone(),
        })
    }
}

fn databases(law: &Law, asked: &[String]) -> Result<Vec<String>, ProvisionError> {
    for database in asked {
        match law.linkable(database) {
            Linkable::Listed => {}
            Linkable::Refused(name) => {
                return Err(ProvisionError::DatabaseRefused {
                    database: database.clone(),
                    name: name.to_owned(),
                });
            }
            Linkable::Unknown => {
                let known = list(law.databases().iter().map(|listed| listed.code.as_str()));
                return Err(ProvisionError::DatabaseUnknown {
                    database: database.clone(),
                    known,
                });
            }
        }
    }
    let mut sorted = asked.to_vec();
    sorted.sort();
    sorted.dedup();
    if sorted.is_empty() {
        Err(ProvisionError::NoDatabase)
    } else {
        Ok(sorted)
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

pub(crate) fn party(
    authority: &Authority<'_>,
    fingerprint: &Fingerprint,
    role: Role,
) -> Result<PartyRef, ProvisionError> {
    let card = trusted(authority, fingerprint).ok_or_else(|| ProvisionError::Untrusted {
        role: role.as_str(),
        fingerprint: fingerprint.to_string(),
    })?;
    if card.role != role {
        return Err(ProvisionError::Role {
            name: card.name.clone(),
            role: card.role.as_str(),
            wanted: role.as_str(),
        });
    }
    Ok(PartyRef {
        name: card.name.clone(),
        fingerprint: *fingerprint,
    })
}

fn trusted<'a>(authority: &Authority<'a>, fingerprint: &Fingerprint) -> Option<&'a Card> {
    authority.trust().by_fingerprint(fingerprint)
}
