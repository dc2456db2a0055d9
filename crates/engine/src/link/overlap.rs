//! Persons that tables share, from their bitmaps.

use roaring::{MultiOps as _, RoaringBitmap};

use crate::report::{Combination, MAX_COMBINED, Overlaps, Pair};

/// A table's name and persons.
pub(super) type Named = (String, RoaringBitmap);

/// Persons of any table.
fn union(tables: &[Named]) -> RoaringBitmap {
    tables.iter().map(|(_, persons)| persons).union()
}

pub(super) fn overlaps(tables: &[Named]) -> Overlaps {
    let mut pairs = Vec::new();
    for (index, (one, persons)) in tables.iter().enumerate() {
        for (other, others) in tables.iter().skip(index.saturating_add(1)) {
            let shared = persons.intersection_len(others);
            pairs.push(Pair {
                tables: [one.clone(), other.clone()],
                persons: shared,
            });
        }
    }
    let combinations = (tables.len() <= MAX_COMBINED).then(|| {
        let mut found = Vec::new();
        split(&union(tables), tables, &mut Vec::new(), &mut found);
        found.sort_by(|a: &Combination, b| {
            b.persons
                .cmp(&a.persons)
                .then_with(|| a.tables.cmp(&b.tables))
        });
        found
    });
    Overlaps {
        pairs,
        combinations,
    }
}

/// Divides `persons` by each table in turn; what is left at the end is in exactly the tables of `within`.
fn split(
    persons: &RoaringBitmap,
    tables: &[Named],
    within: &mut Vec<String>,
    found: &mut Vec<Combination>,
) {
    if persons.is_empty() {
        return;
    }
    let Some(((name, table), rest)) = tables.split_first() else {
        found.push(Combination {
            tables: within.clone(),
            persons: persons.len(),
        });
        return;
    };
    within.push(name.clone());
    split(&[persons, table].intersection(), rest, within, found);
    within.pop();
    split(&[persons, table].difference(), rest, within, found);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn combinations_are_what_counting_person_by_person_gives(
            sets in prop::collection::vec(prop::collection::btree_set(0_u32..40, 0..30), 1..=8)
        ) {
            let tables: Vec<Named> = sets.iter().enumerate()
                .map(|(i, set)| (format!("t{i}"), set.iter().copied().collect())).collect();
            let overlaps = overlaps(&tables);
            let mut left: u64 = 0;
            for combination in overlaps.combinations.unwrap() {
                let of = |person: u32| -> Vec<String> {
                    sets.iter().enumerate().filter(|(_, set)| set.contains(&person))
                        .map(|(i, _)| format!("t{i}")).collect()
                };
                let expected = (0..40).filter(|person| of(*person) == combination.tables).count();
                prop_assert_eq!(combination.persons, expected as u64);
                prop_assert!(combination.persons > 0);
                left = left.saturating_add(combination.persons);
            }
            prop_assert_eq!(left, union(&tables).len());
            for pair in overlaps.pairs {
                let at = |name: &str| &sets[name.trim_start_matches('t').parse::<usize>().unwrap()];
                let [one, other] = &pair.tables;
                prop_assert_eq!(pair.persons, at(one).intersection(at(other)).count() as u64);
            }
        }
    }

    #[test]
    fn more_tables_than_can_be_drawn_have_pairs_only() {
        let tables: Vec<Named> = (0..=MAX_COMBINED)
            .map(|i| (format!("t{i}"), RoaringBitmap::from_iter([1])))
            .collect();
        let overlaps = overlaps(&tables);
        assert_eq!(overlaps.combinations, None);
        assert_eq!(overlaps.pairs.len(), 36);
    }
}
