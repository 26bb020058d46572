use super::*;
use crate::wire::hex::octets;
use crate::wire::{Message, Reason};

fn refused(hex: &str) -> String {
    View::parse(&octets(hex)).unwrap_err().to_string()
}

fn lenient(hex: &str) -> Result<Message, Malformed> {
    Message::decode_with(&octets(hex), Leniency::Trailing)
}

const V4_ASRP: &str = "00040001 00000700 3948c540";

#[test]
fn a_cut_header_names_the_field_it_ends_in() {
    let whole = octets("00050001 00000003 3948c5");
    let at = |length| View::parse(&whole[..length]).unwrap_err();
    let fields: Vec<_> = (0..12).map(|length| (at(length).field, at(length).offset)).collect();
    assert_eq!(fields[0], ("version", 0));
    assert_eq!(fields[1], ("msgtype", 1));
    assert_eq!(fields[3], ("addrfamily", 2));
    assert_eq!(fields[6], ("rseq", 4));
    assert_eq!(fields[7], ("mseq", 7));
    assert_eq!(fields[8], ("current-time", 8));
    assert_eq!(fields[11], ("current-time", 8));
    assert!((0..12).all(|length| at(length).reason == Reason::TooShort));
}

#[test]
fn checks_run_in_their_order() {
    // Each is wrong in every later respect too.
    assert!(refused("01090009 00000000 000000").starts_with("too_short"));
    assert!(refused("01090009 00000000 00000000").starts_with("bad_version"));
    assert!(refused("00090009 00000000 00000000").starts_with("unknown_type"));
    assert!(refused("00050009 00000000 00000000").starts_with("unknown_family"));
    let backwards = "efff0a04 efff0a01 00000000";
    assert!(
        refused(&format!("00000001 00000000 00000000 {backwards} 00")).starts_with("bad_length")
    );
    assert!(refused(&format!("00000001 00000000 00000000 {backwards}")).starts_with("bad_range"));
    // In an ASRP the lengths of the requests come before the ranges of the reports.
    assert!(
        refused(&format!("{V4_ASRP} 01 {backwards} 01 00")).starts_with("bad_length: requests")
    );
}

#[test]
fn a_bad_range_is_named_by_item_and_octet() {
    // A single address is as good as a range.
    let aclm = "00000001 00000000 00000000 efff0a04 efff0a04 00000000";
    let refusal = |item| refused(&format!("{aclm} {item}"));
    assert_eq!(
        refusal("efff0a04 efff0a01 00000000"),
        "bad_range: last at octet 28: item 2 ends at 239.255.10.1, before its first address 239.255.10.4"
    );
    assert_eq!(
        refusal("dfffffff efff0a01 00000000"),
        "bad_range: first at octet 24: 223.255.255.255 in item 2 is not a multicast address"
    );
    assert_eq!(
        refusal("efffffff f0000000 00000000"),
        "bad_range: last at octet 28: 240.0.0.0 in item 2 is not a multicast address"
    );
    let v6 = "00000002 00000000 00000000 feffffff ffffffff ffffffff ffffffff";
    assert_eq!(
        refused(&format!("{v6} ff000000 00000000 00000000 00000000 00000000")),
        "bad_range: first at octet 12: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff in item 1 is not a multicast address"
    );
}

#[test]
fn asrp_counts_are_held_to() {
    let report = "efc00000 efc000ff 000000c8";
    let request = "00000040 3948e160";
    assert!(refused(V4_ASRP).starts_with("bad_length: n at octet 12"));
    assert!(refused(&format!("{V4_ASRP} 00")).starts_with("bad_length: m at octet 13"));
    assert!(refused(&format!("{V4_ASRP} 01")).starts_with("bad_length: reports at octet 13"));
    assert!(refused(&format!("{V4_ASRP} 01 {report}")).starts_with("bad_length: m at octet 25"));
    assert!(
        refused(&format!("{V4_ASRP} 01 {report} 02 {request}"))
            .starts_with("bad_length: requests at octet 34: the datagram ends after 0 of the 8")
    );
    assert!(
        refused(&format!("{V4_ASRP} 00 01 {request} ff"))
            .starts_with("bad_length: end of message at octet 22: 1 octet left over")
    );
}

#[test]
fn leniency_keeps_the_complete_items() {
    let report = "efc00000 efc000ff 000000c8";
    let request = "00000040 3948e160";
    let line = |hex: String| lenient(&hex).unwrap().to_string();
    let one = "ASRP 7/0 239.192.0.0-239.192.0.255 in use 200";
    assert_eq!(line(format!("{V4_ASRP} 02 {report} efc00000")), one);
    assert_eq!(line(format!("{V4_ASRP} 01 {report}")), one);
    assert_eq!(line(format!("{V4_ASRP} 03 {report} {report} efc000")).matches("in use").count(), 2);
    assert_eq!(
        line(format!("{V4_ASRP} 01 {report} 03 {request} 00")),
        format!("{one}; wants 64 until 2000-06-15T14:00:00Z")
    );
    let ana = "00050001 00000003 3948c547 00000040 3948e160";
    assert_eq!(line(format!("{ana} ff")), "ANA 0/3 wants 64 until 2000-06-15T14:00:00Z");
    let aiu = "00010001 00000500 3948c540 efff0101 efff0101 3948d350";
    assert_eq!(
        line(format!("{aiu} efff0102 03")),
        "AIU 5/0 239.255.1.1 until 2000-06-15T13:00:00Z"
    );
}

