//! How a command ends when it does not end well: a stable code, its details, an exit code.

use std::error::Error;
use std::io;

use crate::engine::EngineError;
use crate::language::Messages;

/// The end of a command that was refused or failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: &'static str,
    details: Vec<(&'static str, String)>,
    exit: u8,
    system: Option<String>,
}

/// 0 done, 1 refused, 2 usage or input, 3 environment, 70 bug (`design.md`).
pub(crate) mod exit {
    pub(crate) const REFUSED: u8 = 1;
    pub(crate) const INPUT: u8 = 2;
    pub(crate) const ENVIRONMENT: u8 = 3;
}

impl Failure {
    pub(crate) fn new(code: &'static str, details: Vec<(&'static str, String)>, exit: u8) -> Self {
        Self {
            code,
            details,
            exit,
            system: None,
        }
    }

    /// A failure of the file system at a path the operator gave.
    pub(crate) fn io(path: &std::path::Path, source: &io::Error) -> Self {
        let kind = if source.kind() == io::ErrorKind::NotFound {
            ("cli.file.missing", exit::INPUT)
        } else if source.kind() == io::ErrorKind::AlreadyExists {
            ("cli.file.exists", exit::REFUSED)
        } else {
            ("cli.file.io", exit::ENVIRONMENT)
        };
        let mut failure = Self::new(kind.0, vec![("path", path.display().to_string())], kind.1);
        failure.system = Some(source.to_string());
        failure
    }

    /// Keeps what the operating system said, and nothing else of the chain: texts of other libraries can quote data.
    fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(current) = cause {
            if let Some(system) = current.downcast_ref::<io::Error>().and_then(innermost) {
                self.system = Some(system.to_string());
            }
            cause = current.source();
        }
        self
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    /// What happened, where, what to do next: in the reader's language.
    pub(crate) fn render(&self, messages: &Messages) -> String {
        let id = message_id(self.code);
        let values: Vec<(&str, String)> = self
            .details
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect();
        let mut text = messages.with(
            "failure-what",
            &[
                ("code", self.code.to_owned()),
                ("what", messages.with(&format!("err-{id}"), &values)),
            ],
        );
        if let Some(system) = &self.system {
            text.push('\n');
            text.push_str(&messages.with("failure-system", &[("system", system.clone())]));
        }
        text.push('\n');
        text.push_str(&messages.with(
            "failure-next",
            &[("next", messages.with(&format!("fix-{id}"), &values))],
        ));
        text
    }
}

/// The operating system's error inside one that a library wrapped.
fn innermost(error: &io::Error) -> Option<&io::Error> {
    if error.raw_os_error().is_some() {
        return Some(error);
    }
    error
        .get_ref()?
        .downcast_ref::<io::Error>()
        .and_then(innermost)
}

/// The part of a message's id that stands for a code.
pub(crate) fn message_id(code: &str) -> String {
    code.replace(['.', ' '], "-")
}

/// Every error that names its own code, details and exit.
macro_rules! coded {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::new(error.code(), error.details(), error.exit()).because(&error)
            }
        }
    )*};
}

coded!(
    renketsu_authority::conformance::Mismatch,
    renketsu_authority::init::InitError,
    renketsu_authority::issue::IssueError,
    renketsu_authority::party::RoleError,
    renketsu_authority::provision::ProvisionError,
    renketsu_authority::registration::RegistryError,
    renketsu_authority::stamp::StampError,
    renketsu_engine::FileError,
    renketsu_engine::query::QueryError,
    renketsu_identity::conformance::Mismatch,
    renketsu_population::PlanError,
    renketsu_producer::attach::AttachError,
    renketsu_producer::certification::CertificationError,
    renketsu_producer::deliver::DeliverError,
    renketsu_producer::request::RequestError,
    renketsu_producer::sources::SourceError,
    renketsu_seal::card::CardError,
    renketsu_seal::card::FingerprintError,
    renketsu_seal::party::CreateError,
    renketsu_seal::party::OpenError,
    renketsu_seal::passphrase::PassphraseError,
    renketsu_seal::trust::TrustError,
    renketsu_seal::vault::VaultError,
    renketsu_store::StoreError,
    renketsu_table::columns::ColumnsError,
    renketsu_table::parquet::ParquetError,
    renketsu_workspace::ApproveError,
    renketsu_workspace::AskError,
    renketsu_workspace::NameError,
    renketsu_workspace::RowsError,
    renketsu_workspace::StudyError,
    renketsu_workspace::VerifyError,
    EngineError,
);

/// The workspace's errors around the engine's.
macro_rules! coded_around_the_engine {
    ($($error:ident),*) => {$(
        impl From<renketsu_workspace::$error<EngineError>> for Failure {
            fn from(error: renketsu_workspace::$error<EngineError>) -> Self {
                let failure = match (error.code(), error.exit()) {
                    (Ok(code), Ok(exit)) => Failure::new(code, error.details(), exit),
                    (Err(engine), _) | (_, Err(engine)) => {
                        Failure::new(engine.code(), engine.details(), engine.exit())
                    }
                };
                failure.because(&error)
            }
        }
    )*};
}

coded_around_the_engine!(CohortError, ImportError, LinkError);
