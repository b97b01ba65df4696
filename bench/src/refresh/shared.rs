//! The same on PostgreSQL, beside `pgbench`, which rewrites single rows of such a table by the same statement and does nothing else.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use super::field::{Field, Minting, Spent};
use crate::contender::Backends;
use crate::pgbench::Pgbench;
use crate::plan::Plan;
use crate::report::{Row, Target, Unit};
use crate::series::Series;

/// The table as the store has it, and among the others one row for each client, whose id is the client's number.
const TABLE: &str = "CREATE TABLE compared (LIKE bitjang.session INCLUDING ALL);
    INSERT INTO compared SELECT * FROM bitjang.session;
    WITH mine AS (SELECT id AS old, row_number() OVER () - 1 AS client FROM (SELECT id FROM compared ORDER BY id LIMIT 64) few)
        UPDATE compared SET id = decode(lpad(to_hex(client), 32, '0'), 'hex') FROM mine WHERE id = old;
    ANALYZE compared";

const AFRESH: &str = "UPDATE compared SET revision = 0 WHERE id < decode(lpad(to_hex(64), 32, '0'), 'hex')";
const TURNED: &str = "SELECT sum(revision) FROM compared WHERE id < decode(lpad(to_hex(64), 32, '0'), 'hex')";

/// What the store runs for a refresh.
const SCRIPT: &str = r"\set turn :turn + 1
UPDATE compared SET secret = secret, epoch = epoch, carrier = carrier, agent = agent, address = address, seen_at = seen_at + 1, idle_ends_at = idle_ends_at + 1, ends_at = ends_at, generation = :turn::bigint, spent = decode(lpad(to_hex(:turn::bigint), 16, '0'), 'hex'), ended_at = NULL, ended_why = NULL, revision = :turn::bigint WHERE id = decode(lpad(to_hex(:client_id::bigint), 32, '0'), 'hex') AND revision = :turn::bigint - 1 AND account = account AND created_at = created_at RETURNING 1;
";

/// Ours and the other by turns.
pub(super) fn measure(place: &Path, plan: Plan) -> Result<Vec<Row>> {
    let (backends, runtime) = (Backends::start(place)?, Runtime::new()?);
    let database = backends.database()?;
    let field = runtime.block_on(Field::sow(&database.parse()?, plan.shared))?;
    backends.postgres.run(&database, TABLE)?;
    let bench = Pgbench::new(&database, backends.folder(), SCRIPT)?;
    let (mut refreshes, mut writes, mut other) = (Series::default(), Series::default(), Series::default());
    for _ in 0..plan.rounds {
        let spent = |spent: Spent| spent.per_second;
        refreshes.push(spent(runtime.block_on(field.refresh(Minting::Ed25519, plan.span))?));
        writes.push(spent(runtime.block_on(field.replace(plan.span))?));
        other.push(compare_and_set(&backends, &database, &bench, plan.span)?);
    }
    runtime.block_on(field.close());
    let row = |what: &'static str, ours, target| Row {
        what: what.into(),
        unit: Unit::whole("/s"),
        ours,
        other: Some(other.clone()),
        target,
    };
    Ok(vec![
        row(
            "refreshes by 64 clients on PostgreSQL; `pgbench` with the same compare-and-set by 64 clients",
            refreshes,
            Target::AtLeast(0.7),
        ),
        row("… ; the store's compare-and-sets beside that", writes, Target::None),
    ])
}

fn compare_and_set(backends: &Backends, database: &str, bench: &Pgbench, span: Duration) -> Result<f64> {
    backends.postgres.run(database, AFRESH)?;
    let ran = bench.run(span)?;
    let turned: u64 = backends.postgres.run(database, TURNED)?.parse()?;
    // A compare-and-set that finds nothing is no failure to pgbench.
    ensure!(turned == ran.transactions, "of {} compare-and-sets {turned} were done", ran.transactions);
    Ok(ran.rate)
}
