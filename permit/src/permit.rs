//! The permit: decides, proves, explains, and takes in new policies while it does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bitjang_core::{AccountId, Clock};

use crate::may::{Action, Denied, May, Resource};
use crate::rules::{About, Question, Verdict};
use crate::{Attributes, BadPolicies, Decision, Fault, Reason, Rules, Said, Sources, Who};

/// Decides who may do what. Cheap to clone; put it into the app's state.
#[derive(Clone)]
pub struct Permit(Arc<Inner>);

struct Inner {
    folder: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    state: RwLock<Arc<State>>,
}

/// What there is to decide by.
#[expect(clippy::large_enum_variant, reason = "there is one for each permit, behind an Arc")]
enum State {
    Nothing,
    Bad(BadPolicies),
    Rules(Rules),
}

/// A thing by what somebody says of it, where no type of the app's is at hand: over HTTP, in cases.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Its type, as the schema calls it.
    pub of_type: String,
    /// Its id.
    pub id: String,
    /// What is said of it.
    pub said: Said,
}

impl Permit {
    /// By the policies of `folder`, until [`reload`](Self::reload). Where they cannot be used, everything is denied, the log says why, and so does
    /// [`fault`](Self::fault).
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        let state = read(folder).map_or_else(State::Bad, State::Rules);
        if let State::Bad(faults) = &state {
            tracing::error!(folder = %folder.display(), %faults, "the policies cannot be used: everything is denied");
        }
        Self::with(Some(folder.to_owned()), clock, state)
    }

    /// The same, but nothing at all where the policies cannot be used.
    pub fn of_folder(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, BadPolicies> {
        let rules = read(folder)?;
        Ok(Self::with(Some(folder.to_owned()), clock, State::Rules(rules)))
    }

    /// By these rules.
    pub fn by(rules: Rules, clock: Arc<dyn Clock>) -> Self {
        Self::with(None, clock, State::Rules(rules))
    }

    /// By no policies: denies everything.
    pub fn nothing(clock: Arc<dyn Clock>) -> Self {
        Self::with(None, clock, State::Nothing)
    }

    fn with(folder: Option<PathBuf>, clock: Arc<dyn Clock>, state: State) -> Self {
        Self(Arc::new(Inner { folder, clock, state: RwLock::new(Arc::new(state)) }))
    }

    /// Reads the folder again; says how many policies are in force then. Those that cannot be used change nothing: the old ones stay, and the log says why.
    pub fn reload(&self) -> Result<usize, BadPolicies> {
        let Some(folder) = &self.0.folder else { return Ok(0) };
        let rules = read(folder).inspect_err(|faults| {
            tracing::error!(folder = %folder.display(), %faults, "the new policies cannot be used: the old ones stay");
        })?;
        let policies = rules.len();
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(State::Rules(rules));
        tracing::info!(policies, "the policies are read again");
        Ok(policies)
    }

    /// Why everything is denied, if it is because the policies cannot be used.
    pub fn fault(&self) -> Option<BadPolicies> {
        match &*self.state() {
            State::Bad(faults) => Some(faults.clone()),
            State::Nothing | State::Rules(_) => None,
        }
    }

    /// The proof that `who` may do `A` to this thing, as it is now.
    pub fn may<'p, A: Action, R: Resource>(
        &self,
        who: impl Into<Who<'p>>,
        thing: &R,
    ) -> Result<May<A, R>, Denied> {
        let (who, state) = (who.into(), self.state());
        let account = who.account;
        let verdict = self.verdict::<A, R>(&state, who, thing);
        if let Some(account) = account
            && verdict.allows()
        {
            return Ok(May::new(account, thing));
        }
        // Strangers may be allowed what needs no proof.
        let verdict = if verdict.allows() { Verdict::no(Reason::NoAccount, None) } else { verdict };
        let asked = asked(account, A::NAME, R::TYPE, &thing.id().to_string());
        Err(Denied::by(decision(&state, verdict, asked)))
    }

    /// Whether `who` may do `A` to this thing: for what a page shows. What acts needs the proof that [`may`](Self::may) gives.
    pub fn allows<'p, A: Action, R: Resource>(&self, who: impl Into<Who<'p>>, thing: &R) -> bool {
        self.verdict::<A, R>(&self.state(), who.into(), thing).allows()
    }

    /// Whether `who` may do `A` to this thing, and why. For showing: nothing acts on it.
    pub fn explain<'p, A: Action, R: Resource>(&self, who: impl Into<Who<'p>>, thing: &R) -> Decision {
        let (of_type, id, said) = (R::TYPE.to_owned(), thing.id().to_string(), thing.attributes().into());
        self.decide(who, A::NAME, Thing { of_type, id, said }, Attributes::default())
    }

    /// The same by name, with what is said of the circumstances.
    pub fn decide<'p>(
        &self,
        who: impl Into<Who<'p>>,
        action: &str,
        thing: Thing,
        context: impl Into<Said>,
    ) -> Decision {
        let (who, state, now) = (who.into(), self.state(), self.0.clock.now());
        let asked = asked(who.account, action, &thing.of_type, &thing.id);
        let about = About { of_type: &thing.of_type, id: &thing.id, said: thing.said };
        let verdict = state.decide(Question { who, action, about, context: context.into(), now });
        decision(&state, verdict, asked)
    }

    /// A no, for whoever finds before asking that there is nobody to ask about.
    pub fn refuse(reason: Reason, principal: String, action: &str, (of_type, id): (&str, &str)) -> Decision {
        let (_, action, resource) = asked(None, action, of_type, id);
        Decision::on((principal, action, resource), reason)
    }

    /// Those of `things` to which `who` may do `A`: for what an app's own query cannot say.
    pub fn visible<'p, 't, A: Action, R: Resource>(
        &self,
        who: impl Into<Who<'p>>,
        things: impl IntoIterator<Item = &'t R>,
    ) -> Vec<&'t R> {
        let (who, state) = (who.into(), self.state());
        let may = |thing: &&R| self.verdict::<A, R>(&state, who.clone(), thing).allows();
        things.into_iter().filter(may).collect()
    }

    fn verdict<A: Action, R: Resource>(&self, state: &State, who: Who<'_>, thing: &R) -> Verdict {
        let id = thing.id().to_string();
        let about = About { of_type: R::TYPE, id: &id, said: thing.attributes().into() };
        let (context, now) = (Said::default(), self.0.clock.now());
        state.decide(Question { who, action: A::NAME, about, context, now })
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn decide(&self, question: Question<'_>) -> Verdict {
        match self {
            Self::Nothing => Verdict::no(Reason::NoPolicies, None),
            Self::Bad(_) => Verdict::no(Reason::BadPolicies, None),
            Self::Rules(rules) => rules.decide(question),
        }
    }
}

fn decision(state: &State, verdict: Verdict, asked: (String, String, String)) -> Decision {
    let decision = Decision::on(asked, verdict.reason);
    match state {
        State::Nothing => decision,
        State::Bad(faults) => Decision { detail: Some(faults.to_string()), ..decision },
        State::Rules(rules) => {
            let (policies, detail) = rules.explain(verdict);
            Decision { policies, detail, ..decision }
        }
    }
}

/// Quoted, so that no id can pretend to be more than one.
fn asked(account: Option<AccountId>, action: &str, of_type: &str, id: &str) -> (String, String, String) {
    (
        account.map_or_else(|| "Stranger".to_owned(), |account| format!("Account::\"{account}\"")),
        action.escape_debug().to_string(),
        format!("{}::{id:?}", of_type.escape_debug()),
    )
}

fn read(folder: &Path) -> Result<Rules, BadPolicies> {
    let sources = Sources::in_folder(folder).map_err(|error| {
        BadPolicies(vec![Fault::new(folder.display().to_string(), format!("cannot be read: {error}"))])
    })?;
    Rules::parse(&sources)
}
