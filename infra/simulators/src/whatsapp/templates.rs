//! Message templates (360dialog reference §1.3, §1.8, §4).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::Refusal;
use super::check::length;
use super::ids;
use super::phone::component;
use super::state::State;

/// The templates that an account starts with.
pub(crate) fn seeded(waba_id: &str) -> Vec<Value> {
    let definitions = json!([
        { "name": "hello_world", "language": "en_US", "category": "UTILITY", "components": [
            { "type": "BODY", "text": "Welcome and congratulations!" }] },
        { "name": "order_confirmation", "language": "en_US", "category": "UTILITY", "components": [
            { "type": "HEADER", "format": "TEXT", "text": "Your order" },
            { "type": "BODY", "text": "Hello {{1}}, your order {{2}} is confirmed.",
              "example": { "body_text": [["Jessica", "SKBUP2-4CPIG9"]] } },
            { "type": "FOOTER", "text": "Thank you" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "All right" },
                { "type": "URL", "text": "Track", "url": "https://shop.example/{{1}}",
                  "example": ["https://shop.example/1"] }] }] },
        { "name": "order_confirmation", "language": "de", "category": "UTILITY", "components": [
            { "type": "BODY", "text": "Hallo {{1}}, Ihre Bestellung {{2}} ist bestätigt." }] },
        { "name": "appointment_reminder", "language": "en", "category": "UTILITY",
          "parameter_format": "NAMED", "components": [
            { "type": "BODY", "text": "Hi {{first_name}}, see you on {{day}} at our office.",
              "example": { "body_text_named_params": [
                { "param_name": "first_name", "example": "Pablo" },
                { "param_name": "day", "example": "Monday" }] } }] },
        { "name": "invoice_ready", "language": "en_US", "category": "UTILITY", "components": [
            { "type": "HEADER", "format": "DOCUMENT" },
            { "type": "BODY", "text": "Your invoice {{1}} is attached." }] },
        { "name": "summer_sale", "language": "en_US", "category": "MARKETING", "status": "paused",
          "components": [{ "type": "BODY", "text": "Everything must go." }] },
        { "name": "login_code", "language": "en_US", "category": "AUTHENTICATION", "components": [
            { "type": "BODY", "text": "*{{1}}* is your verification code." },
            { "type": "BUTTONS", "buttons": [
                { "type": "URL", "text": "Copy code", "url": "https://www.whatsapp.com/otp/{{1}}" }] }] },
        { "name": "new_offer", "language": "en_US", "category": "MARKETING", "status": "submitted",
          "components": [{ "type": "BODY", "text": "We have something new for you." }] },
    ]);
    let definitions = definitions.as_array().cloned().unwrap_or_default();
    definitions
        .iter()
        .zip(1..)
        .map(|(given, n)| complete(waba_id, given, n, "approved"))
        .collect()
}

/// A definition with the members that 360dialog adds.
fn complete(waba_id: &str, given: &Value, n: u64, status: &str) -> Value {
    let mut template = json!({
        "id": format!("tpl{:012x}WT", ids::spread(n) >> 16), "namespace": "c8ae5f90_307a_ca4c",
        "parameter_format": "POSITIONAL", "status": status, "rejected_reason": "NONE",
        "components": [], "partner_id": "pRtNr1PA", "waba_account_id": waba_id,
        "external_id": (594_425_479_261_596_u64 + n).to_string(),
        "quality_score": { "score": "UNKNOWN", "reasons": null },
        "modified_at": "2026-01-15T09:30:00Z",
        "modified_by": { "user_id": "system", "user_name": "system" },
    });
    for (name, value) in given.as_object().into_iter().flatten() {
        template[name] = value.clone();
    }
    template
}

impl State {
    /// Adds templates, replacing those of the same name and language.
    pub fn put_templates(&mut self, given: &[Value]) {
        let key = |t: &Value| (t["name"].to_string(), t["language"].to_string());
        let new: BTreeSet<_> = given.iter().map(key).collect();
        self.templates
            .retain(|template| !new.contains(&key(template)));
        for one in given {
            let n = 100 + self.next();
            let template = complete(&self.options.waba_id, one, n, "approved");
            self.templates.push(template);
        }
    }

