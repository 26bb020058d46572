//! What must come out.

use std::fmt;

use super::cursor::{Cursor, Parsed, Syntax, is_word};
use super::{joined, option, spaced};
use crate::claims::{
    Bound, Expect, Filter, Mark, MarkWhat, Occurrence, OracleClaim, Predicate, Qualifier, Rseq,
    SeqPattern, Subject, Window,
};
use crate::quantity::Time;
use crate::words::{Conclusion, Metric, State};

const BOUND: &str = "`N..M`";
const NUMBERS: &str = "sequence numbers such as `q/0`, `17/0` or `q/*`";

/// Reads `~D` if it is next.
pub(super) fn tolerance(line: &mut Cursor<'_>) -> Parsed<Option<Time>> {
    let Some(text) = line.peek().and_then(|word| word.strip_prefix('~')) else { return Ok(None) };
    let Ok(time) = text.parse() else {
        return Err(line.expected("a tolerance such as `~0.2s`"));
    };
    line.advance();
    Ok(Some(time))
}

impl Syntax for Mark {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let at = line.value()?;
        let host = line.host()?;
        let what = MarkWhat::read(line)?;
        Ok(Self { at, host, what, tolerance: tolerance(line)? })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5} {:<2} {}", self.at, self.host, self.what)?;
        self.tolerance.map_or(Ok(()), |tolerance| write!(f, " ~{tolerance}"))
    }
}

impl Syntax for MarkWhat {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        if let Some(message) = line.try_word() {
            let number = SeqPattern::read(line)?;
            let addresses = line.values();
            return Ok(Self::Sent { message, number, addresses, qualifiers: qualifiers(line)? });
        }
        if line.eat("timer") {
            return line.word().map(Self::Timer);
        }
        if let Some(conclusion) = line.try_word() {
            return Ok(Self::Concludes { conclusion, addresses: line.values() });
        }
        Err(line.expected("what the host does"))
    }
}

impl fmt::Display for MarkWhat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { message, number, addresses, qualifiers } => {
                write!(f, "{message:<4} {number}")?;
                spaced(f, addresses)?;
                spaced(f, qualifiers)
            }
            Self::Concludes { conclusion, addresses } => {
                conclusion.fmt(f)?;
                spaced(f, addresses)
            }
            Self::Timer(timer) => write!(f, "timer {timer}"),
        }
    }
}

impl Syntax for SeqPattern {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let found = line.peek().and_then(|word| {
            let (rseq, mseq) = word.split_once('/')?;
            let rseq = match super::number(rseq).filter(|n| *n < 1 << 24) {
                Some(number) => Rseq::Number(u32::try_from(number).ok()?),
                None if is_word(rseq) => Rseq::Symbol(rseq.to_owned()),
                None => return None,
            };
            let mseq =
                if mseq == "*" { None } else { Some(u8::try_from(super::number(mseq)?).ok()?) };
            Some(Self { rseq, mseq })
        });
        let found = found.ok_or_else(|| line.expected(NUMBERS))?;
        line.advance();
        Ok(found)
    }
}

impl fmt::Display for SeqPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rseq {
            Rseq::Symbol(symbol) => write!(f, "{symbol}/")?,
            Rseq::Number(number) => write!(f, "{number}/")?,
        }
        match self.mseq {
            Some(mseq) => write!(f, "{mseq}"),
            None => f.write_str("*"),
        }
    }
}

fn qualifiers(line: &mut Cursor<'_>) -> Parsed<Vec<Qualifier>> {
    let mut all = Vec::new();
    loop {
        all.push(if line.eat("ranges") {
            Qualifier::Ranges(line.number("a number of ranges")?.value)
        } else if line.eat("octets") {
            Qualifier::Octets(line.number("a number of octets")?.value)
        } else if line.eat("rseq") {
            Qualifier::Rseq(line.number("a request sequence number")?.value)
        } else if line.eat("mseq") {
            Qualifier::Mseq(line.number("a message sequence number")?.value)
        } else if line.eat("wants") {
            Qualifier::Wants(line.number("a number of addresses")?.value)
        } else if line.eat("ended") {
            Qualifier::Ended
        } else if line.eat("resent") {
            Qualifier::Resent
        } else if line.eat("empty") {
            Qualifier::Empty
        } else {
            return Ok(all);
        });
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ranges(n) => write!(f, "ranges {n}"),
            Self::Octets(n) => write!(f, "octets {n}"),
            Self::Rseq(n) => write!(f, "rseq {n}"),
            Self::Mseq(n) => write!(f, "mseq {n}"),
            Self::Wants(n) => write!(f, "wants {n}"),
            Self::Ended => f.write_str("ended"),
            Self::Resent => f.write_str("resent"),
            Self::Empty => f.write_str("empty"),
        }
    }
}

impl Syntax for Filter {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let occurrence = if line.eat("message") {
            Occurrence::SentAny
        } else if line.eat("timer") {
            Occurrence::Timer(line.word()?)
        } else if let Some(message) = line.try_word() {
            Occurrence::Sent(message)
        } else if let Some(conclusion) = line.try_word::<Conclusion>() {
            Occurrence::Concluded(conclusion)
        } else {
            return Err(line.expected("a message type or a conclusion"));
        };
        let addresses = line.values();
        let qualifiers = qualifiers(line)?;
        let after = if line.eat("after") { Some(line.value()?) } else { None };
        let before = if line.eat("before") { Some(line.value()?) } else { None };
        Ok(Self { occurrence, addresses, qualifiers, after, before })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.occurrence {
            Occurrence::Sent(message) => message.fmt(f)?,
            Occurrence::SentAny => f.write_str("message")?,
            Occurrence::Concluded(conclusion) => conclusion.fmt(f)?,
            Occurrence::Timer(timer) => write!(f, "timer {timer}")?,
        }
        spaced(f, &self.addresses)?;
        spaced(f, &self.qualifiers)?;
        option(f, "after", self.after)?;
        option(f, "before", self.before)
    }
}

