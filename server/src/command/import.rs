//! `account import`: streams a file of JSON lines into the store, and writes down what could not be.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bitjang::control::{Answer, Command, Outcome};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::office::Office;

/// How many lines are under way at once: enough for the store to commit many together.
const BATCH: usize = 256;

/// The longest line, in bytes. A name, an identifier, 32 roles and a hash fit several times.
const LINE_BYTES: usize = 16 * 1_024;

/// What is to be imported, and where to write what is not.
pub(super) struct Plan {
    lines: Lines<BufReader<File>>,
    rejects: Box<dyn Write + Send>,
    progress: ProgressBar,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    made: u64,
    taken: u64,
    bad: u64,
}

/// A line that made no account. Never the line itself: it holds a hash.
#[derive(Serialize)]
struct Reject<'a> {
    line: u64,
    code: &'a str,
    reason: &'a str,
}

impl Plan {
    /// Opens both files before anything is changed.
    pub(super) fn new(file: &Path, rejects: Option<&Path>) -> anyhow::Result<Self> {
        let lines = File::open(file).with_context(|| format!("{} cannot be opened", file.display()))?;
        let length = lines.metadata().map_or(0, |metadata| metadata.len());
        let rejects: Box<dyn Write + Send> = match rejects {
            Some(path) => {
                let file =
                    File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
                Box::new(BufWriter::new(file))
            }
            None => Box::new(std::io::stderr()),
        };
        let lines = Lines::new(BufReader::new(lines));
        Ok(Self { lines, rejects, progress: progress(length), tally: Tally::default() })
    }

    /// Imports line by line; what is made stays made, whatever happens further on.
    pub(super) async fn run(mut self, office: &Office) -> anyhow::Result<ExitCode> {
        let result = self.all(office).await;
        self.rejects.flush().context("the rejects cannot be written")?;
        self.progress.finish_and_clear();
        let Tally { made, taken, bad } = self.tally;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{made} imported, {taken} already had an account, {bad} rejected")?;
        result.context("the import was broken off; it is safe to run it again")?;
        Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn all(&mut self, office: &Office) -> anyhow::Result<()> {
        loop {
            let batch = self.lines.batch().context("the file cannot be read")?;
            if batch.is_empty() {
                return Ok(());
            }
            self.import(batch, office).await?;
            self.progress.set_position(self.lines.position);
        }
    }

    async fn import(&mut self, batch: Vec<Line>, office: &Office) -> anyhow::Result<()> {
        let lines = batch.iter().filter_map(|line| line.text.clone()).collect();
        let Answer::Imported { outcomes } = office.ask(Command::Import { lines }).await? else {
            bail!("the server answered something else");
        };
        let mut outcomes = VecDeque::from(outcomes);
        for line in &batch {
            match &line.text {
                Some(_) => {
                    self.note(line.number, outcomes.pop_front().context("the server left lines out")?)?;
                }
                None => self.reject(line.number, "line_too_long", "the line is longer than 16 KiB")?,
            }
        }
        Ok(())
    }

    fn note(&mut self, line: u64, outcome: Outcome) -> anyhow::Result<()> {
        match outcome {
            Outcome::Done => self.tally.made += 1,
            Outcome::Taken => {
                self.tally.taken += 1;
                self.write(&Reject {
                    line,
                    code: "identifier_taken",
                    reason: "there is an account of this identifier",
                })?;
            }
            Outcome::Bad { code, why } => self.reject(line, &code, &why)?,
            Outcome::Failed { why } => bail!("line {line}: {why}"),
        }
        Ok(())
    }

    fn reject(&mut self, line: u64, code: &str, reason: &str) -> anyhow::Result<()> {
        self.tally.bad += 1;
        self.write(&Reject { line, code, reason })
    }

    fn write(&mut self, reject: &Reject<'_>) -> anyhow::Result<()> {
        let line = serde_json::to_string(reject)?;
        writeln!(self.rejects, "{line}").context("the rejects cannot be written")
    }
}

fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {bytes} of {total_bytes}, {eta} left");
    // It draws itself on a terminal only.
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The lines of a file, each bounded, so that no file can fill the memory.
struct Lines<R> {
    reader: R,
    number: u64,
    position: u64,
}

/// A line; without its text if that is too long or not UTF-8's business to be read.
struct Line {
    number: u64,
    text: Option<String>,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, number: 0, position: 0 }
    }

    /// The next lines, empty ones left out; nothing at the end.
    fn batch(&mut self) -> std::io::Result<Vec<Line>> {
        let mut batch = Vec::new();
        while batch.len() < BATCH
            && let Some(line) = self.line()?
        {
            if line.text.as_deref().is_none_or(|text| !text.trim().is_empty()) {
                batch.push(line);
            }
        }
        Ok(batch)
    }

    fn line(&mut self) -> std::io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let most = u64::try_from(LINE_BYTES + 1).unwrap_or(u64::MAX);
        if (&mut self.reader).take(most).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.position += u64::try_from(bytes.len()).unwrap_or(0);
        self.number += 1;
        let whole = bytes.len() <= LINE_BYTES || bytes.ends_with(b"\n");
        if !whole {
            self.skip_rest()?;
        }
        // What is not UTF-8 is not JSON, and is told so by the reader of lines.
        let text = whole.then(|| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Some(Line { number: self.number, text }))
    }

    fn skip_rest(&mut self) -> std::io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffer.len(), |end| end + 1);
            let over = end.is_some() || buffer.is_empty();
            self.position += u64::try_from(length).unwrap_or(0);
            self.reader.consume(length);
            if over {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], expected: &[(u64, Option<&str>)]) {
        let mut lines = Lines::new(text);
        let batch = lines.batch().unwrap();
        let got: Vec<_> =
            batch.iter().map(|line| (line.number, line.text.as_deref().map(str::trim_end))).collect();
        assert_eq!(got, expected);
        assert_eq!(lines.position, text.len() as u64);
    }

    #[test]
    fn lines_keep_their_numbers_and_empty_ones_are_left_out() {
        check(b"", &[]);
        check(b"a\n\n \nb", &[(1, Some("a")), (4, Some("b"))]);
        check(b"\xff\r\nb\n", &[(1, Some("\u{fffd}")), (2, Some("b"))]);
    }

    #[test]
    fn a_line_without_end_is_skipped_in_little_memory() {
        let long = [vec![b'x'; 10 * LINE_BYTES], b"\nb\n".to_vec()].concat();
        check(&long, &[(1, None), (2, Some("b"))]);
        let fits = "x".repeat(LINE_BYTES);
        check(format!("{fits}\nb").as_bytes(), &[(1, Some(&fits)), (2, Some("b"))]);
        check(&vec![b'x'; LINE_BYTES + 1], &[(1, None)]);
    }
}
