//! `multipart/form-data` (RFC 7578): a few text parts and one file, which may be a stream.

use bytes::Bytes;

/// A form around a file: what stands before and behind the file's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// For the header `Content-Type`.
    pub content_type: String,
    /// What stands before the file.
    pub head: Bytes,
    /// What stands behind it.
    pub tail: Bytes,
}

impl Form {
    /// A form with `fields`, then part `file`. `boundary` must occur in none of the bytes.
    pub fn new(
        boundary: &str,
        fields: &[(&str, &str)],
        (filename, mime_type): (&str, &str),
    ) -> Self {
        let mut head = String::new();
        for (name, value) in fields {
            head.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        let (name, mime_type) = (quoted(filename), header(mime_type));
        head.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {mime_type}\r\n\r\n"
        ));
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            head: head.into(),
            tail: format!("\r\n--{boundary}--\r\n").into(),
        }
    }

    /// The length of the whole body around `file` bytes.
    pub fn length(&self, file: u64) -> u64 {
        file + (self.head.len() + self.tail.len()) as u64
    }
}

/// A quote or a line end would end the header.
fn quoted(name: &str) -> String {
    let safe = |c: char| {
        if c.is_control() || matches!(c, '"' | '\\') {
            '_'
        } else {
            c
        }
    };
    name.chars().map(safe).collect()
}

/// A MIME type as it may stand in a header.
fn header(mime_type: &str) -> &str {
    let known = |byte: u8| (0x20..0x7F).contains(&byte);
    if !mime_type.is_empty() && mime_type.bytes().all(known) {
        mime_type
    } else {
        "application/octet-stream"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_cannot_end_their_header() {
        let form = Form::new("b", &[("msg", "Hi")], ("a\"\r\nX: y.png", "image/png"));
        let head = String::from_utf8_lossy(&form.head).into_owned();
        assert_eq!(form.content_type, "multipart/form-data; boundary=b");
        assert!(head.starts_with(
            "--b\r\nContent-Disposition: form-data; name=\"msg\"\r\n\r\nHi\r\n--b\r\n"
        ));
        assert!(head.ends_with("filename=\"a___X: y.png\"\r\nContent-Type: image/png\r\n\r\n"));
        assert_eq!(
            form.length(3),
            (form.head.len() + 3 + form.tail.len()) as u64
        );
        let odd = Form::new("b", &[], ("a", "image/png\r\nX: 1"));
        let head = String::from_utf8_lossy(&odd.head).into_owned();
        assert!(head.ends_with("Content-Type: application/octet-stream\r\n\r\n"));
    }
}
