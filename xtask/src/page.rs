//! Pages of the docs: what is written by hand, and between `<!-- part -->` and `<!-- /part -->` what a program has written.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// What stands in a part of the page at `path`.
pub(crate) fn read(path: &Path, part: &str) -> Result<String> {
    let page = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(split(&page, part)?.1.trim().to_owned())
}

/// Puts `text` into a part of the page at `path`.
pub(crate) fn write(path: &Path, part: &str, text: &str) -> Result<()> {
    let page = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let (before, _, after) = split(&page, part)?;
    Ok(fs::write(path, format!("{before}\n{}\n{after}", text.trim()))?)
}

/// A table of lines with tabs in them, below this heading.
pub(crate) fn table(heading: &str, lines: &str) -> String {
    let row = |line: &str| format!("| {} |\n", line.replace('\t', " | "));
    let rule = row(&vec!["---"; heading.split('\t').count()].join("\t"));
    std::iter::once(row(heading)).chain([rule]).chain(lines.lines().map(row)).collect()
}

/// A page before a part, with the mark at its beginning; the part; and what follows.
fn split<'p>(page: &'p str, part: &str) -> Result<(&'p str, &'p str, &'p str)> {
    let (begin, end) = (format!("<!-- {part} -->"), format!("<!-- /{part} -->"));
    let missing = || format!("the page has no {begin} … {end}");
    let from = page.find(&begin).with_context(missing)? + begin.len();
    let to = page.find(&end).filter(|to| from <= *to).with_context(missing)?;
    let (before, rest) = page.split_at(from);
    let (part, after) = rest.split_at(to - from);
    Ok((before, part, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_stands_between_its_marks() {
        let page = "# A\n<!-- b -->\nold\n<!-- /b -->\nrest";
        assert_eq!(split(page, "b").unwrap(), ("# A\n<!-- b -->", "\nold\n", "<!-- /b -->\nrest"));
        assert!(split(page, "c").is_err());
        assert!(split("<!-- /b --> <!-- b -->", "b").is_err());
    }
}
