//! `ids.md`, "The look-up, exactly", read sentence by sentence and computed the slow way.

use jiff::civil::Date;
use renketsu_authority::lookup::Identifiers;
use renketsu_identity::{
    BirthDate, Branch, InsuredNumber, Insurer, Kana, Loose, Number, ServicePeriod, Sex, Symbol,
    Triple, is_blank,
};

/// One register row; its values are given in canonical form or not, as a test likes.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) person: String,
    pub(crate) kana: String,
    pub(crate) birth: String,
    pub(crate) sex: String,
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) number: String,
    pub(crate) branch: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What the text says the answer is.
pub(crate) struct Expected {
    pub(crate) status: &'static str,
    pub(crate) number: Option<InsuredNumber>,
    pub(crate) triple: Option<Triple>,
    pub(crate) kana_unique: Option<bool>,
}

impl Entry {
    fn insured(&self) -> Option<InsuredNumber> {
        let blank = [&self.insurer, &self.symbol, &self.number, &self.branch]
            .into_iter()
            .all(|text| is_blank(text));
        (!blank).then(|| InsuredNumber {
            insurer: Insurer::parse(&self.insurer).unwrap(),
            symbol: Symbol::parse(&self.symbol).unwrap(),
            number: Number::parse(&self.number).unwrap(),
            branch: Branch::parse(&self.branch).unwrap(),
        })
    }

    fn triple(&self) -> Triple {
        Triple {
            kana: Kana::parse(&self.kana).unwrap(),
            birth: birth(&self.birth),
            sex: Sex::parse(&self.sex).unwrap(),
        }
    }

    fn from(&self) -> Date {
        if self.from.is_empty() {
            Date::MIN
        } else {
            birth(&self.from).date()
        }
    }

    fn valid(&self, service: Option<&ServicePeriod>) -> bool {
        let to = (!self.to.is_empty()).then(|| birth(&self.to).date());
        service.is_none_or(|period| {
            period.first() <= to.unwrap_or(Date::MAX) && self.from() <= period.last()
        })
    }

    /// Time first, as "latest row" says; the rest only so that there is one answer among rows of the same days.
    fn order(&self) -> (Date, Date, bool, Option<InsuredNumber>, Kana) {
        let to = if self.to.is_empty() {
            Date::MAX
        } else {
            birth(&self.to).date()
        };
        let insured = self.insured();
        (
            self.from(),
            to,
            insured.is_none(),
            insured,
            Kana::parse(&self.kana).unwrap(),
        )
    }
}

fn birth(text: &str) -> BirthDate {
    BirthDate::parse(text, Date::MAX).unwrap()
}

fn same_triple(a: &Triple, b: &Triple) -> bool {
    a.kana == b.kana && a.birth.date() == b.birth.date() && a.sex == b.sex
}

fn holders<'e>(entries: &'e [Entry], triple: &Triple) -> Vec<&'e str> {
    let mut found: Vec<&str> = entries
        .iter()
        .filter(|entry| same_triple(&entry.triple(), triple))
        .map(|entry| entry.person.as_str())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// "The earliest `valid_from` among eligible ones; a household number is not eligible; ties: smallest canonical bytes."
fn first_number(entries: &[Entry], person: &str) -> Option<InsuredNumber> {
    let mut eligible: Vec<(Date, Vec<u8>, InsuredNumber)> = entries
        .iter()
        .filter(|entry| entry.person == person)
        .filter_map(|entry| entry.insured().map(|number| (entry.from(), number)))
        .filter(|(_, number)| {
            !number.branch.as_str().is_empty() || number.insurer.as_str().starts_with("39")
        })
        .map(|(from, number)| (from, message(&number), number))
        .collect();
    eligible.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    eligible.into_iter().next().map(|(_, _, number)| number)
}

/// "A number that is the first one of several persons is none of theirs."
fn own_first_number(entries: &[Entry], person: &str) -> Option<InsuredNumber> {
    let first = first_number(entries, person)?;
    let mut others = entries.iter().filter(|entry| entry.person != person);
    let shared = others.any(|other| first_number(entries, &other.person).as_ref() == Some(&first));
    (!shared).then_some(first)
}

fn message(number: &InsuredNumber) -> Vec<u8> {
    let fields = [
        number.insurer.as_str(),
        number.symbol.as_str(),
        number.number.as_str(),
        number.branch.as_str(),
    ];
    let mut bytes = Vec::new();
    for (tag, value) in (0x10_u8..).zip(fields) {
        bytes.push(tag);
        bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        bytes.extend(value.as_bytes());
    }
    bytes
}

