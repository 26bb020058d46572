use netsim::HostId;
use sansio::{Duration, Instant};

/// Two ends that differ by no more are the same end, in microseconds: each telling moves an end
/// later by the time it took to arrive.
pub(super) const SAME_END: i64 = 10_000_000;
/// Most ends remembered of one address.
const ENDS: usize = 64;

/// What can be known of one address.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// What each host has to do with it.
    stakes: Vec<Stake>,
    /// When somebody last bid for it.
    pub(super) contested: Instant,
    /// Until when, in microseconds of the run, it belongs to somebody who is no host.
    pub(super) outsider: Option<i64>,
    /// The ends it was ever given.
    ends: Vec<Ending>,
    /// When each host last heard of each host's bid for it; empty until there is one.
    asked: Vec<Option<Instant>>,
}

/// What one host has to do with one address. Times are microseconds of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stake {
    /// It holds the address now, until then.
    pub(super) holds: Option<i64>,
    /// It has held the address at some time of its life.
    pub(super) held: bool,
    /// It lost the address to the AIU of that host, then.
    pub(super) lost: Option<(Instant, Option<HostId>)>,
    /// It has deleted the address, with this end, and nobody has had it since.
    pub(super) deleted: Option<i64>,
    /// It has deleted the address, and announces that until then.
    pub(super) fades: Option<i64>,
    /// It held the address when it went down, until then, and has not come back with it.
    pub(super) left: Option<i64>,
    /// It held the address when it went down, until then.
    pub(super) gone: Option<i64>,
    /// It has heard that somebody else has the address, until then.
    pub(super) heard: Option<i64>,
    /// The last AIU about the address that it got.
    pub(super) told: Option<Word>,
    /// The AIU that it last took for a conflict.
    pub(super) accused: Option<Word>,
    /// The last AIU about the address that it sent.
    pub(super) spoke: Option<Word>,
    /// Its bid for the address: when it first and when it last said so.
    bid: Option<(Instant, Instant)>,
    /// When it last heard somebody speak for what it has deleted.
    pub(super) reminded: Option<Instant>,
    /// It has heard of the deletion of the address.
    pub(super) heard_deletion: bool,
    /// That it believes again in an allocation of whose deletion it had heard.
    pub(super) revived: Option<Revival>,
}

/// An end that an owner has given the address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ending {
    /// Who; none for somebody who is no host.
    pub(super) owner: Option<HostId>,
    /// In microseconds of the run.
    pub(super) end: i64,
    /// Whether that owner has been granted the address anew since.
    pub(super) is_former: bool,
}

/// An AIU about one address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Who sent it.
    pub(super) by: HostId,
    /// When it was sent, or arrived.
    pub(super) at: Instant,
    /// The end in it, in microseconds of the run.
    pub(super) end: i64,
}

/// A belief in an allocation that was deleted. Times are microseconds of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revival {
    /// Since when.
    pub(super) since: Instant,
    /// Whose word it is.
    pub(super) by: HostId,
    /// Who deleted it.
    pub(super) deleter: HostId,
    /// Until when that word holds.
    pub(super) end: i64,
}

impl Cell {
    pub(super) fn new(hosts: usize, at: Instant) -> Self {
        Self {
            stakes: vec![Stake::default(); hosts],
            contested: at,
            outsider: None,
            ends: Vec::new(),
            asked: Vec::new(),
        }
    }

    pub(super) fn stake(&self, host: HostId) -> Stake {
        self.stakes.get(host.index()).copied().unwrap_or_default()
    }

    pub(super) fn stake_mut(&mut self, host: HostId) -> Option<&mut Stake> {
        self.stakes.get_mut(host.index())
    }

    /// The hosts with a stake that `is` so.
    pub(super) fn those(&self, is: impl Fn(&Stake) -> bool) -> impl Iterator<Item = HostId> {
        let stakes = self.stakes.iter().enumerate();
        stakes.filter(move |(_, s)| is(s)).map(|(index, _)| HostId::new(index))
    }

    /// Whether an owner who is gone had the address for longer than until `now`.
    pub(super) fn has_dead_owner(&self, now: i64) -> bool {
        let mut left = self.stakes.iter().filter_map(|s| s.left).chain(self.outsider);
        left.any(|end| end > now)
    }

