//! From values to places, and where the marks are.

use super::Scale;

/// One direction of a plot: values from `low` to `high` on places from `start` to `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    scale: Scale,
}

/// Of the distance between marks: what rounding may have done.
const SLACK: f64 = 1e-9;
/// About so many marks.
const MARKS: f64 = 6.0;

impl Axis {
    /// An axis that holds all `values` and ends at marks.
    pub(super) fn over(
        values: impl Iterator<Item = f64>,
        scale: Scale,
        (start, end): (f64, f64),
    ) -> Self {
        let fits = |value: &f64| value.is_finite() && (scale == Scale::Linear || *value > 0.0);
        let (mut low, mut high) = values
            .filter(fits)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if low > high {
            (low, high) = if scale == Scale::Log { (0.1, 1.0) } else { (0.0, 1.0) };
        }
        let mut axis = Self { low, high, start, end, scale };
        match scale {
            Scale::Log => {
                let (down, up) = (low.log10().floor(), high.log10().ceil());
                (axis.low, axis.high) = (down, up.max(down + 1.0));
            }
            Scale::Linear => {
                if low == high {
                    high += if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
                }
                let step = step(high - low);
                // A value that is a mark but for its last digit is one.
                let [first, last] = [low / step + SLACK, high / step - SLACK];
                (axis.low, axis.high) = (first.floor() * step, last.ceil() * step);
            }
        }
        axis
    }

    /// Whether a value lies between the ends.
    pub(super) fn holds(&self, value: f64) -> bool {
        let value = if self.scale == Scale::Log { value.log10() } else { value };
        (self.low..=self.high).contains(&value)
    }

    /// Where a value is, at the ends if it lies outside; none if it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let value = match self.scale {
            Scale::Linear => value,
            Scale::Log if value <= 0.0 => return None,
            Scale::Log => value.log10(),
        };
        let share = (value - self.low) / (self.high - self.low);
        Some(self.start + share.clamp(0.0, 1.0) * (self.end - self.start))
    }

    /// The marks: each with its place and its label.
    pub(super) fn marks(&self) -> Vec<(f64, String)> {
        let step = match self.scale {
            Scale::Linear => step(self.high - self.low),
            Scale::Log => ((self.high - self.low) / MARKS).ceil().max(1.0),
        };
        let count = ((self.high - self.low) / step).round() as u32;
        let marks = (0..=count).filter_map(|n| {
            let at = self.low + step * f64::from(n);
            let value = if self.scale == Scale::Log { 10_f64.powi(at as i32) } else { at };
            Some((self.place(value)?, label(value, step, self.scale)))
        });
        marks.collect()
    }
}

/// A round distance of marks over `span`: 1, 2 or 5 times a power of ten.
fn step(span: f64) -> f64 {
    let rough = span / MARKS;
    let power = 10_f64.powi(rough.log10().floor() as i32);
    match rough / power {
        r if r <= 1.0 => power,
        r if r <= 2.0 => 2.0 * power,
        r if r <= 5.0 => 5.0 * power,
        _ => 10.0 * power,
    }
}

fn label(value: f64, step: f64, scale: Scale) -> String {
    if scale == Scale::Log {
        return match value {
            v if (0.001..=1000.0).contains(&v) => format!("{}", (v * 1e6).round() / 1e6),
            v => format!("1e{}", v.log10().round()),
        };
    }
    let digits = (-step.log10().floor()).max(0.0) as usize;
    // What rounds to 0 is written without a sign.
    let value = if value.abs() < step / 2.0 { 0.0 } else { value };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], scale: Scale) -> String {
        let axis = Axis::over(values.iter().copied(), scale, (0.0, 100.0));
        axis.marks().into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_are_round_and_hold_every_value() {
        assert_eq!(labels(&[0.0, 0.5], Scale::Linear), "0.0 0.1 0.2 0.3 0.4 0.5");
        assert_eq!(labels(&[0.2, 0.6000000000000001], Scale::Linear), "0.2 0.3 0.4 0.5 0.6");
        assert_eq!(labels(&[3.0, 19.0], Scale::Linear), "0 5 10 15 20");
        assert_eq!(labels(&[0.0004, 0.3], Scale::Log), "1e-4 0.001 0.01 0.1 1");
        assert_eq!(labels(&[5.0, 5.0], Scale::Linear), "5.0 5.1 5.2 5.3 5.4 5.5");
        assert_eq!(labels(&[], Scale::Linear), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(&[f64::NAN, 0.0], Scale::Log), "0.1 1");
    }

    #[test]
    fn values_have_places_and_zero_has_none_among_powers() {
        let axis = Axis::over([1.0, 100.0].into_iter(), Scale::Log, (0.0, 100.0));
        assert_eq!(axis.place(10.0), Some(50.0));
        assert_eq!(axis.place(0.0), None);
        assert_eq!([0.0, 0.9, 1.0, 100.0].map(|v| axis.holds(v)), [false, false, true, true]);
        let down = Axis::over([0.0, 10.0].into_iter(), Scale::Linear, (100.0, 0.0));
        assert_eq!(down.place(2.0), Some(80.0));
    }
}
