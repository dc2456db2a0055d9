//! Every paper in both languages, read back: what must stand in it does, in that order.

use jiff::civil::date;
use renketsu_documents::Language::{English, Japanese};
use renketsu_documents::{
    Closing, Decision, FeeSlip, Outcome, Receiving, fee_notice, received_notice,
};
use renketsu_duty::fee::{FeeLine, FeeRule, Rounding, TariffDay};
use renketsu_duty::notice::FeeNotice;

use crate::data::{closing, corrected, erased, notice, receipt, refusal};
use crate::judge::{Judged, holds};

#[test]
fn fee_notice_in_japanese() {
    let pdf = fee_notice(&notice(), Some("厚生労働大臣"), Some("代表理事"), Japanese).unwrap();
    let Some(judged) = Judged::of(&pdf) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "P-2026-0001-F1",
            "令和8年11月22日（2026年11月22日）",
            "一般社団法人 試験用データ機構",
            "代表理事　様",
            "厚生労働省",
            "厚生労働大臣",
            "手数料の額及び納付期限について（通知）",
            "同法施行規則第29条第1項",
            "記",
            "手数料の額",
            "金１０，２００円也",
            "納付期限",
            "令和8年12月22日（2026年12月22日）",
            "納付先",
            "国",
            "収入印紙を手数料納付書に貼って納付",
            "P-2026-0001",
            "A-2026-0007",
            "認定匿名第1号",
            "令9条1項（令和6年4月1日（2024年4月1日））",
            "10,200円",
            "1",
            "10,200円",
            "合計",
            "10,200円",
            "全て合計した後に一度だけ1時間単位に切り上げる",
            "当方の解釈",
            "以上",
            "1/1",
        ],
    );
    judged.check();
    let info = judged.info();
    for line in [
        "手数料の額及び納付期限について（通知）",
        "厚生労働省",
        "Renketsu",
        "Tagged:          yes",
        "Pages:           1",
        "(A4)",
    ] {
        assert!(info.contains(line), "{line}: {info}");
    }
    let fonts = judged.fonts();
    assert!(
        fonts
            .iter()
            .all(|font| font.ends_with("BIZUDPGothic-Regular")),
        "{fonts:?}"
    );
}

#[test]
fn fee_notice_in_english() {
    let pdf = fee_notice(&notice(), None, None, English).unwrap();
    let Some(judged) = Judged::of(&pdf) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "P-2026-0001-F1",
            "22 November 2026 (Reiwa 8)",
            "Notice of the Fee and Its Due Date",
            "Article 29(1)",
            "10,200 yen",
            "22 December 2026 (Reiwa 8)",
            "The State",
            "By revenue stamps",
            "Certification number",
            "1 April 2024 (Reiwa 6)",
            "This is our interpretation.",
            "1/1",
        ],
    );
}

#[test]
fn a_notice_to_the_payment_fund_names_it_and_no_stamps_and_what_it_corrects() {
    let pdf = fee_notice(&corrected(), None, None, Japanese).unwrap();
    let Some(judged) = Judged::of(&pdf) else {
        return;
    };
    let text = judged.text();
    holds(
        &text,
        &[
            "この通知は、P-2026-0001-F1の通知に代わるものです。",
            "社会保険診療報酬支払基金",
            "納付先の定める方法",
            "時間の記録の誤りのため。",
            "うち通知済みの時間数",
            "2",
        ],
    );
    assert!(!text.contains("収入印紙を手数料納付書"));
}

#[test]
fn every_reading_of_the_order_is_said() {
    for (rule, said) in [
        (
            FeeRule {
                rounding: Rounding::Answer,
                ..FeeRule::default()
            },
            "それまでの通知の後に要した時間を1時間単位に切り上げるものとし、情報を提供した日の単価",
        ),
        (
            FeeRule {
                tariff_day: TariffDay::Begun,
                ..FeeRule::default()
            },
            "一度だけ1時間単位に切り上げるものとし、各1時間を開始した日の単価",
        ),
    ] {
        let notice = FeeNotice { rule, ..notice() };
        let pdf = fee_notice(&notice, None, None, Japanese).unwrap();
        let Some(judged) = Judged::of(&pdf) else {
            return;
        };
        holds(&judged.text(), &[said]);
    }
}

#[test]
fn a_notice_without_a_fee_says_so_and_has_no_slip() {
    let none = FeeNotice {
        units: 0,
        units_before: 1,
        lines: Vec::new(),
        amount_yen: 0,
        due: None,
        ..notice()
    };
    assert!(FeeSlip::of(&none).is_none());
    let pdf = fee_notice(&none, None, None, Japanese).unwrap();
    let Some(judged) = Judged::of(&pdf) else {
        return;
    };
    holds(
        &judged.text(),
        &["新たに納付する手数料はありません", "金０円也", "なし"],
    );
}

