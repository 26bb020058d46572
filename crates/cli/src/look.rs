//! What output looks like: colour, characters, width.

use std::env;
use std::fmt;

use clap::ValueEnum;

/// Columns of a picture where nobody says otherwise: the same everywhere, so that the same run
/// prints the same octets on every machine.
pub(crate) const WIDTH: usize = 100;

/// `--color`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or TERM is dumb; `CLICOLOR_FORCE` makes it always.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Decides for a stream of output.
    pub(crate) fn paint(self, is_terminal: bool) -> Paint {
        self.decide(is_terminal, |name| {
            env::var_os(name).and_then(|value| value.into_string().ok())
        })
    }

    fn decide(self, is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Paint {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let colored = match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR").is_some() => false,
            Self::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto => is_terminal && set("TERM").as_deref() != Some("dumb"),
        };
        if colored { Paint::Ansi } else { Paint::None }
    }
}

/// Whether output is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Paint {
    /// No.
    None,
    /// With ANSI sequences.
    Ansi,
}

/// The meaning that a colour carries beside the words; never the only carrier of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    /// A heading.
    Heading,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Neither.
    Aside,
}

impl Paint {
    /// `text` in the colour of `tone`.
    pub(crate) const fn tone<T>(self, tone: Tone, text: T) -> Toned<T> {
        Toned { paint: self, tone, text }
    }
}

/// Text with a tone; prints the same columns with and without colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toned<T> {
    paint: Paint,
    tone: Tone,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Toned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.paint == Paint::None {
            return self.text.fmt(f);
        }
        f.write_str(match self.tone {
            Tone::Heading => "\x1b[1m",
            Tone::Good => "\x1b[32m",
            Tone::Bad => "\x1b[1;31m",
            Tone::Aside => "\x1b[2m",
        })?;
        self.text.fmt(f)?;
        f.write_str("\x1b[0m")
    }
}

/// The characters that pictures are drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Glyphs {
    /// Lines and arrows of Unicode.
    Unicode,
    /// ASCII only.
    Ascii,
}

/// Everything about the look of standard output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Look {
    /// Its colours.
    pub(crate) paint: Paint,
    /// Its characters.
    pub(crate) glyphs: Glyphs,
    /// Its columns.
    pub(crate) width: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(is_terminal: bool, variables: &[(&str, &str)]) -> Paint {
        ColorChoice::Auto.decide(is_terminal, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colour_is_for_terminals_and_for_those_who_ask() {
        assert_eq!(auto(true, &[]), Paint::Ansi);
        assert_eq!(auto(false, &[]), Paint::None);
        assert_eq!(auto(true, &[("TERM", "dumb")]), Paint::None);
        assert_eq!(auto(false, &[("CLICOLOR_FORCE", "1")]), Paint::Ansi);
        assert_eq!(auto(false, &[("CLICOLOR_FORCE", "0")]), Paint::None);
    }

    #[test]
    fn no_color_wins_unless_it_is_empty() {
        assert_eq!(auto(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), Paint::None);
        assert_eq!(auto(true, &[("NO_COLOR", "")]), Paint::Ansi);
    }

    #[test]
    fn colour_does_not_disturb_padding() {
        assert_eq!(format!("{:4}|", Paint::None.tone(Tone::Good, "ok")), "ok  |");
        assert_eq!(format!("{:4}|", Paint::Ansi.tone(Tone::Good, "ok")), "\x1b[32mok  \x1b[0m|");
    }
}
