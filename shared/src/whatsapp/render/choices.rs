//! Answers to choose from (reference: 360dialog, §1.3 and §4): up to three as buttons, up to ten as
//! a list, one page as a button that opens it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::text::split::cut;

/// The longest text above answers, in UTF-16 units.
pub const LONGEST_BODY: usize = 1024;
/// The most buttons of one message.
pub const MOST_BUTTONS: usize = 3;
/// The most rows of a list.
pub const MOST_ROWS: usize = 10;

/// The longest title of a button, and the label of what opens a page or a list.
const LONGEST_TITLE: usize = 20;
/// The longest title of a row.
const LONGEST_ROW: usize = 24;
/// The longest words below a row's title.
const LONGEST_DESCRIPTION: usize = 72;

/// Type and member of a message with up to [`MOST_ROWS`] answers, each an id and a title, below a
/// text of at most [`LONGEST_BODY`] units. `label` opens the list that more than [`MOST_BUTTONS`]
/// become.
pub fn render_choices(body: &str, label: &str, choices: &[(String, String)]) -> Value {
    if choices.len() <= MOST_BUTTONS {
        let titles = titles(choices, LONGEST_TITLE);
        let buttons = choices.iter().zip(titles).map(
            |((id, _), title)| json!({ "type": "reply", "reply": { "id": id, "title": title } }),
        );
        let buttons: Vec<_> = buttons.collect();
        return interactive("button", body, json!({ "buttons": buttons }));
    }
    let titles = titles(choices, LONGEST_ROW);
    let rows = choices.iter().zip(titles).map(|((id, whole), title)| {
        let mut row = json!({ "id": id, "title": title });
        if title != *whole {
            row["description"] = json!(cut(whole, LONGEST_DESCRIPTION));
        }
        row
    });
    let sections = json!([{ "rows": rows.collect::<Vec<_>>() }]);
    let action = json!({ "button": cut(label, LONGEST_TITLE), "sections": sections });
    interactive("list", body, action)
}

/// Type and member of a message with one button that opens a page.
pub fn render_page(body: &str, title: &str, url: &str) -> Value {
    let parameters = json!({ "display_text": cut(title, LONGEST_TITLE), "url": url });
    let action = json!({ "name": "cta_url", "parameters": parameters });
    interactive("cta_url", body, action)
}

fn interactive(kind: &str, body: &str, action: Value) -> Value {
    json!({ "type": "interactive",
        "interactive": { "type": kind, "body": { "text": body }, "action": action } })
}

/// The titles within `most` units, without two that are the same: WhatsApp refuses those.
fn titles(choices: &[(String, String)], most: usize) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let unique = choices.iter().map(|(_, whole)| {
        let mut title = cut(whole, most);
        let mut n = 2;
        while !taken.insert(title.to_lowercase()) {
            let ending = format!(" {n}");
            title = format!("{}{ending}", cut(whole, most - ending.len()));
            n += 1;
        }
        title
    });
    unique.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(titles: &[&str]) -> Vec<(String, String)> {
        let numbered = titles.iter().enumerate();
        numbered
            .map(|(n, title)| (format!("id{n}"), (*title).to_owned()))
            .collect()
    }

    #[test]
    fn titles_are_short_and_no_two_are_the_same() {
        let given = choices(&[
            "A very long title indeed",
            "A very long title in other words",
            "Ok",
            "OK",
        ]);
        let titles = titles(&given, 20);
        assert_eq!(
            titles,
            ["A very long title i…", "A very long title… 2", "Ok", "OK 2"]
        );
    }

    #[test]
    fn more_than_three_answers_are_a_list() {
        let given = choices(&["Red", "Green", "Blue", "A colour that needs many words"]);
        let message = render_choices("Which?", "Show all of the Options", &given);
        let action = &message["interactive"]["action"];
        assert_eq!(message["interactive"]["type"], "list");
        assert_eq!(action["button"], "Show all of the Opt…");
        let row = &action["sections"][0]["rows"][3];
        assert_eq!(row["title"], "A colour that needs man…");
        assert_eq!(row["description"], "A colour that needs many words");
        assert!(
            action["sections"][0]["rows"][0]
                .get("description")
                .is_none()
        );
        let few = render_choices("Which?", "x", &given[..3]);
        assert_eq!(few["interactive"]["type"], "button");
    }
}
