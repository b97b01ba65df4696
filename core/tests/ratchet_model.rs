//! The refresh ratchet under every schedule: tabs, servers, lost and late answers, crashes and thieves, explored by a model checker.
//!
//! The model drives [`Ratchet::present`], the function that production runs. One record is read and committed in separate steps by any number of
//! servers at once; every message may be lost at every step, which is also what a crash does. What is assumed of an honest client is one of two things. Either what its HTTP
//! contract asks: it refreshes when its access token has run out, and gives a refresh up that has taken as long as an access token lives. Or, of pages that refresh whenever they like, that
//! a request is not overtaken by one that was sent because of the answer to another.
#![expect(clippy::indexing_slicing, reason = "a model that goes wrong has to stop")]

use bitjang_core::ratchet::{Branch, Ratchet, Turn};
use stateright::{Checker, HasDiscoveries, Model, Property};

/// What is explored: how many of each.
#[derive(Clone)]
struct Scene {
    keeps: Keeps,
    refreshes: Refreshes,
    tabs: usize,
    /// How often the access token runs out.
    lives: u8,
    /// How many refreshes the owner sends in all.
    owner_sends: u8,
    /// How many refreshes each thief sends; as many thieves as entries.
    thief_sends: Vec<u8>,
    /// How many tokens that no server made a stranger sends.
    forgeries: u8,
    rules: Rules,
}

/// What a client keeps of the tokens it is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// The last one: a program.
    One,
    /// Every one, until an answer comes to a request that held it: a cookie jar.
    Jar,
}

/// When the owner's tabs refresh.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refreshes {
    WhenDue,
    Eagerly,
}

/// What the servers go by: production's rules, or one of them broken.
#[derive(Clone, Copy)]
struct Rules {
    decide: fn(Ratchet, &[Token]) -> Turn,
    commit: Commit,
    tag: Tag,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    CompareAndSet,
    LastWriterWins,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Checked,
    Ignored,
}

