//! A terminal's browser, and a person's code, password, second factor and pledges.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, header};
use axum::response::IntoResponse as _;
use renketsu_seal::sign_in::{Bearer, OneTimeCode};
use renketsu_workspace::accounts::{self, AccountError, Founding, Invitation};

use crate::cookie;
use crate::factors::{self, Seed};
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, Machine, Speaks, go, show, show_as};
use crate::visit::{AtTerminal, Somewhere};

/// What the guideline has people pledge: one message each.
pub(crate) const PLEDGES: &[&str] = &[
    "pledge-purpose",
    "pledge-no-match",
    "pledge-no-transfer",
    "pledge-secrecy",
    "pledge-no-sharing",
    "pledge-no-capture",
    "pledge-leave",
];

type Shown = Result<Response<Body>, Fault>;

#[derive(Template)]
#[template(path = "terminal.html")]
struct TerminalPage {
    frame: Frame,
    problem: Option<String>,
}

pub(crate) async fn terminal(State(office): State<Arc<Office>>, speaks: Speaks) -> Shown {
    show(&TerminalPage {
        frame: Frame::open(&office, speaks),
        problem: None,
    })
}

pub(crate) async fn enrol_terminal(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    Machine(machine): Machine,
    fields: Fields,
) -> Shown {
    let now = office.now();
    let code = OneTimeCode::parse(fields.get("code"));
    let enrolled = match code {
        None => Err(AccountError::Code.into()),
        Some(code) => {
            office
                .with(move |store| Ok(accounts::enrol_terminal(store, &code, now)?))
                .await
        }
    };
    match enrolled {
        Ok((_, browser)) => Ok((
            [(
                header::SET_COOKIE,
                cookie::set(cookie::TERMINAL, &browser, true),
            )],
            go("/sign-in"),
        )
            .into_response()),
        Err(Fault::Refused { code, details }) if !machine => {
            let frame = Frame::open(&office, speaks);
            let problem = frame.say(&format!("err-{}", crate::message_id(code)), &details);
            show_as(
                axum::http::StatusCode::UNPROCESSABLE_ENTITY,
                &TerminalPage {
                    frame,
                    problem: Some(problem),
                },
            )
        }
        Err(fault) => Err(fault),
    }
}

/// One page for all steps: what is still to be done stands open.
#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolPage {
    frame: Frame,
    code: String,
    problem: Option<String>,
    step: Step,
}

impl EnrolPage {
    fn is_factor(&self) -> bool {
        matches!(self.step, Step::Factor { .. })
    }
}

/// What the form of the first account holds.
#[derive(Debug, Clone, Default)]
struct Found {
    person: String,
    name: String,
    affiliation: String,
    place: String,
    place_name: String,
}

impl Found {
    fn of(fields: &Fields) -> Self {
        Self {
            person: fields.get("person").trim().to_owned(),
            name: fields.get("name").to_owned(),
            affiliation: fields.get("affiliation").to_owned(),
            place: fields.get("place").trim().to_owned(),
            place_name: fields.get("place-name").to_owned(),
        }
    }
}

enum Step {
    /// The code is asked for.
    Code,
    /// The first account of this workspace.
    Found { typed: Found },
    /// A password is chosen.
    Password { name: String, reset: bool },
    /// A second factor is made.
    Factor {
        /// The seed of a one-time password, shown once.
        shown: Option<Seed>,
    },
    /// The pledges are made.
    Pledges,
}

fn page_of(frame: Frame, code: &str, step: Step, problem: Option<String>) -> Shown {
    let status = if problem.is_some() {
        axum::http::StatusCode::UNPROCESSABLE_ENTITY
    } else {
        axum::http::StatusCode::OK
    };
    show_as(
        status,
        &EnrolPage {
            frame,
            code: code.to_owned(),
            problem,
            step,
        },
    )
}

/// The step that comes next for whoever holds this code.
async fn next(
    office: &Arc<Office>,
    frame: Frame,
    at: &Standing,
    typed: &str,
    problem: Option<String>,
) -> Shown {
    let Some(code) = OneTimeCode::parse(typed) else {
        return Err(AccountError::Code.into());
    };
    if office.is_founding(&code) {
        let step = Step::Found {
            typed: Found::default(),
        };
        return page_of(frame, typed, step, problem);
    }
    let invitation = invited(office, at, typed).await?;
    let step = if invitation.person.password.is_none() {
        Step::Password {
            name: invitation.person.name.clone(),
            reset: invitation.is_reset(),
        }
    } else if invitation.has_factor() {
        Step::Pledges
    } else {
        factor(office, &invitation, typed, problem.is_some())?
    };
    page_of(frame, typed, step, problem)
}

