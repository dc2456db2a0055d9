//! Requests that another site sent, or that came under another name.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, header};
use axum::middleware::Next;
use axum::response::IntoResponse as _;

use crate::fault::Fault;
use crate::office::Office;

/// Refuses what changes something and doesn't come from our own pages, and every request under a name that isn't ours: a
/// name server of somebody's could lead his page's name here.
pub(crate) async fn guard(
    State(office): State<Arc<Office>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let named = text(request.headers(), "host")
        .is_some_and(|host| office.hosts.iter().any(|ours| ours == host));
    if !named {
        return Fault::Origin.into_response();
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !is_ours(request.headers(), &office.origin) {
        return Fault::Origin.into_response();
    }
    next.run(request).await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Browsers say where a form was: by `Sec-Fetch-Site`, by `Origin`, or both. One of them must say here, and none elsewhere.
fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let site = text(headers, "sec-fetch-site");
    let from = text(headers, header::ORIGIN.as_str());
    let told = site.is_some() || from.is_some();
    told && site.is_none_or(|site| site == "same-origin") && from.is_none_or(|from| from == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_told_from_ours() {
        let ours = "https://ws.internal:8443";
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            is_ours(&headers, ours)
        };
        assert!(with(&[("sec-fetch-site", "same-origin"), ("origin", ours)]));
        assert!(with(&[("origin", ours)]));
        assert!(with(&[("sec-fetch-site", "same-origin")]));
        assert!(!with(&[]));
        assert!(!with(&[("origin", "null")]));
        assert!(!with(&[("origin", "https://ws.internal")]));
        assert!(!with(&[("sec-fetch-site", "same-site"), ("origin", ours)]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]));
        assert!(!with(&[("origin", ours), ("origin", ours)]));
    }
}
