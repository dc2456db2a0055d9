//! The sections of canonical forms in a vector file.

use super::{Checked, Node, Problem, Trouble, parsed};
use crate::{BirthDate, Branch, Insurer, Kana, Loose, Number, Reject, Sex, Symbol};

/// Checks one entry of a canonical form; the second node is the file, for `today`.
pub(super) type CanonicalCheck = fn(&Node<'_>, &Node<'_>) -> Checked;

/// Name within `canonical`, name of the section, and the check of its entries.
pub(super) const CANONICAL: [(&str, &str, CanonicalCheck); 8] = [
    ("kana", "canonical.kana", |entry, _| {
        form(entry, |text| {
            Kana::parse(text).map(|kana| kana.as_str().to_owned())
        })
    }),
    ("loose", "canonical.loose", loose),
    ("symbol", "canonical.symbol", |entry, _| {
        form(entry, |text| {
            Symbol::parse(text).map(|symbol| symbol.as_str().to_owned())
        })
    }),
    ("number", "canonical.number", |entry, _| {
        form(entry, |text| {
            Number::parse(text).map(|number| number.as_str().to_owned())
        })
    }),
    ("insurer", "canonical.insurer", insurer),
    ("branch", "canonical.branch", |entry, _| {
        form(entry, |text| {
            Branch::parse(text).map(|branch| branch.as_str().to_owned())
        })
    }),
    ("birth_date", "canonical.birth_date", |entry, file| {
        let today = file.field("today")?.day()?;
        form(entry, |text| {
            BirthDate::parse(text, today).map(|birth| birth.yyyymmdd())
        })
    }),
    ("sex", "canonical.sex", |entry, _| {
        form(entry, |text| {
            Sex::parse(text).map(|sex| sex.code().to_owned())
        })
    }),
];

/// An entry with `in` and either `ok` or `reject`.
fn form(entry: &Node<'_>, parse: impl FnOnce(&str) -> Result<String, Reject>) -> Checked {
    entry.only(&["in", "ok", "reject"])?;
    outcome(entry, &parse(entry.field("in")?.text()?))
}

fn loose(entry: &Node<'_>, _: &Node<'_>) -> Checked {
    entry.only(&["symbol", "number", "ok"])?;
    let symbol = parsed(entry, "symbol", Symbol::parse)?;
    let number = parsed(entry, "number", Number::parse)?;
    outcome(entry, &Ok(Loose::of(&symbol, &number).as_str().to_owned()))
}

fn insurer(entry: &Node<'_>, _: &Node<'_>) -> Checked {
    let parsed = Insurer::parse(entry.field("in")?.text()?);
    let Ok(insurer) = parsed else {
        entry.only(&["in", "ok", "reject"])?;
        return outcome(entry, &parsed.map(|insurer| insurer.as_str().to_owned()));
    };
    entry.only(&["in", "ok", "reject", "check_digit"])?;
    let values = outcome(entry, &Ok(insurer.as_str().to_owned()))?;
    if entry.field("check_digit")?.truth()? != insurer.check_digit_holds() {
        return Err(Trouble::Field("check_digit"));
    }
    Ok(values.saturating_add(1))
}

fn outcome(entry: &Node<'_>, computed: &Result<String, Reject>) -> Checked {
    let (field, agrees) = match (entry.optional("ok")?, entry.optional("reject")?) {
        (Some(ok), None) => ("ok", computed.as_deref() == Ok(ok.text()?)),
        (None, Some(reject)) => {
            let expected = Reject::from_name(reject.text()?)
                .ok_or_else(|| reject.fault(Problem::RejectName))?;
            ("reject", *computed == Err(expected))
        }
        _ => return Err(entry.fault(Problem::Outcome).into()),
    };
    if agrees {
        Ok(1)
    } else {
        Err(Trouble::Field(field))
    }
}
