use netsim::Stream;

/// Something that a seed lets in or leaves out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Feature {
    /// Datagrams are lost.
    Loss,
    /// They are lost several in a row.
    Bursts,
    /// They take longer than a moment, and not all equally long.
    Delay,
    /// Some arrive twice.
    Duplicates,
    /// Some are overtaken.
    Reordering,
    /// Single datagrams are picked out and lost.
    PickedDrops,
    /// The network is cut in two for a while.
    Partitions,
    /// Hosts do not hear, or are not heard, for a while.
    OneWay,
    /// Datagrams between two hosts are held back for a while.
    Holds,
    /// Hosts crash.
    Crashes,
    /// Crashed hosts come back.
    Restarts,
    /// Crashes cost what was stored.
    DiskLoss,
    /// Hosts join a domain at work.
    LateJoins,
    /// Clocks are off, and wrong about how fast time goes.
    Clocks,
    /// Clocks jump.
    ClockSteps,
    /// Some addresses are in use before the run.
    History,
    /// Addresses are preallocated.
    Preallocation,
    /// Hosts keep addresses preallocated, though nobody asks for them.
    Pools,
    /// Addresses are given back.
    Releases,
    /// Ends are moved.
    Extensions,
    /// Allocations end while the run goes on.
    ShortLives,
    /// Users insist on an address of their choice.
    Insistence,
    /// Addresses are asked for in the same instant.
    Rushes,
}

const FEATURES: [Feature; 23] = [
    Feature::Loss,
    Feature::Bursts,
    Feature::Delay,
    Feature::Duplicates,
    Feature::Reordering,
    Feature::PickedDrops,
    Feature::Partitions,
    Feature::OneWay,
    Feature::Holds,
    Feature::Crashes,
    Feature::Restarts,
    Feature::DiskLoss,
    Feature::LateJoins,
    Feature::Clocks,
    Feature::ClockSteps,
    Feature::History,
    Feature::Preallocation,
    Feature::Pools,
    Feature::Releases,
    Feature::Extensions,
    Feature::ShortLives,
    Feature::Insistence,
    Feature::Rushes,
];

/// The features of one seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mix(u32);

impl Mix {
    /// Each feature is in or out by chance; how many are in, on average, is chance too: a flaw
    /// that shows in peace drowns in noise, and one that needs three faults never shows in peace.
    pub(super) fn draw(dice: &mut Stream) -> Self {
        let share = super::pick(dice, &[1, 2, 3, 4]);
        Self(FEATURES.iter().filter(|_| dice.chance(share, 8)).fold(0, |all, f| all | bit(*f)))
    }

    /// Whether `feature` is in.
    pub(super) const fn has(self, feature: Feature) -> bool {
        self.0 & bit(feature) != 0
    }
}

const fn bit(feature: Feature) -> u32 {
    1 << feature as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_in_for_some_seed_and_out_for_another() {
        let mixes: Vec<Mix> =
            (0..200).map(|seed| Mix::draw(&mut Stream::named(seed, "test"))).collect();
        for feature in FEATURES {
            let with = mixes.iter().filter(|m| m.has(feature)).count();
            assert!((20..150).contains(&with), "{feature:?}: {with}");
        }
    }
}
