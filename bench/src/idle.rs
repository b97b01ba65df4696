//! What the server costs before anybody comes: time to start, memory, disk.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::plan::Plan;
use crate::program::{Programs, Running};
use crate::report::{Row, Target, Unit};
use crate::seed::Seeded;
use crate::series::Series;

/// How long after its first answer the server counts as idle.
const SETTLED: Duration = Duration::from_secs(1);

/// Starts on empty folders inside `place`, memory after some of them, and the size of the program.
pub(crate) fn measure(programs: &Programs, place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let (mut starts, mut memory) = (Series::default(), Series::default());
    for start in 0..plan.starts {
        let folder = tempfile::tempdir_in(place)?;
        let mut bitjang = programs.bitjang(folder.path())?;
        starts.push(bitjang.ready("/readyz")?.as_secs_f64() * 1e3);
        if start < plan.rounds {
            thread::sleep(SETTLED);
            memory.push(bitjang.memory_mib()?);
        }
    }
    let size =
        Series::from_iter([f64::from(u32::try_from(programs.path("bitjang")?.metadata()?.len())?) / 1e6]);
    Ok(vec![
        alone("from spawn to `/readyz` on an empty folder", Unit::of("ms"), starts, Target::Below(150.0)),
        alone("memory, idle", Unit::of("MiB"), memory, Target::Below(30.0)),
        alone("release binary", Unit::of("MB"), size, Target::Below(25.0)),
    ])
}

/// What the sessions cost.
pub(crate) fn of_sessions(bitjang: &Running, seeded: &Seeded) -> Result<Vec<Row>> {
    let (disk, memory) =
        (Series::from_iter([seeded.bytes_per_session]), Series::from_iter([bitjang.memory_mib()?]));
    Ok(vec![
        alone("disk for each session", Unit::whole("bytes"), disk, Target::None),
        alone(
            "memory after all of the above, with 100,000 sessions of as many accounts",
            Unit::of("MiB"),
            memory,
            Target::None,
        ),
    ])
}

fn alone(what: &'static str, unit: Unit, ours: Series, target: Target) -> Row {
    Row { what: what.into(), unit, ours, other: None, target }
}
