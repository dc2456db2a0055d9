//! What an address says. What can't be read is an address of nothing.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// What the path names.
#[derive(Debug)]
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Path(named) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::NotFound)?;
        Ok(Self(named))
    }
}

/// What the query asks for.
#[derive(Debug)]
pub(crate) struct Asking<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Asking<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Query(asked) = Query::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::Malformed)?;
        Ok(Self(asked))
    }
}
