//! The shape of a column's values.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Reason;
use super::header::Header;
use super::surnames::{ROMAN, SURNAMES, shortened};
use super::within;
use crate::profile::{fold_width, is_blank, is_dash, is_space};
use crate::{BirthDate, Insurer, Kana};

/// The values of a sample that aren't blank; width folded, dashes unified, spaces kept.
pub(crate) struct Values(Vec<String>);

impl Values {
    pub(crate) fn new(sample: &[&str]) -> Self {
        let fold = |c: char| if is_dash(c) { '-' } else { fold_width(c) };
        let values = sample
            .iter()
            .filter(|value| !is_blank(value))
            .map(|value| value.trim_matches(is_space).chars().map(fold).collect());
        Self(values.collect())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn any_full_postal_code(&self) -> bool {
        self.0.iter().any(|value| {
            let value = value
                .strip_prefix('〒')
                .unwrap_or(value)
                .replace([' ', '-'], "");
            value.len() == 7 && all_digits(&value)
        })
    }

    /// What the values look like; the header only sharpens or softens the judgement.
    pub(crate) fn reason(&self, header: &Header) -> Option<Reason> {
        let public = header.is_of_a_facility();
        if self.my_numbers() {
            Some(Reason::MyNumber)
        } else if !public && self.0.iter().any(|value| holds_mail_address(value)) {
            Some(Reason::Email)
        } else if self.most(80, is_insured_number) || self.most(60, is_symbol_and_number) {
            Some(Reason::InsuredNumber)
        } else if self.most(80, is_insurer) {
            Some(Reason::Insurer)
        } else if header.is_just_a_number() && self.most(50, may_be_a_number_on_a_card) {
            Some(Reason::InsuredNumber)
        } else if (header.speaks_of_birth() && self.birth_dates())
            || self.most(50, says_birth)
            || (!header.speaks_of_another_date() && self.lifetimes())
        {
            Some(Reason::BirthDate)
        } else if !public && (self.most(60, is_telephone) || within::bare_telephones(&self.0)) {
            Some(Reason::Phone)
        } else if !public && self.postal_codes() {
            Some(Reason::PostalCode)
        } else if !public && self.most(30, is_address) {
            Some(Reason::Address)
        } else if !header.is_of_a_thing() && (self.kana_full_names() || self.surnames()) {
            Some(Reason::Name)
        } else {
            let mut texts = self.0.iter();
            texts.find_map(|text| within::reason(text, public))
        }
    }

    /// What any of the values gives away by itself.
    pub(crate) fn one_reason(&self, header: &Header) -> Option<Reason> {
        let public = header.is_of_a_facility();
        let any = |holds: fn(&str) -> bool| self.0.iter().any(|value| holds(value));
        if !public && any(holds_mail_address) {
            Some(Reason::Email)
        } else if any(is_insured_number) || any(is_symbol_and_number) {
            Some(Reason::InsuredNumber)
        } else if any(says_birth) {
            Some(Reason::BirthDate)
        } else if !public && any(is_telephone) {
            Some(Reason::Phone)
        } else if !public && any(is_address) {
            Some(Reason::Address)
        } else if any(is_called_a_person) {
            Some(Reason::Name)
        } else {
            let mut texts = self.0.iter();
            texts.find_map(|text| within::reason(text, public))
        }
    }

    /// Whether `holds` for at least `percent` of at least three values.
    fn most(&self, percent: usize, holds: impl Fn(&str) -> bool) -> bool {
        self.0.len() >= 3 && share(self.0.len(), self.count(holds), percent)
    }

    fn count(&self, holds: impl Fn(&str) -> bool) -> usize {
        self.0.iter().filter(|value| holds(value)).count()
    }

    /// One of eleven other numbers of 12 digits has a right check digit by chance: fewer than three values must all have
    /// it, and none may be a time of day (`YYYYMMDDhhmm`).
    fn my_numbers(&self) -> bool {
        if self.0.len() >= 3 {
            return self.most(80, is_my_number);
        }
        !self.is_empty()
            && self
                .0
                .iter()
                .all(|value| is_my_number(value) && !is_time(value))
    }

    /// Full dates, spread over at least two decades.
    fn birth_dates(&self) -> bool {
        let days: Vec<Date> = self.0.iter().filter_map(|value| day(value)).collect();
        let years = days.iter().map(|day| day.year());
        let spread = match (years.clone().min(), years.max()) {
            (Some(first), Some(last)) => last.saturating_sub(first),
            _ => 0,
        };
        share(self.0.len(), days.len(), 50) && spread >= 20
    }

    /// Full dates whose middle four fifths go over half a century: only people are as old as that. What was recorded,
    /// treated or insured is not.
    fn lifetimes(&self) -> bool {
        let days: BTreeSet<Date> = self.0.iter().filter_map(|value| day(value)).collect();
        let dates = self.count(|value| day(value).is_some());
        let tenth = days.len().div_euclid(10);
        let (early, late) = (days.iter().nth(tenth), days.iter().nth_back(tenth));
        let spread = match (early, late) {
            (Some(early), Some(late)) => late.year().saturating_sub(early.year()),
            _ => 0,
        };
        days.len() >= 20 && share(self.0.len(), dates, 90) && (50..=120).contains(&spread)
    }

    /// Postal codes, of which many have a zero where a range of numbers never has one.
    fn postal_codes(&self) -> bool {
        let zero = |value: &String| value.starts_with(['0', '〒']) || value.contains("-0");
        self.most(80, is_postal_code) && self.0.iter().any(zero)
    }

    /// Two words of kana. Of many such values, some have a frequent surname for a word: vaccines and devices have two words
    /// as well.
    fn kana_full_names(&self) -> bool {
        const MANY: usize = 20;
        let different: BTreeSet<&str> = self.0.iter().map(String::as_str).collect();
        let surname = |word: &str| {
            Kana::parse(word)
                .is_ok_and(|kana| SURNAMES.iter().any(|(_, known)| kana.as_str() == *known))
        };
        let of_a_person = |value: &&&str| value.split(is_space).any(surname);
        self.most(60, is_kana_full_name)
            && (different.len() < MANY
                || share(
                    different.len(),
                    different.iter().filter(of_a_person).count(),
                    5,
                ))
    }

    /// A frequent surname and a given name, in at least three different values and 15 % of them: the surnames listed are
    /// those of a quarter of the population.
    fn surnames(&self) -> bool {
        let different: BTreeSet<&str> = self.0.iter().map(String::as_str).collect();
        let names = different.iter().filter(|value| is_full_name(value)).count();
        names >= 3 && share(different.len(), names, 15)
    }
}

fn share(whole: usize, part: usize, percent: usize) -> bool {
    part.saturating_mul(100) >= whole.saturating_mul(percent)
}

pub(super) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// 12 digits with the check digit of 番号法 (総務省令85号 5条).
pub(super) fn is_my_number(value: &str) -> bool {
    let digits = value.replace([' ', '-'], "");
    if digits.len() != 12 || !all_digits(&digits) {
        return false;
    }
    let mut reversed = digits
        .bytes()
        .rev()
        .map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let check = reversed.next();
    let sum: u32 = reversed
        .zip([2_u32, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6])
        .map(|(digit, weight)| digit.wrapping_mul(weight))
        .sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        rest => 11_u32.wrapping_sub(rest),
    };
    check == Some(expected)
}

