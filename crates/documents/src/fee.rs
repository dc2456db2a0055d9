//! The fee: its notice (規則29条1項) and the form that it is paid on with revenue stamps (規則30条).

use jiff::Timestamp;
use renketsu_duty::delegation::Payee;
use renketsu_duty::fee::{Rounding, TariffDay};
use renketsu_duty::notice::FeeNotice;
use serde_json::{Value, json};

use crate::error::PaperError;
use crate::sheet::{Language, Letter, Producer, Sheet};
use crate::world::Template;

/// The paper of a notice: amount and payment due date (納付期限), to whom and by which means, and how the amount was
/// computed by which reading of the Order.
///
/// # Errors
/// [`PaperError`]
pub fn fee_notice(
    notice: &FeeNotice,
    signed: Option<&str>,
    attention: Option<&str>,
    language: Language,
) -> Result<Vec<u8>, PaperError> {
    letter_of(notice, signed, attention, None, language)
}

/// How a notice came to who prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiving<'a> {
    /// When its signature was checked and it was taken over.
    pub at: Timestamp,
    /// The fingerprint of the card whose signature it was, as people read it.
    pub fingerprint: &'a str,
    /// The answer that carried it; none of a correction.
    pub answer: Option<&'a str>,
}

/// The same paper, printed by the producer that received the notice. It says so.
///
/// # Errors
/// [`PaperError`]
pub fn received_notice(
    notice: &FeeNotice,
    receiving: &Receiving<'_>,
    language: Language,
) -> Result<Vec<u8>, PaperError> {
    letter_of(notice, None, None, Some(receiving), language)
}

fn letter_of(
    notice: &FeeNotice,
    signed: Option<&str>,
    attention: Option<&str>,
    receiving: Option<&Receiving<'_>>,
    language: Language,
) -> Result<Vec<u8>, PaperError> {
    let letter = Letter {
        number: &notice.number,
        date: notice.date,
        authority: &notice.authority,
        signed,
        attention,
    };
    let producer = Producer {
        name: &notice.producer,
        certification: &notice.certification,
    };
    let mut sheet = Sheet::letter(language, &letter, &producer);
    common(&mut sheet, notice);
    match &notice.payee {
        Payee::State => sheet.put("payee", Value::Null),
        Payee::Delegate(delegate) => sheet.line("payee", &delegate.name),
    }
    let before = (notice.units_before > 0).then(|| notice.units_before.to_string());
    sheet.put("before", before);
    sheet.put(
        "rounding",
        match notice.rule.rounding {
            Rounding::Provision => "provision",
            Rounding::Answer => "answer",
        },
    );
    sheet.put(
        "tariff_day",
        match notice.rule.tariff_day {
            TariffDay::Provided => "provided",
            TariffDay::Begun => "begun",
        },
    );
    let corrects = match &notice.corrects {
        None => Value::Null,
        Some(correction) => {
            sheet.look("corrects.notice", &correction.notice, false);
            sheet.look("corrects.reason", &correction.reason, true);
            json!({ "notice": correction.notice, "reason": correction.reason })
        }
    };
    sheet.put("corrects", corrects);
    let received = match receiving {
        None => Value::Null,
        Some(receiving) => {
            sheet.look("received.fingerprint", receiving.fingerprint, false);
            if let Some(answer) = receiving.answer {
                sheet.look("received.answer", answer, false);
            }
            json!({
                "at": sheet.moment(receiving.at),
                "fingerprint": receiving.fingerprint,
                "answer": receiving.answer,
            })
        }
    };
    sheet.put("received", received);
    sheet.print(Template::FeeNotice)
}

/// A fee payment form (手数料納付書) can be made: there is something to pay, and in revenue stamps (収入印紙).
#[derive(Clone, Copy, Debug)]
pub struct FeeSlip<'a>(&'a FeeNotice);

impl<'a> FeeSlip<'a> {
    /// None where one of 支払基金等 is paid (令9条2項ただし書) or nothing is.
    pub fn of(notice: &'a FeeNotice) -> Option<Self> {
        notice.has_slip().then_some(Self(notice))
    }

    /// The form as the producer gets it: amount and due date are filled in, the stamps and the signature are not.
    ///
    /// # Errors
    /// [`PaperError`]
    pub fn pdf(self, language: Language) -> Result<Vec<u8>, PaperError> {
        let notice = self.0;
        let mut sheet = Sheet::new(language, &notice.number, notice.date, &notice.authority);
        sheet.line("producer", &notice.producer);
        sheet.line("certification", &notice.certification);
        common(&mut sheet, notice);
        sheet.print(Template::FeeSlip)
    }
}

/// What stands on both.
fn common(sheet: &mut Sheet, notice: &FeeNotice) {
    sheet.line("application", &notice.application);
    sheet.line("provision", &notice.provision);
    sheet.put("amount", yen(sheet, notice.amount_yen));
    sheet.put("stated", stated(sheet, notice.amount_yen));
    sheet.put("units", grouped(notice.units));
    let due = notice.due.map(|due| sheet.day(due));
    sheet.put("due", due);
    let mut lines = Vec::new();
    for line in &notice.lines {
        sheet.look("lines.source", &line.source, false);
        lines.push(json!({
            "source": line.source,
            "from": sheet.day(line.tariff_from),
            "tariff": yen(sheet, line.yen_per_hour),
            "units": grouped(line.units),
            "amount": yen(sheet, line.units.saturating_mul(line.yen_per_hour)),
        }));
    }
    sheet.put("lines", lines);
}

/// Yen as tables have it: 10,200円.
fn yen(sheet: &Sheet, amount: u64) -> String {
    format!("{}{}", grouped(amount), sheet.say("円", " yen"))
}

/// Yen as the paper says it once: 金１０，２００円也, in wide figures, between two words that nothing can be written before or
/// after.
fn stated(sheet: &Sheet, amount: u64) -> String {
    let figures = grouped(amount);
    let wide: String = figures.chars().map(wide).collect();
    sheet
        .say(
            format!("金{wide}円也").as_str(),
            format!("{figures} yen").as_str(),
        )
        .to_owned()
}

fn wide(character: char) -> char {
    match character {
        '0' => '０',
        '1' => '１',
        '2' => '２',
        '3' => '３',
        '4' => '４',
        '5' => '５',
        '6' => '６',
        '7' => '７',
        '8' => '８',
        '9' => '９',
        ',' => '，',
        other => other,
    }
}

/// With a comma before every three figures.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn figures() {
        let day = date(2026, 11, 22);
        let ja = Sheet::new(Language::Japanese, "1", day, "a");
        let en = Sheet::new(Language::English, "1", day, "a");
        for (amount, table, said) in [
            (0, "0円", "金０円也"),
            (999, "999円", "金９９９円也"),
            (10_200, "10,200円", "金１０，２００円也"),
            (
                1_234_567_890,
                "1,234,567,890円",
                "金１，２３４，５６７，８９０円也",
            ),
        ] {
            assert_eq!(yen(&ja, amount), table);
            assert_eq!(stated(&ja, amount), said);
        }
        assert_eq!(stated(&en, 20_400), "20,400 yen");
    }
}
