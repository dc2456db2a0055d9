//! How often something is tried again.

use std::time::Duration;

use super::SendError;

/// How often in a row something is tried without getting on.
const TRIES: u32 = 8;
/// The first pause between two tries; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);

/// Tries that got no further.
pub(super) struct Tries {
    left: u32,
    pause: Duration,
    reached: u64,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self {
            left: TRIES,
            pause: PAUSE,
            reached: 0,
        }
    }

    /// Waits a while; after too many tries in a row that got no further than `reached`, gives up with the last error.
    pub(super) async fn again(&mut self, reached: u64, error: SendError) -> Result<(), SendError> {
        if reached > self.reached {
            *self = Self::new();
            self.reached = reached;
        }
        self.left = self.left.checked_sub(1).ok_or(error)?;
        tokio::time::sleep(self.pause).await;
        self.pause = self.pause.saturating_mul(2);
        Ok(())
    }
}
