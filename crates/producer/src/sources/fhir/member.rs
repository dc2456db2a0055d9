//! Identifiers of an insured person as JP Core writes them, read leniently.

use renketsu_identity::{Branch, Insurer, Number, Symbol, is_blank};
use serde::{Deserialize, Serialize};

use crate::sources::{Refusal, Texts};

/// What a Coverage says of the insured number, each time it says it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) insurer: Vec<String>,
    pub(super) symbol: Vec<String>,
    pub(super) number: Vec<String>,
    pub(super) branch: Vec<String>,
}

impl Said {
    /// `{insurer}:{symbol}:{number}:{branch}`; parts that are missing are empty, but their colons stay. False for any other
    /// form.
    pub(super) fn member_id(&mut self, text: &str) -> bool {
        let colon = if text.contains(':') { ':' } else { '：' };
        let parts: Vec<&str> = text.split(colon).collect();
        let [insurer, symbol, number, branch] = parts.as_slice() else {
            return false;
        };
        self.add(insurer, symbol, number, branch);
        true
    }

    /// The older `"00012345","１２－３４","５６７８","00"`. False for any other form.
    pub(super) fn quoted(&mut self, text: &str) -> bool {
        let Some(parts) = quoted(text) else {
            return false;
        };
        let [insurer, symbol, number, branch] = parts.as_slice() else {
            return false;
        };
        self.add(insurer, symbol, number, branch);
        true
    }

    /// 記号 and 番号 as `subscriberId` has them, in one of the two forms; a text that is in neither says nothing for
    /// certain and is passed over.
    pub(super) fn subscriber(&mut self, text: &str) {
        let parts = quoted(text);
        let parts = parts.unwrap_or_else(|| text.split([':', '：']).collect());
        if let [symbol, number] = parts.as_slice() {
            self.add("", symbol, number, "");
        }
    }

    fn add(&mut self, insurer: &str, symbol: &str, number: &str, branch: &str) {
        self.insurer.push(insurer.to_owned());
        self.symbol.push(symbol.to_owned());
        self.number.push(number.to_owned());
        self.branch.push(branch.to_owned());
    }

    /// Whether a number is said at all.
    pub(super) fn has_number(&self) -> bool {
        self.number.iter().any(|number| !is_blank(number))
    }

    /// The one value of each field in `texts`, and what differs. What is blank says nothing.
    pub(super) fn settle(&self, texts: &mut Texts, refusals: &mut Vec<Refusal>) {
        let insurer = |text: &str| Insurer::parse(text).map(|form| form.as_str().to_owned());
        let symbol = |text: &str| Symbol::parse(text).map(|form| form.as_str().to_owned());
        let number = |text: &str| Number::parse(text).map(|form| form.as_str().to_owned());
        let branch = |text: &str| Branch::parse(text).map(|form| form.as_str().to_owned());
        let mut one = |said: &[String], same: &dyn Fn(&str) -> String, refusal| {
            let mut given = said.iter().filter(|text| !is_blank(text));
            let first = given.next().cloned().unwrap_or_default();
            let form = same(&first);
            if given.any(|other| same(other) != form) {
                refusals.push(refusal);
            }
            first
        };
        // A text without a canonical form is the same only as itself.
        texts.insurer = one(
            &self.insurer,
            &|text| padded(insurer(text).unwrap_or_else(|_| text.to_owned())),
            Refusal::InsurerDiffers,
        );
        texts.symbol = one(
            &self.symbol,
            &|text| symbol(text).unwrap_or_else(|_| text.to_owned()),
            Refusal::SymbolDiffers,
        );
        texts.number = one(
            &self.number,
            &|text| number(text).unwrap_or_else(|_| text.to_owned()),
            Refusal::NumberDiffers,
        );
        texts.branch = one(
            &self.branch,
            &|text| branch(text).unwrap_or_else(|_| text.to_owned()),
            Refusal::BranchDiffers,
        );
    }
}

/// An insurer number whose leading zeros were lost, as in `12345` for `00012345`, is the same insurer.
fn padded(text: String) -> String {
    if text.len() < 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{text:0>8}")
    } else {
        text
    }
}

/// The texts between quotes, divided by commas; `None` if anything else stands there.
fn quoted(text: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = rest.strip_prefix('"')?.split_once('"')?;
        parts.push(part);
        let after = after.trim_start();
        if after.is_empty() {
            return Some(parts);
        }
        rest = after.strip_prefix([',', '，'])?.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(said: &Said) -> ([String; 4], Vec<Refusal>) {
        let (mut texts, mut refusals) = (Texts::default(), Vec::new());
        said.settle(&mut texts, &mut refusals);
        (
            [texts.insurer, texts.symbol, texts.number, texts.branch],
            refusals,
        )
    }

    #[test]
    fn member_ids_are_read_in_both_forms() {
        let mut said = Said::default();
        assert!(said.member_id("00012345:あいう:１８７:05"));
        assert_eq!(settled(&said).0, ["00012345", "あいう", "１８７", "05"]);
        let mut said = Said::default();
        assert!(said.member_id("00012345::１８７:"));
        assert_eq!(settled(&said).0, ["00012345", "", "１８７", ""]);
        let mut said = Said::default();
        assert!(said.quoted("\"00012345\",\"１２－３４\",\"５６７８\",\"00\""));
        assert_eq!(
            settled(&said).0,
            ["00012345", "１２－３４", "５６７８", "00"]
        );
        for text in ["", "1:2:3", "1:2:3:4:5", "00012345Zあ"] {
            assert!(!Said::default().member_id(text), "{text}");
        }
        for text in [
            "",
            "\"1\",\"2\",\"3\"",
            "\"1\" \"2\",\"3\",\"4\"",
            "\"1\",\"2\",\"3\",\"4",
            "1,2,3,4",
        ] {
            assert!(!Said::default().quoted(text), "{text}");
        }
    }

    #[test]
    fn widths_do_not_differ_and_blanks_say_nothing() {
        let mut said = Said::default();
        said.member_id("00012345:12-34:0187:");
        said.quoted("\"00012345\",\"１２－３４\",\"０１８７\",\"00\"");
        said.subscriber("\"１２－３４\",\"０１８７\"");
        said.insurer.push("12345".to_owned());
        let (texts, refusals) = settled(&said);
        assert_eq!(texts, ["00012345", "12-34", "0187", "00"]);
        assert!(refusals.is_empty());
    }

    #[test]
    fn each_field_that_differs_is_named() {
        let mut said = Said::default();
        said.member_id("00012345:1:2:03");
        said.member_id("00012346:2:02:3");
        let (_, refusals) = settled(&said);
        // A branch of one digit is the same as with its zero; a number's zeros are printed on cards.
        assert_eq!(
            refusals,
            [
                Refusal::InsurerDiffers,
                Refusal::SymbolDiffers,
                Refusal::NumberDiffers
            ]
        );
    }
}
