//! Ids with a realistic shape, from a counter: the same run gives the same ids.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Spreads a counter over all bits; different inputs give different outputs.
pub(crate) fn spread(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A message id: base64 around the other party's number (or user id), unique by `n`, with the
/// characters `+`, `/` and `=` that a careless reader trips over (360dialog reference §1.2).
pub(crate) fn wamid(party: &str, n: u64, from_business: bool) -> String {
    let party: String = party.chars().filter(char::is_ascii).take(24).collect();
    let length = u8::try_from(party.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![0x1c, 0x18, length];
    bytes.extend_from_slice(party.as_bytes());
    bytes.extend_from_slice(&[
        0x15,
        0x02,
        0x00,
        if from_business { 0x11 } else { 0x12 },
        0x18,
        0x14,
    ]);
    bytes.extend_from_slice(format!("{:016X}", spread(n)).as_bytes());
    while !bytes.len().is_multiple_of(3) {
        bytes.push(0);
    }
    bytes.extend_from_slice(&[0xfb, 0xef, 0xff, 0x00]);
    format!("wamid.{}", STANDARD.encode(bytes))
}

/// A media id: digits only.
pub(crate) fn media(n: u64) -> String {
    (1_013_859_600_285_441 + n.wrapping_mul(7_919)).to_string()
}

/// `fbtrace_id` of an error.
pub(crate) fn trace(n: u64) -> String {
    format!(
        "A{}",
        STANDARD
            .encode(spread(n).to_be_bytes())
            .replace(['=', '+', '/'], "_")
    )
}

/// A business-scoped user id (§2.7) that belongs to a phone number.
pub(crate) fn user_id(phone: &str) -> String {
    let number: u64 = phone.parse().unwrap_or_default();
    format!("US.{:020}", spread(number))
}

/// Everything but the digits dropped.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A number as it is compared: Brazil's ninth digit, Mexico's 1 and Argentina's 9 dropped (§6).
pub(crate) fn comparable(digits: &str) -> String {
    let drop_at = match (digits.get(..2), digits.len()) {
        (Some("55"), 13) if digits.get(4..5) == Some("9") => 4,
        (Some("52"), 13) if digits.get(2..3) == Some("1") => 2,
        (Some("54"), 13) if digits.get(2..3) == Some("9") => 2,
        _ => return digits.to_owned(),
    };
    let (head, tail) = digits.split_at(drop_at);
    format!("{head}{}", tail.get(1..).unwrap_or_default())
}
