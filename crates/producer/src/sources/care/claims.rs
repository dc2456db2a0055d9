//! Claims of long-term care as they are exchanged: CP932, a control record (1), data records (2), a trailer record (3).
//!
//! A data record says what it is by its exchange information (交換情報識別番号). Three kinds name a person: the basic record
//! (基本情報レコード) of a claim (71…), the claim for a service plan (サービス計画費, 812…) and the benefit management slip
//! (給付管理票, 822…), of which every line does. All others are passed over and counted by their kind.

use std::path::Path;

use encoding_rs::SHIFT_JIS;

use super::{CareError, CareNumber, Claim};
use crate::sources::lanes::{Threads, in_order};
use crate::sources::lines::{self, Block, Fault, Line};
use crate::sources::passed::Kinds;
use crate::sources::{SourceError, input, trim};

mod field {
    //! Places of fields in a data record, the kind of the record being 0.
    pub(super) const EXCHANGE: usize = 2;
    /// レコード種別 of a claim.
    pub(super) const RECORD: usize = 3;
}

/// Where a kind of record has its person.
struct Layout {
    month: usize,
    insurer: usize,
    number: usize,
    birth_date: usize,
    sex: usize,
}

impl Layout {
    fn is_claim(&self) -> bool {
        self.month == CLAIM.month
    }
}

/// 71…, 基本情報レコード
const CLAIM: Layout = Layout {
    month: 4,
    insurer: 6,
    number: 7,
    birth_date: 14,
    sex: 15,
};
/// 812…, サービス計画費請求明細書
const PLAN: Layout = Layout {
    month: 5,
    insurer: 6,
    number: 8,
    birth_date: 11,
    sex: 12,
};
/// 822…, 給付管理票
const SLIP: Layout = Layout {
    month: 3,
    insurer: 4,
    number: 10,
    birth_date: 11,
    sex: 12,
};
/// The basic record.
const BASIC: &str = "01";

/// What a line is.
enum Item<T> {
    Control,
    Person(T),
    Passed,
    Trailer,
}

/// A block of lines, parsed up to the first that cannot be.
struct Parsed<T> {
    items: Vec<(u64, Item<T>)>,
    kinds: Kinds,
    fault: Option<SourceError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The control record comes next.
    Begin,
    Data,
    /// The trailer was there.
    Trailed,
}

/// Gives what `make` makes of the person of every record, with the line of it, to `take`, in order.
pub(super) fn read<T: Send>(
    path: &Path,
    threads: Threads,
    kinds: &mut Kinds,
    make: impl Fn(&Claim) -> Result<T, SourceError> + Sync,
    mut take: impl FnMut(u64, T) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let file = path.display().to_string();
    let reader = input::open(path)?;
    let mut state = State::Begin;
    let mut found = false;
    in_order(
        threads,
        |give| match lines::cut(reader, give) {
            Ok(_) => Ok(()),
            Err(fault) => Err(failed(fault, path, &file)),
        },
        |block| Ok(parsed(&block, path, &file, &make)),
        |parsed: Parsed<T>| {
            kinds.extend(parsed.kinds);
            for (line, item) in parsed.items {
                state = match (state, &item) {
                    // After a trailer, a control record begins a second delivery in the same file.
                    (State::Begin | State::Trailed, Item::Control)
                    | (State::Data, Item::Person(_) | Item::Passed) => State::Data,
                    (State::Data, Item::Trailer) if found => State::Trailed,
                    (State::Data, Item::Trailer) => {
                        return Err(CareError::NoClaims { file: file.clone() }.into());
                    }
                    _ => return Err(record(&file, line)),
                };
                if let Item::Person(made) = item {
                    found = true;
                    take(line, made)?;
                }
            }
            parsed.fault.map_or(Ok(()), Err)
        },
    )?;
    match state {
        State::Begin => Err(input::InputError::Empty { file }.into()),
        State::Data => Err(CareError::Cut { file }.into()),
        State::Trailed => Ok(()),
    }
}

