//! What is begun and not finished, in memory alone: sign-ins between their two steps, factors being enrolled.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use renketsu_seal::sign_in::TotpSeed;
use renketsu_store::{FactorRecord, PersonRecord};
use webauthn_rs::prelude::{PasskeyAuthentication, PasskeyRegistration};

/// A step that isn't taken by then has to begin again.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Enrolling takes longer: somebody reads.
const ENROLLING: SignedDuration = SignedDuration::from_mins(30);
/// More than these at one time are nobody's who is enrolling.
const MOST: usize = 1000;

/// Somebody whose password was right.
#[derive(Debug, Clone)]
pub(crate) struct Half {
    pub(crate) person: PersonRecord,
    pub(crate) factors: Vec<FactorRecord>,
}

struct Timed<T> {
    until: Timestamp,
    value: T,
}

/// One kind of unfinished thing, each by a digest that its browser alone can show.
struct Shelf<T>(Mutex<BTreeMap<String, Timed<T>>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<T> Shelf<T> {
    fn put(&self, key: &str, value: T, until: Timestamp, now: Timestamp) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|_, timed| now < timed.until);
        // What is nearest to its end makes room.
        let oldest = shelf
            .iter()
            .min_by_key(|(_, timed)| timed.until)
            .map(|(key, _)| key.clone());
        if let Some(oldest) = oldest.filter(|_| shelf.len() >= MOST) {
            shelf.remove(&oldest);
        }
        shelf.insert(key.to_owned(), Timed { until, value });
    }

    fn keep(&self, fits: impl Fn(&T) -> bool) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|_, timed| fits(&timed.value));
    }

    /// Takes it away: what it is used for is tried once.
    fn take(&self, key: &str, now: Timestamp) -> Option<T> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let timed = shelf.remove(key)?;
        (now < timed.until).then_some(timed.value)
    }

    fn look<R>(&self, key: &str, now: Timestamp, at: impl FnOnce(&T) -> R) -> Option<R> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let timed = shelf.get(key)?;
        (now < timed.until).then(|| at(&timed.value))
    }
}

/// Everything that is begun and not finished.
#[derive(Default)]
pub(crate) struct Ceremonies {
    halves: Shelf<Half>,
    seeds: Shelf<TotpSeed>,
    registrations: Shelf<PasskeyRegistration>,
    authentications: Shelf<PasskeyAuthentication>,
}

fn until(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

impl Ceremonies {
    /// A password was right; the second step is due.
    pub(crate) fn begin(&self, key: &str, half: Half, now: Timestamp) {
        // A person is in the middle of one sign-in: the newest.
        self.halves
            .keep(|other| other.person.person != half.person.person);
        self.halves.put(key, half, until(now, LIFE), now);
    }

    pub(crate) fn half(&self, key: &str, now: Timestamp) -> Option<Half> {
        self.halves.look(key, now, Half::clone)
    }

    pub(crate) fn end(&self, key: &str, now: Timestamp) {
        drop(self.halves.take(key, now));
        drop(self.authentications.take(key, now));
    }

    /// The seed that somebody who enrols is shown: the same until they finish.
    pub(crate) fn keep_seed(&self, key: &str, seed: TotpSeed, now: Timestamp) {
        self.seeds.put(key, seed, until(now, ENROLLING), now);
    }

    pub(crate) fn seed<R>(
        &self,
        key: &str,
        now: Timestamp,
        at: impl FnOnce(&TotpSeed) -> R,
    ) -> Option<R> {
        self.seeds.look(key, now, at)
    }

    pub(crate) fn drop_seed(&self, key: &str, now: Timestamp) {
        drop(self.seeds.take(key, now));
    }

    pub(crate) fn keep_registration(&self, key: &str, state: PasskeyRegistration, now: Timestamp) {
        self.registrations.put(key, state, until(now, LIFE), now);
    }

    /// A challenge is answered once.
    pub(crate) fn registration(&self, key: &str, now: Timestamp) -> Option<PasskeyRegistration> {
        self.registrations.take(key, now)
    }

    pub(crate) fn keep_authentication(
        &self,
        key: &str,
        state: PasskeyAuthentication,
        now: Timestamp,
    ) {
        self.authentications.put(key, state, until(now, LIFE), now);
    }

    /// A challenge is answered once.
    pub(crate) fn authentication(
        &self,
        key: &str,
        now: Timestamp,
    ) -> Option<PasskeyAuthentication> {
        self.authentications.take(key, now)
    }
}

impl fmt::Debug for Ceremonies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ceremonies")
    }
}