fn is_time(value: &str) -> bool {
    let part = |from: usize, to: usize| {
        value
            .get(from..to)
            .and_then(|digits| digits.parse::<u8>().ok())
    };
    value
        .get(..8)
        .is_some_and(|day| BirthDate::parse(day, Date::MAX).is_ok())
        && part(8, 10).is_some_and(|hour| hour < 24)
        && part(10, 12).is_some_and(|minute| minute < 60)
}

/// A mail address, alone or in a sentence.
fn holds_mail_address(value: &str) -> bool {
    value.contains('@')
        && value
            .split(|c: char| is_space(c) || "<>()[]「」（）、。,;:\"'".contains(c))
            .any(is_mail_address)
}

/// A full date, with or without a time of day behind it.
pub(super) fn day(value: &str) -> Option<Date> {
    let is_clock = |clock: &str| {
        let mut clock = clock.bytes();
        clock.by_ref().take(2).all(|byte| byte.is_ascii_digit()) && clock.next() == Some(b':')
    };
    let date = match value.split_once(['T', ' ']) {
        Some((date, clock)) if is_clock(clock) => date,
        _ => value,
    };
    let birth = BirthDate::parse(date, Date::MAX).ok()?;
    Some(birth.date())
}

/// A full date that says it is one of birth, as `昭和39年2月29日生`.
fn says_birth(value: &str) -> bool {
    let date = value
        .strip_suffix("生まれ")
        .or_else(|| value.strip_suffix('生'));
    date.is_some_and(|date| day(date).is_some())
}

/// 記号 and 番号 with what they are, as `記号12-34 番号567`.
fn is_symbol_and_number(value: &str) -> bool {
    let digit = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    value
        .split_once("記号")
        .and_then(|(_, rest)| rest.split_once("番号"))
        .is_some_and(|(symbol, number)| !symbol.trim().is_empty() && digit(number))
}

