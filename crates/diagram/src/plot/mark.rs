//! What a plot is drawn with, before it is a file of some kind.

/// A place on the sheet: to the right, down.
pub(super) type Place = (f64, f64);

/// A colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ink(pub(super) u8, pub(super) u8, pub(super) u8);

impl Ink {
    pub(super) const BLACK: Self = Self(0, 0, 0);
    pub(super) const GREY: Self = Self(0x55, 0x55, 0x55);
    pub(super) const PALE: Self = Self(0xdd, 0xdd, 0xdd);
    pub(super) const WHITE: Self = Self(0xff, 0xff, 0xff);
}

/// Whether a line has gaps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dashes {
    Solid,
    Dashed,
}

/// Lengths of a dash and of a gap.
pub(super) const DASH: (f64, f64) = (6.0, 4.0);

/// What of a text its place tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// In which direction a text runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Right,
    Up,
}

/// A text size: the height of its letters' boxes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Size {
    Small = 10,
    Normal = 12,
    Title = 15,
}

/// One thing on the sheet.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Mark {
    /// A line through places.
    Line { points: Vec<Place>, ink: Ink, width: f64, dashes: Dashes },
    /// What lies inside an outline.
    Area { outline: Vec<Place>, ink: Ink, opacity: f64 },
    /// A filled circle.
    Dot { at: Place, radius: f64, ink: Ink },
    /// Words, with their base line at a place.
    Text { at: Place, words: String, size: Size, ink: Ink, anchor: Anchor, way: Way },
}

impl Mark {
    pub(super) fn line(points: Vec<Place>, ink: Ink, width: f64) -> Self {
        Self::Line { points, ink, width, dashes: Dashes::Solid }
    }

    pub(super) fn text(at: Place, words: impl Into<String>, anchor: Anchor) -> Self {
        let (size, ink, way) = (Size::Normal, Ink::BLACK, Way::Right);
        Self::Text { at, words: words.into(), size, ink, anchor, way }
    }

    /// The same words in another size and colour.
    pub(super) fn sized(mut self, other: Size, colour: Ink) -> Self {
        if let Self::Text { size, ink, .. } = &mut self {
            (*size, *ink) = (other, colour);
        }
        self
    }

    /// The same words running up.
    pub(super) fn upwards(mut self) -> Self {
        if let Self::Text { way, .. } = &mut self {
            *way = Way::Up;
        }
        self
    }
}

/// A rectangle between two corners.
pub(super) fn rectangle((left, top): Place, (right, bottom): Place) -> Vec<Place> {
    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
}
