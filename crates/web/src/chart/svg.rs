//! The picture itself: shapes and texts with attributes, never a style, which the policy of content forbids.

use std::fmt::Write as _;

use super::Caption;

pub(super) const WIDTH: f64 = 760.0;
pub(super) const INK: &str = "#1a1a1a";
pub(super) const RULE: &str = "#d9d9d9";
/// Okabe and Ito, those that stand out on white; told apart by their lightness too.
pub(super) const PALETTE: [&str; 4] = ["#0072b2", "#e69f00", "#009e73", "#767676"];

/// A picture in the making.
#[derive(Debug, Default)]
pub(super) struct Picture(String);

/// Where a text stands on its point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

impl Picture {
    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        let _written = write!(
            self.0,
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}"/>"#
        );
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str) {
        let _written = write!(
            self.0,
            r#"<line x1="{x1:.2}" y1="{y1:.2}" x2="{x2:.2}" y2="{y2:.2}" stroke="{stroke}"/>"#
        );
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], stroke: &str) {
        let mut d = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _written = write!(d, "{}{x:.2} {y:.2}", if at == 0 { "M" } else { "L" });
        }
        let _written = write!(
            self.0,
            r#"<path d="{d}" fill="none" stroke="{stroke}" stroke-width="2"/>"#
        );
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), fill: &str) {
        let _written = write!(
            self.0,
            r#"<circle cx="{x:.2}" cy="{y:.2}" r="3" fill="{fill}"/>"#
        );
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let _written = write!(
            self.0,
            r#"<text x="{x:.2}" y="{y:.2}" text-anchor="{}" fill="{INK}">{}</text>"#,
            anchor.as_str(),
            escaped(text)
        );
    }

    /// The whole. Its name and description are for those who don't see it.
    pub(super) fn finish(self, height: f64, caption: Caption<'_>) -> String {
        let Caption { title, description } = caption;
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {WIDTH} {height:.0}" width="{WIDTH}" height="{height:.0}" font-size="13" aria-label="{label}"><desc>{desc}</desc><rect width="{WIDTH}" height="{height:.0}" fill="#fff"/>{body}</svg>"##,
            label = escaped(title),
            desc = escaped(description),
            body = self.0
        )
    }
}

/// A text of an answer, harmless in the picture.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in crate::plain::plain(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A label cut to about so many Latin letters; wide ones count as two.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut width = 0_usize;
    let mut kept = String::new();
    for c in text.chars() {
        width = width.saturating_add(if c.is_ascii() { 1 } else { 2 });
        if width > most {
            kept.push('…');
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_never_a_tag() {
        let mut picture = Picture::default();
        picture.text((0.0, 0.0), Anchor::Start, "<script>\"&'\u{202e}\n");
        let caption = Caption {
            title: "\"><script>",
            description: "</desc><script>",
        };
        let svg = picture.finish(10.0, caption);
        assert!(!svg.contains("<script"), "{svg}");
        assert!(!svg.contains('\u{202e}') && !svg.contains('\n'), "{svg}");
        assert!(!svg.contains("style="), "{svg}");
        assert_eq!(svg.matches("<svg").count(), 1);
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(cut("abcdef", 4), "abcd…");
        assert_eq!(cut("男性女性", 4), "男性…");
        assert_eq!(cut("abc", 4), "abc");
    }
}
