//! The signed log: every event an entry of a Merkle tree (RFC 6962) whose head is signed, in the formats of the C2SP
//! specifications tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-proof and signed-note, so that programs nobody here
//! wrote can check it. `docs/formats/log.md` describes the files; `docs/decisions/0026-the-signed-log.md` says why.
//!
//! * [`Entry`]: what a leaf says; [`Details`]: what is kept beside it and may be erased.
//! * [`LogKey`]: the key that signs heads, derived from a party's keys; [`Checkpoint`]: a head; [`Note`]: a signed one.
//! * [`Tiler`]: entries to the files of a log; [`struct@Copy`]: those files, believed only when all of them were checked.
//! * [`GivenHead`]: a head that travels with a package; [`TakenHead`]: one that was received and checked.
//! * [`Witness`]: a second person's memory of the largest head they saw.

mod beside;
mod checkpoint;
mod copy;
mod entry;
mod fault;
mod given;
mod key;
mod note;
mod proof;
mod tiles;
mod tree;
mod witness;

pub use beside::details_line;
pub use checkpoint::Checkpoint;
pub use copy::{Anchor, Copy, Examined, Tally, names};
pub use entry::{Clock, Details, EARLIER, Entry, GENESIS, Salt, link};
pub use fault::LogFault;
pub use given::{GivenHead, TakenHead};
pub use key::{LogKey, Voucher};
pub use note::{Kind, Note, Verifier};
pub use proof::Proof;
pub use tiles::{Piece, Tiler, clear_partial, write_piece};
pub use tree::{Frontier, Hash, leaf};
pub use witness::{Cosigned, Witness, WitnessError};
