//! Gives back to the system what the allocator keeps: the one call of this house that is not checked by the compiler, in a crate of its own so that all others may forbid it.

/// Gives back memory that has been freed.
///
/// By itself, glibc returns only what lies at the end of a heap, so one small block that lives on keeps all that lies before it: a server that once had 10,000 connections would hold their memory for ever. Costs about a
/// millisecond for each 100 MiB; does nothing where another allocator is used.
pub fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "there is no other way to it")]
    // SAFETY: it takes no pointer, and any thread may call it at any time (malloc_trim(3), MT-Safe).
    unsafe {
        libc::malloc_trim(0);
    }
}
