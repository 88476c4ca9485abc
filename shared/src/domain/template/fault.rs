//! What is wrong with a send, in words that say where and what was expected.

use std::fmt;

/// A fault of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What kind.
    pub kind: FaultKind,
    /// Which parameter: its number from 1, or its name.
    pub parameter: Option<String>,
    /// What was expected there.
    pub expected: String,
}

/// The part of a template that a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The template as a whole.
    Template,
    /// The list of components.
    Components,
    /// Above the text.
    Header,
    /// The text.
    Body,
    /// A button, from 0.
    Button(usize),
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A needed parameter is not there.
    Missing,
    /// There is no place for it.
    Superfluous,
    /// Another type is expected.
    WrongType,
    /// The parameter does not say its name.
    Unnamed,
    /// It is given twice.
    Twice,
    /// It says nothing.
    Empty,
    /// It has an id and a link.
    Both,
    /// It is beyond a limit.
    TooLong,
    /// The link is not https.
    BadLink,
    /// WhatsApp does not take this value.
    BadValue,
    /// The button's index is missing or leads nowhere.
    BadIndex,
    /// The sub_type is that of another button.
    WrongButton,
    /// The template is not (or no longer) approved.
    NotApproved,
    /// The bridge cannot send such a template.
    Unsupported,
}

impl FaultKind {
    fn words(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Superfluous => "has no place in the template",
            Self::WrongType => "has the wrong type",
            Self::Unnamed => "has no parameter_name",
            Self::Twice => "is given twice",
            Self::Empty => "is empty",
            Self::Both => "has an id and a link",
            Self::TooLong => "is too long",
            Self::BadLink => "has a link that is not https",
            Self::BadValue => "has a value that WhatsApp does not take",
            Self::BadIndex => "has no index of a button",
            Self::WrongButton => "has the sub_type of another button",
            Self::NotApproved => "cannot be sent",
            Self::Unsupported => "cannot be sent by the bridge",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template => write!(f, "template"),
            Self::Components => write!(f, "components"),
            Self::Header => write!(f, "header"),
            Self::Body => write!(f, "body"),
            Self::Button(n) => write!(f, "button {n}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(parameter) = &self.parameter {
            write!(f, ": parameter {parameter}")?;
        }
        write!(f, " {}", self.kind.words())?;
        if !self.expected.is_empty() {
            write!(f, " ({})", self.expected)?;
        }
        Ok(())
    }
}
