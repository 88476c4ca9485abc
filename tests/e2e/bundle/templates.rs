//! As many templates as an account may have (6,000; reference: 360dialog, §1.8): read within the
//! function's memory and time.

use std::time::{Duration, Instant};

use bridge_e2e::run;
use serde_json::json;

/// `WorkerMemory` of `template.yaml`.
const MEMORY_MB: u64 = 256;
/// The function's time-out.
const TIME: Duration = Duration::from_secs(150);
const ALL: usize = 6_000;

#[test]
fn six_thousand_templates_are_read_within_memory_and_time() {
    run(async |stack| {
        let words = "Your order is on its way and will be with you soon. ".repeat(12);
        let all: Vec<_> = (0..ALL)
            .map(|n| {
                json!({
                "name": format!("notice_{n:04}"), "language": "en_US", "category": "UTILITY",
                "components": [
                    { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}",
                      "example": { "header_text": ["A-17"] } },
                    { "type": "BODY", "text": format!("Hi {{{{1}}}}. {words}"),
                      "example": { "body_text": [["Ana"]] } },
                    { "type": "FOOTER", "text": "Thank you" },
                    { "type": "BUTTONS", "buttons": [
                        { "type": "QUICK_REPLY", "text": "All right" },
                        { "type": "URL", "text": "Track", "url": "https://shop.example/{{1}}",
                          "example": ["https://shop.example/1"] }] }] })
            })
            .collect();
        stack.whatsapp.add_templates(&all);
        let due = json!({
            "TableName": "bridge360",
            "Key": { "pk": { "S": "SYNC" }, "sk": { "S": stack.connection } },
            "UpdateExpression": "ADD asked :one",
            "ExpressionAttributeValues": { ":one": { "N": "1" } },
        });
        let target = "DynamoDB_20120810.UpdateItem";
        stack.cloud.call(target, &due).await;
        let refresh = stack.of("template-refresh");
        let tick = json!({ "source": "aws.events", "detail-type": "Scheduled Event" });
        let began = Instant::now();
        refresh.invoke(&tick).await.response();
        let took = began.elapsed();
        let peak = refresh.pid().and_then(peak_mb).expect("a running process");
        let (status, list) = stack
            .api("GET", "/v1/templates?search=notice&limit=1", None)
            .await;
        assert_eq!(status, 200);
        assert_eq!(list["total"], ALL, "{}", list["syncs"]);
        stack.cloud.call(target, &due).await;
        let began = Instant::now();
        refresh.invoke(&tick).await.response();
        let again = began.elapsed();
        let figures = format!(
            "{ALL} templates: {took:.1?} to read and write, {again:.1?} where nothing has changed, \
             {peak} MB at most"
        );
        assert!(
            peak < MEMORY_MB && took < TIME / 3 && again < TIME / 3,
            "{figures}"
        );
        // shown by `cargo test -p bridge-e2e six_thousand -- --nocapture`
        #[allow(clippy::print_stderr)]
        {
            eprintln!("{figures}");
        }
    });
}

/// The most memory that a process ever had.
fn peak_mb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kb: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024)
}
