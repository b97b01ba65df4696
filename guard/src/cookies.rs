//! Our cookies: how they are read from a request, and how they are set.
//!
//! Names begin with `__Host-`, so that browsers accept them only with `Secure`, `Path=/` and without `Domain`: no sibling subdomain can plant one
//! (RFC 6265bis, section 4.1.3.2).

use std::time::Duration;

use bitjang_core::ratchet::Branch;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use memchr::{memchr, memchr_iter};

/// The cookie that holds a session's opaque value.
pub const SESSION: &str = "__Host-bitjang";
/// The cookie that holds an access token.
pub const ACCESS: &str = "__Host-bitjang-access";
/// The cookie that holds a refresh token.
pub const REFRESH: &str = "__Host-bitjang-refresh";

/// How the names begin of cookies that hold one more refresh token each; its branch follows.
///
/// A browser keeps one cookie of a name. So of two answers that are on their way at once, the later one takes away the refresh token of the other, and with it perhaps the only one that is
/// still good. Under a name of its own each token stays until an answer comes to a request that showed it.
const SPARE: &str = "__Host-bitjang-refresh-";

/// How many spare refresh tokens of one request are looked at.
const MOST_SPARES: usize = 64;

/// Every other cookie that says who somebody is, and when browsers send it along.
pub const ALL: [(&str, SameSite); 3] =
    [(SESSION, SameSite::Lax), (ACCESS, SameSite::Lax), (REFRESH, SameSite::Strict)];

/// What a request holds under a cookie's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// No such cookie.
    Nothing,
    /// One, with this value.
    One(&'a str),
    /// Two or more, or one that is not text. A browser that obeys the rules never sends that: somebody has tossed in a cookie of theirs.
    Confusing,
}

impl<'a> Found<'a> {
    fn another(&mut self, value: &'a [u8]) {
        *self = match (*self, std::str::from_utf8(value)) {
            (Found::Nothing, Ok(value)) => Found::One(value),
            _ => Found::Confusing,
        };
    }
}

/// Looks for the cookie called exactly `name`: case counts, quotes are part of the value, and only plain spaces and tabs separate.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Found<'a> {
    let [found] = find_each(headers, [name]);
    found
}

/// Looks for [`ALL`], in one pass over what may be kilobytes of an app's own cookies.
pub(crate) fn find_all(headers: &HeaderMap) -> [Found<'_>; 3] {
    find_each(headers, ALL.map(|(name, _)| name))
}

fn find_each<'a, const N: usize>(headers: &'a HeaderMap, names: [&str; N]) -> [Found<'a>; N] {
    let mut found = [Found::Nothing; N];
    for header in headers.get_all(COOKIE) {
        for pair in pairs(header.as_bytes()) {
            let Some((name, value)) = halves(pair.trim_ascii()) else { continue };
            for (_, found) in names.iter().zip(&mut found).filter(|(wanted, _)| wanted.as_bytes() == name) {
                found.another(value);
            }
        }
    }
    found
}

fn pairs(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut begin = 0;
    memchr_iter(b';', header).chain([header.len()]).map(move |end| {
        let pair = header.get(begin..end).unwrap_or_default();
        begin = end + 1;
        pair
    })
}

/// A cookie's name and value.
fn halves(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = pair.split_at_checked(memchr(b'=', pair)?)?;
    Some((name, value.get(1..)?))
}

/// Whether a request holds a cookie that says who somebody is, good or not.
pub fn any(headers: &HeaderMap) -> bool {
    ALL.iter().any(|(name, _)| find(headers, name) != Found::Nothing)
}

/// The headers that take away every cookie of ours that a request holds.
pub fn clear_all(headers: &HeaderMap) -> impl Iterator<Item = HeaderValue> {
    ALL.iter()
        .filter(|(name, _)| find(headers, name) != Found::Nothing)
        .map(|(name, same_site)| clear(name, *same_site))
        .chain(clear_spares(headers))
}

/// The spare refresh tokens of a request, in the order in which the browser was given them (RFC 6265, section 5.4).
pub(crate) fn spares(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    spare_cookies(headers).map(|(_, token)| token)
}

/// The headers that take away the spare refresh tokens of a request.
pub fn clear_spares(headers: &HeaderMap) -> impl Iterator<Item = HeaderValue> {
    spare_cookies(headers).map(|(branch, _)| set_spare(branch, "", Duration::ZERO))
}

