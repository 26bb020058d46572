//! Power may fail at any moment: what storage holds is what is held.

use std::collections::BTreeMap;

use addrspace::{Addr, RangeSet, ScopeKind};
use proptest::prelude::*;
use sansio::Output;

use super::bench::{BASE, Bench, EPOCH, demand, range, ranges};
use crate::command::{Choice, Command, RequestId};
use crate::event::Event;
use crate::maas::Maas;
use crate::maas::timer::Timer;
use crate::participant::OneOutput;
use crate::policy::Profile;
use crate::stored::{Item, ItemKey};
use crate::wire::{Body, WireTime};

/// Addresses that these stories are about.
const WIDTH: u128 = 16;

/// One step of a story.
#[derive(Clone, Copy, Debug)]
enum Step {
    Hear { kind: u8, from: usize, rseq: u32, span: (u128, u128), end: i64 },
    Space { spans: [(u128, u128); 2], end: i64 },
    Wait(u64),
    Allocate { count: u32, insist: Option<u128> },
    Preallocate { count: u32 },
    SetEnd { span: (u128, u128), end: i64 },
    Release((u128, u128)),
    Lose((u128, u128)),
    Withdraw(u32),
    Retire,
    Reboot,
}

fn span() -> impl Strategy<Value = (u128, u128)> {
    (0..WIDTH, 0..WIDTH).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn step() -> impl Strategy<Value = Step> {
    let end = || prop_oneof![Just(-50_i64), Just(60), Just(500), Just(503), Just(90_000)];
    let insist = prop::option::weighted(0.2, 0..WIDTH);
    prop_oneof![
        8 => (0..3_u8, 0..3_usize, 0..3_u32, span(), end()).prop_map(
            |(kind, from, rseq, span, end)| Step::Hear { kind, from, rseq, span, end }
        ),
        3 => (span(), span(), end()).prop_map(|(a, b, end)| Step::Space { spans: [a, b], end }),
        8 => prop_oneof![0..3_u64, 9..12_u64, 25..40_u64, Just(200)].prop_map(Step::Wait),
        6 => (1..4_u32, insist).prop_map(|(count, insist)| Step::Allocate { count, insist }),
        3 => (1..4_u32).prop_map(|count| Step::Preallocate { count }),
        2 => (span(), end()).prop_map(|(span, end)| Step::SetEnd { span, end }),
        2 => span().prop_map(Step::Release),
        1 => span().prop_map(Step::Lose),
        1 => (0..40_u32).prop_map(Step::Withdraw),
        1 => prop_oneof![9 => Just(Step::Reboot), 1 => Just(Step::Retire)],
    ]
}

fn take(bench: &mut Bench, step: Step, request: u32) {
    let offsets = |(first, last)| range(first, last);
    let text = |(a, b): (u128, u128), end: i64| format!("{a}-{b}@{}", bench.utc() - EPOCH + end);
    match step {
        Step::Hear { kind, from, rseq, span, end } => {
            let listed = ranges(&text(span, end));
            let body = [Body::Aclm, Body::Aitu, Body::Aiu][usize::from(kind)](listed);
            bench.hear(["b", "c", "d"][from], rseq, body);
        }
        Step::Space { spans: [a, b], end } => {
            let listed = ranges(&format!("{} {}", text(a, end), text(b, 500)));
            let expiration = WireTime::saturating_from(bench.utc() + 400);
            bench.hear("p", 0, Body::Asa { expiration, ranges: listed });
        }
        Step::Wait(secs) => bench.run_to(bench.now.as_micros() / 1_000_000 + secs),
        Step::Allocate { count, insist } => {
            let mut demand = demand(count, bench.utc() - EPOCH + 400);
            demand.preferred = insist.iter().map(|&at| range(at, at)).collect();
            demand.choice = if insist.is_some() { Choice::Insist } else { Choice::IfFree };
            bench.command(&Command::Allocate { request: RequestId(request), demand });
        }
        Step::Preallocate { count } => {
            let demand = demand(count, bench.utc() - EPOCH + 450);
            bench.command(&Command::Preallocate { request: RequestId(request), demand });
        }
        Step::SetEnd { span, end } => {
            let end = bench.utc() - EPOCH + end;
            bench.set_end(&format!("{}-{}", span.0, span.1), end);
        }
        Step::Release(span) => bench.command(&Command::Release { range: offsets(span) }),
        Step::Lose(span) => bench.command(&Command::Lose { range: offsets(span) }),
        Step::Withdraw(request) => {
            bench.command(&Command::Withdraw { request: RequestId(request) });
        }
        Step::Retire => bench.command(&Command::Retire),
        Step::Reboot => bench.reboot(),
    }
}

/// What users were told they have: kept up to date output by output, and compared each time with
/// what storage holds at that moment.
#[derive(Default)]
struct Watch {
    users: BTreeMap<Addr, RequestId>,
    /// Addresses whose loss is about to be told.
    leaving: RangeSet,
    storage: BTreeMap<ItemKey, Item>,
}

impl Watch {
    /// Sees the first `happened` of `outputs`.
    fn see_all(&mut self, outputs: &[OneOutput], happened: usize) {
        self.leaving = RangeSet::new();
        for output in outputs {
            if let Output::Event { event, .. } = output
                && let Event::Lost { lease, .. } | Event::Released { lease } = event
            {
                self.leaving.insert(lease.range);
            }
        }
        outputs[..happened].iter().for_each(|output| self.see(output));
        let leaving = std::mem::take(&mut self.leaving);
        self.users.retain(|addr, _| !leaving.contains(*addr));
    }

    /// The addresses that storage holds as our own.
    fn kept(&self) -> RangeSet {
        let own = self.storage.values().filter_map(|item| match item {
            Item::Own { range, .. } => Some(*range),
            _ => None,
        });
        own.collect()
    }

    fn see(&mut self, output: &OneOutput) {
        match output {
            Output::Persist { record, .. } => {
                use sansio::Stored;
                if record.removes() {
                    self.storage.remove(&record.key());
                } else {
                    self.storage.insert(record.key(), record.clone());
                }
                self.check_grants();
            }
            Output::Transmit { message, .. } => {
                if let Body::Aclm(ranges) | Body::Aiu(ranges) | Body::Aitu(ranges) = message.body()
                {
                    assert!(ranges.iter().next().is_some(), "nothing is said: {message:?}");
                }
            }
            Output::Event { event, .. } => self.hear(event),
            Output::Fired { .. } => {}
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::Granted { request, leases, .. } => {
                assert!(!leases.is_empty(), "a grant of nothing");
                for addr in leases.iter().flat_map(|l| l.range.first().0..=l.range.last().0) {
                    let twice = self.users.insert(Addr(addr), *request);
                    assert_eq!(twice, None, "{} has two users", addr - BASE);
                }
            }
            Event::Lost { lease, .. } | Event::Released { lease } => self.free(lease.range),
            _ => {}
        }
        self.check_grants();
    }

    fn free(&mut self, range: addrspace::Range) {
        self.users.retain(|addr, _| !range.contains(*addr));
    }

    fn check_grants(&self) {
        let kept = self.kept();
        for addr in self.users.keys() {
            let stored = kept.contains(*addr) || self.leaving.contains(*addr);
            assert!(stored, "{} is granted and not stored", addr.0 - BASE);
        }
    }
}

/// What must hold of a MAAS and its storage between inputs.
fn check(maas: &Maas, storage: &BTreeMap<ItemKey, Item>) {
    let now_held: RangeSet = maas.holdings.iter().map(|h| h.range).collect();
    let mut ours = now_held.clone();
    for claim in maas.claims.values() {
        assert!(claim.set().intersection(&ours).is_empty(), "a claim of what we have");
        ours = ours.union(claim.set());
    }
    for preallocation in maas.preallocations.values() {
        let twice = preallocation.set().intersection(&ours);
        assert!(twice.is_empty(), "a preallocation of what we have: {twice:?}");
        ours = ours.union(preallocation.set());
    }
    assert_eq!(maas.record.own(), &ours, "own");
    check_index(maas, &ours);
    check_storage(maas, storage);
    check_timers(maas);
    let listed: usize = maas.holdings.announcements().map(|a| a.members.len()).sum();
    if maas.is_active() {
        assert_eq!(listed, maas.holdings.iter().count(), "every holding in one AIU");
    }
    for announcement in maas.holdings.announcements() {
        assert!(!announcement.members.is_empty());
        assert!(announcement.members.len() <= maas.ranges_per_message());
    }
}

fn check_index(maas: &Maas, ours: &RangeSet) {
    let used: RangeSet = maas
        .record
        .allocations()
        .chain(maas.record.preallocations())
        .map(|(range, ..)| range)
        .chain(ours.iter())
        .collect();
    for offset in 0..WIDTH {
        let addr = Addr(BASE + offset);
        assert_eq!(maas.record.free().is_free(addr), !used.contains(addr), "{offset}");
    }
}

fn check_storage(maas: &Maas, storage: &BTreeMap<ItemKey, Item>) {
    let (mut own, mut heard, mut intended) = (Vec::new(), Vec::new(), Vec::new());
    let (mut preallocated, mut buried) = (Vec::new(), Vec::new());
    for item in storage.values() {
        match item {
            Item::Own { range, end, .. } => own.push((*range, *end)),
            Item::Heard { range, end, owner, .. } => heard.push((*range, *end, *owner)),
            Item::Intended { range, end, owner, .. } => intended.push((*range, *end, *owner)),
            Item::Preallocated { range, end, .. } => preallocated.push((*range, *end)),
            Item::Tombstone { range, .. } => buried.push(range.first()),
            Item::Space { .. } | Item::Forget(_) => {}
        }
    }
    let holdings: Vec<_> = maas.holdings.iter().map(|h| (h.range, h.end)).collect();
    assert_eq!(own, holdings, "own allocations");
    let mut known: Vec<_> = maas.record.allocations().collect();
    known.sort();
    heard.sort();
    assert_eq!(heard, known, "others' allocations");
    let mut known: Vec<_> = maas.record.preallocations().collect();
    known.sort();
    intended.sort();
    assert_eq!(intended, known, "others' preallocations");
    let covered: RangeSet = preallocated.iter().map(|(range, _)| *range).collect();
    let held: RangeSet = maas.preallocated().map(|lease| lease.range).collect();
    assert!(held.difference(&covered).is_empty(), "held and not stored");
    for (range, _) in preallocated {
        let known = maas.preallocations.values().any(|p| p.set().contains_range(range));
        assert!(known, "stored and not known: {range:?}");
    }
    let graves: Vec<Addr> = maas.tombstones.keys().copied().collect();
    assert_eq!(buried, graves, "tombstones");
}

/// No timer outlives what it is about.
fn check_timers(maas: &Maas) {
    for (timer, _) in maas.timers.iter() {
        let alive = match timer {
            Timer::Claim(request) | Timer::ClaimRepeat(request) | Timer::ClaimRetry(request) => {
                maas.claims.contains_key(&request)
            }
            Timer::Preallocation(id)
            | Timer::PreallocationRepeat(id)
            | Timer::PreallocationRetry(id)
            | Timer::PreallocationEnd(id) => maas.preallocations.contains_key(&id),
            Timer::Announce(id) => maas.holdings.announcement(id).is_some(),
            Timer::Defence(key) => maas.defences.contains_key(&key),
            Timer::AnaWindow(request) | Timer::AnaRepeat(request) => {
                maas.pleas.contains_key(&request)
            }
            _ => true,
        };
        assert!(alive, "{timer:?} outlives its state");
    }
    for &request in maas.claims.keys() {
        let verdict = maas.timers.at(Timer::Claim(request)).is_some();
        let retry = maas.timers.at(Timer::ClaimRetry(request)).is_some();
        assert!(verdict != retry, "a claim waits for one thing: {verdict} {retry}");
    }
}

/// Plays `step`; if power fails, only the first outputs took effect.
fn play(bench: &mut Bench, watch: &mut Watch, step: Step, request: u32, fails: Option<usize>) {
    take(bench, step, request);
    let outputs = bench.outputs();
    let happened = fails.map_or(outputs.len(), |after| after.min(outputs.len()));
    watch.see_all(&outputs, happened);
    if fails.is_some() {
        bench.storage.clone_from(&watch.storage);
        bench.reboot();
        let outputs = bench.outputs();
        watch.see_all(&outputs, outputs.len());
    }
    assert!(watch.storage == bench.storage);
    check(&bench.maas, &bench.storage);
}

proptest! {
    #[test]
    fn what_is_stored_is_what_is_held(
        (literal, large) in (any::<bool>(), any::<bool>()),
        steps in prop::collection::vec((step(), prop::option::weighted(0.1, 0..12_usize)), 1..60),
    ) {
        let profile = if literal { Profile::Literal } else { Profile::Repaired };
        let mut bench = Bench::unstarted(|c| {
            c.policy = profile.policy();
            c.policy.end_spread = 0;
            c.scope.kind = if large { ScopeKind::Large } else { ScopeKind::Small };
            c.excluded = vec![range(WIDTH, 0xffff)];
        });
        bench.start();
        let mut watch = Watch::default();
        for (request, (step, fails)) in (0..).zip(steps) {
            play(&mut bench, &mut watch, step, request, fails);
        }
    }
}
