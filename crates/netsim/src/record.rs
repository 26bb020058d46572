use std::marker::PhantomData;

use sansio::{Machine, Stored};
use trace::{Entry, Fields, Header, Journal, What};

use crate::{Disk, DrawnBy, Observation, Observer, Oracle, Seen, Stop, Verdict, World};

/// How a journal speaks of something: in a word, in a line, and in detail.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Described {
    /// Its kind, such as the message type.
    pub kind: String,
    /// All of it in one line.
    pub summary: String,
    /// Its parts by name.
    pub fields: Fields,
}

/// Puts what a protocol does into words; a network knows no protocol.
pub trait Dissect<M: Machine> {
    /// A datagram.
    fn message(&self, message: &M::Message) -> Described;
    /// What a user or operator is told.
    fn event(&self, event: &M::Event) -> Described;
    /// What a user asks for.
    fn command(&self, command: &M::Command) -> Described;
    /// A record, in one line.
    fn record(&self, record: &M::Record) -> String;
}

/// Describes everything by its `Debug` form, whose first word is the kind.
#[derive(Clone, Copy, Default, Debug)]
pub struct DebugDissector;

impl DebugDissector {
    fn describe(value: &dyn std::fmt::Debug) -> Described {
        let summary = format!("{value:?}");
        let kind = summary.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        Described { kind: kind.to_owned(), summary, fields: Fields::new() }
    }
}

impl<M: Machine> Dissect<M> for DebugDissector {
    fn message(&self, message: &M::Message) -> Described {
        Self::describe(message)
    }

    fn event(&self, event: &M::Event) -> Described {
        Self::describe(event)
    }

    fn command(&self, command: &M::Command) -> Described {
        Self::describe(command)
    }

    fn record(&self, record: &M::Record) -> String {
        format!("{record:?}")
    }
}

/// An observer that keeps a journal.
#[derive(Clone, Debug)]
pub struct Recorder<M, D> {
    names: Vec<String>,
    dissector: D,
    entries: Vec<Entry>,
    machine: PhantomData<fn(M)>,
}

impl<M: Machine, D: Dissect<M>> Recorder<M, D> {
    /// A recorder for a world that has all its hosts.
    #[must_use]
    pub fn new(world: &World<M>, dissector: D) -> Self {
        let names = world.hosts().map(|host| host.name().to_owned()).collect();
        Self { names, dissector, entries: Vec::new(), machine: PhantomData }
    }

    /// What has been recorded so far.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds what did not happen in the world, such as a verdict; it gets the next number.
    pub fn append(&mut self, world: &World<M>, host: Option<String>, what: What) {
        let last = self.entries.last().map_or(0, |entry| entry.id + 1);
        let (id, at) = (last.max(world.next_id()), world.now().as_micros());
        self.entries.push(Entry { id, cause: None, at, host, rule: None, what });
    }

    /// Adds an oracle's verdict, caused by the observation that showed a violation.
    pub fn verdict(&mut self, world: &World<M>, oracle: &(impl Oracle<M> + ?Sized)) {
        let verdict = oracle.verdict();
        let (conclusion, text, cause) = match verdict {
            Verdict::Holds => (trace::Conclusion::Holds, oracle.assumption().to_owned(), None),
            Verdict::Violated { why, entry, .. } => (trace::Conclusion::Violated, why, Some(entry)),
            Verdict::NotExercised { why } => (trace::Conclusion::NotExercised, why, None),
        };
        let oracle = oracle.name().to_owned();
        self.append(world, None, What::Verdict { oracle, conclusion, text });
        if let Some(entry) = self.entries.last_mut() {
            entry.cause = cause.filter(|cause| *cause < entry.id);
        }
    }

    /// Adds the last entry of a run: why it stopped, and its digest.
    pub fn end(&mut self, world: &World<M>, stop: Stop) {
        let digest = world.digest().to_string();
        self.append(world, None, What::Ended { text: stop.to_string(), digest });
    }

    /// The journal of the run.
    #[must_use]
    pub fn into_journal(self, world: &World<M>, title: impl Into<String>) -> Journal {
        let mut header = Header::new(title, world.config().seed);
        header.hosts = world
            .hosts()
            .map(|host| trace::Host { name: host.name().to_owned(), address: host.address() })
            .collect();
        Journal { header, entries: self.entries }
    }