fn spare_cookies(headers: &HeaderMap) -> impl Iterator<Item = (Branch, &str)> {
    let cookies = headers.get_all(COOKIE).iter().flat_map(|header| pairs(header.as_bytes()));
    let spares = cookies.filter_map(|pair| {
        let (name, value) = halves(pair.trim_ascii())?;
        let branch = std::str::from_utf8(name.strip_prefix(SPARE.as_bytes())?).ok()?;
        Some((branch.parse().ok()?, std::str::from_utf8(value).ok()?))
    });
    spares.take(MOST_SPARES)
}

/// Whether a browser may send a cookie along when another site sends it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// When it follows a link here.
    Lax,
    /// Never.
    Strict,
}

/// A `Set-Cookie` header that hands out `value` for `max_age`; until the browser is closed if there is none.
///
/// `value` must be of base64url characters and underscores, as all our values are; anything else sets nothing usable.
pub fn set(name: &str, value: &str, same_site: SameSite, max_age: Option<Duration>) -> HeaderValue {
    let max_age = max_age.map_or(String::new(), |span| format!("; Max-Age={}", span.as_secs()));
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site:?}{max_age}");
    let mut header = HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

/// A `Set-Cookie` header that hands out a spare of the refresh token of this branch; for a day at most: it matters until the next refresh, and no jar shall overflow for longer.
pub fn set_spare(branch: Branch, token: &str, max_age: Duration) -> HeaderValue {
    const DAY: Duration = Duration::from_secs(86_400);
    let max_age = max_age.min(DAY);
    set(&format!("{SPARE}{branch}"), token, SameSite::Strict, Some(max_age))
}

/// A `Set-Cookie` header that takes the cookie away.
pub fn clear(name: &str, same_site: SameSite) -> HeaderValue {
    set(name, "", same_site, Some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[&[u8]], expected: Found<'_>) {
        let map = headers.iter().map(|value| (COOKIE, HeaderValue::from_bytes(value).unwrap())).collect();
        assert_eq!(
            find(&map, SESSION),
            expected,
            "{:?}",
            headers.iter().map(|h| String::from_utf8_lossy(h)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn one_cookie_of_our_name_is_found() {
        check(&[b"__Host-bitjang=v"], Found::One("v"));
        check(&[b"a=b; __Host-bitjang=v; c=d"], Found::One("v"));
        check(&[b"a=b", b"__Host-bitjang=v"], Found::One("v"));
        check(&[b"a=b;__Host-bitjang=v=w "], Found::One("v=w"));
        check(&[b"__Host-bitjang=\"v\""], Found::One("\"v\""));
        check(&[b"__Host-bitjang="], Found::One(""));
    }

    #[test]
    fn cookies_of_other_names_are_not() {
        check(&[], Found::Nothing);
        for other in [
            "",
            ";;;",
            "__Host-bitjang",
            "__host-bitjang=v",
            "__HOST-BITJANG=v",
            "__Host-bitjang =v",
            "__Host-bitjangx=v",
            "x__Host-bitjang=v",
            "=__Host-bitjang=v",
            "\u{a0}__Host-bitjang=v",
            "\u{2000}__Host-bitjang=v",
            "$Version=1,__Host-bitjang=v",
            "bitjang=v",
        ] {
            check(&[other.as_bytes()], Found::Nothing);
        }
    }

    #[test]
    fn two_cookies_of_our_name_confuse() {
        check(&[b"__Host-bitjang=a; __Host-bitjang=b"], Found::Confusing);
        check(&[b"__Host-bitjang=a; __Host-bitjang=a"], Found::Confusing);
        check(&[b"__Host-bitjang=a", b"x=y; __Host-bitjang="], Found::Confusing);
        check(&[b"__Host-bitjang=\xff"], Found::Confusing);
    }

    #[test]
    fn of_many_spare_refresh_tokens_a_bounded_number_is_looked_at() {
        let cookies: Vec<_> = (0..100).map(|byte| format!("{SPARE}{}=v", Branch([byte; 8]))).collect();
        let header = HeaderValue::from_str(&cookies.join("; ")).unwrap();
        assert_eq!(spares(&[(COOKIE, header)].into_iter().collect()).count(), MOST_SPARES);
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_plain_text() {
        let cookie = set(SESSION, "v", SameSite::Lax, Some(Duration::from_secs(60)));
        assert_eq!(cookie, "__Host-bitjang=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60");
        assert!(cookie.is_sensitive());
        assert_eq!(
            clear(SESSION, SameSite::Lax),
            "__Host-bitjang=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
        );
    }
}
