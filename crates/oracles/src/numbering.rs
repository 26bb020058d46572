use std::collections::BTreeMap;
use std::sync::Arc;

use aap::wire::{Body, Message, MessageType, Rseq};
use aap::{Event, Item, Participant};
use addrspace::RangeSet;
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::{Duration, Instant};

use super::finding::Finding;
use super::setting::Setting;

/// How many request numbers of a host are remembered before old ones are dropped.
const MEMORY: usize = 1024;
/// How long a request number must have been unused to be dropped.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Sequence numbers keep their order (sections 5.1.4 and 5.1.5): within a request mseq grows by
/// one from zero, the type stays, an AIU or ANA lists the same, and a claim or intent lists
/// another set only if something happened to it; ASA and ASRP take a new rseq every time.
///
/// It is put to the test whenever a request number is used again.
#[derive(Clone, Debug)]
pub struct NumbersInOrder {
    setting: Arc<Setting>,
    hosts: Vec<Numbers>,
    finding: Finding,
}

#[derive(Clone, Default, Debug)]
struct Numbers {
    used: BTreeMap<Rseq, Used>,
    /// The latest observation that allows a bidder to move to another set.
    excuse: u64,
}

/// How a request number was used last.
#[derive(Clone, Debug)]
struct Used {
    kind: MessageType,
    mseq: u8,
    content: Content,
    at: Instant,
    entry: u64,
}

/// What must not change under a request number.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Content {
    /// All but mseq and current-time.
    Whole(u64),
    /// The addresses, whatever their end times.
    Addresses(RangeSet),
}

impl NumbersInOrder {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        Self {
            setting: Arc::clone(setting),
            hosts: vec![Numbers::default(); setting.hosts.len()],
            finding: Finding::default(),
        }
    }

    fn send(&mut self, seen: &Observation<'_, Participant>, host: HostId, message: &Message) {
        let Some(numbers) = self.hosts.get_mut(host.index()) else { return };
        let (rseq, mseq) = (message.rseq(), message.mseq());
        let now = Used {
            kind: message.kind(),
            mseq,
            content: content_of(message),
            at: seen.at,
            entry: seen.id,
        };
        let excuse = numbers.excuse;
        let flaw = match numbers.used.insert(rseq, now.clone()) {
            None if mseq != 0 => Some("begins elsewhere than at mseq 0"),
            None => None,
            Some(before) => {
                self.finding.test();
                before.flaw_of(&now, excuse)
            }
        };
        if numbers.used.len() > MEMORY {
            numbers.used.retain(|_, used| seen.at.since(used.at) < FORGOTTEN_AFTER);
        }
        if let Some(flaw) = flaw {
            let (setting, kind) = (&self.setting, message.kind());
            self.finding.violate(seen, || {
                format!("request {rseq} of {}, an {kind}, {flaw}", setting.name(host))
            });
        }
    }
}

impl Used {
    /// What is wrong with using the number for `next`, if anything.
    fn flaw_of(&self, next: &Self, excuse: u64) -> Option<&'static str> {
        if self.kind != next.kind {
            return Some("was used for another type");
        }
        match next.kind {
            MessageType::Asa | MessageType::Asrp => return Some("was used twice"),
            _ if next.mseq != self.mseq.wrapping_add(1) => return Some("skips or repeats an mseq"),
            _ if self.content == next.content => return None,
            MessageType::Aiu | MessageType::Ana => {}
            MessageType::Aclm | MessageType::Aitu if excuse > self.entry => return None,
            MessageType::Aclm | MessageType::Aitu => {}
        }
        Some("changed what it lists")
    }
}

fn content_of(message: &Message) -> Content {
    match message.body() {
        Body::Aclm(ranges) | Body::Aitu(ranges) => {
            Content::Addresses(ranges.iter().map(|r| r.range).collect())
        }
        _ => Content::Whole(message.fingerprint()),
    }
}

impl Observer<Participant> for NumbersInOrder {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Sent { message, .. } => self.send(seen, host, message),
            Seen::Started { .. } => {
                if let Some(numbers) = self.hosts.get_mut(host.index()) {
                    *numbers = Numbers::default();
                }
            }
            Seen::Event {
                event: Event::Clash { .. } | Event::Abandoned { .. } | Event::Granted { .. },
                ..
            }
            | Seen::Persisted { record: Item::Space { .. }, .. } => {
                if let Some(numbers) = self.hosts.get_mut(host.index()) {
                    numbers.excuse = seen.id;
                }
            }
            _ => {}
        }
    }
}

impl Oracle<Participant> for NumbersInOrder {
    fn name(&self) -> &'static str {
        "numbers-in-order"
    }

    fn assumption(&self) -> &'static str {
        "None: it holds for every sender between two starts."
    }

    fn verdict(&self) -> Verdict {
        self.finding.verdict(None, "no request number was used twice")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, range};
    use aap::{Peer, RequestId};
    use std::net::SocketAddr;

    fn story() -> Story<NumbersInOrder> {
        Story::of(2, NumbersInOrder::new)
    }

    fn clash() -> Event {
        Event::Clash {
            request: Some(RequestId(1)),
            given_up: vec![range(1, 1)],
            peer: Peer::from(SocketAddr::from(([10, 0, 0, 2], 1))),
            message: MessageType::Aclm,
            listed: Vec::new(),
        }
    }

    #[test]
    fn repetitions_count_up_and_wrap() {
        let mut story = story();
        story.aiu(0, 0, 0, &[range(1, 1)]).aclm(0, 1, 0, &[range(2, 2)]);
        assert_eq!(story.idle(), "no request number was used twice");
        for mseq in (1..=255).chain(0..3) {
            story.aiu(0, 0, mseq, &[range(1, 1)]);
        }
        assert_eq!(story.verdict(), Verdict::Holds);
    }

    #[test]
    fn gaps_repeats_and_late_beginnings_are_noticed() {
        for (first, second) in [(0, 2), (0, 0), (1, 2)] {
            let mut story = story();
            story.aiu(0, 0, first, &[range(1, 1)]).aiu(0, 0, second, &[range(1, 1)]);
            assert!(matches!(story.verdict(), Verdict::Violated { .. }), "{first} {second}");
        }
    }

    #[test]
    fn an_aiu_must_not_change_under_its_number() {
        let mut story = story();
        story.aiu(0, 0, 0, &[range(1, 1)]).aiu(0, 0, 1, &[range(1, 2)]);
        assert_eq!(story.violated(), "request 0 of A, an AIU, changed what it lists");
    }

    #[test]
    fn a_claim_may_change_only_after_a_clash() {
        let mut clashed = story();
        clashed.aclm(0, 0, 0, &[range(1, 1)]).event(0, &clash()).aclm(0, 0, 1, &[range(2, 2)]);
        assert_eq!(clashed.verdict(), Verdict::Holds);
        let mut fickle = story();
        fickle.event(0, &clash()).aclm(0, 0, 0, &[range(1, 1)]).aclm(0, 0, 1, &[range(2, 2)]);
        assert_eq!(fickle.violated(), "request 0 of A, an ACLM, changed what it lists");
    }

    #[test]
    fn hosts_and_lives_count_for_themselves() {
        let mut story = story();
        story.aclm(0, 0, 0, &[range(1, 1)]).aiu(1, 0, 0, &[range(2, 2)]);
        story.crashed(0).started(0, &[]).aitu(0, 0, 0, &[range(3, 3)]);
        assert_eq!(story.idle(), "no request number was used twice");
        story.aiu(0, 0, 1, &[range(3, 3)]);
        assert_eq!(story.violated(), "request 0 of A, an AIU, was used for another type");
    }
}
