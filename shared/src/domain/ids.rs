//! Ids are types: one cannot be passed where another is meant. Ids that contain personal data
//! (a wamid holds the phone number) or that are a credential print as a hash only.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hash::{base62_of, sha256_hex};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as it is written.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as it is written on the wire and in keys.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

macro_rules! open_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! personal_id {
    ($(#[$doc:meta])* $name:ident) => {
        id!($(#[$doc])* $name);

        /// Prints a hash: the id itself is personal or a credential.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "#{}", self.hashed())
            }
        }

        impl $name {
            /// A short hash that may stand in logs.
            pub fn hashed(&self) -> String {
                sha256_hex(self.0.as_bytes()).chars().take(12).collect()
            }
        }
    };
}

open_id! {
    /// One connected WhatsApp number.
    ConnectionId
}
open_id! {
    /// One person at one connection: a keyed hash of the first id that we saw.
    ContactId
}
open_id! {
    /// A Rocket.Chat room (`rid`).
    RoomId
}
open_id! {
    /// A name of a person (number or user id) at a connection, as a keyed hash.
    AliasId
}
open_id! {
    /// A message in Rocket.Chat (`_id`).
    PostId
}
open_id! {
    /// A person or bot in Rocket.Chat.
    UserId
}
open_id! {
    /// One send of a template, to one or many people.
    SendId
}
personal_id! {
    /// WhatsApp's message id. It contains the phone number, so it never stands in a log.
    Wamid
}
personal_id! {
    /// A phone number as WhatsApp writes it: digits without `+`.
    WaId
}
personal_id! {
    /// WhatsApp's business-scoped user id (`US.1349…`), the identity of people without a visible number.
    Bsuid
}
personal_id! {
    /// The visitor's token in Rocket.Chat: the credential of the livechat routes.
    VisitorToken
}

impl PostId {
    /// The Rocket.Chat `_id` of a customer's message: derived from the wamid, so that posting it
    /// again is refused by Rocket.Chat instead of shown twice.
    pub fn of_wamid(wamid: &Wamid) -> Self {
        Self(base62_of(&["wamid", wamid.as_str()], 22))
    }

    /// The Rocket.Chat `_id` of a note that our bot writes once for `key`.
    pub fn of_note(key: &str) -> Self {
        Self(base62_of(&["note", key], 22))
    }
}

impl WaId {
    /// A number in international form that somebody may be reached at: an optional `+`, then 7 to 15
    /// digits (E.164, reference: 360dialog, §6) of which the first is not 0; spaces and `-.()` between
    /// them. What looks like a fraction (`….0`, as spreadsheets write it) or names a digit that is
    /// dialled or not (`(0)`) is none: it would be somebody else's number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let rest = text.strip_prefix('+').unwrap_or(text);
        let known = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')');
        if !rest.chars().all(known) || rest.starts_with(['0', '-', '.', ')']) {
            return None;
        }
        let last = rest.rsplit('.').next().unwrap_or_default();
        if rest.contains("(0)") || (rest.contains('.') && last.len() < 3) {
            return None;
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        fits.then_some(Self(digits))
    }

    /// The other ways in which WhatsApp may write the same number, for looking somebody up; what is
    /// sent is never rewritten (reference: 360dialog, §6).
    pub fn variants(&self) -> Vec<Self> {
        let digits = self.0.as_str();
        let mobile = |rest: &str| rest.starts_with(['6', '7', '8', '9']);
        let with = |head: &str, more: &str, rest: &str| Self(format!("{head}{more}{rest}"));
        let other = match (digits.get(..2), digits.len()) {
            // Brazil's mobiles; what begins with 2 to 5 behind the area code is a landline
            (Some("55"), 13) if digits[4..].starts_with('9') && mobile(&digits[5..]) => {
                Some(with(&digits[..4], "", &digits[5..]))
            }
            (Some("55"), 12) if mobile(&digits[4..]) => Some(with(&digits[..4], "9", &digits[4..])),
            (Some("52"), 13) if digits[2..].starts_with('1') => Some(with("52", "", &digits[3..])),
            (Some("52"), 12) => Some(with("52", "1", &digits[2..])),
            (Some("54"), 13) if digits[2..].starts_with('9') => Some(with("54", "", &digits[3..])),
            (Some("54"), 12) => Some(with("54", "9", &digits[2..])),
            _ => None,
        };
        other.into_iter().collect()
    }

    /// Keeps the digits of a number in any notation (`+49 171-…`). `None` where fewer than 5 or
    /// more than 20 remain, which no E.164 number has.
    pub fn from_any(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (5..=20).contains(&digits.len()).then_some(Self(digits))
    }
}

