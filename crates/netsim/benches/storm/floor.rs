//! The storm written out by hand, twice: what a simulator cannot be expected to beat by much.
//!
//! Both deliver through a vtable, hand over the payload as a slice and fold every delivery into a
//! hash, as a network that is of use has to.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::announcer::PAYLOAD;

const SECOND: u64 = 1_000_000;

/// How much a loop did: multicasts, deliveries, and a hash that keeps the compiler honest.
#[derive(Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) delivered: u64,
    pub(crate) hash: u64,
}

struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// 30 s ± 30 %.
    fn gap(&mut self) -> u64 {
        21 * SECOND + self.below(18 * SECOND)
    }
}

trait Receiver {
    fn receive(&mut self, now: u64, from: u32, octets: &[u8]);
    fn received(&self) -> u64;
}

#[derive(Default)]
struct Plain {
    received: u64,
    sum: u64,
    last: u64,
}

impl Receiver for Plain {
    fn receive(&mut self, now: u64, from: u32, octets: &[u8]) {
        let seq = u32::from_be_bytes([octets[4], octets[5], octets[6], octets[7]]);
        self.received += 1;
        self.sum = self.sum.wrapping_add(u64::from(seq ^ from));
        self.last = now;
    }

    fn received(&self) -> u64 {
        self.received
    }
}

/// A second kind, so that calls stay virtual.
#[derive(Default)]
struct Late(Plain);

impl Receiver for Late {
    fn receive(&mut self, now: u64, from: u32, octets: &[u8]) {
        self.0.receive(now + 1, from, octets);
    }

    fn received(&self) -> u64 {
        self.0.received
    }
}

fn receivers(hosts: u32) -> Vec<Box<dyn Receiver>> {
    (0..hosts)
        .map(|host| match host % 2 {
            0 => Box::<Plain>::default() as Box<dyn Receiver>,
            _ => Box::<Late>::default(),
        })
        .collect()
}

fn fold(hash: u64, now: u64, from: u32, to: u32) -> u64 {
    let pair = u64::from(from) << 32 | u64::from(to);
    (hash ^ now ^ pair).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
}

fn tally(receivers: &[Box<dyn Receiver>], hash: u64) -> Tally {
    Tally { delivered: receivers.iter().map(|receiver| receiver.received()).sum(), hash }
}

/// One heap entry per multicast; everyone hears it 10 ms later.
pub(crate) fn batched(hosts: u32, seconds: u64, seed: u64) -> Tally {
    let (mut noise, mut receivers) = (Noise(seed), receivers(hosts));
    let mut queue = BinaryHeap::with_capacity(4 * hosts as usize);
    let (mut order, mut hash) = (hosts, 0);
    let mut seqs = vec![0u32; hosts as usize];
    let mut payload = [0; PAYLOAD];
    for host in 0..hosts {
        queue.push(Reverse((noise.below(30 * SECOND), host, host, true)));
    }
    while let Some(Reverse((now, _, from, sends))) = queue.pop() {
        if now >= seconds * SECOND {
            break;
        }
        if sends {
            seqs[from as usize] += 1;
            queue.push(Reverse((now + 10_000, order, from, false)));
            queue.push(Reverse((now + noise.gap(), order + 1, from, true)));
            order += 2;
            continue;
        }
        payload[4..8].copy_from_slice(&seqs[from as usize].to_be_bytes());
        for (to, receiver) in (0..).zip(&mut receivers) {
            if to != from {
                receiver.receive(now, from, &payload);
                hash = fold(hash, now, from, to);
            }
        }
    }
    tally(&receivers, hash)
}

/// Payloads that several heap entries share.
#[derive(Default)]
struct Slab {
    slots: Vec<([u8; PAYLOAD], u32)>,
    free: Vec<u32>,
}

impl Slab {
    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(([0; PAYLOAD], 0));
            self.slots.len() as u32 - 1
        })
    }
}

/// One heap entry per delivery; each copy has 5 to 15 ms of its own and is lost in 1 % of cases.
pub(crate) fn heaped(hosts: u32, seconds: u64, seed: u64) -> Tally {
    const SEND: u32 = u32::MAX;
    let (mut noise, mut receivers) = (Noise(seed), receivers(hosts));
    let mut queue = BinaryHeap::with_capacity(4 * hosts as usize);
    let (mut slab, mut order, mut sent, mut hash) = (Slab::default(), hosts, 0u32, 0);
    for host in 0..hosts {
        queue.push(Reverse((noise.below(30 * SECOND), host, host, SEND, 0)));
    }
    while let Some(Reverse((now, _, from, to, slot))) = queue.pop() {
        if now >= seconds * SECOND {
            break;
        }
        if to != SEND {
            let (payload, left) = &mut slab.slots[slot as usize];
            receivers[to as usize].receive(now, from, payload);
            *left -= 1;
            if *left == 0 {
                slab.free.push(slot);
            }
            hash = fold(hash, now, from, to);
            continue;
        }
        sent += 1;
        let slot = slab.take();
        let (payload, left) = &mut slab.slots[slot as usize];
        payload[4..8].copy_from_slice(&sent.to_be_bytes());
        for to in 0..hosts {
            let bits = noise.bits();
            if to == from || bits & 0xFFFF < 655 {
                continue;
            }
            *left += 1;
            let delay = 5_000 + (((bits >> 32) * 10_000) >> 32);
            queue.push(Reverse((now + delay, order, from, to, slot)));
            order = order.wrapping_add(1);
        }
        if *left == 0 {
            slab.free.push(slot);
        }
        queue.push(Reverse((now + noise.gap(), order, from, SEND, 0)));
        order = order.wrapping_add(1);
    }
    tally(&receivers, hash)
}
