//! People at work, at a rate that doesn't wait for the server: each request has its time, and counts from then on.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::browser::{Browser, Page, Site};
use crate::clock;
use crate::place::{PASSWORD, STUDY, Who};

/// What a person of the study and one of the office ask for in turn.
const IN_STUDY: [&str; 9] = [
    "/",
    "/studies/S",
    "/studies/S/data",
    "/",
    "/studies/S/link",
    "/studies/S/sql",
    "/studies/S/data",
    "/studies/S/questions",
    "/me",
];
const IN_OFFICE: [&str; 6] = ["/", "/people", "/log", "/sessions", "/studies", "/me"];
/// Of so many requests of a person in the study one asks a question; the next one looks at it.
const ASKS: usize = 30;
const SQL: &str = "select a.v, count(distinct a.person) as persons, sum(n.v) as rows from anon a join ndb n on a.person = n.person group by a.v";

/// Times of requests in milliseconds, and what came back otherwise than wanted.
#[derive(Default)]
pub(crate) struct Tally {
    times: Vec<f64>,
    wrong: BTreeMap<String, u64>,
    /// Questions refused because others were being answered.
    busy: u64,
}

impl Tally {
    pub(crate) fn took(&mut self, took: Duration) {
        self.times.push(took.as_secs_f64() * 1000.0);
    }

    pub(crate) fn is_wrong(&mut self, what: String) {
        let count = self.wrong.entry(what).or_default();
        *count = count.saturating_add(1);
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.busy = self.busy.saturating_add(other.busy);
        for (what, times) in other.wrong {
            let count = self.wrong.entry(what).or_default();
            *count = count.saturating_add(times);
        }
    }

    /// The time that this share of all requests did not exceed.
    pub(crate) fn share(&mut self, per_thousand: usize) -> Option<f64> {
        self.times.sort_unstable_by(f64::total_cmp);
        let last = self.times.len().checked_sub(1)?;
        let at = last.saturating_mul(per_thousand).div_ceil(1000);
        self.times.get(at).copied()
    }

    pub(crate) fn json(&mut self) -> Value {
        json!({
            "requests": self.times.len(),
            "p50_ms": self.share(500),
            "p95_ms": self.share(950),
            "p99_ms": self.share(990),
            "most_ms": self.share(1000),
            "busy": self.busy,
            "wrong": self.wrong,
        })
    }
}

/// A person with a browser that is their terminal.
pub(crate) struct Person {
    who: Who,
    browser: Browser,
    form: String,
}

impl Person {
    pub(crate) fn enrol(site: &Site, who: Who) -> Result<Self> {
        let mut browser = Browser::new(site);
        let page = browser.post("/terminal", &[("code", &who.code)])?;
        if page.location() != "/sign-in" {
            bail!("{} is no terminal: {}", who.person, page.status);
        }
        Ok(Self {
            who,
            browser,
            form: String::new(),
        })
    }

    /// Another browser of this terminal.
    pub(crate) fn beside(&self) -> Browser {
        self.browser.beside()
    }

    /// Signs in; how long the answer took, from the password to the session.
    pub(crate) fn sign_in(&mut self) -> Result<Duration> {
        let begun = clock();
        let fields = [("person", self.who.person.as_str()), ("password", PASSWORD)];
        let page = self.browser.post("/sign-in", &fields)?;
        let took = begun.elapsed();
        if page.location() != "/" {
            bail!("{} is not let in: {}", self.who.person, page.status);
        }
        let home = self.browser.get("/")?;
        home.field("form")
            .context("a form")?
            .clone_into(&mut self.form);
        Ok(took)
    }

    pub(crate) fn sign_out(&mut self) -> Result<()> {
        let page = self.browser.post("/sign-out", &[("form", &self.form)])?;
        if page.status != 303 {
            bail!("{} does not get out: {}", self.who.person, page.status);
        }
        Ok(())
    }

    /// The request of this turn.
    fn request(&mut self, turn: usize, question: &mut Option<String>) -> Result<Page> {
        if let Some(question) = question.take() {
            return self.browser.get(&question);
        }
        if self.who.in_study && turn % ASKS == ASKS.saturating_sub(1) {
            let path = format!("/studies/{STUDY}/sql");
            let fields = [("form", self.form.as_str()), ("sql", SQL)];
            let page = self.browser.post(&path, &fields)?;
            if page.status == 303 {
                *question = Some(page.location().to_owned());
            }
            return Ok(page);
        }
        self.browser.get(self.path(turn))
    }

