//! The words of the program in two languages. What a log is refused for is said as `renketsu` says it.

use std::fmt;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::args::Language;

const ENGLISH: [&str; 2] = [
    include_str!("../i18n/en.ftl"),
    include_str!("../../cli/i18n/en/log.ftl"),
];
const JAPANESE: [&str; 2] = [
    include_str!("../i18n/ja.ftl"),
    include_str!("../../cli/i18n/ja/log.ftl"),
];

pub(crate) struct Words(FluentBundle<FluentResource>);

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").finish_non_exhaustive()
    }
}

impl Words {
    /// The language that was asked for, else that of the locale, else Japanese.
    pub(crate) fn load(asked: Option<Language>, locale: Option<&str>) -> Self {
        let english = match asked {
            Some(language) => language == Language::En,
            None => locale.is_some_and(|locale| locale.starts_with("en")),
        };
        let (tag, texts) = if english {
            ("en", ENGLISH)
        } else {
            ("ja", JAPANESE)
        };
        let language: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![language]);
        bundle.set_use_isolating(false);
        for text in texts {
            // The catalogues are part of the program; a test keeps them free of errors.
            let resource = match FluentResource::try_new(text.to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            let _doubles = bundle.add_resource(resource);
        }
        Self(bundle)
    }

    /// A message with values. A missing one shows its id, so that a gap is seen.
    pub(crate) fn with(&self, id: &str, values: &[(&str, String)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, visible(value));
        }
        let message = self.0.get_message(id);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let mut errors = Vec::new();
        self.0
            .format_pattern(pattern, Some(&args), &mut errors)
            .into_owned()
    }
}

/// A text that a terminal shows and does not obey.
pub(crate) fn visible(text: &str) -> String {
    let obeyed =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::failure::Failure;

    fn ids(texts: [&'static str; 2]) -> BTreeSet<&'static str> {
        let lines = texts.into_iter().flat_map(str::lines);
        let named = lines.filter(|line| !line.starts_with([' ', '#']));
        named
            .filter_map(|line| Some(line.split_once(" =")?.0))
            .collect()
    }

    #[test]
    fn both_languages_say_everything() {
        assert_eq!(ids(ENGLISH), ids(JAPANESE));
        for texts in [ENGLISH, JAPANESE] {
            for text in texts {
                assert!(FluentResource::try_new(text.to_owned()).is_ok());
            }
        }
        let known = ids(ENGLISH);
        for (code, _) in Failure::codes() {
            for part in ["err", "fix"] {
                let id = format!("{part}-{}", code.replace('.', "-"));
                assert!(known.contains(id.as_str()), "{id}");
            }
        }
    }
}
