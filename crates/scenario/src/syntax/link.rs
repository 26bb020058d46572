//! Links and their settings.

use std::fmt;

use super::cursor::{Cursor, Parsed, Syntax, is_host};
use super::option;
use crate::address::is_scope_name;
use crate::span::{Name, Span};
use crate::world::{LinkEnd, LinkEnds, LinkRule, LinkSettings};

const ENDS: &str = "links: `*`, `A-B` or `A->B` (hosts or zones)";
const END: &str = "a host, a zone or `*`";

fn end(text: &str, span: Span) -> Option<LinkEnd> {
    if text == "*" {
        Some(LinkEnd::Any)
    } else if is_host(text) {
        Some(LinkEnd::Host(Name::new(text.to_owned(), span)))
    } else if is_scope_name(text) {
        Some(LinkEnd::Zone(Name::new(text.to_owned(), span)))
    } else {
        None
    }
}

fn width(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

fn ends(text: &str, span: Span) -> Option<LinkEnds> {
    if text == "*" {
        return Some(LinkEnds::All);
    }
    let (left, right, arrow) = match text.split_once("->") {
        Some((left, right)) => (left, right, true),
        None => {
            let (left, right) = text.split_once('-')?;
            (left, right, false)
        }
    };
    let middle = span.start.saturating_add(width(left));
    let from = end(left, Span::new(span.line, span.start, middle))?;
    let to = end(right, Span::new(span.line, span.end.saturating_sub(width(right)), span.end))?;
    Some(if arrow { LinkEnds::OneWay(from, to) } else { LinkEnds::Between(from, to) })
}

impl Syntax for LinkEnds {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let found = line.peek().and_then(|text| ends(text, line.span()));
        let found = found.ok_or_else(|| line.expected(ENDS))?;
        line.advance();
        Ok(found)
    }
}

impl Syntax for LinkEnd {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let found = line.peek().and_then(|text| end(text, line.span()));
        let found = found.ok_or_else(|| line.expected(END))?;
        line.advance();
        Ok(found)
    }
}

impl fmt::Display for LinkEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("*"),
            Self::Host(name) | Self::Zone(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for LinkEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("*"),
            Self::Between(from, to) => write!(f, "{from}-{to}"),
            Self::OneWay(from, to) => write!(f, "{from}->{to}"),
        }
    }
}

impl Syntax for LinkRule {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let ends = LinkEnds::read(line)?;
        let mut settings = LinkSettings::default();
        while !line.is_done() || settings == LinkSettings::default() {
            if settings.delay.is_none() && line.eat("delay") {
                settings.delay = Some(line.value()?.value);
            } else if settings.jitter.is_none() && line.eat("jitter") {
                settings.jitter = Some(line.value()?.value);
            } else if settings.tail.is_none() && line.eat("tail") {
                settings.tail = Some(line.value()?.value);
            } else if settings.loss.is_none() && line.eat("loss") {
                settings.loss = Some(line.value()?.value);
            } else if settings.burst.is_none() && line.eat("burst") {
                settings.burst = Some(line.number("a number of datagrams")?.value);
            } else if settings.duplicate.is_none() && line.eat("duplicate") {
                settings.duplicate = Some(line.value()?.value);
            } else if settings.reorder.is_none() && line.eat("reorder") {
                settings.reorder = Some(line.value()?.value);
            } else {
                return Err(line.expected(""));
            }
        }
        Ok(Self { ends, settings })
    }
}

impl fmt::Display for LinkRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        self.ends.fmt(f)?;
        option(f, "delay", settings.delay)?;
        option(f, "jitter", settings.jitter)?;
        option(f, "tail", settings.tail)?;
        option(f, "loss", settings.loss)?;
        option(f, "burst", settings.burst)?;
        option(f, "duplicate", settings.duplicate)?;
        option(f, "reorder", settings.reorder)
    }
}
