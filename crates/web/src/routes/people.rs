//! People: who they are, what they may do, and whether they are let in.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use renketsu_access::{Object, PersonId, act};
use renketsu_store::{GrantRecord, PersonRecord, Store};
use renketsu_workspace::accounts::{self, NewPerson};

use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, show_as};
use crate::routes::code;
use crate::visit::{SignedForm, SignedIn, Visit};
use crate::words::Lang;

type Shown = Result<Response<Body>, Fault>;

pub(super) const HERE: &str = "web-menu-people";

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    In,
    Enrolling,
    Out,
}

impl Stands {
    pub(super) fn of(person: &PersonRecord) -> Self {
        if person.suspended_at.is_some() {
            Self::Out
        } else if person.pledged_at.is_none() {
            Self::Enrolling
        } else {
            Self::In
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::In => "web-people-in",
            Self::Enrolling => "web-people-enrolling",
            Self::Out => "web-people-out",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::In => "good",
            Self::Enrolling => "",
            Self::Out => "bad",
        }
    }
}

/// A line of the list.
pub(super) struct Row {
    pub(super) person: PersonRecord,
    pub(super) grants: Vec<GrantRecord>,
    pub(super) factors: Vec<String>,
    pub(super) stands: Stands,
}

/// A person as a session of this study, or of the office, sees them: in a study, with what they are there alone.
pub(super) fn row(store: &Store, person: PersonRecord, study: Option<&str>) -> Result<Row, Fault> {
    let mut grants = store.grants_of(&person.person)?;
    grants.retain(|grant| study.is_none() || grant.study.as_deref() == study);
    let factors = store.factors_of(&person.person)?;
    Ok(Row {
        grants,
        factors: factors.into_iter().map(|factor| factor.kind).collect(),
        stands: Stands::of(&person),
        person,
    })
}

/// A reset that waits.
pub(super) struct Waiting {
    pub(super) number: i64,
    pub(super) person: String,
    pub(super) identity: String,
    pub(super) by: String,
    pub(super) at: jiff::Timestamp,
    pub(super) decides: bool,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    rows: Vec<Row>,
    resets: Vec<Waiting>,
    enrols: bool,
    first: bool,
    typed: Fields,
    problem: Option<String>,
}

/// The list. In a session of a study it holds those who have a part in the study.
async fn list(
    office: &Arc<Office>,
    visit: &Visit,
    typed: Fields,
    problem: Option<String>,
) -> Shown {
    let _permit = visit
        .permit::<act::PeopleView>(office, visit.on.clone())
        .await?;
    let enrols = visit.may::<act::PeopleEnrol>(office, &Object::Office);
    let event = visit
        .acting()
        .event("people.viewed", visit.about(), office.now());
    let (study, at, asking) = (
        visit.sitting.study.clone(),
        Arc::clone(office),
        visit.clone(),
    );
    let (rows, resets, first) = office
        .with(move |store| {
            store.begin()?.commit(&event)?;
            let mut rows = Vec::new();
            for person in store.people()? {
                let row = row(store, person, study.as_deref())?;
                if study.is_none() || !row.grants.is_empty() {
                    rows.push(row);
                }
            }
            let resets = if study.is_none() {
                store.open_resets()?
            } else {
                Vec::new()
            };
            let resets: Vec<Waiting> = resets
                .into_iter()
                .map(|reset| Waiting {
                    decides: asking.may::<act::PeopleResetApprove>(
                        &at,
                        &proposal(&reset.proposed_by, &reset.person),
                    ),
                    number: reset.reset,
                    person: reset.person,
                    identity: reset.identity,
                    by: reset.proposed_by,
                    at: reset.proposed_at,
                })
                .collect();
            Ok((rows, resets, accounts::may_have_first_manager(store)?))
        })
        .await?;
    show_as(
        status(problem.as_ref()),
        &PeoplePage {
            frame: Frame::of(office, visit, HERE),
            rows,
            resets,
            enrols,
            first,
            typed,
            problem,
        },
    )
}

pub(super) fn proposal(proposer: &str, about: &str) -> Object {
    Object::Proposal {
        study: None,
        proposer: PersonId::new(proposer),
        about: Some(PersonId::new(about)),
    }
}

pub(super) fn status(problem: Option<&String>) -> StatusCode {
    if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    list(&office, &visit, Fields::default(), None).await
}

/// Makes an account. The code stands on the answer and nowhere else.
pub(crate) async fn enrol(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PeopleEnrol>(&office, Object::Office)
        .await?;
    let person = NewPerson {
        person: fields.get("person").trim().to_owned(),
        name: fields.get("name").to_owned(),
        affiliation: fields.get("affiliation").to_owned(),
    };
    let (acting, now, first) = (visit.acting(), office.now(), fields.has("first"));
    let language = Lang::of(fields.get("language")).as_str();
    let id = person.person.clone();
    let made = office
        .with(move |store| {
            Ok(if first {
                accounts::invite_first_manager(store, &permit, &acting, &person, language, now)?
            } else {
                accounts::invite(store, &permit, &acting, &person, language, now)?
            })
        })
        .await;
    match made {
        Ok(code) => code::of_person(&office, &visit, &id, &code, code::For::Enrolment),
        Err(fault) => {
            let problem = Frame::of(&office, &visit, HERE).problem(fault)?;
            list(&office, &visit, fields, Some(problem)).await
        }
    }
}

pub(super) fn somebody(person: &str) -> Object {
    Object::Person {
        id: PersonId::new(person),
    }
}
