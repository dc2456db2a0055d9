//! What one producer, one connection and one request may take.

use std::time::Duration;

/// Bounds of the service. All of them are checked before bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one sealed request.
    pub package: u64,
    /// Bytes a producer may have in uploads and waiting requests together, by what came.
    pub spool_per_producer: u64,
    /// Uploads a producer may have open.
    pub uploads_per_producer: usize,
    /// How many of them may have no byte yet.
    pub idle_per_producer: usize,
    /// Requests of a producer that may wait for their end.
    pub requests_per_producer: u64,
    /// Connections whose other side has not shown an enrolled certificate yet. One more ends the oldest of them.
    pub handshakes: usize,
    /// Open connections of producers.
    pub connections: usize,
    /// Open connections of one producer.
    pub connections_per_producer: usize,
    /// Time for a handshake, and for the head of a request.
    pub head: Duration,
    /// Time between two pieces of a body.
    pub body: Duration,
    /// The longest a status may be waited for.
    pub wait: Duration,
    /// How long a stop waits for connections and for the answer that is being made.
    pub grace: Duration,
    /// How often it is looked whether a request that was kept from its end is due.
    pub look: Duration,
    /// Hours without a byte after which an upload is dropped.
    pub upload_hours: i64,
    /// Minutes after which an upload is dropped that never had a byte.
    pub idle_minutes: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            package: 16 << 30,
            spool_per_producer: 64 << 30,
            uploads_per_producer: 128,
            idle_per_producer: 64,
            requests_per_producer: 1024,
            handshakes: 128,
            connections: 512,
            connections_per_producer: 64,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            wait: Duration::from_mins(1),
            grace: Duration::from_secs(30),
            look: Duration::from_secs(20),
            upload_hours: 24,
            idle_minutes: 30,
        }
    }
}
