//! Pixels, and how outlines are filled.

use crate::plot::mark::{Ink, Place};

/// Lines of sight through a row of pixels: a border that crosses a pixel tints it.
const LINES: usize = 4;

/// A picture.
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Red, green and blue, row by row.
    pub(super) pixels: Vec<u8>,
}

/// Where an outline crosses a line of sight, and whether it comes from above (1) or below (-1).
type Crossing = (f64, i32);

impl Canvas {
    /// White.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0xff; width * height * 3] }
    }

    /// Mixes `ink` into a pixel; outside there is none.
    pub(super) fn tint(&mut self, x: usize, y: usize, ink: Ink, opacity: f64) {
        if x >= self.width || y >= self.height {
            return;
        }
        let at = (y * self.width + x) * 3;
        for (pixel, ink) in self.pixels[at..at + 3].iter_mut().zip([ink.0, ink.1, ink.2]) {
            let (old, new) = (f64::from(*pixel), f64::from(ink));
            *pixel = (old + (new - old) * opacity.clamp(0.0, 1.0)).round() as u8;
        }
    }

    /// Fills what lies inside any of the outlines, whichever way they run (but all the same way).
    pub(super) fn fill(&mut self, outlines: &[Vec<Place>], ink: Ink, opacity: f64) {
        let lines = self.crossings(outlines);
        let mut covered = vec![0.0; self.width];
        for (row, lines) in lines.chunks(LINES).enumerate() {
            if lines.iter().all(Vec::is_empty) {
                continue;
            }
            covered.fill(0.0);
            lines.iter().for_each(|crossings| cover(crossings, &mut covered));
            for (x, part) in covered.iter().enumerate().filter(|(_, part)| **part > 0.0) {
                self.tint(x, row, ink, opacity * part / LINES as f64);
            }
        }
    }

    /// For each line of sight, from the left.
    fn crossings(&self, outlines: &[Vec<Place>]) -> Vec<Vec<Crossing>> {
        let mut lines: Vec<Vec<Crossing>> = vec![Vec::new(); self.height * LINES];
        // Lines of sight go through the middle of their part of a row.
        let first = |y: f64| ((y * LINES as f64 - 0.5).ceil().max(0.0) as usize).min(lines.len());
        let mut found = Vec::new();
        for outline in outlines {
            let next = outline.iter().cycle().skip(1);
            for (&(x0, y0), &(x1, y1)) in outline.iter().zip(next) {
                let (way, top, bottom) = if y0 < y1 { (1, y0, y1) } else { (-1, y1, y0) };
                for line in first(top)..first(bottom) {
                    let y = (line as f64 + 0.5) / LINES as f64;
                    found.push((line, (x0 + (x1 - x0) * (y - y0) / (y1 - y0), way)));
                }
            }
        }
        for (line, crossing) in found {
            lines[line].push(crossing);
        }
        lines.iter_mut().for_each(|line| line.sort_by(|a, b| a.0.total_cmp(&b.0)));
        lines
    }
}

/// Adds to each pixel of a row how much of it lies inside, on one line of sight.
fn cover(crossings: &[Crossing], covered: &mut [f64]) {
    let mut depth = 0;
    for pair in crossings.windows(2) {
        depth += pair[0].1;
        if depth == 0 {
            continue;
        }
        let end = covered.len() as f64;
        let (from, to) = (pair[0].0.clamp(0.0, end), pair[1].0.clamp(0.0, end));
        let (first, last) = (from as usize, (to.ceil() as usize).min(covered.len()));
        for (x, part) in covered.iter_mut().enumerate().take(last).skip(first) {
            let x = x as f64;
            *part += (to.min(x + 1.0) - from.max(x)).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::mark::rectangle;

    fn red(canvas: &Canvas, x: usize, y: usize) -> u8 {
        canvas.pixels[(y * canvas.width + x) * 3]
    }

    #[test]
    fn what_is_inside_is_filled_and_borders_are_tinted() {
        let mut canvas = Canvas::new(6, 4);
        canvas.fill(&[rectangle((1.0, 1.0), (3.5, 3.0))], Ink::BLACK, 1.0);
        let row: Vec<u8> = (0..6).map(|x| red(&canvas, x, 1)).collect();
        assert_eq!(row, [255, 0, 0, 128, 255, 255]);
        assert_eq!([red(&canvas, 1, 0), red(&canvas, 1, 2), red(&canvas, 1, 3)], [255, 0, 255]);
    }

    #[test]
    fn what_is_inside_twice_is_filled_once() {
        let mut canvas = Canvas::new(4, 1);
        let one = rectangle((0.0, 0.0), (3.0, 1.0));
        canvas.fill(&[one.clone(), one], Ink::BLACK, 0.5);
        assert_eq!([red(&canvas, 1, 0), red(&canvas, 3, 0)], [128, 255]);
    }

    #[test]
    fn what_lies_outside_is_cut() {
        let mut canvas = Canvas::new(2, 2);
        canvas.fill(&[rectangle((-9.0, -9.0), (99.0, 99.0)), Vec::new()], Ink::BLACK, 1.0);
        assert!(canvas.pixels.iter().all(|pixel| *pixel == 0));
        canvas.tint(2, 0, Ink::WHITE, 1.0);
    }
}
