//! A JSON object that is read key by key, so that each fault can name its field.

use serde_json::{Map, Value};

use crate::domain::program::Fault;

/// An object and where it stands (`interactive.action`).
pub(super) struct Member<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Member<'a> {
    /// The object that a value is.
    pub fn of(path: impl Into<String>, value: &'a Value) -> Result<Self, Fault> {
        let path = path.into();
        match value {
            Value::Object(fields) => Ok(Self { path, fields }),
            Value::Null => Err(Fault::missing(&path, "an object")),
            _ => Err(Fault::wrong(&path, "an object")),
        }
    }

    /// Where it stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where one of its fields stands.
    pub fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// Refuses keys that are not among `known`, naming the first.
    pub fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self
            .fields
            .keys()
            .find(|key| !known.contains(&key.as_str()))
        {
            None => Ok(()),
            Some(key) => Err(Fault {
                code: "unknown_field",
                message: format!(
                    "There is no field `{}`. Known in `{}`: {}.",
                    self.at(key),
                    self.path,
                    known.join(", ")
                ),
            }),
        }
    }

    /// Whether a field is there.
    pub fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|value| !value.is_null())
    }

    /// A text that must not be blank.
    pub fn text(&self, key: &str, most: usize) -> Result<&'a str, Fault> {
        if !self.has(key) {
            return Err(Fault::missing(&self.at(key), &characters(1, most)));
        }
        let text = self.any_text(key, most)?;
        if text.trim().is_empty() {
            return Err(Fault::wrong(&self.at(key), &characters(1, most)));
        }
        Ok(text)
    }

    /// A text that may be absent, but not blank.
    pub fn maybe(&self, key: &str, most: usize) -> Result<Option<&'a str>, Fault> {
        match self.fields.get(key) {
            None => Ok(None),
            Some(_) => self.text(key, most).map(Some),
        }
    }

    /// A text that may be empty.
    pub fn any_text(&self, key: &str, most: usize) -> Result<&'a str, Fault> {
        let text = self.fields.get(key).and_then(Value::as_str);
        // WhatsApp counts UTF-16 units, as far as is known (§4)
        let text = text.filter(|text| text.encode_utf16().count() <= most);
        text.ok_or_else(|| Fault::wrong(&self.at(key), &characters(0, most)))
    }

    /// A switch, where it is there.
    pub fn flag(&self, key: &str) -> Result<(), Fault> {
        match self.fields.get(key) {
            None | Some(Value::Bool(_)) => Ok(()),
            Some(_) => Err(Fault::wrong(&self.at(key), "`true` or `false`")),
        }
    }

    /// A number from `-most` to `most`.
    pub fn number(&self, key: &str, most: f64) -> Result<f64, Fault> {
        let number = self.fields.get(key).and_then(Value::as_f64);
        let number = number.filter(|number| number.abs() <= most);
        number.ok_or_else(|| {
            let expected = format!("a number from -{most} to {most}");
            Fault::wrong(&self.at(key), &expected)
        })
    }

    /// An object among its fields.
    pub fn member(&self, key: &str) -> Result<Member<'a>, Fault> {
        let value = self.fields.get(key).unwrap_or(&Value::Null);
        Member::of(self.at(key), value)
    }

    /// An object that may be absent.
    pub fn optional_member(&self, key: &str) -> Result<Option<Member<'a>>, Fault> {
        if self.fields.contains_key(key) {
            return self.member(key).map(Some);
        }
        Ok(None)
    }

    /// A list of 1 to `most` objects.
    pub fn list(&self, key: &str, most: usize) -> Result<Vec<Member<'a>>, Fault> {
        let value = self.fields.get(key).unwrap_or(&Value::Null);
        list(&self.at(key), value, most)
    }

    /// The objects of a list that may be absent.
    pub fn optional_list(&self, key: &str, most: usize) -> Result<Vec<Member<'a>>, Fault> {
        match self.fields.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(all)) if all.is_empty() => Ok(Vec::new()),
            Some(_) => self.list(key, most),
        }
    }
}

/// The 1 to `most` objects of a list.
pub(super) fn list<'a>(
    path: &str,
    value: &'a Value,
    most: usize,
) -> Result<Vec<Member<'a>>, Fault> {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() || all.len() > most {
        return Err(Fault::wrong(
            path,
            &format!("a list of 1 to {most} objects"),
        ));
    }
    let one = |(n, value)| Member::of(format!("{path}[{n}]"), value);
    all.iter().enumerate().map(one).collect()
}

fn characters(least: usize, most: usize) -> String {
    format!("a text of {least} to {most} characters")
}
