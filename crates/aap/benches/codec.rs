//! Codec speed: one AIU of 492 octets (40 IPv4 ranges) against loops written by hand on slices.
//!
//! ```text
//! cargo bench -p aap --bench codec
//! ```
//!
//! Goal P11: encoding, and checked decoding that visits every range, take at most 1.5 times the
//! loop that does the same work by hand. Every round runs every contestant once, so that a slow
//! spell of the machine meets them all; the table shows medians over rounds, and the ratio of
//! each contestant to its loop is the median of the ratios within a round.

#![expect(clippy::print_stdout, reason = "a bench reports to its terminal")]
#![expect(clippy::float_arithmetic, reason = "figures for people, not decisions")]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a bench reads a clock")]

use std::hint::black_box;
use std::time::Instant;

use aap::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, View, WireTime};
use addrspace::{Addr, Family, Range};

const ROUNDS: usize = 41;
const CALLS: u32 = 20_000;
const RANGES: u32 = 40;
const OCTETS: usize = 492;

/// What the loops by hand work on.
struct Plain {
    rseq: u32,
    mseq: u8,
    now: u32,
    ranges: Vec<[u32; 3]>,
}

mod by_hand {
    //! The reference: no types, no reuse, this message and nothing else.

    use super::Plain;

    pub(super) fn encode(aiu: &Plain, out: &mut [u8]) -> usize {
        out[..4].copy_from_slice(&[0, 1, 0, 1]);
        out[4..8].copy_from_slice(&(aiu.rseq << 8 | u32::from(aiu.mseq)).to_be_bytes());
        out[8..12].copy_from_slice(&aiu.now.to_be_bytes());
        for (slot, range) in out[12..].chunks_exact_mut(12).zip(&aiu.ranges) {
            for (field, word) in slot.chunks_exact_mut(4).zip(range) {
                field.copy_from_slice(&word.to_be_bytes());
            }
        }
        12 + 12 * aiu.ranges.len()
    }

    fn word(octets: &[u8], at: usize) -> u32 {
        u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
    }

    /// Checks everything first, then hands out the ranges.
    pub(super) fn view(octets: &[u8]) -> Option<(u32, impl Iterator<Item = [u32; 3]>)> {
        if octets.len() < 12
            || octets[..4] != [0, 1, 0, 1]
            || !(octets.len() - 12).is_multiple_of(12)
        {
            return None;
        }
        let ranges = octets[12..].chunks_exact(12).map(|c| [word(c, 0), word(c, 4), word(c, 8)]);
        let mut bad = false;
        for [first, last, _] in ranges.clone() {
            bad |= (first > last) | (first < 0xe000_0000) | (last > 0xefff_ffff);
        }
        (!bad).then(|| (word(octets, 4), ranges))
    }

    pub(super) fn decode(octets: &[u8]) -> Option<Plain> {
        let (codes, ranges) = view(octets)?;
        let now = word(octets, 8);
        Some(Plain { rseq: codes >> 8, mseq: codes as u8, now, ranges: ranges.collect() })
    }
}

/// What a visitor does with a range, the same for all.
fn visit(sum: u64, first: u32, last: u32, end: u32) -> u64 {
    sum + u64::from(first ^ last ^ end)
}

struct Contestant<'a> {
    name: &'static str,
    /// The index of the loop it is compared with.
    reference: usize,
    call: Box<dyn FnMut() -> u64 + 'a>,
    /// Nanoseconds per call, one of each round.
    nanos: Vec<f64>,
}

fn contestant<'a>(
    name: &'static str,
    reference: usize,
    call: impl FnMut() -> u64 + 'a,
) -> Contestant<'a> {
    Contestant { name, reference, call: Box::new(call), nanos: Vec::new() }
}

fn aiu() -> Message {
    let range = |index: u32| {
        let first = Addr::from(0xefff_0000 + 8 * index);
        TimedRange {
            range: Range::with_len(first, 4).expect("within IPv4"),
            end: WireTime(1_003_600 + index),
        }
    };
    let header = Header { family: Family::V4, rseq: Rseq::wrapping(77), mseq: 3 };
    let ranges = Ranges::new(Family::V4, (0..RANGES).map(range));
    Message::new(header, WireTime(1_000_000), Body::Aiu(ranges))
}

