//! The authority's service: requests in and answers out over HTTPS with client certificates, and the producer's side of
//! it. What a request is worth decides `renketsu-authority`, as for a file.

mod answer;
mod client;
mod connections;
mod desk;
mod enrolment;
mod limits;
mod link;
mod metrics;
mod places;
mod problem;
mod routes;
mod server;
mod spool;
mod tls;
mod turns;
mod waiting;
mod worker;

pub use client::{Delivered, SendError, SendOrder, send};
pub use desk::Clock;
pub use enrolment::{EnrolError, Enrolled, enrol, revoke};
pub use limits::Limits;
pub use link::{CertificateOrder, Link, LinkError, new_certificate, set_authority};
pub use problem::{Fault, PROBLEM_JSON, Problem, Title, Words};
pub use renketsu_site::Stop;
pub use renketsu_site::{SiteError, init};
pub use routes::OPENAPI;
pub use server::{Listening, ServeError, Settings, serve};
pub use waiting::try_again;

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    [
        EnrolError::CODES,
        Fault::CODES,
        LinkError::CODES,
        SendError::CODES,
        ServeError::CODES,
        SiteError::CODES,
    ]
    .into_iter()
    .flatten()
}