impl VisitorToken {
    /// Mints the token of a contact: it names the connection and the contact, and ends in
    /// `random`, which makes it a credential.
    pub fn mint(connection: &ConnectionId, contact: &ContactId, random: &str) -> Self {
        Self(format!("b360-{connection}-{contact}-{random}"))
    }

    /// The connection and contact that a token of ours names; `None` for other channels' visitors.
    pub fn parts(&self) -> Option<(ConnectionId, ContactId)> {
        let mut parts = self.0.strip_prefix("b360-")?.splitn(3, '-');
        let (connection, contact) = (parts.next()?, parts.next()?);
        let random = parts.next()?;
        if connection.is_empty() || contact.is_empty() || random.is_empty() {
            return None;
        }
        Some((ConnectionId::new(connection), ContactId::new(contact)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_names_its_connection_and_contact() {
        let token = VisitorToken::mint(&ConnectionId::new("c1"), &ContactId::new("p1"), "r-and-om");
        assert_eq!(token.as_str(), "b360-c1-p1-r-and-om");
        let (connection, contact) = token.parts().unwrap();
        assert_eq!((connection.as_str(), contact.as_str()), ("c1", "p1"));
        for other in [
            "",
            "b360-",
            "b360-c1",
            "b360-c1-p1",
            "b360--p1-r",
            "widget-c1-p1-r",
        ] {
            assert_eq!(VisitorToken::new(other).parts(), None, "{other}");
        }
    }

    #[test]
    fn personal_ids_print_as_a_hash() {
        let printed = format!("{:?} {:?}", Wamid::new("wamid.491"), WaId::new("4917"));
        assert!(!printed.contains("491"), "{printed}");
    }

    #[test]
    fn a_number_that_cannot_be_one_is_none() {
        for (text, digits) in [
            ("+49 (171) 555-0100", Some("491715550100")),
            ("491715550100", Some("491715550100")),
            (" +1.650.555.1234 ", Some("16505551234")),
            ("0171 5550100", None),
            ("491715550100.0", None),
            ("4.91715550100e11", None),
            ("+49 (0)171 5550100", None),
            ("0049171555", None),
            ("+49171x", None),
            ("+491", None),
            ("1234567890123456", None),
            ("++491715550100", None),
            ("", None),
        ] {
            let parsed = WaId::parse(text);
            assert_eq!(parsed.as_ref().map(WaId::as_str), digits, "{text}");
        }
    }

    #[test]
    fn a_number_is_known_by_its_other_spelling() {
        for (one, other) in [
            ("5511987654321", "551187654321"),
            ("5215512345678", "525512345678"),
            ("5491123456789", "541123456789"),
        ] {
            assert_eq!(WaId::new(one).variants(), [WaId::new(other)]);
            assert_eq!(WaId::new(other).variants(), [WaId::new(one)]);
        }
        for alone in ["491715550100", "551134567890", "5511934567890"] {
            assert!(WaId::new(alone).variants().is_empty(), "{alone}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(
            WaId::from_any("+49 171-555 (0)").unwrap().as_str(),
            "491715550"
        );
        assert_eq!(WaId::from_any("abc"), None);
        assert_eq!(WaId::from_any("123456789012345678901"), None);
    }

    proptest! {
        #[test]
        fn the_other_spelling_leads_back(
            digits in prop_oneof!["5[245][0-9]{9,12}", "[1-9][0-9]{6,14}"],
        ) {
            let number = WaId::new(&digits);
            for other in number.variants() {
                prop_assert_ne!(&other, &number);
                prop_assert_eq!(other.variants(), [number.clone()]);
                prop_assert_eq!(&other.as_str()[..2], &digits[..2], "the country stays");
                let rest = digits.len().min(other.as_str().len()) - 4;
                let end = |id: &WaId| id.as_str()[id.as_str().len() - rest + 1..].to_owned();
                prop_assert_eq!(end(&other), end(&number), "the subscriber stays");
            }
        }

        #[test]
        fn landlines_and_other_countries_have_one_spelling(
            landline in "55[1-9][0-9][2-5][0-9]{7}",
            elsewhere in "(1|49|44|351|91)[1-9][0-9]{8,9}",
        ) {
            prop_assert!(WaId::new(landline).variants().is_empty());
            prop_assert!(WaId::new(elsewhere).variants().is_empty());
        }

        #[test]
        fn two_mobiles_never_share_a_spelling(one in "55[1-9][0-9]9[6-9][0-9]{7}", n in 0_u64..9) {
            let other = format!("{}{}", &one[..12], (one[12..].parse::<u64>().unwrap() + n) % 10);
            prop_assume!(one != other);
            let (one, other) = (WaId::new(one), WaId::new(other));
            prop_assert_ne!(one.variants(), other.variants());
            prop_assert!(!one.variants().contains(&other));
        }
    }
}
