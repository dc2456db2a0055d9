//! What is due today; and small things every page has.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use renketsu_access::{Object, act};

use crate::cookie;
use crate::fault::Fault;
use crate::form::Fields;
use crate::office::Office;
use crate::page::{Frame, go, show};
use crate::routes::link::run::waiting;
use crate::visit::{SignedForm, SignedIn};
use crate::words::Lang;

type Shown = Result<Response<Body>, Fault>;

/// Something to do, or to know.
struct Card {
    title: String,
    text: String,
    address: String,
    bad: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    cards: Vec<Card>,
}

pub(crate) async fn page(State(office): State<Arc<Office>>, SignedIn(visit): SignedIn) -> Shown {
    let frame = Frame::of(&office, &visit, "web-menu-home");
    let mut cards = Vec::new();
    let mut card = |id: &str, address: &str, bad: bool| {
        cards.push(Card {
            title: frame.t(&format!("web-card-{id}")),
            text: frame.t(&format!("web-card-{id}-text")),
            address: address.to_owned(),
            bad,
        });
    };
    if let Some(study) = &visit.sitting.study {
        if visit.may::<act::AskRun>(&office, &visit.on) {
            card("sql", &format!("/studies/{study}/sql"), false);
        }
        if visit.may::<act::CatalogueView>(&office, &visit.on) {
            card("data", &format!("/studies/{study}/data"), false);
        }
        if visit.may::<act::PackageReceive>(&office, &visit.on) {
            card("packages", "/packages", false);
        }
        if visit.may::<act::LinkRun>(&office, &visit.on) && unlinked(&office, study).await? {
            card("link", &format!("/studies/{study}/link"), true);
        }
    } else {
        let (people, resets, studies) = office
            .with(|store| {
                let counts = (store.people()?.len(), store.open_resets()?.len());
                Ok((counts.0, counts.1, store.studies()?.len()))
            })
            .await?;
        if studies == 0 && visit.may::<act::StudyCreate>(&office, &Object::Office) {
            card("studies", "/studies", false);
        }
        if resets > 0 && visit.may::<act::PeopleResetApprove>(&office, &Object::Office) {
            card("resets", "/people", true);
        }
        if people < 2 && visit.may::<act::PeopleEnrol>(&office, &Object::Office) {
            card("people", "/people", false);
        }
        if visit.may::<act::TerminalsEnrol>(&office, &Object::Office) {
            card("terminals", "/terminals", false);
        }
    }
    if visit.may::<act::LogReview>(&office, &Object::Office) {
        card("log", "/log", false);
    }
    show(&HomePage { frame, cards })
}

/// Whether tables of a study wait to be linked.
async fn unlinked(office: &Arc<Office>, study: &str) -> Result<bool, Fault> {
    let study = study.to_owned();
    office
        .with(move |store| {
            let link = store.link(&study)?;
            Ok(!waiting(link.as_ref(), &store.tables(&study)?).is_empty())
        })
        .await
}

/// The language of the pages: of the browser, and of the person whose session is open there.
pub(crate) async fn language(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    visit: Result<SignedIn, Fault>,
    fields: Fields,
) -> Shown {
    let lang = Lang::of(fields.get("to")).as_str();
    if let Ok(SignedIn(visit)) = visit {
        let now = office.now();
        office
            .with(move |store| {
                let txn = store.begin()?;
                txn.set_language(&visit.person.person, lang)?;
                let event = visit
                    .acting()
                    .event("account.language", &visit.person.person, now);
                Ok(txn.commit(&event)?)
            })
            .await?;
    }
    let back = headers
        .get(header::REFERER)
        .and_then(|from| from.to_str().ok())
        .and_then(|from| from.strip_prefix(office.origin.as_str()))
        .filter(|path| path.starts_with('/') && !path.starts_with("//"))
        .unwrap_or("/")
        .to_owned();
    Ok(([(header::SET_COOKIE, cookie::set_lang(lang))], go(&back)).into_response())
}

/// Somebody does something on a page that sends nothing.
pub(crate) async fn seen(SignedForm { .. }: SignedForm) -> Shown {
    Ok(StatusCode::NO_CONTENT.into_response())
}
