//! What a sentence gives away of somebody, wherever it stands in it. One sentence is enough: only what hardly occurs by
//! chance counts.

use super::Reason;
use super::surnames::SURNAMES;
use super::values::{
    PREFECTURES, all_digits, day, ends_in_house_number, is_my_number, is_street, is_telephone,
};
use crate::profile::is_space;

/// No sentence with an identifier in it is shorter.
const SHORTEST: usize = 8;

/// What a text gives away; an address or a telephone of an institution (`public`) is nobody's.
pub(super) fn reason(text: &str, public: bool) -> Option<Reason> {
    if text.chars().count() < SHORTEST {
        return None;
    }
    if my_number(text) {
        Some(Reason::MyNumber)
    } else if insured_number(text) {
        Some(Reason::InsuredNumber)
    } else if birth_date(text) {
        Some(Reason::BirthDate)
    } else if !public && telephone(text) {
        Some(Reason::Phone)
    } else if !public && address(text) {
        Some(Reason::Address)
    } else if name(text) {
        Some(Reason::Name)
    } else {
        None
    }
}

/// What follows each of some words.
fn after<'a>(text: &'a str, words: &'static [&'static str]) -> impl Iterator<Item = &'a str> {
    words.iter().flat_map(move |word| {
        text.match_indices(word)
            .filter_map(|(at, word)| text.get(at.saturating_add(word.len())..))
    })
}

/// A text without the punctuation that joins a word and its value.
fn value_of(rest: &str) -> &str {
    rest.trim_start_matches(|c: char| is_space(c) || ":;=()[]「」は".contains(c))
}

fn my_number(text: &str) -> bool {
    after(text, &["マイナンバー", "個人番号"]).any(|rest| {
        let number: String = value_of(rest)
            .chars()
            .take_while(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'))
            .collect();
        is_my_number(&number)
    })
}

/// 記号 and 番号 close together and each with its value, or the number after a word that is of nothing else.
fn insured_number(text: &str) -> bool {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let both = after(text, &["記号"]).any(|rest| {
        let Some((symbol, number)) = rest.split_once("番号") else {
            return false;
        };
        let symbol = symbol.trim_matches(|c: char| is_space(c) || ":、,・".contains(c));
        let short = (1..=12).contains(&symbol.chars().count());
        short && symbol.contains(|c: char| c.is_ascii_digit()) && digit(value_of(number))
    });
    both || after(text, &["被保険者番号", "保険証番号", "被保険者証番号"])
        .any(|rest| digit(value_of(rest)))
}

/// A full date that is said to be one of birth: `昭和39年2月29日生`, and neither of a biopsy nor of a test of chemistry,
/// whose words begin with the same sign.
fn birth_date(text: &str) -> bool {
    let written =
        |c: char| c.is_ascii_digit() || "年月日./-明治大正昭和平成令元MTSHRmtshr".contains(c);
    let before = text.match_indices('生').any(|(at, sign)| {
        let next = text
            .get(at.saturating_add(sign.len())..)
            .unwrap_or_default();
        let other = next.starts_with(['検', '化', '理', '食', '活', '命', '産', '体', '菌', '年']);
        let date = text.get(..at).unwrap_or_default();
        let begin = date.trim_end_matches(written).len();
        !other && is_day(date.get(begin..).unwrap_or_default())
    });
    before
        || after(text, &["生年月日"]).any(|rest| {
            let date = value_of(rest);
            let end = date.find(|c: char| !written(c)).unwrap_or(date.len());
            is_day(date.get(..end).unwrap_or_default())
        })
}

fn is_day(date: &str) -> bool {
    let date = date.trim_matches(['.', '-', '/']);
    date.len() >= 6 && day(date).is_some()
}

/// A mobile number with hyphens, or any number where the sentence speaks of telephones.
fn telephone(text: &str) -> bool {
    const CUES: [&str; 10] = [
        "TEL",
        "Tel",
        "tel",
        "FAX",
        "Fax",
        "電話",
        "携帯",
        "連絡先",
        "☎",
        "℡",
    ];
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let cue = CUES.iter().any(|cue| text.contains(cue));
    text.split(|c: char| !c.is_ascii_digit() && !"+-()".contains(c))
        .map(|token| token.trim_matches(['-', '(', ')']))
        .filter(|token| token.len() >= 10 && is_telephone(token))
        .any(|token| {
            let mobile = ["070-", "080-", "090-", "+81"];
            cue || mobile.iter().any(|prefix| token.starts_with(prefix))
        })
}

/// A prefecture, a municipality and a house number, with nothing but names between them.
fn address(text: &str) -> bool {
    let kanji = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}' | '々');
    let name = |c: char| kanji(c) || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}');
    let beginning = |rest: &str| {
        let end = rest
            .char_indices()
            .nth(40)
            .map_or(rest.len(), |(end, _)| end);
        let rest = rest.get(..end).unwrap_or_default();
        let Some((municipality, street)) = rest.split_once(['市', '区', '町', '村', '郡'])
        else {
            return false;
        };
        let named =
            (1..=6).contains(&municipality.chars().count()) && municipality.chars().all(name);
        let street = street
            .split(['。', '、', '(', ' '])
            .next()
            .unwrap_or_default();
        let number = street.trim_end_matches(|c: char| !c.is_ascii_digit());
        named && street.starts_with(kanji) && (is_street(street) || ends_in_house_number(number))
    };
    PREFECTURES.split(' ').any(|prefecture| {
        text.split_once(prefecture)
            .is_some_and(|(_, rest)| beginning(rest))
    })
}

