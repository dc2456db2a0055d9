//! How a command ends when it does not end well: a stable code, its details, an exit code.

use std::borrow::Cow;
use std::error::Error;
use std::io;

use renketsu_web::shown;

use crate::engine::EngineError;
use crate::language::Messages;

/// The end of a command that was refused or failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Of a server, it is a text that came from there.
    code: Cow<'static, str>,
    details: Vec<(Cow<'static, str>, String)>,
    exit: u8,
    system: Option<System>,
}

/// What the operating system said: its kind, which has words in both languages, and its number. Its own words are English.
#[derive(Debug)]
struct System {
    kind: io::ErrorKind,
    number: Option<i32>,
}

impl System {
    fn of(error: &io::Error) -> Self {
        Self {
            kind: error.kind(),
            number: error.raw_os_error(),
        }
    }

    /// The line about it; none where `what` says it, or there is nothing to say.
    fn line(&self, what: &str, messages: &Messages) -> Option<String> {
        let reason = [("reason", self.kind.to_string())];
        let words = messages.with("word-io", &reason);
        let words = words.trim();
        if words.is_empty() {
            let number = self.number?.to_string();
            return Some(messages.with("failure-system-number", &[("number", number)]));
        }
        (!what.contains(words)).then(|| messages.with("failure-system", &reason))
    }
}

/// 0 done, 1 refused, 2 usage or input, 3 environment, 70 bug (`design.md`).
pub(crate) mod exit {
    pub(crate) const REFUSED: u8 = 1;
    pub(crate) const INPUT: u8 = 2;
    pub(crate) const ENVIRONMENT: u8 = 3;
    pub(crate) const BUG: u8 = 70;
}

impl Failure {
    pub(crate) fn new(code: &'static str, details: Vec<(&'static str, String)>, exit: u8) -> Self {
        let details = details.into_iter();
        Self {
            code: code.into(),
            details: details.map(|(name, value)| (name.into(), value)).collect(),
            exit,
            system: None,
        }
    }

    /// What the server of a directory refused, or why nothing came of it.
    pub(crate) fn of_call(error: &renketsu_web::CallError) -> Self {
        let details = error.details().into_iter();
        let failure = Self {
            code: error.code().to_owned().into(),
            details: details.map(|(name, value)| (name.into(), value)).collect(),
            exit: error.exit(),
            system: None,
        };
        failure.because(error)
    }

    /// A failure of the file system at a path the operator gave.
    pub(crate) fn io(path: &std::path::Path, source: &io::Error) -> Self {
        let kind = source.kind();
        let nameless = kind == io::ErrorKind::InvalidInput || kind == io::ErrorKind::IsADirectory;
        let (code, exit) = if kind == io::ErrorKind::NotFound && has_no_place(path) {
            ("cli.file.parent", exit::INPUT)
        } else if kind == io::ErrorKind::NotFound {
            ("cli.file.missing", exit::INPUT)
        } else if kind == io::ErrorKind::AlreadyExists {
            ("cli.file.exists", exit::REFUSED)
        } else if nameless && path.is_dir() {
            ("cli.file.directory", exit::INPUT)
        } else {
            ("cli.file.io", exit::ENVIRONMENT)
        };
        let mut failure = Self::new(code, vec![("path", path.display().to_string())], exit);
        // The other codes say it themselves.
        if code == "cli.file.io" {
            failure.system = Some(System::of(source));
        }
        failure
    }

    /// Keeps what the operating system said, and nothing else of the chain: texts of other libraries can quote data.
    fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(current) = cause {
            if let Some(system) = current.downcast_ref::<io::Error>().and_then(innermost) {
                self.system = Some(System::of(system));
            }
            cause = current.source();
        }
        self
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    /// What happened, where, what to do next: in the reader's language.
    pub(crate) fn render(&self, messages: &Messages) -> String {
        let id = message_id(&self.code);
        let values: Vec<(&str, String)> = self
            .details
            .iter()
            .map(|(name, value)| (name.as_ref(), shown(value, |_| false)))
            .collect();
        let what = messages.with(&format!("err-{id}"), &values);
        let system = self
            .system
            .as_ref()
            .and_then(|system| system.line(&what, messages));
        let mut text = messages.with(
            "failure-what",
            &[("code", self.code.clone().into_owned()), ("what", what)],
        );
        if let Some(system) = system {
            text.push('\n');
            text.push_str(&system);
        }
        text.push('\n');
        text.push_str(&messages.with(
            "failure-next",
            &[("next", messages.with(&format!("fix-{id}"), &values))],
        ));
        text
    }
}

