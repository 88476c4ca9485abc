//! An event for the workspace's former webhook, as it stands in `callbacks`: a line of JSON, and below
//! it the body as it came. Written as a JSON string the body would grow by every quote in it, and what
//! fits into the queue would depend on what people write.

use serde::{Deserialize, Serialize};

/// The largest body that is passed on whole, in bytes (R37). SQS takes 1 MiB.
pub const LARGEST: usize = 900 * 1024;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassOnV1 {
    /// Its messages were too many and are left out.
    pub shortened: bool,
    /// The body.
    body: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "task")]
enum Head {
    #[serde(rename = "PassOnV1")]
    PassOn {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shortened: bool,
    },
}

impl PassOnV1 {
    /// A task out of a JSON body; `None` where it is too large. Two characters that SQS refuses are
    /// written as JSON's escapes: they can stand inside strings only.
    pub fn new(body: &str, shortened: bool) -> Option<Self> {
        let body = body
            .replace('\u{FFFE}', "\\ufffe")
            .replace('\u{FFFF}', "\\uffff");
        (body.len() <= LARGEST).then_some(Self { shortened, body })
    }

    /// Reads an entry of the queue; `None` where it is another task.
    pub fn parse(entry: &str) -> Option<Self> {
        let (head, body) = entry.split_once('\n')?;
        let Head::PassOn { shortened } = serde_json::from_str(head).ok()?;
        let body = body.to_owned();
        Some(Self { shortened, body })
    }

    /// The entry for the queue.
    pub(super) fn entry(&self) -> String {
        let Self { shortened, body } = self;
        let head = Head::PassOn {
            shortened: *shortened,
        };
        let head = serde_json::to_string(&head).unwrap_or_default();
        format!("{head}\n{body}")
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The body, for sending it.
    pub fn into_body(self) -> String {
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_out_as_it_went_in() {
        for body in [
            r#"{"a":"\"quoted\"\n"}"#,
            "{\n \"a\" : 1\r\n}\n",
            "{\"a\":\"\u{1F600}\u{7f}\"}",
        ] {
            for shortened in [false, true] {
                let task = PassOnV1::new(body, shortened).unwrap();
                assert_eq!(task.body(), body);
                assert_eq!(PassOnV1::parse(&task.entry()), Some(task));
            }
        }
    }

    #[test]
    fn what_sqs_refuses_is_escaped_and_what_is_too_large_is_no_task() {
        let task = PassOnV1::new("{\"a\":\"\u{FFFE}\u{FFFF}\"}", false).unwrap();
        assert_eq!(task.body(), r#"{"a":"\ufffe\uffff"}"#);
        let body = |length| format!("\"{}\"", "\"".repeat(length - 2));
        assert!(PassOnV1::new(&body(LARGEST), false).is_some());
        assert_eq!(PassOnV1::new(&body(LARGEST + 1), false), None);
        assert!(PassOnV1::new(&body(LARGEST), true).unwrap().entry().len() < 1024 * 1024);
    }

    #[test]
    fn other_tasks_are_none() {
        for entry in [
            "",
            "{}",
            r#"{"task":"PassOnV1"}"#,
            "{\"task\":\"CallbackV1\"}\n{}",
            "{\"task\":\"PassOnV2\"}\n{}",
        ] {
            assert_eq!(PassOnV1::parse(entry), None, "{entry}");
        }
        let entry = "{\"task\":\"PassOnV1\"}\n{}";
        assert_eq!(PassOnV1::parse(entry).unwrap().entry(), entry);
    }
}
