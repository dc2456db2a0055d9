//! One person: what they may do, and whether they are let in.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::{Action, Object, Role, act};
use renketsu_workspace::accounts;

use crate::at::At;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::code;
use crate::routes::people::{HERE, Row, Stands, row, somebody, status};
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

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
            let row = row(store, person, study.as_deref())?;
            if study.is_some() && row.grants.is_empty() {
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

pub(crate) async fn page(
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
        Ok(code) => code::of_person(&office, &visit, &person, &code, code::For::Enrolment),
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
