//! Taking a key token into use, and leaving it. Every secret that is there changes its form.
//!
//! Durable steps: it is recorded what is begun; the token is noted in a safe, from when on new secrets are made wrapped; each
//! secret gets its new form, which is opened again and compared before the old one is destroyed; that it is done is recorded.
//! The same command completes what was interrupted. Leaving takes the steps the other way round.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use renketsu_identity::Locked;
use renketsu_seal::key_token::{KeyToken, KeyTokenError, Place, Slot, Which};
use renketsu_seal::safe;
use renketsu_seal::{PartyKeys, Passphrase};
use renketsu_store::{Event, Store};
use serde::Serialize;

use super::wrapped::Recorded;
use super::{Forms, Name, SecretError, Secrets, door, private_directory};
use crate::custody::Custodian;
use crate::party::Authority;
use crate::provision::{ProvisionError, close};

const FORMAT: &str = "renketsu.key-token/1";
/// The note of a token is under 1 KiB beside its path.
const LONGEST_NOTE: u64 = 16 * 1024;

/// Which key of which token.
#[derive(Clone, Debug)]
pub struct UseToken {
    /// The vendor's PKCS#11 library.
    pub module: PathBuf,
    /// The token.
    pub token: Which,
    /// The key's label; without it, a name made of the party's fingerprint.
    pub key: Option<String>,
    /// Whether the key is made now, in the token.
    pub make: bool,
}

/// What was wrapped, or is no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Where the key is.
    pub token: Place,
    /// The secrets that changed their form, as `issuer/root-1`.
    pub secrets: Vec<String>,
}

/// A secret and what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Whose it is.
    pub custodian: Custodian,
    /// Its name: `root-EPOCH`, `salt-PROVISION`.
    pub secret: String,
    /// `passphrase`, or `token` for passphrase and token together; `both` where a change of form was interrupted.
    pub opened_by: &'static str,
}

/// Wraps every secret of this directory, and those made from now on, by a key in a token.
pub fn use_token(
    authority: &Authority<'_>,
    store: &mut Store,
    order: &UseToken,
    ask: &dyn Fn() -> Option<Passphrase>,
) -> Result<Taken, ProvisionError> {
    close::complete(authority, store)?;
    let secrets = authority.secrets();
    let recorded = secrets.in_use()?;
    let token = secrets.taken(order, recorded.as_ref(), ask)?;
    let place = token.place();
    if recorded.is_none() {
        let begun = Event::new("keys.wrapping", &place.serial, authority.now());
        store.begin()?.commit(&of(begun, place))?;
        secrets.note(&token)?;
    }
    let mut wrapped = Vec::new();
    for (name, forms) in secrets.names()? {
        if forms.plain {
            secrets.wrap(&token, &name, forms)?;
            wrapped.push(name.to_string());
        }
    }
    let done = Event::new("keys.wrapped", &place.serial, authority.now());
    let done = of(done, place).with("secrets", wrapped.clone());
    store.begin()?.commit(&done)?;
    Ok(Taken {
        token: place.clone(),
        secrets: wrapped,
    })
}

/// Makes the passphrase suffice again: for the time when a token is replaced.
pub fn leave_token(authority: &Authority<'_>, store: &mut Store) -> Result<Taken, ProvisionError> {
    close::complete(authority, store)?;
    let secrets = authority.secrets();
    let recorded = secrets.in_use()?.ok_or(SecretError::NoToken)?;
    let token = secrets.token()?;
    let place = recorded.place;
    let begun = Event::new("keys.unwrapping", &place.serial, authority.now());
    store.begin()?.commit(&of(begun, &place))?;
    let mut opened = Vec::new();
    for (name, forms) in secrets.names()? {
        if forms.wrapped {
            secrets.unwrap(token, &name, forms)?;
            opened.push(name.to_string());
        }
    }
    let done = Event::new("keys.unwrapped", &place.serial, authority.now());
    let done = of(done, &place).with("secrets", opened.clone());
    store.begin()?.commit(&done)?;
    safe::destroy(&secrets.note_path()).map_err(SecretError::from)?;
    Ok(Taken {
        token: place,
        secrets: opened,
    })
}

fn of(event: Event, place: &Place) -> Event {
    event
        .with("token", place.token.as_str())
        .with("module", place.module.display().to_string())
        .with("key", place.key.as_str())
}

/// Opens the token in use, if one is: for work that goes on when nobody can be asked any more.
pub fn open_token(
    dir: &Path,
    keys: &PartyKeys,
    ask: &dyn Fn() -> Option<Passphrase>,
) -> Result<Option<KeyToken>, SecretError> {
    let secrets = Secrets::of(dir, keys, None);
    let Some(recorded) = secrets.in_use()? else {
        return Ok(None);
    };
    let token = door::open(&recorded.place, ask)?;
    secrets.check(&token, &recorded)?;
    Ok(Some(token))
}

/// Where the token in use is.
pub(crate) fn token_in_use(authority: &Authority<'_>) -> Result<Option<Place>, SecretError> {
    Ok(authority.secrets().in_use()?.map(|recorded| recorded.place))
}

