//! The producer's source files: claim files (UKE) and tables of hospitals.

use std::io::{self, Write};
use std::ops::Range;

use encoding_rs::SHIFT_JIS;

use crate::claim::{Claim, Source, separated};
use crate::dice::Dice;
use crate::insurer::{Kind, public_expense};
use crate::population::{Population, Visit};
use crate::spelling;
use crate::table::Rows;

/// The columns of a hospital's CSV.
pub const CSV_HEADER: &str = "患者番号,保険者番号,記号,番号,枝番,カナ氏名,生年月日,性別,診療日";

/// How a source file writes characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// CP932, WHATWG's `Shift_JIS`.
    Cp932,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
}

/// One source file of the producer: of one hospital, for claim files also of one month.
#[derive(Clone)]
pub struct SourceFile<'a> {
    population: &'a Population,
    name: String,
    source: Source,
    encoding: Encoding,
    hospital: u16,
    visits: Range<usize>,
}

impl std::fmt::Debug for SourceFile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceFile")
            .field("name", &self.name)
            .field("rows", &self.visits.len())
            .finish_non_exhaustive()
    }
}

impl Population {
    /// The producer's source files in the order of hospital and month. Files without rows are left out.
    pub fn claim_files(&self) -> impl Iterator<Item = SourceFile<'_>> {
        let mut rest = 0_usize;
        std::iter::from_fn(move || {
            let file = self.file_at(rest)?;
            rest = file.visits.end;
            Some(file)
        })
    }

    /// The file that begins with the visit at `start`.
    fn file_at(&self, start: usize) -> Option<SourceFile<'_>> {
        let first = self.visits.get(start)?;
        let hospital = self.chart(first.chart)?.hospital;
        let source = self.source(*first);
        let month = self.plan.month(first.month)?;
        let same = |visit: &Visit| {
            self.chart(visit.chart).map(|chart| chart.hospital) == Some(hospital)
                && (source == Source::Csv || visit.month == first.month)
        };
        let length = self.visits.get(start..)?.partition_point(same);
        let (name, encoding) = match source {
            Source::Uke => {
                let month = format!("{:04}{:02}", month.year(), month.month());
                (format!("H{hospital:03}-{month}.UKE"), Encoding::Cp932)
            }
            Source::Csv if hospital % 4 == 2 => (format!("H{hospital:03}.csv"), Encoding::Cp932),
            Source::Csv => (format!("H{hospital:03}.csv"), Encoding::Utf8Bom),
        };
        Some(SourceFile {
            population: self,
            name,
            source,
            encoding,
            hospital,
            visits: start..start.checked_add(length)?,
        })
    }
}

