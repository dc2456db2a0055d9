//! What this process used so far, as Linux tells it.

/// Seconds of processor time, of all its threads: what counts where others work on the same machine.
///
/// # Panics
/// Where `/proc` is not Linux's.
#[expect(
    clippy::expect_used,
    reason = "a measurement without its source must stop"
)]
pub fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc/self/stat");
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks = fields.split_whitespace().skip(11).take(2);
    // Linux counts a hundred ticks a second.
    ticks
        .map(|ticks| ticks.parse::<f64>().expect("ticks"))
        .sum::<f64>()
        / 100.0
}

/// The most memory it ever had, in KiB.
///
/// # Panics
/// Where `/proc` is not Linux's.
#[expect(
    clippy::expect_used,
    reason = "a measurement without its source must stop"
)]
pub fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc/self/status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let mut words = line.expect("VmHWM").split_whitespace();
    words.nth(1).and_then(|kib| kib.parse().ok()).expect("KiB")
}
