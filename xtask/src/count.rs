//! Instructions of the hot paths, counted by callgrind and compared with what is written down: a slip is seen on any machine, whatever else it is doing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::machine;
use crate::shell::{Shell, command, output};

/// What is counted, as the program calls it.
const PATHS: [&str; 6] = ["token", "cookie", "access", "refresh", "guarded", "hello"];
/// How often each is called.
const TIMES: u64 = 1_000;
/// By how many hundredths a count may differ.
const TOLERANCE: f64 = 0.02;

/// How the comparison came out, where there was something to compare with.
pub(crate) enum Compared {
    Same,
    /// Other compilers count differently; what they count is printed.
    WithAnotherCompiler(String),
}

/// Counts, and fails where a count is not the one that is written down. With `BITJANG_WRITE=1` it writes them down.
pub(crate) fn compare(shell: &Shell) -> Result<Compared> {
    shell.run("cargo build --profile counted --locked --package bitjang-count")?;
    let counted = Counts { compiler: compiler()?, instructions: count()? };
    let written = shell.root().join("bench/count/instructions");
    if std::env::var_os("BITJANG_WRITE").is_some() {
        fs::write(&written, counted.to_text())?;
    }
    let before = Counts::read(&fs::read_to_string(&written).unwrap_or_default())
        .with_context(|| format!("{} cannot be read", written.display()))?;
    println!("{}", counted.to_text());
    if before.compiler != counted.compiler {
        return Ok(Compared::WithAnotherCompiler(before.compiler));
    }
    match counted.differences(&before) {
        differences if differences.is_empty() => Ok(Compared::Same),
        differences => {
            bail!("{differences}: mend it, or write it down with BITJANG_WRITE=1 and say in the commit why")
        }
    }
}

fn compiler() -> Result<String> {
    let version = output("rustc --version").context("rustc does not say its version")?;
    Ok(version.split_whitespace().nth(1).unwrap_or_default().to_owned())
}

/// The instructions of one call of each path.
fn count() -> Result<BTreeMap<String, u64>> {
    let program = machine::built_for_release()?.with_file_name("counted").join("bitjang-count");
    PATHS.into_iter().map(|path| Ok((path.to_owned(), count_one(&program, path)?))).collect()
}

fn count_one(program: &Path, path: &str) -> Result<u64> {
    let mut valgrind = command("valgrind --tool=callgrind --callgrind-out-file=/dev/null")?;
    valgrind.arg("--toggle-collect=bitjang_count::counted").arg(program).arg(path);
    let told =
        valgrind.arg("--times").arg(TIMES.to_string()).output().context("valgrind cannot be started")?;
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    let collected = told.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count);
    let collected: u64 =
        collected.and_then(|count| count.trim().parse().ok()).with_context(|| told.clone())?;
    // A function that was renamed would be looked for in vain.
    ensure!(collected >= TIMES, "nothing was counted: {told}");
    Ok(collected / TIMES)
}

/// What was counted, and with which compiler.
struct Counts {
    compiler: String,
    instructions: BTreeMap<String, u64>,
}

impl Counts {
    fn to_text(&self) -> String {
        let mut text = format!("rustc {}\n", self.compiler);
        for (path, count) in &self.instructions {
            // Text takes every write.
            let _ = writeln!(text, "{path} {count}");
        }
        text
    }

    fn read(text: &str) -> Result<Self> {
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let (_, compiler) = lines.next().context("it is empty")?;
        let instructions =
            lines.map(|(path, count)| Ok((path.to_owned(), count.parse()?))).collect::<Result<_>>()?;
        Ok(Self { compiler: compiler.to_owned(), instructions })
    }

    /// What differs by more than chance, in words; nothing where nothing does.
    fn differences(&self, before: &Self) -> String {
        let differ = self.instructions.iter().filter_map(|(path, count)| {
            let was = before.instructions.get(path).copied().unwrap_or_default();
            let is_same = precise(count.abs_diff(was)) <= precise(was) * TOLERANCE;
            (!is_same).then(|| format!("{path} takes {count} instructions, {was} are written down"))
        });
        differ.collect::<Vec<_>>().join("; ")
    }
}

fn precise(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Counts {
        Counts::read(text).unwrap()
    }

    #[test]
    fn a_slip_of_three_hundredths_is_told_and_one_of_two_is_not() {
        let before = counts("rustc 1.95.0\ncookie 1000\ntoken 2000\n");
        for (now, told) in [
            ("rustc 1.95.0\ncookie 1020\ntoken 1960\n", ""),
            (
                "rustc 1.95.0\ncookie 1030\ntoken 2000\n",
                "cookie takes 1030 instructions, 1000 are written down",
            ),
            (
                "rustc 1.95.0\ncookie 1000\ntoken 1900\n",
                "token takes 1900 instructions, 2000 are written down",
            ),
        ] {
            assert_eq!(counts(now).differences(&before), told);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = "rustc 1.95.0\ncookie 1000\ntoken 2000\n";
        assert_eq!(counts(text).to_text(), text);
        assert!(Counts::read("").is_err());
    }
}
