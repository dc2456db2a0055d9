//! The life of a session: active, locked, closed (4-3-4②ii: the screen locks on leaving; 4-3-4②i: when, how long, who).

use jiff::{SignedDuration, Timestamp};

/// A session ends after this, whatever is done in it.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(8);
/// A locked session that nobody unlocks ends after this.
pub const LOCKED: SignedDuration = SignedDuration::from_mins(30);
/// A live session leaves a sign of life in the state this often, so that a crash ends it at a known time.
pub const HEARTBEAT: SignedDuration = SignedDuration::from_secs(60);

/// How long nothing may be done before the screen locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Idle(u8);

impl Default for Idle {
    fn default() -> Self {
        Self(10)
    }
}

impl Idle {
    /// From one minute to fifteen.
    pub fn minutes(minutes: u8) -> Option<Self> {
        (1..=15).contains(&minutes).then_some(Self(minutes))
    }

    /// As a length of time.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.0))
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The person signed out.
    SignOut,
    /// It was locked, and nobody unlocked it.
    LockExpired,
    /// Its time was over.
    Expiry,
    /// The server or the machine stopped without ending it.
    Crash,
    /// Somebody with the right to ended it.
    EndedByOther,
    /// The person signed in elsewhere: an alarm.
    Overlap,
    /// The person or the study was suspended.
    Suspended,
    /// The person's password and factors were reset.
    Reset,
    /// The study had the place no longer: its time slot was over.
    SlotOver,
}

impl End {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SignOut,
        Self::LockExpired,
        Self::Expiry,
        Self::Crash,
        Self::EndedByOther,
        Self::Overlap,
        Self::Suspended,
        Self::Reset,
        Self::SlotOver,
    ];

    /// The stable name, for the terminal ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignOut => "sign-out",
            Self::LockExpired => "lock-expired",
            Self::Expiry => "expiry",
            Self::Crash => "crash",
            Self::EndedByOther => "ended-by-other",
            Self::Overlap => "overlap",
            Self::Suspended => "suspended",
            Self::Reset => "reset",
            Self::SlotOver => "slot-over",
        }
    }

    /// The message that says it.
    pub fn message(self) -> &'static str {
        match self {
            Self::SignOut => "session-end-sign-out",
            Self::LockExpired => "session-end-lock-expired",
            Self::Expiry => "session-end-expiry",
            Self::Crash => "session-end-crash",
            Self::EndedByOther => "session-end-ended-by-other",
            Self::Overlap => "session-end-overlap",
            Self::Suspended => "session-end-suspended",
            Self::Reset => "session-end-reset",
            Self::SlotOver => "session-end-slot-over",
        }
    }
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Somebody works in it.
    Active,
    /// The screen is locked; the same person unlocks it with their factors.
    Locked {
        /// Since when.
        since: Timestamp,
    },
    /// It is over, for good.
    Closed {
        /// Since when.
        at: Timestamp,
        /// Why.
        end: End,
    },
}

/// A session's times. Whose it is, and at which terminal, the state knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    opened: Timestamp,
    seen: Timestamp,
    beat: Timestamp,
    state: State,
}

/// What comes to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The person did something.
    Request,
    /// The person locked the screen.
    Lock,
    /// The person showed their factors anew.
    Unlock,
    /// It is to end.
    End(End),
}

/// What doesn't go with a session as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It is over.
    #[error("the session is closed")]
    Closed,
    /// The screen is locked.
    #[error("the session is locked")]
    Locked,
}

impl SessionError {
    /// Every code with the names of its details.
    pub const CODES: &[(&str, &[&str])] = &[
        ("access.session.closed", &[]),
        ("access.session.locked", &[]),
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "access.session.closed",
            Self::Locked => "access.session.locked",
        }
    }
}

impl Life {
    /// A session that begins now.
    pub fn open(now: Timestamp) -> Self {
        Self {
            opened: now,
            seen: now,
            beat: now,
            state: State::Active,
        }
    }

    /// As the state holds it.
    pub fn restore(opened: Timestamp, seen: Timestamp, beat: Timestamp, state: State) -> Self {
        Self {
            opened,
            seen,
            beat,
            state,
        }
    }

