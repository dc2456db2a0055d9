//! The cookies of a browser. Each has the prefix `__Host-`: of this host alone, over TLS alone, for every path.

use axum::http::{HeaderMap, HeaderValue, header};
use renketsu_seal::sign_in::Bearer;

/// The session.
pub(crate) const SESSION: &str = "__Host-renketsu-session";
/// The terminal that this browser is.
pub(crate) const TERMINAL: &str = "__Host-renketsu-terminal";
/// A sign-in between its two steps.
pub(crate) const STEP: &str = "__Host-renketsu-step";
/// The language of the pages.
pub(crate) const LANG: &str = "__Host-renketsu-lang";

/// A terminal and a language stay; browsers keep nothing longer than 400 days.
const LONG: u32 = 400 * 86_400;

/// The value of a cookie; none if it was sent twice.
pub(crate) fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The secret in a cookie.
pub(crate) fn bearer(headers: &HeaderMap, name: &str) -> Option<Bearer> {
    Bearer::parse(get(headers, name)?)
}

/// The header that sets a secret.
pub(crate) fn set(name: &str, secret: &Bearer, stays: bool) -> HeaderValue {
    line(name, &secret.reveal(), stays.then_some(LONG))
}

/// The header that sets the language.
pub(crate) fn set_lang(lang: &str) -> HeaderValue {
    line(LANG, lang, Some(LONG))
}

/// The header that takes a cookie away.
pub(crate) fn clear(name: &str) -> HeaderValue {
    line(name, "", Some(0))
}

fn line(name: &str, value: &str, age: Option<u32>) -> HeaderValue {
    let age = age.map_or_else(String::new, |age| format!("; Max-Age={age}"));
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{age}");
    let mut line = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    line.set_sensitive(true);
    line
}
