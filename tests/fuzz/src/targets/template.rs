//! Template definitions of the account, and what people want to send of them.

use bridge::domain::template::{check, read};
use bridge::whatsapp::parse::template::{parse_definition, parse_send, parse_template};
use bridge::whatsapp::render::render_template;
use serde_json::{Value, json};

use super::RECEIVED_AT;
use crate::cutting::assert_reads_back;
use crate::{Target, fixtures};

/// See the module. An input is `{"definition": …, "send": …}`.
pub const TARGET: Target = Target {
    name: "template",
    seeds,
    check: assert_checked,
};

/// Every definition of the corpus with one of its sends.
fn seeds() -> Vec<Vec<u8>> {
    let cases: Vec<Value> = fixtures(".")
        .iter()
        .filter_map(|file| serde_json::from_slice::<Vec<Value>>(file).ok())
        .flatten()
        .collect();
    let seed = |case: &Value| {
        let sends = [&case["good"][0]["send"], &case["bad"][0]["send"]];
        let send = sends.into_iter().find(|send| send.is_object())?;
        let input = json!({ "definition": case["definition"], "send": send });
        Some(input.to_string().into_bytes())
    };
    cases.iter().filter_map(seed).collect()
}

/// What is found to fit is rendered, means the same when it is read again, and leaves no variable
/// of the text unfilled; what does not is refused with reasons.
fn assert_checked(input: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let Some(template) = parse_template(&input["definition"], RECEIVED_AT) else {
        return;
    };
    assert_reads_back(&template);
    let definition = parse_definition(&template);
    let send = parse_send(&input["send"]);
    assert_reads_back(&send);
    match check(&template, &definition, &send.components) {
        Ok(filled) => {
            assert!(template.is_approved() && definition.unsupported.is_empty());
            let rendered = render_template(&template.name, &template.language, &filled);
            let again = parse_send(&rendered);
            let again = check(&template, &definition, &again.components);
            assert_eq!(again.as_ref(), Ok(&filled), "{rendered}");
            let _ = read(&definition, &filled);
        }
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in faults {
                assert!(fault.to_string().len() > 8, "{fault:?}");
            }
        }
    }
}
