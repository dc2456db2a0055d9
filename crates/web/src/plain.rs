//! Texts of others, so that a page shows them and does not obey them.

/// A text with control characters, and those that turn the direction of writing, as `\u{1b}`. Line breaks too: see [`lines`].
pub(crate) fn plain(text: &str) -> String {
    shown(text, |_| false)
}

/// The same for texts of several lines, whose breaks and tabs stand.
pub(crate) fn lines(text: &str) -> String {
    shown(text, |c| matches!(c, '\n' | '\t' | '\r'))
}

/// The beginning of a text, of at most so many characters.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A text that a page or a terminal shows and does not obey: control characters, and those that nobody sees or that turn the direction of
/// writing, stand as `\u{1b}`, but for those that are `kept`.
pub fn shown(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) && !kept(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_writing_or_moves_the_cursor_is_seen() {
        assert_eq!(plain("a\r\nb\u{202e}c\u{1b}"), "a\\r\\nb\\u{202e}c\\u{1b}");
        assert_eq!(lines("a\nb\u{2066}"), "a\nb\\u{2066}");
        assert_eq!(plain("糖尿病 <b>"), "糖尿病 <b>");
        assert_eq!(plain("山田\r\n\u{1b}[31m"), "山田\\r\\n\\u{1b}[31m");
        assert_eq!(clipped("山田太郎", 2), "山田");
    }
}
