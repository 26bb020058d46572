//! How soon two owners of one address notice once they hear each other.
//!
//! Both announce it at intervals drawn from 0.7 to 1.3 [REPEAT-INTERVAL], 21 to 39 s. Seen from
//! any moment, the time to the next AIU of one of them is longer than t with probability
//! 1 - t/30 up to 21 s, (39 - t)^2 / 1080 up to 39 s. Whoever speaks first gives it away, so the
//! probability that nobody has spoken is the square of that.

/// The probability that nothing was announced for `t` seconds.
#[must_use]
pub fn conflict_unnoticed(t: f64) -> f64 {
    let one = match t {
        t if t <= 0.0 => 1.0,
        t if t <= 21.0 => 1.0 - t / 30.0,
        t if t < 39.0 => (39.0 - t) * (39.0 - t) / 1080.0,
        _ => 0.0,
    };
    one * one
}

/// The mean time to notice, in seconds: 10.05, the integral of the probability above.
#[must_use]
pub fn mean_notice() -> f64 {
    let early = 10.0 * (1.0 - 0.3_f64.powi(3));
    let late = 18_f64.powi(5) / (5.0 * 1080.0 * 1080.0);
    early + late
}

/// The time by which the conflict was noticed with probability `share`, in seconds.
#[must_use]
pub fn notice_quantile(share: f64) -> f64 {
    let one = (1.0 - share.clamp(0.0, 1.0)).sqrt();
    if one >= 0.3 { 30.0 * (1.0 - one) } else { 39.0 - (1080.0 * one).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_that_were_published() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 0.05, "{a} {b}");
        near(mean_notice(), 10.05);
        near(notice_quantile(0.5), 8.8);
        near(notice_quantile(0.99), 28.6);
        near(notice_quantile(1.0), 39.0);
    }

    #[test]
    fn the_parts_fit_together() {
        assert!((conflict_unnoticed(20.999_999) - conflict_unnoticed(21.000_001)).abs() < 1e-6);
        for share in [0.1, 0.5, 0.9, 0.99] {
            assert!((1.0 - conflict_unnoticed(notice_quantile(share)) - share).abs() < 1e-9);
        }
        let steps = 39_000_u32;
        let sum: f64 = (0..steps).map(|n| conflict_unnoticed((f64::from(n) + 0.5) / 1e3)).sum();
        assert!((sum / 1e3 - mean_notice()).abs() < 1e-4);
    }
}
