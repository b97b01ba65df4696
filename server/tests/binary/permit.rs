//! `permit test`: cases beside policies, and what cannot be used.

use std::path::Path;

use tempfile::tempdir;

use crate::process::run;

const SCHEMA: &str = "entity Account; entity Post { owner: Account };
action edit appliesTo { principal: Account, resource: Post };";
const POLICY: &str =
    "@id(\"owners-edit\") permit (principal, action, resource) when { resource.owner == principal };";
const CASE: &str = r#"
[[case]]
it = "an owner edits"
who = "mina"
action = "edit"
resource = 'Post::"1"'
with = { owner = 'Account::"mina"' }
expect = "allow"
by = ["owners-edit"]
"#;

fn tested(folder: &Path, files: &[(&str, &str)]) -> (Option<i32>, String) {
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let output = run(folder, &["permit", "test", "."], "");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn cases_are_run_and_a_miss_is_a_failure() {
    let folder = tempdir().unwrap();
    let files = [("a.cedarschema", SCHEMA), ("a.cedar", POLICY), ("a.cases.toml", CASE)];
    let (code, said) = tested(folder.path(), &files);
    assert!(code == Some(0) && said.contains("✓") && said.contains("allowed by owners-edit"), "{said}");

    let (code, said) = tested(folder.path(), &[("a.cases.toml", &CASE.replace("\"allow\"", "\"deny\""))]);
    assert!(code == Some(1) && said.contains("1 not as expected"), "{said}");
}

#[test]
fn what_cannot_be_used_is_told_with_its_place() {
    let folder = tempdir().unwrap();
    let (code, said) =
        tested(folder.path(), &[("a.cedarschema", SCHEMA), ("a.cedar", "permit (principal,\n action);")]);
    assert!(code == Some(2) && said.contains("a.cedar:2:"), "{said}");
    let (code, said) = tested(folder.path(), &[("a.cedar", POLICY), ("a.cases.toml", "[[case]]\nit = 7")]);
    assert!(code == Some(2) && said.contains("a.cases.toml:2:"), "{said}");
    let output = run(folder.path(), &["permit", "test", "nowhere"], "");
    assert_eq!(output.status.code(), Some(2));
}
