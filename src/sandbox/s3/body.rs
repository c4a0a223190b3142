//! The bytes that a request carries, whatever form they travel in, and their digest.

use super::super::refusal::Refusal;
use super::super::request::Request;
use md5::{Digest, Md5};

/// The MD5 of some bytes.
pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entity tag of an object that was sent in one piece, in its quotes.
pub(super) fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", hexadecimal(&md5(bytes)))
}

/// The object's bytes: uploads with a trailing checksum come in chunks of their own form.
pub(super) fn content(request: &Request) -> Result<Vec<u8>, Refusal> {
    let chunked = request.header("x-amz-content-sha256").is_some_and(|sum| sum.starts_with("STREAMING-"))
        || request.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked"));
    if !chunked {
        return Ok(request.body.clone());
    }
    unchunked(&request.body)
        .ok_or_else(|| Refusal::new(400, "IncompleteBody", "The request body terminated unexpectedly"))
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let chunk = rest.get(end + 2..)?.get(..size)?;
        body.extend_from_slice(chunk);
        rest = rest.get(end + 2 + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        let whole = b"3;chunk-signature=x\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum:1\r\n\r\n";
        assert_eq!(unchunked(whole).as_deref(), Some(b"abcde".as_slice()));
        for broken in [b"".as_slice(), b"zz\r\n", b"5\r\nab\r\n", b"ffffffffffffffff\r\nab\r\n0\r\n"] {
            assert_eq!(unchunked(broken), None, "{broken:?}");
        }
    }
}
