//! A reset of what somebody signs in with: proposed by one person, decided by another (4-3-4①).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use renketsu_access::{Object, act};
use renketsu_workspace::accounts;

use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::go;
use crate::routes::{code, people, person};
use crate::visit::SignedForm;

type Shown = Result<Response<Body>, Fault>;

pub(crate) async fn propose(
    State(office): State<Arc<Office>>,
    At(id): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PeopleResetPropose>(&office, people::somebody(&id))
        .await?;
    let (acting, now, of) = (visit.acting(), office.now(), id.clone());
    let identity = fields.get("identity").to_owned();
    let done = office
        .with(move |store| {
            Ok(accounts::propose_reset(
                store, &permit, &acting, &of, &identity, now,
            )?)
        })
        .await;
    match done {
        Ok(half) => code::of_person(&office, &visit, &id, &half, code::For::FirstHalf),
        Err(fault) => person::back(&office, &visit, &id, fields, Err(fault)).await,
    }
}

/// Decides a reset. Its half of the code stands on the answer and nowhere else.
pub(crate) async fn decide(
    State(office): State<Arc<Office>>,
    At(number): At<i64>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    // Who may not see whom there is doesn't learn it from how this is refused.
    let _seen = visit
        .permit::<act::PeopleView>(&office, Object::Office)
        .await?;
    let reset = office
        .with(move |store| {
            let open = store.reset(number)?.filter(|reset| reset.decided.is_none());
            open.ok_or(Fault::NotFound)
        })
        .await?;
    let permit = visit
        .permit::<act::PeopleResetApprove>(
            &office,
            people::proposal(&reset.proposed_by, &reset.person),
        )
        .await?;
    let (acting, now, approved) = (visit.acting(), office.now(), fields.has("approve"));
    let decided = office
        .with(move |store| {
            Ok(accounts::decide_reset(
                store, &permit, &acting, number, approved, now,
            )?)
        })
        .await?;
    match decided {
        Some(half) => code::of_person(&office, &visit, &reset.person, &half, code::For::SecondHalf),
        None => Ok(go("/people")),
    }
}
