//! One target of `bitjang-fuzz`, the one that `FUZZ_TARGET` names.
#![no_main]

use std::sync::LazyLock;

use bitjang_fuzz::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    Target::named(&name).expect("FUZZ_TARGET names a target that there is")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.probe)(bytes));
