//! Questions that are being answered, and the answers that a session may still look at.
//!
//! All of it is in memory only: an answer is never on a disk, goes with its session, and is gone an hour after it came.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::port::{Answer, Refusal, Stopping};

/// Questions that are answered at one time; each may take as much memory as a question may.
const RUNNING: usize = 4;
/// Answers of one session that are kept.
const KEPT: usize = 5;
/// How long an answer is kept.
const LIFE: SignedDuration = SignedDuration::from_mins(60);
/// What one answer may take, and all together.
const ONE: usize = 64 << 20;
const ALL: usize = 256 << 20;

/// Why a question isn't taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// The session's last one is still being answered.
    Own,
    /// Others are being answered, as many as can be.
    Others,
}

/// What the engine said to a question.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// An answer.
    Answer(Arc<Answer>),
    /// Why there is none. Its details may hold words of the statement, and are in memory only for that.
    Refusal(Refusal),
}

/// Codes of what becomes of questions here, with the names of their details.
pub(crate) const CODES: &[(&str, &[&str])] = &[
    ("web.ask.busy_others", &[]),
    ("web.ask.busy_own", &[]),
    ("web.ask.crash", &[]),
    ("web.ask.large", &[]),
    ("web.ask.unrecorded", &[]),
];

impl Busy {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Own => "web.ask.busy_own",
            Self::Others => "web.ask.busy_others",
        }
    }
}

/// What was said, as long as it is kept.
#[derive(Debug)]
struct Kept {
    question: i64,
    sitting: String,
    said: Said,
    size: usize,
    at: Timestamp,
}

#[derive(Debug, Default)]
struct Inner {
    /// By session.
    running: BTreeMap<String, Running>,
    /// Oldest first.
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Running {
    /// `None` until it has a number.
    question: Option<i64>,
    stopping: Arc<Stopping>,
}

/// Questions and answers of all sessions.
#[derive(Default)]
pub(crate) struct Desk(Arc<Mutex<Inner>>);

/// A place among the questions that are being answered. Dropped, it is free again, however the question ended.
#[derive(Debug)]
pub(crate) struct Place {
    desk: Arc<Mutex<Inner>>,
    sitting: String,
    pub(crate) stopping: Arc<Stopping>,
}

fn held(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Takes a place for a question of a session.
    pub(crate) fn take(&self, sitting: &str) -> Result<Place, Busy> {
        let mut inner = held(&self.0);
        if inner.running.contains_key(sitting) {
            return Err(Busy::Own);
        }
        if inner.running.len() >= RUNNING {
            return Err(Busy::Others);
        }
        let stopping = Arc::new(Stopping::default());
        let running = Running {
            question: None,
            stopping: Arc::clone(&stopping),
        };
        inner.running.insert(sitting.to_owned(), running);
        Ok(Place {
            desk: Arc::clone(&self.0),
            sitting: sitting.to_owned(),
            stopping,
        })
    }

    /// Whether a question is being answered.
    pub(crate) fn runs(&self, question: i64) -> bool {
        let inner = held(&self.0);
        let mut running = inner.running.values();
        running.any(|running| running.question == Some(question))
    }

    /// Tells the engine to stop answering a question. `false`: it isn't being answered.
    pub(crate) fn stop(&self, question: i64) -> bool {
        let inner = held(&self.0);
        let mut running = inner.running.values();
        let found = running.find(|running| running.question == Some(question));
        found.inspect(|running| running.stopping.stop()).is_some()
    }

    /// Tells the engine to stop altogether.
    pub(crate) fn stop_all(&self) {
        for running in held(&self.0).running.values() {
            running.stopping.stop();
        }
    }

    /// What was said to a question, for the session that asked.
    pub(crate) fn said(&self, sitting: &str, question: i64, now: Timestamp) -> Option<Said> {
        let mut inner = held(&self.0);
        inner.age(now);
        let mut kept = inner.kept.iter();
        let found = kept.find(|kept| kept.question == question && kept.sitting == sitting)?;
        Some(found.said.clone())
    }

    /// Forgets the answers that are too old.
    pub(crate) fn age(&self, now: Timestamp) {
        held(&self.0).age(now);
    }

    /// A session is over: nobody waits for its question, and nobody may see its answers.
    pub(crate) fn forget(&self, sitting: &str) {
        let mut inner = held(&self.0);
        inner.kept.retain(|kept| kept.sitting != sitting);
        if let Some(running) = inner.running.get(sitting) {
            running.stopping.stop();
        }
    }
}

impl Inner {
    fn age(&mut self, now: Timestamp) {
        self.kept.retain(|kept| now.duration_since(kept.at) < LIFE);
    }

