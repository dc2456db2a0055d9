//! Classes of columns that identify nobody, though some of their values look as if they did.

use super::Class;
use super::chance::Chance;

pub(super) const CLASSES: &[Class] = &[
    ("ICD-10", |chance| {
        let letter = chance.of("A B C D E F G H I J K L M N");
        format!("{letter}{:02}.{}", chance.from(0, 99), chance.from(0, 9))
    }),
    ("ICD-10 without point", |chance| {
        format!("{}{:03}", chance.of("C E I J"), chance.from(0, 999))
    }),
    ("claim codes of nine digits", |chance| {
        format!("{}{}", chance.of("62 61 16 11 14"), chance.digits(7))
    }),
    ("YJ codes", |chance| {
        format!("{}F{}", chance.digits(7), chance.digits(4))
    }),
    ("JAN codes", |chance| format!("49{}", chance.digits(11))),
    ("JLAC10", |chance| {
        format!(
            "{}{}{}",
            chance.of("3D 3F 5C"),
            chance.digits(3),
            chance.digits(12)
        )
    }),
    ("LOINC", |chance| {
        format!("{}-{}", chance.from(100, 99_999), chance.from(0, 9))
    }),
    ("DPC", |chance| {
        format!(
            "{:06}xx{}x00x",
            chance.from(10_010, 180_060),
            chance.from(97, 99)
        )
    }),
    ("laboratory values", |chance| {
        format!("{}.{}", chance.from(3, 250), chance.from(0, 9))
    }),
    ("whole laboratory values", |chance| {
        chance.from(10, 9999).to_string()
    }),
    ("values and ranges", |chance| {
        format!("{}-{}", chance.from(10, 99), chance.from(100, 999))
    }),
    ("dose ranges", |chance| {
        format!("{}-{}", chance.from(100, 999), chance.from(1000, 4000))
    }),
    ("blood pressure", |chance| {
        format!("{}/{}", chance.from(95, 180), chance.from(50, 110))
    }),
    ("points", |chance| chance.from(100, 9_999_999).to_string()),
    ("facility codes of seven digits", |chance| {
        chance.from(110_000, 4_799_999).to_string()
    }),
    ("facility codes of ten digits", facility),
    ("facility codes of ten digits, north", |chance| {
        format!(
            "{:02}{}{}",
            chance.from(1, 9),
            chance.of("1 3 4 6"),
            chance.digits(7)
        )
    }),
    ("office codes of long-term care", |chance| {
        format!("{:02}7{}", chance.from(1, 47), chance.digits(7))
    }),
    ("serial numbers, zeros in front", |chance| {
        format!("{:010}", chance.from(1, 900_000))
    }),
    ("serial numbers of twelve digits", |chance| {
        format!("{}", chance.from(100_000_000_000, 999_999_999_999))
    }),
    ("random ten digits", |chance| chance.digits(10)),
    ("random eleven digits", |chance| chance.digits(11)),
    ("hashes", |chance| {
        (0..16)
            .map(|_| format!("{:02x}", chance.from(0, 255)))
            .collect()
    }),
    ("seconds since 1970", |chance| {
        chance.from(1_300_000_000, 1_700_000_000).to_string()
    }),
    ("timestamps of care", |chance| {
        format!(
            "{}T{:02}:{:02}:00+09:00",
            date(chance, 2008, 2024),
            chance.from(0, 23),
            chance.from(0, 59)
        )
    }),
    ("dates of care", |chance| date(chance, 2008, 2024)),
    ("dates of care in forty years", |chance| {
        date(chance, 1985, 2024)
    }),
    ("dates of care, eight digits", |chance| {
        date(chance, 2008, 2024).replace('-', "")
    }),
    ("minutes, twelve digits", |chance| {
        format!(
            "{}{:02}{:02}",
            date(chance, 2015, 2024).replace('-', ""),
            chance.from(0, 23),
            chance.from(0, 59)
        )
    }),
    ("months", |chance| {
        format!("{}{:02}", chance.from(2010, 2024), chance.from(1, 12))
    }),
    ("birth years", |chance| chance.from(1925, 2015).to_string()),
    ("birth months", |chance| {
        format!("{}-{:02}", chance.from(1925, 2015), chance.from(1, 12))
    }),
    ("drugs in kana", drug),
    ("drugs in kana, salts apart", |chance| {
        format!(
            "{} {}",
            drug(chance),
            chance.of("ナトリウム ベシル メシル カルシウム カリウム マレイン")
        )
    }),
    ("drugs with strength", |chance| {
        format!("{}錠{}mg", drug(chance), chance.from(1, 100))
    }),
    ("drugs in Latin letters", |chance| {
        format!(
            "{} {}",
            chance.of("Amlodipine Loxoprofen Metformin Losartan Donepezil Candesartan Valproate"),
            chance.of("Sodium Besilate Hydrochloride Potassium Cilexetil")
        )
    }),
    ("bacteria", |chance| {
        format!(
            "{} {}",
            chance.of("Escherichia Klebsiella Staphylococcus Candida Serratia Nakamurella"),
            chance.of("coli aureus albicans marcescens oxytoca kudoi")
        )
    }),
    ("vaccines and devices in kana", |chance| {
        format!(
            "{} {}",
            chance.of(
                "インフルエンザ ペースメーカ カテーテル ステント ガイド バルーン マイクロ シリコン"
            ),
            chance.of("ワクチン リード セット キット ワイヤ チューブ カバー")
        )
    }),
    ("diseases", |chance| {
        format!(
            "{}{}",
            chance.of("橋本 川崎 高安 原田 本態性 慢性 急性 原発性"),
            chance.of("病 高血圧症 腎不全 胃炎 肝硬変")
        )
    }),
    ("tests", |chance| {
        chance
            .of("HbA1c 空腹時血糖 総コレステロール γ-GTP AST(GOT) クレアチニン 尿蛋白 血色素量")
            .to_owned()
    }),
    ("facilities named after people", |chance| {
        format!(
            "{}{}",
            chance.of("佐藤 鈴木 高橋 田中 伊藤 山本 加藤"),
            chance.of("内科 医院 クリニック 病院 歯科 整形外科 薬局")
        )
    }),
    ("municipalities", |chance| {
        chance.of("東京都千代田区 大阪府大阪市北区 北海道札幌市中央区 神奈川県横浜市港北区 福岡県福岡市博多区").to_owned()
    }),
    ("wards", |chance| {
        format!("{}{}病棟", chance.of("東 西 南 北"), chance.from(1, 9))
    }),
    ("remarks", remark),
    ("remarks on places and devices", |chance| {
        format!(
            "{}。{}",
            chance.of("東京都から転居、3号棟に入院 大阪府の施設より紹介、2番の部屋 山本の式で補正 高橋の分類3 川崎病の既往 田中ビネー知能検査"),
            remark(chance)
        )
    }),
    ("remarks on the condition (様子, 同様)", |chance| {
        format!(
            "{}{}",
            chance.of("中村の様子 前回と同様 網目様の 風邪様症状 加藤式と同様に"),
            chance.of("を観察 に経過 が続く")
        )
    }),
    ("remarks with lots and numbers", |chance| {
        format!(
            "ロット{}-{}-{} を使用、機器番号{}",
            chance.digits(2),
            chance.digits(4),
            chance.digits(4),
            chance.digits(12)
        )
    }),
    ("codes with hyphens", |chance| {
        format!(
            "0{}-{}-{}",
            chance.from(1, 9),
            chance.digits(2),
            chance.digits(3)
        )
    }),
];

