//! Columns that look identifying, and columns that only resemble them.

use renketsu_identity::identifying::{Evidence, Finding, Reason, judge};

fn by_header(name: &str) -> Option<Reason> {
    match judge(name, &[]) {
        Some(Finding {
            reason,
            evidence: Evidence::Header,
        }) => Some(reason),
        Some(other) => panic!("{name}: {other:?} without any value"),
        None => None,
    }
}

fn by_values(name: &str, sample: &[&str]) -> Option<Reason> {
    match judge(name, sample) {
        Some(Finding {
            reason,
            evidence: Evidence::Values,
        }) => Some(reason),
        Some(other) => panic!("{name}: {other:?} before the values"),
        None => None,
    }
}

#[test]
fn headers_that_name_an_identifier_are_found() {
    use Reason::*;
    for (reason, headers) in [
        (
            Name,
            "氏名|氏　名|患者氏名|名前|お名前|患者名|被保険者名|被保険者氏名|世帯主名|カナ|\
             ｶﾅ|カナ氏名|患者カナ|氏名（カナ）|フリガナ|ﾌﾘｶﾞﾅ|ふりがな|姓|名|旧姓|name|\
             Name|ＮＡＭＥ|name_1|kana|patient_name|patientName|PATIENTNAME|first_name|\
             lastName|surname|kana_name|full name|furigana|患者姓|seimei",
        ),
        (
            BirthDate,
            "生年月日|患者生年月日|誕生日|birth_date|birthDate|BIRTHDAY|date_of_birth|DOB|\
             birth|birth_ymd|BRTHDTC|BRTHDT",
        ),
        (
            Phone,
            "電話番号|電話|自宅電話|携帯番号|連絡先|ＴＥＬ|tel|tel_no|phone|phoneNumber|\
             mobile_number|fax",
        ),
        (
            Email,
            "メール|メールアドレス|Ｅメール|email|e-mail|mail_address|EmailAddress",
        ),
        (
            Address,
            "住所|患者住所|住所1|居住地|本籍|address|home_address|addr2",
        ),
        (PostalCode, "郵便番号|〒|postal_code|zip|zipcode|post_code"),
        (
            Insurer,
            "保険者番号|保険者番号等|証記載保険者番号|insurer|insurer_no|insurerNumber|\
             insurer_id",
        ),
        (
            InsuredNumber,
            "記号|番号|枝番|被保険者番号|被保険者証等記号|被保険者証番号|被保険者ID|記号番号|\
             保険証番号|受給者番号|insured_number|insuredSymbol|insurance_no|subscriber_id|\
             member_id|symbol|branch|branch_number",
        ),
        (
            MyNumber,
            "マイナンバー|個人番号|my_number|myNumber|MYNUMBER|individual_number",
        ),
        (
            PatientNumber,
            "患者番号|患者ID|患者コード|カルテ|カルテ番号|カルテNo.|診察券番号|patient_id|\
             patientId|PATIENT_NO|kanjaid|chart|chart_no|medical_record_number|mrn",
        ),
        (
            RowReference,
            "row_ref|rowRef|row_reference|source_key|行参照",
        ),
        (
            IdentificationCode,
            "基礎年金番号|パスポート番号|運転免許証番号|住民票コード|passport_no",
        ),
    ] {
        for header in headers.split('|') {
            assert_eq!(by_header(header), Some(reason), "{header}");
        }
    }
}

#[test]
fn headers_that_only_resemble_an_identifier_are_left_alone() {
    let headers = "|drug_name|drugName|drugname|medicine_name_kana|generic_name|disease_name|\
             facility_name|hospital_name|item_name|test_name|column_name|filename|\
             procedure_name|product_name|device_name|傷病名|病名|傷病名称|医薬品名|\
             医薬品名カナ|薬剤名|一般名|検査名|項目名|診療行為名|手術名|施設名|医療機関名|\
             医療機関名称|特定器材名|保険者名|診療科名|都道府県名|カナダ|カナマイシン|\
             カナグリフロジン|facility_type|施設区分|施設種別|birth_year|birthYear|birth_ym|\
             BIRTH_YM|birth_month|birth_weight|生年|生年月|出生体重|出生時体重|birth_order|\
             last_birth_age|住所地特例|住所地特例フラグ|ip_address|address_code|住所コード|\
             hospital_phone|医療機関住所|施設所在地|薬局電話番号|facility_address|電話再診|\
             電話等再診料|hotel|telmisartan|被保険者区分|本人家族区分|被保険者数|保険者種別|\
             保険者区分|insurer_type|insurance_type|保険種別|患者区分|患者負担額|患者数|\
             patient_count|number_of_patients|chart_type|マイナンバーカード利用有無|\
             診療行為番号|レセプト種別|診療年月|診療開始日|入院年月日|sex|性別|age|年齢階級|\
             都道府県|pref_code|icd10_code|SEQ2_NO|RCP_NO|drug_code|医薬品コード|点数|number|\
             count|row_number|reference_range|symbolic|branching|named|kanamycin|mailing|\
             number_id|kana_id|kana_unique|person|status|visit_date";
    for header in headers.split('|') {
        assert_eq!(by_header(header), None, "{header}");
    }
}

