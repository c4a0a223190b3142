//! Lengths of time for people.

/// A length of time in milliseconds as `8s`, `4m05s` or `1h02m`.
pub fn short(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A length of time in milliseconds, rounded for what is not known to the second: `40 s`, `23 min`, `2 h 5 min`.
pub fn about(milliseconds: u64) -> String {
    let seconds = (milliseconds + 500) / 1000;
    let minutes = (seconds + 30) / 60;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..7170 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// How long something took, from its beginning to its end; what has neither took no time.
pub fn took(started: Option<u64>, ended: Option<u64>) -> String {
    short(ended.unwrap_or_default().saturating_sub(started.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{about, short};

    #[test]
    fn picks_the_unit() {
        assert_eq!(short(999), "0s");
        assert_eq!(short(59_999), "59s");
        assert_eq!(short(245_000), "4m05s");
        assert_eq!(short(3_720_000), "1h02m");
        assert_eq!(about(40_400), "40 s");
        assert_eq!(about(59_500), "1 min");
        assert_eq!(about(90_000), "2 min");
        assert_eq!(about(7_169_000), "119 min");
        assert_eq!(about(7_500_000), "2 h 5 min");
    }
}
