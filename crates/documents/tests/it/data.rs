//! Papers about synthetic parties.

use jiff::civil::date;
use renketsu_documents::{Closing, Decision, Erased, Letter, Outcome, Producer, Receipt};
use renketsu_duty::delegation::{Delegate, DelegateKind, Payee};
use renketsu_duty::fee::{FeeLine, FeeRule};
use renketsu_duty::notice::{Correction, FeeNotice};

pub(crate) const PRODUCER: Producer<'static> = Producer {
    name: "一般社団法人 試験用データ機構",
    certification: "認定匿名第1号",
};

pub(crate) const LETTER: Letter<'static> = Letter {
    number: "A-2026-0007",
    date: date(2026, 11, 22),
    authority: "厚生労働省",
    signed: Some("厚生労働大臣　試験 太郎"),
    attention: Some("代表理事　髙橋 花子"),
};

/// One hour at the tariff of the Order, to the State.
pub(crate) fn notice() -> FeeNotice {
    let payee = Payee::State;
    FeeNotice {
        number: "P-2026-0001-F1".to_owned(),
        date: date(2026, 11, 22),
        provision: "P-2026-0001".to_owned(),
        application: "A-2026-0007".to_owned(),
        producer: PRODUCER.name.to_owned(),
        certification: PRODUCER.certification.to_owned(),
        authority: "厚生労働省".to_owned(),
        means: payee.means(),
        payee,
        units_before: 0,
        units: 1,
        lines: vec![FeeLine {
            units: 1,
            yen_per_hour: 10_200,
            tariff_from: date(2024, 4, 1),
            source: "令9条1項".to_owned(),
        }],
        amount_yen: 10_200,
        due: Some(date(2026, 12, 22)),
        rule: FeeRule::default(),
        corrects: None,
    }
}

/// The same to the body that does all of the work, in the place of another notice.
pub(crate) fn corrected() -> FeeNotice {
    let payee = Payee::Delegate(Delegate {
        kind: DelegateKind::PaymentFund,
        name: "社会保険診療報酬支払基金".to_owned(),
    });
    FeeNotice {
        number: "P-2026-0001-F2".to_owned(),
        means: payee.means(),
        payee,
        units_before: 2,
        corrects: Some(Correction {
            notice: "P-2026-0001-F1".to_owned(),
            reason: "時間の記録の誤りのため。".to_owned(),
        }),
        ..notice()
    }
}

pub(crate) const fn refusal() -> Decision<'static> {
    Decision {
        letter: LETTER,
        producer: PRODUCER,
        application: "A-2026-0007",
        applied: date(2026, 10, 1),
        provision: "P-2026-0001",
        decided: date(2026, 11, 20),
        outcome: Outcome::Refused {
            reason: "申出書に記載された公的DBの一つについて、利用の承諾を確認できないため。\n併せて、提供先の安全管理措置に関する資料が提出されていないため。",
            remedy: None,
        },
    }
}

pub(crate) const fn receipt() -> Receipt<'static> {
    Receipt {
        letter: LETTER,
        producer: PRODUCER,
        application: "A-2026-0007",
        applied: date(2026, 10, 1),
        received: date(2026, 10, 2),
        method: Some("電子申請（第2版）"),
        provision: "P-2026-0001",
        digest: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    }
}

pub(crate) fn closing<'a>(erased: &'a [Erased<'a>]) -> Closing<'a> {
    Closing {
        number: "P-2026-0001-C1",
        date: date(2026, 11, 22),
        authority: "厚生労働省",
        signed: None,
        provision: "P-2026-0001",
        study: "S-2026-0004",
        producer: PRODUCER,
        recipient: "国立大学法人 試験大学",
        opened: date(2026, 10, 2),
        closed: date(2026, 11, 22),
        reason: Some("研究が終了したため。"),
        erased,
        method: Some("包みを零で上書きし、名前を消した。"),
        line: Some((
            128,
            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        )),
    }
}

pub(crate) fn erased() -> [Erased<'static>; 1] {
    [Erased {
        object: "ソルト（番号・カナ）",
        check: "番号 00112233aabbccdd\nカナ 8899aabbccddeeff",
        at: "2026-11-22T05:03:22Z".parse().unwrap(),
        by: "鍵の管理者 試験 花子",
    }]
}
