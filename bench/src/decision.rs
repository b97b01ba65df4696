//! A decision in process, beside the bare evaluation of the same policies by Cedar: time on the processor, as with tokens.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use bitjang::world::{SystemClock, SystemEntropy};
use bitjang_core::{AccountId, Clock as _, Revision};
use bitjang_permit::{Action, Attributes, Permit, Resource, Rules, Sources, Who};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};

use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::series::Series;
use crate::verify::nanos;

const TURNS: u32 = 5_000;
/// More than of what lasts seconds.
const ROUNDS: usize = 5;

/// By itself, and beside the bare evaluation.
pub(crate) fn measure(plan: Plan) -> Result<Vec<Row>> {
    let (mine, text) = (Post { owner: AccountId::generate(&SystemEntropy, SystemClock.now()) }, policies());
    let sources = Sources::default().with("a.cedarschema", SCHEMA).with("a.cedar", text.clone());
    let permit = Permit::by(Rules::parse(&sources)?, Arc::new(SystemClock));
    let bare = Bare::new(&mine, &text)?;
    let (mut ours, mut theirs) = (Series::default(), Series::default());
    for _ in 0..ROUNDS * plan.rounds {
        ours.push(nanos(TURNS, || {
            let may = permit.may::<Delete, _>(Who::of(mine.owner, ["writer"]), black_box(&mine));
            black_box(may).is_ok()
        })?);
        theirs.push(nanos(TURNS, || bare.allows())?);
    }
    let row = |what: &'static str, other, target| Row {
        what: what.into(),
        unit: Unit::whole("ns"),
        ours: ours.clone(),
        other,
        target,
    };
    Ok(vec![
        row("a decision by 20 policies", None, Target::Below(5_000.0)),
        row("… ; the bare evaluation by Cedar", Some(theirs), Target::Below(2.0)),
    ])
}

struct Post {
    owner: AccountId,
}

impl Resource for Post {
    const TYPE: &'static str = "Post";
    type Id = i64;

    fn id(&self) -> i64 {
        17
    }

    fn revision(&self) -> Revision {
        Revision::FIRST
    }

    fn attributes(&self) -> Attributes {
        Attributes::default().account("owner", self.owner)
    }
}

struct Delete;

impl Action for Delete {
    const NAME: &'static str = "delete";
}

const SCHEMA: &str = "entity Role; entity Account in [Role]; entity Post { owner: Account }; entity Board;
    action read, edit, delete appliesTo { principal: Account, resource: [Post, Board] };";

/// Twenty policies: what an app of some size has.
fn policies() -> String {
    let mut text = r#"permit (principal, action == Action::"read", resource);
        permit (principal, action in [Action::"edit", Action::"delete"], resource is Post) when { resource.owner == principal };
        forbid (principal in Role::"banned", action, resource);"#
        .to_owned();
    let actions = ["read", "edit", "delete"].into_iter().cycle();
    for (index, action) in (0..17).zip(actions) {
        let _cannot_fail = write!(
            text,
            r#"permit (principal in Role::"role-{index}", action == Action::"{action}", resource) when {{ resource is Post && resource.owner != principal }};"#
        );
    }
    text
}

/// Cedar, with everything that could be prepared prepared: request and entities too.
struct Bare {
    authorizer: Authorizer,
    policies: PolicySet,
    request: Request,
    entities: Entities,
}

impl Bare {
    fn new(post: &Post, policies: &str) -> Result<Self> {
        let me: EntityUid = format!("Account::\"{}\"", post.owner).parse()?;
        let uid: EntityUid = "Post::\"17\"".parse()?;
        let account = Entity::new_no_attrs(me.clone(), HashSet::from(["Role::\"writer\"".parse()?]));
        let owner = HashMap::from([("owner".to_owned(), RestrictedExpression::new_entity_uid(me.clone()))]);
        let post = Entity::new(uid.clone(), owner, HashSet::new())?;
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: policies.parse()?,
            request: Request::new(me, "Action::\"delete\"".parse()?, uid, Context::empty(), None)?,
            entities: Entities::from_entities([account, post], None)?,
        })
    }

    fn allows(&self) -> bool {
        let answer = self.authorizer.is_authorized(&self.request, &self.policies, black_box(&self.entities));
        answer.decision() == Decision::Allow
    }
}