/// Whether the directory that a path lies in is missing.
fn has_no_place(path: &std::path::Path) -> bool {
    path.parent()
        .is_some_and(|parent| !parent.as_os_str().is_empty() && !parent.exists())
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
    renketsu_authority::custody::CustodyError,
    renketsu_authority::fee::FeeError,
    renketsu_authority::forward::ForwardError,
    renketsu_authority::init::InitError,
    renketsu_authority::issue::IssueError,
    renketsu_authority::party::RoleError,
    renketsu_authority::provision::ProvisionError,
    renketsu_authority::registration::RegistryError,
    renketsu_authority::secrets::SecretError,
    renketsu_authority::stamp::StampError,
    renketsu_documents::PaperError,
    renketsu_engine::FileError,
    renketsu_engine::query::QueryError,
    renketsu_identity::conformance::Mismatch,
    renketsu_population::PlanError,
    renketsu_producer::attach::AttachError,
    renketsu_producer::certification::CertificationError,
    renketsu_producer::cover::CoverError,
    renketsu_producer::deliver::DeliverError,
    renketsu_producer::fee::FeesError,
    renketsu_producer::remove::RemoveError,
    renketsu_producer::request::RequestError,
    renketsu_producer::sources::SourceError,
    renketsu_seal::card::CardError,
    renketsu_seal::card::FingerprintError,
    renketsu_seal::party::CreateError,
    renketsu_seal::party::OpenError,
    renketsu_seal::passphrase::PassphraseError,
    renketsu_seal::log::WitnessError,
    renketsu_seal::trust::TrustError,
    renketsu_seal::vault::VaultError,
    renketsu_service::EnrolError,
    renketsu_service::LinkError,
    renketsu_service::SendError,
    renketsu_service::ServeError,
    renketsu_service::SiteError,
    renketsu_store::ConfirmError,
    renketsu_store::LogError,
    renketsu_store::StoreError,
    renketsu_store::backup::BackupFault,
    renketsu_table::columns::ColumnsError,
    renketsu_table::parquet::ParquetError,
    renketsu_web::ServeError,
    renketsu_workspace::accounts::AccountError,
    renketsu_workspace::ApproveError,
    renketsu_workspace::AskError,
    renketsu_workspace::NameError,
    renketsu_workspace::RowsError,
    renketsu_workspace::StudyError,
    renketsu_workspace::VerifyError,
    renketsu_workspace::volume::SetVolumeError,
    renketsu_workspace::volume::VolumeError,
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::language::Language;

    fn said(failure: &Failure, language: Language) -> String {
        failure.render(&Messages::load(language))
    }

    #[test]
    fn what_the_system_said_is_said_in_the_readers_language() {
        let denied = io::Error::from_raw_os_error(13);
        let failure = Failure::io(Path::new("x"), &denied);
        assert!(said(&failure, Language::En).contains("\nsystem: (permission denied)\n"));
        assert!(said(&failure, Language::Ja).contains("\nシステム：（権限がありません）\n"));
        // A loop of links has no word of ours.
        let failure = Failure::io(Path::new("x"), &io::Error::from_raw_os_error(40));
        assert!(said(&failure, Language::En).contains("\nsystem: error 40\n"));
        for (number, code) in [(17, "cli.file.exists"), (2, "cli.file.missing")] {
            let failure = Failure::io(Path::new("x"), &io::Error::from_raw_os_error(number));
            assert_eq!(failure.code(), code);
            assert!(!said(&failure, Language::En).contains("system:"), "{code}");
        }
        let missing = io::Error::from_raw_os_error(2);
        let failure = Failure::io(Path::new("/no/such/place/x.csv"), &missing);
        assert_eq!(failure.code(), "cli.file.parent");
        let nameless = io::Error::new(io::ErrorKind::InvalidInput, "no name");
        let failure = Failure::io(Path::new("."), &nameless);
        assert_eq!(failure.code(), "cli.file.directory");
    }

    #[test]
    fn nothing_in_an_error_commands_the_terminal() {
        let column = "\u{1b}[2J\u{7}\na\u{202e}b".to_owned();
        let failure = Failure::new("engine.sql.column", vec![("column", column)], exit::INPUT);
        let text = said(&failure, Language::En);
        assert!(
            text.contains("no column \\u{1b}[2J\\u{7}\\na\\u{202e}b."),
            "{text}"
        );
    }
}
