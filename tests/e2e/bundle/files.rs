//! Large files through the real binary: nothing of them is held, and nobody waits for them.

use std::fs;
use std::time::{Duration, Instant};

use bridge_e2e::{NUMBER, Options, Stack, eventually, run_with};
use bridge_simulators::whatsapp;
use serde_json::json;

use crate::{ANA, BEN, people, screen, settled};

/// The largest file that WhatsApp carries (bytes).
const LARGE: usize = 100_000_000;
const CLEO: &str = "16505559012";

fn options(bytes_per_second: usize, environments: usize) -> Options {
    Options {
        log_level: "info",
        environments,
        whatsapp: whatsapp::Options {
            media_bytes_per_second: bytes_per_second,
            ..Options::default().whatsapp
        },
        ..Options::default()
    }
}

/// A figure of a process, in kilobytes.
fn memory(pid: u32, figure: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with(figure))
        .unwrap();
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn sends_large(stack: &Stack, customer: &str) {
    let bytes = vec![7_u8; LARGE];
    let file = ("application/pdf", bytes.as_slice());
    let named = json!({ "filename": "large.pdf" });
    let whatsapp = &stack.whatsapp;
    whatsapp.sends_media(NUMBER, customer, "document", file, &named);
}

fn shown(stack: &Stack, phone: &str) -> Option<usize> {
    let rooms = stack.rocketchat.rooms_of_phone(phone).into_iter();
    let mut lines = rooms.flat_map(|room| stack.rocketchat.transcript(&room.id));
    lines.find_map(|line| Some(line.file?.size))
}

#[test]
fn a_hundred_megabytes_pass_in_less_than_forty_of_memory() {
    run_with(options(0, 1), async |stack: &Stack| {
        stack.flow();
        let (ana, _) = people(stack);
        stack.whatsapp.says(NUMBER, &ana, "canary: a file follows");
        eventually("the agent sees it", || screen(stack, ANA).pop()).await;
        settled(stack).await;
        let pid = stack.of("to-rocketchat").pid().unwrap();
        let before = memory(pid, "VmRSS");
        // from here on the peak counts anew
        fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
        let begun = Instant::now();
        sends_large(stack, &ana);
        let size = eventually("the file is there", || shown(stack, ANA)).await;
        let peak = memory(pid, "VmHWM");
        println!(
            "100 MB in {:.1} s: {before} kB before, {peak} kB at most",
            begun.elapsed().as_secs_f64()
        );
        assert_eq!(size, LARGE);
        assert!(peak <= 40_000, "{peak} kB, {before} kB before");
        settled(stack).await;
    });
}

#[test]
fn a_hundred_megabytes_of_an_agent_pass_in_less_than_forty_of_memory() {
    run_with(options(0, 1), async |stack: &Stack| {
        stack.flow();
        let (ana, _) = people(stack);
        stack.whatsapp.says(NUMBER, &ana, "canary: hello");
        eventually("the agent sees it", || screen(stack, ANA).pop()).await;
        let room = stack.rocketchat.rooms_of_phone(ANA)[0].id.clone();
        let agent = &stack.rocketchat;
        agent
            .agent_says(&room, "agent.one", "canary: a file follows")
            .unwrap();
        let arrived = |kind: &'static str| {
            let inbox = stack.whatsapp.inbox(&ana).into_iter();
            inbox.rev().find(|received| received.kind == kind)
        };
        eventually("the customer reads it", || arrived("text")).await;
        settled(stack).await;
        let pid = stack.of("to-whatsapp").pid().unwrap();
        let before = memory(pid, "VmRSS");
        fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
        let begun = Instant::now();
        let file = ("large.pdf", "application/pdf", vec![7_u8; LARGE]);
        let sent = agent.agent_uploads(&room, "agent.one", file.0, file.1, file.2, "canary: here");
        sent.unwrap();
        let received = eventually("the file is there", || arrived("document")).await;
        let peak = memory(pid, "VmHWM");
        println!(
            "100 MB of an agent in {:.1} s: {before} kB before, {peak} kB at most",
            begun.elapsed().as_secs_f64()
        );
        let id = received.body["document"]["id"].as_str().unwrap();
        let (_, bytes) = stack.whatsapp.file(id).unwrap();
        assert_eq!(bytes.len(), LARGE);
        assert!(peak <= 40_000, "{peak} kB, {before} kB before");
        settled(stack).await;
    });
}

#[test]
fn two_large_files_on_their_way_delay_nobody() {
    // 10 s each
    run_with(options(LARGE / 10, 3), async |stack: &Stack| {
        stack.flow();
        let (ana, ben) = people(stack);
        let cleo = stack.whatsapp.customer("Canary-Cleo", CLEO);
        for customer in [&ana, &ben, &cleo] {
            stack.whatsapp.says(NUMBER, customer, "canary: hello");
        }
        for phone in [ANA, BEN, CLEO] {
            eventually("the agent sees it", || screen(stack, phone).pop()).await;
        }
        settled(stack).await;
        sends_large(stack, &ana);
        sends_large(stack, &ben);
        let downloads = || {
            let held = stack.cloud.aws.sqs.messages("inbound.fifo");
            let taken = held.iter().filter(|held| held.receive_count > 0).count();
            (taken == 2).then_some(())
        };
        eventually("both are on their way", downloads).await;
        for text in ["canary: one", "canary: two", "canary: three"] {
            let begun = Instant::now();
            stack.whatsapp.says(NUMBER, &cleo, text);
            let said = || (screen(stack, CLEO).pop().as_deref() == Some(text)).then_some(());
            eventually("the agent sees it", said).await;
            let took = begun.elapsed();
            println!("beside two files: {} ms", took.as_millis());
            assert!(took <= Duration::from_secs(3), "{took:?}");
        }
        let on_their_way = shown(stack, ANA).is_none() && shown(stack, BEN).is_none();
        assert!(on_their_way, "the files were too fast to be in the way");
        for phone in [ANA, BEN] {
            let size = eventually("the file is there", || shown(stack, phone)).await;
            assert_eq!(size, LARGE);
        }
        settled(stack).await;
    });
}
