//! Instants and spans as text: reading literals, writing answers, ISO 8601 `timespan` bodies.
//!
//! All in ticks of 100 ns; instants count from 1970. No clock is read here.

use std::fmt::Write as _;

use super::value::SECOND;

/// Ticks from the beginning of year 1, from which the service counts, to 1970.
pub const YEAR_ONE: i64 = 719_162 * DAY;

/// Ticks in a day.
pub const DAY: i64 = 86_400 * SECOND;

/// Days since 1970 of a civil date (proleptic Gregorian).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Civil date of a day number.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The parts of an instant that formats need.
pub struct Civil {
    /// Year
    pub year: i64,
    /// Month, from 1
    pub month: i64,
    /// Day of month, from 1
    pub day: i64,
    /// Hour
    pub hour: i64,
    /// Minute
    pub minute: i64,
    /// Second
    pub second: i64,
    /// Ticks within the second
    pub ticks: i64,
}

/// Splits an instant.
pub fn civil(instant: i64) -> Civil {
    let (year, month, day) = civil_from_days(instant.div_euclid(DAY));
    let rest = instant.rem_euclid(DAY);
    let seconds = rest / SECOND;
    Civil {
        year,
        month,
        day,
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        ticks: rest % SECOND,
    }
}

/// ISO 8601 with the fraction's trailing zeros left out, as answers have it.
pub fn write_instant(instant: i64, out: &mut String) {
    let c = civil(instant);
    let parts = [(c.year, 4, '-'), (c.month, 2, '-'), (c.day, 2, 'T'), (c.hour, 2, ':'), (c.minute, 2, ':')];
    for (number, width, sign) in parts {
        write_padded(number, width, out);
        out.push(sign);
    }
    write_padded(c.second, 2, out);
    if c.ticks != 0 {
        out.push('.');
        write_padded(c.ticks, 7, out);
        out.truncate(out.trim_end_matches('0').len());
    }
    out.push('Z');
}

/// Digits with leading zeros; much faster than formatting, and answers hold thousands of instants.
fn write_padded(number: i64, width: u32, out: &mut String) {
    for place in (0..width).rev() {
        let digit = (number / 10_i64.pow(place)).rem_euclid(10);
        out.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

/// ISO 8601 with seven decimals, as `tostring` has it.
pub fn format_full(instant: i64) -> String {
    let c = civil(instant);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        c.year, c.month, c.day, c.hour, c.minute, c.second, c.ticks
    )
}

/// `[-][d.]hh:mm:ss[.fffffff]`
pub fn format_span(ticks: i64) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let t = ticks.unsigned_abs();
    let (day, second) = (DAY.unsigned_abs(), SECOND.unsigned_abs());
    let mut out = sign.to_owned();
    if t >= day {
        let _ = write!(out, "{}.", t / day);
    }
    let s = t % day / second;
    let _ = write!(out, "{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    if !t.is_multiple_of(second) {
        let _ = write!(out, ".{:07}", t % second);
    }
    out
}

/// Reads an instant: a date, optionally a time, a fraction and `Z` or an offset.
pub fn parse_instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, clock) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let sane = parts.next().is_none() && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !sane || civil_from_days(days_from_civil(year, month, day)) != (year, month, day) {
        return None;
    }
    let midnight = days_from_civil(year, month, day) * DAY;
    if clock.is_empty() {
        return Some(midnight);
    }
    let (clock, offset) = split_offset(clock)?;
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = whole.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |s| digits(s, 2))?;
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 59 {
        return None;
    }
    Some(midnight + (hour * 3600 + minute * 60 + second) * SECOND + fraction_ticks(fraction)? - offset)
}

fn split_offset(clock: &str) -> Option<(&str, i64)> {
    if let Some(rest) = clock.strip_suffix(['Z', 'z']) {
        return Some((rest, 0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0)) };
    let (hours, minutes) = clock.get(at + 1..)?.split_once(':')?;
    let ticks = (digits(hours, 2)? * 60 + digits(minutes, 2)?) * 60 * SECOND;
    Some((clock.get(..at)?, if clock.get(at..=at)? == "-" { -ticks } else { ticks }))
}

fn fraction_ticks(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded: String = fraction.chars().chain("0000000".chars()).take(7).collect();
    padded.parse().ok()
}

fn digits(text: &str, most: usize) -> Option<i64> {
    let fine = !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    if fine { text.parse().ok() } else { None }
}

/// Ticks of a unit suffix of a timespan literal.
pub fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600 * SECOND,
        "m" | "min" | "minute" | "minutes" => 60 * SECOND,
        "s" | "sec" | "second" | "seconds" => SECOND,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => SECOND / 1000,
        "micros" | "microsecond" | "microseconds" => 10,
        "tick" | "ticks" => 1,
        _ => return None,
    })
}

/// Reads a span: `1d`, `1.5h`, `00:05:00`, `1.02:03:04.5`.
pub fn parse_span(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if !text.contains(':') {
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let number: f64 = text.get(..split)?.trim().parse().ok()?;
        let ticks = if split == text.len() { DAY } else { unit(text.get(split..)?)? };
        return Some(sign * (number * ticks as f64).round() as i64);
    }
    let (head, fraction) = match text.rfind(':').and_then(|at| text.get(at..)?.find('.').map(|dot| at + dot))
    {
        Some(dot) => (text.get(..dot)?, text.get(dot + 1..)?),
        None => (text, ""),
    };
    let (days, clock) = head.split_once('.').unwrap_or(("0", head));
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |s| digits(s, 2))?;
    let ticks = digits(days, 8)? * DAY + (hour * 3600 + minute * 60 + second) * SECOND;
    Some(sign * (ticks + fraction_ticks(fraction)?))
}