fn main() {
    let message = aiu();
    let mut octets = Vec::new();
    message.encode(&mut octets);
    assert_eq!(octets.len(), OCTETS);
    let plain = by_hand::decode(&octets).expect("well-formed");
    let (mut by_hand_out, mut into_out) = ([0xaa; 500], [0xaa; 500]);
    let mut vec_out = Vec::with_capacity(512);
    assert_eq!(by_hand::encode(&plain, &mut by_hand_out), OCTETS);
    assert_eq!(by_hand_out[..OCTETS], octets);
    let octets = octets.as_slice();

    let mut contestants = vec![
        contestant("encode by hand", 0, || {
            let size = by_hand::encode(black_box(&plain), &mut by_hand_out);
            black_box(&mut by_hand_out);
            size as u64
        }),
        contestant("Message::encode_into", 0, || {
            let size = black_box(&message).encode_into(&mut into_out);
            black_box(&mut into_out);
            size.map_or(0, |size| size as u64)
        }),
        contestant("Message::encode, reused Vec", 0, || {
            vec_out.clear();
            black_box(&message).encode(&mut vec_out);
            black_box(&mut vec_out).len() as u64
        }),
        contestant("view by hand, visit all", 3, || {
            by_hand::view(black_box(octets))
                .map_or(0, |(_, ranges)| ranges.fold(0, |sum, [f, l, e]| visit(sum, f, l, e)))
        }),
        contestant("View::parse, fold", 3, || {
            View::parse(black_box(octets)).map_or(0, |view| view.ranges().fold(0, visit_timed))
        }),
        contestant("View::parse, for loop", 3, || {
            let mut sum = 0;
            if let Ok(view) = View::parse(black_box(octets)) {
                for timed in view.ranges() {
                    sum = visit_timed(sum, timed);
                }
            }
            sum
        }),
        contestant("decode by hand, new Vec", 6, || {
            by_hand::decode(black_box(octets)).map_or(0, |aiu| black_box(aiu).ranges.len() as u64)
        }),
        contestant("Message::decode", 6, || {
            Message::decode(black_box(octets)).map_or(0, |message| {
                black_box(message).ranges().map_or(0, |ranges| ranges.len() as u64)
            })
        }),
    ];
    check_agreement(&mut contestants);
    for _ in 0..ROUNDS {
        for contestant in &mut contestants {
            let started = Instant::now();
            for _ in 0..CALLS {
                black_box((contestant.call)());
            }
            contestant.nanos.push(started.elapsed().as_nanos() as f64 / f64::from(CALLS));
        }
    }
    report(&contestants);
}

fn visit_timed(sum: u64, timed: TimedRange) -> u64 {
    let (first, last) = (timed.range.first().0 as u32, timed.range.last().0 as u32);
    visit(sum, first, last, timed.end.secs())
}

/// A contestant that did other work would win for the wrong reason.
fn check_agreement(contestants: &mut [Contestant<'_>]) {
    let results: Vec<u64> = contestants.iter_mut().map(|each| (each.call)()).collect();
    for (each, result) in contestants.iter().zip(&results) {
        assert_eq!(*result, results[each.reference], "{}", each.name);
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn report(contestants: &[Contestant<'_>]) {
    println!("one AIU of {OCTETS} octets, {ROUNDS} rounds of {CALLS} calls\n");
    println!("{:<30} {:>8} {:>8} {:>8} {:>7}", "", "ns", "min", "max", "ratio");
    for each in contestants {
        let reference = &contestants[each.reference].nanos;
        let ratios = each.nanos.iter().zip(reference).map(|(own, theirs)| own / theirs).collect();
        let (min, max) = each
            .nanos
            .iter()
            .fold((f64::MAX, 0.0_f64), |(min, max), &nanos| (min.min(nanos), max.max(nanos)));
        println!(
            "{:<30} {:>8.1} {min:>8.1} {max:>8.1} {:>7.2}",
            each.name,
            median(each.nanos.clone()),
            median(ratios),
        );
    }
}
