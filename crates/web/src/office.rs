//! What every page reaches: the state behind one lock, the vault, the policies, and what is only in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use renketsu_access::Policies;
use renketsu_access::session::Idle;
use renketsu_seal::sign_in::{OneTimeCode, PasswordCost};
use renketsu_seal::vault::VaultKey;
use renketsu_seal::{PartyKeys, ProofKey};
use renketsu_store::{ReadClock, Store, StoreError};
use renketsu_workspace::accounts::{self, Opened};
use renketsu_workspace::scan::Scanner;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use webauthn_rs::Webauthn;

use crate::ceremony::Ceremonies;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::jobs::Jobs;
use crate::offers::Offers;
use crate::port::Engine;
use crate::signing::Signing;
use crate::strangers::Strangers;
use crate::volumes;
use crate::words::Words;

/// Hashes at one time: each takes 64 MiB, and strangers can ask for them.
const HASHES: usize = 2;
/// How long a page waits for its turn at the state. With the state's own patience it bounds what a locked state costs a reader.
const TURN: Duration = Duration::from_secs(3);

/// Tells the time; the binary gives it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that reads like this.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What every page reaches.
pub(crate) struct Office {
    pub(crate) dir: PathBuf,
    store: Arc<tokio::sync::Mutex<Store>>,
    /// What opens packages and signs the log.
    pub(crate) keys: Arc<PartyKeys>,
    pub(crate) proof: ProofKey,
    /// The vault of the studies; `None` before there is one.
    pub(crate) vault: Option<VaultKey>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) policies: Policies,
    pub(crate) offers: Offers,
    pub(crate) words: Arc<dyn Words>,
    pub(crate) clock: Clock,
    /// `https://HOST:PORT`.
    pub(crate) origin: String,
    /// Names and ports by which browsers may call this server.
    pub(crate) hosts: Vec<String>,
    pub(crate) webauthn: Webauthn,
    pub(crate) cost: PasswordCost,
    pub(crate) hashing: Semaphore,
    /// What a session may leave undone before it locks itself.
    pub(crate) idle: Idle,
    /// What looks for viruses, if anything does.
    pub(crate) scanner: Option<Scanner>,
    /// Whether everything here is synthetic.
    pub(crate) demo: bool,
    /// The code of the first account, until that can sign in.
    founding: Mutex<Option<OneTimeCode>>,
    /// When sessions were last seen.
    seen: Mutex<BTreeMap<String, Timestamp>>,
    pub(crate) ceremonies: Ceremonies,
    /// Wrong tries under names that nobody has.
    pub(crate) strangers: Strangers,
    /// One try to sign in at a time for each terminal.
    tries: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Questions that are being answered, and answers; in memory only.
    pub(crate) desk: Desk,
    /// Packages that are being verified or imported.
    pub(crate) jobs: Jobs,
    /// Studies that are being linked.
    pub(crate) links: Jobs,
    /// How signing the log went.
    pub(crate) signing: Signing,
    /// Turns at mounting volumes.
    pub(crate) volumes: volumes::Turns,
    /// Reads what the machine knows of the time.
    pub(crate) read_clock: ReadClock,
    /// Where connections are taken.
    pub(crate) address: SocketAddr,
    pub(crate) started_at: Timestamp,
}

