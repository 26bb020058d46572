//! What hosts know when a run begins: stable storage of a life before it.

use aap::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};
use aap::{Item, Peer};
use netsim::HostId;
use sansio::{Duration, UtcSecs};

use super::{Domain, EPOCH, Trouble};
use scenario::{EndTime, Known, KnownSpace, Plan, Strength, Time};

/// How long an ASA is valid if a scenario does not say.
const ASA_VALIDITY: i64 = 150;

/// How long before the run the oldest thing known was heard.
pub(super) fn lead(plan: &Plan) -> Duration {
    let known = plan.known.iter().filter_map(|k| k.heard.as_ref());
    let spaces = plan.known_spaces.iter().filter_map(|k| k.heard.as_ref());
    let longest = known.chain(spaces).map(|t| t.value.micros()).max().unwrap_or(0);
    Duration::from_secs(longest.div_ceil(1_000_000))
}

/// Something that a host's stable storage holds when a run begins; its times are the world's.
pub(super) type KnownItem = (HostId, Item);

impl Domain {
    pub(super) fn preload(&mut self, plan: &Plan) -> Result<(), Trouble> {
        for (id, item) in self.known(plan)? {
            self.store(id, item);
        }
        Ok(())
    }

    /// What each host's stable storage holds when the run begins.
    pub(crate) fn known(&mut self, plan: &Plan) -> Result<Vec<KnownItem>, Trouble> {
        let mut items = Vec::new();
        for known in &plan.known {
            self.known_allocation(plan, known, &mut items)?;
        }
        for known in &plan.known_spaces {
            self.known_space(plan, known, &mut items)?;
        }
        Ok(items)
    }

    fn known_allocation(
        &mut self,
        plan: &Plan,
        known: &Known,
        items: &mut Vec<KnownItem>,
    ) -> Result<(), Trouble> {
        let (ranges, end) = self.lease(plan, &known.lease, Time::default(), None)?;
        let owner = self.member(known.host.as_str(), None).map(|m| (m.id, m.config.own));
        let address = owner.map_or_else(|| self.outsider(known.host.as_str()), |(_, own)| own);
        let heard = UtcSecs(EPOCH - ago(known.heard.as_ref().map(|t| t.value)));
        let told: Vec<HostId> = known.told.iter().flat_map(|name| self.ids(plan, name)).collect();
        for (nth, &range) in ranges.iter().enumerate() {
            if let Some((id, _)) = owner {
                let item = match known.strength {
                    Strength::Allocated => Item::Own {
                        range,
                        end,
                        latest_end: end,
                        request: OLD_REQUESTS + nth as u32,
                        deleted: false,
                    },
                    Strength::Preallocated => Item::Preallocated { range, end, request: None },
                };
                items.push((id, item));
            }
            for &id in told.iter().filter(|&&id| owner.is_none_or(|(o, _)| o != id)) {
                let owner = Peer::from(address);
                let item = match known.strength {
                    Strength::Allocated => Item::Heard { range, end, owner, by_defender: false },
                    Strength::Preallocated => Item::Intended { range, end, owner, heard },
                };
                items.push((id, item));
            }
        }
        Ok(())
    }

    fn known_space(
        &self,
        plan: &Plan,
        known: &KnownSpace,
        items: &mut Vec<KnownItem>,
    ) -> Result<(), Trouble> {
        let heard = EPOCH - ago(known.heard.as_ref().map(|t| t.value));
        let mut listed = Vec::new();
        for lease in &known.leases {
            let (ranges, end) = self.lease(plan, lease, Time::default(), None)?;
            let end = WireTime::saturating_from(end.0);
            listed.extend(ranges.into_iter().map(|range| TimedRange { range, end }));
        }
        let expiration = match known.expires {
            Some(EndTime::Never) | None => heard + ASA_VALIDITY,
            Some(end) => self.utc(end, Time::default()).0,
        };
        let told: Vec<HostId> = if known.told.is_empty() {
            self.members.iter().map(|m| m.id).collect()
        } else {
            known.told.iter().flat_map(|name| self.ids(plan, name)).collect()
        };
        let Some(family) = self.scopes.first().map(|s| s.family) else { return Ok(()) };
        let header = Header { family, rseq: Rseq::wrapping(0), mseq: 0 };
        let body = Body::Asa {
            expiration: WireTime::saturating_from(expiration),
            ranges: Ranges::new(family, listed),
        };
        let message = Message::new(header, WireTime::saturating_from(heard), body);
        let received = UtcSecs(heard);
        items.extend(
            told.into_iter().map(|id| (id, Item::Space { message: message.clone(), received })),
        );
        Ok(())
    }

    /// Stores an item with its times moved to the host's own clock.
    fn store(&mut self, id: HostId, item: Item) {
        let off = self.world.host(id).now().utc.0 - self.world.config().epoch.0;
        let local = |utc: UtcSecs| if utc.0 == i64::from(u32::MAX) { utc } else { utc.plus(off) };
        let item = match item {
            Item::Own { range, end, latest_end, request, deleted } => Item::Own {
                range,
                end: local(end),
                latest_end: local(latest_end),
                request,
                deleted,
            },
            Item::Preallocated { range, end, request } => {
                Item::Preallocated { range, end: local(end), request }
            }
            Item::Heard { range, end, owner, by_defender } => {
                Item::Heard { range, end: local(end), owner, by_defender }
            }
            Item::Intended { range, end, owner, heard } => {
                Item::Intended { range, end: local(end), owner, heard: local(heard) }
            }
            Item::Space { message, received } => Item::Space { message, received: local(received) },
            other => other,
        };
        self.world.preload(id, item);
    }
}

/// Requests of a life before the run are numbered from here, so that they never meet new ones.
const OLD_REQUESTS: u32 = 1 << 30;

fn ago(heard: Option<Time>) -> i64 {
    heard.map_or(0, |t| (t.micros() / 1_000_000) as i64)
}
