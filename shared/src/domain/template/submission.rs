//! A template that somebody wants WhatsApp to approve, and what is wrong with it before anybody
//! looks at it. A review takes up to a day, so every fault is told at once. (reference §4)

use super::limits;
use super::{ButtonKind, Media, units, variables};

/// A template to be approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// `[a-z0-9_]`.
    pub name: String,
    /// `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    pub category: String,
    /// E.g. `en_US`; an open set.
    pub language: String,
    /// Its parameters have names.
    pub named: bool,
    /// What stands above the text.
    pub header: Option<SubmittedHeader>,
    /// The text; `None` where there is no such component, or one without text.
    pub body: Option<SubmittedText>,
    /// There is a component for the text.
    pub has_body: bool,
    /// The line below.
    pub footer: Option<String>,
    /// The buttons, in order.
    pub buttons: Vec<SubmittedButton>,
    /// Words of components that are given twice, or that we do not know.
    pub odd: Vec<String>,
}

/// A text with a sample for each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubmittedText {
    /// The words.
    pub text: String,
    /// Samples, in order, with the variable's name where it has one.
    pub samples: Vec<(Option<String>, String)>,
}

/// What stands above a submitted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmittedHeader {
    /// A line.
    Text(SubmittedText),
    /// A file; the handle is that of an uploaded sample.
    File(Media, Option<String>),
    /// A place on the map.
    Location,
    /// Something else, by its word.
    Other(String),
}

/// A submitted button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmittedButton {
    /// What it does; `None` where we do not know the word.
    pub kind: Option<ButtonKind>,
    /// The vendor's word.
    pub word: String,
    /// What stands on it.
    pub label: String,
    /// The sample of an address or a code.
    pub sample: Option<String>,
    /// The number that it calls.
    pub phone: Option<String>,
}

/// Whether a button is of a kind.
type Fits = fn(&ButtonKind) -> bool;