impl SourceFile<'_> {
    /// `H001-202104.UKE` or `H002.csv`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Claim file or CSV.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The encoding of the whole file.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Rows (RE records) of the file.
    pub fn rows(&self) -> usize {
        self.visits.len()
    }

    pub(crate) fn visits(&self) -> Range<usize> {
        self.visits.clone()
    }

    /// Writes the file with CRLF line ends; `progress` hears of rows.
    pub fn write(&self, out: impl Write, progress: &mut dyn FnMut(u64)) -> io::Result<u64> {
        let mut out = io::BufWriter::new(out);
        let mut rows = Rows::new(progress);
        match self.source {
            Source::Uke => self.write_uke(&mut out, &mut rows)?,
            Source::Csv => self.write_csv(&mut out, &mut rows)?,
        }
        out.flush()?;
        Ok(rows.finish())
    }

    fn line(&self, out: &mut impl Write, line: &str) -> io::Result<()> {
        match self.encoding {
            Encoding::Cp932 => out.write_all(&SHIFT_JIS.encode(line).0)?,
            Encoding::Utf8Bom => out.write_all(line.as_bytes())?,
        }
        out.write_all(b"\r\n")
    }

    fn claims(&self) -> impl Iterator<Item = (Visit, Claim)> {
        self.population
            .visits
            .get(self.visits.clone())
            .unwrap_or(&[])
            .iter()
            .filter_map(|visit| Some((*visit, self.population.claim(*visit)?)))
    }

    fn write_csv(&self, out: &mut impl Write, rows: &mut Rows<'_>) -> io::Result<()> {
        if self.encoding == Encoding::Utf8Bom {
            out.write_all("\u{FEFF}".as_bytes())?;
        }
        self.line(out, CSV_HEADER)?;
        for (visit, mut claim) in self.claims() {
            let day = match claim.dice.below(20) {
                0..10 => spelling::compact(claim.on),
                10 => spelling::era_letter(claim.on),
                form => separated(claim.on, form % 3),
            };
            // Some systems keep the payer of public expense where insured people have their insurer.
            if let Some((payer, recipient)) = claim.public.take()
                && claim.dice.chance(0.3)
            {
                claim.raw.insurer = payer;
                claim.raw.number = recipient;
            }
            let raw = &claim.raw;
            let cells = [
                self.population.chart_key(visit.chart).as_str(),
                &raw.insurer,
                &raw.symbol,
                &raw.number,
                &raw.branch,
                &raw.kana,
                &raw.birth,
                &raw.sex,
                &day,
            ]
            .join(",");
            self.line(out, &cells)?;
            rows.one();
        }
        Ok(())
    }

    fn write_uke(&self, out: &mut impl Write, rows: &mut Rows<'_>) -> io::Result<()> {
        let prefecture = self.hospital % 47;
        let prefecture = prefecture.saturating_add(1);
        let hospital = self.hospital;
        let name = spelling::full_width(&format!("{hospital:03}"));
        let billed = self
            .population
            .visits
            .get(self.visits.start)
            .and_then(|visit| self.population.plan.month(visit.month))
            .and_then(|month| month.last_of_month().tomorrow().ok());
        let billed = billed.map_or_else(String::new, |month| {
            format!("{:04}{:02}", month.year(), month.month())
        });
        self.line(
            out,
            &format!(
                "IR,1,{prefecture:02},1,{hospital:07},,連結第{name}病院,{billed},00,0312345{hospital:03}"
            ),
        )?;
        let mut total = 0_u64;
        for ((visit, mut claim), number) in self.claims().zip(1_u64..) {
            total = total.saturating_add(self.write_claim(out, visit, &mut claim, number)?);
            rows.one();
        }
        let count = self.visits.len();
        self.line(out, &format!("GO,{count},{total},99"))
    }

    /// One claim: RE, HO, KO, SN, SY, SI, IY. Returns its points.
    fn write_claim(
        &self,
        out: &mut impl Write,
        visit: Visit,
        claim: &mut Claim,
        number: u64,
    ) -> io::Result<u64> {
        let population = self.population;
        let key = population.chart_key(visit.chart);
        // Insured people have a second payer now and then: local public expense.
        let insured = claim.public.is_none();
        let local =
            (insured && claim.dice.chance(0.12)).then(|| public_expense("83", &mut claim.dice));
        let public = claim.public.take().or(local);
        let kind = self.kind_of_claim(claim, insured, public.is_some());
        let mut re: Vec<String> = vec![String::new(); 38];
        let month = spelling::compact(claim.service.0);
        let raw = &claim.raw;
        for (place, text) in [
            (0, "RE"),
            (1, &number.to_string()),
            (2, &kind),
            (3, month.get(..6).unwrap_or(&month)),
            (4, &claim.name),
            (5, &raw.sex),
            (6, &raw.birth),
            (13, &key),
            (36, &raw.kana),
        ] {
            if let Some(cell) = re.get_mut(place) {
                text.clone_into(cell);
            }
        }
        self.line(out, &re.join(","))?;
        let first = claim.dice.between(73, 291);
        let prescribed = claim.dice.between(42, 600);
        let points = first.saturating_add(prescribed);
        if insured {
            let (insurer, symbol, no) = match &claim.outdated {
                Some(old) => (&old.insurer, &old.symbol, &old.number),
                None => (&raw.insurer, &raw.symbol, &raw.number),
            };
            self.line(
                out,
                &format!("HO,{insurer},{symbol},{no},1,{points},,,,,,,,,"),
            )?;
        }
        if let Some((payer, recipient)) = &public {
            self.line(out, &format!("KO,{payer},{recipient},,1,{points},0,,,,,"))?;
        }
        if claim.outdated.is_some() {
            let number = [&raw.insurer, &raw.symbol, &raw.number, &raw.branch].map(String::as_str);
            self.line(out, &format!("SN,1,01,{},,", number.join(",")))?;
        } else if !raw.branch.is_empty() {
            self.line(out, &format!("SN,1,01,,,,{},,", raw.branch))?;
        }
        if let Some((payer, recipient)) = &public
            && claim.dice.chance(0.2)
        {
            self.line(out, &format!("SN,2,01,{payer},,,,{recipient},"))?;
        }
        let burden = match (insured, public.is_some()) {
            (true, false) => 1,
            (true, true) => 2,
            (false, _) => 5,
        };
        self.write_care(out, claim, burden, first, prescribed)?;
        Ok(u64::from(points))
    }

    fn write_care(
        &self,
        out: &mut impl Write,
        claim: &mut Claim,
        burden: u8,
        first: u32,
        prescribed: u32,
    ) -> io::Result<()> {
        let health = self.population.health(claim.person);
        let day = usize::try_from(claim.on.day()).unwrap_or(1);
        // 31 columns for the days of the month, one of them marked.
        let days: String = (1..=31)
            .map(|column| if column == day { ",1" } else { "," })
            .collect();
        for main in ["01", ""] {
            let condition = health.draw_condition(&mut claim.dice);
            let begun = spelling::compact(claim.on);
            let code = condition.claim_code;
            self.line(out, &format!("SY,{code},{begun},1,,,{main},"))?;
        }
        self.line(
            out,
            &format!("SI,11,{burden},111000110,,{first},1,,,,,,{days}"),
        )?;
        let drug = drug_code(&mut claim.dice);
        self.line(
            out,
            &format!("IY,21,{burden},{drug},1,{prescribed},1,,,,,,{days}"),
        )
    }

    /// レセプト種別: 医科; payer; number of payers; insured person, dependant, small child or elder.
    fn kind_of_claim(&self, claim: &Claim, insured: bool, public: bool) -> String {
        let kind = claim
            .stated
            .insured
            .map(|number| self.population.insurers.kind(number.insurer));
        let payer = match (insured, kind) {
            (false, _) => 2,
            (true, Some(Kind::Elder)) => 3,
            (true, _) => 1,
        };
        let payers = if insured && public { 2 } else { 1 };
        let age = self.population.age(claim.person);
        let who = match (kind, claim.stated.branch) {
            _ if age < 6 => 4,
            _ if age >= 70 => 8,
            (Some(Kind::National), _) | (_, None | Some(0)) => 2,
            (_, Some(_)) => 6,
        };
        format!("1{payer}{payers}{who}")
    }
}

fn drug_code(dice: &mut Dice) -> u32 {
    dice.between(620_000_000, 622_999_999)
}
