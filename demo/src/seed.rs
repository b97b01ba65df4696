//! The first inhabitants, and what they have written.

use bitjang_core::Failure;

use crate::app::App;
use crate::community::{Member, Post, PostId};
use crate::rules::{Ban, Community, Person, Remark, Write};
use crate::server::Program;
use crate::store::Text;

/// Somebody who is here from the beginning.
pub struct Inhabitant {
    /// What they type to sign in.
    pub identifier: &'static str,
    /// What others call them.
    pub name: &'static str,
    /// What they are trusted with.
    pub roles: &'static [&'static str],
    /// What they are in the story.
    pub about: &'static str,
}

const fn inhabitant(
    identifier: &'static str,
    name: &'static str,
    roles: &'static [&'static str],
    about: &'static str,
) -> Inhabitant {
    Inhabitant { identifier, name, roles, about }
}

/// All of them.
pub const INHABITANTS: [Inhabitant; 5] = [
    inhabitant("alice", "Alice", &[], "writes"),
    inhabitant("bob", "Bob", &[], "writes too"),
    inhabitant("mo", "Mo", &["moderator"], "moderator: deletes what others wrote, and bans"),
    inhabitant("ada", "Ada", &["admin"], "admin: says who is a moderator"),
    inhabitant("ned", "Ned", &[], "banned: reads only"),
];

/// Lets them move in, unless somebody lives here already: then there is nothing to do, and no password to tell. They share one, made up on the spot.
pub async fn inhabit(app: &App, program: &Program) -> anyhow::Result<Option<String>> {
    if !app.store.members()?.is_empty() {
        return Ok(None);
    }
    let password = made_up()?;
    for Inhabitant { identifier, name, roles, .. } in &INHABITANTS {
        program.add(identifier, name, roles, &password).await?;
    }
    let members = program.members().await?;
    for member in &members {
        app.store.know(member)?;
    }
    write(app, &members)?;
    Ok(Some(password))
}

/// Sixteen letters and digits, 80 bits: none that look alike.
fn made_up() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes)?;
    let letters: Vec<char> = bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from))
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

/// Lets them write. `members` are theirs, in their order.
pub fn write(app: &App, members: &[Member]) -> Result<(), Failure> {
    let [alice, bob, mo, _, ned, ..] = members else { return Ok(()) };
    let first = post(app, alice, TEXTS[0])?;
    remark(app, bob, first, "Read it twice. The part about the hinge is right.")?;
    remark(app, ned, first, "<script>alert('I write whatever I like')</script>")?;
    post(app, bob, TEXTS[1])?;
    post(app, alice, TEXTS[2])?;
    let mo = Person::member(mo);
    if let Ok(may) = app.permit.may::<Ban, _>(&mo, ned) {
        let _ = app.store.ban(may)?;
    }
    Ok(())
}

fn post(app: &App, by: &Member, (title, body, draft): (&str, &str, bool)) -> Result<Option<PostId>, Failure> {
    let text = Text { title: title.to_owned(), body: body.to_owned(), draft };
    match app.permit.may::<Write, _>(&Person::member(by), &Community) {
        Ok(may) => app.store.write(may, &text),
        Err(_) => Ok(None),
    }
}

fn remark(app: &App, by: &Member, on: Option<PostId>, body: &str) -> Result<(), Failure> {
    let post: Option<Post> = on.map(|id| app.store.post(id)).transpose()?.flatten();
    if let Some(may) = post.and_then(|post| app.permit.may::<Remark, _>(&Person::member(by), &post).ok()) {
        let _ = app.store.remark(may, body)?;
    }
    Ok(())
}

const TEXTS: [(&str, &str, bool); 3] = [
    (
        "A gate is only as good as its hinge",
        "Everybody looks at the bar. The bar holds. What gives way is the hinge, where nobody looks:\na forgotten check on the one page that nobody tests.",
        false,
    ),
    (
        "문을 잠그는 것과 열쇠를 맡기는 것",
        "빗장은 안에서 잠급니다. 열쇠를 남에게 맡기는 순간, 문은 더 이상 내 것이 아닙니다.\n그래서 이 글은 저와 관리자만 지울 수 있습니다.",
        false,
    ),
    ("Half a thought", "Not for anybody's eyes yet.", true),
];