impl Syntax for Bound {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        if line.eat("=") {
            return line.number("a number").map(|n| Self::Exactly(n.value));
        }
        if line.eat("<=") {
            return line.number("a number").map(|n| Self::AtMost(n.value));
        }
        if line.eat(">=") {
            return line.number("a number").map(|n| Self::AtLeast(n.value));
        }
        let range = line.peek().and_then(|word| word.split_once("..")).and_then(|(low, high)| {
            let (low, high) = (super::number(low)?, super::number(high)?);
            (low <= high).then_some(Self::Within(low, high))
        });
        let range = range.ok_or_else(|| line.expected(BOUND))?;
        line.advance();
        Ok(range)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "= {n}"),
            Self::AtMost(n) => write!(f, "<= {n}"),
            Self::AtLeast(n) => write!(f, ">= {n}"),
            Self::Within(low, high) => write!(f, "{low}..{high}"),
        }
    }
}

impl Syntax for Window {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        line.need("between")?;
        let from = line.value()?;
        line.need("and")?;
        Ok(Self { from, to: line.value()? })
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "between {} and {}", self.from, self.to)
    }
}

impl Syntax for Expect {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let subject = if line.eat("anyone") {
            Subject::Anyone
        } else if line.eat("one") {
            Subject::One
        } else if line.eat("total") {
            Subject::Total
        } else if let Some(host) = line.try_host() {
            Subject::Host(host)
        } else {
            return Err(line.expected("a host name"));
        };
        Ok(Self { subject, predicate: Predicate::read(line)? })
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Host(host) => host.fmt(f)?,
            Subject::Anyone => f.write_str("anyone")?,
            Subject::One => f.write_str("one")?,
            Subject::Total => f.write_str("total")?,
        }
        write!(f, " {}", self.predicate)
    }
}

impl Syntax for Predicate {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        if line.eat("never") {
            return Filter::read(line).map(Self::Never);
        }
        if line.eat("count") {
            return Ok(Self::Count(Filter::read(line)?, Bound::read(line)?));
        }
        if line.eat("first") {
            return Ok(Self::First(Filter::read(line)?, Window::read(line)?));
        }
        if line.eat("last") {
            return Ok(Self::Last(Filter::read(line)?, Window::read(line)?));
        }
        if line.eat("gap") {
            return Ok(Self::Gap(Filter::read(line)?, Window::read(line)?));
        }
        if line.eat("unchanged") {
            return Window::read(line).map(Self::Unchanged);
        }
        if line.eat("capped") {
            return Ok(Self::Capped);
        }
        if line.eat("finishes") {
            return Ok(Self::Finishes);
        }
        if line.eat("until") {
            return read_until(line);
        }
        if let Some(state) = line.try_word::<State>() {
            let addresses = line.some()?;
            line.need("at")?;
            return Ok(Self::State { state, addresses, at: line.value()? });
        }
        if let Some(metric) = line.try_word::<Metric>() {
            let reason = match line.peek().filter(|word| is_word(word)) {
                Some(reason) if metric == Metric::Drops => {
                    line.advance();
                    Some(reason.to_owned())
                }
                _ => None,
            };
            let bound = Bound::read(line)?;
            line.need("at")?;
            return Ok(Self::Metric { metric, reason, bound, at: line.value()? });
        }
        Err(line.expected(""))
    }
}

fn read_until(line: &mut Cursor<'_>) -> Parsed<Predicate> {
    let addresses = line.some()?;
    line.need("between")?;
    let earliest = line.value()?.value;
    line.need("and")?;
    let latest = line.value()?.value;
    line.need("at")?;
    Ok(Predicate::Until { addresses, earliest, latest, at: line.value()? })
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never(filter) => write!(f, "never {filter}"),
            Self::Count(filter, bound) => write!(f, "count {filter} {bound}"),
            Self::First(filter, window) => write!(f, "first {filter} {window}"),
            Self::Last(filter, window) => write!(f, "last {filter} {window}"),
            Self::Gap(filter, window) => write!(f, "gap {filter} {window}"),
            Self::State { state, addresses, at } => {
                write!(f, "{state} {} at {at}", joined(addresses))
            }
            Self::Until { addresses, earliest, latest, at } => {
                let addresses = joined(addresses);
                write!(f, "until {addresses} between {earliest} and {latest} at {at}")
            }
            Self::Metric { metric, reason, bound, at } => {
                metric.fmt(f)?;
                spaced(f, reason)?;
                write!(f, " {bound} at {at}")
            }
            Self::Unchanged(window) => write!(f, "unchanged {window}"),
            Self::Capped => f.write_str("capped"),
            Self::Finishes => f.write_str("finishes"),
        }
    }
}

impl Syntax for OracleClaim {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let name = line.name("the name of an oracle", is_word)?;
        Ok(Self { name, verdict: line.word()? })
    }
}

impl fmt::Display for OracleClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.verdict)
    }
}
