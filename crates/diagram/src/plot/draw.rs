//! The picture itself.

use std::fmt::Write as _;

use super::axis::Axis;
use super::{Plot, Point, Scale, Series, Shape};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
/// The field inside the axes: left, top, right, bottom.
const FIELD: (f64, f64, f64, f64) = (72.0, 48.0, 700.0, 360.0);

/// Characters of small print in a line.
const NOTE_COLUMNS: usize = 130;

/// Colours that people with the common colour blindnesses tell apart (Okabe and Ito), dark enough
/// for white paper.
const COLORS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#404040"];

/// Draws a plot as a self-contained SVG document that ends in a newline.
#[must_use]
pub fn svg(plot: &Plot) -> String {
    let corners: Vec<(f64, f64)> = plot.series.iter().flat_map(|s| s.shape.corners()).collect();
    let (left, top, right, bottom) = FIELD;
    let x = Axis::over(corners.iter().map(|(x, _)| *x), Scale::Linear, (left, right));
    let floor =
        (plot.scale == Scale::Linear && corners.iter().all(|(_, y)| *y >= 0.0)).then_some(0.0);
    let heights = corners.iter().map(|(_, y)| *y).chain(floor);
    let y = Axis::over(heights, plot.scale, (bottom, top));
    let mut out = String::new();
    frame(plot, &x, &y, &mut out);
    for series in &plot.series {
        shape(&series.shape, &x, &y, color(series), &mut out);
    }
    legend(&plot.series, &mut out);
    out.push_str("</svg>\n");
    out
}

const fn color(series: &Series) -> &'static str {
    COLORS[series.tone % COLORS.len()]
}

/// Text as XML wants it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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

fn frame(plot: &Plot, x: &Axis, y: &Axis, out: &mut String) {
    let (left, top, right, bottom) = FIELD;
    let (middle_x, middle_y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let title = escaped(&plot.title);
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{middle_x}\" y=\"26\" text-anchor=\"middle\" font-size=\"15\">{title}</text>\n\
         <text x=\"{middle_x}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>\n\
         <text transform=\"translate(18 {middle_y}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        bottom + 36.0,
        escaped(&plot.x),
        escaped(&plot.y),
    );
    for (nth, line) in wrapped(&plot.note).iter().enumerate() {
        let _ = writeln!(
            out,
            "<text x=\"14\" y=\"{:.0}\" font-size=\"10\" fill=\"#555\">{}</text>",
            bottom + 56.0 + 12.0 * nth as f64,
            escaped(line),
        );
    }
    for (at, label) in x.marks() {
        let _ = writeln!(
            out,
            "<path d=\"M{at:.1} {bottom}v5\" stroke=\"#555\"/>\
             <text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{label}</text>",
            bottom + 18.0,
        );
    }
    for (at, label) in y.marks() {
        let _ = writeln!(
            out,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            left - 6.0,
            at + 4.0,
        );
    }
    let _ =
        writeln!(out, "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#555\"/>");
}

fn shape(shape: &Shape, x: &Axis, y: &Axis, color: &str, out: &mut String) {
    match shape {
        Shape::Measured(points) => measured(points, x, y, color, out),
        Shape::Curve(points) => {
            let path = path(points.iter().copied(), x, y);
            let _ = writeln!(
                out,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\" \
                 stroke-dasharray=\"6 4\"/>"
            );
        }
        Shape::Steps(points) => {
            let corners = points.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
            let path = path(points.first().copied().into_iter().chain(corners), x, y);
            let _ = writeln!(
                out,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>"
            );
        }
        Shape::Bars(bars) => {
            for &(from, to, height) in bars.iter().filter(|(_, _, height)| *height > 0.0) {
                let (Some(left), Some(right)) = (x.place(from), x.place(to)) else { continue };
                let (Some(top), bottom) = (y.place(height), FIELD.3) else { continue };
                let _ = writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
                     fill=\"{color}\" fill-opacity=\"0.6\" stroke=\"white\" stroke-width=\"0.5\"/>",
                    right - left,
                    bottom - top,
                );
            }
        }
    }
}

