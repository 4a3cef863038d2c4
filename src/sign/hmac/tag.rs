//! The keyed hash itself (RFC 2104), by the provider that TLS uses; with MD5 by hand, which that one does not have.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::{DecodePaddingMode, GeneralPurpose};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::model::hmac::{Hash, KeyEncoding};
use crate::model::secret::Secret;
use crate::sign::key::bytes;

/// The block of MD5 in bytes (RFC 1321 section 3.4).
const BLOCK: usize = 64;

/// The keyed hash of a message. None where the key is not in its encoding.
#[must_use]
pub fn tag(hash: Hash, key: &Secret, encoding: KeyEncoding, message: &[u8]) -> Option<Vec<u8>> {
    let written = bytes(key);
    let decoded = match encoding {
        KeyEncoding::Text => None,
        KeyEncoding::Hex => Some(unhex(written)?),
        KeyEncoding::Base64 => Some(unbase64(written)?),
    };
    let key = decoded.as_ref().map_or(written, |decoded| decoded.as_slice());
    let algorithm = match hash {
        Hash::Md5 => return Some(with_md5(key, message)),
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    };
    Some(hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec())
}

/// RFC 2104 section 2.
fn with_md5(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = Zeroizing::new([0; BLOCK]);
    if key.len() > BLOCK {
        block[..16].copy_from_slice(&Md5::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| Zeroizing::new(block.map(|byte| byte ^ pad));
    let inner = Md5::new().chain_update(*padded(0x36)).chain_update(message).finalize();
    Md5::new().chain_update(*padded(0x5c)).chain_update(inner).finalize().to_vec()
}

fn unhex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.chunks(2).map(pair).collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

/// Both alphabets, padded or not: vendors print keys in each of the four.
fn unbase64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const ANY: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let alphabet = if url { &base64::alphabet::URL_SAFE } else { &base64::alphabet::STANDARD };
    GeneralPurpose::new(alphabet, ANY).decode(text).ok().map(Zeroizing::new)
}
