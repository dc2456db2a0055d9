//! Text that somebody else wrote, shown so that it is read and not obeyed.

/// A text in which control characters and those that turn the direction of writing stand as `\u{1b}`: markup is escaped by the
/// templates, these are not.
pub(crate) fn visible(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The beginning of a text, of at most so many characters.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_and_browsers_would_obey_is_shown() {
        assert_eq!(visible("山田\r\n\u{1b}[31m"), "山田\\r\\n\\u{1b}[31m");
        assert_eq!(visible("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
        assert_eq!(visible("<b>"), "<b>");
        assert_eq!(clipped("山田太郎", 2), "山田");
    }
}
