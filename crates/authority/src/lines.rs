//! Millions of records of one line of the processor's cache each, met in any order.
//!
//! They lie in memory of large pages where the system gives them: a processor then finds a line without looking its page
//! up, and the system hands out 2 MiB at a time instead of 4 KiB, which at 64 bytes a record is dearer than to fill it.

use std::ops::{Deref, DerefMut};

use memmap2::{Advice, MmapMut};
use zeroize::optimization_barrier;

/// Bytes of a record.
pub(crate) const LINE: usize = 64;

/// Records that lie together: 16 MiB.
const TOGETHER: usize = 1 << 18;

/// Records one after the other. They may be persons': what was in them is wiped.
#[derive(Default)]
pub(crate) struct Lines {
    pages: Vec<Pages>,
    count: usize,
}

enum Pages {
    Mapped(MmapMut),
    /// Where the system maps no memory.
    Plain(Vec<u8>),
}

impl Pages {
    fn new() -> Self {
        const BYTES: usize = TOGETHER * LINE;
        match MmapMut::map_anon(BYTES) {
            Ok(pages) => {
                // Without large pages it is only slower.
                let _advised = pages.advise(Advice::HugePage);
                Self::Mapped(pages)
            }
            Err(_) => Self::Plain(vec![0; BYTES]),
        }
    }
}

impl Deref for Pages {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(pages) => pages,
            Self::Plain(pages) => pages,
        }
    }
}

impl DerefMut for Pages {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Mapped(pages) => pages,
            Self::Plain(pages) => pages,
        }
    }
}

impl Lines {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(crate) fn push(&mut self, line: &[u8; LINE]) {
        let (part, place) = (self.count / TOGETHER, self.count % TOGETHER);
        if part == self.pages.len() {
            self.pages.push(Pages::new());
        }
        let lines = self.pages.get_mut(part).map(|pages| pages.as_chunks_mut());
        if let Some(room) = lines.and_then(|(lines, _)| lines.get_mut(place)) {
            *room = *line;
            self.count = self.count.saturating_add(1);
        }
    }

    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<&[u8; LINE]> {
        let (lines, _) = self.pages.get(place / TOGETHER)?.as_chunks();
        lines.get(place % TOGETHER)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let mut left = self.count.saturating_mul(LINE);
        for pages in &mut self.pages {
            let used = pages.len().min(left);
            left = left.saturating_sub(used);
            if let Some(used) = pages.get_mut(..used) {
                used.fill(0);
                optimization_barrier(used);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_where_it_was_put() {
        let mut lines = Lines::default();
        assert_eq!(lines.get(0), None);
        let line = |place: usize| {
            let mut line = [7; LINE];
            line[..8].copy_from_slice(&place.to_le_bytes());
            line
        };
        let count = 2 * TOGETHER + 3;
        (0..count).for_each(|place| lines.push(&line(place)));
        assert_eq!(lines.len(), count);
        for place in [0, 1, TOGETHER - 1, TOGETHER, 2 * TOGETHER, count - 1] {
            assert_eq!(lines.get(place), Some(&line(place)), "{place}");
        }
        assert_eq!(lines.get(3 * TOGETHER), None);
    }
}