/// What an [`Office`] is made of.
pub(crate) struct Parts {
    pub(crate) dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) keys: Arc<PartyKeys>,
    pub(crate) vault: Option<VaultKey>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) policies: Policies,
    pub(crate) words: Arc<dyn Words>,
    pub(crate) clock: Clock,
    pub(crate) origin: String,
    pub(crate) hosts: Vec<String>,
    pub(crate) webauthn: Webauthn,
    pub(crate) cost: PasswordCost,
    pub(crate) idle: Idle,
    pub(crate) scanner: Option<Scanner>,
    pub(crate) demo: bool,
    pub(crate) founding: Option<OneTimeCode>,
    pub(crate) read_clock: ReadClock,
    pub(crate) address: SocketAddr,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Office {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            dir: parts.dir,
            store: Arc::new(tokio::sync::Mutex::new(parts.store)),
            proof: parts.keys.proof(),
            keys: parts.keys,
            vault: parts.vault,
            engine: parts.engine,
            policies: parts.policies,
            offers: Offers::default(),
            words: parts.words,
            started_at: parts.clock.now(),
            clock: parts.clock,
            origin: parts.origin,
            hosts: parts.hosts,
            webauthn: parts.webauthn,
            cost: parts.cost,
            hashing: Semaphore::new(HASHES),
            idle: parts.idle,
            scanner: parts.scanner,
            demo: parts.demo,
            founding: Mutex::new(parts.founding),
            seen: Mutex::new(BTreeMap::new()),
            ceremonies: Ceremonies::default(),
            strangers: Strangers::default(),
            tries: Mutex::default(),
            desk: Desk::default(),
            jobs: Jobs::default(),
            links: Jobs::default(),
            signing: Signing::default(),
            volumes: volumes::Turns::default(),
            read_clock: parts.read_clock,
            address: parts.address,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The state. Only for what runs on a thread that may wait: pages go through [`Office::with`].
    pub(crate) fn store(&self) -> tokio::sync::MutexGuard<'_, Store> {
        self.store.blocking_lock()
    }

    /// Does something with the state, off the threads that carry connections.
    ///
    /// # Errors
    /// [`Fault::State`] if the turn doesn't come soon: a state that can't be had keeps nobody waiting before an empty page.
    pub(crate) async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.store).lock_owned());
        let mut store = turn.await.map_err(|_| Fault::State {
            code: "web.busy",
            details: Vec::new(),
        })?;
        tokio::task::spawn_blocking(move || work(&mut store))
            .await
            .map_err(|_| Fault::Broken)?
    }

    /// The state for long work, by a handle of its own, every row of it held against the proof.
    pub(crate) fn apart(&self) -> Result<Store, StoreError> {
        Ok(Store::open_proven(&self.dir, &self.proof)?.with_clock(self.read_clock))
    }

    /// The vault of the studies, once there is one.
    pub(crate) fn vault(&self) -> Result<&VaultKey, Fault> {
        self.vault.as_ref().ok_or(Fault::State {
            code: "web.no_vault",
            details: Vec::new(),
        })
    }

    /// Ends the sessions whose time is over.
    pub(crate) async fn end_lapsed(self: &Arc<Self>) -> Result<(), Fault> {
        let office = Arc::clone(self);
        self.with(move |store| {
            let now = office.now();
            let seen = |sitting: &str| office.last_seen(sitting);
            for over in accounts::close_lapsed(store, seen, office.idle, now)? {
                office.forget(&over);
            }
            Ok(())
        })
        .await
    }

    /// Takes a turn at work that needs much memory.
    pub(crate) async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let _turn = self.hashing.acquire().await.map_err(|_| Fault::Broken)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Fault::Broken)
    }

    /// A turn to try a secret at a terminal: a burst of guesses is one after another, each with the wait that the ones before it
    /// brought, and no terminal fills the places for hashing.
    pub(crate) async fn turn_at(&self, terminal: &str) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(held(&self.tries).entry(terminal.to_owned()).or_default());
        turn.lock_owned().await
    }

    /// Whether this is the code of the first account, and that can't sign in yet.
    pub(crate) fn is_founding(&self, code: &OneTimeCode) -> bool {
        held(&self.founding)
            .as_ref()
            .is_some_and(|founding| founding.digest() == code.digest())
    }

    /// Whether nobody can sign in yet.
    pub(crate) fn awaits_first(&self) -> bool {
        held(&self.founding).is_some()
    }

    /// The first account can sign in.
    pub(crate) fn founded(&self) {
        held(&self.founding).take();
    }

    /// When a session was last seen in this process.
    pub(crate) fn last_seen(&self, sitting: &str) -> Option<Timestamp> {
        held(&self.seen).get(sitting).copied()
    }

    /// Somebody did something in a session.
    pub(crate) fn saw(&self, sitting: &str, at: Timestamp) {
        held(&self.seen).insert(sitting.to_owned(), at);
    }

    /// A session was opened: what it ended is over.
    pub(crate) fn opened(&self, opened: &Opened, at: Timestamp) {
        for ended in &opened.ended {
            self.forget(ended);
        }
        self.saw(&opened.sitting.sitting, at);
    }

    /// A session is over.
    pub(crate) fn forget(&self, sitting: &str) {
        held(&self.seen).remove(sitting);
        self.offers.forget(sitting);
        self.desk.forget(sitting);
    }

    /// What was seen, for the heartbeat.
    pub(crate) fn all_seen(&self) -> Vec<(String, Timestamp)> {
        let mut seen: Vec<_> = held(&self.seen)
            .iter()
            .map(|(sitting, at)| (sitting.clone(), *at))
            .collect();
        seen.sort();
        seen
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// The values of a refusal without where files lie: strangers meet a state that fails, too.
pub(crate) fn placeless(details: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    details
        .into_iter()
        .map(|(name, value)| match (name, value.rsplit_once('/')) {
            // It can be another study's, of which nobody here knows the name.
            ("with", _) => (name, "other".to_owned()),
            ("path" | "work", Some((_, file))) => (name, file.to_owned()),
            _ => (name, value),
        })
        .collect()
}

/// What a person asked for that isn't there, or is there already, is told from a state that fails.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let (code, details) = (error.code(), placeless(error.details()));
        match error {
            StoreError::Missing { .. } => Self::NotFound,
            StoreError::Exists { .. }
            | StoreError::Replayed { .. }
            | StoreError::Pinned { .. }
            | StoreError::Catalogue { .. } => Self::Refused { code, details },
            StoreError::Io { .. }
            | StoreError::Full { .. }
            | StoreError::Busy { .. }
            | StoreError::Damaged { .. }
            | StoreError::Log(_)
            | StoreError::Lost { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Chain { .. }
            | StoreError::Keys { .. }
            | StoreError::Unproven { .. }
            | StoreError::Edited { .. }
            | StoreError::Trust { .. }
            | StoreError::TrustOlder { .. }
            | StoreError::Halted { .. }
            | StoreError::Unsealed { .. }
            | StoreError::Statement(_) => Self::State { code, details },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_tells_where_files_lie_or_which_other_study_there_is() {
        let details = vec![
            ("study", "S".to_owned()),
            ("path", "/srv/w/studies/S".to_owned()),
            ("with", "/srv/w/studies/T".to_owned()),
        ];
        let told: Vec<_> = placeless(details)
            .into_iter()
            .map(|(_, told)| told)
            .collect();
        assert_eq!(told, ["S", "S", "other"]);
    }
}
