//! The limits of templates, each with its source. Lengths are UTF-16 units.

use super::Media;

/// The longest name (reference §4, Meta's page on templates).
pub const NAME: usize = 512;
/// The longest language code (the longest known has five characters; open set).
pub const LANGUAGE: usize = 40;
/// The longest list of components that is kept, in bytes of JSON: items end at 400 KB.
pub const COMPONENTS: usize = 350 * 1024;
/// A text with more variables than this has no sense.
pub const VARIABLES: usize = 1_000;
/// The longest filled header text (§4).
pub const HEADER_TEXT: usize = 60;
/// The longest filled body (§4).
pub const BODY: usize = 1_024;
/// The longest footer (§4).
pub const FOOTER: usize = 60;
/// The longest label of a button (§4).
pub const BUTTON_LABEL: usize = 25;
/// The longest address of a URL button, filled (§4).
pub const URL: usize = 2_000;
/// The longest coupon code (§4).
pub const COUPON_CODE: usize = 15;
/// The longest one-time code: WhatsApp's authentication templates take 15 characters (§4).
pub const ONE_TIME_CODE: usize = 15;
/// The longest payload of a quick reply (§1.3).
pub const PAYLOAD: usize = 256;
/// The longest number of a phone button (§4).
pub const PHONE: usize = 20;
/// Buttons in all, and quick replies (§4).
pub const BUTTONS: usize = 10;
/// URL buttons (§4).
pub const URL_BUTTONS: usize = 2;
/// Of phone, copy-code, voice-call and flow buttons one each (§4).
pub const ONE_EACH: usize = 1;
/// The largest file of any kind, in bytes.
pub const LARGEST_FILE: usize = 20 * 1024 * 1024;

/// The largest file of a header, in bytes (§1.6; documents as the requirements have them, R51).
pub fn header_file(media: Media) -> usize {
    let megabytes = match media {
        Media::Image => 5,
        Media::Video | Media::Gif => 16,
        Media::Document => 20,
    };
    megabytes * 1024 * 1024
}
/// This many blanks in a row are refused in a parameter, as are tabs and new lines.
pub const BLANKS: &str = "     ";
