//! Template definitions as 360dialog lists them, with sends that fit and sends that do not: every
//! fault is named. (reference: 360dialog, §1.3, §1.8, §4)

use bridge::domain::template::{
    Fault, FaultKind, Filled, Place, Template, check, read, same_language,
};
use bridge::domain::time::Timestamp;
use bridge::whatsapp::parse::template::{parse_definition, parse_send, parse_template};
use bridge::whatsapp::render::render_template;
use serde_json::{Value, json};

fn cases() -> Vec<Value> {
    let text = include_str!("../../fixtures/templates.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn sends_that_fit_are_filled_and_read_as_they_should() {
    let mut sends = 0;
    for case in cases() {
        let template = parse_template(&case["definition"], Timestamp::from_millis(0)).unwrap();
        let definition = parse_definition(&template);
        for good in case["good"].as_array().unwrap() {
            let send = parse_send(&good["send"]);
            assert_eq!(send.name, template.name, "{}", case["case"]);
            assert!(same_language(&send.language, &template.language));
            let filled = check(&template, &definition, &send.components);
            let filled = filled.unwrap_or_else(|faults| panic!("{}: {faults:#?}", case["case"]));
            assert_eq!(read(&definition, &filled), good["text"], "{}", case["case"]);
            // what goes out says the same again
            let rendered = render_template(&template.name, &template.language, &filled);
            let again = parse_send(&rendered);
            let again = check(&template, &definition, &again.components).unwrap();
            assert_eq!(again, filled, "{}", case["case"]);
            sends += 1;
        }
    }
    assert!(sends >= 150, "{sends}");
}

/// `bad_value` of `BadValue`, as the corpus writes it.
fn word(kind: FaultKind) -> String {
    let mut word = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

#[test]
fn every_fault_of_a_send_is_named() {
    let mut faults = 0;
    let cases = cases();
    assert!(cases.len() >= 100);
    for case in &cases {
        let template = parse_template(&case["definition"], Timestamp::from_millis(0)).unwrap();
        let definition = parse_definition(&template);
        for bad in case["bad"].as_array().unwrap() {
            let send = parse_send(&bad["send"]);
            let found = check(&template, &definition, &send.components).unwrap_err();
            let expected = bad["faults"].as_array().unwrap();
            let mut left: Vec<_> = found.iter().collect();
            for fault in expected {
                let place = left.iter().position(|seen| {
                    let parameter = fault["parameter"].as_str();
                    seen.place.to_string() == fault["place"]
                        && word(seen.kind) == fault["fault"]
                        && parameter.is_none_or(|name| seen.parameter.as_deref() == Some(name))
                });
                let why = format!(
                    "{} ({}): {fault} not in {found:#?}",
                    case["case"], bad["why"]
                );
                left.remove(place.expect(&why));
                faults += 1;
            }
            assert!(
                left.is_empty(),
                "{} ({}): {left:#?}",
                case["case"],
                bad["why"]
            );
        }
    }
    assert!(faults >= 400, "{faults}");
}

#[test]
fn a_fault_says_where_and_what_was_expected() {
    let case = &cases()[0];
    let template = parse_template(&case["definition"], Timestamp::from_millis(0)).unwrap();
    let gone = Template {
        gone_at: Some(Timestamp::from_millis(1)),
        ..template
    };
    let faults = check(&gone, &parse_definition(&gone), &[]).unwrap_err();
    assert_eq!(
        (faults[0].place, faults[0].kind),
        (Place::Template, FaultKind::NotApproved)
    );
    let sentence = faults[0].to_string();
    assert_eq!(
        sentence,
        "template cannot be sent (it is not in the account any more)"
    );
}

fn template_of(definition: &Value) -> Template {
    parse_template(definition, Timestamp::from_millis(0)).unwrap()
}

/// A definition with these components.
fn with(components: Value) -> Template {
    template_of(
        &json!({ "name": "t", "language": "en", "category": "UTILITY",
        "status": "APPROVED", "components": components }),
    )
}

fn checked(template: &Template, send: &Value) -> Result<Filled, Vec<Fault>> {
    let definition = parse_definition(template);
    check(template, &definition, &parse_send(send).components)
}

#[test]
fn named_variables_are_seen_also_where_nothing_says_that_they_have_names() {
    let mut seen = 0;
    for case in cases() {
        let mut definition = case["definition"].clone();
        let format = definition["parameter_format"].as_str().unwrap_or_default();
        if !format.eq_ignore_ascii_case("named") || case["good"][0].is_null() {
            continue;
        }
        definition
            .as_object_mut()
            .unwrap()
            .remove("parameter_format");
        let template = template_of(&definition);
        // one without variables in its text has no names to be seen
        if definition["components"].to_string().contains("{{") {
            assert!(template.named, "{}", case["case"]);
            let good = &case["good"][0];
            let filled = checked(&template, &good["send"]).unwrap();
            assert_eq!(read(&parse_definition(&template), &filled), good["text"]);
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}

#[test]
fn the_button_of_a_form_is_named_in_every_send() {
    let template = with(json!([
        { "type": "BODY", "text": "Tell us." },
        { "type": "BUTTONS", "buttons": [{ "type": "FLOW", "text": "Open" }] },
    ]));
    let filled = checked(&template, &json!({})).unwrap();
    let rendered = render_template("t", "en", &filled);
    let button = json!({ "type": "button", "sub_type": "flow", "index": "0" });
    assert_eq!(rendered["components"], json!([button]));
    for action in [json!(null), json!("x"), json!([])] {
        let mut bad = button.clone();
        bad["parameters"] = json!([{ "type": "action", "action": action }]);
        let faults = checked(&template, &json!({ "components": [bad] })).unwrap_err();
        assert_eq!(faults[0].kind, FaultKind::BadValue);
    }
}

#[test]
fn what_whatsapp_would_refuse_or_customers_misread_does_not_pass() {
    let template = with(json!([
        { "type": "BODY", "text": "Pay {{1}} now." },
        { "type": "BUTTONS", "buttons": [
            { "type": "URL", "text": "Go", "url": "https://x.example/{{1}}" }] },
    ]));
    let send = |parameter: Value, end: &str| {
        let button = json!({ "type": "button", "sub_type": "url", "index": 0,
            "parameters": [{ "type": "text", "text": end }] });
        let body = json!({ "type": "body", "parameters": [parameter] });
        checked(&template, &json!({ "components": [body, button] }))
    };
    let money = |code: &str| {
        json!({ "type": "currency", "currency": {
            "fallback_value": "5 €", "code": code, "amount_1000": 5000 } })
    };
    assert!(send(money("EUR"), "a").is_ok());
    assert_eq!(
        send(money(""), "a").unwrap_err()[0].kind,
        FaultKind::BadValue
    );
    let whole = send(money("EUR"), "https://x.example/a").unwrap_err();
    assert_eq!(
        (whole[0].place, whole[0].kind),
        (Place::Button(0), FaultKind::BadValue)
    );
}

#[test]
fn odd_definitions_do_no_harm() {
    // characters of several bytes in a variable's name
    let wide = format!("https://x.example/{{{{{}}}}}", "界".repeat(100));
    let template = with(json!([
        { "type": "BODY", "text": "a {{ b {{1}} }} c" },
        { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Go", "url": wide }] },
    ]));
    let send = json!({ "components": [
        { "type": "body", "parameters": [{ "type": "text", "text": "x" }] },
        { "type": "button", "sub_type": "url", "index": 0,
          "parameters": [{ "type": "text", "text": "y" }] }] });
    let definition = parse_definition(&template);
    if let Ok(filled) = checked(&template, &send) {
        assert!(read(&definition, &filled).starts_with("a {{ b x }} c"));
    }
    // without a text it is no template that we could send
    assert!(checked(&with(json!([])), &json!({})).is_err());
    for (name, language) in [
        ("a#b", "en"),
        ("a", "e#n"),
        ("", "en"),
        ("a", ""),
        (&*"a".repeat(513), "en"),
    ] {
        let listed = json!({ "name": name, "language": language, "components": [] });
        assert_eq!(
            parse_template(&listed, Timestamp::from_millis(0)),
            None,
            "{name} {language}"
        );
    }
    let large = json!({ "name": "a", "language": "en",
        "components": [{ "type": "BODY", "text": "x".repeat(360 * 1024) }] });
    assert_eq!(parse_template(&large, Timestamp::from_millis(0)), None);
    assert_eq!(
        template_of(&json!({ "name": " a ", "language": " en " })).name,
        "a"
    );
}
