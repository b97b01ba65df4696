//! Asking for a password: at the terminal, unseen and twice, or from standard input; never as an argument, which every process can read.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use bitjang::control::Typed;
use bitjang_core::password::MAX_BYTES;
use console::Term;

/// Where a password is read from.
#[derive(Clone, Copy)]
pub(super) enum From {
    /// Somebody types it.
    Terminal,
    /// A program writes it.
    Input,
}

/// Reads a new password.
pub(super) fn read(from: From) -> anyhow::Result<Typed> {
    match from {
        From::Terminal => typed(),
        From::Input => written(),
    }
}

fn typed() -> anyhow::Result<Typed> {
    let terminal = Term::stderr();
    if !(terminal.is_term() && std::io::stdin().is_terminal()) {
        bail!("there is no terminal to type a password at; give it on standard input, with --password-stdin");
    }
    let ask = |prompt: &str| {
        terminal.write_str(prompt)?;
        terminal.read_secure_line()
    };
    let password = ask("Password: ")?;
    if password != ask("Again: ")? {
        bail!("the two are not the same");
    }
    Ok(Typed::new(password))
}

fn written() -> anyhow::Result<Typed> {
    // More than the longest password there is: that is refused further on, with its reason.
    let most = u64::try_from(8 * MAX_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    std::io::stdin().take(most).read_to_string(&mut text).context("standard input cannot be read as text")?;
    // `echo` and editors end with a line break that is no part of the password.
    let end = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).map_or(text.len(), str::len);
    text.truncate(end);
    Ok(Typed::new(text))
}
