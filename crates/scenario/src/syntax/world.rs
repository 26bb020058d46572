//! Statements about the world.

use std::fmt;

use super::cursor::{Cursor, Parsed, Syntax, is_host, is_word, number};
use super::{joined, option, spaced};
use crate::address::{Addresses, is_scope_name};
use crate::span::{Name, Spanned};
use crate::world::{
    Clock, Draw, DrawValue, HostDecl, Known, KnownSpace, Lease, ScopeDecl, Space, Strength, Tune,
};

pub(super) const SCOPE_NAME: &str = "a name in lower case";
const GROUP: &str = "an IP address";
const DRAW: &str = "a duration, an address, a number or `any`";
const PPM: &str = "a drift such as `+50ppm`";
const HOST_DECL: &str = "a host name (with a capital), or `M*50` for fifty hosts";
/// More hosts than anyone simulates here; keeps a typo from filling the memory.
pub(crate) const HOSTS_MAX: u32 = 100_000;

/// Text of a value behind a keyword that reads any `FromStr` of the standard library.
fn ip(line: &mut Cursor<'_>) -> Parsed<Spanned<std::net::IpAddr>> {
    line.try_value().ok_or_else(|| line.expected(GROUP))
}

impl Syntax for ScopeDecl {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let name = line.name(SCOPE_NAME, is_scope_name)?;
        let range = line.value()?;
        let size = line.word()?;
        let group = if line.eat("group") { Some(ip(line)?) } else { None };
        Ok(Self { name, range, size, group })
    }
}

impl fmt::Display for ScopeDecl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, self.range, self.size)?;
        option(f, "group", self.group)
    }
}

impl Syntax for HostDecl {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let word = line.peek().ok_or_else(|| line.expected(HOST_DECL))?;
        let (stem, count) = match word.split_once('*') {
            Some((stem, count)) => {
                let count = number(count).and_then(|n| u32::try_from(n).ok());
                let count = count.filter(|n| (1..=HOSTS_MAX).contains(n));
                (stem, Some(count.ok_or_else(|| line.expected("a number of hosts after `*`"))?))
            }
            None => (word, None),
        };
        if !is_host(stem) || stem == "each" {
            return Err(line.expected(HOST_DECL));
        }
        line.advance();
        Ok(Self { name: Name::new(stem.to_owned(), line.last()), count })
    }
}

impl fmt::Display for HostDecl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.count.map_or(Ok(()), |count| write!(f, "*{count}"))
    }
}

impl Syntax for Lease {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let addresses = line.some()?;
        line.need("until")?;
        Ok(Self { addresses, until: line.value()?.value })
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} until {}", joined(&self.addresses), self.until)
    }
}

/// Reads `nothing` or at least one lease.
pub(super) fn leases_or_nothing(line: &mut Cursor<'_>) -> Parsed<Vec<Lease>> {
    if line.eat("nothing") { Ok(Vec::new()) } else { leases(line) }
}

/// Reads at least one lease.
pub(super) fn leases(line: &mut Cursor<'_>) -> Parsed<Vec<Lease>> {
    let mut leases = vec![Lease::read(line)?];
    while line.peek().is_some_and(|word| word.parse::<Addresses>().is_ok()) {
        leases.push(Lease::read(line)?);
    }
    Ok(leases)
}

/// Writes what [`leases_or_nothing`] reads.
pub(super) fn write_leases(leases: &[Lease]) -> String {
    if leases.is_empty() { "nothing".to_owned() } else { joined(leases) }
}

impl Syntax for Space {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        Ok(Self { host: line.host()?, leases: leases_or_nothing(line)? })
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.host, write_leases(&self.leases))
    }
}

fn drift(line: &mut Cursor<'_>) -> Parsed<i32> {
    let value = line.peek().and_then(|word| {
        let ppm = word.strip_suffix("ppm")?;
        ppm.strip_prefix('+').unwrap_or(ppm).parse().ok()
    });
    let value = value.filter(|ppm: &i32| ppm.unsigned_abs() < 1_000_000);
    let value = value.ok_or_else(|| line.expected(PPM))?;
    line.advance();
    Ok(value)
}

