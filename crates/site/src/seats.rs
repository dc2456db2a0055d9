//! Places for connections.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places for connections, of which nobody has more than a share: a who, or an address.
#[derive(Clone, Debug)]
pub struct Seats {
    most: usize,
    each: usize,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// Somebody's place; given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    who: String,
    seats: Seats,
}

impl Seats {
    /// So many places in all, and so many for each.
    pub fn new(most: usize, each: usize) -> Self {
        Self {
            most,
            each,
            taken: Arc::default(),
        }
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        // The counts are whole between any two of their operations.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, unless this one has their share or all are taken.
    pub fn take(&self, who: &str) -> Option<Seat> {
        let mut taken = self.taken();
        let all = taken
            .values()
            .fold(0_usize, |sum, seats| sum.saturating_add(*seats));
        let own = taken.get(who).copied().unwrap_or(0);
        if own >= self.each || all >= self.most {
            return None;
        }
        taken.insert(who.to_owned(), own.saturating_add(1));
        drop(taken);
        Some(Seat {
            who: who.to_owned(),
            seats: self.clone(),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(own) = taken.get_mut(&self.who) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_their_share_and_no_more() {
        let seats = Seats::new(3, 2);
        let first = seats.take("a").unwrap();
        let _second = seats.take("a").unwrap();
        assert!(seats.take("a").is_none());
        let _third = seats.take("b").unwrap();
        assert!(seats.take("b").is_none());
        drop(first);
        assert!(seats.take("a").is_some());
    }
}
