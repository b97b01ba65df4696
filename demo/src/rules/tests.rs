//! The policies against the cases beside them, and the app's own lists against single decisions.

use bitjang_core::AccountId;
use bitjang_permit::{Cases, May, Permit, Rules};
use proptest::prelude::*;

use super::{Ban, Community, Delete, Edit, Person, Read, permit, sources};
use crate::community::{Member, Post, PostId};
use crate::store::{Reader, Store, Text};

/// The account of somebody, by their name.
fn account(name: &str) -> AccountId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
    AccountId::from_bytes(bytes)
}

fn person(name: &str, roles: &[&str], is_banned: bool) -> Person {
    Person { account: Some(account(name)), roles: roles.iter().map(ToString::to_string).collect(), is_banned }
}

fn member(name: &str) -> Member {
    let (identifier, name_shown) = (name.to_owned(), name.to_owned());
    Member { account: account(name), identifier, name: name_shown, roles: Vec::new(), is_banned: false }
}

#[test]
fn the_policies_decide_as_the_cases_beside_them_say() {
    let sources = sources();
    let outcomes = Cases::parse(&sources).unwrap().run(&Rules::parse(&sources).unwrap());
    assert!(outcomes.len() > 40, "{}", outcomes.len());
    let missed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.as_expected).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Three people who are known to the store.
const NAMES: [&str; 3] = ["alice", "bob", "carol"];

fn known_to(store: &Store) {
    for name in NAMES {
        store.know(&member(name)).unwrap();
    }
}

/// Writes as the author may.
fn written(store: &Store, permit: &Permit, author: &str, draft: bool) -> PostId {
    let text = Text { title: "t".to_owned(), body: "b".to_owned(), draft };
    store.write(permit.may(&person(author, &[], false), &Community).unwrap(), &text).unwrap().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_list_holds_what_single_decisions_allow(
        posts in prop::collection::vec((0..3_usize, any::<bool>()), 0..20),
        reader in prop::option::of((0..3_usize, any::<bool>(), any::<bool>(), any::<bool>())),
    ) {
        let (store, permit) = (Store::in_memory().unwrap(), permit().unwrap());
        known_to(&store);
        let ids: Vec<_> =
            posts.iter().map(|(author, draft)| written(&store, &permit, NAMES[*author], *draft)).collect();
        let reader = reader.map_or(Person::STRANGER, |(who, moderates, administers, banned)| {
            let roles = [("moderator", moderates), ("admin", administers)];
            let roles: Vec<_> = roles.iter().filter(|(_, has)| *has).map(|(role, _)| *role).collect();
            person(NAMES[who], &roles, banned)
        });
        let listed: Vec<_> =
            store.posts_for(Reader::of(&reader).as_ref()).unwrap().iter().rev().map(|post| post.id).collect();
        let one_by_one = |id: &PostId| permit.allows::<Read, _>(&reader, &store.post(*id).unwrap().unwrap());
        let decided: Vec<_> = ids.into_iter().filter(one_by_one).collect();
        prop_assert_eq!(listed, decided);
    }

    #[test]
    fn no_sequence_of_calls_deletes_what_policy_forbids(
        calls in prop::collection::vec((0..3_usize, 0..5_u8, 0..4_usize), 1..60),
    ) {
        let (store, permit) = (Store::in_memory().unwrap(), permit().unwrap());
        known_to(&store);
        // Who owns what is remembered here, apart from the store and from the policies. Carol moderates.
        let mut owned: Vec<(PostId, usize)> = Vec::new();
        let mut banned = [false; 3];
        // Proofs that were good once, and are kept for later.
        let mut kept: Vec<(May<Delete, Post>, PostId, usize, u64)> = Vec::new();
        for (who, call, which) in calls {
            let roles: &[&str] = if who == 2 { &["moderator"] } else { &[] };
            let asking = person(NAMES[who], roles, store.is_banned(account(NAMES[who])).unwrap());
            let target = owned.get(which).copied();
            match (call, target) {
                (0, _) => {
                    if let Ok(may) = permit.may(&asking, &Community) {
                        let text = Text { title: "t".to_owned(), body: "b".to_owned(), draft: false };
                        owned.push((store.write(may, &text).unwrap().unwrap(), who));
                    }
                }
                (1, Some((id, owner))) => {
                    let Some(post) = store.post(id).unwrap() else { continue };
                    let may = permit.may::<Delete, _>(&asking, &post);
                    let right = !banned[who] && (who == owner || who == 2);
                    prop_assert_eq!(may.is_ok(), right);
                    if let Ok(may) = may {
                        kept.push((may, id, who, post.revision));
                    }
                }
                (2, Some((id, owner))) => {
                    let Some(post) = store.post(id).unwrap() else { continue };
                    let may = permit.may::<Edit, _>(&asking, &post);
                    prop_assert_eq!(may.is_ok(), !banned[who] && who == owner);
                    if let Ok(may) = may {
                        let text = Text { title: "u".to_owned(), body: "b".to_owned(), draft: false };
                        let _ = store.edit(may, &text).unwrap();
                    }
                }
                (3, _) => {
                    let whom = store.member(account(NAMES[which % 3])).unwrap().unwrap();
                    if let Ok(may) = permit.may::<Ban, _>(&asking, &whom) {
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