    fn name(&self, host: crate::HostId) -> String {
        self.names.get(host.index()).cloned().unwrap_or_else(|| host.index().to_string())
    }

    fn what(&self, seen: &Seen<'_, M>) -> What {
        match seen {
            Seen::Started { restored } => What::Started { restored: restored.len() as u64 },
            Seen::Command(command) => {
                let Described { kind, summary, fields } = self.dissector.command(command);
                What::Command { kind, summary, fields }
            }
            Seen::Unheard(command) => {
                let summary = self.dissector.command(command).summary;
                What::Fault { kind: "unheard".to_owned(), text: format!("{summary}: it is down") }
            }
            Seen::Sent { to, message, octets, .. } => {
                let Described { kind, summary, fields } = self.dissector.message(message);
                What::Sent { to: *to, kind, summary, fields, octets: hex(octets) }
            }
            Seen::Injected { from, to, message, octets } => {
                let described = match message {
                    Ok(message) => self.dissector.message(message),
                    Err(why) => Described {
                        kind: "malformed".to_owned(),
                        summary: why.to_string(),
                        fields: Fields::new(),
                    },
                };
                let Described { kind, summary, fields } = described;
                What::Injected { from: *from, to: *to, kind, summary, fields, octets: hex(octets) }
            }
            Seen::Delivered { of, from, .. } => What::Delivered { of: *of, from: *from },
            Seen::Malformed { of, from, why } => {
                What::Ignored { of: *of, from: *from, reason: why.to_string() }
            }
            Seen::Dropped { of, to, why } => {
                What::Dropped { of: *of, to: self.name(*to), why: why.name().to_owned() }
            }
            Seen::Fired { timer } => What::Timer { name: (*timer).to_owned() },
            Seen::Event { event, .. } => {
                let Described { kind: name, summary, fields } = self.dissector.event(event);
                What::Event { name, summary, fields }
            }
            Seen::Drew(_) | Seen::Persisted { .. } | Seen::Crashed { .. } => {
                self.housekeeping(seen)
            }
            Seen::Fault(fault) => {
                What::Fault { kind: fault.name().to_owned(), text: fault.describe(&self.names) }
            }
            Seen::Said(text) => What::Said { text: (*text).to_owned() },
            Seen::Stopped(stop) => {
                What::Fault { kind: "stopped".to_owned(), text: stop.to_string() }
            }
        }
    }

    fn housekeeping(&self, seen: &Seen<'_, M>) -> What {
        match seen {
            Seen::Drew(drawn) => What::Drew {
                question: drawn.question.to_string(),
                low: drawn.low.to_string(),
                high: drawn.high.to_string(),
                value: drawn.value.to_string(),
                by: match drawn.by {
                    DrawnBy::Chance => trace::DrawnBy::Chance,
                    DrawnBy::Script => trace::DrawnBy::Script,
                },
            },
            Seen::Persisted { record, .. } => What::Persisted {
                key: format!("{:?}", record.key()),
                removed: record.removes(),
                summary: self.dissector.record(record),
            },
            Seen::Crashed { disk, undone } => What::Crashed { text: fate(*disk, *undone) },
            _ => What::Said { text: String::new() },
        }
    }
}

impl<M: Machine, D: Dissect<M>> Observer<M> for Recorder<M, D> {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        let rule = match &seen.what {
            Seen::Sent { rule, .. } | Seen::Persisted { rule, .. } | Seen::Event { rule, .. } => {
                Some(rule.0.to_owned()).filter(|rule| !rule.is_empty())
            }
            _ => None,
        };
        self.entries.push(Entry {
            id: seen.id,
            cause: seen.cause,
            at: seen.at.as_micros(),
            host: seen.host.map(|host| self.name(host)),
            rule,
            what: self.what(&seen.what),
        });
    }
}

fn fate(disk: Disk, undone: usize) -> String {
    let disk = match disk {
        Disk::Keep => "its storage survives".to_owned(),
        Disk::Lose => "its storage is lost".to_owned(),
        Disk::LoseLast(writes) => format!("its last {writes} writes are lost"),
    };
    match undone {
        0 => disk,
        1 => format!("{disk}; 1 output was not carried out"),
        undone => format!("{disk}; {undone} outputs were not carried out"),
    }
}

fn hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;

    octets.iter().fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}