    /// When it began.
    pub fn opened(&self) -> Timestamp {
        self.opened
    }

    /// When the person last did something.
    pub fn seen(&self) -> Timestamp {
        self.seen
    }

    /// The last sign of life in the state.
    pub fn beat(&self) -> Timestamp {
        self.beat
    }

    /// Where it stands as far as the state knows; [`at`](Self::at) says where it stands now.
    pub fn state(&self) -> State {
        self.state
    }

    /// What time alone has made of it by `now`: locked, or closed at the moment its time was over. A clock that went back before
    /// the last request locks it, so that nobody makes a session longer by setting the clock.
    #[must_use]
    pub fn at(&self, now: Timestamp, idle: Idle) -> Self {
        let state = match self.state {
            State::Closed { .. } => self.state,
            State::Active | State::Locked { .. } => self.live(now, idle),
        };
        Self { state, ..*self }
    }

    fn live(&self, now: Timestamp, idle: Idle) -> State {
        let locked = match self.state {
            State::Locked { since } => Some(since),
            State::Active | State::Closed { .. } => {
                let lock = later(self.seen, idle.duration());
                if now < self.seen {
                    Some(self.seen)
                } else {
                    (now >= lock).then_some(lock)
                }
            }
        };
        let expiry = later(self.opened, ABSOLUTE);
        let forgotten = locked.map(|since| later(since, LOCKED));
        match (locked, forgotten) {
            (_, Some(at)) if now >= at && at < expiry => State::Closed {
                at,
                end: End::LockExpired,
            },
            _ if now >= expiry => State::Closed {
                at: expiry,
                end: End::Expiry,
            },
            (Some(since), _) => State::Locked { since },
            (None, _) => State::Active,
        }
    }

    /// What it is after an event. Time is accounted for first: a request that comes too late finds it locked or closed. Ending a
    /// closed session leaves it as it is: the first end counts.
    pub fn on(&self, event: Event, now: Timestamp, idle: Idle) -> Result<Self, SessionError> {
        let life = self.at(now, idle);
        let state = match (life.state, event) {
            (State::Closed { .. }, Event::End(_)) | (State::Locked { .. }, Event::Lock) => {
                life.state
            }
            (State::Closed { .. }, Event::Request | Event::Lock | Event::Unlock) => {
                return Err(SessionError::Closed);
            }
            (State::Locked { .. }, Event::Request) => return Err(SessionError::Locked),
            (State::Active, Event::Lock) => State::Locked { since: now },
            (State::Active, Event::Request)
            | (State::Active | State::Locked { .. }, Event::Unlock) => {
                return Ok(Self {
                    seen: now,
                    state: State::Active,
                    ..life
                });
            }
            (State::Active | State::Locked { .. }, Event::End(end)) => {
                State::Closed { at: now, end }
            }
        };
        Ok(Self { state, ..life })
    }

    /// Whether a sign of life is due.
    pub fn is_beat_due(&self, now: Timestamp) -> bool {
        match self.state {
            State::Closed { .. } => false,
            State::Active | State::Locked { .. } => {
                now < self.beat || now >= later(self.beat, HEARTBEAT)
            }
        }
    }

    /// After a sign of life. It is the server's, not the person's: it keeps nothing unlocked.
    #[must_use]
    pub fn beaten(&self, now: Timestamp) -> Self {
        match self.state {
            State::Closed { .. } => *self,
            State::Active | State::Locked { .. } => Self { beat: now, ..*self },
        }
    }

    /// What the server makes of a session that it finds open when it starts: it ended with the last sign of life, by a crash,
    /// unless its time had been over before that.
    #[must_use]
    pub fn found(&self, idle: Idle) -> Self {
        let last = self.beat.max(self.seen);
        let life = self.at(last, idle);
        match life.state {
            State::Closed { .. } => life,
            State::Active | State::Locked { .. } => Self {
                state: State::Closed {
                    at: last,
                    end: End::Crash,
                },
                ..life
            },
        }
    }
}

fn later(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.saturating_add(by).unwrap_or(Timestamp::MAX)
}
