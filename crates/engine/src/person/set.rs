//! Sets of persons.

use roaring::RoaringBitmap;

/// Persons as one bit each: to test and to combine, a word at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonSet {
    words: Vec<u64>,
}

impl PersonSet {
    /// Whether `person` is in it.
    pub fn contains(&self, person: u32) -> bool {
        self.words
            .get((person / 64) as usize)
            .is_some_and(|word| word >> (person % 64) & 1 == 1)
    }

    /// How many persons.
    pub fn len(&self) -> u64 {
        self.words.iter().map(|w| u64::from(w.count_ones())).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Adds a person.
    pub fn insert(&mut self, person: u32) {
        let index = (person / 64) as usize;
        if self.words.len() <= index {
            self.words.resize(index.saturating_add(1), 0);
        }
        if let Some(word) = self.words.get_mut(index) {
            *word |= 1 << (person % 64);
        }
    }

    /// Persons of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b);
        Self {
            words: words.collect(),
        }
    }

    /// Persons of this one only.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        let words = self.words.iter().zip(others).map(|(a, b)| a & !b);
        Self {
            words: words.collect(),
        }
    }

    /// Persons from `from` to below `to`, ascending.
    pub fn range(&self, from: u32, to: Option<u32>) -> impl Iterator<Item = u32> + '_ {
        let first = (from / 64) as usize;
        let words = (0_u32..).zip(&self.words).skip(first);
        words
            .flat_map(|(index, word)| {
                let base = index.saturating_mul(64);
                let mut left = *word;
                std::iter::from_fn(move || {
                    if left == 0 {
                        return None;
                    }
                    let bit = left.trailing_zeros();
                    left &= left.wrapping_sub(1);
                    Some(base.saturating_add(bit))
                })
            })
            .skip_while(move |person| *person < from)
            .take_while(move |person| to.is_none_or(|to| *person < to))
    }

    /// Highest person.
    pub fn last(&self) -> Option<u32> {
        let index = self.words.iter().rposition(|word| *word != 0)?;
        let word = self.words.get(index)?;
        let base = u32::try_from(index).ok()?.checked_mul(64)?;
        base.checked_add(63_u32.checked_sub(word.leading_zeros())?)
    }

    /// The portable form that files have.
    pub fn to_bitmap(&self) -> RoaringBitmap {
        self.range(0, None).collect()
    }
}

impl From<&RoaringBitmap> for PersonSet {
    fn from(bitmap: &RoaringBitmap) -> Self {
        let mut set = Self::default();
        for person in bitmap {
            set.insert(person);
        }
        set
    }
}

impl FromIterator<u32> for PersonSet {
    fn from_iter<I: IntoIterator<Item = u32>>(persons: I) -> Self {
        let mut set = Self::default();
        for person in persons {
            set.insert(person);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_set_is_what_a_tree_of_the_same_persons_is(
            a in prop::collection::btree_set(0_u32..300, 0..60),
            b in prop::collection::btree_set(0_u32..300, 0..60),
            from in 0_u32..310, length in 0_u32..310,
        ) {
            let (one, other): (PersonSet, PersonSet) = (a.iter().copied().collect(), b.iter().copied().collect());
            prop_assert_eq!(one.len(), a.len() as u64);
            prop_assert_eq!(one.is_empty(), a.is_empty());
            prop_assert_eq!(one.last(), a.last().copied());
            let both: BTreeSet<u32> = one.and(&other).range(0, None).collect();
            prop_assert_eq!(both, a.intersection(&b).copied().collect::<BTreeSet<u32>>());
            let only: BTreeSet<u32> = one.without(&other).range(0, None).collect();
            prop_assert_eq!(only, a.difference(&b).copied().collect::<BTreeSet<u32>>());
            let part: Vec<u32> = one.range(from, Some(from.saturating_add(length))).collect();
            prop_assert_eq!(part, a.range(from..from.saturating_add(length)).copied().collect::<Vec<u32>>());
            for person in 0..310 {
                prop_assert_eq!(one.contains(person), a.contains(&person));
            }
            prop_assert_eq!(PersonSet::from(&one.to_bitmap()), one);
        }
    }
}
