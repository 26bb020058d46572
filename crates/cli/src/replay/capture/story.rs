//! A capture as a journal: the participants of the node, whomever they heard, and what became of
//! every input.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::wire::Message;
use aap::{Participant, Peer};
use lab::AapDissector;
use netsim::{Described, Dissect};
use node::{CaptureReplay, CapturedMember, NodeRole, Occurrence, ReplayError, Replayed, Step};
use sansio::{Output, Stored as _};
use trace::{DrawnBy, Entry, Header, Host, Journal, What};

/// Runs a capture again and tells what happened.
pub(super) fn retell(text: &str) -> Result<(Journal, Replayed), ReplayError> {
    let mut replay = CaptureReplay::new(text.as_bytes())?;
    let mut teller = Teller::new(replay.members().to_vec());
    while let Some(step) = replay.step()? {
        teller.tell(&step);
    }
    let replayed = replay.finish();
    Ok((teller.into_journal(&replayed.program), replayed))
}

struct Teller {
    members: Vec<CapturedMember>,
    names: BTreeMap<Peer, String>,
    hosts: Vec<Host>,
    entries: Vec<Entry>,
    /// The entry of each input, by the input's number.
    inputs: BTreeMap<u64, u64>,
    /// When the first input came, in microseconds.
    begun: Option<u64>,
    /// The datagram heard last: who said it when, and the entry of its sending. Participants that
    /// meet at one group hear it one after the other.
    heard: Option<(SocketAddr, u64, Vec<u8>, u64)>,
}

impl Teller {
    fn new(members: Vec<CapturedMember>) -> Self {
        let mut teller = Self {
            names: BTreeMap::new(),
            hosts: Vec::new(),
            entries: Vec::new(),
            inputs: BTreeMap::new(),
            begun: None,
            heard: None,
            members,
        };
        for member in teller.members.clone() {
            let kind = match member.role {
                NodeRole::Maas => "node",
                NodeRole::Coordinator => "coordinator",
            };
            let name = match teller.members.len() {
                1 => kind.to_owned(),
                _ => format!("{kind} {}", member.served.name),
            };
            teller.meet(member.served.own, name);
        }
        teller
    }

    fn into_journal(self, program: &str) -> Journal {
        let own = self.members.first().map_or_else(String::new, |m| m.served.own.to_string());
        let mut header = Header::new(format!("live at {own}, by aap {program}"), 0);
        header.profile = Some("live".to_owned());
        header.hosts = self.hosts;
        Journal { header, entries: self.entries }
    }

    fn meet(&mut self, address: SocketAddr, name: String) {
        // Participants of one node may share its address, and then are told apart by scope only.
        self.names.entry(address.into()).or_insert_with(|| name.clone());
        self.hosts.push(Host { name, address });
    }

    /// The name of whoever sent something.
    fn name(&mut self, from: SocketAddr) -> String {
        if let Some(name) = self.names.get(&from.into()) {
            return name.clone();
        }
        let usual = self.members.iter().any(|member| member.served.group.port() == from.port());
        let name = if usual { from.ip().to_string() } else { from.to_string() };
        self.meet(from, name.clone());
        name
    }

    fn host(&self, member: usize) -> Option<String> {
        self.hosts.get(member).map(|host| host.name.clone())
    }

    fn words(&self, member: usize) -> AapDissector {
        let served = &self.members[member].served;
        AapDissector::new(served.family, served.range, self.names.clone())
    }

    fn add(&mut self, step: &Step, host: Option<String>, cause: Option<u64>, what: What) -> u64 {
        let id = self.entries.len() as u64;
        let at = step.now.instant.as_micros();
        let at = at.saturating_sub(*self.begun.get_or_insert(at));
        self.entries.push(Entry { id, cause, at, host, rule: None, what });
        id
    }

