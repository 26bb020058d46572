//! Spans as people write them: `90s`, `15m`, `2h`, `1d12h`.

use std::str::FromStr;

/// A span of whole seconds, at least one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) secs: u32,
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mistake =
            || format!("`{text}` is not a span; write such as `90s`, `15m`, `2h`, `1d12h`");
        let (mut secs, mut digits) = (0_u32, String::new());
        for letter in text.chars() {
            if letter.is_ascii_digit() {
                digits.push(letter);
                continue;
            }
            let unit = match letter {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                _ => return Err(mistake()),
            };
            let count: u32 = std::mem::take(&mut digits).parse().map_err(|_| mistake())?;
            let added = count.checked_mul(unit).and_then(|more| secs.checked_add(more));
            secs = added.ok_or_else(|| format!("`{text}` is more than 136 years"))?;
        }
        if digits.is_empty() && secs > 0 { Ok(Self { secs }) } else { Err(mistake()) }
    }
}

/// A span in the two largest units that it has.
pub(crate) fn in_words(secs: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let place = units.iter().position(|(unit, _)| secs >= *unit).unwrap_or(units.len() - 1);
    let (unit, name) = units[place];
    let large = format!("{} {name}", secs / unit);
    match units.get(place + 1) {
        Some((small, name)) if secs % unit >= *small => {
            format!("{large} {} {name}", secs % unit / small)
        }
        _ => large,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        let check = |text: &str, secs| assert_eq!(text.parse(), Ok(Span { secs }), "{text}");
        check("90s", 90);
        check("15m", 900);
        check("2h", 7200);
        check("1d12h", 129_600);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "5", "h", "0s", "2 h", "-1h", "2w", "99999d999999h"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn spans_are_said_in_two_units() {
        let check = |secs, text: &str| assert_eq!(in_words(secs), text);
        check(0, "0 s");
        check(59, "59 s");
        check(60, "1 min");
        check(3_725, "1 h 2 min");
        check(86_401, "1 d");
    }
}
