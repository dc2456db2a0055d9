//! The application (申出): that it was received, and what was decided on it (法31条3項: the Minister may).

use jiff::civil::Date;
use serde_json::Value;

use crate::error::PaperError;
use crate::sheet::{Language, Letter, Producer, Sheet};
use crate::world::Template;

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The information is provided.
    Provided {
        /// Under these conditions.
        conditions: Option<&'a str>,
    },
    /// It is not (不提供).
    Refused {
        /// Why.
        reason: &'a str,
        /// What the office says of remedies (教示), if it does.
        remedy: Option<&'a str>,
    },
}

/// The notice of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Its head.
    pub letter: Letter<'a>,
    /// Who applied.
    pub producer: Producer<'a>,
    /// The number of the application.
    pub application: &'a str,
    /// The day of the application.
    pub applied: Date,
    /// The provision.
    pub provision: &'a str,
    /// The day of the decision.
    pub decided: Date,
    /// What was decided.
    pub outcome: Outcome<'a>,
}

impl Decision<'_> {
    /// # Errors
    /// [`PaperError`]
    pub fn pdf(&self, language: Language) -> Result<Vec<u8>, PaperError> {
        let mut sheet = Sheet::letter(language, &self.letter, &self.producer);
        sheet.line("application", self.application);
        sheet.line("provision", self.provision);
        let (applied, decided) = (sheet.day(self.applied), sheet.day(self.decided));
        sheet.put("applied", applied);
        sheet.put("decided", decided);
        match self.outcome {
            Outcome::Provided { conditions } => {
                sheet.put("refused", false);
                sheet.lines("reason", conditions);
                sheet.put("remedy", Value::Null);
            }
            Outcome::Refused { reason, remedy } => {
                sheet.put("refused", true);
                sheet.lines("reason", Some(reason));
                sheet.lines("remedy", remedy);
            }
        }
        sheet.print(Template::Decision)
    }
}

/// The notice that an application was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// Its head.
    pub letter: Letter<'a>,
    /// Who applied.
    pub producer: Producer<'a>,
    /// The number of the application.
    pub application: &'a str,
    /// The day of the application.
    pub applied: Date,
    /// The day it was received.
    pub received: Date,
    /// By which method it came (3-2), with its version.
    pub method: Option<&'a str>,
    /// The provision it asks for.
    pub provision: &'a str,
    /// SHA-256 of its document, in hexadecimal.
    pub digest: Option<&'a str>,
}

impl Receipt<'_> {
    /// # Errors
    /// [`PaperError`]
    pub fn pdf(&self, language: Language) -> Result<Vec<u8>, PaperError> {
        let mut sheet = Sheet::letter(language, &self.letter, &self.producer);
        sheet.line("application", self.application);
        sheet.line("provision", self.provision);
        sheet.line_if("method", self.method);
        sheet.line_if("digest", self.digest);
        let (applied, received) = (sheet.day(self.applied), sheet.day(self.received));
        sheet.put("applied", applied);
        sheet.put("received", received);
        sheet.print(Template::Receipt)
    }
}
