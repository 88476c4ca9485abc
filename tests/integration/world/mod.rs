//! World tests: people act, the real functions work, and the transcript is read.

mod bad_input;
mod callbacks;
mod calls;
mod circuit;
mod conversation;
mod crashes;
mod crowd;
mod file_trouble;
mod hold;
mod identity;
mod media;
mod notes;
mod outage;
mod secrecy;
mod send_door;
mod sends;
mod templates;
mod windows;
