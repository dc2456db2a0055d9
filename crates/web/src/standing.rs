//! How far the log can be believed: by whom it is signed, since when, and what is wrong with it.

use jiff::{SignedDuration, Timestamp};
use renketsu_store::{Anchored, Store, StoreError, anchored};

use crate::office::Office;
use crate::page::Frame;
use crate::port::Refusal;
use crate::signing::Outcome;

/// How old the newest signature from outside may be before the reader is warned.
const ANCHOR: SignedDuration = SignedDuration::from_hours(24);

/// A sentence about the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) bad: bool,
}

/// What is known of the log without reading all of it.
#[derive(Debug, Clone)]
pub(crate) struct LogStanding {
    /// How many entries the state has, of before the log too.
    entries: u64,
    anchored: Result<Anchored, Refusal>,
    signing: Option<Outcome>,
}

/// Whether a signature from outside is too old.
fn is_old(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > ANCHOR
}

impl LogStanding {
    /// Reads a few files; on a thread that may wait.
    pub(crate) fn read(office: &Office, store: &Store) -> Result<Self, StoreError> {
        let found = anchored(&office.dir, office.keys.card());
        Ok(Self {
            entries: store.last_event()?,
            anchored: found.map_err(|error| Refusal::of_log(&error, &office.dir)),
            signing: office.signing.last(),
        })
    }

    /// The sentences, the most important first.
    pub(crate) fn told(&self, frame: &Frame, now: Timestamp) -> Vec<Said> {
        let mut all = Vec::new();
        let mut say = |text: String, bad: bool| all.push(Said { text, bad });
        let failed = |refusal: &Refusal| {
            let id = crate::message_id(refusal.code);
            format!(
                "{} {}",
                frame.say(&format!("err-{id}"), &refusal.details),
                frame.say(&format!("fix-{id}"), &refusal.details)
            )
        };
        if let Some(Outcome {
            at,
            result: Err(refusal),
        }) = &self.signing
        {
            say(frame.t1("web-log-sign-failed", "at", frame.at(at)), true);
            say(failed(refusal), true);
        }
        let found = match &self.anchored {
            Ok(found) => found,
            Err(refusal) => {
                say(failed(refusal), true);
                return all;
            }
        };
        match &found.witnessed {
            None => say(frame.t("web-log-unwitnessed"), true),
            Some(told) => {
                let values = [
                    ("at", frame.at(&told.at)),
                    ("entries", told.size.to_string()),
                    ("witness", told.witness.clone()),
                ];
                say(frame.say("web-log-witnessed", &values), false);
                if is_old(told.at, now) {
                    let hours = now.duration_since(told.at).as_hours().to_string();
                    say(frame.t1("web-log-anchor-old", "hours", hours), true);
                }
            }
        }
        match &found.head {
            None => say(frame.t("web-log-no-head"), true),
            Some(head) => {
                let values = [
                    ("signed", head.head.size.to_string()),
                    ("entries", self.entries.to_string()),
                ];
                // A head over more entries than there are is of a log that was cut off or put back.
                let short = head.head.size > self.entries;
                let id = if short {
                    "web-log-short"
                } else {
                    "web-log-signed"
                };
                say(frame.say(id, &values), short);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_from_outside_is_old_after_a_day() {
        let at: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let after = |hours, seconds| {
            at.checked_add(SignedDuration::from_hours(hours))
                .and_then(|at| at.checked_add(SignedDuration::from_secs(seconds)))
                .unwrap()
        };
        assert!(!is_old(at, after(24, 0)));
        assert!(is_old(at, after(24, 1)));
        assert!(!is_old(at, at));
    }
}
