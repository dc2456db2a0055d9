//! Use cases of the user (利用者): studies, receiving packages and extracts, linking, asking.
//!
//! Nothing here knows Arrow or DataFusion: the engine is reached through [`LinkEngine`], which the binary fills in. What
//! the engine writes stands in the study's catalogue in the same transaction as the row and the event that tell of it.

pub mod accounts;
mod ask;
mod catalogue;
mod cohort;
pub mod desk;
mod engine;
mod import;
pub mod intake;
mod kind;
mod link;
mod name;
mod place;
mod reference;
mod removal;
pub mod report;
pub mod review;
mod rows;
pub mod scan;
mod study;
mod suspension;
mod vault;
mod verify;
pub mod volume;

pub use ask::{AskError, Linked, LinkedTable, linked};
pub use catalogue::{CatalogueColumn, CatalogueError, CatalogueTable, catalogue, tables};
pub use cohort::{CohortError, CohortFile, NewCohort, save_cohort};
pub use engine::{
    IdColumns, ImportTable, LinkEngine, LinkTable, Output, Stage, Step, TableSource, Written,
};
pub use import::{
    Declaration, Import, ImportError, Imported, Joined, Origin, PlainExtract, Standing, TermChange,
    Terms, Unpaired, import, is_sealed, key_check_values,
};
pub use kind::{Database, TableKind};
pub use link::{Link, LinkError, link};
pub use name::NameError;
pub use reference::{Approval, ApproveError, approve_reference};
pub use removal::{REMOVAL_TABLE, Removal, remove_persons};
pub use rows::{RowLevel, RowsError, set_row_level};
pub use study::{NewStudy, StudyError, has_keys};
pub use suspension::{SuspensionError, resume_study, suspend_study};
pub use vault::{StudyVaultError, open_study};
pub use verify::{Verified, VerifyError, verify};
