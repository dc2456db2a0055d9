//! The words of a column's header, Japanese and English.

use unicode_normalization::UnicodeNormalization;

use super::Reason;
use crate::profile::{fold_width, full_width_katakana, is_space, voiced_mark};

/// A header taken apart into what the rules look at.
pub(crate) struct Header {
    /// Without spaces and separators; width folded, ASCII in lower case. For words of Japanese, which has no spaces.
    compact: String,
    /// ASCII words in lower case, from `snake_case`, `camelCase` and `name1` alike, known compounds taken apart.
    words: Vec<String>,
}

/// Columns that our own packages carry; their IDs are what replaces an identifier.
const OWN: [&str; 3] = ["number_id", "kana_id", "kana_unique"];

/// Words of a header that names a thing.
const THING_WORDS: &str = "allele antigen area bacteria brand category city class code column comorbidity condition \
    database dataset db department device diagnosis disease display domain dosage dpc drug drugs \
    event exam examination field file flag flg food gene generic group host icd illness ingredient \
    insurer item lot material med medicine medication operation organism pref prefecture procedure \
    product program region schema service site specimen study substance surgery symptom table test \
    therapy trade treatment trial type unit vaccine variable version ward";

/// The same in Japanese, where a term may stand anywhere.
const THING_TERMS: &str = "薬 傷病 病名 疾患 疾病 診断 検査 項目 製品 商品 品名 成分 一般名 行為 手術 \
    処置 材料 器材 ファイル テーブル 列名 変数 都道府県 市区町村 市町村 地域 診療科 \
    病棟 サービス 制度 区分 菌 症状 副作用 ワクチン コード";

/// Words of a header that names an institution.
const FACILITY_WORDS: &str = "clinic company facility hospital institute institution lab laboratory maker manufacturer office \
    organization organisation pharmacy provider university vendor";

/// The same in Japanese.
const FACILITY_TERMS: &str =
    "施設 医療機関 病院 診療所 薬局 事業所 会社 企業 大学 メーカー ステーション 機関名";

/// Words of a header that names a date other than that of a birth.
const DATED_WORDS: &str = "admission begin created death diagnosis discharge effective end enrol enrolled enrollment enrolment \
    event exam examination expire expiry from install onset operation order prescription qualification record \
    registered registration service since start surgery test through to until update updated vaccination valid visit";

/// The same in Japanese.
const DATED_TERMS: &str = "診療 受診 入院 退院 来院 開始 終了 発症 診断 死亡 検査 処方 調剤 接種 資格 取得 喪失 適用 登録 作成 更新 \
    改定 有効 失効 手術 施行 実施 設立 開設 加入 脱退 認定 就業 雇用 転帰";

impl Header {
    pub(crate) fn new(name: &str) -> Self {
        if OWN.contains(&name) {
            return Self {
                compact: String::new(),
                words: Vec::new(),
            };
        }
        let folded: String = name.chars().map(fold).nfc().collect();
        let words = split(&folded)
            .iter()
            .flat_map(|word| expand(word).split(' '))
            .map(str::to_owned)
            .collect();
        let separator =
            |c: char| is_space(c) || c.is_ascii_punctuation() || "・（）【】「」：、".contains(c);
        Self {
            compact: folded
                .chars()
                .filter(|c| !separator(*c))
                .map(|c| c.to_ascii_lowercase())
                .collect(),
            words,
        }
    }

    /// What the header says the column holds.
    pub(crate) fn reason(&self) -> Option<Reason> {
        type Rule = (Reason, fn(&Header) -> bool);
        const RULES: [Rule; 12] = [
            (Reason::MyNumber, Header::my_number),
            (Reason::IdentificationCode, Header::identification_code),
            (Reason::RowReference, Header::row_reference),
            (Reason::Email, Header::email),
            (Reason::Phone, Header::phone),
            (Reason::PostalCode, Header::postal_code),
            (Reason::Address, Header::address),
            (Reason::BirthDate, Header::birth_date),
            (Reason::PatientNumber, Header::patient_number),
            (Reason::Name, Header::name),
            (Reason::InsuredNumber, Header::insured_number),
            (Reason::Insurer, Header::insurer),
        ];
        RULES
            .into_iter()
            .find(|(_, holds)| holds(self))
            .map(|(reason, _)| reason)
    }

    /// Whether the header speaks of birth at all, so that full dates below it are birth dates.
    pub(crate) fn speaks_of_birth(&self) -> bool {
        self.any(&["birth", "born"]) || self.holds(&["生年", "誕生", "出生", "生まれ"])
    }

    /// Whether the header says that its dates are those of a care, an illness, a right or a record.
    pub(crate) fn speaks_of_another_date(&self) -> bool {
        self.listed(DATED_WORDS, DATED_TERMS)
    }

    /// Whether the column is named after a thing, so that names below it aren't persons' names.
    pub(crate) fn is_of_a_thing(&self) -> bool {
        self.is_of_a_facility()
            || self.listed(THING_WORDS, THING_TERMS)
            || self.compact.replace("被保険者", "").contains("保険者名")
    }

