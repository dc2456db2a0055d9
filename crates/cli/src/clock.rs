//! The clock of the meter: it can't be set, and counts while the machine sleeps.

use std::path::Path;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use renketsu_duty::meter::Reading;

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
