//! The faults of a cluster, by the verbs of scenarios, and what they mean for each member.
//!
//! A member's faults act where datagrams come in. So a partition is told to both sides, and one
//! member can be deaf to another that still hears it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Value, json};

/// The faults in force. Members go by their place in the cluster.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// The sides of a partition; whoever is on none is on one side with the others on none.
    sides: Vec<BTreeSet<usize>>,
    /// Those who hear nobody and are heard by nobody.
    apart: BTreeSet<usize>,
    /// Who does not hear whom: the one who hears nothing first.
    deaf: BTreeSet<(usize, usize)>,
    /// To whom datagrams wait, and whose.
    held: BTreeSet<(usize, usize)>,
    /// What every datagram meets.
    weather: Weather,
}

/// What every datagram meets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weather {
    /// How many of a million are lost.
    pub loss_ppm: u32,
    /// How many of a million arrive twice.
    pub duplicate_ppm: u32,
    /// By how much each is late, in microseconds.
    pub delay_us: u64,
    /// By how much more it may be late, at random, in microseconds.
    pub jitter_us: u64,
}

impl Faults {
    /// Parts the sides from each other, instead of those of an earlier partition.
    pub fn partition(&mut self, sides: impl IntoIterator<Item = BTreeSet<usize>>) {
        self.sides = sides.into_iter().collect();
    }

    /// Cuts one member off from all others.
    pub fn cut(&mut self, member: usize) {
        self.apart.insert(member);
    }

    /// Reconnects one member that was cut off.
    pub fn reconnect(&mut self, member: usize) {
        self.apart.remove(&member);
    }

    /// Makes `listener` deaf to `speaker`, who still hears it.
    pub fn deafen(&mut self, listener: usize, speaker: usize) {
        self.deaf.insert((listener, speaker));
    }

    /// Ends what [`Faults::deafen`] began.
    pub fn hear(&mut self, listener: usize, speaker: usize) {
        self.deaf.remove(&(listener, speaker));
    }

    /// Holds back what two members say to each other.
    pub fn hold(&mut self, one: usize, other: usize) {
        self.hold_back(one, other);
        self.hold_back(other, one);
    }

    /// Holds back what `speaker` says to `listener`.
    pub fn hold_back(&mut self, listener: usize, speaker: usize) {
        self.held.insert((listener, speaker));
    }

    /// Lets go what two members, or all, said to each other in the meantime.
    pub fn release(&mut self, pair: Option<(usize, usize)>) {
        match pair {
            Some((one, other)) => {
                self.let_through(one, other);
                self.let_through(other, one);
            }
            None => self.held.clear(),
        }
    }

    /// Lets go what `speaker` said to `listener` in the meantime.
    pub fn let_through(&mut self, listener: usize, speaker: usize) {
        self.held.remove(&(listener, speaker));
    }

    /// Ends partitions, cuts and deafness. What is held stays held, and the weather stays.
    pub fn heal(&mut self) {
        self.sides.clear();
        self.apart.clear();
        self.deaf.clear();
    }

    /// What every datagram meets.
    pub const fn weather(&mut self) -> &mut Weather {
        &mut self.weather
    }

    /// Whether `listener` hears what `speaker` says.
    #[must_use]
    pub fn hears(&self, listener: usize, speaker: usize) -> bool {
        let side = |member| self.sides.iter().position(|side| side.contains(&member));
        !self.apart.contains(&listener)
            && !self.apart.contains(&speaker)
            && !self.deaf.contains(&(listener, speaker))
            && (self.sides.is_empty() || side(listener) == side(speaker))
    }

