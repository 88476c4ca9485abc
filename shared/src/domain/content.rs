//! What a customer's message contains, as far as an agent has to see it.

use serde::{Deserialize, Serialize};

use super::ids::{Bsuid, WaId, Wamid};

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The text, with WhatsApp's markup.
        body: String,
    },
    /// A tapped button or list row.
    Choice {
        /// The id or payload that was sent with the option.
        id: String,
        /// What the customer saw and tapped.
        title: String,
    },
    /// A file of any kind.
    Media {
        /// `image`, `video`, `audio`, `voice`, `document`, `sticker`.
        media: String,
        /// The words below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        /// The file's name, for documents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
        /// Where the file is; absent where the message does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<MediaFile>,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Name and address, as far as given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// A page about the place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// People's cards.
    Contacts {
        /// One per person.
        cards: Vec<Card>,
    },
    /// Goods out of the business' catalogue.
    Order {
        /// The customer's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// What is ordered.
        items: Vec<OrderItem>,
    },
    /// A form (flow) or an address that was filled in.
    Form {
        /// Names and values, in the order of the form.
        fields: Vec<(String, String)>,
    },
    /// An answer to the question whether the business may call.
    CallPermission {
        /// WhatsApp's word for the answer (`accept`, `reject`).
        answer: String,
    },
    /// An emoji put on a message, or taken away (`None`).
    Reaction {
        /// The message it is about.
        target: Wamid,
        /// The emoji; absent on removal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<String>,
    },
    /// The customer changed an earlier message.
    Edited {
        /// The earlier message.
        target: Wamid,
        /// The new text, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// The customer deleted an earlier message.
    Deleted {
        /// The earlier message.
        target: Wamid,
    },
    /// WhatsApp says something about the customer (number or id changed, …).
    System {
        /// WhatsApp's words.
        body: String,
        /// What changed, where we know the change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change: Option<Change>,
    },
    /// The customer opened the chat and has said nothing.
    Opened,
    /// The customer switched disappearing messages on or off.
    Disappearing,
    /// Something that WhatsApp itself could not hand over (polls, view-once, …).
    Unsupported {
        /// What it was, where WhatsApp says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<String>,
    },
    /// Anything else, also what does not exist yet: named and never dropped.
    Other {
        /// The vendor's word for the type.
        what: String,
        /// What could be read of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

/// A file at 360dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaFile {
    /// The media id; good for 7 days (reference: 360dialog, §1.6).
    #[serde(default)]
    pub id: String,
    /// Its MIME type, perhaps with parameters; may be empty.
    #[serde(default)]
    pub mime_type: String,
    /// Where it can be had for five minutes, where the webhook says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Somebody's card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// The name.
    pub name: String,
    /// Company, department and title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// Numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Postal addresses, each on one line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Web addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// `YYYY-MM-DD`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
}

/// A line of an order. Values are kept as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderItem {
    /// The seller's own id of the product.
    pub product: String,
    /// How many.
    pub quantity: String,
    /// The price of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// ISO 4217
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// What changed about a customer (reference: 360dialog, §2.3, `system`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The number.
    Number {
        /// The new one, where it is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<WaId>,
        /// The user id that came with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<Bsuid>,
    },
    /// The business-scoped user id.
    UserId {
        /// The new one, where it is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Bsuid>,
        /// The one at the parent business.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Bsuid>,
    },
    /// The security code: a new phone, or the app was installed again.
    Identity,
}

/// How a message came to the customer who passed it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarded {
    /// From another chat.
    Once,
    /// Through many chats.
    Often,
}

/// The advertisement or post that led the customer here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    /// It was a post, not an advertisement.
    pub is_post: bool,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it has a picture or a video (`image`, `video`), where that cannot be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// Its picture or video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
}

impl Content {
    /// Quiet content never opens a room nor causes a text: it waits for the next room (R35).
    pub fn is_quiet(&self) -> bool {
        matches!(
            self,
            Self::Reaction { .. }
                | Self::Edited { .. }
                | Self::Deleted { .. }
                | Self::System { .. }
                | Self::Disappearing
                | Self::Opened
        )
    }

    /// Whether a person wrote or did it: that opens the 24-hour window, as far as we know
    /// (reference: 360dialog, §5; Meta's answer decides).
    pub fn is_of_a_person(&self) -> bool {
        !matches!(self, Self::System { .. } | Self::Disappearing)
    }

    /// What it says to have changed about the person's names.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::System { change, .. } => change.as_ref().filter(|c| **c != Change::Identity),
            _ => None,
        }
    }

    /// The message that a content is about.
    pub fn target(&self) -> Option<&Wamid> {
        match self {
            Self::Reaction { target, .. }
            | Self::Edited { target, .. }
            | Self::Deleted { target } => Some(target),
            _ => None,
        }
    }
}
