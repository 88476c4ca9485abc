//! A filled template as people read it: in rooms, in status callbacks, in previews.

use super::check::Filled;
use super::{Definition, Header, Parameter, variables};

/// Header, text, footer and buttons of a template, filled.
pub fn read(definition: &Definition, filled: &Filled) -> String {
    let mut sections: Vec<String> = Vec::new();
    match &definition.header {
        Some(Header::Text(text)) => sections.push(fill(text, &filled.header)),
        Some(_) => sections.extend(filled.header.first().map(shown)),
        None => {}
    }
    if let Some(body) = &definition.body {
        sections.push(fill(body, &filled.body));
    }
    sections.extend(definition.footer.clone());
    let labels = definition.buttons.iter();
    let buttons: Vec<_> = labels.map(|button| format!("[{}]", button.label)).collect();
    sections.push(buttons.join("\n"));
    sections.retain(|section| !section.is_empty());
    sections.join("\n\n")
}

/// What stands for a file or a place.
fn shown(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Media {
            media,
            filename: Some(name),
            ..
        } => format!("[{}: {name}]", media.word()),
        Parameter::Location {
            name: Some(name), ..
        } => format!("[location: {name}]"),
        other => format!("[{}]", other.word()),
    }
}

/// A text with its variables replaced. One that nothing fills stays as it is.
pub(super) fn fill(text: &str, parameters: &[Parameter]) -> String {
    let names = variables(text);
    let numbered = names.iter().all(|name| name.parse::<u32>().is_ok());
    let value = |name: &str| {
        let one = if numbered {
            let place = names.iter().position(|known| *known == name);
            place.and_then(|place| parameters.get(place))
        } else {
            parameters.iter().find(|one| one.name() == Some(name))
        };
        one.and_then(Parameter::shown)
    };
    let mut filled = String::new();
    let mut rest = text;
    while let Some(end) = rest.find("}}") {
        let (before, after) = (&rest[..end], &rest[end + 2..]);
        let open = before.rfind("{{");
        let known = open.and_then(|open| value(before[open + 2..].trim()));
        match (open, known) {
            (Some(open), Some(value)) => {
                filled.push_str(&before[..open]);
                filled.push_str(value);
            }
            _ => filled.push_str(&rest[..end + 2]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}
