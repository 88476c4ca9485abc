//! Variables that are filled for each recipient at the moment of sending: `{{contact.name}}` and
//! `{{agent.name}}`, each with words for where it is empty: `{{contact.name|customer}}`.

use serde_json::Value;

/// A name longer than this would crowd out the rest.
const LONGEST_NAME: usize = 60;

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

/// Whether each `{{contact.name}}` of a text says what stands where no name is known: an empty
/// parameter is refused by WhatsApp.
pub fn has_fallbacks(text: &str) -> bool {
    let inside = text.split("{{").skip(1);
    let mut inside = inside.filter_map(|part| Some(part.split_once("}}")?.0));
    inside.all(|inside| {
        let words = inside.split_once('|').map_or("", |(_, words)| words.trim());
        name_of(inside) != "contact.name" || !words.is_empty()
    })
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
        let words = |text: &str| {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            line.chars().take(LONGEST_NAME).collect::<String>()
        };
        let value = value.map(words).filter(|value| !value.is_empty());
        Some(value.unwrap_or_else(|| words(fallback)))
    }

    /// Fills the variables in the text parameters of header and body; nothing else takes any.
    pub fn fill_texts(&self, components: &mut Value) {
        let components = components.as_array_mut();
        let texts = components.into_iter().flatten().filter_map(|component| {
            let kind = component["type"].as_str().unwrap_or_default();
            let fits = matches!(kind, "header" | "body");
            component["parameters"].as_array_mut().filter(|_| fits)
        });
        for parameter in texts.flatten() {
            if let Some(Value::String(text)) = parameter.get_mut("text") {
                *text = self.fill(text);
            }
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
        let text = || serde_json::json!({ "type": "text", "text": "{{contact.name}}" });
        let mut components = serde_json::json!([
            { "type": "body", "parameters": [text()] }, { "type": "button", "parameters": [text()] }]);
        known.fill_texts(&mut components);
        assert_eq!(components[0]["parameters"][0]["text"], "Ana Maria");
        assert_eq!(components[1]["parameters"][0]["text"], "{{contact.name}}");
    }

    #[test]
    fn only_what_begins_like_ours_is_named() {
        let text = "{{1}} {{contact.name|x}} {{contact.nme}} {{agent.name}} {{name}}";
        let names = dynamic_variables(text);
        assert_eq!(names, ["contact.name", "contact.nme", "agent.name"]);
        assert!(!is_dynamic("contact.nme"));
    }
}
