//! Who asks for a page: a session that is open, at a terminal that is enrolled.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use jiff::Timestamp;
use renketsu_access::session::End;
use renketsu_access::{
    Act, Action, Factors, Grant, Object, Permit, PersonId, Principal, Reason, Role, Scope,
    SessionId, Standing, StudyId,
};
use renketsu_seal::sign_in::Bearer;
use renketsu_store::{PersonRecord, SittingRecord, Store, TerminalRecord};
use renketsu_workspace::accounts::{self, AccountError, Acting, Lapse};

use crate::cookie;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::study;

/// Who asks for a page.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) person: PersonRecord,
    pub(crate) sitting: SittingRecord,
    pub(crate) principal: Principal,
    /// What the session is about: its study, or the office.
    pub(crate) on: Object,
    /// What a form of this session carries.
    pub(crate) form: String,
    /// Whether the page renews itself, and nobody asked for it.
    pub(crate) by_itself: bool,
}

impl Visit {
    pub(crate) fn acting(&self) -> Acting {
        Acting::of(&self.sitting)
    }

    /// What the session is about, as the record names it.
    pub(crate) fn about(&self) -> &str {
        self.sitting.study.as_deref().unwrap_or("office")
    }

    /// Whether a person may do something to an object, for what a page offers.
    pub(crate) fn may<A: Act>(&self, office: &Office, on: &Object) -> bool {
        self.offers(office, A::ACTION, on)
    }

    /// Those of some actions that a person may do, for what a page offers.
    pub(crate) fn may_of(&self, office: &Office, asks: &[(Action, &Object)]) -> BTreeSet<Action> {
        let allowed = asks
            .iter()
            .filter(|(action, on)| self.offers(office, *action, on));
        allowed.map(|(action, _)| *action).collect()
    }

    fn offers(&self, office: &Office, action: Action, on: &Object) -> bool {
        office
            .offers
            .allows(&office.policies, action, &self.principal, on)
    }

    /// The permit to do something. A refusal is recorded, and so is a policy that can't be evaluated, which is an alarm.
    pub(crate) async fn permit<A: Act>(
        &self,
        office: &Arc<Office>,
        on: Object,
    ) -> Result<Permit<A>, Fault> {
        let denial = match office.policies.permit::<A>(&self.principal, &on) {
            Ok(permit) => return Ok(permit),
            Err(denial) => denial,
        };
        let fault = Fault::from(&denial);
        let action = if denial.is_fault() {
            "access.fault"
        } else {
            "access.denied"
        };
        let object = on
            .study()
            .map_or_else(|| "office".to_owned(), |study| study.id.to_string());
        let event = self
            .acting()
            .event(action, &object, office.now())
            .with("action", denial.action.as_str())
            .with("clause", denial.clause.as_str())
            .with("reason", denial.reason.as_str());
        office
            .with(move |store| Ok(store.begin()?.commit(&event)?))
            .await?;
        // What another study holds isn't told apart from what is nowhere.
        if denial.reason == Reason::OtherStudy {
            return Err(Fault::NotFound);
        }
        Err(fault)
    }
}

/// What a browser is, before anybody signs in.
#[derive(Debug, Clone)]
pub(crate) struct AtTerminal(pub(crate) TerminalRecord);

fn terminal(store: &Store, secret: Option<&Bearer>) -> Result<TerminalRecord, Fault> {
    let secret = secret.ok_or(Fault::NoTerminal)?;
    store
        .terminal_by_secret(&secret.digest())?
        .filter(|terminal| terminal.revoked_at.is_none())
        .ok_or(Fault::NoTerminal)
}

impl FromRequestParts<Arc<Office>> for AtTerminal {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, office: &Arc<Office>) -> Result<Self, Fault> {
        let secret = cookie::bearer(&parts.headers, cookie::TERMINAL);
        office
            .with(move |store| terminal(store, secret.as_ref()))
            .await
            .map(Self)
    }
}

/// What a browser is, if anything.
#[derive(Debug, Clone)]
pub(crate) struct Somewhere(pub(crate) Option<TerminalRecord>);

impl FromRequestParts<Arc<Office>> for Somewhere {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, office: &Arc<Office>) -> Result<Self, Fault> {
        match AtTerminal::from_request_parts(parts, office).await {
            Ok(AtTerminal(terminal)) => Ok(Self(Some(terminal))),
            Err(Fault::NoTerminal) => Ok(Self(None)),
            Err(fault) => Err(fault),
        }
    }
}

/// A session, locked or not.
#[derive(Debug, Clone)]
pub(crate) struct InSession(pub(crate) Visit);

/// A session that is open.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(pub(crate) Visit);

/// What a page asks for that renews itself: nobody did anything, so the session doesn't count as used.
fn is_by_itself(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|query| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "by-itself")
    })
}

fn scope(study: Option<&str>) -> Scope {
    study.map_or(Scope::Office, |study| Scope::Study(StudyId::new(study)))
}

