//! What a template is given: the fields of a paper in one of two languages, each looked at before it is printed.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use renketsu_identity::{in_english, in_japanese};
use serde_json::{Map, Value};

use crate::error::{Missing, PaperError};
use crate::glyph::unprintable;
use crate::press;
use crate::world::Template;

/// The most characters of one field: about ten pages.
const MOST: usize = 10_000;

/// The language of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 日本語
    Japanese,
    /// English
    English,
}

/// Head of a letter: its number and day, and the persons who stand for the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter<'a> {
    /// The number of the paper.
    pub number: &'a str,
    /// The day it bears.
    pub date: Date,
    /// The authority that sends it.
    pub authority: &'a str,
    /// Post and name of who signs for the authority.
    pub signed: Option<&'a str>,
    /// Post and name of the person at the producer it is addressed to.
    pub attention: Option<&'a str>,
}

/// The certified producer (認定匿名加工医療情報作成事業者) a paper is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer<'a> {
    /// Its name.
    pub name: &'a str,
    /// The number of its certification.
    pub certification: &'a str,
}

/// The fields of one paper.
pub(crate) struct Sheet {
    language: Language,
    date: Date,
    fields: Map<String, Value>,
    missing: Vec<Missing>,
    long: Option<PaperError>,
}

impl Sheet {
    pub(crate) fn new(language: Language, number: &str, date: Date, author: &str) -> Self {
        let mut sheet = Self {
            language,
            date,
            fields: Map::new(),
            missing: Vec::new(),
            long: None,
        };
        let code = sheet.say("ja", "en");
        sheet.put("language", code);
        sheet.line("number", number);
        sheet.put("date", sheet.day(date));
        sheet.line("author", author);
        sheet
    }

    /// A sheet with the head of a letter to the producer.
    pub(crate) fn letter(language: Language, letter: &Letter<'_>, producer: &Producer<'_>) -> Self {
        let mut sheet = Self::new(language, letter.number, letter.date, letter.authority);
        sheet.party("to", "to.person", producer.name, letter.attention);
        sheet.sender(letter.authority, letter.signed);
        sheet.line("producer", producer.name);
        sheet.line("certification", producer.certification);
        sheet
    }

    pub(crate) fn sender(&mut self, authority: &str, signed: Option<&str>) {
        self.party("from", "from.person", authority, signed);
    }

    fn party(
        &mut self,
        field: &'static str,
        person: &'static str,
        organisation: &str,
        name: Option<&str>,
    ) {
        self.look(field, organisation, false);
        if let Some(name) = name {
            self.look(person, name, false);
        }
        self.put(
            field,
            serde_json::json!({ "organisation": organisation, "person": name }),
        );
    }

    pub(crate) const fn say<T>(&self, japanese: T, english: T) -> T
    where
        T: Copy,
    {
        match self.language {
            Language::Japanese => japanese,
            Language::English => english,
        }
    }

    /// What the program itself made.
    pub(crate) fn put(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    /// A text of one line from outside.
    pub(crate) fn line(&mut self, field: &'static str, text: &str) {
        self.look(field, text, false);
        self.put(field, text);
    }

    /// The same where it may be missing.
    pub(crate) fn line_if(&mut self, field: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.look(field, text, false);
        }
        self.put(field, text);
    }

    /// A text from outside whose lines are kept.
    pub(crate) fn lines(&mut self, field: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.look(field, text, true);
        }
        self.put(field, text);
    }

    /// Whether a text that goes into a larger value can be printed.
    pub(crate) fn look(&mut self, field: &'static str, text: &str, several: bool) {
        let count = text.chars().count();
        if count > MOST {
            self.long.get_or_insert(PaperError::Long {
                field,
                characters: count,
                most: MOST,
            });
            return;
        }
        let mut characters = Vec::new();
        let rows: Vec<&str> = if several {
            text.split('\n').collect()
        } else {
            vec![text]
        };
        for found in rows.into_iter().flat_map(unprintable) {
            if !characters.contains(&found) {
                characters.push(found);
            }
        }
        if !characters.is_empty() {
            self.missing.push(Missing { field, characters });
        }
    }

    pub(crate) fn day(&self, day: Date) -> String {
        match self.language {
            Language::Japanese => in_japanese(day),
            Language::English => in_english(day),
        }
    }

    /// Day and time in Japan.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        let local = Offset::constant(9).to_datetime(at);
        let day = self.day(local.date());
        let time = local.time();
        match self.language {
            Language::Japanese => format!(
                "{day}{}時{:02}分{:02}秒",
                time.hour(),
                time.minute(),
                time.second()
            ),
            Language::English => format!(
                "{day} {:02}:{:02}:{:02} JST",
                time.hour(),
                time.minute(),
                time.second()
            ),
        }
    }

    /// Sets the paper, if all of it can be printed.
    pub(crate) fn print(self, template: Template) -> Result<Vec<u8>, PaperError> {
        if let Some(long) = self.long {
            return Err(long);
        }
        if !self.missing.is_empty() {
            return Err(PaperError::Glyph(self.missing));
        }
        press::print(template, &Value::Object(self.fields), self.date)
    }
}
