//! Secrets to look for, in every form in which they could be written.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem::Finder;

/// The shortest text that is looked for: shorter ones are found by chance.
const SHORTEST: usize = 8;

#[derive(Default)]
pub(super) struct Needles(Vec<Needle>);

pub(super) struct Needle {
    name: String,
    forms: Vec<Finder<'static>>,
}

impl Needles {
    pub(super) fn add(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= SHORTEST, "{name} is too short to be looked for");
        self.0.push(of(name, secret.as_bytes()));
        // Of an access token the signature; of the others the session's secret, at the end or before the tag.
        let (signature, opaque) =
            (secret.split('.').nth(2), secret.strip_prefix("bjs_").or(secret.strip_prefix("bjr_")));
        let Some(bytes) = signature.or(opaque).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else {
            return;
        };
        let inside =
            if bytes.len() == 96 { bytes.get(32..64) } else { bytes.last_chunk().map(<[u8; 32]>::as_slice) };
        self.0.extend(inside.map(|inside| of(&format!("{name}, decoded"), inside)));
    }

    #[track_caller]
    pub(super) fn are_not_in(&self, place: &str, bytes: &[u8]) {
        let found = self.found_in(bytes);
        assert!(found.is_empty(), "{place} holds {found:?}");
    }

    /// The names of those that are in it.
    pub(super) fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        self.0.iter().filter(|needle| needle.is_in(bytes)).map(|needle| needle.name.as_str()).collect()
    }
}

impl Needle {
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| form.find(bytes).is_some())
    }
}

/// Raw, in hexadecimal, in base64, and percent-encoded as a form and as `encodeURIComponent` do.
pub(super) fn of(name: &str, secret: &[u8]) -> Needle {
    let text = String::from_utf8_lossy(secret);
    let forms = [
        secret.to_vec(),
        hex(secret).into_bytes(),
        hex(secret).to_uppercase().into_bytes(),
        STANDARD_NO_PAD.encode(secret).into_bytes(),
        URL_SAFE_NO_PAD.encode(secret).into_bytes(),
        text.replace(' ', "+").into_bytes(),
        text.replace(' ', "%20").into_bytes(),
    ];
    Needle { name: name.to_owned(), forms: forms.iter().map(|form| Finder::new(form).into_owned()).collect() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _never_fails = write!(hex, "{byte:02x}");
        hex
    })
}