/// A session ends with its study's time at the place.
fn has_place(
    store: &mut Store,
    office: &Office,
    sitting: &SittingRecord,
    now: Timestamp,
) -> Result<(), Fault> {
    let inside = accounts::Standing::Inside {
        sitting: &sitting.sitting,
        since: sitting.opened_at,
    };
    let study = sitting.study.as_deref();
    let Some(away) = accounts::room(store, &sitting.place, study, inside, now)? else {
        return Ok(());
    };
    accounts::close(store, sitting, away.end(), now, now)?;
    office.forget(&sitting.sitting);
    Err(AccountError::from(away).into())
}

fn known(
    store: &mut Store,
    office: &Office,
    session: &Bearer,
    browser: Option<&Bearer>,
    uses: bool,
) -> Result<Visit, Fault> {
    // Read with the state in the hand: of two requests at once, the later one has the later time.
    let now = office.now();
    let mut sitting = store
        .sitting_by_token(&session.digest())?
        .filter(|sitting| sitting.closed.is_none())
        .ok_or(Fault::SignIn)?;
    let terminal = terminal(store, browser)?;
    let person = store.person(&sitting.person)?.ok_or(Fault::SignIn)?;
    // A session is of the terminal at which it was opened, and of what that terminal opens.
    let stands = terminal.terminal == sitting.terminal && terminal.study == sitting.study;
    if !stands || person.suspended_at.is_some() {
        let reason = if stands {
            End::Suspended
        } else {
            End::EndedByOther
        };
        accounts::close(store, &sitting, reason, now, now)?;
        office.forget(&sitting.sitting);
        return Err(Fault::SignIn);
    }
    let seen = office
        .last_seen(&sitting.sitting)
        .unwrap_or(sitting.seen_at)
        .max(sitting.seen_at);
    match Lapse::of(&sitting, seen, office.idle, now) {
        Lapse::Stands => {}
        Lapse::Locked => {
            accounts::lock(store, &sitting, "idle", now)?;
            sitting.locked_at = Some(now);
        }
        Lapse::Closed(at, end) => {
            accounts::close(store, &sitting, end, at, now)?;
            office.forget(&sitting.sitting);
            return Err(Fault::SignIn);
        }
    }
    has_place(store, office, &sitting, now)?;
    if uses && sitting.locked_at.is_none() {
        office.saw(&sitting.sitting, now);
    }
    let grants = store
        .grants_of(&person.person)?
        .into_iter()
        .filter_map(|grant| {
            let role: Role = grant.role.parse().ok()?;
            Grant::new(role, scope(grant.study.as_deref())).ok()
        })
        .collect();
    let principal = Principal {
        person: PersonId::new(&person.person),
        session: SessionId::new(&sitting.sitting),
        scope: scope(sitting.study.as_deref()),
        grants,
        factors: match (sitting.factor.as_str(), &person.single_factor) {
            ("none", None) => Factors::One,
            ("none", Some(_)) => Factors::OneByException,
            _ => Factors::Two,
        },
        standing: Standing {
            pledged: person.pledged_at.is_some(),
            // What was learnt isn't kept yet; who pledged has read what there is.
            trained: true,
        },
    };
    Ok(Visit {
        on: study::object(store, sitting.study.as_deref(), now)?,
        principal,
        person,
        form: session.for_forms(),
        by_itself: !uses,
        sitting,
    })
}

impl FromRequestParts<Arc<Office>> for InSession {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, office: &Arc<Office>) -> Result<Self, Fault> {
        let session = cookie::bearer(&parts.headers, cookie::SESSION).ok_or(Fault::SignIn)?;
        let browser = cookie::bearer(&parts.headers, cookie::TERMINAL);
        let uses = !is_by_itself(parts);
        let at = Arc::clone(office);
        office
            .with(move |store| known(store, &at, &session, browser.as_ref(), uses))
            .await
            .map(Self)
    }
}

impl FromRequestParts<Arc<Office>> for SignedIn {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, office: &Arc<Office>) -> Result<Self, Fault> {
        let InSession(visit) = InSession::from_request_parts(parts, office).await?;
        if visit.sitting.locked_at.is_some() {
            return Err(Fault::Locked);
        }
        Ok(Self(visit))
    }
}

/// A form of an open session: it carries what only that session's pages have.
#[derive(Debug)]
pub(crate) struct SignedForm {
    pub(crate) visit: Visit,
    pub(crate) fields: Fields,
}

impl FromRequest<Arc<Office>> for SignedForm {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, office: &Arc<Office>) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let SignedIn(visit) = SignedIn::from_request_parts(&mut parts, office).await?;
        let session = cookie::bearer(&parts.headers, cookie::SESSION).ok_or(Fault::SignIn)?;
        let fields = Fields::from_request(Request::from_parts(parts, body), office).await?;
        if !session.is_of_form(fields.get("form")) {
            return Err(Fault::Form);
        }
        Ok(Self { visit, fields })
    }
}
