//! What operators see: counts, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use renketsu_store::RequestEnd;

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    connections: AtomicU64,
    open: AtomicU64,
    handshakes_refused: AtomicU64,
    handshakes_crowded: AtomicU64,
    received: AtomicU64,
    accepted: AtomicU64,
    accepted_bytes: AtomicU64,
    answered: AtomicU64,
    refused: AtomicU64,
    held: AtomicU64,
    responses: [AtomicU64; 3],
    working: AtomicBool,
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

/// Taken back when it is dropped.
pub(crate) struct Held<'a>(&'a AtomicU64);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The worker lives while this does.
pub(crate) struct Alive<'a>(&'a AtomicBool);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Metrics {
    pub(crate) fn connection(&self) -> Held<'_> {
        add(&self.connections, 1);
        add(&self.open, 1);
        Held(&self.open)
    }

    pub(crate) fn handshake_refused(&self) {
        add(&self.handshakes_refused, 1);
    }

    pub(crate) fn handshake_crowded(&self) {
        add(&self.handshakes_crowded, 1);
    }

    pub(crate) fn received(&self, bytes: u64) {
        add(&self.received, bytes);
    }

    pub(crate) fn accepted(&self, bytes: u64) {
        add(&self.accepted, 1);
        add(&self.accepted_bytes, bytes);
    }

    pub(crate) fn ended(&self, end: &RequestEnd) {
        add(
            match end {
                RequestEnd::Answered(_) => &self.answered,
                RequestEnd::Refused(_) => &self.refused,
            },
            1,
        );
    }

    pub(crate) fn held(&self) {
        add(&self.held, 1);
    }

    pub(crate) fn response(&self, status: u16) {
        let [fine, theirs, ours] = &self.responses;
        add(
            match status {
                ..400 => fine,
                400..500 => theirs,
                500.. => ours,
            },
            1,
        );
    }

    pub(crate) fn worker(&self) -> Alive<'_> {
        self.working.store(true, Ordering::Release);
        Alive(&self.working)
    }

    pub(crate) fn is_working(&self) -> bool {
        self.working.load(Ordering::Acquire)
    }

    /// Counted since the start: name, meaning, value.
    fn counters(&self) -> [(&'static str, &'static str, u64); 12] {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [fine, theirs, ours] = &self.responses;
        [
            (
                "connections_total",
                "Connections taken",
                value(&self.connections),
            ),
            (
                "handshakes_refused_total",
                "Handshakes that failed",
                value(&self.handshakes_refused),
            ),
            (
                "handshakes_crowded_total",
                "Handshakes ended because others came",
                value(&self.handshakes_crowded),
            ),
            (
                "received_bytes_total",
                "Bytes of uploads kept",
                value(&self.received),
            ),
            (
                "requests_accepted_total",
                "Requests accepted",
                value(&self.accepted),
            ),
            (
                "requests_accepted_bytes_total",
                "Bytes of requests accepted",
                value(&self.accepted_bytes),
            ),
            (
                "requests_answered_total",
                "Requests answered",
                value(&self.answered),
            ),
            (
                "requests_refused_total",
                "Requests refused",
                value(&self.refused),
            ),
            (
                "answers_held_total",
                "Tries of a request that came to no end",
                value(&self.held),
            ),
            ("responses_done_total", "Responses below 400", value(fine)),
            (
                "responses_client_error_total",
                "Responses from 400 to 499",
                value(theirs),
            ),
            (
                "responses_server_error_total",
                "Responses from 500",
                value(ours),
            ),
        ]
    }

    /// The text; `uploads`, `waiting` and `held` are what there is now.
    pub(crate) fn text(&self, uploads: usize, waiting: usize, held: usize) -> String {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = self.counters();
        let gauges = [
            ("connections_open", "Connections open", value(&self.open)),
            ("uploads_open", "Uploads open", uploads as u64),
            (
                "requests_waiting",
                "Requests that wait for their end",
                waiting as u64,
            ),
            (
                "requests_held",
                "Requests that wait for the authority",
                held as u64,
            ),
            (
                "worker_alive",
                "1 while requests are answered",
                u64::from(self.is_working()),
            ),
        ];
        let mut text = String::new();
        for (kind, rows) in [("counter", &counters[..]), ("gauge", &gauges[..])] {
            for (name, help, value) in rows {
                let _infallible = writeln!(
                    text,
                    "# HELP renketsu_{name} {help}.\n# TYPE renketsu_{name} {kind}\nrenketsu_{name} {value}"
                );
            }
        }
        text
    }
}