/// A band, a line, and the points on it.
fn measured(points: &[Point], x: &Axis, y: &Axis, color: &str, out: &mut String) {
    let upper = points.iter().map(|p| (p.x, p.high));
    // What is measured as none has no place on a scale of powers; its band goes to the bottom.
    let lower =
        points.iter().rev().map(|p| (p.x, if p.low > 0.0 { p.low } else { f64::MIN_POSITIVE }));
    let band = path(upper.chain(lower), x, y);
    let line = path(points.iter().map(|p| (p.x, p.y)), x, y);
    let _ = writeln!(
        out,
        "<path d=\"{band}Z\" fill=\"{color}\" fill-opacity=\"0.2\"/>\n\
         <path d=\"{line}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>"
    );
    for point in points {
        if let (Some(x), Some(y)) = (x.place(point.x), y.place(point.y)) {
            let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"/>");
        }
    }
}

/// A path through all points that have a place.
fn path(points: impl Iterator<Item = (f64, f64)>, x: &Axis, y: &Axis) -> String {
    let mut path = String::new();
    for (at, height) in points {
        if let (Some(at), Some(height)) = (x.place(at), y.place(height)) {
            let command = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{command}{at:.1} {height:.1}");
        }
    }
    path
}

/// The names, in lines above the note.
fn legend(series: &[Series], out: &mut String) {
    let named = series.iter().filter(|series| !series.name.is_empty());
    let (left, top, ..) = FIELD;
    for (row, series) in named.enumerate() {
        let color = color(series);
        let y = top + 14.0 + 17.0 * row as f64;
        let dashes = match series.shape {
            Shape::Curve(_) => " stroke-dasharray=\"6 4\"",
            _ => "",
        };
        let _ = writeln!(
            out,
            "<path d=\"M{:.0} {:.0}h24\" stroke=\"{color}\" stroke-width=\"2.5\"{dashes}/>\
             <text x=\"{:.0}\" y=\"{y:.0}\">{}</text>",
            left + 14.0,
            y - 4.0,
            left + 46.0,
            escaped(&series.name),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{cumulative, histogram};

    fn plot() -> Plot {
        let points =
            [(0.0, 0.0), (0.5, 0.4)].map(|(x, y)| Point { x, y, low: y * 0.9, high: y + 0.1 });
        Plot {
            title: "Loss & ruin".to_owned(),
            note: "made by <this>".to_owned(),
            x: "loss".to_owned(),
            y: "share of runs".to_owned(),
            scale: Scale::Linear,
            series: vec![
                Series {
                    name: "measured".to_owned(),
                    tone: 0,
                    shape: Shape::Measured(points.into()),
                },
                Series {
                    name: "0.8 p".to_owned(),
                    tone: 1,
                    shape: Shape::Curve(vec![(0.0, 0.0), (0.5, 0.4)]),
                },
            ],
        }
    }

    #[test]
    fn a_line_has_a_band_points_a_legend_and_escaped_words() {
        let picture = svg(&plot());
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        assert!(picture.contains("Loss &amp; ruin") && picture.contains("made by &lt;this&gt;"));
        assert_eq!(picture.matches("<circle").count(), 2);
        assert_eq!(picture.matches("fill-opacity=\"0.2\"").count(), 1);
        assert_eq!(picture.matches("stroke-dasharray").count(), 2, "the curve and its legend");
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
        assert_eq!(picture, svg(&plot()), "the same octets every time");
    }

    #[test]
    fn powers_of_ten_leave_zeros_out() {
        let picture = svg(&Plot { scale: Scale::Log, ..plot() });
        assert_eq!(picture.matches("<circle").count(), 1);
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }

    #[test]
    fn bars_and_steps_are_drawn_and_nothing_is_no_problem() {
        let classes = [(1.0, 3), (2.0, 1)];
        for (shape, tag) in [(histogram(&classes, 10), "<rect x="), (cumulative(&classes), "L")] {
            let series = vec![Series { name: String::new(), tone: 7, shape }];
            assert!(svg(&Plot { series, ..Plot::default() }).contains(tag));
        }
        assert!(svg(&Plot::default()).contains("</svg>"));
    }
}
