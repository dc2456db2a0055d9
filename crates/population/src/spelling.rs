//! The ways in which systems spell the same value: widths, large kana, hyphens, eras.

use jiff::civil::Date;

/// Katakana in half width, voiced marks as characters of their own; characters without a half form stay.
pub(crate) fn half_width(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match HALF.iter().find(|(full, _)| *full == c) {
            Some((_, half)) => out.push_str(half),
            None => out.push(c),
        }
    }
    out
}

/// ASCII in full width; `-` becomes U+FF0D.
pub(crate) fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '!'..='~' => u32::from(c)
                .checked_add(0xFEE0)
                .and_then(char::from_u32)
                .unwrap_or(c),
            _ => c,
        })
        .collect()
}

/// Katakana as hiragana, except for characters whose hiragana CP932 lacks.
pub(crate) fn hiragana(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'ァ'..='ン' => u32::from(c)
                .checked_sub(0x60)
                .and_then(char::from_u32)
                .unwrap_or(c),
            _ => c,
        })
        .collect()
}

/// The large kana of a small one.
pub(crate) fn large(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        other => other,
    }
}

/// Leading zeros off; one digit stays.
pub(crate) fn without_leading_zeros(number: &str) -> &str {
    let rest = number.trim_start_matches('0');
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        rest
    } else {
        number
    }
}

/// `19930702`.
pub(crate) fn compact(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// The era's digit, Latin letter, kanji name and year of a date from 1868 on.
fn era(date: Date) -> (u8, char, &'static str, i16) {
    const TAISHO: Date = Date::constant(1912, 7, 30);
    const SHOWA: Date = Date::constant(1926, 12, 25);
    const HEISEI: Date = Date::constant(1989, 1, 8);
    const REIWA: Date = Date::constant(2019, 5, 1);
    let (digit, letter, name, base) = if date >= REIWA {
        (5, 'R', "令和", 2018)
    } else if date >= HEISEI {
        (4, 'H', "平成", 1988)
    } else if date >= SHOWA {
        (3, 'S', "昭和", 1925)
    } else if date >= TAISHO {
        (2, 'T', "大正", 1911)
    } else {
        (1, 'M', "明治", 1867)
    };
    (digit, letter, name, date.year().saturating_sub(base))
}

/// `GYYMMDD`, the form of claim files before 令和2年.
pub(crate) fn era_digits(date: Date) -> String {
    let (digit, _, _, year) = era(date);
    format!("{digit}{year:02}{:02}{:02}", date.month(), date.day())
}

/// `S45.3.12`.
pub(crate) fn era_letter(date: Date) -> String {
    let (_, letter, _, year) = era(date);
    format!("{letter}{year}.{}.{}", date.month(), date.day())
}

/// `昭和45年3月12日`; the first year is 元年.
pub(crate) fn era_words(date: Date) -> String {
    let (_, _, name, year) = era(date);
    let year = if year == 1 {
        "元".to_owned()
    } else {
        year.to_string()
    };
    format!("{name}{year}年{}月{}日", date.month(), date.day())
}

#[rustfmt::skip]
const HALF: &[(char, &str)] = &[
    ('ア', "ｱ"), ('イ', "ｲ"), ('ウ', "ｳ"), ('エ', "ｴ"), ('オ', "ｵ"), ('カ', "ｶ"), ('キ', "ｷ"), ('ク', "ｸ"),
    ('ケ', "ｹ"), ('コ', "ｺ"), ('サ', "ｻ"), ('シ', "ｼ"), ('ス', "ｽ"), ('セ', "ｾ"), ('ソ', "ｿ"), ('タ', "ﾀ"),
    ('チ', "ﾁ"), ('ツ', "ﾂ"), ('テ', "ﾃ"), ('ト', "ﾄ"), ('ナ', "ﾅ"), ('ニ', "ﾆ"), ('ヌ', "ﾇ"), ('ネ', "ﾈ"),
    ('ノ', "ﾉ"), ('ハ', "ﾊ"), ('ヒ', "ﾋ"), ('フ', "ﾌ"), ('ヘ', "ﾍ"), ('ホ', "ﾎ"), ('マ', "ﾏ"), ('ミ', "ﾐ"),
    ('ム', "ﾑ"), ('メ', "ﾒ"), ('モ', "ﾓ"), ('ヤ', "ﾔ"), ('ユ', "ﾕ"), ('ヨ', "ﾖ"), ('ラ', "ﾗ"), ('リ', "ﾘ"),
    ('ル', "ﾙ"), ('レ', "ﾚ"), ('ロ', "ﾛ"), ('ワ', "ﾜ"), ('ヲ', "ｦ"), ('ン', "ﾝ"),
    ('ガ', "ｶﾞ"), ('ギ', "ｷﾞ"), ('グ', "ｸﾞ"), ('ゲ', "ｹﾞ"), ('ゴ', "ｺﾞ"), ('ザ', "ｻﾞ"), ('ジ', "ｼﾞ"),
    ('ズ', "ｽﾞ"), ('ゼ', "ｾﾞ"), ('ゾ', "ｿﾞ"), ('ダ', "ﾀﾞ"), ('ヂ', "ﾁﾞ"), ('ヅ', "ﾂﾞ"), ('デ', "ﾃﾞ"),
    ('ド', "ﾄﾞ"), ('バ', "ﾊﾞ"), ('ビ', "ﾋﾞ"), ('ブ', "ﾌﾞ"), ('ベ', "ﾍﾞ"), ('ボ', "ﾎﾞ"), ('パ', "ﾊﾟ"),
    ('ピ', "ﾋﾟ"), ('プ', "ﾌﾟ"), ('ペ', "ﾍﾟ"), ('ポ', "ﾎﾟ"), ('ヴ', "ｳﾞ"),
    ('ァ', "ｧ"), ('ィ', "ｨ"), ('ゥ', "ｩ"), ('ェ', "ｪ"), ('ォ', "ｫ"), ('ッ', "ｯ"), ('ャ', "ｬ"), ('ュ', "ｭ"),
    ('ョ', "ｮ"), ('ー', "ｰ"), ('・', "･"), ('\u{3000}', " "),
];

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn half_width_splits_voiced_kana() {
        assert_eq!(half_width("ショウジ\u{3000}ヴィエー"), "ｼｮｳｼﾞ ｳﾞｨｴｰ");
        assert_eq!(half_width("漢A"), "漢A");
    }

    #[test]
    fn eras_change_on_their_days() {
        assert_eq!(era_digits(date(1989, 1, 7)), "3640107");
        assert_eq!(era_digits(date(1989, 1, 8)), "4010108");
        assert_eq!(era_letter(date(2019, 5, 1)), "R1.5.1");
        assert_eq!(era_words(date(2019, 5, 1)), "令和元年5月1日");
        assert_eq!(era_words(date(1926, 12, 24)), "大正15年12月24日");
        assert_eq!(era_digits(date(1993, 7, 2)), "4050702");
    }

    #[test]
    fn zeros_inside_and_the_last_digit_stay() {
        assert_eq!(without_leading_zeros("000102"), "102");
        assert_eq!(without_leading_zeros("012-0345"), "12-0345");
        assert_eq!(without_leading_zeros("000"), "000");
        assert_eq!(without_leading_zeros("0-1"), "0-1");
    }

    #[test]
    fn full_width_and_hiragana_leave_other_characters() {
        assert_eq!(full_width("10-23ケ"), "１０－２３ケ");
        assert_eq!(hiragana("サトウー・ヴ"), "さとうー・ヴ");
    }
}
