//! What a `User-Agent` header says about a device, in two words.

use serde::Serialize;

/// A device as its owner would recognise it. Nothing here is ever trusted: the header is whatever the client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Phone,
    Computer,
    Unknown,
}

/// Describes a `User-Agent` header; what it does not know it leaves out.
pub(super) fn device(agent: &str) -> Device {
    let system = SYSTEMS.iter().find(|(mark, ..)| agent.contains(mark));
    Device {
        browser: BROWSERS.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name),
        system: system.map(|(_, name, _)| *name),
        shape: system.map_or(Shape::Unknown, |(.., shape)| *shape),
    }
}

/// The first mark that is found wins: nearly every browser also claims to be Chrome and Safari.
const BROWSERS: [(&str, &str); 19] = [
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(", "Naver"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
];

/// Android before Linux and the iPhone before the Mac, as each names the other too.
const SYSTEMS: [(&str, &str, Shape); 9] = [
    ("iPhone", "iPhone", Shape::Phone),
    ("iPod", "iPod", Shape::Phone),
    ("iPad", "iPad", Shape::Phone),
    ("Android", "Android", Shape::Phone),
    ("Windows", "Windows", Shape::Computer),
    ("CrOS", "ChromeOS", Shape::Computer),
    ("Macintosh", "macOS", Shape::Computer),
    ("Mac OS X", "macOS", Shape::Computer),
    ("Linux", "Linux", Shape::Computer),
];

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_device_is_described_in_two_words() {
        for (agent, wanted) in AGENTS {
            let device = device(agent);
            let words: Vec<_> = [device.browser, device.system].into_iter().flatten().collect();
            assert_eq!(words.join(" · "), wanted, "{agent}");
        }
    }

    const AGENTS: [(&str, &str); 13] = [
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
            "Samsung Internet · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/146.0 Mobile/15E148 Safari/604.1",
            "Chrome · iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            "Safari · macOS",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox · macOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36 Edg/146.0.0.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Whale/4.36.0.0 Safari/537.36",
            "Whale · Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/146.0.0.0 Safari/537.36",
            "Chrome · Linux",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/146.0.0.0 Safari/537.36",
            "Chrome · ChromeOS",
        ),
        ("curl/8.14.1", "curl"),
        ("\"><script>alert(1)</script>", ""),
        ("", ""),
    ];
}
