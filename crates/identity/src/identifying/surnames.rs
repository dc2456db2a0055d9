//! Frequent surnames of Japan, to recognise a column of names by its values.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Frequent surnames in kanji and katakana. Left out: one kanji or two kana (林, モリ), which begin many other words, and
/// names of prefectures (石川, 山口), which begin addresses.
pub(crate) const SURNAMES: [(&str, &str); 104] = [
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("高橋", "タカハシ"),
    ("田中", "タナカ"),
    ("伊藤", "イトウ"),
    ("渡辺", "ワタナベ"),
    ("渡邊", "ワタナベ"),
    ("渡邉", "ワタナベ"),
    ("山本", "ヤマモト"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("吉田", "ヨシダ"),
    ("山田", "ヤマダ"),
    ("佐々木", "ササキ"),
    ("松本", "マツモト"),
    ("井上", "イノウエ"),
    ("木村", "キムラ"),
    ("清水", "シミズ"),
    ("山崎", "ヤマザキ"),
    ("池田", "イケダ"),
    ("橋本", "ハシモト"),
    ("阿部", "アベ"),
    ("山下", "ヤマシタ"),
    ("中島", "ナカジマ"),
    ("前田", "マエダ"),
    ("藤田", "フジタ"),
    ("小川", "オガワ"),
    ("後藤", "ゴトウ"),
    ("岡田", "オカダ"),
    ("長谷川", "ハセガワ"),
    ("村上", "ムラカミ"),
    ("近藤", "コンドウ"),
    ("坂本", "サカモト"),
    ("遠藤", "エンドウ"),
    ("青木", "アオキ"),
    ("藤井", "フジイ"),
    ("西村", "ニシムラ"),
    ("福田", "フクダ"),
    ("太田", "オオタ"),
    ("三浦", "ミウラ"),
    ("岡本", "オカモト"),
    ("松田", "マツダ"),
    ("中川", "ナカガワ"),
    ("中野", "ナカノ"),
    ("原田", "ハラダ"),
    ("小野", "オノ"),
    ("田村", "タムラ"),
    ("竹内", "タケウチ"),
    ("金子", "カネコ"),
    ("和田", "ワダ"),
    ("中山", "ナカヤマ"),
    ("藤原", "フジワラ"),
    ("石田", "イシダ"),
    ("上田", "ウエダ"),
    ("森田", "モリタ"),
    ("柴田", "シバタ"),
    ("酒井", "サカイ"),
    ("工藤", "クドウ"),
    ("横山", "ヨコヤマ"),
    ("宮本", "ミヤモト"),
    ("内田", "ウチダ"),
    ("高木", "タカギ"),
    ("安藤", "アンドウ"),
    ("谷口", "タニグチ"),
    ("大野", "オオノ"),
    ("丸山", "マルヤマ"),
    ("今井", "イマイ"),
    ("高田", "タカダ"),
    ("藤本", "フジモト"),
    ("武田", "タケダ"),
    ("村田", "ムラタ"),
    ("上野", "ウエノ"),
    ("杉山", "スギヤマ"),
    ("増田", "マスダ"),
    ("平野", "ヒラノ"),
    ("大塚", "オオツカ"),
    ("千田", "チダ"),
    ("久保", "クボ"),
    ("松井", "マツイ"),
    ("小島", "コジマ"),
    ("岩崎", "イワサキ"),
    ("桜井", "サクライ"),
    ("野口", "ノグチ"),
    ("斎藤", "サイトウ"),
    ("斉藤", "サイトウ"),
    ("齋藤", "サイトウ"),
    ("齊藤", "サイトウ"),
    ("石井", "イシイ"),
    ("新井", "アライ"),
    ("渡部", "ワタナベ"),
    ("菊地", "キクチ"),
    ("菊池", "キクチ"),
    ("西田", "ニシダ"),
    ("安田", "ヤスダ"),
    ("中田", "ナカタ"),
    ("木下", "キノシタ"),
    ("松尾", "マツオ"),
    ("野村", "ノムラ"),
    ("河野", "コウノ"),
    ("山内", "ヤマウチ"),
    ("永井", "ナガイ"),
    ("大橋", "オオハシ"),
    ("星野", "ホシノ"),
];

/// The surnames of three kana and more in the Latin alphabet, as [`shortened`] writes them.
pub(crate) static ROMAN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let long = SURNAMES
        .iter()
        .filter(|(_, kana)| kana.chars().count() >= 3);
    long.filter_map(|(_, kana)| roman(kana)).collect()
});

/// Katakana as in passports; `None` for what no surname above has.
fn roman(kana: &str) -> Option<String> {
    const SYLLABLES: &str = "ア A イ I ウ U エ E オ O カ KA キ KI ク KU ケ KE コ KO サ SA シ SHI ス SU セ SE ソ SO タ TA チ CHI \
        ツ TSU テ TE ト TO ナ NA ニ NI ヌ NU ネ NE ノ NO ハ HA ヒ HI フ FU ヘ HE ホ HO マ MA ミ MI ム MU メ ME モ MO \
        ヤ YA ユ YU ヨ YO ラ RA リ RI ル RU レ RE ロ RO ワ WA ン N ガ GA ギ GI グ GU ゲ GE ゴ GO ザ ZA ジ JI ズ ZU \
        ゼ ZE ゾ ZO ダ DA ヂ JI ヅ ZU デ DE ド DO バ BA ビ BI ブ BU ベ BE ボ BO パ PA ピ PI プ PU ペ PE ポ PO";
    let mut written = String::new();
    for syllable in kana.chars() {
        let mut pairs = SYLLABLES.split_ascii_whitespace();
        pairs.find(|known| known.chars().eq([syllable]))?;
        written.push_str(pairs.next()?);
    }
    Some(shortened(&written))
}

/// SATOU, SATOO and SATO are one.
pub(crate) fn shortened(roman: &str) -> String {
    roman
        .to_ascii_uppercase()
        .replace("OU", "O")
        .replace("OO", "O")
        .replace("OH", "O")
        .replace("UU", "U")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_surname_can_be_written_in_the_latin_alphabet() {
        for (kanji, kana) in SURNAMES {
            assert!(roman(kana).is_some(), "{kanji}");
        }
        assert!(ROMAN.contains("SATO") && ROMAN.contains("HASEGAWA") && !ROMAN.contains("KUBO"));
    }
}