    /// Takes a new template for review, or says why not.
    pub fn create_template(&mut self, given: &Value) -> Result<Value, String> {
        let name = given["name"].as_str().unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 512 || !name.chars().all(plain) {
            return Err("name: only lower-case letters, digits and underscores".to_owned());
        }
        let category = given["category"].as_str().unwrap_or_default();
        if !["AUTHENTICATION", "MARKETING", "UTILITY"].contains(&category) {
            return Err("category: AUTHENTICATION, MARKETING or UTILITY".to_owned());
        }
        if !given["language"].is_string() {
            return Err("language: missing".to_owned());
        }
        if given["library_template_name"].is_null()
            && component(&given["components"], "BODY").is_none()
        {
            return Err("components: a BODY is missing".to_owned());
        }
        if self
            .templates
            .iter()
            .any(|t| t["name"] == name && t["language"] == given["language"])
        {
            return Err(format!(
                "Template name {name} is already in use. Please choose a different name for your template."
            ));
        }
        let n = 100 + self.next();
        let template = complete(&self.options.waba_id, given, n, "submitted");
        self.templates.push(template.clone());
        Ok(template)
    }
}

/// The template that a message names, after checking that it may be sent with these parameters.
pub(crate) fn check<'a>(templates: &'a [Value], member: &Value) -> Result<&'a Value, Refusal> {
    let (name, language) = (&member["name"], &member["language"]["code"]);
    let found = templates
        .iter()
        .find(|t| t["name"] == *name && t["language"] == *language);
    let missing = || {
        let details =
            format!("template name ({name}) does not exist in {language}").replace('"', "");
        Refusal::new(132_001, details)
    };
    let found = found.ok_or_else(missing)?;
    match found["status"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "approved" => {}
        "paused" => {
            return Err(Refusal::new(
                132_015,
                "Template is paused due to low quality.",
            ));
        }
        "disabled" => return Err(Refusal::new(132_016, "Template is disabled for good.")),
        _ => return Err(missing()),
    }
    let named = found["parameter_format"]
        .as_str()
        .is_some_and(|f| f.eq_ignore_ascii_case("named"));
    for kind in ["HEADER", "BODY"] {
        if let Some(part) = component(&found["components"], kind) {
            let given = component(&member["components"], kind);
            section(part, given.unwrap_or(&Value::Null), named)?;
        }
    }
    buttons(&found["components"], &member["components"])?;
    Ok(found)
}

fn section(part: &Value, given: &Value, named: bool) -> Result<(), Refusal> {
    let parameters = given["parameters"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let format = part["format"]
        .as_str()
        .unwrap_or("TEXT")
        .to_ascii_lowercase();
    if format != "text" {
        let fits = parameters
            .first()
            .is_some_and(|p| p["type"] == format.as_str());
        let details = format!(
            "header: Format mismatch, expected {}",
            format.to_uppercase()
        );
        return if fits {
            Ok(())
        } else {
            Err(Refusal::new(132_012, details))
        };
    }
    let expected = variables(part["text"].as_str().unwrap_or_default());
    if expected.len() != parameters.len() {
        let (have, want) = (parameters.len(), expected.len());
        let details = format!(
            "number of localizable_params ({have}) does not match the expected number of params ({want})"
        );
        return Err(Refusal::new(132_000, details));
    }
    let known = |p: &Value| {
        p["parameter_name"]
            .as_str()
            .is_some_and(|name| expected.contains(&name))
    };
    if named && !parameters.iter().all(known) {
        return Err(Refusal::new(
            132_012,
            "Parameter name is missing or unknown.",
        ));
    }
    parameters.iter().try_for_each(parameter)
}

fn parameter(given: &Value) -> Result<(), Refusal> {
    let text = given["text"].as_str().unwrap_or_default();
    if length(text) > 1_024 {
        return Err(Refusal::new(132_005, "Translated text too long."));
    }
    if given["type"] == "text" && text.is_empty() {
        return Err(Refusal::new(
            131_008,
            "Parameter of type text is missing text value.",
        ));
    }
    Ok(())
}

/// URL buttons with a variable and copy-code buttons need their parameter.
fn buttons(defined: &Value, given: &Value) -> Result<(), Refusal> {
    let Some(defined) = component(defined, "BUTTONS") else {
        return Ok(());
    };
    let index_of = |part: &Value| match &part["index"] {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    for (button, at) in defined["buttons"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(0_u64..)
    {
        let open = button["url"].as_str().is_some_and(|url| url.contains("{{"));
        let needed = open || button["type"] == "COPY_CODE";
        let mut parts = given.as_array().into_iter().flatten();
        let has = parts.any(|part| {
            let button = part["type"]
                .as_str()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("button"));
            let filled = part["parameters"]
                .as_array()
                .is_some_and(|list| !list.is_empty());
            button && filled && index_of(part) == Some(at)
        });
        if needed && !has {
            let details = format!("buttons: Button at index {at} of type Url requires a parameter");
            return Err(Refusal::new(131_008, details));
        }
    }
    Ok(())
}

/// The names inside `{{…}}`, each once.
fn variables(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}")
            && !names.contains(&name.trim())
        {
            names.push(name.trim());
        }
    }
    names
}
