//! The measurement of the feed that docs/scaling.md shows, in small: that it works, not what it says.

use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_bitjang");

#[test]
fn every_verifier_of_a_crowd_hears_of_every_sign_out() {
    let crowd = Path::new(PROGRAM).with_file_name("examples").join("crowd");
    let output = Command::new(crowd).args([PROGRAM, "20", "10", "50"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("| 20 verifiers follow one server"), "{told}{why}");
    let events = ["| bytes of an entry | 18", "| … of a heartbeat | 9"];
    assert!(events.iter().all(|event| told.contains(event)), "the capacity model counts with others: {told}");
}
