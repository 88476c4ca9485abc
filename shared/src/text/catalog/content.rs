//! The words around what a customer sent: marks, lists and stubs that an agent reads in the room.

use fluent_bundle::FluentValue;

use super::Language;

/// Ends what U+2068 began: a piece with a direction of its own (Unicode, annex 9).
const END_OF_ISOLATE: char = '\u{2069}';

/// A sentence without variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phrase {
    /// A message without words.
    EmptyMessage,
    /// Passed on from another chat.
    Forwarded,
    /// Passed on many times.
    ForwardedOften,
    /// It answers something that we do not know.
    ReplyToUnknown,
    /// The customer came by an advertisement.
    FromAd,
    /// The customer came by a post.
    FromPost,
    /// A place with a name.
    Location,
    /// A place without one.
    LocationBare,
    /// A reaction was taken back.
    ReactionRemoved,
    /// A message was changed, its new text is not known.
    Edited,
    /// A message was deleted.
    Deleted,
    /// A form was filled in.
    Form,
    /// The chat was opened, nothing was said.
    ChatOpened,
    /// Disappearing messages were switched.
    Disappearing,
    /// The number changed, to one that we do not know.
    NumberChanged,
    /// The user id changed.
    UserIdChanged,
    /// The security code changed.
    IdentityChanged,
    /// WhatsApp passes a message on without its content.
    Unsupported,
    /// The customer goes on in another room.
    RoomDoubled,
    /// To the customer: their file was refused.
    FileRefused,
    /// To the customer: answers to choose from follow.
    Choose,
}

impl Phrase {
    /// Every phrase there is.
    pub const ALL: [Self; 21] = [
        Self::EmptyMessage,
        Self::Forwarded,
        Self::ForwardedOften,
        Self::ReplyToUnknown,
        Self::FromAd,
        Self::FromPost,
        Self::Location,
        Self::LocationBare,
        Self::ReactionRemoved,
        Self::Edited,
        Self::Deleted,
        Self::Form,
        Self::ChatOpened,
        Self::Disappearing,
        Self::NumberChanged,
        Self::UserIdChanged,
        Self::IdentityChanged,
        Self::Unsupported,
        Self::RoomDoubled,
        Self::FileRefused,
        Self::Choose,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::EmptyMessage => "empty-message",
            Self::Forwarded => "forwarded",
            Self::ForwardedOften => "forwarded-often",
            Self::ReplyToUnknown => "reply-to-unknown",
            Self::FromAd => "from-ad",
            Self::FromPost => "from-post",
            Self::Location => "location",
            Self::LocationBare => "location-bare",
            Self::ReactionRemoved => "reaction-removed",
            Self::Edited => "edited-otherwise",
            Self::Deleted => "deleted",
            Self::Form => "form",
            Self::ChatOpened => "chat-opened",
            Self::Disappearing => "disappearing",
            Self::NumberChanged => "number-changed-unnamed",
            Self::UserIdChanged => "user-id-changed",
            Self::IdentityChanged => "identity-changed",
            Self::Unsupported => "unsupported-unnamed",
            Self::RoomDoubled => "room-doubled",
            Self::FileRefused => "customer-file-refused",
            Self::Choose => "customer-choose",
        }
    }
}

