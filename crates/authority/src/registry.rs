//! The registry (被保険者番号等の履歴): who held which number when.
//!
//! A registry is made of rows ([`Builder`]) that were all accepted together, or it is not made. Rows of a person are
//! in the order of time; all order is that of canonical values, so the order of the file leaves no trace.
//!
//! What stops a load ([`FindingKind::severity`]): rejected fields, reversed dates and contradictory birth dates or
//! sexes always. One number of two persons on one day, two numbers of one person at one insurer, overlapping or
//! repeated rows: registers in use have them, and the look-up has an answer for each (`number_ambiguous` …), but
//! nobody should meet them unknowing; so they stop the load until the operator accepts them, which is recorded. The
//! number of a household (no branch, 法別 not 39) belongs to all its members at once: no finding. Reuse of a number by
//! another person later is legal, and reported; but where it is the *first* number of both, one ID would be made for two
//! persons, so none of them has it, and that is a question too.
//!
//! How it lies on disk: `docs/decisions/0014-the-registry-on-disk.md`.

mod build;
mod changes;
mod checks;
mod day;
mod every;
mod findings;
mod hash;
mod layer;
mod load;
mod person;
mod row;
mod sort;
mod update;

use std::fmt;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::order::in_order;

pub use build::{BuildError, Builder};
pub(crate) use build::{Place, rebuild};
pub use changes::Changes;
pub(crate) use changes::{PersonChanges, changes};
pub(crate) use day::Day;
pub use findings::{Acceptance, Finding, FindingKind, Findings, LINES_KEPT, Severity};
pub(crate) use hash::{loose as loose_hash, same_loose, triple as triple_hash};
pub(crate) use layer::Layer;
pub use layer::ReadError;
pub use load::{COLUMNS, DIFFERENCE_COLUMNS, LoadError};
pub(crate) use load::{Loaded, is_full, load, read_differences};
pub use person::Broken;
pub(crate) use person::{Insured, PersonView, RowView, Shown};
pub use row::RawRow;
pub use sort::SORT_BYTES;
pub(crate) use update::Updated;
pub use update::{Difference, Operation, Update};

/// An accepted registry: layers, each with what the layers above say of it.
pub struct Registry {
    layers: Vec<Standing>,
}

/// A layer as it stands under those above it.
struct Standing {
    layer: Arc<Layer>,
    /// Persons that count no more.
    dead: RoaringBitmap,
    first_shared: RoaringBitmap,
    triple_shared: RoaringBitmap,
}

/// A registered person: her layer, and her number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PersonIndex {
    layer: u32,
    person: u32,
}

impl Default for PersonIndex {
    fn default() -> Self {
        Self::NONE
    }
}

impl PersonIndex {
    /// Nobody: a layer has at most 2³² − 1 persons.
    pub(crate) const NONE: Self = Self {
        layer: u32::MAX,
        person: u32::MAX,
    };

    /// Her number in the layer.
    #[inline]
    fn person(self) -> u32 {
        self.person
    }

    /// A number in whose order the persons are.
    #[inline]
    fn order(self) -> u64 {
        (u64::from(self.layer) << 32) | u64::from(self.person)
    }
}

/// Whoever reads persons.
pub(crate) trait Meeting {
    /// Says who will want one of the next persons. To look then at what is kept for them waits for memory once for all of
    /// them, and not once for each.
    fn near(&mut self, _who: u32) {}

    /// A person, and who wanted her.
    fn meet(
        &mut self,
        index: PersonIndex,
        person: &PersonView<'_>,
        shared: Shared,
        who: u32,
    ) -> Result<(), ReadError>;
}

/// Calls a function for every person.
struct Each<F>(F);

