//! Message templates: what WhatsApp approved, what somebody wants to send of it, and whether both
//! fit. (reference: 360dialog, §1.3, §1.8, §4)

mod check;
mod dynamic;
mod fault;
pub mod limits;
mod reading;
mod submission;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use check::{Filled, check};
pub use dynamic::{Dynamic, dynamic_variables, has_fallbacks, is_dynamic};
pub use fault::{Fault, FaultKind, Place};
pub use reading::read;
pub use submission::{Submission, SubmittedButton, SubmittedHeader, SubmittedText};

use super::time::Timestamp;

/// A template as we keep it: the vendor's words, and what we know about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// `[a-z0-9_]`, unique with the language.
    pub name: String,
    /// As 360dialog says it, e.g. `en_US`.
    pub language: String,
    /// `MARKETING`, `UTILITY`, `AUTHENTICATION`, or whatever else comes.
    pub category: String,
    /// As the vendor says it, e.g. `approved`; open set.
    pub status: String,
    /// Why it was rejected or paused, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<String>,
    /// Its parameters have names.
    #[serde(default)]
    pub named: bool,
    /// The vendor's list of components, as JSON.
    pub components: String,
    /// When what stands here was learnt.
    pub changed_at: Timestamp,
    /// The refresh that did not find it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
}

impl Template {
    /// Whether it may be sent: approved, and still there.
    pub fn is_approved(&self) -> bool {
        self.status.eq_ignore_ascii_case("approved") && self.gone_at.is_none()
    }
}

/// What WhatsApp says happened to a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateEvent {
    /// The template's name.
    pub name: String,
    /// Its language, often with a hyphen.
    pub language: String,
    /// What happened.
    pub change: TemplateChange,
}

/// Kinds of [`TemplateEvent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TemplateChange {
    /// It was approved, rejected, paused, …
    Status {
        /// In lower case, as the list has it.
        status: String,
        /// Why, where that is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// People like it more or less.
    Quality {
        /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
        score: String,
    },
    /// It was moved to another category.
    Category {
        /// In upper case, as the list has it.
        category: String,
    },
    /// Its text was changed.
    Components,
}

/// `en-US` and `en_us` are `en_US` to us: webhooks and people write it in any of these ways (§4).
pub fn same_language(one: &str, other: &str) -> bool {
    language_key(one) == language_key(other)
}

/// A language in the one spelling that is compared.
pub fn language_key(code: &str) -> String {
    code.trim().replace('-', "_").to_ascii_lowercase()
}

/// Whether something can be the name and the language of a template: what cannot would not fit
/// into keys, and WhatsApp has none such (§4).
pub fn is_name(name: &str, language: &str) -> bool {
    let fits = |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.contains('#');
    fits(name, limits::NAME) && fits(language, limits::LANGUAGE)
}

/// What a template consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// Its parameters have names instead of numbers.
    pub named: bool,
    /// It carries a one-time code.
    pub authentication: bool,
    /// What stands above the text.
    pub header: Option<Header>,
    /// The text.
    pub body: Option<String>,
    /// The line below it.
    pub footer: Option<String>,
    /// The buttons, in order.
    pub buttons: Vec<Button>,
    /// Words of components that we cannot send (yet).
    pub unsupported: Vec<String>,
}

/// What stands above a template's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// A line of text.
    Text(String),
    /// A file.
    Media(Media),
    /// A place on the map.
    Location,
}

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// An image.
    Image,
    /// A video.
    Video,
    /// A document.
    Document,
    /// A short video without sound.
    Gif,
}

impl Media {
    /// WhatsApp's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
            Self::Gif => "gif",
        }
    }

    /// The kind of WhatsApp's word.
    pub fn of(word: &str) -> Option<Self> {
        let all = [Self::Image, Self::Video, Self::Document, Self::Gif];
        all.into_iter()
            .find(|media| media.word().eq_ignore_ascii_case(word))
    }
}

