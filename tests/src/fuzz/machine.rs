use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::policy::Profile;
use aap::wire::{Body, Header, Message, Ranges, Report, Request, Rseq, TimedRange, WireTime};
use aap::{
    Choice, Command, Config, Demand, Item, ItemKey, Layout, Maas, Participant, PrefixCoordinator,
    RequestId, Shortcut, Startup,
};
use addrspace::{Family, Range, Scope, ScopeKind};
use sansio::{
    Cause, Cx, Draw, Duration, Input, Instant, Machine, Now, Output, Outputs, Question, Stored,
    UtcSecs,
};

use super::script::Script;

const EPOCH: i64 = 961_070_400;

/// More outputs than this for one input would be a flood.
const OUTPUTS_MAX: usize = 4096;

/// How often timers may fire while time stands still.
const SPIN_MAX: usize = 4096;

/// Runs octets as a story of one participant: messages, commands, time, clock steps, power cuts.
/// Two twins live it, one of which may pass over announcements proven to change nothing.
///
/// # Panics
/// If the twins differ, what they send cannot be read, a deadline stays in the past, one input
/// leads to a flood, or a participant does not come back from its own stable storage.
pub fn machine(octets: &[u8]) {
    let mut script = Script::new(octets);
    let setup = Setup::read(&mut script);
    let mut twins = [Twin::new(setup.blank(Shortcut::On)), Twin::new(setup.blank(Shortcut::Off))];
    let mut story = Story { setup, now: Instant::ZERO, utc: UtcSecs(EPOCH), requests: 0 };
    story.start(&mut twins, &mut script);
    while !script.is_over() {
        story.step(&mut twins, &mut script);
    }
}

struct Setup {
    family: Family,
    kind: ScopeKind,
    profile: Profile,
    startup: Startup,
    coordinator: bool,
}

impl Setup {
    fn read(script: &mut Script<'_>) -> Self {
        Self {
            family: script.one_of(&[Family::V4, Family::V6]),
            kind: script.one_of(&[ScopeKind::Small, ScopeKind::Large]),
            profile: script.one_of(&Profile::ALL),
            startup: script.one_of(&[Startup::Settled, Startup::Listen]),
            coordinator: script.octet() % 8 == 1,
        }
    }

    fn scope(&self) -> Scope {
        let range = match (self.family, self.kind) {
            (Family::V4, ScopeKind::Small) => "239.255.0.0/16",
            (Family::V4, ScopeKind::Large) => "239.192.0.0/14",
            (Family::V6, ScopeKind::Small) => "ff05::/112",
            (Family::V6, ScopeKind::Large) => "ff08::/64",
        };
        let (family, range) = Range::parse(range).expect("a constant");
        Scope::new("fuzzed", family, range, self.kind)
    }

    fn address(&self, who: u8) -> SocketAddr {
        match self.family {
            Family::V4 => SocketAddr::from(([10, 0, 0, who], aap::AAP_PORT)),
            Family::V6 => {
                SocketAddr::from(([0xfe80, 0, 0, 0, 0, 0, 0, u16::from(who)], aap::AAP_PORT))
            }
        }
    }

    fn blank(&self, shortcut: Shortcut) -> Participant {
        let mut config = Config::new(self.address(1), self.scope());
        config.policy = self.profile.policy();
        config.startup = self.startup;
        config.shortcut = shortcut;
        if self.coordinator {
            let space = vec![(self.scope().range, UtcSecs(EPOCH + 100_000))];
            return Participant::Coordinator(Box::new(PrefixCoordinator::new(config, space)));
        }
        Participant::Maas(Box::new(Maas::new(config)))
    }
}

/// A participant with its stable storage.
struct Twin {
    blank: Participant,
    machine: Participant,
    disk: BTreeMap<ItemKey, Item>,
}

impl Twin {
    fn new(blank: Participant) -> Self {
        Self { machine: blank.clone(), blank, disk: BTreeMap::new() }
    }

