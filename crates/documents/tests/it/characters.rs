//! Which characters print, which are refused by name, and that none of them is ever markup.

use renketsu_documents::Language::Japanese;
use renketsu_documents::{Decision, Missing, Outcome, PaperError, Producer};

use crate::data::{PRODUCER, refusal};
use crate::judge::{Judged, holds};

fn named(name: &str) -> Result<Vec<u8>, PaperError> {
    let producer = Producer { name, ..PRODUCER };
    Decision {
        producer,
        ..refusal()
    }
    .pdf(Japanese)
}

fn because(reason: &str) -> Result<Vec<u8>, PaperError> {
    let outcome = Outcome::Refused {
        reason,
        remedy: None,
    };
    Decision {
        outcome,
        ..refusal()
    }
    .pdf(Japanese)
}

/// What is missing in a name: it stands in the address and in the table.
fn missing(name: &str) -> Vec<String> {
    match named(name) {
        Err(PaperError::Glyph(fields)) => {
            let places: Vec<&str> = fields.iter().map(|missing| missing.field).collect();
            assert_eq!(places, ["to", "producer"], "{name:?}");
            fields.into_iter().next().unwrap().characters
        }
        other => panic!("{name:?}: {other:?}"),
    }
}

#[test]
fn names_in_every_spelling_are_printed_and_read_back() {
    for name in [
        "髙橋﨑田德川",
        "𠮷野家",
        "𣘺本渡邉渡邊",
        "齋藤齊藤濵田㓛",
        "①㈱試験㈲",
        "ｶﾅ　カナ　ﾊﾞﾝｸ",
        "辻󠄀",
        "がぎぐ",
        "〜～－ー—−‐",
        "Données & Söhne",
        "«№ 5» ½ ℡ ㎡",
    ] {
        let Some(judged) = Judged::of(&named(name).unwrap()) else {
            return;
        };
        holds(&judged.text(), &[name, "代表理事", name]);
        judged.check();
    }
}

#[test]
fn the_second_font_sets_what_the_first_has_not() {
    let Some(judged) = Judged::of(&named("𠮷野家").unwrap()) else {
        return;
    };
    let fonts = judged.fonts();
    assert!(
        fonts.iter().any(|font| font.contains("NotoSansJP")),
        "{fonts:?}"
    );
}

#[test]
fn what_no_font_has_is_named() {
    for (name, expected) in [
        ("試験😀機構", vec!["😀"]),
        ("שלום", vec!["ש", "ל", "ו", "ם"]),
        ("مرحبا", vec!["م", "ر", "ح", "ب", "ا"]),
        ("𪚥𪚥 𠀋", vec!["𪚥"]),
        ("葛\u{E0111}飾", vec!["葛\u{E0111}"]),
        ("x\u{20DD}", vec!["x\u{20DD}"]),
    ] {
        assert_eq!(missing(name), expected, "{name}");
    }
}

#[test]
fn what_has_no_form_of_its_own_is_refused() {
    for character in [
        '\0',
        '\u{7}',
        '\t',
        '\n',
        '\r',
        '\u{1B}',
        '\u{7F}',
        '\u{85}',
        '\u{AD}',
        '\u{200B}',
        '\u{200D}',
        '\u{200F}',
        '\u{2028}',
        '\u{202E}',
        '\u{2066}',
        '\u{2069}',
        '\u{2060}',
        '\u{FEFF}',
        '\u{FFFD}',
        '\u{FFFF}',
        '\u{E000}',
        '\u{F8FF}',
        '\u{E0001}',
        '\u{10FFFD}',
    ] {
        assert_eq!(
            missing(&format!("機構{character}A")),
            [character.to_string()],
            "{character:?}"
        );
    }
    assert_eq!(missing("\u{E0100}A"), ["\u{E0100}"]);
    assert_eq!(missing("\u{3099}A"), ["\u{3099}"]);
}

#[test]
fn the_error_names_field_and_code_points_only() {
    let error = because("理由\u{E0101}。\n次の行\u{7}").unwrap_err();
    assert_eq!(
        error,
        PaperError::Glyph(vec![Missing {
            field: "reason",
            characters: vec!["由\u{E0101}".to_owned(), "\u{7}".to_owned()],
        }])
    );
    assert_eq!(error.code(), "documents.glyph");
    assert_eq!(
        error.details(),
        [("characters", "reason: U+7531 U+E0101, U+0007".to_owned())]
    );
}

#[test]
fn marks_compose_or_are_refused() {
    // か with U+3099 is set as が, and read back as one or the other.
    let pdf = named("か\u{3099}機構").unwrap();
    let Some(judged) = Judged::of(&pdf) else {
        return;
    };
    let text = judged.text();
    assert!(
        text.contains("が機構") || text.contains("か\u{3099}機構"),
        "{text}"
    );
    judged.check();
}

#[test]
fn markup_is_text() {
    for hostile in [
        "#panic() #read(\"/etc/passwd\") #sys.inputs",
        "*太字* _斜体_ `raw` = 見出し",
        "$ x^2 $ <label> @ref \\ #[x] ~ -- --- ...",
        "// comment /* block */ https://example.org",
        "]#]) #{ } \"quoted\" 'single' \\u{41}",
        "#import \"@preview/x:0.1.0\": *",
        "- item + item / term: x",
        "{\"data\": \"}\" <script>alert(1)</script> ${x} {{x}} %s",
    ] {
        let Some(judged) = Judged::of(&because(hostile).unwrap()) else {
            return;
        };
        holds(&judged.text(), &["提供しない理由", hostile, "以上"]);
        let Some(judged) = Judged::of(&named(hostile).unwrap()) else {
            return;
        };
        holds(&judged.text(), &[hostile, "代表理事", hostile]);
    }
}
