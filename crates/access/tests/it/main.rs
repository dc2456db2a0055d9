//! The rules of access: what they allow and refuse, and that they can't be gone round.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod catalogue;
mod matrix;
mod somebody;
