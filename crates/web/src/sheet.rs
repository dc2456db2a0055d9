//! A table that leaves as a file: for spreadsheets, as CSV or XLSX.

use jiff::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};

/// A table of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) title: String,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Paper of ISO 216: A4, as spreadsheets number it.
const A4: u8 = 9;
/// Letters in a cell before it is broken.
const WIDEST: usize = 40;

/// What a spreadsheet would take for a formula stands as text, with the mark by which spreadsheets say so.
fn plain(cell: &str) -> String {
    let formula = cell.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// RFC 4180, UTF-8 with its mark, lines ended by CR LF: what a spreadsheet in Japan opens without questions.
pub(crate) fn csv(sheet: &Sheet) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    for row in std::iter::once(&sheet.header).chain(&sheet.rows) {
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                text.push(',');
            }
            let cell = plain(cell);
            if cell.contains(['"', ',', '\r', '\n']) {
                text.extend(["\"", &cell.replace('"', "\"\""), "\""]);
            } else {
                text.push_str(&cell);
            }
        }
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A workbook of one sheet. Every cell is written as text, so none is a formula.
pub(crate) fn xlsx(sheet: &Sheet, made: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(made.as_second())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let head = Format::new().set_bold().set_text_wrap();
    let body = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let page = book.add_worksheet();
    page.set_paper_size(A4).set_landscape();
    page.set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(0, 0)?;
    page.set_freeze_panes(1, 0)?;
    page.set_header(format!("&L{}&R&P / &N", sheet.title.replace('&', "&&")));
    for (row, cells) in (0_u32..).zip(std::iter::once(&sheet.header).chain(&sheet.rows)) {
        for (column, cell) in (0_u16..).zip(cells) {
            let format = if row == 0 { &head } else { &body };
            page.write_string_with_format(row, column, cell, format)?;
        }
    }
    for column in 0..sheet.header.len() {
        let cells = std::iter::once(&sheet.header).chain(&sheet.rows);
        let longest = cells
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().map(width).sum::<usize>())
            .max()
            .unwrap_or_default();
        let wide = u32::try_from(longest.clamp(8, WIDEST)).unwrap_or_default();
        if let Ok(column) = u16::try_from(column) {
            page.set_column_width(column, f64::from(wide) + 2.0)?;
        }
    }
    book.save_to_buffer()
}

/// A letter of Japanese is two wide.
fn width(letter: char) -> usize {
    if letter.is_ascii() { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            title: "管理簿 & more".to_owned(),
            header: vec!["端末".to_owned(), "内容".to_owned()],
            rows: vec![
                vec!["pc-01".to_owned(), "=1+1".to_owned()],
                vec!["a,b".to_owned(), "say \"so\"\r\nagain".to_owned()],
            ],
        }
    }

    #[test]
    fn csv_is_marked_quoted_and_without_formulas() {
        let text = String::from_utf8(csv(&sheet())).unwrap();
        assert_eq!(
            text,
            "\u{feff}端末,内容\r\npc-01,'=1+1\r\n\"a,b\",\"say \"\"so\"\"\r\nagain\"\r\n"
        );
        for cell in [
            "=a", "+a", "-a", "@a", "\ta", "\ra", "＝a", "＋a", "－a", "＠a",
        ] {
            assert_eq!(plain(cell), format!("'{cell}"));
        }
        assert_eq!(plain("a=b"), "a=b");
    }

    #[test]
    fn a_workbook_is_the_same_for_the_same_moment() {
        let at: Timestamp = "2026-11-04T01:00:00Z".parse().unwrap();
        let book = xlsx(&sheet(), at).unwrap();
        assert!(book.starts_with(b"PK"));
        assert_eq!(book, xlsx(&sheet(), at).unwrap());
        let later: Timestamp = "2026-11-05T01:00:00Z".parse().unwrap();
        assert_ne!(book, xlsx(&sheet(), later).unwrap());
    }
}
