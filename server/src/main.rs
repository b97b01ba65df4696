//! The `bitjang` command.

mod command;

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes what is freed: a password passes through the buffers of a connection before any type of ours holds it, and must not stay behind for a core dump to find.
#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    command::run()
}
