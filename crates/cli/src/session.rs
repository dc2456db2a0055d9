//! What every command is given: words, clock, passphrases, where to print.

use std::io::{self, Write};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use renketsu_seal::party::Cost;
use renketsu_seal::vault::{Custodians, Vault, VaultCost, VaultError, VaultKey};
use renketsu_seal::{Card, Fingerprint, PartyKeys, Role, Trust, party};
use renketsu_store::Store;
use serde::Serialize;

use crate::clock;
use crate::custodians::VaultWords;
use crate::failure::{Failure, exit};
use crate::language::Messages;
use crate::passphrase::{Opens, Passphrases};
use crate::progress::Progress;

/// The surroundings of one command.
pub(crate) struct Session<'a> {
    pub(crate) messages: &'a Messages,
    /// The clock; the demo stops it.
    pub(crate) clock: &'a dyn Fn() -> Timestamp,
    pub(crate) passphrases: &'a Passphrases,
    /// The price of guessing the passphrase of keys made in this session.
    pub(crate) cost: Cost,
    /// The same of a vault made in this session.
    pub(crate) vault_cost: VaultCost,
    /// Standard output, or where the demo listens.
    pub(crate) out: &'a mut dyn Write,
    pub(crate) progress: Progress,
    /// Whether what is listed was held against the party's keys; `None` where there is nothing to hold.
    pub(crate) proven: Option<bool>,
}