fn is_mail_address(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else {
        return false;
    };
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let end = domain.rsplit('.').next().unwrap_or_default();
    !local.is_empty()
        && local
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'@')
        && domain.contains('.')
        && domain.split('.').all(label)
        && end.len() >= 2
        && end.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// 8 digits: a law code in use, a prefecture, a check digit that holds.
fn is_insurer(value: &str) -> bool {
    const LAWS: [&str; 19] = [
        "00", "01", "02", "03", "04", "05", "06", "07", "31", "32", "33", "34", "39", "63", "67",
        "72", "73", "74", "75",
    ];
    if value.len() != 8 || !all_digits(value) {
        return false;
    }
    let prefecture = value.get(2..4).and_then(|digits| digits.parse::<u8>().ok());
    prefecture.is_some_and(|prefecture| (1..=47).contains(&prefecture))
        && Insurer::parse(value)
            .is_ok_and(|insurer| LAWS.contains(&insurer.law()) && insurer.check_digit_holds())
}

/// An insurer number joined with what follows it, as `06132013:12-34:567:01` (FHIR JP Core) or `06132013-1234`.
fn is_insured_number(value: &str) -> bool {
    let Some((insurer, rest)) = value.split_at_checked(8) else {
        return false;
    };
    let mut rest = rest.chars();
    is_insurer(insurer)
        && rest.next().is_some_and(|c| ":-,|/ ・".contains(c))
        && rest.any(|c| c.is_ascii_digit())
}

fn may_be_a_number_on_a_card(value: &str) -> bool {
    let digits = value.replace('-', "");
    all_digits(&digits) && (digits.len() >= 5 || (digits.len() >= 2 && digits.starts_with('0')))
}

/// A Japanese telephone number. Without hyphens only a mobile number counts: ten digits with a leading zero are many codes.
pub(super) fn is_telephone(value: &str) -> bool {
    let national = match value.strip_prefix("+81") {
        Some(rest) => format!("0{}", rest.trim_start_matches(['-', ' '])),
        None => value.to_owned(),
    };
    let digits: String = national.chars().filter(char::is_ascii_digit).collect();
    let parts: Vec<&str> = national
        .split(['-', '(', ')', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    if !digits.starts_with('0') || !parts.iter().all(|part| all_digits(part)) {
        return false;
    }
    let mobile = ["050", "070", "080", "090"]
        .iter()
        .any(|prefix| digits.starts_with(prefix));
    match parts.as_slice() {
        [_] => mobile && digits.len() == 11,
        [area, _, line] => {
            line.len() == 4
                && (2..=5).contains(&area.len())
                && (digits.len() == 10 || (mobile && digits.len() == 11))
        }
        _ => false,
    }
}

/// 7 digits written as a postal code; without a sign or hyphen they could be anything.
fn is_postal_code(value: &str) -> bool {
    let (marked, code) = match value.strip_prefix('〒') {
        Some(code) => (true, code.trim_start_matches(' ')),
        None => (false, value),
    };
    match code.split_once('-') {
        Some((left, right)) => {
            left.len() == 3 && right.len() == 4 && all_digits(left) && all_digits(right)
        }
        None => marked && code.len() == 7 && all_digits(code),
    }
}

/// Every prefecture.
pub(super) const PREFECTURES: &str = "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 \
    東京都 神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 \
    滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 \
    香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県";

/// A municipality and a house number, with or without the prefecture before them.
fn is_address(value: &str) -> bool {
    const MUNICIPALITIES: [char; 5] = ['市', '区', '町', '村', '郡'];
    // Most values of a table are numbers: none of them is searched for forty-seven names.
    if !value.contains(MUNICIPALITIES) {
        return false;
    }
    let with_prefecture = PREFECTURES
        .split(' ')
        .find_map(|name| value.split_once(name))
        .and_then(|(_, rest)| rest.split_once(MUNICIPALITIES));
    if let Some((_, street)) = with_prefecture {
        return is_street(street) || street.chars().last().is_some_and(|c| c.is_ascii_digit());
    }
    let name = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}' | '々' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}');
    let Some((municipality, street)) = value.split_once(MUNICIPALITIES) else {
        return false;
    };
    let named = municipality.chars().count() >= 2 && municipality.chars().all(name);
    named && street.starts_with(name) && (is_street(street) || ends_in_house_number(street))
}