type Route<'a> = Box<dyn Fn(&InsuredNumber) -> bool + 'a>;

pub(crate) fn answer(entries: &[Entry], asked: &Identifiers<'_>, today: Date) -> Expected {
    let none = |status| Expected {
        status,
        number: None,
        triple: None,
        kana_unique: None,
    };
    let birth_date = BirthDate::parse(asked.birth_date, today).ok();
    let sex = Sex::parse(asked.sex).ok();
    let triple = match (Kana::parse(asked.kana), birth_date.clone(), sex) {
        (Ok(kana), Some(birth), Some(sex)) => Some(Triple { kana, birth, sex }),
        _ => None,
    };
    let given = ![asked.insurer, asked.symbol, asked.number]
        .into_iter()
        .all(is_blank);
    let parts = (
        Insurer::parse(asked.insurer),
        Symbol::parse(asked.symbol),
        Number::parse(asked.number),
        Branch::parse(asked.branch),
    );
    let service = ServicePeriod::parse(asked.service, today);
    let (number, invalid) = match (given, parts, &service) {
        (false, ..) => (None, false),
        (true, (Ok(insurer), Ok(symbol), Ok(number), Ok(branch)), Ok(_)) => (
            Some(InsuredNumber {
                insurer,
                symbol,
                number,
                branch,
            }),
            false,
        ),
        (true, ..) => (None, true),
    };
    if let (Some(number), Ok(service)) = (&number, &service) {
        let one_empty =
            |branch: &Branch| branch.as_str().is_empty() != number.branch.as_str().is_empty();
        let routes: [(&'static str, Route<'_>); 3] = [
            ("number", Box::new(|row| *row == *number)),
            (
                "number_loose",
                Box::new(|row| {
                    row.insurer == number.insurer
                        && row.symbol == number.symbol
                        && row.number == number.number
                        && one_empty(&row.branch)
                }),
            ),
            (
                "number_loose",
                Box::new(|row| {
                    row.insurer == number.insurer
                        && Loose::of(&row.symbol, &row.number).as_str()
                            == Loose::of(&number.symbol, &number.number).as_str()
                        && (row.branch == number.branch || one_empty(&row.branch))
                }),
            ),
        ];
        for (status, route) in routes {
            let rows: Vec<&Entry> = entries
                .iter()
                .filter(|entry| {
                    entry.insured().is_some_and(|row| route(&row)) && entry.valid(service.as_ref())
                })
                .collect();
            if rows.is_empty() {
                continue;
            }
            let mut persons: Vec<&str> = rows
                .iter()
                .filter(|row| {
                    birth_date
                        .as_ref()
                        .is_none_or(|given| given.date() == birth(&row.birth).date())
                })
                .filter(|row| sex.is_none_or(|given| given == Sex::parse(&row.sex).unwrap()))
                .map(|row| row.person.as_str())
                .collect();
            persons.sort_unstable();
            persons.dedup();
            let [person] = persons.as_slice() else {
                return none(if persons.is_empty() {
                    "conflict"
                } else {
                    "number_ambiguous"
                });
            };
            if let Some(triple) = &triple {
                let holders = holders(entries, triple);
                if !holders.is_empty() && !holders.contains(person) {
                    return none("conflict");
                }
            }
            let mut own: Vec<&Entry> = entries
                .iter()
                .filter(|entry| entry.person == *person)
                .collect();
            own.sort_by_key(|entry| entry.order());
            let row = own
                .iter()
                .rev()
                .find(|entry| service.is_some() && entry.valid(service.as_ref()))
                .or(own.last())
                .unwrap();
            let triple = row.triple();
            let unique = holders(entries, &triple).len() == 1;
            return Expected {
                status,
                number: own_first_number(entries, person),
                triple: Some(triple),
                kana_unique: Some(unique),
            };
        }
    }
    match triple {
        Some(triple) => {
            let holders = holders(entries, &triple).len();
            let status = match holders {
                1 => "kana",
                0 if invalid => "invalid",
                0 => "not_found",
                _ => "kana_ambiguous",
            };
            Expected {
                status,
                number: None,
                triple: Some(triple),
                kana_unique: Some(holders == 1),
            }
        }
        None => none(if invalid || !given {
            "invalid"
        } else {
            "not_found"
        }),
    }
}
