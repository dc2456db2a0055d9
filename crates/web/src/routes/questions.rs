//! Questions that were asked: the list of them, and one with its answer.

mod machine;
pub(super) mod result;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::Response;
use renketsu_access::{Object, PersonId, StudyId, act};
use renketsu_workspace::desk::{self, Question};
use renketsu_workspace::report::Kind;

use crate::at::At;
use crate::desk::Said;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, Machine, go, show};
use crate::routes::reports::Maker;
use crate::study;
use crate::visit::{SignedForm, SignedIn, Visit};

use result::Grid;

type Shown = Result<Response<Body>, Fault>;

/// Seconds until a running question shows itself again.
const AGAIN: u32 = 2;

#[derive(Template)]
#[template(path = "questions.html")]
struct QuestionsPage {
    frame: Frame,
    study: String,
    /// Of everybody, or one's own.
    all: bool,
    /// The other list, for who may see both: its word and its address.
    other: Option<(&'static str, String)>,
    /// Whether statements open in the desk.
    may_run: bool,
    questions: Vec<Question>,
}

#[derive(Template)]
#[template(path = "question.html")]
struct QuestionPage {
    frame: Frame,
    study: String,
    question: Question,
    own: bool,
    may_cancel: bool,
    /// The engine still works on it.
    runs: bool,
    /// Seconds until the page shows itself again.
    again: u32,
    /// Why there is no answer, and what to do about it.
    problem: Option<(String, String)>,
    grid: Option<Grid>,
    maker: Option<Maker>,
}

impl QuestionPage {
    /// It ended and the record doesn't say how.
    fn unrecorded(&self) -> bool {
        self.question.record.state == "running" && !self.runs
    }
}

/// The history: one's own, or with `of=all`, and for who asks nothing, that of the study.
pub(crate) async fn list(
    State(office): State<Arc<Office>>,
    At(study): At<String>,
    RawQuery(query): RawQuery,
    SignedIn(visit): SignedIn,
) -> Shown {
    let on = study::of_address(&office, &visit, &study).await?;
    let own = study::own_questions(&visit, &on).ok_or(Fault::NotFound)?;
    let may_all = visit.may::<act::AskHistoryAll>(&office, &on);
    let may_own = visit.may::<act::AskHistoryOwn>(&office, &own);
    let wants_all = super::sql::asked(query.as_deref(), "of").as_deref() == Some("all");
    let all = wants_all || (may_all && !may_own);
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    let questions = if all {
        let permit = visit
            .permit::<act::AskHistoryAll>(&office, on.clone())
            .await?;
        office
            .with(move |store| {
                Ok(desk::whole_history(
                    permit,
                    store,
                    at.vault()?,
                    &acting,
                    now,
                )?)
            })
            .await?
    } else {
        let permit = visit.permit::<act::AskHistoryOwn>(&office, own).await?;
        office
            .with(move |store| Ok(desk::own_history(permit, store, at.vault()?, &acting, now)?))
            .await?
    };
    let address = format!("/studies/{study}/questions");
    let other = (may_own && may_all).then(|| {
        if all {
            ("web-questions-own", address)
        } else {
            ("web-questions-all", format!("{address}?of=all"))
        }
    });
    show(&QuestionsPage {
        frame: Frame::of(&office, &visit, "web-menu-questions"),
        study,
        all,
        other,
        may_run: visit.may::<act::AskRun>(&office, &on),
        questions,
    })
}

/// A question as the policies see it.
async fn of_address(
    office: &Arc<Office>,
    visit: &Visit,
    study: &str,
    number: &str,
) -> Result<(Object, Object, i64), Fault> {
    let on = study::of_address(office, visit, study).await?;
    let number: i64 = number.parse().map_err(|_| Fault::NotFound)?;
    let found = on.study().ok_or(Fault::NotFound)?.clone();
    // Another study's question is judged as one's own there: the refusal tells nothing of it.
    let own = visit.sitting.study.as_deref() == Some(study);
    let owner = if own {
        let id: StudyId = found.id.clone();
        office
            .with(move |store| Ok(desk::owner(store, &id, number)?))
            .await?
            .map(PersonId::new)
            .ok_or(Fault::NotFound)?
    } else {
        visit.principal.person.clone()
    };
    let question = Object::Question {
        study: found,
        owner,
    };
    Ok((on, question, number))
}

fn is_own(question: &Object, visit: &Visit) -> bool {
    match question {
        Object::Question { owner, .. } => *owner == visit.principal.person,
        Object::Office
        | Object::Person { .. }
        | Object::Proposal { .. }
        | Object::Study(_)
        | Object::Terminal { .. } => false,
    }
}

pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    At((study, number)): At<(String, String)>,
    RawQuery(query): RawQuery,
    Machine(machine): Machine,
    SignedIn(visit): SignedIn,
) -> Shown {
    let (on, object, number) = of_address(&office, &visit, &study, &number).await?;
    let own = is_own(&object, &visit);
    let may_cancel = visit.may::<act::AskCancel>(&office, &object);
    let (at, acting, now) = (Arc::clone(&office), visit.acting(), office.now());
    // Looked at before the record: a question that ends meanwhile shows itself once more.
    let runs = office.desk.runs(number);
    let (question, said) = if own {
        let permit = visit.permit::<act::AskHistoryOwn>(&office, object).await?;
        let said = office.desk.said(&visit.sitting.sitting, number, now);
        let shown = matches!(said, Some(Said::Answer(_))).then_some(now);
        let question = office
            .with(move |store| {
                let vault = at.vault()?;
                Ok(desk::own_question(
                    permit, store, vault, &acting, number, shown,
                )?)
            })
            .await?;
        (question, said)
    } else {
        let permit = visit.permit::<act::AskHistoryAll>(&office, on).await?;
        let question = office
            .with(move |store| {
                let vault = at.vault()?;
                Ok(desk::any_question(
                    permit, store, vault, &acting, number, now,
                )?)
            })
            .await?;
        (question, None)
    };
    let ended = question.record.state != "running";
    if machine {
        return machine::told(&question.record, runs && !ended, said.filter(|_| ended));
    }
    let frame = Frame::of(&office, &visit, "web-menu-questions");
    let (grid, problem) = match said.filter(|_| ended) {
        Some(Said::Answer(answer)) => {
            let address = format!("/studies/{study}/questions/{number}");
            (
                Some(Grid::of(&frame, &answer, query.as_deref(), address)),
                None,
            )
        }
        Some(Said::Refusal(refusal)) => {
            let id = crate::message_id(refusal.code);
            let details = &refusal.details;
            let problem = (
                frame.say(&format!("err-{id}"), details),
                frame.say(&format!("fix-{id}"), details),
            );
            (None, Some(problem))
        }
        None => (None, None),
    };
    let maker = if grid.is_some() {
        Maker::offered(&office, &visit, Kind::Answer, Some(number.unsigned_abs()))
    } else {
        None
    };
    show(&QuestionPage {
        maker,
        frame,
        study,
        own,
        may_cancel,
        runs: runs && !ended,
        again: AGAIN,
        problem,
        grid,
        question,
    })
}

pub(crate) async fn cancel(
    State(office): State<Arc<Office>>,
    At((study, number)): At<(String, String)>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    let (_, object, number) = of_address(&office, &visit, &study, &number).await?;
    let permit = visit.permit::<act::AskCancel>(&office, object).await?;
    if office.desk.runs(number) {
        let (acting, now) = (visit.acting(), office.now());
        office
            .with(move |store| Ok(desk::cancel(permit, store, &acting, number, now)?))
            .await?;
        office.desk.stop(number);
    }
    Ok(go(&format!("/studies/{study}/questions/{number}")))
}
