//! Faults planted in a copy of the code, one at a time: the test that is named must fail.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::shell::{Shell, command, output};

/// One fault, and who catches it.
struct Fault {
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    test: &'static str,
}

const WRITER: &str = "store/src/embedded/writer.rs";
const FOLDER: &str = "store/src/embedded/folder.rs";
const SESSIONS: &str = "store/src/embedded/sessions.rs";
const DISK: &str = "--package bitjang-store --test disk";
const STORM: &str = "--package bitjang --test binary storm::the_table";

const FAULTS: &[Fault] = &[
    Fault {
        name: "answered before the commit, which comes with the next batch",
        file: WRITER,
        find: r#"let done = run(&self.db, "BEGIN IMMEDIATE")
            .and_then(|()| self.write_all(batch))
            .and_then(|()| run(&self.db, "COMMIT"));
"#,
        replace: r#"let before = if self.db.is_autocommit() { Ok(()) } else { run(&self.db, "COMMIT") };
        let done = before.and_then(|()| run(&self.db, "BEGIN IMMEDIATE")).and_then(|()| self.write_all(batch));
        if done.is_ok() {
            return Ok(());
        }
"#,
        test: "--package bitjang-store --test kill",
    },
    Fault {
        name: "`synchronous = NORMAL`",
        file: FOLDER,
        find: "PRAGMA synchronous = FULL",
        replace: "PRAGMA synchronous = NORMAL",
        test: "DISK cut::",
    },
    Fault {
        name: "`synchronous = OFF`",
        file: FOLDER,
        find: "PRAGMA synchronous = FULL",
        replace: "PRAGMA synchronous = OFF",
        test: "DISK cut::",
    },
    Fault {
        name: "a revocation in a transaction of its own",
        file: "store/src/embedded/revocations.rs",
        find: r"        1 => revokes.map(|revocation| insert(db, revocation)).transpose().map(Replaced::Done),
        _ => Ok(Replaced::Stale),
    };
    // A single statement undoes itself when it fails.
    if revokes.is_some() { whole_or_not_at_all(db, both) } else { both() }",
        replace: r#"        1 => {
            run(db, "COMMIT")?;
            run(db, "BEGIN IMMEDIATE")?;
            revokes.map(|revocation| insert(db, revocation)).transpose().map(Replaced::Done)
        }
        _ => Ok(Replaced::Stale),
    };
    if revokes.is_some() && db.is_autocommit() { whole_or_not_at_all(db, both) } else { both() }"#,
        test: "DISK cut::",
    },
    Fault {
        name: "a commit that failed counts: a failed sync, a full disk",
        file: WRITER,
        find: "self.dispel_doubt().and_then(|()| self.transact(batch));",
        replace: "self.dispel_doubt().and_then(|()| self.transact(batch)).or(Ok::<(), Uncommitted>(()));",
        test: "DISK sync::",
    },
    Fault {
        name: "what is in memory is told before the commit is known to be good",
        file: WRITER,
        find: "if committed.is_ok() {",
        replace: "if committed.is_ok() || committed.is_err() {",
        test: "DISK full::",
    },
    Fault {
        name: "after a failed sync the writer goes on as if nothing had been",
        file: WRITER,
        find: "            self.doubt = Some(Doubt::Disk);\n",
        replace: "            let _forgotten = Doubt::Disk;\n",
        test: "DISK sync::after_a_sync",
    },
    Fault {
        name: "a log that is found at the start is written on",
        file: WRITER,
        find: "doubt: Some(Doubt::Log) }",
        replace: "doubt: Some(Doubt::Log).filter(|_| false) }",
        test: "DISK sync::nor_by",
    },
    Fault {
        name: "that there can be no log goes unnoticed",
        file: FOLDER,
        find: "        begin_log(&db).map_err(|e| self.engine(e))?;\n",
        replace: "        let _unseen = (begin_log, db.execute_batch(\"PRAGMA journal_mode = WAL\"));\n",
        test: "DISK sync::",
    },
    Fault {
        name: "after the engine gave a transaction up, the rest of the batch is written alone",
        file: WRITER,
        find: "            if self.db.is_autocommit() {\n                return",
        replace: "            if self.db.is_autocommit() && self.db.is_busy() {\n                return",
        test: "--package bitjang-store --lib nor_is_half_of_it_there",
    },
    Fault {
        name: "a transaction whose commit failed is left open",
        file: WRITER,
        find: "        if !self.db.is_autocommit() {\n            // A COMMIT",
        replace: "        if !self.db.is_autocommit() && done.is_ok() {\n            // A COMMIT",
        test: "--package bitjang-store --lib a_commit_that_fails_changes_nothing",
    },
    Fault {
        name: "a sign-out is kept in memory alone, and gone after a restart",
        file: SESSIONS,
        find: "ended_at = ?13, ended_why = ?14",
        replace: "ended_at = ended_at, ended_why = ended_why",
        test: STORM,
    },
    Fault {
        name: "so is which refresh token was spent",
        file: SESSIONS,
        find: "generation = ?15, spent = ?16\n    WHERE",
        replace: "generation = ?15, spent = spent\n    WHERE",
        test: STORM,
    },
    Fault {
        name: "so is the epoch that a changed password raises",
        file: "store/src/embedded/accounts.rs",
        find: "epoch = ?7, epoch_spared = ?8,",
        replace: "epoch = epoch, epoch_spared = epoch_spared,",
        test: STORM,
    },
];

