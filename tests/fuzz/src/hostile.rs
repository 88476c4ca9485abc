//! What people, programs and attackers write.

/// Pieces that have broken texts, markup and parsers elsewhere.
pub const ODDITIES: &[&str] = &[
    "\0",
    "\u{1}",
    "\u{FFFE}",
    "\u{FFFF}",
    "\u{202E}",
    "\u{2028}",
    "\u{FEFF}",
    "\u{301}",
    "e\u{301}",
    "\u{200D}",
    "\u{FE0F}",
    "。\u{FE00}",
    "👨‍👩‍👧",
    "👍🏽",
    "🏴\u{E0067}\u{E0062}\u{E007F}",
    "𝄞",
    "नमस्ते ",
    "مرحبا ",
    "[ ](https://chat.example/live/r1?msg=q1) ",
    "[](https://chat.example/live/r1?x=1&msg=q2#3)",
    "[ ](",
    "](",
    "?msg=",
    "[text](javascript:alert(1))",
    "![i](http://x.example/i.png)",
    "```",
    "`",
    "*b* _i_ ~s~",
    "@all ",
    "@here ",
    "#general ",
    ":smile:",
    "> q\n",
    "<b>&amp;",
    "{{1}}",
    "\\u0000",
    "\"}]",
    "\r\n",
    "\n\n",
    ". ",
    "! ",
    " ",
    "+16505551234",
];

/// Whole texts for the targets that take one.
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> = ODDITIES.iter().map(|&piece| piece.to_owned()).collect();
    let more = [
        String::new(),
        " \n\t".to_owned(),
        "Hello, how are you?".to_owned(),
        ODDITIES.concat(),
        ODDITIES.join("word. "),
        "word ".repeat(60),
        "One sentence. Another one! A third?\n".repeat(10),
        "unbroken".repeat(40),
        "👨‍👩‍👧".repeat(30),
        "a\u{301}".repeat(100),
        "長い文。".repeat(40),
        "paragraph\n\n".repeat(20),
    ];
    texts.extend(more);
    texts
}