/// A template's button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What it does.
    pub kind: ButtonKind,
    /// What stands on it.
    pub label: String,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ButtonKind {
    /// Answers with its label.
    QuickReply,
    /// Opens a page; a variable at its end is filled at each send.
    Url(String),
    /// Calls a number.
    Phone,
    /// Copies a coupon code.
    CopyCode,
    /// Opens a form.
    Flow,
    /// Calls on WhatsApp.
    VoiceCall,
    /// Copies or fills in a one-time code.
    Otp,
}

/// A template that somebody wants to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateSend {
    /// The template's name.
    pub name: String,
    /// The template's language.
    pub language: String,
    /// What fills it, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Given>,
}

/// One component of a send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// Which part of the template it is for.
    pub of: GivenFor,
    /// What fills it, in order.
    pub parameters: Vec<Parameter>,
}

/// Which part of a template a component is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "component", rename_all = "snake_case")]
pub enum GivenFor {
    /// What stands above the text.
    Header,
    /// The text.
    Body,
    /// A button.
    Button {
        /// Its place, from 0; absent where that cannot be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<usize>,
        /// `quick_reply`, `url`, …, in lower case.
        sub_type: String,
    },
    /// Something else, by its word.
    Other {
        /// The word; empty where there is none.
        word: String,
    },
}

/// What fills a variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Parameter {
    /// A text.
    Text {
        /// The variable's name, for templates with named ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The words.
        text: String,
    },
    /// An amount of money.
    Currency {
        /// The variable's name, where somebody gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What is shown.
        fallback: String,
        /// ISO 4217.
        code: String,
        /// A thousand times the amount.
        amount_1000: i64,
    },
    /// A moment.
    DateTime {
        /// The variable's name, where somebody gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What is shown.
        fallback: String,
    },
    /// A file.
    Media {
        /// Its kind.
        media: Media,
        /// An uploaded file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// A public address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// The name of a document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A place on the map.
    Location {
        /// Degrees north; absent where that cannot be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latitude: Option<f64>,
        /// Degrees east.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longitude: Option<f64>,
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// What comes back when a quick reply is tapped.
    Payload {
        /// The text.
        payload: String,
    },
    /// What a copy-code button copies.
    CouponCode {
        /// The code.
        code: String,
    },
    /// What a form begins with.
    Action {
        /// The vendor's object, as given.
        action: Value,
    },
    /// Something else, by its word.
    Other {
        /// The word; empty where there is none.
        word: String,
    },
}

impl Parameter {
    /// WhatsApp's word for its type.
    pub fn word(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Currency { .. } => "currency",
            Self::DateTime { .. } => "date_time",
            Self::Media { media, .. } => media.word(),
            Self::Location { .. } => "location",
            Self::Payload { .. } => "payload",
            Self::CouponCode { .. } => "coupon_code",
            Self::Action { .. } => "action",
            Self::Other { word } => word,
        }
    }

    /// What a reader sees of it in a text, where it fills one.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Currency { fallback, .. } | Self::DateTime { fallback, .. } => Some(fallback),
            _ => None,
        }
    }

    /// The same without a name: WhatsApp takes names only where the template has them.
    #[must_use]
    pub fn unnamed(mut self) -> Self {
        match &mut self {
            Self::Text { name, .. } | Self::Currency { name, .. } | Self::DateTime { name, .. } => {
                *name = None;
            }
            _ => {}
        }
        self
    }

    /// The name of the variable that it fills, where it says one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Text { name, .. } | Self::Currency { name, .. } | Self::DateTime { name, .. } => {
                name.as_deref()
            }
            _ => None,
        }
    }
}

/// The variables of a text, each once: numbers in ascending order, else names as they come.
pub fn variables(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in text.split("{{").skip(1).take(limits::VARIABLES) {
        if let Some((name, _)) = part.split_once("}}")
            && !names.contains(&name.trim())
            && !name.trim().is_empty()
        {
            names.push(name.trim());
        }
    }
    if names.iter().all(|name| name.parse::<u32>().is_ok()) {
        names.sort_by_key(|name| name.parse::<u32>().ok());
    }
    names
}

/// How long WhatsApp counts a text: in UTF-16 units, to be safe (§4).
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
