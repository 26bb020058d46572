//! The names of what is drawn, in the corner where they hide least.

use super::layout::{FIELD, color};
use super::mark::{Anchor, Dashes, Ink, Mark, Place, rectangle};
use super::{Series, Shape};

const ROW: f64 = 17.0;
/// Room for a character of ordinary text, generously.
const COLUMN: f64 = 6.6;
/// From the frame of the legend to what is in it.
const MARGIN: f64 = 8.0;
/// The line in front of a name, with the gap behind it.
const SAMPLE: (f64, f64) = (24.0, 8.0);

/// The legend of `series`, drawn over `field`.
pub(super) fn legend(series: &[Series], field: &[Mark]) -> Vec<Mark> {
    let named: Vec<&Series> = series.iter().filter(|series| !series.name.is_empty()).collect();
    let Some(longest) = named.iter().map(|series| series.name.chars().count()).max() else {
        return Vec::new();
    };
    let width = SAMPLE.0 + SAMPLE.1 + COLUMN * longest as f64 + 2.0 * MARGIN;
    let height = ROW * named.len() as f64 + MARGIN;
    let (left, top) = corner(width, height, field);
    let outline = rectangle((left, top), (left + width, top + height));
    let mut marks = vec![Mark::Area { outline, ink: Ink::WHITE, opacity: 0.8 }];
    for (row, series) in named.into_iter().enumerate() {
        let y = top + ROW * (row as f64 + 1.0);
        let from = left + MARGIN;
        let points = vec![(from, y - 4.0), (from + SAMPLE.0, y - 4.0)];
        let dashes = match series.shape {
            Shape::Curve(_) => Dashes::Dashed,
            _ => Dashes::Solid,
        };
        marks.push(Mark::Line { points, ink: color(series), width: 2.5, dashes });
        let at = (from + SAMPLE.0 + SAMPLE.1, y);
        marks.push(Mark::text(at, series.name.clone(), Anchor::Start));
    }
    marks
}

/// The left upper corner of a box of this size, in the corner of the field where it hides least;
/// of several such, the first from the left, from the top.
fn corner(width: f64, height: f64, field: &[Mark]) -> Place {
    let (left, top, right, bottom) = FIELD;
    let (far, low) = (right - width - MARGIN, bottom - height - MARGIN);
    let (near, high) = (left + MARGIN, top + MARGIN / 2.0);
    let candidates = [(near, high), (near, low), (far, high), (far, low)];
    let hidden = |&(x, y): &Place| {
        let inside =
            |at: &Place| (x..=x + width).contains(&at.0) && (y..=y + height).contains(&at.1);
        traced(field).filter(inside).count()
    };
    candidates.into_iter().min_by_key(hidden).unwrap_or((near, high))
}

/// Places on everything that is drawn, also between the corners of long lines.
fn traced(field: &[Mark]) -> impl Iterator<Item = Place> + '_ {
    /// From one place to the next, at most.
    const STEP: f64 = 4.0;
    field.iter().flat_map(|mark| {
        let points: &[Place] = match mark {
            Mark::Line { points, .. } => points,
            Mark::Area { outline, .. } => outline,
            Mark::Dot { at, .. } | Mark::Text { at, .. } => std::slice::from_ref(at),
        };
        let between = points.windows(2).flat_map(|pair| {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let steps = ((x1 - x0).hypot(y1 - y0) / STEP).ceil().max(1.0) as u32;
            (1..=steps).map(move |n| {
                let part = f64::from(n) / f64::from(steps);
                (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
            })
        });
        points.first().copied().into_iter().chain(between)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_where_nothing_is() {
        let rising = Mark::line(vec![(72.0, 360.0), (700.0, 48.0)], Ink::BLACK, 1.0);
        let falling = Mark::line(vec![(72.0, 48.0), (700.0, 360.0)], Ink::BLACK, 1.0);
        let series = Series { name: "a".to_owned(), tone: 0, shape: Shape::Curve(Vec::new()) };
        let place = |field: &[Mark]| match legend(std::slice::from_ref(&series), field).first() {
            Some(Mark::Area { outline, .. }) => outline[0],
            _ => panic!("no legend"),
        };
        let (x, y) = place(&[]);
        assert!(x < 100.0 && y < 100.0, "left, above");
        assert_eq!(place(&[rising]), (x, y));
        let (x, y) = place(&[falling]);
        assert!(x < 100.0 && y > 300.0, "left, below");
        assert!(legend(&[], &[]).is_empty());
    }
}
