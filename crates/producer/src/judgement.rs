//! What the texts of a record are worth: canonical forms, and which routes to an ID stay open.

use jiff::civil::Date;
use renketsu_identity::{
    BirthDate, Branch, Insurer, Kana, Number, Reject, ServicePeriod, Sex, Symbol, is_blank,
};

use crate::sources::Texts;

/// The most characters of a rejected text that the authority gets to see.
const RAW_CHARACTERS: usize = 200;
/// In no canonical form, so that neither a shortened nor a cleaned text can become an accepted one.
const REPLACEMENT: char = '\u{FFFD}';

/// A field of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// 生年月日
    BirthDate,
    /// 枝番
    Branch,
    /// 保険者番号
    Insurer,
    /// カナ氏名
    Kana,
    /// 番号
    Number,
    /// 診療日 or 診療年月
    Service,
    /// 性別
    Sex,
    /// 記号
    Symbol,
}

impl Field {
    /// The name in reports and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::BirthDate => "birth_date",
            Self::Branch => "branch",
            Self::Insurer => "insurer",
            Self::Kana => "kana",
            Self::Number => "number",
            Self::Service => "service",
            Self::Sex => "sex",
            Self::Symbol => "symbol",
        }
    }
}

/// Why a field is of no use: the reject of its canonical form, or `None` if it is blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: Field,
    /// Its reject; `None` for a blank field that was needed.
    pub reject: Option<Reject>,
}

impl Problem {
    /// `field:reject name`, or `field:absent`.
    pub fn text(self) -> String {
        let reject = self.reject.map_or("absent", Reject::name);
        format!("{}:{reject}", self.field.name())
    }
}

/// Whether a part of a record can lead to an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing of it is given.
    Absent,
    /// It cannot, for these reasons.
    Unusable(Vec<Problem>),
    /// It can.
    Valid,
}

/// A record after judgement. Its `Debug` form shows no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Canonical texts; a rejected one as it was given, at most 200 characters of it.
    pub texts: Texts,
    /// Insurer, symbol, number and branch.
    pub number: Part,
    /// Kana, birth date and sex.
    pub triple: Part,
    /// Whether there is a service date or month that can't be one. Without it a number of somebody else, on another
    /// day, could be meant: such a record is not asked for.
    pub service: Option<Problem>,
    /// Whether a branch is given.
    pub has_branch: bool,
}

impl Judged {
    /// Why the record can never get an ID; empty if it can.
    pub fn rejects(&self) -> Vec<Problem> {
        if let Some(problem) = self.service {
            return vec![problem];
        }
        let open = matches!(self.number, Part::Valid) || matches!(self.triple, Part::Valid);
        if open { Vec::new() } else { self.problems() }
    }

    /// Every problem of its fields, whether or not a route stays open. A number that is not given at all is one only
    /// where the triple is of no use either.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        match &self.number {
            Part::Absent if !matches!(self.triple, Part::Valid) => {
                problems.push(Problem {
                    field: Field::Number,
                    reject: None,
                });
            }
            Part::Absent | Part::Valid => {}
            Part::Unusable(reasons) => problems.extend(reasons),
        }
        match &self.triple {
            Part::Unusable(reasons) => problems.extend(reasons),
            Part::Absent if !matches!(self.number, Part::Valid) => {
                problems.push(Problem {
                    field: Field::Kana,
                    reject: None,
                });
            }
            Part::Absent | Part::Valid => {}
        }
        problems.extend(self.service);
        problems
    }
}

/// Judges one record. Birth dates after `today` are rejected.
pub fn judge(texts: &Texts, today: Date) -> Judged {
    let insurer = Insurer::parse(&texts.insurer).map(|form| form.as_str().to_owned());
    let symbol = Symbol::parse(&texts.symbol).map(|form| form.as_str().to_owned());
    let number = Number::parse(&texts.number).map(|form| form.as_str().to_owned());
    let branch = Branch::parse(&texts.branch).map(|form| form.as_str().to_owned());
    let kana = Kana::parse(&texts.kana).map(|form| form.as_str().to_owned());
    let birth_date = BirthDate::parse(&texts.birth_date, today).map(|form| form.yyyymmdd());
    let sex = Sex::parse(&texts.sex).map(|form| form.code().to_owned());
    let service = ServicePeriod::parse(&texts.service, today)
        .map(|period| period.map_or_else(String::new, |period| period.text()));

    let given = [&texts.insurer, &texts.symbol, &texts.number]
        .into_iter()
        .any(|text| !is_blank(text));
    let number_part = part(
        given,
        &[
            (Field::Insurer, &texts.insurer, insurer.as_ref().err()),
            (Field::Symbol, &texts.symbol, symbol.as_ref().err()),
            (Field::Number, &texts.number, number.as_ref().err()),
            (Field::Branch, &texts.branch, branch.as_ref().err()),
        ],
    );
    let triple = [
        (Field::Kana, &texts.kana, kana.as_ref().err()),
        (
            Field::BirthDate,
            &texts.birth_date,
            birth_date.as_ref().err(),
        ),
        (Field::Sex, &texts.sex, sex.as_ref().err()),
    ];
    let any = triple.iter().any(|(_, text, _)| !is_blank(text));
    Judged {
        number: number_part,
        triple: part(any, &triple),
        service: service.as_ref().err().map(|reject| Problem {
            field: Field::Service,
            reject: Some(*reject),
        }),
        has_branch: !is_blank(&texts.branch),
        texts: Texts {
            insurer: shown(insurer, &texts.insurer),
            symbol: shown(symbol, &texts.symbol),
            number: shown(number, &texts.number),
            branch: shown(branch, &texts.branch),
            kana: shown(kana, &texts.kana),
            birth_date: shown(birth_date, &texts.birth_date),
            sex: shown(sex, &texts.sex),
            service: shown(service, &texts.service),
        },
    }
}

