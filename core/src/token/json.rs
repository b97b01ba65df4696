//! Reads the JSON of a token: strictly, once, without allocating.
//!
//! It knows a part of RFC 8259 that is enough for what we write: no escape in any string, no control character anywhere, spaces as the only
//! white space. So a name has one spelling, and a repeated one cannot hide. Nothing here is laxer than RFC 8259.

/// How deep arrays and objects may lie within the claims.
const DEPTH: usize = 4;
/// How many members of one object may have names that we do not know.
const NAMES: usize = 16;
/// The largest integer that every JSON library reads exactly (RFC 7493, section 2.2).
const LARGEST: u64 = (1 << 53) - 1;
/// How many digits it has.
const DIGITS: usize = 16;

/// A text that is being read. Every step answers nothing when the text is not what was asked for.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Begins to read; nothing if the bytes are not UTF-8, or hold an escape or a control character.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let odd = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'\\');
        let found = bytes.iter().fold(0, |found, byte| found | odd(*byte));
        (found == 0).then_some(Self { text, at: 0 })
    }

    /// Reads the whole text as one object. `member` is told each name and must read the value.
    pub(super) fn whole_object(mut self, member: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.object(member)?;
        self.skip_spaces();
        self.is_done().then_some(())
    }

    /// Whether nothing is left to read.
    pub(super) fn is_done(&self) -> bool {
        self.at == self.text.len()
    }

    /// Reads exactly `literal`.
    #[inline]
    pub(super) fn literal(&mut self, literal: &str) -> Option<()> {
        let here = self.text.as_bytes().get(self.at..)?.starts_with(literal.as_bytes());
        here.then(|| self.at += literal.len())
    }

    /// Reads a string.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        self.rest_of_string()
    }

    /// Reads a string behind its first quotation mark.
    #[inline]
    pub(super) fn rest_of_string(&mut self) -> Option<&'a str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let end = self.at + quote_in(rest)?;
        let string = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some(string)
    }

    /// Reads an integer between 0 and 2^53 − 1, written without fraction or exponent.
    #[inline]
    pub(super) fn integer(&mut self) -> Option<u64> {
        self.skip_spaces();
        let rest = self.text.as_bytes().get(self.at..)?;
        let (mut value, mut length) = (0_u64, 0);
        while let Some(digit @ b'0'..=b'9') = rest.get(length)
            && length <= DIGITS
        {
            value = value * 10 + u64::from(digit - b'0');
            length += 1;
        }
        self.at += length;
        let canonical = length == 1 || rest.first() != Some(&b'0');
        (canonical && (1..=DIGITS).contains(&length) && value <= LARGEST).then_some(value)
    }

    /// Reads an array of strings; the answer is what stands between its brackets.
    #[inline]
    pub(super) fn strings(&mut self) -> Option<&'a str> {
        self.expect(b'[')?;
        let start = self.at;
        if self.eats(b']') {
            return Some("");
        }
        loop {
            self.string()?;
            let end = self.at;
            if self.eats(b']') {
                return self.text.get(start..end);
            }
            self.expect(b',')?;
        }
    }

    /// Reads a string or an array of strings; the answer is as of [`Self::strings`].
    pub(super) fn string_or_strings(&mut self) -> Option<&'a str> {
        self.skip_spaces();
        let start = self.at;
        if self.peek() == Some(b'[') {
            return self.strings();
        }
        self.string()?;
        self.text.get(start..self.at)
    }

    /// Reads any value and forgets it.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(DEPTH)
    }

    fn skip_within(&mut self, depth: usize) -> Option<()> {
        self.skip_spaces();
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => {
                let (depth, mut names) = (depth.checked_sub(1)?, Names::default());
                self.object(|reader, name| {
                    names.note(name)?;
                    reader.skip_within(depth)
                })
            }
            b'[' => self.skip_array(depth.checked_sub(1)?),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.skip_number(),
        }
    }

    fn object(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.eats(b'}') {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            member(self, name)?;
            if self.eats(b'}') {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    fn skip_array(&mut self, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        if self.eats(b']') {
            return Some(());
        }
        loop {
            self.skip_within(depth)?;
            if self.eats(b']') {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    fn skip_number(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let length = rest.bytes().take_while(|byte| b"0123456789+-.eE".contains(byte)).count();
        let number = rest.get(..length)?;
        self.at += length;
        is_number(number).then_some(())
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eats(byte).then_some(())
    }

    #[inline]
    fn eats(&mut self, byte: u8) -> bool {
        self.skip_spaces();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    #[inline]
    fn skip_spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// The strings in `list`, which is what [`Reader::strings`] answered. No escape came through, so between an odd mark and the next is a string.
pub(super) fn strings_in(mut list: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let string = list.get(quote_in(list.as_bytes())? + 1..)?;
        let end = quote_in(string.as_bytes())?;
        list = string.get(end + 1..)?;
        string.get(..end)
    })
}

/// Where the first quotation mark is, looking at eight bytes at a time.
#[inline]
fn quote_in(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    let (eights, rest) = bytes.as_chunks::<8>();
    for (index, eight) in eights.iter().enumerate() {
        let zero_where_quoted = u64::from_le_bytes(*eight) ^ QUOTES;
        let found = zero_where_quoted.wrapping_sub(ONES) & !zero_where_quoted & TOPS;
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    Some(eights.len() * 8 + rest.iter().position(|&byte| byte == b'"')?)
}

/// Whether `text` is a number of RFC 8259 (section 6) that is not beyond all floating-point numbers.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && digits(fraction)
        && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The names that an object has had so far.
#[derive(Default)]
pub(super) struct Names<'a> {
    names: [&'a str; NAMES],
    count: usize,
}

impl<'a> Names<'a> {
    /// Remembers `name`; nothing if it was there before, or if there are too many.
    pub(super) fn note(&mut self, name: &'a str) -> Option<()> {
        if self.names.iter().take(self.count).any(|known| *known == name) {
            return None;
        }
        *self.names.get_mut(self.count)? = name;
        self.count += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads(text: &[u8]) -> bool {
        Reader::new(text).and_then(|reader| reader.whole_object(|reader, _| reader.skip())).is_some()
    }

    #[test]
    fn plain_json_is_read() {
        for text in GOOD {
            assert!(reads(text.as_bytes()), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in BAD {
            assert!(!reads(text), "{}", String::from_utf8_lossy(text));
        }
        let nested = |depth| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(reads(nested(DEPTH).as_bytes()));
        assert!(!reads(nested(DEPTH + 1).as_bytes()));
        assert!(!reads(nested(100_000).as_bytes()));
    }

    #[test]
    fn an_integer_is_written_as_one() {
        let read = |text: &str| Reader::new(text.as_bytes()).and_then(|mut reader| reader.integer());
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("9007199254740991"), Some(LARGEST));
        for odd in ["9007199254740992", "18446744073709551616", "-1", "01", "", "+1", "\"1\"", "x"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_json(text in "[{}\\[\\]:,\"a1 .e+-]{0,24}") {
            let object = format!("{{\"a\":{text}}}");
            if reads(object.as_bytes()) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&object).is_ok(), "{}", object);
            }
        }

        #[test]
        fn a_quote_is_found_where_it_is(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b'!'), Just(b'#'), any::<u8>()], 0..40)) {
            prop_assert_eq!(quote_in(&bytes), bytes.iter().position(|&byte| byte == b'"'));
        }
    }

    const GOOD: &[&str] = &[
        "{}",
        " { } ",
        r#"{"a":1}"#,
        r#"{"a":-0.5e+3,"b":[true,false,null,{"c":{}}],"d":"é 한글"}"#,
        r#"{"a" : [ ] , "b" : "" }"#,
        r#"{"a":0,"b":10,"c":1E5,"d":[["x"],[]]}"#,
    ];

    const BAD: &[&[u8]] = &[
        b"",
        b"null",
        b"[]",
        b"{",
        b"}",
        b"{}{}",
        b"{}x",
        b"{}\0",
        b"\xEF\xBB\xBF{}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xc0\xaf\"}",
        b"{\"a\":\"\\u0041\"}",
        b"{\"\\u0061\":1}",
        b"{\"a\":1\n}",
        b"{\"a\"\t:1}",
        b"{\"a\":1,}",
        b"{,\"a\":1}",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{a:1}",
        b"{'a':1}",
        b"{\"a\":[1,]}",
        b"{\"a\":[1 2]}",
        b"{\"a\":1 \"b\":2}",
        b"{\"a\":01}",
        b"{\"a\":1.}",
        b"{\"a\":.5}",
        b"{\"a\":+1}",
        b"{\"a\":1e}",
        b"{\"a\":1e999}",
        b"{\"a\":--1}",
        b"{\"a\":NaN}",
        b"{\"a\":Infinity}",
        b"{\"a\":tru}",
        b"{\"a\":\"unterminated}",
        b"{\"a\":{\"b\":1,\"b\":2}}",
    ];
}
