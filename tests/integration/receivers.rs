//! The receivers of `infra/README.md`: each example verifies a callback as it is signed, and nothing
//! else. An example whose interpreter is not installed is left out.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bridge::callback::{Overlap, SigningSecrets};
use bridge::domain::time::{Timestamp, hours};

/// A callback as it arrives.
struct Call {
    secret: String,
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

/// What a receiver says to each: genuine, signed with two secrets, another body, another secret.
fn calls() -> [(Call, bool); 4] {
    let now = Timestamp::now();
    let secrets = SigningSecrets::new("0123456789012345678901234567", now);
    let body = r#"{"message":"Olá, \u201cAna\u201d","MessageStatus":"sent"}"#;
    let call = |secrets: &SigningSecrets| Call {
        secret: secrets.active.clone(),
        id: "msg_0123456789abcdefghijkl".to_owned(),
        timestamp: now.seconds().to_string(),
        signature: secrets
            .header("msg_0123456789abcdefghijkl", body.as_bytes(), now)
            .unwrap(),
        body: body.to_owned(),
    };
    let mut rotated = SigningSecrets::new("9876543210987654321098765432", now);
    rotated.previous = vec![Overlap {
        secret: secrets.active.clone(),
        until: now.plus(hours(1)),
    }];
    let mut old_receiver = call(&rotated);
    old_receiver.secret.clone_from(&secrets.active);
    let mut other_body = call(&secrets);
    other_body.body.push(' ');
    let mut other_secret = call(&secrets);
    other_secret.secret = rotated.active;
    [
        (call(&secrets), true),
        (old_receiver, true),
        (other_body, false),
        (other_secret, false),
    ]
}

/// The example in this language.
fn example(language: &str) -> String {
    let infra = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra");
    let text = std::fs::read_to_string(infra.join("README.md")).unwrap();
    let (_, section) = text.split_once("### Verify a callback").unwrap();
    let (_, example) = section.split_once(&format!("```{language}\n")).unwrap();
    example.split_once("```").unwrap().0.to_owned()
}

/// Runs a program that reads the body and prints `genuine` or `forged`; `None` without interpreter.
fn says(interpreter: [&str; 2], program: &str, call: &Call) -> Option<String> {
    let mut command = Command::new(interpreter[0]);
    command.args([interpreter[1], program]);
    for (name, value) in [
        ("SECRET", &call.secret),
        ("ID", &call.id),
        ("TIMESTAMP", &call.timestamp),
        ("SIGNATURE", &call.signature),
    ] {
        command.env(name, value);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().ok()?;
    running.stdin.take()?.write_all(call.body.as_bytes()).ok()?;
    let output = running.wait_with_output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn check(interpreter: [&str; 2], program: &str) {
    for (n, (call, genuine)) in calls().iter().enumerate() {
        let Some(said) = says(interpreter, program, call) else {
            println!("{} is not installed", interpreter[0]);
            return;
        };
        assert_eq!(
            said,
            if *genuine { "genuine" } else { "forged" },
            "call {n}"
        );
    }
}

#[test]
fn the_example_in_shell_verifies() {
    let folder = std::env::temp_dir().join(format!("bridge-receivers-{}", std::process::id()));
    let head = format!("mkdir -p {0}; cd {0}; cat > body.json\n", folder.display());
    let version = Command::new("openssl").arg("version").output();
    if version.is_ok() {
        check(["sh", "-c"], &(head + &example("sh")));
    }
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn the_example_in_python_verifies() {
    let call = "
import os, sys
headers = {'webhook-id': os.environ['ID'], 'webhook-timestamp': os.environ['TIMESTAMP'],
           'webhook-signature': os.environ['SIGNATURE']}
good = is_genuine(os.environ['SECRET'], headers, sys.stdin.buffer.read())
print('genuine' if good else 'forged')
";
    check(["python3", "-c"], &(example("python") + call));
}

#[test]
fn the_example_in_node_verifies() {
    let call = r#"
const env = process.env;
const headers = { "webhook-id": env.ID, "webhook-timestamp": env.TIMESTAMP, "webhook-signature": env.SIGNATURE };
const body = require("node:fs").readFileSync(0);
console.log(isGenuine(env.SECRET, headers, body) ? "genuine" : "forged");
"#;
    check(["node", "-e"], &(example("js") + call));
}
