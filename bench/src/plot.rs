//! Medians and spreads as bars, in one SVG.

use std::fmt::Write as _;

use crate::series::Series;

/// One bar for each that was asked for the same.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) unit: &'static str,
    pub(crate) bars: Vec<Bar>,
}

/// What one came to.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) figures: Series,
    pub(crate) whose: Whose,
}

/// How a bar is coloured.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    Ours,
    /// What nobody can be faster than.
    Limit,
    Theirs,
}

impl Whose {
    const fn class(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Limit => "limit",
            Self::Theirs => "theirs",
        }
    }
}

const NAMES: f64 = 270.0;
const LONGEST: f64 = 400.0;
const WIDTH: f64 = NAMES + LONGEST + 120.0;
const LINE: f64 = 22.0;
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2933}.title{font-weight:600;font-size:15px}.name{text-anchor:end}\
.ours{fill:#0b6e4f}.theirs{fill:#9aa5b1}.limit{fill:#d9a441}.spread{stroke:#1f2933;stroke-width:1.5}";

/// All panels, one below the other.
pub(crate) fn draw(panels: &[Panel]) -> String {
    let (mut drawn, mut y) = (String::new(), 0.0);
    for panel in panels {
        y = panel.draw(&mut drawn, y + LINE);
    }
    let (width, height) = (WIDTH, y + LINE);
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' role='img'><title>Measurements</title>\
         <style>{STYLE}</style><rect width='100%' height='100%' fill='#fff'/>{drawn}</svg>\n"
    )
}

impl Panel {
    /// Where the next one may begin.
    fn draw(&self, svg: &mut String, top: f64) -> f64 {
        let most = self.bars.iter().map(|bar| bar.figures.spread().1).fold(0.0, f64::max);
        let along = |figure: f64| LONGEST * figure / most;
        let _cannot_fail =
            write!(svg, "<text x='8' y='{top}' class='title'>{}, {}</text>", escaped(&self.title), self.unit);
        let mut y = top + LINE;
        for Bar { name, figures, whose } in &self.bars {
            let (median, (least, most)) = (figures.median(), figures.spread());
            let (middle, baseline, class) = (y - 5.0, y, whose.class());
            let _cannot_fail = write!(
                svg,
                "<text x='{}' y='{baseline}' class='name'>{}</text><rect x='{NAMES}' y='{}' width='{:.1}' height='14' class='{class}'/>\
                 <path d='M{:.1} {middle}H{:.1}' class='spread'/><text x='{:.1}' y='{baseline}'>{median:.0}</text>",
                NAMES - 8.0,
                escaped(name),
                y - 12.0,
                along(median),
                NAMES + along(least),
                NAMES + along(most),
                NAMES + along(most) + 8.0,
            );
            y += LINE;
        }
        y
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_takes_all_there_is() {
        let bar = |name: &str, figure| Bar {
            name: name.into(),
            figures: Series::from_iter([figure]),
            whose: Whose::Ours,
        };
        let panel = Panel { title: "a < b".into(), unit: "/s", bars: vec![bar("x", 50.0), bar("y", 100.0)] };
        let svg = draw(&[panel]);
        assert!(svg.contains("a &lt; b, /s"), "{svg}");
        assert!(svg.contains("width='400.0'") && svg.contains("width='200.0'"), "{svg}");
    }
}
