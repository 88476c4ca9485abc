//! Answers to choose from, as people write them: Rocket.Chat gives agents no buttons, so the last
//! lines of a message offer them, each between double brackets: `[[Yes]] [[No]]`,
//! `[[Order|https://shop.example]]`. The brackets are what tells them from words.

use super::blocks::address_of;
use crate::domain::message::Choice;

/// The text without its last lines of answers, and the answers.
pub(super) fn split_choices(text: &str) -> (&str, Vec<Choice>) {
    let (mut rest, mut lines) = (text.trim_end(), Vec::new());
    while let Some(found) = choices_of(last_line(rest)) {
        lines.push(found);
        rest = rest[..rest.len() - last_line(rest).len()].trim_end();
    }
    if lines.is_empty() {
        return (text, Vec::new());
    }
    let mut choices: Vec<Choice> = Vec::new();
    for choice in lines.into_iter().rev().flatten() {
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    (rest, choices)
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

/// The answers of a line that holds nothing else; `None` where it is no such line.
fn choices_of(line: &str) -> Option<Vec<Choice>> {
    let mut rest = line.trim();
    let mut choices = Vec::new();
    while !rest.is_empty() {
        let (inside, tail) = rest.strip_prefix("[[")?.split_once("]]")?;
        choices.push(choice_of(inside)?);
        rest = tail.trim_start();
    }
    (!choices.is_empty()).then_some(choices)
}

fn choice_of(inside: &str) -> Option<Choice> {
    let (title, value) = match inside.rsplit_once('|') {
        Some((title, value)) => (title.trim(), value.trim()),
        None => (inside.trim(), ""),
    };
    let url = address_of(value);
    let value = if value.is_empty() { title } else { value };
    let fits = !title.is_empty() && !title.contains("[[");
    fits.then(|| Choice {
        title: title.to_owned(),
        value: value.to_owned(),
        url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (&str, Vec<String>) {
        let (rest, choices) = split_choices(text);
        let shown = |choice: Choice| match choice.url {
            Some(url) => format!("{} -> {url}", choice.title),
            None if choice.value == choice.title => choice.title,
            None => format!("{}={}", choice.title, choice.value),
        };
        (rest, choices.into_iter().map(shown).collect())
    }

    #[test]
    fn the_last_lines_between_double_brackets_are_answers() {
        for (typed, text, choices) in [
            (
                "Which one?\n[[Red]]\n[[Blue]]",
                "Which one?",
                &["Red", "Blue"][..],
            ),
            ("Ok? [[Yes]]", "Ok? [[Yes]]", &[]),
            ("Ok?\n [[Yes]]  [[No]] \n", "Ok?", &["Yes", "No"]),
            ("[[Yes]]", "", &["Yes"]),
            (
                "Go\n[[Shop|https://shop.example/a]]",
                "Go",
                &["Shop -> https://shop.example/a"],
            ),
            (
                "Go\n[[Shop|www.shop.example]]",
                "Go",
                &["Shop -> https://www.shop.example"],
            ),
            (
                "Go\n[[Call us|tel:+4930901820]]",
                "Go",
                &["Call us -> tel:+4930901820"],
            ),
            ("Go\n[[A|1]][[A|2]][[A|1]]", "Go", &["A=1", "A=2"]),
            ("[[Yes]]\nor not", "[[Yes]]\nor not", &[]),
            ("a\n[[]]", "a\n[[]]", &[]),
            ("a\n[[ | x]]", "a\n[[ | x]]", &[]),
            ("a\n[[b", "a\n[[b", &[]),
            ("a\n[[b]] c", "a\n[[b]] c", &[]),
            ("array[[0]]", "array[[0]]", &[]),
            ("a\n[[[[b]]]]", "a\n[[[[b]]]]", &[]),
            ("", "", &[]),
        ] {
            let choices: Vec<_> = choices.iter().map(|c| (*c).to_owned()).collect();
            assert_eq!(split(typed), (text, choices), "{typed:?}");
        }
    }
}