fn parsed<T>(
    block: &Block,
    path: &Path,
    file: &str,
    make: &impl Fn(&Claim) -> Result<T, SourceError>,
) -> Parsed<T> {
    let mut parsed = Parsed {
        items: Vec::new(),
        kinds: Kinds::default(),
        fault: None,
    };
    for line in block.lines() {
        let outcome = line
            .map_err(|fault| failed(fault, path, file))
            .and_then(|line| {
                let item = match item(line, file, &mut parsed.kinds)? {
                    Item::Person(claim) => Item::Person(make(&claim)?),
                    Item::Control => Item::Control,
                    Item::Passed => Item::Passed,
                    Item::Trailer => Item::Trailer,
                };
                Ok((line.number, item))
            });
        match outcome {
            Ok(item) => parsed.items.push(item),
            Err(fault) => {
                parsed.fault = Some(fault);
                break;
            }
        }
    }
    parsed
}

fn item(line: Line<'_>, file: &str, kinds: &mut Kinds) -> Result<Item<Claim>, SourceError> {
    let text = SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(line.bytes)
        .ok_or_else(|| CareError::Encoding {
            file: file.to_owned(),
            line: line.number,
        })?;
    let fields: Vec<&str> = text.split(',').map(unquoted).collect();
    let field = |place: usize| fields.get(place).copied().unwrap_or_default();
    match field(0) {
        "1" => return Ok(Item::Control),
        "3" => return Ok(Item::Trailer),
        "2" => {}
        _ => return Err(record(file, line.number)),
    }
    let exchange = field(field::EXCHANGE);
    let layout = match exchange.get(..3).unwrap_or_default() {
        "812" => &PLAN,
        "822" => &SLIP,
        claim if claim.starts_with("71") && field(field::RECORD) == BASIC => &CLAIM,
        _ => {
            kinds.one(&kind(exchange, field(field::RECORD)));
            return Ok(Item::Passed);
        }
    };
    // It ends after the sex at the earliest. Where a claim has the kind of its record, the others have no such sign of
    // another layout: their month must be one.
    let known = layout.is_claim() || is_month(field(layout.month));
    if fields.len() <= layout.sex || !known {
        return Err(record(file, line.number));
    }
    let owned = |place: usize| field(place).to_owned();
    Ok(Item::Person(Claim {
        care: CareNumber {
            insurer: owned(layout.insurer),
            number: owned(layout.number),
        },
        birth_date: owned(layout.birth_date),
        sex: owned(layout.sex),
        month: owned(layout.month),
    }))
}

fn is_month(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The kind of a record that is passed over: its exchange information, and of a claim the kind of its record.
fn kind(exchange: &str, record: &str) -> String {
    let named = exchange.len() == 4
        && exchange
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let numbered = record.len() == 2 && record.bytes().all(|byte| byte.is_ascii_digit());
    match (named, numbered) {
        (true, true) => format!("care:{exchange}/{record}"),
        (true, false) => format!("care:{exchange}"),
        (false, _) => "care:other".to_owned(),
    }
}

fn record(file: &str, line: u64) -> SourceError {
    CareError::Record {
        file: file.to_owned(),
        line,
    }
    .into()
}

/// A field without blanks around it and without its quotes, which some programs write.
fn unquoted(field: &str) -> &str {
    let plain = field
        .strip_prefix('"')
        .and_then(|field| field.strip_suffix('"'));
    trim(plain.unwrap_or(field))
}

fn failed(fault: Fault, path: &Path, file: &str) -> SourceError {
    let file = file.to_owned();
    match fault {
        Fault::Encoding { line } | Fault::Nul { line } => CareError::Encoding { file, line }.into(),
        Fault::Io(source) => input::failed(path, source).into(),
        Fault::Long { line } => CareError::Long { file, line }.into(),
    }
}
