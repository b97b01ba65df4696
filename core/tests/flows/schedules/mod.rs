//! Every interleaving of two and of three flows on one session and one account, call by call.
//!
//! Flows wait for their turn before each call that reads or writes a record; an explorer takes every order of turns, each in a world of its own. Calls that count guesses, hash or sign
//! make no difference in which order they come, and are not waited for. What comes of an order must also come of going through the flows one after the other, in some order: the same
//! answers, the same records, the same feed. Where a client goes or an answer is lost, that flow may have happened or not, and nothing in between.

mod explorer;
mod scene;
mod turns;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use bitjang_core::{Account, Session};

use self::explorer::Explorer;
use self::scene::{Answer, Cast, Flow, Kept, Scene};
use self::turns::{Move, Running, at_once};
use crate::script::Call;

/// What can go wrong while flows take turns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    /// One client goes away, or one answer is lost, at any moment.
    Foul,
    /// Foul, and the server takes both records for likely as they were in the beginning.
    Foreseen,
    /// The store writes a session without looking which one it replaces.
    Careless,
}

impl Weather {
    fn loses(self) -> bool {
        matches!(self, Self::Foul | Self::Foreseen)
    }
}

/// Which orders are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Orders {
    Every,
    /// One of those that differ by swapping neighbours that have nothing to do with each other: two that read, or that look at different kinds of record.
    OneOfAKind,
}

/// What came of an order: every answer that is known, and what is kept.
type Outcome = (Vec<Option<Answer>>, Kept);

/// Goes through all orders; how many there were. The text says what is wrong with the first that is.
fn explored(flows: &[Flow], weather: Weather, orders: Orders) -> Result<u64, String> {
    let one_by_one = one_after_the_other(flows, weather);
    let (mut explorer, mut whole) = (Explorer::default(), 0);
    loop {
        let mut moves = Vec::new();
        let judged = played(flows, (weather, orders), &mut explorer, &mut moves);
        let judged = judged.and_then(|outcome| match outcome {
            Some(outcome) if !one_by_one.contains(&outcome) => {
                Err(format!("no order of whole flows comes to {outcome:?}"))
            }
            outcome => Ok(u64::from(outcome.is_some())),
        });
        whole += judged.map_err(|why| format!("{flows:?} in the order {moves:?}: {why}"))?;
        if !explorer.turns_off() {
            return Ok(whole);
        }
    }
}

/// Goes one way, and looks at every step; nothing comes of one that leads only to orders that are taken another way.
fn played(
    flows: &[Flow],
    (weather, orders): (Weather, Orders),
    explorer: &mut Explorer,
    moves: &mut Vec<Move>,
) -> Result<Option<Outcome>, String> {
    let scene = Scene::set();
    let (turns, cast) = (&scene.world.script.turns, scene.cast());
    turns.revisions_are_ignored.store(weather == Weather::Careless, Ordering::Relaxed);
    if weather == Weather::Foreseen {
        at_once(cast.one.is_foreseen());
    }
    turns.take();
    let mut running: Vec<_> = flows.iter().map(|flow| Running::start(&cast, *flow, turns)).collect();
    let (mut last, mut records) = (None, cast.records());
    loop {
        let may = may_follow(&running, last, (weather, orders), moves);
        let Some(next) = (!may.is_empty()).then(|| may[explorer.choose(may.len())]) else { break };
        moves.push(next);
        let (Move::Answer(nth) | Move::Lose(nth) | Move::Drop(nth)) = next;
        last = running[nth].waits_for().map(|call| (nth, call));
        if matches!(next, Move::Lose(_)) {
            turns.lose_the_answer();
        }
        let flow = std::mem::replace(&mut running[nth], Running::Dropped);
        if !matches!(next, Move::Drop(_)) {
            running[nth] = flow.goes_on(turns);
        }
        let now = cast.records();
        only_went_forward(&records, &now)?;
        records = now;
    }
    turns.waive();
    if running.iter().any(|flow| flow.waits_for().is_some()) {
        return Ok(None);
    }
    let answers: Vec<_> = running.iter().map(Running::answer).collect();
    let kept = cast.kept();
    holds(&cast, flows, &answers)?;
    Ok(Some((answers, kept)))
}

