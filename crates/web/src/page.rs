//! What every page has around it, and the words in it.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::{Html, IntoResponse};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::assets;
use crate::cookie;
use crate::fault::Fault;
use crate::menu::{self, Entry};
use crate::office::Office;
use crate::plain;
use crate::visit::Visit;
use crate::words::Lang;

/// The language of a request: what the browser was last told, else Japanese. What it asks for by itself is the language of a
/// shared terminal, not of a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speaks(pub(crate) Lang);

impl<S: Send + Sync> FromRequestParts<S> for Speaks {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Lang::of(
            cookie::get(&parts.headers, cookie::LANG).unwrap_or_default(),
        )))
    }
}

/// Whether a program asks, which reads JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine(pub(crate) bool);

impl Machine {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accepts = headers.get(header::ACCEPT);
        let accepts = accepts.and_then(|accept| accept.to_str().ok());
        Self(accepts.is_some_and(|accept| accept.contains("application/json")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Machine {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// What every page has around it.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    office: Arc<Office>,
    pub(crate) lang: Lang,
    pub(crate) visit: Option<Visit>,
    here: &'static str,
}

impl Frame {
    /// Around a page that nobody is signed in for.
    pub(crate) fn open(office: &Arc<Office>, speaks: Speaks) -> Self {
        Self {
            office: Arc::clone(office),
            lang: speaks.0,
            visit: None,
            here: "",
        }
    }

    /// Around a page of a session; `here` is the entry of the menu it belongs to.
    pub(crate) fn of(office: &Arc<Office>, visit: &Visit, here: &'static str) -> Self {
        Self {
            office: Arc::clone(office),
            lang: Lang::of(&visit.person.language),
            visit: Some(visit.clone()),
            here,
        }
    }

    /// A message.
    pub(crate) fn t(&self, id: &str) -> String {
        self.office.words.say(self.lang, id, &[])
    }

    /// A message with one value.
    pub(crate) fn t1(&self, id: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.say(id, &[(name, value.to_string())])
    }

    /// A message with values, which may be what somebody typed.
    pub(crate) fn say(&self, id: &str, values: &[(&str, String)]) -> String {
        let values = values
            .iter()
            .map(|(name, value)| (*name, self.lines(value)));
        let values: Vec<_> = values.collect();
        self.office.words.say(self.lang, id, &values)
    }

    /// What stands above a form that was refused: what is wrong, and what to do. Other faults have a page of their own.
    pub(crate) fn problem(&self, fault: Fault) -> Result<String, Fault> {
        let Fault::Refused { code, mut details } = fault else {
            return Err(fault);
        };
        for (name, value) in &mut details {
            match *name {
                "field" => *value = self.t(&format!("web-field-{value}")),
                "role" => *value = self.t(&format!("role-name-{value}")),
                _ => {}
            }
        }
        let id = crate::message_id(code);
        let (err, fix) = (format!("err-{id}"), format!("fix-{id}"));
        Ok(format!(
            "{} {}",
            self.say(&err, &details),
            self.say(&fix, &details)
        ))
    }

    pub(crate) fn lang(&self) -> &'static str {
        self.lang.as_str()
    }

    /// The other language, and its own name for itself.
    pub(crate) fn other(&self) -> (&'static str, &'static str) {
        match self.lang {
            Lang::Ja => ("en", "English"),
            Lang::En => ("ja", "日本語"),
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "templates reach what is around a page through its frame"
    )]
    pub(crate) fn asset(&self, file: &str) -> String {
        assets::address(file)
    }

    pub(crate) fn is_demo(&self) -> bool {
        self.office.demo
    }

    /// Whether pages of an open session may renew themselves to the lock.
    pub(crate) fn is_open(&self) -> bool {
        self.visit
            .as_ref()
            .is_some_and(|visit| visit.sitting.locked_at.is_none())
    }

    pub(crate) fn idle_seconds(&self) -> i64 {
        self.office.idle.duration().as_secs()
    }

    /// What a form of this session carries.
    pub(crate) fn form(&self) -> &str {
        self.visit.as_ref().map_or("", |visit| &visit.form)
    }

    /// The study of the session.
    pub(crate) fn study(&self) -> Option<&str> {
        self.visit.as_ref()?.sitting.study.as_deref()
    }

    #[expect(clippy::unused_self, reason = "as above")]
    /// An instant as people here read it: Japan has one time, nine hours before UTC, all year.
    pub(crate) fn at(&self, at: &Timestamp) -> String {
        Offset::constant(9)
            .to_datetime(*at)
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    }

    #[expect(clippy::unused_self, reason = "as above")]
    /// A text of others in one line.
    pub(crate) fn plain(&self, text: impl AsRef<str>) -> String {
        plain::plain(text.as_ref())
    }

    #[expect(clippy::unused_self, reason = "as above")]
    /// A text of others in several lines.
    pub(crate) fn lines(&self, text: impl AsRef<str>) -> String {
        plain::lines(text.as_ref())
    }

    /// What stands behind rows: who looks, where, when.
    pub(crate) fn mark(&self) -> String {
        let now = self.at(&self.office.now());
        self.visit.as_ref().map_or_else(String::new, |visit| {
            format!(
                "{} · {} · {now}",
                visit.person.person, visit.sitting.terminal
            )
        })
    }

    /// The menu of an open session.
    pub(crate) fn menu(&self) -> Vec<Entry> {
        match &self.visit {
            Some(visit) if self.is_open() => menu::of(&self.office, visit, self.here),
            Some(_) | None => Vec::new(),
        }
    }
}

/// Renders a page.
pub(crate) fn show(template: &impl Template) -> Result<Response<axum::body::Body>, Fault> {
    show_as(StatusCode::OK, template)
}

/// Renders a page with another status.
pub(crate) fn show_as(
    status: StatusCode,
    template: &impl Template,
) -> Result<Response<axum::body::Body>, Fault> {
    let html = template.render().map_err(|_| Fault::Broken)?;
    Ok((status, Html(html)).into_response())
}

/// Sends the browser on after a form was taken.
pub(crate) fn go(address: &str) -> Response<axum::body::Body> {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

/// Answers a script of ours.
pub(crate) fn json(body: &impl serde::Serialize) -> Result<Response<axum::body::Body>, Fault> {
    let text = serde_json::to_string(body).map_err(|_| Fault::Broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
