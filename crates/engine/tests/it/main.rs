//! The engine through its public functions, on files.

mod guard;
mod importing;
mod linking;
mod picture;
mod query;
mod study;