const PRODUCTION: Rules = Rules {
    decide: |ratchet, tokens| ratchet.present_any(tokens.iter().map(|token| token.place())),
    commit: Commit::CompareAndSet,
    tag: Tag::Checked,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Token {
    generation: u32,
    branch: u8,
}

impl Token {
    fn place(self) -> (u32, Branch) {
        (self.generation, Branch([self.branch; 8]))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Party {
    Owner,
    Thief(usize),
    Stranger,
}

/// The branch of a token that no server made.
const FORGED: u8 = u8::MAX;

/// A refresh under way: sent, read by a server, or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Sent,
    Read(Record),
    Answered(Option<Token>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Refresh {
    by: Party,
    /// What its sender had, oldest first.
    tokens: Vec<Token>,
    step: Step,
}

/// The one record of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Record {
    ratchet: Ratchet,
    ended: bool,
}

/// What one holder of a token has, has still to spend, and has been granted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Holder {
    /// Oldest first.
    tokens: Vec<Token>,
    sends: u8,
    /// What both had at the last theft that this holder was part of.
    stolen: Vec<Token>,
    /// Whether a refresh was granted since, for a token that only this holder has.
    went_on: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    record: Record,
    underway: Vec<Refresh>,
    owner: Holder,
    thieves: Vec<Holder>,
    stranger: Holder,
    lives: u8,
    due: bool,
    minted: u8,
    /// Whether somebody who holds a token of ours was turned away, and the session lived on.
    turned_away: bool,
    /// How many commits went on from each generation.
    went_on: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    OwnerSends,
    Steal(usize),
    ThiefSends(usize),
    StrangerSends(u32),
    ServerReads(usize),
    ServerCommits(usize),
    AnswerArrives(usize),
    IsLost(usize),
    AccessTokenRunsOut,
}

const HONEST: &str = "an honest client is not logged out";
const ONE: &str = "of a generation at most one token goes on";
const NOT_BOTH: &str = "thief and owner do not both go on";
const THROUGH: &str = "the owner gets through all lives";
const NOT_ALONE: &str = "nobody is turned away while somebody else goes on";

impl Model for Scene {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let first = vec![Token { generation: 0, branch: 0 }];
        let holder = |tokens, sends| Holder { tokens, sends, stolen: Vec::new(), went_on: false };
        vec![World {
            record: Record { ratchet: Ratchet::default(), ended: false },
            underway: Vec::new(),
            owner: holder(first, self.owner_sends),
            thieves: self.thief_sends.iter().map(|sends| holder(Vec::new(), *sends)).collect(),
            stranger: holder(Vec::new(), self.forgeries),
            lives: self.lives,
            due: true,
            minted: 1,
            turned_away: false,
            went_on: Vec::new(),
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let by_owner = world.underway.iter().filter(|refresh| refresh.by == Party::Owner).count();
        let wants = match self.refreshes {
            Refreshes::WhenDue => world.due,
            Refreshes::Eagerly => !world.owner_would_overtake(),
        };
        if wants && world.owner.sends > 0 && by_owner < self.tabs {
            actions.push(Action::OwnerSends);
        }
        if world.lives > 0 && by_owner == 0 && !world.due {
            actions.push(Action::AccessTokenRunsOut);
        }
        for (i, thief) in world.thieves.iter().enumerate() {
            if thief.tokens.is_empty() {
                actions.push(Action::Steal(i));
            } else if thief.sends > 0 {
                actions.push(Action::ThiefSends(i));
            }
        }
        if world.stranger.sends > 0 {
            actions.extend((0..=world.record.ratchet.generation).map(Action::StrangerSends));
        }
        for (i, refresh) in world.underway.iter().enumerate() {
            actions.push(match refresh.step {
                Step::Sent => Action::ServerReads(i),
                Step::Read(_) => Action::ServerCommits(i),
                Step::Answered(_) => Action::AnswerArrives(i),
            });
            actions.push(Action::IsLost(i));
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        match action {
            Action::OwnerSends => next.send(Party::Owner),
            Action::ThiefSends(i) => next.send(Party::Thief(i)),
            Action::StrangerSends(generation) => {
                next.stranger.tokens = vec![Token { generation, branch: FORGED }];
                next.send(Party::Stranger);
            }
            Action::Steal(i) => next.steal(i),
            Action::ServerReads(i) => next.underway[i].step = Step::Read(next.record),
            Action::ServerCommits(i) => next.commit(i, self.rules),
            Action::AnswerArrives(i) => next.arrive(i, self.keeps),
            Action::IsLost(i) => drop(next.underway.remove(i)),
            Action::AccessTokenRunsOut => {
                next.lives -= 1;
                next.due = true;
            }
        }
        // In which order requests stand in the list means nothing.
        next.underway.sort_by_cached_key(|refresh| {
            (refresh.by, refresh.tokens.clone(), format!("{:?}", refresh.step))
        });
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(HONEST, |scene: &Self, world: &World| {
                !scene.thief_sends.is_empty() || !world.record.ended
            }),
            Property::always(ONE, |_, world: &World| world.went_on.iter().all(|commits| *commits <= 1)),
            Property::always(NOT_BOTH, |_, world: &World| {
                !world.owner.went_on || world.thieves.iter().all(|thief| !thief.went_on)
            }),
            Property::always(NOT_ALONE, |_, world: &World| !world.turned_away),
            Property::sometimes(THROUGH, |scene: &Self, world: &World| {
                world.lives == 0 && !world.due && world.record.ratchet.generation > u32::from(scene.lives)
            }),
        ]
    }
}

impl World {
    fn holder(&mut self, party: Party) -> &mut Holder {
        match party {
            Party::Owner => &mut self.owner,
            Party::Thief(i) => &mut self.thieves[i],
            Party::Stranger => &mut self.stranger,
        }
    }

    fn send(&mut self, by: Party) {
        let holder = self.holder(by);
        holder.sends -= 1;
        let tokens = holder.tokens.clone();
        self.underway.push(Refresh { by, tokens, step: Step::Sent });
    }

    /// From here on it is seen who goes on.
    fn steal(&mut self, thief: usize) {
        let stolen = self.owner.tokens.clone();
        self.thieves[thief].tokens.clone_from(&stolen);
        self.thieves[thief].stolen.clone_from(&stolen);
        self.owner.stolen = stolen;
        self.owner.went_on = false;
    }

    /// Decide from what was read, then compare and set.
    fn commit(&mut self, i: usize, rules: Rules) {
        let Refresh { tokens, step: Step::Read(read), .. } = self.underway[i].clone() else { unreachable!() };
        let step = if rules.tag == Tag::Checked && tokens.iter().any(|token| token.branch == FORGED) {
            Step::Answered(None)
        } else if read.ended {
            self.turn_away()
        } else {
            self.decide(i, &tokens, read, rules)
        };
        self.underway[i].step = step;
    }

    fn decide(&mut self, i: usize, tokens: &[Token], read: Record, rules: Rules) -> Step {
        let turn = (rules.decide)(read.ratchet, tokens);
        let generation = match turn {
            Turn::Unknown => return self.turn_away(),
            Turn::Again => read.ratchet.generation,
            // Somebody else committed since: read again.
            _ if rules.commit == Commit::CompareAndSet && self.record != read => return Step::Sent,
            Turn::Advance(ratchet) => self.turn(ratchet),
            Turn::Fork | Turn::Reuse => {
                self.record.ended = true;
                return self.turn_away();
            }
        };
        self.note(i, tokens.iter().find(|token| (rules.decide)(read.ratchet, &[**token]) == turn));
        self.grant(generation)
    }

    fn turn(&mut self, ratchet: Ratchet) -> u32 {
        self.record.ratchet = ratchet;
        self.went_on.resize(self.went_on.len().max(ratchet.generation as usize), 0);
        if let Some(left) = (ratchet.generation as usize).checked_sub(1) {
            self.went_on[left] += 1;
        }
        ratchet.generation
    }

    fn turn_away(&mut self) -> Step {
        self.turned_away |= !self.record.ended;
        Step::Answered(None)
    }

    /// Notes whether the sender goes on with a token of its own.
    fn note(&mut self, i: usize, by: Option<&Token>) {
        let holder = self.holder(self.underway[i].by);
        let Some(newest) = holder.stolen.iter().map(|token| token.generation).max() else { return };
        let own = |token: &Token| token.generation >= newest && !holder.stolen.contains(token);
        holder.went_on |= by.is_some_and(own);
    }

    fn grant(&mut self, generation: u32) -> Step {
        let branch = self.minted;
        self.minted += 1;
        Step::Answered(Some(Token { generation, branch }))
    }

    fn arrive(&mut self, i: usize, keeps: Keeps) {
        let Refresh { by, tokens: shown, step: Step::Answered(answer) } = self.underway.remove(i) else {
            unreachable!()
        };
        if let Some(token) = answer {
            let kept = &mut self.holder(by).tokens;
            kept.retain(|token| keeps == Keeps::Jar && !shown.contains(token));
            kept.push(token);
            if by == Party::Owner {
                self.due = false;
            }
        }
    }

    /// Whether a request of the owner is still on its way that holds nothing as new as what the owner has by now.
    fn owner_would_overtake(&self) -> bool {
        let newest = |tokens: &[Token]| tokens.iter().map(|token| token.generation).max();
        self.underway.iter().any(|refresh| {
            let on_its_way = !matches!(refresh.step, Step::Answered(_));
            refresh.by == Party::Owner && on_its_way && newest(&refresh.tokens) < newest(&self.owner.tokens)
        })
    }
}

const ALONE: Scene = Scene {
    keeps: Keeps::One,
    refreshes: Refreshes::WhenDue,
    tabs: 2,
    lives: 2,
    owner_sends: 4,
    thief_sends: vec![],
    forgeries: 0,
    rules: PRODUCTION,
};

/// A browser whose pages refresh whenever they like.
fn eager(tabs: usize, owner_sends: u8) -> Scene {
    Scene { keeps: Keeps::Jar, refreshes: Refreshes::Eagerly, lives: 0, tabs, owner_sends, ..ALONE }
}

fn robbed(thief_sends: &[u8]) -> Scene {
    Scene { tabs: 1, ..ALONE }.robbed_by(thief_sends)
}

impl Scene {
    fn robbed_by(self, thief_sends: &[u8]) -> Self {
        Self { thief_sends: thief_sends.to_vec(), ..self }
    }

    fn failures(self) -> Vec<&'static str> {
        let checker = self.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
        checker.discoveries().into_keys().filter(|name| *name != THROUGH).collect()
    }
}

fn check(scene: Scene) {
    let checker = scene.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    println!("{} states", checker.unique_state_count());
}

/// The checker finds a schedule that breaks this property once the rules are these, and none as they are.
fn breaks(property: &'static str, scene: Scene, rules: Rules) {
    assert_eq!(scene.clone().failures(), <[&str; 0]>::default());
    assert_eq!(Scene { rules, ..scene }.failures(), [property]);
}

/// Production's rules, but this decision.
fn deciding(decide: fn(Ratchet, &[Token]) -> Turn) -> Rules {
    Rules { decide, ..PRODUCTION }
}

#[test]
fn an_honest_client_with_three_tabs_is_never_logged_out() {
    check(Scene { tabs: 3, owner_sends: 6, ..ALONE });
}

#[test]
fn a_browser_with_three_tabs_is_never_logged_out() {
    check(Scene { keeps: Keeps::Jar, tabs: 3, owner_sends: 6, ..ALONE });
}

#[test]
fn a_browser_whose_pages_refresh_at_any_time_is_never_logged_out_however_late_the_answers() {
    check(eager(3, 6));
}

#[test]
fn a_thief_who_uses_the_token_once_is_caught_or_gains_one_access_token() {
    check(Scene { tabs: 2, ..robbed(&[1]) });
}

#[test]
fn a_thief_who_goes_on_is_stopped_whoever_is_first_or_late_or_in_lockstep() {
    check(robbed(&[3]));
}

#[test]
fn two_thieves_are_stopped_as_one_is() {
    check(Scene { lives: 1, owner_sends: 2, ..robbed(&[2, 2]) });
}

#[test]
fn forged_tokens_end_nothing() {
    check(Scene { forgeries: 2, ..ALONE });
}

#[test]
fn a_thief_of_a_whole_jar_is_stopped_while_its_owner_refreshes_at_any_time() {
    check(eager(2, 3).robbed_by(&[3]));
}

#[test]
fn a_jar_that_keeps_only_the_last_answer_is_logged_out_by_a_late_one() {
    assert_eq!(Scene { keeps: Keeps::One, ..eager(3, 6) }.failures(), [HONEST]);
}

#[test]
fn a_jar_of_which_only_the_newest_token_counts_is_logged_out_by_a_late_one() {
    let rules = deciding(|ratchet, tokens| {
        tokens.last().map_or(Turn::Unknown, |token| ratchet.present_any([token.place()]))
    });
    breaks(HONEST, eager(3, 6), rules);
}

#[test]
fn a_jar_whose_newest_token_is_spent_first_is_logged_out_by_a_late_request() {
    let rules =
        deciding(|ratchet, tokens| ratchet.present_any(tokens.iter().rev().map(|token| token.place())));
    breaks(HONEST, eager(3, 6), rules);
}

#[test]
fn a_turn_without_compare_and_set_lets_two_tokens_go_on() {
    breaks(ONE, ALONE, Rules { commit: Commit::LastWriterWins, ..PRODUCTION });
}

#[test]
fn a_tag_that_is_not_checked_lets_garbage_end_a_session() {
    breaks(HONEST, Scene { forgeries: 1, ..ALONE }, Rules { tag: Tag::Ignored, ..PRODUCTION });
}

#[test]
fn again_taken_for_a_turn_logs_out_an_honest_client() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Again => {
            Turn::Advance(Ratchet { generation: ratchet.generation + 1, spent: Some(tokens[0].place().1) })
        }
        decided => decided,
    });
    breaks(HONEST, Scene { tabs: 3, owner_sends: 6, ..ALONE }, rules);
}

