//! The cookies of one browser for one host, by the rules of RFC 6265bis as Chromium keeps them.
//!
//! Everything here lives on localhost, which counts as secure, and cookies know no ports: the servers of a scheme see the same cookies.

use http::HeaderMap;
use http::header::SET_COOKIE;

/// Who makes the browser send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A page of the community.
    OwnPage,
    /// A form on the attacker's site, which takes the whole window along.
    ForeignForm,
    /// An image or a fetch on the attacker's site.
    ForeignPart,
}

/// The cookies.
#[derive(Clone, Debug, Default)]
pub struct Jar(Vec<Cookie>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    http_only: bool,
    secure: bool,
    same_site: Option<String>,
}

impl Jar {
    /// Does as the `Set-Cookie` headers of an answer say.
    pub fn take(&mut self, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            match Cookie::read(&String::from_utf8_lossy(header.as_bytes())) {
                Some((cookie, true)) => self.0.retain(|kept| kept.name != cookie.name),
                Some((cookie, false)) => self.keep(cookie),
                None => {}
            }
        }
    }

    /// One that takes the place of another stays as old as that was (RFC 6265, section 5.3): the oldest is sent first.
    fn keep(&mut self, cookie: Cookie) {
        match self.0.iter_mut().find(|kept| kept.name == cookie.name) {
            Some(kept) => *kept = cookie,
            None => self.0.push(cookie),
        }
    }

    /// The `Cookie` header of a request, if there is anything to send.
    pub fn header(&self, sender: Sender) -> Option<String> {
        join(self.0.iter().filter(|cookie| cookie.goes_with(sender)))
    }

    /// What `document.cookie` says.
    pub fn readable(&self) -> Option<String> {
        join(self.0.iter().filter(|cookie| !cookie.http_only))
    }

    /// The value of a cookie, as somebody reads it who holds the disk.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.as_str())
    }

    /// All names and values, to look at or to change.
    pub fn values(&mut self) -> impl Iterator<Item = (&str, &mut String)> {
        self.0.iter_mut().map(|cookie| (cookie.name.as_str(), &mut cookie.value))
    }

    /// Puts in what somebody typed or pasted.
    pub fn put(&mut self, name: &str, value: &str) {
        if let Some((cookie, _)) = Cookie::read(&format!("{name}={value}; Path=/")) {
            self.keep(cookie);
        }
    }

    /// Throws out cookies by name.
    pub fn keep_only(&mut self, wanted: impl Fn(&str) -> bool) {
        self.0.retain(|cookie| wanted(&cookie.name));
    }
}

fn join<'a>(cookies: impl Iterator<Item = &'a Cookie>) -> Option<String> {
    let pairs: Vec<_> = cookies.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

impl Cookie {
    /// The cookie, and whether it is to go.
    fn read(text: &str) -> Option<(Self, bool)> {
        let mut parts = text.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes: Vec<_> = parts.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
        let of = |name: &str| {
            attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
        };
        let same_site = of("samesite").map(str::to_ascii_lowercase);
        let secure = of("secure").is_some();
        // A browser takes SameSite=None from secure cookies alone, and names that begin with __Host- likewise.
        let wants_secure = same_site.as_deref() == Some("none") || name.starts_with("__Host-");
        let cookie = Self {
            name: name.into(),
            value: value.into(),
            http_only: of("httponly").is_some(),
            secure,
            same_site,
        };
        (secure || !wants_secure).then_some((cookie, of("max-age") == Some("0")))
    }

    fn goes_with(&self, sender: Sender) -> bool {
        match (sender, self.same_site.as_deref()) {
            // Without SameSite it counts as Lax, but goes with a form for its first two minutes, for the sake of old sign-ins.
            (Sender::OwnPage, _) | (Sender::ForeignForm, None) => true,
            (_, Some("none")) => self.secure,
            (Sender::ForeignForm | Sender::ForeignPart, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cookie: &str, sent_by: [bool; 3], readable: bool) {
        let mut jar = Jar::default();
        jar.take(&[(SET_COOKIE, cookie.parse().unwrap())].into_iter().collect());
        let sent = [Sender::OwnPage, Sender::ForeignForm, Sender::ForeignPart]
            .map(|sender| jar.header(sender).is_some());
        assert_eq!((sent, jar.readable().is_some()), (sent_by, readable), "{cookie}");
    }

    #[test]
    fn cookies_go_where_browsers_send_them() {
        check("a=b", [true, true, false], true);
        check("a=b; HttpOnly", [true, true, false], false);
        check("a=b; HttpOnly; SameSite=Lax", [true, false, false], false);
        check("a=b; SameSite=Strict", [true, false, false], true);
        check("a=b; Secure; SameSite=None", [true, true, true], true);
        check("a=b; SameSite=None", [false, false, false], false);
        check("__Host-a=b; Path=/", [false, false, false], false);
        check("a=b; Max-Age=0", [false, false, false], false);
    }

    #[test]
    fn the_oldest_cookie_is_sent_first_however_often_it_was_set_again() {
        let mut jar = Jar::default();
        for cookie in ["old=1; Secure", "young=1", "gone=1", "old=2; Secure", "gone=1; Max-Age=0"] {
            jar.take(&[(SET_COOKIE, cookie.parse().unwrap())].into_iter().collect());
        }
        assert_eq!(jar.header(Sender::OwnPage).unwrap(), "old=2; young=1");
    }
}
