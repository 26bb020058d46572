use addrspace::Family;

use super::MessageType;

/// The octets a regular AIU and an ASRP keep to (draft 3.2.2, 3.2.10.4); used for every message
/// that can be split.
pub const DATAGRAM_LIMIT: usize = 500;

/// Up to and including current-time, which every body begins with (draft 5.1).
pub(super) const FIXED: usize = 12;
/// An ASA's expiration-time follows.
pub(super) const ASA_FIXED: usize = FIXED + 4;
/// An ASRP's n and m are one octet each.
pub(super) const ASRP_FIXED: usize = FIXED + 2;
/// An ANA has no repeated part.
pub(super) const ANA_FIXED: usize = FIXED + 8;
/// One request of an ASRP.
pub(super) const REQUEST: usize = 8;
/// One IPv4 range or report: two addresses and 4 octets.
pub(super) const ITEM_V4: usize = 12;
/// One IPv6 range or report.
pub(super) const ITEM_V6: usize = 36;

/// The most reports, or requests, that an ASRP's one-octet counts can state (finding F-30).
pub(super) const MAX_COUNT: usize = 255;

/// Octets of one range, or one report.
pub(super) const fn item(family: Family) -> usize {
    match family {
        Family::V4 => ITEM_V4,
        Family::V6 => ITEM_V6,
    }
}

/// Octets of a message without any range, report or request.
pub(super) const fn fixed(kind: MessageType) -> usize {
    match kind {
        MessageType::Aclm | MessageType::Aiu | MessageType::Aitu => FIXED,
        MessageType::Asa => ASA_FIXED,
        MessageType::Asrp => ASRP_FIXED,
        MessageType::Ana => ANA_FIXED,
    }
}

/// How many ranges (in an ASRP, reports) a message of at most `octets` octets can hold.
///
/// The usual limit is [`DATAGRAM_LIMIT`]: 40 IPv4 ranges or 13 IPv6 ranges, whatever the type.
#[must_use]
pub fn max_ranges(family: Family, kind: MessageType, octets: usize) -> usize {
    let fit = octets.saturating_sub(fixed(kind)) / item(family);
    match kind {
        MessageType::Ana => 0,
        MessageType::Asrp => fit.min(MAX_COUNT),
        _ => fit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_or_thirteen_ranges_fit_the_limit() {
        for kind in [
            MessageType::Aclm,
            MessageType::Aiu,
            MessageType::Aitu,
            MessageType::Asa,
            MessageType::Asrp,
        ] {
            assert_eq!(max_ranges(Family::V4, kind, DATAGRAM_LIMIT), 40);
            assert_eq!(max_ranges(Family::V6, kind, DATAGRAM_LIMIT), 13);
        }
    }

    #[test]
    fn the_extremes() {
        assert_eq!(max_ranges(Family::V4, MessageType::Aiu, 11), 0);
        assert_eq!(max_ranges(Family::V4, MessageType::Asrp, 65_507), 255);
        assert_eq!(max_ranges(Family::V4, MessageType::Ana, 500), 0);
    }
}
