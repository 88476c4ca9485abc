//! What an agent's message becomes at WhatsApp: files, text, answers to choose from, in this order.
//! Everything is decided here, before the intent is written; nothing is called.

use crate::domain::ids::PostId;
use crate::domain::message::{AgentFile, AgentMessage, Choice};
use crate::domain::outgoing::{FileForm, FilePart, Intent, Part};
use crate::domain::settings::{AgentsDisplayInfo, Settings};
use crate::text::catalog::{Language, Phrase};
use crate::text::markup::file_name;
use crate::text::outward::{to_plain, to_whatsapp};
use crate::text::split::split;
use crate::whatsapp::render::{
    LONGEST_BODY, LONGEST_CAPTION, LONGEST_TEXT, MOST_BUTTONS, MOST_ROWS, render_choices,
    render_page,
};
use serde_json::Value;

/// What is sent of a message, and what of it is not.
#[derive(Debug, Default)]
pub(super) struct Composed {
    /// What is sent, in order.
    pub parts: Vec<Part>,
    /// Files that the settings refuse.
    pub refused: Vec<AgentFile>,
    /// Files of which the message does not say where they are.
    pub lost: Vec<AgentFile>,
}

/// Composes what is sent of `message`, under `id`.
pub(super) fn compose(settings: &Settings, message: &AgentMessage, id: &PostId) -> Composed {
    let (accepted, refused) = message
        .files
        .iter()
        .cloned()
        .partition(|file| accepts(settings, file));
    let (there, lost): (Vec<AgentFile>, _) =
        Vec::into_iter(accepted).partition(|f| f.path.is_some());
    let mut composer = Composer {
        settings,
        id,
        language: Language::of(&settings.preferred_language),
        author: author_of(settings.agents_display_info, message),
        parts: Vec::new(),
    };
    let mut words = to_whatsapp(&message.text).trim().to_owned();
    let asks = !message.choices.is_empty();
    for file in &there {
        // the first file takes the message's words along, unless answers stand below them
        let first = if asks {
            String::new()
        } else {
            std::mem::take(&mut words)
        };
        composer.file(file, first);
    }
    if asks {
        composer.choices(&message.choices, words);
    } else {
        composer.text(&words);
    }
    Composed {
        parts: composer.parts,
        refused,
        lost,
    }
}

/// Whether the settings let a file through, as far as its message tells (R15–R17).
fn accepts(settings: &Settings, file: &AgentFile) -> bool {
    let told = !file.mime_type.is_empty();
    let fits = settings
        .largest_file()
        .is_none_or(|most| file.size.is_none_or(|size| size <= most));
    settings.file_uploads_enabled && fits && (!told || settings.accepts(&file.mime_type))
}

/// The line above what an agent says, as the settings want it (R14).
fn author_of(info: AgentsDisplayInfo, message: &AgentMessage) -> Option<String> {
    let author = &message.author;
    let shown = match info {
        AgentsDisplayInfo::None => None,
        AgentsDisplayInfo::Name => author.name.as_ref().or(author.username.as_ref()),
        AgentsDisplayInfo::Username => author.username.as_ref(),
    };
    let name = shown?.replace('*', "");
    let name = name.trim();
    (!name.is_empty()).then(|| format!("*{name}:*"))
}

/// An answer as WhatsApp shows titles: without markup, in one line.
fn plain(choice: &Choice) -> Choice {
    let title = to_plain(&choice.title);
    Choice {
        title: match title.is_empty() {
            true => choice.title.clone(),
            false => title,
        },
        ..choice.clone()
    }
}

struct Composer<'a> {
    settings: &'a Settings,
    id: &'a PostId,
    language: Language,
    /// Stands above the first words.
    author: Option<String>,
    parts: Vec<Part>,
}

