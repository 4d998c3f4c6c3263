//! Watching an engine while it lives: what it is exposed to, what its hedging does, what to beware of.
//!
//! A [`Frame`] is all that is shown at one moment, a message for programs and people alike. A [`Watcher`]
//! makes it of an engine and remembers the way there; [`Simulation`] and [`Follow`] are what it watches: a
//! scenario run at a pace, or the tail of a log. `serve` shows frames on a page, `tui` on a terminal.
//! Whoever looks changes nothing: a world that is watched ends in the same state to the bit.
//!
//! ```
//! use amm_loop::pool::Design;
//! use amm_loop::world::Setting;
//! use amm_sim::monitor::{Simulation, SourceState};
//! use amm_sim::scenario::{Source, builtin};
//!
//! let text = builtin("stress").map(|known| known.text).unwrap_or_default();
//! let scenario = Source::read(text, "stress")?.scenario()?;
//! let (design, setting) = (Design::dynamic(), Setting::default());
//! let mut run = Simulation::new(&scenario, &design, &setting, 0)?;
//! for _ in 0..5 {
//!     run.step();
//! }
//! let frame = run.frame(false);
//! assert_eq!((frame.source.state, frame.source.blocks), (SourceState::Running, Some([5, 864])));
//! assert_eq!(frame.history.spot.len(), 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![allow(
    clippy::float_arithmetic,
    reason = "what is drawn: no number of it goes back to an engine"
)]

mod ahead;
mod follow;
pub mod frame;
mod history;
mod look;
mod number;
mod pace;
#[cfg(feature = "monitor")]
pub mod serve;
mod simulation;
mod text;
#[cfg(feature = "tui")]
pub mod tui;
mod vols;
mod warn;
mod watcher;

pub use follow::Follow;
pub use frame::{Frame, Level, Source, SourceState};
pub use look::Seen;
pub use number::Number;
pub use pace::{Control, Next, Pace};
pub use simulation::Simulation;
pub use text::told;
pub use warn::{FLOW, LOOP_GAIN, REALISED, STRESS};
pub use watcher::Watcher;
