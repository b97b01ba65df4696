//! The permit as an app meets it: with the ready-made policies, and with whatever can be wrong.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use bitjang_core::testing::{HandClock, at};
use bitjang_core::{AccountId, Revision};
use bitjang_permit::{
    Action, Attributes, Cases, Permit, Reason, Resource, Rules, Said, Sources, Thing, Value, Who,
};
use proptest::prelude::*;

const MINA: AccountId = AccountId::from_bytes([1; 16]);
const JUNO: AccountId = AccountId::from_bytes([2; 16]);

#[derive(Clone, Debug)]
struct Post {
    id: i64,
    owner: AccountId,
    guest: Option<(AccountId, i64)>,
}

impl Resource for Post {
    const TYPE: &'static str = "Post";
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn revision(&self) -> Revision {
        Revision(3)
    }

    fn attributes(&self) -> Attributes {
        let attributes = Attributes::default().account("owner", self.owner);
        match self.guest {
            Some((guest, until)) => attributes.account("guest", guest).time("guest_until", at(until)),
            None => attributes,
        }
    }
}

struct Edit;

impl Action for Edit {
    const NAME: &'static str = "edit";
}

struct Delete;

impl Action for Delete {
    const NAME: &'static str = "delete";
}

fn post_of(owner: AccountId) -> Post {
    Post { id: 17, owner, guest: None }
}

fn permit() -> Permit {
    Permit::by(Rules::parse(&Sources::ready_made()).unwrap(), Arc::new(HandClock::showing(at(1_000))))
}

fn permit_of(schema: &str, policies: &str) -> Permit {
    let sources = Sources::default().with("a.cedarschema", schema).with("a.cedar", policies);
    let rules = Rules::parse(&sources).unwrap_or_else(|faults| panic!("{faults}"));
    Permit::by(rules, Arc::new(HandClock::showing(at(1_000))))
}

fn faults_of(schema: &str, policies: &str) -> String {
    let sources = Sources::default().with("a.cedarschema", schema).with("a.cedar", policies);
    Rules::parse(&sources).err().unwrap().to_string()
}

#[test]
fn the_ready_made_policies_decide_as_their_cases_say() {
    let sources = Sources::ready_made();
    let outcomes = Cases::parse(&sources).unwrap().run(&Rules::parse(&sources).unwrap());
    assert!(outcomes.len() > 7 && outcomes.iter().all(|outcome| outcome.as_expected), "{outcomes:#?}");
}

#[test]
fn a_proof_says_who_and_which_as_of_when() {
    let may = permit().may::<Delete, _>(Who::of(MINA, []), &post_of(MINA)).unwrap();
    assert_eq!(may.into_parts(), (MINA, 17, Revision(3)));
}

#[test]
fn nobody_deletes_somebody_else_s_post() {
    let denied = permit().may::<Delete, _>(Who::of(JUNO, []), &post_of(MINA)).unwrap_err();
    assert_eq!(denied.to_string(), "not allowed", "a client learns no more");
    assert_eq!(
        denied.decision().to_string(),
        r#"no: Account::"02020202-0202-0202-0202-020202020202" delete Post::"17": no policy permits it"#
    );
}

#[test]
fn who_is_banned_may_nothing_whatever_else_they_are() {
    let decision = permit().explain::<Delete, _>(Who::of(MINA, ["banned", "moderator"]), &post_of(MINA));
    assert_eq!((decision.allowed, decision.reason), (false, Reason::Forbidden));
    let json = serde_json::to_value(&decision).unwrap();
    assert_eq!(json["decision"], false);
    assert_eq!(json["reason"], "forbidden");
    assert_eq!(json["policies"][0]["id"], "banned-accounts-may-nothing");
    assert_eq!(json["policies"][0]["because"], "the account is banned");
}

#[test]
fn a_grant_ends() {
    let post = |until| Post { guest: Some((JUNO, until)), ..post_of(MINA) };
    assert!(permit().may::<Edit, _>(Who::of(JUNO, []), &post(1_001)).is_ok());
    assert!(permit().may::<Edit, _>(Who::of(JUNO, []), &post(1_000)).is_err());
}