#[test]
fn two_tariffs_are_two_lines_and_one_total() {
    let two = FeeNotice {
        units: 3,
        lines: vec![
            FeeLine {
                units: 1,
                yen_per_hour: 10_200,
                tariff_from: date(2024, 4, 1),
                source: "令9条1項".to_owned(),
            },
            FeeLine {
                units: 2,
                yen_per_hour: 11_000,
                tariff_from: date(2026, 11, 1),
                source: "令9条1項".to_owned(),
            },
        ],
        amount_yen: 32_200,
        ..notice()
    };
    let Some(judged) = Judged::of(&fee_notice(&two, None, None, Japanese).unwrap()) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "10,200円",
            "1",
            "10,200円",
            "11,000円",
            "2",
            "22,000円",
            "合計",
            "3",
            "32,200円",
        ],
    );
    let slip = FeeSlip::of(&two).unwrap().pdf(Japanese).unwrap();
    let Some(judged) = Judged::of(&slip) else {
        return;
    };
    holds(&judged.text(), &["1時間 × 10,200円、2時間 × 11,000円"]);
}

#[test]
fn fee_slip_in_both_languages() {
    let notice = notice();
    let slip = FeeSlip::of(&notice).unwrap();
    let Some(judged) = Judged::of(&slip.pdf(Japanese).unwrap()) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "手数料納付書",
            "厚生労働大臣　殿",
            "一般社団法人 試験用データ機構",
            "収入印紙をもって下記のとおり納付します。",
            "金１０，２００円也",
            "手数料の納付期限",
            "令和8年12月22日（2026年12月22日）",
            "P-2026-0001-F1",
            "A-2026-0007",
            "認定匿名第1号",
            "1時間 × 10,200円",
            "収入印紙貼付欄",
            "10,200円分の収入印紙を貼り、消印をしないでください。",
            "1/1",
        ],
    );
    judged.check();
    let Some(judged) = Judged::of(&slip.pdf(English).unwrap()) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "Fee Payment Form",
            "10,200 yen",
            "22 December 2026 (Reiwa 8)",
            "1 h × 10,200 yen",
            "Affix revenue stamps here",
            "Do not cancel them.",
            "1/1",
        ],
    );
}

#[test]
fn no_slip_where_the_payment_fund_is_paid() {
    assert!(FeeSlip::of(&corrected()).is_none());
}

#[test]
fn refusal_with_its_reason() {
    let Some(judged) = Judged::of(&refusal().pdf(Japanese).unwrap()) else {
        return;
    };
    let text = judged.text();
    holds(
        &text,
        &[
            "代表理事　髙橋 花子　様",
            "不提供通知",
            "令和8年10月1日（2026年10月1日）付けで申出のあった",
            "提供しないこととした",
            "令和8年11月20日（2026年11月20日）",
            "提供しない理由",
            "利用の承諾を確認できないため。",
            "資料が提出されていないため。",
            "以上",
        ],
    );
    assert!(!text.contains("教示"));
    let Some(judged) = Judged::of(&refusal().pdf(English).unwrap()) else {
        return;
    };
    holds(
        &judged.text(),
        &["Is Not Provided", "1 October 2026 (Reiwa 8)", "Reason"],
    );
}

#[test]
fn refusal_with_remedies_and_acceptance_with_conditions() {
    for (outcome, said) in [
        (
            Outcome::Refused {
                reason: "理由",
                remedy: Some("審査請求をすることができる旨の教示"),
            },
            vec![
                "提供しない理由",
                "理由",
                "教示",
                "審査請求をすることができる旨",
            ],
        ),
        (
            Outcome::Provided {
                conditions: Some("条件の一\n条件の二"),
            },
            vec![
                "（提供通知）",
                "提供することとした",
                "条件",
                "条件の一",
                "条件の二",
            ],
        ),
        (
            Outcome::Provided { conditions: None },
            vec!["（提供通知）", "提供することとした"],
        ),
    ] {
        let decision = Decision {
            outcome,
            ..refusal()
        };
        let Some(judged) = Judged::of(&decision.pdf(Japanese).unwrap()) else {
            return;
        };
        holds(&judged.text(), &said);
        decision.pdf(English).unwrap();
    }
}

