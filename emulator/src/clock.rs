//! The emulator's own clock, which tests move, and times as text.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// Wall-clock time plus whatever tests added to it.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    start: f64,
    advanced: f64,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        Clock { started: Instant::now(), start, advanced: 0.0 }
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> f64 {
        self.start + self.started.elapsed().as_secs_f64() + self.advanced
    }

    /// Seconds since the start.
    pub(crate) fn elapsed(&self) -> f64 {
        self.now() - self.start
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        self.advanced += seconds;
    }
}

/// `2026-04-11T08:30:00Z`
pub(crate) fn rfc3339(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// `2026-04-11T08:30:00.123Z`, as reports write times.
pub(crate) fn rfc3339_millis(seconds: f64) -> String {
    let millis = (seconds * 1000.0) as i64;
    let mut text = rfc3339(millis.div_euclid(1000));
    text.truncate(text.len() - 1);
    format!("{text}.{:03}Z", millis.rem_euclid(1000))
}

/// `2026-04-11`
pub(crate) fn date(seconds: i64) -> String {
    rfc3339(seconds).chars().take(10).collect()
}

/// Seconds since 1970 of an RFC 3339 time, or of a plain date.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let separated = |at: usize, by: &str| text.get(at..=at).is_some_and(|found| by.contains(found));
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    if !separated(4, "-") || !separated(7, "-") || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = (days(year, month, day) * DAY) as f64;
    if text.len() == 10 {
        return Some(midnight);
    }
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !separated(10, "Tt ") || !separated(13, ":") || !separated(16, ":") || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = &text[19..];
    let zone_at = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    let (fraction, zone) = rest.split_at(zone_at);
    let fraction = if fraction.is_empty() { 0.0 } else { format!("0{fraction}").parse().ok()? };
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let digits: String = zone.get(1..)?.chars().filter(|letter| *letter != ':').collect();
            if !zone.starts_with(['+', '-']) || digits.len() != 4 {
                return None;
            }
            sign * (digits[..2].parse::<i64>().ok()? * 60 + digits[2..].parse::<i64>().ok()?) * 60
        }
    };
    Some(midnight + (hour * 3600 + minute * 60 + second - offset) as f64 + fraction)
}

/// Days since 1970 of a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The reverse of `days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{parse, rfc3339, rfc3339_millis};

    #[test]
    fn times_are_written_and_read() {
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339_millis(1_700_000_000.25), "2023-11-14T22:13:20.250Z");
        assert_eq!(parse("2023-11-14T22:13:20.250Z"), Some(1_700_000_000.25));
        assert_eq!(parse("2023-11-15T00:13:20+02:00"), Some(1_700_000_000.0));
        assert_eq!(parse("2000-02-29"), Some(951_782_400.0));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse("2023-13-01T00:00:00Z"), None);
    }
}
