use netsim::Stream;

use super::mix::{Feature, Mix};
use super::{pick, some_of};

/// How long everyone listens at most, in seconds, when the run begins with the start-up silence.
const STARTUP: u64 = 195;

/// The world of one seed.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// The allocators.
    pub(super) hosts: Vec<String>,
    /// The coordinator, if there is one.
    pub(super) coordinator: Option<String>,
    /// Those of the hosts that join later.
    pub(super) late: Vec<String>,
    /// How many addresses there are to share.
    pub(super) addresses: u64,
    beginning: Beginning,
    v6: bool,
    size: Size,
    /// How long users ask for things, in seconds.
    work: u64,
}

/// How a run begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Beginning {
    /// With everyone's start-up silence.
    Silence,
    /// In a domain that has been at work for a while.
    Settled,
}

/// How the scope is divided, and who says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Size {
    Small,
    /// Large, with an ASA that lasts.
    Cached,
    /// Large, with a coordinator.
    Coordinated,
}

impl World {
    pub(super) fn draw(dice: &mut Stream, mix: &Mix) -> Self {
        let count = dice.between(2, 8) as u8;
        let hosts: Vec<String> = (0..count).map(|n| char::from(b'A' + n).to_string()).collect();
        let size =
            pick(dice, &[Size::Small, Size::Small, Size::Small, Size::Cached, Size::Coordinated]);
        // Whoever starts in a settled domain does not listen first, as the draft wants it:
        // starts during a run need a run that begins with silence.
        let starts = mix.has(Feature::LateJoins)
            || (mix.has(Feature::Crashes) && mix.has(Feature::Restarts));
        let late = match mix.has(Feature::LateJoins) {
            true => some_of(dice, &hosts),
            false => Vec::new(),
        };
        let v6 = dice.chance(1, 4);
        let addresses = pick(dice, &[1, 2, 3, 4, 4, 6, 8, 16]);
        // An IPv6 scope has room for its group or is none.
        let least = if v6 && size == Size::Small { 9 } else { 1 };
        Self {
            coordinator: (size == Size::Coordinated).then(|| "P".to_owned()),
            late,
            addresses: addresses.max(least),
            beginning: if starts || dice.chance(1, 8) {
                Beginning::Silence
            } else {
                Beginning::Settled
            },
            v6,
            size,
            work: pick(dice, &[30, 60, 120, 240]) + if starts { 200 } else { 0 },
            hosts,
        }
    }

    /// When users begin to ask for things, in tenths of a second.
    pub(super) fn work_begins(&self) -> u64 {
        match self.beginning {
            Beginning::Silence => STARTUP * 10,
            Beginning::Settled => 0,
        }
    }

    /// When everything calms down, in seconds.
    pub(super) fn work_ends(&self) -> u64 {
        self.work_begins() / 10 + self.work
    }

    /// A moment of the work, in tenths of a second; mostly a whole second, so that things meet.
    pub(super) fn moment(&self, dice: &mut Stream) -> u64 {
        let whole = dice.below(self.work) * 10;
        let fraction = if dice.chance(1, 8) { dice.below(10) } else { 0 };
        self.work_begins() + whole + fraction
    }

    /// Whether hosts that start must listen first.
    pub(super) fn listens(&self) -> bool {
        self.beginning == Beginning::Silence
    }

    /// Everyone, the coordinator too.
    pub(super) fn everyone(&self) -> Vec<String> {
        self.hosts.iter().chain(&self.coordinator).cloned().collect()
    }

    pub(super) fn host(&self, dice: &mut Stream) -> String {
        let index = usize::try_from(dice.below(self.hosts.len() as u64)).unwrap_or(0);
        self.hosts[index].clone()
    }

    /// A few addresses in a row, no more than `most`.
    pub(super) fn addresses(&self, dice: &mut Stream, most: u64) -> String {
        let first = dice.below(self.addresses);
        let last = (first + dice.below(most)).min(self.addresses - 1);
        if first == last { format!(".{}", self.digit(first)) } else { self.row(first, last) }
    }

    /// Every address there is to share.
    pub(super) fn all(&self) -> String {
        self.row(0, self.addresses - 1)
    }

    fn row(&self, first: u64, last: u64) -> String {
        format!(".{}-.{}", self.digit(first), self.digit(last))
    }

