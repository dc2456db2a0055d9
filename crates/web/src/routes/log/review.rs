//! Periodic checks of the log, with the reviewer's name under them. In the office only: a check is of everything.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use renketsu_access::{Object, act};
use renketsu_store::ReviewRecord;
use renketsu_workspace::review::{self, Notable, Period, ReviewError, SignOff};

use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::plain::plain;
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

/// Something that stands out, and where it is looked up.
struct Standout {
    text: String,
    count: u64,
    address: Option<&'static str>,
}

struct Done {
    period: String,
    at: String,
    by: String,
    good: bool,
    finding: String,
}

#[derive(Template)]
#[template(path = "log-review.html")]
struct ReviewPage {
    frame: Frame,
    problem: Option<String>,
    finding: String,
    period: Option<Period>,
    standouts: Vec<Standout>,
    done: Vec<Done>,
}

fn standouts(frame: &Frame, found: &Notable) -> Vec<Standout> {
    [
        (
            "refused",
            found.refused,
            Some("/log?action=session.refused"),
        ),
        ("denied", found.denied, Some("/log?action=access.denied")),
        ("faults", found.faults, Some("/log?action=access.fault")),
        (
            "overlaps",
            found.overlaps,
            Some("/log?action=session.overlap"),
        ),
        (
            "crashes",
            found.crashes,
            Some("/log?action=server.recovered"),
        ),
        ("unsigned", found.unsigned, Some("/log?action=log.unsigned")),
        ("stepped", found.stepped, None),
        ("night", found.night, None),
        ("own", found.own, None),
    ]
    .into_iter()
    .map(|(name, count, address)| Standout {
        text: frame.t(&format!("web-review-{name}")),
        count,
        address,
    })
    .collect()
}

fn done(frame: &Frame, review: &ReviewRecord) -> Done {
    Done {
        period: format!("{}–{}", review.from_entry, review.to_entry),
        at: frame.at(&review.at),
        by: plain(&review.by),
        good: review.good,
        finding: plain(&review.finding),
    }
}

/// The page; a problem of the form stands above it, and what was typed stays.
async fn shown(office: &Arc<Office>, visit: &Visit, typed: (Option<String>, String)) -> Shown {
    let frame = Frame::of(office, visit, "web-menu-log");
    let event = visit
        .acting()
        .event("log.review_shown", "log", office.now());
    let reviewer = visit.person.person.clone();
    let (period, reviews) = office
        .with(move |store| {
            let period = review::open_period(store, &reviewer)?;
            let reviews = store.log_reviews()?;
            store.begin()?.commit(&event)?;
            Ok((period, reviews))
        })
        .await?;
    let (problem, finding) = typed;
    let status = if problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let standouts = period
        .as_ref()
        .map(|period| standouts(&frame, &period.notable))
        .unwrap_or_default();
    show_as(
        status,
        &ReviewPage {
            problem,
            finding,
            standouts,
            period,
            done: reviews
                .iter()
                .rev()
                .map(|review| done(&frame, review))
                .collect(),
            frame,
        },
    )
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    let _permit = visit
        .permit::<act::LogReview>(&office, Object::Office)
        .await?;
    shown(&office, &visit, (None, String::new())).await
}

pub(crate) async fn sign_off(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::LogReview>(&office, Object::Office)
        .await?;
    let finding = fields.get("finding").to_owned();
    let problem = |id: &str, values: &[(&str, String)]| {
        let text = Frame::of(&office, &visit, "").say(id, values);
        (Some(text), finding.clone())
    };
    let verdict = match fields.get("verdict") {
        "good" => true,
        "look" => false,
        _ => return shown(&office, &visit, problem("web-review-verdict-missing", &[])).await,
    };
    let to: u64 = fields.get("last").parse().map_err(|_| Fault::Malformed)?;
    let (head, acting, now) = (fields.get("head").to_owned(), visit.acting(), office.now());
    let said = finding.clone();
    let signed = office
        .with(move |store| {
            let asked = SignOff {
                to,
                head: &head,
                finding: &said,
                good: verdict,
            };
            match review::sign_off(store, permit, &acting, &asked, now) {
                Ok(()) => Ok(None),
                Err(ReviewError::Store(error)) => Err(error.into()),
                Err(error @ (ReviewError::Finding | ReviewError::Moved { .. })) => Ok(Some(error)),
            }
        })
        .await?;
    match signed {
        None => Ok(go("/log/review")),
        Some(error) => {
            let id = format!("err-{}", crate::message_id(error.code()));
            shown(&office, &visit, problem(&id, &error.details())).await
        }
    }
}
