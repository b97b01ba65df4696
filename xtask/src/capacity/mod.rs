//! The capacity model: arithmetic from figures that say where they come from, shown in docs/scaling.md.

mod figures;
mod model;
mod quantity;
mod tables;

use anyhow::Result;

use crate::page;
use crate::shell::Shell;

const PAGE: &str = "docs/scaling.md";

/// Writes the model's tables into the page.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    page::write(&shell.root().join(PAGE), "capacity", &tables::all())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_shows_what_the_model_says() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
        let shown = page::read(&page, "capacity").unwrap();
        assert!(shown == tables::all().trim(), "run `cargo xtask capacity`");
    }
}