/// The terminal where somebody enrols; `None` for a browser that isn't one yet, which only the first account's is.
type Standing = Option<String>;

async fn invited(office: &Arc<Office>, at: &Standing, typed: &str) -> Result<Invitation, Fault> {
    let terminal = at.clone().ok_or_else(|| {
        // Before the first account there is no terminal to go to: the code is what is wrong.
        if office.awaits_first() {
            AccountError::Code.into()
        } else {
            Fault::NoTerminal
        }
    })?;
    let code = OneTimeCode::parse(typed).ok_or(AccountError::Code)?;
    let now = office.now();
    office
        .with(move |store| Ok(accounts::invitation(store, &code, &terminal, now)?))
        .await
}

/// A key for what is kept between two steps: a digest of the code, in whatever form it was typed.
fn key(typed: &str) -> String {
    OneTimeCode::parse(typed).map_or_else(String::new, |code| code.digest())
}

/// After a wrong code the seed stands, unshown; whoever comes with the enrolment code again gets another one.
fn factor(
    office: &Office,
    invitation: &Invitation,
    typed: &str,
    again: bool,
) -> Result<Step, Fault> {
    let key = key(typed);
    let shown = if again && factors::waits(office, &key) {
        None
    } else {
        Some(Seed::new(office, &key, &invitation.person.person)?)
    };
    Ok(Step::Factor { shown })
}

pub(crate) async fn page(State(office): State<Arc<Office>>, speaks: Speaks) -> Shown {
    page_of(Frame::open(&office, speaks), "", Step::Code, None)
}

/// A fault of the form stands above the step it belongs to; another one has a page of its own.
async fn again(
    office: &Arc<Office>,
    frame: Frame,
    at: &Standing,
    typed: &str,
    fault: Fault,
) -> Shown {
    let code = fault.code();
    let problem = frame.problem(fault)?;
    if code == AccountError::Code.code() {
        return page_of(frame, "", Step::Code, Some(problem));
    }
    next(office, frame, at, typed, Some(problem)).await
}

pub(crate) async fn with_code(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    Somewhere(terminal): Somewhere,
    fields: Fields,
) -> Shown {
    let at = terminal.map(|terminal| terminal.terminal);
    let frame = Frame::open(&office, speaks);
    let typed = fields.get("code");
    if OneTimeCode::parse(typed).is_some_and(|code| office.is_founding(&code))
        && let Some(shown) = founded_again(&office, &frame).await?
    {
        return Ok(shown);
    }
    match next(&office, frame.clone(), &at, typed, None).await {
        Err(fault) => again(&office, frame, &at, typed, fault).await,
        shown => shown,
    }
}

/// Somebody comes with the code of the first account again: they go on with it, in whichever browser they are now.
async fn founded_again(
    office: &Arc<Office>,
    frame: &Frame,
) -> Result<Option<Response<Body>>, Fault> {
    let now = office.now();
    let made = office
        .with(move |store| {
            if accounts::unfinished_founder(store)?.is_none() {
                return Ok(None);
            }
            Ok(Some(accounts::found_again(store, now)?))
        })
        .await?;
    match made {
        Some(made) => began(office, frame.clone(), made).await.map(Some),
        None => Ok(None),
    }
}

/// The browser of the first account is a terminal from here on, and its person enrols with this code.
async fn began(
    office: &Arc<Office>,
    frame: Frame,
    (code, browser, terminal): (OneTimeCode, Bearer, String),
) -> Shown {
    let shown = next(office, frame, &Some(terminal), &code.reveal(), None).await?;
    let terminal = cookie::set(cookie::TERMINAL, &browser, true);
    Ok(([(header::SET_COOKIE, terminal)], shown).into_response())
}