impl Composer<'_> {
    /// `words` below the author, where that is still to be named.
    fn signed(&self, words: &str) -> String {
        let lines = self.author.iter().map(String::as_str).chain([words]);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }

    /// Words as texts of their own.
    fn text(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        let whole = self.signed(words);
        self.author = None;
        let parts = split(&whole, LONGEST_TEXT).into_iter().map(Part::text);
        self.parts.extend(parts);
    }

    /// A file with the words of its message and its own. Words that do not fit below it go before it.
    fn file(&mut self, file: &AgentFile, words: String) {
        let own = to_whatsapp(file.caption.as_deref().unwrap_or_default());
        let lines = [words.as_str(), own.trim()];
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        let words = lines.join("\n");
        let form = FileForm::of(&file.mime_type, file.size);
        let caption = self.signed(&words);
        let fits = caption.encode_utf16().count() <= LONGEST_CAPTION;
        let below = form.has_caption() && fits;
        let caption = if below {
            self.author = None;
            caption
        } else {
            self.text(&words);
            String::new()
        };
        let name = file_name(&file.name);
        self.parts.push(Part {
            file: Some(FilePart {
                name: if name.is_empty() {
                    "file".to_owned()
                } else {
                    name
                },
                path: file.path.clone().unwrap_or_default(),
                mime_type: file.mime_type.clone(),
                size: file.size,
                form,
                worded: below && !words.is_empty(),
                at: None,
            }),
            ..Part::text(caption)
        });
    }

    /// Answers to choose from below `words` (R41): up to three as buttons, up to ten as a list where
    /// the settings allow it, else as numbers; a page as a button where it stands alone.
    fn choices(&mut self, choices: &[Choice], words: String) {
        let choices = choices.iter().map(plain);
        let (answers, pages): (Vec<_>, Vec<_>) = choices.partition(|choice| choice.url.is_none());
        let page = |choice: &Choice| Some((choice.title.clone(), choice.url.clone()?));
        let pages: Vec<_> = pages.iter().filter_map(page).collect();
        if let ([(title, url)], true) = (pages.as_slice(), answers.is_empty())
            && url.starts_with("http")
        {
            return self.ask(&words, Vec::new(), |body, _| render_page(body, title, url));
        }
        let pages = pages.iter().map(|(title, url)| {
            // WhatsApp makes links of bare numbers and addresses
            let bare = url.strip_prefix("tel:").or(url.strip_prefix("mailto:"));
            format!("{title}: {}", bare.unwrap_or(url))
        });
        let lines = std::iter::once(words).chain(pages);
        let words = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>();
        let words = words.join("\n");
        let most = match self.settings.allow_list_options {
            true => MOST_ROWS,
            false => MOST_BUTTONS,
        };
        if answers.is_empty() {
            self.text(&words);
        } else if answers.len() > most {
            self.numbered(&words, answers);
        } else {
            let (id, label) = (
                self.id.clone(),
                self.settings.list_option_button_label.clone(),
            );
            let titles: Vec<_> = answers.iter().map(|choice| choice.title.clone()).collect();
            self.ask(&words, answers, |body, part| {
                let named = titles.iter().enumerate();
                let named =
                    named.map(|(n, title)| (Intent::choice_id(&id, part, n), title.clone()));
                render_choices(body, &label, &named.collect::<Vec<_>>())
            });
        }
    }

    /// A message with buttons below `words`; where they do not fit above buttons they go before it.
    fn ask(
        &mut self,
        words: &str,
        choices: Vec<Choice>,
        render: impl FnOnce(&str, usize) -> Value,
    ) {
        let mut body = self.signed(words);
        if words.is_empty() || body.encode_utf16().count() > LONGEST_BODY {
            self.text(words);
            body = self.signed(&self.language.phrase(Phrase::Choose));
        }
        self.author = None;
        let rendered = render(&body, self.parts.len()).to_string();
        let titles = choices.iter().map(|choice| format!("• {}", choice.title));
        let lines: Vec<_> = std::iter::once(body).chain(titles).collect();
        self.parts.push(Part {
            body: Some(rendered),
            choices,
            ..Part::text(lines.join("\n"))
        });
    }

    /// Answers as numbers: the customer's bare number is one of them.
    fn numbered(&mut self, words: &str, choices: Vec<Choice>) {
        let numbers = choices.iter().enumerate();
        let numbers = numbers.map(|(n, choice)| format!("{}. {}", n + 1, choice.title));
        let numbers = numbers.collect::<Vec<_>>().join("\n");
        let asked = match words {
            "" => self.language.phrase(Phrase::Choose),
            words => words.to_owned(),
        };
        self.text(&format!("{asked}\n\n{numbers}"));
        if let Some(last) = self.parts.last_mut() {
            last.choices = choices;
        }
    }
}