impl Submission {
    /// Everything that is wrong with it, one sentence each; empty where all is well.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.check_names(&mut faults);
        for word in &self.odd {
            faults.push(format!(
                "components: \"{word}\" is given twice or is not supported"
            ));
        }
        match &self.header {
            Some(SubmittedHeader::Text(text)) => {
                self.check_text("header", text, limits::HEADER_TEXT, &mut faults);
                if variables(&text.text).len() > 1 {
                    faults.push("header: at most one variable".to_owned());
                }
            }
            Some(SubmittedHeader::File(media, None)) => faults.push(format!(
                "header: a sample of the {} is missing (example.header_handle)",
                media.word()
            )),
            Some(SubmittedHeader::Other(word)) => {
                faults.push(format!("header: the format \"{word}\" is not supported"));
            }
            Some(SubmittedHeader::File(..) | SubmittedHeader::Location) | None => {}
        }
        self.check_body(&mut faults);
        if let Some(footer) = &self.footer {
            check_footer(footer, &mut faults);
        }
        self.check_buttons(&mut faults);
        faults
    }

    fn is_authentication(&self) -> bool {
        self.category == "AUTHENTICATION"
    }

    fn check_names(&self, faults: &mut Vec<String>) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let length = self.name.chars().count();
        if !(1..=limits::NAME).contains(&length) || !self.name.chars().all(plain) {
            faults.push(format!(
                "name: 1 to {} lower-case letters, digits and underscores",
                limits::NAME
            ));
        }
        if !["AUTHENTICATION", "MARKETING", "UTILITY"].contains(&self.category.as_str()) {
            faults.push("category: AUTHENTICATION, MARKETING or UTILITY".to_owned());
        }
        let letters = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !(2..=10).contains(&self.language.len()) || !self.language.chars().all(letters) {
            faults.push("language: a code such as en, en_US or pt_BR".to_owned());
        }
    }

    fn check_body(&self, faults: &mut Vec<String>) {
        match &self.body {
            _ if !self.has_body => faults.push("body: is missing".to_owned()),
            // WhatsApp writes the text of codes itself
            Some(_) if self.is_authentication() => {
                faults
                    .push("body: WhatsApp writes the text of authentication templates".to_owned());
            }
            Some(text) => {
                self.check_text("body", text, limits::BODY, faults);
                check_edges(&text.text, faults);
            }
            None if self.is_authentication() => {}
            None => faults.push("body: the text is missing".to_owned()),
        }
    }

    fn check_text(&self, place: &str, text: &SubmittedText, most: usize, faults: &mut Vec<String>) {
        if text.text.trim().is_empty() {
            faults.push(format!("{place}: the text is missing"));
        }
        if units(&text.text) > most {
            faults.push(format!("{place}: at most {most} characters"));
        }
        let names = variables(&text.text);
        let numbers: Vec<_> = (1..=names.len()).map(|n| n.to_string()).collect();
        let lower = |name: &&str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_lowercase())
        };
        if self.named && !names.iter().all(lower) {
            faults.push(format!(
                "{place}: names of variables are lower-case letters, digits and underscores"
            ));
        }
        if !self.named && names != numbers {
            faults.push(format!(
                "{place}: variables are numbered {{{{1}}}}, {{{{2}}}}, … without gaps"
            ));
        }
        for (n, name) in names.iter().enumerate() {
            let sample = if self.named {
                text.samples
                    .iter()
                    .find(|(own, _)| own.as_deref() == Some(name))
            } else {
                text.samples.get(n)
            };
            if sample.is_none_or(|(_, sample)| sample.trim().is_empty()) {
                faults.push(format!("{place}: a sample for {{{{{name}}}}} is missing"));
            }
        }
    }

    fn check_buttons(&self, faults: &mut Vec<String>) {
        if self.buttons.len() > limits::BUTTONS {
            faults.push(format!("buttons: at most {}", limits::BUTTONS));
        }
        let count = |fits: Fits| {
            let kinds = self
                .buttons
                .iter()
                .filter_map(|button| button.kind.as_ref());
            kinds.filter(|kind| fits(kind)).count()
        };
        let most: [(&str, usize, Fits); 5] = [
            ("URL", limits::URL_BUTTONS, |k| {
                matches!(k, ButtonKind::Url(_))
            }),
            ("PHONE_NUMBER", limits::ONE_EACH, |k| {
                *k == ButtonKind::Phone
            }),
            ("COPY_CODE", limits::ONE_EACH, |k| {
                *k == ButtonKind::CopyCode
            }),
            ("VOICE_CALL", limits::ONE_EACH, |k| {
                *k == ButtonKind::VoiceCall
            }),
            ("FLOW", limits::ONE_EACH, |k| *k == ButtonKind::Flow),
        ];
        for (word, most, fits) in most {
            if count(fits) > most {
                faults.push(format!("buttons: at most {most} of {word}"));
            }
        }
        let quick: Vec<_> = self
            .buttons
            .iter()
            .map(|button| button.kind == Some(ButtonKind::QuickReply))
            .collect();
        let changes = quick.windows(2).filter(|pair| pair[0] != pair[1]).count();
        if changes > 1 {
            faults.push(
                "buttons: quick replies stand together, before or behind the others".to_owned(),
            );
        }
        for (n, button) in self.buttons.iter().enumerate() {
            self.check_button(n, button, faults);
        }
    }

    fn check_button(&self, n: usize, button: &SubmittedButton, faults: &mut Vec<String>) {
        let mut fault = |what: String| faults.push(format!("button {n}: {what}"));
        let Some(kind) = &button.kind else {
            return fault(format!("the type \"{}\" is not supported", button.word));
        };
        if *kind == ButtonKind::Otp && !self.is_authentication() {
            fault("OTP buttons belong to authentication templates".to_owned());
        }
        let labelled = !matches!(kind, ButtonKind::CopyCode | ButtonKind::Otp);
        if labelled && button.label.trim().is_empty() {
            fault("the text on it is missing".to_owned());
        }
        if units(&button.label) > limits::BUTTON_LABEL {
            fault(format!("at most {} characters on it", limits::BUTTON_LABEL));
        }
        if !variables(&button.label).is_empty() {
            fault("no variables on it".to_owned());
        }
        match kind {
            ButtonKind::Url(url) => check_url(url, button.sample.as_deref(), &mut fault),
            ButtonKind::Phone => {
                let digits = button.phone.as_deref().unwrap_or_default();
                let number = digits.strip_prefix('+').unwrap_or(digits);
                let all = number.chars().all(|c| c.is_ascii_digit());
                if !(5..=limits::PHONE).contains(&number.len()) || !all {
                    fault(format!("phone_number: 5 to {} digits", limits::PHONE));
                }
            }
            ButtonKind::CopyCode => {
                let sample = button.sample.as_deref().unwrap_or_default();
                if !(1..=limits::COUPON_CODE).contains(&units(sample)) {
                    fault(format!("example: 1 to {} characters", limits::COUPON_CODE));
                }
            }
            _ => {}
        }
    }
}

/// WhatsApp refuses variables at an end of the text, and next to each other.
fn check_edges(text: &str, faults: &mut Vec<String>) {
    let text = text.trim();
    if text.starts_with("{{") || text.ends_with("}}") {
        faults.push("body: a variable stands at the beginning or the end".to_owned());
    }
    let mut gaps = text.split("}}").skip(1);
    if gaps.any(|gap| gap.trim_start().starts_with("{{")) {
        faults.push("body: two variables stand next to each other".to_owned());
    }
}

fn check_footer(footer: &str, faults: &mut Vec<String>) {
    if units(footer) > limits::FOOTER {
        faults.push(format!("footer: at most {} characters", limits::FOOTER));
    }
    if !variables(footer).is_empty() {
        faults.push("footer: no variables".to_owned());
    }
}

