//! Times in the output for people.

/// Seconds of Unix time as UTC, `2026-11-21 04:30:45`.
pub fn utc(seconds: u64) -> String {
    let (year, month, day) = date(seconds / 86_400);
    let rest = seconds % 86_400;
    format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The same without spaces, for names of files: `20261121-043045`.
pub fn compact_utc(seconds: u64) -> String {
    utc(seconds).replace(' ', "-").replace(':', "").replacen('-', "", 2)
}

/// Year, month and day in the Gregorian calendar, from the days since 1970-01-01. The time that
/// it takes does not depend on the date: a host may send any number. (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", `civil_from_days`.)
fn date(days: u64) -> (u64, u64, u64) {
    // Years that begin in March, so that a leap day is the last day of its year; eras of 400 years.
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (400 * era + year + next_year, month, day)
}

#[cfg(test)]
mod tests {
    #[test]
    fn formats_times_as_date_does() {
        assert_eq!(super::utc(0), "1970-01-01 00:00:00");
        assert_eq!(super::utc(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(super::utc(1_795_235_445), "2026-11-21 04:30:45");
        assert_eq!(super::compact_utc(1_795_235_445), "20261121-043045");
        assert_eq!(super::utc(u64::MAX), "584554051223-11-09 07:00:15");
    }

    /// Every day of 800 years follows the day before it.
    #[test]
    fn dates_are_those_of_the_calendar() {
        let is_leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..2 * 146_097 {
            assert_eq!(super::date(days), (year, month, day));
            let length = match month {
                2 => 28 + u64::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }
}
