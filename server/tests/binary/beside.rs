//! Programs that are run from beside the binary.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bitjang");

/// A folder on the same disk as the binary.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(Path::new(PROGRAM).parent().unwrap()).unwrap()
}

/// The binary alone in a folder, as an installation has it, outside cargo. A link, no copy: a file that was just written may count as busy.
fn installed(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let program = folder.path().join("bitjang");
    std::fs::hard_link(PROGRAM, &program).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).env_remove("CARGO");
    command
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let folder = folder();
    let output = installed(&folder, &["lab"]).output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("bitjang-lab is not there"), "{told}");
}

#[test]
fn a_program_beside_the_binary_is_given_the_arguments_and_the_binary() {
    let folder = folder();
    symlink("/usr/bin/env", folder.path().join("bitjang-demo")).unwrap();
    let output =
        installed(&folder, &["demo", "ANSWER=42", "sh", "-c", "echo $ANSWER $BITJANG_PROGRAM"]).output();
    let told = String::from_utf8(output.unwrap().stdout).unwrap();
    let program = folder.path().canonicalize().unwrap().join("bitjang");
    assert_eq!(told.trim(), format!("42 {}", program.display()));
}
