//! Templates: what 360dialog lists, and what people ask to send (§1.3, §1.8).

use serde_json::Value;

use crate::domain::template::{
    Button, ButtonKind, Definition, Given, GivenFor, Header, Media, Parameter, Template,
    TemplateChange, TemplateEvent, TemplateSend, is_name, limits, variables,
};
use crate::domain::time::Timestamp;
use crate::whatsapp::wire::element;
use crate::whatsapp::wire::template as wire;

/// One element of 360dialog's list; `None` where it has no name or language, or does not fit where
/// templates are kept.
pub fn parse_template(value: &Value, now: Timestamp) -> Option<Template> {
    let wire: wire::Template = element(value);
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let quality = match wire.quality_score {
        Some(Value::String(score)) => Some(score),
        Some(object) => object["score"].as_str().map(str::to_owned),
        None => None,
    };
    let reason = some(wire.rejected_reason).filter(|reason| !reason.eq_ignore_ascii_case("none"));
    let (name, language) = (some(wire.name)?, some(wire.language)?);
    let (name, language) = (name.trim().to_owned(), language.trim().to_owned());
    let named = match wire.parameter_format {
        Some(format) => format.eq_ignore_ascii_case("named"),
        None => has_names(&wire.components),
    };
    let components = Value::Array(wire.components).to_string();
    if !is_name(&name, &language) || components.len() > limits::COMPONENTS {
        return None;
    }
    Some(Template {
        name,
        language,
        category: wire.category.unwrap_or_default().to_ascii_uppercase(),
        status: wire.status.unwrap_or_default().to_ascii_lowercase(),
        reason,
        quality: some(quality),
        named,
        components,
        changed_at: now,
        gone_at: None,
    })
}

/// Whether a variable of the texts has a name: older answers do not say so.
fn has_names(components: &[Value]) -> bool {
    let texts = components.iter().filter_map(|one| one["text"].as_str());
    let mut names = texts.flat_map(variables);
    names.any(|name| name.parse::<u32>().is_err())
}

/// What a template consists of, out of the vendor's components. What this version does not know
/// makes it unsupported: half a template must not go out.
pub fn parse_definition(template: &Template) -> Definition {
    let components: Vec<Value> = serde_json::from_str(&template.components).unwrap_or_default();
    let mut definition = Definition {
        named: template.named,
        authentication: template.category.eq_ignore_ascii_case("authentication"),
        ..Definition::default()
    };
    for component in &components {
        let component: wire::Component = element(component);
        let kind = component.kind.clone().unwrap_or_default();
        match kind.to_ascii_uppercase().as_str() {
            "HEADER" => header(&mut definition, component),
            "BODY" => {
                let text = component.text.filter(|text| !text.is_empty());
                // authentication templates may come without WhatsApp's own text
                let fixed = definition.authentication.then(|| "{{1}}".to_owned());
                definition.body = text.or(fixed);
            }
            "FOOTER" => {
                let expires = component.code_expiration_minutes;
                let expires = expires.map(|n| format!("This code expires in {n} minutes."));
                let text = component.text.filter(|text| !text.is_empty());
                definition.footer = text.or(expires);
            }
            "BUTTONS" => component
                .buttons
                .iter()
                .for_each(|one| button(&mut definition, one)),
            _ => definition.unsupported.push(kind),
        }
    }
    if definition.body.is_none() && definition.unsupported.is_empty() {
        definition
            .unsupported
            .push("a definition without BODY".to_owned());
    }
    definition
}

fn header(definition: &mut Definition, component: wire::Component) {
    let format = component.format.unwrap_or_else(|| "TEXT".to_owned());
    let header = match format.to_ascii_uppercase().as_str() {
        "TEXT" => component.text.map(Header::Text),
        "LOCATION" => Some(Header::Location),
        word => match Media::of(word) {
            Some(media) => Some(Header::Media(media)),
            None => return definition.unsupported.push(format!("HEADER {format}")),
        },
    };
    definition.header = header;
}

fn button(definition: &mut Definition, value: &Value) {
    let button: wire::Button = element(value);
    let word = button.kind.unwrap_or_default();
    let Some(kind) = button_kind(&word, button.url.unwrap_or_default()) else {
        return definition.unsupported.push(format!("button {word}"));
    };
    let label = button.text.unwrap_or_default();
    let label = match (&kind, label.is_empty()) {
        (ButtonKind::Otp | ButtonKind::CopyCode, true) => "Copy code".to_owned(),
        _ => label,
    };
    definition.buttons.push(Button { kind, label });
}

/// What a button of this word does.
pub(super) fn button_kind(word: &str, url: String) -> Option<ButtonKind> {
    Some(match word.to_ascii_uppercase().as_str() {
        "QUICK_REPLY" => ButtonKind::QuickReply,
        "URL" => ButtonKind::Url(url),
        "PHONE_NUMBER" => ButtonKind::Phone,
        "COPY_CODE" => ButtonKind::CopyCode,
        "FLOW" => ButtonKind::Flow,
        "VOICE_CALL" => ButtonKind::VoiceCall,
        "OTP" => ButtonKind::Otp,
        _ => return None,
    })
}

