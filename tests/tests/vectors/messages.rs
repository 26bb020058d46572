//! Arbitrary messages, and octets that come close to one.

use aap::wire::{
    Body, Header, Message, MessageType, Ranges, Report, Request, Rseq, TimedRange, WireTime,
};
use addrspace::{Addr, Family, Range};
use proptest::prelude::*;

pub(crate) fn message() -> impl Strategy<Value = Message> {
    let family = prop_oneof![Just(Family::V4), Just(Family::V6)];
    (family, any::<(u32, u8, u32)>())
        .prop_flat_map(|(family, numbers)| (Just(family), Just(numbers), body(family)))
        .prop_map(|(family, (rseq, mseq, now), body)| {
            let header = Header { family, rseq: Rseq::wrapping(rseq), mseq };
            Message::new(header, WireTime(now), body)
        })
}

fn body(family: Family) -> impl Strategy<Value = Body> {
    let asa = (any::<u32>(), ranges(family))
        .prop_map(|(at, ranges)| Body::Asa { expiration: WireTime(at), ranges });
    let asrp = (
        prop::collection::vec(report(family), 0..60),
        prop::collection::vec(any::<(u32, u32)>(), 0..9),
    );
    let asrp = asrp.prop_map(|(reports, requests)| {
        let request = |(addresses, end)| Request { addresses, end: WireTime(end) };
        Body::Asrp { reports, requests: requests.into_iter().map(request).collect() }
    });
    prop_oneof![
        ranges(family).prop_map(Body::Aclm),
        ranges(family).prop_map(Body::Aiu),
        ranges(family).prop_map(Body::Aitu),
        asa,
        asrp,
        any::<(u32, u32)>().prop_map(|(count, end)| Body::Ana { count, end: WireTime(end) }),
    ]
}

fn ranges(family: Family) -> impl Strategy<Value = Ranges> {
    let timed = (range(family), any::<u32>())
        .prop_map(|(range, end)| TimedRange { range, end: WireTime(end) });
    prop::collection::vec(timed, 0..60).prop_map(move |ranges| Ranges::new(family, ranges))
}

fn report(family: Family) -> impl Strategy<Value = Report> {
    (range(family), any::<u32>()).prop_map(|(range, in_use)| Report { range, in_use })
}

/// Any multicast range, its ends drawn apart, near each other or at the ends of the block.
fn range(family: Family) -> impl Strategy<Value = Range> {
    let (lowest, highest): (u128, u128) = match family {
        Family::V4 => (0xe000_0000, 0xefff_ffff),
        Family::V6 => (0xff << 120, u128::MAX),
    };
    let addr = prop_oneof![8 => lowest..=highest, 1 => Just(lowest), 1 => Just(highest)];
    let size = prop_oneof![Just(0), 0_u128..9, 0..=u128::MAX];
    (addr, size).prop_map(move |(first, size)| {
        let last = first.saturating_add(size).min(highest);
        Range::new(Addr(first), Addr(last)).expect("the last is not below the first")
    })
}

/// A known header, and after it octets that often but not always make a body.
pub(crate) fn nearly_message() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop::sample::select(MessageType::ALL.to_vec());
    let octet = prop_oneof![Just(0xff_u8), Just(0xef), Just(0), Just(1), Just(2), any::<u8>()];
    (kind, 1..=2_u8, prop::collection::vec(octet, 0..120)).prop_map(|(kind, family, body)| {
        let header = [0, kind.number(), 0, family, 0, 0, 27, 1, 0x39, 0x48, 0xc5, 0x40];
        header.into_iter().chain(body).collect()
    })
}
