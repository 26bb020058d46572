use super::*;
use crate::wire::{Report, Request};
use addrspace::Addr;

fn header(rseq: u32, mseq: u8) -> Header {
    Header { family: Family::V4, rseq: Rseq::wrapping(rseq), mseq }
}

fn range(first: u32, last: u32) -> Range {
    Range::new(Addr::from(first), Addr::from(last)).unwrap()
}

fn ranges(ends: &[u32]) -> Ranges {
    let timed = |(&end, first): (&u32, u32)| TimedRange {
        range: range(first, first + 3),
        end: WireTime(end),
    };
    Ranges::new(Family::V4, ends.iter().zip((0xefff_0000..).step_by(8)).map(timed))
}

fn bodies() -> Vec<Body> {
    let report = Report { range: range(0xefc0_0000, 0xefc0_00ff), in_use: 200 };
    let request = Request { addresses: 64, end: WireTime(7200) };
    vec![
        Body::Aclm(ranges(&[1, 2])),
        Body::Aiu(ranges(&[1, 2])),
        Body::Aiu(ranges(&[2, 1])),
        Body::Aitu(ranges(&[1, 2])),
        Body::Aitu(ranges(&[])),
        Body::Asa { expiration: WireTime(150), ranges: ranges(&[1, 2]) },
        Body::Asa { expiration: WireTime(151), ranges: ranges(&[1, 2]) },
        Body::Asrp { reports: vec![report; 2], requests: vec![] },
        Body::Asrp { reports: vec![report], requests: vec![request; 3] },
        Body::Ana { count: 64, end: WireTime(7200) },
        Body::Ana { count: 65, end: WireTime(7200) },
    ]
}

#[test]
fn ranges_say_how_many_are_still_to_come() {
    for count in [0, 1, 3] {
        let listed = ranges(&vec![1; count]);
        assert_eq!((&listed).into_iter().size_hint(), (count, Some(count)));
    }
    let wide = TimedRange { range: Range::single(Addr(0xff15 << 112)), end: WireTime(1) };
    assert_eq!((&Ranges::new(Family::V6, [wide; 2])).into_iter().size_hint(), (2, Some(2)));
}

#[test]
fn a_failed_comparison_shows_the_message_with_its_time() {
    let message = Message::new(header(7, 1), WireTime(0), Body::Ana { count: 1, end: WireTime(9) });
    let (shown, line) = (format!("{message:?}"), message.to_string());
    assert!(shown.contains(&line) && shown.contains("1970-01-01T00:00:00Z"), "{shown}");
    let listed = format!("{:?}", ranges(&[1, 2]));
    assert_eq!(listed.matches("TimedRange").count(), 2, "{listed}");
}

#[test]
fn what_is_written_is_what_is_read() {
    for body in bodies() {
        let message = Message::new(header(27, 3), WireTime(9), body);
        let mut octets = vec![0xaa; 5];
        message.encode(&mut octets);
        assert_eq!(octets.len(), 5 + message.octets());
        assert_eq!(octets[..5], [0xaa; 5]);
        assert_eq!(Message::decode(&octets[5..]), Ok(message));
    }
}

