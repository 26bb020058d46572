//! AAP in words, for journals.

use std::fmt::Write as _;

use aap::wire::{Body, Message};
use aap::{Command, Event, Item, Lease, Participant};
use addrspace::{Addr, Family, Range};
use netsim::{Described, Dissect};
use serde_json::{Value, json};
use trace::Fields;

/// Puts AAP's messages, events, commands and records into words, addresses relative to a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AapDissector {
    family: Family,
    scope: Range,
}

impl AapDissector {
    /// Words for what happens in `scope`.
    #[must_use]
    pub const fn new(family: Family, scope: Range) -> Self {
        Self { family, scope }
    }

    fn range(&self, range: Range) -> String {
        if !self.scope.contains_range(range) {
            return range.display(self.family).to_string();
        }
        let first = self.short(range.first());
        if range.len() == 1 { first } else { format!("{first}-{}", self.short(range.last())) }
    }

    /// `.7` or `.10.7`: the octets (groups, in IPv6) in which an address differs from the base of
    /// the scope, as scenarios write them.
    fn short(&self, addr: Addr) -> String {
        let offset = addr.0 - self.scope.first().0;
        let (bits, parts) = match self.family {
            Family::V4 => (8, 4),
            Family::V6 => (16, 8),
        };
        let parts: Vec<u128> =
            (0..parts).rev().map(|i| offset >> (i * bits) & ((1 << bits) - 1)).skip_while(|p| *p == 0).collect();
        let mut text = String::new();
        for part in &parts {
            let _ = match self.family {
                Family::V4 => write!(text, ".{part}"),
                Family::V6 => write!(text, ".{part:x}"),
            };
        }
        if text.is_empty() { ".0".to_owned() } else { text }
    }

    fn ranges(&self, ranges: &[Range]) -> String {
        ranges.iter().map(|r| self.range(*r)).collect::<Vec<_>>().join(" ")
    }

    fn leases(&self, leases: &[Lease]) -> String {
        self.ranges(&leases.iter().map(|l| l.range).collect::<Vec<_>>())
    }

    fn message_fields(&self, message: &Message) -> Fields {
        let mut fields = Fields::new();
        fields.insert("rseq".into(), json!(message.rseq().number()));
        fields.insert("mseq".into(), json!(message.mseq()));
        fields.insert("current_time".into(), json!(message.current_time().secs()));
        let listed = message.ranges().map(|ranges| {
            let item = |r: aap::wire::TimedRange| json!({"range": r.range.display(self.family).to_string(), "end": r.end.secs()});
            ranges.iter().map(item).collect::<Vec<Value>>()
        });
        if let Some(listed) = listed {
            fields.insert("ranges".into(), Value::Array(listed));
        }
        match message.body() {
            Body::Asa { expiration, .. } => {
                fields.insert("expiration".into(), json!(expiration.secs()));
            }
            Body::Asrp { reports, requests } => {
                let report = |r: &aap::wire::Report| json!({"range": r.range.display(self.family).to_string(), "in_use": r.in_use});
                let request = |r: &aap::wire::Request| json!({"addresses": r.addresses, "end": r.end.secs()});
                fields.insert("reports".into(), reports.iter().map(report).collect());
                fields.insert("requests".into(), requests.iter().map(request).collect());
            }
            Body::Ana { count, end } => {
                fields.insert("count".into(), json!(count));
                fields.insert("end".into(), json!(end.secs()));
            }
            Body::Aclm(_) | Body::Aiu(_) | Body::Aitu(_) => {}
        }
        fields
    }

    fn event_line(&self, event: &Event) -> (&'static str, String) {
        match event {
            Event::Ready => ("ready", "the start-up silence is over".to_owned()),
            Event::Granted { leases, path: aap::GrantPath::Claim, .. } => {
                ("granted", format!("{} by a claim that stood", self.leases(leases)))
            }
            Event::Granted { leases, .. } => {
                ("granted", format!("{} from what was preallocated", self.leases(leases)))
            }
            Event::Held { leases, .. } => ("preallocated", self.leases(leases)),
            Event::Refused { why, .. } => ("refused", why.to_string()),
            Event::Clash { given_up, peer, message, .. } => {
                ("clash", format!("{} given up: {message} from {peer}", self.ranges(given_up)))
            }
            Event::Abandoned { ranges, why, .. } => ("abandoned", format!("{}: {why}", self.ranges(ranges))),
            Event::Conflict { theirs, peer, outcome, .. } => {
                let way = match outcome {
                    aap::Outcome::Undone => "we undo",
                    aap::Outcome::Marked => "we cannot undo",
                    aap::Outcome::Kept => "we keep it",
                };
                ("conflict", format!("{} with {peer}: {way}", self.range(theirs.range)))
            }
            Event::Lost { lease, why } => ("lost", format!("{}: {why}", self.range(lease.range))),
            Event::Ending { lease } => ("ending", self.range(lease.range)),
            Event::Ended { range } => ("ended", self.range(*range)),
            Event::EndChanged { lease } => ("end changed", self.range(lease.range)),
            Event::Released { lease } => ("released", self.range(lease.range)),
            Event::Retired => ("retired", "everything is given back".to_owned()),
            Event::NotDone { range, why } => ("not done", format!("{}: {why}", self.range(*range))),
            other => self.domain_event_line(other),
        }
    }

