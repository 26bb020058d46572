use sansio::{TimerKind, Urgency};

use super::defence::DefenceKey;
use super::holdings::AnnouncementId;
use super::preallocation::PreallocationId;
use crate::command::RequestId;

/// Every timer of a MAAS (sections 3.2.2 to 3.2.10 and Appendix B).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Timer {
    /// The start-up silence ends.
    Startup,
    /// A claim has stood unopposed for `[ANNOUNCE-WAIT]`.
    Claim(RequestId),
    /// An ACLM is due again.
    ClaimRepeat(RequestId),
    /// A claimant that collided looks for other addresses.
    ClaimRetry(RequestId),
    /// A preallocation has stood unopposed for `[ANNOUNCE-WAIT]`.
    Preallocation(PreallocationId),
    /// An AITU is due again.
    PreallocationRepeat(PreallocationId),
    /// A preallocator that collided looks for other addresses.
    PreallocationRetry(PreallocationId),
    /// A preallocation reaches its end time.
    PreallocationEnd(PreallocationId),
    /// An AIU is due again: fast after a change, regular later.
    Announce(AnnouncementId),
    /// An own allocation reaches its end, or the guard before it.
    HoldingEnd,
    /// The Allocation Defense timer.
    Defence(DefenceKey),
    /// A deletion that was revived is announced again.
    Burial,
    /// The ANA Retransmission Timer.
    AnaWindow(RequestId),
    /// An ANA is due again.
    AnaRepeat(RequestId),
    /// The ASA processed last expires.
    AsaExpiry,
    /// The ASA Resend timer.
    AsaResend,
    /// The ASRP Send timer.
    AsrpSend,
    /// The pool of preallocated addresses is looked after.
    Pool,
}

impl TimerKind for Timer {
    fn urgency(&self) -> Urgency {
        match self {
            Self::Startup | Self::Claim(_) | Self::Preallocation(_) | Self::AnaWindow(_) => {
                Urgency::Verdict
            }
            _ => Urgency::Routine,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Claim(_) => "Claim",
            Self::ClaimRepeat(_) => "ACLM repeat",
            Self::ClaimRetry(_) => "claim retry",
            Self::Preallocation(_) => "Preallocation",
            Self::PreallocationRepeat(_) => "AITU repeat",
            Self::PreallocationRetry(_) => "preallocation retry",
            Self::PreallocationEnd(_) => "preallocation end",
            Self::Announce(_) => "AIU repeat",
            Self::HoldingEnd => "allocation end",
            Self::Defence(_) => "Allocation Defense",
            Self::Burial => "burial",
            Self::AnaWindow(_) => "ANA Retransmission",
            Self::AnaRepeat(_) => "ANA repeat",
            Self::AsaExpiry => "ASA expiry",
            Self::AsaResend => "ASA Resend",
            Self::AsrpSend => "ASRP Send",
            Self::Pool => "pool",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When both are due at once, what was waited for comes first (AAP-3.2.5-10).
    #[test]
    fn verdicts_come_before_what_is_repeated() {
        let (one, id) = (RequestId(1), PreallocationId(1));
        for verdict in
            [Timer::Startup, Timer::Claim(one), Timer::Preallocation(id), Timer::AnaWindow(one)]
        {
            assert_eq!(verdict.urgency(), Urgency::Verdict);
        }
        for routine in
            [Timer::ClaimRepeat(one), Timer::AsaResend, Timer::Pool, Timer::AnaRepeat(one)]
        {
            assert_eq!(routine.urgency(), Urgency::Routine);
        }
    }
}