    /// Whether it is cut off from all of the other `members`.
    #[must_use]
    pub fn is_apart(&self, member: usize, members: usize) -> bool {
        members > 1 && (0..members).all(|other| other == member || !self.hears(member, other))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// They in words, shortest first; empty if there are none.
    #[must_use]
    pub fn in_words(&self, names: &[String]) -> Vec<String> {
        let name = |member: usize| names.get(member).map_or("?", String::as_str);
        let side = |side: &BTreeSet<usize>| {
            side.iter().map(|member| name(*member)).collect::<Vec<_>>().join(" ")
        };
        let mut words = Vec::new();
        if !self.sides.is_empty() {
            let sides: Vec<_> = self.sides.iter().map(side).collect();
            words.push(format!("partition {}", sides.join(" | ")));
        }
        words.extend(self.apart.iter().map(|member| format!("cut {}", name(*member))));
        words.extend(self.deaf.iter().map(|(a, b)| format!("{} deaf to {}", name(*a), name(*b))));
        let held = self.held.iter().filter_map(|(listener, speaker)| {
            let (to, from) = (name(*listener), name(*speaker));
            match self.held.contains(&(*speaker, *listener)) {
                // Both ways are said once.
                true => (listener < speaker).then(|| format!("hold {to} {from}")),
                false => Some(format!("hold {from}->{to}")),
            }
        });
        words.extend(held);
        let Weather { loss_ppm, duplicate_ppm, delay_us, jitter_us } = self.weather;
        for (word, ppm) in [("loss", loss_ppm), ("duplicate", duplicate_ppm)] {
            if ppm > 0 {
                words.push(format!("{word} {}.{:04}%", ppm / 10_000, ppm % 10_000));
            }
        }
        for (word, us) in [("delay", delay_us), ("jitter", jitter_us)] {
            if us > 0 {
                words.push(format!("{word} {} ms", us / 1000));
            }
        }
        words
    }

    /// What `PUT /v1/faults` takes for one of the members, who speak from `addresses`.
    #[must_use]
    pub fn plan(&self, member: usize, addresses: &[IpAddr]) -> Value {
        let mut from = Vec::new();
        for (other, address) in addresses.iter().enumerate() {
            let fate = match () {
                () if other == member => continue,
                () if !self.hears(member, other) => "cut",
                () if self.held.contains(&(member, other)) => "held",
                () => continue,
            };
            let mut link = self.weather.link();
            link["peer"] = address.to_string().into();
            link["fate"] = fate.into();
            from.push(link);
        }
        json!({ "everyone": self.weather.link(), "from": from })
    }
}

impl Weather {
    fn link(self) -> Value {
        json!({
            "loss_ppm": self.loss_ppm,
            "duplicate_ppm": self.duplicate_ppm,
            "delay_us": self.delay_us,
            "jitter_us": self.jitter_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Vec<IpAddr> {
        (1..=3).map(|host| IpAddr::from([127, 0, 0, host])).collect()
    }

    /// The fates of datagrams into `member`, by sender.
    fn fates(faults: &Faults, member: usize) -> Vec<String> {
        let plan = faults.plan(member, &addresses());
        let word = |link: &Value| format!("{}:{}", link["peer"], link["fate"]).replace('"', "");
        plan["from"].as_array().unwrap().iter().map(word).collect()
    }

    #[test]
    fn a_partition_is_told_to_both_sides() {
        let mut faults = Faults::default();
        faults.partition([BTreeSet::from([0]), BTreeSet::from([1, 2])]);
        assert_eq!(fates(&faults, 0), ["127.0.0.2:cut", "127.0.0.3:cut"]);
        assert_eq!(fates(&faults, 2), ["127.0.0.1:cut"]);
        assert!(faults.is_apart(0, 3) && !faults.is_apart(1, 3));
        faults.heal();
        assert!(faults.is_none());
    }

    #[test]
    fn whoever_a_partition_does_not_name_is_on_a_side_of_its_own() {
        let mut faults = Faults::default();
        faults.partition([BTreeSet::from([0])]);
        assert!(!faults.hears(0, 1) && faults.hears(1, 2));
    }

    #[test]
    fn deafness_has_a_direction_and_what_is_held_has_none() {
        let mut faults = Faults::default();
        faults.deafen(1, 0);
        faults.hold(2, 0);
        assert_eq!(fates(&faults, 1), ["127.0.0.1:cut"]);
        assert_eq!(fates(&faults, 0), ["127.0.0.3:held"]);
        faults.heal();
        assert_eq!(fates(&faults, 2), ["127.0.0.1:held"], "heal does not release");
        faults.release(None);
        assert!(faults.is_none());
    }

    #[test]
    fn what_one_says_can_be_held_back_alone() {
        let mut faults = Faults::default();
        let names = ["a", "b", "c"].map(str::to_owned);
        faults.hold_back(1, 0);
        assert_eq!(fates(&faults, 1), ["127.0.0.1:held"]);
        assert!(fates(&faults, 0).is_empty(), "the other way is free");
        assert_eq!(faults.in_words(&names), ["hold a->b"]);
        faults.hold(0, 1);
        assert_eq!(faults.in_words(&names), ["hold a b"]);
        faults.let_through(0, 1);
        faults.let_through(1, 0);
        assert!(faults.is_none());
    }

    #[test]
    fn those_behind_a_cut_feel_the_weather_too() {
        let mut faults = Faults::default();
        faults.weather().loss_ppm = 10;
        faults.hold(0, 1);
        assert_eq!(faults.plan(0, &addresses())["from"][0]["loss_ppm"], 10);
        assert_eq!(faults.plan(0, &addresses())["everyone"]["loss_ppm"], 10);
    }
}
