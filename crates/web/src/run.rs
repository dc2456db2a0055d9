//! Answering a question on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;
use renketsu_store::QuestionEnd;
use renketsu_workspace::accounts::Acting;
use renketsu_workspace::desk::{self, Asking};

use crate::desk::{Place, Said};
use crate::fault::Fault;
use crate::office::Office;
use crate::port::{Answer, Refusal};

/// The engine's code of a question that was stopped.
const STOPPED: &str = "engine.query.stopped";

/// A question on its way to the engine.
pub(crate) struct Run {
    pub(crate) place: Place,
    pub(crate) asking: Asking,
    pub(crate) acting: Acting,
    pub(crate) study: String,
    pub(crate) sql: String,
    pub(crate) begun: Timestamp,
}

/// Lets the engine answer. The question stands in the record; what becomes of it will too.
pub(crate) fn start(office: &Arc<Office>, run: Run) -> Result<(), Fault> {
    let (at, question) = (Arc::clone(office), run.asking.question);
    let (acting, study, begun) = (run.acting.clone(), run.study.clone(), run.begun);
    let spawned = thread::Builder::new()
        .name("question".to_owned())
        .spawn(move || answer(&at, run));
    if spawned.is_err() {
        let end = QuestionEnd {
            state: "failed",
            code: Some("web.broken"),
            link: None,
            rows: None,
            took_ms: 0,
        };
        desk::ended(&mut office.store(), &acting, &study, question, end, begun)?;
        return Err(Fault::Broken);
    }
    Ok(())
}

/// How a question ended.
struct End {
    state: &'static str,
    code: Option<&'static str>,
    rows: Option<u64>,
    said: Option<Said>,
}

impl End {
    fn of(answer: Answer) -> Self {
        if !Place::fits(&answer) {
            return Self::without("failed", "web.ask.large");
        }
        Self {
            state: "answered",
            code: None,
            rows: u64::try_from(answer.rows.len()).ok(),
            said: Some(Said::Answer(Arc::new(answer))),
        }
    }

    fn refused(refusal: Refusal) -> Self {
        // What a person can write otherwise is refused by a rule; the rest failed.
        let by_rule = ["engine.guard.", "engine.sql.", "workspace.ask."];
        let by_rule = by_rule.iter().any(|begin| refusal.code.starts_with(begin));
        Self {
            state: if by_rule { "refused" } else { "failed" },
            code: Some(refusal.code),
            rows: None,
            said: Some(Said::Refusal(refusal)),
        }
    }

    fn without(state: &'static str, code: &'static str) -> Self {
        Self {
            state,
            code: Some(code),
            rows: None,
            said: None,
        }
    }
}

fn answer(office: &Office, run: Run) {
    let Run {
        place,
        asking,
        acting,
        study,
        sql,
        begun,
    } = run;
    let link = asking.linked.version;
    let asked = || {
        office
            .engine
            .ask(&office.dir, &asking.linked, &sql, &place.stopping)
    };
    // A bug of the engine ends the question, not the server, and the record says so.
    let end = match catch_unwind(AssertUnwindSafe(asked)) {
        _ if place.stopping.is_asked() => End::without("cancelled", STOPPED),
        Ok(Ok(answer)) => End::of(answer),
        Ok(Err(refusal)) => End::refused(refusal),
        Err(_) => End::without("failed", "web.broken"),
    };
    let now = office.now();
    let took = now.duration_since(begun).as_millis();
    // Pages show it only once the record says how the question ended.
    if let Some(said) = end.said {
        place.keep(asking.question, said, now);
    }
    let end = QuestionEnd {
        state: end.state,
        code: end.code,
        link: Some(link),
        rows: end.rows,
        took_ms: u64::try_from(took).unwrap_or(0),
    };
    // What can't be written leaves the question running in the state, and its page shows nothing of it.
    let _unwritten = desk::ended(
        &mut office.store(),
        &acting,
        &study,
        asking.question,
        end,
        now,
    );
    drop(place);
}
