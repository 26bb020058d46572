//! Walks over the tokens of a line and says what it expected where.

use std::str::FromStr;

use super::lexer::{Token, TokenKind};
use crate::diagnostic::Diagnostic;
use crate::span::{Name, Span, Spanned};
use crate::suggest::nearest;
use crate::words::Words;

/// A result of reading part of a line.
pub(crate) type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Something that reads itself from a line.
pub(crate) trait Syntax: Sized {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self>;
}

/// A position in the tokens of one line.
pub(crate) struct Cursor<'a> {
    tokens: &'a [Token],
    end: Span,
    /// Words that were possible at the present position, for the error message.
    options: Vec<&'static str>,
    last: Span,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(tokens: &'a [Token], end: Span) -> Self {
        Self { tokens, end, options: Vec::new(), last: end }
    }

    /// The next word, if the next token is one.
    pub(crate) fn peek(&self) -> Option<&'a str> {
        let token = self.tokens.first()?;
        (token.kind == TokenKind::Word).then_some(token.text.as_str())
    }

    pub(crate) fn is_done(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Where the next token stands, or the end of the line.
    pub(crate) fn span(&self) -> Span {
        self.tokens.first().map_or(self.end, |token| token.span)
    }

    /// Where the last consumed token stood.
    pub(crate) fn last(&self) -> Span {
        self.last
    }

    pub(crate) fn advance(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        self.last = first.span;
        self.options.clear();
        Some(first)
    }

    /// Consumes `word` if it is next.
    pub(crate) fn eat(&mut self, word: &'static str) -> bool {
        if self.peek() == Some(word) {
            self.advance();
            return true;
        }
        self.options.push(word);
        false
    }

    /// Consumes `word` or fails.
    pub(crate) fn need(&mut self, word: &'static str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { Err(self.expected("")) }
    }

    /// A failure at the next token: neither `what` nor any word tried here was found.
    pub(crate) fn expected(&self, what: &str) -> Box<Diagnostic> {
        let mut wanted: Vec<String> = Vec::new();
        if !what.is_empty() {
            wanted.push(what.to_owned());
        }
        for option in &self.options {
            let quoted = format!("`{option}`");
            if !wanted.contains(&quoted) {
                wanted.push(quoted);
            }
        }
        let label = format!("expected {}", list(&wanted));
        let Some(token) = self.tokens.first() else {
            return Box::new(
                Diagnostic::error("scn-incomplete", self.end, "this line ends too early")
                    .label(label),
            );
        };
        let message = match token.kind {
            TokenKind::Word => format!("`{}` does not fit here", token.text),
            TokenKind::Quoted => "a quoted text does not fit here".to_owned(),
        };
        let meant = nearest(&token.text, self.options.iter().copied());
        Box::new(Diagnostic::error("scn-syntax", token.span, message).label(label).suggest(meant))
    }

    /// Reads the next word as a `T`.
    pub(crate) fn value<T: FromStr<Err = &'static str>>(&mut self) -> Parsed<Spanned<T>> {
        let Some(word) = self.peek() else {
            // An empty word never parses, and its error says what was wanted.
            return match "".parse::<T>() {
                Err(expected) => Err(self.expected(expected)),
                Ok(_) => Err(self.expected("a value")),
            };
        };
        match word.parse() {
            Ok(value) => {
                self.advance();
                Ok(Spanned::new(value, self.last))
            }
            Err(expected) => Err(self.expected(expected)),
        }
    }

    /// Reads the next word as a `T` if it is one.
    pub(crate) fn try_value<T: FromStr>(&mut self) -> Option<Spanned<T>> {
        let value = self.peek()?.parse().ok()?;
        self.advance();
        Some(Spanned::new(value, self.last))
    }

    /// Reads as many `T` as follow.
    pub(crate) fn values<T: FromStr>(&mut self) -> Vec<Spanned<T>> {
        std::iter::from_fn(|| self.try_value()).collect()
    }

    /// Reads at least one `T`.
    pub(crate) fn some<T: FromStr<Err = &'static str>>(&mut self) -> Parsed<Vec<Spanned<T>>> {
        let mut all = vec![self.value()?];
        all.extend(self.values());
        Ok(all)
    }

    /// Reads a whole number, decimal or `0x` hexadecimal.
    pub(crate) fn number<T: TryFrom<u64>>(&mut self, what: &str) -> Parsed<Spanned<T>> {
        let value = self.peek().and_then(number).and_then(|value| T::try_from(value).ok());
        match value {
            Some(value) => {
                self.advance();
                Ok(Spanned::new(value, self.last))
            }
            None => Err(self.expected(what)),
        }
    }

    /// Reads one word of a closed set.
    pub(crate) fn word<T: Words>(&mut self) -> Parsed<T> {
        if let Some(word) = self.try_word() {
            return Ok(word);
        }
        Err(self.expected(T::WHAT))
    }

    /// Reads at least one word of a closed set.
    pub(crate) fn words<T: Words>(&mut self) -> Parsed<Vec<T>> {
        let mut words = vec![self.word()?];
        while let Some(word) = self.try_word() {
            words.push(word);
        }
        Ok(words)
    }

    /// Reads one word of a closed set if one is next.
    pub(crate) fn try_word<T: Words>(&mut self) -> Option<T> {
        let found =
            self.peek().and_then(|word| T::ALL.iter().find(|(candidate, _)| *candidate == word));
        if let Some((_, value)) = found {
            self.advance();
            return Some(*value);
        }
        self.options.extend(T::ALL.iter().map(|(word, _)| *word));
        None
    }

    /// Reads a host name: `A`, `each`, `M*`.
    pub(crate) fn host(&mut self) -> Parsed<Name> {
        self.try_host().ok_or_else(|| self.expected("a host name (with a capital)"))
    }

    pub(crate) fn try_host(&mut self) -> Option<Name> {
        let word = self.peek().filter(|word| is_host(word))?;
        self.advance();
        Some(Name::new(word.to_owned(), self.last))
    }

    pub(crate) fn hosts(&mut self) -> Parsed<Vec<Name>> {
        let mut hosts = vec![self.host()?];
        hosts.extend(std::iter::from_fn(|| self.try_host()));
        Ok(hosts)
    }

    /// Reads a name that `accepts` likes.
    pub(crate) fn name(&mut self, what: &str, accepts: fn(&str) -> bool) -> Parsed<Name> {
        match self.peek().filter(|word| accepts(word)) {
            Some(word) => {
                self.advance();
                Ok(Name::new(word.to_owned(), self.last))
            }
            None => Err(self.expected(what)),
        }
    }

    /// Reads a quoted text.
    pub(crate) fn quoted(&mut self) -> Parsed<String> {
        match self.tokens.first() {
            Some(token) if token.kind == TokenKind::Quoted => {
                self.advance();
                Ok(token.text.clone())
            }
            _ => Err(self.expected("a text in quotes")),
        }
    }

    pub(crate) fn next_is_quoted(&self) -> bool {
        self.tokens.first().is_some_and(|token| token.kind == TokenKind::Quoted)
    }

    /// Fails unless the line ends here.
    pub(crate) fn finish(&self) -> Parsed<()> {
        if self.is_done() { Ok(()) } else { Err(self.expected("the end of the line")) }
    }
}

/// Joins the alternatives of a message.
fn list(wanted: &[String]) -> String {
    match wanted {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} or {last}", many.join(", ")),
    }
}

/// A whole number, decimal or `0x` hexadecimal.
pub(crate) fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u64::from_str_radix(hex, 16).ok()
        }
        Some(_) => None,
        None => text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten(),
    }
}

/// A host name: a capital, then letters, digits and underscores; or a set of hosts.
pub(crate) fn is_host(text: &str) -> bool {
    let name = text.strip_suffix('*').unwrap_or(text);
    text == "each"
        || (name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// A word of the vocabulary: lower case, digits, dashes and underscores.
pub(crate) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}
