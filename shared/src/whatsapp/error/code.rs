//! The one table of what a code of WhatsApp means: whether its message is tried again, whether the
//! number as a whole is stopped, and the sentence that people read. (reference: 360dialog, §3)

use crate::text::catalog::Advice;

/// What to do with a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The message is refused for good.
    Never,
    /// Something went wrong over there: a few tries, then refused for good.
    Once,
    /// Not now: tried again by the back-off, until the message is too old.
    Backoff,
    /// Too fast for this one recipient: tried again after 4^x seconds.
    Pair,
    /// The key is refused: a few tries, then the number's circuit opens.
    Key,
    /// Refused for good until somebody mends something; others of the number may go through.
    Fix,
    /// The same, and whatever is sent from the number is refused too: its circuit opens at once.
    Stop,
}

/// Stands for 360dialog's "lack of payment", which comes without a code (§1.5).
pub const PAYMENT: i64 = 402;
/// Stands for 360dialog's "API disabled" and "endpoint blocked", which come without a code.
pub const BLOCKED: i64 = 403;
/// Stands for a bare 403, which may mean this one message only: a permission that is missing.
pub const FORBIDDEN: i64 = 10;

/// The 24-hour window is closed (and its on-premise number).
pub const WINDOW_CLOSED: [i64; 2] = [131_047, 470];

/// Codes from the first to the last, and what they mean.
type Row = (i64, i64, Retry, Advice);

const fn one(code: i64, retry: Retry, advice: Advice) -> Row {
    (code, code, retry, advice)
}

/// Every code of the reference; what is not listed is refused for good. Numbers below 1,000 are
/// Graph's, the on-premise API's (470 to 472) or, where there was no code, HTTP's (401 to 429).
const CODES: &[Row] = &[
    // the key, and what it may do
    one(0, Retry::Key, Advice::KeyRefused),
    one(190, Retry::Key, Advice::KeyRefused),
    one(401, Retry::Key, Advice::KeyRefused),
    one(3, Retry::Fix, Advice::PermissionMissing),
    one(10, Retry::Fix, Advice::PermissionMissing),
    (200, 299, Retry::Fix, Advice::PermissionMissing),
    one(131_005, Retry::Fix, Advice::PermissionMissing),
    // the number and its account
    one(33, Retry::Stop, Advice::NotRegistered),
    one(131_045, Retry::Stop, Advice::NotRegistered),
    one(133_010, Retry::Stop, Advice::NotRegistered),
    one(133_016, Retry::Fix, Advice::NotRegistered),
    one(368, Retry::Stop, Advice::AccountBlocked),
    one(131_031, Retry::Stop, Advice::AccountBlocked),
    one(BLOCKED, Retry::Stop, Advice::NumberBlocked),
    one(130_497, Retry::Fix, Advice::CountryRestricted),
    one(131_037, Retry::Stop, Advice::DisplayName),
    one(131_042, Retry::Stop, Advice::Payment),
    one(131_044, Retry::Stop, Advice::Payment),
    one(PAYMENT, Retry::Stop, Advice::Payment),
    one(131_063, Retry::Fix, Advice::MarketingOff),
    one(131_064, Retry::Fix, Advice::MessagingLimit),
    one(2_388_019, Retry::Fix, Advice::Other),
    // WhatsApp itself
    one(1, Retry::Once, Advice::Unavailable),
    one(2, Retry::Backoff, Advice::Unavailable),
    one(131_000, Retry::Once, Advice::Unavailable),
    one(131_016, Retry::Backoff, Advice::Unavailable),
    one(131_057, Retry::Backoff, Advice::Unavailable),
    one(133_004, Retry::Backoff, Advice::Unavailable),
    one(135_000, Retry::Once, Advice::Unavailable),
    one(2_494_100, Retry::Backoff, Advice::Unavailable),
    // too fast, too much
    one(4, Retry::Backoff, Advice::TooFast),
    one(429, Retry::Backoff, Advice::TooFast),
    one(613, Retry::Backoff, Advice::TooFast),
    one(80_007, Retry::Backoff, Advice::TooFast),
    one(130_429, Retry::Backoff, Advice::TooFast),
    one(131_056, Retry::Pair, Advice::TooFast),
    one(131_048, Retry::Never, Advice::SpamLimit),
    one(471, Retry::Never, Advice::SpamLimit),
    // the person
    one(131_026, Retry::Never, Advice::NotReachable),
    one(1013, Retry::Never, Advice::NotReachable),
    one(131_021, Retry::Never, Advice::SameNumber),
    one(131_030, Retry::Never, Advice::NotInTestList),
    one(131_062, Retry::Never, Advice::NumberNeeded),
    one(131_047, Retry::Never, Advice::WindowClosed),
    one(470, Retry::Never, Advice::WindowClosed),
    one(130_472, Retry::Never, Advice::MarketingNotDelivered),
    one(131_049, Retry::Never, Advice::MarketingNotDelivered),
    one(472, Retry::Never, Advice::MarketingNotDelivered),
    one(131_050, Retry::Never, Advice::MarketingStopped),
    one(137_000, Retry::Never, Advice::IdentityChanged),
    // the content
    one(100, Retry::Never, Advice::ContentRefused),
    one(131_008, Retry::Never, Advice::ContentRefused),
    one(131_009, Retry::Never, Advice::ContentRefused),
    one(131_051, Retry::Never, Advice::KindUnsupported),
    one(131_060, Retry::Never, Advice::KindUnsupported),
    one(131_014, Retry::Never, Advice::FileRefused),
    one(131_052, Retry::Never, Advice::FileRefused),
    one(131_053, Retry::Once, Advice::FileRefused),
    // templates and forms
    one(132_000, Retry::Never, Advice::TemplateParameters),
    one(132_005, Retry::Never, Advice::TemplateParameters),
    one(132_008, Retry::Never, Advice::TemplateParameters),
    one(132_012, Retry::Never, Advice::TemplateParameters),
    one(132_001, Retry::Never, Advice::TemplateMissing),
    one(132_007, Retry::Never, Advice::TemplatePolicy),
    one(132_015, Retry::Never, Advice::TemplatePaused),
    one(132_016, Retry::Never, Advice::TemplateDisabled),
    one(132_068, Retry::Never, Advice::FormStopped),
    one(132_069, Retry::Backoff, Advice::FormStopped),
    // nothing that an agent sends: blocking people, submitting templates
    (139_100, 139_102, Retry::Never, Advice::Other),
    one(139_103, Retry::Once, Advice::Other),
    one(2_388_040, Retry::Never, Advice::ContentRefused),
    one(2_388_047, Retry::Never, Advice::ContentRefused),
    (2_388_072, 2_388_073, Retry::Never, Advice::ContentRefused),
    one(2_388_293, Retry::Never, Advice::ContentRefused),
    one(2_388_299, Retry::Never, Advice::ContentRefused),
];

