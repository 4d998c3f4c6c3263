//! What happened, in numbers that others read: the one wire from events to what is charged.
//!
//! [`Realised`] is the variance the underlying has shown of late.

mod realised;

pub use realised::Realised;
