//! What kind of file a content is, by its first bytes: nothing that a server says goes into a name.

/// How many bytes tell what a content is.
pub(crate) const HEAD: usize = 1024;

/// The ending for the name of a file that begins so.
pub(crate) fn ending(head: &[u8]) -> &'static str {
    let signatures: [(&[u8], &str); 11] = [
        (b"\xff\xd8\xff", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"%PDF-", "pdf"),
        (b"II*\0", "tif"),
        (b"MM\0*", "tif"),
        (b"BM", "bmp"),
        (b"PK\x03\x04", "zip"),
        (b"AC10", "dwg"),
        (b"ISO-10303-21;", "ifc"),
    ];
    if let Some((_, ending)) = signatures
        .iter()
        .find(|(signature, _)| head.starts_with(signature))
    {
        return ending;
    }
    match head {
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "webp",
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'a',
            b'v',
            b'i',
            b'f',
            ..,
        ] => "avif",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "mp4",
        _ if is_svg(head) => "svg",
        // Also HTML: a page that is opened by a double click is more than a picture.
        _ => "bin",
    }
}

fn is_svg(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD)];
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_known_by_their_first_bytes() {
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0\x00\x10JFIF"[..], "jpg"),
            (b"\x89PNG\r\n\x1a\n....", "png"),
            (b"GIF89a..", "gif"),
            (b"%PDF-1.7", "pdf"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
            (b"\0\0\0\x20ftypavif", "avif"),
            (b"\0\0\0\x20ftypisom", "mp4"),
            (b"PK\x03\x04\x14", "zip"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"\">", "svg"),
            (b"\xef\xbb\xbf <svg>", "svg"),
            (b"<!DOCTYPE html><html>", "bin"),
            (b"<?xml version=\"1.0\"?><html/>", "bin"),
            (b"MZ\x90", "bin"),
            (b"#!/bin/sh", "bin"),
            (b"", "bin"),
        ] {
            assert_eq!(ending(head), expected, "{head:?}");
        }
    }
}