fn meaning(code: i64) -> (Retry, Advice) {
    let row = CODES
        .iter()
        .find(|(first, last, ..)| (*first..=*last).contains(&code));
    row.map_or((Retry::Never, Advice::Other), |(_, _, retry, advice)| {
        (*retry, *advice)
    })
}

/// What to do with a refusal of this code.
pub fn retry_of(code: i64) -> Retry {
    meaning(code).0
}

/// The sentence for a code.
pub fn advice_for(code: i64) -> Advice {
    meaning(code).1
}

/// Whether whatever is sent from the number after this code is refused too.
pub fn stops_number(code: i64) -> bool {
    retry_of(code) == Retry::Stop
}

/// Whether a refusal is about the file that was uploaded or sent: another form of it may do.
pub fn is_about_file(code: i64) -> bool {
    failed_for_file(code) || matches!(code, 100 | 413 | 415 | 131_008 | 131_009)
}

/// Whether a message that was taken failed for its file.
pub fn failed_for_file(code: i64) -> bool {
    matches!(code, 131_014 | 131_051..=131_053)
}

/// What a refusal to give out a file is about (§1.5, §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRefusal {
    /// The file is not there, or not any more.
    Gone,
    /// The number: its key, its payment, its account, or too many failing look-ups.
    Number,
    /// Something else.
    Other,
}

impl FileRefusal {
    /// By a code of Meta's, or the HTTP status where there is none.
    pub fn of(code: i64) -> Self {
        match code {
            33 | 100 | 404 | 410 => Self::Gone,
            3 | 10 | 200..=299 | 400 | PAYMENT | BLOCKED => Self::Number,
            code if stops_number(code) => Self::Number,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
