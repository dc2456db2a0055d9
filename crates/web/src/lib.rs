//! The workspace's server: HTTPS on an isolated segment, pages that need no script, sign-in.
//!
//! It decides nothing about data: use cases are `renketsu_workspace`'s, rules are `renketsu_access`'s, the engine is reached
//! through [`Engine`], and the words are the binary's ([`Words`]).

mod address;
pub mod assets;
mod at;
mod ceremony;
mod chart;
mod connections;
mod cookie;
mod desk;
mod door;
mod drawn;
mod factors;
mod fault;
mod form;
mod headers;
mod jobs;
mod menu;
mod offers;
mod office;
mod openapi;
mod origin;
mod outgoing;
mod page;
mod plain;
mod port;
mod progress;
mod routes;
mod run;
mod server;
mod sheet;
mod signing;
mod standing;
mod strangers;
mod study;
mod visit;
mod volumes;
mod words;

pub use address::is_isolated;
pub use door::{Asked, CallError, Caller, Came, Column, Kept, Plain, Shown, Taking};
pub use fault::Fault;
pub use headers::POLICY;
pub use office::Clock;
pub use openapi::document as openapi;
pub use plain::shown;
pub use port::{Answer, AnswerColumn, Engine, Imported, Keys, Refusal, Stopping};
pub use renketsu_site::Stop;
pub use routes::{Body, Needs, ROUTES, Route};
pub use server::{Listening, ServeError, Settings, serve};
pub use words::{Lang, Words};

/// Every error code of this crate with the names of its details, for the message catalogue.
pub fn codes() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    Fault::CODES
        .iter()
        .chain(ServeError::CODES)
        .chain(desk::CODES)
        .chain(CallError::CODES)
}

/// The part of a message's id that names a code.
pub(crate) fn message_id(code: &str) -> String {
    code.replace(['.', ' '], "-")
}
