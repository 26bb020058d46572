use std::net::SocketAddr;

use sansio::{Machine, Now};

use super::{Fixture, HostId, Node, World};
use crate::clock::Moment;

/// A look at a host.
#[derive(Clone, Copy)]
pub struct Host<'a, M: Machine> {
    world: &'a World<M>,
    id: HostId,
}

impl<'a, M: Machine> Host<'a, M> {
    pub(super) const fn new(world: &'a World<M>, id: HostId) -> Self {
        Self { world, id }
    }

    fn fixture(&self) -> &'a Fixture<M> {
        &self.world.fixtures[self.id.index()]
    }

    fn node(&self) -> &'a Node<M> {
        &self.world.nodes[self.id.index()]
    }

    /// Its place in the world.
    #[must_use]
    pub const fn id(&self) -> HostId {
        self.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.fixture().name
    }

    /// Where its datagrams come from.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.fixture().address
    }

    /// Its machine; none while it is down.
    #[must_use]
    pub fn machine(&self) -> Option<&'a M> {
        self.node().machine.as_ref()
    }

    /// What its clocks show.
    #[must_use]
    pub fn now(&self) -> Now {
        self.node().clock.read(Moment::of(self.world.now))
    }

    /// What its stable storage holds, in key order.
    pub fn records(&self) -> impl Iterator<Item = &'a M::Record> + use<'a, M> {
        self.fixture().storage.records()
    }
}
