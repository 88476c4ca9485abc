//! What the setup channel reads: what became of a number, and notes whose own room is closed.

use super::{Advice, Language};

impl Language {
    /// Nothing is sent from a number any more, and why.
    pub fn number_stopped(self, number: &str, why: Advice) -> String {
        let args = [
            ("number", number.into()),
            ("advice", why.sentence(self).into()),
        ];
        self.say("number-stopped", &args)
    }

    /// A number that was stopped works again.
    pub fn number_works(self, number: &str) -> String {
        self.say("number-works", &[("number", number.into())])
    }

    /// A note about a conversation that is closed, with the conversation's address on a line of its
    /// own.
    pub fn note_of_closed(self, note: &str, link: &str) -> String {
        let said = self.say("note-of-closed", &[("note", note.into())]);
        format!("{said}\n{link}")
    }
}
