//! What every use case of the authority stands on: its directory, its opened keys, whom it trusts, and the time.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use renketsu_seal::{PartyKeys, Role, Trust};

use crate::custody::Custodian;
use crate::fee::Monotonic;
use crate::secrets::{Door, SecretError, Secrets, private_directory};

/// The authority at work. Commands build it once; the store goes beside it, because it changes.
#[derive(Debug)]
pub struct Authority<'a> {
    dir: &'a Path,
    keys: &'a PartyKeys,
    trust: &'a Trust,
    now: Timestamp,
    clock: Monotonic<'a>,
    door: Option<&'a Door<'a>>,
}

/// These keys belong to another role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is a {role}, not an authority")]
pub struct RoleError {
    /// The party.
    pub name: String,
    /// Its role.
    pub role: &'static str,
}

impl RoleError {
    /// Codes of this error with the names of their details.
    pub const CODES: &[(&str, &[&str])] = &[("authority.party.role", &["name", "role"])];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        "authority.party.role"
    }

    /// Named values for the message.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.clone()), ("role", self.role.to_owned())]
    }

    /// The exit code of a command that ends with this error.
    pub fn exit(&self) -> u8 {
        2
    }
}

impl<'a> Authority<'a> {
    /// The authority, or the resolver of two custodians. `now` is the clock's, as the binary read it; `clock` is the meter's,
    /// which it reads whenever it is asked.
    pub fn new(
        dir: &'a Path,
        keys: &'a PartyKeys,
        trust: &'a Trust,
        now: Timestamp,
        clock: Monotonic<'a>,
    ) -> Result<Self, RoleError> {
        Self::of(Role::Authority, dir, keys, trust, now, clock)
    }

    /// The issuer of two custodians.
    pub fn issuer(
        dir: &'a Path,
        keys: &'a PartyKeys,
        trust: &'a Trust,
        now: Timestamp,
        clock: Monotonic<'a>,
    ) -> Result<Self, RoleError> {
        Self::of(Role::Issuer, dir, keys, trust, now, clock)
    }

    fn of(
        role: Role,
        dir: &'a Path,
        keys: &'a PartyKeys,
        trust: &'a Trust,
        now: Timestamp,
        clock: Monotonic<'a>,
    ) -> Result<Self, RoleError> {
        let card = keys.card();
        if card.role != role {
            return Err(RoleError {
                name: card.name.clone(),
                role: card.role.as_str(),
            });
        }
        Ok(Self {
            dir,
            keys,
            trust,
            now,
            clock,
            door: None,
        })
    }

    /// With a way to the key token, which secrets that are wrapped need.
    #[must_use]
    pub fn with_door(mut self, door: &'a Door<'a>) -> Self {
        self.door = Some(door);
        self
    }

    /// Whose key stores a party of this part may have.
    pub(crate) fn may_hold(&self) -> &'static [Custodian] {
        if self.keys.card().role == Role::Issuer {
            &[Custodian::Issuer]
        } else {
            &Custodian::ALL
        }
    }

    /// Whether this directory is a resolver's alone: it answers no request in one step.
    pub fn resolves_only(&self) -> bool {
        let secrets = self.secrets();
        secrets.has(Custodian::Resolver) && !secrets.has(Custodian::Issuer)
    }

    /// Refuses the work of a custodian that a party of this part can't be.
    pub(crate) fn may(&self, custodian: Custodian) -> Result<(), SecretError> {
        if self.may_hold().contains(&custodian) {
            return Ok(());
        }
        Err(SecretError::Elsewhere {
            custodian: custodian.as_str(),
        })
    }

    pub(crate) fn dir(&self) -> &'a Path {
        self.dir
    }

    pub(crate) fn keys(&self) -> &'a PartyKeys {
        self.keys
    }

    /// Whom it trusts.
    pub fn trust(&self) -> &'a Trust {
        self.trust
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn clock(&self) -> Monotonic<'a> {
        self.clock
    }

    pub(crate) fn secrets(&self) -> Secrets<'a> {
        Secrets::of(self.dir, self.keys, self.door)
    }

    /// The directory of scratch files, made if it is missing.
    pub(crate) fn scratch(&self) -> Result<PathBuf, SecretError> {
        let scratch = self.dir.join("tmp");
        private_directory(&scratch)?;
        Ok(scratch)
    }

    /// The day in Japan, which decides what lies in the future.
    pub(crate) fn today(&self) -> Date {
        TimeZone::fixed(Offset::constant(9))
            .to_datetime(self.now)
            .date()
    }
}
