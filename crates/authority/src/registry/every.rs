//! All living persons of a registry, in the order of their keys.

use sha2::{Digest as _, Sha256};

use super::layer::AllPersons;
use super::{PersonView, ReadError, Registry, Shared, Standing};

/// The living persons one after the other, all layers merged.
pub(super) struct Every<'r> {
    heads: Vec<Head<'r>>,
}

/// A layer with its next living person at hand.
struct Head<'r> {
    standing: &'r Standing,
    rest: AllPersons<'r>,
    person: u32,
    bytes: Vec<u8>,
}

impl Head<'_> {
    /// Goes on to the next living person; false at the end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        while let Some((person, bytes)) = self.rest.next()? {
            if !self.standing.dead.contains(person) {
                self.person = person;
                self.bytes.clear();
                self.bytes.extend_from_slice(bytes);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The key follows its length.
    fn key(&self) -> &[u8] {
        PersonView::read(&self.bytes).map_or(&[], |person| person.key)
    }
}

/// A living person.
pub(super) struct Living<'e> {
    pub(super) shared: Shared,
    pub(super) bytes: &'e [u8],
}

impl<'r> Every<'r> {
    pub(super) fn of(registry: &'r Registry) -> Result<Self, ReadError> {
        let mut heads = Vec::new();
        for standing in &registry.layers {
            let mut head = Head {
                standing,
                rest: standing.layer.all(),
                person: 0,
                bytes: Vec::new(),
            };
            if head.advance()? {
                heads.push(head);
            }
        }
        Ok(Self { heads })
    }

    /// Hands the next person to `each`; `None` at the end.
    pub(super) fn next<T>(
        &mut self,
        each: impl FnOnce(&Living<'_>) -> T,
    ) -> Result<Option<T>, ReadError> {
        let least = self
            .heads
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| a.key().cmp(b.key()))
            .map(|(place, _)| place);
        let Some((place, head)) = least.and_then(|place| Some((place, self.heads.get_mut(place)?)))
        else {
            return Ok(None);
        };
        let given = each(&Living {
            shared: head.standing.shared(head.person),
            bytes: &head.bytes,
        });
        if !head.advance()? {
            drop(self.heads.swap_remove(place));
        }
        Ok(Some(given))
    }
}

impl Registry {
    /// SHA-256 of the canonical content: the kept form of every living person in the order of the keys. Equal for
    /// equal content, however it was reached.
    pub fn content(&self) -> Result<[u8; 32], ReadError> {
        let mut hash = Sha256::new();
        let mut every = Every::of(self)?;
        while every.next(|living| hash.update(living.bytes))?.is_some() {}
        Ok(hash.finalize().into())
    }
}