    /// Whether the column is about an institution, whose address and telephone are public.
    pub(crate) fn is_of_a_facility(&self) -> bool {
        self.listed(FACILITY_WORDS, FACILITY_TERMS)
    }

    /// Whether the header is just `number`, which may be a count or an insured number.
    pub(crate) fn is_just_a_number(&self) -> bool {
        self.is(&["number"])
    }

    fn my_number(&self) -> bool {
        // The use of the card is no number.
        let text = self
            .compact
            .replace("マイナンバーカード", "")
            .replace("個人番号カード", "");
        self.both(&["my", "individual"], &["number"])
            || ["マイナンバー", "個人番号", "個人識別番号"]
                .iter()
                .any(|term| text.contains(term))
    }

    fn identification_code(&self) -> bool {
        self.any(&["passport"])
            || self.both(
                &["pension", "driver", "drivers", "licence", "license"],
                &["number", "id"],
            )
            || self.holds(&[
                "旅券番号",
                "パスポート番号",
                "年金番号",
                "運転免許",
                "住民票コード",
                "在留カード",
            ])
    }

    fn row_reference(&self) -> bool {
        self.both(&["row"], &["ref", "reference"])
            || self.both(&["source"], &["key"])
            || self.holds(&["行参照", "突合キー", "原データキー"])
    }

    fn email(&self) -> bool {
        !self.is_of_a_facility()
            && (self.any(&["mail"])
                || self.holds(&["メールアドレス", "電子メール", "メアド"])
                || self.compact.ends_with("メール"))
    }

    fn phone(&self) -> bool {
        !self.is_of_a_facility()
            && (self.any(&["tel", "phone", "fax"])
                || self.is(&["mobile"])
                || self.both(&["mobile", "contact"], &["number"])
                || self.holds(&[
                    "電話番号",
                    "携帯番号",
                    "携帯電話",
                    "連絡先",
                    "ファックス番号",
                ])
                || self.compact.ends_with("電話"))
    }

    fn postal_code(&self) -> bool {
        !self.is_of_a_facility()
            && (self.any(&["zip", "postal"])
                || self.both(&["post"], &["code", "number"])
                || self.holds(&["郵便番号", "〒"]))
    }

    fn address(&self) -> bool {
        // 住所地特例 is a rule of the care insurance, and the code of an address is that of a municipality.
        let text = self
            .compact
            .replace("住所地特例", "")
            .replace("住所コード", "");
        !self.is_of_a_facility()
            && ((self.any(&["address", "addr", "jusho", "juusho"])
                && !self.any(&["ip", "mac", "url", "web", "code", "memory"]))
                || text.contains("住所")
                || ["居住地", "所在地", "番地", "本籍", "居所"]
                    .iter()
                    .any(|term| text.ends_with(term)))
    }

    fn birth_date(&self) -> bool {
        self.both(&["birth"], &["date", "day", "ymd", "dt", "yyyymmdd"])
            || self.is(&["birth"])
            || self.holds(&["生年月日", "誕生日", "出生日", "出生年月日"])
    }

    fn patient_number(&self) -> bool {
        self.both(
            &["patient", "chart", "karte", "kanja"],
            &["number", "id", "code", "cd"],
        ) || (self.any(&["record"]) && self.both(&["medical"], &["number", "id"]))
            || self.any(&["mrn"])
            || self.is(&["chart"])
            || self.is(&["karte"])
            || self.compact == "カルテ"
            || ["患者", "カルテ", "診察券", "診療録"].iter().any(|term| {
                ["番号", "id", "no", "コード", "№"]
                    .iter()
                    .any(|end| self.compact.contains(&format!("{term}{end}")))
            })
    }

    fn name(&self) -> bool {
        if self.compact.contains("氏名") || self.compact.contains("姓名") {
            return true;
        }
        !self.is_of_a_thing()
            && (self.any(&[
                "name", "names", "kana", "furigana", "namae", "shimei", "yomigana",
            ]) || self.holds(&[
                "名前",
                "患者名",
                "被保険者名",
                "本人名",
                "世帯主名",
                "利用者名",
                "受診者名",
                "加入者名",
                "受給者名",
                "対象者名",
                "フリガナ",
                "ふりがな",
                "振り仮名",
                "振仮名",
                "ヨミガナ",
                "よみがな",
                "読み仮名",
                "旧姓",
                "通称名",
                "苗字",
            ]) || ["姓", "名", "氏", "セイ", "メイ", "お名前"].contains(&self.compact.as_str())
                || self.compact.ends_with('姓')
                || self.has_katakana_word("カナ"))
    }

    fn insured_number(&self) -> bool {
        const PARTS: [&str; 5] = ["番号", "記号", "枝番", "id", "no"];
        let of_insured = self.compact.contains("被保険者")
            && PARTS.iter().any(|part| self.compact.contains(part));
        let text = self.compact.as_str();
        self.both(
            &["insured", "subscriber", "beneficiary", "policyholder"],
            &["number", "id", "symbol", "branch", "card"],
        ) || self.both(&["insurance"], &["number", "symbol", "card", "branch"])
            || self.both(&["member"], &["id", "number"])
            || self.both(&["branch"], &["number"])
            || self.is(&["symbol"])
            || self.is(&["branch"])
            || of_insured
            || self.holds(&[
                "記号番号",
                "保険証番号",
                "保険証記号",
                "証番号",
                "証記号",
                "受給者番号",
            ])
            || [
                "記号",
                "番号",
                "枝番",
                "枝番号",
                "保険記号",
                "保険番号",
                "保険証枝番",
                "証枝番",
            ]
            .contains(&text)
    }

