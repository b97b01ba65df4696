//! Requests per second against servers, as SVG.

use std::fmt::Write as _;

use crate::bottleneck::Line;

const WIDTH: u32 = 340;
const HEIGHT: u32 = 200;

/// How far apart names are, at least.
const APART: u32 = 14;

/// The drawing as a file of its own, which brings its style along.
pub fn alone(lines: &[Line]) -> String {
    styled(lines, &format!("<style>{}</style>", super::STYLE))
}

/// The drawing as a part of the page.
pub(super) fn draw(lines: &[Line]) -> String {
    styled(lines, "")
}

/// One line per scheme.
fn styled(lines: &[Line], style: &str) -> String {
    let most = lines.iter().flat_map(|line| &line.rates).copied().max().unwrap_or(1).max(1);
    let (width, height) = (WIDTH + 170, HEIGHT + 40);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{}' role='img' aria-labelledby='rates'>{style}",
        width * 5 / 4
    );
    let _ = write!(svg, "<path d='M40 10V{HEIGHT}H{WIDTH}' class='life' />");
    for server in 1..=3 {
        let _ = write!(svg, "<text x='{}' y='{}' class='lane'>{server}</text>", across(server), HEIGHT + 20);
    }
    let mut numbered: Vec<_> = lines.iter().enumerate().collect();
    numbered.sort_by_key(|(_, line)| std::cmp::Reverse(last(line)));
    let mut free = 0;
    for (kind, line) in numbered {
        let points =
            (1..).zip(&line.rates).map(|(server, rate)| format!("{},{}", across(server), up(*rate, most)));
        let points = points.collect::<Vec<_>>().join(" ");
        let y = up(last(line), most).max(free);
        free = y + APART;
        let _ = write!(
            svg,
            "<polyline points='{points}' class='rate rate-{kind}' /><text x='{}' y='{y}' class='name'>{} {}/s</text>",
            across(3) + 12,
            line.scheme,
            last(line),
        );
    }
    svg.push_str("</svg>");
    svg
}

fn last(line: &Line) -> u32 {
    line.rates.last().copied().unwrap_or_default()
}

fn across(servers: u32) -> u32 {
    40 + (servers - 1) * 130
}

fn up(rate: u32, most: u32) -> u32 {
    HEIGHT - rate * (HEIGHT - 30) / most
}
