//! How fast a run goes, and whether it goes at all.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What those who watch may tell the thread that runs: to wait, and to end. Nothing of it reaches the
/// state of the run.
#[derive(Debug, Default)]
pub struct Control {
    wish: Mutex<Wish>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    paused: bool,
    stopped: bool,
}

impl Control {
    /// Neither waits nor ends.
    pub fn new() -> Self {
        Self::default()
    }

    fn set(&self, change: impl FnOnce(&mut Wish)) {
        change(&mut self.wish.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Ends it.
    pub fn stop(&self) {
        self.set(|wish| wish.stopped = true);
    }

    /// Stops it for a while, or lets it go on.
    pub fn pause(&self) {
        self.set(|wish| wish.paused = !wish.paused);
    }

    /// Waits until a moment, and no longer once it is to end. When it is to wait for longer than that it
    /// says so, unless whoever asks has been told, and then waits until it may go on.
    pub fn wait(&self, until: Instant, told: bool) -> Next {
        let mut wish = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            match *wish {
                Wish { stopped: true, .. } => return Next::Stop,
                Wish { paused: true, .. } if !told => return Next::Pause,
                Wish { paused: false, .. } if now >= until => return Next::Go,
                _ => {}
            }
            let most = Duration::from_secs(3600);
            let long = if wish.paused { most } else { most.min(until - now) };
            let woken = self.changed.wait_timeout(wish, long);
            wish = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What the thread that runs does next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Next {
    /// It goes on.
    Go,
    /// It says that it is paused, and waits.
    Pause,
    /// It ends.
    Stop,
}

/// Blocks a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(f64);

impl Pace {
    /// As fast as it goes.
    pub const FREE: Self = Self(0.0);

    /// From one a day to a million a second; 0 is as fast as it goes.
    ///
    /// # Errors
    ///
    /// The range, for anything else.
    pub fn new(blocks_per_second: f64) -> Result<Self, &'static str> {
        const LEAST: f64 = 1.0 / 86_400.0;
        const MOST: f64 = 1e6;
        match blocks_per_second {
            pace if pace == 0.0 || (LEAST..=MOST).contains(&pace) => Ok(Self(pace)),
            _ => Err("a pace is 0, or from 0.00002 to 1000000 blocks a second"),
        }
    }

    /// From one block to the next.
    pub fn interval(self) -> Duration {
        if self.0 == 0.0 { Duration::ZERO } else { Duration::from_secs_f64(1.0 / self.0) }
    }
}

impl std::str::FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse::<f64>().map_err(|error| error.to_string())?;
        Ok(Self::new(number)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_read_and_refused() {
        let interval = |text: &str| text.parse::<Pace>().map(Pace::interval);
        assert_eq!(interval("0"), Ok(Duration::ZERO));
        assert_eq!(interval("4"), Ok(Duration::from_millis(250)));
        assert_eq!(interval("0.5"), Ok(Duration::from_secs(2)));
        for wrong in ["-1", "NaN", "inf", "1e9", "1e-9", "fast"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whoever_waits_is_woken() {
        let control = &Control::new();
        assert_eq!(control.wait(Instant::now(), false), Next::Go);
        control.pause();
        assert_eq!(control.wait(Instant::now(), false), Next::Pause);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| control.wait(Instant::now(), true));
            std::thread::sleep(Duration::from_millis(30));
            assert!(!waits.is_finished());
            control.pause();
            assert_eq!(waits.join().unwrap(), Next::Go);
            let later = Instant::now() + Duration::from_secs(60);
            let ends = scope.spawn(move || control.wait(later, false));
            control.stop();
            assert_eq!(ends.join().unwrap(), Next::Stop);
        });
    }
}