/// AAP-5.1-01, AAP-5.1.1-01, AAP-5.1.3-01, AAP-5.2-01, AAP-5.4.1-01, AAP-5.4.2-01, AAP-5.4.3-01,
/// AAP-5.4.4-01, AAP-5.4.5-01, -03, AAP-5.4.6-01, AAP-5.3-01, AAP-5.3.1-01.
#[test]
fn every_message_is_laid_out_as_its_figure_says() {
    let head = |kind: u8| [0, kind, 0, 1, 1, 2, 3, 7, 0x39, 0x48, 0xc5, 0x40];
    let timed = [0xef, 0xff, 0, 0, 0xef, 0xff, 0, 3, 0, 0, 0, 9];
    let report = Report { range: range(0xefc0_0000, 0xefc0_00ff), in_use: Report::SATURATED };
    let request = Request { addresses: 64, end: WireTime(0x3948_e160) };
    let reported = [&[1, 0xef, 0xc0, 0, 0, 0xef, 0xc0, 0, 0xff][..], &[0xff; 4]].concat();
    let requested = [1, 0, 0, 0, 64, 0x39, 0x48, 0xe1, 0x60];
    let asa = Body::Asa { expiration: WireTime(0x3948_c5d6), ranges: ranges(&[9]) };
    let bodies: [(u8, Body, Vec<u8>); 6] = [
        (0, Body::Aclm(ranges(&[9])), timed.to_vec()),
        (1, Body::Aiu(ranges(&[9])), timed.to_vec()),
        (2, Body::Aitu(ranges(&[9])), timed.to_vec()),
        (3, asa, [&[0x39, 0x48, 0xc5, 0xd6][..], &timed].concat()),
        (
            4,
            Body::Asrp { reports: vec![report], requests: vec![request] },
            [&reported[..], &requested].concat(),
        ),
        (5, Body::Ana { count: 64, end: WireTime(0x3948_e160) }, requested[1..].to_vec()),
    ];
    for (kind, body, rest) in bodies {
        let message = Message::new(header(0x01_0203, 7), WireTime(0x3948_c540), body);
        let mut octets = Vec::new();
        message.encode(&mut octets);
        assert_eq!(octets, [&head(kind)[..], &rest].concat(), "{message}");
    }
}

#[test]
fn a_buffer_is_filled_to_the_octet_or_left_alone() {
    for body in bodies() {
        let message = Message::new(header(27, 3), WireTime(9), body);
        let need = message.octets();
        let mut roomy = vec![0xaa; need + 2];
        assert_eq!(message.encode_into(&mut roomy), Ok(need));
        assert_eq!(roomy[need..], [0xaa, 0xaa]);
        let mut tight = vec![0xaa; need - 1];
        let refusal = BufferTooSmall { need, have: need - 1 };
        assert_eq!(message.encode_into(&mut tight), Err(refusal));
        assert!(tight.iter().all(|&octet| octet == 0xaa));
    }
}

#[test]
fn a_repetition_keeps_its_fingerprint_and_any_other_change_alters_it() {
    let mut prints: Vec<u64> = Vec::new();
    for body in bodies() {
        let first = Message::new(header(27, 0), WireTime(9), body.clone());
        let again = first.clone().resent(1, WireTime(10));
        assert_ne!(first, again);
        assert_eq!(first.fingerprint(), again.fingerprint());
        assert_eq!(again, Message::new(header(27, 1), WireTime(10), body.clone()));
        prints.push(first.fingerprint());
        prints.push(Message::new(header(28, 0), WireTime(9), body).fingerprint());
    }
    let other_family = Header { family: Family::V6, ..header(27, 0) };
    let ana = Body::Ana { count: 64, end: WireTime(7200) };
    prints.push(Message::new(other_family, WireTime(9), ana).fingerprint());
    let count = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), count);
}

#[test]
fn a_fingerprint_survives_the_wire() {
    for body in bodies() {
        let message = Message::new(header(27, 3), WireTime(9), body);
        let mut octets = Vec::new();
        message.encode(&mut octets);
        assert_eq!(Message::decode(&octets).unwrap().fingerprint(), message.fingerprint());
    }
}

#[test]
fn an_asrp_keeps_what_its_counts_can_state() {
    let report = Report { range: range(0xefc0_0000, 0xefc0_00ff), in_use: 200 };
    let request = Request { addresses: 64, end: WireTime(7200) };
    let body = Body::Asrp { reports: vec![report; 300], requests: vec![request; 256] };
    let message = Message::new(header(0, 0), WireTime(0), body);
    assert_eq!(message.octets(), 14 + 255 * 12 + 255 * 8);
    let mut octets = Vec::new();
    message.encode(&mut octets);
    assert_eq!(Message::decode(&octets), Ok(message));
}

#[test]
#[should_panic(expected = "one family per message")]
fn ranges_of_another_family_are_refused() {
    let body = Body::Aclm(Ranges::none(Family::V6));
    let _ = Message::new(header(0, 0), WireTime(0), body);
}

