//! What happens to the world.

use std::fmt;

use super::cursor::{Cursor, Parsed, Syntax};
use super::inject::read_source;
use super::{joined, option};
use crate::event::{
    Answer, At, Crash, Event, Fate, Inject, NextRule, Order, Repeat, Replay, Step, StorageLoss,
};
use crate::span::Name;
use crate::words::MessageType;
use crate::world::{LinkEnd, LinkEnds, LinkRule, Space};

impl Syntax for At {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let at = line.value()?;
        let every = if line.eat("every") {
            let period = line.value()?;
            let times =
                if line.eat("times") { Some(line.number("how often")?.value) } else { None };
            Some(Repeat { period, times })
        } else {
            None
        };
        Ok(Self { at, every, event: Event::read(line)? })
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5} ", self.at)?;
        if let Some(every) = &self.every {
            write!(f, "every {} ", every.period)?;
            if let Some(times) = every.times {
                write!(f, "times {times} ")?;
            }
        }
        write!(f, "{}", self.event)
    }
}

impl Syntax for Event {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        if line.eat("partition") {
            groups(line).map(Self::Partition)
        } else if line.eat("heal") {
            let ends = if line.is_done() { None } else { Some(LinkEnds::read(line)?) };
            Ok(Self::Heal(ends))
        } else if line.eat("mute") {
            line.hosts().map(Self::Mute)
        } else if line.eat("deafen") {
            line.hosts().map(Self::Deafen)
        } else if line.eat("hold") {
            LinkEnds::read(line).map(Self::Hold)
        } else if line.eat("release") {
            LinkEnds::read(line).map(Self::Release)
        } else if line.eat("link") {
            LinkRule::read(line).map(Self::Link)
        } else if line.eat("crash") {
            Crash::read(line).map(Self::Crash)
        } else if line.eat("restart") {
            line.hosts().map(Self::Restart)
        } else if line.eat("clock") {
            Step::read(line).map(Self::Step)
        } else if line.eat("drop") {
            NextRule::read_after(line, Fate::Drop).map(Self::Next)
        } else if line.eat("duplicate") {
            NextRule::read_twice(line).map(Self::Next)
        } else if line.eat("delay") {
            NextRule::read_delay(line).map(Self::Next)
        } else if line.eat("inject") {
            Inject::read(line).map(Self::Inject)
        } else if line.eat("replay") {
            Replay::read(line).map(Self::Replay)
        } else if line.eat("answer") {
            Answer::read(line).map(Self::Answer)
        } else if line.eat("space") {
            Space::read(line).map(Self::Space)
        } else if line.peek().is_some_and(super::is_host) {
            Order::read(line).map(Self::Command)
        } else {
            Err(line.expected("a host name"))
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(order) => order.fmt(f),
            Self::Partition(groups) => {
                let groups: Vec<String> = groups.iter().map(joined).collect();
                write!(f, "partition {}", groups.join(" | "))
            }
            Self::Heal(None) => f.write_str("heal"),
            Self::Heal(Some(ends)) => write!(f, "heal {ends}"),
            Self::Mute(hosts) => write!(f, "mute {}", joined(hosts)),
            Self::Deafen(hosts) => write!(f, "deafen {}", joined(hosts)),
            Self::Hold(ends) => write!(f, "hold {ends}"),
            Self::Release(ends) => write!(f, "release {ends}"),
            Self::Link(rule) => write!(f, "link {rule}"),
            Self::Crash(crash) => write!(f, "crash {crash}"),
            Self::Restart(hosts) => write!(f, "restart {}", joined(hosts)),
            Self::Step(step) => write!(f, "clock {} step {}", step.host, step.by),
            Self::Next(rule) => rule.fmt(f),
            Self::Inject(inject) => write!(f, "inject {inject}"),
            Self::Replay(replay) => write!(f, "replay {replay}"),
            Self::Answer(answer) => write!(f, "answer {answer}"),
            Self::Space(space) => write!(f, "space {space}"),
        }
    }
}