    fn restored(&self) -> Vec<Item> {
        self.disk.values().cloned().collect()
    }

    fn handle(&mut self, now: Now, dice: u8, input: Input<'_, Participant>) -> Vec<String> {
        let mut out = Outputs::<Participant>::new();
        let mut draw = Dice(dice);
        let mut cx = Cx { now, draw: &mut draw, cause: Cause(0) };
        self.machine.handle(&mut cx, input, &mut out);
        assert!(out.len() <= OUTPUTS_MAX, "{} outputs for one input", out.len());
        for output in &out {
            self.carry_out(output);
        }
        out.iter().map(|output| format!("{output:?}")).collect()
    }

    fn carry_out(&mut self, output: &Output<Participant>) {
        match output {
            Output::Persist { record, .. } if record.removes() => {
                self.disk.remove(&record.key());
            }
            Output::Persist { record, .. } => {
                self.disk.insert(record.key(), record.clone());
            }
            Output::Transmit { message, .. } => {
                let mut octets = Vec::new();
                message.encode(&mut octets);
                assert_eq!(Message::decode(&octets).as_ref(), Ok(message), "what was sent");
            }
            Output::Fired { .. } | Output::Event { .. } => {}
        }
    }
}

/// Answers that depend on the story alone: low, high, or in between.
struct Dice(u8);

impl Draw for Dice {
    fn between(&mut self, _question: Question, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_mul(5).wrapping_add(3);
        low + (high - low) / 255 * u64::from(self.0)
    }
}

struct Story {
    setup: Setup,
    now: Instant,
    utc: UtcSecs,
    requests: u32,
}

impl Story {
    fn now(&self) -> Now {
        Now { instant: self.now, utc: self.utc }
    }

    fn start(&self, twins: &mut [Twin; 2], script: &mut Script<'_>) {
        let restored = twins[0].restored();
        self.both(twins, script.octet(), || Input::Start { restored: &restored });
    }