    /// The last part of an address, as its family writes it.
    fn digit(&self, number: u64) -> String {
        if self.v6 { format!("{number:x}") } else { number.to_string() }
    }

    /// Every line about how the world is when the run begins.
    pub(super) fn describe(&self, dice: &mut Stream, mix: &Mix, lines: &mut Vec<String>) {
        self.describe_scope(lines);
        lines.push(format!("hosts {}", self.hosts.join(" ")));
        if let Some(coordinator) = &self.coordinator {
            lines.push(format!("coordinator {coordinator}"));
            let all = self.all();
            lines.push(format!("space {coordinator} {all} until 3h"));
        }
        lines.push(self.link(dice, mix));
        if mix.has(Feature::Pools) {
            lines.push(format!("tune pool-size {}", dice.between(1, self.addresses)));
            lines.push(format!("tune pool-lifetime {}", pick(dice, &["2m", "20m"])));
        }
        if mix.has(Feature::Clocks) {
            for host in some_of(dice, &self.everyone()) {
                let skew = pick(dice, &["+3s", "-3s", "+1m", "-1h"]);
                let drift = pick(dice, &["100ppm", "-100ppm", "0ppm"]);
                lines.push(format!("clock {host} skew {skew} drift {drift}"));
            }
        }
        if mix.has(Feature::History) {
            let entries = dice.between(1, 3).min(self.addresses);
            (0..entries).for_each(|n| lines.push(self.history(dice, n)));
        }
        if self.size == Size::Cached || (self.size == Size::Coordinated && !self.listens()) {
            let all = self.all();
            lines.push(format!("known asa {all} until 3h expires 1h"));
        }
        if !self.late.is_empty() {
            lines.push(format!("down {}", self.late.join(" ")));
        }
        if !self.listens() {
            lines.push("skip startup".to_owned());
        }
        lines.push(format!("cap {}", super::CAP));
    }

    fn describe_scope(&self, lines: &mut Vec<String>) {
        let last = self.addresses - 1;
        let scope = match (self.size, self.v6) {
            (Size::Small, false) => format!("239.255.0.0-239.255.1.{last} small"),
            (Size::Small, true) => format!("ff15::-ff15::{last:x} small"),
            (_, false) => "239.192.0.0/16 large".to_owned(),
            (_, true) => "ff18::/112 large".to_owned(),
        };
        lines.push(format!("scope site {scope}"));
        if self.size == Size::Small && !self.v6 {
            // So that few addresses are left to share, whatever the profile.
            lines.push("tune reserved-tail last-256".to_owned());
        }
    }

    fn link(&self, dice: &mut Stream, mix: &Mix) -> String {
        let mut line = "link *".to_owned();
        match mix.has(Feature::Delay) {
            true => {
                let delay = pick(dice, &[0_u64, 1, 100, 400, 900]);
                line += &format!(" delay {delay}ms");
                match dice.below(3) {
                    0 if delay > 0 => line += &format!(" jitter {}ms", delay.div_ceil(2)),
                    1 => line += " tail 100ms",
                    _ => {}
                }
            }
            false => line += &format!(" delay {}ms", pick(dice, &[0, 10, 20])),
        }
        if mix.has(Feature::Loss) {
            line += &format!(" loss {}%", pick(dice, &[2, 5, 10, 20, 40]));
            if mix.has(Feature::Bursts) {
                line += &format!(" burst {}", pick(dice, &[2, 4]));
            }
        }
        if mix.has(Feature::Duplicates) {
            line += &format!(" duplicate {}%", pick(dice, &[1, 10, 50]));
        }
        if mix.has(Feature::Reordering) {
            line += &format!(" reorder {}%", pick(dice, &[1, 10, 50]));
        }
        line
    }

    /// An address that was in use before the run, by one of the hosts or by one that is gone,
    /// and who of the others knows.
    fn history(&self, dice: &mut Stream, number: u64) -> String {
        let owner = match dice.chance(1, 2) {
            true => self.host(dice),
            false => format!("X{number}"),
        };
        let strength = pick(dice, &["allocated", "allocated", "preallocated"]);
        let address = self.digit(number);
        let until = pick(dice, &["2m", "10m", "2h"]);
        let told = match dice.chance(1, 2) {
            true => "each".to_owned(),
            false => some_of(dice, &self.hosts).join(" "),
        };
        format!("known {owner} {strength} .{address} until {until} told {told}")
    }
}
