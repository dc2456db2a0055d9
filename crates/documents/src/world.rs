//! All that a template can reach: the templates, two fonts and its data.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration, Str, Value};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// A template, named by its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    FeeNotice,
    FeeSlip,
    Decision,
    Receipt,
    Closing,
}

impl Template {
    const fn path(self) -> &'static str {
        match self {
            Self::FeeNotice => "/fee-notice.typ",
            Self::FeeSlip => "/fee-slip.typ",
            Self::Decision => "/decision.typ",
            Self::Receipt => "/receipt.typ",
            Self::Closing => "/closing.typ",
        }
    }
}

const FILES: [(&str, &str); 6] = [
    ("/office.typ", include_str!("paper/office.typ")),
    ("/fee-notice.typ", include_str!("paper/fee-notice.typ")),
    ("/fee-slip.typ", include_str!("paper/fee-slip.typ")),
    ("/decision.typ", include_str!("paper/decision.typ")),
    ("/receipt.typ", include_str!("paper/receipt.typ")),
    ("/closing.typ", include_str!("paper/closing.typ")),
];

/// The fonts in the order they are tried: the first that has a character sets it.
pub(crate) static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let regular: &'static [u8] = include_bytes!("../fonts/BIZUDPGothic-Regular.ttf");
    let fallback: &'static [u8] = include_bytes!("../fonts/NotoSansJP-Regular.ttf");
    [regular, fallback]
        .into_iter()
        .filter_map(|data| Font::new(Bytes::new(data), 0))
        .collect()
});

static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

pub(crate) struct Desk {
    library: LazyHash<Library>,
    main: FileId,
}

impl Desk {
    /// `data` is JSON, seen by the template as `sys.inputs.data`. None if the template's own path is none.
    pub(crate) fn new(template: Template, data: &str) -> Option<Self> {
        let mut inputs = Dict::new();
        inputs.insert(Str::from("data"), Value::Str(Str::from(data)));
        let path = VirtualPath::new(template.path()).ok()?;
        Some(Self {
            library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
            main: FileId::new(RootedPath::new(VirtualRoot::Project, path)),
        })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if !matches!(id.root(), VirtualRoot::Project) {
            return Err(FileError::AccessDenied);
        }
        let name = id.vpath().get_with_slash();
        FILES
            .iter()
            .find(|(path, _)| *path == name)
            .map(|(_, text)| Source::new(id, (*text).to_owned()))
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, _id: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    /// A template that asks for the day gets an error: papers bear the day they are given.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
