//! From a template and its data to the bytes of a PDF.

use jiff::civil::Date;
use serde_json::Value;
use typst::WorldExt as _;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst::syntax::DiagSpanKind;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::error::{Missing, PaperError};
use crate::glyph::boxes;
use crate::world::{Desk, Template};

/// Minutes that Japan is ahead of UTC.
const JAPAN: i32 = 9 * 60;

pub(crate) fn print(template: Template, data: &Value, date: Date) -> Result<Vec<u8>, PaperError> {
    let printed = set(template, data, date);
    // Typst remembers what it has set; a paper's names are not to stay in memory.
    typst::comemo::evict(0);
    printed
}

fn set(template: Template, data: &Value, date: Date) -> Result<Vec<u8>, PaperError> {
    let data = data.to_string();
    let desk = Desk::new(template, &data).ok_or_else(|| at("no template"))?;
    let document: PagedDocument = typst::compile(&desk)
        .output
        .map_err(|errors| fault(&desk, &errors))?;
    let mut found = Vec::new();
    for page in document.pages() {
        boxes(&page.frame, &mut found);
    }
    if !found.is_empty() {
        return Err(PaperError::Glyph(vec![Missing {
            field: "text",
            characters: found,
        }]));
    }
    let options = PdfOptions {
        creator: Smart::Custom(Some("Renketsu".to_owned())),
        timestamp: Some(created(date).ok_or_else(|| at("date"))?),
        standards: PdfStandards::new(&[PdfStandard::A_2a]).map_err(|_| at("standard"))?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| fault(&desk, &errors))
}

/// The beginning of the paper's day in Japan: the file's creation date, so that equal papers are equal bytes.
fn created(date: Date) -> Option<Timestamp> {
    let month = u8::try_from(date.month()).ok()?;
    let day = u8::try_from(date.day()).ok()?;
    let midnight = Datetime::from_ymd_hms(i32::from(date.year()), month, day, 0, 0, 0)?;
    Timestamp::new_local(midnight, JAPAN)
}

/// Where it is in the template, without Typst's words: they could quote the data.
fn fault(desk: &Desk, errors: &[SourceDiagnostic]) -> PaperError {
    let place = errors.first().and_then(|error| {
        let (DiagSpanKind::Number { id, .. } | DiagSpanKind::Range { id, .. }) = error.span.get()
        else {
            return None;
        };
        let start = desk.range(error.span)?.start;
        Some(format!("{}:{start}", id.vpath().get_with_slash()))
    });
    at(place.as_deref().unwrap_or("?"))
}

fn at(place: &str) -> PaperError {
    PaperError::Template {
        at: place.to_owned(),
    }
}