impl<F> Meeting for Each<F>
where
    F: FnMut(PersonIndex, &PersonView<'_>, Shared, u32) -> Result<(), ReadError>,
{
    fn meet(
        &mut self,
        index: PersonIndex,
        person: &PersonView<'_>,
        shared: Shared,
        who: u32,
    ) -> Result<(), ReadError> {
        (self.0)(index, person, shared, who)
    }
}

/// What is known of a person beside her rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// Her first number is somebody else's first number too: it is nobody's.
    pub(crate) first: bool,
    /// One of her triples is somebody else's too.
    pub(crate) triple: bool,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("layers", &self.layers.len())
            .field("persons", &self.persons())
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// The registry of these layers, the lowest first.
    pub(crate) fn of(layers: Vec<Arc<Layer>>) -> Result<Self, Broken> {
        let mut standing: Vec<Standing> = Vec::with_capacity(layers.len());
        for layer in layers {
            if layer.below.len() != standing.len() {
                return Err(Broken("layers"));
            }
            for (under, says) in standing.iter_mut().zip(&layer.below) {
                under.dead |= &says.dead;
                under.first_shared ^= &says.first_turned;
                under.triple_shared ^= &says.triple_turned;
            }
            standing.push(Standing {
                dead: RoaringBitmap::new(),
                first_shared: layer.first_shared.clone(),
                triple_shared: layer.triple_shared.clone(),
                layer,
            });
        }
        Ok(Self { layers: standing })
    }

    /// Registered persons.
    pub fn persons(&self) -> u64 {
        self.layers
            .iter()
            .map(|standing| u64::from(standing.layer.count).saturating_sub(standing.dead.len()))
            .fold(0, u64::saturating_add)
    }

    /// Rows, those that stood twice counted once.
    pub fn rows(&self) -> u64 {
        self.layers.last().map_or(0, |top| top.layer.rows)
    }

    /// Persons without an eligible first number of their own: they have no `number_id`.
    pub fn persons_without_first_number(&self) -> u64 {
        let none = self.layers.last().map_or(0, |top| top.layer.without_first);
        self.layers
            .iter()
            .map(|standing| standing.first_shared.difference_len(&standing.dead))
            .fold(none, u64::saturating_add)
    }

    /// Calls `hit` with every living person that may have one of the wanted loose forms, and who wanted it. `wanted`
    /// is in order.
    pub(crate) fn numbers(
        &self,
        wanted: &[(u64, u32)],
        mut hit: impl FnMut(PersonIndex, u32),
    ) -> Result<(), ReadError> {
        for (layer, standing) in (0..).zip(&self.layers) {
            standing.layer.numbers(wanted, |person, who| {
                if !standing.dead.contains(person) {
                    hit(PersonIndex { layer, person }, who);
                }
            })?;
        }
        Ok(())
    }

    /// Calls `hit` with every living person who ever had one of the wanted triples, and who wanted it. `wanted` is in
    /// order.
    pub(crate) fn triples(
        &self,
        wanted: &[(u128, u32)],
        mut hit: impl FnMut(PersonIndex, u32),
    ) -> Result<(), ReadError> {
        for (layer, standing) in (0..).zip(&self.layers) {
            standing.layer.triples(wanted, |person, who| {
                if !standing.dead.contains(person) {
                    hit(PersonIndex { layer, person }, who);
                }
            })?;
        }
        Ok(())
    }

    /// Meets each of these persons and who wanted her, layer by layer in the order of `wanted`, which it sorts.
    pub(crate) fn read(
        &self,
        wanted: &mut [(PersonIndex, u32)],
        meeting: &mut impl Meeting,
    ) -> Result<(), ReadError> {
        // One number of 96 bits is compared without a branch.
        in_order(wanted, |(index, who)| {
            (u128::from(index.order()) << 32) | u128::from(*who)
        });
        for same in wanted.chunk_by(|(a, _), (b, _)| a.layer == b.layer) {
            let Some((PersonIndex { layer, .. }, _)) = same.first().copied() else {
                continue;
            };
            let standing = self.standing(layer)?;
            standing.layer.persons(same, |block, now, first| {
                for (_, who) in now {
                    meeting.near(*who);
                }
                for (index, who) in now {
                    let view = block.get(index.person.saturating_sub(first))?;
                    meeting.meet(*index, &view, standing.shared(index.person), *who)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// [`Registry::read`] by a function.
    pub(crate) fn read_each(
        &self,
        wanted: &mut [(PersonIndex, u32)],
        each: impl FnMut(PersonIndex, &PersonView<'_>, Shared, u32) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.read(wanted, &mut Each(each))
    }

    fn standing(&self, layer: u32) -> Result<&Standing, Broken> {
        usize::try_from(layer)
            .ok()
            .and_then(|layer| self.layers.get(layer))
            .ok_or(Broken("layer"))
    }

    /// The persons with these keys of the register; `keys` are in order.
    pub(crate) fn find(&self, keys: &[&[u8]]) -> Result<Vec<Option<PersonIndex>>, ReadError> {
        let mut found: Vec<Option<PersonIndex>> = keys.iter().map(|_| None).collect();
        for (layer, standing) in (0..).zip(&self.layers) {
            for (place, person) in found.iter_mut().zip(standing.layer.find(keys)?) {
                if let Some(person) = person.filter(|person| !standing.dead.contains(*person)) {
                    *place = Some(PersonIndex { layer, person });
                }
            }
        }
        Ok(found)
    }
}

impl Standing {
    fn shared(&self, person: u32) -> Shared {
        Shared {
            first: self.first_shared.contains(person),
            triple: self.triple_shared.contains(person),
        }
    }
}
