//! Octets as hexadecimal text.

use std::fmt::Write;

pub(crate) fn write(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

pub(crate) fn read(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_survive_and_half_octets_are_refused() {
        assert_eq!(read(&write(&[0, 0xab, 255])), Some(vec![0, 0xab, 255]));
        assert_eq!(read("abc"), None);
        assert_eq!(read("zz"), None);
    }
}
