//! Words on a canvas, in a font that is part of the program.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster};

use super::canvas::Canvas;
use crate::plot::mark::{Anchor, Ink, Place, Size, Way};

/// A letter, and how far it is raised, in pixels.
struct Letter {
    drawn: RasterizedChar,
    raised: usize,
}

/// Writes words with their base line at a place.
pub(super) fn write(
    words: &str,
    size: Size,
    (anchor, way): (Anchor, Way),
    at: Place,
    ink: Ink,
    canvas: &mut Canvas,
) {
    let letters: Vec<Letter> = words.chars().filter_map(|c| letter(c, size)).collect();
    let whole: usize = letters.iter().map(|letter| letter.drawn.width()).sum();
    let mut along = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -(whole as f64) / 2.0,
        Anchor::End => -(whole as f64),
    };
    for Letter { drawn, raised } in letters {
        let up = (base(drawn.height()) + raised) as f64;
        for (row, pixels) in drawn.rows().enumerate() {
            for (column, &strength) in pixels.iter().enumerate().filter(|(_, s)| **s > 0) {
                let (right, down) = (along + column as f64, row as f64 - up);
                let (x, y) = match way {
                    Way::Right => (at.0 + right, at.1 + down),
                    Way::Up => (at.0 + down, at.1 - right),
                };
                let (x, y) = (x.round(), y.round());
                if x >= 0.0 && y >= 0.0 {
                    canvas.tint(x as usize, y as usize, ink, f64::from(strength) / 255.0);
                }
            }
        }
        along += drawn.width() as f64;
    }
}

fn letter(c: char, size: Size) -> Option<Letter> {
    let height = match size {
        Size::Small => RasterHeight::Size20,
        Size::Normal => RasterHeight::Size24,
        Size::Title => RasterHeight::Size32,
    };
    // Exponents that the font has not are small letters, raised.
    let (c, height, raised) = match c {
        '\u{2074}' => ('4', RasterHeight::Size16, height.val() / 3),
        '\u{207f}' => ('n', RasterHeight::Size16, height.val() / 3),
        c => (c, height, 0),
    };
    let drawn = get_raster(c, FontWeight::Regular, height)
        .or_else(|| get_raster('?', FontWeight::Regular, height))?;
    Some(Letter { drawn, raised })
}

/// How far below the top of its box the base line of a letter is: where an E ends.
fn base(height: usize) -> usize {
    let of = |height| get_raster('E', FontWeight::Regular, height);
    let e =
        [RasterHeight::Size16, RasterHeight::Size20, RasterHeight::Size24, RasterHeight::Size32]
            .into_iter()
            .find(|known| known.val() == height)
            .and_then(of);
    let rows = e.and_then(|e| e.rows().rposition(|row| row.iter().any(|s| *s > 127)));
    rows.map_or(height, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns and rows that are not white.
    fn extent(canvas: &Canvas) -> [usize; 4] {
        let dark = (0..canvas.width * canvas.height).filter(|at| canvas.pixels[at * 3] < 128);
        dark.fold([usize::MAX, 0, usize::MAX, 0], |[left, right, top, bottom], at| {
            let (x, y) = (at % canvas.width, at / canvas.width);
            [left.min(x), right.max(x), top.min(y), bottom.max(y)]
        })
    }

    fn written(words: &str, anchor: Anchor, way: Way) -> [usize; 4] {
        let mut canvas = Canvas::new(200, 200);
        write(words, Size::Normal, (anchor, way), (100.0, 100.0), Ink::BLACK, &mut canvas);
        extent(&canvas)
    }

    #[test]
    fn words_stand_on_their_line_and_run_where_they_should() {
        let [left, right, top, bottom] = written("EE", Anchor::Start, Way::Right);
        assert!((100..105).contains(&left) && right < 130 && top > 75 && bottom == 99);
        let [left, right, ..] = written("EE", Anchor::End, Way::Right);
        assert!(left > 70 && (95..100).contains(&right));
        let [left, right, top, bottom] = written("EE", Anchor::Start, Way::Up);
        assert!(left > 75 && right == 99 && top > 70 && (95..=100).contains(&bottom));
    }

    #[test]
    fn what_the_font_has_not_is_raised_or_a_question() {
        let [.., top, bottom] = written("\u{2074}", Anchor::Start, Way::Right);
        assert!(bottom < 95 && top < 85, "{top} {bottom}");
        let unknown = written("\u{4e2d}", Anchor::Start, Way::Right);
        assert_eq!(unknown, written("?", Anchor::Start, Way::Right));
    }
}