#[test]
fn whoever_asks_in_json_does_not_turn_the_clock_back() {
    let post = Post { guest: Some((JUNO, 1_000)), ..post_of(MINA) };
    let decided = |context| {
        let thing = Thing { of_type: "Post".to_owned(), id: "17".to_owned(), said: post.attributes().into() };
        permit().decide(Who::of(JUNO, []), "edit", thing, context).reason
    };
    let earlier = [("now".to_owned(), "1970-01-01".into())].into_iter().collect();
    assert_eq!(decided(Said::Json(earlier)), Reason::BadContext);
    assert_eq!(decided(Said::Json(serde_json::Map::new())), Reason::NotPermitted, "the grant is over");
}

fn asked(action: &str, of_type: &str, attributes: Attributes) -> Reason {
    let thing = Thing { of_type: of_type.to_owned(), id: "1".to_owned(), said: attributes.into() };
    permit().decide(Who::of(MINA, []), action, thing, Attributes::default()).reason
}

#[test]
fn a_question_that_contradicts_the_schema_is_a_no() {
    let owned = || Attributes::default().account("owner", MINA);
    assert_eq!(asked("edit", "Post", owned()), Reason::Allowed);
    assert_eq!(asked("destroy", "Post", owned()), Reason::UnknownAction);
    assert_eq!(asked("edit", "Comment", owned()), Reason::NotApplicable);
    assert_eq!(asked("edit", "Account", owned()), Reason::NotApplicable);
    assert_eq!(asked("edit", "", owned()), Reason::NotApplicable);
    assert_eq!(asked("edit", "Post", Attributes::default()), Reason::BadResource, "an attribute is missing");
    assert_eq!(asked("edit", "Post", owned().flag("extra", true)), Reason::BadResource);
    assert_eq!(asked("edit", "Post", owned().account("owner", MINA)), Reason::BadResource, "given twice");
    assert_eq!(asked("edit", "Post", Attributes::default().text("owner", "mina")), Reason::BadResource);
    assert_eq!(asked("edit", "Post", Attributes::default().thing("owner", "Role", "x")), Reason::BadResource);
    assert_eq!(
        asked("edit", "Post", Attributes::default().thing("owner", "Nothing", "x")),
        Reason::BadResource
    );
    let who = Who::of(MINA, []).knowing(Attributes::default().flag("banned", false));
    assert_eq!(permit().explain::<Edit, _>(who, &post_of(MINA)).reason, Reason::BadPrincipal);
    let thing = Thing { of_type: "Post".to_owned(), id: "1".to_owned(), said: owned().into() };
    let context = Attributes::default().flag("now", true);
    assert_eq!(permit().decide(Who::of(MINA, []), "edit", thing, context).reason, Reason::BadContext);
}

/// A policy that forbids and cannot be evaluated would otherwise forbid nothing.
#[test]
fn a_policy_that_fails_is_a_no() {
    let permit = permit_of(
        "entity Account; entity Post { size: Long }; action edit appliesTo { principal: Account, resource: Post };",
        r"permit (principal, action, resource);
        forbid (principal, action, resource) when { resource.size * 2 > 10 };",
    );
    let decide = |size| {
        let said = Attributes::default().with("size", Value::Number(size)).into();
        let thing = Thing { of_type: "Post".to_owned(), id: "1".to_owned(), said };
        permit.decide(Who::of(MINA, []), "edit", thing, Attributes::default())
    };
    assert!(decide(1).allowed);
    assert_eq!(decide(6).reason, Reason::Forbidden);
    let failed = decide(i64::MAX);
    assert_eq!((failed.allowed, failed.reason), (false, Reason::PolicyFailed));
    assert!(failed.detail.unwrap().contains("a.cedar#2"));
}

