//! What wrong tries cost: the next one waits. Nobody is locked out, or whoever knows a name could lock its person out.

use jiff::{SignedDuration, Timestamp};

/// So many wrong tries one after the other cost nothing: hands slip.
pub const FREE: u32 = 2;
/// No wait is longer.
pub const LONGEST: SignedDuration = SignedDuration::from_mins(15);

/// How long the next try waits after so many wrong ones in a row: 0, 0, 0, 1 s, 2 s, 4 s … 15 min.
pub fn wait(failures: u32) -> SignedDuration {
    let Some(doublings) = failures.checked_sub(FREE.saturating_add(1)) else {
        return SignedDuration::ZERO;
    };
    // 2^10 s are more than the longest.
    let seconds = 1_i64.checked_shl(doublings.min(10)).unwrap_or(i64::MAX);
    SignedDuration::from_secs(seconds).min(LONGEST)
}

/// The wrong tries of a person, or at a terminal, since the last right one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    failures: u32,
    last: Option<Timestamp>,
}

impl Tries {
    /// As the state holds them.
    pub fn new(failures: u32, last: Option<Timestamp>) -> Self {
        Self { failures, last }
    }

    /// How many.
    pub fn failures(self) -> u32 {
        self.failures
    }

    /// When the last one was.
    pub fn last(self) -> Option<Timestamp> {
        self.last
    }

    /// After one more wrong try.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            last: Some(now),
        }
    }

    /// After a right one.
    #[must_use]
    pub fn succeeded(self) -> Self {
        Self::default()
    }

    /// How much of the wait is left. A clock that went back makes nobody wait longer than the wait itself.
    pub fn left(self, now: Timestamp) -> SignedDuration {
        let whole = wait(self.failures);
        let passed = self.last.map_or(SignedDuration::MAX, |last| {
            now.duration_since(last).max(SignedDuration::ZERO)
        });
        whole.saturating_sub(passed).max(SignedDuration::ZERO)
    }
}

/// How long this person waits at this terminal: as long as the longer of the two.
pub fn left(person: Tries, terminal: Tries, now: Timestamp) -> SignedDuration {
    person.left(now).max(terminal.left(now))
}
