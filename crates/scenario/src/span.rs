//! Where something stands in the text.

use serde::{Deserialize, Serialize};

/// A stretch of one line: what a diagnostic underlines.
///
/// Lines and columns count from 1, columns in characters; `end` is exclusive. A scenario
/// that was built in code or read from JSON has the empty span 0:0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Line, from 1.
    pub line: u32,
    /// First column, from 1.
    pub start: u32,
    /// Column after the last.
    pub end: u32,
}

impl Span {
    /// A span of `line` from column `start` to before `end`.
    #[must_use]
    pub fn new(line: u32, start: u32, end: u32) -> Self {
        Self { line, start, end }
    }

    /// The smallest span of this line that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if other.line != self.line {
            return self;
        }
        Self::new(self.line, self.start.min(other.start), self.end.max(other.end))
    }

    /// The byte range of this span in `text`, for renderers that count bytes.
    #[must_use]
    pub fn bytes(self, text: &str) -> std::ops::Range<usize> {
        let line = usize::try_from(self.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let mut offset = 0;
        for (number, content) in text.split_inclusive('\n').enumerate() {
            if number == line {
                let byte = |column: u32| {
                    let skip = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
                    let content = content.trim_end_matches(['\n', '\r']);
                    content.char_indices().nth(skip).map_or(content.len(), |(at, _)| at)
                };
                return offset + byte(self.start)..offset + byte(self.end.max(self.start));
            }
            offset += content.len();
        }
        text.len()..text.len()
    }
}

/// A value with the place it was read from.
///
/// Two of these are equal when their values are: the same scenario laid out differently
/// is the same scenario. JSON carries the value alone.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Attaches a place to a value.
    #[must_use]
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> From<T> for Spanned<T> {
    fn from(value: T) -> Self {
        Self { value, span: Span::default() }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: std::fmt::Display> std::fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

/// A name with its place: of a host, a scope, a zone, a tunable.
pub type Name = Spanned<String>;

impl Name {
    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn bytes_count_characters_not_octets() {
        let text = "a\nü b\n";
        assert_eq!(&text[Span::new(2, 3, 4).bytes(text)], "b");
        assert_eq!(Span::new(2, 9, 12).bytes(text), 6..6);
        assert_eq!(Span::new(99, 1, 2).bytes(text), text.len()..text.len());
    }
}
