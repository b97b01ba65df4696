//! A connection whose patience ends: with a client that does not begin, with one that does not read, and with one that says much and asks for nothing.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::calm::{Calm, WHILE};

/// How many bytes tell HTTP/1 from HTTP/2 (RFC 9113, section 3.4). The limits of hyper begin only when that is known.
const PREFACE: usize = 24;

/// A stream that fails when its peer takes too long, or is too loud.
pub(super) struct Patient<S> {
    stream: S,
    /// Until the preface must be there; nothing once it is.
    begins: Option<Pin<Box<Sleep>>>,
    seen: usize,
    /// Until the peer must have read something; nothing while it reads.
    reads: Option<Pin<Box<Sleep>>>,
    write: Duration,
    calm: Calm,
}

impl<S> Patient<S> {
    /// The stream, whose peer must begin within `begin` and take what is written to it within `write`.
    pub(super) fn new(stream: S, begin: Duration, write: Duration) -> Self {
        Self {
            stream,
            begins: Some(Box::pin(sleep(begin))),
            seen: 0,
            reads: None,
            write,
            calm: Calm::new(WHILE),
        }
    }

    fn has_begun(&mut self, bytes: usize) {
        self.seen += bytes;
        if self.seen >= PREFACE {
            self.begins = None;
        }
    }

    /// Lets a write wait for the peer, but not for ever.
    fn bounded(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            self.reads = None;
            return Poll::Ready(written.inspect(|bytes| self.calm.sends(*bytes)));
        }
        let reads = self.reads.get_or_insert_with(|| Box::pin(sleep(self.write)));
        ready!(reads.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(context, buffer) {
            let heard = buffer.filled().get(before..).unwrap_or_default();
            this.has_begun(heard.len());
            return Poll::Ready(read.and_then(|()| this.calm.hears(heard)));
        }
        let Some(begins) = &mut this.begins else { return Poll::Pending };
        ready!(begins.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.bounded(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, bytes);
        this.bounded(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const SOON: Duration = Duration::from_millis(5);
    const NEVER: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn a_client_that_does_not_begin_is_cut_off() {
        let (mut client, server) = duplex(64);
        client.write_all(b"PRI * HTTP").await.unwrap();
        let mut server = Patient::new(server, SOON, NEVER);
        let error = server.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_has_begun_is_left_to_hyper() {
        let (mut client, server) = duplex(64);
        let mut server = Patient::new(server, SOON, NEVER);
        client.write_all(&[b'x'; PREFACE]).await.unwrap();
        server.read_exact(&mut [0; PREFACE]).await.unwrap();
        assert!(server.begins.is_none());
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_cut_off() {
        let (_client, server) = duplex(64);
        let mut server = Patient::new(server, NEVER, SOON);
        let error = server.write_all(&[0; 65]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
