//! When messages are sent that leave nothing to chance (draft 3.2.2, 3.2.5; jitter off).

/// [ANNOUNCE-WAIT], in seconds.
const ANNOUNCE_WAIT: u64 = 10;
/// [REPEAT-INTERVAL], in seconds.
const REPEAT_INTERVAL: u64 = 30;

/// 0, 1, 3, 7, 15, ...: intervals that double from [RESEND-WAIT] on.
fn doubling() -> impl Iterator<Item = u64> {
    (0..63).map(|n| (1 << n) - 1)
}

/// The ACLMs of a claim nobody objects to, in seconds from its start: those before the verdict.
pub fn claims() -> impl Iterator<Item = u64> {
    doubling().take_while(|at| *at < ANNOUNCE_WAIT)
}

/// The fast AIUs of the allocation such a claim leads to, in seconds from its start: as long as
/// the interval before one is at most [REPEAT-INTERVAL].
pub fn announcements() -> impl Iterator<Item = u64> {
    owners_answers().map(|at| ANNOUNCE_WAIT + at)
}

/// An owner's AIUs against a claimant who goes silent, in seconds from the claim.
pub fn owners_answers() -> impl Iterator<Item = u64> {
    // The interval before the one at 2^n - 1 is 2^(n-1).
    doubling().take_while(|at| at.div_ceil(2) <= REPEAT_INTERVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_the_draft() {
        assert_eq!(claims().collect::<Vec<_>>(), [0, 1, 3, 7]);
        assert_eq!(announcements().collect::<Vec<_>>(), [10, 11, 13, 17, 25, 41]);
        assert_eq!(owners_answers().collect::<Vec<_>>(), [0, 1, 3, 7, 15, 31]);
    }
}
