//! The clock of the meter, as the binary reads it.

use std::fmt;

use renketsu_duty::meter::Reading;

/// Reads a clock that nobody can set (`CLOCK_BOOTTIME` with the machine's boot id). Time is a parameter here too.
#[derive(Clone, Copy)]
pub struct Monotonic<'a>(&'a (dyn Fn() -> Reading + Sync));

impl<'a> Monotonic<'a> {
    /// A clock that `read` reads.
    pub fn new(read: &'a (dyn Fn() -> Reading + Sync)) -> Self {
        Self(read)
    }

    pub(crate) fn read(self) -> Reading {
        (self.0)()
    }
}

impl fmt::Debug for Monotonic<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Monotonic")
    }
}