    fn path(&self, turn: usize) -> &'static str {
        let paths: &[&str] = if self.who.in_study {
            &IN_STUDY
        } else {
            &IN_OFFICE
        };
        let at = turn.checked_rem(paths.len()).unwrap_or(0);
        paths.get(at).copied().unwrap_or("/")
    }

    fn work(&mut self, times: &Times) -> Tally {
        let mut tally = Tally::default();
        let mut question = None;
        for (turn, due) in times.each() {
            wait_until(due);
            let asks = self.who.in_study && turn % ASKS == ASKS.saturating_sub(1);
            match self.request(turn, &mut question) {
                Ok(page) => {
                    tally.took(due.elapsed());
                    match page.status {
                        422 if asks => tally.busy = tally.busy.saturating_add(1),
                        200 => {}
                        303 if !page.location().starts_with("/sign-in") => {}
                        status => {
                            let what = format!("{status} {}", self.path(turn));
                            tally.is_wrong(what);
                        }
                    }
                }
                Err(error) => tally.is_wrong(format!("{error:#}")),
            }
        }
        tally
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a load at a rate waits for its time"
)]
fn wait_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(clock()));
}

/// When one of several asks.
struct Times {
    first: Instant,
    every: Duration,
    count: usize,
}

impl Times {
    /// Of `all` who ask `rate` times a second together, this one's times within `seconds`.
    fn of(begun: Instant, number: usize, all: usize, rate: u32, seconds: u32) -> Result<Self> {
        let one = Duration::from_secs(1).checked_div(rate).context("a rate")?;
        let (number, of) = (u32::try_from(number)?, u32::try_from(all)?);
        let whole = rate.saturating_mul(seconds).checked_div(of);
        Ok(Self {
            first: begun
                .checked_add(one.saturating_mul(number))
                .context("a time")?,
            every: one.saturating_mul(of),
            count: usize::try_from(whole.context("people")?)?,
        })
    }

    fn each(&self) -> impl Iterator<Item = (usize, Instant)> {
        let due = |turn: usize| {
            let after = self.every.checked_mul(u32::try_from(turn).ok()?)?;
            Some((turn, self.first.checked_add(after)?))
        };
        (0..self.count).map_while(due)
    }
}

/// All of them work for so many seconds, `rate` requests a second together. `meanwhile` goes on beside them.
pub(crate) fn work<T: Send>(
    people: &mut [Person],
    rate: u32,
    seconds: u32,
    meanwhile: impl FnOnce(Instant) -> T + Send,
) -> Result<(Tally, T)> {
    let (begun, all) = (clock(), people.len());
    thread::scope(|scope| {
        let mut working = Vec::new();
        for (number, person) in people.iter_mut().enumerate() {
            let times = Times::of(begun, number, all, rate, seconds)?;
            working.push(scope.spawn(move || person.work(&times)));
        }
        let beside = meanwhile(begun);
        let mut tally = Tally::default();
        for one in working {
            let Ok(one) = one.join() else {
                bail!("a person's thread ended badly");
            };
            tally.add(one);
        }
        Ok((tally, beside))
    })
}

/// Guesses passwords: `rate` tries a second for so many seconds, spread over these browsers. Says how the tries were answered.
pub(crate) fn guess(
    browsers: Vec<Browser>,
    begun: Instant,
    rate: u32,
    seconds: u32,
) -> Result<BTreeMap<String, u64>> {
    let all = browsers.len();
    thread::scope(|scope| {
        let mut guessing = Vec::new();
        for (number, mut browser) in browsers.into_iter().enumerate() {
            let times = Times::of(begun, number, all, rate, seconds)?;
            guessing.push(scope.spawn(move || {
                let mut tally = Tally::default();
                for (turn, due) in times.each() {
                    wait_until(due);
                    let person = format!("guess-{number}-{turn}");
                    let fields = [("person", person.as_str()), ("password", "Wrong-0-wrong!")];
                    tally.is_wrong(match browser.post("/sign-in", &fields) {
                        Ok(page) => page.status.to_string(),
                        Err(error) => format!("{error:#}"),
                    });
                }
                tally
            }));
        }
        let mut tally = Tally::default();
        for one in guessing {
            let Ok(one) = one.join() else {
                bail!("a guesser's thread ended badly");
            };
            tally.add(one);
        }
        Ok(tally.wrong)
    })
}