    /// Gives both twins the same input, which must lead to the same outputs.
    fn both<'i>(
        &self,
        twins: &mut [Twin; 2],
        dice: u8,
        input: impl Fn() -> Input<'i, Participant>,
    ) {
        let [first, second] = twins;
        let (one, other) =
            (first.handle(self.now(), dice, input()), second.handle(self.now(), dice, input()));
        assert_eq!(one, other, "the shortcut shows");
    }

    fn step(&mut self, twins: &mut [Twin; 2], script: &mut Script<'_>) {
        match script.octet() % 8 {
            0..=2 => {
                let message = self.message(script);
                self.deliver(twins, script, &message);
            }
            3 => {
                let len = usize::from(script.octet());
                if let Ok(message) = Message::decode(script.octets(len)) {
                    self.deliver(twins, script, &message);
                }
            }
            4 => {
                let command = self.command(script);
                self.both(twins, script.octet(), || Input::Command(&command));
            }
            5 | 6 => {
                let scale = script.one_of(&[1, 10, 100, 1_000, 10_000, 60_000, 600_000]);
                let millis = u64::from(script.octet()) * scale;
                self.pass(twins, script, millis);
            }
            _ => match script.octet() % 4 {
                0 => self.utc = UtcSecs(EPOCH + i64::from(script.word() % 200_000)),
                _ => {
                    for twin in twins.iter_mut() {
                        twin.machine = twin.blank.clone();
                    }
                    self.start(twins, script);
                }
            },
        }
    }

    fn deliver(&self, twins: &mut [Twin; 2], script: &mut Script<'_>, message: &Message) {
        let from = self.setup.address(1 + script.octet() % 5);
        let to = self.setup.address(255);
        let authenticated = script.octet() % 2 == 1;
        self.both(twins, script.octet(), || Input::Message { from, to, message, authenticated });
    }

    /// Lets `millis` pass, with everything that comes due on the way.
    fn pass(&mut self, twins: &mut [Twin; 2], script: &mut Script<'_>, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        let (mut fired, mut still) = (0, 0);
        while let Some(due) = twins[0].machine.poll_timeout().filter(|due| *due <= end) {
            assert_eq!(twins[1].machine.poll_timeout(), Some(due), "the twins' deadlines");
            still = if due > self.now { 0 } else { still + 1 };
            assert!(still < SPIN_MAX, "timers fire for ever while time stands still");
            self.advance(due.max(self.now));
            self.both(twins, script.octet(), || Input::Timeout);
            fired += 1;
            // A long time with short timers is a slow test, not a defect.
            if fired > 20_000 {
                return;
            }
        }
        self.advance(end);
    }

    fn advance(&mut self, to: Instant) {
        let before = self.now.as_micros() / 1_000_000;
        self.now = to;
        self.utc = self.utc.plus((to.as_micros() / 1_000_000 - before) as i64);
    }

    fn message(&self, script: &mut Script<'_>) -> Message {
        let family = self.setup.family;
        let header = Header {
            family,
            rseq: Rseq::wrapping(u32::from(script.octet() % 4)),
            mseq: script.octet() % 3,
        };
        let ranges = |script: &mut Script<'_>| {
            let listed: Vec<TimedRange> = (0..script.octet() % 4)
                .map(|_| TimedRange {
                    range: script.range(self.setup.scope().range),
                    end: self.time(script),
                })
                .collect();
            Ranges::new(family, listed)
        };
        let body = match script.octet() % 8 {
            0 | 1 => Body::Aclm(ranges(script)),
            2..=4 => Body::Aiu(ranges(script)),
            5 => Body::Aitu(ranges(script)),
            6 => Body::Asa { expiration: self.time(script), ranges: ranges(script) },
            _ if script.octet() % 2 == 1 => {
                Body::Ana { count: script.word() >> 16, end: self.time(script) }
            }
            _ => Body::Asrp {
                reports: vec![Report {
                    range: script.range(self.setup.scope().range),
                    in_use: script.word(),
                }],
                requests: vec![Request { addresses: script.word(), end: self.time(script) }],
            },
        };
        let skew = i64::from(script.octet() % 16) - 8;
        Message::new(header, WireTime::saturating_from(self.utc.0 + skew), body)
    }

    fn time(&self, script: &mut Script<'_>) -> WireTime {
        match script.octet() % 8 {
            0 => WireTime(u32::MAX),
            1 => WireTime::saturating_from(self.utc.0 - i64::from(script.octet())),
            2 => WireTime(script.word()),
            _ => WireTime::saturating_from(self.utc.0 + 30 * i64::from(script.octet())),
        }
    }

    fn command(&mut self, script: &mut Script<'_>) -> Command {
        self.requests += 1;
        let (request, scope) = (RequestId(self.requests), self.setup.scope().range);
        let end = self.utc.plus(60 * i64::from(script.octet()));
        let range = script.range(scope);
        let demand = Demand {
            count: u32::from(script.octet() % 20),
            layout: script.one_of(&[Layout::Scattered, Layout::Contiguous]),
            end,
            preferred: vec![range],
            choice: script.one_of(&[Choice::IfFree, Choice::Insist]),
        };
        match script.octet() % 9 {
            0 | 1 => Command::Allocate { request, demand },
            2 => Command::Claim { request, demand },
            3 => Command::Preallocate { request, demand },
            4 => Command::Withdraw { request: RequestId(u32::from(script.octet())) },
            5 => Command::SetEnd { range, end },
            6 => Command::Release { range },
            7 => Command::Lose { range },
            _ if script.octet() % 4 == 1 => Command::Retire,
            _ => Command::Reconfigure {
                policy: script.one_of(&Profile::ALL).policy(),
                timing: aap::Timing::default(),
            },
        }
    }
}
