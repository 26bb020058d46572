use netsim::HostId;
use sansio::Instant;

/// What can be known of one address.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// What each host has to do with it.
    pub(super) stakes: Vec<Stake>,
    /// When somebody last bid for it.
    pub(super) contested: Instant,
    /// Until when, in microseconds of the run, it belongs to somebody who is no host.
    pub(super) outsider: Option<i64>,
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
    /// It has deleted the address, with this end, and not had it since.
    pub(super) buried: Option<i64>,
    /// It held the address when it went down, until then, and has not come back with it.
    pub(super) left: Option<i64>,
    /// It has heard that somebody else has the address, until then.
    pub(super) heard: Option<i64>,
    /// It has heard of the deletion of the address.
    pub(super) heard_deletion: bool,
    /// Since when it believes again in an allocation of whose deletion it had heard, and whom.
    pub(super) revived: Option<(Instant, HostId)>,
}

impl Cell {
    pub(super) fn new(hosts: usize, at: Instant) -> Self {
        Self { stakes: vec![Stake::default(); hosts], contested: at, outsider: None }
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
    pub(super) fn dead_owner(&self, now: i64) -> Option<&'static str> {
        if self.stakes.iter().any(|s| s.left.is_some_and(|end| end > now)) {
            return Some("crashed");
        }
        self.outsider.filter(|end| *end > now).map(|_| "gone before")
    }

    /// The address is allocated anew: what was deleted is history.
    pub(super) fn begin_anew(&mut self) {
        for stake in &mut self.stakes {
            stake.deleted = None;
            stake.heard_deletion = false;
            stake.revived = None;
            stake.left = None;
        }
        self.outsider = None;
    }
}