#[test]
fn values_that_have_the_shape_of_an_identifier_are_found() {
    use Reason::*;
    let cases: &[(Reason, &str, &[&str])] = &[
        (
            MyNumber,
            "c1",
            &[
                "123456789018",
                "1234 5678 9018",
                "１２３４５６７８９０１８",
                "",
            ],
        ),
        (MyNumber, "c1", &["123456789018"]),
        (
            Email,
            "memo",
            &["", "なし", "taro.yamada@example.co.jp", "特になし"],
        ),
        (
            InsuredNumber,
            "code",
            &[
                "06132013:12-34:567:01",
                "00133066::187:",
                "39131107::51882816:",
            ],
        ),
        (
            InsuredNumber,
            "number",
            &["0000149", "0000177", "155", "51882816", "0000150"],
        ),
        (
            Insurer,
            "code",
            &["06132013", "39131107", "00133066", "01130012"],
        ),
        (BirthDate, "birth_ym", &["19640229", "19890107", "20010101"]),
        (
            BirthDate,
            "生年",
            &["昭和39年2月29日", "平成元年1月8日", "S20.8.15"],
        ),
        (
            Phone,
            "c",
            &["03-1234-5678", "090-1234-5678", "（03）1234-5678", "不明"],
        ),
        (
            Phone,
            "c",
            &["09012345678", "08012345678", "+81-90-1234-5678"],
        ),
        (PostalCode, "c", &["100-0001", "530-0001", "〒060-0001"]),
        (
            Address,
            "c",
            &[
                "東京都千代田区霞が関1-2-2",
                "大阪府大阪市北区中之島一丁目3番20号",
                "不詳",
            ],
        ),
        (
            Name,
            "c",
            &[
                "ヤマダ タロウ",
                "ｽｽﾞｷ ﾊﾅｺ",
                "ゴトウ\u{3000}ミサキ",
                "ナカムラ ジュン",
            ],
        ),
        (
            Name,
            "c",
            &[
                "佐藤花子",
                "鈴木 一郎",
                "高橋みさき",
                "大西太郎",
                "小松次郎",
                "東",
            ],
        ),
        (
            Name,
            "c",
            &[
                "タカハシハナコ",
                "ワタナベジロウ",
                "ナカムラケンタ",
                "オオニシタロウ",
            ],
        ),
    ];
    for (reason, header, sample) in cases {
        assert_eq!(
            by_values(header, sample),
            Some(*reason),
            "{header}: {sample:?}"
        );
    }
}

#[test]
fn identifiers_within_a_text_or_another_way_of_writing_are_found() {
    use Reason::*;
    let cases: &[(Reason, &str, &[&str])] = &[
        (Email, "memo", &["連絡先は taro@example.jp、夜間", "-"]),
        (Email, "memo", &["Taro Yamada <taro@example.jp>"]),
        (
            InsuredNumber,
            "memo",
            &[
                "記号12-34 番号567",
                "記号：１２　番号：３４",
                "記号あい・番号5",
            ],
        ),
        (
            Address,
            "c",
            &["横浜市港北区日吉1-2-3", "千代田区霞が関１－２－２", "-"],
        ),
        (
            Address,
            "c",
            &["札幌市中央区北1条西2丁目", "那覇市泉崎1番2号", "不詳"],
        ),
        (
            Name,
            "c",
            &["Taro Yamada", "SUZUKI Hanako", "Satoh, Jiro", "Ono Ken"],
        ),
        (Name, "c", &["斎藤花子", "齋藤 一郎", "斉藤実"]),
        (
            Name,
            "c",
            &["やまだ たろう", "すずき はなこ", "さとう じろう"],
        ),
        (
            BirthDate,
            "birth_at",
            &[
                "1964-02-29T00:00:00",
                "1989-01-07T00:00:00",
                "2001-01-01T00:00:00",
            ],
        ),
        (
            BirthDate,
            "c",
            &["昭和39年2月29日生", "平成元年1月8日生まれ", "不明"],
        ),
    ];
    for (reason, header, sample) in cases {
        assert_eq!(
            by_values(header, sample),
            Some(*reason),
            "{header}: {sample:?}"
        );
    }
}

