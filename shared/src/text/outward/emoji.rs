//! Emoji by their short names. Rocket.Chat's are EmojiOne's (4.5), in newer releases Emojibase's
//! (its pull request 39411); the crate `emojis` knows GitHub's. `emoji_names.txt` holds the names that those two have and
//! GitHub has not, an emoji and its names a line; where they differ, EmojiOne's meaning counts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use emojis::SkinTone;

static NAMES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("emoji_names.txt").lines();
    let names = lines.filter_map(|line| line.split_once(' '));
    let named = names.flat_map(|(emoji, names)| names.split(' ').map(move |name| (name, emoji)));
    named.collect()
});

/// Endings of names that choose a skin tone: EmojiOne's long and short ones.
const TONES: [(&str, &str, SkinTone, &str); 5] = [
    ("_tone1", "_light_skin_tone", SkinTone::Light, "🏻"),
    (
        "_tone2",
        "_medium_light_skin_tone",
        SkinTone::MediumLight,
        "🏼",
    ),
    ("_tone3", "_medium_skin_tone", SkinTone::Medium, "🏽"),
    (
        "_tone4",
        "_medium_dark_skin_tone",
        SkinTone::MediumDark,
        "🏾",
    ),
    ("_tone5", "_dark_skin_tone", SkinTone::Dark, "🏿"),
];

/// The emoji whose name stands between colons at the beginning of `text`, with the length of all
/// that in bytes.
pub(super) fn in_colons(text: &str) -> Option<(usize, String)> {
    const LONGEST_NAME: usize = 80;
    let name = text.strip_prefix(':')?;
    let of_a_name = |c: &char| c.is_ascii_alphanumeric() || "_+-.".contains(*c);
    let length = name
        .chars()
        .take(LONGEST_NAME)
        .take_while(of_a_name)
        .count();
    if length == 0 || !name[length..].starts_with(':') {
        return None;
    }
    let emoji = of_name(&name[..length].to_ascii_lowercase())?;
    Some((length + 2, emoji))
}

fn of_name(name: &str) -> Option<String> {
    plain(name)
        .map(str::to_owned)
        .or_else(|| of_letters(name))
        .or_else(|| toned(name))
}

fn plain(name: &str) -> Option<&'static str> {
    let ours = NAMES.get(name).copied();
    ours.or_else(|| emojis::get_by_shortcode(name).map(|emoji| emoji.as_str()))
}

/// `flag_br` and EmojiOne's `br`, where there is such a flag; `regional_indicator_b`.
fn of_letters(name: &str) -> Option<String> {
    let indicator = |c: char| char::from_u32(u32::from('🇦') + u32::from(c) - u32::from('a'));
    let letters = |name: &str| {
        let small = name.chars().all(|c| c.is_ascii_lowercase());
        small.then(|| name.chars().filter_map(indicator).collect::<String>())
    };
    if let Some(letter) = name.strip_prefix("regional_indicator_") {
        return letters(letter).filter(|_| letter.len() == 1);
    }
    let flag = letters(name.strip_prefix("flag_").unwrap_or(name))?;
    emojis::get(&flag).map(|flag| flag.as_str().to_owned())
}

/// `thumbsup_tone3`, and the tone alone (`tone3`).
fn toned(name: &str) -> Option<String> {
    if let Some(tone) = TONES.iter().find(|tone| &tone.0[1..] == name) {
        return Some(tone.3.to_owned());
    }
    // the longer one first: `_medium_light_skin_tone` ends as `_light_skin_tone` does
    let bare = |ending: &str| name.strip_suffix(ending).and_then(plain);
    let by_ending = |(short, long, tone, _): &(&str, &str, SkinTone, &str)| {
        let emoji = emojis::get(bare(short).or_else(|| bare(long))?)?;
        emoji.with_skin_tone(*tone)
    };
    let toned = TONES.iter().find_map(by_ending)?;
    Some(toned.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_written_once_and_means_an_emoji() {
        let names: Vec<&str> = include_str!("emoji_names.txt")
            .lines()
            .flat_map(|line| line.split(' ').skip(1))
            .collect();
        assert_eq!(names.len(), NAMES.len());
        for (name, emoji) in NAMES.iter() {
            let known = emojis::get(emoji).map(|emoji| emoji.as_str());
            let component = emoji.chars().count() == 1 && ("🦰"..="🦳").contains(emoji);
            assert!(
                known == Some(emoji) || component,
                "{name} {emoji} {known:?}"
            );
            assert_eq!(in_colons(&format!(":{name}:")).unwrap().1, *emoji);
        }
    }

    #[test]
    fn names_of_every_kind_are_known() {
        for (name, emoji) in [
            ("smile", "😄"),
            ("Smile", "😄"),
            ("slight_smile", "🙂"),
            ("+1", "👍"),
            ("thumbup", "👍"),
            ("thumbsup_tone3", "👍🏽"),
            ("person_shrugging_tone1", "🤷🏻"),
            ("woman_facepalming_medium_light_skin_tone", "🤦🏼‍♀️"),
            ("man_bald_light_skin_tone", "👨🏻‍🦲"),
            ("tone5", "🏿"),
            ("flag_br", "🇧🇷"),
            ("br", "🇧🇷"),
            ("flag_white", "🏳️"),
            ("regional_indicator_b", "🇧"),
            ("city_sunset", "🌇"),
            ("rolling_eyes", "🙄"),
            ("heart", "❤️"),
            ("100", "💯"),
        ] {
            let typed = format!(":{name}: and more");
            let found = in_colons(&typed);
            assert_eq!(found, Some((name.len() + 2, emoji.to_owned())), "{name}");
        }
        for typed in [
            ":nobody:",
            ":flag_zq:",
            ":zq:",
            "::",
            ":smile",
            ":a b:",
            ":heart_tone3:",
            ":é:",
        ] {
            assert_eq!(in_colons(typed), None, "{typed}");
        }
    }
}
