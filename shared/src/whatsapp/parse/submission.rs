//! A template that somebody wants to be approved, in Meta's form (§1.8, §4).

use serde_json::Value;

use super::template::button_kind;
use crate::domain::template::{Media, Submission, SubmittedButton, SubmittedHeader, SubmittedText};
use crate::whatsapp::wire::element;
use crate::whatsapp::wire::template as wire;

/// Reads a definition as people write it. What is missing is empty: the check names it.
pub fn parse_submission(value: &Value) -> Submission {
    let template: wire::Template = element(value);
    let named = template
        .parameter_format
        .is_some_and(|format| format.eq_ignore_ascii_case("named"));
    let mut submission = Submission {
        name: template.name.unwrap_or_default(),
        category: template.category.unwrap_or_default().to_ascii_uppercase(),
        language: template.language.unwrap_or_default(),
        named,
        ..Submission::default()
    };
    let mut seen: Vec<String> = Vec::new();
    for raw in &template.components {
        let component: wire::Component = element(raw);
        let word = component
            .kind
            .clone()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let known = ["HEADER", "BODY", "FOOTER", "BUTTONS"].contains(&word.as_str());
        if !known || seen.contains(&word) {
            submission.odd.push(word);
            continue;
        }
        seen.push(word.clone());
        add(&mut submission, &word, component);
    }
    submission
}

fn add(submission: &mut Submission, word: &str, component: wire::Component) {
    let example = component.example.clone().unwrap_or_default();
    match word {
        "HEADER" => submission.header = Some(header(component, &example)),
        "BODY" => {
            submission.has_body = true;
            submission.body = component.text.map(|text| SubmittedText {
                text,
                samples: samples(&example, "body_text"),
            });
        }
        "FOOTER" => submission.footer = component.text,
        _ => submission.buttons = component.buttons.iter().map(button).collect(),
    }
}

fn header(component: wire::Component, example: &Value) -> SubmittedHeader {
    let format = component.format.unwrap_or_else(|| "TEXT".to_owned());
    match format.to_ascii_uppercase().as_str() {
        "TEXT" => SubmittedHeader::Text(SubmittedText {
            text: component.text.unwrap_or_default(),
            samples: samples(example, "header_text"),
        }),
        "LOCATION" => SubmittedHeader::Location,
        word => match Media::of(word) {
            Some(media) => {
                let handle = first_text(&example["header_handle"]);
                SubmittedHeader::File(media, handle)
            }
            None => SubmittedHeader::Other(format),
        },
    }
}

/// The samples of a text: a list, a list of lists, or a list of names with samples.
fn samples(example: &Value, key: &str) -> Vec<(Option<String>, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let named = example[format!("{key}_named_params")].as_array();
    if let Some(named) = named {
        let pair = |one: &Value| Some((text(&one["param_name"]), text(&one["example"])?));
        return named.iter().filter_map(pair).collect();
    }
    let list = match &example[key] {
        Value::Array(list) => match list.first() {
            Some(Value::Array(inner)) => inner.clone(),
            _ => list.clone(),
        },
        one @ Value::String(_) => vec![one.clone()],
        _ => Vec::new(),
    };
    list.iter()
        .map(|one| (None, text(one).unwrap_or_default()))
        .collect()
}

fn button(value: &Value) -> SubmittedButton {
    let button: wire::Button = element(value);
    let word = button.kind.unwrap_or_default();
    SubmittedButton {
        kind: button_kind(&word, button.url.unwrap_or_default()),
        word,
        label: button.text.unwrap_or_default(),
        sample: button.example.as_ref().and_then(first_text),
        phone: button.phone_number,
    }
}

/// A text, or the first one of a list.
fn first_text(value: &Value) -> Option<String> {
    let one = value.get(0).unwrap_or(value);
    one.as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