/// What may happen next.
fn may_follow(
    running: &[Running<'_>],
    last: Option<(usize, Call)>,
    (weather, orders): (Weather, Orders),
    moves: &[Move],
) -> Vec<Move> {
    let waiting = || running.iter().enumerate().filter_map(|(nth, flow)| Some((nth, flow.waits_for()?)));
    let answered = waiting().filter(|(nth, call)| {
        // Of two orders that differ by this swap, the one with the smaller first is taken.
        orders == Orders::Every || last.is_none_or(|(before, done)| *nth >= before || !commute(*call, done))
    });
    let mut may: Vec<_> = answered.map(|(nth, _)| Move::Answer(nth)).collect();
    if weather.loses() && moves.iter().all(|done| matches!(done, Move::Answer(_))) {
        may.extend(waiting().flat_map(|(nth, _)| [Move::Lose(nth), Move::Drop(nth)]));
    }
    may
}

fn commute(one: Call, other: Call) -> bool {
    let looks_at_both = [one, other].contains(&Call::ReplaceForeseen);
    (one.only_reads() && other.only_reads()) || (one.record() != other.record() && !looks_at_both)
}

/// What comes of the flows one after the other, in every order; where one may not have happened, also without it, and without its answer.
fn one_after_the_other(flows: &[Flow], weather: Weather) -> BTreeSet<Outcome> {
    let mut outcomes = BTreeSet::new();
    for order in orders_of(&(0..flows.len()).collect::<Vec<_>>()) {
        let (answers, kept) = in_order(flows, &order);
        if weather.loses() {
            for unknown in 0..flows.len() {
                let mut fewer = answers.clone();
                fewer[unknown] = None;
                outcomes.insert((fewer, kept.clone()));
                let others: Vec<_> = order.iter().copied().filter(|nth| *nth != unknown).collect();
                outcomes.insert(in_order(flows, &others));
            }
        }
        outcomes.insert((answers, kept));
    }
    outcomes
}

fn in_order(flows: &[Flow], order: &[usize]) -> Outcome {
    let scene = Scene::set();
    let cast = scene.cast();
    let mut answers = vec![None; flows.len()];
    for &nth in order {
        answers[nth] = Some(at_once(cast.plays(flows[nth])));
    }
    (answers, cast.kept())
}

fn orders_of(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let begun_with = |first: &usize| {
        let rest: Vec<_> = of.iter().copied().filter(|nth| nth != first).collect();
        orders_of(&rest).into_iter().map(|rest| [&[*first], rest.as_slice()].concat()).collect::<Vec<_>>()
    };
    of.iter().flat_map(begun_with).collect()
}

/// Invariant 3, step by step: no end is taken back, no epoch and no generation goes back, and each write follows the one before it.
fn only_went_forward(
    (account, sessions): &(Account, Vec<Session>),
    (now, sessions_now): &(Account, Vec<Session>),
) -> Result<(), String> {
    let follows = now.revision.0 - account.revision.0 <= 1 && now.epoch.since >= account.epoch.since;
    let all_follow = sessions.iter().all(|session| {
        let Some(next) = sessions_now.iter().find(|next| next.id == session.id) else { return false };
        let ended = session.ended.is_none() || next.ended == session.ended;
        let turned = next.ratchet.generation.wrapping_sub(session.ratchet.generation) <= 1;
        ended && turned && next.revision.0.wrapping_sub(session.revision.0) <= 1
    });
    (follows && all_follow)
        .then_some(())
        .ok_or_else(|| format!("{sessions:?}\nwas followed by\n{sessions_now:?}"))
}

/// The invariants, by their numbers.
fn holds(cast: &Cast<'_>, flows: &[Flow], answers: &[Option<Answer>]) -> Result<(), String> {
    let done = |wanted: &dyn Fn(Flow) -> bool| {
        flows
            .iter()
            .zip(answers)
            .any(|(flow, answer)| wanted(*flow) && answer.is_some_and(|it| it.0 == "done"))
    };
    let never = |wrong: bool, what: &str| if wrong { Err(what.to_owned()) } else { Ok(()) };
    let phone = cast.phone_is_signed_in();
    never(done(&Flow::ends_the_phone) && phone, "1: the phone's end was acknowledged, and it is signed in")?;
    let laptop = at_once(cast.laptop.is_signed_in());
    never(
        done(&Flow::ends_the_laptop) && laptop,
        "1: the laptop's end was acknowledged, and it is signed in",
    )?;
    let (one, sibling) = (done(&|flow| flow == Flow::Refresh), done(&|flow| flow == Flow::RefreshSibling));
    never(one && sibling, "2: two tokens of one generation went on")?;
    let both_told = [Flow::Refresh, Flow::RefreshSibling]
        .iter()
        .all(|wanted| flows.iter().zip(answers).any(|(flow, answer)| flow == wanted && answer.is_some()));
    never(both_told && phone, "2: both siblings came, and the session goes on")?;
    let honest = [Flow::Refresh, Flow::Verify, Flow::SignIn, Flow::Enable];
    let all_honest = flows.iter().all(|flow| honest.contains(flow));
    never(all_honest && !phone, "11: an honest client was signed out")?;
    let refused = answers.iter().flatten().any(|answer| answer.0 != "done");
    never(all_honest && refused, "11: an honest client was refused")
}

/// Whether there is all the time in the world.
fn is_long() -> bool {
    std::env::var_os("BITJANG_PROVE").is_some()
}

fn pairs() -> impl Iterator<Item = [Flow; 2]> {
    let later = |nth: usize| Flow::ALL.into_iter().skip(nth);
    Flow::ALL.into_iter().enumerate().flat_map(move |(nth, one)| later(nth).map(move |other| [one, other]))
}

fn triples() -> impl Iterator<Item = [Flow; 3]> {
    let from = |flow: Flow| Flow::ALL.into_iter().skip_while(move |other| *other != flow);
    pairs().flat_map(move |[one, two]| from(two).map(move |three| [one, two, three]))
}

/// Explores all of `groups`, and prints how many orders there were.
fn explore<const N: usize>(
    what: &str,
    groups: impl Iterator<Item = [Flow; N]>,
    (weather, orders): (Weather, Orders),
) {
    let groups: Vec<_> = groups.collect();
    let explored: Result<Vec<_>, _> = groups.iter().map(|flows| explored(flows, weather, orders)).collect();
    let ways: u64 = explored.unwrap_or_else(|why| panic!("{why}")).iter().sum();
    println!("{what}: {} groups of flows, {ways} schedules, none of which broke an invariant", groups.len());
}

#[test]
fn two_flows_at_once_are_two_flows_one_after_the_other_in_every_interleaving() {
    explore("pairs", pairs(), (Weather::Fair, Orders::Every));
}

#[test]
fn a_flow_that_is_dropped_or_loses_an_answer_has_happened_or_has_not() {
    explore("pairs with a crash", pairs(), (Weather::Foul, Orders::Every));
    explore("pairs with a crash and a guess", pairs(), (Weather::Foreseen, Orders::Every));
}

#[test]
fn three_flows_at_once_are_three_flows_one_after_the_other() {
    let orders = if is_long() { Orders::Every } else { Orders::OneOfAKind };
    explore("triples", triples(), (Weather::Fair, orders));
    if is_long() {
        explore("triples with a crash", triples(), (Weather::Foul, Orders::OneOfAKind));
        explore("triples with a crash and a guess", triples(), (Weather::Foreseen, Orders::OneOfAKind));
    }
}

#[test]
fn a_store_that_ignores_revisions_is_found_out() {
    for flows in
        [[Flow::Refresh, Flow::SignOut], [Flow::Refresh, Flow::RefreshSibling], [Flow::Verify, Flow::SignOut]]
    {
        let found = explored(&flows, Weather::Careless, Orders::Every);
        assert!(found.is_err(), "{flows:?}");
    }
}
