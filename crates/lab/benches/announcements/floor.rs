//! The floor: one queue entry per multicast, and per receiver a 64-bit hash of the body compared
//! with the last one from that source. Written by hand, it does nothing else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use crate::{Figure, timed};

const OCTETS: usize = 492;
const WARM_US: u64 = 150_000_000;

struct Receiver {
    /// Hash of the last body, per source.
    last: Vec<u64>,
    heard: u64,
    changes: u64,
}

pub(crate) fn run(hosts: u32, secs: u64) -> Figure {
    let mut chance = 1_u64;
    let mut packets: Vec<[u8; OCTETS]> = (0..hosts).map(|host| packet(host, hosts)).collect();
    let mut receivers: Vec<Receiver> = (0..hosts)
        .map(|_| Receiver { last: vec![0; hosts as usize], heard: 0, changes: 0 })
        .collect();
    let mut queue = BinaryHeap::new();
    for host in 0..hosts {
        queue.push(Reverse((next(&mut chance) % 30_000_000, host, Kind::Send)));
    }
    advance(&mut queue, &mut packets, &mut receivers, &mut chance, WARM_US);
    let before: u64 = receivers.iter().map(|r| r.heard).sum();
    let mut figure = timed(|| {
        advance(&mut queue, &mut packets, &mut receivers, &mut chance, WARM_US + secs * 1_000_000);
        receivers.iter().map(|r| r.heard).sum()
    });
    figure.delivered -= before;
    black_box(receivers.iter().map(|r| r.changes).sum::<u64>());
    figure
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Send,
    Arrive,
}

type Queue = BinaryHeap<Reverse<(u64, u32, Kind)>>;

fn advance(
    queue: &mut Queue,
    packets: &mut [[u8; OCTETS]],
    receivers: &mut [Receiver],
    chance: &mut u64,
    until: u64,
) {
    while queue.peek().is_some_and(|Reverse((at, ..))| *at < until) {
        let Some(Reverse((at, source, kind))) = queue.pop() else { return };
        let packet = &mut packets[source as usize];
        if kind == Kind::Send {
            packet[7] = packet[7].wrapping_add(1);
            packet[8..12].copy_from_slice(&((at / 1_000_000) as u32).to_be_bytes());
            queue.push(Reverse((at + 10_000, source, Kind::Arrive)));
            queue.push(Reverse((at + 21_000_000 + next(chance) % 18_000_000, source, Kind::Send)));
            continue;
        }
        for (index, receiver) in receivers.iter_mut().enumerate() {
            if index as u32 == source {
                continue;
            }
            let fresh = hash(&black_box(&*packet)[12..]);
            receiver.heard += 1;
            if receiver.last[source as usize] != fresh {
                receiver.last[source as usize] = fresh;
                receiver.changes += 1;
            }
        }
    }
}

fn packet(host: u32, hosts: u32) -> [u8; OCTETS] {
    let mut packet = [0; OCTETS];
    (packet[1], packet[3]) = (1, 1);
    for (i, range) in packet[12..].chunks_exact_mut(12).enumerate() {
        let first = 0xef00_0000 + (i as u32 * hosts + host) * 64;
        range[..4].copy_from_slice(&first.to_be_bytes());
        range[4..8].copy_from_slice(&(first + 7 + host % 8).to_be_bytes());
        range[8..].copy_from_slice(&1_000_000_u32.to_be_bytes());
    }
    packet
}

fn hash(octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<8>();
    let step =
        |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let hash = words.iter().fold(0, |hash, word| step(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, octet| step(hash, u64::from(*octet)))
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
