//! A run as a sequence diagram in SVG. The list beneath it says the same in words.

use std::fmt::Write as _;

use crate::trace::Step;

const LANES: [&str; 7] = ["alice", "mallory", "thief", "server 1", "server 2", "server 3", "store"];
const WIDTH: usize = 136;
const HEIGHT: usize = 44;
const TOP: usize = 40;

/// The steps as arrows between those who take part.
pub(super) fn draw(steps: &[Step]) -> String {
    let takes_part = |lane: &&str| steps.iter().any(|step| step.from == **lane || step.to == **lane);
    let lanes: Vec<&str> = LANES.into_iter().filter(|lane| takes_part(lane)).collect();
    let (width, height) = (lanes.len() * WIDTH, TOP + steps.len() * HEIGHT + 10);
    let mut svg =
        format!("<svg viewBox='0 0 {width} {height}' width={} role=img aria-labelledby=told>", width * 5 / 4);
    for (at, lane) in lanes.iter().enumerate() {
        let x = middle(at);
        let _ = write!(
            svg,
            "<text x={x} y=20 class=lane>{lane}</text><line x1={x} x2={x} y1=28 y2={height} class=life />"
        );
    }
    for (number, step) in steps.iter().enumerate() {
        let at = |name: &str| lanes.iter().position(|lane| *lane == name).map_or(0, middle);
        arrow(&mut svg, number, step, (at(&step.from), at(&step.to)));
    }
    svg.push_str("</svg>");
    svg
}

fn middle(lane: usize) -> usize {
    lane * WIDTH + WIDTH / 2
}

fn arrow(svg: &mut String, number: usize, step: &Step, (from, to): (usize, usize)) {
    let y = TOP + number * HEIGHT + 24;
    let label = match step.status {
        Some(status) => format!("{} → {status}", step.request),
        None => "…".into(),
    };
    let kind = if step.status.is_some_and(|status| status < 400) { "good" } else { "bad" };
    let text = usize::midpoint(from, to);
    let head = if to >= from { to.saturating_sub(6) } else { to + 6 };
    let _ = write!(
        svg,
        "<a href='#step-{n}'><text x={text} y={up} class=said>{n}. {label}</text>\
         <path d='M{from} {y}H{to}M{head} {above}L{to} {y}L{head} {below}' class='arrow {kind}' /></a>",
        n = number + 1,
        up = y - 6,
        above = y - 4,
        below = y + 4,
    );
}
