//! A one-time code, shown once: on the answer that made it.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::http::Response;
use renketsu_seal::sign_in::OneTimeCode;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::office::Office;
use crate::page::{Frame, show};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    frame: Frame,
    /// Whose it is.
    of: String,
    /// What is said of it.
    lead: &'static str,
    /// Where it is typed.
    address: String,
    code: Zeroizing<String>,
    back: &'static str,
}

/// What a person's code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// To enrol.
    Enrolment,
    /// To enrol again after a reset: what who proposed it gives.
    FirstHalf,
    /// What who approved it gives.
    SecondHalf,
}

/// The code with which somebody enrols.
pub(super) fn of_person(
    office: &Arc<Office>,
    visit: &Visit,
    person: &str,
    code: &OneTimeCode,
    what: For,
) -> Result<Response<Body>, Fault> {
    show(&CodePage {
        frame: Frame::of(office, visit, "web-menu-people"),
        of: person.to_owned(),
        lead: match what {
            For::Enrolment => "web-code-person",
            For::FirstHalf => "web-code-first-half",
            For::SecondHalf => "web-code-second-half",
        },
        address: format!("{}/enrol", office.origin),
        code: code.reveal(),
        back: "/people",
    })
}

/// The code that makes a browser a terminal.
pub(super) fn of_terminal(
    office: &Arc<Office>,
    visit: &Visit,
    terminal: &str,
    code: &OneTimeCode,
) -> Result<Response<Body>, Fault> {
    show(&CodePage {
        frame: Frame::of(office, visit, "web-menu-terminals"),
        of: terminal.to_owned(),
        lead: "web-code-terminal",
        address: format!("{}/terminal", office.origin),
        code: code.reveal(),
        back: "/terminals",
    })
}
