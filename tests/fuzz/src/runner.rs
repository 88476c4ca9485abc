//! The runner on stable: the same seed gives the same inputs on every machine.

use std::any::Any;
use std::fmt;
use std::panic::catch_unwind;
use std::path::PathBuf;

use bridge::domain::hash::sha256_hex;
use rand::SeedableRng;

use crate::mutate::{Dice, mutated};
use crate::{Target, here};

/// An input for which a promise did not hold.
#[derive(Debug)]
pub struct Failure {
    /// Which input it was: a seed input, or which run of which seed.
    pub which: String,
    /// What the check said.
    pub said: String,
    /// Where the input was kept.
    pub kept: PathBuf,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { which, said, kept } = self;
        write!(f, "{which}, kept as {}: {said}", kept.display())
    }
}

/// Checks every seed input as it is, then `runs` inputs made of them. Stops at the first failure.
pub fn run(target: &Target, seed: u64, runs: u64) -> Result<(), Failure> {
    let seeds = (target.seeds)();
    for (n, input) in seeds.iter().enumerate() {
        attempt(target, input).map_err(|said| {
            let which = format!("seed input {n}");
            failure(target, input, which, said)
        })?;
    }
    for run in 0..runs {
        let input = mutated(&seeds, &mut dice(seed, run));
        attempt(target, &input).map_err(|said| {
            let which = format!("run {run} of seed {seed}");
            failure(target, &input, which, said)
        })?;
    }
    Ok(())
}

/// Runs a target on one input; gives what it said where a promise does not hold.
pub fn attempt(target: &Target, input: &[u8]) -> Result<(), String> {
    let check = target.check;
    catch_unwind(|| check(input)).map_err(|panic| words(panic.as_ref()))
}

/// Each run has dice of its own, so that it is the same whatever ran before.
fn dice(seed: u64, run: u64) -> Dice {
    Dice::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(run))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    // a message of megabytes inside an assertion is of no use
    text.unwrap_or("a panic without words")
        .chars()
        .take(2_000)
        .collect()
}

fn failure(target: &Target, input: &[u8], which: String, said: String) -> Failure {
    let hash: String = sha256_hex(input).chars().take(12).collect();
    let folder = here().join("../../target/fuzz");
    std::fs::create_dir_all(&folder).expect("a folder for the input");
    let kept = folder.join(format!("{}-{hash}", target.name));
    std::fs::write(&kept, input).expect("the input is kept");
    Failure { which, said, kept }
}
