//! Temporary rules: "allow this address for two hours". The service has no field for an expiry (DOMAIN.md, section 3),
//! so it stands in the rule's name: `tmp-{label}-{yyyymmdd}T{hhmm}Z`, in UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::AccessRule;
use super::check::NAME_MAX;
use super::plan::valid_name;

const HEAD: &str = "tmp-";

/// Length of `-yyyymmddThhmmZ`.
const TAIL: usize = 15;

/// What the name of a temporary rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Temporary {
    /// What it is for, such as the user's name.
    pub label: String,
    /// From this time on it is to be removed.
    pub expires: Timestamp,
}

impl Temporary {
    /// Reads the name of a rule; `None` for one that is not temporary, or whose expiry cannot be read.
    pub fn parse(name: &str) -> Option<Self> {
        let (head, tail) = name.split_at_checked(name.len().checked_sub(TAIL)?)?;
        let label =
            head.get(..HEAD.len()).filter(|h| h.eq_ignore_ascii_case(HEAD)).and(head.get(HEAD.len()..))?;
        Some(Self { label: label.to_owned(), expires: read_time(tail.strip_prefix('-')?)? })
    }

    /// True from the expiry on.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// What remains; negative once expired.
    pub fn left(&self, now: Timestamp) -> SignedDuration {
        self.expires.duration_since(now)
    }
}

/// What is left in a few words: `1 h 32 min left`, `expired`.
pub fn lasts(left: SignedDuration) -> String {
    // What is not over does not read as nothing.
    let minutes = left.as_secs().div_euclid(60).max(1);
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        _ if left <= SignedDuration::ZERO => "expired".to_owned(),
        (0, 0, minutes) => format!("{minutes} min left"),
        (0, hours, minutes) => format!("{hours} h {minutes} min left"),
        (days, hours, _) => format!("{days} d {hours} h left"),
    }
}

/// A name for a rule that is to be removed at `expires`, rounded up to a minute. What of the label cannot stand in a
/// name becomes `-`, and what makes the name too long is cut. It is none of `taken`.
pub fn name(label: &str, expires: Timestamp, taken: impl Fn(&str) -> bool) -> String {
    let time = write_time(expires);
    let label = valid_name(label);
    let made = |number: u32| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let room = NAME_MAX - HEAD.len() - TAIL - number.len();
        // A valid name is ASCII.
        let label = label.get(..room).unwrap_or(&label);
        format!("{HEAD}{label}{number}-{time}")
    };
    // A profile holds fewer rules than this.
    (1..100_000).map(made).find(|name| !taken(name)).unwrap_or_else(|| made(1))
}

/// A name that was meant to be temporary and whose expiry cannot be read.
pub fn is_unreadable(name: &str) -> bool {
    name.get(..HEAD.len()).is_some_and(|h| h.eq_ignore_ascii_case(HEAD)) && Temporary::parse(name).is_none()
}

/// The temporary rules among `rules`, the next to expire first.
pub fn open<'r>(rules: impl IntoIterator<Item = &'r AccessRule>) -> Vec<(&'r AccessRule, Temporary)> {
    let mut open: Vec<_> =
        rules.into_iter().filter_map(|rule| Some((rule, Temporary::parse(rule.id.name())?))).collect();
    open.sort_by(|(a, x), (b, y)| x.expires.cmp(&y.expires).then_with(|| a.id.cmp(&b.id)));
    open
}

fn write_time(time: Timestamp) -> String {
    let minute = SignedDuration::from_mins(1);
    // Rounded up: a rule never expires before the time that was asked for.
    let whole = Timestamp::from_second(time.as_second().div_euclid(60) * 60).unwrap_or(time);
    let up = if whole < time { whole.checked_add(minute).unwrap_or(whole) } else { whole };
    let at = up.to_zoned(TimeZone::UTC).datetime();
    format!("{:04}{:02}{:02}T{:02}{:02}Z", at.year(), at.month(), at.day(), at.hour(), at.minute())
}

fn read_time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix(['Z', 'z'])?.split_once(['T', 't'])?;
    let number =
        |text: &str, from: usize, to: usize| -> Option<i8> { digits(text.get(from..to)?)?.try_into().ok() };
    if date.len() != 8 || time.len() != 4 {
        return None;
    }
    let year = digits(date.get(..4)?)?;
    let (month, day) = (number(date, 4, 6)?, number(date, 6, 8)?);
    let at = DateTime::new(year, month, day, number(time, 0, 2)?, number(time, 2, 4)?, 0, 0).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Digits only: no sign, no space.
fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check;
    use proptest::prelude::*;

    #[test]
    fn the_name_says_when_it_expires() {
        let at: Timestamp = "2026-11-22T15:29:30Z".parse().unwrap();
        let made = name("alex.reed@contoso.com", at, |_| false);
        assert_eq!(made, "tmp-alex.reed-contoso.com-20261122T1530Z");
        let read = Temporary::parse(&made).unwrap();
        assert_eq!(read.label, "alex.reed-contoso.com");
        let before: Timestamp = "2026-11-22T15:29:59Z".parse().unwrap();
        assert!(!read.is_expired(before) && read.is_expired(read.expires));
        assert_eq!(read.left(before), SignedDuration::from_secs(1));
        assert_eq!(
            name("alex.reed@contoso.com", at, |n| n == made),
            "tmp-alex.reed-contoso.com-2-20261122T1530Z"
        );
    }

    #[test]
    fn what_is_left_is_told_shortly() {
        for (seconds, words) in [
            (1, "1 min left"),
            (3600, "1 h 0 min left"),
            (5520, "1 h 32 min left"),
            (90_000, "1 d 1 h left"),
            (0, "expired"),
            (-5, "expired"),
        ] {
            assert_eq!(lasts(SignedDuration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn other_names_are_not_temporary() {
        for other in [
            "",
            "tmp",
            "tmp-x",
            "office",
            "tmp-x-20261322T1530Z",
            "tmp-x-20261122T2560Z",
            "tmp-x-+0261122T1530Z",
            "temp-x-20261122T1530Z",
            "xx-tmp-x-20261122T1530Z",
            "tmp-ü-2026112T1530Z",
        ] {
            assert_eq!(Temporary::parse(other), None, "{other}");
        }
        assert!(is_unreadable("tmp-x") && !is_unreadable("office") && !is_unreadable("tmp-x-20261122T1530Z"));
    }

    proptest! {
        #[test]
        fn every_label_makes_a_name_that_is_valid_and_read_back(
            label in "\\PC{0,120}", second in 0_i64..4_000_000_000, full in 0_usize..12
        ) {
            let expires = Timestamp::from_second(second).unwrap();
            let mut names: Vec<String> = Vec::new();
            for _ in 0..=full {
                let made = name(&label, expires, |n| names.iter().any(|t| t == n));
                prop_assert_eq!(check::name(&made), None, "{}", made);
                prop_assert!(!names.contains(&made), "{}", made);
                let read = Temporary::parse(&made).unwrap();
                prop_assert!(read.expires >= expires && read.left(expires) < SignedDuration::from_mins(1));
                names.push(made);
            }
        }
    }
}
