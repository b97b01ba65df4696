//! The policies against the cases beside them, and the app's own lists against single decisions.

use bitjang_core::AccountId;
use proptest::prelude::*;
use serde::Deserialize;

use super::{
    Action, Ban, Community, Decision, Delete, Edit, GiveRoles, Moderate, Person, Read, Remark, Rules, Thing,
    Write,
};
use crate::community::{Comment, CommentId, Member, Post, PostId};
use crate::store::{Reader, Store, Text};

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    who: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    banned: bool,
    action: String,
    post: Option<String>,
    draft: Option<String>,
    comment: Option<String>,
    member: Option<Whom>,
    #[serde(default)]
    community: bool,
    allowed: bool,
    because: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    account: String,
    #[serde(default)]
    roles: Vec<String>,
}

/// The account of somebody in a case, by their name.
fn account(name: &str) -> AccountId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
    AccountId::from_bytes(bytes)
}

fn person(name: &str, roles: &[&str], is_banned: bool) -> Person {
    Person { account: Some(account(name)), roles: roles.iter().map(ToString::to_string).collect(), is_banned }
}

fn post(author: AccountId, draft: bool) -> Post {
    let (author_name, title, body, created_at) = Default::default();
    Post { id: PostId(7), author, author_name, title, body, draft, created_at, revision: 1 }
}

fn comment(author: AccountId) -> Comment {
    let (author_name, body, created_at) = Default::default();
    Comment { id: CommentId(7), post: PostId(7), author, author_name, body, created_at, revision: 1 }
}

fn member(name: &str, roles: &[String]) -> Member {
    let (identifier, name_shown) = (name.to_owned(), name.to_owned());
    Member { account: account(name), identifier, name: name_shown, roles: roles.to_vec(), is_banned: false }
}

type Decide<R> = fn(&Rules, &Person, &R) -> Decision;

fn decide<R: Thing>(rules: &Rules, person: &Person, action: &str, thing: &R) -> Option<Decision> {
    let decide: [(&str, Decide<R>); 8] = [
        (Read::NAME, Rules::decide::<Read, R>),
        (Write::NAME, Rules::decide::<Write, R>),
        (Edit::NAME, Rules::decide::<Edit, R>),
        (Remark::NAME, Rules::decide::<Remark, R>),
        (Delete::NAME, Rules::decide::<Delete, R>),
        (Moderate::NAME, Rules::decide::<Moderate, R>),
        (Ban::NAME, Rules::decide::<Ban, R>),
        (GiveRoles::NAME, Rules::decide::<GiveRoles, R>),
    ];
    decide.iter().find(|(name, _)| *name == action).map(|(_, decide)| decide(rules, person, thing))
}

fn outcome(rules: &Rules, case: &Case) -> Option<Decision> {
    let had: Vec<&str> = case.roles.iter().map(String::as_str).collect();
    let who = case.who.as_deref().map_or(Person::STRANGER, |who| person(who, &had, case.banned));
    match (&case.post, &case.draft, &case.comment, &case.member, case.community) {
        (Some(owner), None, None, None, false) => {
            decide(rules, &who, &case.action, &post(account(owner), false))
        }
        (None, Some(owner), None, None, false) => {
            decide(rules, &who, &case.action, &post(account(owner), true))
        }
        (None, None, Some(owner), None, false) => decide(rules, &who, &case.action, &comment(account(owner))),
        (None, None, None, Some(whom), false) => {
            decide(rules, &who, &case.action, &member(&whom.account, &whom.roles))
        }
        (None, None, None, None, true) => decide(rules, &who, &case.action, &Community),
        _ => None,
    }
}

#[test]
fn the_policies_decide_as_the_cases_beside_them_say() {
    let rules = Rules::new().unwrap();
    let cases: Cases = toml::from_str(include_str!("../../policies/community.cases.toml")).unwrap();
    assert!(cases.case.len() > 40, "{}", cases.case.len());
    for case in cases.case {
        let decision = outcome(&rules, &case).unwrap();
        assert_eq!(decision.is_allowed(), case.allowed, "{case:?}: {decision}");
        if let Some(because) = &case.because {
            assert!(decision.policies().iter().any(|policy| policy.id == *because), "{case:?}: {decision}");
        }
    }
}

#[test]
fn a_question_that_contradicts_the_schema_is_denied_and_says_why() {
    let rules = Rules::new().unwrap();
    let decision = rules.decide::<Ban, _>(&person("mo", &["moderator"], false), &post(account("a"), false));
    assert!(!decision.is_allowed());
    assert!(decision.to_string().contains("ban"), "{decision}");
}

#[test]
fn a_decision_explains_itself_to_people_and_programs() {
    let rules = Rules::new().unwrap();
    let (bob, banned) = (person("bob", &[], false), person("bob", &["moderator"], true));
    let post = post(account("alice"), false);
    assert_eq!(rules.decide::<Delete, _>(&bob, &post).to_string(), "denied: no policy permits it");
    let decision = rules.decide::<Delete, _>(&banned, &post);
    assert_eq!(decision.to_string(), "denied by banned-accounts-only-read");
    let json = serde_json::to_value(&decision).unwrap();
    assert_eq!(
        (&json["result"], &json["policies"][0]["id"]),
        (&"deny".into(), &"banned-accounts-only-read".into())
    );
}

