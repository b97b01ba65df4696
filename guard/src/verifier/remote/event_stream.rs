//! Server-sent events (HTML, section 9.2.6), as strictly as one program may read what another writes: each event has one line of data, and a field
//! that is not known is a mistake.

/// The longest line that is read, in bytes.
const LONGEST: usize = 1_024;

/// Turns bytes, in whatever pieces they come, into events.
#[derive(Debug, Default)]
pub(super) struct EventStream {
    bytes: Vec<u8>,
    /// How many of them have been read.
    read: usize,
    event: Event,
}

/// An event; empty fields are fields that were not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) data: String,
}

impl EventStream {
    /// Takes in what came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole event; nothing until more bytes come.
    pub(super) fn next(&mut self) -> Result<Option<Event>, &'static str> {
        loop {
            let rest = self.bytes.get(self.read..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
                return if rest.len() > LONGEST { Err("a line is too long") } else { Ok(None) };
            };
            let line = rest.get(..length).filter(|line| line.len() <= LONGEST).ok_or("a line is too long")?;
            self.read += length + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                self.event.take(std::str::from_utf8(line).map_err(|_| "a line is not text")?)?;
            } else if self.event != Event::default() {
                return Ok(Some(std::mem::take(&mut self.event)));
            }
        }
    }

    /// Whether everything that came was made of whole events.
    pub(super) fn is_between_events(&self) -> bool {
        self.read == self.bytes.len() && self.event == Event::default()
    }
}

impl Event {
    fn take(&mut self, line: &str) -> Result<(), &'static str> {
        let (field, value) = line.split_once(':').ok_or("a line has no colon")?;
        let place = match field {
            "" | "retry" => return Ok(()),
            "id" => &mut self.id,
            "event" => &mut self.name,
            "data" => &mut self.data,
            _ => return Err("a field is not known"),
        };
        if !place.is_empty() {
            return Err("a field is repeated");
        }
        value.strip_prefix(' ').unwrap_or(value).clone_into(place);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<Event>, &'static str> {
        let (mut stream, mut events) = (EventStream::default(), Vec::new());
        for piece in pieces {
            stream.push(piece);
            while let Some(event) = stream.next()? {
                events.push(event);
            }
        }
        Ok(events)
    }

    fn event(id: &str, name: &str, data: &str) -> Event {
        Event { id: id.to_owned(), name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_read_however_the_bytes_are_cut() {
        let text = b": hello\n\nretry: 5\nid: 1\nevent: a\ndata: {x}\n\nevent:b\r\ndata:y\r\n\r\n";
        let expected = vec![event("1", "a", "{x}"), event("", "b", "y")];
        for size in 1..text.len() {
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(read(&pieces), Ok(expected.clone()), "{size}");
        }
    }

    #[test]
    fn half_an_event_is_none() {
        assert_eq!(read(&[b"event: a\ndata: x\n"]), Ok(vec![]));
        let mut stream = EventStream::default();
        assert!(stream.is_between_events());
        stream.push(b"event: a\n");
        assert_eq!(stream.next(), Ok(None));
        assert!(!stream.is_between_events());
        stream.push(b"\nda");
        assert_eq!(stream.next(), Ok(Some(event("", "a", ""))));
        assert_eq!(stream.next(), Ok(None));
        assert!(!stream.is_between_events());
    }

    #[test]
    fn what_no_server_of_ours_writes_is_a_mistake() {
        let long = vec![b'a'; LONGEST + 1];
        for text in [
            &b"data: a\ndata: b\n\n"[..],
            b"data\n\n",
            b"Data: a\n\n",
            b"data: \xff\n\n",
            &long,
            b"{\"entries\":[]}\n",
        ] {
            assert!(read(&[text]).is_err(), "{text:?}");
        }
    }
}
