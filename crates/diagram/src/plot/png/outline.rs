//! Lines as outlines to fill. All of them run the same way, so that overlapping parts add up.

use crate::plot::mark::{DASH, Place};

/// Corners of the round joints of a line.
const JOINT: u32 = 8;

/// A line of this width as a piece for every stretch and every joint.
pub(super) fn stroke(points: &[Place], width: f64) -> Vec<Vec<Place>> {
    let half = width / 2.0;
    let stretches = points.windows(2).filter_map(|pair| {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let (across_x, across_y) = (-(y1 - y0) / length * half, (x1 - x0) / length * half);
        (length > 0.0).then(|| {
            vec![
                (x0 - across_x, y0 - across_y),
                (x1 - across_x, y1 - across_y),
                (x1 + across_x, y1 + across_y),
                (x0 + across_x, y0 + across_y),
            ]
        })
    });
    let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
    let joints = inner.iter().map(|&at| circle(at, half, JOINT));
    stretches.chain(joints).collect()
}

/// A circle with so many corners.
pub(super) fn circle((x, y): Place, radius: f64, corners: u32) -> Vec<Place> {
    let corner = |n: u32| {
        let turn = std::f64::consts::TAU * f64::from(n) / f64::from(corners);
        (x + radius * turn.cos(), y + radius * turn.sin())
    };
    (0..corners).map(corner).collect()
}

/// What remains of a line if gaps are cut into it.
pub(super) fn dashes(points: &[Place], scale: f64) -> Vec<Vec<Place>> {
    let (dash, gap) = (DASH.0 * scale, DASH.1 * scale);
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    // How far the present dash or gap still goes.
    let (mut is_dash, mut left) = (true, dash);
    part.extend(points.first());
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut gone = 0.0;
        while length - gone > left {
            gone += left;
            let at = (x0 + (x1 - x0) * gone / length, y0 + (y1 - y0) * gone / length);
            part.push(at);
            if is_dash {
                parts.push(std::mem::take(&mut part));
            }
            part = vec![at];
            is_dash = !is_dash;
            left = if is_dash { dash } else { gap };
        }
        left -= length - gone;
        part.push((x1, y1));
    }
    if is_dash {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the area, with a sign for the way it runs.
    fn area(outline: &[Place]) -> f64 {
        let next = outline.iter().cycle().skip(1);
        outline.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum()
    }

    #[test]
    fn all_pieces_run_the_same_way() {
        let zigzag = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 3.0), (0.0, -9.0)];
        let pieces = stroke(&zigzag, 2.0);
        assert_eq!(pieces.len(), 4 + 3);
        assert!(pieces.iter().all(|piece| area(piece) > 0.0));
        assert!((area(&pieces[0]) - 2.0 * 20.0).abs() < 1e-9);
        assert!(stroke(&[], 1.0).is_empty() && stroke(&[(1.0, 1.0), (1.0, 1.0)], 1.0).is_empty());
    }

    #[test]
    fn dashes_go_on_around_corners() {
        let parts = dashes(&[(0.0, 0.0), (4.0, 0.0), (4.0, 20.0)], 1.0);
        let ends: Vec<(Place, Place)> =
            parts.iter().map(|part| (part[0], part[part.len() - 1])).collect();
        assert_eq!(ends[0], ((0.0, 0.0), (4.0, 2.0)));
        assert_eq!(ends[1], ((4.0, 6.0), (4.0, 12.0)));
        assert_eq!(ends[2], ((4.0, 16.0), (4.0, 20.0)));
        assert_eq!((ends.len(), parts[0].len()), (3, 3));
    }
}