fn check_url(url: &str, sample: Option<&str>, fault: &mut impl FnMut(String)) {
    let names = variables(url);
    let known = url.starts_with("https://") || url.starts_with("http://");
    if !known || url.contains(char::is_whitespace) {
        fault("url: an address that begins with https://".to_owned());
    }
    if units(url) > limits::URL {
        fault(format!("url: at most {} characters", limits::URL));
    }
    match names.as_slice() {
        [] => {}
        ["1"] if url.trim_end().ends_with("}}") => {
            if sample.is_none_or(|sample| sample.trim().is_empty()) {
                fault("example: a whole address as sample is missing".to_owned());
            }
        }
        _ => fault("url: one variable {{1}}, at its very end".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, samples: &[&str]) -> SubmittedText {
        let samples = samples.iter().map(|sample| (None, (*sample).to_owned()));
        SubmittedText {
            text: text.to_owned(),
            samples: samples.collect(),
        }
    }

    fn good() -> Submission {
        Submission {
            name: "order_1".to_owned(),
            category: "UTILITY".to_owned(),
            language: "en_US".to_owned(),
            has_body: true,
            body: Some(text("Order {{1}} is ready.", &["77"])),
            ..Submission::default()
        }
    }

    fn button(kind: ButtonKind) -> SubmittedButton {
        SubmittedButton {
            kind: Some(kind),
            word: String::new(),
            label: "Go".to_owned(),
            sample: Some("https://shop.example/1".to_owned()),
            phone: Some("+15550051310".to_owned()),
        }
    }

    #[test]
    fn a_template_within_the_rules_has_no_faults() {
        assert_eq!(good().faults(), Vec::<String>::new());
        let whole = Submission {
            header: Some(SubmittedHeader::Text(text("For {{1}}", &["Ana"]))),
            footer: Some("Thank you".to_owned()),
            buttons: vec![
                button(ButtonKind::QuickReply),
                button(ButtonKind::QuickReply),
                button(ButtonKind::Url("https://shop.example/{{1}}".to_owned())),
                button(ButtonKind::Phone),
            ],
            ..good()
        };
        assert_eq!(whole.faults(), Vec::<String>::new());
    }

    #[test]
    fn every_rule_of_the_table_is_checked() {
        let with = |change: fn(&mut Submission)| {
            let mut submission = good();
            change(&mut submission);
            submission.faults().join(" | ")
        };
        type Change = fn(&mut Submission);
        let cases: [(Change, &str); 22] = [
            (|s| s.name = "Order".to_owned(), "name: 1 to 512"),
            (|s| s.name = String::new(), "name: 1 to 512"),
            (|s| s.category = "NEWS".to_owned(), "category:"),
            (|s| s.language = "english!".to_owned(), "language:"),
            (|s| s.odd = vec!["CAROUSEL".to_owned()], "\"CAROUSEL\""),
            (|s| s.has_body = false, "body: is missing"),
            (
                |s| s.body = Some(text("", &[])),
                "body: the text is missing",
            ),
            (
                |s| s.body = Some(text(&"x".repeat(1025), &[])),
                "body: at most 1024",
            ),
            (|s| s.body = Some(text("a {{2}} b", &["1"])), "without gaps"),
            (
                |s| s.body = Some(text("a {{1}} b", &[])),
                "a sample for {{1}}",
            ),
            (
                |s| s.body = Some(text("{{1}} b", &["x"])),
                "beginning or the end",
            ),
            (
                |s| s.body = Some(text("a {{1}} {{2}} b", &["x", "y"])),
                "next to each other",
            ),
            (|s| s.footer = Some("x".repeat(61)), "footer: at most 60"),
            (
                |s| s.footer = Some("a {{1}}".to_owned()),
                "footer: no variables",
            ),
            (
                |s| s.header = Some(SubmittedHeader::File(Media::Video, None)),
                "a sample of the video",
            ),
            (
                |s| s.header = Some(SubmittedHeader::Other("X".to_owned())),
                "\"X\" is not supported",
            ),
            (
                |s| s.header = Some(SubmittedHeader::Text(text("{{1}} {{2}}", &["a", "b"]))),
                "at most one variable",
            ),
            (
                |s| s.buttons = vec![button(ButtonKind::QuickReply); 11],
                "buttons: at most 10",
            ),
            (
                |s| s.buttons = vec![button(ButtonKind::Phone); 2],
                "at most 1 of PHONE_NUMBER",
            ),
            (
                |s| {
                    let quick = || button(ButtonKind::QuickReply);
                    s.buttons = vec![quick(), button(ButtonKind::Phone), quick()];
                },
                "stand together",
            ),
            (
                |s| {
                    s.buttons = vec![button(ButtonKind::Url(
                        "https://x.example/{{1}}/a".to_owned(),
                    ))]
                },
                "at its very end",
            ),
            (
                |s| s.buttons = vec![button(ButtonKind::Otp)],
                "authentication templates",
            ),
        ];
        for (change, expected) in cases {
            let faults = with(change);
            assert!(faults.contains(expected), "{expected} not in {faults}");
        }
    }
}
