//! What is where on the sheet.

use super::axis::Axis;
use super::legend::legend;
use super::mark::{Anchor, Dashes, Ink, Mark, Place, Size, rectangle};
use super::{Plot, Point, Scale, Series, Shape};

pub(super) const WIDTH: f64 = 720.0;
pub(super) const HEIGHT: f64 = 440.0;
/// The field inside the axes: left, top, right, bottom.
pub(super) const FIELD: (f64, f64, f64, f64) = (72.0, 48.0, 700.0, 360.0);

/// Characters of small print in a line.
const NOTE_COLUMNS: usize = 125;
/// Half of the width of an interval's ends.
const CAP: f64 = 3.0;

/// Colours that people with the common colour blindnesses tell apart (Okabe and Ito), dark enough
/// for white paper.
const COLORS: [Ink; 6] = [
    Ink(0x00, 0x72, 0xb2),
    Ink(0xd5, 0x5e, 0x00),
    Ink(0x00, 0x9e, 0x73),
    Ink(0xcc, 0x79, 0xa7),
    Ink(0x8c, 0x6d, 0x00),
    Ink(0x40, 0x40, 0x40),
];

/// Everything on the sheet, the first at the bottom.
pub(super) fn sheet(plot: &Plot) -> Vec<Mark> {
    let is_curve = |series: &&Series| matches!(series.shape, Shape::Curve(_));
    // Curves go down by powers of ten for ever; what was measured says how far to follow them.
    let leads = |s: &&Series| {
        plot.scale == Scale::Linear || !is_curve(s) || plot.series.iter().all(|s| is_curve(&s))
    };
    let leading = plot.series.iter().filter(leads);
    let corners: Vec<Place> = leading.flat_map(|series| series.shape.corners()).collect();
    let (left, top, right, bottom) = FIELD;
    let x = Axis::over(corners.iter().map(|(x, _)| *x), Scale::Linear, (left, right));
    let floor =
        (plot.scale == Scale::Linear && corners.iter().all(|(_, y)| *y >= 0.0)).then_some(0.0);
    let heights = corners.iter().map(|(_, y)| *y).chain(floor);
    let y = Axis::over(heights, plot.scale, (bottom, top));
    let mut marks = Vec::new();
    words(plot, &mut marks);
    axes(&x, &y, &mut marks);
    let mut field = Vec::new();
    for series in &plot.series {
        shape(&series.shape, &x, &y, color(series), &mut field);
    }
    let legend = legend(&plot.series, &field);
    marks.into_iter().chain(field).chain(legend).collect()
}

pub(super) const fn color(series: &Series) -> Ink {
    COLORS[series.tone % COLORS.len()]
}

/// Small print in lines that fit; the third and later ones are lost.
fn wrapped(note: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in note.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < NOTE_COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.truncate(2);
    lines
}

/// Title, names of the axes, small print.
fn words(plot: &Plot, out: &mut Vec<Mark>) {
    let (left, top, right, bottom) = FIELD;
    let (middle_x, middle_y) = (f64::midpoint(left, right), f64::midpoint(top, bottom));
    let title = Mark::text((middle_x, 26.0), plot.title.clone(), Anchor::Middle);
    out.push(title.sized(Size::Title, Ink::BLACK));
    out.push(Mark::text((middle_x, bottom + 36.0), plot.x.clone(), Anchor::Middle));
    out.push(Mark::text((18.0, middle_y), plot.y.clone(), Anchor::Middle).upwards());
    for (nth, line) in wrapped(&plot.note).into_iter().enumerate() {
        let at = (14.0, bottom + 56.0 + 12.0 * nth as f64);
        out.push(Mark::text(at, line, Anchor::Start).sized(Size::Small, Ink::GREY));
    }
}

fn axes(x: &Axis, y: &Axis, out: &mut Vec<Mark>) {
    let (left, top, right, bottom) = FIELD;
    for (at, label) in x.marks() {
        out.push(Mark::line(vec![(at, bottom), (at, bottom + 5.0)], Ink::GREY, 1.0));
        out.push(Mark::text((at, bottom + 18.0), label, Anchor::Middle));
    }
    for (at, label) in y.marks() {
        out.push(Mark::line(vec![(left, at), (right, at)], Ink::PALE, 1.0));
        out.push(Mark::text((left - 6.0, at + 4.0), label, Anchor::End));
    }
    let corner = vec![(left, top), (left, bottom), (right, bottom)];
    out.push(Mark::line(corner, Ink::GREY, 1.0));
}

fn shape(shape: &Shape, x: &Axis, y: &Axis, ink: Ink, out: &mut Vec<Mark>) {
    match shape {
        Shape::Measured(points) => {
            band(points, x, y, ink, out);
            let line = points.iter().map(|point| (point.x, point.y));
            out.push(Mark::line(places(line, x, y), ink, 1.5));
            whiskers(points, x, y, ink, out);
            let dots = points.iter().filter_map(|p| x.place(p.x).zip(y.place(p.y)));
            out.extend(dots.map(|at| Mark::Dot { at, radius: 3.0, ink }));
        }
        Shape::Band(points) => band(points, x, y, ink, out),
        Shape::Whiskers(points) => whiskers(points, x, y, ink, out),
        Shape::Curve(points) => {
            let shown = points.iter().copied().filter(|(_, height)| y.holds(*height));
            let points = places(shown, x, y);
            out.push(Mark::Line { points, ink, width: 1.5, dashes: Dashes::Dashed });
        }
        Shape::Steps(points) => {
            let corners = points.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
            let steps = points.first().copied().into_iter().chain(corners);
            out.push(Mark::line(places(steps, x, y), ink, 1.5));
        }
        Shape::Bars(bars) => {
            for &(from, to, height) in bars.iter().filter(|(_, _, height)| *height > 0.0) {
                let (Some(left), Some(right)) = (x.place(from), x.place(to)) else { continue };
                let Some(top) = y.place(height) else { continue };
                let outline = rectangle((left + 0.5, top), (right - 0.5, FIELD.3));
                out.push(Mark::Area { outline, ink, opacity: 0.6 });
            }
        }
    }
}

/// The lower end of an interval. What was measured as none has no place on a scale of powers; its
/// interval goes to the bottom.
const fn low(point: &Point) -> f64 {
    if point.low > 0.0 { point.low } else { f64::MIN_POSITIVE }
}

fn band(points: &[Point], x: &Axis, y: &Axis, ink: Ink, out: &mut Vec<Mark>) {
    let upper = points.iter().map(|point| (point.x, point.high));
    let lower = points.iter().rev().map(|point| (point.x, low(point)));
    let outline = places(upper.chain(lower), x, y);
    out.push(Mark::Area { outline, ink, opacity: 0.2 });
}

fn whiskers(points: &[Point], x: &Axis, y: &Axis, ink: Ink, out: &mut Vec<Mark>) {
    for point in points {
        let ends = y.place(point.high).zip(y.place(low(point)));
        let Some((at, (top, bottom))) = x.place(point.x).zip(ends) else { continue };
        out.push(Mark::line(vec![(at, top), (at, bottom)], ink, 1.0));
        for end in [top, bottom] {
            out.push(Mark::line(vec![(at - CAP, end), (at + CAP, end)], ink, 1.0));
        }
    }
}

/// All points that have a place.
fn places(points: impl Iterator<Item = (f64, f64)>, x: &Axis, y: &Axis) -> Vec<Place> {
    points.filter_map(|(at, height)| x.place(at).zip(y.place(height))).collect()
}
