//! Rocket.Chat's moments, which it shows in the reader's time zone: `<t:1700000000:f>`
//! (`TimestampRules` of its grammar). Nobody knows the customer's zone, so they are told in UTC.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The longest form, with date, milliseconds, zone and style.
const LONGEST: usize = 40;

/// The moment at the beginning of `text`, with its length in bytes.
pub(super) fn in_angles(text: &str) -> Option<(usize, String)> {
    let typed = text.strip_prefix("<t:")?;
    let end = typed.find(['<', '>']).filter(|end| *end <= LONGEST)?;
    if !typed[end..].starts_with('>') {
        return None;
    }
    Some((end + 4, moment(&typed[..end])?))
}

fn moment(typed: &str) -> Option<String> {
    let (when, style) = match typed.rsplit_once(':') {
        Some((when, style)) if ["t", "T", "d", "D", "f", "F", "R"].contains(&style) => {
            (when, style)
        }
        // as Rocket.Chat does where none is named
        _ => (typed, "t"),
    };
    of_seconds(when)
        .map(|moment| told(moment, style, " UTC"))
        .or_else(|| of_date(when, style))
        .or_else(|| of_clock(when))
}

fn of_seconds(when: &str) -> Option<OffsetDateTime> {
    let digits = when.len() == 10 && when.bytes().all(|b| b.is_ascii_digit());
    let seconds = digits.then(|| when.parse().ok())??;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// `2025-07-22T10:00:00.000+02:00`; without a zone it is told as it is.
fn of_date(when: &str, style: &str) -> Option<String> {
    if let Ok(moment) = OffsetDateTime::parse(when, &Rfc3339) {
        return Some(told(moment.to_utc().into(), style, " UTC"));
    }
    let moment = OffsetDateTime::parse(&format!("{when}Z"), &Rfc3339).ok()?;
    Some(told(moment, style, ""))
}

/// `10:00`, `10:00:30`, `10:00+02:00`: a time of day is told as it is.
fn of_clock(when: &str) -> Option<String> {
    let (clock, zone) = match when.find(['+', '-']) {
        Some(at) => when.split_at(at),
        None => (when, ""),
    };
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let is_clock = |text: &str, parts: &[usize]| {
        parts.contains(&text.split(':').count()) && text.split(':').all(two_digits)
    };
    let zoned = zone.get(1..).is_some_and(|zone| is_clock(zone, &[2]));
    let space = if zoned { " " } else { "" };
    let known = is_clock(clock, &[2, 3]) && (zone.is_empty() || zoned);
    known.then(|| format!("{clock}{space}{zone}"))
}

fn told(moment: OffsetDateTime, style: &str, zone: &str) -> String {
    let date = moment.date();
    let (hour, minute, second) = moment.to_hms();
    match style {
        "t" => format!("{hour:02}:{minute:02}{zone}"),
        "T" => format!("{hour:02}:{minute:02}:{second:02}{zone}"),
        "d" | "D" => date.to_string(),
        // a span from now (`R`) would be wrong by the time it is read
        _ => format!("{date} {hour:02}:{minute:02}{zone}"),
    }
}