#[test]
fn what_is_wrong_with_a_policy_is_told_with_its_place() {
    const SCHEMA: &str = "entity Account; entity Post { owner: Account }; action edit appliesTo { principal: Account, resource: Post };";
    let cases = [
        ("permit (principal,\n  action resource);", "a.cedar:2:10: "),
        ("permit (principal, action, resource)\nwhen { resource.ovner == principal };", "a.cedar:2:8: "),
        ("permit (principal, action == Action::\"edti\", resource);", "a.cedar:1:"),
        (
            "@id(\"a\") permit (principal, action, resource); @id(\"a\") permit (principal, action, resource);",
            "a.cedar",
        ),
        ("permit (principal == ?principal, action, resource);", "a.cedar: "),
    ];
    for (policies, place) in cases {
        let faults = faults_of(SCHEMA, policies);
        assert!(faults.starts_with(place), "{policies}: {faults}");
    }
    assert!(
        faults_of("entity Account;\nentity Post {", "").starts_with("a.cedarschema:2:"),
        "{}",
        faults_of("entity Account;\nentity Post {", "")
    );
    assert!(faults_of("entity Person;", "").contains("declares no entity Account"));
    assert!(Rules::parse(&Sources::default()).err().unwrap().to_string().contains("policies need a schema"));
}

#[test]
fn new_policies_are_taken_in_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    let clock = Arc::new(HandClock::showing(at(0)));
    write(
        "a.cedarschema",
        "entity Account; entity Post { owner: Account }; action edit appliesTo { principal: Account, resource: Post };",
    );
    write("a.cedar", "permit (principal, action resource);");
    let permit = Permit::open(folder.path(), clock);
    let may = || permit.explain::<Edit, _>(Who::of(MINA, []), &post_of(MINA)).reason;
    assert_eq!(may(), Reason::BadPolicies);
    assert!(permit.fault().is_some());

    write("a.cedar", "permit (principal, action, resource);");
    assert_eq!(permit.reload(), Ok(1));
    assert!(permit.fault().is_none());
    assert_eq!(may(), Reason::Allowed);

    write("a.cedar", "forbid (principal, action resource);");
    assert!(permit.reload().is_err());
    assert_eq!(may(), Reason::Allowed, "the old ones stay");

    write("a.cedar", "forbid (principal, action, resource);");
    assert_eq!(permit.reload(), Ok(1));
    assert_eq!(may(), Reason::Forbidden);
}

#[test]
fn without_policies_nothing_is_allowed() {
    let permit = Permit::nothing(Arc::new(HandClock::showing(at(0))));
    assert_eq!(permit.explain::<Edit, _>(Who::of(MINA, []), &post_of(MINA)).reason, Reason::NoPolicies);
    let nowhere = Permit::open(std::path::Path::new("/nowhere"), Arc::new(HandClock::showing(at(0))));
    assert_eq!(nowhere.explain::<Edit, _>(Who::of(MINA, []), &post_of(MINA)).reason, Reason::BadPolicies);
}

#[test]
fn policies_of_another_action_or_type_do_not_count() {
    let permit = permit_of(
        "entity Account; entity Post { owner: Account }; entity Board;
        action write; action edit in [write] appliesTo { principal: Account, resource: [Post, Board] };
        action delete appliesTo { principal: Account, resource: [Post, Board] };",
        r#"permit (principal, action in Action::"write", resource is Post);
        permit (principal, action == Action::"delete", resource is Board);"#,
    );
    assert!(permit.may::<Edit, _>(Who::of(MINA, []), &post_of(JUNO)).is_ok(), "edit is in write");
    assert!(permit.may::<Delete, _>(Who::of(MINA, []), &post_of(JUNO)).is_err());
}

