//! One line of text into tokens and a comment.

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// A word or a quoted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Word,
    Quoted,
}

/// The tokens of one line.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comment: Option<String>,
    /// Where the line ends (behind the last token).
    pub(crate) end: Span,
}

/// Column numbers are bounded so that they fit a span.
fn column(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1).saturating_add(1)
}

/// Splits a line.
pub(crate) fn tokenize(line: u32, text: &str) -> Result<Tokens, Box<Diagnostic>> {
    let characters: Vec<char> = text.chars().collect();
    let mut out = Tokens { end: Span::new(line, 1, 2), ..Tokens::default() };
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        if character == '#' {
            let comment: String = characters[at + 1..].iter().collect();
            out.comment = Some(comment.trim().to_owned());
            break;
        }
        let start = at;
        let (text, kind) = if character == '"' {
            (quoted(line, &characters, &mut at)?, TokenKind::Quoted)
        } else {
            let rest = &characters[at..];
            let length = rest.iter().position(|c| c.is_whitespace()).unwrap_or(rest.len());
            at += length;
            (rest[..length].iter().collect(), TokenKind::Word)
        };
        out.end = Span::new(line, column(at), column(at + 1));
        out.tokens.push(Token { text, kind, span: Span::new(line, column(start), column(at)) });
    }
    Ok(out)
}

fn quoted(line: u32, characters: &[char], at: &mut usize) -> Result<String, Box<Diagnostic>> {
    let start = *at;
    let mut text = String::new();
    *at += 1;
    while let Some(&character) = characters.get(*at) {
        *at += 1;
        match character {
            '"' => return Ok(text),
            '\\' => {
                let escaped = match characters.get(*at) {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some(&c @ ('"' | '\\')) => c,
                    _ => {
                        let span = Span::new(line, column(*at - 1), column(*at + 1));
                        return Err(Box::new(
                            Diagnostic::error("scn-escape", span, "this escape means nothing")
                                .label("expected `\\\"`, `\\\\`, `\\n` or `\\t`"),
                        ));
                    }
                };
                *at += 1;
                text.push(escaped);
            }
            other => text.push(other),
        }
    }
    let span = Span::new(line, column(start), column(characters.len()));
    Err(Box::new(
        Diagnostic::error("scn-quote", span, "this text has no end")
            .label("expected a closing `\"`"),
    ))
}

/// Writes a text so that [`tokenize`] reads it back.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
