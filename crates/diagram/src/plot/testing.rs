//! A plot for tests.

use super::{Plot, Point, Scale, Series, Shape};

/// Two measured points and a curve.
pub(super) fn plot() -> Plot {
    let points = [(0.0, 0.0), (0.5, 0.4)].map(|(x, y)| Point { x, y, low: y * 0.9, high: y + 0.1 });
    let measured = Shape::Measured(points.into());
    let curve = Shape::Curve(vec![(0.0, 0.0), (0.5, 0.4)]);
    Plot {
        title: "Loss & ruin".to_owned(),
        note: "made by <this>".to_owned(),
        x: "loss".to_owned(),
        y: "share of runs".to_owned(),
        scale: Scale::Linear,
        series: vec![
            Series { name: "measured".to_owned(), tone: 0, shape: measured },
            Series { name: "0.8 p".to_owned(), tone: 1, shape: curve },
        ],
    }
}
