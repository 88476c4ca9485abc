//! What a customer wishes with a single word: no marketing any more, or again.

/// A wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No marketing messages any more.
    Stop,
    /// Marketing messages again.
    Start,
}

/// Words that stop, in the languages of the settings (R24) and as carriers know them. Only a
/// message that is nothing but such a word counts: "stop by at nine" is a sentence.
const STOP: [&str; 35] = [
    "stop",
    "stop all",
    "stop promotions",
    "unsubscribe",
    "opt out",
    "optout",
    // pt-BR
    "parar",
    "pare",
    "sair",
    "descadastrar",
    "cancelar inscrição",
    // es
    "baja",
    "darme de baja",
    "no más",
    "detener",
    // de
    "stopp",
    "abmelden",
    "abbestellen",
    // fr
    "arrêt",
    "arret",
    "arrêter",
    "désabonner",
    "désinscrire",
    // ar
    "توقف",
    "إيقاف",
    "ايقاف",
    "إلغاء الاشتراك",
    "الغاء الاشتراك",
    // hi
    "रोकें",
    "बंद करें",
    // id
    "berhenti",
    "hentikan",
    // ru
    "стоп",
    "отписаться",
    "отписка",
];

/// Words that start again.
const START: [&str; 14] = [
    "start",
    "unstop",
    "subscribe",
    "opt in",
    "começar",
    "inscrever",
    "alta",
    "anmelden",
    "s'abonner",
    "اشتراك",
    "शुरू करें",
    "mulai",
    "старт",
    "подписаться",
];

/// The wish that a message is, if it is nothing else: in any case, with any punctuation around it.
pub fn wish_of(text: &str) -> Option<Wish> {
    let longest = 40;
    if text.len() > 4 * longest {
        return None;
    }
    let edge = |c: char| c.is_whitespace() || (c.is_ascii_punctuation() && c != '\'');
    let plain = text.trim_matches(edge).to_lowercase();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if STOP.contains(&plain.as_str()) {
        return Some(Wish::Stop);
    }
    START.contains(&plain.as_str()).then_some(Wish::Start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_alone_is_a_wish() {
        for text in [
            "STOP",
            " Stop. ",
            "*stop*",
            "Arrêter!",
            "СТОП",
            "opt  out",
            "बंद करें",
        ] {
            assert_eq!(wish_of(text), Some(Wish::Stop), "{text}");
        }
        assert_eq!(wish_of("start"), Some(Wish::Start));
        for text in ["stop by at nine", "don't stop", "", "stopover", "start now"] {
            assert_eq!(wish_of(text), None, "{text}");
        }
    }
}
