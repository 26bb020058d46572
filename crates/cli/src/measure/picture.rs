//! A result as a plot.
#![expect(clippy::float_arithmetic, reason = "a picture is drawn, nothing is decided")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use diagram::plot::{Plot, Point, Scale, Series, Shape, cumulative, histogram, png, svg};
use lab::measure::{Estimate, Metric, Part, Per, RowQuestion, Tally, Unit, Z95, mean, share};
use lab::theory::{Facts, Formula};

use super::numbers::number;
use crate::exit::Failure;

/// Steps of a computed curve.
const STEPS: u32 = 100;
/// Bars of a histogram, at most.
const BARS: u32 = 40;

/// What is plotted.
#[derive(Args, Debug)]
pub(super) struct PlotArgs {
    /// Draw the first metric to this SVG or PNG file: over what is varied, with 95 % intervals.
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    plot: Option<PathBuf>,

    /// What of the metric is drawn.
    #[arg(long, value_enum, default_value_t, requires = "plot", hide_default_value = true)]
    plot_of: Of,

    /// Run up by powers of ten.
    #[arg(long, requires = "plot")]
    log: bool,

    /// Draw what theory says beside it: dead-owner, live-owner, answers, notice, traffic, ...
    #[arg(long, value_name = "NAME", requires = "plot", value_delimiter = ',', value_parser = formula)]
    formula: Vec<Formula>,
}

/// What of a metric is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Of {
    /// Its mean (the default).
    #[default]
    Mean,
    /// The share of runs in which it is not 0.
    Share,
    /// Its distribution, row by row, as bars.
    Histogram,
    /// Its distribution, row by row, added up.
    Cumulative,
}

fn formula(name: &str) -> Result<Formula, String> {
    let known = || Formula::ALL.map(Formula::name).join(", ");
    Formula::find(name).ok_or_else(|| format!("there are {}", known()))
}

