//! Octets from hexadecimal text as people copy it.

use std::fmt;

/// Where text stops being hexadecimal.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct BadHex {
    place: Place,
    problem: Problem,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Argument { number: usize, column: usize },
    Line { number: usize, column: usize },
    Nowhere,
}

#[derive(PartialEq, Eq, Debug)]
enum Problem {
    NotADigit(char),
    HalfAnOctet,
    Nothing,
}

impl fmt::Display for BadHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Argument { number, column } => {
                write!(f, "argument {number}, column {column}: ")?;
            }
            Place::Line { number, column } => write!(f, "line {number}, column {column}: ")?,
            Place::Nowhere => {}
        }
        match self.problem {
            Problem::NotADigit(found) => write!(f, "expected a hexadecimal digit, found {found:?}"),
            Problem::HalfAnOctet => f.write_str("expected another digit: the last octet is half"),
            Problem::Nothing => f.write_str("no octets to decode"),
        }
    }
}

/// One message from all arguments together.
pub(super) fn from_arguments(arguments: &[String]) -> Result<Vec<u8>, BadHex> {
    let mut digits = Digits::default();
    for (index, argument) in arguments.iter().enumerate() {
        digits.take(argument, |column| Place::Argument { number: index + 1, column })?;
    }
    match digits.octets()? {
        octets if octets.is_empty() => {
            Err(BadHex { place: Place::Nowhere, problem: Problem::Nothing })
        }
        octets => Ok(octets),
    }
}

/// One message from each line that is not blank.
pub(super) fn from_lines(text: &str) -> Result<Vec<Vec<u8>>, BadHex> {
    let mut messages = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut digits = Digits::default();
        digits.take(line, |column| Place::Line { number: index + 1, column })?;
        let octets = digits.octets()?;
        if !octets.is_empty() {
            messages.push(octets);
        }
    }
    match messages.as_slice() {
        [] => Err(BadHex { place: Place::Nowhere, problem: Problem::Nothing }),
        _ => Ok(messages),
    }
}

/// Octets, and the digit that waits for its other half, with where to complain about it.
#[derive(Default)]
struct Digits {
    octets: Vec<u8>,
    half: Option<(u8, Place)>,
}

impl Digits {
    fn take(&mut self, text: &str, place: impl Fn(usize) -> Place) -> Result<(), BadHex> {
        let mut at_word_start = true;
        let mut chars = text.chars().zip(1..).peekable();
        while let Some((char, column)) = chars.next() {
            if char.is_whitespace() || char == ':' {
                at_word_start = true;
                continue;
            }
            let prefix = at_word_start && char == '0';
            at_word_start = false;
            if prefix && chars.next_if(|(next, _)| matches!(next, 'x' | 'X')).is_some() {
                continue;
            }
            let Some(digit) = char.to_digit(16) else {
                return Err(BadHex { place: place(column), problem: Problem::NotADigit(char) });
            };
            let digit = digit as u8;
            match self.half.take() {
                Some((high, _)) => self.octets.push(high << 4 | digit),
                None => self.half = Some((digit, place(column))),
            }
        }
        Ok(())
    }

    fn octets(self) -> Result<Vec<u8>, BadHex> {
        match self.half {
            Some((_, place)) => Err(BadHex { place, problem: Problem::HalfAnOctet }),
            None => Ok(self.octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        from_lines(text).unwrap_err().to_string()
    }

    #[test]
    fn spaces_colons_and_prefixes_are_ignored() {
        let octets = Ok(vec![vec![0x00, 0x05, 0xfe]]);
        for text in
            ["0005fe", "00 05 FE", "00:05:fe", "0x0005fe", "0x00 0X05 0xfe\n", "0 0 0 5 f e"]
        {
            assert_eq!(from_lines(text), octets, "{text}");
        }
    }

    #[test]
    fn every_line_is_a_message_and_all_arguments_are_one() {
        assert_eq!(from_lines("00\n\n  05 fe\n"), Ok(vec![vec![0], vec![5, 0xfe]]));
        let arguments = ["00".to_owned(), "05fe".to_owned()];
        assert_eq!(from_arguments(&arguments), Ok(vec![0, 5, 0xfe]));
    }

    #[test]
    fn bad_text_is_located() {
        assert_eq!(
            refusal("00\n 05 0g"),
            "line 2, column 6: expected a hexadecimal digit, found 'g'"
        );
        assert_eq!(
            refusal("00 051"),
            "line 1, column 6: expected another digit: the last octet is half"
        );
        assert_eq!(refusal("x00"), "line 1, column 1: expected a hexadecimal digit, found 'x'");
        assert_eq!(refusal("\n"), "no octets to decode");
        let arguments = ["00".to_owned(), "05z".to_owned()];
        assert_eq!(
            from_arguments(&arguments).unwrap_err().to_string(),
            "argument 2, column 3: expected a hexadecimal digit, found 'z'"
        );
    }
}
