//! A plot as SVG.

use std::fmt::{self, Write as _};

use super::Plot;
use super::layout::{HEIGHT, WIDTH, sheet};
use super::mark::{Anchor, DASH, Dashes, Ink, Mark, Place, Size, Way};

/// Draws a plot as a self-contained SVG document that ends in a newline.
#[must_use]
pub fn svg(plot: &Plot) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"{}\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n",
        Size::Normal as u8,
        escaped(&plot.title),
    );
    for mark in sheet(plot) {
        tag(&mark, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// Text as XML wants it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl fmt::Display for Ink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

fn tag(mark: &Mark, out: &mut String) {
    let _ = match mark {
        Mark::Line { points: none, .. } | Mark::Area { outline: none, .. } if none.is_empty() => {
            Ok(())
        }
        Mark::Line { points, ink, width, dashes } => {
            let dashes = match dashes {
                Dashes::Solid => String::new(),
                Dashes::Dashed => format!(" stroke-dasharray=\"{} {}\"", DASH.0, DASH.1),
            };
            let path = path(points);
            writeln!(
                out,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width}\"\
                 {dashes}/>"
            )
        }
        Mark::Area { outline, ink, opacity } => {
            let path = path(outline);
            writeln!(out, "<path d=\"{path}Z\" fill=\"{ink}\" fill-opacity=\"{opacity}\"/>")
        }
        Mark::Dot { at: (x, y), radius, ink } => {
            writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{ink}\"/>")
        }
        Mark::Text { at: (x, y), words, size, ink, anchor, way } => {
            let place = match way {
                Way::Right => format!("x=\"{x:.1}\" y=\"{y:.1}\""),
                Way::Up => format!("transform=\"translate({x:.1} {y:.1}) rotate(-90)\""),
            };
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let size = match size {
                Size::Normal => String::new(),
                other => format!(" font-size=\"{}\"", *other as u8),
            };
            let ink = if *ink == Ink::BLACK { String::new() } else { format!(" fill=\"{ink}\"") };
            writeln!(out, "<text {place}{anchor}{size}{ink}>{}</text>", escaped(words))
        }
    };
}

fn path(points: &[Place]) -> String {
    let mut path = String::new();
    for (nth, (x, y)) in points.iter().enumerate() {
        let command = if nth == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::testing::plot;
    use crate::plot::{Scale, Series, cumulative, histogram};

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
        for (shape, tag) in
            [(histogram(&classes, 10), "fill-opacity=\"0.6\""), (cumulative(&classes), "L")]
        {
            let series = vec![Series { name: String::new(), tone: 7, shape }];
            assert!(svg(&Plot { series, ..Plot::default() }).contains(tag));
        }
        assert!(svg(&Plot::default()).contains("</svg>"));
    }
}
