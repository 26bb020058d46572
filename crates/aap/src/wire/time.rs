use std::fmt;

const SECS_PER_DAY: u32 = 86_400;

/// A time as messages carry it: seconds since 1970-01-01 00:00 UTC, up to 2106 (AAP-5.3-01).
///
/// Displays as RFC 3339, such as `2000-06-15T12:00:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct WireTime(pub u32);

impl WireTime {
    /// The last time a message can carry.
    pub const MAX: Self = Self(u32::MAX);

    /// The nearest time a message can carry to `secs` seconds since 1970.
    #[must_use]
    pub fn saturating_from(secs: i64) -> Self {
        Self(u32::try_from(secs.max(0)).unwrap_or(u32::MAX))
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn secs(self) -> u32 {
        self.0
    }

    /// The time `secs` seconds later, or the last one.
    #[must_use]
    pub const fn saturating_add(self, secs: u32) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// Seconds from `earlier` to this time; negative if `earlier` is in fact later.
    #[must_use]
    pub fn secs_since(self, earlier: Self) -> i64 {
        i64::from(self.0) - i64::from(earlier.0)
    }
}

impl fmt::Display for WireTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0 / SECS_PER_DAY);
        let secs = self.0 % SECS_PER_DAY;
        let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Year, month and day of the month, `days` days after 1970-01-01.
///
/// Years are counted from 1 March, so that the leap day is the last of its year and the lengths
/// of the months before it follow one linear pattern (153 days in every five months).
fn civil(days: u32) -> (u32, u32, u32) {
    const DAYS_TO_1970: u32 = 719_468; // from 0000-03-01
    const DAYS_PER_400_YEARS: u32 = 146_097;

    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_PER_400_YEARS, days % DAYS_PER_400_YEARS);
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_from_march + 2) / 5 + 1;
    let (month, carry) = if months_from_march < 10 {
        (months_from_march + 3, 0)
    } else {
        (months_from_march - 9, 1)
    };
    (era * 400 + year_of_era + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_days_where_calendars_go_wrong() {
        let check = |secs, text: &str| assert_eq!(WireTime(secs).to_string(), text);
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_399, "2000-02-28T23:59:59Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(951_868_800, "2000-03-01T00:00:00Z");
        check(961_070_400, "2000-06-15T12:00:00Z");
        check(4_107_542_399, "2100-02-28T23:59:59Z");
        check(4_107_542_400, "2100-03-01T00:00:00Z");
        check(u32::MAX, "2106-02-07T06:28:15Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let leap = |year| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..=u32::MAX / SECS_PER_DAY {
            assert_eq!(civil(days), (year, month, day));
            let length = match month {
                2 if leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn saturates_at_both_ends() {
        assert_eq!(WireTime::saturating_from(-1), WireTime(0));
        assert_eq!(WireTime::saturating_from(1 << 32), WireTime::MAX);
        assert_eq!(WireTime::MAX.saturating_add(1), WireTime::MAX);
        assert_eq!(WireTime(5).secs_since(WireTime(7)), -2);
    }
}