/// Policies whose first line asks for something are laid apart; what they mean must not depend on that.
#[test]
fn the_first_line_of_a_policy_means_what_its_words_mean_in_a_condition() {
    let schema = "entity Role; entity Group; entity Account in [Role, Group]; entity Post { owner: Account };
        action delete appliesTo { principal: Account, resource: Post };";
    let policies = [
        ("permit", r#"principal in Role::"a""#, "resource.owner != principal"),
        ("permit", r#"principal is Account in Role::"b""#, "resource.owner == principal"),
        ("permit", r#"principal in Group::"a""#, "resource.owner == principal"),
        ("forbid", r#"principal in Role::"c""#, "true"),
        ("forbid", r#"principal in Group::"b""#, r#"principal in Role::"b""#),
        (
            "permit",
            r#"principal in Account::"01010101-0101-0101-0101-010101010101""#,
            r#"principal in Role::"d""#,
        ),
    ];
    let laid = policies
        .map(|(effect, asks, when)| format!("{effect} ({asks}, action, resource) when {{ {when} }};"));
    let plain = policies.map(|(effect, asks, when)| {
        format!("{effect} (principal, action, resource) when {{ {asks} && {when} }};")
    });
    let (laid, plain) = (permit_of(schema, &laid.concat()), permit_of(schema, &plain.concat()));
    let chosen = |bits: u32, names: &[&'static str]| -> Vec<&'static str> {
        names.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, name)| *name).collect()
    };
    let mut allowed = 0;
    for bits in 0..64 {
        let (roles, groups) = (chosen(bits, &["a", "b", "c", "d"]), chosen(bits >> 4, &["a", "b"]));
        for owner in [MINA, JUNO] {
            let who = || groups.iter().fold(Who::of(MINA, roles.clone()), |who, group| who.in_group(group));
            let [one, other] =
                [&laid, &plain].map(|permit| permit.explain::<Delete, _>(who(), &post_of(owner)));
            assert_eq!((one.reason, one.policies), (other.reason, other.policies), "{roles:?} {groups:?}");
            allowed += usize::from(one.allowed);
        }
    }
    assert!((10..118).contains(&allowed), "{allowed}");
}

const OPEN: &str = "entity Account; entity Stranger; entity Post { owner: Account, until?: datetime };
    action edit appliesTo { principal: [Account, Stranger], resource: Post, context: { now: datetime } };
    action delete appliesTo { principal: Account, resource: Post };";

#[test]
fn a_stranger_is_allowed_what_policies_say_and_gets_no_proof() {
    let permit = permit_of(OPEN, "permit (principal, action, resource);");
    let post = post_of(MINA);
    assert!(permit.allows::<Edit, _>(Who::stranger(), &post));
    assert!(!permit.allows::<Delete, _>(Who::stranger(), &post), "not for strangers");
    let denied = permit.may::<Edit, _>(Who::stranger(), &post).unwrap_err();
    assert_eq!(denied.decision().reason, Reason::NoAccount);
    assert_eq!(denied.decision().to_string(), r#"no: Stranger edit Post::"17": nobody is signed in"#);
    let accounts = permit_of(OPEN, "permit (principal is Account, action, resource);");
    assert!(!accounts.allows::<Edit, _>(Who::stranger(), &post));
    assert!(accounts.allows::<Edit, _>(Who::of(JUNO, []), &post));
    let ready_made = self::permit();
    assert_eq!(ready_made.explain::<Edit, _>(Who::stranger(), &post).reason, Reason::NotApplicable);
}

#[test]
fn json_is_read_as_the_schema_declares() {
    let permit = permit_of(
        OPEN,
        "permit (principal, action == Action::\"edit\", resource) when { resource.owner == principal && resource has until && context.now < resource.until };",
    );
    let decide = |attributes: serde_json::Value| {
        let said = attributes.as_object().unwrap().clone().into();
        let thing = Thing { of_type: "Post".to_owned(), id: "1".to_owned(), said };
        let context = serde_json::Map::new();
        permit.decide(Who::of(MINA, []), "edit", thing, context).reason
    };
    let owner = |id: AccountId| serde_json::json!({ "type": "Account", "id": id.to_string() });
    assert_eq!(decide(serde_json::json!({ "owner": owner(MINA), "until": "1970-01-02" })), Reason::Allowed);
    assert_eq!(
        decide(serde_json::json!({ "owner": owner(MINA), "until": "1970-01-01T00:00:01Z" })),
        Reason::NotPermitted,
        "its time is over"
    );
    assert_eq!(
        decide(serde_json::json!({ "owner": owner(JUNO), "until": "1970-01-02" })),
        Reason::NotPermitted
    );
    for odd in [
        serde_json::json!({}),
        serde_json::json!({ "owner": MINA.to_string() }),
        serde_json::json!({ "owner": owner(MINA), "more": 1 }),
        serde_json::json!({ "owner": { "type": "Post", "id": "1" } }),
        serde_json::json!({ "owner": owner(MINA), "until": "tomorrow" }),
        serde_json::json!({ "owner": owner(MINA), "until": 1.5 }),
        serde_json::json!({ "owner": { "__expr": "principal" } }),
        serde_json::json!({ "owner": null }),
    ] {
        assert_eq!(decide(odd.clone()), Reason::BadResource, "{odd}");
    }
}

#[test]
fn an_account_that_is_the_thing_itself_is_one_entity_with_its_roles() {
    let permit = permit_of(
        r"entity Role; entity Account in [Role] = { name?: String };
           action rename appliesTo { principal: [Account], resource: [Account] };",
        r#"permit (principal in Role::"member", action == Action::"rename", resource) when { principal == resource && resource has name };"#,
    );
    let decide = |of: AccountId, who: Who<'_>, said: Attributes| {
        let thing = Thing { of_type: "Account".to_owned(), id: of.to_string(), said: said.into() };
        permit.decide(who, "rename", thing, Attributes::default()).reason
    };
    let (mina, named) = (|| Who::of(MINA, ["member"]), || Attributes::default().text("name", "Mina"));
    assert_eq!(decide(MINA, mina(), named()), Reason::Allowed);
    assert_eq!(decide(MINA, mina().knowing(named()), Attributes::default()), Reason::Allowed);
    assert_eq!(
        decide(MINA, Who::of(MINA, []), named()),
        Reason::NotPermitted,
        "a role is not said by the thing"
    );
    assert_eq!(decide(JUNO, mina(), named()), Reason::NotPermitted);
    let other = Attributes::default().text("name", "Juno");
    assert_eq!(decide(MINA, mina().knowing(named()), other), Reason::BadPrincipal, "two names");
}

#[test]
fn a_context_may_ask_for_something_and_not_for_the_time() {
    for (declared, allowed) in
        [("{ ip: String }", true), ("{ ip: String, now: datetime }", true), ("{ ip: Long }", false)]
    {
        let permit = permit_of(
            &format!(
                r"entity Account; entity Post;
                   action read appliesTo {{ principal: [Account], resource: [Post], context: {declared} }};"
            ),
            r#"permit (principal, action == Action::"read", resource);"#,
        );
        let thing =
            || Thing { of_type: "Post".to_owned(), id: "1".to_owned(), said: Attributes::default().into() };
        let decide = |context: Attributes| permit.decide(Who::of(MINA, []), "read", thing(), context).reason;
        let expected = if allowed { Reason::Allowed } else { Reason::BadContext };
        assert_eq!(decide(Attributes::default().text("ip", "192.0.2.1")), expected, "{declared}");
        assert_eq!(decide(Attributes::default()), Reason::BadContext, "{declared}");
        let json = serde_json::json!({ "ip": "192.0.2.1" }).as_object().unwrap().clone();
        assert_eq!(permit.decide(Who::of(MINA, []), "read", thing(), json).reason, expected, "{declared}");
    }
}

proptest! {
    /// An app's own query (here: the posts whose owner is this one) agrees with the decisions, whatever there is.
    #[test]
    fn a_list_agrees_with_single_decisions(owners in proptest::collection::vec(any::<bool>(), 0..20), moderator in any::<bool>()) {
        let posts: Vec<_> = owners.iter().zip(0..).map(|(own, id)| Post { id, ..post_of(if *own { MINA } else { JUNO }) }).collect();
        let who = || Who::of(MINA, moderator.then_some("moderator"));
        let queried: Vec<_> = posts.iter().filter(|post| moderator || post.owner == MINA).map(|post| post.id).collect();
        let permit = permit();
        let visible: Vec<_> = permit.visible::<Delete, _>(who(), &posts).into_iter().map(|post| post.id).collect();
        prop_assert_eq!(&visible, &queried);
        for post in &posts {
            prop_assert_eq!(permit.may::<Delete, _>(who(), post).is_ok(), queried.contains(&post.id));
        }
    }
}
