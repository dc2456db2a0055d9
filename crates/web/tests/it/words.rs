//! The words of the real catalogues, which are the binary's; a message that isn't there fails the test that met it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use renketsu_web::{Lang, Words};

/// Both catalogues, and what was asked for in vain.
#[derive(Clone)]
pub(crate) struct Catalogues {
    bundles: Arc<[FluentBundle<FluentResource>; 2]>,
    missing: Arc<Mutex<BTreeSet<String>>>,
}

impl std::fmt::Debug for Catalogues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Catalogues")
    }
}

fn bundle(language: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.parse().unwrap()]);
    bundle.set_use_isolating(false);
    // As the binary's: a value as the name of a variant.
    bundle
        .add_function("KEY", |values, _| match values.first() {
            Some(FluentValue::String(text)) => {
                let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
                text.replace(|c| !name(c), "-").into()
            }
            Some(_) | None => FluentValue::Error,
        })
        .unwrap();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../cli/i18n")
        .join(language);
    for entry in std::fs::read_dir(dir).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        bundle
            .add_resource(FluentResource::try_new(text).unwrap())
            .unwrap();
    }
    bundle
}

impl Catalogues {
    pub(crate) fn load() -> Self {
        Self {
            bundles: Arc::new(["ja", "en"].map(bundle)),
            missing: Arc::default(),
        }
    }

    /// Ids that no catalogue has, or that lacked a value, so far.
    pub(crate) fn missing(&self) -> Vec<String> {
        self.missing.lock().unwrap().iter().cloned().collect()
    }
}

impl Words for Catalogues {
    fn say(&self, lang: Lang, id: &str, values: &[(&str, String)]) -> String {
        let [japanese, english] = &*self.bundles;
        let bundle = match lang {
            Lang::Ja => japanese,
            Lang::En => english,
        };
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, value.as_str());
        }
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            self.missing
                .lock()
                .unwrap()
                .insert(format!("{}: {id}", lang.as_str()));
            return id.to_owned();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
        if !errors.is_empty() {
            self.missing
                .lock()
                .unwrap()
                .insert(format!("{}: {id}: {errors:?}", lang.as_str()));
        }
        text.into_owned()
    }
}