/// A frequent surname, a given name or none, and a word that only people get; or a name after 氏名.
fn name(text: &str) -> bool {
    let called = [("様", true), ("さん", false), ("さま", false), ("殿", true)];
    let honoured = called.iter().any(|(word, is_kanji)| {
        text.match_indices(word).any(|(at, word)| {
            let next = text
                .get(at.saturating_add(word.len())..)
                .unwrap_or_default();
            // 様子, 様式: words that begin with it.
            let begins = *is_kanji && next.starts_with(['子', '々', '式', '相', '態', '体', '筋']);
            !begins && ends_in_name(text.get(..at).unwrap_or_default())
        })
    });
    honoured
        || after(text, &["氏名", "患者名"]).any(|rest| {
            let rest = value_of(rest);
            SURNAMES.iter().any(|(kanji, kana)| {
                let given = rest.strip_prefix(kanji).or_else(|| rest.strip_prefix(kana));
                given
                    .is_some_and(|given| given.chars().find(|c| !is_space(*c)).is_some_and(is_name))
            })
        })
}

fn is_name(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '々' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}')
}

/// Whether a text ends in a frequent surname and at most four letters of one script after it.
fn ends_in_name(text: &str) -> bool {
    // 同様, 仕様, 模様: words that end with it.
    if text.ends_with(['同', '仕', '模', '多', '異', '有', '各', '一', '貴', '宮']) {
        return false;
    }
    let text = text.trim_end_matches(is_space);
    SURNAMES.iter().any(|(kanji, kana)| {
        [*kanji, *kana].into_iter().any(|surname| {
            // Two kana are a part of many words.
            let long = surname.starts_with(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'))
                || surname.chars().count() >= 3;
            let given = text
                .rfind(surname)
                .and_then(|at| text.get(at.saturating_add(surname.len())..));
            long && given.is_some_and(|given| {
                let given = given.trim_matches(is_space);
                given.chars().count() <= 4 && is_of_one_script(given)
            })
        })
    })
}

fn is_of_one_script(text: &str) -> bool {
    let all = |script: fn(char) -> bool| text.chars().all(script);
    all(|c| matches!(c, '\u{4E00}'..='\u{9FFF}' | '々'))
        || all(|c| matches!(c, '\u{3041}'..='\u{3096}'))
        || all(|c| matches!(c, '\u{30A1}'..='\u{30FC}'))
}

/// Ten digits of a fixed line, or of a mobile telephone whose zero a spreadsheet took away.
pub(super) fn bare_telephones(values: &[String]) -> bool {
    const FEW: usize = 20;
    let ten = |value: &&String| value.len() == 10 && all_digits(value);
    let numbers: Vec<&String> = values.iter().filter(ten).collect();
    if values.len() < FEW || numbers.len().saturating_mul(100) < values.len().saturating_mul(95) {
        return false;
    }
    let digit = |value: &str, at: usize| value.as_bytes().get(at).copied().unwrap_or_default();
    let fixed = numbers
        .iter()
        .all(|value| digit(value, 0) == b'0' && digit(value, 1) != b'0');
    // The third digit of a facility's code is one of four; of an area code, any.
    let mut thirds: Vec<u8> = numbers.iter().map(|value| digit(value, 2)).collect();
    thirds.sort_unstable();
    thirds.dedup();
    let mut seconds: Vec<u8> = numbers.iter().map(|value| digit(value, 1)).collect();
    seconds.sort_unstable();
    seconds.dedup();
    let mobile = numbers
        .iter()
        .all(|value| matches!(digit(value, 0), b'7' | b'8' | b'9') && digit(value, 1) == b'0');
    let mut firsts: Vec<u8> = numbers.iter().map(|value| digit(value, 0)).collect();
    firsts.sort_unstable();
    firsts.dedup();
    (fixed && thirds.len() >= 6 && seconds.len() >= 3) || (mobile && firsts.len() >= 2)
}
