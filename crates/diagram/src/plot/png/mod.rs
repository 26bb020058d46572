//! A plot as PNG.

mod canvas;
mod file;
mod letters;
mod outline;

use canvas::Canvas;

use super::Plot;
use super::layout::{HEIGHT, WIDTH, sheet};
use super::mark::{Dashes, Mark};

/// Pixels to a unit of the sheet.
const SCALE: f64 = 2.0;
/// Corners of what passes for a circle.
const CORNERS: u32 = 24;

/// Draws a plot as a PNG file of 1440 by 880 pixels, with letters of its own.
#[must_use]
pub fn png(plot: &Plot) -> Vec<u8> {
    let mut canvas = Canvas::new((WIDTH * SCALE) as usize, (HEIGHT * SCALE) as usize);
    for mark in sheet(plot) {
        paint(&mark, &mut canvas);
    }
    file::png(&canvas)
}

fn paint(mark: &Mark, canvas: &mut Canvas) {
    match mark {
        Mark::Line { points, ink, width, dashes } => {
            let points = scaled(points);
            let strokes = match dashes {
                Dashes::Solid => vec![points],
                Dashes::Dashed => outline::dashes(&points, SCALE),
            };
            let parts: Vec<_> =
                strokes.iter().flat_map(|points| outline::stroke(points, width * SCALE)).collect();
            canvas.fill(&parts, *ink, 1.0);
        }
        Mark::Area { outline, ink, opacity } => canvas.fill(&[scaled(outline)], *ink, *opacity),
        Mark::Dot { at, radius, ink } => {
            let at = (at.0 * SCALE, at.1 * SCALE);
            canvas.fill(&[outline::circle(at, radius * SCALE, CORNERS)], *ink, 1.0);
        }
        Mark::Text { at, words, size, ink, anchor, way } => {
            let at = (at.0 * SCALE, at.1 * SCALE);
            letters::write(words, *size, (*anchor, *way), at, *ink, canvas);
        }
    }
}

fn scaled(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().map(|(x, y)| (x * SCALE, y * SCALE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::testing::plot;

    #[test]
    fn the_same_plot_is_the_same_file_and_nothing_is_no_problem() {
        let file = png(&plot());
        assert!(file.starts_with(b"\x89PNG\r\n\x1a\n") && file.ends_with(b"IEND\xaeB`\x82"));
        assert!((5_000..200_000).contains(&file.len()), "{}", file.len());
        assert_eq!(file, png(&plot()));
        assert_ne!(file, png(&Plot::default()));
    }
}
