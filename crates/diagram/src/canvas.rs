use crate::{Charset, Paint};

/// What a character stands for, where colours are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ink {
    Line,
    Faint,
    Message,
    Event,
    Trouble,
}

impl Ink {
    const fn escape(self) -> &'static str {
        match self {
            Self::Line => "\x1b[0m",
            Self::Faint => "\x1b[0;2m",
            Self::Message => "\x1b[0;36m",
            Self::Event => "\x1b[0;1m",
            Self::Trouble => "\x1b[0;31m",
        }
    }
}

/// The characters lines and marks are drawn with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyphs {
    pub(crate) lane: char,
    pub(crate) dash: char,
    pub(crate) cross: char,
    pub(crate) right: char,
    pub(crate) left: char,
    pub(crate) lost: char,
    pub(crate) sender: char,
    pub(crate) event: char,
    pub(crate) command: char,
    pub(crate) timer: char,
    pub(crate) crash: char,
    pub(crate) start: char,
    pub(crate) minor: char,
    pub(crate) more: &'static str,
}

impl Glyphs {
    pub(crate) const fn of(charset: Charset) -> Self {
        match charset {
            Charset::Ascii => Self {
                lane: '|',
                dash: '-',
                cross: '+',
                right: '>',
                left: '<',
                lost: 'x',
                sender: 'o',
                event: '*',
                command: '?',
                timer: '@',
                crash: '#',
                start: '^',
                minor: ':',
                more: "...",
            },
            Charset::Unicode => Self {
                lane: '│',
                dash: '─',
                cross: '┼',
                right: '>',
                left: '<',
                lost: '×',
                sender: '●',
                event: '◆',
                command: '▷',
                timer: '◷',
                crash: '✖',
                start: '△',
                minor: '·',
                more: "…",
            },
        }
    }
}

/// One line of a picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row(Vec<(char, Ink)>);

impl Row {
    pub(crate) fn put(&mut self, at: usize, glyph: char, ink: Ink) {
        if self.0.len() <= at {
            self.0.resize(at + 1, (' ', Ink::Line));
        }
        self.0[at] = (glyph, ink);
    }

    pub(crate) fn text(&mut self, at: usize, text: &str, ink: Ink) {
        for (offset, glyph) in text.chars().enumerate() {
            self.put(at + offset, glyph, ink);
        }
    }

    pub(crate) fn glyph(&self, at: usize) -> char {
        self.0.get(at).map_or(' ', |(glyph, _)| *glyph)
    }

    pub(crate) fn finish(mut self, paint: Paint, out: &mut String) {
        while self.0.pop_if(|(glyph, _)| *glyph == ' ').is_some() {}
        let mut current = Ink::Line;
        for (glyph, ink) in self.0 {
            if paint == Paint::Ansi && ink != current {
                out.push_str(ink.escape());
                current = ink;
            }
            out.push(glyph);
        }
        if current != Ink::Line {
            out.push_str(Ink::Line.escape());
        }
        out.push('\n');
    }
}
