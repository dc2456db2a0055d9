//! How many different IDs there are, beyond memory.

use std::path::Path;

use renketsu_table::sort::{Records, SortError};

use crate::issue::Marks;

/// IDs of one kind.
pub(super) struct Different {
    ids: Records<32>,
    /// The last one, which often comes again at once.
    last: Option<[u8; 32]>,
}

impl Different {
    pub(super) fn new(memory: usize, scratch: &Path) -> Self {
        Self {
            ids: Records::new(memory, scratch),
            last: None,
        }
    }

    pub(super) fn see(&mut self, id: &[u8; 32]) -> Result<(), SortError> {
        if self.last.replace(*id) == Some(*id) {
            return Ok(());
        }
        self.ids.push(id)
    }

    pub(super) fn count(self) -> Result<u64, SortError> {
        let mut different = 0_u64;
        let mut before = None;
        for id in self.ids.finish()? {
            let id = id?;
            if before.replace(id) != Some(id) {
                different = different.saturating_add(1);
            }
        }
        Ok(different)
    }
}

/// IDs of both kinds, or what stands for them, in any order.
pub(crate) struct DistinctIds {
    numbers: Different,
    kana: Different,
}

impl DistinctIds {
    /// Holds a quarter of `memory`; the rest goes to files without a name in `scratch`.
    pub(crate) fn new(memory: u64, scratch: &Path) -> Self {
        let each = usize::try_from(memory / 8).unwrap_or(usize::MAX);
        Self {
            numbers: Different::new(each, scratch),
            kana: Different::new(each, scratch),
        }
    }

    pub(crate) fn see(&mut self, marks: &[Marks]) -> Result<(), SortError> {
        for marks in marks {
            if let Some(mark) = &marks.number {
                self.numbers.see(mark)?;
            }
            if let Some(mark) = &marks.kana {
                self.kana.see(mark)?;
            }
        }
        Ok(())
    }

    /// Of `number_id`, then of `kana_id`.
    pub(crate) fn counts(self) -> Result<(u64, u64), SortError> {
        Ok((self.numbers.count()?, self.kana.count()?))
    }
}
