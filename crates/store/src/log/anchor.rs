//! What a page says of the log without reading all of it: the newest head, the last signature from outside, one entry's proof.
//!
//! Everything is held together when a head is signed ([`Store::sign_log`](crate::Store::sign_log)) or verified; this reads a
//! few files, and believes of them only what their signatures say.

use std::fs;
use std::io;
use std::path::Path;

use renketsu_seal::Card;
use renketsu_seal::log::{Anchor, Copy, LogFault, names};

use super::{LogError, Witnessed, io_fault, own, witnessed, witnesses};

/// How far the log is signed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored {
    /// The newest head; `None` before the first.
    pub head: Option<Anchor>,
    /// The newest head that somebody outside has signed.
    pub witnessed: Option<Witnessed>,
}

/// Whether an entry stands under the newest head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inclusion {
    /// It is younger than the newest head, or there is none.
    Unsigned,
    /// It does.
    Proven {
        /// How many entries the head covers.
        size: u64,
        /// The proof as others check it (C2SP tlog-proof).
        proof: String,
    },
}

/// How far the log of the party with this card is signed.
pub fn anchored(dir: &Path, card: &Card) -> Result<Anchored, LogError> {
    let copy = match own(dir, card) {
        Err(LogError::Unsigned) => {
            return Ok(Anchored {
                head: None,
                witnessed: None,
            });
        }
        other => other?,
    };
    let head = newest(&copy)?;
    let known = witnesses(&copy)?;
    if known.is_empty() {
        return Ok(Anchored {
            head,
            witnessed: None,
        });
    }
    // A witness signs seldom and heads are many: from the newest back to the first that has their signature.
    let list = copy.dir().join(names::CHECKPOINTS);
    let mut sizes = sizes(&list)?;
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    let mut found = head.as_ref().and_then(|head| witnessed(head, &known));
    for size in sizes {
        if found.is_some() {
            break;
        }
        found = witnessed(&copy.anchor(&list.join(size.to_string()))?, &known);
    }
    Ok(Anchored {
        head,
        witnessed: found,
    })
}

/// Whether the entry with this index and this line stands under the newest head, from the files of the log.
///
/// # Errors
/// [`LogError::Rows`] if the files have another entry there than the state.
pub fn inclusion(dir: &Path, card: &Card, index: u64, line: &str) -> Result<Inclusion, LogError> {
    let copy = match own(dir, card) {
        Err(LogError::Unsigned) => return Ok(Inclusion::Unsigned),
        other => other?,
    };
    let Some(head) = newest(&copy)? else {
        return Ok(Inclusion::Unsigned);
    };
    match copy.proof(index, &head)? {
        None => Ok(Inclusion::Unsigned),
        Some((found, proof)) if found == line => Ok(Inclusion::Proven {
            size: head.head.size,
            proof: proof.to_string(),
        }),
        Some(_) => Err(LogError::Rows {
            size: head.head.size,
        }),
    }
}

fn newest(copy: &Copy) -> Result<Option<Anchor>, LogError> {
    match copy.anchor(&copy.dir().join(names::CHECKPOINT)) {
        Ok(head) => Ok(Some(head)),
        Err(LogFault::Missing { .. }) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The sizes of the heads that were signed; what isn't named by one is looked at when a head is signed.
fn sizes(list: &Path) -> Result<Vec<u64>, LogError> {
    let entries = match fs::read_dir(list) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(io_fault(list, source)),
    };
    let mut sizes = Vec::new();
    for entry in entries {
        let name = entry.map_err(|source| io_fault(list, source))?.file_name();
        sizes.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(sizes)
}
