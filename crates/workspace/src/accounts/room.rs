//! Which study has a place of use now (guideline 4-3-3①: handlers of two studies don't mix).
//!
//! A place with time slots is used in them alone; in a place without, whichever study is open first has it. Two studies are open at one
//! time only where the producers of both accepted it in writing.

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use renketsu_access::session::End;
use renketsu_access::slot::{Days, Sharing, Slot, admit};
use renketsu_access::{Object, Permit, StudyId, act};
use renketsu_store::{Event, PlaceRecord, SlotRecord, Store, StoreError, TerminalRecord};
use serde::{Deserialize, Serialize};

use super::error::line;
use super::{AccountError, Acting};

/// The producers' written acceptance that studies share a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Whose producers accepted it. A study that comes later is not among them.
    pub studies: Vec<String>,
    /// Where the paper lies, and of what date it is.
    pub paper: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

impl Acceptance {
    fn covers(&self, studies: [&str; 2]) -> bool {
        studies
            .iter()
            .all(|study| self.studies.iter().any(|named| named == study))
    }
}

/// What is on record for a place. What can't be read accepts nothing.
pub fn acceptance_of(place: &PlaceRecord) -> Option<Acceptance> {
    serde_json::from_str(place.acceptance.as_deref()?).ok()
}

/// A slot as somebody typed it: dates and times of Japan.
#[derive(Debug, Clone)]
pub struct NewSlot {
    /// Where.
    pub place: String,
    /// On which days of the week.
    pub days: Vec<Weekday>,
    /// From what time of the day (`09:00`).
    pub from: String,
    /// Until before what time; `00:00` is the day's end.
    pub until: String,
    /// The first date (`2026-11-01`).
    pub first: String,
    /// The last one.
    pub last: String,
}

/// As the state has it.
#[derive(Serialize, Deserialize)]
struct Body {
    /// From 1, which is Monday.
    days: Vec<i8>,
    from: String,
    until: String,
    first: String,
    last: String,
}

fn time(field: &'static str, text: &str) -> Result<Time, AccountError> {
    text.trim()
        .parse()
        .map_err(|_| AccountError::When { field })
}

fn date(field: &'static str, text: &str) -> Result<Date, AccountError> {
    text.trim()
        .parse()
        .map_err(|_| AccountError::When { field })
}

/// A slot of the state. `None`: what stands there is none, and opens nothing.
pub fn slot_of(record: &SlotRecord) -> Option<Slot> {
    let body: Body = serde_json::from_value(record.body.clone()).ok()?;
    let days: Option<Vec<Weekday>> = body
        .days
        .iter()
        .map(|day| Weekday::from_monday_one_offset(*day).ok())
        .collect();
    Slot::new(
        StudyId::new(&record.study),
        record.place.as_str(),
        Days::of(days?),
        (body.from.parse().ok()?, body.until.parse().ok()?),
        (body.first.parse().ok()?, body.last.parse().ok()?),
    )
    .ok()
}

fn place_of(store: &Store, place: &str) -> Result<PlaceRecord, AccountError> {
    let known = store
        .places()?
        .into_iter()
        .find(|known| known.place == place);
    Ok(known.ok_or_else(|| StoreError::Missing {
        what: "place",
        name: place.to_owned(),
    })?)
}

fn study_of(object: &Object) -> Result<&StudyId, AccountError> {
    Ok(object
        .study()
        .map(|study| &study.id)
        .ok_or_else(|| StoreError::Missing {
            what: "study",
            name: "-".to_owned(),
        })?)
}

/// Gives the study of the permit a time slot in a place.
///
/// # Errors
/// [`AccountError::Clash`] if another study has the place then, and no acceptance names both.
pub fn set_slot(
    store: &mut Store,
    permit: &Permit<act::SlotsSet>,
    acting: &Acting,
    new: &NewSlot,
    now: Timestamp,
) -> Result<(), AccountError> {
    let study = study_of(permit.object())?;
    let place = place_of(store, &new.place)?;
    let (from, until) = (time("from", &new.from)?, time("until", &new.until)?);
    let (first, last) = (date("first", &new.first)?, date("last", &new.last)?);
    let days = Days::of(new.days.iter().copied());
    let slot = Slot::new(
        study.clone(),
        new.place.as_str(),
        days,
        (from, until),
        (first, last),
    )?;
    let accepted = acceptance_of(&place);
    let there: Vec<Slot> = store
        .slots()?
        .iter()
        .filter(|record| {
            let both = [record.study.as_str(), study.as_str()];
            !accepted
                .as_ref()
                .is_some_and(|accepted| accepted.covers(both))
        })
        .filter_map(slot_of)
        .collect();
    admit(&there, &slot, Sharing::Apart)?;
    let body = Body {
        days: days.iter().map(Weekday::to_monday_one_offset).collect(),
        from: from.strftime("%H:%M").to_string(),
        until: until.strftime("%H:%M").to_string(),
        first: first.to_string(),
        last: last.to_string(),
    };
    let body = serde_json::json!(body);
    let txn = store.begin()?;
    txn.add_slot(
        &new.place,
        study.as_str(),
        &body,
        now,
        permit.person().as_str(),
    )?;
    let event = acting
        .event("slot.set", &new.place, now)
        .with("for", study.as_str())
        .with("slot", body);
    Ok(txn.commit(&event)?)
}

