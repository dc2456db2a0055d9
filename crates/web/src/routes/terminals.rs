//! Places of use, the terminals in them, and when which study has a place.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use jiff::civil::Weekday;
use renketsu_access::{Action, Object, Permit, StudyId, TerminalId, act};
use renketsu_store::{PlaceRecord, SlotRecord, Store, TerminalRecord};
use renketsu_workspace::accounts::{self, Acceptance, NewSlot, NewTerminal};

use crate::at::At;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show_as};
use crate::routes::{code, people};
use crate::study;
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

const HERE: &str = "web-menu-terminals";

/// A place with what is on record for it.
struct Place {
    record: PlaceRecord,
    acceptance: Option<Acceptance>,
}

#[derive(Template)]
#[template(path = "terminals.html")]
struct TerminalsPage {
    frame: Frame,
    places: Vec<Place>,
    terminals: Vec<TerminalRecord>,
    slots: Vec<SlotRecord>,
    studies: Vec<String>,
    /// What the visitor may do.
    may: BTreeSet<Action>,
    now: jiff::Timestamp,
    typed: Fields,
    problem: Option<String>,
}

impl TerminalsPage {
    #[expect(clippy::unused_self, reason = "templates reach it through their page")]
    fn days(&self) -> impl Iterator<Item = i8> {
        1..=7
    }

    /// When a slot is, in words.
    fn when(&self, record: &SlotRecord) -> String {
        let Some(slot) = accounts::slot_of(record) else {
            return self.frame.t("web-slot-unreadable");
        };
        let days: Vec<String> = slot
            .days()
            .iter()
            .map(|day| {
                let day = day.to_monday_one_offset();
                self.frame.t(&format!("web-day-{day}"))
            })
            .collect();
        let ((from, until), (first, last)) = (slot.times(), slot.dates());
        self.frame.say(
            "web-slot-when",
            &[
                ("days", days.join(&self.frame.t("web-office-comma"))),
                ("from", from.strftime("%H:%M").to_string()),
                ("until", until.strftime("%H:%M").to_string()),
                ("first", first.to_string()),
                ("last", last.to_string()),
            ],
        )
    }

    fn is_open(&self, record: &SlotRecord) -> bool {
        accounts::slot_of(record).is_some_and(|slot| slot.is_open(self.now))
    }

    /// How a terminal stands, and since or until when.
    fn state(&self, terminal: &TerminalRecord) -> String {
        let at = |id: &str, at: &jiff::Timestamp| self.frame.t1(id, "at", self.frame.at(at));
        match (&terminal.revoked_at, &terminal.enrolled_at, &terminal.code) {
            (Some(revoked), _, _) => at("web-terminal-revoked", revoked),
            (None, Some(enrolled), _) => at("web-terminal-enrolled", enrolled),
            (None, None, Some((_, until))) if *until > self.now => at("web-terminal-waits", until),
            (None, None, Some(_) | None) => self.frame.t("web-terminal-late"),
        }
    }
}

/// Which study it is makes no difference to who may: what is done to one is permitted on that one.
fn some_study() -> Object {
    Object::Study(renketsu_access::Study {
        id: StudyId::new("-"),
        state: renketsu_access::StudyState::InUse,
    })
}

