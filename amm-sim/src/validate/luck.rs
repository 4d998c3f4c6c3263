//! Where a family's random numbers come from, and how that can be got wrong on purpose.

use super::Fault;
use amm_loop::draw::Draws;

/// The numbers of all paths under one seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Luck {
    seed: u64,
    shared: bool,
}

impl Luck {
    pub(super) fn new(seed: u64, fault: Option<Fault>) -> Self {
        Self { seed, shared: fault == Some(Fault::SharedStream) }
    }

    /// Of one agent in one block of one path.
    pub(super) fn draws(self, path: u64, block: u64, agent: u64) -> Draws {
        let path = if self.shared { 0 } else { path };
        Draws::new(self.seed, path, block, agent)
    }
}