    fn domain_event_line(&self, event: &Event) -> (&'static str, String) {
        match event {
            Event::Ignored { reason, peer, message } => {
                ("ignored", format!("{message} from {peer}: {}", reason.name()))
            }
            Event::Invalidated { ranges } => ("invalidated", self.ranges(ranges)),
            Event::SpaceExpired => ("space expired", "no newer ASA has come".to_owned()),
            Event::ClockBehindStorage => ("clock behind storage", "the wall clock went back".to_owned()),
            Event::Leads => ("leads", "sends the ASAs from now on".to_owned()),
            Event::Follows { peer } => ("follows", peer.to_string()),
            Event::Inconsistent { peer } => ("inconsistent", format!("{peer} announces another set")),
            Event::Adopted { leases } => ("adopted", self.leases(leases)),
            Event::Demand { usage, requests } => {
                let used: u64 = usage.iter().map(|(_, n)| u64::from(*n)).sum();
                ("demand", format!("{used} in use, {} requests", requests.len()))
            }
            Event::SpaceTooLarge { ranges, limit } => {
                ("space too large", format!("{ranges} ranges, at most {limit} can be announced"))
            }
            _ => ("event", String::new()),
        }
    }
}

impl Dissect<Participant> for AapDissector {
    fn message(&self, message: &Message) -> Described {
        let mut summary = format!("{} {}/{}", message.kind(), message.rseq().number(), message.mseq());
        for range in message.addresses() {
            let _ = write!(summary, " {}", self.range(range));
        }
        if let Body::Ana { count, .. } = message.body() {
            let _ = write!(summary, " {count} wanted");
        }
        Described { kind: message.kind().to_string(), summary, fields: self.message_fields(message) }
    }

    fn event(&self, event: &Event) -> Described {
        let (name, summary) = self.event_line(event);
        Described { kind: name.to_owned(), summary, fields: Fields::new() }
    }

    fn command(&self, command: &Command) -> Described {
        let (kind, summary) = match command {
            Command::Allocate { demand, .. } => ("allocate", demand.count.to_string()),
            Command::Claim { demand, .. } => ("claim", self.demand(demand)),
            Command::Preallocate { demand, .. } => ("preallocate", self.demand(demand)),
            Command::Withdraw { request } => ("withdraw", request.0.to_string()),
            Command::SetEnd { range, .. } => ("set end", self.range(*range)),
            Command::Release { range } => ("release", self.range(*range)),
            Command::Lose { range } => ("lose", self.range(*range)),
            Command::Retire => ("retire", String::new()),
            Command::Reconfigure { .. } => ("reconfigure", String::new()),
            Command::Offer { space } => {
                ("offer", self.ranges(&space.iter().map(|(r, _)| *r).collect::<Vec<_>>()))
            }
        };
        Described { kind: kind.to_owned(), summary, fields: Fields::new() }
    }

    fn record(&self, record: &Item) -> String {
        match record {
            Item::Own { range, .. } => format!("own {}", self.range(*range)),
            Item::Preallocated { range, .. } => format!("preallocated {}", self.range(*range)),
            Item::Heard { range, owner, .. } => format!("{} of {owner}", self.range(*range)),
            Item::Intended { range, owner, .. } => format!("{} wanted by {owner}", self.range(*range)),
            Item::Tombstone { range, .. } => format!("deleted {}", self.range(*range)),
            Item::Space { .. } => "the address space".to_owned(),
            Item::Forget(_) => "forgotten".to_owned(),
        }
    }
}

impl AapDissector {
    fn demand(&self, demand: &aap::Demand) -> String {
        if demand.preferred.is_empty() {
            return demand.count.to_string();
        }
        format!("{} {}", demand.count, self.ranges(&demand.preferred))
    }
}
