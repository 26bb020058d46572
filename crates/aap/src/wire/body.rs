use addrspace::Range;

use super::fingerprint::Fingerprint;
use super::header::MessageType;
use super::ranges::Ranges;
use super::time::WireTime;

/// What follows current-time; its variant is the message type (draft 5.4).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Body {
    /// The addresses claimed (AAP-5.4.1-01).
    Aclm(Ranges),
    /// The addresses allocated (AAP-5.4.2-01).
    Aiu(Ranges),
    /// The addresses preallocated (AAP-5.4.3-01).
    Aitu(Ranges),
    /// The addresses available, each until its end-time (AAP-5.4.4-01).
    Asa {
        /// When MAASs start to resend this ASA.
        expiration: WireTime,
        /// All of the address space, not a change of it.
        ranges: Ranges,
    },
    /// What is in use of the space, and what is asked for (AAP-5.4.5-01).
    Asrp {
        /// One for each range of the ASA processed last; at most 255 can be sent.
        reports: Vec<Report>,
        /// Wants that the space cannot meet; at most 255 can be sent.
        requests: Vec<Request>,
    },
    /// A failed allocation (AAP-5.4.6-01).
    Ana {
        /// How many addresses are wanted.
        count: u32,
        /// Until when they are needed.
        end: WireTime,
    },
}

/// How much of one range of the address space is in use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Report {
    /// The range, as the ASA lists it.
    pub range: Range,
    /// The in-use-count, in addresses; [`Report::SATURATED`] for that many or more.
    pub in_use: u32,
}

impl Report {
    /// Stands for any count above 0xfffffffe (AAP-5.4.5-03).
    pub const SATURATED: u32 = u32::MAX;
}

/// Addresses that a domain wants beyond what it has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Request {
    /// The addrs-requested.
    pub addresses: u32,
    /// The end-time-requested: until when they are needed.
    pub end: WireTime,
}

impl Body {
    /// The message type that this is the body of.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        match self {
            Self::Aclm(_) => MessageType::Aclm,
            Self::Aiu(_) => MessageType::Aiu,
            Self::Aitu(_) => MessageType::Aitu,
            Self::Asa { .. } => MessageType::Asa,
            Self::Asrp { .. } => MessageType::Asrp,
            Self::Ana { .. } => MessageType::Ana,
        }
    }

    pub(super) const fn ranges(&self) -> Option<&Ranges> {
        match self {
            Self::Aclm(ranges)
            | Self::Aiu(ranges)
            | Self::Aitu(ranges)
            | Self::Asa { ranges, .. } => Some(ranges),
            Self::Asrp { .. } | Self::Ana { .. } => None,
        }
    }

    pub(super) fn fingerprint(&self, start: Fingerprint) -> Fingerprint {
        match self {
            Self::Aclm(ranges) | Self::Aiu(ranges) | Self::Aitu(ranges) => {
                ranges.fingerprint(start)
            }
            Self::Asa { expiration, ranges } => {
                ranges.fingerprint(start.pair(expiration.0.into(), 0))
            }
            Self::Asrp { reports, requests } => {
                let start = start.pair(reports.len() as u64, requests.len() as u64);
                let start = reports.iter().fold(start, |print, Report { range, in_use }| {
                    print.wide(range.first().0).wide(range.last().0).pair((*in_use).into(), 0)
                });
                requests.iter().fold(start, |print, request| {
                    print.pair(request.addresses.into(), request.end.0.into())
                })
            }
            Self::Ana { count, end } => start.pair((*count).into(), end.0.into()),
        }
    }
}
