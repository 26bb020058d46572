//! How often a claim of somebody's address goes through because of loss.

use super::defence::Wait;

/// When a claimant's four ACLMs are sent, and its verdict, in seconds.
const CLAIMS: [f64; 4] = [0.0, 1.0, 3.0, 7.0];
const VERDICT: f64 = 10.0;

/// The share of claims of a live owner's address that go through with independent loss `p`, if
/// nobody but the owner knows: p^4 (2 + 2p - 3p^2).
///
/// The owner answers the first ACLM it hears at once and again after 1, 3 and 7 s. Hearing the
/// first (at 0, with probability 1-p) or the second (at 1) leaves it four AIUs before the verdict,
/// the third (at 3) three, the fourth (at 7) two; all must be lost. With the share p^4 in which
/// it hears none: p^4 [(1-p)(1 + p + p + p) + 1].
#[must_use]
pub fn live_owner_missed(p: f64) -> f64 {
    p.powi(4) * (2.0 + 2.0 * p - 3.0 * p * p)
}

/// The share of claims that an owner's regular AIUs do not give away either: (2 + p) / 3.
///
/// One falls into the ten seconds of a claim with probability 10/30, and is lost with p.
#[must_use]
pub fn regular_announcement_missed(p: f64) -> f64 {
    (2.0 + p) / 3.0
}

/// The share of claims of a dead owner's address that go through with independent loss `p` and
/// `delay` seconds one way, if one bystander knows and draws its first wait from `wait`: about 0.8 p
/// in the draft, linear in p.
///
/// The bystander draws U at the first ACLM it hears, sent at s, and answers U, 3U, 7U, ... later.
/// An answer counts if s + (2^k - 1) U + 2 delay comes before the verdict. So for each s the number
/// of answers in time is a step function of U, and p^answers is summed over its steps.
#[must_use]
pub fn dead_owner_taken(p: f64, delay: f64, wait: &Wait) -> f64 {
    let mut missed = p.powi(4);
    for (nth, sent) in (0..).zip(CLAIMS) {
        let left = VERDICT - sent - 2.0 * delay;
        // The share of draws that make at least k answers arrive in time.
        let at_least = |k: i32| match k {
            0 => 1.0,
            k => wait.at_most(left / (2_f64.powi(k) - 1.0)),
        };
        let lost: f64 = (0..16).map(|k| (at_least(k) - at_least(k + 1)) * p.powi(k)).sum();
        missed += p.powi(nth) * (1.0 - p) * lost;
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_that_were_published() {
        assert!(
            (dead_owner_taken(0.1, 0.1, &Wait::DRAFT) - 0.084).abs() < 5e-5,
            "{}",
            dead_owner_taken(0.1, 0.1, &Wait::DRAFT)
        );
        assert!((live_owner_missed(0.1) - 1e-4 * 2.17).abs() < 1e-9);
        for certain in [live_owner_missed(1.0), dead_owner_taken(1.0, 0.1, &Wait::DRAFT)] {
            assert!((certain - 1.0).abs() < 1e-12);
        }
        assert!(dead_owner_taken(0.0, 0.1, &Wait::DRAFT).abs() < 1e-12);
    }

    #[test]
    fn quick_bystanders_make_a_dead_owner_as_safe_as_a_live_one() {
        let quick = |p| dead_owner_taken(p, 0.1, &Wait::HARDENED);
        assert!((0.0003..0.0015).contains(&quick(0.1)), "{}", quick(0.1));
        assert!(quick(0.02) / quick(0.01) > 7.0, "no longer linear");
    }

    #[test]
    fn a_dead_owner_is_a_linear_risk_and_a_live_one_is_not() {
        let half = |f: &dyn Fn(f64) -> f64| f(0.02) / f(0.01);
        assert!((half(&|p| dead_owner_taken(p, 0.1, &Wait::DRAFT)) - 2.0).abs() < 0.05);
        assert!((half(&live_owner_missed) - 16.0).abs() < 0.5);
    }
}