fn part(given: bool, fields: &[(Field, &String, Option<&Reject>)]) -> Part {
    if !given {
        return Part::Absent;
    }
    let problem = |&(field, text, reject): &(Field, &String, Option<&Reject>)| {
        let reject = *reject?;
        Some(Problem {
            field,
            reject: (!is_blank(text)).then_some(reject),
        })
    };
    let problems: Vec<Problem> = fields.iter().filter_map(problem).collect();
    if problems.is_empty() {
        Part::Valid
    } else {
        Part::Unusable(problems)
    }
}

/// The canonical form, nothing for a blank text, or the start of a rejected one.
fn shown(form: Result<String, Reject>, text: &str) -> String {
    if let Ok(canonical) = form {
        return canonical;
    }
    if is_blank(text) {
        return String::new();
    }
    let mut raw: String = text
        .chars()
        .map(|c| if c.is_control() { REPLACEMENT } else { c })
        .take(RAW_CHARACTERS)
        .collect();
    if text.chars().nth(RAW_CHARACTERS).is_some() {
        raw.pop();
        raw.push(REPLACEMENT);
    }
    raw
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    fn whole() -> Texts {
        Texts {
            insurer: "  133066".to_owned(),
            symbol: "１０−２３".to_owned(),
            number: "０７".to_owned(),
            branch: "1".to_owned(),
            kana: "ﾔﾏﾀﾞ ﾊﾅｺ".to_owned(),
            birth_date: "4060618".to_owned(),
            sex: "女".to_owned(),
            service: "43101".to_owned(),
        }
    }

    fn reasons(texts: &Texts) -> Vec<String> {
        judge(texts, TODAY)
            .rejects()
            .into_iter()
            .map(Problem::text)
            .collect()
    }

    #[test]
    fn accepted_texts_become_canonical() {
        let judged = judge(&whole(), TODAY);
        assert_eq!(
            (&judged.number, &judged.triple),
            (&Part::Valid, &Part::Valid)
        );
        let texts = &judged.texts;
        assert_eq!(
            [&texts.insurer, &texts.symbol, &texts.number, &texts.branch],
            ["00133066", "10-23", "07", "01"]
        );
        assert_eq!(
            [&texts.kana, &texts.birth_date, &texts.sex, &texts.service],
            ["ヤマダハナコ", "19940618", "2", "201901"]
        );
        assert!(judged.has_branch && judged.problems().is_empty());
    }

    #[test]
    fn one_open_route_is_enough() {
        let by_kana = Texts {
            insurer: String::new(),
            symbol: String::new(),
            number: "\u{3000}".to_owned(),
            ..whole()
        };
        assert_eq!(judge(&by_kana, TODAY).number, Part::Absent);
        assert!(reasons(&by_kana).is_empty());
        let by_number = Texts {
            kana: "山田".to_owned(),
            sex: "9".to_owned(),
            ..whole()
        };
        assert!(reasons(&by_number).is_empty());
        let problems: Vec<_> = judge(&by_number, TODAY)
            .problems()
            .into_iter()
            .map(Problem::text)
            .collect();
        assert_eq!(problems, ["kana:character", "sex:sex"]);
        assert_eq!(judge(&by_number, TODAY).texts.kana, "山田");
    }

    #[test]
    fn without_an_open_route_every_reason_is_named() {
        let texts = Texts {
            insurer: "1".to_owned(),
            number: String::new(),
            kana: String::new(),
            ..whole()
        };
        assert_eq!(
            reasons(&texts),
            ["insurer:length", "number:absent", "kana:absent"]
        );
        let nothing = Texts::default();
        assert_eq!(reasons(&nothing), ["number:absent", "kana:absent"]);
        let future = Texts {
            birth_date: "20261123".to_owned(),
            ..Texts::default()
        };
        assert_eq!(
            reasons(&future),
            [
                "number:absent",
                "kana:absent",
                "birth_date:future",
                "sex:absent"
            ]
        );
    }

    #[test]
    fn a_service_month_that_cannot_be_closes_every_route() {
        let texts = Texts {
            service: "202113".to_owned(),
            ..whole()
        };
        assert_eq!(reasons(&texts), ["service:date"]);
    }

    #[test]
    fn a_long_rejected_text_is_cut_and_stays_rejected() {
        let spaced = format!("{}{}", " ".repeat(150), "ア".repeat(120));
        let judged = judge(
            &Texts {
                kana: spaced,
                ..whole()
            },
            TODAY,
        );
        assert_eq!(judged.texts.kana.chars().count(), RAW_CHARACTERS);
        assert!(Kana::parse(&judged.texts.kana).is_err());
        let broken = judge(
            &Texts {
                kana: "ア\nイ\u{1F}".to_owned(),
                ..whole()
            },
            TODAY,
        );
        assert_eq!(broken.texts.kana, "ア\u{FFFD}イ\u{FFFD}");
    }
}
