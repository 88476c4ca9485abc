//! Who may know whom: `functions → flows → neighbours, store, queue → domain`.

use super::assert_none;
use super::source::{Source, production};

const NEIGHBOURS: [&str; 4] = ["whatsapp", "rocketchat", "callback", "agent"];

/// The modules that a module of `shared` may name beside itself.
fn may_use(module: &str) -> Option<&'static [&'static str]> {
    Some(match module {
        // pure words and rules
        "domain" | "text" | "http" => &[],
        // Leaves stand below everything that works. They may name each other and the domain's
        // words: `config` gives a `GroupKey`, a `Failure` carries the catalogue's key of the
        // sentence that the agent reads, `telemetry` asks `config` for its level.
        "config" => &["domain"],
        "gate" => &["domain"],
        "mutant" => &[],
        "error" => &["text"],
        "telemetry" => &["config"],
        "secrets" | "files" => &["domain", "http"],
        // neighbours meet in `flows`, never each other; their errors name the agent's sentence
        "whatsapp" | "rocketchat" | "callback" | "agent" => {
            &["domain", "gate", "http", "secrets", "text"]
        }
        "store" => &["domain"],
        // a batch is made of `Outcome`s and `Failure`s
        "queue" => &["domain", "error"],
        "media" => &[
            "domain",
            "error",
            "files",
            "http",
            "secrets",
            "whatsapp",
            "rocketchat",
        ],
        // `app` wires everything that a flow needs, and knows no flow
        "app" => &[
            "agent",
            "callback",
            "config",
            "domain",
            "error",
            "files",
            "gate",
            "http",
            "media",
            "queue",
            "rocketchat",
            "secrets",
            "store",
            "whatsapp",
        ],
        // the stories; among them the `From` that turns a neighbour's error into a `Failure`,
        // so that `error` needs to know no neighbour
        "flows" => &[
            "agent",
            "app",
            "callback",
            "domain",
            "error",
            "files",
            "media",
            "queue",
            "rocketchat",
            "secrets",
            "store",
            "text",
            "whatsapp",
        ],
        _ => return None,
    })
}

fn shared() -> Vec<Source> {
    production(&["shared/src"])
}

/// Our own side of the wire: everything that is shipped.
fn shipped() -> Vec<Source> {
    let mut sources = production(&["shared/src", "functions"]);
    sources.retain(|source| source.path.contains("/src/"));
    sources
}

fn listing(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{line} names {what}", source.path)
}

/// Every path of `sources` that `wrong` holds against its file.
fn named(sources: &[Source], wrong: impl Fn(&Source, &[String]) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        for path in source.paths() {
            if wrong(source, &path.segments) {
                findings.push(listing(source, path.line, &path.segments.join("::")));
            }
        }
    }
    findings
}

/// Every identifier and text of `sources` that `wrong` holds against its file.
fn spelled(sources: &[Source], wrong: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let words = source
            .code
            .iter()
            .map(|word| (word.text.clone(), word.line));
        for (text, line) in words.chain(source.strings()) {
            if !text.starts_with('"') && wrong(source, &text) {
                findings.push(listing(source, line, &text));
            }
        }
    }
    findings
}

/// Whether `module` of `shared` names `other` although no arrow leads there.
fn against_the_arrows(source: &Source, path: &[String]) -> bool {
    let module = source.module();
    let (Some(from), [root, to, ..]) = (module.first(), path) else {
        return false;
    };
    let allowed = may_use(from).unwrap_or_else(|| panic!("{from}: where do its arrows lead?"));
    // `crate::error::…` and the like; a lower-case word after `crate` is a module. A broken variant
    // may be anywhere; shipped binaries hold none
    root == "crate" && to != from && to != "mutant" && !allowed.contains(&to.as_str())
}

#[test]
fn modules_name_only_what_their_arrows_lead_to() {
    let findings = named(&shared(), against_the_arrows);
    assert_none("against the arrows", findings);
}

#[test]
fn domain_names_nothing_of_ours() {
    let mut sources = shared();
    sources.retain(|source| source.module().first() == Some(&"domain"));
    let outside =
        |_: &Source, path: &[String]| path[0] == "crate" && path.len() > 1 && path[1] != "domain";
    assert_none("the domain looks outside", named(&sources, outside));
}

