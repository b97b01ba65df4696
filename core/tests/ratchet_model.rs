//! The refresh ratchet under every schedule: tabs, servers, lost and late answers, crashes and thieves, explored by a model checker.
//!
//! The model drives [`Ratchet::present`], the function that production runs. One record is read and committed in separate steps by any number of
//! servers at once; every message may be lost at every step, which is also what a crash does. What is assumed of an honest client is what its HTTP contract asks:
//! it keeps one copy of its token, refreshes when its access token has run out, and gives a refresh up that has taken as long as an access token lives.
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a model that goes wrong has to stop")]

use bitjang_core::ratchet::{Branch, Ratchet, Turn};
use stateright::{Checker, Model, Property};

/// What is explored: how many of each.
#[derive(Clone)]
struct Scene {
    tabs: usize,
    /// How often the access token runs out.
    lives: u8,
    /// How many refreshes the owner sends in all.
    owner_sends: u8,
    /// How many refreshes each thief sends; as many thieves as entries.
    thief_sends: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Token {
    generation: u32,
    branch: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Party {
    Owner,
    Thief(usize),
}

/// A refresh under way: sent, read by a server, or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Sent,
    Read(Record),
    Answered(Option<Token>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Refresh {
    by: Party,
    token: Token,
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
    token: Option<Token>,
    sends: u8,
    /// The last token that was granted a refresh, and how many different ones were since the theft.
    granted: Option<Token>,
    granted_since_theft: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    record: Record,
    underway: Vec<Refresh>,
    owner: Holder,
    thieves: Vec<Holder>,
    lives: u8,
    due: bool,
    minted: u8,
    /// How many commits went on from each generation.
    went_on: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    OwnerSends,
    Steal(usize),
    ThiefSends(usize),
    ServerReads(usize),
    ServerCommits(usize),
    AnswerArrives(usize),
    IsLost(usize),
    AccessTokenRunsOut,
}

impl Model for Scene {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let token = Some(Token { generation: 0, branch: 0 });
        let holder = |token, sends| Holder { token, sends, granted: None, granted_since_theft: 0 };
        vec![World {
            record: Record { ratchet: Ratchet::default(), ended: false },
            underway: Vec::new(),
            owner: holder(token, self.owner_sends),
            thieves: self.thief_sends.iter().map(|sends| holder(None, *sends)).collect(),
            lives: self.lives,
            due: true,
            minted: 1,
            went_on: Vec::new(),
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let by_owner = world.underway.iter().filter(|refresh| refresh.by == Party::Owner).count();
        if world.due && world.owner.token.is_some() && world.owner.sends > 0 && by_owner < self.tabs {
            actions.push(Action::OwnerSends);
        }
        if world.lives > 0 && by_owner == 0 && !world.due {
            actions.push(Action::AccessTokenRunsOut);
        }
        for (i, thief) in world.thieves.iter().enumerate() {
            match thief.token {
                None => actions.push(Action::Steal(i)),
                Some(_) if thief.sends > 0 => actions.push(Action::ThiefSends(i)),
                Some(_) => {}
            }
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
            Action::Steal(i) => next.steal(i),
            Action::ServerReads(i) => next.underway[i].step = Step::Read(next.record),
            Action::ServerCommits(i) => next.commit(i),
            Action::AnswerArrives(i) => next.arrive(i),
            Action::IsLost(i) => drop(next.underway.remove(i)),
            Action::AccessTokenRunsOut => {
                next.lives -= 1;
                next.due = true;
            }
        }
        // In which order requests stand in the list means nothing.
        next.underway.sort_by_key(|refresh| (refresh.by, refresh.token, format!("{:?}", refresh.step)));
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("an honest client is not logged out", |scene: &Self, world: &World| {
                !scene.thief_sends.is_empty() || !world.record.ended
            }),
            Property::always("of a generation at most one token goes on", |_, world: &World| {
                world.went_on.iter().all(|commits| *commits <= 1)
            }),
            Property::always("thief and owner do not both go on", |_, world: &World| {
                world
                    .thieves
                    .iter()
                    .all(|thief| thief.granted_since_theft < 2 || world.owner.granted_since_theft < 2)
            }),
            Property::sometimes("the owner gets through all lives", |scene: &Self, world: &World| {
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
        }
    }

    fn send(&mut self, by: Party) {
        let holder = self.holder(by);
        holder.sends -= 1;
        let token = holder.token.expect("only holders send");
        self.underway.push(Refresh { by, token, step: Step::Sent });
    }

    /// From here on it is counted who goes on.
    fn steal(&mut self, thief: usize) {
        self.thieves[thief].token = self.owner.token;
        self.owner.granted_since_theft = 0;
        self.owner.granted = None;
    }

    /// Decide from what was read, then compare and set.
    fn commit(&mut self, i: usize) {
        let Refresh { token, step: Step::Read(read), .. } = self.underway[i] else { unreachable!() };
        let step = if read.ended { Step::Answered(None) } else { self.decide(i, token, read) };
        self.underway[i].step = step;
    }

    fn decide(&mut self, i: usize, token: Token, read: Record) -> Step {
        match read.ratchet.present(token.generation, Branch([token.branch; 8])) {
            Turn::Again => self.grant(i, read.ratchet.generation),
            Turn::Unknown => Step::Answered(None),
            // Somebody else committed since: read again.
            _ if self.record != read => Step::Sent,
            Turn::Advance(ratchet) => {
                self.record.ratchet = ratchet;
                self.went_on.resize(ratchet.generation as usize, 0);
                *self.went_on.last_mut().expect("a generation was added") += 1;
                self.grant(i, ratchet.generation)
            }
            Turn::Fork | Turn::Reuse => {
                self.record.ended = true;
                Step::Answered(None)
            }
        }
    }

    fn grant(&mut self, i: usize, generation: u32) -> Step {
        let Refresh { by, token, .. } = self.underway[i];
        let holder = self.holder(by);
        if holder.granted != Some(token) {
            holder.granted = Some(token);
            holder.granted_since_theft += 1;
        }
        let branch = self.minted;
        self.minted += 1;
        Step::Answered(Some(Token { generation, branch }))
    }

    /// The last answer to arrive is what the cookie jar holds.
    fn arrive(&mut self, i: usize) {
        let Refresh { by, step: Step::Answered(answer), .. } = self.underway.remove(i) else {
            unreachable!()
        };
        if let Some(token) = answer {
            self.holder(by).token = Some(token);
            if by == Party::Owner {
                self.due = false;
            }
        }
    }
}

fn check(scene: Scene) {
    let checker = scene.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    println!("{} states", checker.unique_state_count());
}

#[test]
fn an_honest_client_with_three_tabs_is_never_logged_out() {
    check(Scene { tabs: 3, lives: 2, owner_sends: 6, thief_sends: vec![] });
}

#[test]
fn a_thief_who_uses_the_token_once_is_caught_or_gains_one_access_token() {
    check(Scene { tabs: 2, lives: 2, owner_sends: 4, thief_sends: vec![1] });
}

#[test]
fn a_thief_who_goes_on_is_stopped_whoever_is_first_or_late_or_in_lockstep() {
    check(Scene { tabs: 1, lives: 2, owner_sends: 4, thief_sends: vec![3] });
}

#[test]
fn two_thieves_are_stopped_as_one_is() {
    check(Scene { tabs: 1, lives: 1, owner_sends: 2, thief_sends: vec![2, 2] });
}
