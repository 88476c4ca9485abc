//! Changes after which JSON is still JSON: what a vendor's next version, or an attacker who knows
//! the format, would send.

use rand::RngExt;
use serde_json::{Map, Value, json};

use super::{Dice, oddity, pick};

/// Strings that some parser takes for a number, and some that none should.
const NUMBERS: &[&str] = &[
    "NaN",
    "inf",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    " 7 ",
];

/// The body with one of its values changed; `None` where it is not JSON.
pub fn changed(input: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(input).ok()?;
    let mut at = dice.random_range(0..count(&body));
    change(nth(&mut body, &mut at)?, dice);
    Some(body.to_string().into_bytes())
}

fn count(value: &Value) -> usize {
    let inside: usize = match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    };
    1 + inside
}

/// The value at place `at`, counted from the outside; `at` counts down on the way.
fn nth<'a>(value: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, at)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, at)),
        _ => None,
    }
}

fn change(value: &mut Value, dice: &mut Dice) {
    let inside = dice.random_ratio(2, 3);
    match value {
        Value::Object(members) if inside && !members.is_empty() => change_object(members, dice),
        Value::Array(items) if inside && !items.is_empty() => change_list(items, dice),
        Value::String(text) if inside => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let places: Vec<usize> = ends.collect();
            text.insert_str(*pick(&places, dice), oddity(dice));
        }
        _ => *value = odd(dice),
    }
}

fn change_object(members: &mut Map<String, Value>, dice: &mut Dice) {
    let keys: Vec<String> = members.keys().cloned().collect();
    let (one, other) = (pick(&keys, dice), pick(&keys, dice));
    match dice.random_range(0..4_u8) {
        0 => {
            members.remove(one);
        }
        1 => {
            let (first, second) = (members[one].clone(), members[other].clone());
            members.insert(one.clone(), second);
            members.insert(other.clone(), first);
        }
        2 => {
            let copy = members[one].clone();
            members.insert(other.clone(), copy);
        }
        _ => {
            members.insert(one.clone(), odd(dice));
        }
    }
}

fn change_list(items: &mut Vec<Value>, dice: &mut Dice) {
    let at = dice.random_range(0..items.len());
    let other = dice.random_range(0..items.len());
    match dice.random_range(0..4_u8) {
        0 => {
            items.remove(at);
        }
        1 => items.swap(at, other),
        2 => {
            let copy = items[at].clone();
            items.insert(other, copy);
        }
        _ => items[at] = odd(dice),
    }
}

/// A value that nobody expects in any place.
fn odd(dice: &mut Dice) -> Value {
    match dice.random_range(0..12_u8) {
        0 => Value::Null,
        1 => json!(dice.random::<bool>()),
        2 => json!(u64::MAX),
        3 => json!(i64::MIN),
        4 => json!(1e300),
        5 => json!(""),
        6 => json!([]),
        7 => json!({}),
        8 => json!(*pick(NUMBERS, dice)),
        9 => json!(long(dice)),
        10 => nested(dice.random_range(2..140_u8)),
        _ => json!(oddity(dice)),
    }
}

/// Up to what no longer fits an entry of a queue.
fn long(dice: &mut Dice) -> String {
    let piece = pick(&["x", "1", "\u{FFFE}", "\u{301}", "👩\u{200D}"], dice);
    let length = *pick(&[100, 5_000, 210_000], dice);
    piece.repeat(length / piece.len())
}

/// Deeper than `serde_json` reads, now and then.
fn nested(depth: u8) -> Value {
    (0..depth).fold(Value::Null, |inside, _| Value::Array(vec![inside]))
}
