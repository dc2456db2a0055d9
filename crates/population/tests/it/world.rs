//! Populations and their files in memory, read back with the simplest means.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use renketsu_population::{Encoding, Extract, Plan, Population, Source, Truth};

pub(crate) fn generate(plan: &Plan) -> Population {
    Population::generate(plan, &mut |_| {}).unwrap()
}

/// 6,000 persons with the default rates, made once for all tests.
pub(crate) fn usual() -> &'static (Population, Truth) {
    static USUAL: OnceLock<(Population, Truth)> = OnceLock::new();
    USUAL.get_or_init(|| {
        let population = generate(&Plan::new(6_000, 11));
        let truth = population.truth(&mut |_| {});
        (population, truth)
    })
}

/// One source file, decoded.
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) lines: Vec<Vec<String>>,
}

/// Every source file, decoded strictly, its CRLF lines split at commas; without the header of CSV.
pub(crate) fn texts(population: &Population) -> Vec<Text> {
    population
        .claim_files()
        .map(|file| {
            let mut bytes = Vec::new();
            file.write(&mut bytes, &mut |_| {}).unwrap();
            let text = match file.encoding() {
                Encoding::Cp932 => {
                    let (text, failed) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&bytes);
                    assert!(!failed, "{} is not CP932", file.name());
                    text.into_owned()
                }
                Encoding::Utf8Bom => {
                    let text = String::from_utf8(bytes).unwrap();
                    text.strip_prefix('\u{FEFF}').unwrap().to_owned()
                }
            };
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
            let skip = usize::from(file.source() == Source::Csv);
            Text {
                name: file.name().to_owned(),
                source: file.source(),
                lines: split(&text, skip),
            }
        })
        .collect()
}

fn split(text: &str, skip: usize) -> Vec<Vec<String>> {
    text.lines()
        .skip(skip)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

/// One row of the register.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) person: String,
    pub(crate) kana: String,
    pub(crate) birth: String,
    pub(crate) sex: String,
    /// Insurer, symbol, number.
    pub(crate) number: [String; 3],
    pub(crate) branch: String,
    pub(crate) from: String,
    /// `9999-12-31` while it lasts.
    pub(crate) to: String,
}

pub(crate) fn registry(population: &Population) -> Vec<Row> {
    let mut bytes = Vec::new();
    population.write_registry(&mut bytes, &mut |_| {}).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    split(&text, 1)
        .into_iter()
        .map(|cells| {
            let [
                person,
                kana,
                birth,
                sex,
                insurer,
                symbol,
                number,
                branch,
                from,
                to,
            ] = <[String; 10]>::try_from(cells).unwrap();
            Row {
                person,
                kana,
                birth,
                sex,
                number: [insurer, symbol, number],
                branch,
                from,
                to: if to.is_empty() {
                    "9999-12-31".to_owned()
                } else {
                    to
                },
            }
        })
        .collect()
}

pub(crate) fn by_person(rows: &[Row]) -> BTreeMap<&str, Vec<&Row>> {
    let mut persons: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        persons.entry(&row.person).or_default().push(row);
    }
    persons
}

pub(crate) fn extract(population: &Population, extract: Extract) -> Vec<Vec<String>> {
    let mut bytes = Vec::new();
    population
        .write_extract(extract, &mut bytes, &mut |_| {})
        .unwrap();
    split(&String::from_utf8(bytes).unwrap(), 1)
}

pub(crate) fn anonymized(population: &Population) -> Vec<Vec<String>> {
    let mut bytes = Vec::new();
    population
        .write_anonymized(&mut bytes, &mut |_| {})
        .unwrap();
    split(&String::from_utf8(bytes).unwrap(), 1)
}

/// The share of `part` in `whole`.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    number(part) / number(whole)
}

/// A count, which never comes near 2^32 here.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
