//! AAP in words, for journals.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aap::wire::{Body, Message};
use aap::{
    Command, Demand, Event, GrantPath, Item, Layout, Lease, Loss, Outcome, Participant, Peer,
};
use addrspace::{Family, Range};
use netsim::{Described, Dissect};
use serde_json::{Value, json};
use trace::Fields;

/// Puts AAP's messages, events, commands and records into words: addresses relative to a scope,
/// peers by name where it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AapDissector {
    family: Family,
    scope: Range,
    names: BTreeMap<Peer, String>,
}

impl AapDissector {
    /// Words for what happens in `scope`, among peers of these names.
    #[must_use]
    pub const fn new(family: Family, scope: Range, names: BTreeMap<Peer, String>) -> Self {
        Self { family, scope, names }
    }

    fn peer(&self, peer: &Peer) -> String {
        self.names.get(peer).cloned().unwrap_or_else(|| peer.to_string())
    }

    fn range(&self, range: Range) -> String {
        range.offset_in(self.scope, self.family).to_string()
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
                let request =
                    |r: &aap::wire::Request| json!({"addresses": r.addresses, "end": r.end.secs()});
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

    /// The event's kind, and a sentence about it.
    fn event_line(&self, event: &Event) -> (&'static str, String) {
        match event {
            Event::Ready => ("ready", "ready: the start-up silence is over".to_owned()),
            Event::Granted { leases, path: GrantPath::Claim, .. } => {
                ("granted", format!("holds {}: the claim stood", self.leases(leases)))
            }
            Event::Granted { leases, .. } => {
                ("granted", format!("holds {}: it was preallocated", self.leases(leases)))
            }
            Event::Held { leases, .. } => {
                ("preallocated", format!("preallocated {}", self.leases(leases)))
            }
            Event::Refused { why, .. } => ("refused", format!("refused: {why}")),
            Event::Clash { given_up, peer, message, .. } => {
                let given_up = self.ranges(given_up);
                ("clash", format!("clash: gives up {given_up}, {message} from {}", self.peer(peer)))
            }
            Event::Abandoned { ranges, why, .. } => {
                ("abandoned", format!("abandons {}: {}", self.ranges(ranges), self.loss(why)))
            }
            Event::Conflict { theirs, peer, outcome, .. } => {
                let way = match outcome {
                    Outcome::Undone => "undoes its own",
                    Outcome::Marked => "cannot undo, marks it",
                    Outcome::Kept => "keeps it and says so",
                };
                let range = self.range(theirs.range);
                ("conflict", format!("conflict over {range} with {}: {way}", self.peer(peer)))
            }
            Event::Lost { lease, why } => {
                ("lost", format!("loses {}: {}", self.range(lease.range), self.loss(why)))
            }
            Event::Ending { lease } => ("ending", format!("{} ends soon", self.range(lease.range))),
            Event::Ended { range } => ("ended", format!("{} has ended", self.range(*range))),
            Event::EndChanged { lease } => {
                ("end changed", format!("{} has another end", self.range(lease.range)))
            }
            Event::Released { lease } => {
                ("released", format!("deletes {}", self.range(lease.range)))
            }
            Event::Retired => ("retired", "retired: everything is given back".to_owned()),
            Event::NotDone { range, why } => {
                ("not done", format!("not done, {}: {why}", self.range(*range)))
            }
            other => self.domain_event_line(other),
        }
    }

    fn loss(&self, why: &Loss) -> String {
        match why {
            Loss::Collision { message, peer } => format!("{message} from {}", self.peer(peer)),
            other => other.to_string(),
        }
    }

    /// Likewise, for events about the domain rather than about own addresses.
    fn domain_event_line(&self, event: &Event) -> (&'static str, String) {
        match event {
            Event::Ignored { reason, peer, message } => (
                "ignored",
                format!("ignores {message} from {}: {}", self.peer(peer), reason.name()),
            ),
            Event::Invalidated { ranges } => {
                ("invalidated", format!("invalidating change: {}", self.ranges(ranges)))
            }
            Event::SpaceExpired => {
                ("space expired", "the ASA expired, no newer one has come".to_owned())
            }
            Event::ClockBehindStorage => (
                "clock behind storage",
                "alert: the wall clock is behind stable storage".to_owned(),
            ),
            Event::Leads => ("leads", "leads: sends the ASAs from now on".to_owned()),
            Event::Follows { peer } => ("follows", format!("follows {}", self.peer(peer))),
            Event::Inconsistent { peer } => {
                ("inconsistent", format!("alert: {} announces another set", self.peer(peer)))
            }
            Event::Adopted { leases } => ("adopted", format!("adopts {}", self.leases(leases))),
            Event::Demand { usage, requests } => {
                let used: u64 = usage.iter().map(|(_, n)| u64::from(*n)).sum();
                let wanted: u64 = requests.iter().map(|r| u64::from(r.addresses)).sum();
                ("demand", format!("demand: {used} addresses in use, {wanted} more wanted"))
            }
            Event::SpaceTooLarge { ranges, limit } => (
                "space too large",
                format!("alert: {ranges} ranges, at most {limit} can be announced"),
            ),
            _ => ("event", String::new()),
        }
    }
}

impl Dissect<Participant> for AapDissector {
    fn message(&self, message: &Message) -> Described {
        let mut summary =
            format!("{} {}/{}", message.kind(), message.rseq().number(), message.mseq());
        for range in message.addresses() {
            let _ = write!(summary, " {}", self.range(range));
        }
        if let Body::Ana { count, .. } = message.body() {
            let _ = write!(summary, " {count} wanted");
        }
        Described {
            kind: message.kind().to_string(),
            summary,
            fields: self.message_fields(message),
        }
    }

