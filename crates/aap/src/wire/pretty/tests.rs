use super::*;
use crate::wire::hex::octets;

fn message(kind: u8, ranges: &[([u8; 4], [u8; 4], u8)]) -> Vec<u8> {
    let mut octets = vec![0, kind, 0, 1, 0, 0, 1, 0, 0, 0, 0, 9];
    if kind == 3 {
        octets.extend([0, 0, 0, 200]);
    }
    for (first, last, end) in ranges {
        octets.extend(first.iter().chain(last).chain(&[0, 0, 0, *end]));
    }
    octets
}

fn noted(octets: &[u8]) -> Vec<String> {
    notes(&View::parse(octets).unwrap())
}

const A: [u8; 4] = [239, 255, 0, 1];
const B: [u8; 4] = [239, 255, 0, 5];
const C: [u8; 4] = [239, 255, 0, 9];

#[test]
fn what_has_ended_is_noted_by_what_it_means() {
    let ranges = [(A, A, 8), (B, B, 9), (C, C, 10)];
    let expected = |effect: &str| {
        let note =
            |index: u8, when: &str| format!("range {index}: {effect}: ends {when} current-time");
        vec![note(1, "before"), note(2, "at")]
    };
    assert_eq!(noted(&message(0, &ranges)), expected("ignored"));
    assert_eq!(noted(&message(1, &ranges)), expected("deletion notice"));
    assert_eq!(noted(&message(3, &ranges)), expected("listed but not available"));
}

#[test]
fn an_overlap_is_noted_wherever_it_is_listed() {
    let overlapping = [(B, C, 10), (A, A, 10), (A, B, 10)];
    let note = |winner| vec![format!("ranges overlap: {winner} counts for each address")];
    assert_eq!(noted(&message(1, &overlapping)), note("the range listed last"));
    assert_eq!(noted(&message(3, &overlapping)), note("the latest end-time"));
    assert!(noted(&message(1, &overlapping[..2])).is_empty());
}

#[test]
fn the_limit_of_500_octets_is_noted_beyond_it_only() {
    let forty_one = vec![(A, A, 10); 41];
    let notes_on_length =
        |octets: &[u8]| noted(octets).iter().filter(|note| note.starts_with("longer")).count();
    assert_eq!(notes_on_length(&message(1, &forty_one)), 1);
    assert_eq!(notes_on_length(&message(1, &forty_one[..40])), 0);
}

#[test]
fn a_dump_shows_octets_too_few_for_a_header() {
    assert_eq!(dump(&[0, 5, 0]), "    0  octets               000500\n");
    assert_eq!(dump(&[]), "");
}

fn shown(hex: &str) -> String {
    pretty(&octets(hex), Leniency::Strict).unwrap()
}

#[test]
fn a_report_is_shown_field_by_field() {
    let asrp = "00040001 ffffffff 3948c540 02 ef0a0000 ef0a00ff 000000c8 ef0b0000 ef0b0000 ffffffff
        01 00000040 3948e160";
    let expected = "\
ASRP (Address Space Report), IPv4, 46 octets
    0  version              00        0
    1  msgtype              04        4 (ASRP)
    2  addrfamily           0001      1 (IPv4)
    4  rseq                 ffffff    16777215
    7  mseq                 ff        255
    8  current-time         3948c540  2000-06-15T12:00:00Z
   12  n                    02        2 reports
   13  report 1                       256 addresses
   13    first              ef0a0000  239.10.0.0
   17    last               ef0a00ff  239.10.0.255
   21    in-use-count       000000c8  200
   25  report 2                       1 address
   25    first              ef0b0000  239.11.0.0
   29    last               ef0b0000  239.11.0.0
   33    in-use-count       ffffffff  4294967295 or more
   37  m                    01        1 request
   38  request 1
   38    addrs-requested    00000040  64 addresses
   42    end-time-requested 3948e160  2000-06-15T14:00:00Z (+7200 s)
note: the next rseq is 0
note: the next mseq is 0
";
    assert_eq!(shown(asrp), expected);
}

#[test]
fn an_announcement_is_shown_with_what_deserves_attention() {
    let asa = "00030001 00000007 3948c540 3948c53f efff0000 efff0003 3948c540 efff0002 efff00ff
        3948c53f";
    let expected = "\
ASA (Address Space Announce), IPv4, 40 octets
    0  version              00        0
    1  msgtype              03        3 (ASA)
    2  addrfamily           0001      1 (IPv4)
    4  rseq                 000000    0
    7  mseq                 07        7
    8  current-time         3948c540  2000-06-15T12:00:00Z
   12  expiration-time      3948c53f  2000-06-15T11:59:59Z (-1 s)
   16  range 1                        4 addresses
   16    first              efff0000  239.255.0.0
   20    last               efff0003  239.255.0.3
   24    end-time           3948c540  2000-06-15T12:00:00Z (+0 s)
   28  range 2                        254 addresses
   28    first              efff0002  239.255.0.2
   32    last               efff00ff  239.255.0.255
   36    end-time           3948c53f  2000-06-15T11:59:59Z (-1 s)
note: resent: current-time is after expiration-time
note: range 1: listed but not available: ends at current-time
note: range 2: listed but not available: ends before current-time
note: ranges overlap: the latest end-time counts for each address
";
    assert_eq!(shown(asa), expected);
}

#[test]
fn what_is_left_over_is_shown_as_dropped() {
    let ana = octets("00050002 00000000 3948c540 00000001 3948e160 aabb");
    let fields = lines(&ana, Leniency::Trailing).unwrap();
    let last = fields.last().unwrap();
    assert_eq!((last.offset, last.name.as_str(), last.raw), (20, "dropped", &[0xaa, 0xbb][..]));
    assert_eq!(last.meaning, "2 octets of no complete item");
    assert!(fields.iter().any(|line| line.meaning == "2 (IPv6)"));
    assert_eq!(lines(&ana[..20], Leniency::Strict).unwrap().len(), fields.len() - 1);
}

#[test]
fn what_has_no_effect_is_noted() {
    let without =
        |kind: &str, fixed: &str| noted(&octets(&format!("{kind}0001 00000000 3948c540 {fixed}")));
    assert_eq!(without("0001", ""), ["no ranges: without effect"]);
    assert_eq!(without("0003", "3948c540"), ["no ranges: nothing is available"]);
    assert_eq!(without("0005", "00000001 3948e160"), [""; 0]);
    assert_eq!(without("0004", "00 00"), [""; 0]);
}

#[test]
fn a_report_has_the_same_limit() {
    let requests = |count: usize| {
        let all = "00000001 3948e160".repeat(count);
        noted(&octets(&format!("00040001 00000000 3948c540 00 {count:02x} {all}")))
    };
    assert_eq!(requests(60), [""; 0]);
    assert_eq!(requests(61), ["longer than the limit of 500 octets"]);
}
