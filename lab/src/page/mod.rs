//! The page that drives the lab: the matrix, each run replayed, the token explorer and the bottleneck.

mod diagram;
mod plot;
mod site;
mod state;
mod token;

pub use plot::alone as plotted;
pub use site::serve;

const STYLE: &str = include_str!("../../assets/lab.css");
