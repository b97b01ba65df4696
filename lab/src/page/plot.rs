//! Requests per second against servers, as SVG.

use std::fmt::Write as _;

use crate::bottleneck::Line;

const WIDTH: u32 = 340;
const HEIGHT: u32 = 200;

/// One line per scheme.
pub(super) fn draw(lines: &[Line]) -> String {
    let most = lines.iter().flat_map(|line| &line.rates).copied().max().unwrap_or(1).max(1);
    let mut svg =
        format!("<svg viewBox='0 0 {} {}' role=img aria-labelledby=rates>", WIDTH + 150, HEIGHT + 40);
    let _ = write!(svg, "<path d='M40 10V{HEIGHT}H{WIDTH}' class=life />");
    for server in 1..=3 {
        let _ = write!(svg, "<text x={} y={} class=lane>{server}</text>", across(server), HEIGHT + 20);
    }
    for (kind, line) in lines.iter().enumerate() {
        let points =
            (1..).zip(&line.rates).map(|(server, rate)| format!("{},{}", across(server), up(*rate, most)));
        let points: Vec<_> = points.collect();
        let _ = write!(svg, "<polyline points='{}' class='rate rate-{kind}' />", points.join(" "));
        let last = line.rates.last().copied().unwrap_or_default();
        // Lines that end at the same height are told apart by the height of their names.
        let y = up(last, most).saturating_add(u32::try_from(kind).unwrap_or(0) * 14).saturating_sub(14);
        let _ = write!(
            svg,
            "<text x={} y={y} class='name rate-{kind}'>{} {last}/s</text>",
            WIDTH - 20,
            line.scheme
        );
    }
    svg.push_str("</svg>");
    svg
}

fn across(servers: u32) -> u32 {
    40 + (servers - 1) * 130
}

fn up(rate: u32, most: u32) -> u32 {
    HEIGHT - rate * (HEIGHT - 30) / most
}