    fn insurer(&self) -> bool {
        let text = self.compact.replace("被保険者", "");
        self.both(&["insurer"], &["number", "id", "code", "cd"])
            || self.is(&["insurer"])
            || text.contains("保険者番号")
            || text == "保険者"
    }

    fn any(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.contains(&word.as_str()))
    }

    fn listed(&self, words: &str, terms: &str) -> bool {
        words.split(' ').any(|word| self.any(&[word]))
            || terms.split(' ').any(|term| self.holds(&[term]))
    }

    fn both(&self, some: &[&str], others: &[&str]) -> bool {
        self.any(some) && self.any(others)
    }

    /// Whether the header is these words and nothing else but digits.
    fn is(&self, words: &[&str]) -> bool {
        let own = self
            .words
            .iter()
            .filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
        self.compact.is_ascii() && own.eq(words.iter())
    }

    fn holds(&self, terms: &[&str]) -> bool {
        terms.iter().any(|term| self.compact.contains(term))
    }

    /// Whether a run of katakana is exactly `word`: カナ stands in 患者カナ, and not in カナダ or カナマイシン.
    fn has_katakana_word(&self, word: &str) -> bool {
        let katakana = |c: char| matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー');
        self.compact.split(|c| !katakana(c)).any(|run| run == word)
    }
}

fn fold(c: char) -> char {
    voiced_mark(c)
        .or_else(|| full_width_katakana(c))
        .unwrap_or_else(|| fold_width(c))
}

/// ASCII words: cut where letters and digits meet, before the capital of `aB`, and before the last capital of `ABc`.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut characters = text.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(c) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(char::is_ascii_lowercase);
        let cut = match before {
            Some(before) => {
                (before.is_ascii_digit() != c.is_ascii_digit())
                    || (before.is_ascii_lowercase() && c.is_ascii_uppercase())
                    || (before.is_ascii_uppercase() && c.is_ascii_uppercase() && next_is_lower)
            }
            None => true,
        };
        if cut {
            words.push(String::new());
        }
        before = c.is_ascii_alphanumeric().then_some(c);
        if let (Some(c), Some(word)) = (before, words.last_mut()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Compounds and abbreviations as the words that the rules know.
fn expand(word: &str) -> &str {
    match word {
        "no" | "num" | "nbr" | "nr" | "bango" | "bangou" => "number",
        "kojinbango" | "kojinbangou" | "mynumber" | "mynum" => "my number",
        "email" | "emails" | "mails" => "mail",
        "emailaddress" | "mailaddress" => "mail address",
        "telephone" | "cellphone" | "phones" => "phone",
        "telno" | "phonenumber" | "phoneno" => "phone number",
        "zipcode" | "postcode" | "postalcode" | "postno" => "zip",
        "homeaddress" => "home address",
        "birthdate" | "birthday" | "brthdt" | "brthdtc" | "birthdt" | "birthymd"
        | "dateofbirth" | "dob" | "seinengappi" => "birth date",
        "birthyear" => "birth year",
        "kanjaid" | "kanjabango" | "patientid" | "patientno" | "patientnumber" => "patient id",
        "chartno" | "chartid" | "chartnumber" => "chart number",
        "patientname" | "fullname" | "firstname" | "lastname" | "familyname" | "givenname"
        | "middlename" | "maidenname" | "surname" | "forename" | "username" | "personname"
        | "insuredname" | "hurigana" | "seimei" => "name",
        "kananame" | "namekana" | "kanashimei" => "kana name",
        "drugname" | "medicinename" | "diseasename" | "hospitalname" | "facilityname"
        | "filename" | "hostname" | "itemname" | "tablename" | "columnname" | "productname" => {
            "thing"
        }
        "insuredno" | "insurednumber" | "insuredid" | "hihokenshabango" => "insured number",
        "insuranceno" | "insurancenumber" => "insurance number",
        "memberid" => "member id",
        "branchno" | "branchnumber" | "edaban" => "branch number",
        "insurerno" | "insurernumber" | "insurerid" | "hokenshabango" => "insurer number",
        "rowref" | "rowreference" => "row ref",
        "sourcekey" => "source key",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_people_join_them() {
        for (header, words) in [
            ("patient_name", &["patient", "name"][..]),
            ("patientName", &["patient", "name"]),
            ("DPCCode2", &["dpc", "code", "2"]),
            ("ＴＥＬ番号1", &["tel", "1"]),
            ("Date Of Birth", &["date", "of", "birth"]),
            ("氏名", &[]),
            ("", &[]),
        ] {
            assert_eq!(Header::new(header).words, words, "{header}");
        }
    }
}