#[test]
fn bad_policies_are_refused_with_where_and_what() {
    let schema = include_str!("../../policies/community.cedarschema");
    for (policies, what) in [
        ("@id(\"a\")\npermit (principal action, resource);", "unexpected token"),
        (
            "@id(\"a\") permit (principal, action == Action::\"edit\", resource) when { resource.ovner == principal };",
            "ovner",
        ),
        ("permit (principal, action == Action::\"edit\", resource);", "no @id"),
    ] {
        let error = Rules::of(policies, schema).err().unwrap().to_string();
        assert!(error.contains(what), "{error}");
    }
}

/// Three people who are known to the store.
const NAMES: [&str; 3] = ["alice", "bob", "carol"];

fn known_to(store: &Store) {
    for name in NAMES {
        store.know(&member(name, &[])).unwrap();
    }
}

/// Writes as the author may.
fn written(store: &Store, rules: &Rules, author: &str, draft: bool) -> PostId {
    let text = Text { title: "t".to_owned(), body: "b".to_owned(), draft };
    store.write(rules.may(&person(author, &[], false), &Community).unwrap(), &text).unwrap().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_list_holds_what_single_decisions_allow(
        posts in prop::collection::vec((0..3_usize, any::<bool>()), 0..20),
        reader in prop::option::of((0..3_usize, any::<bool>(), any::<bool>(), any::<bool>())),
    ) {
        let (store, rules) = (Store::in_memory().unwrap(), Rules::new().unwrap());
        known_to(&store);
        let ids: Vec<_> =
            posts.iter().map(|(author, draft)| written(&store, &rules, NAMES[*author], *draft)).collect();
        let reader = reader.map_or(Person::STRANGER, |(who, moderates, administers, banned)| {
            let roles = [("moderator", moderates), ("admin", administers)];
            let roles: Vec<_> = roles.iter().filter(|(_, has)| *has).map(|(role, _)| *role).collect();
            person(NAMES[who], &roles, banned)
        });
        let listed: Vec<_> =
            store.posts_for(Reader::of(&reader).as_ref()).unwrap().iter().rev().map(|post| post.id).collect();
        let one_by_one = |id: &PostId| rules.allows::<Read, _>(&reader, &store.post(*id).unwrap().unwrap());
        let decided: Vec<_> = ids.into_iter().filter(one_by_one).collect();
        prop_assert_eq!(listed, decided);
    }

    #[test]
    fn no_sequence_of_calls_deletes_what_policy_forbids(
        calls in prop::collection::vec((0..3_usize, 0..5_u8, 0..4_usize), 1..60),
    ) {
        let (store, rules) = (Store::in_memory().unwrap(), Rules::new().unwrap());
        known_to(&store);
        // Who owns what is remembered here, apart from the store and from the policies. Carol moderates.
        let mut owned: Vec<(PostId, usize)> = Vec::new();
        let mut banned = [false; 3];
        // Proofs that were good once, and are kept for later.
        let mut kept = Vec::new();
        for (who, call, which) in calls {
            let roles: &[&str] = if who == 2 { &["moderator"] } else { &[] };
            let asking = person(NAMES[who], roles, store.is_banned(account(NAMES[who])).unwrap());
            let target = owned.get(which).copied();
            match (call, target) {
                (0, _) => {
                    if let Ok(may) = rules.may(&asking, &Community) {
                        let text = Text { title: "t".to_owned(), body: "b".to_owned(), draft: false };
                        owned.push((store.write(may, &text).unwrap().unwrap(), who));
                    }
                }
                (1, Some((id, owner))) => {
                    let Some(post) = store.post(id).unwrap() else { continue };
                    let may = rules.may::<Delete, _>(&asking, &post);
                    let right = !banned[who] && (who == owner || who == 2);
                    prop_assert_eq!(may.is_ok(), right);
                    if let Ok(may) = may {
                        kept.push((may, id, who, post.revision));
                    }
                }
                (2, Some((id, owner))) => {
                    let Some(post) = store.post(id).unwrap() else { continue };
                    let may = rules.may::<Edit, _>(&asking, &post);
                    prop_assert_eq!(may.is_ok(), !banned[who] && who == owner);
                    if let Ok(may) = may {
                        let text = Text { title: "u".to_owned(), body: "b".to_owned(), draft: false };
                        let _ = store.edit(may, &text).unwrap();
                    }
                }
                (3, _) => {
                    let whom = store.member(account(NAMES[which % 3])).unwrap().unwrap();
                    if let Ok(may) = rules.may::<Ban, _>(&asking, &whom) {
                        let _ = store.ban(may).unwrap();
                        banned[which % 3] = true;
                    }
                }
                (4, _) => {
                    let Some((may, id, by, revision)) = kept.pop() else { continue };
                    let before = store.post(id).unwrap();
                    let good = !banned[by] && before.is_some_and(|post| post.revision == revision);
                    let done = store.delete_post(may).unwrap() == bitjang_core::Commit::Done;
                    prop_assert_eq!(done, good, "a proof acts only on what it was made for");
                }
                _ => {}
            }
        }
    }
}
