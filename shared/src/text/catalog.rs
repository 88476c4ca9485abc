//! Every sentence that the system says, in every language that it speaks (R24). The sentences stand
//! in `catalog/<language>.ftl`, in Project Fluent's format: plurals and variables are the
//! translator's business, not the code's.

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

mod advice;
mod alert;
mod content;
mod window;

pub use advice::Advice;
pub use content::{Phrase, Saying};
pub use window::{Answer, HeldLine, Reopening};

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English; stands in for what we do not speak.
    #[default]
    English,
    /// Portuguese of Brazil.
    Portuguese,
    /// Spanish.
    Spanish,
    /// German.
    German,
    /// French.
    French,
    /// Arabic.
    Arabic,
    /// Hindi.
    Hindi,
    /// Indonesian.
    Indonesian,
    /// Russian.
    Russian,
}

impl Language {
    /// Every language there is.
    pub const ALL: [Self; 9] = [
        Self::English,
        Self::Portuguese,
        Self::Spanish,
        Self::German,
        Self::French,
        Self::Arabic,
        Self::Hindi,
        Self::Indonesian,
        Self::Russian,
    ];

    /// The language behind a tag such as `pt-BR`, `de_AT` or `EN`; English where we do not speak it.
    pub fn of(tag: &str) -> Self {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        let same = |language: &&Self| {
            let own = language.tag().split('-').next().unwrap_or_default();
            own.eq_ignore_ascii_case(first.trim())
        };
        let found = Self::ALL.iter().find(same);
        found.copied().unwrap_or_default()
    }

    /// Its tag, as the settings spell it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Portuguese => "pt-BR",
            Self::Spanish => "es",
            Self::German => "de",
            Self::French => "fr",
            Self::Arabic => "ar",
            Self::Hindi => "hi",
            Self::Indonesian => "id",
            Self::Russian => "ru",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("catalog/en.ftl"),
            Self::Portuguese => include_str!("catalog/pt-BR.ftl"),
            Self::Spanish => include_str!("catalog/es.ftl"),
            Self::German => include_str!("catalog/de.ftl"),
            Self::French => include_str!("catalog/fr.ftl"),
            Self::Arabic => include_str!("catalog/ar.ftl"),
            Self::Hindi => include_str!("catalog/hi.ftl"),
            Self::Indonesian => include_str!("catalog/id.ftl"),
            Self::Russian => include_str!("catalog/ru.ftl"),
        }
    }

    /// Its sentences, read when the first of them is said.
    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static BUNDLES: [OnceLock<FluentBundle<FluentResource>>; 9] =
            [const { OnceLock::new() }; 9];
        BUNDLES[self as usize].get_or_init(|| {
            let tag = self.tag().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // invisible marks around each variable are copied along with numbers and names: they
            // stand only where a number or a name would be shown in another order without them
            bundle.set_use_isolating(self == Self::Arabic);
            // a test reads every file: none has a fault
            let (Ok(read) | Err((read, _))) = FluentResource::try_new(self.source().to_owned());
            bundle.add_resource_overriding(read);
            bundle
        })
    }

    /// A sentence; in English where this language lacks it.
    fn say<'a>(self, key: &'a str, args: &[(&'static str, FluentValue<'a>)]) -> String {
        let given: FluentArgs<'_> = args.iter().cloned().collect();
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            // no key lacks in English: a test says each of them
            return match self {
                Self::English => key.to_owned(),
                _ => Self::English.say(key, args),
            };
        };
        let said: Cow<'_, str> = bundle.format_pattern(pattern, Some(&given), &mut Vec::new());
        said.into_owned()
    }
}

/// How much of a message a note repeats (characters).
const EXCERPT: usize = 60;

impl Language {
    /// A note about an agent's message: what failed and what to do, led by the workspace's own words
    /// where there are some.
    pub fn note(
        self,
        lead: &str,
        excerpt: Option<&str>,
        advice: Advice,
        code: Option<&str>,
    ) -> String {
        let lead = match advice {
            Advice::Held => self.say("note-lead-held", &[]),
            Advice::EditsUnsupported | Advice::EditUnsent => self.say("note-lead-edited", &[]),
            _ if lead.is_empty() => self.say("note-lead", &[]),
            _ => lead.to_owned(),
        };
        let mut args = vec![
            ("lead", lead.into()),
            ("advice", advice.sentence(self).into()),
        ];
        let note = match excerpt {
            Some(text) => {
                args.push(("excerpt", shorten(text, EXCERPT).into()));
                self.say("note-quoting", &args)
            }
            None => self.say("note", &args),
        };
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{note}{code}")
    }

    /// A note that takes an earlier one back: the message has arrived.
    pub fn arrived(self, excerpt: Option<&str>) -> String {
        match excerpt {
            Some(text) => {
                let text = shorten(text, EXCERPT);
                self.say("arrived-quoting", &[("excerpt", text.into())])
            }
            None => self.say("arrived", &[]),
        }
    }

    /// What agents read of a template that was sent to their customer: its name, when, by whom, and
    /// the text as the customer got it.
    pub fn template_line(self, name: &str, at: &str, by: &str, text: &str) -> String {
        let name = format!("`{name}`");
        let args = [("name", name.into()), ("at", at.into()), ("by", by.into())];
        let quoted: Vec<_> = text.lines().map(|line| format!("> {line}")).collect();
        format!(
            "{}\n{}",
            self.say("template-line", &args),
            quoted.join("\n")
        )
    }

    /// What agents read of a message that a program sent to their customer.
    pub fn program_line(self, by: &str, text: &str) -> String {
        let quoted: Vec<_> = text.lines().map(|line| format!("> {line}")).collect();
        let said = self.say("program-line", &[("by", by.into())]);
        format!("{said}\n{}", quoted.join("\n"))
    }

    /// What an agent reads in place of a message that could not be shown.
    pub fn stub(self, code: &str) -> String {
        self.say("stub", &[("code", code.into())])
    }
}

fn shorten(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests;
