//! What so many accounts ask of servers, databases, verifiers and the feed, at the busiest time.

use super::figures::{
    ACCESS, BY_A_VERIFIER, CONNECTIONS, CORES, EMBEDDED_ACCOUNT, EMBEDDED_SESSION, EMBEDDED_WRITES,
    END_WRITES, ENDS, ENTRY, FILLED, FOLLOWED, HEARTBEAT, HEARTBEATS, HELD, IN_USE, MEMORY, PASSWORDS, PEAK,
    POSTGRES_ACCOUNT, POSTGRES_SESSION, POSTGRES_WRITES, REFRESH, REMEMBERED, REQUESTS, REVOCATION_MEMORY,
    SESSIONS, SHARD, SIGN_IN_WRITES, SIGN_INS, TOLD,
};

const DAY: f64 = 86_400.0;
const MICRO: f64 = 1e-6;

/// The fewest servers that outlive the loss of one while another is being replaced, and the fewest verifiers anybody has.
const FEWEST: f64 = 3.0;

/// So many accounts.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) accounts: f64,
}

/// Rates are a second's, at the busiest time.
impl Load {
    pub(crate) fn in_use(self) -> f64 {
        self.accounts * IN_USE.value
    }

    /// Where all sessions have tokens.
    pub(crate) fn refreshes(self) -> f64 {
        self.in_use() / ACCESS.value
    }

    pub(crate) fn sign_ins(self) -> f64 {
        self.accounts * SIGN_INS.value / DAY * PEAK.value
    }

    pub(crate) fn revocations(self) -> f64 {
        self.accounts * ENDS.value / DAY * PEAK.value
    }

    /// Revocations that a verifier holds.
    pub(crate) fn held(self) -> f64 {
        self.revocations() * HELD.value
    }

    pub(crate) fn held_bytes(self) -> f64 {
        self.held() * REVOCATION_MEMORY.value
    }

    pub(crate) fn verifiers(self) -> f64 {
        (self.in_use() * REQUESTS.value / BY_A_VERIFIER.value).ceil().max(FEWEST)
    }

    /// Bytes a second to one verifier, at most: a heartbeat follows each entry, unless several come at once.
    pub(crate) fn feed(self) -> f64 {
        self.revocations() * (ENTRY.value + HEARTBEAT.value) + HEARTBEATS.value * HEARTBEAT.value
    }

    pub(crate) fn feed_of_all(self) -> f64 {
        self.feed() * self.verifiers()
    }

    /// Cores that hash passwords.
    pub(crate) fn hashing(self) -> f64 {
        self.sign_ins() / PASSWORDS.value
    }

    pub(crate) fn refreshing(self) -> f64 {
        self.refreshes() * REFRESH.value * MICRO
    }

    /// Cores that tell verifiers.
    pub(crate) fn telling(self) -> f64 {
        self.verifiers() * (self.revocations() * TOLD.value + FOLLOWED.value) * MICRO
    }

    pub(crate) fn cores(self) -> f64 {
        self.hashing() + self.refreshing() + self.telling()
    }

    /// Servers that share a database.
    pub(crate) fn servers(self) -> f64 {
        let by_cores = self.cores() / (CORES.value * FILLED.value);
        let by_connections = self.verifiers() / (CONNECTIONS.value * FILLED.value);
        by_cores.max(by_connections).ceil().max(FEWEST)
    }

    /// Statements that write.
    pub(crate) fn writes(self) -> f64 {
        self.refreshes() + self.sign_ins() * SIGN_IN_WRITES.value + self.revocations() * END_WRITES.value
    }

    pub(crate) fn embedded_bytes(self) -> f64 {
        self.accounts * (EMBEDDED_ACCOUNT.value + SESSIONS.value * EMBEDDED_SESSION.value)
    }

    pub(crate) fn postgres_bytes(self) -> f64 {
        self.accounts * (POSTGRES_ACCOUNT.value + SESSIONS.value * POSTGRES_SESSION.value)
    }

    /// Databases that share the accounts.
    pub(crate) fn shards(self) -> f64 {
        let by_writes = self.writes() / (POSTGRES_WRITES.value * FILLED.value);
        by_writes.max(self.postgres_bytes() / SHARD.value).ceil()
    }

    /// How much of the sessions in use a server can remember that sees all of them.
    pub(crate) fn remembered(self) -> f64 {
        (MEMORY.value / (self.in_use() * REMEMBERED.value)).min(1.0)
    }

    /// Whether one server does on the embedded store.
    fn fits_one(self) -> bool {
        self.cores() <= CORES.value * FILLED.value && self.writes() <= EMBEDDED_WRITES.value * FILLED.value
    }
}

/// The most accounts that one server on the embedded store carries.
pub(crate) fn most_on_one() -> f64 {
    let (mut enough, mut too_many) = (0.0, 1e12);
    for _ in 0..60 {
        let accounts = f64::midpoint(enough, too_many);
        if (Load { accounts }).fits_one() { enough = accounts } else { too_many = accounts }
    }
    enough
}

/// The feed of so many verifiers, told by several servers.
pub(crate) struct Tree {
    pub(crate) verifiers: f64,
    pub(crate) servers: f64,
    pub(crate) revocations: f64,
}

impl Tree {
    pub(crate) fn followers(&self) -> f64 {
        self.verifiers / self.servers
    }

    /// Entries a second that each server sends.
    pub(crate) fn messages(&self) -> f64 {
        self.followers() * self.revocations
    }

    /// Cores that each server spends on it.
    pub(crate) fn cores(&self) -> f64 {
        (self.messages() * TOLD.value + self.followers() * FOLLOWED.value) * MICRO
    }

    /// Bytes a second that each server sends.
    pub(crate) fn bytes(&self) -> f64 {
        self.messages() * (ENTRY.value + HEARTBEAT.value)
            + self.followers() * HEARTBEATS.value * HEARTBEAT.value
    }

    /// Seconds that a core is busy until the last follower has been told of one entry.
    pub(crate) fn spread(&self) -> f64 {
        self.followers() * TOLD.value * MICRO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 0.01, "{value} is not {expected}");
    }

    #[test]
    fn a_million_accounts_worked_by_hand() {
        let load = Load { accounts: 1e6 };
        about(load.in_use(), 50_000.0);
        about(load.refreshes(), 166.7);
        about(load.sign_ins(), 9.26);
        about(load.revocations(), 4.63);
        about(load.held(), 3_056.0);
        about(load.verifiers(), 5.0);
        about(load.writes(), 166.7 + 4.0 * 9.26 + 2.0 * 4.63);
        about(load.shards(), 1.0);
    }

    #[test]
    fn nobody_has_fewer_than_three_servers_on_a_database() {
        about(Load { accounts: 1.0 }.servers(), 3.0);
    }

    #[test]
    fn one_server_carries_as_many_as_it_has_cores_or_writes_for() {
        let most = most_on_one();
        assert!((Load { accounts: most }).fits_one() && !(Load { accounts: most * 1.001 }).fits_one());
    }

    #[test]
    fn servers_share_the_followers() {
        let tree = |servers| Tree { verifiers: 1_000.0, servers, revocations: 10.0 };
        about(tree(1.0).messages(), 10_000.0);
        about(tree(10.0).messages(), 1_000.0);
        about(tree(1.0).cores(), tree(10.0).cores() * 10.0);
    }
}
