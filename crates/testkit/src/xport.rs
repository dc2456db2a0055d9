//! A SAS XPORT file byte by byte, version 5.

/// Bytes of a text.
const TEXT: u16 = 40;

/// A column and its values.
#[derive(Debug, Clone)]
pub enum XportColumn<'a> {
    /// Texts of at most 40 bytes.
    Text(&'a str, Vec<String>),
    /// Whole numbers; SAS has floating point only.
    Number(&'a str, Vec<u32>),
}

impl XportColumn<'_> {
    fn rows(&self) -> usize {
        match self {
            Self::Text(_, values) => values.len(),
            Self::Number(_, values) => values.len(),
        }
    }

    /// Kind, length, name.
    fn said(&self) -> (u8, u16, &str) {
        match self {
            Self::Text(name, _) => (2, TEXT, name),
            Self::Number(name, _) => (1, 8, name),
        }
    }

    fn cell(&self, row: usize) -> Vec<u8> {
        match self {
            Self::Text(_, values) => {
                let mut bytes = values
                    .get(row)
                    .map_or(Vec::new(), |text| text.as_bytes().to_vec());
                bytes.resize(usize::from(TEXT), b' ');
                bytes
            }
            Self::Number(_, values) => ibm(values.get(row).copied().unwrap_or(0)).to_vec(),
        }
    }
}

/// A whole number as the floating point of the mainframe: a power of 16, and 56 bits behind the point.
fn ibm(number: u32) -> [u8; 8] {
    let digits = 8_u8.saturating_sub(u8::try_from(number.leading_zeros() / 4).unwrap_or(8));
    if number == 0 {
        return [0; 8];
    }
    let shift = 56_u32.saturating_sub(u32::from(digits).saturating_mul(4));
    let mut bytes = (u64::from(number) << shift).to_be_bytes();
    if let Some(exponent) = bytes.first_mut() {
        *exponent = 0x40_u8.saturating_add(digits);
    }
    bytes
}

/// A record of 80 bytes.
fn card(text: &str) -> Vec<u8> {
    padded(text.as_bytes().to_vec())
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(80), b' ');
    bytes
}

fn namestr((kind, length, name): (u8, u16, &str), index: u16, position: u32) -> Vec<u8> {
    let mut out = vec![0, kind, 0, 0];
    out.extend(length.to_be_bytes());
    out.extend(index.to_be_bytes());
    out.extend(format!("{name:8}{:40}{:8}", "", "").as_bytes());
    out.extend([0; 8]);
    out.extend(format!("{:8}", "").as_bytes());
    out.extend([0; 4]);
    out.extend(position.to_be_bytes());
    out.resize(140, 0);
    out
}

/// A file of these columns.
pub fn xport(columns: &[XportColumn<'_>]) -> Vec<u8> {
    let zeros = "000000000000000000000000000000  ";
    let head = |name: &str, digits: &str| {
        card(&format!(
            "HEADER RECORD*******{name:8}HEADER RECORD!!!!!!!{digits}"
        ))
    };
    let time = "22NOV26:00:00:00";
    let mut out = head("LIBRARY", zeros);
    out.extend(card(&format!(
        "SAS     SAS     SASLIB  9.4     Linux   {:24}{time}",
        ""
    )));
    out.extend(card(time));
    out.extend(head("MEMBER", "000000000000000001600000000140  "));
    out.extend(head("DSCRPTR", zeros));
    out.extend(card(&format!(
        "SAS     PEOPLE  SASDATA 9.4     Linux   {:24}{time}",
        ""
    )));
    out.extend(card(time));
    let count = columns.len();
    out.extend(head(
        "NAMESTR",
        &format!("000000{count:04}00000000000000000000  "),
    ));
    let mut names = Vec::new();
    let mut position = 0_u32;
    for (index, column) in (1_u16..).zip(columns) {
        let said = column.said();
        names.extend(namestr(said, index, position));
        position = position.saturating_add(u32::from(said.1));
    }
    out.extend(padded(names));
    out.extend(head("OBS", zeros));
    let rows = columns.iter().map(XportColumn::rows).max().unwrap_or(0);
    let cells = (0..rows).flat_map(|row| columns.iter().flat_map(move |column| column.cell(row)));
    out.extend(padded(cells.collect()));
    out
}