    fn event(&self, event: &Event) -> Described {
        let (name, summary) = self.event_line(event);
        Described { kind: name.to_owned(), summary, fields: Fields::new() }
    }

    fn command(&self, command: &Command) -> Described {
        let (kind, summary) = match command {
            Command::Allocate { demand, .. } => ("allocate", self.demand("allocate", demand)),
            Command::Claim { demand, .. } => ("claim", self.demand("claim", demand)),
            Command::Preallocate { demand, .. } => {
                ("preallocate", self.demand("preallocate", demand))
            }
            Command::Withdraw { request } => {
                ("withdraw", format!("withdraw request {}", request.0))
            }
            Command::SetEnd { range, .. } => {
                ("set end", format!("another end for {}", self.range(*range)))
            }
            Command::Release { range } => ("release", format!("release {}", self.range(*range))),
            Command::Lose { range } => ("lose", format!("lose {}", self.range(*range))),
            Command::Retire => ("retire", "retire".to_owned()),
            Command::Reconfigure { .. } => ("reconfigure", "reconfigure".to_owned()),
            Command::Offer { space } => {
                let ranges: Vec<Range> = space.iter().map(|(range, _)| *range).collect();
                ("offer", format!("offer {}", self.ranges(&ranges)))
            }
        };
        Described { kind: kind.to_owned(), summary, fields: Fields::new() }
    }

    fn record(&self, record: &Item) -> String {
        match record {
            Item::Own { range, .. } => format!("own {}", self.range(*range)),
            Item::Preallocated { range, .. } => format!("preallocated {}", self.range(*range)),
            Item::Heard { range, owner, .. } => {
                format!("{} of {}", self.range(*range), self.peer(owner))
            }
            Item::Intended { range, owner, .. } => {
                format!("{} wanted by {}", self.range(*range), self.peer(owner))
            }
            Item::Tombstone { range, .. } => format!("deleted {}", self.range(*range)),
            Item::Space { .. } => "the address space".to_owned(),
            Item::Forget(_) => "forgotten".to_owned(),
        }
    }
}

impl AapDissector {
    fn demand(&self, verb: &str, demand: &Demand) -> String {
        let row = match demand.layout {
            Layout::Scattered => "",
            Layout::Contiguous => " in a row",
        };
        if demand.preferred.is_empty() {
            return format!("{verb} {}{row}", demand.count);
        }
        format!("{verb} {}{row}, {} first", demand.count, self.ranges(&demand.preferred))
    }
}
