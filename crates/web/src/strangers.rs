//! Wrong tries under names that nobody has, in memory alone: they make the next one wait as those of people do, or the wait at another
//! terminal would tell who exists.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use renketsu_access::delay::Tries;

/// Names that are remembered; the one that was tried longest ago makes room.
const MOST: usize = 4096;

/// Names that were tried. What was typed there could be a password, so only a hash is kept, under a key of this process.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    hasher: RandomState,
    tried: Mutex<BTreeMap<u64, Tries>>,
}

impl Strangers {
    /// The wrong tries under a name.
    pub(crate) fn tries(&self, name: &str) -> Tries {
        let tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        tried
            .get(&self.hasher.hash_one(name))
            .copied()
            .unwrap_or_default()
    }

    /// One more.
    pub(crate) fn failed(&self, name: &str, now: Timestamp) {
        let key = self.hasher.hash_one(name);
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = tried.get(&key).copied().unwrap_or_default();
        if tried.len() >= MOST && !tried.contains_key(&key) {
            let oldest = tried.iter().min_by_key(|(_, tries)| tries.last());
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                tried.remove(&oldest);
            }
        }
        tried.insert(key, tries.failed(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tried_longest_ago_makes_room() {
        let strangers = Strangers::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for n in 0..=MOST {
            strangers.failed(&n.to_string(), at(i64::try_from(n).unwrap()));
        }
        assert_eq!(strangers.tries("0"), Tries::default());
        assert_eq!(strangers.tries("1").failures(), 1);
        strangers.failed("1", at(9_999));
        assert_eq!(strangers.tries("1").failures(), 2);
        assert_eq!(strangers.tries("2").failures(), 1);
    }
}
