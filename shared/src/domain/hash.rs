//! Hashes and keyed hashes: how personal ids become ids that may stand in keys, groups and logs.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Lower-case hexadecimal SHA-256 of `bytes`.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// SHA-256 of several parts, unambiguous in where one ends and the next begins, in base 62
/// (`[0-9A-Za-z]`), cut to `length` characters (22 hold 131 bits).
pub fn base62_of(parts: &[&str], length: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    base62(&hasher.finalize(), length)
}

/// The first `length` base-62 digits of a big-endian number.
pub fn base62(bytes: &[u8], length: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = bytes.to_vec();
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = (rest << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(0);
            rest = value % 62;
        }
        text.push(char::from(DIGITS[rest as usize]));
    }
    text
}

/// The stack's key for keyed hashes of contacts (group ids, contact ids). Never rotated: the ids
/// made with it are the table's keys.
#[derive(Clone)]
pub struct GroupKey(Vec<u8>);

impl GroupKey {
    /// From the text that `stack-setup` made (any text of high entropy).
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }

    /// HMAC-SHA-256 over `parts`, in base 62, 22 characters (131 bits).
    pub fn mac(&self, parts: &[&str]) -> String {
        // HMAC takes keys of every length, so this arm cannot fail; the fallback is never used.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0) else {
            return base62_of(parts, 22);
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        base62(&mac.finalize().into_bytes(), 22)
    }
}

impl std::fmt::Debug for GroupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GroupKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_the_published_one() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(base62_of(&["ab", "c"], 22), base62_of(&["a", "bc"], 22));
        let key = GroupKey::new("k");
        assert_ne!(key.mac(&["ab", "c"]), key.mac(&["a", "bc"]));
        assert_ne!(key.mac(&["a"]), GroupKey::new("l").mac(&["a"]));
    }

    #[test]
    fn base62_is_made_of_letters_and_digits_only() {
        let text = base62_of(&["wamid.HBgL=/+"], 22);
        assert_eq!(text.len(), 22);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
