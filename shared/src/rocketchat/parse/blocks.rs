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
            let words = [label(element), link.unwrap_or_default()];
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
        let title = match label(option).trim() {
            "" => value.trim(),
            title => title,
        };
        if title.is_empty() {
            return;
        }
        let choice = Choice {
            title: title.to_owned(),
            url: Some(text(option, "url").trim())
                .filter(|url| is_page(url))
                .map(str::to_owned),
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

/// Whether an address leads to a page.
pub(super) fn is_page(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !url.contains(char::is_whitespace)
}

/// The words of a block or element: its text, bare or as an object, else its title or alternative.
fn label(value: &Value) -> &str {
    let words = value.pointer("/text/text").or_else(|| value.get("text"));
    let words = words.or_else(|| value.pointer("/title/text"));
    let words = words.and_then(Value::as_str);
    let alternative = || Some(text(value, "altText")).filter(|text| !text.is_empty());
    words
        .or_else(alternative)
        .unwrap_or_else(|| text(value, "alt_text"))
}
