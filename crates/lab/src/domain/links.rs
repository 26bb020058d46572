//! Links of a plan as links of the network.

use netsim::{Action, Delay, Fault, HostId, Link, Loss, Ppm};
use sansio::Duration;

use super::Domain;
use scenario::{LinkEnd, LinkEnds, LinkSettings, Plan, Ratio, Time};

/// How long a reordered datagram is held up beyond the delay of its link.
const REORDER_BY: Duration = Duration::from_millis(50);

/// The properties every link has: the rules about `*`, in order.
pub(super) fn default_link(plan: &Plan) -> Link {
    let mut settings = LinkSettings::default();
    for rule in plan.links.iter().filter(|rule| rule.ends == LinkEnds::All) {
        merge(&mut settings, &rule.settings);
    }
    link_of(&settings)
}

/// The constant part of the delay of every link.
pub(super) fn base_delay(plan: &Plan) -> Duration {
    match default_link(plan).delay {
        Delay::Constant(delay)
        | Delay::Uniform { low: delay, .. }
        | Delay::Tail { base: delay, .. } => delay,
    }
}

/// Lays `over` on `under`: what it does not mention stays.
fn merge(under: &mut LinkSettings, over: &LinkSettings) {
    macro_rules! take {
        ($($field:ident)+) => { $( if over.$field.is_some() { under.$field.clone_from(&over.$field); } )+ };
    }
    take!(delay jitter tail loss burst duplicate reorder);
}

fn link_of(settings: &LinkSettings) -> Link {
    let base = Duration::from_micros(settings.delay.map_or(0, Time::micros));
    let jitter = settings.jitter.map_or(0, Time::micros);
    let tail = settings.tail.map_or(0, Time::micros);
    let delay = match (jitter, tail) {
        (0, 0) => Delay::Constant(base),
        (_, 0) => Delay::Uniform {
            low: base.saturating_sub(Duration::from_micros(jitter)),
            high: base + Duration::from_micros(jitter),
        },
        _ => Delay::Tail { base, mean: Duration::from_micros(tail) },
    };
    let ppm = settings.loss.map_or(0, Ratio::ppm);
    let loss = match (ppm, settings.burst.unwrap_or(1)) {
        (0, _) => Loss::None,
        (_, 0 | 1) => Loss::Independent(Ppm(ppm)),
        (_, length) => Loss::Burst { share: Ppm(ppm), length },
    };
    Link {
        delay,
        loss,
        duplicate: Ppm(settings.duplicate.map_or(0, Ratio::ppm)),
        reorder: Ppm(settings.reorder.map_or(0, Ratio::ppm)),
        reorder_by: REORDER_BY,
    }
}

impl Domain {
    /// Sets the links that rules about single hosts concern.
    pub(super) fn set_links(&mut self, plan: &Plan) {
        for (from, to) in self.named_pairs(plan) {
            let link = self.link_between(plan, from, to, &[]);
            let now = self.world.now();
            self.world.schedule(now, Action::Fault(Fault::Link(from, to, link)));
        }
    }

    fn named_pairs(&self, plan: &Plan) -> Vec<(HostId, HostId)> {
        let mut pairs: Vec<_> = plan
            .links
            .iter()
            .filter(|rule| rule.ends != LinkEnds::All)
            .flat_map(|rule| self.pairs(plan, &rule.ends))
            .collect();
        pairs.sort();
        pairs.dedup();
        pairs
    }

    /// The link from one participant to another: the rules of the plan, then `later` ones.
    pub(crate) fn link_between(
        &self,
        plan: &Plan,
        from: HostId,
        to: HostId,
        later: &[scenario::LinkRule],
    ) -> Link {
        let mut settings = LinkSettings::default();
        for rule in plan.links.iter().chain(later) {
            if rule.ends == LinkEnds::All || self.pairs(plan, &rule.ends).contains(&(from, to)) {
                merge(&mut settings, &rule.settings);
            }
        }
        link_of(&settings)
    }

    /// The ordered pairs of participants that `ends` means.
    pub(crate) fn pairs(&self, plan: &Plan, ends: &LinkEnds) -> Vec<(HostId, HostId)> {
        let cross = |a: &LinkEnd, b: &LinkEnd| {
            let (from, to) = (self.end(plan, a), self.end(plan, b));
            let pairs = from.iter().flat_map(|&f| to.iter().map(move |&t| (f, t)));
            pairs.filter(|(f, t)| f != t).collect::<Vec<_>>()
        };
        match ends {
            LinkEnds::All => cross(&LinkEnd::Any, &LinkEnd::Any),
            LinkEnds::OneWay(a, b) => cross(a, b),
            LinkEnds::Between(a, b) => {
                let mut both = cross(a, b);
                both.extend(cross(b, a));
                both
            }
        }
    }

    /// The participants at one end.
    pub(crate) fn end(&self, plan: &Plan, end: &LinkEnd) -> Vec<HostId> {
        match end {
            LinkEnd::Any => self.members.iter().map(|m| m.id).collect(),
            LinkEnd::Host(name) | LinkEnd::Zone(name) => self.ids(plan, name),
        }
    }
}