impl Session<'_> {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The end of a package that is valid for `days` from now.
    pub(crate) fn expiry(&self, days: u16) -> Timestamp {
        let now = self.now();
        now.checked_add(SignedDuration::from_hours(
            i64::from(days).saturating_mul(24),
        ))
        .unwrap_or(Timestamp::MAX)
    }

    /// Today in Japan (UTC+9, no summer time).
    pub(crate) fn today(&self) -> jiff::civil::Date {
        jiff::tz::Offset::constant(9).to_datetime(self.now()).date()
    }

    /// Prints a line of a message.
    pub(crate) fn say(&mut self, id: &str, values: &[(&str, String)]) -> Result<(), Failure> {
        let line = self.messages.with(id, values);
        self.print(&line)
    }

    /// Says something beside the output. Nobody may be reading.
    pub(crate) fn note(&mut self, id: &str, values: &[(&str, String)]) {
        // What stands before it comes before it.
        let _closed = self.out.flush();
        let _unread = writeln!(io::stderr(), "{}", self.messages.with(id, values));
    }

    /// Prints a line.
    pub(crate) fn print(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(|error| closed(&error))
    }

    /// Sends what was printed on its way.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| closed(&error))
    }

    /// Prints an answer for a script: one JSON object whose first field is `schema`.
    pub(crate) fn json<T: Serialize>(&mut self, schema: &str, body: &T) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Answer<'a, T> {
            schema: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            proven: Option<bool>,
            #[serde(flatten)]
            body: &'a T,
        }
        let answer = Answer {
            schema,
            proven: self.proven,
            body,
        };
        serde_json::to_writer_pretty(&mut self.out, &answer)
            .map_err(|error| closed(&error.into()))?;
        self.print("")
    }

    /// Opens a party: its keys, its state, which must be what the party itself put there, and whom it trusts.
    pub(crate) fn party(&self, dir: &Path) -> Result<(PartyKeys, Trust, Store), Failure> {
        let keys = self.keys(dir)?;
        let store = Self::proven(dir, &keys)?;
        let trust = Trust::open(store.trusted()?.as_deref(), &keys)?;
        Ok((keys, trust, store))
    }

    /// The state of a party whose keys are open. Of a workspace that was never served the vault proves what is said of its studies;
    /// from its first start on its state is proven like everybody's.
    pub(crate) fn proven(dir: &Path, keys: &PartyKeys) -> Result<Store, Failure> {
        Self::is_there(dir)?;
        if keys.card().role == Role::Workspace {
            let store = Self::store(dir)?;
            if !store.has_proof()? {
                return Ok(store);
            }
        }
        Ok(Store::open_proven(dir, &keys.proof())?.with_clock(clock::of_the_machine))
    }

    /// The state for a list. It is proven where the passphrase is at hand; nobody is asked for it, but told that the rows
    /// are as they stand.
    pub(crate) fn listing(&mut self, dir: &Path) -> Result<Store, Failure> {
        let store = Self::store(dir)?;
        let Ok(card) = party::card(dir) else {
            return Ok(store);
        };
        if card.role == Role::Workspace {
            return Ok(store);
        }
        if let Some(passphrase) = self.passphrases.at_hand(Opens::Keys)? {
            drop(store);
            let keys = party::open(dir, &passphrase)?;
            self.proven = Some(true);
            return Self::proven(dir, &keys);
        }
        self.proven = Some(false);
        self.note("state-as-it-stands", &[]);
        Ok(store)
    }

    /// Opens the state of an existing party's directory, as it stands.
    pub(crate) fn store(dir: &Path) -> Result<Store, Failure> {
        Self::is_there(dir)?;
        Self::state(dir)
    }

    /// Opens the state in a directory, or makes it. Every event says what the machine knew of the time.
    pub(crate) fn state(dir: &Path) -> Result<Store, Failure> {
        Ok(Store::open(dir)?.with_clock(clock::of_the_machine))
    }

    fn is_there(dir: &Path) -> Result<(), Failure> {
        if dir.is_file() {
            let details = vec![("path", dir.display().to_string())];
            return Err(Failure::new("cli.dir.file", details, exit::INPUT));
        }
        if !dir.is_dir() {
            return Err(Failure::new(
                "cli.dir.missing",
                vec![("path", dir.display().to_string())],
                exit::INPUT,
            ));
        }
        Ok(())
    }

    /// The party's own card.
    pub(crate) fn card(dir: &Path) -> Result<Card, Failure> {
        let path = dir.join("keys").join("card.json");
        match path.symlink_metadata() {
            Ok(_) => Ok(party::card(dir)?),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(Failure::io(&path, &error))
            }
            Err(_) => {
                let details = vec![("path", dir.display().to_string())];
                Err(Failure::new("cli.keys.none", details, exit::INPUT))
            }
        }
    }

    /// Refuses a directory whose party plays another part.
    pub(crate) fn role(&self, dir: &Path, needed: Role) -> Result<(), Failure> {
        let role = Self::card(dir)?.role;
        if role == needed {
            return Ok(());
        }
        let word = |role: Role| self.messages.text(&format!("role-{}", role.as_str()));
        Err(Failure::new(
            "cli.role.other",
            vec![("role", word(role)), ("needed", word(needed))],
            exit::REFUSED,
        ))
    }

    /// Opens the party's private keys.
    pub(crate) fn keys(&self, dir: &Path) -> Result<PartyKeys, Failure> {
        // The card is looked at first, so that nobody types a passphrase for a directory without keys.
        Self::card(dir)?;
        let passphrase = self.passphrases.existing(Opens::Keys, self.messages)?;
        Ok(party::open(dir, &passphrase)?)
    }

    /// Opens the vault of a directory.
    pub(crate) fn vault(&self, dir: &Path) -> Result<VaultKey, Failure> {
        if !Vault::exists(dir) {
            // Nobody types a passphrase for a vault that isn't there.
            let file = dir.join("vault").join("vault.json");
            return Err(VaultError::Missing { file }.into());
        }
        let words = self.vault_words(dir)?;
        Ok(Vault::open(dir, words.as_words())?)
    }

    /// The words of the vault of a directory, of as many custodians as its file says.
    pub(crate) fn vault_words(&self, dir: &Path) -> Result<VaultWords, Failure> {
        let custodians = Vault::custodians(dir)?;
        VaultWords::existing(self.passphrases, custodians, self.messages)
    }

    /// Words that a vault can be made with.
    pub(crate) fn new_vault_words(&self, custodians: Custodians) -> Result<VaultWords, Failure> {
        VaultWords::fresh(self.passphrases, custodians, self.messages)
    }

    /// Opens the vault of a directory, or makes it with `fresh`, and says whether it did. One that was there and is gone is
    /// missing, not made again.
    pub(crate) fn vault_for_new_study(
        &self,
        dir: &Path,
        store: &Store,
        fresh: Option<VaultWords>,
    ) -> Result<(VaultKey, bool), Failure> {
        if Vault::exists(dir) || renketsu_workspace::has_keys(store)? {
            return Ok((self.vault(dir)?, false));
        }
        let words = match fresh {
            Some(fresh) => fresh,
            None => self.new_vault_words(Custodians::One)?,
        };
        Ok((Vault::create(dir, words.as_words(), self.vault_cost)?, true))
    }

    /// A trusted card by name or fingerprint.
    pub(crate) fn trusted<'t>(trust: &'t Trust, who: &str) -> Result<&'t Card, Failure> {
        Fingerprint::parse(who)
            .ok()
            .and_then(|fingerprint| trust.by_fingerprint(&fingerprint))
            .or_else(|| trust.by_name(who))
            .ok_or_else(|| {
                Failure::new(
                    "cli.party.unknown",
                    vec![("party", who.to_owned())],
                    exit::INPUT,
                )
            })
    }
}

/// Standard output that nobody reads any more is the end, and a good one (exit 0): `renketsu … | head`.
fn closed(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::new("cli.output.closed", Vec::new(), 0);
    }
    Failure::new("cli.output.failed", Vec::new(), exit::ENVIRONMENT)
}