#[test]
fn receipt_of_an_application() {
    let Some(judged) = Judged::of(&receipt().pdf(Japanese).unwrap()) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "申出の受付について（通知）",
            "令和8年10月1日",
            "令和8年10月2日",
            "電子申請（第2版）",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ],
    );
    receipt().pdf(English).unwrap();
}

#[test]
fn closing_of_a_provision() {
    let erased = erased();
    let Some(judged) = Judged::of(&closing(&erased).pdf(Japanese).unwrap()) else {
        return;
    };
    let text = judged.text();
    holds(
        &text,
        &[
            "提供の終了及び鍵の消去に関する記録",
            "再び作成することはできません。",
            "P-2026-0001",
            "国立大学法人 試験大学",
            "研究が終了したため。",
            "消去した鍵",
        ],
    );
    for said in [
        "00112233aabbccdd",
        "8899aabbccddeeff",
        "令和8年11月22日（2026年11月22日）14時03分22秒",
        "鍵の管理者試験花子",
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "立会者（署名）",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    closing(&erased).pdf(English).unwrap();
}

/// Whoever signs sees what is signed, however long the record is.
#[test]
fn the_boxes_for_signatures_are_never_alone_on_a_page() {
    let erased = erased();
    let method = "封緘したソルトの鍵を消去した後、封緘したソルトを上書きして削除した。".repeat(4);
    for (signed, reason) in [
        (None, "研究が終了したため。".to_owned()),
        (
            Some("厚生労働省保険局　情報管理官　試験 太郎"),
            "研究が終了したため。".to_owned(),
        ),
        (Some("厚生労働大臣"), "研究が終了したため。".repeat(30)),
    ] {
        let closing = Closing {
            signed,
            reason: Some(&reason),
            method: Some(&method),
            ..closing(&erased)
        };
        for language in [Japanese, English] {
            let Some(judged) = Judged::of(&closing.pdf(language).unwrap()) else {
                return;
            };
            let last = judged.last_page();
            assert!(last.contains("2c26b46b68ffc68f"), "{signed:?}: {last}");
            let boxes = if language == Japanese {
                "立会者（署名）"
            } else {
                "Witness(signature)"
            };
            assert!(last.contains(boxes), "{last}");
        }
    }
}

#[test]
fn what_the_producer_prints_says_how_it_came() {
    let receiving = Receiving {
        at: "2026-11-22T05:03:22Z".parse().unwrap(),
        fingerprint: "9e1d b765 c5fb 3ea1",
        answer: Some("dcf439383743c737"),
    };
    let pdf = received_notice(&notice(), &receiving, Japanese).unwrap();
    let Some(judged) = Judged::of(&pdf) else {
        return;
    };
    holds(
        &judged.text(),
        &[
            "金１０，２００円也",
            "この書面は、認定事業者が受け取った通知を印刷したものです。",
            "令和8年11月22日（2026年11月22日）14時03分22秒に回答dcf439383743c737とともに受け取り",
            "9e1d b765 c5fb 3ea1",
        ],
    );
    let pdf = received_notice(&notice(), &receiving, English).unwrap();
    let judged = Judged::of(&pdf).unwrap();
    holds(
        &judged.text(),
        &["Copy for reading", "with the answer dcf439383743c737"],
    );
    let mut strange = receiving;
    strange.answer = Some("外\u{e000}字");
    let error = received_notice(&notice(), &strange, Japanese).unwrap_err();
    assert_eq!(error.code(), "documents.glyph");
}

#[test]
fn a_paper_in_english_says_on_each_page_that_it_is_a_copy() {
    let reason = "申出の内容を審査した結果、提供先の安全管理措置が確認できない。".repeat(120);
    let outcome = Outcome::Refused {
        reason: &reason,
        remedy: None,
    };
    let decision = Decision {
        outcome,
        ..refusal()
    };
    let said = "Copyforreading.ThepaperinJapaneseistheofficialone.";
    let Some(judged) = Judged::of(&decision.pdf(English).unwrap()) else {
        return;
    };
    assert!(judged.text().matches(said).count() >= 3);
    let judged = Judged::of(&decision.pdf(Japanese).unwrap()).unwrap();
    assert!(!judged.text().contains("Copy"));
}

#[test]
fn equal_data_are_equal_bytes() {
    let first = fee_notice(&notice(), None, None, Japanese).unwrap();
    let other = refusal().pdf(Japanese).unwrap();
    assert_eq!(first, fee_notice(&notice(), None, None, Japanese).unwrap());
    assert_eq!(other, refusal().pdf(Japanese).unwrap());
    let later = FeeNotice {
        date: date(2026, 11, 23),
        ..notice()
    };
    assert_ne!(first, fee_notice(&later, None, None, Japanese).unwrap());
}
