/// A time in seconds, rounded down to milliseconds, without trailing zeros, such as `40.21s`.
pub(crate) fn clock(at_us: u64) -> String {
    seconds(at_us - at_us % 1_000)
}

/// A time in seconds to the microsecond, without trailing zeros.
pub(crate) fn seconds(at_us: u64) -> String {
    let (whole, micros) = (at_us / 1_000_000, at_us % 1_000_000);
    let digits = format!("{micros:06}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole}s"),
        digits => format!("{whole}.{digits}s"),
    }
}

/// How wide a text is, in columns: one per character.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Breaks a text at spaces into lines of at most `columns`; a longer word is broken anywhere.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if !line.is_empty() && width(&line) + 1 + word.len() > columns {
            lines.push(std::mem::take(&mut line));
        }
        while word.len() > columns {
            let rest = word.split_off(columns);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_lose_their_trailing_zeros() {
        assert_eq!(seconds(0), "0s");
        assert_eq!(seconds(40_210_000), "40.21s");
        assert_eq!(seconds(7), "0.000007s");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("to be or not", 6), ["to be", "or not"]);
        assert_eq!(wrap("a incomprehensible b", 7), ["a", "incompr", "ehensib", "le b"]);
        assert_eq!(wrap("", 6), [""]);
    }
}
