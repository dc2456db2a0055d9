//! One's own account. What changes it is done after the password is shown again.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse as _;
use jiff::SignedDuration;
use renketsu_access::delay::Tries;
use renketsu_access::{Permit, Role, act};
use renketsu_store::{GrantRecord, SittingRecord};
use renketsu_workspace::accounts::{self, AccountError, NewFactor, OwnFactor};
use webauthn_rs::prelude::Passkey;

use crate::at::At;
use crate::factors::{self, Seed};
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::people::{somebody, status};
use crate::routes::sessions::end_word;
use crate::routes::sign_in::{is_password, refuse};
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

const HERE: &str = "web-menu-me";
/// What is recent.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    frame: Frame,
    visit: Visit,
    grants: Vec<GrantRecord>,
    factors: Vec<OwnFactor>,
    sittings: Vec<SittingRecord>,
    problem: Option<String>,
}

impl MePage {
    fn end(&self, sitting: &SittingRecord) -> String {
        match &sitting.closed {
            Some((at, reason)) => {
                format!("{} {}", self.frame.at(at), end_word(&self.frame, reason))
            }
            None => self.frame.t("web-ledger-open"),
        }
    }

    fn role(&self, grant: &GrantRecord) -> String {
        let role: Result<Role, _> = grant.role.parse();
        role.map_or_else(
            |_| grant.role.clone(),
            |role| self.frame.t(role.sheet().name),
        )
    }
}

#[derive(Template)]
#[template(path = "me-totp.html")]
struct TotpPage {
    frame: Frame,
    /// The seed, once.
    shown: Option<Seed>,
    problem: Option<String>,
}

async fn shown(office: &Arc<Office>, visit: &Visit, problem: Option<String>) -> Shown {
    let id = visit.person.person.clone();
    let _permit = visit.permit::<act::MeView>(office, somebody(&id)).await?;
    let now = office.now();
    let event = visit.acting().event("account.viewed", &id, now);
    let (grants, factors, sittings) = office
        .with(move |store| {
            store.begin()?.commit(&event)?;
            let (from, until) = (
                now.saturating_sub(RECENT).map_err(|_| Fault::Broken)?,
                now.saturating_add(RECENT).map_err(|_| Fault::Broken)?,
            );
            let mut sittings = store.sittings_between(from, until)?;
            sittings.retain(|sitting| sitting.person == id);
            sittings.reverse();
            let factors = store.factors_of(&id)?.into_iter().map(OwnFactor::from);
            Ok((store.grants_of(&id)?, factors.collect(), sittings))
        })
        .await?;
    // Of another study than the session's, not even the name is shown, to its own handler neither.
    let here = |study: &Option<String>| match &visit.sitting.study {
        None => true,
        Some(_) => *study == visit.sitting.study,
    };
    show_as(
        status(problem.as_ref()),
        &MePage {
            frame: Frame::of(office, visit, HERE),
            grants: grants
                .into_iter()
                .filter(|grant| here(&grant.study))
                .collect(),
            factors,
            sittings: sittings
                .into_iter()
                .filter(|sitting| here(&sitting.study))
                .collect(),
            visit: visit.clone(),
            problem,
        },
    )
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    shown(&office, &visit, None).await
}

async fn permit(office: &Arc<Office>, visit: &Visit) -> Result<Permit<act::MeFactors>, Fault> {
    let on = somebody(&visit.person.person);
    visit.permit::<act::MeFactors>(office, on).await
}

/// Holds the password that was typed against the present one. Wrong ones count, and make the next try wait.
async fn confirmed(office: &Arc<Office>, visit: &Visit, typed: &str) -> Result<(), Fault> {
    let _turn = office.turn_at(&visit.sitting.terminal).await;
    let (id, at, now) = (
        visit.person.person.clone(),
        visit.sitting.terminal.clone(),
        office.now(),
    );
    let (terminal, hash) = office
        .with(move |store| {
            let terminal = store.terminal(&at)?.ok_or(Fault::NoTerminal)?;
            let look = accounts::look(store, &id, &terminal, Tries::default(), now)?;
            Ok((terminal, look.person.and_then(|person| person.password)))
        })
        .await?;
    if is_password(office, hash.as_deref(), typed).await? {
        return Ok(());
    }
    refuse(office, &visit.person.person, &terminal, "own-account", now).await?;
    Err(AccountError::Refused.into())
}

/// Back to the page: with what is wrong above it, or anew.
async fn back(office: &Arc<Office>, visit: &Visit, done: Result<(), Fault>) -> Shown {
    match done {
        Ok(()) => Ok(go("/me")),
        Err(fault) => {
            let problem = Frame::of(office, visit, HERE).problem(fault)?;
            shown(office, visit, Some(problem)).await
        }
    }
}