/// A slot counts no more. It stays in the state.
pub fn end_slot(
    store: &mut Store,
    permit: &Permit<act::SlotsSet>,
    acting: &Acting,
    number: i64,
    now: Timestamp,
) -> Result<(), AccountError> {
    let study = study_of(permit.object())?;
    let slot = store
        .slots()?
        .into_iter()
        .find(|slot| slot.slot == number && slot.study == study.as_str())
        .ok_or_else(|| StoreError::Missing {
            what: "slot",
            name: number.to_string(),
        })?;
    let txn = store.begin()?;
    txn.end_slot(number, now)?;
    let event = acting
        .event("slot.ended", &slot.place, now)
        .with("for", slot.study)
        .with("slot", slot.body);
    Ok(txn.commit(&event)?)
}

/// Records that the producers of the permits' studies accepted in writing that these share a place. A later record takes the place of
/// an earlier one; the earlier one stays in the record.
pub fn accept_sharing(
    store: &mut Store,
    permits: &[Permit<act::ExceptionRecord>],
    acting: &Acting,
    place: &str,
    paper: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let paper = line("paper", paper)?;
    place_of(store, place)?;
    let mut studies = permits
        .iter()
        .map(|permit| Ok(study_of(permit.object())?.to_string()))
        .collect::<Result<Vec<_>, AccountError>>()?;
    studies.sort();
    studies.dedup();
    if studies.len() < 2 {
        return Err(AccountError::Alone);
    }
    let accepted = serde_json::json!(Acceptance {
        studies,
        paper,
        at: now,
        by: acting.person.clone(),
    });
    let txn = store.begin()?;
    txn.accept_shared_place(place, Some(&accepted.to_string()))?;
    let event = acting.event("place.sharing_accepted", place, now);
    Ok(txn.commit(&event.with("acceptance", accepted))?)
}

/// The acceptance counts no more: from here on one study of the place is open at a time. The permits are for the studies that it named.
pub fn end_sharing(
    store: &mut Store,
    permits: &[Permit<act::ExceptionRecord>],
    acting: &Acting,
    place: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let named = acceptance_of(&place_of(store, place)?).map_or_else(Vec::new, |it| it.studies);
    let permitted = |study: &String| {
        permits
            .iter()
            .filter_map(|permit| permit.object().study())
            .any(|of| of.id.as_str() == study)
    };
    if named.is_empty() || !named.iter().all(permitted) {
        return Err(AccountError::Alone);
    }
    let txn = store.begin()?;
    txn.accept_shared_place(place, None)?;
    Ok(txn.commit(&acting.event("place.sharing_ended", place, now))?)
}

/// Who asks whether the place is theirs.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'a> {
    /// Somebody who is about to open a session. Sessions of the same person end by it, and hold nobody off.
    Entering {
        /// Who, once that is known.
        person: Option<&'a str>,
    },
    /// A session that is open.
    Inside {
        /// Its id.
        sitting: &'a str,
        /// Since when.
        since: Timestamp,
    },
}

/// Why a study doesn't have a place now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Away {
    /// The place has time slots, and the study has none now.
    #[error("the study has no time slot at this place now")]
    OutOfSlot,
    /// Another study is open there.
    #[error("another study is open at this place")]
    PlaceTaken,
}

impl Away {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfSlot => "workspace.account.out_of_slot",
            Self::PlaceTaken => "workspace.account.place_taken",
        }
    }

    /// Why a session ends by it.
    pub fn end(self) -> End {
        match self {
            Self::OutOfSlot => End::SlotOver,
            Self::PlaceTaken => End::EndedByOther,
        }
    }
}

/// Whether a study has a place now: nothing, or why it doesn't. The office's terminals show no row of anybody, and share a place with any
/// study.
pub fn room(
    store: &Store,
    place: &str,
    study: Option<&str>,
    who: Standing<'_>,
    now: Timestamp,
) -> Result<Option<Away>, StoreError> {
    let Some(study) = study else {
        return Ok(None);
    };
    let slots = store.slots()?;
    let mut here = slots.iter().filter(|slot| slot.place == place).peekable();
    let open = |record: &SlotRecord| {
        record.study == study && slot_of(record).is_some_and(|slot| slot.is_open(now))
    };
    if here.peek().is_some() && !here.any(open) {
        return Ok(Some(Away::OutOfSlot));
    }
    let places = store.places()?;
    let known = places.iter().find(|known| known.place == place);
    let accepted = known.and_then(acceptance_of);
    let taken = store.open_sittings()?.into_iter().any(|other| {
        let Some(theirs) = other.study.as_deref() else {
            return false;
        };
        let before = match who {
            Standing::Entering { person } => person != Some(other.person.as_str()),
            // Of two that stand open when an acceptance ends, the one that was first stays.
            Standing::Inside { sitting, since } => {
                (other.opened_at, other.sitting.as_str()) < (since, sitting)
            }
        };
        let shared = accepted
            .as_ref()
            .is_some_and(|accepted| accepted.covers([theirs, study]));
        other.place == place && theirs != study && before && !shared
    });
    Ok(taken.then_some(Away::PlaceTaken))
}

/// Keeps that somebody was turned away because the place was not their study's.
pub fn turned_away(
    store: &mut Store,
    terminal: &TerminalRecord,
    why: Away,
    now: Timestamp,
) -> Result<(), AccountError> {
    let event = Event::new("session.turned_away", &terminal.terminal, now)
        .with("place", terminal.place.as_str())
        .with("code", why.code())
        .with("clause", "4-3-3-1.separation");
    let event = match &terminal.study {
        Some(study) => event.with("study", study.as_str()),
        None => event,
    };
    Ok(store.begin()?.commit(&event)?)
}
