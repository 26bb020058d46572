use std::fmt;

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01B3;

/// A run condensed into 64 bits.
///
/// Every event is folded in as a few numbers (what kind, when, where, from whom, and a
/// [`fingerprint`] of its content), in the order in which it happened:
///
/// ```text
/// state := rotate_left((state xor word) * 0x9E3779B97F4A7C15, 29)
/// ```
///
/// Two runs with the same digest went the same way; that a journal was recorded, how deliveries
/// were batched and which thread did the work leave no mark. It tells accidents apart, not
/// forgeries: this is not a cryptographic hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(FNV_OFFSET)
    }
}

impl Digest {
    /// The digest of a run in which nothing has happened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds in one number.
    #[inline]
    pub const fn fold(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(STEP).rotate_left(29);
    }

    /// Folds in an event: `tag` for its kind and place, then when it happened and its content.
    ///
    /// The three are combined before they meet the state, so that a run of similar events costs
    /// one multiplication in sequence each.
    #[inline]
    pub const fn event(&mut self, tag: u64, at_us: u64, content: u64) {
        let word = tag
            ^ at_us.wrapping_mul(0xD6E8_FEB8_6659_FD93)
            ^ content.wrapping_mul(0xA076_1D64_78BD_642F).rotate_left(32);
        self.fold(word);
    }

    /// The value so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.value())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A 64-bit fingerprint of some octets: eight at a time, little-endian, the rest padded with
/// zeros, and the length last.
#[must_use]
pub fn fingerprint(octets: &[u8]) -> u64 {
    let mut digest = Digest::new();
    let (words, rest) = octets.as_chunks::<8>();
    for word in words {
        digest.fold(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    digest.fold(u64::from_le_bytes(last));
    digest.fold(octets.len() as u64);
    digest.value()
}

/// The fingerprint (FNV-1a) of text that is written piece by piece: formatting a value into it
/// needs no buffer, and how the pieces are cut does not matter.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(FNV_OFFSET)
    }
}

impl Fingerprint {
    /// The fingerprint of what `value` prints.
    #[must_use]
    pub fn of(value: &dyn fmt::Debug) -> u64 {
        let mut fingerprint = Self::default();
        // A formatter that fails leaves the fingerprint of what it wrote, which is as good.
        let _ = fmt::write(&mut fingerprint, format_args!("{value:?}"));
        fingerprint.0
    }
}

impl fmt::Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_matters() {
        let (mut one, mut other) = (Digest::new(), Digest::new());
        one.event(1, 10, 100);
        one.event(2, 10, 100);
        other.event(2, 10, 100);
        other.event(1, 10, 100);
        assert_ne!(one.value(), other.value());
    }

    #[test]
    fn each_part_of_an_event_matters() {
        let of = |tag, at, content| {
            let mut d = Digest::new();
            d.event(tag, at, content);
            d.value()
        };
        let all = [of(1, 2, 3), of(9, 2, 3), of(1, 9, 3), of(1, 2, 9), of(2, 1, 3), of(3, 2, 1)];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn octets_are_told_apart_by_content_and_length() {
        assert_ne!(fingerprint(b"12345678"), fingerprint(b"12345679"));
        assert_ne!(fingerprint(b""), fingerprint(b"\0"));
        assert_ne!(fingerprint(b"\0\0\0\0\0\0\0\0"), fingerprint(b"\0\0\0\0\0\0\0"));
    }
}
