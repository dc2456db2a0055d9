//! The record that a provision is closed and its salt is gone.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::error::PaperError;
use crate::sheet::{Language, Producer, Sheet};
use crate::world::Template;

/// A key or salt that was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased<'a> {
    /// What it was.
    pub object: &'a str,
    /// The key check values (鍵確認値) by which it is known afterwards; lines are kept.
    pub check: &'a str,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: &'a str,
}

/// The record of a closed provision. It is kept by the authority, so it is addressed to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing<'a> {
    /// The number of the paper.
    pub number: &'a str,
    /// The day it bears.
    pub date: Date,
    /// The authority.
    pub authority: &'a str,
    /// Post and name of who signs for it.
    pub signed: Option<&'a str>,
    /// The provision.
    pub provision: &'a str,
    /// The study.
    pub study: &'a str,
    /// The producer.
    pub producer: Producer<'a>,
    /// The user (利用者).
    pub recipient: &'a str,
    /// When it was opened.
    pub opened: Date,
    /// When it was closed.
    pub closed: Date,
    /// Why, if it was said.
    pub reason: Option<&'a str>,
    /// What was erased.
    pub erased: &'a [Erased<'a>],
    /// How.
    pub method: Option<&'a str>,
    /// The line of the record of events that says so: its number and chain value.
    pub line: Option<(u64, &'a str)>,
}

impl Closing<'_> {
    /// # Errors
    /// [`PaperError`]
    pub fn pdf(&self, language: Language) -> Result<Vec<u8>, PaperError> {
        let mut sheet = Sheet::new(language, self.number, self.date, self.authority);
        sheet.sender(self.authority, self.signed);
        sheet.line("provision", self.provision);
        sheet.line("study", self.study);
        sheet.line("producer", self.producer.name);
        sheet.line("certification", self.producer.certification);
        sheet.line("recipient", self.recipient);
        let (opened, closed) = (sheet.day(self.opened), sheet.day(self.closed));
        sheet.put("opened", opened);
        sheet.put("closed", closed);
        sheet.lines("reason", self.reason);
        sheet.lines("method", self.method);
        let mut rows = Vec::new();
        for row in self.erased {
            sheet.look("erased.object", row.object, false);
            sheet.look("erased.check", row.check, true);
            sheet.look("erased.by", row.by, false);
            rows.push(json!({
                "object": row.object,
                "check": row.check,
                "at": sheet.moment(row.at),
                "by": row.by,
            }));
        }
        sheet.put("erased", rows);
        sheet.put("line", self.line.map(|(number, _)| number.to_string()));
        sheet.line_if("chain", self.line.map(|(_, chain)| chain));
        sheet.print(Template::Closing)
    }
}