    /// The address is allocated anew, by `host`: what was before is history.
    pub(super) fn begin_anew(&mut self, host: HostId) {
        for ending in self.ends.iter_mut().filter(|e| e.owner == Some(host)) {
            ending.is_former = true;
        }
        for stake in &mut self.stakes {
            stake.deleted = None;
            stake.heard_deletion = false;
            stake.revived = None;
            stake.left = None;
        }
        self.outsider = None;
    }

    /// `owner` has the address until `end`.
    pub(super) fn note_end(&mut self, owner: Option<HostId>, end: i64) {
        let ending = Ending { owner, end, is_former: false };
        if self.ends.len() < ENDS && !self.ends.contains(&ending) {
            self.ends.push(ending);
        }
    }

    /// Those of the ends that may be `end`: the same but for the time that telling takes.
    pub(super) fn endings(&self, end: i64) -> impl Iterator<Item = Ending> {
        let near = move |e: &&Ending| e.end.saturating_sub(end).abs() <= SAME_END;
        self.ends.iter().filter(near).copied()
    }

    /// Whether `owner` has the address, or had it and cannot say that it does not any more.
    pub(super) fn is_owned_by(&self, owner: Option<HostId>, now: i64) -> bool {
        let Some(owner) = owner else {
            return self.ends.iter().any(|e| e.owner.is_none() && e.end > now);
        };
        let Stake { holds, gone, fades, .. } = self.stake(owner);
        [holds, gone, fades].into_iter().flatten().any(|end| end > now)
    }

    /// `host` bids for the address; after a silence of `patience` that is another bid.
    pub(super) fn bids(&mut self, host: HostId, patience: Duration, at: Instant) {
        let Some(stake) = self.stake_mut(host) else { return };
        let known = stake.bid.filter(|(_, last)| at.since(*last) <= patience);
        stake.bid = Some((known.map_or(at, |(first, _)| first), at));
    }

    /// `host` has given its bid up.
    pub(super) fn gives_up(&mut self, host: HostId) {
        if let Some(stake) = self.stake_mut(host) {
            stake.bid = None;
        }
    }

    /// `host` hears the bid of `claimant`.
    pub(super) fn hears_bid(&mut self, host: HostId, claimant: HostId, at: Instant) {
        let hosts = self.stakes.len();
        self.asked.resize(hosts * hosts, None);
        if let Some(asked) = self.asked.get_mut(host.index() * hosts + claimant.index()) {
            *asked = Some(at);
        }
    }

    /// When `host` last heard `claimant` bid for the address.
    pub(super) fn heard_bid(&self, host: HostId, claimant: HostId) -> Option<Instant> {
        let place = host.index() * self.stakes.len() + claimant.index();
        self.asked.get(place).copied().flatten()
    }

    /// Whether `host` has heard a bid that `speaker` may speak against within the last `span`.
    pub(super) fn knows_of_bids(
        &self,
        host: HostId,
        speaker: HostId,
        span: Duration,
        at: Instant,
    ) -> bool {
        let hosts = self.stakes.len();
        let asked = self.asked.iter().skip(host.index() * hosts).take(hosts).enumerate();
        let others = asked.filter(|(claimant, _)| *claimant != speaker.index());
        others.filter_map(|(_, then)| *then).any(|then| at.since(then) <= span)
    }

    /// Why `host`, who knew of an owner, did not keep `claimant` from the address.
    pub(super) fn silence(&self, host: HostId, claimant: HostId) -> Silence {
        let since = self.stake(claimant).bid.map_or(Instant::ZERO, |(first, _)| first);
        let asked = self.heard_bid(host, claimant).is_some_and(|at| at >= since);
        let spoke = self.stake(host).spoke.is_some_and(|word| word.at >= since);
        Silence::of(asked, spoke)
    }
}

/// How it comes that no objection was heard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Silence {
    /// Somebody did, and was not heard.
    Unheard,
    /// Somebody could have, and had not yet.
    Unspoken,
    /// Nobody heard what there was to object to.
    Unasked,
}

impl Silence {
    /// That of one who heard of the bid, or not, and spoke against it, or not.
    pub(super) const fn of(asked: bool, spoke: bool) -> Self {
        match (spoke, asked) {
            (true, _) => Self::Unheard,
            (false, true) => Self::Unspoken,
            (false, false) => Self::Unasked,
        }
    }
}