/// Every secret of this directory and what opens it.
pub(crate) fn holdings(authority: &Authority<'_>) -> Result<Vec<Held>, SecretError> {
    let names = authority.secrets().names()?;
    let held = names.into_iter().map(|(name, forms)| Held {
        custodian: name.custodian,
        secret: name.name,
        opened_by: match (forms.plain, forms.wrapped) {
            (true, true) => "both",
            (false, true) => "token",
            (_, false) => "passphrase",
        },
    });
    Ok(held.collect())
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.custodian.as_str(), self.name)
    }
}

impl Secrets<'_> {
    fn note_path(&self) -> PathBuf {
        self.dir.join("secrets").join("key-token")
    }

    pub(super) fn unrecorded(&self) -> SecretError {
        SecretError::Unrecorded {
            file: self.note_path(),
        }
    }

    /// The note of the token in use. Secrets that are wrapped without it are refused: whoever removed it would have new ones
    /// made without the token.
    pub(super) fn in_use(&self) -> Result<Option<Recorded>, SecretError> {
        let path = self.note_path();
        if !path.exists() {
            if self.names()?.iter().any(|(_, forms)| forms.wrapped) {
                return Err(self.unrecorded());
            }
            return Ok(None);
        }
        let form = || SecretError::Form { file: path.clone() };
        let reader = safe::open(&path, self.keys)?;
        if reader.len() > LONGEST_NOTE {
            return Err(form());
        }
        let note: Recorded = serde_json::from_reader(reader).map_err(|_| form())?;
        if note.format != FORMAT {
            return Err(form());
        }
        Ok(Some(note))
    }

    /// The token that was asked for, with its key found or made.
    fn taken(
        &self,
        order: &UseToken,
        recorded: Option<&Recorded>,
        ask: &dyn Fn() -> Option<Passphrase>,
    ) -> Result<KeyToken, SecretError> {
        let slot = Slot::find(&order.module, &order.token)?;
        let pin = ask().ok_or_else(|| SecretError::Pin {
            token: order.token.as_str().to_owned(),
        })?;
        let logged_in = slot.log_in(&pin)?;
        let label = order.key.clone().unwrap_or_else(|| self.key_label());
        let Some(recorded) = recorded else {
            return Ok(if order.make {
                logged_in.make_key(&label)?
            } else {
                logged_in.key(&label)?
            });
        };
        let token = logged_in.key(&recorded.place.key)?;
        if token.place().serial != recorded.place.serial
            || order
                .key
                .as_ref()
                .is_some_and(|key| *key != recorded.place.key)
        {
            return Err(SecretError::TokenInUse {
                token: recorded.place.token.clone(),
            });
        }
        self.check(&token, recorded)?;
        Ok(token)
    }

    fn key_label(&self) -> String {
        let fingerprint = self.keys.card().fingerprint().to_hex();
        format!("renketsu-{}", fingerprint.get(..16).unwrap_or_default())
    }

    fn check_purpose(&self) -> Vec<u8> {
        let party = self.keys.card().fingerprint().to_hex();
        format!("renketsu/v1/key-token\0{party}").into_bytes()
    }

    /// Notes which token is in use.
    fn note(&self, token: &KeyToken) -> Result<(), SecretError> {
        let path = self.note_path();
        private_directory(&self.dir.join("secrets"))?;
        let check = token.wrap(&[0; 32], &self.check_purpose())?;
        let note = Recorded {
            format: FORMAT.to_owned(),
            place: token.place().clone(),
            check: HEXLOWER.encode(&check),
        };
        let json =
            serde_json::to_vec(&note).map_err(|_| SecretError::Form { file: path.clone() })?;
        self.write(&path, &json)
    }

    /// Refuses another key of the same name.
    pub(super) fn check(&self, token: &KeyToken, recorded: &Recorded) -> Result<(), SecretError> {
        let other = || KeyTokenError::OtherKey {
            token: recorded.place.token.clone(),
            key: recorded.place.key.clone(),
        };
        let check = HEXLOWER
            .decode(recorded.check.as_bytes())
            .map_err(|_| other())?;
        token.unwrap(&check, &self.check_purpose())?;
        Ok(())
    }

    fn wrap(&self, token: &KeyToken, name: &Name, forms: Forms) -> Result<(), SecretError> {
        let secret = Locked::filled(32, |secret| self.read_plain(name, secret))?;
        if !forms.wrapped {
            self.write_wrapped_by(token, name, &secret)?;
        }
        let again = Locked::filled(32, |again| self.read_wrapped_by(token, name, again))?;
        same(&secret, &again, self.wrapped(name))?;
        safe::destroy(&self.plain(name))?;
        Ok(())
    }

    fn unwrap(&self, token: &KeyToken, name: &Name, forms: Forms) -> Result<(), SecretError> {
        let secret = Locked::filled(32, |secret| self.read_wrapped_by(token, name, secret))?;
        if !forms.plain {
            self.write_plain(name, &secret)?;
        }
        let again = Locked::filled(32, |again| self.read_plain(name, again))?;
        same(&secret, &again, self.plain(name))?;
        safe::destroy(&self.wrapped(name))?;
        Ok(())
    }
}

fn same(one: &Locked, other: &Locked, file: PathBuf) -> Result<(), SecretError> {
    if one.expose() == other.expose() {
        return Ok(());
    }
    Err(SecretError::Changed { file })
}