/// Reads `A B | C D`; zones may stand for their hosts.
fn groups(line: &mut Cursor<'_>) -> Parsed<Vec<Vec<Name>>> {
    let mut groups = Vec::new();
    loop {
        let mut group = Vec::new();
        loop {
            let member = line.name("a host or a zone", |word| {
                super::is_host(word) || crate::address::is_scope_name(word)
            })?;
            group.push(member);
            if line.is_done() || line.peek() == Some("|") {
                break;
            }
        }
        groups.push(group);
        if !line.eat("|") {
            break;
        }
    }
    if groups.len() < 2 { Err(line.expected("")) } else { Ok(groups) }
}

impl Syntax for Crash {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let hosts = line.hosts()?;
        let storage = if line.eat("lose") {
            if line.eat("disk") {
                StorageLoss::Disk
            } else {
                line.need("last")?;
                let writes = line.number("a number of writes")?.value;
                line.need("writes")?;
                StorageLoss::LastWrites(writes)
            }
        } else {
            StorageLoss::Kept
        };
        let after = if line.eat("after") {
            let outputs = line.number("a number of outputs")?.value;
            line.need("outputs")?;
            Some(outputs)
        } else {
            None
        };
        Ok(Self { hosts, storage, after })
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined(&self.hosts))?;
        match self.storage {
            StorageLoss::Kept => {}
            StorageLoss::LastWrites(writes) => write!(f, " lose last {writes} writes")?,
            StorageLoss::Disk => f.write_str(" lose disk")?,
        }
        self.after.map_or(Ok(()), |outputs| write!(f, " after {outputs} outputs"))
    }
}

impl Syntax for Step {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let host = line.host()?;
        line.need("step")?;
        Ok(Self { host, by: line.value()?.value })
    }
}

impl NextRule {
    fn read_after(line: &mut Cursor<'_>, fate: Fate) -> Parsed<Self> {
        line.need("next")?;
        let count = match line.peek() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                line.number("a number of datagrams")?.value
            }
            _ => 1,
        };
        let message = line.try_word::<MessageType>();
        let from = if line.eat("from") { LinkEnd::read(line)? } else { LinkEnd::Any };
        let to = if line.eat("to") { LinkEnd::read(line)? } else { LinkEnd::Any };
        Ok(Self { fate, count, message, from, to })
    }

    fn read_twice(line: &mut Cursor<'_>) -> Parsed<Self> {
        let rule = Self::read_after(line, Fate::Duplicate)?;
        if !line.eat("by") {
            return Ok(rule);
        }
        Ok(Self { fate: Fate::DuplicateAfter(line.value()?.value), ..rule })
    }

    fn read_delay(line: &mut Cursor<'_>) -> Parsed<Self> {
        let rule = Self::read_after(line, Fate::Drop)?;
        line.need("by")?;
        Ok(Self { fate: Fate::Delay(line.value()?.value), ..rule })
    }
}

impl fmt::Display for NextRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, by) = match self.fate {
            Fate::Drop => ("drop", None),
            Fate::Duplicate => ("duplicate", None),
            Fate::DuplicateAfter(by) => ("duplicate", Some(by)),
            Fate::Delay(by) => ("delay", Some(by)),
        };
        write!(f, "{verb} next")?;
        if self.count != 1 {
            write!(f, " {}", self.count)?;
        }
        if let Some(message) = self.message {
            write!(f, " {message}")?;
        }
        option(f, "from", Some(&self.from).filter(|end| **end != LinkEnd::Any))?;
        option(f, "to", Some(&self.to).filter(|end| **end != LinkEnd::Any))?;
        option(f, "by", by)
    }
}

impl Syntax for Answer {
    fn read(line: &mut Cursor<'_>) -> Parsed<Self> {
        let to = line.words()?;
        line.need("with")?;
        let with = line.word()?;
        line.need("from")?;
        let from = read_source(line)?;
        let until = if line.eat("until") { Some(line.value()?.value) } else { None };
        Ok(Self { to, with, from, until })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} from {}", joined(&self.to), self.with, self.from)?;
        option(f, "until", self.until)
    }
}
