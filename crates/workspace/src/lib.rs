//! Use cases of the user (利用者): studies, receiving packages and extracts, linking, asking.
//!
//! Nothing here knows Arrow or DataFusion: the engine is reached through [`LinkEngine`], which the binary fills in.

mod engine;
mod import;
mod link;
mod name;
mod study;

pub use engine::{IdColumns, LinkEngine, LinkTable, TableSource};
pub use import::{
    Database, Import, ImportError, Imported, Origin, PlainExtract, TableKind, import, is_sealed,
};
pub use link::{AskError, LinkError, Linked, LinkedTable, link, linked};
pub use name::NameError;
pub use study::{StudyError, create_study};
