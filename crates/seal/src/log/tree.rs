//! The Merkle tree of RFC 6962, section 2.1.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

/// A node of the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub(super) [u8; 32]);

impl Hash {
    pub(super) const BYTES: usize = 32;

    /// The bytes in base64, as they stand in checkpoints and proofs.
    pub fn to_base64(&self) -> String {
        BASE64.encode(&self.0)
    }

    /// Only the one spelling that [`Hash::to_base64`] writes is read.
    pub(super) fn from_base64(text: &str) -> Option<Self> {
        Some(Self(BASE64.decode(text.as_bytes()).ok()?.try_into().ok()?))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The hash of an entry.
pub fn leaf(entry: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0])
            .chain_update(entry)
            .finalize()
            .into(),
    )
}

pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// A tree that grows: only the roots of its perfect subtrees are kept, at most one of each height.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    /// Highest subtree first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        // As many subtrees close as the size has ones at its end.
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree as it stands.
    pub fn root(&self) -> Hash {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node(&left, &right))
            .unwrap_or_else(|| Hash(Sha256::digest([]).into()))
    }
}

/// The root of some leaves, or of the roots of perfect subtrees of one height.
pub(super) fn root(hashes: &[Hash]) -> Hash {
    let mut tree = Frontier::default();
    for hash in hashes {
        tree.push(*hash);
    }
    tree.root()
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << size.saturating_sub(1).ilog2()
}

/// The path of RFC 6962, 2.1.1, from the leaf's sibling to the child of the root. `subtree` gives the root of the perfect
/// subtree of a height that has an index among those of this height.
pub(super) fn path<E>(
    index: u64,
    size: u64,
    subtree: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut from, mut until) = (0_u64, size);
    let mut path = Vec::new();
    while until.saturating_sub(from) > 1 {
        let middle = from.saturating_add(split(until.saturating_sub(from)));
        if index < middle {
            path.push(range(middle, until, subtree)?);
            until = middle;
        } else {
            path.push(range(from, middle, subtree)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The root of the leaves up to `until`, which begin at a multiple of the largest power of two not above their number.
pub(super) fn range<E>(
    from: u64,
    until: u64,
    subtree: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let size = until.saturating_sub(from);
    if size.is_power_of_two() {
        let height = size.ilog2();
        return subtree(height, from >> height);
    }
    let middle = from.saturating_add(split(size));
    let left = range(from, middle, subtree)?;
    Ok(node(&left, &range(middle, until, subtree)?))
}

/// The root to which a path leads (RFC 9162, 2.1.3.2); `None` if the path is longer or shorter than the place asks.
pub(super) fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let (mut at, mut last) = (index, size.checked_sub(1)?);
    if at > last {
        return None;
    }
    let mut hash = leaf;
    for step in path {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            hash = node(step, &hash);
            // A last node without a sibling stands for its parent.
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The definition of RFC 6962, word by word.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash(Sha256::digest([]).into()),
            [one] => *one,
            many => {
                let k = many.len().next_power_of_two() / 2;
                node(&mth(&many[..k]), &mth(&many[k..]))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|i| leaf(&i.to_be_bytes())).collect()
    }

    #[test]
    fn a_growing_tree_has_the_roots_of_the_definition() {
        let all = leaves(300);
        let mut tree = Frontier::default();
        for (size, leaf) in all.iter().enumerate() {
            assert_eq!(tree.root(), mth(&all[..size]));
            tree.push(*leaf);
        }
        assert_eq!(tree.root(), mth(&all));
    }

    #[test]
    fn every_path_leads_to_its_root_and_no_other_does() {
        for size in 1..70_u64 {
            let all = leaves(size);
            let root = mth(&all);
            for index in 0..size {
                let at = |place: u64| usize::try_from(place).unwrap();
                let mut subtree = |height: u32, index: u64| -> Result<Hash, Infallible> {
                    Ok(mth(&all[at(index << height)..at((index + 1) << height)]))
                };
                let Ok(path) = path(index, size, &mut subtree);
                let own = all[at(index)];
                assert_eq!(climb(own, index, size, &path), Some(root));
                for other in (0..size).filter(|other| *other != index) {
                    assert_ne!(climb(own, other, size, &path), Some(root));
                }
                assert_ne!(
                    climb(leaf(b"another"), index, size, &path),
                    Some(root),
                    "{index} of {size}"
                );
                let longer = [path.as_slice(), &[own]].concat();
                assert_eq!(climb(own, index, size, &longer), None);
                if let [_, shorter @ ..] = path.as_slice() {
                    assert_ne!(climb(own, index, size, shorter), Some(root));
                }
            }
        }
    }
}
