//! Classes of columns that identify people. None has a header that says so.

use super::Class;
use super::chance::Chance;

const WEIGHTS: [u64; 11] = [2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6];

/// What has no shape that codes do not have as well.
pub(super) const KNOWN_MISSES: [&str; 3] = [
    "postal code without hyphen",
    "insured number alone",
    "kanji name in five of a hundred remarks",
];

pub(super) const CLASSES: &[Class] = &[
    ("telephone, hyphens", |chance| {
        let (area, office) = area(chance);
        format!("{area}-{office}-{}", chance.digits(4))
    }),
    ("telephone, brackets and wide", |chance| {
        let (area, office) = area(chance);
        wide(&format!("{area}({office}){}", chance.digits(4)))
    }),
    ("telephone, no hyphen", |chance| {
        let (area, office) = area(chance);
        format!("{area}{office}{}", chance.digits(4))
    }),
    ("mobile, no hyphen", |chance| {
        format!("{}{}", chance.of("090 080 070"), chance.digits(8))
    }),
    ("mobile, +81", |chance| {
        format!("+81{}{}", chance.of("90 80 70"), chance.digits(8))
    }),
    ("mobile as a number (zero lost)", |chance| {
        format!("{}{}", chance.of("90 80 70"), chance.digits(8))
    }),
    ("postal code", |chance| {
        format!("{}-{}", chance.from(100, 999), chance.digits(4))
    }),
    ("postal code without hyphen", |chance| {
        format!("{}{}", chance.from(100, 999), chance.digits(4))
    }),
    ("mail address", |chance| {
        format!(
            "user{}@example.{}",
            chance.digits(4),
            chance.of("jp com org")
        )
    }),
    ("My Number", my_number),
    ("My Number, spaces", |chance| {
        let number = my_number(chance);
        [&number[..4], &number[4..8], &number[8..]].join(" ")
    }),
    ("insurer number", insurer),
    ("insurer, symbol, number, branch", |chance| {
        format!(
            "{}:{}:{}:0{}",
            insurer(chance),
            chance.digits(4),
            chance.digits(3),
            chance.from(0, 4)
        )
    }),
    ("symbol and number in words", |chance| {
        format!("記号{} 番号{}", chance.digits(4), chance.digits(3))
    }),
    ("insured number alone", |chance| chance.digits(8)),
    ("kanji name", |chance| {
        let [surname, given, ..] = chance.name();
        format!("{surname}{given}")
    }),
    ("kanji name, space", |chance| {
        let [surname, given, ..] = chance.name();
        format!("{surname}　{given}")
    }),
    ("kana name", |chance| {
        let [_, _, surname, given] = chance.name();
        format!("{surname}{given}")
    }),
    ("kana name, space", |chance| {
        let [_, _, surname, given] = chance.name();
        format!("{surname} {given}")
    }),
    ("kana name, half width", |chance| {
        let [_, _, surname, given] = chance.name();
        half(&format!("{surname} {given}"))
    }),
    ("hiragana name", |chance| {
        let [_, _, surname, given] = chance.name();
        hiragana(&format!("{surname} {given}"))
    }),
    ("romaji name", |chance| {
        let [surname, given] = romaji(chance);
        format!("{surname} {given}")
    }),
    ("romaji name, capitals and comma", |chance| {
        let [surname, given] = romaji(chance);
        format!("{}, {given}", surname.to_uppercase())
    }),
    ("address", address),
    ("address without prefecture", |chance| {
        let address = address(chance);
        let (_, rest) = address.split_once(['都', '県', '府']).unwrap();
        rest.to_owned()
    }),
    ("birth date", |chance| {
        let [year, month, day] = birth(chance);
        format!("{year}-{month:02}-{day:02}")
    }),
    ("birth date, eight digits", |chance| {
        let [year, month, day] = birth(chance);
        format!("{year}{month:02}{day:02}")
    }),
    ("birth date, slashes", |chance| {
        let [year, month, day] = birth(chance);
        format!("{year}/{month}/{day}")
    }),
    ("birth date, era", era),
    ("birth date, seven digits", |chance| {
        let (era, last) = if chance.percent(70) { (3, 63) } else { (4, 27) };
        format!(
            "{era}{:02}{:02}{:02}",
            chance.from(2, last),
            chance.from(1, 12),
            chance.from(1, 28)
        )
    }),
    ("telephone in five of a hundred remarks", |chance| {
        let number = format!("090-{}-{}", chance.digits(4), chance.digits(4));
        remark(chance, 5, &format!("家族の携帯 {number} へ連絡済み"))
    }),
    ("fixed line in five of a hundred remarks", |chance| {
        let number = format!("03-{}-{}", chance.digits(4), chance.digits(4));
        remark(chance, 5, &format!("自宅（TEL {number}）に連絡"))
    }),
    ("mail address in five of a hundred remarks", |chance| {
        let user = chance.digits(3);
        remark(chance, 5, &format!("結果は u{user}@example.jp に送付"))
    }),
    ("My Number in five of a hundred remarks", |chance| {
        let number = my_number(chance);
        remark(chance, 5, &format!("マイナンバー{number}を確認した"))
    }),
    ("insured number in five of a hundred remarks", |chance| {
        let (symbol, number) = (chance.digits(4), chance.digits(3));
        remark(
            chance,
            2,
            &format!("保険証の記号{symbol}番号{number}に変更"),
        )
    }),
    ("name with 様 in five of a hundred remarks", |chance| {
        let given = chance.name()[1].clone();
        let surname = chance.of("佐藤 鈴木 高橋 田中 伊藤");
        remark(chance, 5, &format!("家族の{surname}{given}様が来院"))
    }),
    (
        "surname with さん in five of a hundred remarks",
        |chance| {
            let surname = chance.of("佐藤 鈴木 高橋 田中 伊藤");
            remark(chance, 5, &format!("{surname}さんに説明し同意を得た"))
        },
    ),
    ("birth date in five of a hundred remarks", |chance| {
        let date = era(chance);
        remark(chance, 5, &format!("{date}生の女性、独居"))
    }),
    ("address in five of a hundred remarks", |chance| {
        let address = address(chance);
        remark(chance, 5, &format!("転居先は{address}とのこと"))
    }),
    ("kanji name in five of a hundred remarks", |chance| {
        let [surname, given, ..] = chance.name();
        remark(chance, 5, &format!("付添は{surname}{given}"))
    }),
];

