//! An interface that goes away and comes back.
//!
//! It is looked at once a second. That is cheap, works the same in every network namespace, and
//! an outage too short to be seen loses no more than a lost datagram does; listening to the kernel
//! (rtnetlink) would bring a second protocol into the node to learn of it a second earlier.
//!
//! A claim is only worth something if others could have objected. So everything that was asked for
//! and is not decided ends when the interface goes, and nothing is asked for until it is back. What
//! is held stays held. After an outage of `[ANNOUNCE-WAIT]` or longer a whole claim of another may
//! have been missed, and the node is as one that starts (section 3.2.4): it listens, judges what it
//! hears about its own addresses, then announces them at once (F-07).

use aap::policy::Policy;
use aap::{Command, Item, Timing};
use sansio::{Duration, Instant};

use super::start::open_sockets;
use super::turn::HOUSEKEEPING;
use super::{Node, Storage};
use crate::capture::Given;
use crate::clock::Reading;
use crate::event::{Comeback, Happening};
use crate::handle::CommandError;
use crate::net::{Interface, InterfaceChoice, Sockets};

/// Whether the node is on its network.
#[derive(Debug)]
pub(super) enum Presence {
    /// It is.
    Here(Sockets),
    /// Its interface is gone, down or without its address.
    Away { since: Instant },
}

impl Presence {
    pub(super) const fn sockets(&self) -> Option<&Sockets> {
        match self {
            Self::Here(sockets) => Some(sockets),
            Self::Away { .. } => None,
        }
    }
}

impl Node {
    /// Closes the sockets when the interface goes, and joins again when it is back.
    pub(super) fn watch_interface(&mut self, reading: Reading) {
        let by_name = InterfaceChoice::Name(self.interface.name.clone());
        // Not knowing is no reason to stop.
        let Ok(found) = Interface::find(&by_name) else { return };
        let found = found
            .filter(|found| self.members.iter().all(|member| found.has(member.served.own.ip())));
        match (&self.presence, found) {
            (Presence::Here(_), Some(found)) if found.index == self.interface.index => {}
            // Another one of the same name is met at the next look.
            (Presence::Here(_), _) => self.leave(reading),
            (Presence::Away { since }, Some(found)) => self.come_back(*since, found, reading),
            (Presence::Away { .. }, None) => {}
        }
    }

    fn leave(&mut self, reading: Reading) {
        let now = reading.now.instant;
        self.presence = Presence::Away { since: now };
        let happening = Happening::InterfaceLost { name: self.interface.name.clone() };
        self.tell(now, reading.wall_us, None, happening);
        for (member, request) in self.waiters.fail(&CommandError::Offline) {
            self.feed(member, reading.now, Given::Command(&Command::Withdraw { request }), None);
        }
    }

    fn come_back(&mut self, since: Instant, found: Interface, reading: Reading) {
        // What is not there yet, such as a route or an address, the next look may find.
        let Ok(sockets) = open_sockets(&self.config, &found) else { return };
        let now = reading.now.instant;
        self.presence = Presence::Here(sockets);
        let name = found.name.clone();
        self.interface = found;
        let away = now.since(since);
        let machines = || self.config.scopes.iter().map(|scope| &scope.machine);
        let then = match machines().any(|m| is_long(away, m.timing, &m.policy)) {
            true => Comeback::StartOver,
            false => Comeback::GoOn,
        };
        self.tell(now, reading.wall_us, None, Happening::InterfaceBack { name, away, then });
        if then == Comeback::StartOver {
            self.start_over(reading);
        }
    }

    /// Starts every participant again with what stable storage holds.
    fn start_over(&mut self, reading: Reading) {
        // What this turn already wants is of the old life, and belongs into storage first.
        self.settle(reading);
        let restored: Result<Vec<Vec<Item>>, String> = match &self.storage {
            Storage::Open(store) => store.items().map_err(|error| error.to_string()),
            // A node that needs none; or one whose participants start when storage works again.
            Storage::None | Storage::Failed { .. } => Ok(Vec::new()),
        };
        if matches!(self.storage, Storage::Failed { .. }) {
            return;
        }
        match restored {
            Ok(restored) => {
                self.renew_machines(reading.now);
                self.start_members(reading.now, &restored);
            }
            Err(why) => self.storage_failed(&why, reading),
        }
    }
}

/// Whether something may have happened in the meantime that is not repeated after it: another's
/// claim from its first message to its verdict, or objections to a preallocation for our pool.
fn is_long(away: Duration, timing: Timing, policy: &Policy) -> bool {
    // The interface may have gone just after the look that still saw it.
    away + HOUSEKEEPING >= timing.announce_wait || policy.pool_size > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_short_as_long_as_no_claim_fits_into_it() {
        let (timing, policy) = (Timing::draft(), Policy::repaired());
        assert!(!is_long(Duration::from_secs(8), timing, &policy));
        assert!(is_long(Duration::from_secs(9), timing, &policy), "it may have been ten");
        let pool = Policy { pool_size: 4, ..policy };
        assert!(is_long(Duration::from_secs(2), timing, &pool));
    }
}
