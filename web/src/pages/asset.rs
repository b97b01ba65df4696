//! The files beside the pages: one stylesheet, one script, one icon, compiled into the binary.

/// A file as it is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The body.
    pub bytes: &'static [u8],
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The `Cache-Control`.
    pub cache_control: &'static str,
}

/// The asset under `/assets/{name}`.
///
/// Links carry the hash of the content, so that a browser may keep a file for good. An old or a newer hash, as two
/// versions of the server ask each other for during an upgrade, gets the file at hand, and nobody may keep it.
pub(super) fn asset(name: &str) -> Option<Asset> {
    let (stem, hash, extension) = parts(name)?;
    let file = FILES.iter().find(|file| file.stem == stem && file.extension == extension)?;
    let exact = hash == file.hash();
    let cache_control = if exact { "public, max-age=31536000, immutable" } else { "no-store" };
    Some(Asset { bytes: file.bytes, content_type: file.content_type, cache_control })
}

/// What the templates link to: `stylesheet`, `script` or `icon`, with the path of each.
pub(super) fn links() -> impl Iterator<Item = (&'static str, String)> {
    FILES.iter().map(|file| {
        let File { stem, extension, .. } = file;
        (file.link, format!("/assets/{stem}-{}.{extension}", file.hash()))
    })
}

struct File {
    link: &'static str,
    stem: &'static str,
    extension: &'static str,
    bytes: &'static [u8],
    content_type: &'static str,
}

impl File {
    fn hash(&self) -> String {
        format!("{:016x}", fnv1a(self.bytes))
    }
}

/// `style-0123456789abcdef.css`: stem, hash, extension.
fn parts(name: &str) -> Option<(&str, &str, &str)> {
    let (name, extension) = name.rsplit_once('.')?;
    let (stem, hash) = name.rsplit_once('-')?;
    Some((stem, hash, extension))
}

/// FNV-1a, 64 bits: it tells versions of our own files apart, no more is needed.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const FILES: [File; 3] = [
    File {
        link: "stylesheet",
        stem: "style",
        extension: "css",
        bytes: include_bytes!("../../assets/style.css"),
        content_type: "text/css; charset=utf-8",
    },
    File {
        link: "script",
        stem: "page",
        extension: "js",
        bytes: include_bytes!("../../assets/page.js"),
        content_type: "text/javascript; charset=utf-8",
    },
    File {
        link: "icon",
        stem: "icon",
        extension: "svg",
        bytes: include_bytes!("../../assets/icon.svg"),
        content_type: "image/svg+xml",
    },
];

#[cfg(test)]
mod tests {
    use super::{asset, links};

    #[test]
    fn every_linked_asset_is_served_for_good() {
        for (_, path) in links() {
            let found = path.strip_prefix("/assets/").and_then(asset).unwrap();
            assert!(!found.bytes.is_empty());
            assert!(found.cache_control.contains("immutable"), "{path}");
        }
    }

    #[test]
    fn an_asset_of_another_version_is_not_kept() {
        assert_eq!(asset("style-0000000000000000.css").unwrap().cache_control, "no-store");
    }

    #[test]
    fn what_is_no_asset_is_not_found() {
        for name in
            ["", ".", "style.css", "style-.js", "../style-0.css", "nothing-0.css", "-.", "style-0.css/"]
        {
            assert_eq!(asset(name), None, "{name}");
        }
    }
}
