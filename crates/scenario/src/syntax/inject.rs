//! Injected and replayed datagrams.

use std::fmt;

use super::cursor::{Cursor, Parsed, Syntax};
use super::world::{SCOPE_NAME, leases, leases_or_nothing, write_leases};
use super::{option, spaced};
use crate::address::is_scope_name;
use crate::diagnostic::Diagnostic;
use crate::event::{Body, Inject, Message, Payload, Replay, Route, Source, Usage, Want, Which};
use crate::span::Spanned;
use crate::words::MessageType;

const SOURCE: &str = "a host name, or an IP address with or without port";
const NUMBERS: &str = "sequence numbers such as `5/0`";
/// The largest UDP payload.
const OCTETS_MAX: usize = 65_507;

pub(super) fn read_source(line: &mut Cursor<'_>) -> Parsed<Source> {
    if let Some(host) = line.try_host() {
        return Ok(Source::Host(host));
    }
    let address = line.try_value().map(|address| Source::Address(address.value));
    let source = address.or_else(|| line.try_value().map(|socket| Source::Socket(socket.value)));
    source.ok_or_else(|| line.expected(SOURCE))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => name.fmt(f),
            Self::Address(address) => address.fmt(f),
            Self::Socket(socket) => socket.fmt(f),
        }
    }
}

impl Syntax for Route {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        line.need("from")?;
        let from = read_source(line)?;
        let forged = if line.eat("as") { Some(line.host()?) } else { None };
        let to = if line.eat("to") { line.hosts()? } else { Vec::new() };
        let scope = if line.eat("in") { Some(line.name(SCOPE_NAME, is_scope_name)?) } else { None };
        Ok(Self { from, forged, to, scope })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {}", self.from)?;
        option(f, "as", self.forged.as_ref())?;
        if !self.to.is_empty() {
            f.write_str(" to")?;
            spaced(f, &self.to)?;
        }
        option(f, "in", self.scope.as_ref())
    }
}

impl Syntax for Inject {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let payload = match line.try_word() {
            Some(message) => Payload::Message(read_message(line, message)?),
            None => Payload::Hex(hex(line)?),
        };
        Ok(Self { payload, route: Route::read(line)? })
    }
}

impl fmt::Display for Inject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.payload {
            Payload::Hex(digits) => {
                let words: Vec<&str> = chunks(&digits.value).collect();
                write!(f, "{} {}", words.join(" "), self.route)
            }
            Payload::Message(message) => write!(f, "{message} {}", self.route),
        }
    }
}

/// Groups of four octets, as the vectors of the specification are printed.
fn chunks(digits: &str) -> impl Iterator<Item = &str> {
    let mut rest = digits;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (chunk, tail) = rest.split_at_checked(8).unwrap_or((rest, ""));
        rest = tail;
        Some(chunk)
    })
}

fn hex(line: &mut Cursor<'_>) -> Parsed<Spanned<String>> {
    let start = line.span();
    let mut digits = String::new();
    while let Some(word) = line.peek().filter(|word| *word != "from") {
        if !word.bytes().all(|b| b.is_ascii_hexdigit()) {
            break;
        }
        digits.push_str(&word.to_ascii_lowercase());
        line.advance();
    }
    if digits.is_empty() {
        return Err(line.expected("a message type or hexadecimal octets"));
    }
    let span = start.to(line.last());
    if !digits.len().is_multiple_of(2) || digits.len() > 2 * OCTETS_MAX {
        let message = format!("{} hexadecimal digits are no datagram", digits.len());
        return Err(Box::new(
            Diagnostic::error("scn-hex", span, message)
                .label(format!("expected two digits per octet, at most {OCTETS_MAX} octets")),
        ));
    }
    Ok(Spanned::new(digits, span))
}

fn read_message(line: &mut Cursor<'_>, kind: MessageType) -> Parsed<Message> {
    let numbers = line.peek().and_then(|word| {
        let (rseq, mseq) = word.split_once('/')?;
        let rseq = super::number(rseq).filter(|n| *n < 1 << 24)?;
        Some((u32::try_from(rseq).ok()?, u8::try_from(super::number(mseq)?).ok()?))
    });
    let (rseq, mseq) = numbers.ok_or_else(|| line.expected(NUMBERS))?;
    line.advance();
    let body = match kind {
        MessageType::Aclm => Body::Aclm(leases_or_nothing(line)?),
        MessageType::Aiu => Body::Aiu(leases_or_nothing(line)?),
        MessageType::Aitu => Body::Aitu(leases_or_nothing(line)?),
        MessageType::Asa => {
            let valid = if line.eat("valid") { Some(line.value()?.value) } else { None };
            let leases = if line.eat("nothing") { Vec::new() } else { leases(line)? };
            Body::Asa { valid, leases }
        }
        MessageType::Asrp => read_report(line)?,
        MessageType::Ana => Body::Ana(Want::read(line)?),
    };
    let dated = if line.eat("dated") { Some(line.value()?.value) } else { None };
    Ok(Message { rseq, mseq, body, dated })
}

fn read_report(line: &mut Cursor<'_>) -> Parsed<Body> {
    let mut reports = Vec::new();
    while line.eat("used") {
        let used = line.number("a number of addresses")?.value;
        reports.push(Usage { used, addresses: line.value()? });
    }
    let mut wants = Vec::new();
    while line.eat("want") {
        wants.push(Want::read(line)?);
    }
    Ok(Body::Asrp { reports, wants })
}

impl Syntax for Want {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let count = line.number("a number of addresses")?.value;
        line.need("until")?;
        Ok(Self { count, until: line.value()?.value })
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} until {}", self.count, self.until)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.body.message_type(), self.rseq, self.mseq)?;
        match &self.body {
            Body::Aclm(leases) | Body::Aiu(leases) | Body::Aitu(leases) => {
                write!(f, " {}", write_leases(leases))?;
            }
            Body::Asa { valid, leases } => {
                option(f, "valid", *valid)?;
                write!(f, " {}", write_leases(leases))?;
            }
            Body::Asrp { reports, wants } => {
                for report in reports {
                    write!(f, " used {} {}", report.used, report.addresses)?;
                }
                wants.iter().try_for_each(|want| write!(f, " want {want}"))?;
            }
            Body::Ana(want) => write!(f, " {want}")?,
        }
        option(f, "dated", self.dated)
    }
}

impl Syntax for Replay {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let which = if line.eat("last") {
            Which::Last
        } else {
            line.need("next")?;
            Which::Next
        };
        let message = line.word()?;
        line.need("of")?;
        Ok(Self { which, message, of: line.host()?, route: Route::read(line)? })
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = match self.which {
            Which::Next => "next",
            Which::Last => "last",
        };
        write!(f, "{which} {} of {} {}", self.message, self.of, self.route)
    }
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn octets_print_in_groups_of_four() {
        assert_eq!(
            chunks("00050001000000033948c5").collect::<Vec<_>>(),
            ["00050001", "00000003", "3948c5"]
        );
    }
}
