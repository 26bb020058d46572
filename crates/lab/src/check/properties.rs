//! What must hold in every state (spec 7.3, as far as a state alone can show it).

use aap::{Maas, Participant, Phase};
use addrspace::{Addr, Family, Range};
use checker::Property;
use sansio::Instant;

/// The properties by name, with what each says.
pub const PROPERTIES: [(&str, &str); 3] = [
    ("no-duplicate-allocation", "no address is allocated by two running MAASs of a scope at once"),
    ("startup-silence", "no MAAS claims or holds a new address while it listens at its start"),
    (
        "announced",
        "whoever holds an allocation has an AIU about it coming up within 1.3 [REPEAT-INTERVAL]",
    ),
];

/// What a host is to the properties.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) scope: usize,
    pub(super) family: Family,
}

pub(super) fn all(hosts: &[Who]) -> Vec<Box<dyn Property<Participant>>> {
    let hosts = hosts.to_vec();
    vec![
        Box::new(NoDuplicate { hosts: hosts.clone() }),
        Box::new(StartupSilence { hosts: hosts.clone() }),
        Box::new(Announced { hosts }),
    ]
}

/// The ranges that a MAAS holds, as first and last address in turn.
fn held(machine: &Participant) -> Vec<u128> {
    let held = machine.maas().into_iter().flat_map(Maas::held);
    held.flat_map(|lease| [lease.range.first().0, lease.range.last().0]).collect()
}

/// The first address held twice, with its holders.
pub(super) fn duplicate(
    hosts: &[Who],
    machines: &[Option<Participant>],
) -> Option<(usize, usize, Range)> {
    let held: Vec<Option<Vec<u128>>> = machines.iter().map(|m| m.as_ref().map(held)).collect();
    let held: Vec<Option<&[u128]>> = held.iter().map(Option::as_deref).collect();
    held_twice(hosts, &held)
}

fn held_twice(hosts: &[Who], held: &[Option<&[u128]>]) -> Option<(usize, usize, Range)> {
    let ranges = |at: usize| held[at].unwrap_or_default().as_chunks::<2>().0;
    for one in 0..held.len() {
        for [first, last] in ranges(one) {
            let others = (one + 1..held.len()).filter(|o| hosts[one].scope == hosts[*o].scope);
            for (other, theirs) in others.flat_map(|o| ranges(o).iter().map(move |t| (o, t))) {
                let both = (*first.max(&theirs[0]), *last.min(&theirs[1]));
                if both.0 <= both.1 {
                    return Some((one, other, Range::new(Addr(both.0), Addr(both.1))?));
                }
            }
        }
    }
    None
}

#[derive(Debug)]
struct NoDuplicate {
    hosts: Vec<Who>,
}

impl Property<Participant> for NoDuplicate {
    fn name(&self) -> &'static str {
        PROPERTIES[0].0
    }

    fn view(&self, machine: &Participant) -> Vec<u128> {
        held(machine)
    }

    fn violation(&self, views: &[Option<&[u128]>], _: Instant) -> Option<String> {
        let (one, other, range) = held_twice(&self.hosts, views)?;
        let family = self.hosts[one].family;
        let (one, other) = (&self.hosts[one].name, &self.hosts[other].name);
        Some(format!("{one} and {other} both hold {}", addresses(range, family)))
    }
}

fn addresses(range: Range, family: Family) -> String {
    let (first, last) = (range.first().to_ip(family), range.last().to_ip(family));
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

#[derive(Debug)]
struct StartupSilence {
    hosts: Vec<Who>,
}

impl Property<Participant> for StartupSilence {
    fn name(&self) -> &'static str {
        PROPERTIES[1].0
    }

    /// Something if it is loud.
    fn view(&self, machine: &Participant) -> Vec<u128> {
        let loud = |maas: &&Maas| maas.phase() == Phase::Listening && maas.attempts() > 0;
        machine.maas().filter(loud).map(|_| 1).into_iter().collect()
    }

    fn violation(&self, views: &[Option<&[u128]>], _: Instant) -> Option<String> {
        let at = views.iter().position(|view| view.is_some_and(|view| !view.is_empty()))?;
        Some(format!("{} claims before it has listened long enough", self.hosts[at].name))
    }
}

#[derive(Debug)]
struct Announced {
    hosts: Vec<Who>,
}

impl Property<Participant> for Announced {
    fn name(&self) -> &'static str {
        PROPERTIES[2].0
    }

    /// How long before it announces anything it may be seen, in microseconds, if it has something
    /// to announce.
    fn view(&self, machine: &Participant) -> Vec<u128> {
        // Before it is ready a MAAS holds what it held, and is silent (section 3.2.4).
        let has_to = |maas: &&Maas| maas.phase() == Phase::Ready && maas.held().next().is_some();
        let Some(maas) = machine.maas().filter(has_to) else { return Vec::new() };
        let repeats = maas.timers().filter(|(name, _)| *name == "AIU repeat");
        let next = repeats.map(|(_, at)| at).min().unwrap_or(Instant::FAR_FUTURE);
        let recent = maas.config().timing.recent();
        vec![next.as_micros().saturating_sub(recent.as_micros()).into()]
    }

    fn violation(&self, views: &[Option<&[u128]>], now: Instant) -> Option<String> {
        let silent = |earliest: &u128| *earliest > now.as_micros().into();
        let at = views.iter().position(|view| view.is_some_and(|v| v.iter().any(silent)))?;
        Some(format!("{} holds addresses that it is not going to announce", self.hosts[at].name))
    }
}