pub(crate) async fn password(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = permit(&office, &visit).await?;
    if let Err(fault) = confirmed(&office, &visit, fields.get("password")).await {
        return back(&office, &visit, Err(fault)).await;
    }
    if fields.get("new") == fields.get("password") {
        let problem = Frame::of(&office, &visit, HERE).t("web-password-same");
        return shown(&office, &visit, Some(problem)).await;
    }
    let frame = Frame::of(&office, &visit, HERE);
    let typed_twice = (fields.get("new"), fields.get("again"));
    let chosen = match factors::choose(&office, &frame, &visit.person, typed_twice).await? {
        Ok(chosen) => chosen,
        Err(problem) => return shown(&office, &visit, Some(problem)).await,
    };
    let now = office.now();
    let acting = visit.acting();
    let done = office
        .with(move |store| {
            Ok(accounts::change_password(
                store,
                &permit,
                &acting,
                &chosen.hash,
                chosen.long,
                now,
            )?)
        })
        .await;
    back(&office, &visit, done).await
}

/// A key for what is kept between two steps. Enrolment's keys are digests, and none of them begins like this.
fn key(visit: &Visit) -> String {
    format!("me:{}", visit.sitting.sitting)
}

fn totp_page(
    office: &Arc<Office>,
    visit: &Visit,
    shown: Option<Seed>,
    problem: Option<String>,
) -> Shown {
    show_as(
        status(problem.as_ref()),
        &TotpPage {
            frame: Frame::of(office, visit, HERE),
            shown,
            problem,
        },
    )
}

pub(crate) async fn begin_totp(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let _permit = permit(&office, &visit).await?;
    if let Err(fault) = confirmed(&office, &visit, fields.get("password")).await {
        return back(&office, &visit, Err(fault)).await;
    }
    let seed = Seed::new(&office, &key(&visit), &visit.person.person)?;
    totp_page(&office, &visit, Some(seed), None)
}

pub(crate) async fn totp(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = permit(&office, &visit).await?;
    let (key, now) = (key(&visit), office.now());
    if !factors::waits(&office, &key) {
        return Err(Fault::Malformed);
    }
    let frame = Frame::of(&office, &visit, HERE);
    let Some(factor) = factors::totp(&office, &frame, &key, fields.get("totp"))? else {
        let problem = frame.t("web-totp-wrong");
        return totp_page(&office, &visit, None, Some(problem));
    };
    let done = add(&office, &visit, permit, factor).await;
    office.ceremonies.drop_seed(&key, now);
    back(&office, &visit, done).await
}

async fn add(
    office: &Arc<Office>,
    visit: &Visit,
    permit: Permit<act::MeFactors>,
    factor: NewFactor,
) -> Result<(), Fault> {
    let (acting, now) = (visit.acting(), office.now());
    office
        .with(move |store| {
            Ok(accounts::add_own_factor(
                store, &permit, &acting, &factor, now,
            )?)
        })
        .await
}

/// The browser is asked for a passkey that it doesn't have yet.
pub(crate) async fn begin_passkey(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let _permit = permit(&office, &visit).await?;
    confirmed(&office, &visit, fields.get("password")).await?;
    let person = visit.person.person.clone();
    let factors = office
        .with(move |store| Ok(store.factors_of(&person)?))
        .await?;
    let known = factors
        .iter()
        .filter(|factor| factor.kind == "passkey")
        .filter_map(|factor| serde_json::from_str::<Passkey>(&factor.body).ok())
        .map(|passkey| passkey.cred_id().clone())
        .collect();
    factors::begin_passkey(&office, &key(&visit), &visit.person, Some(known))
}

/// The challenge was given out after the password, to this session alone, and is answered once.
pub(crate) async fn end_passkey(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = permit(&office, &visit).await?;
    let frame = Frame::of(&office, &visit, HERE);
    let factor = factors::end_passkey(&office, &frame, &key(&visit), &fields)?;
    add(&office, &visit, permit, factor).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn remove_factor(
    State(office): State<Arc<Office>>,
    At(factor): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = permit(&office, &visit).await?;
    if let Err(fault) = confirmed(&office, &visit, fields.get("password")).await {
        return back(&office, &visit, Err(fault)).await;
    }
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| {
            Ok(accounts::remove_own_factor(
                store, &permit, &acting, &factor, now,
            )?)
        })
        .await;
    back(&office, &visit, done).await
}
