//! `/assets/…`: files that may be kept for good, because their names change with their content.

use crate::world::World;

#[tokio::test]
async fn what_a_page_links_to_is_there_for_good() {
    let world = World::new().await;
    let page = world.browser().open("/").await.page();
    let links: Vec<_> = page.split('"').filter(|link| link.starts_with("/assets/")).collect();
    assert_eq!(links.len(), 3, "{links:?}");
    let mut types = Vec::new();
    for link in links {
        let answer = world.ask(&format!("GET {link}")).send().await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.cookies_set(), Vec::<&str>::new());
        types.push(answer.header("content-type").unwrap().to_owned());
        world.ask(&format!("HEAD {link}")).send().await.expect(200);
    }
    types.sort();
    assert_eq!(types, ["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"]);
}

#[tokio::test]
async fn a_file_of_another_version_is_not_kept() {
    let world = World::new().await;
    let answer = world.ask("GET /assets/style-0000000000000000.css").send().await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn nothing_else_is_served() {
    let world = World::new().await;
    for name in [
        "",
        "style.css",
        "..%2F..%2FCargo.toml",
        "%2Fetc%2Fpasswd",
        "page-0.js.map",
        "x/../style-0.css",
        "%00",
    ] {
        let answer = world.ask(&format!("GET /assets/{name}")).send().await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{name}");
        answer.expect_problem(404, "not_found");
    }
}