impl Syntax for Clock {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let host = line.host()?;
        let skew = if line.eat("skew") { Some(line.value()?.value) } else { None };
        let drift = if line.eat("drift") { Some(drift(line)?) } else { None };
        if skew.is_none() && drift.is_none() {
            return Err(line.expected(""));
        }
        Ok(Self { host, skew, drift })
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        option(f, "skew", self.skew)?;
        self.drift.map_or(Ok(()), |ppm| write!(f, " drift {ppm:+}ppm"))
    }
}

impl Syntax for Tune {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let host = line.try_host();
        let (name, values) = setting(line)?;
        Ok(Self { host, name, values })
    }
}

/// Reads `NAME VALUE...` to the end of the line.
pub(super) fn setting(line: &mut Cursor<'_>) -> Parsed<(Name, Vec<Spanned<String>>)> {
    let name = line.name("the name of a constant or switch", is_word)?;
    let mut values = Vec::new();
    while let Some(word) = line.peek() {
        line.advance();
        values.push(Spanned::new(word.to_owned(), line.last()));
    }
    if values.is_empty() { Err(line.expected("a value")) } else { Ok((name, values)) }
}

impl fmt::Display for Tune {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host} ")?;
        }
        write!(f, "{} {}", self.name, joined(&self.values))
    }
}

/// Reads `heard D ago`.
fn heard(line: &mut Cursor<'_>) -> Parsed<Option<Spanned<crate::quantity::Time>>> {
    if !line.eat("heard") {
        return Ok(None);
    }
    let heard = line.value()?;
    line.need("ago")?;
    Ok(Some(heard))
}

fn told(line: &mut Cursor<'_>) -> Parsed<Vec<Name>> {
    if line.eat("told") { line.hosts() } else { Ok(Vec::new()) }
}

impl Syntax for Known {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let host = line.host()?;
        let strength = if line.eat("allocated") {
            Strength::Allocated
        } else {
            line.need("preallocated")?;
            Strength::Preallocated
        };
        let lease = Lease::read(line)?;
        Ok(Self { host, strength, lease, told: told(line)?, heard: heard(line)? })
    }
}

/// Writes ` told HOST... heard D ago` as far as present.
fn write_telling<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    told: &[Name],
    heard: Option<T>,
) -> fmt::Result {
    if !told.is_empty() {
        f.write_str(" told")?;
        spaced(f, told)?;
    }
    heard.map_or(Ok(()), |heard| write!(f, " heard {heard} ago"))
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strength = match self.strength {
            Strength::Allocated => "allocated",
            Strength::Preallocated => "preallocated",
        };
        write!(f, "{} {strength} {}", self.host, self.lease)?;
        write_telling(f, &self.told, self.heard)
    }
}

impl Syntax for KnownSpace {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        line.need("asa")?;
        let leases = leases_or_nothing(line)?;
        let expires = if line.eat("expires") { Some(line.value()?.value) } else { None };
        Ok(Self { leases, expires, told: told(line)?, heard: heard(line)? })
    }
}

impl fmt::Display for KnownSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asa {}", write_leases(&self.leases))?;
        option(f, "expires", self.expires)?;
        write_telling(f, &self.told, self.heard)
    }
}

impl Syntax for DrawValue {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        if line.eat("any") {
            return Ok(Self::Any);
        }
        let found = line.peek().and_then(|word| {
            let time = || word.parse().ok().map(Self::Time);
            let addresses = || word.parse().ok().map(Self::Addresses);
            number(word).map(Self::Number).or_else(time).or_else(addresses)
        });
        let found = found.ok_or_else(|| line.expected(DRAW))?;
        line.advance();
        Ok(found)
    }
}

impl fmt::Display for DrawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => time.fmt(f),
            Self::Addresses(addresses) => addresses.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Any => f.pad("any"),
        }
    }
}

impl Syntax for Draw {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let host = line.host()?;
        let label = line.name("what is drawn, such as `address` or `defense`", is_word)?;
        let mut answers = Vec::new();
        loop {
            let mut answer = Vec::new();
            loop {
                let value = DrawValue::read(line)?;
                answer.push(Spanned::new(value, line.last()));
                if line.is_done() || line.peek() == Some("then") {
                    break;
                }
            }
            answers.push(answer);
            if !line.eat("then") {
                return Ok(Self { host, label, answers });
            }
        }
    }
}

impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers: Vec<String> = self.answers.iter().map(joined).collect();
        write!(f, "{} {} {}", self.host, self.label, answers.join(" then "))
    }
}
