//! Rocket.Chat REST, login, me, users.* and the second factor (Rocket.Chat reference §5).

use std::fmt::Write as _;

use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::answer::{Answer, Refusal, Reply};
use super::super::document;
use super::super::options::Person;
use super::super::state::{State, User};
use super::{Call, may};

/// Tokens that begin with this pass without a second factor.
const FREE_PASS: &str = "free-pass-";

/// Signs in with a password, or resumes a token.
pub(crate) fn login(state: &mut State, call: &Call) -> Answer {
    let name = call
        .text("user")
        .or_else(|| call.text("username"))
        .or_else(|| call.text("email"));
    let user = match (call.text("resume"), name, call.text("password")) {
        (Some(token), ..) => state
            .users
            .iter()
            .find(|user| user.tokens.iter().any(|mine| mine == token)),
        (None, Some(name), Some(password)) => {
            let user = state
                .users
                .iter()
                .find(|u| u.username == name || document::address(u) == name);
            user.filter(|user| user.password == password)
        }
        _ => None,
    };
    let Some(user) = user else {
        let body = json!({ "status": "error", "error": "Unauthorized", "message": "Unauthorized" });
        return Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            body,
        });
    };
    let (id, me) = (user.id.clone(), document::account(user));
    let token = match call.text("resume") {
        Some(token) => token.to_owned(),
        None => add_token(state, &id, "session-"),
    };
    Ok(Reply::Bare(json!({
        "status": "success",
        "data": { "userId": id, "authToken": token, "me": me },
    })))
}

fn add_token(state: &mut State, user_id: &str, prefix: &str) -> String {
    state.counter += 1;
    let token = format!("{prefix}{user_id}-{}", state.counter);
    if let Some(user) = state.users.iter_mut().find(|user| user.id == user_id) {
        user.tokens.push(token.clone());
    }
    token
}

/// Ends the session of the auth headers.
pub(crate) fn logout(state: &mut State, call: &Call) -> Answer {
    let token = call.header("x-auth-token").unwrap_or_default();
    if let Some(user) = state.users.iter_mut().find(|user| user.id == call.caller()) {
        user.tokens.retain(|mine| mine != token);
    }
    Ok(Reply::Bare(
        json!({ "status": "success", "data": { "message": "You've been logged out!" } }),
    ))
}

/// The caller's own account: the fields stand at top level.
pub(crate) fn me(state: &mut State, call: &Call) -> Answer {
    let user = state.user(call.caller()).ok_or_else(Refusal::silent)?;
    Ok(Reply::Json(document::account(user)))
}

/// An account by `userId` or `username`.
pub(crate) fn show(state: &mut State, call: &Call) -> Answer {
    let by_id = call.query("userId").and_then(|id| state.user(id));
    let user = by_id.or_else(|| {
        call.query("username")
            .and_then(|name| state.user_named(name))
    });
    let user = user.ok_or_else(|| Refusal::plain("User not found."))?;
    let mut shown = document::account(user);
    if !may(state, call.user.as_deref(), "view-full-other-user-info") && user.id != call.caller() {
        shown["emails"] = Value::Null;
    }
    Ok(Reply::Json(
        json!({ "user": super::super::answer::compact(shown) }),
    ))
}

/// A new account.
pub(crate) fn create(state: &mut State, call: &Call) -> Answer {
    let (username, name) = (call.required("username")?, call.required("name")?);
    call.required("email")?;
    let password = call.required("password")?;
    if state.user_named(username).is_some() {
        let text = format!("{username} is already in use :(");
        return Err(Refusal::coded("error-field-unavailable", &text));
    }
    let roles = call.body["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    let roles: Vec<&str> = roles.collect();
    let person = Person::new(
        username,
        name,
        if roles.is_empty() { &["user"] } else { &roles },
    );
    let user = User {
        id: state.fresh_id("user"),
        username: person.username,
        name: person.name,
        password: password.to_owned(),
        tokens: Vec::new(),
        roles: person.roles,
        online: false,
        assigned: 0,
    };
    let shown = document::account(&user);
    state.users.push(user);
    Ok(Reply::Json(json!({ "user": shown })))
}

/// A personal access token, shown once; wants the second factor.
pub(crate) fn personal_token(state: &mut State, call: &Call) -> Answer {
    if !may(state, call.user.as_deref(), "create-personal-access-tokens") {
        return Err(Refusal::coded("not-authorized", "Not Authorized"));
    }
    second_factor(state, call)?;
    call.required("tokenName")?;
    let free = call.body["bypassTwoFactor"] == json!(true);
    let token = add_token(
        state,
        call.caller(),
        if free { FREE_PASS } else { "personal-" },
    );
    Ok(Reply::Json(json!({ "token": token })))
}

/// Refuses a call without the caller's second factor (method `password`: the lowercase
/// hexadecimal SHA-256 of the password).
pub(crate) fn second_factor(state: &State, call: &Call) -> Result<(), Refusal> {
    let free = call
        .header("x-auth-token")
        .is_some_and(|token| token.starts_with(FREE_PASS));
    if !state.two_factor || free {
        return Ok(());
    }
    let details = json!({ "method": "password", "codeGenerated": false, "availableMethods": [] });
    let Some(code) = call.header("x-2fa-code") else {
        let mut refusal = Refusal::coded("totp-required", "TOTP Required");
        refusal.body["details"] = details;
        return Err(refusal);
    };
    let password = state
        .user(call.caller())
        .map(|user| user.password.as_str())
        .unwrap_or_default();
    let mut expected = String::new();
    for byte in Sha256::digest(password.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(expected, "{byte:02x}");
    }
    if call.header("x-2fa-method") == Some("password") && code == expected {
        return Ok(());
    }
    let mut refusal = Refusal::coded("totp-invalid", "TOTP Invalid");
    refusal.body["details"] = json!({ "method": "password" });
    Err(refusal)
}
