//! Durations as a user writes them: `60`, `90s`, `500ms`, `2m`, `1h`.

use std::time::Duration;

/// Parses a whole number with an optional unit (`ms`, `s`, `m`, `h`; default `s`).
/// `None` if the text is anything else, or the duration exceeds `u64` milliseconds.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit.trim_start() {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

/// Formats a duration: `60 s`, `1.5 s` if it is not a whole number of seconds,
/// `50 ms` below a tenth of a second.
pub fn show(duration: Duration) -> String {
    match (duration.as_millis(), duration.subsec_millis() / 100) {
        (milliseconds @ 1..100, _) => format!("{milliseconds} ms"),
        (_, 0) => format!("{} s", duration.as_secs()),
        (_, tenths) => format!("{}.{tenths} s", duration.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, show};
    use std::time::Duration;

    #[test]
    fn parses_units() {
        assert_eq!(parse("60"), Some(Duration::from_secs(60)));
        assert_eq!(parse(" 90s "), Some(Duration::from_secs(90)));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("2m"), Some(Duration::from_secs(120)));
        assert_eq!(parse("1h"), Some(Duration::from_secs(3600)));
        for bad in ["", "s", "-1", "1.5", "1d", "99999999999999999999", "18446744073709551615h"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn formats_seconds_and_milliseconds() {
        assert_eq!(show(Duration::from_secs(60)), "60 s");
        assert_eq!(show(Duration::from_millis(1560)), "1.5 s");
        assert_eq!(show(Duration::from_millis(99)), "99 ms");
        assert_eq!(show(Duration::from_millis(100)), "0.1 s");
        assert_eq!(show(Duration::from_millis(1050)), "1 s");
        assert_eq!(show(Duration::ZERO), "0 s");
    }
}
