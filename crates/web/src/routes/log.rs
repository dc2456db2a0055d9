//! The log: looking something up, one entry with its proof, and signing it now. In a session of a study only what is the study's.

pub(crate) mod review;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{Response, StatusCode};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use renketsu_access::{Object, act};
use renketsu_store::{EventEntry, Inclusion, LogPage, LogQuery, OneEntry, inclusion};
use serde_json::Value;

use crate::at::At;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show, show_as};
use crate::plain::{clipped, plain};
use crate::port::Refusal;
use crate::signing;
use crate::standing::{LogStanding, Said};
use crate::visit::{SignedForm, SignedIn, Visit};

type Shown = Result<Response<Body>, Fault>;

/// Entries of a page.
const MOST: usize = 50;
/// The longest thing that is looked for.
const LONGEST: usize = 100;
/// Days are Japan's.
const JAPAN: Offset = Offset::constant(9);

/// A line of what was found.
struct Line {
    seq: u64,
    at: String,
    action: String,
    name: String,
    object: String,
    person: String,
    terminal: String,
    study: String,
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPageShown {
    frame: Frame,
    standing: Vec<Said>,
    problem: Option<String>,
    asked: Asked,
    lines: Vec<Line>,
    older: Option<String>,
    may_review: bool,
}

#[derive(Template)]
#[template(path = "log-entry.html")]
struct EntryShown {
    frame: Frame,
    line: Line,
    index: Option<u64>,
    hash: String,
    erased: bool,
    clock: Option<String>,
    clock_bad: bool,
    details: Vec<(String, String)>,
    proof: Said,
    proof_text: Option<String>,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Asked {
    person: String,
    action: String,
    object: String,
    from: String,
    until: String,
    before: Option<u64>,
}

impl Asked {
    fn read(fields: &Fields) -> Self {
        let get = |name: &str| clipped(fields.get(name).trim(), LONGEST);
        Self {
            person: get("person"),
            action: get("action"),
            object: get("object"),
            from: get("from"),
            until: get("until"),
            before: fields.get("before").parse().ok(),
        }
    }

    /// The query, unless a day is none.
    fn query(&self, study: Option<&str>) -> Option<LogQuery> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let day = |text: &str| match text {
            "" => Some(None),
            text => text.parse::<Date>().ok().and_then(begins).map(Some),
        };
        let until = match day(&self.until)? {
            None => None,
            // The last day belongs to the period.
            Some(begins) => Some(begins.checked_add(SignedDuration::from_hours(24)).ok()?),
        };
        Some(LogQuery {
            study: study.map(str::to_owned),
            person: given(&self.person),
            action: given(&self.action),
            object: given(&self.object),
            from: day(&self.from)?,
            until,
            before: self.before,
        })
    }

