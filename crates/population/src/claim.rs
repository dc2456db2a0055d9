//! One input row: what it says of the person (with injected errors), and how that is spelled.

mod identity;
mod number;

use jiff::civil::Date;

pub(crate) use identity::separated;
pub(crate) use number::branch_text;

use crate::defect::{Defect, Defects};
use crate::dice::{Dice, Topic};
use crate::history::Enrolment;
use crate::insurer::Insured;
use crate::name::Sex;
use crate::population::{Person, Population, Visit};

/// The two kinds of source files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// レセプト電算 (UKE).
    Uke,
    /// A hospital's own table.
    Csv,
}

/// What a row says, apart from spelling, in the register's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    /// `None`: no number part, or a placeholder that is nobody's number.
    pub(crate) insured: Option<Insured>,
    pub(crate) branch: Option<u8>,
    /// In the register's spelling; `None` also for placeholders.
    pub(crate) kana: Option<String>,
    pub(crate) birth: Option<Date>,
    pub(crate) sex: Option<Sex>,
}

/// The strings of a row as the file carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) number: String,
    pub(crate) branch: String,
    pub(crate) kana: String,
    pub(crate) birth: String,
    pub(crate) sex: String,
}

/// An old number that stands in HO while SN carries the valid one.
pub(crate) struct Outdated {
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) number: String,
}

/// One row of a source file with everything known about it.
pub(crate) struct Claim {
    pub(crate) person: Person,
    pub(crate) source: Source,
    /// The day of service.
    pub(crate) on: Date,
    /// First and last day of service as the row tells them: a month in a claim file, a day in CSV.
    pub(crate) service: (Date, Date),
    pub(crate) defects: Defects,
    pub(crate) stated: Stated,
    /// As after SN's corrections.
    pub(crate) raw: Raw,
    pub(crate) outdated: Option<Outdated>,
    /// 公費負担者番号 and 受給者番号 of a record KO, or of a CSV row without insurer.
    pub(crate) public: Option<(String, String)>,
    /// RE-4.
    pub(crate) name: String,
    /// What follows is not about the identity.
    pub(crate) dice: Dice,
}

impl Population {
    pub(crate) fn source(&self, visit: Visit) -> Source {
        match self.chart(visit.chart).map_or(0, |chart| chart.hospital) % 2 {
            1 => Source::Uke,
            _ => Source::Csv,
        }
    }

    /// The row of a visit: the same at every call.
    pub(crate) fn claim(&self, visit: Visit) -> Option<Claim> {
        let person = self.chart(visit.chart)?.person;
        let individual = self.individual(person)?;
        let source = self.source(visit);
        let month = self.plan.month(visit.month)?;
        let day = i8::try_from(visit.day).ok()?;
        let on = Date::new(month.year(), month.month(), day).ok()?;
        let service = match source {
            Source::Uke => (month, month.last_of_month()),
            Source::Csv => (on, on),
        };
        let index = u64::from(visit.chart.0)
            .wrapping_mul(16)
            .wrapping_add(u64::from(visit.serial));
        let rows = self.rows_of(person);
        let mut claim = Claim {
            person,
            source,
            on,
            service,
            defects: Defects::default(),
            stated: Stated::default(),
            raw: Raw::default(),
            outdated: None,
            public: None,
            name: String::new(),
            dice: Dice::new(self.plan.seed, Topic::Claim, index),
        };
        let row = valid_row(rows, &claim).or_else(|| rows.first())?;
        claim.state_number(self, rows, row);
        claim.spell_number(self);
        claim.state_identity(self, individual, row);
        claim.spell_identity(self, individual, row);
        Some(claim)
    }
}

/// The row valid on the day of service; `None` before the person is registered.
fn valid_row<'rows>(rows: &'rows [Enrolment], claim: &Claim) -> Option<&'rows Enrolment> {
    rows.iter().find(|row| row.overlaps(claim.on, claim.on))
}

impl Claim {
    fn draw(&mut self, rate: f64, defect: Defect) -> bool {
        let hit = self.dice.chance(rate);
        self.defects.add_if(hit, defect);
        hit
    }
}