/// 丁目, 番地 or 号 with a number before it.
pub(super) fn is_street(street: &str) -> bool {
    let numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    ["丁目", "番地", "番", "号"].iter().any(|unit| {
        street
            .split_once(unit)
            .is_some_and(|(before, _)| before.ends_with(numeral))
    })
}

/// `日吉1-2-3`: two or three numbers of at most four digits.
pub(super) fn ends_in_house_number(street: &str) -> bool {
    let number = street.trim_start_matches(|c: char| !c.is_ascii_digit());
    let parts: Vec<&str> = number.split('-').collect();
    let short = |part: &&str| (1..=4).contains(&part.len()) && all_digits(part);
    (2..=3).contains(&parts.len()) && parts.iter().all(short)
}

/// Family and given name in kana with a space between them; drugs in kana have none.
fn is_kana_full_name(value: &str) -> bool {
    let parts: Vec<&str> = value
        .split(is_space)
        .filter(|part| !part.is_empty())
        .collect();
    let one = |part: &&str| {
        Kana::parse(part).is_ok_and(|kana| (2..=8).contains(&kana.as_str().chars().count()))
    };
    parts.len() == 2 && parts.iter().all(one)
}

/// A frequent surname followed by a given name, in kanji or kana.
fn is_full_name(value: &str) -> bool {
    const NO_PERSON: [&str; 26] = [
        "院",
        "内科",
        "外科",
        "医科",
        "歯科",
        "眼科",
        "小児科",
        "クリニック",
        "薬局",
        "製薬",
        "薬品",
        "会社",
        "市",
        "町",
        "病",
        "症",
        "炎",
        "腫",
        "癌",
        "群",
        "不全",
        "硬変",
        "検査",
        "試験",
        "反応",
        "堂",
    ];
    let joined: String = value.chars().filter(|c| !is_space(*c)).collect();
    let kanji = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}' | '々' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}');
    let in_kanji = || {
        SURNAMES.iter().any(|(surname, _)| {
            joined.strip_prefix(surname).is_some_and(|given| {
                (1..=4).contains(&given.chars().count()) && given.chars().all(kanji)
            })
        })
    };
    let in_kana = || {
        let Ok(kana) = Kana::parse(&joined) else {
            return false;
        };
        SURNAMES.iter().any(|(_, surname)| {
            surname.chars().count() >= 3
                && kana
                    .as_str()
                    .strip_prefix(surname)
                    .is_some_and(|given| (2..=5).contains(&given.chars().count()))
        })
    };
    !NO_PERSON.iter().any(|end| joined.ends_with(end))
        && (in_kanji() || in_kana() || is_roman_full_name(value))
}

/// A name with a word before or behind it that only persons have.
fn is_called_a_person(value: &str) -> bool {
    let punctuation = |c: char| is_space(c) || ":：・-_=()（）[]".contains(c);
    let before = ["患者氏名", "患者名", "患者", "被保険者", "氏名"]
        .iter()
        .find_map(|word| value.strip_prefix(word));
    let rest = before.unwrap_or(value).trim_matches(punctuation);
    let behind = ["さま", "さん", "殿", "様", "氏"]
        .iter()
        .find_map(|word| rest.strip_suffix(word));
    (before.is_some() || behind.is_some())
        && is_full_name(behind.unwrap_or(rest).trim_matches(punctuation))
}

/// Two words in the Latin alphabet, one of them a frequent surname.
fn is_roman_full_name(value: &str) -> bool {
    let words: Vec<&str> = value
        .split(|c: char| is_space(c) || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    let word = |word: &&str| {
        (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let surname = |word: &&str| ROMAN.contains(&shortened(word));
    words.len() == 2 && words.iter().all(word) && words.iter().any(surname)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_of_my_number_is_that_of_the_ordinance() {
        // 123456789018 is the number that public forms print as an example.
        assert!(is_my_number("123456789018"));
        assert!(is_my_number("1234-5678-9018"));
        for value in [
            "123456789012",
            "12345678901",
            "1234567890188",
            "12345678901X",
            "",
        ] {
            assert!(!is_my_number(value), "{value}");
        }
    }

    #[test]
    fn an_insurer_number_needs_law_prefecture_and_check_digit() {
        assert!(is_insurer("06132013"));
        for value in ["06132014", "06482018", "20132014", "0613201", "00000000"] {
            assert!(!is_insurer(value), "{value}");
        }
    }

    #[test]
    fn surnames_are_written_in_the_canonical_kana() {
        for (kanji, kana) in SURNAMES {
            assert_eq!(Kana::parse(kana).unwrap().as_str(), kana, "{kanji}");
            assert!(kanji.chars().count() >= 2, "{kanji}");
        }
    }
}
