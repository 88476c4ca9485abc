//! Variables that are filled for each recipient at the moment of sending: `{{contact.name}}` and
//! `{{agent.name}}`, each with words for where it is empty: `{{contact.name|customer}}`.

use serde_json::Value;

/// What the variables stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dynamic<'a> {
    /// The recipient's name, where one is known.
    pub contact: Option<&'a str>,
    /// The name of the agent who gets the reply.
    pub agent: Option<&'a str>,
}

/// The names of the variables in a text that begin like ours, without their fallback.
pub fn dynamic_variables(text: &str) -> Vec<&str> {
    let ours = |name: &&str| name.starts_with("contact.") || name.starts_with("agent.");
    let inside = text.split("{{").skip(1);
    let inside = inside.filter_map(|part| Some(part.split_once("}}")?.0));
    inside.map(name_of).filter(ours).collect()
}

/// Whether this version knows a variable.
pub fn is_dynamic(name: &str) -> bool {
    matches!(name, "contact.name" | "agent.name")
}

fn name_of(inside: &str) -> &str {
    inside.split('|').next().unwrap_or_default().trim()
}

impl Dynamic<'_> {
    /// Fills the variables of a text. What is not ours stays as it is.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let Some(end) = rest[at..].find("}}").map(|end| at + end) else {
                break;
            };
            filled.push_str(&rest[..at]);
            let inside = &rest[at + 2..end];
            match self.value(inside) {
                Some(value) => filled.push_str(&value),
                None => filled.push_str(&rest[at..end + 2]),
            }
            rest = &rest[end + 2..];
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, inside: &str) -> Option<String> {
        let value = match name_of(inside) {
            "contact.name" => self.contact,
            "agent.name" => self.agent,
            _ => return None,
        };
        let fallback = inside.split_once('|').map_or("", |(_, words)| words.trim());
        // WhatsApp refuses parameters with line ends or many spaces (§4)
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let value = value.map(words).filter(|value| !value.is_empty());
        Some(value.unwrap_or_else(|| words(fallback)))
    }

    /// Fills the variables in every text of a JSON value.
    pub fn fill_all(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.fill(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.fill_all(item)),
            Value::Object(members) => members.values_mut().for_each(|item| self.fill_all(item)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_with_what_is_known() {
        let known = Dynamic {
            contact: Some("Ana \n Maria"),
            agent: None,
        };
        assert_eq!(known.fill("Hi {{contact.name}}!"), "Hi Ana Maria!");
        assert_eq!(known.fill("{{ agent.name | us }} here"), "us here");
        assert_eq!(
            known.fill("{{1}} {{other}} {{contact.name"),
            "{{1}} {{other}} {{contact.name"
        );
        assert_eq!(
            Dynamic::default().fill("Hi {{contact.name|there}}"),
            "Hi there"
        );
        let mut value = serde_json::json!({ "a": ["{{contact.name}}", 1] });
        known.fill_all(&mut value);
        assert_eq!(value["a"][0], "Ana Maria");
    }

    #[test]
    fn only_what_begins_like_ours_is_named() {
        let text = "{{1}} {{contact.name|x}} {{contact.nme}} {{agent.name}} {{name}}";
        let names = dynamic_variables(text);
        assert_eq!(names, ["contact.name", "contact.nme", "agent.name"]);
        assert!(!is_dynamic("contact.nme"));
    }
}
