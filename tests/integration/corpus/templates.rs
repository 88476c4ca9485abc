//! Template definitions as 360dialog lists them, with sends that fit and sends that do not: every
//! fault is named. (reference: 360dialog, §1.3, §1.8, §4)

use bridge::domain::template::{FaultKind, Place, check, read, same_language};
use bridge::domain::time::Timestamp;
use bridge::whatsapp::parse::template::{parse_definition, parse_send, parse_template};
use bridge::whatsapp::render::render_template;
use serde_json::Value;

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
                        && seen.kind.code() == fault["fault"]
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
    let gone = bridge::domain::template::Template {
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
