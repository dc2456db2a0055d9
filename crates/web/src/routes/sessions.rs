//! Sessions: those that are open, those that ended lately.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use jiff::SignedDuration;
use renketsu_access::session::End;
use renketsu_access::{Object, act};
use renketsu_store::SittingRecord;
use renketsu_workspace::accounts;

use crate::at::At;
use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, go, show};
use crate::routes::people::somebody;
use crate::visit::{SignedForm, SignedIn};

type Shown = Result<Response<Body>, Fault>;

/// What is recent.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A session as a page shows it.
struct Row {
    sitting: SittingRecord,
    name: String,
    seen: jiff::Timestamp,
    ends: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    open: Vec<Row>,
    ended: Vec<Row>,
}

/// The message of an end as the state names it; one that the program doesn't know is shown as it stands.
pub(super) fn end_word(frame: &Frame, reason: &str) -> String {
    End::ALL
        .into_iter()
        .find(|end| end.as_str() == reason)
        .map_or_else(|| reason.to_owned(), |end| frame.t(end.message()))
}

impl SessionsPage {
    fn end(&self, row: &Row) -> String {
        match &row.sitting.closed {
            Some((at, reason)) => {
                format!("{} {}", self.frame.at(at), end_word(&self.frame, reason))
            }
            None => String::new(),
        }
    }
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    let _permit = visit
        .permit::<act::SessionsView>(&office, visit.on.clone())
        .await?;
    let now = office.now();
    let event = visit.acting().event("sessions.viewed", visit.about(), now);
    let study = visit.sitting.study.clone();
    office.end_lapsed().await?;
    let (names, all) = office
        .with(move |store| {
            store.begin()?.commit(&event)?;
            let names: BTreeMap<String, String> = store
                .people()?
                .into_iter()
                .map(|person| (person.person, person.name))
                .collect();
            let mut all = store.open_sittings()?;
            let (from, until) = (
                now.saturating_sub(RECENT).map_err(|_| Fault::Broken)?,
                now.saturating_add(RECENT).map_err(|_| Fault::Broken)?,
            );
            let recent = store.sittings_between(from, until)?;
            all.extend(recent.into_iter().rev().filter(|it| it.closed.is_some()));
            all.retain(|sitting| study.is_none() || sitting.study == study);
            Ok((names, all))
        })
        .await?;
    let rows = all.into_iter().map(|sitting| Row {
        name: names.get(&sitting.person).cloned().unwrap_or_default(),
        seen: office
            .last_seen(&sitting.sitting)
            .map_or(sitting.seen_at, |at| at.max(sitting.seen_at)),
        ends: sitting.sitting != visit.sitting.sitting
            && visit.may::<act::SessionsEnd>(&office, &somebody(&sitting.person)),
        sitting,
    });
    let (open, ended) = rows.partition(|row| row.sitting.closed.is_none());
    show(&SessionsPage {
        frame: Frame::of(&office, &visit, "web-menu-sessions"),
        open,
        ended,
    })
}

pub(crate) async fn end(
    State(office): State<Arc<Office>>,
    At(sitting): At<String>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    // Who may not see which sessions there are doesn't learn it from how this is refused.
    let _seen = visit
        .permit::<act::SessionsView>(&office, Object::Office)
        .await?;
    let id = sitting.clone();
    let known = office
        .with(move |store| store.sitting(&id)?.ok_or(Fault::NotFound))
        .await?;
    let permit = visit
        .permit::<act::SessionsEnd>(&office, somebody(&known.person))
        .await?;
    let (acting, now, id) = (visit.acting(), office.now(), sitting.clone());
    office
        .with(move |store| Ok(accounts::end_session(store, &permit, &acting, &id, now)?))
        .await?;
    office.forget(&sitting);
    Ok(go("/sessions"))
}
