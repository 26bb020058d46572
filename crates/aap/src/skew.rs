//! Clock-skew correction by the current-time of each message (AAP-5.3.1-02, finding F-23).

use sansio::UtcSecs;

use crate::wire::WireTime;

/// The end that never comes; it is never adjusted (F-37).
pub(crate) const ENDLESS: i64 = u32::MAX as i64;

/// The difference between a receiver's clock and the sender's, as one message shows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Skew(i64);

impl Skew {
    /// What a message stamped `current_time` shows when it arrives at `received` (AAP-5.3.1-04).
    pub(crate) fn of(current_time: WireTime, received: UtcSecs) -> Self {
        Self(received.0.saturating_sub(i64::from(current_time.secs())))
    }

    /// `time` on the receiver's clock (AAP-5.3.1-05).
    pub(crate) fn adjust(self, time: WireTime) -> UtcSecs {
        let secs = i64::from(time.secs());
        if secs == ENDLESS { UtcSecs(ENDLESS) } else { UtcSecs(secs.saturating_add(self.0)) }
    }

    /// The difference in seconds; positive if the receiver's clock is ahead.
    pub(crate) const fn secs(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_receiver_moves_times_later() {
        let skew = Skew::of(WireTime(1000), UtcSecs(4600));
        assert_eq!(skew.adjust(WireTime(2000)), UtcSecs(5600));
        assert_eq!(skew.secs(), 3600);
    }

    #[test]
    fn endless_stays_endless_and_nothing_wraps() {
        let skew = Skew::of(WireTime(u32::MAX), UtcSecs(0));
        assert_eq!(skew.adjust(WireTime(u32::MAX)), UtcSecs(ENDLESS));
        assert!(skew.adjust(WireTime(5)).0 < 0);
    }
}
