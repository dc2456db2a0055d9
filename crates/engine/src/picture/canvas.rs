//! Shapes and text of a picture.

use std::fmt::Write as _;

use super::Labels;

/// Families that have Japanese, on the systems people use.
const FONTS: &str =
    "'Noto Sans JP','Noto Sans CJK JP','Hiragino Sans','Yu Gothic UI','Meiryo',sans-serif";

/// Where a text begins, ends or has its middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    End,
    Middle,
}

/// A picture being drawn.
#[derive(Default)]
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    /// A line of text from `x` on; `y` is its base line.
    pub(super) fn text(&mut self, x: f64, y: f64, size: f64, text: &str, attributes: &str) {
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" {attributes}>{}</text>",
            escaped(text)
        );
    }

    /// A line of text up to `x`, or around it.
    pub(super) fn text_at(&mut self, x: f64, y: f64, size: f64, text: &str, anchor: Anchor) {
        let anchor = match anchor {
            Anchor::End => "text-anchor=\"end\"",
            Anchor::Middle => "text-anchor=\"middle\"",
        };
        self.text(x, y, size, text, anchor);
    }

    /// A line of text upwards from (`x`, `y`), its middle at `x`.
    pub(super) fn text_up(&mut self, x: f64, y: f64, size: f64, text: &str) {
        let baseline = x + size * 0.35;
        let turn = format!("transform=\"rotate(-90 {baseline:.1} {y:.1})\"");
        self.text(baseline, y, size, text, &turn);
    }

    /// A filled rectangle that says `tip` to those who point at it.
    pub(super) fn bar(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        fill: &str,
        tip: &str,
    ) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"><title>{}</title></rect>",
            escaped(tip)
        );
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        let _ = writeln!(
            self.body,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), radius: f64, fill: &str) {
        let _ = writeln!(
            self.body,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\"/>"
        );
    }

    /// The whole document.
    pub(super) fn finish(self, width: f64, height: f64, labels: &Labels) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             role=\"img\" aria-labelledby=\"link-title link-desc\" lang=\"{}\" font-family=\"{FONTS}\" fill=\"#111\">\n\
             <title id=\"link-title\">{}</title>\n<desc id=\"link-desc\">{}</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
            escaped(&labels.lang),
            escaped(&labels.title),
            escaped(&labels.description),
            self.body
        )
    }
}

fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                c if c.is_control() => out.push(' '),
                c => out.push(c),
            }
            out
        })
}

/// An upper estimate of the width of `text`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        ',' | '.' | ' ' | 'i' | 'l' | 'j' | '\'' => 0.34,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.95,
        'A'..='Z' => 0.72,
        c if c.is_ascii() => 0.60,
        _ => 1.02,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// `text`, cut with `…` where it is wider than `room`.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size) + width("…", size) > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// `text` in lines no wider than `room`: broken at spaces, or between any two characters of Japanese; as few lines as
/// there is room for, of about one length.
pub(super) fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines = broken(text, size, room);
    let mut narrower = room - size / 2.0;
    while narrower > size {
        let tried = broken(text, size, narrower);
        let whole = tried.iter().all(|line| width(line, size) <= narrower);
        if tried.len() != lines.len() || !whole {
            break;
        }
        lines = tried;
        narrower -= size / 2.0;
    }
    lines
        .into_iter()
        .map(|line| fitted(&line, size, room))
        .collect()
}

fn broken(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let longer = format!("{line}{piece}");
        if line.is_empty() || width(longer.trim_end(), size) <= room {
            line = longer;
        } else {
            lines.push(line.trim_end().to_owned());
            line = piece;
        }
    }
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words with the space after them; each character beyond ASCII is one, and a closing mark stays with what is before it.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let joins = matches!(c, '、' | '。' | '）' | '」' | 'ー' | '・' | ')' | ',')
            || (open && c.is_ascii());
        match pieces.last_mut() {
            Some(last) if joins => last.push(c),
            _ => pieces.push(c.to_string()),
        }
        open = c.is_ascii() && c != ' ';
    }
    pieces
}

/// `1,234,567`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Part of `whole`, for lengths of bars.
#[expect(
    clippy::cast_precision_loss,
    reason = "the length of a bar needs no 53 bits"
)]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Steps of a layout.
#[expect(clippy::cast_precision_loss, reason = "there are few of them")]
pub(super) fn steps(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn no_line_is_wider_than_its_room() {
        for text in [
            "Attached by a unique kana ID",
            "一意なカナIDで番号のある人に結び付いた行",
            "unbreakable_but_very_long_name",
        ] {
            for line in wrapped(text, 12.0, 90.0) {
                assert!(width(&line, 12.0) <= 90.0, "{line}");
            }
        }
    }

    #[test]
    fn lines_are_of_about_one_length() {
        assert_eq!(
            wrapped("連結できない行", 12.0, 84.0),
            ["連結でき", "ない行"]
        );
        assert_eq!(wrapped("By number ID", 12.0, 72.0), ["By number", "ID"]);
    }

    #[test]
    fn markup_in_a_label_is_text() {
        let mut canvas = Canvas::default();
        canvas.text(0.0, 0.0, 12.0, "<script>&\"", "");
        assert!(canvas.body.contains("&lt;script&gt;&amp;&quot;"));
    }
}
