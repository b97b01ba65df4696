//! Reads pages tag by tag, and checks what must hold of each.

use std::collections::BTreeSet;

pub(crate) fn check_nothing_inline(name: &str, html: &str) {
    for tag in tags(html) {
        let element = tag.split_whitespace().next().unwrap();
        assert_ne!(element, "style", "{name}");
        assert!(element != "script" || tag.contains(" src=\"/assets/"), "{name}: {tag}");
        for attribute in attributes(tag) {
            let (key, value) = attribute;
            assert!(key != "style" && !key.starts_with("on"), "{name}: {tag}");
            let link = matches!(key, "href" | "src" | "action");
            assert!(!link || value.starts_with(['/', '#']) && !value.starts_with("//"), "{name}: {tag}");
        }
    }
    assert!(html.contains("></script>"), "{name}");
}

pub(crate) fn check_whole(name: &str, html: &str) {
    let mut open = Vec::new();
    let mut ids = BTreeSet::new();
    for tag in tags(html) {
        let element = tag.trim_end_matches('/').split_whitespace().next().unwrap();
        match element.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}"),
            None if VOID.contains(&element) || tag.ends_with('/') => {}
            None => open.push(element),
        }
        let keys: Vec<_> = attributes(tag).map(|(key, _)| key).collect();
        assert_eq!(keys.len(), keys.iter().collect::<BTreeSet<_>>().len(), "{name}: {tag}");
        for (_, id) in attributes(tag).filter(|(key, _)| *key == "id") {
            assert!(ids.insert(id), "{name}: {id} twice");
        }
    }
    assert!(open.is_empty(), "{name}: {open:?}");
    for (key, value) in tags(html).flat_map(attributes) {
        if matches!(key, "for" | "aria-describedby" | "aria-labelledby") {
            assert!(value.split(' ').all(|id| ids.contains(id)), "{name}: {key} {value}");
        }
    }
}

/// What stands between `<` and `>`; sound here, as text and attribute values have neither.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').expect("an open tag").0)
        .filter(|tag| !tag.starts_with('!'))
}

fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let quoted = tag.split('"').collect::<Vec<_>>();
    let pairs: Vec<_> = quoted
        .chunks(2)
        .flat_map(|chunk| {
            let mut names: Vec<_> = chunk[0].split_whitespace().map(|name| (name, "")).collect();
            if let (Some(last), Some(value)) = (names.last_mut(), chunk.get(1)) {
                *last = (last.0.trim_end_matches('='), value);
            }
            names
        })
        .collect();
    pairs.into_iter().skip(1)
}

pub(crate) fn tag_with<'a>(html: &'a str, part: &str) -> &'a str {
    tags(html).find(|tag| tag.contains(part)).unwrap_or_else(|| panic!("no tag with {part} in {html}"))
}

const VOID: [&str; 4] = ["meta", "link", "input", "br"];
