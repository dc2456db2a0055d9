//! Memory for keys: it stays out of swap and core dumps, and is wiped before it is given back.
//!
//! Each key has pages of its own, so that giving one back unlocks no other. What one command holds is under ten pages: the
//! locked memory that Linux allows every account by default (`RLIMIT_MEMLOCK`) suffices.

use std::io;

use memmap2::{Advice, MmapMut};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// The system did not lock memory for a key; the key was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the system locks no memory for a key")]
pub struct NotLocked {
    /// What the system said.
    #[source]
    source: io::Error,
}

impl NotLocked {
    /// Codes of this error with the names of their details.
    pub const CODES: &'static [(&'static str, &'static [&'static str])] =
        &[("identity.memory.locked", &[])];

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        "identity.memory.locked"
    }

    /// Named values for the message.
    pub const fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The exit code of a command that ends with this error.
    pub const fn exit(&self) -> u8 {
        3
    }
}

/// Bytes in locked memory. They can't be printed, copied or stored.
#[expect(missing_debug_implementations, reason = "a secret can't be printed")]
pub struct Locked(MmapMut);

impl Locked {
    /// So many bytes, as `fill` leaves them; it is given zeros.
    ///
    /// # Errors
    /// [`NotLocked`], and what `fill` says.
    pub fn filled<E: From<NotLocked>>(
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut locked = Self::zeros(length).map_err(|source| NotLocked { source })?;
        fill(&mut locked.0)?;
        Ok(locked)
    }

    fn zeros(length: usize) -> io::Result<Self> {
        let pages = MmapMut::map_anon(length)?;
        pages.lock()?;
        pages.advise(Advice::DontDump)?;
        // A child process has no use for a key, and its copy would not be locked.
        pages.advise(Advice::DontFork)?;
        Ok(Self(pages))
    }

    /// The bytes, for sealing and deriving only.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Locked {}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What the kernel says of the pages that a byte lies in (`VmFlags` of `/proc/self/smaps`).
    pub(crate) fn flags(of: &[u8]) -> Vec<String> {
        let address = of.as_ptr().addr();
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut within = false;
        for line in smaps.lines() {
            let range = line.split(' ').next().unwrap().split_once('-');
            let ends = range.and_then(|(from, to)| {
                let end = |text| usize::from_str_radix(text, 16).ok();
                Some((end(from)?, end(to)?))
            });
            if let Some((from, to)) = ends {
                within = (from..to).contains(&address);
            } else if let Some(flags) = line.strip_prefix("VmFlags: ").filter(|_| within) {
                return flags.split_whitespace().map(str::to_owned).collect();
            }
        }
        panic!("no mapping holds the address");
    }

    /// Locked, not dumped, not in a child process.
    pub(crate) fn is_kept(of: &[u8]) -> bool {
        let flags = flags(of);
        ["lo", "dd", "dc"]
            .iter()
            .all(|wanted| flags.iter().any(|flag| flag == wanted))
    }

    #[test]
    fn locked_memory_is_locked_and_in_no_core_dump() {
        let locked = Locked::filled(32, |bytes| {
            bytes.fill(7);
            Ok::<(), NotLocked>(())
        });
        let locked = locked.unwrap();
        assert_eq!(locked.expose(), &[7; 32]);
        assert!(is_kept(locked.expose()));
        // What is anywhere else is not: the search tells them apart.
        assert!(!is_kept(&[7; 32]));
        assert!(!is_kept("on the heap".to_owned().as_bytes()));
    }
}