    fn tell(&mut self, step: &Step) {
        let host = self.host(step.member);
        let input = match &step.occurrence {
            Occurrence::Anew => {
                let text = "it begins anew with what stable storage holds".to_owned();
                Some(self.add(step, host, None, What::Crashed { text }))
            }
            Occurrence::Start(items) => {
                let restored = items.len() as u64;
                Some(self.add(step, host, None, What::Started { restored }))
            }
            Occurrence::Command(command) => {
                let described = self.words(step.member).command(command);
                let Described { kind, summary, fields } = described;
                Some(self.add(step, host, None, What::Command { kind, summary, fields }))
            }
            Occurrence::Timeout => self.timer(step),
            Occurrence::Datagram { from, to, message, octets, .. } => {
                self.datagram(step, (*from, *to), message, octets)
            }
            _ => None,
        };
        let (Some(input), Some(cause)) = (input, step.cause) else { return };
        self.inputs.insert(cause.0, input);
        self.results(step, input);
    }

    fn timer(&mut self, step: &Step) -> Option<u64> {
        let Some(Output::Fired { timer, armed_by }) = step.outputs.first() else { return None };
        let cause = self.inputs.get(&armed_by.0).copied();
        let what = What::Timer { name: (*timer).to_owned() };
        Some(self.add(step, self.host(step.member), cause, what))
    }

    fn datagram(
        &mut self,
        step: &Step,
        (from, to): (SocketAddr, SocketAddr),
        message: &Message,
        octets: &[u8],
    ) -> Option<u64> {
        let is_own = self.members.iter().any(|member| member.served.own == from);
        if is_own && step.outputs.is_empty() {
            // What it said comes back by the loopback of its group.
            return None;
        }
        let at = step.now.instant.as_micros();
        let again = self
            .heard
            .as_ref()
            .filter(|(who, when, what, _)| (*who, *when, what.as_slice()) == (from, at, octets));
        let of = match again {
            Some((_, _, _, sent)) => *sent,
            None => {
                let described = self.words(step.member).message(message);
                let Described { kind, summary, fields } = described;
                let hex = hex(octets);
                let (host, what) = if is_own {
                    (None, What::Injected { from, to, kind, summary, fields, octets: hex })
                } else {
                    let what = What::Sent { to, kind, summary, fields, octets: hex };
                    (Some(self.name(from)), what)
                };
                self.add(step, host, None, what)
            }
        };
        self.heard = Some((from, at, octets.to_vec(), of));
        let host = self.host(step.member);
        Some(self.add(step, host, Some(of), What::Delivered { of, from }))
    }

    /// What the machine asked and did.
    fn results(&mut self, step: &Step, input: u64) {
        let (host, words) = (self.host(step.member), self.words(step.member));
        for (question, value) in &step.draws {
            let value = value.to_string();
            let (low, high) = (value.clone(), value.clone());
            let what =
                What::Drew { question: question.clone(), low, high, value, by: DrawnBy::Chance };
            self.add(step, host.clone(), Some(input), what);
        }
        for output in &step.outputs {
            let Some((rule, what)) = result(&words, output) else { continue };
            self.add(step, host.clone(), Some(input), what);
            if let Some(entry) = self.entries.last_mut() {
                entry.rule = Some(rule.to_owned()).filter(|rule| !rule.is_empty());
            }
        }
    }
}

/// One output, with the rule behind it.
fn result(words: &AapDissector, output: &Output<Participant>) -> Option<(&'static str, What)> {
    match output {
        Output::Fired { .. } => None,
        Output::Persist { record, rule } => {
            let (key, removed) = (format!("{:?}", record.key()), record.removes());
            Some((rule.0, What::Persisted { key, removed, summary: words.record(record) }))
        }
        Output::Transmit { to, message, rule } => {
            let mut octets = Vec::new();
            message.encode(&mut octets);
            let Described { kind, summary, fields } = words.message(message);
            let what = What::Sent { to: *to, kind, summary, fields, octets: hex(&octets) };
            Some((rule.0, what))
        }
        Output::Event { event, rule } => {
            let Described { kind: name, summary, fields } = words.event(event);
            Some((rule.0, What::Event { name, summary, fields }))
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