/// AAP-5.3-01: addresses of IPv6 have sixteen octets.
#[test]
fn ipv6_ranges_are_laid_out_alike() {
    let (first, last) = (0xff18_u128 << 112 | 5, 0xff18_u128 << 112 | 9);
    let range = Range::new(Addr(first), Addr(last)).unwrap();
    let timed = TimedRange { range, end: WireTime(9) };
    let report = Report { range, in_use: 7 };
    let bodies = [
        (0, Body::Aclm(Ranges::new(Family::V6, [timed])), 9),
        (4, Body::Asrp { reports: vec![report], requests: Vec::new() }, 7),
    ];
    for (kind, body, word) in bodies {
        let header = Header { family: Family::V6, ..header(0x01_0203, 7) };
        let message = Message::new(header, WireTime(0x3948_c540), body);
        let mut octets = Vec::new();
        message.encode(&mut octets);
        let item = [&first.to_be_bytes()[..], &last.to_be_bytes(), &[0, 0, 0, word]].concat();
        let counts: [&[u8]; 2] = if kind == 4 { [&[1], &[0]] } else { [&[], &[]] };
        let head = [0, kind, 0, 2, 1, 2, 3, 7, 0x39, 0x48, 0xc5, 0x40];
        assert_eq!(octets, [&head[..], counts[0], &item, counts[1]].concat());
        assert_eq!(Message::decode(&octets), Ok(message));
    }
}

#[test]
fn every_type_has_its_names() {
    let names = MessageType::ALL.map(|kind| (kind.to_string(), kind.long_name()));
    assert_eq!(names[0], ("ACLM".to_owned(), "Address Claim"));
    let longs: std::collections::BTreeSet<_> = names.iter().map(|(_, long)| *long).collect();
    assert_eq!(longs.len(), names.len());
}

#[test]
fn a_line_says_what_a_message_says() {
    let line = |body| Message::new(header(27, 3), WireTime(9), body).to_string();
    let end = |secs| WireTime(secs).to_string();
    let report = Report { range: range(0xefc0_0000, 0xefc0_00ff), in_use: 200 };
    let request = Request { addresses: 64, end: WireTime(7200) };
    let (one, two) = ("239.255.0.0-239.255.0.3", "239.255.0.8-239.255.0.11");
    assert_eq!(line(Body::Aclm(ranges(&[]))), "ACLM 27/3 no ranges");
    let same = format!("AIU 27/3 {one}, {two} until {}", end(9));
    assert_eq!(line(Body::Aiu(ranges(&[9, 9]))), same);
    let different = format!("AITU 27/3 {one} until {}, {two} until {}", end(8), end(9));
    assert_eq!(line(Body::Aitu(ranges(&[8, 9]))), different);
    let asa = |ends: &[u32]| Body::Asa { expiration: WireTime(150), ranges: ranges(ends) };
    assert_eq!(line(asa(&[])), format!("ASA 27/3 nothing available, expires {}", end(150)));
    let offered = format!("ASA 27/3 {one} until {}, expires {}", end(9), end(150));
    assert_eq!(line(asa(&[9])), offered);
    let asrp = |reports, requests| line(Body::Asrp { reports, requests });
    let used = "239.192.0.0-239.192.0.255 in use 200";
    let wanted = format!("wants 64 until {}", end(7200));
    assert_eq!(asrp(vec![], vec![]), "ASRP 27/3 no reports");
    assert_eq!(asrp(vec![report], vec![]), format!("ASRP 27/3 {used}"));
    assert_eq!(asrp(vec![report], vec![request]), format!("ASRP 27/3 {used}; {wanted}"));
    assert_eq!(asrp(vec![], vec![request]), format!("ASRP 27/3 {wanted}"));
    let all = line(Body::Ana { count: 64, end: WireTime(7200) });
    assert_eq!(all, format!("ANA 27/3 {wanted}"));
    let small = BufferTooSmall { need: 20, have: 19 };
    assert_eq!(small.to_string(), "a message of 20 octets does not fit in 19");
}

#[test]
fn every_address_of_a_message_is_in_its_fingerprint() {
    let print = |first, last| {
        let timed = TimedRange { range: range(first, last), end: WireTime(9) };
        let ranges = Ranges::new(Family::V4, [timed]);
        Message::new(header(27, 0), WireTime(9), Body::Aiu(ranges)).fingerprint()
    };
    let base = 0xefff_0000;
    let mut prints: Vec<u64> =
        (0..64).flat_map(|n| (n..64).map(move |m| print(base + n, base + m))).collect();
    let count = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), count);
}
