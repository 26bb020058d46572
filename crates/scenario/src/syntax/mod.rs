//! The grammar: what [`cursor::Syntax::read`] reads, `Display` writes.

pub(crate) mod cursor;
pub(crate) mod lexer;

mod claims;
mod command;
mod event;
mod inject;
mod link;
mod statement;
mod world;

pub(crate) use cursor::{Cursor, Parsed, Syntax, is_host, number};
pub(crate) use lexer::tokenize;
pub(crate) use statement::{Header, KEYWORDS, Read, read_statement};
pub(crate) use world::HOSTS_MAX;

use std::fmt::{self, Display, Write as _};

/// Writes ` item` for every item.
fn spaced<T: Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
) -> fmt::Result {
    items.into_iter().try_for_each(|item| write!(f, " {item}"))
}

/// Writes ` word item` if there is an item.
fn option<T: Display>(f: &mut fmt::Formatter<'_>, word: &str, item: Option<T>) -> fmt::Result {
    item.map_or(Ok(()), |item| write!(f, " {word} {item}"))
}

/// Items with a blank between them.
fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push(' ');
        }
        // Writing into a string cannot fail.
        let _ = write!(text, "{item}");
    }
    text
}