/// Reads the body's `timespan`: an ISO 8601 duration up to `now`, `a/b`, `a/P…` or `P…/b`.
pub fn parse_interval(text: &str, now: i64) -> Option<(i64, i64)> {
    match text.split_once('/') {
        None => Some((now - parse_duration(text)?, now)),
        Some((from, to)) if from.starts_with('P') => {
            let to = parse_instant(to)?;
            Some((to - parse_duration(from)?, to))
        }
        Some((from, to)) if to.starts_with('P') => {
            let from = parse_instant(from)?;
            Some((from, from + parse_duration(to)?))
        }
        Some((from, to)) => Some((parse_instant(from)?, parse_instant(to)?)),
    }
}

fn parse_duration(text: &str) -> Option<i64> {
    let body = text.strip_prefix('P')?;
    let (date, clock) = body.split_once('T').unwrap_or((body, ""));
    let mut total = 0.0;
    for (part, units) in [
        (date, &[('D', DAY), ('W', 7 * DAY), ('M', 30 * DAY), ('Y', 365 * DAY)]),
        (clock, &[('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND), ('\0', 0)]),
    ] {
        let mut rest = part;
        while !rest.is_empty() {
            let at = rest.find(|c: char| c.is_ascii_alphabetic())?;
            let number: f64 = rest.get(..at)?.parse().ok()?;
            let letter = rest.get(at..)?.chars().next()?;
            let (_, ticks) = units.iter().find(|(name, _)| *name == letter)?;
            total += number * *ticks as f64;
            rest = rest.get(at + 1..)?;
        }
    }
    if body.is_empty() { None } else { Some(total as i64) }
}

/// `format_datetime`: the custom letters y M d H h m s f F t and any separator. `None` for others.
pub fn format_custom(instant: i64, pattern: &str) -> Option<String> {
    let c = civil(instant);
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(letter) = chars.next() {
        let mut width = 1;
        while letter.is_ascii_alphabetic() && chars.peek() == Some(&letter) {
            chars.next();
            width += 1;
        }
        let number = match letter {
            'y' => Some(if width <= 2 { c.year % 100 } else { c.year }),
            'M' => Some(c.month),
            'd' => Some(c.day),
            'H' => Some(c.hour),
            'h' => Some((c.hour + 11) % 12 + 1),
            'm' => Some(c.minute),
            's' => Some(c.second),
            'f' | 'F' if width <= 7 => {
                let digits = format!("{:07}", c.ticks);
                out.push_str(digits.get(..width)?);
                continue;
            }
            't' => {
                out.push_str(if c.hour < 12 { "AM" } else { "PM" });
                continue;
            }
            other if other.is_ascii_alphabetic() => return None,
            other => {
                out.push(other);
                continue;
            }
        };
        let _ = write!(out, "{:0width$}", number?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_written() {
        let t = parse_instant("2026-03-04T05:06:07.1234567Z").unwrap();
        assert_eq!(format_full(t), "2026-03-04T05:06:07.1234567Z");
        let mut out = String::new();
        write_instant(parse_instant("2026-03-04 05:06:07.5").unwrap(), &mut out);
        assert_eq!(out, "2026-03-04T05:06:07.5Z");
        assert_eq!(parse_instant("1970-01-02"), Some(DAY));
        assert_eq!(parse_instant("2026-01-01T01:00:00+01:00"), parse_instant("2026-01-01"));
        for bad in ["", "2026", "2026-13-01", "2026-02-30", "yesterday", "2026-01-01T25:61"] {
            assert_eq!(parse_instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn spans_are_read_and_written() {
        assert_eq!(parse_span("1.5h"), Some(5400 * SECOND));
        assert_eq!(parse_span("00:05:00"), Some(300 * SECOND));
        assert_eq!(parse_span("1.02:03:04.5"), Some(DAY + 7_384 * SECOND + SECOND / 2));
        assert_eq!(format_span(DAY + 7_384 * SECOND), "1.02:03:04");
        assert_eq!(format_span(-SECOND), "-00:00:01");
    }

    #[test]
    fn intervals_of_the_body() {
        let now = 100 * DAY;
        assert_eq!(parse_interval("PT1H", now), Some((now - 3600 * SECOND, now)));
        assert_eq!(parse_interval("P1DT12H", now), Some((now - DAY * 3 / 2, now)));
        assert_eq!(parse_interval("1970-01-02/P2D", now), Some((DAY, 3 * DAY)));
        assert_eq!(parse_interval("1970-01-02/1970-01-03", now), Some((DAY, 2 * DAY)));
        assert_eq!(parse_interval("soon", now), None);
    }

    #[test]
    fn custom_formats() {
        let t = parse_instant("2026-03-04T15:06:07.12").unwrap();
        assert_eq!(format_custom(t, "yyyy-MM-dd HH:mm:ss.fff").unwrap(), "2026-03-04 15:06:07.120");
        assert_eq!(format_custom(t, "yy/M/d h:mm tt").unwrap(), "26/3/4 3:06 PM");
        assert_eq!(format_custom(t, "zzz"), None);
    }
}