#[test]
fn neighbours_never_import_each_other_nor_what_stands_above_them() {
    let mut sources = shared();
    sources.retain(|source| NEIGHBOURS.contains(source.module().first().unwrap_or(&"")));
    assert!(sources.len() >= 8, "two neighbours of at least four files");
    let others = |source: &Source, path: &[String]| {
        let [root, to, ..] = path else { return false };
        let above = ["store", "queue", "flows", "app"].contains(&to.as_str());
        let sibling = NEIGHBOURS.contains(&to.as_str()) && source.module()[0] != to;
        root == "crate" && (above || sibling)
    };
    assert_none("a neighbour knows too much", named(&sources, others));
}

#[test]
fn wire_types_stay_with_their_neighbour() {
    let mut sources = shipped();
    sources.retain(|source| !NEIGHBOURS.contains(source.module().first().unwrap_or(&"")));
    let wire = |_: &Source, path: &[String]| path.iter().any(|segment| segment == "wire");
    assert_none("wire types outside", named(&sources, wire));
}

#[test]
fn only_functions_and_queue_see_lambda() {
    let mut sources = shared();
    sources.retain(|source| source.module().first() != Some(&"queue"));
    let lambda = |_: &Source, path: &[String]| {
        path[0].starts_with("lambda_") || path[0] == "aws_lambda_events"
    };
    assert_none("Lambda's types", named(&sources, lambda));
}

#[test]
fn each_aws_client_belongs_to_one_module() {
    let owner = |sdk: &str| match sdk {
        "aws_sdk_dynamodb" => Some("store"),
        "aws_sdk_sqs" => Some("queue"),
        "aws_sdk_ssm" => Some("secrets"),
        _ => None,
    };
    let strange = |source: &Source, path: &[String]| {
        let module = *source.module().first().unwrap_or(&"");
        owner(&path[0]).is_some_and(|owner| module != owner && module != "app")
    };
    assert_none("another's client", named(&shared(), strange));
}

#[test]
fn keys_are_spelled_in_one_file() {
    let sources = shipped();
    let (keys, others): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.path == "shared/src/store/keys.rs");
    let texts = keys[0].strings().into_iter().map(|(text, _)| text);
    let heads: Vec<String> = texts
        .filter_map(|text| Some(format!("{}#", text.split_once('#')?.0)))
        .filter(|head| head.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    for known in ["C#", "M#", "W#", "HELD#", "UNIQUE#"] {
        assert!(heads.iter().any(|head| head == known), "{known}: {heads:?}");
    }
    let key = |_: &Source, text: &str| heads.iter().any(|head| text.starts_with(head.as_str()));
    assert_none("keys outside of keys.rs", spelled(&others, key));
}

#[test]
fn only_store_names_the_key_attributes() {
    let mut sources = shipped();
    sources.retain(|source| source.module().first() != Some(&"store"));
    let attribute = |_: &Source, text: &str| {
        ["pk", "sk"].contains(&text) || text.starts_with("pk =") || text.contains("(sk,")
    };
    assert_none("pk and sk outside of store", spelled(&sources, attribute));
}

#[test]
fn metas_json_is_named_in_one_module() {
    const WORDS: [&str; 9] = [
        "messaging_product",
        "biz_opaque_callback_data",
        "whatsapp_business_account",
        "display_phone_number",
        "phone_number_id",
        "recipient_type",
        "error_data",
        "fbtrace_id",
        "preview_url",
    ];
    let (neighbour, others): (Vec<_>, Vec<_>) = shipped()
        .into_iter()
        .partition(|source| source.path.starts_with("shared/src/whatsapp/"));
    let word = |_: &Source, text: &str| WORDS.contains(&text);
    assert!(
        spelled(&neighbour, word).len() >= 3,
        "the words are out of date"
    );
    assert_none("Meta's words outside of whatsapp", spelled(&others, word));
}

#[test]
fn rocketchats_routes_and_headers_are_named_in_one_module() {
    let word = |_: &Source, text: &str| {
        let lower = text.to_ascii_lowercase();
        ["x-auth-token", "x-user-id", "x-rocketchat-livechat-token"].contains(&lower.as_str())
            || lower.contains("api/v1/")
            || lower.starts_with("livechat/")
    };
    let (neighbour, others): (Vec<_>, Vec<_>) = shipped()
        .into_iter()
        .partition(|source| source.path.starts_with("shared/src/rocketchat/"));
    assert!(
        spelled(&neighbour, word).len() >= 3,
        "the words are out of date"
    );
    assert_none("Rocket.Chat's routes outside", spelled(&others, word));
}

/// Simulators that shared code with what they test would share its mistakes.
#[test]
fn simulators_know_nothing_of_the_bridge() {
    let ours = |_: &Source, path: &[String]| path[0] == "bridge";
    assert_none(
        "the bridge inside the simulators",
        named(&production(&["infra/simulators"]), ours),
    );
}