pub(crate) async fn found(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    fields: Fields,
) -> Shown {
    let frame = Frame::open(&office, speaks);
    let typed = fields.get("code").to_owned();
    let good = OneTimeCode::parse(&typed).is_some_and(|code| office.is_founding(&code));
    if !good {
        return again(&office, frame, &None, "", AccountError::Code.into()).await;
    }
    let form = Found::of(&fields);
    let founding = Founding {
        person: form.person.clone(),
        name: form.name.clone(),
        affiliation: form.affiliation.clone(),
        language: speaks.0.as_str(),
        place: form.place.clone(),
        place_name: form.place_name.clone(),
    };
    let now = office.now();
    let made = office
        .with(move |store| Ok(accounts::found(store, &founding, now)?))
        .await;
    match made {
        Ok(made) => began(&office, frame, made).await,
        Err(fault) => {
            let problem = frame.problem(fault)?;
            page_of(frame, &typed, Step::Found { typed: form }, Some(problem))
        }
    }
}

pub(crate) async fn password(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let frame = Frame::open(&office, speaks);
    let typed = fields.get("code").to_owned();
    let at = Some(terminal.terminal);
    let invitation = match invited(&office, &at, &typed).await {
        Ok(invitation) => invitation,
        Err(fault) => return again(&office, frame, &at, &typed, fault).await,
    };
    let typed_twice = (fields.get("password"), fields.get("again"));
    let chosen = match factors::choose(&office, &frame, &invitation.person, typed_twice).await? {
        Ok(chosen) => chosen,
        Err(problem) => return next(&office, frame, &at, &typed, Some(problem)).await,
    };
    let now = office.now();
    office
        .with(move |store| {
            Ok(accounts::choose_password(
                store,
                &invitation,
                &chosen.hash,
                chosen.long,
                now,
            )?)
        })
        .await?;
    next(&office, frame, &at, &typed, None).await
}

pub(crate) async fn totp(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let frame = Frame::open(&office, speaks);
    let typed = fields.get("code").to_owned();
    let at = Some(terminal.terminal);
    let invitation = match invited(&office, &at, &typed).await {
        Ok(invitation) => invitation,
        Err(fault) => return again(&office, frame, &at, &typed, fault).await,
    };
    let (key, now) = (key(&typed), office.now());
    let Some(factor) = factors::totp(&office, &frame, &key, fields.get("totp"))? else {
        let problem = frame.t("web-totp-wrong");
        return next(&office, frame, &at, &typed, Some(problem)).await;
    };
    office
        .with(move |store| Ok(accounts::add_factor(store, &invitation, &factor, now)?))
        .await?;
    office.ceremonies.drop_seed(&key, now);
    next(&office, frame, &at, &typed, None).await
}

pub(crate) async fn begin_passkey(
    State(office): State<Arc<Office>>,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let typed = fields.get("code").to_owned();
    let invitation = invited(&office, &Some(terminal.terminal), &typed).await?;
    let person = &invitation.person;
    if person.password.is_none() {
        return Err(AccountError::Unfinished { part: "password" }.into());
    }
    factors::begin_passkey(&office, &key(&typed), person, None)
}

pub(crate) async fn end_passkey(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let frame = Frame::open(&office, speaks);
    let typed = fields.get("code").to_owned();
    let invitation = invited(&office, &Some(terminal.terminal), &typed).await?;
    let (factor, now) = (
        factors::end_passkey(&office, &frame, &key(&typed), &fields)?,
        office.now(),
    );
    office
        .with(move |store| Ok(accounts::add_factor(store, &invitation, &factor, now)?))
        .await?;
    Ok(axum::http::StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn pledges(
    State(office): State<Arc<Office>>,
    speaks: Speaks,
    AtTerminal(terminal): AtTerminal,
    fields: Fields,
) -> Shown {
    let frame = Frame::open(&office, speaks);
    let typed = fields.get("code").to_owned();
    let at = Some(terminal.terminal);
    let invitation = match invited(&office, &at, &typed).await {
        Ok(invitation) => invitation,
        Err(fault) => return again(&office, frame, &at, &typed, fault).await,
    };
    if !PLEDGES.iter().all(|pledge| fields.has(pledge)) {
        let problem = frame.t("web-pledges-all");
        return next(&office, frame, &at, &typed, Some(problem)).await;
    }
    let now = office.now();
    office
        .with(move |store| Ok(accounts::finish(store, &invitation, now)?))
        .await?;
    office.founded();
    Ok(go("/sign-in"))
}
