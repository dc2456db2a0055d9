//! Use cases of the user (利用者): studies, receiving packages and extracts, linking, asking.
//!
//! Nothing here knows Arrow or DataFusion: the engine is reached through [`LinkEngine`], which the binary fills in.

mod engine;
mod import;
mod kind;
mod link;
mod name;
mod study;

pub use engine::{IdColumns, LinkEngine, LinkTable, TableSource};
pub use import::{Import, ImportError, Imported, Origin, PlainExtract, import, is_sealed};
pub use kind::{Database, TableKind};
pub use link::{AskError, LinkError, Linked, LinkedTable, link, linked};
pub use name::NameError;
pub use study::{StudyError, create_study};
