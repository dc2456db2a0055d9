//! The sample people of a demonstration: whoever looks at it sits down as one of them.
//!
//! Where nothing is demonstrated, these addresses are nowhere; and where it is, they let nobody in who isn't a sample.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, header};
use renketsu_workspace::accounts::{self, AccountError, Acting, SAMPLES};

use crate::cookie;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, Speaks, go, show};
use crate::words::Lang;

type Shown = Result<Response<Body>, Fault>;

struct Seat {
    person: &'static str,
    role: String,
    does: String,
    in_study: bool,
}

#[derive(Template)]
#[template(path = "demo.html")]
struct DemoPage {
    frame: Frame,
    seats: Vec<Seat>,
}

impl DemoPage {
    fn of(&self, in_study: bool) -> impl Iterator<Item = &Seat> {
        self.seats
            .iter()
            .filter(move |seat| seat.in_study == in_study)
    }
}

pub(crate) async fn page(State(office): State<Arc<Office>>, speaks: Speaks) -> Shown {
    if !office.demo {
        return Err(Fault::NotFound);
    }
    let frame = Frame::open(&office, speaks);
    let seats = SAMPLES.iter().map(|sample| {
        let role = sample.role.as_str();
        Seat {
            person: sample.person,
            role: frame.t(&format!("role-name-{role}")),
            does: frame.t(&format!("role-{role}-authority")),
            in_study: sample.in_study,
        }
    });
    show(&DemoPage {
        seats: seats.collect(),
        frame,
    })
}

pub(crate) async fn sit_down(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    fields: Fields,
) -> Shown {
    if !office.demo {
        return Err(Fault::NotFound);
    }
    let person = SAMPLES
        .iter()
        .find(|sample| sample.person == fields.get("person"))
        .ok_or(AccountError::Refused)?
        .person;
    let browser = cookie::bearer(&headers, cookie::TERMINAL);
    let now = office.now();
    let chosen = cookie::get(&headers, cookie::LANG).map(|chosen| Lang::of(chosen).as_str());
    let (terminal, opened) = office
        .with(move |store| {
            let browser = match browser {
                Some(browser) => store.terminal_by_secret(&browser.digest())?,
                None => None,
            };
            let seated = accounts::sit_down(store, person, browser.as_ref(), now)?;
            // What was chosen on the page before is what they read.
            let reads = store.person(person)?.map(|person| person.language);
            if let Some(chosen) = chosen.filter(|chosen| reads.as_deref() != Some(chosen)) {
                let acting = Acting::of(&seated.1.sitting);
                let txn = store.begin()?;
                txn.set_language(person, chosen)?;
                txn.commit(&acting.event("account.language", person, now))?;
            }
            Ok(seated)
        })
        .await?;
    office.opened(&opened, now);
    let mut response = go("/");
    let headers = response.headers_mut();
    if let Some(terminal) = &terminal {
        headers.append(
            header::SET_COOKIE,
            cookie::set(cookie::TERMINAL, terminal, true),
        );
    }
    headers.append(
        header::SET_COOKIE,
        cookie::set(cookie::SESSION, &opened.bearer, false),
    );
    Ok(response)
}