impl PlotArgs {
    /// Refuses what cannot be drawn, before anything is run.
    pub(super) fn consider(&self) -> Result<(), Failure> {
        match &self.plot {
            Some(path) if Format::of(path).is_none() => Err(Failure::Usage(format!(
                "{}: plots are SVG or PNG files; give it a name that ends in .svg or .png",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Draws, if that was asked for.
    pub(super) fn draw(
        &self,
        whole: &Part,
        metrics: &[Metric],
        at_least: u64,
    ) -> Result<(), Failure> {
        let Some((path, format)) = self.plot.as_deref().and_then(|p| Some((p, Format::of(p)?)))
        else {
            return Ok(());
        };
        let metric = metrics.first().copied().unwrap_or(Metric::Messages(None, None));
        let plot = match self.plot_of {
            Of::Mean | Of::Share => self.lines(whole, metric, at_least)?,
            Of::Histogram | Of::Cumulative => self.distributions(whole, metric),
        };
        let note = command(path);
        let scale = if self.log { Scale::Log } else { Scale::Linear };
        let plot = Plot { note, scale, ..plot };
        let file = match format {
            Format::Svg => svg(&plot).into_bytes(),
            Format::Png => png(&plot),
        };
        fs::write(path, file).map_err(|error| {
            Failure::Environment(format!("cannot write {}: {error}", path.display()))
        })
    }

    /// The metric over the first setting that is varied and is a number.
    fn lines(&self, whole: &Part, metric: Metric, at_least: u64) -> Result<Plot, Failure> {
        let rows = &whole.question().rows;
        let names = rows.first().into_iter().flat_map(|row| &row.parameters);
        let varied = names.map(|(name, _)| name.as_str()).find(|name| {
            let values: Vec<_> = rows.iter().map(|row| place(row, name)).collect();
            values.iter().all(Option::is_some) && values.windows(2).any(|pair| pair[0] != pair[1])
        });
        let name = varied.ok_or_else(|| {
            Failure::Usage(
                "a line needs a number to run over: --vary NAME=A..B/N (or draw a distribution \
                 with --plot-of cumulative)"
                    .to_owned(),
            )
        })?;
        let mut lines: Vec<(String, Facts, Vec<Point>)> = Vec::new();
        for (row, tally) in rows.iter().zip(whole.tallies()) {
            let (Some(x), Some(estimate)) =
                (place(row, name), self.estimate(tally, metric, at_least))
            else {
                continue;
            };
            let Estimate { value, low, high } = estimate;
            let (label, point) = (row.label_without(name), Point { x, y: value, low, high });
            match lines.iter_mut().find(|(known, ..)| *known == label) {
                Some((.., points)) => points.push(point),
                None => lines.push((label, row.facts, vec![point])),
            }
        }
        let formulas = self.formulas(&lines, name);
        let measured = lines.into_iter().enumerate().map(|(tone, (label, _, mut points))| {
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            let name = if label.is_empty() { "measured".to_owned() } else { label };
            Series { name, tone, shape: Shape::Measured(points) }
        });
        let of = match self.plot_of {
            Of::Share if at_least > 1 => format!("share of runs with {metric} >= {at_least}"),
            Of::Share => format!("share of runs with {metric}"),
            _ if metric.per() == Per::Run => format!("{metric} per run, mean{}", unit(metric)),
            _ => format!("{metric}, mean{}", unit(metric)),
        };
        Ok(Plot {
            title: format!("{} a point", title(whole)),
            x: axis_name(name),
            y: of,
            series: measured.chain(formulas).collect(),
            ..Plot::default()
        })
    }

    fn estimate(&self, tally: &Tally, metric: Metric, at_least: u64) -> Option<Estimate> {
        let found = tally.of(metric);
        if self.plot_of == Of::Share {
            return Some(share(found.at_least(at_least), found.count(), Z95));
        }
        let scale = scale(metric);
        let Estimate { value, low, high } = mean(&found, Z95)?;
        Some(Estimate { value: value * scale, low: low * scale, high: high * scale })
    }

    /// The curves of all formulas over the same stretch. Where a formula says something else of
    /// each line, its curves have the colours of the lines; else it is one curve of its own.
    fn formulas(&self, lines: &[(String, Facts, Vec<Point>)], name: &str) -> Vec<Series> {
        let mut series: Vec<Series> = Vec::new();
        let stretch = lines.iter().flat_map(|(.., points)| points).map(|point| point.x);
        let (low, high) = ends(stretch);
        let at = |n: u32| low + (high - low) * f64::from(n) / f64::from(STEPS);
        for (nth, formula) in self.formula.iter().enumerate() {
            let curve = |facts: &Facts| -> Vec<(f64, f64)> {
                let points = (0..=STEPS).map(at);
                points.filter_map(|x| Some((x, formula.value(facts, name, x)?))).collect()
            };
            let mut curves: Vec<Vec<(f64, f64)>> =
                lines.iter().map(|(_, facts, _)| curve(facts)).collect();
            let is_one = curves.windows(2).all(|pair| pair[0] == pair[1]);
            curves.truncate(if is_one { 1 } else { curves.len() });
            for (line, curve) in curves.into_iter().enumerate() {
                let tone = if is_one { lines.len() + nth } else { line };
                let written = |line: usize| lines.get(line).map(|(_, f, _)| formula.written(f));
                let is_new = (0..line).all(|before| written(before) != written(line));
                let name = written(line).filter(|_| is_new).unwrap_or_default().to_owned();
                series.push(Series { name, tone, shape: Shape::Curve(curve) });
            }
        }
        series
    }

    /// The distribution of the metric in every row.
    fn distributions(&self, whole: &Part, metric: Metric) -> Plot {
        let scale = scale(metric);
        let mut series = Vec::new();
        for (row, tally) in whole.question().rows.iter().zip(whole.tallies()) {
            let found = tally.of(metric);
            let classes: Vec<(f64, u64)> =
                found.classes().map(|(value, count)| (value as f64 * scale, count)).collect();
            let (shape, intervals) = match self.plot_of {
                Of::Histogram => {
                    let bars = histogram(&classes, BARS);
                    let whiskers = Shape::Whiskers(tops(&bars, found.count()));
                    (bars, whiskers)
                }
                _ => {
                    let steps = cumulative(&classes);
                    let band = Shape::Band(tops(&steps, found.count()));
                    (steps, band)
                }
            };
            let label = row.label();
            let name = if label.is_empty() { "measured".to_owned() } else { label };
            let tone = series.len() / 2;
            series.push(Series { name, tone, shape });
            series.push(Series { name: String::new(), tone, shape: intervals });
        }
        let facts = whole.question().rows.first().map(|row| row.facts).unwrap_or_default();
        let found = whole.tallies().iter().map(|tally| tally.of(metric));
        let most = found.map(|found| found.greatest()).max().unwrap_or(0);
        for formula in &self.formula {
            let points: Vec<(f64, f64)> = match self.plot_of {
                // A histogram of whole numbers: what is likely is so at each of them.
                Of::Histogram => (0..=most.min(u64::from(BARS)))
                    .map(|n| n as f64)
                    .filter_map(|x| Some((x, formula.value(&facts, "count", x)?)))
                    .collect(),
                _ => (0..=STEPS)
                    .map(|n| most as f64 * scale * f64::from(n) / f64::from(STEPS))
                    .filter_map(|x| Some((x, formula.value(&facts, "time", x)?)))
                    .collect(),
            };
            let name = match (formula, self.plot_of) {
                (Formula::Answers, Of::Histogram) => "1 + Binomial(n, d/6)",
                _ => formula.written(&facts),
            };
            let (name, tone) = (name.to_owned(), series.len());
            series.push(Series { name, tone, shape: Shape::Curve(points) });
        }
        let y = match self.plot_of {
            Of::Histogram => "share of values",
            _ => "share of values up to this",
        };
        Plot {
            title: title(whole),
            x: format!("{metric}{}", unit(metric)),
            y: y.to_owned(),
            series,
            ..Plot::default()
        }
    }
}

/// What a plot is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Svg,
    Png,
}

impl Format {
    /// The one that the name of a file asks for.
    fn of(path: &Path) -> Option<Self> {
        let end = path.extension()?;
        let known = [("svg", Self::Svg), ("png", Self::Png)];
        known.into_iter().find(|(name, _)| end.eq_ignore_ascii_case(name)).map(|(_, format)| format)
    }
}

/// The heights of bars or steps with their intervals, if there were so many values.
fn tops(shape: &Shape, count: u64) -> Vec<Point> {
    let heights: Vec<(f64, f64)> = match shape {
        Shape::Bars(bars) => {
            let taken = bars.iter().filter(|(_, _, height)| *height > 0.0);
            taken.map(|(left, right, height)| (f64::midpoint(*left, *right), *height)).collect()
        }
        Shape::Steps(steps) => steps.clone(),
        _ => Vec::new(),
    };
    let point = |(x, height): (f64, f64)| {
        let Estimate { value, low, high } =
            share((height * count as f64).round() as u64, count, Z95);
        Point { x, y: value, low, high }
    };
    heights.into_iter().map(point).collect()
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// Where a row stands on the axis `name`.
fn place(row: &RowQuestion, name: &str) -> Option<f64> {
    let (_, value) = row.parameters.iter().find(|(known, _)| known == name)?;
    number(value)
}

fn title(whole: &Part) -> String {
    let question = whole.question();
    format!("{}, {} runs", question.scenario, question.seeds.count())
}

fn axis_name(name: &str) -> String {
    match name {
        "variant" => "variant (its number)".to_owned(),
        "delay" | "jitter" | "tail" | "run" => format!("{name} / s"),
        "loss" | "duplicate" | "reorder" => format!("{name}, as a share of the datagrams"),
        _ => name.to_owned(),
    }
}

const fn scale(metric: Metric) -> f64 {
    match metric.unit() {
        Unit::Count => 1.0,
        Unit::Milli => 1e-3,
        Unit::Share | Unit::Micros => 1e-6,
    }
}

const fn unit(metric: Metric) -> &'static str {
    match metric.unit() {
        Unit::Micros => " / s",
        Unit::Count | Unit::Milli | Unit::Share => "",
    }
}

/// The command that draws this plot again, the same octets.
fn command(path: &Path) -> String {
    let arguments = std::env::args_os().skip(1).map(|argument| {
        // Only its name: where the file stands is no part of what is on it.
        let is_path = Path::new(&argument) == path;
        let argument =
            if is_path { path.file_name().unwrap_or(&argument).to_owned() } else { argument };
        argument.to_string_lossy().into_owned()
    });
    let words: Vec<String> = std::iter::once("aap".to_owned()).chain(arguments).collect();
    words.join(" ")
}