/// A sentence with one variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying<'a> {
    /// It asks about this product.
    AboutProduct(&'a str),
    /// The whole text is in this file.
    LongText(&'a str),
    /// This file follows later.
    FileFollows(&'a str),
    /// This file could not be fetched.
    FileLost(&'a str),
    /// This many contact cards.
    ContactCards(usize),
    /// This emoji was put on a message.
    Reaction(&'a str),
    /// A message was changed to this.
    EditedTo(&'a str),
    /// An order of this many items.
    Order(usize),
    /// What the order costs.
    OrderTotal(&'a str),
    /// Whether we may call.
    CallPermission(&'a str),
    /// The number is this one now.
    NumberChangedTo(&'a str),
    /// Something else, in WhatsApp's words.
    System(&'a str),
    /// WhatsApp does not pass this on.
    Unsupported(&'a str),
    /// A type that we do not know.
    UnknownKind(&'a str),
}

impl Language {
    /// A sentence without variables.
    pub fn phrase(self, phrase: Phrase) -> String {
        self.say(phrase.key(), &[])
    }

    /// A sentence with one variable.
    pub fn saying(self, saying: Saying<'_>) -> String {
        let (key, name, value): (_, _, FluentValue<'_>) = match saying {
            Saying::AboutProduct(product) => ("about-product", "product", product.into()),
            Saying::LongText(file) => ("long-text", "file", file.into()),
            Saying::FileFollows(file) => ("file-follows", "file", file.into()),
            Saying::FileLost(file) => ("file-lost", "file", file.into()),
            Saying::ContactCards(count) => ("contact-cards", "count", count.into()),
            Saying::Reaction(emoji) => ("reaction", "emoji", emoji.into()),
            Saying::EditedTo(text) => ("edited", "text", text.into()),
            Saying::Order(count) => ("order", "count", count.into()),
            Saying::OrderTotal(total) => ("order-total", "total", total.into()),
            Saying::CallPermission(answer) => ("call-permission", "answer", answer.into()),
            Saying::NumberChangedTo(number) => ("number-changed", "number", number.into()),
            Saying::System(words) => ("system", "words", words.into()),
            Saying::Unsupported(what) => ("unsupported", "what", what.into()),
            Saying::UnknownKind(kind) => ("unknown-kind", "kind", kind.into()),
        };
        let said = self.say(key, &[(name, value)]);
        // a line's end ends it as well; a mark behind a link would be taken for a part of the link
        said.trim_end_matches(END_OF_ISOLATE).to_owned()
    }

    /// The word for a kind of file (`image`, `voice`, …); the kind itself where there is none.
    pub fn kind(self, kind: &str) -> String {
        match kind {
            "image" => self.say("kind-image", &[]),
            "video" => self.say("kind-video", &[]),
            "audio" => self.say("kind-audio", &[]),
            "voice" => self.say("kind-voice", &[]),
            "document" => self.say("kind-document", &[]),
            "sticker" => self.say("kind-sticker", &[]),
            other => other.to_owned(),
        }
    }

    /// A file by its kind and its own name.
    pub fn named_file(self, kind: &str, file: &str) -> String {
        let args = [("kind", self.kind(kind).into()), ("file", file.into())];
        self.say("file-named", &args)
    }

    /// A file that was not accepted: its name, size (bytes, where known) and MIME type.
    pub fn file_not_accepted(self, file: &str, size: Option<u64>, mime_type: &str) -> String {
        let mut args = vec![("file", file.into()), ("type", mime_type.into())];
        match size {
            Some(size) => {
                args.push(("size", self.size(size).into()));
                self.say("file-not-accepted", &args)
            }
            None => self.say("file-not-accepted-unsized", &args),
        }
    }

    /// A size as people write it, with one decimal from a kilobyte on.
    pub(super) fn size(self, bytes: u64) -> String {
        let tenths = |unit: u128| {
            let tenths = (u128::from(bytes) * 10 + unit / 2) / unit;
            let mark = match self {
                Self::English | Self::Hindi | Self::Arabic => '.',
                _ => ',',
            };
            match tenths % 10 {
                0 => (tenths / 10).to_string(),
                rest => format!("{}{mark}{rest}", tenths / 10),
            }
        };
        let (key, size): (_, FluentValue<'_>) = match bytes {
            0..1_000 => ("size-bytes", bytes.into()),
            1_000..1_000_000 => ("size-kilobytes", tenths(1_000).into()),
            _ => ("size-megabytes", tenths(1_000_000).into()),
        };
        self.say(key, &[("size", size)])
    }
}
