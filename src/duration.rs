//! A span of time as a user writes it: `60`, `90s`, `500ms`, `2m`, `1h`.

use std::time::Duration;

/// Reads a whole number with an optional unit (`ms`, `s`, `m`, `h`); seconds
/// where there is none. `None` where it is something else.
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

/// Shows a span: `60 s`, or `1.5 s` where it is not a whole number of seconds;
/// `50 ms` where it is less than a tenth of one.
pub fn show(span: Duration) -> String {
    match (span.as_millis(), span.subsec_millis() / 100) {
        (few @ 1..100, _) => format!("{few} ms"),
        (_, 0) => format!("{} s", span.as_secs()),
        (_, tenths) => format!("{}.{tenths} s", span.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, show};
    use std::time::Duration;

    #[test]
    fn units() {
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
    fn shown() {
        assert_eq!(show(Duration::from_secs(60)), "60 s");
        assert_eq!(show(Duration::from_millis(1560)), "1.5 s");
        assert_eq!(show(Duration::from_millis(99)), "99 ms");
        assert_eq!(show(Duration::from_millis(100)), "0.1 s");
        assert_eq!(show(Duration::from_millis(1050)), "1 s");
        assert_eq!(show(Duration::ZERO), "0 s");
    }
}
