//! Quote links in a text: Rocket.Chat REST, "Quoting" (Rocket.Chat reference §1.6).

use serde_json::{Value, json};
use url::Url;

use super::document::iso;
use super::state::{Note, State};

/// The link that quotes message `id` of room `rid`, ready to stand in front of a text.
pub(crate) fn link(site_url: &str, rid: &str, id: &str) -> String {
    format!("[ ]({site_url}/live/{rid}?msg={id}) ")
}

/// Every address in `text` that starts with `site_url` and names a message.
fn addresses<'a>(text: &'a str, site_url: &str) -> Vec<(&'a str, String)> {
    let mut found = Vec::new();
    if site_url.is_empty() {
        return found;
    }
    for (at, _) in text.match_indices(site_url) {
        let rest = text.get(at..).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"' | '|');
        let address = rest.split(ends).next().unwrap_or_default();
        let Ok(url) = Url::parse(address) else {
            continue;
        };
        let id = url.query_pairs().find(|(key, _)| key == "msg");
        if let Some((_, id)) = id {
            found.push((address, id.into_owned()));
        }
    }
    found
}

/// The text without the quote links in front of it.
pub(crate) fn without_links<'a>(text: &'a str, site_url: &str) -> &'a str {
    let mut rest = text.trim_start();
    while let Some(inner) = rest
        .strip_prefix("[ ](")
        .filter(|inner| inner.starts_with(site_url))
    {
        let Some((address, after)) = inner.split_once(')') else {
            break;
        };
        if !address.contains("msg=") {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// The quote attachments for a text and the id of the first quoted message. `token` is the
/// visitor's when a visitor writes: they quote only what is in their own rooms.
pub(crate) fn resolve(
    state: &State,
    text: &str,
    token: Option<&str>,
) -> (Vec<Value>, Option<String>) {
    let limit = state.number("Message_QuoteChainLimit");
    let mut attachments = Vec::new();
    let mut first = None;
    if limit < 2 {
        return (attachments, first);
    }
    for (address, id) in addresses(text, state.text("Site_Url")) {
        let Some(quoted) = state.notes.get(&id) else {
            continue;
        };
        let visible = token.is_none_or(|token| state.own_chat(&quoted.rid, token).is_some());
        if visible {
            attachments.push(attachment(quoted, address, limit - 1));
            first.get_or_insert(id);
        }
    }
    (attachments, first)
}

fn attachment(quoted: &Note, address: &str, depth: i64) -> Value {
    json!({
        "text": quoted.msg,
        "md": [],
        "message_link": address,
        "author_name": quoted.alias.as_ref().unwrap_or(&quoted.author.username),
        "author_icon": format!("/avatar/{}", quoted.author.username),
        "attachments": nested(&quoted.attachments, depth),
        "ts": iso(quoted.ts),
    })
}

/// The attachments of a quoted message, with quotes no deeper than the chain limit.
fn nested(attachments: &[Value], depth: i64) -> Vec<Value> {
    let mut kept = Vec::new();
    for attachment in attachments {
        let mut attachment = attachment.clone();
        if attachment.get("message_link").is_some() {
            if depth <= 1 {
                continue;
            }
            let inner = attachment["attachments"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            attachment["attachments"] = json!(nested(&inner, depth - 1));
        }
        kept.push(attachment);
    }
    kept
}