#[test]
fn what_is_cut_is_told_to_the_octet() {
    assert_eq!(
        refused("00010001 00000500 3948"),
        "too_short: current-time at octet 8: the datagram ends after 2 of 4 octets"
    );
    assert_eq!(
        refused("00010001 00000500 3948c540 efff0101 efff0101 3948d350 efff01"),
        "bad_length: ranges at octet 24: the datagram ends after 3 of the 12 octets of item 2"
    );
}

#[test]
fn leniency_does_not_forgive_an_incomplete_fixed_part() {
    for hex in [
        format!("{V4_ASRP} 00"),
        format!("{V4_ASRP} 03"),
        "00050001 00000003 3948c547 00000040 3948e1".to_owned(),
        "00030001 00006500 3948c540 3948c5".to_owned(),
    ] {
        assert_eq!(lenient(&hex).unwrap_err().reason, Reason::BadLength, "{hex}");
    }
}

#[test]
fn leniency_does_not_forgive_a_bad_range() {
    let hex = "00000001 00000600 3948c540 efff0a04 efff0a01 3948d350 00";
    assert_eq!(lenient(hex).unwrap_err().reason, Reason::BadRange);
}

/// AAP-5.3-01: the first and the last group of each family are groups, their neighbours are not.
#[test]
fn a_range_is_good_up_to_the_borders_of_multicast() {
    let v4 = |first: &str, last: &str| {
        View::parse(&octets(&format!("00000001 00000000 00000000 {first} {last} 00000000"))).is_ok()
    };
    assert!(v4("e0000000", "e0000000") && v4("efffffff", "efffffff") && v4("e0000000", "efffffff"));
    assert!(
        !v4("dfffffff", "e0000000") && !v4("efffffff", "f0000000") && !v4("e0000001", "e0000000")
    );
    // What is wrong in two respects is no better than what is wrong in one.
    assert!(!v4("dfffffff", "00000001") && !v4("dfffffff", "f0000000"));
    let v6 = |first: &str, last: &str| {
        View::parse(&octets(&format!("00000002 00000000 00000000 {first} {last} 00000000"))).is_ok()
    };
    let (low, high) = (format!("ff{}", "00".repeat(15)), "ff".repeat(16));
    assert!(v6(&low, &low) && v6(&high, &high) && v6(&low, &high));
    assert!(!v6(&format!("fe{}", "ff".repeat(15)), &low) && !v6(&high, &low));
    assert!(!v6(&format!("fe{}", "ff".repeat(15)), &format!("fe{}", "00".repeat(15))));
}

#[test]
fn two_bad_ranges_are_no_better_than_one() {
    let v4 = "efff0a04 efff0a01 00000000";
    let v6 = format!("ff18{0}0005 ff18{0}0001 00000000", "00".repeat(12));
    for (family, item) in [("0001", v4), ("0002", v6.as_str())] {
        for count in 1..=4 {
            let aclm = format!("0000{family} 00000000 00000000 {}", item.repeat(count));
            assert!(refused(&aclm).starts_with("bad_range: last at octet"), "{count}");
        }
    }
}

#[test]
fn a_view_counts_what_it_holds() {
    let range = "efff0a01 efff0a04 00000007";
    let asrp =
        octets(&format!("{V4_ASRP} 02 {range} {range} 03 {}", "00000040 3948e160".repeat(3)));
    let view = View::parse(&asrp).unwrap();
    let BodyView::Asrp { reports, requests } = view.body() else { panic!("no ASRP") };
    assert_eq!((reports.len(), requests.len()), (2, 3));
    assert!(!reports.is_empty() && !requests.is_empty());
    assert_eq!((reports.iter().count(), requests.iter().count()), (2, 3));
    let none = octets(&format!("{V4_ASRP} 00 00"));
    let BodyView::Asrp { reports, requests } = View::parse(&none).unwrap().body() else { panic!() };
    assert!(reports.is_empty() && requests.is_empty());
    let aclm = |ranges: &str| octets(&format!("00000001 00000000 00000000 {ranges}"));
    let three = aclm(&range.repeat(3));
    let BodyView::Aclm(ranges) = View::parse(&three).unwrap().body() else { panic!("no ACLM") };
    assert_eq!((ranges.len(), ranges.is_empty(), ranges.iter().count()), (3, false, 3));
    let empty = aclm("");
    let counted = |octets: &[u8]| {
        let ranges = View::parse(octets).unwrap().ranges();
        (ranges.clone().count(), ranges.size_hint())
    };
    assert_eq!((counted(&three), counted(&empty)), ((3, (3, Some(3))), (0, (0, Some(0)))));
}
