//! The log: lines to standard error, written beside the server, so that a reader who stalls stalls nobody else.

use std::io::{self, IsTerminal as _, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry};

use crate::config::{Format, Log};

/// How many lines may wait for a reader who stalls; further ones are lost.
const WAITING: usize = 10_000;

/// Where lines are handed in.
#[derive(Clone, Debug)]
pub struct Sink(SyncSender<Line>);

/// Knows whether what was handed in is written, so that the last lines are not lost.
#[derive(Debug)]
pub struct Scribe(SyncSender<Line>);

/// What the writing thread is handed.
#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    /// Say when everything before this is written.
    Mark(SyncSender<()>),
}

impl Sink {
    /// A sink whose lines a thread of its own writes to `out`.
    pub fn to(out: impl Write + Send + 'static) -> io::Result<(Self, Scribe)> {
        let (sender, lines) = sync_channel(WAITING);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || write(&lines, out))?;
        Ok((Self(sender.clone()), Scribe(sender)))
    }
}

fn write(lines: &Receiver<Line>, mut out: impl Write) {
    while let Ok(line) = lines.recv() {
        // Of a line that cannot be written, or a mark that nobody waits for, there is nobody left to tell.
        let _ = match line {
            Line::Text(text) => out.write_all(&text).is_ok(),
            Line::Mark(reached) => reached.send(()).is_ok(),
        };
    }
}

/// How long the end of the process waits for a reader who stalls.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Scribe {
    /// Waits until everything that was handed in so far is written, or a second has passed.
    pub fn written(&self) {
        let (mark, reached) = sync_channel(1);
        if self.0.try_send(Line::Mark(mark)).is_ok() {
            let _ = reached.recv_timeout(LAST_WORDS);
        }
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A line that is lost is better than a server that waits for whoever reads its log.
        let _ = self.0.try_send(Line::Text(line.to_vec()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What turns events of this process into lines for `sink`.
pub fn subscriber(log: Log, sink: Sink) -> impl tracing::Subscriber + Send + Sync {
    // Libraries speak of what they carry, which may be secret: below warnings only our own words are written.
    let filter = Targets::new().with_default(log.level.min(Level::WARN)).with_target("bitjang", log.level);
    let terminal = io::stderr().is_terminal();
    let format = log.format.unwrap_or(if terminal { Format::Human } else { Format::Json });
    let lines = tracing_subscriber::fmt::layer().with_writer(sink).with_ansi(terminal);
    let lines = match format {
        Format::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        Format::Human => lines.with_target(false).boxed(),
    };
    Registry::default().with(lines.with_filter(filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader who reads a line when it is let.
    struct Slow(Receiver<()>, SyncSender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = (self.0.recv(), self.1.send(line.to_vec()));
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_stalls_stalls_nobody() {
        let (_never, stalled) = sync_channel(0);
        let (mut sink, _scribe) = Sink::to(Slow(stalled, sync_channel(0).0)).unwrap();
        for _ in 0..2 * WAITING {
            sink.write_all(b"line\n").unwrap();
        }
    }

    #[test]
    fn the_last_lines_are_written() {
        let (release, slow) = sync_channel(2);
        let (write, written) = sync_channel(2);
        let (mut sink, scribe) = Sink::to(Slow(slow, write)).unwrap();
        sink.write_all(b"one").unwrap();
        sink.write_all(b"two").unwrap();
        release.send(()).unwrap();
        release.send(()).unwrap();
        scribe.written();
        assert_eq!(written.try_iter().collect::<Vec<_>>(), [b"one", b"two"]);
    }
}
