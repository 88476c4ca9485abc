//! Makes one input of another, as JSON where it is JSON, else as bytes.

mod bytes;
mod json;

use rand::RngExt;

use crate::hostile::ODDITIES;

/// Small, fast, and the same on every machine.
pub type Dice = rand_pcg::Pcg64;

/// No input grows beyond this: doors refuse more, and runs stay fast.
const LARGEST: usize = 4 * 1024 * 1024;

/// One of the seeds after one to four changes.
pub fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = pick(seeds, dice).clone();
    for _ in 0..dice.random_range(1..=4_u8) {
        input = changed(input, seeds, dice);
        input.truncate(LARGEST);
    }
    input
}

/// Bytes are changed less often than JSON: afterwards most bodies are JSON no more.
fn changed(input: Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    if dice.random_ratio(3, 4)
        && let Some(changed) = json::changed(&input, dice)
    {
        return changed;
    }
    bytes::changed(input, seeds, dice)
}

fn pick<'a, T>(list: &'a [T], dice: &mut Dice) -> &'a T {
    &list[dice.random_range(0..list.len())]
}

fn oddity(dice: &mut Dice) -> &'static str {
    ODDITIES[dice.random_range(0..ODDITIES.len())]
}
