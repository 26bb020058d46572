//! States that wait to be looked at, packed.

use crate::state::State;

/// How many states a worker takes at a time.
const CHUNK: u32 = 1_024;

/// States in the order in which they were found, in pieces of equal number.
#[derive(Debug)]
pub(super) struct Frontier {
    hosts: usize,
    chunks: Vec<Chunk>,
    len: usize,
}

/// Some states, each behind its number.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    octets: Vec<u8>,
    len: u32,
}

impl Frontier {
    pub(super) const fn new(hosts: usize) -> Self {
        Self { hosts, chunks: Vec::new(), len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn octets(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.octets.capacity()).sum()
    }

    pub(super) fn push(&mut self, node: u32, state: &State) {
        let hosts = self.hosts;
        let chunk = self.open();
        chunk.octets.extend(node.to_le_bytes());
        state.pack(hosts, &mut chunk.octets);
    }

    pub(super) fn push_packed(&mut self, node: u32, packed: &[u8]) {
        let chunk = self.open();
        chunk.octets.extend(node.to_le_bytes());
        chunk.octets.extend(packed);
    }

    fn open(&mut self) -> &mut Chunk {
        self.len += 1;
        if self.chunks.last().is_none_or(|last| last.len == CHUNK) {
            if let Some(last) = self.chunks.last_mut() {
                last.octets.shrink_to_fit();
            }
            self.chunks.push(Chunk::default());
        }
        let last = self.chunks.len() - 1;
        self.chunks[last].len += 1;
        &mut self.chunks[last]
    }

    /// The numbers of the states, in order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = u32> + '_ {
        self.states().map(|(node, _)| node)
    }

    /// Every state, to look at.
    pub(super) fn states(&self) -> impl Iterator<Item = (u32, State)> + '_ {
        self.chunks.iter().flat_map(|chunk| chunk.states(self.hosts))
    }

    /// The moments of hosts that the states are made of, by their numbers.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        self.chunks.iter().flat_map(|chunk| chunk.slots(self.hosts))
    }

    /// Takes the pieces out.
    pub(super) fn take(&mut self) -> Vec<Chunk> {
        self.len = 0;
        std::mem::take(&mut self.chunks)
    }

    /// Puts pieces back in front.
    pub(super) fn put_back(&mut self, mut chunks: Vec<Chunk>) {
        self.len += chunks.iter().map(|chunk| chunk.len as usize).sum::<usize>();
        chunks.append(&mut self.chunks);
        self.chunks = chunks;
    }
}

impl Chunk {
    pub(super) fn octets(&self) -> usize {
        self.octets.len()
    }

    /// Each state with its number.
    pub(super) fn states(&self, hosts: usize) -> impl Iterator<Item = (u32, State)> + '_ {
        self.packed(hosts).map(move |(node, packed)| (node, State::unpack(hosts, packed)))
    }

    /// The moments of hosts that its states are made of, by their numbers.
    pub(super) fn slots(&self, hosts: usize) -> impl Iterator<Item = u32> + '_ {
        self.packed(hosts).flat_map(move |(_, packed)| State::packed_slots(hosts, packed))
    }

    /// Each packed state with its number.
    fn packed(&self, hosts: usize) -> impl Iterator<Item = (u32, &[u8])> + '_ {
        let mut rest = &self.octets[..];
        std::iter::from_fn(move || {
            let (node, packed) = rest.split_first_chunk::<4>()?;
            let (state, others) = packed.split_at(State::packed_len(hosts, packed));
            rest = others;
            Some((u32::from_le_bytes(*node), state))
        })
    }
}