/// Plants each fault whose name contains `only`; what caught it, as rows of a table. An error if anything was not caught.
pub(crate) fn run(shell: &Shell, only: &str) -> Result<String> {
    let copy = shell.root().join("target/planted/code");
    let (mut table, mut missed) = ("| planted fault | caught by |\n|---|---|\n".to_owned(), Vec::new());
    for fault in FAULTS.iter().filter(|fault| fault.name.contains(only)) {
        renew(shell.root(), &copy)?;
        match fault.plant(&copy).and_then(|()| fault.caught(&copy)) {
            Ok(test) => {
                println!("{}: caught by {test}", fault.name);
                writeln!(table, "| {} | `{test}` |", fault.name)?;
            }
            Err(error) => {
                println!("{}: {error:#}", fault.name);
                missed.push(fault.name);
            }
        }
    }
    ensure!(missed.is_empty(), "not caught: {}", missed.join("; "));
    Ok(table)
}

/// Makes `copy` what the repository has. Files that are the same already are left alone, so that little is built anew.
fn renew(root: &Path, copy: &Path) -> Result<()> {
    let listed = output(&format!("git -C {} ls-files", root.display())).context("git lists no files")?;
    for file in listed.lines() {
        let (from, to) = (root.join(file), copy.join(file));
        let bytes = fs::read(from)?;
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
            fs::write(to, bytes)?;
        }
    }
    Ok(())
}

impl Fault {
    fn plant(&self, copy: &Path) -> Result<()> {
        let file = copy.join(self.file);
        let text = fs::read_to_string(&file)?;
        let places = text.matches(self.find).count();
        ensure!(places == 1, "{} has {places} places for it, not one", self.file);
        Ok(fs::write(file, text.replace(self.find, self.replace))?)
    }

    /// The first test that fails. A copy that cannot be built catches nothing.
    fn caught(&self, copy: &Path) -> Result<String> {
        let test = self.test.replace("DISK", DISK);
        let (built, said) = self.cargo(copy, &test, "--no-run")?;
        ensure!(built, "it does not build:\n{said}");
        let (passed, said) = self.cargo(copy, &test, "")?;
        let mut failed =
            said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
        match failed.next() {
            Some(name) if !passed => Ok(name.to_owned()),
            _ => bail!("nothing caught it"),
        }
    }

    /// Whether it succeeds, and what it says.
    fn cargo(&self, copy: &Path, test: &str, more: &str) -> Result<(bool, String)> {
        let mut cargo: Command = command(&format!("cargo test --locked {more} {test}"))?;
        let target: PathBuf = copy.with_file_name("target");
        cargo.current_dir(copy).env("CARGO_TARGET_DIR", target).env("BITJANG_TEST_CUT_ROUNDS", "200");
        let done = cargo.stdin(Stdio::null()).output().with_context(|| self.name)?;
        let said = [done.stdout, done.stderr].concat();
        Ok((done.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }
}
