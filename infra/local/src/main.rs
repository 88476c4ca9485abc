//! `bridge360`: the whole bundle on one machine, in one process.
//!
//! Every function runs as it does in Lambda, over embedded DynamoDB, SQS and SSM kept in one file;
//! 360dialog and Rocket.Chat are simulated on the same listener unless real ones are named.

#![forbid(unsafe_code)]

mod bundle;
mod embedded;
mod keys;
mod options;
mod page;
mod server;
mod simulators;
mod start;
mod workers;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::task::LocalSet;

use crate::options::Options;
use crate::start::StartError;

fn main() -> ExitCode {
    let plan = match Options::parse().plan() {
        Ok(plan) => plan,
        Err(unusable) => {
            eprintln!("bridge360: {unusable}");
            return ExitCode::from(2);
        }
    };
    bridge::telemetry::start_at("warn");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = LocalSet::new().block_on(&runtime, start::run(plan));
            // nothing that still runs may keep the program from ending
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(StartError::System(error)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bridge360: {error}");
            ExitCode::FAILURE
        }
    }
}
