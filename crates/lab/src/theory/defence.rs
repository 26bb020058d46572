//! Bystanders who defend a dead owner's address (draft 3.2.2).

/// What a bystander's first wait is drawn from in the draft: 2 to 8 times [RESEND-WAIT].
pub const WAIT: (f64, f64) = (2.0, 8.0);
/// [REPEAT-INTERVAL]: a defence ends when its interval would exceed it.
const REPEAT_INTERVAL: f64 = 30.0;

/// How often a lone bystander answers a claimant who goes silent, if its first wait is `draw`
/// seconds: at U, 3U, 7U, ... while the interval (U, 2U, 4U, ...) is at most 30 s.
#[must_use]
pub fn lone_answers(draw: f64) -> u32 {
    let mut interval = draw;
    let mut count = 0;
    while interval <= REPEAT_INTERVAL && count < 64 {
        count += 1;
        interval *= 2.0;
    }
    count
}

/// The mean of that over all draws: 3.2083.
///
/// The kth answer comes if 2^(k-1) U is at most 30 s, so the mean is the sum over k of the share
/// of draws up to 30 / 2^(k-1).
#[must_use]
pub fn mean_lone_answers() -> f64 {
    let (low, high) = WAIT;
    let share = |k: i32| ((REPEAT_INTERVAL / 2_f64.powi(k) - low) / (high - low)).clamp(0.0, 1.0);
    (0..8).map(share).sum()
}

/// How many of `n` bystanders answer one claim on average, if every datagram takes `delay`
/// seconds, none is lost, and the claimant moves on at the first answer: 1 + n d/6 - (d/6)^n.
///
/// All whose waits end less than `delay` behind the first one answer too. With x = d/6 the number
/// of these is the smaller of Binomial(n, x) and n - 1: only if all n are closer than d to the
/// earliest possible wait is one counted twice.
#[must_use]
pub fn mean_answers(n: f64, delay: f64) -> f64 {
    let (low, high) = WAIT;
    let close = (delay / (high - low)).clamp(0.0, 1.0);
    1.0 + n * close - close.powf(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_the_single_draws() {
        assert!((mean_lone_answers() - 3.208_333).abs() < 1e-6, "{}", mean_lone_answers());
        let steps = 600_000_u32;
        let draw = |n: u32| 2.0 + 6.0 * (f64::from(n) + 0.5) / f64::from(steps);
        let sum: u32 = (0..steps).map(|n| lone_answers(draw(n))).sum();
        assert!((f64::from(sum) / f64::from(steps) - mean_lone_answers()).abs() < 1e-4);
        assert_eq!([lone_answers(3.75), lone_answers(7.5), lone_answers(8.0)], [4, 3, 2]);
    }

    #[test]
    fn one_bystander_answers_once_and_many_answer_together() {
        assert!((mean_answers(1.0, 0.5) - 1.0).abs() < 1e-12);
        assert!((mean_answers(2.0, 0.6) - 1.19).abs() < 1e-12);
        assert!((mean_answers(99.0, 0.1) - 2.65).abs() < 1e-9);
    }
}
