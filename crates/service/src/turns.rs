//! Whose turn it is: what could not be done now is done later, and holds up nobody meanwhile.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use renketsu_store::ServiceRequest;

/// The pause after the first try that failed; each is twice the one before.
const FIRST: SignedDuration = SignedDuration::from_secs(20);
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// A request that was tried.
#[derive(Clone, Debug)]
struct Wait {
    tries: u32,
    tried: Timestamp,
    due: Timestamp,
    /// How often an operator had asked for another try.
    asks: u64,
}

/// The requests that were tried and not ended. A restart forgets them: then each of them is tried once at once.
#[derive(Debug, Default)]
pub(crate) struct Turns(BTreeMap<String, Wait>);

impl Turns {
    /// From when on a request may be tried; `None` while its pause lasts.
    fn due(&self, request: &ServiceRequest, now: Timestamp) -> Option<Timestamp> {
        let Some(wait) = self.0.get(&request.sha256) else {
            return Some(request.accepted_at);
        };
        let asked = request
            .hold
            .as_ref()
            .is_some_and(|hold| hold.asks > wait.asks);
        // A clock that was set back would make the pause as long as the step.
        let over = asked || wait.due <= now || wait.tried > now;
        over.then(|| wait.due.min(now))
    }

    /// The request that has waited longest for a try: one that was tried before stands behind those that came meanwhile.
    pub(crate) fn next<'a>(
        &self,
        waiting: &'a [ServiceRequest],
        now: Timestamp,
    ) -> Option<&'a ServiceRequest> {
        let mut first: Option<(Timestamp, &ServiceRequest)> = None;
        for request in waiting {
            if let Some(due) = self.due(request, now)
                && first.is_none_or(|(earliest, _)| due < earliest)
            {
                first = Some((due, request));
            }
        }
        first.map(|(_, request)| request)
    }

    /// Notes a try that came to no end, and says how many there were in a row.
    pub(crate) fn failed(&mut self, request: &ServiceRequest, now: Timestamp) -> u32 {
        let before = self.0.get(&request.sha256).map_or(0, |wait| wait.tries);
        let pause = (0..before.min(16))
            .fold(FIRST, |pause, _| pause.saturating_mul(2))
            .min(LONGEST);
        let tries = before.saturating_add(1);
        self.0.insert(
            request.sha256.clone(),
            Wait {
                tries,
                tried: now,
                due: now.checked_add(pause).unwrap_or(Timestamp::MAX),
                asks: request.hold.as_ref().map_or(0, |hold| hold.asks),
            },
        );
        tries
    }

    /// Forgets a request that has its end.
    pub(crate) fn ended(&mut self, sha256: &str) {
        self.0.remove(sha256);
    }

    /// The authority did something: whatever waits for it is tried again.
    pub(crate) fn stir(&mut self, waiting: &[ServiceRequest], now: Timestamp) {
        for request in waiting.iter().filter(|request| request.hold.is_some()) {
            if let Some(wait) = self.0.get_mut(&request.sha256) {
                wait.due = wait.due.min(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use renketsu_store::Hold;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn request(name: &str, accepted: i64) -> ServiceRequest {
        ServiceRequest {
            sha256: name.to_owned(),
            sender: "p".to_owned(),
            package: name.to_owned(),
            provision: "P-1".to_owned(),
            bytes: 1,
            accepted_at: at(accepted),
            end: None,
            hold: None,
            ended_at: None,
            fetched_at: None,
        }
    }

    fn held(mut request: ServiceRequest, asks: u64) -> ServiceRequest {
        request.hold = Some(Hold {
            code: "authority.fee.open_session".to_owned(),
            since: at(0),
            asks,
        });
        request
    }

    fn next(turns: &Turns, waiting: &[ServiceRequest], now: i64) -> Option<String> {
        turns
            .next(waiting, at(now))
            .map(|request| request.sha256.clone())
    }

    #[test]
    fn one_that_fails_lets_the_others_pass_and_comes_again() {
        let waiting = [request("a", 0), request("b", 1), request("c", 8)];
        let mut turns = Turns::default();
        assert_eq!(next(&turns, &waiting, 5).as_deref(), Some("a"));
        assert_eq!(turns.failed(&waiting[0], at(5)), 1);
        assert_eq!(next(&turns, &waiting, 5).as_deref(), Some("b"));
        turns.failed(&waiting[1], at(6));
        turns.failed(&waiting[2], at(10));
        // Due at 25, 26 and 30: in this order, and nobody before.
        assert_eq!(next(&turns, &waiting, 24), None);
        assert_eq!(next(&turns, &waiting, 60).as_deref(), Some("a"));
        assert_eq!(turns.failed(&waiting[0], at(60)), 2);
        assert_eq!(next(&turns, &waiting, 60).as_deref(), Some("b"));
        // One that came meanwhile has its turn before those that were due later, and after those that were due before.
        let more = [waiting.as_slice(), &[request("d", 28)]].concat();
        turns.failed(&waiting[1], at(60));
        assert_eq!(next(&turns, &more, 60).as_deref(), Some("d"));
        turns.ended("d");
        assert_eq!(next(&turns, &waiting, 60).as_deref(), Some("c"));
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let waiting = [request("a", 0)];
        let mut turns = Turns::default();
        let mut now = 0;
        for pause in [20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600] {
            turns.failed(&waiting[0], at(now));
            assert_eq!(next(&turns, &waiting, now + pause - 1), None, "{pause}");
            now += pause;
            assert!(next(&turns, &waiting, now).is_some(), "{pause}");
        }
    }

    #[test]
    fn an_operator_who_asks_and_a_clock_set_back_end_a_pause() {
        let waiting = [held(request("a", 0), 1)];
        let mut turns = Turns::default();
        turns.failed(&waiting[0], at(1000));
        assert_eq!(next(&turns, &waiting, 1001), None);
        assert!(next(&turns, &[held(request("a", 0), 2)], 1001).is_some());
        assert!(next(&turns, &waiting, 10).is_some());
        turns.stir(&waiting, at(1002));
        assert!(next(&turns, &waiting, 1002).is_some());
        // What only the machine keeps is not tried more often for it.
        let waiting = [request("b", 0)];
        turns.failed(&waiting[0], at(1000));
        turns.stir(&waiting, at(1002));
        assert_eq!(next(&turns, &waiting, 1002), None);
    }
}
