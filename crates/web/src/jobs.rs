//! What long work is under way, on packages and on links of studies, and how the last try of each ended. Only in memory: a restart ends the work, and what
//! it was about stands in the state.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use renketsu_workspace::Step;

use crate::port::Imported;

/// How a try of work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A table was imported.
    Imported { table: String, counted: Imported },
    /// A study was linked, as this version.
    Linked { version: u64 },
    /// It was not, by this code with these values.
    Failed(&'static str, Vec<(&'static str, String)>),
}

/// Memory for the rows of one piece of work.
pub(crate) const MEMORY: u64 = 512 << 20;

/// What is done with a package, or a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// It is opened up to its last byte.
    Verifying,
    /// A table is imported; not begun with rows yet where there is no step.
    Importing { table: String, step: Option<Step> },
    /// The tables of a study are linked.
    Linking { step: Option<Step> },
    /// Nothing now.
    Ended(Ended),
}

/// Work by the number of its delivery, or by its study.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<BTreeMap<String, Job>>);

impl Jobs {
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn of(&self, what: &str) -> Option<Job> {
        self.held().get(what).cloned()
    }

    /// Begins work on something, unless some is under way.
    pub(crate) fn begin(&self, what: &str, job: Job) -> bool {
        let mut all = self.held();
        match all.get(what) {
            Some(Job::Verifying | Job::Importing { .. } | Job::Linking { .. }) => false,
            Some(Job::Ended(_)) | None => {
                all.insert(what.to_owned(), job);
                true
            }
        }
    }

    /// How far it is.
    pub(crate) fn at(&self, what: &str, now: Step) {
        if let Some(Job::Importing { step, .. } | Job::Linking { step }) = self.held().get_mut(what)
        {
            *step = Some(now);
        }
    }

    /// Does begun work, and notes how it ended; `None`: and there is nothing to say of it that the state doesn't. Work that
    /// panics has failed, and doesn't seem to go on for ever.
    pub(crate) fn run(&self, what: &str, work: impl FnOnce() -> Option<Ended>) {
        let mut ending = Ending {
            jobs: self,
            what,
            ended: Some(Ended::Failed("web.broken", Vec::new())),
        };
        ending.ended = work();
    }

    /// Work ended, as in [`run`](Self::run).
    pub(crate) fn end(&self, what: &str, ended: Option<Ended>) {
        let mut all = self.held();
        match ended {
            Some(ended) => all.insert(what.to_owned(), Job::Ended(ended)),
            None => all.remove(what),
        };
    }
}

struct Ending<'a> {
    jobs: &'a Jobs,
    what: &'a str,
    ended: Option<Ended>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.jobs.end(self.what, self.ended.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_has_failed() {
        let jobs = Jobs::default();
        assert!(jobs.begin("1", Job::Verifying));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            jobs.run("1", || panic!("a bug"));
        }));
        assert!(panicked.is_err());
        let failed = Job::Ended(Ended::Failed("web.broken", Vec::new()));
        assert_eq!(jobs.of("1"), Some(failed));
        jobs.run("1", || None);
        assert_eq!(jobs.of("1"), None);
    }

    #[test]
    fn work_on_a_delivery_is_done_once_at_a_time() {
        let jobs = Jobs::default();
        assert!(jobs.begin("1", Job::Verifying));
        assert!(!jobs.begin("1", Job::Verifying));
        assert!(jobs.begin("2", Job::Verifying));
        jobs.end("1", Some(Ended::Failed("x", Vec::new())));
        assert!(jobs.begin("1", Job::Verifying));
        jobs.end("1", None);
        assert_eq!(jobs.of("1"), None);
    }
}
