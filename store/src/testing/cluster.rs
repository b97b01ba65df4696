//! A Redis cluster for tests: three primaries, each with a replica.

use std::io;
use std::time::Duration;

use super::{Redis, failed};

/// Six servers that share the keys. Dropping it ends them.
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

/// How often and how far apart it is looked at while its nodes have not agreed.
const LOOKS: u32 = 1_200;
const APART: Duration = Duration::from_millis(50);

/// All that keys are divided into.
const SLOTS: &str = "cluster_slots_ok:16384";

impl RedisCluster {
    /// An empty cluster whose nodes miss each other after a second.
    pub fn start() -> io::Result<Self> {
        let nodes: Vec<_> = (0..6).map(|_| Redis::start_node()).collect::<Result<_, _>>()?;
        let cluster = Self { nodes };
        let mut create = vec!["--cluster".to_owned(), "create".to_owned()];
        create.extend(cluster.nodes.iter().map(Redis::place));
        create.extend(["--cluster-replicas", "1", "--cluster-yes"].map(str::to_owned));
        let create: Vec<_> = create.iter().map(String::as_str).collect();
        cluster.any()?.run(&create)?;
        for node in &cluster.nodes {
            until("the nodes agree", || Ok(node.run(&["CLUSTER", "INFO"])?.contains(SLOTS)))?;
            until("replicas follow", || Ok(node.run(&["CLUSTER", "NODES"])?.matches("slave").count() == 3))?;
        }
        until("replicas are in step", || {
            let told = cluster.nodes.iter().map(|node| node.run(&["INFO", "replication"]));
            let told: Vec<_> = told.collect::<Result<_, _>>()?;
            Ok(told.iter().filter(|told| told.contains("master_link_status:up")).count() == 3)
        })?;
        Ok(cluster)
    }

    fn any(&self) -> io::Result<&Redis> {
        self.nodes.first().ok_or_else(|| failed("no nodes"))
    }

    /// Its address, by one node of it, with more patience than a busy machine needs to answer.
    pub fn address(&self) -> io::Result<String> {
        Ok(format!("{}&cluster", self.any()?.address()))
    }

    /// Its address, by all nodes of it, with the usual patience.
    pub fn hasty_address(&self) -> io::Result<String> {
        let places: Vec<_> = self.nodes.iter().map(Redis::place).collect();
        Ok(format!("{}?cluster={}", self.any()?.hasty_address(), places.join(",")))
    }

    /// Every node that takes writes now.
    pub fn primaries(&self) -> Vec<&Redis> {
        self.playing("role:master")
    }

    fn playing(&self, role: &str) -> Vec<&Redis> {
        let nodes = self.nodes.iter();
        nodes.filter(|node| plays(node, role)).collect()
    }

    /// The node that has the slot of this key.
    pub fn home(&self, key: &str) -> io::Result<&Redis> {
        for node in self.primaries() {
            // Another one answers MOVED.
            if !node.run(&["EXISTS", key])?.contains("MOVED") {
                return Ok(node);
            }
        }
        Err(failed("nobody has it"))
    }

    /// Waits until replicas have taken the place of the primaries that are gone.
    pub fn heal(&self) -> io::Result<()> {
        until("a replica takes over", || {
            let primaries = self.primaries();
            let whole =
                primaries.iter().map(|node| node.run(&["CLUSTER", "INFO"])).collect::<Result<Vec<_>, _>>()?;
            Ok(whole.len() >= 3 && whole.iter().all(|told| told.contains("cluster_state:ok")))
        })
    }

    /// Takes all nodes down without warning.
    pub fn kill(&self) -> io::Result<()> {
        self.nodes.iter().try_for_each(Redis::kill)
    }

    /// Starts all nodes, which are a cluster again, with nothing in it.
    pub fn start_again(&self) -> io::Result<()> {
        self.nodes.iter().try_for_each(Redis::start_again)?;
        self.heal()
    }

    /// Makes every replica a primary and every primary a replica, in good order.
    pub fn swap(&self) -> io::Result<()> {
        for replica in self.playing("role:slave") {
            replica.run(&["CLUSTER", "FAILOVER"])?;
            until("it takes over", || Ok(replica.run(&["INFO", "replication"])?.contains("role:master")))?;
        }
        self.heal()
    }
}

/// One that was killed plays nothing.
fn plays(node: &Redis, role: &str) -> bool {
    node.run(&["INFO", "replication"]).is_ok_and(|told| told.lines().any(|line| line.trim() == role))
}

fn until(what: &str, mut ask: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    for _ in 0..LOOKS {
        if ask()? {
            return Ok(());
        }
        std::thread::sleep(APART);
    }
    Err(failed(format!("{what}: not in time")))
}
