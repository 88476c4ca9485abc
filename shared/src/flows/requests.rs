//! Requests that happen once, however often they come: each is claimed before anything is written,
//! under its `Idempotency-Key` (or its body), and a repeat finds the claim.

use std::time::Duration;

use super::api_keys::Caller;
use super::refused::{Refused, Why};
use crate::app::App;
use crate::domain::hash::{base62_of, sha256_hex};
use crate::domain::time::Timestamp;
use crate::store::Claim;

/// The door's time-out is shorter: an earlier run of the same request has ended for sure.
const RUN_ENDED: Duration = Duration::from_secs(30);
/// The longest key.
const LONGEST_KEY: usize = 255;

/// A request as a repeat is known by.
pub(crate) struct Request<'a> {
    /// Under what it is claimed: see [`hash_of`].
    pub hash: &'a str,
    /// What it asks for: see [`fingerprint`].
    pub fingerprint: &'a str,
    /// For how long it is remembered.
    pub keep: Duration,
}

/// What makes a request the same: who asks, what `kind` of name it has, and that name.
pub(crate) fn hash_of(caller: &Caller, (kind, name): (&str, &str)) -> String {
    base62_of(&[&caller.sha256, kind, name], 43)
}

/// The fingerprint of a body: the same for the same members in any order.
pub fn fingerprint(body: &serde_json::Value) -> String {
    sha256_hex(body.to_string().as_bytes())
}

/// The header `Idempotency-Key` of a request, where it has one (`Some("")` where that is no text).
pub fn key_of(header: Option<&str>) -> Result<Option<String>, Refused> {
    let Some(text) = header.map(str::trim) else {
        return Ok(None);
    };
    if text.is_empty() || text.len() > LONGEST_KEY {
        let message = "The Idempotency-Key must be 1 to 255 printable ASCII characters.";
        return Err(Refused::invalid("invalid_idempotency_key", message));
    }
    Ok(Some(text.to_owned()))
}

/// The claim of the same request, where it was taken before; another request under the same key is
/// refused.
pub(crate) async fn earlier(
    app: &App,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Option<Claim>, Refused> {
    let Some(claim) = app.store.find_claim(request.hash, now).await? else {
        return Ok(None);
    };
    same(&claim, request)?;
    Ok(Some(claim))
}

/// A claim of which nothing came is taken anew, unless its run may still be at it.
pub(crate) fn has_ended(claim: &Claim, now: Timestamp) -> Result<(), Refused> {
    if now.since(claim.at) < RUN_ENDED {
        return Err(running());
    }
    Ok(())
}

/// Claims a request, or takes over the claim of a run that has ended; gives the id of what it becomes.
pub(crate) async fn claim(
    app: &App,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<String, Refused> {
    let claim = Claim {
        became: app.ids.token()?,
        fingerprint: request.fingerprint.to_owned(),
        at: now,
    };
    let store = &app.store;
    let standing = store.claim_request(request.hash, &claim, now, request.keep);
    let standing = standing.await?;
    same(&standing, request)?;
    if standing.became != claim.became {
        let ended = now.since(standing.at) >= RUN_ENDED;
        // of several that come now one goes on with it
        if !ended || !store.retake_claim(request.hash, &standing, now).await? {
            return Err(running());
        }
    }
    Ok(standing.became)
}

fn same(claim: &Claim, request: &Request<'_>) -> Result<(), Refused> {
    if claim.fingerprint == request.fingerprint {
        return Ok(());
    }
    let message = "This Idempotency-Key was used for another body within the last 24 hours. Use a \
                   new key for a new send.";
    Err(Refused::new(
        Why::Mismatch,
        "idempotency_key_reused",
        message,
    ))
}

fn running() -> Refused {
    let message = "The same request is being taken just now. Send it again in 30 seconds: it is \
                   not sent twice.";
    Refused::conflict("request_in_progress", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_text_that_fits() {
        assert_eq!(key_of(None), Ok(None));
        assert_eq!(key_of(Some(" a-1 ")), Ok(Some("a-1".to_owned())));
        for wrong in ["", "  ", &"x".repeat(256)] {
            let refused = key_of(Some(wrong)).map_err(|refused| refused.code);
            assert_eq!(refused, Err("invalid_idempotency_key"));
        }
    }
}
