//! The terminal view: the same frames in 80 columns and 24 lines.
//!
//! Left and right turn its pages, up and down scroll, space or p stops the run and lets it go on, q ends.

mod bars;
mod draw;
mod pages;

use super::{Control, Frame};
use draw::draw;
use pages::Page;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The last frame: whoever draws takes it when it is time to.
#[derive(Debug, Default)]
pub struct Screen(Mutex<Option<Arc<Frame>>>);

impl Screen {
    /// Nothing to show yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a frame in place of the one before.
    pub fn show(&self, frame: Frame) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(frame));
    }

    fn frame(&self) -> Option<Arc<Frame>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Where somebody is looking.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct View {
    page: Page,
    /// Lines that are above the first one that is seen.
    scroll: u16,
}

/// What a key means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wish {
    Quit,
    Pause,
    Look(View),
}

/// From one picture to the next.
const TICK: Duration = Duration::from_millis(100);

/// Draws what is shown until somebody presses q; `address` is where the page is, if it is served.
///
/// # Errors
///
/// Those of the terminal.
pub fn run(screen: &Screen, control: &Control, address: Option<&str>) -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let mut view = View::default();
    let ended = loop {
        let frame = screen.frame();
        let drawn = terminal.draw(|area| draw(area, frame.as_deref(), &mut view, address));
        if let Err(error) = drawn {
            break Err(error);
        }
        match wish(view) {
            Ok(None) => {}
            Ok(Some(Wish::Quit)) => break Ok(()),
            Ok(Some(Wish::Pause)) => control.pause(),
            Ok(Some(Wish::Look(next))) => view = next,
            Err(error) => break Err(error),
        }
    };
    ratatui::try_restore()?;
    ended
}

/// What is pressed within a tick.
fn wish(view: View) -> io::Result<Option<Wish>> {
    if !event::poll(TICK)? {
        return Ok(None);
    }
    Ok(match event::read()? {
        Event::Key(key) if key.kind != KeyEventKind::Release => meaning(key, view),
        _ => None,
    })
}

fn meaning(key: KeyEvent, view: View) -> Option<Wish> {
    let scrolled = |scroll| Some(Wish::Look(View { scroll, ..view }));
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Some(Wish::Quit),
        KeyCode::Char('q') | KeyCode::Esc => Some(Wish::Quit),
        KeyCode::Char(' ' | 'p') | KeyCode::Pause => Some(Wish::Pause),
        KeyCode::Right | KeyCode::Tab => {
            Some(Wish::Look(View { page: view.page.next(), scroll: 0 }))
        }
        KeyCode::Left | KeyCode::BackTab => {
            Some(Wish::Look(View { page: view.page.previous(), scroll: 0 }))
        }
        KeyCode::Down => scrolled(view.scroll.saturating_add(1)),
        KeyCode::Up => scrolled(view.scroll.saturating_sub(1)),
        KeyCode::PageDown => scrolled(view.scroll.saturating_add(10)),
        KeyCode::PageUp => scrolled(view.scroll.saturating_sub(10)),
        KeyCode::Home => scrolled(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
