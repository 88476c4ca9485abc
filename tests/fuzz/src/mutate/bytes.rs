//! Changes that know nothing of what the bytes mean.

use rand::RngExt;

use super::{Dice, oddity, pick};

/// The input with a byte flipped or inserted, a piece taken out, repeated or odd, or continued
/// as another seed.
pub fn changed(mut input: Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let at = dice.random_range(0..=input.len());
    let end = input.len().min(at + dice.random_range(1..=64_usize));
    match dice.random_range(0..6_u8) {
        0 if at < input.len() => input[at] ^= 1_u8 << dice.random_range(0..8_u8),
        1 => {
            input.drain(at..end);
        }
        2 => {
            let piece = input[at..end].repeat(dice.random_range(1..=4_usize));
            insert(&mut input, at, &piece);
        }
        3 => {
            let other = pick(seeds, dice);
            let from = dice.random_range(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        4 => {
            let at = boundary(&input, at);
            insert(&mut input, at, oddity(dice).as_bytes());
        }
        _ => input.insert(at, dice.random()),
    }
    input
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let tail = input.split_off(at);
    input.extend_from_slice(piece);
    input.extend_from_slice(&tail);
}

/// The next place where no UTF-8 character is torn.
fn boundary(input: &[u8], at: usize) -> usize {
    let inside = input[at..].iter().take_while(|byte| **byte & 0xC0 == 0x80);
    at + inside.count()
}
