//! Plots as SVG and PNG: lines with bands, histograms, cumulative distributions.
//!
//! A plot knows numbers and words, and nothing of where they come from. The same plot is the same
//! octets on every machine: an SVG's coordinates are rounded to a tenth of a unit, and a PNG needs
//! no font of the machine's.

#![expect(clippy::float_arithmetic, reason = "a picture is drawn, nothing is decided")]

mod axis;
mod layout;
mod legend;
mod mark;
mod png;
mod svg;
#[cfg(test)]
mod testing;

pub use png::png;
pub use svg::svg;

/// A picture of some series.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// More about it, in small print: a command that makes it again, say.
    pub note: String,
    /// What runs to the right, with its unit.
    pub x: String,
    /// What runs up, with its unit.
    pub y: String,
    /// How values run up.
    pub scale: Scale,
    /// What is drawn, the first at the bottom.
    pub series: Vec<Series>,
}

/// How values run up an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scale {
    /// Evenly, from 0 if no value is below it.
    #[default]
    Linear,
    /// By powers of ten; values of 0 and below are left out, and curves where they are below all
    /// that was measured.
    Log,
}

/// One thing that is drawn, with its name in the legend.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// Its name; without one it is not in the legend.
    pub name: String,
    /// Its colour: series of one tone belong together.
    pub tone: usize,
    /// What it looks like.
    pub shape: Shape,
}

/// What a series looks like.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// Measured points, joined, with a band of where the true values may lie.
    Measured(Vec<Point>),
    /// A curve that was computed.
    Curve(Vec<(f64, f64)>),
    /// Bars from 0 up: left end, right end, height.
    Bars(Vec<(f64, f64, f64)>),
    /// Steps: from each x on, the value is y.
    Steps(Vec<(f64, f64)>),
    /// Only the intervals of points, one by one.
    Whiskers(Vec<Point>),
    /// Only the intervals of points, as one band.
    Band(Vec<Point>),
}

/// A measured point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// The estimate.
    pub y: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Shape {
    /// Everything that must be on the picture.
    fn corners(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Measured(points) | Self::Whiskers(points) | Self::Band(points) => {
                points.iter().flat_map(|p| [(p.x, p.low), (p.x, p.y), (p.x, p.high)]).collect()
            }
            Self::Curve(points) | Self::Steps(points) => points.clone(),
            Self::Bars(bars) => {
                bars.iter().flat_map(|&(left, right, y)| [(left, 0.0), (right, y)]).collect()
            }
        }
    }
}

/// Counts of classes, by their left ends, as the bars of a histogram: at most `bars` of the same
/// width from the least to the greatest value. Heights are shares of all counts.
#[must_use]
pub fn histogram(classes: &[(f64, u64)], bars: u32) -> Shape {
    let total: u64 = classes.iter().map(|(_, count)| count).sum();
    let ends = classes.first().zip(classes.last());
    let Some(((low, _), (high, _))) = ends.filter(|_| total > 0) else {
        return Shape::Bars(Vec::new());
    };
    // Whole numbers get bars of whole widths, so that no bar holds more of them than another.
    let width = ((high - low + 1.0) / f64::from(bars.max(1))).ceil().max(1.0);
    let mut heights = Vec::new();
    for &(value, count) in classes {
        let at = ((value - low) / width).floor().max(0.0) as usize;
        if heights.len() <= at {
            heights.resize(at + 1, 0_u64);
        }
        heights[at] += count;
    }
    let bar = |(at, count): (usize, &u64)| {
        let left = low - 0.5 + width * at as f64;
        (left, left + width, *count as f64 / total as f64)
    };
    Shape::Bars(heights.iter().enumerate().map(bar).collect())
}

/// Counts of classes, by their left ends, as a cumulative distribution.
#[must_use]
pub fn cumulative(classes: &[(f64, u64)]) -> Shape {
    let total: u64 = classes.iter().map(|(_, count)| count).sum();
    let mut seen = 0;
    let steps = classes.iter().map(|&(value, count)| {
        seen += count;
        (value, seen as f64 / total.max(1) as f64)
    });
    let first = classes.first().map(|&(value, _)| (value, 0.0));
    Shape::Steps(first.into_iter().chain(steps.collect::<Vec<_>>()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_holds_every_count_in_bars_of_one_width() {
        let classes = [(0.0, 2), (1.0, 3), (9.0, 5)];
        let Shape::Bars(bars) = histogram(&classes, 5) else { panic!("bars") };
        assert_eq!(bars.len(), 5);
        assert_eq!(bars[0], (-0.5, 1.5, 0.5));
        assert_eq!(bars[4], (7.5, 9.5, 0.5));
        assert_eq!(histogram(&[], 5), Shape::Bars(vec![]));
    }

    #[test]
    fn a_cumulative_distribution_rises_from_0_to_1() {
        let Shape::Steps(steps) = cumulative(&[(1.0, 1), (3.0, 3)]) else { panic!("steps") };
        assert_eq!(steps, [(1.0, 0.0), (1.0, 0.25), (3.0, 1.0)]);
    }
}
