//! What a form sent.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;

use crate::fault::Fault;

/// The longest body of a form: a statement of SQL and a little.
const LONGEST: usize = 256 * 1024;

/// A form has fewer fields.
const MOST: usize = 64;
/// A form that takes longer to come is none.
const WAIT: Duration = Duration::from_secs(10);

/// The fields of a form, each at most once.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(body: &[u8]) -> Option<Self> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.len() == MOST || fields.iter().any(|(known, _)| *known == name) {
                return None;
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Some(Self(fields))
    }

    /// What stands in an address after the question mark.
    pub(crate) fn of_query(query: Option<&str>) -> Result<Self, Fault> {
        Self::parse(query.unwrap_or_default().as_bytes()).ok_or(Fault::Malformed)
    }

    /// A field, empty if it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// What follows a prefix in the names of the ticked boxes.
    pub(crate) fn ticked<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter_map(move |(known, _)| known.strip_prefix(prefix))
    }

    /// Whether a box was ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Fault> {
        let form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
        if !form {
            return Err(Fault::Malformed);
        }
        let body = tokio::time::timeout(WAIT, to_bytes(request.into_body(), LONGEST))
            .await
            .map_err(|_| Fault::Malformed)?
            .map_err(|_| Fault::Malformed)?;
        Self::parse(&body).ok_or(Fault::Malformed)
    }
}
