//! The follower's reading of bytes, for fuzzing.

use super::event_stream::EventStream;
use super::wire;

/// What these pieces of a feed say, one text for each event; the same reading as that of a verifier which follows it.
pub fn heard(pieces: &[&[u8]]) -> Result<Vec<String>, &'static str> {
    let (mut stream, mut heard) = (EventStream::default(), Vec::new());
    for piece in pieces {
        stream.push(piece);
        while let Some(event) = stream.next()? {
            heard.push(format!("{:?}", wire::heard(&event)?));
        }
    }
    Ok(heard)
}