fn facility(chance: &mut Chance) -> String {
    format!(
        "{:02}{}{}",
        chance.from(1, 47),
        chance.of("1 3 4 6"),
        chance.digits(7)
    )
}

fn date(chance: &mut Chance, first: u64, last: u64) -> String {
    format!(
        "{}-{:02}-{:02}",
        chance.from(first, last),
        chance.from(1, 12),
        chance.from(1, 28)
    )
}

fn drug(chance: &mut Chance) -> String {
    chance
        .of(
            "ロキソニン アムロジピン カナマイシン アベロックス ムコダイン タケプロン サトウザルベ ノルバスク オノアクト \
             メトホルミン ワーファリン タナトリル ヤマトール オキノーム モリヘパミン アリナミン コバラミン ナウゼリン \
             ガスター ムコスタ クラビット フロモックス メバロチン リピトール クレストール ディオバン ブロプレス ミカルディス \
             アダラート ペルジピン ラシックス アルダクトン グリミクロン ジャヌビア アクトス ベイスン アマリール カロナール \
             ボルタレン セレコックス リリカ トラムセット デパス マイスリー レンドルミン ハルシオン パキシル ジェイゾロフト",
        )
        .to_owned()
}

fn remark(chance: &mut Chance) -> String {
    format!(
        "{}、{}。体温{}.{}、{}錠",
        chance.of("食欲良好 発熱あり 咳嗽持続 血圧安定 浮腫軽減 本人より訴えなし 家族に説明"),
        chance.of("経過観察 内服継続 採血施行 画像検査予定 退院調整中 紹介状作成"),
        chance.from(35, 39),
        chance.from(0, 9),
        chance.from(1, 9)
    )
}
