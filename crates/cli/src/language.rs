//! The reader's language and the message catalogues. The language is a value; there is no process-wide locale.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use renketsu_web::shown;
use unic_langid::LanguageIdentifier;

/// The two languages of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// 日本語.
    Ja,
}

macro_rules! catalogue {
    ($($name:literal),* $(,)?) => {
        /// The catalogue files: name, English, Japanese.
        pub(crate) const FILES: &[(&str, &str, &str)] = &[$(
            ($name, include_str!(concat!("../i18n/en/", $name, ".ftl")), include_str!(concat!("../i18n/ja/", $name, ".ftl"))),
        )*];
    };
}

catalogue!(
    "access",
    "authority",
    "check",
    "cli",
    "controls",
    "custody",
    "demo",
    "documents",
    "door",
    "engine",
    "fee",
    "help",
    "identity",
    "log",
    "population",
    "producer",
    "record",
    "registry",
    "seal",
    "service",
    "sources",
    "store",
    "table",
    "web",
    "web-log",
    "web-office",
    "web-study",
    "workspace"
);

impl Language {
    /// The language of a locale name (`ja_JP.UTF-8`); Japanese unless it says English.
    pub(crate) fn of_locale(locale: &str) -> Self {
        if locale.starts_with("en") {
            Self::En
        } else {
            Self::Ja
        }
    }

    fn id(self) -> LanguageIdentifier {
        let tag = match self {
            Self::En => "en",
            Self::Ja => "ja",
        };
        // The undetermined language formats no number differently, and both tags are constants that parse.
        tag.parse().unwrap_or_default()
    }
}

/// The messages of one language.
pub(crate) struct Messages {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Messages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Messages")
            .field(&self.language)
            .finish()
    }
}

impl Messages {
    /// Loads a language.
    pub(crate) fn load(language: Language) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.id()]);
        // Isolation marks would travel into files, logs and golden texts.
        bundle.set_use_isolating(false);
        // Fails only where the name is taken, and the bundle is new.
        let _taken = bundle.add_function("KEY", |values, _| key(values));
        for (_, english, japanese) in FILES {
            let text = match language {
                Language::En => english,
                Language::Ja => japanese,
            };
            // The catalogues are part of the program; `catalogues_are_whole` keeps them free of errors and doubles.
            let resource = match FluentResource::try_new((*text).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            let _doubles = bundle.add_resource(resource);
        }
        Self { language, bundle }
    }

    /// Which language this is.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// Whether a message exists.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// A message without values.
    pub(crate) fn text(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with values. A missing one shows its id, so that a gap is seen and not hidden.
    pub(crate) fn with(&self, id: &str, values: &[(&str, String)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            // A line break may stand in a message that is a value of another.
            args.set(*name, shown(value, |c| c == '\n'));
        }
        let Some(pattern) = self
            .bundle
            .get_message(id)
            .and_then(|message| message.value())
        else {
            return id.to_owned();
        };
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned()
    }
}

/// `KEY($value)` of the catalogues: a value as a variant names it. Fluent's variants are names or numbers, so a number
/// in digits becomes a number, the empty text `EMPTY`, and what a name can't hold a hyphen (`entity-not-found`).
fn key<'value>(values: &[FluentValue<'value>]) -> FluentValue<'value> {
    let Some(FluentValue::String(text)) = values.first() else {
        return FluentValue::Error;
    };
    if text.is_empty() {
        return "EMPTY".into();
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text
            .parse::<FluentNumber>()
            .map_or(FluentValue::Error, FluentValue::Number);
    }
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.replace(|c| !name(c), "-").into()
}