/// What a webhook's field says of a template (§2.6); `None` where the field is about something else
/// or names no template. Components are not in it as they are in the list: they are read anew.
pub fn parse_template_event(field: &str, value: &Value) -> Option<TemplateEvent> {
    let event: wire::Event = element(value);
    let change = match field {
        "message_template_status_update" => {
            let status = event.event.as_deref().map(str::to_ascii_lowercase);
            let title = event.other_info.and_then(|info| info.title);
            let said = |reason: &String| !reason.is_empty() && !reason.eq_ignore_ascii_case("none");
            TemplateChange::Status {
                status: status.filter(|status| !status.is_empty())?,
                reason: event.reason.filter(said).or(title.filter(said)),
            }
        }
        "message_template_quality_update" => TemplateChange::Quality {
            score: event.new_quality_score?,
        },
        "template_category_update" => TemplateChange::Category {
            category: event.new_category?.to_ascii_uppercase(),
        },
        "message_template_components_update" => TemplateChange::Components,
        _ => return None,
    };
    let name = event.message_template_name?;
    let language = event.message_template_language?;
    is_name(&name, &language).then_some(TemplateEvent {
        name,
        language,
        change,
    })
}

/// The `template` member of a send, as people write it. What is missing is empty: the check names
/// it.
pub fn parse_send(value: &Value) -> TemplateSend {
    let send: wire::Send = element(value);
    let language = match send.language {
        Some(Value::String(code)) => code,
        Some(object) => element::<wire::Language>(&object).code.unwrap_or_default(),
        None => String::new(),
    };
    TemplateSend {
        name: send.name.unwrap_or_default().trim().to_owned(),
        language: language.trim().to_owned(),
        components: send.components.iter().map(given).collect(),
    }
}

fn given(value: &Value) -> Given {
    let component: wire::SendComponent = element(value);
    let word = component.kind.unwrap_or_default();
    let of = match word.to_ascii_lowercase().as_str() {
        "header" => GivenFor::Header,
        "body" => GivenFor::Body,
        "button" => GivenFor::Button {
            index: component.index.and_then(|index| index.trim().parse().ok()),
            sub_type: component.sub_type.unwrap_or_default().to_ascii_lowercase(),
        },
        _ => GivenFor::Other { word },
    };
    Given {
        of,
        parameters: component.parameters.iter().map(parameter).collect(),
    }
}

fn parameter(value: &Value) -> Parameter {
    let given: wire::Parameter = element(value);
    let word = given.kind.clone().unwrap_or_default().to_ascii_lowercase();
    let name = given.parameter_name.clone().filter(|name| !name.is_empty());
    match word.as_str() {
        "text" => Parameter::Text {
            name,
            text: given.text.unwrap_or_default(),
        },
        "currency" => {
            let currency = given.currency.unwrap_or_default();
            #[allow(clippy::cast_possible_truncation)]
            let amount_1000 = currency.amount_1000.unwrap_or_default().round() as i64;
            Parameter::Currency {
                name,
                fallback: currency.fallback_value.unwrap_or_default(),
                code: currency.code.unwrap_or_default(),
                amount_1000,
            }
        }
        "date_time" => Parameter::DateTime {
            name,
            fallback: given
                .date_time
                .and_then(|time| time.fallback_value)
                .unwrap_or_default(),
        },
        "location" => {
            let place = given.location.unwrap_or_default();
            Parameter::Location {
                latitude: place.latitude,
                longitude: place.longitude,
                name: place.name,
                address: place.address,
            }
        }
        "payload" => Parameter::Payload {
            payload: given.payload.unwrap_or_default(),
        },
        "coupon_code" => Parameter::CouponCode {
            code: given.coupon_code.unwrap_or_default(),
        },
        "action" => Parameter::Action {
            action: given.action.unwrap_or_default(),
        },
        _ => file(given, word),
    }
}

fn file(given: wire::Parameter, word: String) -> Parameter {
    let (media, file) = match Media::of(&word) {
        Some(Media::Image) => (Media::Image, given.image),
        Some(Media::Video) => (Media::Video, given.video),
        Some(Media::Document) => (Media::Document, given.document),
        Some(Media::Gif) => (Media::Gif, given.gif),
        None => return Parameter::Other { word },
    };
    let file = file.unwrap_or_default();
    let plain = |text: Option<String>| text.map(|text| text.trim().to_owned());
    Parameter::Media {
        media,
        id: plain(file.id),
        link: plain(file.link),
        // WhatsApp takes names of documents only
        filename: plain(file.filename).filter(|_| media == Media::Document),
    }
}
