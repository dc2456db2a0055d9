//! The clock of the meter, which can't be set and counts while the machine sleeps; and what the machine knows of the time.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use nix::libc::STA_UNSYNC;
use nix::time::{ClockId, clock_gettime};
use renketsu_duty::meter::Reading;
use renketsu_seal::log::Clock;
use rtime_clock::adjtime::{Timex, adjtimex};

use crate::failure::Failure;

/// Names the run of the machine; the kernel makes another one at each start.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// The run of the machine that reads.
pub(crate) struct Boot(String);

impl Boot {
    pub(crate) fn now() -> Result<Self, Failure> {
        let path = Path::new(BOOT);
        let id = std::fs::read_to_string(path).map_err(|error| Failure::io(path, &error))?;
        // A machine without this clock is refused here, so that no reading fails later.
        clock_gettime(ClockId::CLOCK_BOOTTIME).map_err(|error| Failure::io(path, &error.into()))?;
        Ok(Self(id.trim().to_owned()))
    }

    /// `CLOCK_BOOTTIME`: nanoseconds since the machine started.
    pub(crate) fn reading(&self) -> Reading {
        let since = clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from);
        Reading {
            boot: self.0.clone(),
            nanos: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

/// A reading of two clocks that took less is taken as one moment.
const MOMENT: Duration = Duration::from_millis(1);

/// What the machine knows of the time: its clock, the one that can't be set, and what the kernel says keeps them in step.
/// `None` where one of these can't be read, which then stands in the entry.
pub(crate) fn of_the_machine() -> Option<Clock> {
    let boot = std::fs::read_to_string(BOOT).ok()?;
    let mut kernel = Timex::new();
    // No mode is set: this only asks.
    let state = adjtimex(&mut kernel).ok()?;
    let (since, read) = both()?;
    Some(Clock {
        boot: boot.trim().to_owned(),
        max_error_us: u64::try_from(kernel.0.maxerror).ok()?,
        read,
        since_boot_us: u64::try_from(since.as_micros()).ok()?,
        state: u8::try_from(state).ok()?,
        step_us: None,
        unsynchronised: kernel.0.status & STA_UNSYNC != 0,
    })
}

/// `CLOCK_BOOTTIME` and the clock of the machine at one moment: the closest of three tries on a busy machine.
#[expect(clippy::disallowed_methods, reason = "the clock of the log's entries")]
fn both() -> Option<(Duration, Timestamp)> {
    let since = || clock_gettime(ClockId::CLOCK_BOOTTIME).map(Duration::from);
    let mut best: Option<(Duration, Duration, Timestamp)> = None;
    for _ in 0..3 {
        let before = since().ok()?;
        let read = Timestamp::now();
        let took = since().ok()?.saturating_sub(before);
        if best.is_none_or(|(least, ..)| took < least) {
            best = Some((took, before, read));
        }
        if took < MOMENT {
            break;
        }
    }
    best.map(|(_, since, read)| (since, read))
}
