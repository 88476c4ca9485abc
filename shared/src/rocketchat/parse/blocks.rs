//! UIKit blocks, as Rocket.Chat's apps and bots write them (reference: Rocket.Chat, §3): words, and
//! answers to choose from. Unknown elements give whatever words they have.

use serde_json::Value;

use crate::domain::message::Choice;

/// The words of `blocks`, one line each, and the answers that they offer. `message` is the text beside
/// them; where that is only the blocks as JSON (§2.3), it is left out.
pub(super) fn parse_blocks(blocks: &[Value], message: &str) -> (String, Vec<Choice>) {
    let is_json = serde_json::from_str::<Value>(message).is_ok_and(|value| value.is_array());
    let mut read = Read::default();
    if !is_json {
        read.line(message);
    }
    for block in blocks {
        read.block(block);
    }
    (read.lines.join("\n"), read.choices)
}

#[derive(Default)]
struct Read {
    lines: Vec<String>,
    choices: Vec<Choice>,
}

impl Read {
    fn block(&mut self, block: &Value) {
        self.element(block);
        if let Some(element) = block.get("element") {
            self.element(element);
        }
        for key in ["fields", "elements"] {
            let list = block.get(key).and_then(Value::as_array);
            for element in list.into_iter().flatten() {
                self.element(element);
            }
        }
        if let Some(accessory) = block.get("accessory") {
            self.element(accessory);
        }
    }

    fn element(&mut self, element: &Value) {
        let options = element.get("options").and_then(Value::as_array);
        if text(element, "type") == "button" {
            self.choice(element);
        } else if let Some(options) = options.filter(|options| !options.is_empty()) {
            // menus, radio buttons and the like: each option is an answer
            options.iter().for_each(|option| self.choice(option));
        } else {
            let link = ["imageUrl", "image_url"].map(|key| text(element, key));
            let link = link.into_iter().find(|link| is_page(link));
            let words = [label(element), link.unwrap_or_default().to_owned()];
            let words = words.into_iter().filter(|part| !part.is_empty());
            self.line(&words.collect::<Vec<_>>().join(" "));
        }
    }

    /// An answer; what has neither title nor value is none.
    fn choice(&mut self, option: &Value) {
        let value = option.get("value").map(|value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        let value = value.unwrap_or_default();
        let label = label(option);
        let title = match label.trim() {
            "" => value.trim(),
            title => title,
        };
        if title.is_empty() {
            return;
        }
        let choice = Choice {
            title: title.to_owned(),
            url: address_of(text(option, "url")),
            value: match value.trim() {
                "" => title.to_owned(),
                _ => value,
            },
        };
        if !self.choices.contains(&choice) {
            self.choices.push(choice);
        }
    }

    /// A line, unless it says what the one before it said.
    fn line(&mut self, line: &str) {
        let said = self.lines.last().is_some_and(|last| last == line);
        if !line.trim().is_empty() && !said {
            self.lines.push(line.to_owned());
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// An address that an answer leads to: a page, also one that is written without its beginning, a
/// number to call, somebody to write to. `None` for other words.
pub(super) fn address_of(words: &str) -> Option<String> {
    let words = words.trim();
    let begins = |head: &str| {
        let rest = words.get(head.len()..).unwrap_or_default();
        let named = words.get(..head.len());
        named.is_some_and(|named| named.eq_ignore_ascii_case(head)) && !rest.is_empty()
    };
    if words.contains(char::is_whitespace) {
        return None;
    }
    let whole = ["https://", "http://", "tel:", "mailto:"]
        .into_iter()
        .any(begins);
    match whole {
        true => Some(words.to_owned()),
        false => begins("www.").then(|| format!("https://{words}")),
    }
}

/// Whether an address leads to a page.
pub(super) fn is_page(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !url.contains(char::is_whitespace)
}

/// The words of a block or element: its text, else its title, label, description or alternative; each
/// bare, as an object, or several in a row.
fn label(value: &Value) -> String {
    let keys = [
        "text",
        "title",
        "label",
        "description",
        "altText",
        "alt_text",
    ];
    let found = keys.iter().filter_map(|key| value.get(key)).map(words_of);
    found
        .into_iter()
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}

fn words_of(value: &Value) -> String {
    match value {
        Value::String(words) => words.clone(),
        Value::Array(several) => {
            let words = several
                .iter()
                .map(words_of)
                .filter(|words| !words.is_empty());
            words.collect::<Vec<_>>().join(" ")
        }
        Value::Object(one) => one.get("text").map(words_of).unwrap_or_default(),
        _ => String::new(),
    }
}