fn area(chance: &mut Chance) -> (&'static str, String) {
    let area = chance.of("03 06 011 022 045 052 075 078 082 092 0422 0466 0742 0985 098");
    let office = chance.from(2, 9).to_string() + &chance.digits(5usize.saturating_sub(area.len()));
    (area, office)
}

fn my_number(chance: &mut Chance) -> String {
    let digits = chance.digits(11);
    let sum: u64 = digits
        .bytes()
        .rev()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u64::from(digit - b'0') * weight)
        .sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    format!("{digits}{check}")
}

fn insurer(chance: &mut Chance) -> String {
    let digits = format!(
        "{}{:02}{}",
        chance.of("01 06 31 39"),
        chance.from(1, 47),
        chance.digits(3)
    );
    let sum: u32 = (digits.bytes().rev().zip([2_u32, 1].into_iter().cycle()))
        .map(|(digit, weight)| {
            let product = u32::from(digit - b'0') * weight;
            product / 10 + product % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn address(chance: &mut Chance) -> String {
    let town = chance.of(
        "東京都千代田区霞が関 東京都世田谷区成城 神奈川県横浜市港北区日吉 愛知県名古屋市中区栄 京都府京都市左京区吉田 \
         大阪府堺市北区長曽根町 福岡県福岡市博多区祇園町 青森県八戸市内丸 沖縄県那覇市泉崎",
    );
    match chance.from(1, 3) {
        1 => format!(
            "{town}{}-{}-{}",
            chance.from(1, 9),
            chance.from(1, 30),
            chance.from(1, 20)
        ),
        2 => format!(
            "{town}{}丁目{}番{}号",
            chance.from(1, 9),
            chance.from(1, 30),
            chance.from(1, 20)
        ),
        _ => wide(&format!(
            "{town}{}-{}",
            chance.from(1, 9),
            chance.from(1, 30)
        )),
    }
}

/// Year, month and day of a birth.
fn birth(chance: &mut Chance) -> [u64; 3] {
    [
        chance.from(1925, 2015),
        chance.from(1, 12),
        chance.from(1, 28),
    ]
}

fn era(chance: &mut Chance) -> String {
    let (long, short, last) = if chance.percent(70) {
        ("昭和", "S", 63)
    } else {
        ("平成", "H", 27)
    };
    let (year, month, day) = (chance.from(2, last), chance.from(1, 12), chance.from(1, 28));
    if chance.percent(50) {
        format!("{long}{year}年{month}月{day}日")
    } else {
        format!("{short}{year}.{month}.{day}")
    }
}

/// A remark of a ward, and in some of a hundred what identifies somebody.
fn remark(chance: &mut Chance, percent: u64, identifying: &str) -> String {
    let plain = format!(
        "{}、{}。次回は{}月",
        chance.of("食欲良好 発熱あり 咳嗽持続 血圧安定 浮腫軽減"),
        chance.of("経過観察 内服継続 採血施行 画像検査予定 退院調整中"),
        chance.from(1, 12)
    );
    if chance.percent(percent) {
        format!("{plain}。{identifying}")
    } else {
        plain
    }
}

fn romaji(chance: &mut Chance) -> [String; 2] {
    // Ten of a hundred are of surnames that everybody knows.
    let surname = if chance.percent(15) {
        chance.of("Sato Suzuki Takahashi Tanaka Watanabe")
    } else {
        chance.of("Kurosawa Minami Hoshino Asada Tsuchiya Uchida Kanbe Nagai Ebihara Shiraishi")
    };
    let given = chance.of("Taro Hanako Kenji Misaki Akira Yumi Daisuke Aoi Haruto Sakura");
    [surname, given].map(str::to_owned)
}

fn wide(text: &str) -> String {
    let wide = |c: char| match c {
        '0'..='9' | '-' | '(' | ')' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
        other => other,
    };
    text.chars().map(wide).collect()
}

fn hiragana(text: &str) -> String {
    let soft = |c: char| match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap(),
        other => other,
    };
    text.chars().map(soft).collect()
}

/// Half-width kana, voiced marks apart.
fn half(text: &str) -> String {
    const WIDE: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー";
    const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ";
    const VOICED: &str = "ガギグゲゴザジズゼゾダヂヅデドバビブベボ";
    const PLAIN: &str = "カキクケコサシスセソタチツテトハヒフヘホ";
    let mut out = String::new();
    for c in text.chars() {
        let at = |table: &str, c: char| table.chars().position(|other| other == c);
        let plain = at(VOICED, c).and_then(|place| PLAIN.chars().nth(place));
        let base = plain.unwrap_or(c);
        let narrow = at(WIDE, base).and_then(|place| HALF.chars().nth(place));
        out.push(narrow.unwrap_or(base));
        if plain.is_some() {
            out.push('ﾞ');
        }
    }
    out
}
