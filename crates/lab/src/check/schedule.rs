//! What became of every copy of every datagram, as the rules of a scenario.

use std::collections::BTreeMap;

use aap::Participant;
use checker::{Counterexample, Happening, Parcel};
use sansio::Instant;

use super::Checkable;
use scenario::Time;

/// A copy of a datagram and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Copy {
    sent: Instant,
    datagram: u128,
    fate: Fate,
}

/// What became of a copy. Without any rule a copy arrives at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It was still under way at the end.
    Pending,
    Arrived {
        after: u64,
    },
    Twice {
        after: u64,
        again: u64,
    },
    Lost,
}

/// Copies of one type on one link, in the order of sending.
type Link = (usize, usize, &'static str);

/// A line of a scenario that begins to act at a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    pub(super) at: Time,
    pub(super) text: String,
}

/// The rules that make every copy do what it did in the run.
pub(super) fn rules(of: &Checkable, found: &Counterexample<Participant>) -> Vec<Rule> {
    let end = found.run.last().map_or(Instant::ZERO, |last| last.at);
    let mut links: BTreeMap<Link, Vec<Copy>> = BTreeMap::new();
    for happened in &found.run {
        match &happened.what {
            Happening::Sent { host, datagram, message, copies } => {
                for to in (0..of.problem.hosts.len()).filter(|to| copies >> to & 1 == 1) {
                    let link = links.entry((*host, to, message.kind().name())).or_default();
                    let (sent, datagram) = (happened.at, *datagram);
                    link.push(Copy { sent, datagram, fate: Fate::Pending });
                }
            }
            Happening::Delivered(parcel) => {
                if let Some(copy) = find(&mut links, parcel) {
                    let after = happened.at.since(parcel.sent).as_micros();
                    copy.fate = match copy.fate {
                        Fate::Arrived { after: first } => {
                            Fate::Twice { after: first, again: after - first }
                        }
                        _ => Fate::Arrived { after },
                    };
                }
            }
            Happening::Lost(parcel) => {
                // The second of two that is lost leaves one that arrived.
                if let Some(copy) = find(&mut links, parcel).filter(|c| c.fate == Fate::Pending) {
                    copy.fate = Fate::Lost;
                }
            }
            _ => {}
        }
    }
    let mut rules = Vec::new();
    for (link, copies) in &links {
        rules.extend(of.rules_of(*link, copies, end));
    }
    rules.sort_by_key(|rule| rule.at);
    rules
}

fn find<'l>(
    links: &'l mut BTreeMap<Link, Vec<Copy>>,
    parcel: &Parcel<Participant>,
) -> Option<&'l mut Copy> {
    let link = links.get_mut(&(parcel.from, parcel.to, parcel.message.kind().name()))?;
    link.iter_mut().find(|copy| copy.sent == parcel.sent && copy.datagram == parcel.datagram)
}

impl Checkable {
    /// The rules for the copies of one link: one line for copies in a row that fare the same.
    fn rules_of(&self, (from, to, kind): Link, copies: &[Copy], end: Instant) -> Vec<Rule> {
        let name = |host: usize| &self.problem.hosts[host].name;
        let route = format!("{kind} from {} to {}", name(from), name(to));
        let mut rules = Vec::new();
        let mut at = 0;
        while at < copies.len() {
            let what = self.words(&copies[at], end);
            let single = matches!(copies[at].fate, Fate::Twice { .. });
            let alike = |copy: &&Copy| self.words(copy, end) == what;
            let count = if single { 1 } else { copies[at..].iter().take_while(alike).count() };
            let first = copies[at].sent;
            at += count;
            // A rule must not wait for a copy that needs none, unless one that follows at the same
            // instant needs another.
            let followed = copies.get(at).is_some_and(|next| next.sent == first);
            let Some((verb, by)) = what else {
                if followed {
                    let same = copies[at - count..at].iter().filter(|c| c.sent == first).count();
                    rules.push(self.rule(first, "delay", same, &route, " by 0s"));
                }
                continue;
            };
            rules.push(self.rule(first, verb, count, &route, &by));
            if let Fate::Twice { after, .. } = copies[at - 1].fate {
                rules.extend(self.slow_link(first, name(from), name(to), after));
            }
        }
        rules
    }

    /// No rule both delays and doubles: for the instant at which a copy is sent that arrives later,
    /// and once more after that, its link is slow.
    fn slow_link(&self, at: Instant, from: &str, to: &str, by: u64) -> Vec<Rule> {
        let time = Time(at.as_micros().saturating_sub(self.lead_us));
        let line = |at, by| Rule { at, text: format!("link {from}->{to} delay {}", Time(by)) };
        if by == 0 { Vec::new() } else { vec![line(time, by), line(Time(time.micros() + 1), 0)] }
    }

    fn rule(&self, at: Instant, verb: &str, count: usize, route: &str, by: &str) -> Rule {
        let at = Time(at.as_micros().saturating_sub(self.lead_us));
        let count = if count == 1 { String::new() } else { format!("{count} ") };
        Rule { at, text: format!("{verb} next {count}{route}{by}") }
    }

    /// The verb and what follows the route; none for a copy that arrives at once.
    fn words(&self, copy: &Copy, end: Instant) -> Option<(&'static str, String)> {
        let by = |micros: u64| format!(" by {}", Time(micros));
        match copy.fate {
            Fate::Arrived { after: 0 } => None,
            Fate::Arrived { after } => Some(("delay", by(after))),
            Fate::Twice { again, .. } => Some(("duplicate", by(again))),
            Fate::Lost => Some(("drop", String::new())),
            Fate::Pending => {
                let longest = self.bounds.delay.micros();
                let beyond = end.since(copy.sent).as_micros() + 1;
                Some(("delay", by(longest.max(beyond))))
            }
        }
    }
}