/// One remark among others is enough.
#[test]
fn a_sentence_that_names_somebody_is_found() {
    use Reason::*;
    for (reason, text) in [
        (Phone, "家族の携帯 090-1234-5678 へ連絡済み"),
        (Phone, "自宅（ＴＥＬ０３−１２３４−５６７８）に連絡"),
        (MyNumber, "マイナンバーは123456789018と確認"),
        (InsuredNumber, "保険証の記号１２３番号４５に変更"),
        (InsuredNumber, "被保険者番号：12345678 を確認"),
        (BirthDate, "昭和39年2月29日生の女性、独居"),
        (BirthDate, "S39.2.29生まれ、独居"),
        (BirthDate, "生年月日 1964/2/29 と申告"),
        (Address, "転居先は東京都千代田区霞が関1-2-2とのこと"),
        (Name, "佐藤花子様より電話があった"),
        (Name, "昨日、鈴木さんに説明した"),
        (Name, "サトウさんが来院した、再診"),
        (Name, "氏名：高橋みさき、ほか不明"),
    ] {
        let sample = ["発熱あり、経過観察", text, "内服継続", "次回は5月"];
        assert_eq!(by_values("remark", &sample), Some(reason), "{text}");
    }
    for text in [
        "東京都から転居、3号棟に入院",
        "神奈川県横浜市の病院3号棟へ",
        "中村様子観察とした、前回と同様",
        "加藤式と同様に経過している",
        "網目様の陰影、風邪様の症状",
        "2024.4.1生検、4.2生化学検査",
        "2020年4月1日生命保険に加入",
        "ロット12-3456-7890 を使用した",
        "機器番号123456789018を交換",
        "記号と番号を確認した、問題なし",
        "患者さんと皆様に説明した、了承",
        "個人番号カードを利用した 2024",
    ] {
        let sample = ["発熱あり、経過観察", text, "内服継続", "次回は5月"];
        assert_eq!(judge("remark", &sample), None, "{text}");
    }
}

/// Days of `count` years from `first`, one a year, in the order of their months.
fn a_day_a_year(first: i32, count: i32) -> Vec<String> {
    (0..count)
        .map(|year| format!("{}-{:02}-15", first + year, year % 12 + 1))
        .collect()
}

#[test]
fn dates_over_lifetimes_are_births_and_dates_of_care_are_not() {
    let judged = |header: &str, days: &[String]| {
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        judge(header, &days).map(|finding| finding.reason)
    };
    let births = a_day_a_year(1930, 85);
    assert_eq!(judged("date1", &births), Some(Reason::BirthDate));
    let instants: Vec<String> = births.iter().map(|day| format!("{day} 00:00:00")).collect();
    assert_eq!(judged("date1", &instants), Some(Reason::BirthDate));
    // A date of care, of an insurance, of a record; a column named so; few of them; one day that stands for "never".
    assert_eq!(judged("date1", &a_day_a_year(1985, 40)), None);
    assert_eq!(judged("資格取得日", &births), None);
    assert_eq!(judged("service_date", &births), None);
    assert_eq!(judged("date1", &a_day_a_year(1930, 85)[..15]), None);
    let mut open = a_day_a_year(2000, 24);
    open.push("9999-12-31".to_owned());
    open.push("1900-01-01".to_owned());
    assert_eq!(judged("date1", &open), None);
}

#[test]
fn codes_of_twelve_digits_have_the_check_digit_of_my_number_only_by_chance() {
    let codes: Vec<String> = (0..500_u64)
        .map(|row| (100_000_000_000 + row * 7_919).to_string())
        .collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    assert_eq!(judge("code", &codes), None);
    let numbers = ["123456789018"; 8];
    assert_eq!(
        by_values("code", &[&numbers[..], &["100000000000", "不明"]].concat()),
        Some(Reason::MyNumber)
    );
}

