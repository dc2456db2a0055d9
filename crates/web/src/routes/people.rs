//! People: who they are, what they may do, and whether they are let in.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use renketsu_access::{Action, Object, PersonId, Role, act};
use renketsu_store::{GrantRecord, PersonRecord, Store};
use renketsu_workspace::accounts::{self, NewPerson};

use crate::at::At;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::code;
use crate::visit::{SignedForm, SignedIn, Visit};
use crate::words::Lang;

type Shown = Result<Response<Body>, Fault>;

const HERE: &str = "web-menu-people";

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    In,
    Enrolling,
    Out,
}

impl Stands {
    fn of(person: &PersonRecord) -> Self {
        if person.suspended_at.is_some() {
            Self::Out
        } else if person.pledged_at.is_none() || person.password.is_none() {
            Self::Enrolling
        } else {
            Self::In
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::In => "web-people-in",
            Self::Enrolling => "web-people-enrolling",
            Self::Out => "web-people-out",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::In => "good",
            Self::Enrolling => "",
            Self::Out => "bad",
        }
    }
}

/// A line of the list.
struct Row {
    person: PersonRecord,
    grants: Vec<GrantRecord>,
    factors: Vec<String>,
    stands: Stands,
}

fn row(store: &Store, person: PersonRecord) -> Result<Row, Fault> {
    let factors = store.factors_of(&person.person)?;
    Ok(Row {
        grants: store.grants_of(&person.person)?,
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
                let row = row(store, person)?;
                let part = row.grants.iter().any(|grant| grant.study == study);
                if study.is_none() || part {
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
        Ok(code) => code::of_person(&office, &visit, &id, &code, false),
        Err(fault) => {
            let problem = Frame::of(&office, &visit, HERE).problem(fault)?;
            list(&office, &visit, fields, Some(problem)).await
        }
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    row: Row,
    studies: Vec<String>,
    single: Option<String>,
    may: BTreeSet<Action>,
    typed: Fields,
    problem: Option<String>,
}

impl PersonPage {
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn roles(&self) -> [Role; 7] {
        Role::ALL
    }
}

pub(super) fn somebody(person: &str) -> Object {
    Object::Person {
        id: PersonId::new(person),
    }
}

async fn one(
    office: &Arc<Office>,
    visit: &Visit,
    person: &str,
    typed: Fields,
    problem: Option<String>,
) -> Shown {
    let _permit = visit
        .permit::<act::PeopleView>(office, visit.on.clone())
        .await?;
    let event = visit.acting().event("people.viewed", person, office.now());
    let (study, id) = (visit.sitting.study.clone(), person.to_owned());
    let (row, studies) = office
        .with(move |store| {
            let person = store.person(&id)?.ok_or(Fault::NotFound)?;
            let row = row(store, person)?;
            if study.is_some() && !row.grants.iter().any(|grant| grant.study == study) {
                return Err(Fault::NotFound);
            }
            let studies = match study {
                Some(study) => vec![study],
                None => store
                    .studies()?
                    .into_iter()
                    .map(|study| study.study)
                    .collect(),
            };
            store.begin()?.commit(&event)?;
            Ok((row, studies))
        })
        .await?;
    let on = somebody(person);
    let mut may = visit.may_of(
        office,
        &[(Action::PeopleGrant, &on), (Action::ExceptionRecord, &on)],
    );
    let mut offer = |action, fits: bool, on: &Object| {
        if fits {
            may.extend(visit.may_of(office, &[(action, on)]));
        }
    };
    let enrolled = row.person.pledged_at.is_some();
    let other = visit.person.person != person;
    offer(Action::PeopleEnrol, !enrolled, &Object::Office);
    offer(Action::PeopleSuspend, other, &on);
    let resets = enrolled && row.stands != Stands::Out;
    offer(Action::PeopleResetPropose, resets, &on);
    let single = row.person.single_factor.as_ref().map(|exception| {
        let why = exception.get("reason").and_then(serde_json::Value::as_str);
        why.unwrap_or_default().to_owned()
    });
    show_as(
        status(problem.as_ref()),
        &PersonPage {
            frame: Frame::of(office, visit, HERE),
            may,
            row,
            studies,
            single,
            typed,
            problem,
        },
    )
}

pub(crate) async fn person(
    State(office): State<Arc<Office>>,
    At(person): At<String>,
    SignedIn(visit): SignedIn,
) -> Shown {
    one(&office, &visit, &person, Fields::default(), None).await
}

/// Back to the person after a form: with what is wrong above it, or anew.
pub(super) async fn back(
    office: &Arc<Office>,
    visit: &Visit,
    person: &str,
    fields: Fields,
    done: Result<(), Fault>,
) -> Shown {
    match done {
        Ok(()) => Ok(go(&format!("/people/{person}"))),
        Err(fault) => {
            let problem = Frame::of(office, visit, HERE).problem(fault)?;
            one(office, visit, person, fields, Some(problem)).await
        }
    }
}

/// A new code for somebody who didn't finish enrolling.
pub(crate) async fn code_again(
    State(office): State<Arc<Office>>,
    At(person): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PeopleEnrol>(&office, Object::Office)
        .await?;
    let (acting, now, id) = (visit.acting(), office.now(), person.clone());
    let made = office
        .with(move |store| Ok(accounts::pledge_again(store, &permit, &acting, &id, now)?))
        .await;
    match made {
        Ok(code) => code::of_person(&office, &visit, &person, &code, false),
        Err(fault) => back(&office, &visit, &person, fields, Err(fault)).await,
    }
}

/// Where a role is given: `office`, or `study:` and its name.
fn place_of_role(text: &str) -> Option<&str> {
    text.strip_prefix("study:")
}

pub(crate) async fn grant(
    State(office): State<Arc<Office>>,
    At(person): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PeopleGrant>(&office, somebody(&person))
        .await?;
    let role: Role = fields.get("role").parse().map_err(|_| Fault::Malformed)?;
    let study = place_of_role(fields.get("for")).map(str::to_owned);
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| {
            let study = study.as_deref();
            Ok(accounts::grant(store, &permit, &acting, role, study, now)?)
        })
        .await;
    back(&office, &visit, &person, fields, done).await
}

pub(crate) async fn end_grant(
    State(office): State<Arc<Office>>,
    At((person, number)): At<(String, i64)>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PeopleGrant>(&office, somebody(&person))
        .await?;
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| Ok(accounts::end_grant(store, &permit, &acting, number, now)?))
        .await;
    back(&office, &visit, &person, fields, done).await
}

/// Stops somebody's access, or gives it back.
pub(crate) async fn suspend(
    State(office): State<Arc<Office>>,
    At(person): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PeopleSuspend>(&office, somebody(&person))
        .await?;
    let (acting, now, why) = (visit.acting(), office.now(), fields.get("why").to_owned());
    let stops = !fields.has("readmit");
    let done = office
        .with(move |store| {
            if stops {
                accounts::suspend(store, &permit, &acting, &why, now)?;
            } else {
                accounts::readmit(store, &permit, &acting, &why, now)?;
            }
            Ok(())
        })
        .await;
    back(&office, &visit, &person, fields, done).await
}

/// Records that one factor is enough for somebody, or ends that.
pub(crate) async fn single_factor(
    State(office): State<Arc<Office>>,
    At(person): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::ExceptionRecord>(&office, somebody(&person))
        .await?;
    let (acting, now, why) = (
        visit.acting(),
        office.now(),
        fields.get("why-single").to_owned(),
    );
    let ends = fields.has("end");
    let done = office
        .with(move |store| {
            if ends {
                accounts::end_single_factor(store, &permit, &acting, now)?;
            } else {
                accounts::allow_single_factor(store, &permit, &acting, &why, now)?;
            }
            Ok(())
        })
        .await;
    back(&office, &visit, &person, fields, done).await
}
