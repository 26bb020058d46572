//! What users ask of a MAAS.

use std::fmt;

use super::cursor::{Cursor, Parsed, Syntax};
use super::world::{SCOPE_NAME, setting};
use super::{joined, option};
use crate::address::{Addresses, is_scope_name};
use crate::event::{Command, Demand, Order, Shape, Wish};
use crate::world::Lease;

impl Syntax for Order {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let host = line.host()?;
        let command = Command::read(line)?;
        let scope = if line.eat("in") { Some(line.name(SCOPE_NAME, is_scope_name)?) } else { None };
        Ok(Self { host, command, scope })
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.host, self.command)?;
        option(f, "in", self.scope.as_ref())
    }
}

impl Syntax for Command {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        if line.eat("allocate") {
            Demand::read(line).map(Self::Allocate)
        } else if line.eat("claim") {
            Demand::read(line).map(Self::Claim)
        } else if line.eat("preallocate") {
            Demand::read(line).map(Self::Preallocate)
        } else if line.eat("extend") || line.eat("renew") {
            Lease::read(line).map(Self::Extend)
        } else if line.eat("shorten") {
            Lease::read(line).map(Self::Shorten)
        } else if line.eat("release") {
            line.some().map(Self::Release)
        } else if line.eat("lose") {
            line.some().map(Self::Lose)
        } else if line.eat("retire") {
            Ok(Self::Retire)
        } else if line.eat("set") {
            setting(line).map(|(name, values)| Self::Set { name, values })
        } else {
            Err(line.expected(""))
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allocate(demand) => write!(f, "allocate{demand}"),
            Self::Claim(demand) => write!(f, "claim{demand}"),
            Self::Preallocate(demand) => write!(f, "preallocate{demand}"),
            Self::Extend(lease) => write!(f, "extend {lease}"),
            Self::Shorten(lease) => write!(f, "shorten {lease}"),
            Self::Release(addresses) => write!(f, "release {}", joined(addresses)),
            Self::Lose(addresses) => write!(f, "lose {}", joined(addresses)),
            Self::Retire => f.write_str("retire"),
            Self::Set { name, values } => write!(f, "set {name} {}", joined(values)),
        }
    }
}

impl Syntax for Demand {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let count = match line.peek() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                Some(line.number("a number of addresses")?)
            }
            _ => None,
        };
        let contiguous = line.eat("contiguous");
        let shape = if contiguous { Shape::Contiguous } else { Shape::Scattered };
        let wish = if line.eat("at") {
            Wish::At(line.some::<Addresses>()?)
        } else if count.is_some() && line.eat("prefer") {
            Wish::Prefer(line.some::<Addresses>()?)
        } else if count.is_none() {
            return Err(line.expected("a number of addresses"));
        } else {
            Wish::Any
        };
        line.need("until")?;
        Ok(Self { count, shape, wish, until: line.value()?.value })
    }
}

/// Starts with a blank, since every part is optional.
impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(count) = self.count {
            write!(f, " {count}")?;
        }
        if self.shape == Shape::Contiguous {
            f.write_str(" contiguous")?;
        }
        match &self.wish {
            Wish::Any => {}
            Wish::At(addresses) => write!(f, " at {}", joined(addresses))?,
            Wish::Prefer(addresses) => write!(f, " prefer {}", joined(addresses))?,
        }
        write!(f, " until {}", self.until)
    }
}