#[test]
fn what_is_written_nearly_so_is_left_alone() {
    let cases: &[(&str, &[&str])] = &[
        ("memo", &["5mg@night と x@y", "＠マーク", "a@b."]),
        ("memo", &["記号と番号を確認", "番号1 記号2", "記号番号なし"]),
        ("area", &["横浜市港北区", "千代田区霞が関", "町田市"]),
        ("ward", &["東区役所前 1-2", "第2病棟1-2", "南館3-4"]),
        ("c", &["市 1-2", "区12-34", "1区 2-3"]),
        (
            "c",
            &[
                "Loxoprofen Sodium",
                "Amlodipine Besilate",
                "Sato Pharma",
                "Ono",
            ],
        ),
        ("maker", &["Sato Pharma", "Ono Yakuhin", "Nakano Labo"]),
        (
            "c",
            &[
                "2024-04-01T10:00:00",
                "2024-04-02T10:00:00",
                "2024-04-03T10:00:00",
            ],
        ),
        ("c", &["新生", "学生", "2024年4月1日"]),
        ("保険証コード種別", &["1", "2", "3"]),
        ("phone_count", &["1"]),
        ("c", &["1-2-3", "12-34-56", "2024-04-01"]),
        ("lot", &["03-1234-567", "0312-34-5678", "12-3456-7890"]),
        ("c", &["100-001", "1000-0001", "530-00011"]),
    ];
    for (header, sample) in cases {
        let found = judge(header, sample);
        let by_values = found.filter(|finding| finding.evidence == Evidence::Values);
        assert_eq!(by_values, None, "{header}: {sample:?}");
    }
}

#[test]
fn values_that_only_resemble_an_identifier_are_left_alone() {
    let cases: &[(&str, &[&str])] = &[
        ("c", &[]),
        ("c", &["", " ", "\u{3000}"]),
        ("time", &["202404011230"]),
        ("c", &["123456789012", "123456789013", "123456789018"]),
        ("service_date", &["20240401", "20240402", "20240403"]),
        ("診療開始日", &["19900401", "20240402", "20010403"]),
        ("birth_ym", &["199001", "198002", "200103"]),
        ("birth_year", &["1990", "1980", "2001"]),
        ("出生時の入院日", &["20240401", "20240402", "20240403"]),
        ("drug_code", &["620000001", "611140694", "622228301"]),
        ("facility_code", &["1312345", "2712345", "0112345"]),
        ("facility_code", &["0112345678", "1312345678", "2712345678"]),
        (
            "hospital_phone",
            &["03-1234-5678", "06-1234-5678", "011-123-4567"],
        ),
        ("施設所在地", &["東京都千代田区霞が関1-2-2"; 3]),
        (
            "area",
            &["東京都千代田区", "大阪府大阪市北区", "北海道札幌市"],
        ),
        (
            "c",
            &[
                "ロキソニン",
                "アムロジピン",
                "カナマイシン",
                "アベロックス",
                "ムコダイン",
            ],
        ),
        (
            "drug_name",
            &[
                "アムロジピン ベシル",
                "ロキソプロフェン ナトリウム",
                "アセト アミノフェン",
            ],
        ),
        (
            "c",
            &["佐藤内科クリニック", "鈴木医院", "高橋病院", "田中薬局"],
        ),
        ("c", &["橋本病", "高血圧症", "糖尿病", "原発性胆汁性胆管炎"]),
        ("number", &["1", "2", "14", "30"]),
        ("範囲", &["10-20", "100-200", "1-2"]),
        ("at", &["5mg@night", "x@y", "@"]),
        ("code", &["12345678", "23456789", "00012345"]),
    ];
    for (header, sample) in cases {
        assert_eq!(judge(header, sample), None, "{header}: {sample:?}");
    }
}

#[test]
fn three_digits_of_a_postal_code_are_no_identifier() {
    assert_eq!(judge("郵便番号", &["100", "530", "060"]), None);
    assert_eq!(
        judge("郵便番号", &["100", "1000001"]),
        Some(Finding {
            reason: Reason::PostalCode,
            evidence: Evidence::Header
        })
    );
}

#[test]
fn our_own_columns_are_judged_by_their_values_only() {
    assert_eq!(judge("kana_id", &["00ff"; 3]), None);
    assert_eq!(
        by_values(
            "kana_id",
            &["ヤマダ タロウ", "スズキ ハナコ", "ゴトウ ミサキ"]
        ),
        Some(Reason::Name)
    );
}

#[test]
fn reasons_have_names_of_their_own() {
    let names: std::collections::BTreeSet<&str> =
        Reason::ALL.into_iter().map(Reason::name).collect();
    assert_eq!(names.len(), Reason::ALL.len());
    let of_a_place = Reason::ALL
        .into_iter()
        .filter(|reason| reason.is_of_a_place());
    assert_eq!(
        of_a_place.map(Reason::name).collect::<Vec<_>>(),
        ["address", "email", "phone", "postal_code"]
    );
}
