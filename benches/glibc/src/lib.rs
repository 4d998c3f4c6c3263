//! The C library's `erfc`, the fastest f64 there is and so the one to measure against.
//!
//! The only foreign call of the repository, and only benches link it.

unsafe extern "C" {
    /// The complementary error function.
    ///
    /// Safe for every argument: it reads and writes no memory of ours.
    pub safe fn erfc(x: f64) -> f64;
}
