//! What a long run tells whoever waits for it.

/// Told what is being done and how much of it is done. Called from several threads at once.
pub trait Progress: Sync {
    /// Something begins that takes so many steps.
    fn begin(&self, what: &str, total: u64);
    /// So many more steps are done.
    fn tick(&self, steps: u64);
    /// It is done.
    fn end(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64) {}
    fn tick(&self, _: u64) {}
    fn end(&self) {}
}