    /// Makes room, the oldest answer first.
    fn make_room(&mut self, sitting: &str, size: usize) {
        let own = |kept: &Kept| kept.sitting == sitting;
        while self.kept.iter().filter(|kept| own(kept)).count() >= KEPT {
            let Some(oldest) = self.kept.iter().position(own) else {
                break;
            };
            self.kept.remove(oldest);
        }
        let total = |inner: &Self| {
            inner
                .kept
                .iter()
                .fold(size, |sum, kept| sum.saturating_add(kept.size))
        };
        while total(self) > ALL && !self.kept.is_empty() {
            self.kept.remove(0);
        }
    }
}

impl Place {
    /// Gives the question its number, so that it can be stopped.
    pub(crate) fn number(&self, question: i64) {
        if let Some(running) = held(&self.desk).running.get_mut(&self.sitting) {
            running.question = Some(question);
        }
    }

    /// Whether an answer is small enough to be kept.
    pub(crate) fn fits(answer: &Answer) -> bool {
        size(answer) <= ONE
    }

    /// Keeps what was said, unless the session ended or its question was stopped meanwhile.
    pub(crate) fn keep(&self, question: i64, said: Said, now: Timestamp) {
        let mut inner = held(&self.desk);
        // Asked under the lock, so that a session that ends now finds the answer or is found here.
        if self.stopping.is_asked() {
            return;
        }
        let size = match &said {
            Said::Answer(answer) => size(answer),
            Said::Refusal(_) => 0,
        };
        inner.age(now);
        inner.make_room(&self.sitting, size);
        inner.kept.push(Kept {
            question,
            sitting: self.sitting.clone(),
            said,
            size,
            at: now,
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        held(&self.desk).running.remove(&self.sitting);
    }
}

/// About what an answer takes in memory.
fn size(answer: &Answer) -> usize {
    let cell = |cell: &Option<String>| {
        size_of::<Option<String>>().saturating_add(cell.as_ref().map_or(0, String::len))
    };
    answer
        .rows
        .iter()
        .flatten()
        .map(cell)
        .fold(0, usize::saturating_add)
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH
            .checked_add(SignedDuration::from_mins(minutes))
            .unwrap()
    }

    fn answer(text: usize) -> Answer {
        Answer {
            rows: vec![vec![Some("x".repeat(text))]],
            ..Answer::default()
        }
    }

    fn said(text: usize) -> Said {
        Said::Answer(Arc::new(answer(text)))
    }

    #[test]
    fn a_session_asks_one_question_at_a_time_and_all_together_a_few() {
        let desk = Desk::default();
        let first = desk.take("a").unwrap();
        assert_eq!(desk.take("a").unwrap_err(), Busy::Own);
        let others: Vec<_> = ["b", "c", "d"]
            .map(|sitting| desk.take(sitting).unwrap())
            .into();
        assert_eq!(desk.take("e").unwrap_err(), Busy::Others);
        drop(first);
        desk.take("e").unwrap();
        drop(others);
    }

    #[test]
    fn only_the_session_that_asked_sees_an_answer_and_only_for_an_hour() {
        let desk = Desk::default();
        let place = desk.take("a").unwrap();
        place.number(7);
        assert!(desk.runs(7));
        place.keep(7, said(1), at(0));
        drop(place);
        assert!(!desk.runs(7));
        assert!(desk.said("a", 7, at(59)).is_some());
        assert!(desk.said("b", 7, at(59)).is_none());
        assert!(desk.said("a", 8, at(59)).is_none());
        assert!(desk.said("a", 7, at(60)).is_none());
        assert!(desk.said("a", 7, at(0)).is_none(), "it is gone, not hidden");
    }

    #[test]
    fn answers_go_with_their_session_and_a_running_question_is_stopped() {
        let desk = Desk::default();
        let place = desk.take("a").unwrap();
        place.keep(1, said(1), at(0));
        desk.forget("a");
        assert!(desk.said("a", 1, at(0)).is_none());
        assert!(place.stopping.is_asked());
        place.keep(2, said(1), at(0));
        assert!(desk.said("a", 2, at(0)).is_none());
    }

    #[test]
    fn old_answers_make_room() {
        let desk = Desk::default();
        for question in 0..8 {
            let place = desk.take("a").unwrap();
            place.keep(question, said(1), at(0));
        }
        assert!(desk.said("a", 2, at(0)).is_none());
        assert!(desk.said("a", 3, at(0)).is_some());
        assert!(Place::fits(&answer(1)));
        assert!(!Place::fits(&answer(ONE)));
        for (question, sitting) in (10..).zip(["b", "c", "d", "e", "f"]) {
            let place = desk.take(sitting).unwrap();
            place.keep(question, said(ONE - 64), at(1));
        }
        assert!(desk.said("a", 7, at(1)).is_none());
        assert!(desk.said("b", 10, at(1)).is_none());
        assert!(desk.said("f", 14, at(1)).is_some());
    }

    #[test]
    fn a_question_is_stopped_by_its_number() {
        let desk = Desk::default();
        let place = desk.take("a").unwrap();
        place.number(3);
        assert!(!desk.stop(4) && !place.stopping.is_asked());
        assert!(desk.stop(3) && place.stopping.is_asked());
    }
}
