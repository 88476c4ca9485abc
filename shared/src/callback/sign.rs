//! Signatures by the Standard Webhooks scheme (<https://www.standardwebhooks.com>, version 1.0.0):
//! `v1,` and the base 64 of an HMAC-SHA-256 over `id.timestamp.body`; several stand in one header,
//! with a space between them, while two secrets are good.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::domain::time::Timestamp;

/// What a secret begins with, as its receivers know it.
const PREFIX: &str = "whsec_";

/// The secrets that callbacks are signed with. Stored as one parameter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecrets {
    /// The one that counts, as its receiver has it.
    pub active: String,
    /// Since when.
    pub since: Timestamp,
    /// Those before it that are good for a while, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<Overlap>,
}

/// A secret that was replaced and is still signed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The secret.
    pub secret: String,
    /// Until when.
    pub until: Timestamp,
}

impl SigningSecrets {
    /// A secret out of random text of at least 24 bytes.
    pub fn new(random: &str, now: Timestamp) -> Self {
        Self {
            active: format!("{PREFIX}{}", BASE64.encode(random)),
            since: now,
            previous: Vec::new(),
        }
    }

    /// The value of `webhook-signature`: one signature for each secret that is good at `now`.
    /// `None` where a secret is none of the scheme.
    pub fn header(&self, id: &str, body: &[u8], now: Timestamp) -> Option<String> {
        let mut all = sign(&self.active, id, now.seconds(), body)?;
        for previous in self.previous.iter().filter(|one| one.until > now) {
            all.push(' ');
            all.push_str(&sign(&previous.secret, id, now.seconds(), body)?);
        }
        Some(all)
    }
}

/// One signature.
fn sign(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let key = BASE64.decode(key).ok()?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
}

impl fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecrets(…)")
    }
}

impl fmt::Debug for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overlap(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the scheme's published libraries.
    #[test]
    fn the_published_vector_is_met() {
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed.as_deref(), Some(expected));
    }

    #[test]
    fn two_secrets_sign_until_the_old_one_ends() {
        let at = Timestamp::from_seconds;
        let old = SigningSecrets::new("0123456789012345678901234567", at(0));
        let mut new = SigningSecrets::new("9876543210987654321098765432", at(10));
        let alone = new.header("msg_1", b"{}", at(20)).unwrap();
        new.previous = vec![Overlap {
            secret: old.active.clone(),
            until: at(100),
        }];
        let both = new.header("msg_1", b"{}", at(20)).unwrap();
        let before = old.header("msg_1", b"{}", at(20)).unwrap();
        assert_eq!(both, format!("{alone} {before}"));
        let after = new.header("msg_1", b"{}", at(100)).unwrap();
        assert!(!after.contains(' '));
        let printed = format!("{new:?}{:?}", new.previous);
        assert!(!printed.contains("whsec_"), "{printed}");
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        assert_eq!(sign("whsec_?", "msg_1", 0, b""), None);
    }
}
