//! Long names wrap, long reasons go on to the next page, nothing runs off the paper, and too much is refused.

use renketsu_documents::Language::Japanese;
use renketsu_documents::{Decision, Outcome, PaperError, Producer};

use crate::data::{PRODUCER, refusal};
use crate::judge::Judged;

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

fn pages(info: &str) -> usize {
    let line = info.lines().find_map(|line| line.strip_prefix("Pages:"));
    line.unwrap().trim().parse().unwrap()
}

#[test]
fn a_long_reason_goes_on_with_numbered_pages() {
    let sentence = "申出の内容を審査した結果、提供先の安全管理措置が確認できない。";
    let reason = sentence.repeat(120);
    let Some(judged) = Judged::of(&because(&reason).unwrap()) else {
        return;
    };
    let count = pages(&judged.info());
    assert!(count >= 3, "{count}");
    let text = judged.text();
    assert_eq!(text.matches("安全管理措置").count(), 120);
    for page in 1..=count {
        assert!(text.contains(&format!("{page}/{count}")), "{page}");
    }
    judged.check();
}

#[test]
fn a_word_that_no_line_holds_is_broken_without_a_character_more() {
    let word = "0123456789abcdef".repeat(40);
    let japanese = "長い名称の法人".repeat(60);
    for name in [word, japanese] {
        let producer = Producer {
            name: &name,
            ..PRODUCER
        };
        let decision = Decision {
            producer,
            ..refusal()
        };
        let Some(judged) = Judged::of(&decision.pdf(Japanese).unwrap()) else {
            return;
        };
        let text = judged.text();
        assert!(text.contains(&name), "{text}");
        // Nothing is cut off at the edge: with the crop box of the paper the same text is there.
        assert!(judged.text_within_margins().contains(&name));
    }
}

#[test]
fn more_than_ten_thousand_characters_are_refused() {
    let most = "あ".repeat(10_000);
    because(&most).unwrap();
    assert_eq!(
        because(&format!("{most}あ")).unwrap_err(),
        PaperError::Long {
            field: "reason",
            characters: 10_001,
            most: 10_000
        }
    );
}
