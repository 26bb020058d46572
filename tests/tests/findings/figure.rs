//! A figure: what it is, how it is kept, how it is shown, and when two agree.

use std::fmt;
use std::str::FromStr;

use lab::measure::{Distribution, Estimate, Unit, Z95, deviation, share};

const SIGMAS: f64 = 4.0;
/// Kept figures have six digits.
const ROUNDING: f64 = 1e-5;

/// What is taken from a distribution.
#[derive(Clone, Copy)]
pub(crate) enum Statistic {
    /// The mean.
    Mean,
    /// The share of runs with at least so many.
    AtLeast(u64),
    /// The value not exceeded in so many of 100 runs.
    Quantile(u8),
}

/// A measured figure, in the metric's own unit.
pub(crate) enum Figure {
    /// A mean, the standard deviation of the values, and how many they are.
    Mean { mean: f64, deviation: f64, values: u64 },
    /// In so many of so many runs.
    Share { happened: u64, runs: u64 },
    /// A quantile, and the values themselves where they were measured just now.
    Quantile { percent: u8, value: u64, seen: Option<Distribution> },
}

impl Figure {
    /// The statistic of what was measured.
    pub(crate) fn of(found: &Distribution, statistic: Statistic) -> Self {
        match statistic {
            Statistic::Mean => Self::Mean {
                mean: found.sum() as f64 / found.count().max(1) as f64,
                deviation: deviation(found),
                values: found.count(),
            },
            Statistic::AtLeast(least) => {
                Self::Share { happened: found.at_least(least), runs: found.count() }
            }
            Statistic::Quantile(percent) => Self::Quantile {
                percent,
                value: found.quantile(percent.into(), 100),
                seen: Some(found.clone()),
            },
        }
    }

    /// Whether this, measured with few runs, could come from the same as `kept`.
    pub(crate) fn agrees_with(&self, kept: &Self) -> Result<(), String> {
        let (found, wanted, allowed) = match (self, kept) {
            (
                Self::Mean { mean, deviation: here, values },
                Self::Mean { mean: wanted, deviation: there, .. },
            ) => {
                // A kept deviation of zero says that chance has no part in it.
                let varies = if *there > 0.0 { here.max(*there) } else { 0.0 };
                let chance = SIGMAS * varies / (*values as f64).sqrt();
                (*mean, *wanted, chance + wanted.abs() * ROUNDING)
            }
            (Self::Share { happened, runs }, Self::Share { happened: there, runs: of }) => {
                let wanted = share(*there, *of, Z95);
                let likely = 0.5_f64.clamp(wanted.low, wanted.high);
                let error = (likely * (1.0 - likely) / *runs as f64).sqrt();
                (*happened as f64 / *runs as f64, wanted.value, SIGMAS * error)
            }
            (Self::Quantile { seen: Some(seen), .. }, Self::Quantile { percent, value, .. }) => {
                return quantile_agrees(seen, *percent, *value);
            }
            _ => return Err(format!("measured {self}, kept {kept}: not the same statistic")),
        };
        if (found - wanted).abs() <= allowed {
            return Ok(());
        }
        Err(format!("measured {found}, kept {wanted} ± {allowed}"))
    }

    /// For people: with the interval of 95 %, times in seconds.
    pub(crate) fn shown(&self, unit: Unit) -> String {
        match self {
            Self::Mean { mean, deviation, values } => {
                let (scale, name) = match unit {
                    Unit::Micros => (1e-6, " s"),
                    Unit::Milli => (1e-3, ""),
                    Unit::Share => (1e-4, " %"),
                    Unit::Count => (1.0, ""),
                };
                let error = Z95 * deviation * scale / (*values as f64).sqrt();
                let range =
                    if error > 0.0 { format!(" ± {}", short(error)) } else { String::new() };
                format!("{}{range}{name}", short(mean * scale))
            }
            Self::Share { happened, runs } => {
                let Estimate { value, low, high } = share(*happened, *runs, Z95);
                let [value, low, high] = [value, low, high].map(|part| short(part * 100.0));
                match *happened {
                    0 => format!("none (< {high} %)"),
                    all if all == *runs => format!("all (> {low} %)"),
                    _ => format!("{value} % ({low} .. {high})"),
                }
            }
            Self::Quantile { value, .. } => value.to_string(),
        }
    }
}

/// No more values may be smaller than their quantile, or greater, than its definition allows.
fn quantile_agrees(seen: &Distribution, percent: u8, value: u64) -> Result<(), String> {
    let count = seen.count() as f64;
    let part = f64::from(percent) / 100.0;
    let error = SIGMAS * (part * (1.0 - part) / count).sqrt();
    let of = |matches: &dyn Fn(u64) -> bool| {
        let found = seen.classes().filter(|(class, _)| matches(*class)).map(|(_, many)| many);
        found.sum::<u64>() as f64 / count
    };
    let (smaller, greater) = (of(&|class| class < value), of(&|class| class > value));
    if smaller <= part + error && greater <= 1.0 - part + error {
        return Ok(());
    }
    Err(format!("{value} is no {percent} % quantile: {smaller} are smaller, {greater} greater"))
}

/// Two digits after the point, three below one, without zeros at the end.
fn short(value: f64) -> String {
    let digits = if value >= 1.0 { 2 } else { 3 };
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl FromStr for Statistic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mean" => Ok(Self::Mean),
            "share" => Ok(Self::AtLeast(1)),
            _ => {
                let least = text.strip_prefix(">=").and_then(|least| least.parse().ok());
                let percent = text.strip_suffix('%').and_then(|part| part.parse().ok());
                let found = least.map(Self::AtLeast).or(percent.map(Self::Quantile));
                found.ok_or_else(|| format!("no statistic `{text}`"))
            }
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::AtLeast(1) => f.write_str("share"),
            Self::AtLeast(least) => write!(f, ">={least}"),
            Self::Quantile(percent) => write!(f, "{percent}%"),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean { mean, deviation, values } => {
                write!(f, "mean {mean:.6} deviation {deviation:.6} values {values}")
            }
            Self::Share { happened, runs } => write!(f, "share {happened} of {runs}"),
            Self::Quantile { percent, value, .. } => write!(f, "quantile {percent} is {value}"),
        }
    }
}

impl FromStr for Figure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        fn number<T: FromStr>(text: &str) -> Result<T, String> {
            text.parse().map_err(|_| format!("`{text}` is no number"))
        }
        match *text.split(' ').collect::<Vec<_>>() {
            ["mean", mean, "deviation", deviation, "values", values] => Ok(Self::Mean {
                mean: number(mean)?,
                deviation: number(deviation)?,
                values: number(values)?,
            }),
            ["share", happened, "of", runs] => {
                Ok(Self::Share { happened: number(happened)?, runs: number(runs)? })
            }
            ["quantile", percent, "is", value] => {
                Ok(Self::Quantile { percent: number(percent)?, value: number(value)?, seen: None })
            }
            _ => Err(format!("`{text}` is no figure")),
        }
    }
}
