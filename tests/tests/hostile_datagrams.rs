//! Bad input in a running domain: octets that are no message are counted and change nothing, and a
//! flood of messages that nobody should have sent neither breaks a participant nor makes it grow
//! without bound.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, thread};

use aap::policy::Profile;
use addrspace::ScopeKind;
use sansio::Duration;

#[path = "hostile/domain.rs"]
mod domain;
#[path = "hostile/forgery.rs"]
mod forgery;

use domain::{Domain, Kind};
use forgery::Forger;

const WORLDS: [(ScopeKind, Profile); 4] = [
    (ScopeKind::Small, Profile::Repaired),
    (ScopeKind::Large, Profile::Repaired),
    (ScopeKind::Small, Profile::Literal),
    (ScopeKind::Large, Profile::Literal),
];

/// The vectors that must be ignored: id, reason and octets.
fn ignored_vectors() -> Vec<(String, String, Vec<u8>)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/ignored.txt");
    let mut vectors: Vec<(String, String, Vec<u8>)> = Vec::new();
    for line in fs::read_to_string(file).unwrap().lines() {
        match (line.split_once(' '), vectors.last_mut()) {
            (Some(("vector", id)), _) => {
                vectors.push((id.to_owned(), String::new(), Vec::new()));
            }
            (Some(("ignored", reason)), Some(vector)) => vector.1 = reason.to_owned(),
            (Some(("hex", hex)), Some(vector)) => vector.2 = octets(hex),
            _ => {}
        }
    }
    vectors
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, d| octet << 4 | *d as u8)).collect()
}

#[test]
fn what_must_be_ignored_is_counted_by_reason_and_changes_and_provokes_nothing() {
    let vectors = ignored_vectors();
    assert_eq!(vectors.len(), 14);
    for (kind, profile) in WORLDS {
        let mut spared = Domain::at_work(kind, profile, 3);
        let mut hit = spared.clone();
        let stranger = ([10, 9, 9, 9], 2878).into();
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        for (id, reason, octets) in &vectors {
            hit.inject(stranger, octets.clone());
            hit.pass(Duration::from_millis(1));
            spared.pass(Duration::from_millis(1));
            assert!(hit.machines() == spared.machines(), "{id} changed a participant");
            *expected.entry(reason).or_default() += 1;
        }
        // The octets of M14 are well-formed: the allocation servers themselves find fault.
        assert_eq!(expected.remove("bad_scope"), Some(1));
        assert_eq!(hit.seen.ignored, ["bad_scope"; 3]);
        let hosts = hit.world.hosts().len() as u64;
        for (reason, times) in expected {
            let counted = hit.world.counters().malformed.get(reason).copied();
            assert_eq!(counted, Some(times * hosts), "{reason}");
        }
        hit.run(120);
        spared.run(120);
        assert!(hit.machines() == spared.machines());
        assert_eq!(hit.world.counters().sent, spared.world.counters().sent, "something was said");
    }
}

/// Datagrams in each of the four worlds: a million in all.
const FLOOD: u32 = 250_000;
/// The part of them after which nothing may grow any more.
const WARM_UP: u32 = 100_000;
/// How long after the datagram of this number the next one comes: half of them come in bursts,
/// the others leave time for timers to fire and for what was recorded to end.
const fn gap(n: u32) -> Duration {
    if n % 1_000 < 500 { Duration::from_millis(1) } else { Duration::from_millis(200) }
}

/// How much the process may still grow after the warm-up, in KiB. The records of four worlds
/// breathe, and allocators keep what they had at the height of it; to leak a hundred octets with
/// every datagram that a host hears would come to 180 MiB.
const GROWTH_MAX_KIB: u64 = 32 * 1024;

/// The bounds on what one participant remembers of others, by the limits that `aap` sets itself.
const ENTRIES_MAX: usize = 131_072 + 16_384;
const DEFENCES_MAX: usize = 1_024;
const REQUESTS_MAX: usize = 4_096;
/// Timers besides those of defences: own claims, preallocations, announcements, periodic ones.
const OTHER_TIMERS_MAX: usize = 1_000;

fn flood(domain: &mut Domain, forger: &mut Forger, datagrams: std::ops::Range<u32>) {
    for n in datagrams {
        let (from, octets) = forger.forge(domain);
        domain.inject(from, octets);
        domain.pass(gap(n));
        // Life goes on, so that there is something to disturb, and to tamper with.
        if n % 1_000 == 0 {
            domain.demand((n / 1_000) as u8, 3, Kind::Allocate);
            domain.demand((n / 1_000) as u8, 3, Kind::Preallocate);
            assert_bounded(domain);
        }
    }
}

fn assert_bounded(domain: &Domain) {
    for maas in domain.maases() {
        let record = maas.record();
        assert!(record.len() <= ENTRIES_MAX, "{} entries", record.len());
        assert!(record.requests().count() <= REQUESTS_MAX);
        assert!(maas.defences() <= DEFENCES_MAX, "{} defences", maas.defences());
        let timers = maas.timers().count() - maas.defences();
        assert!(timers <= OTHER_TIMERS_MAX, "{timers} timers");
    }
}

/// Every allocation server is asked for an address; each must answer.
fn assert_serves(domain: &mut Domain, world: &str) {
    let requests: Vec<_> = (0..3).map(|maas| domain.demand(maas, 1, Kind::Allocate)).collect();
    domain.run(600);
    for request in requests {
        let answers = domain.seen.answers.iter().filter(|(of, _)| *of == request);
        assert_eq!(answers.count(), 1, "{world}: {request:?} was not answered");
    }
}

/// Lets each world have its part of the flood, on a thread of its own.
fn flood_all(worlds: &mut [(String, Domain, Forger)], datagrams: &std::ops::Range<u32>) {
    thread::scope(|scope| {
        for (_, domain, forger) in worlds {
            scope.spawn(|| flood(domain, forger, datagrams.clone()));
        }
    });
}

#[test]
fn a_million_hostile_datagrams_neither_break_a_domain_nor_make_it_grow() {
    let mut worlds: Vec<(String, Domain, Forger)> = (1..)
        .zip(WORLDS)
        .map(|(seed, (kind, profile))| {
            let name = format!("{kind:?} scope, {profile:?}");
            (name, Domain::at_work(kind, profile, seed), Forger::new(seed))
        })
        .collect();
    flood_all(&mut worlds, &(0..WARM_UP));
    let before = resident_kib();
    flood_all(&mut worlds, &(WARM_UP..FLOOD));
    if let Some((before, after)) = before.zip(resident_kib()) {
        let grown = after.saturating_sub(before);
        assert!(grown <= GROWTH_MAX_KIB, "{grown} KiB more after the warm-up's {before} KiB");
    }
    for (name, domain, _) in &mut worlds {
        assert_eq!(domain.world.counters().injected, u64::from(FLOOD));
        assert_serves(domain, name);
    }
}

/// The resident memory of this process, where the system tells.
fn resident_kib() -> Option<u64> {
    let pages: u64 =
        fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4)
}
