//! `base64(text)` and `text | base64`: the text's UTF-8 bytes in Base64.

use crate::template::functions::text;
use minijinja::{Environment, Error, Value};

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function("base64", base64);
    environment.add_filter("base64", base64);
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(value: &Value) -> Result<String, Error> {
    Ok(encode(text(value)?.as_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().chain([&0; 2]).take(3).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        for at in 0..4 {
            out.push(match at <= chunk.len() {
                true => char::from(ALPHABET[(number >> (18 - 6 * at) & 63) as usize]),
                false => '=',
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes() {
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("ÿ>", "w78+")]
        {
            assert_eq!(encode(text.as_bytes()), expected);
        }
    }
}
