//! How many requests a second are let through.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::lock::lock;

/// So many per second, and as many in one burst.
pub(super) struct Rate {
    /// What one costs: the gap at which they may go on for ever.
    gap: Duration,
    /// How far ahead of that pace they may be.
    burst: Duration,
    /// When the pace would have caught up with all that was admitted.
    paced: Mutex<Option<Instant>>,
}

impl Rate {
    pub(super) fn new(per_second: u32) -> Self {
        let burst = Duration::from_secs(1);
        Self { gap: burst / per_second.max(1), burst, paced: Mutex::new(None) }
    }

    /// Whether one more may come now, which counts it.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut paced = lock(&self.paced);
        let start = paced.map_or(now, |paced| paced.max(now));
        let admitted = start + self.gap <= now + self.burst;
        if admitted {
            *paced = Some(start + self.gap);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_pace_after_it() {
        let (rate, now) = (Rate::new(10), Instant::now());
        let admitted = (0..100).filter(|_| rate.admits(now)).count();
        assert_eq!(admitted, 10);
        assert!(rate.admits(now + Duration::from_millis(100)));
        assert!(!rate.admits(now + Duration::from_millis(150)));
        let later = now + Duration::from_secs(60);
        assert_eq!((0..100).filter(|_| rate.admits(later)).count(), 10);
    }
}
