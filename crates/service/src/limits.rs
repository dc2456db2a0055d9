//! What one producer, one connection and one request may take.

use std::time::Duration;

/// Bounds of the service. All of them are checked before bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one sealed request.
    pub package: u64,
    /// Bytes a producer may have in uploads and waiting requests together, by what it declared.
    pub spool_per_producer: u64,
    /// Uploads a producer may have open.
    pub uploads_per_producer: usize,
    /// Open connections.
    pub connections: usize,
    /// Time for a handshake, and for the head of a request.
    pub head: Duration,
    /// Time between two pieces of a body.
    pub body: Duration,
    /// The longest a status may be waited for.
    pub wait: Duration,
    /// How long a stop waits for connections and for the answer that is being made.
    pub grace: Duration,
    /// Hours after which an upload that was not completed is dropped.
    pub upload_hours: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            package: 16 << 30,
            spool_per_producer: 64 << 30,
            uploads_per_producer: 64,
            connections: 256,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            wait: Duration::from_mins(1),
            grace: Duration::from_secs(30),
            upload_hours: 24,
        }
    }
}