async fn list(
    office: &Arc<Office>,
    visit: &Visit,
    typed: Fields,
    problem: Option<String>,
) -> Shown {
    let _permit = visit
        .permit::<act::TerminalsView>(office, Object::Office)
        .await?;
    let now = office.now();
    let event = visit.acting().event("terminals.viewed", "office", now);
    let (places, terminals, slots, studies) = office
        .with(move |store| {
            store.begin()?.commit(&event)?;
            let places = store.places()?.into_iter().map(|record| Place {
                acceptance: accounts::acceptance_of(&record),
                record,
            });
            let studies = store.studies()?.into_iter().map(|study| study.study);
            Ok((
                places.collect(),
                store.terminals()?,
                store.slots()?,
                studies.collect::<Vec<_>>(),
            ))
        })
        .await?;
    let some_study = some_study();
    let terminal = terminal_object("-", None);
    show_as(
        people::status(problem.as_ref()),
        &TerminalsPage {
            frame: Frame::of(office, visit, HERE),
            may: visit.may_of(
                office,
                &[
                    (Action::PlacesSet, &Object::Office),
                    (Action::SlotsSet, &some_study),
                    (Action::TerminalsEnrol, &terminal),
                    (Action::TerminalsRevoke, &terminal),
                    (Action::ExceptionRecord, &some_study),
                ],
            ),
            places,
            terminals,
            slots,
            studies,
            now,
            typed,
            problem,
        },
    )
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    list(&office, &visit, Fields::default(), None).await
}

async fn back(
    office: &Arc<Office>,
    visit: &Visit,
    fields: Fields,
    done: Result<(), Fault>,
) -> Shown {
    match done {
        Ok(()) => Ok(go("/terminals")),
        Err(fault) => {
            let problem = Frame::of(office, visit, HERE).problem(fault)?;
            list(office, visit, fields, Some(problem)).await
        }
    }
}

/// Who may not see what there is doesn't learn it from how a form about it is refused.
async fn known_here(office: &Arc<Office>, visit: &Visit) -> Result<(), Fault> {
    let _permit = visit
        .permit::<act::TerminalsView>(office, Object::Office)
        .await?;
    Ok(())
}

pub(crate) async fn add_place(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    let permit = visit
        .permit::<act::PlacesSet>(&office, Object::Office)
        .await?;
    let (acting, now) = (visit.acting(), office.now());
    let place = fields.get("place").trim().to_owned();
    let name = fields.get("place-name").to_owned();
    let done = office
        .with(move |store| {
            Ok(accounts::add_place(
                store, &permit, &acting, &place, &name, now,
            )?)
        })
        .await;
    back(&office, &visit, fields, done).await
}

fn terminal_object(terminal: &str, study: Option<renketsu_access::Study>) -> Object {
    Object::Terminal {
        id: TerminalId::new(terminal),
        study,
    }
}

/// A terminal as the policies see it.
fn of_study(
    store: &Store,
    terminal: &str,
    study: Option<&str>,
    now: jiff::Timestamp,
) -> Result<Object, Fault> {
    let study = study
        .map(|study| study::named(store, study, now))
        .transpose()?;
    Ok(terminal_object(terminal, study))
}

/// Adds a terminal. The code stands on the answer and nowhere else.
pub(crate) async fn add(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    known_here(&office, &visit).await?;
    let terminal = NewTerminal {
        terminal: fields.get("terminal").trim().to_owned(),
        place: fields.get("at").to_owned(),
        study: fields
            .get("opens")
            .strip_prefix("study:")
            .map(str::to_owned),
    };
    let (now, asked) = (office.now(), terminal.clone());
    let on = office
        .with(move |store| of_study(store, &asked.terminal, asked.study.as_deref(), now))
        .await?;
    let permit = visit.permit::<act::TerminalsEnrol>(&office, on).await?;
    let (acting, id) = (visit.acting(), terminal.terminal.clone());
    let made = office
        .with(move |store| {
            Ok(accounts::add_terminal(
                store, &permit, &acting, &terminal, now,
            )?)
        })
        .await;
    match made {
        Ok(code) => code::of_terminal(&office, &visit, &id, &code),
        Err(fault) => back(&office, &visit, fields, Err(fault)).await,
    }
}

pub(crate) async fn revoke(
    State(office): State<Arc<Office>>,
    At(terminal): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    known_here(&office, &visit).await?;
    let (now, id) = (office.now(), terminal.clone());
    let on = office
        .with(move |store| {
            let known = store.terminal(&id)?.ok_or(Fault::NotFound)?;
            of_study(store, &id, known.study.as_deref(), now)
        })
        .await?;
    let permit = visit.permit::<act::TerminalsRevoke>(&office, on).await?;
    let acting = visit.acting();
    let done = office
        .with(move |store| {
            Ok(accounts::revoke_terminal(
                store, &permit, &acting, &terminal, now,
            )?)
        })
        .await;
    back(&office, &visit, fields, done).await
}