#[test]
fn again_taken_for_theft_logs_out_an_honest_client() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Again => Turn::Fork,
        decided => decided,
    });
    breaks(HONEST, ALONE, rules);
}

#[test]
fn a_turn_that_forgets_the_branch_logs_out_an_honest_client() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Advance(next) => Turn::Advance(Ratchet { spent: None, ..next }),
        decided => decided,
    });
    breaks(HONEST, ALONE, rules);
}

#[test]
fn a_branch_that_is_not_looked_at_lets_thief_and_owner_both_go_on() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Fork => Turn::Again,
        decided => decided,
    });
    breaks(NOT_BOTH, robbed(&[3]), rules);
}

#[test]
fn a_generation_that_does_not_turn_lets_thief_and_owner_both_go_on() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Advance(_) => Turn::Again,
        decided => decided,
    });
    breaks(NOT_BOTH, robbed(&[3]), rules);
}

#[test]
fn a_fork_that_is_only_refused_turns_away_one_while_the_other_goes_on() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Fork => Turn::Unknown,
        decided => decided,
    });
    breaks(NOT_ALONE, robbed(&[3]), rules);
}

#[test]
fn a_reuse_that_is_only_refused_turns_away_one_while_the_other_goes_on() {
    let rules = deciding(|ratchet, tokens| match (PRODUCTION.decide)(ratchet, tokens) {
        Turn::Reuse => Turn::Unknown,
        decided => decided,
    });
    breaks(NOT_ALONE, robbed(&[3]), rules);
}