    /// The address of the same search, going on further back.
    fn older(&self, before: u64) -> String {
        let begun = "/log?".to_owned();
        let after = begun.len();
        let mut address = form_urlencoded::Serializer::for_suffix(begun, after);
        for (name, value) in [
            ("person", &self.person),
            ("action", &self.action),
            ("object", &self.object),
            ("from", &self.from),
            ("until", &self.until),
        ] {
            if !value.is_empty() {
                address.append_pair(name, value);
            }
        }
        address.append_pair("before", &before.to_string());
        address.finish()
    }
}

/// When a day begins in Japan.
fn begins(day: Date) -> Option<Timestamp> {
    JAPAN.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

fn detail(entry: &EventEntry, name: &str) -> String {
    entry
        .event
        .details
        .get(name)
        .and_then(Value::as_str)
        .map(plain)
        .unwrap_or_default()
}

fn line(frame: &Frame, entry: &EventEntry) -> Line {
    let event = &entry.event;
    Line {
        seq: entry.seq,
        at: JAPAN
            .to_datetime(event.at)
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string(),
        action: frame.t1("word-action", "action", &event.action),
        name: plain(&event.action),
        object: plain(&event.object),
        person: detail(entry, "person"),
        terminal: detail(entry, "terminal"),
        study: detail(entry, "study"),
    }
}

/// The study that bounds what is seen.
fn study(visit: &Visit) -> Option<String> {
    visit.sitting.study.clone()
}

/// A search is an event itself: who looked for what.
pub(crate) async fn page(
    State(office): State<Arc<Office>>,
    SignedIn(visit): SignedIn,
    RawQuery(query): RawQuery,
) -> Shown {
    let _permit = visit
        .permit::<act::LogView>(&office, visit.on.clone())
        .await?;
    let asked = Asked::read(&Fields::of_query(query.as_deref())?);
    let frame = Frame::of(&office, &visit, "web-menu-log");
    let wanted = asked.query(study(&visit).as_deref());
    let wrong = wanted.is_none();
    let now = office.now();
    let mut event = visit.acting().event("log.searched", "log", now);
    for (name, value) in [
        ("of_person", &asked.person),
        ("of_action", &asked.action),
        ("of_object", &asked.object),
        ("from", &asked.from),
        ("until", &asked.until),
    ] {
        if !value.is_empty() {
            event = event.with(name, value.as_str());
        }
    }
    if let Some(before) = asked.before {
        event = event.with("before", before);
    }
    let at = Arc::clone(&office);
    let (found, standing) = office
        .with(move |store| {
            let found = match wanted {
                Some(wanted) => store.search_log(&wanted, MOST)?,
                None => LogPage {
                    entries: Vec::new(),
                    next: None,
                },
            };
            let standing = LogStanding::read(&at, store)?;
            let event = event.with("found", found.entries.len());
            store.begin()?.commit(&event)?;
            Ok((found, standing))
        })
        .await?;
    let status = if wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    show_as(
        status,
        &LogPageShown {
            problem: wrong.then(|| frame.t("web-log-day-wrong")),
            standing: standing.told(&frame, now),
            lines: found
                .entries
                .iter()
                .map(|entry| line(&frame, entry))
                .collect(),
            older: found.next.map(|before| asked.older(before)),
            may_review: visit.may::<act::LogReview>(&office, &Object::Office),
            asked,
            frame,
        },
    )
}

/// One entry of the log, if this session may know of it.
fn one(store: &renketsu_store::Store, study: Option<String>, seq: u64) -> Result<OneEntry, Fault> {
    if study.is_some() {
        let only = LogQuery {
            study,
            before: Some(seq.saturating_add(1)),
            ..LogQuery::default()
        };
        let found = store.search_log(&only, 1)?;
        if found.entries.first().map(|entry| entry.seq) != Some(seq) {
            return Err(Fault::NotFound);
        }
    }
    store.log_entry(seq)?.ok_or(Fault::NotFound)
}

pub(crate) async fn entry(
    State(office): State<Arc<Office>>,
    SignedIn(visit): SignedIn,
    At(seq): At<String>,
) -> Shown {
    let _permit = visit
        .permit::<act::LogView>(&office, visit.on.clone())
        .await?;
    let seq: u64 = seq.parse().map_err(|_| Fault::NotFound)?;
    let frame = Frame::of(&office, &visit, "web-menu-log");
    let event = visit
        .acting()
        .event("log.viewed", &seq.to_string(), office.now());
    let (study, at) = (study(&visit), Arc::clone(&office));
    let (found, proof) = office
        .with(move |store| {
            let found = one(store, study, seq)?;
            let proof = found
                .entry
                .index
                .map(|index| inclusion(&at.dir, at.keys.card(), index, &found.line))
                .transpose()
                .map_err(|error| Refusal::of_log(&error, &at.dir));
            store.begin()?.commit(&event)?;
            Ok((found, proof))
        })
        .await?;
    let (proof, proof_text) = proven(&frame, proof);
    let entry = found.entry;
    let clock = entry.clock.as_ref().map(|clock| {
        let values = [
            ("state", clock.state.to_string()),
            ("error", (clock.max_error_us / 1000).to_string()),
            ("moved", clock.step_us.unwrap_or(0).to_string()),
            (
                "kept",
                if clock.unsynchronised { "no" } else { "yes" }.to_owned(),
            ),
        ];
        frame.say("web-log-clock", &values)
    });
    show(&EntryShown {
        line: line(&frame, &entry),
        index: entry.index,
        clock_bad: entry
            .clock
            .as_ref()
            .is_some_and(|clock| clock.unsynchronised || clock.step_us.is_some()),
        clock,
        details: entry
            .event
            .details
            .iter()
            .map(|(name, value)| (plain(name), in_words(value)))
            .collect(),
        hash: entry.hash,
        erased: entry.erased,
        proof,
        proof_text,
        frame,
    })
}

/// A detail as it stands; text without its quotes.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            plain(&value.to_string())
        }
    }
}

/// What is known of an entry's place, and the proof that others can check.
fn proven(frame: &Frame, found: Result<Option<Inclusion>, Refusal>) -> (Said, Option<String>) {
    let said = |text, bad| Said { text, bad };
    match found {
        Ok(None) => (said(frame.t("web-log-before"), false), None),
        Ok(Some(Inclusion::Unsigned)) => (said(frame.t("web-log-not-yet"), false), None),
        Ok(Some(Inclusion::Proven { size, proof })) => (
            said(frame.t1("web-log-proven", "size", size), false),
            Some(proof),
        ),
        Err(Refusal { code, details, .. }) => {
            let id = crate::message_id(code);
            (said(frame.say(&format!("err-{id}"), &details), true), None)
        }
    }
}

/// Signs the log now, for whoever takes a copy to the witness.
pub(crate) async fn sign(
    State(office): State<Arc<Office>>,
    SignedForm { visit, .. }: SignedForm,
) -> Shown {
    let _permit = visit
        .permit::<act::LogReview>(&office, Object::Office)
        .await?;
    let event = visit.acting().event("log.sign_asked", "log", office.now());
    office
        .with(move |store| Ok(store.begin()?.commit(&event)?))
        .await?;
    signing::sign(&office).await;
    Ok(go("/log"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_of_days_is_japans_and_holds_its_last_day() {
        let asked = Asked {
            from: "2026-12-01".to_owned(),
            until: "2026-12-01".to_owned(),
            ..Asked::default()
        };
        let query = asked.query(None).unwrap();
        assert_eq!(query.from.unwrap().to_string(), "2026-11-30T15:00:00Z");
        assert_eq!(query.until.unwrap().to_string(), "2026-12-01T15:00:00Z");
        let wrong = Asked {
            from: "2026-13-01".to_owned(),
            ..Asked::default()
        };
        assert_eq!(wrong.query(None), None);
        assert_eq!(
            Asked::default().query(Some("a")).unwrap().study.as_deref(),
            Some("a")
        );
    }

    #[test]
    fn a_search_goes_on_under_an_address_that_says_what_it_looks_for() {
        let asked = Asked {
            object: "a&b=山".to_owned(),
            ..Asked::default()
        };
        let address = asked.older(7);
        assert_eq!(address, "/log?object=a%26b%3D%E5%B1%B1&before=7");
        let query = address.split_once('?').map(|(_, query)| query);
        let again = Asked::read(&Fields::of_query(query).unwrap());
        assert_eq!((again.object.as_str(), again.before), ("a&b=山", Some(7)));
    }
}
