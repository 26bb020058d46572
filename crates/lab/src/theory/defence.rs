//! Bystanders who defend a dead owner's address (draft 3.2.2).

/// What a bystander's first wait is drawn from, in seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Wait {
    /// The shortest.
    pub low: f64,
    /// The longest.
    pub high: f64,
    /// In how many equal stretches each is twice as likely as the one before; 0 if all is alike.
    pub octaves: u32,
}

impl Wait {
    /// In the draft: 2 to 8 times [RESEND-WAIT].
    pub const DRAFT: Self = Self { low: 2.0, high: 8.0, octaves: 0 };
    /// In the profile `hardened`.
    pub const HARDENED: Self = Self { low: 0.2, high: 0.8, octaves: 6 };

    /// The share of draws up to `t`: with n octaves (2^(n x) - 1) / (2^n - 1) at x of the way.
    #[must_use]
    pub fn at_most(&self, t: f64) -> f64 {
        let way = ((t - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        match f64::from(self.octaves) {
            0.0 => way,
            n => ((n * way).exp2() - 1.0) / (n.exp2() - 1.0),
        }
    }

    /// The wait that this share of draws does not exceed.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let way = match f64::from(self.octaves) {
            0.0 => share,
            n => (1.0 + (n.exp2() - 1.0) * share).log2() / n,
        };
        self.low + (self.high - self.low) * way
    }
}

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
    (0..8).map(|k: i32| Wait::DRAFT.at_most(REPEAT_INTERVAL / 2_f64.powi(k))).sum()
}

/// How likely it is that a lone bystander answers silence `count` times: the share of draws that
/// make it answer so often, less those that make it go on.
#[must_use]
pub fn lone_answers_probability(count: u32) -> f64 {
    let at_least = |k: u32| match k {
        0 => 1.0,
        k => Wait::DRAFT.at_most(REPEAT_INTERVAL / f64::from(k - 1).exp2()),
    };
    at_least(count) - at_least(count.saturating_add(1))
}

/// How many of `n` bystanders answer one claim on average, if every datagram takes `delay`
/// seconds, none is lost, and the claimant moves on at the first answer: 1 + n d/6 - (d/6)^n in
/// the draft.
///
/// All whose waits end less than `delay` behind the first one answer too: one with the wait t does
/// if none of the others is below t - d, so the mean is n times the integral of
/// [1 - F(t - d)]^(n-1) over all draws. If all waits are equally likely that is what
/// [`answer_probabilities`] gives; else it is added up.
#[must_use]
pub fn mean_answers(n: f64, delay: f64, wait: &Wait) -> f64 {
    if wait.octaves == 0 {
        let close = close(delay, wait);
        return 1.0 + n * close - close.powf(n);
    }
    let steps = 4_000_u32;
    let none_before = |draw: u32| {
        let share = (f64::from(draw) + 0.5) / f64::from(steps);
        (1.0 - wait.at_most(wait.quantile(share) - delay)).powf(n - 1.0)
    };
    n * (0..steps).map(none_before).sum::<f64>() / f64::from(steps)
}

/// How likely 0, 1, ... `n` answers are, if all waits are equally likely.
///
/// With x = d/6 the number of those that answer besides the first is the smaller of Binomial(n, x)
/// and n - 1: only if all n are closer than d to the earliest possible wait is one counted twice.
#[must_use]
pub fn answer_probabilities(n: u32, delay: f64, wait: &Wait) -> Vec<f64> {
    let close = close(delay, wait);
    let mut probabilities = vec![0.0; n as usize + 1];
    let mut choices = 1.0;
    for besides in 0..=n {
        let far = f64::from(n - besides);
        let likely = choices * close.powf(besides.into()) * (1.0 - close).powf(far);
        probabilities[(besides + 1).min(n) as usize] += likely;
        choices *= far / f64::from(besides + 1);
    }
    probabilities
}

/// The part of the range of waits that a datagram takes.
fn close(delay: f64, wait: &Wait) -> f64 {
    (delay / (wait.high - wait.low)).clamp(0.0, 1.0)
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
        let shares: Vec<f64> = (0..6).map(lone_answers_probability).collect();
        let expected = [0.0, 0.0, 1.0 / 12.0, 0.625, 3.5 / 12.0, 0.0];
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{shares:?}");
        assert_eq!([lone_answers(3.75), lone_answers(7.5), lone_answers(8.0)], [4, 3, 2]);
    }

    #[test]
    fn one_bystander_answers_once_and_many_answer_together() {
        let mean = |n, delay| mean_answers(n, delay, &Wait::DRAFT);
        assert!((mean(1.0, 0.5) - 1.0).abs() < 1e-12);
        assert!((mean(2.0, 0.6) - 1.19).abs() < 1e-12);
        assert!((mean(99.0, 0.1) - 2.65).abs() < 1e-9);
        assert!((mean_answers(1.0, 0.1, &Wait::HARDENED) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_probabilities_of_answers_add_up_to_their_mean() {
        for (n, delay) in [(1, 0.5), (2, 0.6), (9, 0.5), (49, 1.0)] {
            let likely = answer_probabilities(n, delay, &Wait::DRAFT);
            assert!((likely.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{likely:?}");
            let mean: f64 = (0..).zip(&likely).map(|(k, p)| f64::from(k) * p).sum();
            assert!((mean - mean_answers(n.into(), delay, &Wait::DRAFT)).abs() < 1e-9);
        }
    }

    #[test]
    fn adding_up_agrees_with_the_closed_form_where_there_is_one() {
        let wait = Wait::DRAFT;
        let steps = 4_000_u32;
        for n in [2.0, 9.0, 99.0] {
            let sum: f64 = (0..steps)
                .map(|draw| wait.quantile((f64::from(draw) + 0.5) / f64::from(steps)))
                .map(|t| (1.0 - wait.at_most(t - 0.1)).powf(n - 1.0))
                .sum();
            let added = n * sum / f64::from(steps);
            assert!((added - mean_answers(n, 0.1, &Wait::DRAFT)).abs() < 1e-3, "{n}: {added}");
        }
    }

    #[test]
    fn quantiles_are_where_their_share_is() {
        for wait in [Wait::DRAFT, Wait::HARDENED] {
            for share in [0.0, 0.1, 0.5, 0.9, 1.0] {
                assert!((wait.at_most(wait.quantile(share)) - share).abs() < 1e-9, "{wait:?}");
            }
        }
        assert!((Wait::HARDENED.at_most(0.7) - 31.0 / 63.0).abs() < 1e-9);
    }
}
