//! How hard a hash is made.

/// The parameters of Argon2id (RFC 9106, section 3.1), within what a server can afford.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    memory_kib: u32,
    iterations: u32,
    lanes: u32,
}

/// Which parameter is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadParameters {
    /// Less than Argon2 needs for its lanes, or more than one hash may take.
    #[error("memory must be {least} to {most} KiB")]
    Memory {
        /// In KiB.
        least: u32,
        /// In KiB.
        most: u32,
    },
    /// None, or more than anybody would wait for.
    #[error("iterations must be 1 to {most}")]
    Iterations {
        /// How many.
        most: u32,
    },
    /// None, or more than make sense.
    #[error("lanes must be 1 to {most}")]
    Lanes {
        /// How many.
        most: u32,
    },
}

impl Parameters {
    /// The most memory one hash may take: 256 MiB.
    pub const MOST_MEMORY_KIB: u32 = 256 * 1_024;
    /// The most passes over that memory.
    pub const MOST_ITERATIONS: u32 = 16;
    /// The most lanes.
    pub const MOST_LANES: u32 = 16;

    /// Parameters within bounds. Argon2 needs 8 KiB for each lane.
    pub fn new(memory_kib: u32, iterations: u32, lanes: u32) -> Result<Self, BadParameters> {
        if !(1..=Self::MOST_LANES).contains(&lanes) {
            return Err(BadParameters::Lanes { most: Self::MOST_LANES });
        }
        if !(1..=Self::MOST_ITERATIONS).contains(&iterations) {
            return Err(BadParameters::Iterations { most: Self::MOST_ITERATIONS });
        }
        let (least, most) = (8 * lanes, Self::MOST_MEMORY_KIB);
        if !(least..=most).contains(&memory_kib) {
            return Err(BadParameters::Memory { least, most });
        }
        Ok(Self { memory_kib, iterations, lanes })
    }

    /// The memory of one hash, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// The passes over that memory.
    pub const fn iterations(self) -> u32 {
        self.iterations
    }

    /// The lanes, which are filled one after another: they cost the same here, whatever their number.
    pub const fn lanes(self) -> u32 {
        self.lanes
    }
}

impl Default for Parameters {
    /// 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, lanes: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_bounds() {
        assert_eq!(Parameters::new(19_456, 2, 1), Ok(Parameters::default()));
    }

    #[test]
    fn parameters_out_of_bounds_are_refused() {
        let memory = |least| Err(BadParameters::Memory { least, most: 262_144 });
        assert_eq!(Parameters::new(7, 1, 1), memory(8));
        assert_eq!(Parameters::new(31, 1, 4), memory(32));
        assert_eq!(Parameters::new(262_145, 1, 1), memory(8));
        assert_eq!(Parameters::new(64, 0, 1), Err(BadParameters::Iterations { most: 16 }));
        assert_eq!(Parameters::new(64, 17, 1), Err(BadParameters::Iterations { most: 16 }));
        assert_eq!(Parameters::new(64, 1, 0), Err(BadParameters::Lanes { most: 16 }));
        assert_eq!(Parameters::new(640_000, 1, u32::MAX), Err(BadParameters::Lanes { most: 16 }));
    }
}