async fn study_object(office: &Arc<Office>, study: &str) -> Result<Object, Fault> {
    let (study, now) = (study.to_owned(), office.now());
    office
        .with(move |store| Ok(Object::Study(study::named(store, &study, now)?)))
        .await
}

pub(crate) async fn set_slot(
    State(office): State<Arc<Office>>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    known_here(&office, &visit).await?;
    let on = study_object(&office, fields.get("study")).await?;
    let permit = visit.permit::<act::SlotsSet>(&office, on).await?;
    let days = fields
        .ticked("day-")
        .filter_map(|day| Weekday::from_monday_one_offset(day.parse().ok()?).ok())
        .collect();
    let new = NewSlot {
        place: fields.get("at").to_owned(),
        days,
        from: fields.get("from").to_owned(),
        until: fields.get("until").to_owned(),
        first: fields.get("first").to_owned(),
        last: fields.get("last").to_owned(),
    };
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| Ok(accounts::set_slot(store, &permit, &acting, &new, now)?))
        .await;
    back(&office, &visit, fields, done).await
}

pub(crate) async fn end_slot(
    State(office): State<Arc<Office>>,
    At(number): At<i64>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    known_here(&office, &visit).await?;
    let slot = office
        .with(move |store| {
            let mut slots = store.slots()?.into_iter();
            slots
                .find(|slot| slot.slot == number)
                .ok_or(Fault::NotFound)
        })
        .await?;
    let on = study_object(&office, &slot.study).await?;
    let permit = visit.permit::<act::SlotsSet>(&office, on).await?;
    let (acting, now) = (visit.acting(), office.now());
    let done = office
        .with(move |store| Ok(accounts::end_slot(store, &permit, &acting, number, now)?))
        .await;
    back(&office, &visit, fields, done).await
}

/// One permit for each study whose producers accept, or accepted, that it shares a place.
async fn permits(
    office: &Arc<Office>,
    visit: &Visit,
    studies: &[String],
) -> Result<Vec<Permit<act::ExceptionRecord>>, Fault> {
    if studies.is_empty() {
        let _refused_later = visit
            .permit::<act::ExceptionRecord>(office, some_study())
            .await?;
    }
    let mut permits = Vec::new();
    for study in studies {
        let on = study_object(office, study).await?;
        permits.push(visit.permit::<act::ExceptionRecord>(office, on).await?);
    }
    Ok(permits)
}

/// Records the producers' written acceptance that studies share a place, or its end.
pub(crate) async fn sharing(
    State(office): State<Arc<Office>>,
    At(place): At<String>,
    SignedForm { visit, fields }: SignedForm,
) -> Shown {
    known_here(&office, &visit).await?;
    let ends = fields.has("end");
    let studies: Vec<String> = if ends {
        let asked = place.clone();
        office
            .with(move |store| {
                let known = store.places()?.into_iter().find(|it| it.place == asked);
                let accepted = accounts::acceptance_of(&known.ok_or(Fault::NotFound)?);
                Ok(accepted.ok_or(Fault::NotFound)?.studies)
            })
            .await?
    } else {
        fields.ticked("study-").map(str::to_owned).collect()
    };
    let permits = permits(&office, &visit, &studies).await?;
    let (acting, now, paper) = (visit.acting(), office.now(), fields.get("paper").to_owned());
    let done = office
        .with(move |store| {
            if ends {
                accounts::end_sharing(store, &permits, &acting, &place, now)?;
            } else {
                accounts::accept_sharing(store, &permits, &acting, &place, &paper, now)?;
            }
            Ok(())
        })
        .await;
    back(&office, &visit, fields, done).await
}
